/*-------------------------------------------------------------------------
 *
 * fit_rows.c
 *		Which rows of the sample are to be made by nobody: FitRows.
 *
 * A combination of values that many rows share identifies none of them, and
 * may come again.  A row of one field is a value, not a combination.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "fit/fit_work.h"
#include "miscadmin.h"
#include "schema/document.h"
#include "util/order.h"

#define FEWEST_FIELDS	2

static void
mark_numbers(const FitWork *work, const FitColumn *column, uint64 salt, uint64 *sums)
{
	int			field = column->axis.field;
	const bool *isnull = work->sample->nulls[work->sample_columns[field]];
	double	   *values = fit_scale_values(work, field);

	for (int row = 0; row < work->nrows; row++)
		sums[row] += fit_mark(salt, isnull[row] ? FIT_NULL_HASH : fit_number_hash(values[row]));
	pfree(values);
}

static void
mark_levels(const FitWork *work, const FitColumn *column, uint64 salt, uint64 *sums, bool *never)
{
	const FitAxis *axis = &column->axis;
	Oid			type = work->schema->fields[axis->field]->base_type;
	const Datum *values = work->sample->values[work->sample_columns[axis->field]];
	uint64	   *marks = palloc(sizeof(uint64) * (axis->nlevels + 1));

	marks[FIT_NULL_CODE] = fit_mark(salt, FIT_NULL_HASH);
	for (int level = 0; level < axis->nlevels; level++)
		marks[level + 1] = fit_mark(salt, fit_value_hash(type, axis->levels[level]));
	for (int row = 0; row < work->nrows; row++)
	{
		if (column->codes[row] == FIT_OTHER_CODE)
			sums[row] += fit_mark(salt, fit_value_hash(type, values[row]));
		else if (column->codes[row] <= axis->nlevels)
			sums[row] += marks[column->codes[row]];
		else
			never[row] = true;
	}
	pfree(marks);
}

/* The fields that are compared; returns how many. */
static int
mark_rows(const FitWork *work, int *fields, uint64 *sums, bool *never)
{
	int			nfields = 0;

	for (int field = 0; field < work->schema->nfields; field++)
	{
		const FitColumn *column;
		uint64		salt;

		CHECK_FOR_INTERRUPTS();
		if (work->field_columns[field] < 0)
			continue;
		column = work->columns[work->field_columns[field]];
		if (column->axis.kind != FIT_SCALE && column->axis.kind != FIT_LEVELS)
			continue;
		salt = fit_mark_salt(work->schema->fields[field]);
		if (column->axis.kind == FIT_SCALE)
			mark_numbers(work, column, salt, sums);
		else
			mark_levels(work, column, salt, sums, never);
		fields[nfields++] = field;
	}
	return nfields;
}

/* What fewer than LEARN_RARE of n rows share, from their sorted hashes. */
static void
keep_rare(const uint64 *hashes, int n, FitRows *rows)
{
	for (int from = 0, to; from < n && rows->nhashes < FIT_MAX_ROWS; from = to)
	{
		uint32		hash = (uint32) (hashes[from] >> 32);

		for (to = from + 1; to < n && hashes[to] == hashes[from];)
			to++;
		if (to - from < LEARN_RARE &&
			(rows->nhashes == 0 || rows->hashes[rows->nhashes - 1] != hash))
			rows->hashes[rows->nhashes++] = hash;
	}
}

void
fit_learn_rows(const FitWork *work, FitRows *rows, MemoryContext keep)
{
	uint64	   *sums = palloc_extended(sizeof(uint64) * work->nrows,
									   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	bool	   *never = palloc0(work->nrows);
	int		   *fields = palloc(sizeof(int) * Max(work->schema->nfields, 1));
	int			level = settings_fix();
	int			nfields = mark_rows(work, fields, sums, never);
	int			n = 0;

	settings_restore(level);
	memset(rows, 0, sizeof(*rows));
	for (int row = 0; row < work->nrows; row++)
		if (!never[row])
			sums[n++] = fit_row_hash(sums[row]);
	qsort(sums, n, sizeof(uint64), order_uint64s);
	if (nfields >= FEWEST_FIELDS)
	{
		rows->nfields = nfields;
		rows->fields = MemoryContextAlloc(keep, sizeof(int) * nfields);
		memcpy(rows->fields, fields, sizeof(int) * nfields);
		rows->hashes = MemoryContextAlloc(keep, sizeof(uint32) * Max(Min(n, FIT_MAX_ROWS), 1));
		rows->strict = work->options->strict;
		keep_rare(sums, n, rows);
	}
	pfree(sums);
	pfree(never);
	pfree(fields);
}
