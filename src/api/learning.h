/*-------------------------------------------------------------------------
 *
 * learning.h
 *		The arguments that say how a table is learned, and learning.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_LEARNING_H
#define SYNTHIK_LEARNING_H

#include "fit/learn.h"

/* Reads sample, privacy and dates, in this order. */
#define LEARNING_ARGUMENTS 3
extern void learning_read(const NullableDatum *args, LearnOptions *out);

/* The fields that a condition names are drawn first. */
extern void learning_condition(const Schema *schema, Jsonb *condition, LearnOptions *options);

/*
 * Adds to a Schema what there is to learn of a relation.  One without
 * statistics, where they are all that was asked for, is sampled after all,
 * with a notice.
 */
extern void learning_apply(Schema *schema, Relation rel, const LearnOptions *options);

/* Does a document bring along what was learned? */
extern bool learning_in_document(Jsonb *document);

#endif							/* SYNTHIK_LEARNING_H */
