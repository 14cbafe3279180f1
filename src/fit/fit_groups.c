/*-------------------------------------------------------------------------
 *
 * fit_groups.c
 *		What the row that is referred to says of how often it is.
 *
 * Each parent of the sample's rows is a row of its own here: its contexts in
 * the bins that the axes have, and the number of its children as the target
 * of a tree.  The leaves are the groups of a FitFanout.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "fit/fit_work.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#define GROUP_LEAST		100		/* parents of a group */
#define GROUP_SHARE		100		/* and this share of all */
#define MOST_COUNTS		1000	/* distinct numbers of children of a group */

typedef struct Groups
{
	FitWork		work;			/* of parents */
	int			nparents;
	int		   *children;		/* [parent] */
	FitColumn  *target;
	int			ncontexts;
	FitColumn **contexts;		/* with the bins of parents */
	FitTree		tree;
} Groups;

static void
count_children(Groups *groups, const FitWork *work, const SampleParent *parent)
{
	groups->nparents = parent->sample->nrows;
	groups->children = palloc0(sizeof(int) * Max(groups->nparents, 1));
	if (parent->children != NULL)
	{
		memcpy(groups->children, parent->children, sizeof(int) * groups->nparents);
		return;
	}
	for (int row = 0; row < work->nrows; row++)
		if (parent->rows[row] >= 0)
			groups->children[parent->rows[row]]++;
}

/* The contexts of a reference that have axes, for the rows of the parent. */
static void
bin_parents(Groups *groups, const FitWork *work, int reference, const SampleParent *parent)
{
	const Schema *schema = work->schema;

	groups->contexts = palloc(sizeof(FitColumn *) * Max(work->ncolumns, 1));
	for (int i = 0; i < work->ncolumns; i++)
	{
		const FitColumn *column = work->columns[i];
		const Field *field;
		FitColumn  *copy;
		FitBins    *bins;
		int			at;
		int			level;

		if (!fit_is_context(work, column))
			continue;
		field = schema->fields[column->axis.field];
		at = parent->columns[column->axis.field - schema->nfields];
		if (field->reference != reference || at < 0)
			continue;
		copy = palloc(sizeof(FitColumn));
		*copy = *column;
		copy->missing = NULL;
		copy->bins = palloc(Max(groups->nparents, 1));
		bins = fit_bins_open(&column->axis, field->base_type);
		for (int row = 0; row < groups->nparents; row++)
			copy->bins[row] = fit_bin_of(bins, parent->sample->values[at][row],
										 parent->sample->nulls[at][row], &level);
		groups->contexts[groups->ncontexts++] = copy;
		CHECK_FOR_INTERRUPTS();
	}
}

static int
compare_ints(const void *a, const void *b)
{
	return *(const int *) a < *(const int *) b ? -1 : *(const int *) a > *(const int *) b;
}

/* Numbers of children in bins: each its own, or quantiles of them. */
static void
bin_children(Groups *groups)
{
	int			n = groups->nparents;
	int		   *sorted = palloc(sizeof(int) * n);
	FitColumn  *target = palloc0(sizeof(FitColumn));
	int			highs[FIT_MAX_BINS];
	int			nbins = 0;

	memcpy(sorted, groups->children, sizeof(int) * n);
	qsort(sorted, n, sizeof(int), compare_ints);
	for (int i = 0; i < n && nbins < FIT_MAX_BINS; i++)
	{
		int			enough = (int) ((int64) (nbins + 1) * n / FIT_MAX_BINS);

		if (i + 1 < n && (sorted[i + 1] == sorted[i] || (nbins >= FIT_MAX_BINS / 2 && i < enough)))
			continue;
		highs[nbins++] = sorted[i];
	}
	highs[nbins - 1] = sorted[n - 1];
	target->ordered = true;
	target->axis.nbins = nbins;
	target->axis.marginal = palloc0(sizeof(double) * nbins);
	target->bins = palloc(n);
	for (int row = 0; row < n; row++)
	{
		int			bin = 0;

		while (bin < nbins - 1 && highs[bin] < groups->children[row])
			bin++;
		target->bins[row] = bin;
		target->axis.marginal[bin] += 1.0 / n;
	}
	groups->target = target;
	pfree(sorted);
}

static void
grow(Groups *groups, const FitWork *work)
{
	int			n = groups->nparents;
	int		   *rows = palloc(sizeof(int) * n);
	int			least = Max(GROUP_LEAST, n / GROUP_SHARE);

	groups->work = *work;
	groups->work.nrows = n;
	groups->work.xlogx = palloc(sizeof(double) * (n + 1));
	groups->work.xlogx[0] = 0;
	for (int i = 0; i < n; i++)
	{
		rows[i] = i;
		groups->work.xlogx[i + 1] = (i + 1) * log(i + 1);
	}
	fit_grow(&groups->work, groups->target, groups->ncontexts, groups->contexts, rows, n,
			 work->options->strict ? 2 * least : least, &groups->tree);
}

