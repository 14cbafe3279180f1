/*-------------------------------------------------------------------------
 *
 * compile_dictionary.c
 *		Columns of dictionaries in a plan: their texts, their values, and how
 *		an entry is picked.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include "local/compile.h"
#include "util/text.h"
#include "utils/lsyscache.h"

/* Entries of dictionary columns behind a filter, once per plan. */
typedef struct StringTable
{
	const DataFile *file;
	int		   *columns;
	int			ncolumns;
	char	   *filter;
	const Entity *entity;		/* whose entries, or NULL for all */
	PlanOffset	strings;
} StringTable;

PlanOffset
compile_strings(Compiler *c, const char **texts, int n)
{
	PlanStrings strings = {0};
	uint32		total = 0;
	uint32	   *offsets;
	char	   *bytes;

	for (int i = 0; i < n; i++)
		total += strlen(texts[i]);
	strings.n = n;
	strings.offsets = builder_reserve(&c->builder, sizeof(uint32) * (n + 1));
	strings.bytes = builder_reserve(&c->builder, Max(total, 1));
	offsets = builder_at(&c->builder, strings.offsets);
	bytes = builder_at(&c->builder, strings.bytes);
	for (int i = 0; i < n; i++)
	{
		uint32		length = strlen(texts[i]);

		memcpy(bytes + offsets[i], texts[i], length);
		offsets[i + 1] = offsets[i] + length;
		strings.max_length = Max(strings.max_length, length);
	}
	return builder_add(&c->builder, &strings, sizeof(strings));
}

static const char *
filtered(Compiler *c, const char *text, const char *filter)
{
	if (strcmp(filter, "slug") == 0)
		return text_slug(c->locale, text);
	if (strcmp(filter, "lower") == 0)
		return text_lower(text);
	if (strcmp(filter, "upper") == 0)
		return text_upper(text);
	if (strcmp(filter, "capital") == 0)
		return text_capital(text);
	if (strcmp(filter, "initial") == 0)
		return text_initial(text);
	return text;				/* "digits" works on what is drawn */
}

/* The texts of columns, one after another; entity is NULL for all entries. */
PlanOffset
dictionary_strings(Compiler *c, const DataFile *file, const int *columns, int ncolumns,
				   const char *filter, const Entity *entity)
{
	int			n = entity ? entity->nrows : file->nrows;
	ListCell   *lc;
	StringTable *table;
	const char **texts;

	if (n == file->nrows)
		entity = NULL;
	foreach(lc, c->tables)
	{
		table = lfirst(lc);
		if (table->file == file && table->ncolumns == ncolumns &&
			memcmp(table->columns, columns, sizeof(int) * ncolumns) == 0 &&
			table->entity == entity && strcmp(table->filter, filter) == 0)
			return table->strings;
	}
	texts = palloc(sizeof(char *) * n * ncolumns);
	for (int i = 0; i < n * ncolumns; i++)
		texts[i] = filtered(c, datafile_cell(file, entity ? entity->rows[i % n] : i % n,
											 columns[i / n]), filter);
	table = palloc(sizeof(StringTable));
	table->file = file;
	table->columns = palloc(sizeof(int) * ncolumns);
	memcpy(table->columns, columns, sizeof(int) * ncolumns);
	table->ncolumns = ncolumns;
	table->filter = pstrdup(filter);
	table->entity = entity;
	table->strings = compile_strings(c, texts, n * ncolumns);
	c->tables = lappend(c->tables, table);
	return table->strings;
}

/* The weights of n rows of a file, or NULL: all alike; rows is NULL for the first n. */
double *
dictionary_weights(const DataFile *file, const int *rows, int n)
{
	int			column = datafile_column(file, "weight");
	double	   *weights;

	if (column < 0)
		return NULL;
	weights = palloc(sizeof(double) * Max(n, 1));
	for (int i = 0; i < n; i++)
		weights[i] = Max(strtoul(datafile_cell(file, rows ? rows[i] : i, column), NULL, 10), 1);
	return weights;
}

/* Picks one of them. */
PlanOffset
dictionary_selector(Compiler *c, const DataFile *file, const int *rows, int n, uint64 salt)
{
	return compile_selector(c, salt, n, dictionary_weights(file, rows, n));
}

/* A column of an entity's dictionary, as values of op's type. */
void
compile_entity_pool(Compiler *c, PlanOp *op, const Entity *entity, int column)
{
	Datum	   *values = palloc(sizeof(Datum) * entity->nrows);
	Oid			input;
	Oid			ioparam;
	FmgrInfo	flinfo;

	getTypeInputInfo(op->type, &input, &ioparam);
	fmgr_info(input, &flinfo);
	for (int i = 0; i < entity->nrows; i++)
		values[i] = InputFunctionCall(&flinfo,
									  (char *) datafile_cell(entity->file, entity->rows[i], column),
									  ioparam, op->typmod);
	compile_pool_values(c, op, entity->selector, values, entity->nrows);
}
