/*-------------------------------------------------------------------------
 *
 * compile_follow.c
 *		The ways that types.tsv lists in which a number goes with what the row
 *		has besides: see locale/README.md.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include "catalog/pg_type_d.h"
#include "local/agree.h"
#include "utils/datetime.h"

#define MAX_WORDS		8		/* of a way to follow */

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
	NumberUse  *birth = agree_mate(c, use, words[1]);
	PlanFollow	follow = {.kind = FOLLOW_PART,.measure = MEASURE_YEARS};
	ValueKind	kind;

	/* of two ages beside one date of birth, the second one is somebody else's */
	if (birth == NULL ||
		(agree_place(c, use) > agree_place(c, birth) && birth->container == use->container))
		return false;
	kind = value_kind(c->ops[birth->op].type);
	if ((kind != VALUE_DATE && kind != VALUE_TIMESTAMP) || agree_number(c, use)->scale != 0)
		return false;
	if (kind == VALUE_DATE && birth->plain)
		bound_births(agree_number(c, birth), agree_number(c, use));
	follow.other = agree_followed(c, birth);
	agree_follow(c, use, &follow);
	return true;
}

/* ---- shares and products ---- */

/* "share price 0.4 0.7" */
static bool
follow_share(Compiler *c, const NumberUse *use, char *const *words)
{
	NumberUse  *whole = agree_mate(c, use, words[1]);
	PlanFollow	follow = {.kind = FOLLOW_SHARE};

	if (whole == NULL)
		return false;
	follow.other = agree_followed(c, whole);
	follow.low = strtod(words[2], NULL);
	follow.high = strtod(words[3], NULL);
	agree_follow(c, use, &follow);
	return true;
}

/* "times price quantity" */
static bool
follow_times(Compiler *c, const NumberUse *use, char *const *words)
{
	NumberUse  *one = agree_mate(c, use, words[1]);
	NumberUse  *other = agree_mate(c, use, words[2]);
	PlanFollow	follow = {.kind = FOLLOW_TIMES};

	if (one == NULL || other == NULL)
		return false;
	follow.other = agree_followed(c, one);
	follow.times = agree_followed(c, other);
	agree_follow(c, use, &follow);
	return true;
}

/* "sum subtotal tax_amount -discount_amount": the first one, and what there is of the others */
static bool
follow_sum(Compiler *c, const NumberUse *use, char *const *words)
{
	NumberUse  *first = agree_mate(c, use, words[1]);
	PlanFollow	follow = {.kind = FOLLOW_SUM};
	PlanTerm	terms[MAX_WORDS];

	if (first == NULL)
		return false;
	for (int i = 2; words[i] != NULL; i++)
	{
		bool		less = words[i][0] == '-';
		NumberUse  *other = agree_mate(c, use, words[i] + less);

		if (other == NULL)
			continue;
		terms[follow.nterms].followed = agree_followed(c, other);
		terms[follow.nterms++].sign = less ? -1 : 1;
	}
	follow.other = agree_followed(c, first);
	follow.terms = builder_add(&c->builder, terms, sizeof(PlanTerm) * Max(follow.nterms, 1));
	agree_follow(c, use, &follow);
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
	{"part", 2, follow_part},
	{"among", 2, follow_among},
	{"lasts", 2, follow_lasts},
};

/* A locale may have its own: rates of tax. */
static const char *
ways_of(const Compiler *c, const Field *field)
{
	const char *ways = field->semantic == NULL ? NULL :
		locale_recipe(c->locale, field->semantic->name, "follows");

	return ways != NULL || field->semantic == NULL ? ways : field->semantic->follows;
}

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

/* The first way that the row has something for. */
void
follow_others(Compiler *c, const NumberUse *use)
{
	char	   *words[MAX_WORDS];
	int			nwords;
	char	   *way;

	if (ways_of(c, use->field) == NULL ||
		agree_field_speaks(use->field) || agree_number(c, use)->rank.radix != 0 ||
		agree_number(c, use)->ascending)
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

	if (field->semantic == NULL || field->semantic->follows == NULL || agree_field_speaks(field) ||
		!agree_field_has_bounds(field) || !value_kind_is_number(value_kind(field->base_type)))
		return true;
	for (way = pstrdup(field->semantic->follows); way != NULL;)
	{
		char	   *next = cut_way(way, words, &nwords);
		EntryColumn low;
		EntryColumn high;

		way = next;
		if (nwords < 3 || strcmp(words[0], "between") != 0)
			continue;
		low = follow_entry_column(words[1]);
		high = follow_entry_column(words[2]);
		if (low.column == NULL || datafile_column(file, low.column) < 0)
			continue;
		return !(field->minimum.set && !field->minimum.implied &&
				 follow_entry_number(file, &high, row) <
				 value_to_scale(field->base_type, field->minimum.value)) &&
			!(field->maximum.set && !field->maximum.implied &&
			  follow_entry_number(file, &low, row) >
			  value_to_scale(field->base_type, field->maximum.value));
	}
	return true;
}
