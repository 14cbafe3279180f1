/*-------------------------------------------------------------------------
 *
 * fit_context_keep.c
 *		Which contexts are kept.
 *
 * Which of them tell most is seen when the axes have their bins, and which of
 * them any tree asks for at the end: the others go.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "fit/fit_work.h"

#define MOST_CONTEXTS	8		/* that are kept, of a parent */
#define LEAST_TELLING	0.0005	/* nats */

/* ---- which of them tell most ---- */

/* What a column tells of the one of the row's own that it tells most of. */
static float
most_told(const FitWork *work, const FitInformation *information, int column)
{
	float		most = 0;

	for (int i = 0; i < work->ncolumns; i++)
		if (!fit_is_context(work, work->columns[i]))
			most = Max(most, fit_information_of(information, column, i));
	return most;
}

/* Leaves out columns; the others get new numbers. */
static void
keep_columns(FitWork *work, const bool *kept)
{
	int		   *numbers = palloc(sizeof(int) * Max(work->ncolumns, 1));
	int			n = 0;

	for (int i = 0; i < work->ncolumns; i++)
		numbers[i] = kept[i] ? n++ : -1;
	for (int i = 0; i < schema_width(work->schema); i++)
		if (work->field_columns[i] >= 0)
			work->field_columns[i] = numbers[work->field_columns[i]];
	for (int i = 0; i < work->ncolumns; i++)
	{
		FitColumn  *column = work->columns[i];

		if (!kept[i])
			continue;
		column->index = numbers[i];
		if (column->axis.determinant >= 0)
			column->axis.determinant = numbers[column->axis.determinant];
		for (int k = 0; k < lengthof(column->after); k++)
			if (column->after[k] >= 0)
				column->after[k] = numbers[column->after[k]];
		work->columns[numbers[i]] = column;
	}
	work->ncolumns = n;
	pfree(numbers);
}

/* Is something of the row decided by the column, or counted from it? */
static bool
is_leaned_on(const FitWork *work, int index)
{
	for (int i = 0; i < work->ncolumns; i++)
	{
		const FitColumn *column = work->columns[i];

		if (column->axis.determinant == index || column->after[0] == index ||
			column->after[1] == index)
			return true;
	}
	return false;
}

bool
fit_choose_contexts(FitWork *work, const FitInformation *information)
{
	bool	   *kept = palloc(sizeof(bool) * Max(work->ncolumns, 1));
	float	   *told = palloc0(sizeof(float) * Max(work->ncolumns, 1));
	bool		all = true;

	for (int i = 0; i < work->ncolumns; i++)
		if (fit_is_context(work, work->columns[i]))
			told[i] = is_leaned_on(work, i) ? INFINITY : most_told(work, information, i);
	for (int i = 0; i < work->ncolumns; i++)
	{
		int			reference = work->schema->fields[work->columns[i]->axis.field]->reference;
		int			better = 0;

		kept[i] = true;
		if (!fit_is_context(work, work->columns[i]))
			continue;
		for (int k = 0; k < work->ncolumns; k++)
			better += fit_is_context(work, work->columns[k]) &&
				work->schema->fields[work->columns[k]->axis.field]->reference == reference &&
				(told[k] > told[i] || (told[k] == told[i] && k < i));
		kept[i] = isinf(told[i]) || (better < MOST_CONTEXTS && told[i] > LEAST_TELLING);
		all &= kept[i];
	}
	if (!all)
		keep_columns(work, kept);
	pfree(kept);
	pfree(told);
	return !all;
}

/* ---- which of them are asked for ---- */

static bool
tree_asks(const FitTree *tree, int axis)
{
	for (int i = 0; i < tree->nnodes; i++)
		if (tree->nodes[i].axis == axis)
			return true;
	return false;
}

static bool
is_asked(const Fit *fit, int axis)
{
	for (int i = 0; i < fit->naxes; i++)
		if (fit->axes[i].determinant == axis || tree_asks(&fit->axes[i].tree, axis))
			return true;
	for (int i = 0; i < fit->nfanouts; i++)
		if (tree_asks(&fit->fanouts[i].tree, axis))
			return true;
	return false;
}

static void
renumber_tree(FitTree *tree, const int *numbers)
{
	for (int i = 0; i < tree->nnodes; i++)
		if (tree->nodes[i].axis >= 0)
			tree->nodes[i].axis = numbers[tree->nodes[i].axis];
}

static void
prune_axes(Fit *fit, int nfields)
{
	int		   *numbers = palloc(sizeof(int) * Max(fit->naxes, 1));
	int			n = 0;

	for (int a = 0; a < fit->naxes; a++)
		numbers[a] = fit->axes[a].field >= nfields && !is_asked(fit, a) ? -1 : n++;
	for (int a = 0; a < fit->naxes; a++)
	{
		if (numbers[a] < 0)
			continue;
		renumber_tree(&fit->axes[a].tree, numbers);
		if (fit->axes[a].determinant >= 0)
			fit->axes[a].determinant = numbers[fit->axes[a].determinant];
		fit->axes[numbers[a]] = fit->axes[a];
	}
	for (int i = 0; i < fit->nfanouts; i++)
		renumber_tree(&fit->fanouts[i].tree, numbers);
	fit->naxes = n;
	pfree(numbers);
}

void
fit_prune_contexts(Schema *schema)
{
	Fit		   *fit = schema->fit;
	int			n = schema->nfields;
	int			width = schema_width(schema);
	int		   *numbers = palloc(sizeof(int) * Max(width, 1));
	bool	   *used = palloc0(sizeof(bool) * Max(width, 1));

	prune_axes(fit, schema->nfields);
	for (int a = 0; a < fit->naxes; a++)
	{
		used[Max(fit->axes[a].field, 0)] = true;
		used[Max(fit->axes[a].base, 0)] = true;
	}
	for (int i = schema->nfields; i < width; i++)
	{
		numbers[i] = used[i] ? n : -1;
		if (used[i])
			schema->fields[n++] = schema->fields[i];
	}
	schema->ncontexts = n - schema->nfields;
	for (int a = 0; a < fit->naxes; a++)
	{
		FitAxis    *axis = &fit->axes[a];

		if (axis->field >= schema->nfields)
			axis->field = numbers[axis->field];
		if (axis->base >= schema->nfields)
			axis->base = numbers[axis->base];
	}
	pfree(numbers);
	pfree(used);
}
