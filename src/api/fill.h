/*-------------------------------------------------------------------------
 *
 * fill.h
 *		Rows into one table: what synthik_augment does, and synthik_populate
 *		for each of its tables.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_FILL_H
#define SYNTHIK_FILL_H

#include "api/learning.h"
#include "api/request.h"

/* What is asked for. */
typedef struct FillOrder
{
	RequestArguments arguments; /* rows decided */
	bool		source_given;	/* or else the table itself */
	Oid			source;			/* what the rows are to be like */
	const char *mark;			/* a boolean column to set; or NULL */
	int			workers;
	LearnOptions learning;
	void		(*adjust) (Schema *schema, const void *argument);	/* before it
																	 * is prepared; or NULL */
	const void *adjust_argument;
} FillOrder;

/* Ready to run. */
typedef struct Fill
{
	Relation	target;
	Schema	   *schema;
	RowRequest	request;
	const RowSourceMethods *methods;
	bool		begun;			/* the first of its runs, by */
	uint32		since_command;
} Fill;

/*
 * Opens a table that the caller may insert into; an error otherwise.  The lock
 * is kept until the transaction ends.
 */
extern Relation fill_open_target(Oid relid);

/*
 * The rows that a table gets for scale times what it has: the result's ceiling.
 */
extern int64 fill_rows_for_scale(Relation target, Datum scale);

/* workers, checked. */
extern int	fill_read_workers(const NullableDatum *arg);

/* Learns, lays document and condition over the table, checks all of it. */
extern void fill_prepare(Fill *fill, Relation target, const FillOrder *order);

/* Makes and stores the rows; returns their number. */
extern int64 fill_run(Fill *fill);

/* Sets the sums that the schema asks for, once the rows have their keys. */
extern void fill_sum(Fill *fill);

#endif							/* SYNTHIK_FILL_H */
