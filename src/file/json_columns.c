/*-------------------------------------------------------------------------
 *
 * json_columns.c
 *		JSON by columns: one object of arrays, row i of which are their
 *		elements i.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "file/json_columns.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"

struct JsonColumns
{
	FileReader *reader;
	MemoryContext row_memory;
	int64		rows;
	JsonbContainer *arrays[FLEXIBLE_ARRAY_MEMBER];	/* of the reader's columns */
};

/* The columns' arrays are the cells of the object, taken for a row. */
static void
load_array(JsonColumns *columns, int i)
{
	const FileReader *reader = columns->reader;
	Jsonb	   *array = DatumGetJsonbP(DirectFunctionCall1(jsonb_in,
														  CStringGetDatum(reader->cells[i].text)));
	int64		count = JsonContainerSize(&array->root);

	if (i > 0 && count != columns->rows)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("the arrays \"%s\" and \"%s\" have different lengths, %lld and %lld",
						reader->columns[0].name, reader->columns[i].name,
						(long long) columns->rows, (long long) count),
				 errcontext("%s", byte_source_label(reader->bytes))));
	columns->rows = count;
	columns->arrays[i] = &array->root;
}

JsonColumns *
json_columns_load(FileReader *reader)
{
	JsonColumns *columns = palloc0(offsetof(JsonColumns, arrays) +
								   sizeof(JsonbContainer *) * reader->ncolumns);

	columns->reader = reader;
	columns->row_memory = AllocSetContextCreate(CurrentMemoryContext, "synthik JSON row",
												ALLOCSET_DEFAULT_SIZES);
	for (int i = 0; i < reader->ncolumns; i++)
		load_array(columns, i);
	return columns;
}

static void
set_cell(FileCell *cell, const JsonbValue *value)
{
	switch (value->type)
	{
		case jbvNull:
			cell->kind = CELL_NULL;
			return;
		case jbvString:
			cell->kind = CELL_TEXT;
			cell->text = pnstrdup(value->val.string.val, value->val.string.len);
			break;
		case jbvNumeric:
			cell->kind = CELL_NUMBER;
			cell->text = DatumGetCString(DirectFunctionCall1(numeric_out,
															 NumericGetDatum(value->val.numeric)));
			break;
		case jbvBool:
			cell->kind = CELL_BOOLEAN;
			cell->text = pstrdup(value->val.boolean ? "true" : "false");
			break;
		default:
			cell->kind = CELL_JSON;
			cell->text = JsonbToCString(NULL, value->val.binary.data, value->val.binary.len);
			break;
	}
	cell->length = strlen(cell->text);
}

bool
json_columns_row(JsonColumns *columns, int64 row)
{
	FileReader *reader = columns->reader;
	MemoryContext old;

	if (row >= columns->rows)
		return false;
	MemoryContextReset(columns->row_memory);
	old = MemoryContextSwitchTo(columns->row_memory);
	for (int i = 0; i < reader->ncolumns; i++)
		set_cell(&reader->cells[i],
				 getIthJsonbValueFromContainer(columns->arrays[i], (uint32) row));
	MemoryContextSwitchTo(old);
	return true;
}
