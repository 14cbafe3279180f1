/*-------------------------------------------------------------------------
 *
 * fit_level.c
 *		Axes of levels: the values of an enumeration.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "catalog/pg_collation.h"
#include "common/hashfn.h"
#include "fit/fit_work.h"
#include "miscadmin.h"
#include "util/rng.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

/* ---- values to numbers ---- */

/* How values of a type are told apart: by its own equality, or by their bytes. */
typedef struct ValueIdentity
{
	int16		length;
	bool		byval;
	FmgrInfo   *hash;			/* both or neither */
	FmgrInfo   *equal;
} ValueIdentity;

typedef struct ValueNumber
{
	Datum		value;
	int			number;
	uint32		hash;
	char		status;
} ValueNumber;

static uint32
identity_hash(const ValueIdentity *identity, Datum value)
{
	if (identity->hash != NULL)
		return DatumGetUInt32(FunctionCall1Coll(identity->hash, C_COLLATION_OID, value));
	if (identity->byval)
		return (uint32) rng_mix(value);
	if (identity->length == -1)
		return hash_bytes((unsigned char *) VARDATA_ANY(DatumGetPointer(value)),
						  VARSIZE_ANY_EXHDR(DatumGetPointer(value)));
	return hash_bytes((unsigned char *) DatumGetPointer(value),
					  datumGetSize(value, false, identity->length));
}

static bool
identity_equal(const ValueIdentity *identity, Datum a, Datum b)
{
	if (identity->equal != NULL)
		return DatumGetBool(FunctionCall2Coll(identity->equal, C_COLLATION_OID, a, b));
	return datum_image_eq(a, b, identity->byval, identity->length);
}

#define SH_PREFIX values
#define SH_ELEMENT_TYPE ValueNumber
#define SH_KEY_TYPE Datum
#define SH_KEY value
#define SH_HASH_KEY(table, key) \
	identity_hash((const ValueIdentity *) (table)->private_data, (key))
#define SH_EQUAL(table, a, b) \
	identity_equal((const ValueIdentity *) (table)->private_data, (a), (b))
#define SH_STORE_HASH
#define SH_GET_HASH(table, entry) (entry)->hash
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

static values_hash *
values_open(Oid type, ValueIdentity *identity)
{
	TypeCacheEntry *entry = lookup_type_cache(type, TYPECACHE_HASH_PROC_FINFO |
											  TYPECACHE_EQ_OPR_FINFO);

	identity->length = entry->typlen;
	identity->byval = entry->typbyval;
	identity->hash = NULL;
	identity->equal = NULL;
	if (OidIsValid(entry->hash_proc_finfo.fn_oid) && OidIsValid(entry->eq_opr_finfo.fn_oid))
	{
		identity->hash = &entry->hash_proc_finfo;
		identity->equal = &entry->eq_opr_finfo;
	}
	return values_create(CurrentMemoryContext, 256, identity);
}

/* The number of a value, or -1 if there is none and make is -1, else make. */
static int
values_number(values_hash *table, Datum value, int make)
{
	ValueNumber *entry;
	bool		found = true;

	if (make < 0)
		entry = values_lookup(table, value);
	else
	{
		entry = values_insert(table, value, &found);
		if (!found)
			entry->number = make;
	}
	return entry == NULL ? -1 : entry->number;
}

int
fit_number_values(const FitWork *work, int field, int *numbers, int *first_rows)
{
	int			column = work->sample_columns[field];
	const Datum *values = work->sample->values[column];
	const bool *nulls = work->sample->nulls[column];
	ValueIdentity identity;
	values_hash *table = values_open(work->schema->fields[field]->base_type, &identity);
	int			count = 0;

	for (int row = 0; row < work->nrows; row++)
	{
		numbers[row] = -1;
		if (nulls[row])
			continue;
		numbers[row] = values_number(table, values[row], count);
		if (numbers[row] == count)
			first_rows[count++] = row;
		if (row % 4096 == 0)
			CHECK_FOR_INTERRUPTS();
	}
	values_destroy(table);
	return count;
}

/* ---- levels ---- */

/*
 * The level of each row: those of the field's enumeration, or else all values
 * that there are.
 */
