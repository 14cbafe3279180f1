/*-------------------------------------------------------------------------
 *
 * fit_parse_axes.c
 *		The axes of a blob and their trees, with every index and bound checked.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "miscadmin.h"
#include "schema/fit_parser.h"

/* The fewest bytes that an item takes. */
#define AXIS_BYTES		8
#define NODE_BYTES		3
#define ENTRY_BYTES		2
#define LEVEL_BYTES		3

/* ---- trees ---- */

static void
parse_leaf(FitParser *parser, int nbins, FitTree *tree, int room, FitNode *node)
{
	double		sum = 0;

	node->first = tree->nentries;
	node->nentries = fit_read_below(parser, room - tree->nentries, "a leaf has too many entries");
	(void) fit_check(parser, node->nentries > 0, "a leaf has no entries");
	for (int i = 0; fit_good(parser) && i < node->nentries; i++)
	{
		FitEntry   *entry = &tree->entries[tree->nentries++];

		entry->bin = fit_read_below(parser, nbins - 1, "a leaf's bin is out of range");
		entry->weight = fit_read_weight(parser);
		sum += entry->weight;
	}
	(void) fit_check(parser, isfinite(sum), "weights are too great");
}

static void
parse_inner(FitParser *parser, int nnodes, int index, FitNode *node)
{
	int			nbins = parser->blob->fit->axes[node->axis].nbins;
	int			bytes = (nbins + 7) / 8;

	if (!fit_check(parser, bytes <= parser->end - parser->at, "it ends too soon"))
		return;
	for (int i = 0; i < bytes; i++)
		node->left[i / 8] |= (uint64) (unsigned char) *parser->at++ << (8 * (i % 8));
	(void) fit_check(parser, nbins % 64 == 0 || node->left[nbins / 64] >> (nbins % 64) == 0,
					 "a node asks for bins that are not there");
	for (int i = 0; i < 2; i++)
	{
		node->children[i] = index + fit_read_below(parser, nnodes - 1 - index,
												   "a node's child is out of range");
		(void) fit_check(parser, node->children[i] > index, "a node is its own child");
	}
}

void
fit_parse_tree(FitParser *parser, int number, int nbins, FitTree *tree)
{
	int			room;

	tree->nnodes = fit_read_count(parser, NODE_BYTES, FIT_MAX_NODES);
	room = fit_read_count(parser, ENTRY_BYTES, PG_INT32_MAX);
	if (!fit_check(parser, tree->nnodes > 0 && room > 0, "a tree is empty"))
		return;
	tree->nodes = palloc0(sizeof(FitNode) * tree->nnodes);
	tree->entries = palloc(sizeof(FitEntry) * room);
	for (int i = 0; fit_good(parser) && i < tree->nnodes; i++)
	{
		FitNode    *node = &tree->nodes[i];

		CHECK_FOR_INTERRUPTS();
		node->axis = fit_read_index(parser, number, "a node asks for a later axis");
		if (node->axis < 0)
			parse_leaf(parser, nbins, tree, room, node);
		else
			parse_inner(parser, tree->nnodes, i, node);
	}
	(void) fit_check(parser, tree->nentries == room, "a tree has fewer entries than it says");
}

/* ---- axes ---- */

static void
parse_marginal(FitParser *parser, FitAxis *axis)
{
	double		sum = 0;

	axis->marginal = fit_read_doubles(parser, axis->nbins);
	for (int i = 0; fit_good(parser) && i < axis->nbins; i++)
	{
		(void) fit_check(parser, axis->marginal[i] >= 0, "a share is below 0");
		sum += axis->marginal[i];
	}
	(void) fit_check(parser, isfinite(sum), "shares are too great");
}

/* The knots of a bin; infinity and NaN have one to themselves. */
static double *
read_knots(FitParser *parser, int count)
{
	double	   *knots = palloc(sizeof(double) * Max(count, 1));
	bool		alone = true;

	for (int i = 0; fit_good(parser) && i < count; i++)
	{
		knots[i] = fit_read_any_double(parser);
		alone &= !isfinite(knots[i]) && memcmp(&knots[i], &knots[0], sizeof(double)) == 0;
	}
	if (alone)
		return knots;
	for (int i = 0; fit_good(parser) && i < count; i++)
		(void) fit_check(parser, isfinite(knots[i]), "a number is not finite");
	fit_check_ascending(parser, knots, count);
	return knots;
}