/* Leaves become groups, one after the other; the groups of all parents. */
static int *
number_groups(Groups *groups, const FitWork *work, int *ngroups)
{
	int		   *of = palloc(sizeof(int) * groups->nparents);
	uint8	   *bins = palloc0(Max(work->ncolumns, 1));

	*ngroups = 0;
	for (int i = 0; i < groups->tree.nnodes; i++)
	{
		FitNode    *node = &groups->tree.nodes[i];

		if (node->axis >= 0)
			continue;
		node->first = *ngroups;
		node->nentries = 1;
		/* there are at least as many entries as leaves */
		groups->tree.entries[*ngroups] = (FitEntry) {*ngroups, 1.0};
		(*ngroups)++;
	}
	groups->tree.nentries = *ngroups;
	for (int row = 0; row < groups->nparents; row++)
	{
		for (int i = 0; i < groups->ncontexts; i++)
			bins[groups->contexts[i]->index] = groups->contexts[i]->bins[row];
		of[row] = fit_group_of(&groups->tree, bins);
	}
	pfree(bins);
	return of;
}

/* ---- into the Fit ---- */

static void
set_rates(const Groups *groups, const int *of, FitFanout *fanout)
{
	double	   *parents = palloc0(sizeof(double) * fanout->ngroups);
	double		children = 0;

	fanout->rates = palloc0(sizeof(double) * fanout->ngroups);
	for (int row = 0; row < groups->nparents; row++)
	{
		fanout->rates[of[row]] += groups->children[row];
		parents[of[row]]++;
		children += groups->children[row];
	}
	for (int g = 0; g < fanout->ngroups; g++)
		fanout->rates[g] = parents[g] > 0 && children > 0 ?
			fanout->rates[g] / parents[g] * groups->nparents / children : 1;
	pfree(parents);
}

/* The rows of parents by group, and by their children in it. */
typedef struct Member
{
	int			group;
	int			children;
} Member;

static int
compare_members(const void *a, const void *b)
{
	const Member *x = a;
	const Member *y = b;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	return x->children < y->children ? -1 : x->children > y->children;
}

/* How many children a group's parents have; false if there are too many numbers. */
static bool
set_counts(const Groups *groups, const int *of, const bool *listed, FitFanout *fanout)
{
	Member	   *members = palloc(sizeof(Member) * groups->nparents);
	int			n = 0;
	int			counts = 0;
	int			in_group = 0;

	for (int row = 0; row < groups->nparents; row++)
		if (!listed[row])
			members[n++] = (Member) {of[row], groups->children[row]};
	qsort(members, n, sizeof(Member), compare_members);
	fanout->starts = palloc0(sizeof(int) * (fanout->ngroups + 1));
	fanout->counts = palloc(sizeof(double) * (n + fanout->ngroups));
	fanout->shares = palloc(sizeof(double) * (n + fanout->ngroups));
	for (int g = 0, from = 0; g < fanout->ngroups; g++)
	{
		int			to = from;

		while (to < n && members[to].group == g)
			to++;
		in_group = 0;
		for (int i = from; i < to; i++)
		{
			if (i == from || members[i].children != members[i - 1].children)
			{
				fanout->counts[counts] = members[i].children;
				fanout->shares[counts++] = 0;
				in_group++;
			}
			fanout->shares[counts - 1] += 1.0 / (to - from);
		}
		if (from == to)
		{
			fanout->counts[counts] = 0;
			fanout->shares[counts++] = 1;
		}
		if (in_group > MOST_COUNTS)
			break;
		fanout->starts[g + 1] = counts;
		from = to;
	}
	pfree(members);
	if (in_group <= MOST_COUNTS)
		return true;
	fanout->starts = NULL;
	return false;
}

static void
keep_tree(FitTree *to, const FitTree *from, const int *places)
{
	*to = *from;
	to->nodes = palloc(sizeof(FitNode) * from->nnodes);
	memcpy(to->nodes, from->nodes, sizeof(FitNode) * from->nnodes);
	to->entries = palloc(sizeof(FitEntry) * Max(from->nentries, 1));
	memcpy(to->entries, from->entries, sizeof(FitEntry) * from->nentries);
	for (int i = 0; i < to->nnodes; i++)
		if (to->nodes[i].axis >= 0)
			to->nodes[i].axis = places[to->nodes[i].axis];
}

void
fit_learn_groups(const FitWork *work, int reference, const int *places, const bool *listed,
				 FitFanout *fanout)
{
	MemoryContext keep = CurrentMemoryContext;
	MemoryContext memory = AllocSetContextCreate(keep, "synthik groups",
												 ALLOCSET_DEFAULT_SIZES);
	const SampleParent *parent = &work->sample->parents[reference];
	Groups		groups = {.nparents = 0};
	int		   *of;

	MemoryContextSwitchTo(memory);
	count_children(&groups, work, parent);
	bin_parents(&groups, work, reference, parent);
	bin_children(&groups);
	grow(&groups, work);
	of = number_groups(&groups, work, &fanout->ngroups);
	MemoryContextSwitchTo(keep);
	set_rates(&groups, of, fanout);
	if (fanout->ngroups > 1)
		keep_tree(&fanout->tree, &groups.tree, places);
	if ((work->sample->complete || parent->children != NULL) &&
		set_counts(&groups, of, listed, fanout))
	{
		fanout->children = 0;
		for (int row = 0; row < groups.nparents; row++)
			fanout->children += groups.children[row];
	}
	MemoryContextDelete(memory);
}
