/*-------------------------------------------------------------------------
 *
 * text.h
 *		Small changes to strings in the database encoding.
 *
 * All answers are palloc'd.  In a database of encoding SQL_ASCII strings are
 * taken for UTF-8, as the data files are.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_TEXT_H
#define SYNTHIK_TEXT_H

#include "util/locale.h"

/*
 * Lower-case ASCII letters and digits, as in user names and e-mail addresses:
 * through the locale's slug.tsv, then common/slug.tsv, then by taking the
 * marks off letters.  What has no Latin form is left out; if nothing is left
 * of a text that is not empty, its code points stand for it ("u5c71"), so
 * that an address always has a name.  locale may be NULL.
 */
extern char *text_slug(const Locale *locale, const char *text);

/* Letters of Latin scripts; the same in every database. */
extern char *text_lower(const char *text);
extern char *text_upper(const char *text);

/* The first letter upper, the rest as it is. */
extern char *text_capital(const char *text);

/* The first character; "" of "". */
extern char *text_initial(const char *text);

#endif							/* SYNTHIK_TEXT_H */
