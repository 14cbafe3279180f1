/*-------------------------------------------------------------------------
 *
 * fit_common.c
 *		Axes of texts of which there are too many to list: those that are
 *		common are levels, and all others share a bin.
 *
 * A common value is one that enough rows share not to be anybody's own, in a
 * field whose values are nobody's own either: no type of types.tsv that is
 * personal, nothing that looks like what content.tsv calls so, no running text.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "fit/fit_work.h"
#include "fit/profile.h"
#include "miscadmin.h"
#include "regex/regex.h"
#include "schema/semantic.h"
#include "util/locale.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#define GOOD_PART		0.1		/* of the rows, that have a value that others share */
#define CLEARLY			4.0		/* standard deviations above the mean */
#define LONGEST			100		/* bytes of a level */
#define CONTENT_FILE	"content.tsv"

/* A model of running text knows how often each text comes. */
static bool
has_words(const Schema *schema, int field)
{
	const Fit  *fit = schema->fit;

	for (int i = 0; fit != NULL && i < fit->nwords; i++)
		if (fit->words[i].field == field)
			return true;
	return false;
}

static bool
may_have_common(const Schema *schema, int index)
{
	const Field *field = schema->fields[index];

	return field->enumeration.count == 0 && field->items == NULL && field->object == NULL &&
		value_kind(field->base_type) == VALUE_TEXT && !has_words(schema, index) &&
		!(field->semantic != NULL && field->semantic->personal);
}

/* ---- values that are not to be copied ---- */

/* What personal values look like. */
static List *
personal_looks(void)
{
	const DataFile *file = datafile_need(CONTENT_FILE);
	List	   *looks = NIL;
	int			regex = datafile_need_column(file, "regex");
	int			personal = datafile_need_column(file, "personal");
	int			named = datafile_need_column(file, "named");

	for (int row = 0; row < file->nrows; row++)
		if (*datafile_cell(file, row, personal) != '\0' &&
			*datafile_cell(file, row, named) == '\0' &&
			*datafile_cell(file, row, regex) != '\0')
			looks = lappend(looks, cstring_to_text(datafile_cell(file, row, regex)));
	return looks;
}

static bool
looks_personal(List *looks, char *bytes, int length)
{
	ListCell   *cell;

	foreach(cell, looks)
		if (RE_compile_and_execute(lfirst(cell), bytes, length, REG_ADVANCED,
								   C_COLLATION_OID, 0, NULL))
			return true;
	return false;
}

/* A value as text, without the blanks that pad a character(n). */
static Datum
plain_text(const Field *field, Datum value)
{
	if (field->base_type == NAMEOID)
		return CStringGetTextDatum(NameStr(*DatumGetName(value)));
	return field->base_type == BPCHAROID ? DirectFunctionCall1(rtrim1, value) : value;
}

static bool
may_be_copied(const Field *field, List *looks, Datum value)
{
	text	   *string = DatumGetTextPP(plain_text(field, value));
	char	   *bytes = VARDATA_ANY(string);
	int			length = VARSIZE_ANY_EXHDR(string);

	CHECK_FOR_INTERRUPTS();
	return length <= LONGEST && !looks_personal(looks, bytes, length);
}

void
fit_may_copy(const Schema *schema, int field, const Datum *values, int n, bool *may)
{
	bool		any = may_have_common(schema, field);
	List	   *looks = any ? personal_looks() : NIL;

	for (int i = 0; i < n; i++)
		may[i] = any && may_be_copied(schema->fields[field], looks, values[i]);
}

/* ---- which are common ---- */

/*
 * The least number of rows of a value that is common.  Where few rows have a
 * value that others share, only what stands out says something.
 */
static int
least_rows(const int *counts, int count, int present)
{
	double		mean = (double) present / Max(count, 1);
	double		shared = 0;

	for (int i = 0; i < count; i++)
		if (counts[i] >= LEARN_RARE)
			shared += counts[i];
	if (shared >= GOOD_PART * present)
		return LEARN_RARE;
	return Max(LEARN_RARE, (int) ceil(mean + CLEARLY * sqrt(mean)));
}

typedef struct Common
{
	int			number;
	int			rows;
} Common;

