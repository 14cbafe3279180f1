/*-------------------------------------------------------------------------
 *
 * compile_agree.c
 *		Numbers and times of a row that follow from others: ages from dates of
 *		birth, prices from products, the later of two times.
 *
 * Numbers may stand in columns, in JSON objects and in composites; all that
 * is not inside an array has the same draws to look at.  types.tsv says how
 * the numbers of a semantic type go with others (see locale/README.md).
 *
 * Nothing that is made may hang on the clock, so an age is that on a day of
 * the plan's.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include <math.h>

#include "catalog/pg_type_d.h"
#include "local/compile.h"
#include "miscadmin.h"
#include "util/exact_math.h"
#include "utils/datetime.h"

#define MAX_WORDS		8		/* of a way to follow */
#define MOST_CHOICES	64		/* numbers of one entry */
#define MOST_DRAWS		1000	/* that one number may need */

void
note_number(Compiler *c, int op, const Field *field)
{
	NumberUse  *use;

	/* which of a column's cases makes its value is not known here */
	if (c->casing > 0)
		return;
	use = palloc(sizeof(NumberUse));

	use->field = field;
	use->op = op;
	use->column = c->ops[op].column;
	use->container = c->container;
	use->scope = c->scope;
	c->numbers = lappend(c->numbers, use);
}

static PlanNumber *
number_of(Compiler *c, const NumberUse *use)
{
	return builder_at(&c->builder, c->ops[use->op].detail);
}

static bool
use_is_of(const NumberUse *use, const char *semantic)
{
	return use->field->semantic != NULL && strcmp(use->field->semantic->name, semantic) == 0;
}

/* ---- whom a number goes with ---- */

/* The how-many-th number of its type it is where it stands. */
static int
place_of(Compiler *c, const NumberUse *use)
{
	ListCell   *lc;
	int			place = 0;

	foreach(lc, c->numbers)
	{
		const NumberUse *other = lfirst(lc);

		if (other == use)
			break;
		if (other->scope == use->scope && other->container == use->container &&
			other->field->semantic == use->field->semantic)
			place++;
	}
	return place;
}

/* The n-th number of a type in a container, or the last one before it; or NULL. */
static NumberUse *
nth_number(Compiler *c, const char *semantic, int scope, int container, int n)
{
	NumberUse  *found = NULL;
	ListCell   *lc;

	foreach(lc, c->numbers)
	{
		NumberUse  *other = lfirst(lc);

		if (other->scope != scope || other->container != container ||
			!use_is_of(other, semantic))
			continue;
		found = other;
		if (n-- == 0)
			break;
	}
	return found;
}

/*
 * The number of a type that another one goes with: the one beside it, else
 * the row's, else the first of any part.
 */
static NumberUse *
mate_of(Compiler *c, const NumberUse *use, const char *semantic)
{
	NumberUse  *found = nth_number(c, semantic, use->scope, use->container, place_of(c, use));
	ListCell   *lc;

	if (found == NULL && use->container >= 0)
		found = nth_number(c, semantic, use->scope, -1, 0);
	foreach(lc, c->numbers)
	{
		NumberUse  *other = lfirst(lc);

		if (found != NULL)
			break;
		if (other->scope == use->scope && use_is_of(other, semantic))
			found = other;
	}
	return found == use ? NULL : found;
}

static void
set_follow(Compiler *c, const NumberUse *use, const PlanFollow *follow)
{
	PlanOffset	offset = builder_add(&c->builder, follow, sizeof(*follow));
	PlanNumber *number = number_of(c, use);

	number->follow = offset;
	number->near = false;
}

/* ---- years ---- */

