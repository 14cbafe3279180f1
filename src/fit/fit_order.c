/*-------------------------------------------------------------------------
 *
 * fit_order.c
 *		The order in which axes are drawn.
 *
 * What is decided comes after what decides it; beyond that, any order gives a
 * model of the same rows, but trees are not equally good at all of them.  Three
 * are tried on a part of the sample: the fields' own order, and two by mutual
 * information, that begin with the column that tells most and least of the
 * others.  The order that makes rows which were kept back likeliest wins.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "fit/fit_work.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#define INFORMATION_WORK	3e8		/* steps, for all pairs */
#define INFORMATION_ROWS	20000
#define INFORMATION_BINS	32		/* coarser ones, for less noise */
#define TRIAL_ROWS			12000
#define TRIAL_LEAST			500		/* fewer rows tell orders not apart */
#define TRIAL_COLUMNS		64		/* more would take too long */
#define KEPT_BACK			5		/* each fifth row is */

/* ---- mutual information ---- */

/* Joins neighbouring bins of a column until there are few. */
static int
coarsen(const FitColumn *column, int most, uint8 *coarse)
{
	const FitAxis *axis = &column->axis;
	double		per = 1.0 / most;
	double		filled = 0;
	int			bin = 0;

	for (int i = 0; i < axis->nbins; i++)
	{
		if (axis->nbins <= most)
			coarse[i] = i;
		else
		{
			if (filled >= per && bin < most - 1)
			{
				bin++;
				filled = 0;
			}
			coarse[i] = bin;
			filled += axis->marginal[i];
		}
	}
	return axis->nbins <= most ? axis->nbins : bin + 1;
}

static float
pair_information(const FitWork *work, const uint8 *a, int na, const uint8 *b, int nb,
				 int nrows, int *joint)
{
	int			rows_a[INFORMATION_BINS] = {0};
	int			rows_b[INFORMATION_BINS] = {0};
	int			cells = 0;
	int			some_a = 0;
	int			some_b = 0;
	double		sum = work->xlogx[nrows];

	memset(joint, 0, sizeof(int) * na * nb);
	for (int i = 0; i < nrows; i++)
		joint[a[i] * nb + b[i]]++;
	for (int i = 0; i < na; i++)
		for (int k = 0; k < nb; k++)
		{
			int			count = joint[i * nb + k];

			rows_a[i] += count;
			rows_b[k] += count;
			cells += count > 0;
			sum += work->xlogx[count];
		}
	for (int i = 0; i < na; i++)
	{
		some_a += rows_a[i] > 0;
		sum -= work->xlogx[rows_a[i]];
	}
	for (int k = 0; k < nb; k++)
	{
		some_b += rows_b[k] > 0;
		sum -= work->xlogx[rows_b[k]];
	}
	/* Less what independent columns show (Miller, 1955). */
	return (sum - (cells - some_a - some_b + 1) / 2.0) / nrows;
}

FitInformation *
fit_information(const FitWork *work)
{
	int			n = work->ncolumns;
	double		npairs = Max((double) n * (n - 1) / 2, 1);
	int			most = n <= 100 ? INFORMATION_BINS : 8;
	int			rows = Min(work->nrows, (int) Max(500, Min(INFORMATION_ROWS,
															INFORMATION_WORK / npairs)));
	uint8	  **coarse = palloc(sizeof(uint8 *) * Max(n, 1));
	int		   *sizes = palloc(sizeof(int) * Max(n, 1));
	int		   *joint = palloc(sizeof(int) * INFORMATION_BINS * INFORMATION_BINS);
	FitInformation *information = palloc(sizeof(FitInformation));
	size_t		place = 0;

	information->n = n;
	information->values = palloc_extended(sizeof(float) * (size_t) Max(npairs, 1),
										  MCXT_ALLOC_HUGE);
	for (int i = 0; i < n; i++)
	{
		uint8		map[FIT_MAX_BINS];

		coarse[i] = palloc(rows);
		sizes[i] = coarsen(work->columns[i], most, map);
		for (int k = 0; k < rows; k++)
			coarse[i][k] = map[work->columns[i]->bins[(int64) k * work->nrows / rows]];
	}
	for (int i = 1; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		for (int k = 0; k < i; k++)
			information->values[place++] =
				pair_information(work, coarse[i], sizes[i], coarse[k], sizes[k], rows, joint);
	}
	for (int i = 0; i < n; i++)
		pfree(coarse[i]);
	pfree(coarse);
	pfree(sizes);
	pfree(joint);
	return information;
}

float
fit_information_of(const FitInformation *information, int a, int b)
{
	if (a < b)
		return fit_information_of(information, b, a);
	return information->values[(size_t) a * (a - 1) / 2 + b];
}

/* ---- orders ---- */

typedef enum OrderKind
{
	ORDER_GIVEN,
	ORDER_HUB,					/* begins with what tells most of the others */
	ORDER_LEAF,					/* with what tells least */
	ORDER_KINDS
} OrderKind;

typedef struct Ordering
{
	const FitWork *work;
	const FitInformation *information;
	OrderKind	kind;
	bool	   *placed;
	float	   *nearest;		/* the most that a placed column tells */
	float	   *sums;			/* what all others tell */
} Ordering;

/* Does a condition want the column early? */
static bool
is_first(const FitWork *work, int column)
{
	return bms_is_member(work->columns[column]->axis.field, work->options->first);
}

static bool
is_ready(const Ordering *ordering, int column)
{
	const FitColumn *it = ordering->work->columns[column];

	for (int i = 0; i < lengthof(it->after); i++)
		if (it->after[i] >= 0 && !ordering->placed[it->after[i]])
			return false;
	return !ordering->placed[column];
}

