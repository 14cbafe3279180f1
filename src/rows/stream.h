/*-------------------------------------------------------------------------
 *
 * stream.h
 *		Private to the stream of rows: stream_open.c makes it ready, stream.c
 *		runs it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_STREAM_H
#define SYNTHIK_STREAM_H

#include "rows/checks.h"
#include "rows/rows.h"
#include "rows/tally.h"

/* A default or an expression. */
typedef struct Computed
{
	int			field;
	ExprState  *state;
} Computed;

/* A field that takes over what a default has given to another one. */
typedef struct DefaultCopy
{
	int			from;
	int			to;
} DefaultCopy;

/* What to name if an error is thrown. */
typedef enum StreamTask
{
	TASK_NONE,
	TASK_DEFAULT,
	TASK_EXPRESSION,
	TASK_CHECK
} StreamTask;

struct RowStream
{
	MemoryContext context;
	const Schema *schema;
	TupleDesc	tupdesc;
	RowRequest	request;		/* as the source sees it */
	RowSource  *source;

	/* where it is */
	RowBlock	blocks[2];
	RowBlock   *block;			/* the current one, or NULL before the first */
	int			row;			/* of the block, handed out last */
	int64		loaded;			/* rows that the source has made */
	int64		handed;			/* rows handed out */
	bool		ended;			/* before all were: one could not be made */

	/* which fields, as arrays of indexes */
	int			nhanded;		/* handed on; the others are NULL there */
	int		   *handed_fields;
	int			nstored;		/* that lie in the block and are used */
	int		   *stored_fields;
	int			ncontexts;		/* likewise, behind the fields */
	int		   *contexts;

	/* what the executor does; all of it is empty on the short way */
	bool		plain;			/* the short way */
	EState	   *estate;
	ExprContext *econtext;
	TupleTableSlot *work;		/* the row that is being completed, */
	TupleTableSlot *around;		/* and its contexts, or NULL: there are none */
	int			ndefaults;
	Computed   *defaults;
	int			ncopies;
	DefaultCopy *copies;
	int			nexpressions;
	Computed   *expressions;
	RowChecks  *checks;
	StreamTask	task;
	int			task_field;

	TupleTableSlot *previous;	/* the row before in the same series, and the place
								 * in it; NULL where nothing reads them */
	int64		lead;			/* rows made before the first one asked for, to know
								 * what is before it */

	/* drawing again; attempts are those of the current row */
	MemoryContext scratch;
	bool		redrawn;
	uint32	   *attempts;		/* by component; [0] is the highest of all */
	int64		rejected;		/* how often this row was rejected */
	Tally		rejections;		/* how often what is stored has forbidden a row, by index */
};

#endif							/* SYNTHIK_STREAM_H */
