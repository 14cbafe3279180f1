/*-------------------------------------------------------------------------
 *
 * sink.h
 *		The two table sinks, and what they share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_SINK_H
#define SYNTHIK_SINK_H

#include "rows/probe.h"
#include "rows/rows.h"

/* ---- sink_insert.c ---- */

/* Stores what a stream gives by INSERT itself; returns the count. */
extern int64 insert_sink_fill(Relation rel, const Schema *schema, RowStream *stream,
							  Prober *prober, const RowRequest *request);

/*
 * A stream that INSERT reads, through the private SQL function
 * synthik_augment_source(row type, handle), while insert_sink_fill() runs.
 */
typedef struct SinkStream SinkStream;

/* The one with a handle, for its only reader; an error if there is none. */
extern SinkStream *sink_stream_claim(const NullableDatum *handle, Oid row_type);
extern const Schema *sink_stream_schema(const SinkStream *stream);
extern bool sink_stream_next(SinkStream *stream, TupleTableSlot *slot);

/* How many rows it has, for the planner; -1 if there is none. */
extern int64 sink_stream_rows(int64 handle);

/* ---- sink_table.c ---- */

/* The next row that no index refuses. */
extern bool sink_next_row(RowStream *stream, Prober *prober, TupleTableSlot *slot);

/* Whether rules rewrite an INSERT into the relation. */
extern bool sink_has_insert_rules(Relation rel);

#endif							/* SYNTHIK_SINK_H */
