/*-------------------------------------------------------------------------
 *
 * records.h
 *		What whole rows, and values at the edges, say of synthetic rows.
 *
 * Scores are NaN where they are not defined.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_RECORDS_H
#define SYNTHIK_RECORDS_H

#include "report/frame.h"

/* ---- rows.c ---- */

/* One less the difference of the shares of NULLs. */
extern double missing_likeness(const Frame *frame, const FrameColumn *column);

/*
 * The share of the synthetic values that lie within the original's extremes,
 * or are one of its categories.
 */
extern double adherence(const Frame *frame, const FrameColumn *column);

/*
 * The share of synthetic rows that no row of the original equals, keys and
 * texts of their own left out; *natural is the share of the original's rows
 * that no other one of them equals.
 */
extern double new_row_share(const Frame *frame, double *natural);

/* ---- texts.c ---- */

/*
 * The share of the synthetic texts that have the form of one of the
 * original's ("AB-12", "ann@example.org"); *natural is the share of the
 * original's whose form another one has.  NaN where texts have no form.
 */
extern double form_share(const Frame *frame, const FrameColumn *column, double *natural);

/* ---- distance.c ---- */

/*
 * The share of synthetic rows that are nearer to a row of the original than
 * to any of as many rows of the hold-out; 0.5 if the original was not copied.
 */
extern double closest_share(const Frame *frame);

#endif							/* SYNTHIK_RECORDS_H */
