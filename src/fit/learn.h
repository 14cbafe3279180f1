/*-------------------------------------------------------------------------
 *
 * learn.h
 *		Learning: from a relation to a Schema that makes rows like its own.
 *
 * learn_relation() (learn.c) is the whole of it: a Schema from the catalog,
 * statistics, a sample; then profile_fields() says what each field is, and
 * fit_sample() how fields depend on each other.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_LEARN_H
#define SYNTHIK_LEARN_H

#include "fit/sample.h"
#include "schema/fit.h"

/* A value that fewer rows than this share is not copied from text of many values. */
#define LEARN_RARE		5
#define LEARN_LEAF_ROWS 15

typedef struct LearnOptions
{
	int			sample_rows;	/* 0: statistics alone */
	bool		strict;			/* privacy => 'strict': rare levels suppressed,
								 * extremes not pinned */
	Bitmapset  *first;			/* fields to draw before others: those that a
								 * condition names */
	const char *mark;			/* a boolean column: of it nothing is learned, nor
								 * of rows in which it is true; or NULL */
	bool		after;			/* dates => 'after': times go on where the
								 * table's end */
} LearnOptions;

/*
 * Adds to a Schema of rel (schema_from_relation, not prepared yet) what
 * statistics and a sample tell of its fields, and schema->fit.  rel may be
 * another relation than the one that the Schema is of (source =>): columns
 * are then matched by name and type, and the rest keeps what it has.  Returns
 * false if there was nothing to learn from: no row, no statistics.
 */
extern bool learn_relation(Schema *schema, Relation rel, const LearnOptions *options);

/* The column (0-based) of rel that each field is learned from, or -1. */
extern int *learn_columns(const Schema *schema, Relation rel);

/* From a sample to keywords and schema->fit. */
extern void learn_sample(Schema *schema, Relation rel, Sample *sample, const int *columns,
						 const LearnOptions *options);

/* The bounds of fields, as they were before learning. */
typedef struct LearnBounds
{
	Bound	   *minimum;		/* [nfields] */
	Bound	   *maximum;
} LearnBounds;

/* ---- learn_dates.c ---- */

/* Moves the times of schema->fit to where the table's end, as dates => 'after' asks. */
extern void learn_after(Schema *schema, const LearnBounds *bounds);

/* ---- statistics.c ---- */

/* From pg_stats and the like, without reading the relation; false: there are none. */
extern bool learn_statistics(Schema *schema, Relation rel, const int *columns,
							 const LearnOptions *options);

/* ---- profile*.c ---- */

/*
 * From a sample to the fields' keywords: semantic types by content, patterns,
 * enumerations with weights, bounds, grain, members of JSON, elements of
 * arrays, formulas, orders, word models (added to schema->fit, which is not
 * NULL).  Sets Field.why.  columns[i] is the sample's column of field i, or -1.
 */
extern void profile_fields(Schema *schema, const Sample *sample, const int *columns,
						   const LearnOptions *options);

/* ---- fit_context.c ---- */

/*
 * Adds columns of parents' rows to a sample of rel, and to the schema as
 * contexts; rows whose mark (or NULL) is true do not count.  Returns the columns
 * of all fields and contexts.
 */
extern int *learn_contexts(Schema *schema, Relation rel, Sample *sample, const int *columns,
						   const char *mark);

/* ---- fit*.c ---- */

/*
 * From a sample and profiled fields to axes, trees and fan-outs: fills
 * schema->fit.  An enumeration's values are the levels of its field's axis;
 * numbers and times have an axis of FIT_SCALE; arrays one of FIT_LENGTH; of
 * other fields, only NULL is learned.  Fields that nobody draws
 * (expressions, defaults, dropped ones) have no axis.
 */
extern void fit_sample(Schema *schema, const Sample *sample, const int *columns,
					   const LearnOptions *options);

/*
 * Which values of a field that has many may be copied, where LEARN_RARE rows
 * share them: may[i] for values[i].
 */
extern void fit_may_copy(const Schema *schema, int field, const Datum *values, int n,
						 bool *may);

#endif							/* SYNTHIK_LEARN_H */
