/*-------------------------------------------------------------------------
 *
 * rows.h
 *		Rows on their way: source -> checks -> sink.
 *
 * A RowSource makes blocks of rows; a RowStream opens one, adds what only
 * the executor can add (defaults, expressions), has rows that break a rule
 * made again, and hands valid rows on, one at a time.  Whoever stores or
 * shows them is a sink: the scan, the tuplestore, or one of the two table
 * sinks.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_ROWS_H
#define SYNTHIK_ROWS_H

#include "executor/tuptable.h"
#include "nodes/execnodes.h"
#include "schema/schema.h"
#include "utils/palloc.h"

#define ROW_BLOCK	512			/* rows of a block, at most */

/* What the caller asks for. */
typedef struct RowRequest
{
	int64		rows;			/* how many, >= 0 */
	int64		first_row;		/* number of the first one, >= 1 */
	uint64		seed;
	const char *locale;			/* name; never NULL */
	Bitmapset  *needed;			/* field indexes (0-based) that are read, or
								 * NULL for all.  What a source is given also
								 * has what the stream reads itself */
	int			workers;		/* generator processes, 0: this one */
	const char *model;			/* NULL: the local source */
	const struct RowSourceMethods *filler;	/* makes what a model does not */
	bool		seed_given;		/* by the call or a setting */
	bool		fresh;			/* no stored answers */
	double		temperature;	/* -1: the model's own */
	int			stream;			/* provider calls: 1 or 0; -1: as long ones are */
	double		budget;			/* of this call, USD; -1: none */
	uint32		progress;		/* number of its report, see progress.h; or 0 */
	int			send;			/* a SendLimit: what a prompt may carry */
	int			send_rows;		/* rows in it, of SEND_SAMPLES */
	uint64		stored;			/* about how many rows are in the schema's
								 * table; unique values begin behind theirs */
	bool		avoid_stored;	/* unique values must avoid rows in the
								 * schema's table */
	int64		last_row;		/* of the whole that these rows are a part of, if
								 * its parts are made one after another; or 0 */
	bool		yields;			/* where a row cannot be made, the ones before it do:
								 * a notice, and no error */
	bool		hold_triggers;	/* AFTER triggers wait: the caller has begun the
								 * level of queries that they belong to */
} RowRequest;

/* Columns of values; by-reference values lie in memory. */
typedef struct RowBlock
{
	int			ncolumns;
	int			nrows;
	int64		first_row;		/* number of row 0 of the block */
	Datum	  **values;			/* [column][row] */
	bool	  **nulls;
	MemoryContext memory;		/* reset by the stream before each block */
} RowBlock;

typedef struct RowSource RowSource;
typedef struct ReferencePool ReferencePool;
typedef struct RowSourceMethods RowSourceMethods;

struct RowSourceMethods
{
	const char *name;

	/* References that the schema has are loaded by the stream and given. */
	RowSource  *(*open) (const Schema *schema, const RowRequest *request,
						 ReferencePool **pools);

	/* Fills block->nrows rows from block->first_row on. */
	void		(*next) (RowSource *source, RowBlock *block);

	/*
	 * Makes the fields of one component (0: all fields) of one row of the
	 * block again; attempt counts from 1 per row and component, and a number
	 * given with 0 is higher than those of all components before.  memory is
	 * a context for drafts then: the stream copies what it keeps.
	 */
	void		(*redraw) (RowSource *source, RowBlock *block, int row,
						   int component, uint32 attempt);
	void		(*close) (RowSource *source);
};

/* Sources embed this first. */
struct RowSource
{
	const RowSourceMethods *methods;
	int			block_rows;		/* rows of a block, 1 .. ROW_BLOCK: fewer where
								 * rows are large; set by open */
	int			patience;		/* draws of a row before a rule is given up, where
								 * they cost more than usual; or 0 */
};

/* ---- references ---- */

/*
 * Keys of a parent table, sampled; lives in the context of the load.  Behind the
 * columns of the key are those of the contexts, in the order of the fields.
 */
struct ReferencePool
{
	int			nkeys;
	int			ncolumns;		/* of the key */
	int			ncontexts;
	Datum	  **values;			/* [column][key]; of the child fields' base types */
	bool	  **nulls;			/* [context][key] */
	bool		complete;		/* every key of the parent is there */
};

#define pool_width(pool)	((pool)->ncolumns + (pool)->ncontexts)

/* Which context of its reference a field of FIELD_CONTEXT is. */
extern int	reference_context(const Schema *schema, int field);

/*
 * references.c: loads the pools of all references of a schema, in their
 * order.  needed is how many different keys a unique reference has to give.
 * An empty parent is an error, unless every field may be NULL (nkeys = 0).
 */
extern ReferencePool **references_load(const Schema *schema, uint64 seed, int64 needed);

/* How many rows a key gets, the one with this number among those counted. */
extern int64 reference_children(const ReferenceDraw *draw, uint64 seed, int64 key);

/* ---- the stream (stream.c, stream_open.c) ---- */

typedef struct RowStream RowStream;

/*
 * Makes a stream in a child of the current memory context; deleting that
 * context frees everything (generator workers are ended by a reset callback).
 */
extern RowStream *row_stream_open(const Schema *schema, const RowSourceMethods *methods,
								  const RowRequest *request);

/*
 * The next row, as a virtual tuple of schema->tupdesc in slot; false at the
 * end.  By-reference values stay valid until row_stream_block_rows() more
 * calls at least (the stream keeps the block before), so that a sink can
 * gather that many rows.
 */
extern bool row_stream_next(RowStream *stream, TupleTableSlot *slot);

/* The same into arrays of as many values as schema->tupdesc has attributes. */
extern bool row_stream_next_values(RowStream *stream, Datum *values, bool *isnull);
extern int	row_stream_block_rows(const RowStream *stream);

/* How many rows have come out so far. */
extern int64 row_stream_given(const RowStream *stream);

/*
 * Has the row that was handed out last made again, all of it, because what
 * is stored forbids it; slot holds the new row then.  reason names the index,
 * for the error that follows too many; or, where the request yields, for the
 * notice: false then, as there is no such row and no further one.  Defaults
 * are evaluated again from the second rejection of a row on.
 */
extern bool row_stream_reject(RowStream *stream, TupleTableSlot *slot, const char *reason);

extern void row_stream_close(RowStream *stream);

/* ---- table sinks (sink_*.c) ---- */

/*
 * Inserts every row of a request into a table, as INSERT would, by the fast
 * sink where it can and INSERT itself where it must.  Returns the count.
 */
extern int64 table_sink_fill(Relation rel, const Schema *schema,
							 const RowSourceMethods *methods, const RowRequest *request);

#endif							/* SYNTHIK_ROWS_H */
