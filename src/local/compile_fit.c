/*-------------------------------------------------------------------------
 *
 * compile_fit.c
 *		Fields whose values, NULLs or lengths were learned.
 *
 * A field's axis decides its value unless the field says otherwise: a key, a
 * pattern or a distribution of its own.  Its bounds and lists narrow what was
 * learned.  An axis that decides nothing stays: others ask for it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include <math.h>

#include "local/compile.h"
#include "local/pattern.h"
#include "schema/guess.h"
#include "util/order.h"
#include "utils/builtins.h"
#include "utils/cash.h"

#define MAX_NAMED	5			/* fields that a description names */

/* ---- which axes a field has ---- */

/* One level more, in the bin of other values.  Its value is nobody's. */
static void
add_other_level(AxisWork *work)
{
	const FitAxis *axis = work->axis;
	int			n = axis->nlevels;
	Datum	   *levels = palloc0(sizeof(Datum) * (n + 1));
	int		   *bins = palloc(sizeof(int) * (n + 1));

	if (axis->levels != NULL)
		memcpy(levels, axis->levels, sizeof(Datum) * n);
	memcpy(bins, axis->level_bins, sizeof(int) * n);
	levels[n] = levels[0];
	bins[n] = axis->nbins - 1;
	work->levels = levels;
	work->level_bins = bins;
	work->level_shares[n] = work->bin_shares[axis->nbins - 1];
	work->level_factors[n] = 1.0;
	work->other_level = n;
	work->nlevels = n + 1;
}

static AxisWork
axis_begin(const FitAxis *axis)
{
	AxisWork	work = {0};
	double		present = 0;
	double	   *in_bin = palloc0(sizeof(double) * axis->nbins);

	work.axis = axis;
	work.nbins = axis->nbins;
	work.unknown = work.other_level = -1;
	work.null_factor = work.rest_factor = 1.0;
	work.bin_shares = palloc0(sizeof(double) * (axis->nbins + 1));
	work.bin_factors = palloc(sizeof(double) * (axis->nbins + 1));
	for (int b = 0; b <= axis->nbins; b++)
		work.bin_factors[b] = 1.0;
	for (int b = axis->has_null ? 1 : 0; b < axis->nbins; b++)
		present += axis->marginal[b];
	for (int b = axis->has_null ? 1 : 0; b < axis->nbins; b++)
		work.bin_shares[b] = present > 0 ? axis->marginal[b] / present : 0;
	if (axis->kind == FIT_LEVELS)
	{
		work.by_levels = true;
		work.nlevels = axis->nlevels;
		work.levels = axis->levels;
		work.level_bins = axis->level_bins;
		work.level_shares = palloc(sizeof(double) * (axis->nlevels + 1));
		work.level_factors = palloc(sizeof(double) * (axis->nlevels + 1));
		for (int l = 0; l < axis->nlevels; l++)
			in_bin[axis->level_bins[l]] += axis->level_weights[l];
		for (int l = 0; l < axis->nlevels; l++)
		{
			int			b = axis->level_bins[l];

			work.level_factors[l] = 1.0;
			work.level_shares[l] = in_bin[b] > 0 ?
				work.bin_shares[b] * axis->level_weights[l] / in_bin[b] : 0;
		}
		if (axis->has_other)
			add_other_level(&work);
	}
	pfree(in_bin);
	return work;
}

static void
note_axis(FieldFit *field, FitAxisKind kind, int axis)
{
	switch (kind)
	{
		case FIT_SCALE:
		case FIT_LEVELS:
			field->value = axis;
			break;
		case FIT_PRESENCE:
			field->presence = axis;
			break;
		case FIT_LENGTH:
			field->length = axis;
			break;
		case FIT_WEEKDAY:
			field->weekday = axis;
			break;
		case FIT_HOUR:
			field->hour = axis;
			break;
		case FIT_ENDING:
			field->ending = axis;
			break;
	}
}

void
fit_begin(Compiler *c)
{
	const Schema *schema = c->schema;
	const Fit  *fit = schema->fit;

	if (fit == NULL)
		return;
	c->fits = palloc(sizeof(FieldFit) * Max(schema_width(schema), 1));
	for (int i = 0; i < schema_width(schema); i++)
		c->fits[i] = (FieldFit) {
		-1, -1, -1, -1, -1, -1, NULL
	};
	c->axes = palloc(sizeof(AxisWork) * Max(fit->naxes, 1));
	for (int a = 0; a < fit->naxes; a++)
	{
		c->axes[a] = axis_begin(&fit->axes[a]);
		if (fit->axes[a].field >= 0 && fit->axes[a].field < schema->nfields)
			note_axis(&c->fits[fit->axes[a].field], fit->axes[a].kind, a);
	}
	for (int w = 0; w < fit->nwords; w++)
		if (fit->words[w].field >= 0)
			c->fits[fit->words[w].field].words = &fit->words[w];
}