static void
parse_knots(FitParser *parser, FitAxis *axis)
{
	axis->starts = palloc0(sizeof(int) * (axis->nbins + 1));
	for (int i = 0; fit_good(parser) && i < axis->nbins; i++)
	{
		int			count = fit_read_count(parser, 1, FIT_MAX_KNOTS - axis->nknots);
		double	   *knots = read_knots(parser, count);
		bool		none = (i == 0 && axis->has_null) ||
			(i == axis->nbins - 1 && axis->has_other);

		(void) fit_check(parser, (count == 0) == none, "a bin has no knots, or NULL has");
		if (!fit_good(parser))
			return;
		if (axis->knots == NULL)
			axis->knots = knots;
		else
		{
			axis->knots = repalloc(axis->knots,
								   sizeof(double) * Max(axis->nknots + count, 1));
			memcpy(axis->knots + axis->nknots, knots, sizeof(double) * count);
			pfree(knots);
		}
		axis->nknots += count;
		axis->starts[i + 1] = axis->nknots;
	}
	axis->grain = fit_read_double(parser);
	(void) fit_check(parser, axis->grain >= 0, "a grain is below 0");
	axis->base = fit_read_index(parser, parser->blob->nfields, "a base is out of range");
	axis->base_default = fit_read_double(parser);
}

/* An ending lies below the unit that it is an ending of. */
static void
check_endings(FitParser *parser, const FitAxis *axis)
{
	(void) fit_check(parser, axis->grain > 0, "endings have no unit");
	(void) fit_check(parser, axis->nknots == axis->nbins - (axis->has_other ? 1 : 0),
					 "a bin has several endings");
	for (int i = 0; fit_good(parser) && i < axis->nknots; i++)
		(void) fit_check(parser, axis->knots[i] >= 0 && axis->knots[i] < axis->grain,
						 "an ending is out of range");
}

/* Each bin but NULL's needs something to draw. */
static void
check_levels(FitParser *parser, const FitAxis *axis)
{
	double		sums[FIT_MAX_BINS] = {0};

	for (int i = 0; i < axis->nlevels; i++)
		sums[axis->level_bins[i]] += axis->level_weights[i];
	for (int i = 0; i < axis->nbins; i++)
	{
		bool		other = axis->has_other && i == axis->nbins - 1;

		if (i > 0 || !axis->has_null)
			(void) fit_check(parser, isfinite(sums[i]) &&
							 (sums[i] > 0 || other || axis->determinant >= 0),
							 "a bin has no levels");
	}
}

static void
parse_determinant(FitParser *parser, int number, FitAxis *axis)
{
	const FitAxis *other;

	axis->determinant = fit_read_index(parser, number, "a determinant is out of range");
	if (axis->determinant < 0 || !fit_good(parser))
		return;
	other = &parser->blob->fit->axes[axis->determinant];
	(void) fit_check(parser, !axis->has_other, "an axis that is decided has other values");
	if (!fit_check(parser, other->kind == FIT_LEVELS, "a determinant has no levels") ||
		!fit_check(parser, other->nlevels < parser->end - parser->at, "it ends too soon"))
		return;
	axis->decided = palloc(sizeof(int) * (other->nlevels + 1));
	for (int i = 0; fit_good(parser) && i <= other->nlevels; i++)
	{
		axis->decided[i] = fit_read_index(parser, axis->nlevels, "a level is out of range");
		(void) fit_check(parser, axis->decided[i] >= 0 || axis->has_null,
						 "NULL is decided where none may be");
	}
}

static void
parse_levels(FitParser *parser, int number, FitAxis *axis)
{
	int			first = axis->has_null ? 1 : 0;
	int			last = axis->nbins - (axis->has_other ? 2 : 1);

	axis->nlevels = fit_read_count(parser, LEVEL_BYTES, FIT_MAX_LEVELS);
	(void) fit_check(parser, !axis->has_other || (last >= first && axis->nlevels > 0),
					 "there are no levels but others");
	axis->levels = palloc0(sizeof(Datum) * (axis->nlevels + 1));
	axis->level_bins = palloc0(sizeof(int) * (axis->nlevels + 1));
	axis->level_weights = palloc0(sizeof(double) * (axis->nlevels + 1));
	for (int i = 0; fit_good(parser) && i < axis->nlevels; i++)
		axis->levels[i] = CStringGetDatum(fit_read_text(parser));
	for (int i = 0; fit_good(parser) && i < axis->nlevels; i++)
	{
		axis->level_bins[i] = fit_read_below(parser, last, "a level's bin is out of range");
		(void) fit_check(parser, axis->level_bins[i] >= first, "a level has the bin of NULL");
		axis->level_weights[i] = fit_read_double(parser);
		(void) fit_check(parser, axis->level_weights[i] >= 0, "a weight is below 0");
	}
	if (axis->has_other)
	{
		axis->pattern = fit_read_text(parser);
		axis->other_pattern = fit_read_text(parser);
	}
	parse_determinant(parser, number, axis);
	if (fit_good(parser))
		check_levels(parser, axis);
}

