/*-------------------------------------------------------------------------
 *
 * locale.h
 *		Dictionaries and recipes of a locale.
 *
 * A locale is a folder of data files; what it has not is looked up in the one
 * that all share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_LOCALE_H
#define SYNTHIK_LOCALE_H

#include "util/datafile.h"

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
