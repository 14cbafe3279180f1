/*-------------------------------------------------------------------------
 *
 * names_table.c
 *		The rules for names of columns, as columns.tsv and abbreviations.tsv have
 *		them.
 *
 * They are read once for the life of the process; locale/README.md has the
 * formats.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "schema/names.h"
#include "util/locale.h"
#include "utils/memutils.h"

#define COLUMNS_FILE		"columns.tsv"
#define ABBREVIATIONS_FILE	"abbreviations.tsv"

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

static NameTable *name_table = NULL;

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
		  names_compare_abbreviations);
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
	static const char *const names[] = {"", "whole", "begin", "form", "table"};

	for (int i = 0; i < lengthof(names); i++)
		if (strcmp(names[i], match) == 0)
			return i;
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("data file \"%s\": rule \"%s\" has an unknown match \"%s\"",
					file->name, rule, match)));
}

/*
 * A rule's name as names are read, so that abbreviations agree.  What that takes
 * is a hundred times what stays.
 */
static char *
read_name(const NameTable *table, const char *name, MemoryContext scratch)
{
	MemoryContext stays = MemoryContextSwitchTo(scratch);
	Words		words;
	char	   *read;

	names_cut(table, name, &words);
	read = MemoryContextStrdup(stays, names_join(&words, 0, words.count));
	MemoryContextSwitchTo(stays);
	MemoryContextReset(scratch);
	return read;
}

static void
read_rules(NameTable *table, const DataFile *file)
{
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "synthik rule",
												  ALLOCSET_DEFAULT_SIZES);
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

		/* A rule for a type that types.tsv has not says nothing. */
		rule->type = semantic_lookup(datafile_cell(file, r, type));
		if (rule->type == NULL && strcmp(datafile_cell(file, r, type), "-") != 0)
			continue;
		rule->name = read_name(table, datafile_cell(file, r, name), scratch);
		rule->kinds = read_kinds(file, rule->name, datafile_cell(file, r, kinds));
		rule->tables = of_tables;
		rule->match = read_match(file, rule->name, datafile_cell(file, r, match));
		rule->order = r;
		table->nrules++;
	}
	MemoryContextDelete(scratch);
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
		names_note_words(table, table->rules[i].name);
	for (int i = 0; i < table->nabbreviations; i++)
		names_note_words(table, table->abbreviations[i].shorter);
}

/* As in datafile_load: complete, or not there. */
const NameTable *
names_table(void)
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
	read_abbreviations(table, datafile_need(ABBREVIATIONS_FILE));
	read_rules(table, datafile_need(COLUMNS_FILE));
	qsort(table->rules, table->nrules, sizeof(Rule), compare_rules);
	read_vocabulary(table);
	MemoryContextSwitchTo(caller);
	MemoryContextSetParent(context, TopMemoryContext);
	name_table = table;
	return name_table;
}