/* How many bins an axis of a kind may have. */
static bool
bins_fit(const FitAxis *axis)
{
	if (axis->has_other && axis->kind != FIT_LEVELS && axis->kind != FIT_ENDING)
		return false;
	switch (axis->kind)
	{
		case FIT_PRESENCE:
			return axis->nbins - (axis->has_null ? 1 : 0) <= 1;
		case FIT_WEEKDAY:
			return axis->nbins == 7 && !axis->has_null;
		case FIT_HOUR:
			return axis->nbins == 24 && !axis->has_null;
		case FIT_ENDING:
			return !axis->has_null;
		default:
			return true;
	}
}

/*
 * A field has one axis for its value, or for whether it has one, and at most
 * one of each kind that goes with its axis of FIT_SCALE.
 */
static void
check_place(FitParser *parser, int number, const FitAxis *axis)
{
	bool		part = fit_axis_is_part(axis->kind);
	bool		whole_before = false;

	for (int i = 0; axis->field >= 0 && i < number; i++)
	{
		const FitAxis *other = &parser->blob->fit->axes[i];

		if (other->field != axis->field)
			continue;
		whole_before |= other->kind == FIT_SCALE;
		(void) fit_check(parser, other->kind != axis->kind &&
						 (part || fit_axis_is_part(other->kind)),
						 "a field has two axes of a kind");
	}
	(void) fit_check(parser, axis->field < 0 || whole_before == part,
					 "an axis is not where it belongs");
}

static void
parse_axis(FitParser *parser, int number, FitAxis *axis)
{
	int			flags;

	axis->kind = (FitAxisKind) fit_read_below(parser, FIT_ENDING, "an axis is of no known kind");
	axis->field = fit_read_index(parser, parser->blob->nfields, "an axis's field is out of range");
	axis->nbins = fit_read_below(parser, FIT_MAX_BINS, "an axis has too many bins");
	flags = fit_read_below(parser, FIT_FLAG_NULL | FIT_FLAG_OTHER, "an axis has unknown flags");
	axis->has_null = (flags & FIT_FLAG_NULL) != 0;
	axis->has_other = (flags & FIT_FLAG_OTHER) != 0;
	axis->base = axis->determinant = -1;
	if (!fit_check(parser, axis->nbins > 0, "an axis has no bins") ||
		!fit_check(parser, bins_fit(axis), "an axis's bins do not suit its kind"))
		return;
	check_place(parser, number, axis);
	parse_marginal(parser, axis);
	if (fit_good(parser) && fit_axis_has_knots(axis->kind))
		parse_knots(parser, axis);
	else if (fit_good(parser) && axis->kind == FIT_LEVELS)
		parse_levels(parser, number, axis);
	if (fit_good(parser) && axis->kind == FIT_ENDING)
		check_endings(parser, axis);
	if (fit_good(parser) && axis->determinant < 0)
		fit_parse_tree(parser, number, axis->nbins, &axis->tree);
}

/* Of each field, the field that its values are counted from, or -1. */
static int *
bases_of_fields(const FitBlob *blob)
{
	int		   *bases = palloc(sizeof(int) * Max(blob->nfields, 1));

	for (int i = 0; i < blob->nfields; i++)
		bases[i] = -1;
	for (int i = 0; i < blob->fit->naxes; i++)
	{
		const FitAxis *axis = &blob->fit->axes[i];

		if (axis->kind == FIT_SCALE && axis->field >= 0)
			bases[axis->field] = axis->base;
	}
	return bases;
}

/* No value is counted from itself, however far round. */
static void
check_bases(FitParser *parser)
{
	const FitBlob *blob = parser->blob;
	int		   *bases = bases_of_fields(blob);

	for (int i = 0; i < blob->fit->naxes; i++)
		(void) fit_check(parser, blob->fit->axes[i].base < 0 ||
						 (blob->fit->axes[i].kind == FIT_SCALE && blob->fit->axes[i].field >= 0),
						 "an axis without a value has a base");
	for (int i = 0; i < blob->nfields; i++)
	{
		int			steps = 0;

		for (int at = bases[i]; fit_good(parser) && at >= 0; at = bases[at])
			(void) fit_check(parser, ++steps <= blob->nfields, "bases go round in circles");
	}
	pfree(bases);
}

void
fit_parse_axes(FitParser *parser)
{
	Fit		   *fit = parser->blob->fit;
	int			count = fit_read_count(parser, AXIS_BYTES, FIT_MAX_AXES);

	fit->axes = palloc0(sizeof(FitAxis) * Max(count, 1));
	for (int i = 0; fit_good(parser) && i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		parse_axis(parser, i, &fit->axes[i]);
		fit->naxes++;
	}
	if (fit_good(parser))
		check_bases(parser);
}