/* Leaves dates of birth those that give an age within its bounds. */
static void
bound_births(PlanNumber *birth, const PlanNumber *age)
{
	int64		high;
	int64		low;

	if (age->low < 0 || age->high > 1000 || birth->rank.radix != 0 || birth->grain != 1)
		return;
	high = date2j(PLAN_AGE_YEAR - age->low, 1, 1) - POSTGRES_EPOCH_JDATE;
	low = date2j(PLAN_AGE_YEAR - age->high - 1, 1, 2) - POSTGRES_EPOCH_JDATE;
	if (Max(low, birth->low) <= Min(high, birth->high))
	{
		birth->low = Max(low, birth->low);
		birth->high = Min(high, birth->high);
	}
}

/* "years birth_date" */
static bool
follow_years(Compiler *c, const NumberUse *use, char *const *words)
{
	NumberUse  *birth = mate_of(c, use, words[1]);
	PlanFollow	follow = {.column = -1,.kind = FOLLOW_YEARS};
	ValueKind	kind;

	/* of two ages beside one date of birth, the second one is somebody else's */
	if (birth == NULL ||
		(place_of(c, use) > place_of(c, birth) && birth->container == use->container))
		return false;
	kind = value_kind(c->ops[birth->op].type);
	if ((kind != VALUE_DATE && kind != VALUE_TIMESTAMP) || number_of(c, use)->scale != 0)
		return false;
	if (kind == VALUE_DATE)
		bound_births(number_of(c, birth), number_of(c, use));
	follow.op = birth->op;
	set_follow(c, use, &follow);
	return true;
}

/* ---- shares and products ---- */

/* "share price 0.4 0.7" */
static bool
follow_share(Compiler *c, const NumberUse *use, char *const *words)
{
	NumberUse  *whole = mate_of(c, use, words[1]);
	PlanFollow	follow = {.column = -1,.kind = FOLLOW_SHARE};

	if (whole == NULL)
		return false;
	follow.op = whole->op;
	follow.low = strtod(words[2], NULL);
	follow.high = strtod(words[3], NULL);
	set_follow(c, use, &follow);
	return true;
}

/* "times price quantity" */
static bool
follow_times(Compiler *c, const NumberUse *use, char *const *words)
{
	NumberUse  *one = mate_of(c, use, words[1]);
	NumberUse  *other = mate_of(c, use, words[2]);
	PlanFollow	follow = {.column = -1,.kind = FOLLOW_TIMES};

	if (one == NULL || other == NULL)
		return false;
	follow.op = one->op;
	follow.times = other->op;
	set_follow(c, use, &follow);
	return true;
}

/* "sum subtotal tax_amount -discount_amount": of the first one and what there is of the others */
static bool
follow_sum(Compiler *c, const NumberUse *use, char *const *words)
{
	NumberUse  *first = mate_of(c, use, words[1]);
	PlanFollow	follow = {.column = -1,.kind = FOLLOW_SUM};
	int32		terms[MAX_WORDS];

	if (first == NULL)
		return false;
	for (int i = 2; words[i] != NULL; i++)
	{
		bool		less = words[i][0] == '-';
		NumberUse  *other = mate_of(c, use, words[i] + less);

		if (other != NULL)
			terms[follow.times++] = less ? -(other->op + 1) : other->op + 1;
	}
	follow.op = first->op;
	follow.terms = builder_add(&c->builder, terms, sizeof(int32) * Max(follow.times, 1));
	set_follow(c, use, &follow);
	return true;
}

/* ---- what an entry says ---- */

/* "product.price_low*0.7": a column of a dictionary, and a factor. */
typedef struct EntryColumn
{
	char	   *dictionary;
	char	   *column;
	double		factor;
} EntryColumn;

static EntryColumn
entry_column(const char *word)
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
static double
entry_number(const DataFile *file, const EntryColumn *column, int row)
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

/*
 * Is what a series has alike taken from a dictionary, and a number of its
 * rows to go with that, or the other way about?  These have other draws.
 */
