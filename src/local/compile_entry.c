/*-------------------------------------------------------------------------
 *
 * compile_entry.c
 *		Numbers that go with a dictionary's entry: prices with products.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include <math.h>

#include "local/agree.h"
#include "util/exact_math.h"

#define MOST_CHOICES	64		/* numbers of one entry */

/* ---- what an entry says ---- */

EntryColumn
follow_entry_column(const char *word)
{
	EntryColumn column = {pstrdup(word), NULL, 1.0};
	char	   *star = strchr(column.dictionary, '*');
	char	   *dot = strchr(column.dictionary, '.');

	if (star != NULL)
	{
		column.factor = strtod(star + 1, NULL);
		*star = '\0';
	}
	if (dot != NULL)
	{
		*dot = '\0';
		column.column = dot + 1;
	}
	return column;
}

/* The number of a row, or 0 where the file has no such column. */
double
follow_entry_number(const DataFile *file, const EntryColumn *column, int row)
{
	int			at = column->column ? datafile_column(file, column->column) : -1;

	return at < 0 ? 0 : strtod(datafile_cell(file, row, at), NULL) * column->factor;
}

/* Where the numbers of an entry end: the endings of shops. */
typedef struct Endings
{
	const DataFile *file;		/* or NULL: any number */
	int			from;			/* its columns */
	int			step;
	int			less;
} Endings;

static Endings
find_endings(Compiler *c, const char *dictionary)
{
	Endings		endings = {dictionary ? locale_dictionary(c->locale, dictionary) : NULL};

	if (endings.file != NULL)
	{
		endings.from = datafile_need_column(endings.file, "from");
		endings.step = datafile_need_column(endings.file, "step");
		endings.less = datafile_need_column(endings.file, "less");
	}
	return endings;
}

/* What is to be a number's, if it is one of its steps. */
static void
add_choice(const PlanNumber *number, double value, int64 *units, int *n)
{
	double		exact = value * number->divisor;
	double		near = rint(exact);

	if (*n >= MOST_CHOICES || fabs(exact - near) > 1e-4 ||
		fmod(near, (double) number->grain) != 0 ||
		near < (double) number->low * number->grain ||
		near > (double) number->high * number->grain)
		return;
	units[(*n)++] = (int64) near;
}

/* All endings between two numbers, as many as have room. */
static int
list_endings(const PlanNumber *number, const Endings *endings, double low, double high,
			 int64 *units)
{
	const DataFile *file = endings->file;
	int			n = 0;

	for (int r = 0; r < file->nrows; r++)
	{
		double		from = strtod(datafile_cell(file, r, endings->from), NULL);
		double		step = strtod(datafile_cell(file, r, endings->step), NULL);
		double		less = strtod(datafile_cell(file, r, endings->less), NULL);
		double		to = high;
		double		stride;

		/* up to where others begin */
		for (int k = 0; k < file->nrows; k++)
		{
			double		next = strtod(datafile_cell(file, k, endings->from), NULL);

			if (next > from && next <= to)
				to = next;
		}
		from = Max(from, low);
		stride = step * Max(1.0, floor((to - from) / step / (MOST_CHOICES / 8)));
		for (double at = ceil((from + less) / step) * step; step > 0 && at - less <= to; at += stride)
			add_choice(number, at - less, units, &n);
	}
	return n;
}

/* Numbers between two, an even way apart: 1, 2 or 5 times a power of ten. */
static int
list_even(const PlanNumber *number, double low, double high, int64 *units)
{
	static const int factors[] = {1, 2, 5};
	double		from = Max(ceil(low * number->divisor / number->grain), (double) number->low);
	double		to = Min(floor(high * number->divisor / number->grain), (double) number->high);
	double		stride = 1;
	int			n = 0;

	for (int i = 0; (to - from) / stride >= MOST_CHOICES; i++)
		stride = factors[i % lengthof(factors)] * power_of_ten(i / lengthof(factors));
	for (double step = ceil(from / stride) * stride; step <= to && n < MOST_CHOICES; step += stride)
		units[n++] = (int64) step * number->grain;
	return n;
}

