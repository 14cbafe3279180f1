/*-------------------------------------------------------------------------
 *
 * request.h
 *		The arguments that all makers of rows share.
 *
 * Every maker is declared with its own first argument, then
 *		rows, model, seed, locale, condition, [schema,] first_row, budget,
 *		send, options
 * and, behind these, arguments that are its own.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_REQUEST_H
#define SYNTHIK_REQUEST_H

#include "guc.h"
#include "rows/rows.h"

typedef struct RequestArguments
{
	bool		rows_given;
	int64		rows;			/* >= 0 */
	bool		seed_given;		/* by the call or by synthik.seed */
	int64		seed;			/* else a random one */
	char	   *locale;			/* NULL where not given, as the next two */
	Jsonb	   *condition;
	Jsonb	   *schema;
	int64		first_row;		/* >= 1 */
	bool		defaults;		/* option "defaults": evaluate volatile
								 * column defaults */
	char	   *model;			/* NULL: the local source */
	double		budget;			/* USD; -1: none */
	double		temperature;	/* option "temperature"; -1: not given */
	bool		fresh;			/* option "fresh": no stored answers */
	SendLimit	send;			/* what a prompt may carry */
	int			send_rows;		/* option "send_rows"; 0: not given */
	int			stream;			/* option "stream": 1 or 0; -1: not given */
	const RowSourceMethods *methods;	/* what "model" names */
} RequestArguments;

/* Arguments from rows on; the second form has "schema" among them. */
#define REQUEST_ARGUMENTS			9
#define REQUEST_ARGUMENTS_SCHEMA	10

/* Reads and checks them; everything is copied to the current context. */
extern void request_read(const NullableDatum *args, bool with_schema,
						 RequestArguments *out);

/*
 * Lays the arguments over a schema (NULL: the argument "schema" stands
 * alone), makes it ready and fills the request, but for what the sink adds.
 */
extern Schema *request_prepare(const RequestArguments *arguments, Schema *base,
							   RowRequest *request);

/*
 * Raises an error for a word that is none of those there are; list names them
 * for a hint where no one is near.
 */
extern void request_unknown_word(const char *what, const char *word,
								 const char *const *words, int count, const char *list);

#endif							/* SYNTHIK_REQUEST_H */