/* ---- values ---- */

/*
 * Has the field a generator of its own, that nobody has learned?  A pattern is
 * not one where it is for what is not among the levels that were learned.
 */
static bool
shaped_otherwise(const Field *field, bool has_other)
{
	if (field->enumeration.count > 0)
		return false;
	return (field->pattern != NULL && !has_other && !pattern_is_guess(field)) ||
		(field->distribution.kind != DISTRIBUTION_NONE && !field->distribution.implied);
}

bool
in_unique_set(const Schema *schema, int column)
{
	ListCell   *lc;

	foreach(lc, schema->uniques)
	{
		const UniqueSet *set = lfirst(lc);

		for (int i = 0; i < set->nfields; i++)
			if (set->fields[i] == column)
				return true;
	}
	return false;
}

Field *
others_field(const Compiler *c, const Field *field, int column)
{
	const FitAxis *axis = c->axes[c->fits[column].value].axis;
	Field	   *others = palloc(sizeof(Field));
	const char *problem;

	*others = *field;
	if (axis->pattern != NULL && axis->other_pattern != NULL && field->pattern != NULL &&
		strcmp(axis->pattern, field->pattern) == 0 &&
		pattern_compile(axis->other_pattern, Max(field->min_length, 0), text_max_length(field),
						&problem) != NULL)
		others->pattern = axis->other_pattern;
	return others;
}

/* What makes the values that are no levels, as a part of op. */
static int
compile_others(Compiler *c, int op, const Field *field, int column)
{
	int			part = compiler_add_op(c, OP_NULL, field, -1, c->ops[op].salt);

	compile_generator(c, part, others_field(c, field, column), column, false);
	c->ops[part].null_below = 0;
	c->ops[op].flags |= c->ops[part].flags & OPF_BACKEND;
	return part;
}

/* What makes other values is not to make one of the list. */
static void
list_levels(Compiler *c, Oid type, const AxisWork *work, PlanPool *pool)
{
	uint64	   *hashes = palloc(sizeof(uint64) * Max(work->nlevels, 1));
	int			n = 0;

	if (!stored_as_text(type))
		return;
	for (int l = 0; l < work->nlevels; l++)
	{
		struct varlena *level;

		if (l == work->other_level)
			continue;
		level = PG_DETOAST_DATUM_PACKED(work->levels[l]);
		hashes[n++] = rng_hash(VARDATA_ANY(level), VARSIZE_ANY_EXHDR(level));
	}
	qsort(hashes, n, sizeof(uint64), order_uint64s);
	pool->nlisted = n;
	pool->listed = builder_add(&c->builder, hashes, sizeof(uint64) * Max(n, 1));
	pfree(hashes);
}

/* One of a list of values; false if there are none. */
static bool
compile_levels(Compiler *c, int op, const Field *field, int column, AxisWork *work)
{
	AxisWork	before = *work;
	PlanPool	pool = {0};
	double	   *weights;
	double		sum = 0;

	axis_want_levels(c, work, field);
	weights = palloc(sizeof(double) * Max(work->nlevels, 1));
	for (int l = 0; l < work->nlevels; l++)
		sum += (weights[l] = work->level_shares[l] * work->level_factors[l]);
	/* ranks of unique values know nothing of factors, nor of other values */
	if (!(sum > 0) || work->nlevels > PLAN_MAX_LEVELS ||
		((work->wanted_levels || work->other_level >= 0) && in_unique_set(c->schema, column)))
	{
		*work = before;
		return false;
	}
	pool.selector = compile_selector(c, c->ops[op].salt, work->nlevels, weights);
	pool.values = store_values(c, &c->ops[op], work->levels, work->nlevels);
	pool.fitted = true;
	if (work->other_level >= 0 && weights[work->other_level] > 0)
	{
		pool.other = compile_others(c, op, field, column);
		pool.other_level = work->other_level;
		list_levels(c, c->ops[op].type, work, &pool);
	}
	c->ops[op].kind = OP_POOL;
	c->ops[op].detail = builder_add(&c->builder, &pool, sizeof(pool));
	work->valued = work->by_levels = true;
	return true;
}

