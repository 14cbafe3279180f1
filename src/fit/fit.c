/*-------------------------------------------------------------------------
 *
 * fit.c
 *		From a sample to a Fit: fit_sample().
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "fit/fit_work.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/datum.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#define STRICT_LEAVES	6		/* times as large */
#define LEAF_SAMPLE		10000	/* rows of a sample above which leaves grow, */
#define MOST_LEAF_ROWS	25		/* up to these */
#define ENTRIES_AIM		40000	/* leaves of all trees, about, so that the Fit
								 * fits into a document */

/* ---- which axes ---- */

static FitColumn *
add_column(FitWork *work, int field)
{
	FitColumn  *column = palloc0(sizeof(FitColumn));

	column->axis.field = field;
	column->axis.base = column->axis.determinant = -1;
	column->index = work->ncolumns;
	column->after[0] = column->after[1] = -1;
	return column;
}

static void
keep_column(FitWork *work, FitColumn *column)
{
	work->columns[work->ncolumns++] = column;
}

static bool
has_nulls(const FitWork *work, const bool *isnull)
{
	for (int row = 0; row < work->nrows; row++)
		if (isnull[row])
			return true;
	return false;
}

/* The value of a unique field or a key is nobody's to draw from bins. */
static bool
is_drawn_from_bins(const Field *field)
{
	return field->origin == FIELD_CONTEXT || (!field->unique && field->reference < 0);
}

static bool
has_levels(const Field *field)
{
	return field->enumeration.count > 0 || field->base_type == BOOLOID ||
		type_is_enum(field->base_type) ||
		(field->origin == FIELD_CONTEXT && value_kind(field->base_type) == VALUE_TEXT);
}

static bool
has_length(const Field *field)
{
	return field->items != NULL && (!field->json_array || field->base_type == JSONBOID);
}

/* Elements of an array, or -1 for what is none. */
static int
array_length(const Field *field, Datum value)
{
	if (field->json_array)
	{
		Jsonb	   *jsonb = DatumGetJsonbP(value);

		return JB_ROOT_IS_ARRAY(jsonb) && !JB_ROOT_IS_SCALAR(jsonb) ?
			JB_ROOT_COUNT(jsonb) : -1;
	}
	else
	{
		ArrayType  *array = DatumGetArrayTypeP(value);

		return ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	}
}

static bool
length_column(FitWork *work, FitColumn *column, const bool *isnull)
{
	const Field *field = work->schema->fields[column->axis.field];
	const Datum *datums = work->sample->values[work->sample_columns[column->axis.field]];
	double	   *lengths = palloc_extended(sizeof(double) * work->nrows, MCXT_ALLOC_HUGE);
	bool	   *missing = palloc0(work->nrows);
	bool		made;

	for (int row = 0; row < work->nrows; row++)
	{
		lengths[row] = isnull[row] ? 0 : array_length(field, datums[row]);
		missing[row] = lengths[row] < 0;
	}
	made = fit_scale_column(work, column, lengths, isnull, missing, VALUE_INTEGER);
	column->axis.kind = FIT_LENGTH;
	pfree(lengths);
	return made;
}

static bool
value_column(FitWork *work, FitColumn *column, const bool *isnull)
{
	const Field *field = work->schema->fields[column->axis.field];
	ValueKind	kind = value_kind(field->base_type);
	double	   *values;
	bool		made;

	if (has_levels(field))
		return fit_level_column(work, column);
	if (has_length(field))
		return length_column(work, column, isnull);
	if (!value_kind_is_scale(kind))
		return fit_common_column(work, column);
	values = fit_scale_values(work, column->axis.field);
	made = fit_scale_column(work, column, values, isnull, NULL, kind);
	pfree(values);
	return made;
}

static void
make_column(FitWork *work, int index)
{
	const Field *field = work->schema->fields[index];
	int			sample_column = work->sample_columns[index];
	const bool *isnull;
	FitColumn  *column;

	work->field_columns[index] = -1;
	if ((field->origin != FIELD_MADE && field->origin != FIELD_CONTEXT) || sample_column < 0 ||
		work->sample->values[sample_column] == NULL)
		return;
	isnull = work->sample->nulls[sample_column];
	column = add_column(work, index);
	if (is_drawn_from_bins(field) && value_column(work, column, isnull))
	{
		work->field_columns[index] = column->index;
		keep_column(work, column);
	}
	else if (has_nulls(work, isnull))
	{
		column = add_column(work, index);
		fit_presence_column(work, column, isnull);
		keep_column(work, column);
	}
}

