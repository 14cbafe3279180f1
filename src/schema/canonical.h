/*-------------------------------------------------------------------------
 *
 * canonical.h
 *		Private to the printer of schema documents (canonical*.c).
 *
 * A key of NULL stands for an element of an array.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_CANONICAL_H
#define SYNTHIK_CANONICAL_H

#include "schema/document.h"

/* What is being printed. */
typedef struct Printer
{
	JsonbParseState *state;
	const Schema *schema;
	int			depth;			/* of JSON objects and arrays */
} Printer;

/* ---- canonical_print.c ---- */

extern void print_key(Printer *printer, const char *key);
extern void print_json(Printer *printer, const char *key, JsonbValue *value);

/* Begins and ends an object or an array; the end of the whole returns it. */
extern void print_open(Printer *printer, const char *key, JsonbIteratorToken token);
extern JsonbValue *print_close(Printer *printer, JsonbIteratorToken token);

/* Nothing if the text is NULL. */
extern void print_string(Printer *printer, const char *key, const char *text);
extern void print_true(Printer *printer, const char *key);
extern void print_value(Printer *printer, const char *key, Oid type, Datum datum, bool isnull);
extern void print_double(Printer *printer, const char *key, double number);
extern void print_doubles(Printer *printer, const char *key, const double *numbers, int count);

/* Nothing if the number is negative. */
extern void print_count(Printer *printer, const char *key, int number);

/* ---- canonical_value.c ---- */

/* Nothing if the list is empty. */
extern void print_list(Printer *printer, const char *key, const Field *field,
					   const ValueList *list);

/* Nothing for a bound that no document can have. */
extern void print_bound(Printer *printer, const Field *field, const Bound *bound,
						const char *key, const char *exclusive_key);
extern void print_distribution(Printer *printer, const Field *field);

/* ---- canonical_field.c ---- */

/* "fields", hidden ones behind the others. */
extern void print_fields(Printer *printer, const Schema *schema);

#endif							/* SYNTHIK_CANONICAL_H */
