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
	MAKER_STORED,				/* as MAKER_ROWTYPE, from a table sink */
	MAKER_FILE,					/* as MAKER_RECORD, from a file */
	MAKER_FILE_JSON				/* as MAKER_JSON, from a file */
} MakerShape;

typedef struct Maker
{
	PGFunction	function;
	const char *name;
	MakerShape	shape;
	bool		text;			/* the first argument is text: not jsonb, not bytea */
	const struct MakerMethods *methods;
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

/* A run embeds this first. */
typedef struct MakerRun
{
	const struct MakerMethods *methods;
} MakerRun;

typedef struct MakerMethods
{
	MakerRun   *(*begin) (const MakerCall *call);
	bool		(*next) (MakerRun *run, Datum *values, bool *isnull);
	void		(*rewind) (MakerRun *run);
	void		(*end) (MakerRun *run);
} MakerMethods;

extern const MakerMethods row_maker_methods;	/* maker.c */
extern const MakerMethods file_maker_methods;	/* read_file.c */

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

/* For EXPLAIN, of a run of row_maker_methods. */
extern int64 maker_seed(const MakerRun *run);

/*
 * The field or column that a column of a definition list names, or an error
 * with the nearest one; what tells where it is missing, as in "the schema has
 * no field".
 */
pg_noreturn extern void maker_unknown_column(const char *what, const char *name,
											 const char *const *names, int count,
											 const char *hint);

/* The body of the SQL functions: all rows into a tuplestore. */
extern Datum maker_materialize(PG_FUNCTION_ARGS);

#endif							/* SYNTHIK_MAKER_H */
