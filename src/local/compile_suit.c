/*-------------------------------------------------------------------------
 *
 * compile_suit.c
 *		Entries of one dictionary that go with the row's entry of another.
 *
 * A dictionary with a column "@given_name.community" lists there which of the words
 * that given_name has in its column community an entry goes with.  The row's entry is
 * one of those that share a word with the row's entry of given_name; where values
 * have to be distinct, it may lead, and the other one goes with it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include "local/compile.h"
#include "miscadmin.h"

/* The words that entries have in a column: few differ. */
typedef struct Words
{
	int			n;
	const char **texts;
	int		   *of;				/* of each entry */
} Words;

static Words
entity_words(const Entity *entity, int column)
{
	Words		words = {0};

	words.texts = palloc(sizeof(char *) * Max(entity->nrows, 1));
	words.of = palloc(sizeof(int) * Max(entity->nrows, 1));
	for (int i = 0; i < entity->nrows; i++)
	{
		const char *text = datafile_cell(entity->file, entity->rows[i], column);
		int			at = words.n - 1;

		while (at >= 0 && strcmp(words.texts[at], text) != 0)
			at--;
		if (at < 0)
			words.texts[at = words.n++] = text;
		words.of[i] = at;
	}
	return words;
}

/* Do two lists of words, with commas between them, share one? */
static bool
share_word(const char *a, const char *b)
{
	for (const char *p = a;; p += strcspn(p, ",") + 1)
	{
		Size		length = strcspn(p, ",");

		for (const char *q = b;; q += strcspn(q, ",") + 1)
		{
			if (strcspn(q, ",") == length && strncmp(p, q, length) == 0)
				return true;
			if (q[strcspn(q, ",")] == '\0')
				break;
		}
		if (p[length] == '\0')
			return false;
	}
}

/* For each of some words: is it, or does it share one with, one of others? [a * others.n + b] */
static bool *
match_words(const Words *words, const Words *others)
{
	bool	   *matches = palloc0(Max(words->n * others->n, 1));

	for (int a = 0; a < words->n; a++)
		for (int b = 0; b < others->n; b++)
			matches[a * others->n + b] = share_word(words->texts[a], others->texts[b]);
	return matches;
}

/* ---- which entries are left ---- */

/* The column of a file that names another's, and that one; -1 if there is none. */
static int
suit_column(Compiler *c, const DataFile *file, const DataFile **by, int *by_column)
{
	for (int i = 0; i < file->ncolumns; i++)
	{
		char	   *name;
		char	   *dot;

		if (file->header[i][0] != '@')
			continue;
		name = pstrdup(file->header[i] + 1);
		dot = strchr(name, '.');
		if (dot != NULL)
			*dot = '\0';
		*by = dot ? locale_dictionary(c->locale, name) : NULL;
		*by_column = *by ? datafile_column(*by, dot + 1) : -1;
		if (*by_column < 0)
			ereport(ERROR,
					(errcode(ERRCODE_DATA_CORRUPTED),
					 errmsg("column \"%s\" of file \"%s\" names nothing of locale \"%s\"",
							file->header[i], file->name, locale_name(c->locale))));
		return i;
	}
	return -1;
}

/* Leaves an entity the entries that go with one of another's, if there are any. */
static void
keep_suiting(Entity *entity, int column, const Entity *other, int other_column)
{
	Words		words = entity_words(entity, column);
	Words		others = entity_words(other, other_column);
	bool	   *matches = match_words(&words, &others);
	int			kept = 0;
	bool	   *any = palloc0(Max(words.n, 1));

	for (int a = 0; a < words.n; a++)
		for (int b = 0; b < others.n; b++)
			any[a] |= matches[a * others.n + b];
	for (int a = 0; a < words.n; a++)
		kept += any[a];
	if (kept == 0 || kept == words.n)
		return;
	kept = 0;
	for (int i = 0; i < entity->nrows; i++)
	{
		if (!any[words.of[i]])
			continue;
		if (entity->weights != NULL)
			entity->weights[kept] = entity->weights[i];
		entity->rows[kept++] = entity->rows[i];
	}
	entity->nrows = kept;
}

/*
 * What others that go with an entity have left where fields want some of them
 * only, say short ones.
 */
static void
keep_for_others(Compiler *c, Entity *entity)
{
	for (int i = 0; i < c->schema->nfields; i++)
	{
		const Field *field = c->schema->fields[i];
		const char *recipe = field->origin == FIELD_MADE && field->semantic != NULL ?
			compiler_recipe(c, field->semantic, field->unique) : NULL;
		int			columns[MAX_CHOICES];
		Entity		other = {.instance = entity->instance};
		const DataFile *by;
		int			by_column;
		int			column;

		if (recipe == NULL || recipe_columns(c, recipe, &other.file, columns) == 0 ||
			(column = suit_column(c, other.file, &by, &by_column)) < 0 || by != entity->file)
			continue;
		entity_keep_wanted(c, &other);
		if (other.nrows < other.file->nrows)
			keep_suiting(entity, by_column, &other, column);
	}
}