/* What an entry's number can be: without any between its bounds, all there are. */
static int
list_choices(const PlanNumber *number, const Endings *endings, double low, double high,
			 int64 *units)
{
	int			n = 0;

	if (endings->file != NULL)
		n = list_endings(number, endings, low, high, units);
	if (n == 0)
		n = list_even(number, low, high, units);
	if (n == 0)
		n = list_even(number, (double) number->low * number->grain / number->divisor,
					  (double) number->high * number->grain / number->divisor, units);
	return n;
}

/* An instance of a dictionary's entry that the row has, or its first; or NULL. */
static Entity *
known_entity(Compiler *c, const char *dictionary, int instance)
{
	const DataFile *file = locale_dictionary(c->locale, dictionary);
	Entity	   *found = NULL;
	ListCell   *lc;

	foreach(lc, c->entities)
	{
		Entity	   *entity = lfirst(lc);

		if (entity->file == file && (entity->instance == instance ||
									 (found == NULL && entity->instance == 0)))
			found = entity;
	}
	return found;
}

/* Which fields of the row draw a dictionary's entry. */
typedef enum Drawn
{
	DRAWN_ALIKE,				/* as the number, for each row or each series */
	DRAWN_PER_SERIES,			/* a series', and it is a row's number */
	DRAWN_APART
} Drawn;

static Drawn
how_drawn(Compiler *c, const NumberUse *use, const char *dictionary)
{
	char	   *piece = psprintf("{%s", dictionary);
	bool		per_series = use->scope == NUMBER_PER_SERIES;
	bool		alike = false;
	bool		other = false;

	for (int i = 0; i < c->schema->nfields; i++)
	{
		const Field *field = c->schema->fields[i];
		const char *recipe = field->semantic ?
			compiler_recipe(c, field->semantic, field->unique) : NULL;

		if (recipe == NULL || strstr(recipe, piece) == NULL)
			continue;
		alike |= field->per_series == per_series;
		other |= field->per_series != per_series;
	}
	if (!other)
		return DRAWN_ALIKE;
	return alike || use->scope != NUMBER_PER_ROW ? DRAWN_APART : DRAWN_PER_SERIES;
}

/* "between product.price_low product.price_high price_ending" */
bool
follow_entry(Compiler *c, const NumberUse *use, char *const *words)
{
	EntryColumn low = follow_entry_column(words[1]);
	EntryColumn high = follow_entry_column(words[2]);
	Endings		endings = find_endings(c, words[3]);
	PlanNumber	number = *agree_number(c, use);
	Entity	   *entity = known_entity(c, low.dictionary, agree_place(c, use));
	PlanFollow	follow = {.kind = FOLLOW_ENTRY};
	Drawn		drawn = how_drawn(c, use, low.dictionary);
	uint32	   *starts;
	int64	   *units;

	if (entity == NULL || datafile_column(entity->file, low.column) < 0 ||
		drawn == DRAWN_APART)
		return false;
	starts = palloc(sizeof(uint32) * (entity->nrows + 1));
	units = palloc(sizeof(int64) * MOST_CHOICES * Max(entity->nrows, 1));
	starts[0] = 0;
	for (int i = 0; i < entity->nrows; i++)
	{
		int			n = list_choices(&number, &endings,
									 follow_entry_number(entity->file, &low, entity->rows[i]),
									 follow_entry_number(entity->file, &high, entity->rows[i]),
									 units + starts[i]);

		if (n == 0)
			return false;
		starts[i + 1] = starts[i] + n;
	}
	follow.selector = entity->selector;
	follow.per_series = drawn == DRAWN_PER_SERIES;
	follow.nbands = entity->nrows;
	follow.starts = builder_add(&c->builder, starts, sizeof(uint32) * (entity->nrows + 1));
	follow.units = builder_add(&c->builder, units, sizeof(int64) * Max(starts[entity->nrows], 1));
	agree_follow(c, use, &follow);
	return true;
}
