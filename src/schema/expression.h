/*-------------------------------------------------------------------------
 *
 * expression.h
 *		Expressions that a document brings: SQL over the fields of a row.
 *
 * A document is data, not code: whatever it says must be harmless to
 * evaluate, whoever wrote it.  expression_judge.c says how that is held.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_EXPRESSION_H
#define SYNTHIK_EXPRESSION_H

#include "schema/schema.h"

#define EXPRESSION_MAX_BYTES	10000

/*
 * Parses an expression over the fields of a schema and coerces it as an
 * assignment to a column of the target type would; BOOLOID asks for a
 * condition.  Vars are (1, field index + 1), and those of contexts, which are
 * added to the schema, (INNER_VAR, index - nfields + 1).  what names the place for the
 * error's context: 'expression of field "total"'.  The result has not been
 * through expression_planner().  Faults are errors.
 */
extern Node *expression_parse(const Schema *schema, const char *text,
							  Oid target_type, int32 target_typmod,
							  const char *what);

/*
 * May a document name a type or a relation?  Domains have checks, composite
 * types may have domains, views and row security policies call functions:
 * all of it somebody's code, that would run as whoever uses the document.
 * So these have to be built in, the caller's own, or a superuser's.
 */
extern bool expression_type_is_harmless(Oid type);
extern bool expression_relation_is_harmless(Oid relid);

/*
 * May it have rows of a relation changed, so that its triggers run?  A table
 * and what it refers to may be one owner's, whoever that is: filling it runs
 * his code anyway.
 */
extern bool expression_relation_is_trusted(Oid relid, Oid table);

/* The fields (0-based) that an expression reads; all of them for a whole row. */
extern Bitmapset *expression_reads(const Schema *schema, Node *expr);

/*
 * In a series, "previous.a" is a Var of the row before, and "series.position"
 * one of a column behind its fields: what is known of the row's own place.
 * Hidden fields of the row before are behind these.
 * Both are in ecxt_outertuple, of previous_descriptor().
 */
#define PREVIOUS_VARNO	OUTER_VAR

typedef enum PlaceColumn
{
	PLACE_POSITION,				/* of the row in its series, from 1 */
	PLACE_ROWS,					/* of the series */
	PLACE_NUMBER,				/* of the series, from 1 */
	PLACE_COLUMNS
} PlaceColumn;

extern TupleDesc previous_descriptor(const Schema *schema);

/* The fields of the row before that an expression reads. */
extern Bitmapset *expression_reads_previous(const Schema *schema, Node *expr);

/* Does it read these, or the row's place? */
extern bool expression_reads_series(const Schema *schema, Node *expr);

#endif							/* SYNTHIK_EXPRESSION_H */