static void
bin_levels(FitWork *work)
{
	for (int i = 0; i < work->ncolumns; i++)
	{
		FitColumn  *column = work->columns[i];
		FitColumn  *decided = NULL;

		if (column->axis.kind != FIT_LEVELS)
			continue;
		for (int k = 0; k < work->ncolumns && decided == NULL; k++)
			if (work->columns[k]->axis.determinant == i)
				decided = work->columns[k];
		fit_level_bins(work, column, decided);
	}
}

/* ---- times that count from others ---- */

/*
 * What to count from where the base is NULL: so that values come out on
 * average as they are in such rows, or like the base if there are none.
 */
static double
base_default(const FitWork *work, const double *from, const bool *from_null,
			 const double *values, const bool *isnull, double grain)
{
	double		sums[3] = {0, 0, 0};	/* base, gap, values without a base */
	double		counts[3] = {0, 0, 0};
	double		result;

	for (int row = 0; row < work->nrows; row++)
	{
		bool		value = !isnull[row] && isfinite(values[row]);
		bool		base = !from_null[row] && isfinite(from[row]);

		if (base)
			sums[0] += (from[row] - sums[0]) / ++counts[0];
		if (base && value)
			sums[1] += (values[row] - from[row] - sums[1]) / ++counts[1];
		if (value && from_null[row])
			sums[2] += (values[row] - sums[2]) / ++counts[2];
	}
	result = counts[2] > 0 ? sums[2] - sums[1] : sums[0];
	return grain > 0 ? rint(result / grain) * grain : result;
}

/* Makes the axis of a field anew, of what lies between it and its base. */
static void
count_from_base(FitWork *work, int field, int base)
{
	FitColumn  *column = work->columns[work->field_columns[field]];
	FitColumn  *base_column = work->columns[work->field_columns[base]];
	const bool *isnull = work->sample->nulls[work->sample_columns[field]];
	const bool *base_null = work->sample->nulls[work->sample_columns[base]];
	ValueKind	kind = value_kind(work->schema->fields[field]->base_type);
	double	   *values = fit_scale_values(work, field);
	double	   *from = fit_scale_values(work, base);
	double		otherwise = base_default(work, from, base_null, values, isnull,
										 base_column->axis.grain);
	bool	   *missing = palloc0(work->nrows);
	FitColumn  *made = palloc0(sizeof(FitColumn));

	for (int row = 0; row < work->nrows; row++)
	{
		missing[row] = !isnull[row] && (base_null[row] || !isfinite(from[row]) ||
										!isfinite(values[row]));
		values[row] -= from[row];
	}
	*made = (FitColumn) {.index = column->index, .after = {base_column->index, -1}};
	made->axis.field = field;
	if (fit_scale_column(work, made, values, isnull, missing, kind))
	{
		made->axis.base = base;
		made->axis.base_default = otherwise;
		work->columns[column->index] = made;
	}
	pfree(values);
	pfree(from);
}

static void
count_from_bases(FitWork *work)
{
	int			nfields = schema_width(work->schema);
	int		   *bases = palloc(sizeof(int) * Max(nfields, 1));

	fit_find_bases(work, bases);
	for (int field = 0; field < nfields; field++)
		if (bases[field] >= 0)
			count_from_base(work, field, bases[field]);
	pfree(bases);
}

/* ---- weekdays and hours ---- */

static void
add_time_columns(FitWork *work)
{
	static const FitAxisKind parts[] = {FIT_WEEKDAY, FIT_HOUR};

	for (int field = 0; field < work->schema->nfields; field++)
	{
		ValueKind	kind = value_kind(work->schema->fields[field]->base_type);
		int			scale = work->field_columns[field];
		double	   *values;

		if (scale < 0 || work->columns[scale]->axis.kind != FIT_SCALE ||
			(kind != VALUE_DATE && kind != VALUE_TIMESTAMP))
			continue;
		values = fit_scale_values(work, field);
		for (int i = 0; i < lengthof(parts); i++)
		{
			FitColumn  *column = add_column(work, field);

			if (fit_time_column(work, column, parts[i], work->columns[scale], values,
								work->sample->nulls[work->sample_columns[field]], kind))
				keep_column(work, column);
		}
		pfree(values);
	}
}