static bool
drawn_apart(Compiler *c, const NumberUse *use, const char *dictionary)
{
	char	   *piece = psprintf("{%s", dictionary);

	for (int i = 0; i < c->schema->nfields; i++)
	{
		const Field *field = c->schema->fields[i];
		const char *recipe = field->semantic ?
			compiler_recipe(c, field->semantic, field->unique) : NULL;

		if (recipe != NULL && strstr(recipe, piece) != NULL &&
			field->per_series != (use->scope == NUMBER_PER_SERIES))
			return true;
	}
	return false;
}

/* "between product.price_low product.price_high price_ending" */
static bool
follow_entry(Compiler *c, const NumberUse *use, char *const *words)
{
	EntryColumn low = entry_column(words[1]);
	EntryColumn high = entry_column(words[2]);
	Endings		endings = find_endings(c, words[3]);
	PlanNumber	number = *number_of(c, use);
	Entity	   *entity = known_entity(c, low.dictionary, place_of(c, use));
	PlanFollow	follow = {.column = -1,.kind = FOLLOW_ENTRY};
	uint32	   *starts;
	int64	   *units;

	if (entity == NULL || datafile_column(entity->file, low.column) < 0 ||
		drawn_apart(c, use, low.dictionary))
		return false;
	starts = palloc(sizeof(uint32) * (entity->nrows + 1));
	units = palloc(sizeof(int64) * MOST_CHOICES * Max(entity->nrows, 1));
	starts[0] = 0;
	for (int i = 0; i < entity->nrows; i++)
	{
		int			n = list_choices(&number, &endings,
									 entry_number(entity->file, &low, entity->rows[i]),
									 entry_number(entity->file, &high, entity->rows[i]),
									 units + starts[i]);

		if (n == 0)
			return false;
		starts[i + 1] = starts[i] + n;
	}
	follow.selector = entity->selector;
	follow.starts = builder_add(&c->builder, starts, sizeof(uint32) * (entity->nrows + 1));
	follow.units = builder_add(&c->builder, units, sizeof(int64) * Max(starts[entity->nrows], 1));
	set_follow(c, use, &follow);
	return true;
}

/* ---- the ways that types.tsv lists ---- */

static const struct
{
	const char *word;
	int			nwords;			/* at least */
	bool		(*follow) (Compiler *c, const NumberUse *use, char *const *words);
}			ways[] = {
	{"years", 2, follow_years},
	{"share", 4, follow_share},
	{"times", 3, follow_times},
	{"sum", 2, follow_sum},
	{"between", 3, follow_entry},
};

/* Cuts one way into words, in place; what follows it. */
static char *
cut_way(char *way, char **words, int *nwords)
{
	char	   *next = strchr(way, ';');

	if (next != NULL)
		*next++ = '\0';
	*nwords = 0;
	memset(words, 0, sizeof(char *) * MAX_WORDS);
	for (char *word = strtok(way, " "); word != NULL && *nwords < MAX_WORDS - 1;
		 word = strtok(NULL, " "))
		words[(*nwords)++] = word;
	return next;
}

/* Does the field say itself how its numbers lie? */
static bool
field_speaks(const Field *field)
{
	return field->distribution.kind != DISTRIBUTION_NONE && !field->distribution.implied;
}

static bool
field_has_bounds(const Field *field)
{
	return (field->minimum.set && !field->minimum.implied) ||
		(field->maximum.set && !field->maximum.implied);
}

/* A locale may have its own: rates of tax. */
static const char *
ways_of(const Compiler *c, const Field *field)
{
	const char *ways = field->semantic == NULL ? NULL :
		locale_recipe(c->locale, field->semantic->name, "follows");

	return ways != NULL || field->semantic == NULL ? ways : field->semantic->follows;
}

/* The first way that the row has something for. */
static void
follow_others(Compiler *c, const NumberUse *use)
{
	char	   *words[MAX_WORDS];
	int			nwords;
	char	   *way;

	if (ways_of(c, use->field) == NULL || field_speaks(use->field) || number_of(c, use)->rank.radix != 0 ||
		number_of(c, use)->ascending)
		return;
	way = pstrdup(ways_of(c, use->field));
	while (way != NULL)
	{
		char	   *next = cut_way(way, words, &nwords);

		for (int i = 0; i < lengthof(ways) && nwords > 0; i++)
			if (strcmp(words[0], ways[i].word) == 0 && nwords >= ways[i].nwords &&
				ways[i].follow(c, use, words))
				return;
		way = next;
	}
}

