/*-------------------------------------------------------------------------
 *
 * datafile.h
 *		The data files: tables of texts.
 *
 * Files lie in SHAREDIR/extension/synthik/: types.tsv, columns.tsv, the tables
 * of each locale and of common.  They are UTF-8, are read once per backend,
 * converted to the database encoding, and kept.  An entry that the encoding
 * cannot represent gives its place to the next one that it can; a dictionary
 * that loses more than half of its entries makes the locale unusable: an error
 * that names it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_DATAFILE_H
#define SYNTHIK_DATAFILE_H

/* The folder of what all locales share. */
#define COMMON_FOLDER	"common"

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

/* The same; an error where it is not there. */
extern const DataFile *datafile_need(const char *name);

/* The path of a file, or of the folder of all where name is NULL; palloc'd. */
extern char *datafile_path(const char *name);

/* Where what is read of files is kept: it lives as long as the backend. */
extern MemoryContext datafile_memory(void);

#endif							/* SYNTHIK_DATAFILE_H */
