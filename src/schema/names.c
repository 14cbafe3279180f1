/*-------------------------------------------------------------------------
 *
 * names.c
 *		What a column's name says about its values.
 *
 * A name is cut into words ("customerEMail2" -> customer, e, mail, 2),
 * abbreviations.tsv writes them out, and columns.tsv has the rules.  The
 * rule for most of the last words of a name wins; among those for the same
 * words, one that also names the table.  locale/README.md has the formats.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "schema/schema.h"
#include "schema/semantic.h"
#include "util/locale.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#define COLUMNS_FILE		"columns.tsv"
#define ABBREVIATIONS_FILE	"abbreviations.tsv"

/* Words of a name; further ones at its beginning do not count. */
#define MAX_WORDS	32

/* Kinds of base types, as the file names them; bits. */
#define KIND_TEXT		(1 << 0)
#define KIND_INTEGER	(1 << 1)
#define KIND_NUMBER		(1 << 2)
#define KIND_DATE		(1 << 3)
#define KIND_TIMESTAMP	(1 << 4)
#define KIND_TIME		(1 << 5)
#define KIND_INTERVAL	(1 << 6)
#define KIND_UUID		(1 << 7)
#define KIND_JSON		(1 << 8)
#define KIND_INET		(1 << 9)
#define KIND_MACADDR	(1 << 10)
#define KIND_BOOLEAN	(1 << 11)

static const struct
{
	const char *name;
	int			kind;
}			kind_names[] = {
	{"text", KIND_TEXT},
	{"integer", KIND_INTEGER},
	{"number", KIND_NUMBER},
	{"date", KIND_DATE},
	{"timestamp", KIND_TIMESTAMP},
	{"time", KIND_TIME},
	{"interval", KIND_INTERVAL},
	{"uuid", KIND_UUID},
	{"json", KIND_JSON},
	{"inet", KIND_INET},
	{"macaddr", KIND_MACADDR},
	{"boolean", KIND_BOOLEAN},
};

typedef struct Words
{
	int			count;
	const char *words[MAX_WORDS];
} Words;

typedef struct Abbreviation
{
	const char *shorter;
	const char *longer;
} Abbreviation;

/* What of a name a rule is for. */
typedef enum RuleMatch
{
	MATCH_END,
	MATCH_WHOLE,
	MATCH_BEGIN,
	MATCH_FORM,					/* no type: a last word that says how, not what */
	MATCH_TABLE					/* the same in names of tables */
} RuleMatch;

static const char *const match_names[] = {"", "whole", "begin", "form", "table"};

typedef struct Rule
{
	const char *name;			/* words with one space between */
	int			kinds;
	const char *tables;			/* ",customer,user," or "": every table */
	RuleMatch	match;
	int			order;			/* in the file: the first of equals wins */
	const SemanticType *type;
} Rule;

/* Made whole or not at all. */
typedef struct NameTable
{
	int			nabbreviations;
	Abbreviation *abbreviations;	/* sorted */
	int			nrules;
	Rule	   *rules;			/* sorted by name, then those of some tables */
	HTAB	   *vocabulary;		/* the words of rules and abbreviations */
} NameTable;

static NameTable *name_table = NULL;

/* A word of the vocabulary; longer ones are cut. */
#define VOCABULARY_LENGTH	32

/* ---- words ---- */

static bool
is_lower(char c)
{
	return (c >= 'a' && c <= 'z') || IS_HIGHBIT_SET(c);
}

static bool
is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Whether a word begins at p, given that it is inside a run of letters. */
static bool
begins_word(const char *name, const char *p)
{
	if (p == name)
		return true;
	if (is_digit(*p) != is_digit(p[-1]))
		return true;
	if (is_upper(*p) && is_lower(p[-1]))
		return true;			/* eMail */
	return is_upper(*p) && is_upper(p[-1]) && p[1] >= 'a' && p[1] <= 'z';	/* URLPath */
}

/* Lower-case words with one space between. */
static char *
spaced_words(const char *name)
{
	StringInfoData spaced;
	bool		gap = false;

	initStringInfo(&spaced);
	for (const char *p = name; *p; p++)
	{
		if (!is_lower(*p) && !is_upper(*p) && !is_digit(*p))
		{
			gap = true;
			continue;
		}
		if (spaced.len > 0 && (gap || begins_word(name, p)))
			appendStringInfoChar(&spaced, ' ');
		gap = false;
		appendStringInfoChar(&spaced, pg_ascii_tolower((unsigned char) *p));
	}
	return spaced.data;
}

