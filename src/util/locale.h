/*-------------------------------------------------------------------------
 *
 * locale.h
 *		The data files: dictionaries and recipes of a locale.
 *
 * Files lie in SHAREDIR/extension/synthik/: types.tsv, columns.tsv,
 * the tables of each locale and of locale/common.  They are UTF-8, are read once per
 * backend, converted to the database encoding, and kept.  An entry that the
 * encoding cannot represent gives its place to the next one that it can; a
 * dictionary that loses more than half of its entries makes the locale
 * unusable: an error that names it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_LOCALE_H
#define SYNTHIK_LOCALE_H

/* A file of tab-separated columns; "#" begins a comment line. */
typedef struct DataFile
{
	const char *name;			/* for messages: "locale/en_US/city.tsv" */
	int			nrows;
	int			ncolumns;		/* of the header line */
	const char **header;
	const char **cells;			/* nrows * ncolumns; absent cells are "" */
} DataFile;

/* An entry of row r in column c. */
#define datafile_cell(file, r, c) ((file)->cells[(size_t) (r) * (file)->ncolumns + (c)])

/* Column by header name, or -1. */
extern int	datafile_column(const DataFile *file, const char *header);

/* The same; an error where the file has none of that name. */
extern int	datafile_need_column(const DataFile *file, const char *header);

/* Reads a file below the data folder; NULL if it is not there. Cached. */
extern const DataFile *datafile_load(const char *name);

typedef struct Locale Locale;

/* By name ("de_DE", also "de-DE", "de"); an unknown one is an error with the
 * list of those there are. */
extern const Locale *locale_load(const char *name);
extern bool locale_exists(const char *name);
extern const char *locale_name(const Locale *locale);

/* locale/<name>/<dictionary>.tsv, else locale/common/<dictionary>.tsv, else NULL. */
extern const DataFile *locale_dictionary(const Locale *locale, const char *dictionary);

/*
 * What the locale's recipes.tsv has for a semantic type in a column:
 * "recipe", "unique_recipe" or "keywords"; or NULL.
 */
extern const char *locale_recipe(const Locale *locale, const char *type, const char *column);

#endif							/* SYNTHIK_LOCALE_H */
