/*-------------------------------------------------------------------------
 *
 * checks.h
 *		Whether a row holds what its schema says, judged by the executor.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_CHECKS_H
#define SYNTHIK_CHECKS_H

#include "executor/tuptable.h"
#include "nodes/bitmapset.h"
#include "nodes/execnodes.h"
#include "schema/schema.h"

/* Draws after which a rule that almost nothing satisfies is an error. */
#define CHECK_PATIENCE		10000
/* The share of draws, 1 in this many, that has to satisfy it. */
#define CHECK_LEAST_SHARE	1000

/* ---- typecheck.c: what lies inside a type ---- */

typedef struct TypeCheck TypeCheck;

/*
 * What the constraints of domains inside a type (its own, of elements, of
 * members, of bounds) say about its values; NULL where there are none.  Lives
 * in the current memory context.
 */
extern TypeCheck *typecheck_build(Oid type);

/* False where a domain inside forbids the value; never an error of its own. */
extern bool typecheck_holds(TypeCheck *type, Datum value, bool isnull,
							ExprContext *econtext);

/* ---- checks.c: the rules of a row ---- */

typedef struct RowCheck
{
	const char *label;			/* for messages: 'check "positive"' */
	Bitmapset  *fields;			/* field indexes that it reads */
	int			component;		/* what to draw again, 0: the whole row */
	bool		repairable;		/* drawing again can change what it reads */
	Node	   *expr;			/* one of these three: a boolean, */
	int			required_field; /* a field that must not be NULL, or -1, */
	int			typed_field;	/* a field that its type judges, or -1 */
	ExprState  *state;
	TypeCheck  *type;
	int64		draws;			/* values it has judged */
	int64		passes;
} RowCheck;

typedef struct RowChecks
{
	const Schema *schema;
	int			count;
	RowCheck   *items;
	int			current;		/* being evaluated, or -1 */
	int			patience;		/* draws before it gives up, */
	int			elevel;			/* and what it says so with: ERROR, or NOTICE */
} RowChecks;

/*
 * The rules that decide about the fields needed (NULL: all), compiled in the
 * executor state; count is 0 where nothing has to be tested.  *used becomes
 * all fields that these rules and the needed fields' expressions read, needed
 * ones included, or NULL for all.
 */
extern RowChecks *checks_build(const Schema *schema, EState *estate,
							   Bitmapset *needed, Bitmapset **used);

/* Does a rule read other rows of a series, or its place among them? */
extern bool check_reads_series(const RowChecks *checks, const RowCheck *check);

/*
 * Tests the row in econtext->ecxt_scantuple: the index of the first rule that
 * fails, or -1.  component is what was drawn since the last test (0: all);
 * the other rules are tested but not counted.
 */
extern int	checks_run(RowChecks *checks, ExprContext *econtext, int component);

/*
 * False, once elevel has been thrown or told, if the failing rule cannot be
 * met, or not within reason; attempts is how often the row was drawn so far.
 */
extern bool checks_judge(RowChecks *checks, int failing, TupleTableSlot *slot,
						 int64 row, int64 attempts);

/* 1234567 as "1,234,567", palloc'd. */
extern char *count_text(int64 count);

#endif							/* SYNTHIK_CHECKS_H */
