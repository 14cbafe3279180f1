/*-------------------------------------------------------------------------
 *
 * maker.h
 *		A call of a set-returning function that makes rows, once its
 *		arguments are known: from the arguments to a stream, and from the
 *		stream's rows to the columns that the query asks for.
 *
 * Both ways into such a function, the scan and the tuplestore, run it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_MAKER_H
#define SYNTHIK_MAKER_H

#include "api/request.h"

/* What becomes of a row. */
typedef enum MakerShape
{
	MAKER_RECORD,				/* the columns of a definition list, by name */
	MAKER_ROWTYPE,				/* the columns of the first argument's type */
	MAKER_JSON,					/* one jsonb object */
	MAKER_STORED				/* as MAKER_ROWTYPE, from a table sink */
} MakerShape;

typedef struct Maker
{
	PGFunction	function;
	const char *name;
	MakerShape	shape;
	bool		text;			/* the first argument is text, not jsonb */
} Maker;

typedef struct MakerCall
{
	const Maker *maker;
	const NullableDatum *args;	/* all of the function's arguments */
	Oid			row_type;		/* the first argument's type, or InvalidOid */
	TupleDesc	result;			/* the columns asked for */
	bool		all;			/* every one of them is read, */
	Bitmapset  *wanted;			/* or these (0-based) */
	bool		kept;			/* may be rewound: a model's rows are kept */
} MakerCall;

typedef struct MakerRun MakerRun;

/* The maker that a C function is, or NULL. */
extern const Maker *maker_find(PGFunction function);

/* How many arguments its C function reads. */
extern int	maker_arguments(const Maker *maker);

/* Opens a call, in a child of the current memory context. */
extern MakerRun *maker_begin(const MakerCall *call);

/*
 * The next row's values, for every column of call->result; false at the end.
 * They are valid until the next call.
 */
extern bool maker_next(MakerRun *run, Datum *values, bool *isnull);

/* Starts over: the same rows again. */
extern void maker_rewind(MakerRun *run);
extern void maker_end(MakerRun *run);

/* For EXPLAIN. */
extern int64 maker_seed(const MakerRun *run);

/* The body of the SQL functions: all rows into a tuplestore. */
extern Datum maker_materialize(PG_FUNCTION_ARGS);

#endif							/* SYNTHIK_MAKER_H */
