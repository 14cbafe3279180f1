/*-------------------------------------------------------------------------
 *
 * names.c
 *		What a column's name says about its values.
 *
 * A name is cut into words (names_word.c), for which there are rules
 * (names_table.c).  The rule for most of the last words of a name wins; among
 * those for the same words, one that also names the table.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "schema/names.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

/* ---- words ---- */

static bool
is_number(const char *word)
{
	return strspn(word, "0123456789") == strlen(word);
}

static void
drop_numbers(Words *words)
{
	while (words->count > 1 && is_number(words->words[words->count - 1]))
		words->count--;
}

/* ---- types ---- */

static int
kind_of_type(Oid base_type)
{
	switch (value_kind(base_type))
	{
		case VALUE_TEXT:
			return KIND_TEXT;
		case VALUE_INTEGER:
			return KIND_INTEGER;
		case VALUE_FLOAT:
		case VALUE_NUMERIC:
			return KIND_NUMBER;
		case VALUE_DATE:
			return KIND_DATE;
		case VALUE_TIMESTAMP:
			return KIND_TIMESTAMP;
		case VALUE_TIME:
			return KIND_TIME;
		case VALUE_INTERVAL:
			return KIND_INTERVAL;
		case VALUE_UUID:
			return KIND_UUID;
		case VALUE_JSON:
			return KIND_JSON;
		case VALUE_BOOLEAN:
			return KIND_BOOLEAN;
		case VALUE_OTHER:
			break;
	}
	if (base_type == INETOID || base_type == CIDROID)
		return KIND_INET;
	if (base_type == MACADDROID || base_type == MACADDR8OID)
		return KIND_MACADDR;
	return 0;
}

/* A recipe of one dictionary piece, whose entries any input function reads. */
static bool
is_single_piece(const char *recipe)
{
	size_t		length = strlen(recipe);

	return length > 2 && recipe[0] == '{' && recipe[1] != '#' &&
		strchr(recipe, '}') == recipe + length - 1;
}

/*
 * Whether a semantic type can make values of a kind.  All can be written as
 * text; of what recipes give, addresses of networks can be read from it.
 */
static bool
type_fits(const SemanticType *type, int kind)
{
	int			own = kind_of_type(type->type);

	if (kind == KIND_TEXT)
		return true;
	if (type->recipe != NULL)
		return (kind & (KIND_INET | KIND_MACADDR)) != 0 ||
			is_single_piece(type->recipe);
	if (own == kind)
		return true;
	/* Keywords of numbers suit all numbers, those of times all days. */
	if ((own | kind) == (KIND_INTEGER | KIND_NUMBER))
		return true;
	return (own | kind) == (KIND_DATE | KIND_TIMESTAMP);
}

/* ---- finding a rule ---- */

static bool
rule_is_for_table(const Rule *rule, const char *table)
{
	size_t		length = strlen(table);

	if (rule->tables[0] == '\0')
		return true;
	for (const char *one = rule->tables; length > 0 && *one != '\0';)
	{
		size_t		end = strcspn(one, ",");

		if (end == length && strncmp(one, table, length) == 0)
			return true;
		one += end + (one[end] == ',');
	}
	return false;
}