/* Finds what an entity has to go with; before its selector is made. */
void
suit_find(Compiler *c, Entity *entity)
{
	const DataFile *by;

	keep_for_others(c, entity);
	entity->suit_column = suit_column(c, entity->file, &by, &entity->suited_column);
	if (entity->suit_column < 0 || by->nrows == 0)
		return;
	entity->suits = compiler_entity(c, by, entity->instance);
	keep_suiting(entity, entity->suit_column, entity->suits, entity->suited_column);
}

/* ---- in the plan ---- */

/* The entries that go with each of the words of what an entity suits. */
PlanOffset
suit_compile(Compiler *c, const Entity *entity)
{
	const Entity *other = entity->suits;
	Words		words = entity_words(entity, entity->suit_column);
	Words		others = entity_words(other, entity->suited_column);
	bool	   *matches = match_words(&others, &words);
	int			most = Max(others.n * entity->nrows, 1);
	uint32	   *starts = palloc0(sizeof(uint32) * (others.n + 1));
	uint32	   *members = palloc(sizeof(uint32) * most);
	uint32	   *group_of = palloc(sizeof(uint32) * Max(other->nrows, 1));
	double	   *weights = dictionary_weights(entity->file, entity->rows, entity->nrows);
	double	   *sorted = palloc(sizeof(double) * most);
	PlanGiven	given = {0};
	uint32		n = 0;

	for (int g = 0; g < others.n; g++)
	{
		for (int i = 0; i < entity->nrows; i++)
			if (matches[g * words.n + words.of[i]])
			{
				sorted[n] = weights ? weights[i] : 1;
				members[n++] = i;
			}
		starts[g + 1] = n;
	}
	for (int i = 0; i < other->nrows; i++)
		group_of[i] = starts[others.of[i]] < starts[others.of[i] + 1] ? others.of[i] : NO_GROUP;
	given.selector = other->selector;
	given.group_of = builder_add(&c->builder, group_of, sizeof(uint32) * Max(other->nrows, 1));
	given.starts = builder_add(&c->builder, starts, sizeof(uint32) * (others.n + 1));
	given.members = builder_add(&c->builder, members, sizeof(uint32) * Max(n, 1));
	if (weights != NULL)
	{
		PlanAlias  *alias;

		given.alias = builder_reserve(&c->builder, sizeof(PlanAlias) * Max(n, 1));
		alias = builder_at(&c->builder, given.alias);
		for (int g = 0; g < others.n; g++)
			if (starts[g + 1] > starts[g])
				fill_alias(alias + starts[g], sorted + starts[g], starts[g + 1] - starts[g]);
	}
	given.salt = ((PlanSelector *) builder_at(&c->builder, entity->selector))->salt;
	return builder_add(&c->builder, &given, sizeof(given));
}

/*
 * Lets an entity lead whose entries are picked in another way: what it had to
 * go with goes with it.  False where that is picked in another way, too.
 */
bool
suit_turn(Compiler *c, Entity *entity)
{
	Entity	   *other = entity->suits;
	PlanSelector *selector = builder_at(&c->builder, other->selector);
	PlanOffset	given;

	if (other->suits != NULL || selector->rank.radix != 0)
		return false;
	other->suits = entity;
	other->suit_column = entity->suited_column;
	other->suited_column = entity->suit_column;
	entity->suits = NULL;
	given = suit_compile(c, other);
	((PlanSelector *) builder_at(&c->builder, other->selector))->given = given;
	((PlanSelector *) builder_at(&c->builder, entity->selector))->given = 0;
	return true;
}

/* All pairs of an entity's entries and those that it has to go with, by entries; their number. */
int
suit_pairs(Compiler *c, const Entity *entity, uint32 **own, uint32 **other)
{
	const Entity *suited = entity->suits;
	Words		words = entity_words(entity, entity->suit_column);
	Words		others = entity_words(suited, entity->suited_column);
	bool	   *matches = match_words(&words, &others);
	int			n = 0;
	int			room = 0;

	*own = *other = NULL;
	for (int i = 0; i < entity->nrows; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (n + suited->nrows > room)
		{
			room = 2 * room + suited->nrows;
			*own = *own ? repalloc(*own, sizeof(uint32) * room) : palloc(sizeof(uint32) * room);
			*other = *other ? repalloc(*other, sizeof(uint32) * room) :
				palloc(sizeof(uint32) * room);
		}
		for (int k = 0; k < suited->nrows; k++)
			if (matches[words.of[i] * others.n + others.of[k]])
			{
				(*own)[n] = i;
				(*other)[n++] = k;
			}
	}
	return n;
}