/*
 * What a condition names is drawn first, then whether there are keys, as the
 * contexts, which nobody draws, hang on that.
 */
static bool
leads_to_context(const Schema *schema, int field)
{
	int			reference = schema->fields[field]->reference;

	for (int i = schema->nfields; i < schema_width(schema) && reference >= 0; i++)
		if (schema->fields[i]->reference == reference)
			return true;
	return false;
}

static int
class_of_column(const FitWork *work, int column)
{
	int			field = work->columns[column]->axis.field;

	if (is_first(work, column))
		return 0;
	if (field < work->schema->nfields && leads_to_context(work->schema, field))
		return 1;
	return fit_is_context(work, work->columns[column]) ? 2 : 3;
}

static bool
goes_before(const Ordering *ordering, int nplaced, int a, int b)
{
	int			class_a = class_of_column(ordering->work, a);
	int			class_b = class_of_column(ordering->work, b);

	if (class_a != class_b)
		return class_a < class_b;
	if (ordering->kind == ORDER_GIVEN)
		return ordering->work->columns[a]->axis.field < ordering->work->columns[b]->axis.field;
	if (nplaced > 0)
		return ordering->nearest[a] > ordering->nearest[b];
	return ordering->kind == ORDER_HUB ? ordering->sums[a] > ordering->sums[b] :
		ordering->sums[a] < ordering->sums[b];
}

static void
place_column(Ordering *ordering, int column)
{
	ordering->placed[column] = true;
	for (int i = 0; i < ordering->work->ncolumns; i++)
		if (i != column)
			ordering->nearest[i] = Max(ordering->nearest[i],
									   fit_information_of(ordering->information, i, column));
}

static int *
make_order(const FitWork *work, const FitInformation *information, OrderKind kind)
{
	int			n = work->ncolumns;
	int		   *order = palloc(sizeof(int) * Max(n, 1));
	Ordering	ordering = {work, information, kind};

	ordering.placed = palloc0(sizeof(bool) * Max(n, 1));
	ordering.nearest = palloc0(sizeof(float) * Max(n, 1));
	ordering.sums = palloc0(sizeof(float) * Max(n, 1));
	for (int i = 0; i < n; i++)
		for (int k = 0; k < n; k++)
			if (i != k)
				ordering.sums[i] += fit_information_of(information, i, k);
	for (int place = 0; place < n; place++)
	{
		int			best = -1;

		CHECK_FOR_INTERRUPTS();
		for (int i = 0; i < n; i++)
			if (is_ready(&ordering, i) &&
				(best < 0 || goes_before(&ordering, place, i, best)))
				best = i;
		place_column(&ordering, best);
		order[place] = best;
	}
	pfree(ordering.placed);
	pfree(ordering.nearest);
	pfree(ordering.sums);
	return order;
}

/* ---- the best one ---- */

typedef struct Trial
{
	int		   *learned;		/* rows to learn from */
	int			nlearned;
	int		   *kept;			/* rows kept back */
	int			nkept;
} Trial;

static void
trial_init(const FitWork *work, Trial *trial)
{
	int			n = Min(work->nrows, TRIAL_ROWS);

	trial->learned = palloc(sizeof(int) * n);
	trial->kept = palloc(sizeof(int) * n);
	trial->nlearned = trial->nkept = 0;
	for (int i = 0; i < n; i++)
	{
		int			row = (int64) i * work->nrows / n;

		if (i % KEPT_BACK == 0)
			trial->kept[trial->nkept++] = row;
		else
			trial->learned[trial->nlearned++] = row;
	}
}

static double
order_likelihood(const FitWork *work, const FitInformation *information,
				 const int *order, const Trial *trial)
{
	FitColumn **parents = palloc(sizeof(FitColumn *) * work->ncolumns);
	int			most = fit_most_parents(work);
	double		likelihood = 0;

	for (int place = 0; place < work->ncolumns; place++)
	{
		FitColumn  *target = work->columns[order[place]];
		FitTree		tree;
		int			nparents;

		if (target->axis.determinant >= 0)
			continue;
		/* contexts are as they are, whatever the order */
		if (fit_is_context(work, target))
			continue;
		nparents = fit_parents(work, information, order, place, most, parents);
		fit_grow(work, target, nparents, parents, trial->learned, trial->nlearned,
				 LEARN_LEAF_ROWS, &tree);
		likelihood += fit_likelihood(work, target, &tree, trial->kept, trial->nkept);
	}
	return likelihood;
}

int *
fit_order(FitWork *work, const FitInformation *information)
{
	int		   *best = make_order(work, information, ORDER_GIVEN);
	double		best_likelihood;
	MemoryContext memory;
	MemoryContext outside;
	Trial		trial;

	if (work->ncolumns < 3 || work->ncolumns > TRIAL_COLUMNS || work->nrows < TRIAL_LEAST)
		return best;
	trial_init(work, &trial);
	memory = AllocSetContextCreate(CurrentMemoryContext, "synthik orders",
								   ALLOCSET_DEFAULT_SIZES);
	outside = MemoryContextSwitchTo(memory);
	best_likelihood = order_likelihood(work, information, best, &trial);
	for (OrderKind kind = ORDER_HUB; kind < ORDER_KINDS; kind++)
	{
		int		   *order = make_order(work, information, kind);
		double		likelihood = order_likelihood(work, information, order, &trial);

		ereport(DEBUG1, (errmsg_internal("order %d: %.1f against %.1f", kind,
										 likelihood, best_likelihood)));
		if (likelihood > best_likelihood)
		{
			best_likelihood = likelihood;
			memcpy(best, order, sizeof(int) * work->ncolumns);
		}
	}
	MemoryContextSwitchTo(outside);
	MemoryContextDelete(memory);
	return best;
}