/* The first rule of a name, by bisection; nrules if there is none. */
static int
first_rule(const NameTable *table, const char *name)
{
	int			low = 0;
	int			high = table->nrules;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (strcmp(table->rules[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The rule of a name whose match is one of these. */
static const Rule *
find_name(const NameTable *table, const char *name, int matches, const char *of_table,
		  int kind)
{
	for (int r = first_rule(table, name);
		 r < table->nrules && strcmp(table->rules[r].name, name) == 0; r++)
	{
		const Rule *rule = &table->rules[r];

		if ((rule->kinds & kind) != 0 && (matches & (1 << rule->match)) != 0 &&
			rule_is_for_table(rule, of_table) &&
			(rule->type == NULL || type_fits(rule->type, kind)))
			return rule;
	}
	return NULL;
}

static const SemanticType *
find_rule(const NameTable *table, const Words *words, const char *of_table, int kind)
{
	const char *last = words->words[words->count - 1];
	const Rule *rule = NULL;

	for (int from = 0; rule == NULL && from < words->count; from++)
		rule = find_name(table, names_join(words, from, words->count),
						 (1 << MATCH_END) | (from == 0 ? 1 << MATCH_WHOLE : 0),
						 of_table, kind);
	/* Chinese and Japanese put no space between words: 收货地址 is an 地址. */
	while (rule == NULL && pg_mblen(last) >= 3)
	{
		last += pg_mblen(last);
		rule = find_name(table, last, 1 << MATCH_END, of_table, kind);
	}
	return rule != NULL ? rule->type : NULL;
}

/* email_normalized, weight_kg: what the name says without its last words. */
static const SemanticType *
find_without_form(const NameTable *table, Words *words, const char *of_table, int kind)
{
	const SemanticType *type = NULL;

	while (type == NULL && words->count > 1 &&
		   find_name(table, words->words[words->count - 1], 1 << MATCH_FORM,
					 of_table, kind) != NULL)
	{
		words->count--;
		type = find_rule(table, words, of_table, kind);
	}
	return type;
}

/* amount_untaxed: what its first words say, as many as there is a rule for. */
static const SemanticType *
find_begin(const NameTable *table, const Words *words, const char *of_table, int kind)
{
	const Rule *rule = NULL;

	for (int to = words->count; rule == NULL && to > 0; to--)
		rule = find_name(table, names_join(words, 0, to), 1 << MATCH_BEGIN, of_table, kind);
	return rule != NULL ? rule->type : NULL;
}

/* What the rows of a table are, in the singular: "app_users" -> "user". */
static const char *
table_word(const NameTable *table, const char *table_name)
{
	Words		words;
	const char *last;

	if (table_name == NULL)
		return "";
	names_cut(table, table_name, &words);
	drop_numbers(&words);
	if (words.count == 0)
		return "";
	(void) names_split(table, &words);
	while (words.count > 1 &&
		   find_name(table, words.words[words.count - 1], 1 << MATCH_TABLE, "",
					 KIND_TEXT) != NULL)
		words.count--;			/* customer_entity */
	last = names_singular(words.words[words.count - 1]);
	return names_expand(table, last);
}

static const SemanticType *
find_semantic(const char *column_name, const char *table_name, Oid base_type)
{
	const NameTable *table = names_table();
	Oid			element = get_element_type(base_type);
	int			kind = kind_of_type(OidIsValid(element) ? element : base_type);
	Words		words;
	const SemanticType *type;
	const char *of_table;

	if (kind == 0)
		return NULL;
	names_cut(table, column_name, &words);
	if (words.count == 0)
		return NULL;
	of_table = table_word(table, table_name);
	/* An array's name is a plural: "emails". */
	if (OidIsValid(element))
		words.words[words.count - 1] = names_singular(words.words[words.count - 1]);
	type = find_rule(table, &words, of_table, kind);
	if (type == NULL && is_number(words.words[words.count - 1]))
	{
		drop_numbers(&words);	/* phone2 */
		type = find_rule(table, &words, of_table, kind);
	}
	if (type == NULL && names_split(table, &words))
		type = find_rule(table, &words, of_table, kind);
	if (type == NULL)
		type = find_without_form(table, &words, of_table, kind);
	if (type == NULL)
		type = find_begin(table, &words, of_table, kind);
	return type;
}

const SemanticType *
semantic_for_column(const char *column_name, const char *table_name,
					Oid base_type, const char **why)
{
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext,
												  "synthik column name",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(scratch);
	const SemanticType *type = find_semantic(column_name, table_name, base_type);

	MemoryContextSwitchTo(caller);
	MemoryContextDelete(scratch);
	if (type != NULL && why != NULL)
		*why = psprintf("column name \"%s\" (%s)", column_name, type->name);
	return type;
}

/* What a comment calls a column: "E-mail address (optional)". */
#define MAX_COMMENT_WORDS	5

const SemanticType *
semantic_for_comment(const char *comment, const char *table_name,
					 Oid base_type, const char **why)
{
	char	   *called = pnstrdup(comment, strcspn(comment, "(,.;:\n"));
	char	   *spaced = names_space(called);
	int			gaps = 0;
	size_t		length = strlen(called);
	const SemanticType *type;

	while (length > 0 && called[length - 1] == ' ')
		called[--length] = '\0';
	for (const char *p = spaced; *p; p++)
		gaps += *p == ' ';
	/* A sentence says more than its last words. */
	if (gaps >= MAX_COMMENT_WORDS)
		return NULL;
	type = semantic_for_column(called, table_name, base_type, NULL);
	if (type != NULL && why != NULL)
		*why = psprintf("comment \"%s\" (%s)", called, type->name);
	return type;
}