static int
number_levels(const FitWork *work, const Field *field, int sample_column,
			  Datum *levels, int *numbers)
{
	const ValueList *list = &field->enumeration;
	const Datum *values = work->sample->values[sample_column];
	const bool *nulls = work->sample->nulls[sample_column];
	ValueIdentity identity;
	values_hash *table = values_open(field->base_type, &identity);
	int			nlevels = 0;

	for (int i = 0; i < list->count && nlevels < FIT_MAX_LEVELS; i++)
	{
		if ((list->nulls == NULL || !list->nulls[i]) &&
			values_number(table, list->values[i], nlevels) == nlevels)
			levels[nlevels++] = list->values[i];
	}
	for (int row = 0; row < work->nrows; row++)
	{
		bool		more = list->count == 0 && nlevels < FIT_MAX_LEVELS;

		numbers[row] = nulls[row] ? -1 :
			values_number(table, values[row], more ? nlevels : -1);
		if (more && numbers[row] == nlevels)
			levels[nlevels++] = values[row];
		if (row % 4096 == 0)
			CHECK_FOR_INTERRUPTS();
	}
	values_destroy(table);
	return nlevels;
}

/* Leaves out levels that no row has, or too few to be shown. */
static int
drop_levels(const FitWork *work, bool strict, int nlevels, const int *counts, int *renumbered)
{
	int			least = strict ? LEARN_RARE : 1;
	int			kept = 0;

	for (int level = 0; level < nlevels; level++)
		renumbered[level] = counts[level] >= least ? kept++ : -1;
	return kept;
}

static void
set_codes(FitWork *work, FitColumn *column, const bool *nulls, const int *numbers,
		  const int *renumbered)
{
	column->codes = palloc(sizeof(uint16) * work->nrows);
	for (int row = 0; row < work->nrows; row++)
	{
		int			level = numbers[row] < 0 ? -1 : renumbered[numbers[row]];

		if (nulls[row])
		{
			column->codes[row] = FIT_NULL_CODE;
			column->axis.has_null = true;
		}
		else
			column->codes[row] = level < 0 ? FIT_MISSING_CODE : level + 1;
	}
}

bool
fit_level_column(FitWork *work, FitColumn *column)
{
	FitAxis    *axis = &column->axis;
	const Field *field = work->schema->fields[axis->field];
	int			sample_column = work->sample_columns[axis->field];
	const bool *nulls = work->sample->nulls[sample_column];
	Datum	   *levels = palloc(sizeof(Datum) * FIT_MAX_LEVELS);
	int		   *counts = palloc0(sizeof(int) * FIT_MAX_LEVELS);
	int		   *renumbered = palloc(sizeof(int) * FIT_MAX_LEVELS);
	int		   *numbers = palloc_extended(sizeof(int) * work->nrows, MCXT_ALLOC_HUGE);
	int			nlevels = number_levels(work, field, sample_column, levels, numbers);
	int			known = 0;
	int			present = 0;

	for (int row = 0; row < work->nrows; row++)
	{
		present += !nulls[row];
		known += numbers[row] >= 0;
		if (numbers[row] >= 0)
			counts[numbers[row]]++;
	}
	axis->kind = FIT_LEVELS;
	axis->base = axis->determinant = -1;
	axis->nlevels = drop_levels(work, work->options->strict || fit_is_context(work, column),
								nlevels, counts, renumbered);
	/* A guess that does not hold is no enumeration. */
	if (axis->nlevels == 0 ||
		(field->enumeration.count > 0 && field->enumeration.implied &&
		 known < 0.99 * present))
		return false;
	axis->levels = palloc(sizeof(Datum) * axis->nlevels);
	column->counts = palloc(sizeof(int) * axis->nlevels);
	for (int level = 0; level < nlevels; level++)
	{
		if (renumbered[level] < 0)
			continue;
		axis->levels[renumbered[level]] = levels[level];
		column->counts[renumbered[level]] = counts[level];
	}
	set_codes(work, column, nulls, numbers, renumbered);
	pfree(levels);
	pfree(counts);
	pfree(renumbered);
	pfree(numbers);
	return true;
}

void
fit_scale_to_levels(FitWork *work, FitColumn *column)
{
	FitAxis    *axis = &column->axis;
	int			sample_column = work->sample_columns[axis->field];
	int			first = axis->has_null ? 1 : 0;

	axis->kind = FIT_LEVELS;
	axis->nlevels = axis->nbins - first;
	axis->levels = palloc0(sizeof(Datum) * axis->nlevels);
	column->counts = palloc0(sizeof(int) * axis->nlevels);
	column->codes = palloc(sizeof(uint16) * work->nrows);
	for (int row = 0; row < work->nrows; row++)
	{
		int			level = column->bins[row] - first;

		if (column->missing != NULL && column->missing[row])
			column->codes[row] = FIT_MISSING_CODE;
		else if (level < 0)
			column->codes[row] = FIT_NULL_CODE;
		else
		{
			column->codes[row] = level + 1;
			if (column->counts[level]++ == 0)
				axis->levels[level] = work->sample->values[sample_column][row];
		}
	}
	column->boost = NULL;
	axis->nknots = 0;
	axis->grain = 0;
}

