/*-------------------------------------------------------------------------
 *
 * semantic.c
 *		The semantic types, which types.tsv lists, and names that are near.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include "parser/parse_type.h"
#include "schema/semantic.h"
#include "util/locale.h"
#include "util/nearest.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"

#define TYPES_FILE "types.tsv"

/* A name or an alias, in the form in which names are compared. */
typedef struct SemanticName
{
	const char *name;
	int			type;
} SemanticName;

/* What types.tsv says; made whole or not at all. */
typedef struct SemanticTable
{
	int			count;
	SemanticType *types;
	int			nnames;
	SemanticName *names;		/* sorted */
} SemanticTable;

/* Columns of the file, by number. */
typedef struct TypeColumns
{
	int			name,
				group,
				type,
				aliases,
				recipe,
				unique_recipe,
				keywords,
				description,
				personal,
				follows,
				filled;
} TypeColumns;

static SemanticTable *semantic_table = NULL;

/* ---- names ---- */

static int
compare_semantic_names(const void *a, const void *b)
{
	return strcmp(((const SemanticName *) a)->name,
				  ((const SemanticName *) b)->name);
}

static void
add_name(SemanticTable *table, const char *name, size_t length, int type)
{
	char	   *normal = name_normalise(name, length);

	if (normal[0] == '\0')
		return;
	table->names[table->nnames].name = normal;
	table->names[table->nnames++].type = type;
}

static int
count_commas(const char *list)
{
	int			n = 0;

	for (; *list; list++)
		n += (*list == ',');
	return n;
}

static void
add_names(SemanticTable *table)
{
	int			n = 0;

	for (int i = 0; i < table->count; i++)
		n += 2 + count_commas(table->types[i].aliases);
	table->names = palloc(sizeof(SemanticName) * Max(n, 1));
	for (int i = 0; i < table->count; i++)
	{
		const char *alias = table->types[i].aliases;

		add_name(table, table->types[i].name, strlen(table->types[i].name), i);
		while (*alias)
		{
			size_t		length = strcspn(alias, ",");

			add_name(table, alias, length, i);
			alias += length + (alias[length] == ',');
		}
	}
	qsort(table->names, table->nnames, sizeof(SemanticName),
		  compare_semantic_names);
	for (int i = 1; i < table->nnames; i++)
		if (strcmp(table->names[i - 1].name, table->names[i].name) == 0 &&
			table->names[i - 1].type != table->names[i].type)
			ereport(ERROR,
					(errcode(ERRCODE_DATA_CORRUPTED),
					 errmsg("data file \"%s\": the name \"%s\" stands for both \"%s\" and \"%s\"",
							TYPES_FILE, table->names[i].name,
							table->types[table->names[i - 1].type].name,
							table->types[table->names[i].type].name)));
}

/* ---- reading the file ---- */

/*
 * A PostgreSQL type by name, of pg_catalog whatever search_path says: a
 * session's own type "text" must not take the place of the server's.
 */
static Oid
builtin_type(const char *name)
{
	TypeName   *type_name = COMPAT_TYPE_NAME_FROM_STRING(name);
	Oid			type;
	int32		typmod;

	if (list_length(type_name->names) == 1)
		type_name->names = lcons(makeString(pstrdup("pg_catalog")),
								 type_name->names);
	typenameTypeIdAndMod(NULL, type_name, &type, &typmod);
	return type;
}

static const char *
text_or_null(const char *cell)
{
	return cell[0] != '\0' ? cell : NULL;
}

static Jsonb *
read_keywords(const char *text)
{
	Datum		json;

	if (text[0] == '\0')
		return NULL;
	json = DirectFunctionCall1(jsonb_in, CStringGetDatum(text));
	if (!JB_ROOT_IS_OBJECT(DatumGetJsonbP(json)))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("keywords have to be a JSON object")));
	return DatumGetJsonbP(json);
}

static void
type_error_context(void *name)
{
	errcontext("semantic type \"%s\" of data file \"%s\"", (char *) name, TYPES_FILE);
}