/* ---- endings of numbers ---- */

static void
add_endings(FitWork *work)
{
	for (int field = 0; field < work->schema->nfields; field++)
	{
		ValueKind	kind = value_kind(work->schema->fields[field]->base_type);
		int			scale = work->field_columns[field];
		FitColumn  *column;
		double	   *values;

		if (scale < 0 || work->columns[scale]->axis.kind != FIT_SCALE ||
			(kind != VALUE_INTEGER && kind != VALUE_NUMERIC && kind != VALUE_FLOAT))
			continue;
		values = fit_scale_values(work, field);
		column = add_column(work, field);
		if (fit_ending_column(work, column, work->columns[scale], values,
							  work->sample->nulls[work->sample_columns[field]]))
			keep_column(work, column);
		pfree(values);
	}
}

/* ---- into the Fit ---- */

static void *
copied(const void *from, size_t size)
{
	void	   *to;

	if (from == NULL || size == 0)
		return NULL;
	to = palloc_extended(size, MCXT_ALLOC_HUGE);
	memcpy(to, from, size);
	return to;
}

/* The places of columns in the order take the place of their numbers. */
static void
copy_tree(FitTree *to, const FitTree *from, const int *places)
{
	*to = *from;
	to->nodes = copied(from->nodes, sizeof(FitNode) * from->nnodes);
	to->entries = copied(from->entries, sizeof(FitEntry) * from->nentries);
	for (int i = 0; i < to->nnodes; i++)
		if (to->nodes[i].axis >= 0)
			to->nodes[i].axis = places[to->nodes[i].axis];
}

static void
copy_levels(const FitWork *work, FitAxis *to)
{
	Oid			type = work->schema->fields[to->field]->base_type;
	int16		length;
	bool		byval;

	get_typlenbyval(type, &length, &byval);
	to->levels = copied(to->levels, sizeof(Datum) * to->nlevels);
	for (int i = 0; i < to->nlevels; i++)
		to->levels[i] = datumCopy(to->levels[i], byval, length);
	to->level_bins = copied(to->level_bins, sizeof(int) * to->nlevels);
	to->pattern = to->pattern != NULL ? pstrdup(to->pattern) : NULL;
	to->other_pattern = to->other_pattern != NULL ? pstrdup(to->other_pattern) : NULL;
	to->level_weights = copied(to->level_weights, sizeof(double) * to->nlevels);
}

static void
copy_axis(const FitWork *work, FitAxis *to, const FitAxis *from, const int *places)
{
	*to = *from;
	to->marginal = copied(from->marginal, sizeof(double) * from->nbins);
	to->knots = copied(from->knots, sizeof(double) * from->nknots);
	to->starts = from->nknots == 0 ? NULL :
		copied(from->starts, sizeof(int) * (from->nbins + 1));
	if (from->kind == FIT_LEVELS)
		copy_levels(work, to);
	if (from->determinant >= 0)
	{
		int			nlevels = work->columns[from->determinant]->axis.nlevels;

		to->determinant = places[from->determinant];
		to->decided = copied(from->decided, sizeof(int) * (nlevels + 1));
	}
}

static int
leaf_rows(const FitWork *work)
{
	double		growing = LEARN_LEAF_ROWS * sqrt((double) work->nrows / LEAF_SAMPLE);
	int			rows = (int) Min(Max(growing, LEARN_LEAF_ROWS), MOST_LEAF_ROWS);

	rows = Max(rows, (int) ((double) work->nrows * work->ncolumns / ENTRIES_AIM));

	return work->options->strict ? rows * STRICT_LEAVES : rows;
}

/*
 * Grows the trees, each in memory that is gone before the next.  Returns the
 * places of the columns in the order.
 */