static int
compare_common(const void *a, const void *b)
{
	const Common *x = a;
	const Common *y = b;

	if (x->rows != y->rows)
		return x->rows > y->rows ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

/* The values to be levels, those of most rows first; returns how many. */
static int
pick_common(const FitWork *work, int field, const int *counts, int count,
			const int *first_rows, int least, Common *common)
{
	const Datum *values = work->sample->values[work->sample_columns[field]];
	Datum	   *candidates = palloc_extended(sizeof(Datum) * Max(count, 1), MCXT_ALLOC_HUGE);
	bool	   *may = palloc_extended(Max(count, 1), MCXT_ALLOC_HUGE);
	int			n = 0;
	int			kept = 0;

	for (int i = 0; i < count; i++)
		if (counts[i] >= least)
		{
			candidates[n] = values[first_rows[i]];
			common[n++] = (Common) {i, counts[i]};
		}
	fit_may_copy(work->schema, field, candidates, n, may);
	for (int i = 0; i < n; i++)
		if (may[i])
			common[kept++] = common[i];
	qsort(common, kept, sizeof(Common), compare_common);
	pfree(candidates);
	pfree(may);
	return Min(kept, FIT_MAX_LEVELS);
}

/* ---- the axis ---- */

static void
set_codes(FitWork *work, FitColumn *column, const int *numbers, const int *levels)
{
	column->codes = palloc(sizeof(uint16) * work->nrows);
	for (int row = 0; row < work->nrows; row++)
	{
		if (numbers[row] < 0)
		{
			column->codes[row] = FIT_NULL_CODE;
			column->axis.has_null = true;
		}
		else if (levels[numbers[row]] < 0)
		{
			column->codes[row] = FIT_OTHER_CODE;
			column->axis.has_other = true;
		}
		else
			column->codes[row] = levels[numbers[row]] + 1;
	}
}

static void
set_levels(FitWork *work, FitColumn *column, const Common *common, int n,
		   const int *first_rows, int *levels)
{
	FitAxis    *axis = &column->axis;
	const Datum *values = work->sample->values[work->sample_columns[axis->field]];

	axis->kind = FIT_LEVELS;
	axis->base = axis->determinant = -1;
	axis->nlevels = n;
	axis->levels = palloc(sizeof(Datum) * n);
	column->counts = palloc(sizeof(int) * n);
	for (int i = 0; i < n; i++)
	{
		axis->levels[i] = values[first_rows[common[i].number]];
		column->counts[i] = common[i].rows;
		levels[common[i].number] = i;
	}
}

/*
 * The shape of the texts that are no levels, where the levels have shapes of
 * their own.  Only texts that the field's pattern takes count: no other may come.
 */
static void
set_other_pattern(FitWork *work, FitColumn *column)
{
	FitAxis    *axis = &column->axis;
	Field	   *field = work->schema->fields[axis->field];
	const Datum *values = work->sample->values[work->sample_columns[axis->field]];
	Profile		profile = {.options = work->options,.relation_rows = work->nrows};
	Column		others = {.field = field,.index = axis->field,.nrows = work->nrows};
	Datum		regex;
	const char *why;
	char	   *shape;

	if (!axis->has_other || field->pattern == NULL)
		return;
	regex = CStringGetTextDatum(field->pattern);
	others.values = palloc_extended(sizeof(Datum) * work->nrows, MCXT_ALLOC_HUGE);
	others.rows = palloc_extended(sizeof(int) * work->nrows, MCXT_ALLOC_HUGE);
	for (int row = 0; row < work->nrows; row++)
	{
		CHECK_FOR_INTERRUPTS();
		if (column->codes[row] != FIT_OTHER_CODE ||
			!DatumGetBool(DirectFunctionCall2Coll(textregexeq, C_COLLATION_OID,
												  plain_text(field, values[row]), regex)))
			continue;
		others.values[others.nvalues] = values[row];
		others.rows[others.nvalues++] = row;
	}
	shape = profile_shape(&profile, &others, column_texts(&others), &why);
	if (shape != NULL && strcmp(shape, field->pattern) != 0)
	{
		axis->pattern = field->pattern;
		axis->other_pattern = shape;
	}
}

bool
fit_common_column(FitWork *work, FitColumn *column)
{
	int			field = column->axis.field;
	int		   *numbers;
	int		   *first_rows;
	int		   *counts;
	int			count;
	int			present = 0;
	int			n;
	Common	   *common;

	if (!may_have_common(work->schema, field))
		return false;
	numbers = palloc_extended(sizeof(int) * work->nrows, MCXT_ALLOC_HUGE);
	first_rows = palloc_extended(sizeof(int) * work->nrows, MCXT_ALLOC_HUGE);
	count = fit_number_values(work, field, numbers, first_rows);
	counts = palloc_extended(sizeof(int) * Max(count, 1), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	common = palloc_extended(sizeof(Common) * Max(count, 1), MCXT_ALLOC_HUGE);
	for (int row = 0; row < work->nrows; row++)
		if (numbers[row] >= 0)
		{
			counts[numbers[row]]++;
			present++;
		}
	n = pick_common(work, field, counts, count, first_rows,
					least_rows(counts, count, present), common);
	if (n > 0)
	{
		memset(counts, -1, sizeof(int) * count);
		set_levels(work, column, common, n, first_rows, counts);
		set_codes(work, column, numbers, counts);
		set_other_pattern(work, column);
	}
	pfree(common);
	pfree(counts);
	pfree(first_rows);
	pfree(numbers);
	return n > 0;
}