static double
unit_of(Oid type, const PlanNumber *number)
{
	bool		decimal = value_kind(type) == VALUE_FLOAT || value_kind(type) == VALUE_NUMERIC;

	return number->grain / (decimal ? number->divisor : 1.0);
}

/* A number or time; false if no knots are within the field's bounds. */
static bool
compile_knots(Compiler *c, int op, const Field *field, AxisWork *work)
{
	PlanNumber *number;
	int64		low;
	int64		high;
	bool		made;

	if (work->axis->nknots == 0)
		return false;
	c->knots = work->axis;
	made = compile_number(c, &c->ops[op], field, false);
	c->knots = NULL;
	if (!made)
		return false;
	number = builder_at(&c->builder, c->ops[op].detail);
	low = number->low;
	high = number->high;
	base_bounds(c, work->axis->field, unit_of(field->base_type, number), &low, &high);
	if (!axis_want_knots(work, field, unit_of(field->base_type, number), low, high))
	{
		c->ops[op].kind = OP_NULL;
		return false;
	}
	work->valued = true;
	return true;
}

/* Turns op into what was learned of its field; false if that is nothing. */
bool
compile_fit(Compiler *c, int op, const Field *field, int column)
{
	const FieldFit *fit;
	AxisWork   *work;

	if (c->fits == NULL)
		return false;
	fit = &c->fits[column];
	if (shaped_otherwise(field, fit->value >= 0 && c->axes[fit->value].other_level >= 0))
		return false;
	if (fit->value >= 0)
	{
		work = &c->axes[fit->value];
		if (work->axis->kind == FIT_LEVELS || field->enumeration.count > 0)
			return compile_levels(c, op, field, column, work);
		return compile_knots(c, op, field, work);
	}
	if (fit->words == NULL || field->enumeration.count > 0 || field_pattern(field) != NULL ||
		!stored_as_text(field->base_type))
		return false;
	compile_words(c, op, field, fit->words);
	return true;
}

/* ---- NULLs and lengths ---- */

static int
null_axis(const FieldFit *fit)
{
	if (fit->value >= 0)
		return fit->value;
	return fit->presence >= 0 ? fit->presence : fit->length;
}

/* The columns of one key are NULL together. */
static int
null_axis_of_key(const Compiler *c, const Field *field)
{
	const Reference *reference = list_nth(c->schema->references, field->reference);

	for (int k = 0; k < reference->ncolumns; k++)
	{
		int			column = reference->fields[k];
		int			axis = null_axis(&c->fits[column]);

		if (c->schema->fields[column]->reference == field->reference &&
			!c->schema->fields[column]->required && axis >= 0 && c->axes[axis].axis->has_null)
			return axis;
	}
	return -1;
}

/* The share of NULLs that the field asks for, or -1. */
static double
wanted_nulls(const Field *field)
{
	const ValueList *list = &field->enumeration;
	double		nulls = 0;
	double		sum = 0;

	if (field->required)
		return 0;
	if (field->null_fraction >= 0 || list->nulls == NULL)
		return field->null_fraction;
	for (int i = 0; i < list->count; i++)
	{
		double		weight = list->weights ? list->weights[i] : 1.0;

		sum += weight;
		if (list->nulls[i])
			nulls += weight;
	}
	return list->weights || nulls >= sum ? nulls / sum : -1;
}

/* A share that was written down with few digits is the same share. */
static bool
same_share(double wanted, double learned)
{
	return fabs(wanted - learned) <= 0.02 * learned + 0.0006;
}

static void
want_nulls(AxisWork *work, const Field *field)
{
	double		learned = work->axis->marginal[0];
	double		wanted = wanted_nulls(field);

	if (wanted < 0 || (wanted > 0 && same_share(wanted, learned)) || !(learned > 0))
		return;
	work->null_factor = wanted / learned;
	work->rest_factor = learned < 1 ? (1 - wanted) / (1 - learned) : 1.0;
}

/* Arrays have as many elements as the axis says. */
static void
compile_length(Compiler *c, int op, const Field *field, int axis)
{
	AxisWork   *work = &c->axes[axis];
	PlanArray  *array;

	if (work->axis->nknots == 0 ||
		(c->ops[op].kind != OP_ARRAY && !(c->ops[op].flags & OPF_JSON_ARRAY)))
		return;
	if (!axis_want_knots(work, field, 1.0, Max(field->min_items, 0),
						 field->max_items >= 0 ? field->max_items : SCHEMA_MAX_ARRAY))
		return;
	array = builder_at(&c->builder, c->ops[op].detail);
	array->low = Max(field->min_items, 0);
	array->high = field->max_items >= 0 ? field->max_items : SCHEMA_MAX_ARRAY;
	array->fitted = true;
	work->valued = true;
	c->ops[op].axis = axis + 1;
}