static int *
grow_trees(FitWork *work, const FitInformation *information, const int *order, Fit *fit,
		   MemoryContext keep)
{
	MemoryContext growing = AllocSetContextCreate(CurrentMemoryContext, "synthik tree",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext outside = MemoryContextSwitchTo(growing);
	int			most = fit_most_parents(work);
	int		   *places = MemoryContextAlloc(outside, sizeof(int) * work->ncolumns);
	int		   *rows = MemoryContextAllocHuge(outside, sizeof(int) * work->nrows);

	for (int row = 0; row < work->nrows; row++)
		rows[row] = row;
	for (int place = 0; place < work->ncolumns; place++)
	{
		FitColumn  *column = work->columns[order[place]];
		FitColumn **parents = palloc(sizeof(FitColumn *) * (most + 1));
		FitTree		tree = {0};
		int			nparents;

		places[order[place]] = place;
		nparents = fit_is_context(work, column) ? 0 :
			fit_parents(work, information, order, place, most, parents);
		if (column->axis.determinant < 0)
			fit_grow(work, column, nparents, parents, rows, work->nrows, leaf_rows(work), &tree);
		MemoryContextSwitchTo(keep);
		copy_axis(work, &fit->axes[place], &column->axis, places);
		copy_tree(&fit->axes[place].tree, &tree, places);
		MemoryContextSwitchTo(growing);
		MemoryContextReset(growing);
	}
	MemoryContextSwitchTo(outside);
	MemoryContextDelete(growing);
	return places;
}

static void
learn_fanouts(const FitWork *work, const int *places, Fit *fit, MemoryContext keep)
{
	int			nreferences = list_length(work->schema->references);
	MemoryContext outside = MemoryContextSwitchTo(keep);

	fit->nfanouts = 0;
	fit->fanouts = palloc0(sizeof(FitFanout) * Max(nreferences, 1));
	for (int i = 0; i < nreferences; i++)
		if (fit_learn_fanout(work, i, places, &fit->fanouts[fit->nfanouts]))
			fit->nfanouts++;
	MemoryContextSwitchTo(outside);
}

/* ---- the whole ---- */

static void
work_init(FitWork *work, Schema *schema, const Sample *sample, const int *columns,
		  const LearnOptions *options)
{
	work->schema = schema;
	work->sample = sample;
	work->sample_columns = columns;
	work->options = options;
	work->nrows = sample->nrows;
	work->ncolumns = 0;
	work->columns = palloc(sizeof(FitColumn *) * 3 * Max(schema_width(schema), 1));
	work->field_columns = palloc(sizeof(int) * Max(schema_width(schema), 1));
	work->xlogx = palloc_extended(sizeof(double) * ((size_t) work->nrows + 1),
								  MCXT_ALLOC_HUGE);
	work->xlogx[0] = 0;
	for (int i = 1; i <= work->nrows; i++)
		work->xlogx[i] = i * log(i);
}

void
fit_sample(Schema *schema, const Sample *sample, const int *columns,
		   const LearnOptions *options)
{
	MemoryContext keep = CurrentMemoryContext;
	MemoryContext memory;
	FitWork		work;
	FitInformation *information;
	int		   *places;

	if (sample->nrows == 0)
		return;
	memory = AllocSetContextCreate(keep, "synthik fit", ALLOCSET_DEFAULT_SIZES);
	if (schema->fit == NULL)
		schema->fit = palloc0(sizeof(Fit));
	MemoryContextSwitchTo(memory);
	work_init(&work, schema, sample, columns, options);
	for (int field = 0; field < schema_width(schema); field++)
		make_column(&work, field);
	fit_find_determinants(&work);
	bin_levels(&work);
	count_from_bases(&work);
	add_time_columns(&work);
	add_endings(&work);
	information = fit_information(&work);
	if (fit_choose_contexts(&work, information))
		information = fit_information(&work);
	schema->fit->axes = MemoryContextAllocHuge(keep, sizeof(FitAxis) * Max(work.ncolumns, 1));
	places = grow_trees(&work, information, fit_order(&work, information), schema->fit, keep);
	schema->fit->naxes = work.ncolumns;
	schema->fit->rows = sample->nrows;
	learn_fanouts(&work, places, schema->fit, keep);
	fit_learn_rows(&work, &schema->fit->known, keep);
	MemoryContextSwitchTo(keep);
	MemoryContextDelete(memory);
}
