/*-------------------------------------------------------------------------
 *
 * xlsx_merge.c
 *		The value of merged cells, in each of them.
 *
 * Areas are taken in the order of their first rows; those that a row lies in
 * are few.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "file/xlsx_merge.h"
#include "miscadmin.h"
#include "utils/memutils.h"

typedef struct MergeArea
{
	XlsxRange	range;
	XlsxCell	value;			/* of its first cell; column 0: it has none */
} MergeArea;

struct XlsxMerge
{
	MemoryContext memory;		/* of the values */
	int			count;
	MergeArea  *areas;			/* by their first rows */
	int			next;			/* the first one that begins below */
	int			nactive;
	MergeArea **active;			/* those that the row lies in, or may */
	int			room;			/* for cells */
	XlsxCell   *cells;			/* a row's */
};

static int
compare_areas(const void *a, const void *b)
{
	const MergeArea *x = a;
	const MergeArea *y = b;

	return x->range.first_row != y->range.first_row ?
		x->range.first_row - y->range.first_row :
		x->range.first_column - y->range.first_column;
}

XlsxMerge *
xlsx_merge_new(const XlsxRange *merged, int count)
{
	XlsxMerge  *merge = palloc0(sizeof(XlsxMerge));

	merge->memory = AllocSetContextCreate(CurrentMemoryContext, "synthik merged cells",
										  ALLOCSET_DEFAULT_SIZES);
	merge->count = count;
	merge->areas = MemoryContextAllocExtended(CurrentMemoryContext,
											  sizeof(MergeArea) * Max(count, 1),
											  MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	merge->active = palloc(sizeof(MergeArea *) * Max(count, 1));
	for (int i = 0; i < count; i++)
		merge->areas[i].range = merged[i];
	qsort(merge->areas, count, sizeof(MergeArea), compare_areas);
	merge->room = XLSX_MAX_COLUMNS;
	merge->cells = palloc(sizeof(XlsxCell) * merge->room);
	return merge;
}

void
xlsx_merge_rewind(XlsxMerge *merge)
{
	MemoryContextReset(merge->memory);
	merge->next = 0;
	merge->nactive = 0;
}

static void
keep_value(XlsxMerge *merge, MergeArea *area, int row, const XlsxCell *cells, int ncells)
{
	area->value.column = 0;
	if (area->range.first_row != row)
		return;					/* the row of its value is empty */
	for (int i = 0; i < ncells; i++)
		if (cells[i].column == area->range.first_column)
		{
			area->value = cells[i];
			area->value.text = MemoryContextAlloc(merge->memory, cells[i].length + 1);
			memcpy(area->value.text, cells[i].text, cells[i].length + 1);
			return;
		}
}

/* Areas that have begun join, those that have ended leave. */
static void
move_on(XlsxMerge *merge, int row, const XlsxCell *cells, int ncells)
{
	int			kept = 0;

	for (int i = 0; i < merge->nactive; i++)
	{
		if (merge->active[i]->range.last_row >= row)
			merge->active[kept++] = merge->active[i];
		else if (merge->active[i]->value.column != 0)
			pfree(merge->active[i]->value.text);
	}
	merge->nactive = kept;
	while (merge->next < merge->count && merge->areas[merge->next].range.first_row <= row)
	{
		MergeArea  *area = &merge->areas[merge->next++];

		keep_value(merge, area, row, cells, ncells);
		if (area->value.column != 0)
			merge->active[merge->nactive++] = area;
	}
}

void
xlsx_merge_row(XlsxMerge *merge, int row, const XlsxCell **cells, int *ncells)
{
	bool		taken[XLSX_MAX_COLUMNS + 1] = {false};
	int			n = *ncells;

	move_on(merge, row, *cells, n);
	if (merge->nactive == 0 || n > merge->room)
		return;
	memcpy(merge->cells, *cells, sizeof(XlsxCell) * n);
	for (int i = 0; i < n; i++)
		taken[merge->cells[i].column] = true;
	for (int i = 0; i < merge->nactive; i++)
	{
		const MergeArea *area = merge->active[i];

		CHECK_FOR_INTERRUPTS();
		for (int column = area->range.first_column;
			 column <= area->range.last_column && n < merge->room; column++)
		{
			if (taken[column])
				continue;
			taken[column] = true;
			merge->cells[n] = area->value;
			merge->cells[n++].column = column;
		}
	}
	*cells = merge->cells;
	*ncells = n;
}