/* ---- levels to bins ---- */

typedef struct LevelRank
{
	int			level;
	int			count;
	int			target;			/* what it decides */
} LevelRank;

static int
compare_by_count(const void *a, const void *b)
{
	const LevelRank *x = a;
	const LevelRank *y = b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return x->level < y->level ? -1 : x->level > y->level;
}

static int
compare_by_target(const void *a, const void *b)
{
	const LevelRank *x = a;
	const LevelRank *y = b;

	if (x->target != y->target)
		return x->target < y->target ? -1 : 1;
	return compare_by_count(a, b);
}

/* The code in decided that goes with each level. */
static void
set_targets(const FitWork *work, const FitColumn *column, const FitColumn *decided,
			LevelRank *ranks)
{
	if (decided == NULL || decided->codes == NULL)
		return;
	for (int row = 0; row < work->nrows; row++)
	{
		uint16		code = column->codes[row];

		if (code != FIT_NULL_CODE && code < FIT_OTHER_CODE)
			ranks[code - 1].target = decided->codes[row];
	}
}

/* Bins first .. of levels that share: each of about as many rows. */
static void
share_bins(LevelRank *ranks, int n, int nbins, int first, int *level_bins)
{
	double		total = 0;
	double		before = 0;

	for (int i = 0; i < n; i++)
		total += ranks[i].count;
	qsort(ranks, n, sizeof(LevelRank), compare_by_target);
	for (int i = 0; i < n; i++)
	{
		double		middle = before + ranks[i].count / 2.0;

		level_bins[ranks[i].level] = first + Min((int) (middle / total * nbins), nbins - 1);
		before += ranks[i].count;
	}
}

/* Numbers bins that have a level without gaps. */
static int
close_gaps(FitAxis *axis, int first)
{
	int			renumbered[FIT_MAX_BINS];
	int			nbins = first;

	for (int bin = 0; bin < FIT_MAX_BINS; bin++)
		renumbered[bin] = -1;
	for (int level = 0; level < axis->nlevels; level++)
		renumbered[axis->level_bins[level]] = 0;
	for (int bin = 0; bin < FIT_MAX_BINS; bin++)
		if (renumbered[bin] == 0)
			renumbered[bin] = nbins++;
	for (int level = 0; level < axis->nlevels; level++)
		axis->level_bins[level] = renumbered[axis->level_bins[level]];
	return nbins;
}

static void
bin_rows(FitWork *work, FitColumn *column)
{
	column->bins = palloc0(work->nrows);
	column->missing = NULL;
	for (int row = 0; row < work->nrows; row++)
	{
		uint16		code = column->codes[row];

		if (code == FIT_MISSING_CODE)
		{
			if (column->missing == NULL)
				column->missing = palloc0(sizeof(bool) * work->nrows);
			column->missing[row] = true;
		}
		else if (code == FIT_OTHER_CODE)
			column->bins[row] = column->axis.nbins - 1;
		else if (code != FIT_NULL_CODE)
			column->bins[row] = column->axis.level_bins[code - 1];
	}
}

void
fit_level_bins(FitWork *work, FitColumn *column, const FitColumn *decided)
{
	FitAxis    *axis = &column->axis;
	LevelRank  *ranks = palloc0(sizeof(LevelRank) * axis->nlevels);
	int			first = axis->has_null ? 1 : 0;
	int			places = FIT_MAX_BINS - first - axis->has_other;
	int			own = axis->nlevels <= places ? axis->nlevels : places / 2;

	axis->level_bins = palloc(sizeof(int) * axis->nlevels);
	axis->level_weights = palloc(sizeof(double) * axis->nlevels);
	for (int level = 0; level < axis->nlevels; level++)
	{
		ranks[level].level = level;
		ranks[level].count = column->counts[level];
		axis->level_bins[level] = first + level;
		axis->level_weights[level] = column->counts[level];
	}
	if (own < axis->nlevels)
	{
		set_targets(work, column, decided, ranks);
		qsort(ranks, axis->nlevels, sizeof(LevelRank), compare_by_count);
		for (int i = 0; i < own; i++)
			axis->level_bins[ranks[i].level] = first + i;
		share_bins(ranks + own, axis->nlevels - own, places - own, first + own,
				   axis->level_bins);
	}
	axis->nbins = close_gaps(axis, first) + axis->has_other;
	column->ordered = own == axis->nlevels &&
		value_kind_is_scale(value_kind(work->schema->fields[axis->field]->base_type)) &&
		column->ordered;
	bin_rows(work, column);
	fit_finish_bins(work, column);
	pfree(ranks);
}
