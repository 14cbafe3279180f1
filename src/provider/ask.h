/*-------------------------------------------------------------------------
 *
 * ask.h
 *		What a model is asked: which fields it writes, and in what words.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_ASK_H
#define SYNTHIK_ASK_H

#include "provider/provider.h"
#include "schema/schema.h"

/*
 * The fields that the model writes, in the order of a row's values.  Keys of
 * other tables, counting keys and bytes cost nothing when made here, and mean
 * nothing to a model.
 */
typedef struct Ask
{
	const Schema *schema;
	const char *locale;
	int			nfields;
	int		   *fields;			/* indexes into the schema */
	Bitmapset  *others;			/* needed fields that are made here */
	char	   *system;			/* UTF-8 */
	char	   *columns;		/* the columns, numbered, in words; UTF-8 */
	char	   *names;			/* for the ledger: "name, email, city" */
	JsonNode   *answer;			/* JSON Schema of the answer */
	JsonNode   *exact;			/* the same with the type of each value */
	double		row_tokens;		/* a guess at what a row takes of the answer */
	int64		prompt_tokens;	/* about */
} Ask;

/* needed: as in RowRequest. */
extern Ask *ask_make(const Schema *schema, const Bitmapset *needed, const char *locale);

/* The JSON Schema to send. */
extern JsonNode *ask_answer(const Ask *ask, const char *dialect, StructuredMode mode);

/* The words for some rows: first to first + rows - 1 of total. */
extern char *ask_user_text(const Ask *ask, int64 first, int rows, int64 total, uint64 variation);

/* ---- what the files of the ask share ---- */

#define ASK_MAX_LISTED	200		/* enum values, and cases, that are written out */

/* ask_words.c: fills in columns and names. */
extern void ask_say_columns(Ask *ask);

/* A value as the type's output function writes it. */
extern char *ask_datum_text(const Field *field, Datum value);

/* ask_schema.c; exact: with the type of each value. */
extern JsonNode *ask_answer_schema(const Ask *ask, bool exact);

/* ask_tokens.c: about what a value of a field takes of an answer. */
extern double ask_value_tokens(const Field *field, const char *locale);

/* A string of the database in UTF-8, palloc'd where it differs. */
extern const char *ask_utf8(const char *text);

#endif							/* SYNTHIK_ASK_H */