/*
 * Does a field's own bounds leave numbers of a dictionary's entry?  True for
 * entries that its type does not go with.
 */
bool
follow_bounds_entity(const Field *field, const DataFile *file, int row)
{
	char	   *words[MAX_WORDS];
	int			nwords;
	char	   *way;

	if (field->semantic == NULL || field->semantic->follows == NULL || field_speaks(field) ||
		!field_has_bounds(field) || !value_kind_is_number(value_kind(field->base_type)))
		return true;
	for (way = pstrdup(field->semantic->follows); way != NULL;)
	{
		char	   *next = cut_way(way, words, &nwords);
		EntryColumn low;
		EntryColumn high;

		way = next;
		if (nwords < 3 || strcmp(words[0], "between") != 0)
			continue;
		low = entry_column(words[1]);
		high = entry_column(words[2]);
		if (low.column == NULL || datafile_column(file, low.column) < 0)
			continue;
		return !(field->minimum.set && !field->minimum.implied &&
				 entry_number(file, &high, row) <
				 value_to_scale(field->base_type, field->minimum.value)) &&
			!(field->maximum.set && !field->maximum.implied &&
			  entry_number(file, &low, row) >
			  value_to_scale(field->base_type, field->maximum.value));
	}
	return true;
}

/* ---- the same number twice ---- */

/*
 * What a part has of the row's own, by type and name, is the row's: its date
 * of birth, its price.
 */
static void
follow_same(Compiler *c, const NumberUse *use)
{
	const SemanticType *semantic = use->field->semantic;
	PlanFollow	follow = {.column = -1,.kind = FOLLOW_SAME};
	NumberUse  *row;
	PlanNumber *number;
	PlanNumber *other;

	if (use->container < 0 || semantic == NULL || field_speaks(use->field) ||
		field_has_bounds(use->field) ||
		value_kind(c->ops[use->op].type) == VALUE_TIMESTAMP)
		return;
	row = nth_number(c, semantic->name, use->scope, -1, place_of(c, use));
	if (row == NULL || c->ops[row->op].type != c->ops[use->op].type ||
		(strcmp(semantic->name, "birth_date") != 0 &&
		 strcmp(row->field->name, use->field->name) != 0))
		return;
	number = number_of(c, use);
	other = number_of(c, row);
	if (number->rank.radix != 0 || number->ascending || number->output != other->output ||
		number->scale != other->scale || number->declared_scale != other->declared_scale)
		return;
	follow.op = row->op;
	set_follow(c, use, &follow);
}

/* ---- orders ---- */

/*
 * Names imply orders of all times that a row has, wherever they stand; those
 * of its columns are known already.
 */
static void
order_scope(Compiler *c, int scope)
{
	Schema		all = {0};
	NumberUse **uses = palloc(sizeof(NumberUse *) * list_length(c->numbers));
	ListCell   *lc;
	bool		parts = false;

	all.fields = palloc(sizeof(Field *) * list_length(c->numbers));
	foreach(lc, c->numbers)
	{
		NumberUse  *use = lfirst(lc);
		Field	   *field;

		if (use->scope != scope || number_of(c, use)->rank.radix != 0 ||
			number_of(c, use)->ascending ||
			number_of(c, use)->follow != 0)
			continue;
		field = palloc(sizeof(Field));
		*field = *use->field;
		field->base_type = c->ops[use->op].type;
		field->reference = -1;
		field->unique = false;
		parts |= use->column < 0;
		uses[all.nfields] = use;
		all.fields[all.nfields++] = field;
	}
	if (!parts)
		return;
	schema_imply_orders(&all);
	foreach(lc, all.orders)
	{
		const Order *order = lfirst(lc);
		NumberUse  *lesser = uses[order->lesser];
		NumberUse  *greater = uses[order->greater];

		/* numbers of different parts are not drawn again together */
		if (lesser->container != greater->container &&
			value_kind_is_number(value_kind(c->ops[greater->op].type)))
			continue;
		if (lesser->column < 0 || greater->column < 0)
			number_above(c, lesser->op, greater->op, order);
	}
}