static int
compare_abbreviations(const void *a, const void *b)
{
	return strcmp(((const Abbreviation *) a)->shorter,
				  ((const Abbreviation *) b)->shorter);
}

static const char *
expand_word(const NameTable *table, const char *word)
{
	Abbreviation key = {word, NULL};
	const Abbreviation *found;

	if (table->nabbreviations == 0)
		return word;
	found = bsearch(&key, table->abbreviations, table->nabbreviations,
					sizeof(Abbreviation), compare_abbreviations);
	return found != NULL ? found->longer : word;
}

/* Cuts at spaces, in place; keeps the last MAX_WORDS words. */
static void
cut_words(char *spaced, Words *words)
{
	char	   *next;

	words->count = 0;
	for (char *word = spaced; word != NULL && *word; word = next)
	{
		next = strchr(word, ' ');
		if (next != NULL)
			*next++ = '\0';
		if (words->count == MAX_WORDS)
		{
			memmove(words->words, words->words + 1,
					sizeof(char *) * (MAX_WORDS - 1));
			words->count--;
		}
		words->words[words->count++] = word;
	}
}

/* The words of a name, abbreviations written out. */
static void
name_words(const NameTable *table, const char *name, Words *words)
{
	StringInfoData expanded;

	cut_words(spaced_words(name), words);
	initStringInfo(&expanded);
	for (int i = 0; i < words->count; i++)
		appendStringInfo(&expanded, "%s%s", i > 0 ? " " : "",
						 expand_word(table, words->words[i]));
	cut_words(expanded.data, words);
}

/* ---- words that are written together ---- */

#define LEAST_PART		3		/* letters of a word in such a run, but for "id" */
#define LEAST_RUN		7

static void
add_to_vocabulary(NameTable *table, const char *name)
{
	Words		words;

	cut_words(pstrdup(name), &words);
	for (int i = 0; i < words.count; i++)
		if (strlen(words.words[i]) < VOCABULARY_LENGTH)
			hash_search(table->vocabulary, words.words[i], HASH_ENTER, NULL);
}

static bool
in_vocabulary(const NameTable *table, const char *word, size_t length)
{
	char		key[VOCABULARY_LENGTH];

	if (length >= VOCABULARY_LENGTH)
		return false;
	memcpy(key, word, length);
	key[length] = '\0';
	return hash_search(table->vocabulary, key, HASH_FIND, NULL) != NULL;
}

/*
 * "productnumber" as "product number": the fewest known words that make it
 * up, or else as it is.
 */
static char *
split_run(const NameTable *table, const char *word)
{
	size_t		length = strlen(word);
	int		   *parts = palloc0(sizeof(int) * (length + 1));
	size_t	   *from = palloc0(sizeof(size_t) * (length + 1));
	char	   *out = pstrdup(word);

	if (length < LEAST_RUN || length >= NAMEDATALEN || in_vocabulary(table, word, length))
		return out;
	for (size_t end = 1; end <= length; end++)
		for (size_t begin = 0; begin < end; begin++)
		{
			bool		is_id = end - begin == 2 && end == length && strncmp(word + begin, "id", 2) == 0;

			if ((begin > 0 && parts[begin] == 0) || (end - begin < LEAST_PART && !is_id) ||
				!in_vocabulary(table, word + begin, end - begin) ||
				(parts[end] > 0 && parts[end] <= parts[begin] + 1))
				continue;
			parts[end] = parts[begin] + 1;
			from[end] = begin;
		}
	if (parts[length] == 0)
		return out;
	for (size_t end = length; end > 0; end = from[end])
		out = psprintf("%.*s%s%s", (int) (end - from[end]), word + from[end],
					   end < length ? " " : "", end < length ? out : "");
	return out;
}