/* Once a column has its op. */
void
compile_fit_nulls(Compiler *c, int op, const Field *field, int column)
{
	const FieldFit *fit;
	int			axis;

	if (c->fits == NULL)
		return;
	fit = &c->fits[column];
	axis = field->reference >= 0 ? null_axis_of_key(c, field) : null_axis(fit);
	if (fit->length >= 0)
		compile_length(c, op, field, fit->length);
	if (axis < 0)
		return;
	if (c->axes[axis].axis->has_null)
		want_nulls(&c->axes[axis], field);
	if (c->axes[axis].valued || c->axes[axis].axis->has_null)
		c->ops[op].axis = c->ops[op].axis ? c->ops[op].axis : axis + 1;
	/* nobody has seen NULLs: only those that are asked for */
	if (!c->axes[axis].axis->has_null && field->null_fraction < 0)
		c->ops[op].null_below = 0;
}

/* ---- descriptions ---- */

static int
count_nodes(const FitTree *tree, int axis)
{
	int			n = 0;

	for (int i = 0; i < tree->nnodes; i++)
		n += tree->nodes[i].axis == axis;
	return n;
}

/* The name of a field, or "customer_id.created_at" of a context. */
const char *
field_title(const Schema *schema, int index)
{
	const Field *field = schema->fields[index];
	const Reference *reference;

	if (field->origin != FIELD_CONTEXT)
		return field->name;
	reference = list_nth(schema->references, field->reference);
	return psprintf("%s.%s", quote_identifier(schema->fields[reference->fields[0]]->name),
					quote_identifier(field->name));
}

/* The fields that a tree asks for, those that it asks most first. */
static void
describe_asked(const Compiler *c, StringInfo out, const FitAxis *axis)
{
	const Schema *schema = c->schema;
	int		   *asks = palloc0(sizeof(int) * Max(schema_width(schema), 1));

	if (axis->determinant >= 0 && schema->fit->axes[axis->determinant].field >= 0)
	{
		appendStringInfo(out, ", decided by %s",
						 field_title(schema, schema->fit->axes[axis->determinant].field));
		return;
	}
	for (int a = 0; a < schema->fit->naxes; a++)
		if (schema->fit->axes[a].field >= 0)
			asks[schema->fit->axes[a].field] += count_nodes(&axis->tree, a);
	for (int n = 0; n <= MAX_NAMED; n++)
	{
		int			most = 0;

		for (int i = 0; i < schema_width(schema); i++)
			if (asks[i] > asks[most])
				most = i;
		if (schema->nfields == 0 || asks[most] == 0)
			return;
		if (n == MAX_NAMED)
			appendStringInfoString(out, ", ...");
		else
			appendStringInfo(out, "%s%s", n == 0 ? ", depends on " : ", ",
							 field_title(schema, most));
		asks[most] = 0;
	}
}

/* Is the number of an array's elements learned? */
bool
length_is_learned(const Compiler *c, int column)
{
	return c->fits && c->fits[column].length >= 0 && c->axes[c->fits[column].length].valued;
}

/* What was learned of a compiled column; false if that is not its value. */
bool
describe_fit(const Compiler *c, StringInfo out, int column)
{
	int			value = c->fits ? c->fits[column].value : -1;
	const AxisWork *work;

	if (value < 0 || !c->axes[value].valued)
		return false;
	work = &c->axes[value];
	if (work->by_levels)
	{
		int			n = 0;

		for (int l = 0; l < work->nlevels; l++)
			n += l != work->other_level && work->level_shares[l] * work->level_factors[l] > 0;
		appendStringInfo(out, "learned: %d %s%s", n, work->other_level >= 0 ? "common " : "",
						 n == 1 ? "value" : "values");
	}
	else
		appendStringInfo(out, "learned: distribution by %d knots%s", work->axis->nknots,
						 work->axis->base >= 0 ? psprintf(", counted from %s", field_title(c->schema, work->axis->base)) : "");
	if (c->fits[column].weekday >= 0)
		appendStringInfoString(out, ", by weekday");
	if (c->fits[column].hour >= 0)
		appendStringInfoString(out, ", by hour");
	if (c->fits[column].ending >= 0 && !work->by_levels)
		appendStringInfoString(out, ", by ending");
	describe_asked(c, out, work->axis);
	return true;
}