static void
order_parts(Compiler *c)
{
	List	   *scopes = NIL;
	ListCell   *lc;

	foreach(lc, c->numbers)
		scopes = list_append_unique_int(scopes, ((NumberUse *) lfirst(lc))->scope);
	foreach(lc, scopes)
		order_scope(c, lfirst_int(lc));
}

/* ---- what can be drawn anew ---- */

static bool can_draw(Compiler *c, int op, int *draws);

/* Can all be drawn that a number follows? */
static bool
can_draw_followed(Compiler *c, const PlanFollow *follow, int *draws)
{
	if (follow->kind == FOLLOW_ENTRY)
		return true;
	if (!can_draw(c, follow->op, draws) ||
		(follow->kind == FOLLOW_TIMES && !can_draw(c, follow->times, draws)))
		return false;
	for (int i = 0; follow->kind == FOLLOW_SUM && i < follow->times; i++)
	{
		const int32 *terms = builder_at(&c->builder, follow->terms);

		if (!can_draw(c, abs(terms[i]) - 1, draws))
			return false;
	}
	return true;
}

/*
 * Can a number be drawn wherever it is asked for?  Not if it is learned, or
 * hangs on another row, and a web of orders may need too many draws.
 */
static bool
can_draw(Compiler *c, int op, int *draws)
{
	const PlanNumber *number = builder_at(&c->builder, c->ops[op].detail);

	check_stack_depth();
	if (c->ops[op].kind != OP_NUMBER || c->ops[op].agrees != 0 || number->fitted ||
		number->ascending || number->nbelow > 0 || --*draws < 0)
		return false;
	for (int i = 0; i < number->nabove; i++)
	{
		int			column = number->above[i].column;

		if (!can_draw(c, column >= 0 ? c->column_ops[column] : number->above[i].op, draws))
			return false;
	}
	if (number->follow != 0)
	{
		const PlanFollow *follow = builder_at(&c->builder, number->follow);

		if (follow->column >= 0 || !can_draw_followed(c, follow, draws))
			return false;
	}
	return true;
}

/* Lets go what would need too much. */
static void
drop_costly(Compiler *c, const NumberUse *use)
{
	PlanNumber *number = number_of(c, use);
	int			kept = 0;
	int			draws = MOST_DRAWS;

	for (int i = 0; i < number->nabove; i++)
		if (number->above[i].column >= 0 || can_draw(c, number->above[i].op, &draws))
			number->above[kept++] = number->above[i];
	number->nabove = kept;
	if (number->follow != 0)
	{
		PlanFollow *follow = builder_at(&c->builder, number->follow);
		int			column = c->ops[follow->op].column;

		draws = MOST_DRAWS;
		if (can_draw_followed(c, follow, &draws))
			return;
		/* what a column has kept can be read by another column */
		if (follow->kind == FOLLOW_YEARS && column >= 0 && use->column >= 0 &&
			c->column_ops[column] == follow->op)
		{
			follow->column = column;
			c->ops[follow->op].flags |= OPF_KEEP_NUMBER;
		}
		else
			number->follow = 0;
	}
}

void
compile_agreements(Compiler *c)
{
	ListCell   *lc;

	foreach(lc, c->numbers)
	{
		NumberUse  *use = lfirst(lc);

		CHECK_FOR_INTERRUPTS();
		follow_same(c, use);
		if (number_of(c, use)->follow == 0)
			follow_others(c, use);
	}
	order_parts(c);
	foreach(lc, c->numbers)
		drop_costly(c, lfirst(lc));
}