static void
read_type(SemanticType *type, const DataFile *file, int row, const TypeColumns *c)
{
	ErrorContextCallback context;

	type->name = datafile_cell(file, row, c->name);
	context.callback = type_error_context;
	context.arg = unconstify(char *, type->name);
	context.previous = error_context_stack;
	error_context_stack = &context;

	if (type->name[0] == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("a semantic type without a name")));
	type->group = datafile_cell(file, row, c->group);
	type->type_name = datafile_cell(file, row, c->type);
	if (type->type_name[0] == '\0')
		type->type_name = "text";
	type->type = builtin_type(type->type_name);
	type->aliases = datafile_cell(file, row, c->aliases);
	type->recipe = text_or_null(datafile_cell(file, row, c->recipe));
	type->unique_recipe = text_or_null(datafile_cell(file, row, c->unique_recipe));
	type->keywords = read_keywords(datafile_cell(file, row, c->keywords));
	type->description = datafile_cell(file, row, c->description);
	type->personal = *datafile_cell(file, row, c->personal) != '\0';
	type->follows = text_or_null(datafile_cell(file, row, c->follows));
	type->filled = *datafile_cell(file, row, c->filled) != '\0';
	type->follows_time = type->follows != NULL &&
		(strncmp(type->follows, "part ", 5) == 0 || strncmp(type->follows, "among ", 6) == 0 ||
		 strncmp(type->follows, "lasts ", 6) == 0);

	error_context_stack = context.previous;
}

/* Marks what has a recipe, what follows others, and what is followed. */
static void
mark_agreeing(SemanticTable *table)
{
	for (int i = 0; i < table->count; i++)
	{
		SemanticType *type = &table->types[i];
		const char *follows = type->follows ? type->follows : "";

		type->agrees |= type->recipe != NULL || type->follows != NULL;
		for (size_t length; *follows; follows += length + (follows[length] != '\0'))
		{
			length = strcspn(follows, " ;");
			for (int k = 0; k < table->count; k++)
				if (strlen(table->types[k].name) == length &&
					strncmp(table->types[k].name, follows, length) == 0)
					table->types[k].agrees = true;
		}
	}
}

static SemanticTable *
read_table(const DataFile *file)
{
	SemanticTable *table = palloc0(sizeof(SemanticTable));
	TypeColumns c;

	c.name = datafile_need_column(file, "name");
	c.group = datafile_need_column(file, "group");
	c.type = datafile_need_column(file, "type");
	c.aliases = datafile_need_column(file, "aliases");
	c.recipe = datafile_need_column(file, "recipe");
	c.unique_recipe = datafile_need_column(file, "unique_recipe");
	c.keywords = datafile_need_column(file, "keywords");
	c.description = datafile_need_column(file, "description");
	c.personal = datafile_need_column(file, "personal");
	c.follows = datafile_need_column(file, "follows");
	c.filled = datafile_need_column(file, "filled");

	table->count = file->nrows;
	table->types = palloc0(sizeof(SemanticType) * Max(file->nrows, 1));
	for (int r = 0; r < file->nrows; r++)
		read_type(&table->types[r], file, r, &c);
	add_names(table);
	mark_agreeing(table);
	return table;
}

/* As in datafile_load: complete, or not there. */
static const SemanticTable *
load_table(void)
{
	MemoryContext context;
	MemoryContext caller;
	SemanticTable *table;

	if (semantic_table != NULL)
		return semantic_table;
	context = AllocSetContextCreate(CurrentMemoryContext,
									"synthik semantic types",
									ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(context);
	table = read_table(datafile_need(TYPES_FILE));
	MemoryContextSwitchTo(caller);
	MemoryContextSetParent(context, TopMemoryContext);
	semantic_table = table;
	return semantic_table;
}

/* ---- what others ask ---- */

const SemanticType *
semantic_lookup(const char *name)
{
	const SemanticTable *table = load_table();
	SemanticName key;
	const SemanticName *found;

	key.name = name_normalise(name, strlen(name));
	key.type = 0;
	found = bsearch(&key, table->names, table->nnames, sizeof(SemanticName),
					compare_semantic_names);
	return found != NULL ? &table->types[found->type] : NULL;
}

int
semantic_count(void)
{
	return load_table()->count;
}

const SemanticType *
semantic_at(int i)
{
	return &load_table()->types[i];
}