/* The same words with such runs cut; false if there are none. */
static bool
split_words(const NameTable *table, Words *words)
{
	StringInfoData text;
	Words		cut;

	initStringInfo(&text);
	for (int i = 0; i < words->count; i++)
		appendStringInfo(&text, "%s%s", i > 0 ? " " : "", split_run(table, words->words[i]));
	cut_words(text.data, &cut);
	if (cut.count == words->count)
		return false;
	initStringInfo(&text);
	for (int i = 0; i < cut.count; i++)
		appendStringInfo(&text, "%s%s", i > 0 ? " " : "", expand_word(table, cut.words[i]));
	cut_words(text.data, words);
	return true;
}

static char *
join_words(const Words *words, int from, int to)
{
	StringInfoData joined;

	initStringInfo(&joined);
	for (int i = from; i < to; i++)
		appendStringInfo(&joined, "%s%s", i > from ? " " : "", words->words[i]);
	return joined.data;
}

static bool
ends_with(const char *word, const char *end)
{
	size_t		length = strlen(word);
	size_t		end_length = strlen(end);

	return length > end_length && strcmp(word + length - end_length, end) == 0;
}

/* English, as table names have it; the rest is in abbreviations.tsv. */
static const char *
singular(const char *word)
{
	size_t		length = strlen(word);

	if (ends_with(word, "ies") && length > 4)
		return psprintf("%.*sy", (int) length - 3, word);
	if (ends_with(word, "sses") || ends_with(word, "xes") ||
		ends_with(word, "ches") || ends_with(word, "shes"))
		return pnstrdup(word, length - 2);
	if (ends_with(word, "s") && !ends_with(word, "ss") &&
		!ends_with(word, "us") && !ends_with(word, "is") && length > 2)
		return pnstrdup(word, length - 1);
	return word;
}

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

/* ---- reading the files ---- */

static const DataFile *
need_file(const char *name)
{
	const DataFile *file = datafile_load(name);

	if (file == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FILE),
				 errmsg("data file \"%s\" is missing", name),
				 errhint("Install the extension again.")));
	return file;
}

static void
read_abbreviations(NameTable *table, const DataFile *file)
{
	int			shorter = datafile_need_column(file, "short");
	int			longer = datafile_need_column(file, "long");

	table->abbreviations = palloc(sizeof(Abbreviation) * Max(file->nrows, 1));
	for (int r = 0; r < file->nrows; r++)
	{
		table->abbreviations[r].shorter = datafile_cell(file, r, shorter);
		table->abbreviations[r].longer = datafile_cell(file, r, longer);
	}
	table->nabbreviations = file->nrows;
	qsort(table->abbreviations, file->nrows, sizeof(Abbreviation),
		  compare_abbreviations);
}

/* "text,integer" as bits; nothing means text. */
static int
read_kinds(const DataFile *file, const char *rule, const char *kinds)
{
	int			bits = 0;

	if (kinds[0] == '\0')
		return KIND_TEXT;
	for (const char *p = kinds; *p;)
	{
		size_t		length = strcspn(p, ",");
		int			i;

		for (i = 0; i < lengthof(kind_names); i++)
			if (strlen(kind_names[i].name) == length &&
				strncmp(kind_names[i].name, p, length) == 0)
				break;
		if (i == lengthof(kind_names))
			ereport(ERROR,
					(errcode(ERRCODE_DATA_CORRUPTED),
					 errmsg("data file \"%s\": rule \"%s\" has an unknown kind \"%.*s\"",
							file->name, rule, (int) length, p)));
		bits |= kind_names[i].kind;
		p += length + (p[length] == ',');
	}
	return bits;
}

static RuleMatch
read_match(const DataFile *file, const char *rule, const char *match)
{
	for (int i = 0; i < lengthof(match_names); i++)
		if (strcmp(match_names[i], match) == 0)
			return i;
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("data file \"%s\": rule \"%s\" has an unknown match \"%s\"",
					file->name, rule, match)));
}

