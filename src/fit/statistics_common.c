/*-------------------------------------------------------------------------
 *
 * statistics_common.c
 *		From the most common values of texts of which there are too many to
 *		list to axes of schema->fit.
 *
 * Nothing is known of what they depend on: all of them share a bin.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "catalog/pg_type.h"
#include "fit/statistics.h"
#include "utils/builtins.h"

static bool
has_axis(const Fit *fit, int field)
{
	for (int i = 0; fit != NULL && i < fit->naxes; i++)
		if (fit->axes[i].field == field)
			return true;
	return false;
}

/* Whether they are running text, the statistics do not say. */
static bool
is_sentence(Oid type, Datum value)
{
	char	   *string = type == NAMEOID ? NameStr(*DatumGetName(value)) :
		TextDatumGetCString(value);
	int			words = 0;

	for (char *c = string; *c != '\0'; c++)
		words += *c != ' ' && (c == string || c[-1] == ' ');
	return words >= FIT_SENTENCE_WORDS;
}

static void
set_levels(FitAxis *axis, Oid type, const StatisticsValues *common, const bool *may,
		   double rows)
{
	axis->levels = palloc(sizeof(Datum) * Max(common->count, 1));
	axis->level_bins = palloc(sizeof(int) * Max(common->count, 1));
	axis->level_weights = palloc(sizeof(double) * Max(common->count, 1));
	for (int i = 0; i < common->count && axis->nlevels < FIT_MAX_LEVELS; i++)
	{
		if (!may[i] || common->shares[i] * rows < LEARN_RARE ||
			is_sentence(type, common->values[i]))
			continue;
		axis->levels[axis->nlevels] = common->values[i];
		axis->level_bins[axis->nlevels] = axis->has_null ? 1 : 0;
		axis->level_weights[axis->nlevels++] = common->shares[i];
	}
}

/* Bins of NULL, of the levels and of other values, and a tree that asks nothing. */
static void
set_bins(FitAxis *axis, double null_share)
{
	double		share = 0;
	double		others;
	FitTree    *tree = &axis->tree;

	for (int i = 0; i < axis->nlevels; i++)
		share += axis->level_weights[i];
	others = 1 - null_share - share;
	axis->has_other = others > 0;
	axis->marginal = palloc(sizeof(double) * 3);
	if (axis->has_null)
		axis->marginal[axis->nbins++] = null_share;
	axis->marginal[axis->nbins++] = share;
	if (axis->has_other)
		axis->marginal[axis->nbins++] = others;
	tree->nnodes = 1;
	tree->nodes = palloc0(sizeof(FitNode));
	tree->nentries = axis->nbins;
	tree->entries = palloc(sizeof(FitEntry) * axis->nbins);
	for (int bin = 0; bin < axis->nbins; bin++)
		tree->entries[bin] = (FitEntry) {bin, axis->marginal[bin]};
	tree->nodes[0].axis = -1;
	tree->nodes[0].nentries = axis->nbins;
}

static void
add_axis(Schema *schema, const FitAxis *axis)
{
	Fit		   *fit = schema->fit;
	FitAxis    *axes;

	if (fit == NULL)
		fit = schema->fit = palloc0(sizeof(Fit));
	axes = palloc(sizeof(FitAxis) * (fit->naxes + 1));
	if (fit->naxes > 0)
		memcpy(axes, fit->axes, sizeof(FitAxis) * fit->naxes);
	axes[fit->naxes++] = *axis;
	fit->axes = axes;
}

static void
learn_common(Schema *schema, int index, const ColumnStatistics *column, double rows)
{
	const StatisticsValues *common = &column->common;
	bool	   *may = palloc(sizeof(bool) * Max(common->count, 1));
	FitAxis		axis = {.kind = FIT_LEVELS,.field = index,.base = -1,.determinant = -1};

	fit_may_copy(schema, index, common->values, common->count, may);
	axis.has_null = column->null_share > 0;
	set_levels(&axis, schema->fields[index]->base_type, common, may, rows);
	pfree(may);
	if (axis.nlevels == 0)
		return;
	set_bins(&axis, column->null_share);
	add_axis(schema, &axis);
	schema->fields[index]->why = psprintf("statistics: %d most common values of many",
										  axis.nlevels);
}

void
statistics_learn_common(Schema *schema, const Statistics *statistics)
{
	for (int i = 0; i < schema->nfields; i++)
	{
		const Field *field = schema->fields[i];
		const ColumnStatistics *column = &statistics->of[i];

		if (field->origin == FIELD_MADE && column->found && column->common.count > 0 &&
			!field->unique && field->reference < 0 && !has_axis(schema->fit, i))
			learn_common(schema, i, column, statistics->rows);
	}
}