static void
read_rules(NameTable *table, const DataFile *file)
{
	int			name = datafile_need_column(file, "name");
	int			kinds = datafile_need_column(file, "kinds");
	int			tables = datafile_need_column(file, "tables");
	int			match = datafile_need_column(file, "match");
	int			type = datafile_need_column(file, "type");

	table->rules = palloc(sizeof(Rule) * Max(file->nrows, 1));
	for (int r = 0; r < file->nrows; r++)
	{
		Rule	   *rule = &table->rules[table->nrules];
		const char *of_tables = datafile_cell(file, r, tables);
		Words		words;

		/* A rule for a type that types.tsv has not says nothing. */
		rule->type = semantic_lookup(datafile_cell(file, r, type));
		if (rule->type == NULL && strcmp(datafile_cell(file, r, type), "-") != 0)
			continue;
		/* Rules are read as names are, so that abbreviations agree. */
		name_words(table, datafile_cell(file, r, name), &words);
		rule->name = join_words(&words, 0, words.count);
		rule->kinds = read_kinds(file, rule->name, datafile_cell(file, r, kinds));
		rule->tables = of_tables[0] != '\0' ? psprintf(",%s,", of_tables) : "";
		rule->match = read_match(file, rule->name, datafile_cell(file, r, match));
		rule->order = r;
		table->nrules++;
	}
}

static int
compare_rules(const void *a, const void *b)
{
	const Rule *x = a;
	const Rule *y = b;
	int			order = strcmp(x->name, y->name);

	if (order != 0)
		return order;
	if ((x->tables[0] == '\0') != (y->tables[0] == '\0'))
		return x->tables[0] == '\0' ? 1 : -1;
	return x->order - y->order;
}

static void
read_vocabulary(NameTable *table)
{
	HASHCTL		ctl = {.keysize = VOCABULARY_LENGTH,.entrysize = VOCABULARY_LENGTH,
	.hcxt = CurrentMemoryContext};

	table->vocabulary = hash_create("synthik words of names", 4096, &ctl,
									HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
	for (int i = 0; i < table->nrules; i++)
		add_to_vocabulary(table, table->rules[i].name);
	for (int i = 0; i < table->nabbreviations; i++)
		add_to_vocabulary(table, table->abbreviations[i].shorter);
}

/* As in datafile_load: complete, or not there. */
static const NameTable *
load_table(void)
{
	MemoryContext context;
	MemoryContext caller;
	NameTable  *table;

	if (name_table != NULL)
		return name_table;
	context = AllocSetContextCreate(CurrentMemoryContext,
									"synthik column names",
									ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(context);
	table = palloc0(sizeof(NameTable));
	read_abbreviations(table, need_file(ABBREVIATIONS_FILE));
	read_rules(table, need_file(COLUMNS_FILE));
	qsort(table->rules, table->nrules, sizeof(Rule), compare_rules);
	read_vocabulary(table);
	MemoryContextSwitchTo(caller);
	MemoryContextSetParent(context, TopMemoryContext);
	name_table = table;
	return name_table;
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
	if (rule->tables[0] == '\0')
		return true;
	if (table[0] == '\0')
		return false;
	return strstr(rule->tables, psprintf(",%s,", table)) != NULL;
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
		rule = find_name(table, join_words(words, from, words->count),
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
		rule = find_name(table, join_words(words, 0, to), 1 << MATCH_BEGIN, of_table, kind);
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
	name_words(table, table_name, &words);
	drop_numbers(&words);
	if (words.count == 0)
		return "";
	(void) split_words(table, &words);
	while (words.count > 1 &&
		   find_name(table, words.words[words.count - 1], 1 << MATCH_TABLE, "",
					 KIND_TEXT) != NULL)
		words.count--;			/* customer_entity */
	last = singular(words.words[words.count - 1]);
	return expand_word(table, last);
}

static const SemanticType *
find_semantic(const char *column_name, const char *table_name, Oid base_type)
{
	const NameTable *table = load_table();
	Oid			element = get_element_type(base_type);
	int			kind = kind_of_type(OidIsValid(element) ? element : base_type);
	Words		words;
	const SemanticType *type;
	const char *of_table;

	if (kind == 0)
		return NULL;
	name_words(table, column_name, &words);
	if (words.count == 0)
		return NULL;
	of_table = table_word(table, table_name);
	/* An array's name is a plural: "emails". */
	if (OidIsValid(element))
		words.words[words.count - 1] = singular(words.words[words.count - 1]);
	type = find_rule(table, &words, of_table, kind);
	if (type == NULL && is_number(words.words[words.count - 1]))
	{
		drop_numbers(&words);	/* phone2 */
		type = find_rule(table, &words, of_table, kind);
	}
	if (type == NULL && split_words(table, &words))
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
	char	   *spaced = spaced_words(called);
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
