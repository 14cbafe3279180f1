/*-------------------------------------------------------------------------
 *
 * parquet_assemble.c
 *		The values of a Parquet file's columns, put together from the entries
 *		of their leaves.
 *
 * Levels of definition say how far down a value is there, and levels of
 * repetition which list an entry goes on with: see parquet_node.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "catalog/pg_type.h"
#include "file/parquet_tree.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/datetime.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

pg_noreturn static void
too_few(ParquetCursor *cursor)
{
	parquet_damaged(&cursor->place, "a column has fewer values than rows");
}

static inline uint8
current_def(ParquetCursor *cursor)
{
	if (!cursor_has(cursor))
		too_few(cursor);
	return cursor->batch_defs[cursor->at];
}

/* Leaves what is not there: an entry in every leaf below. */
static void
skip_entry(ParquetTree *tree)
{
	if (tree->kind == TREE_LEAF)
	{
		(void) current_def(tree->cursor);
		tree->cursor->at++;
	}
	for (int i = 0; i < tree->nchildren; i++)
		skip_entry(tree->children[i]);
}

/* Whether the list goes on. */
static inline bool
list_continues(const ParquetTree *list)
{
	ParquetCursor *cursor = list->first;

	CHECK_FOR_INTERRUPTS();
	return cursor_has(cursor) && cursor->batch_reps[cursor->at] >= list->rep;
}

/* ---- leaves ---- */

/* Values of dictionaries are made once, where that costs something. */
static Datum
dictionary_value(const ParquetTree *leaf, ParquetCursor *cursor)
{
	uint32		code = cursor->batch_codes[cursor->at];
	MemoryContext old;

	if (cursor->dictionary_notes == NULL)
		cursor->dictionary_notes =
			MemoryContextAllocExtended(cursor->notes_memory,
									   sizeof(Datum) * Max(cursor->values.ndictionary, 1),
									   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	if (cursor->dictionary_notes[code] == 0)
	{
		old = MemoryContextSwitchTo(cursor->notes_memory);
		cursor->dictionary_notes[code] = parquet_read_value(leaf, &cursor->batch[cursor->at]);
		MemoryContextSwitchTo(old);
	}
	return cursor->dictionary_notes[code];
}

static Datum
read_leaf(const ParquetTree *leaf, bool *isnull)
{
	ParquetCursor *cursor = leaf->cursor;
	Datum		value = (Datum) 0;

	*isnull = current_def(cursor) < cursor->max_def;
	if (!*isnull)
	{
		if (cursor->page_is_coded && leaf->read >= READ_TEXT)
			value = dictionary_value(leaf, cursor);
		else
			value = parquet_read_value(leaf, &cursor->batch[cursor->at]);
	}
	cursor->at++;
	return value;
}

/* ---- arrays ---- */

static Datum
read_array(ParquetTree *list, bool *isnull)
{
	ParquetTree *item = list->children[0];
	int			room = 16;
	int			count = 0;
	int			lower = 1;
	Datum	   *values;
	bool	   *nulls;
	int16		length;
	bool		by_value;
	char		align;
	uint8		def = current_def(list->first);

	*isnull = def < list->def;
	if (def < list->item_def)
	{
		skip_entry(list);
		return *isnull ? (Datum) 0 : PointerGetDatum(construct_empty_array(item->type));
	}
	values = palloc(sizeof(Datum) * room);
	nulls = palloc(sizeof(bool) * room);
	do
	{
		if (count == room)
		{
			room *= 2;
			values = repalloc(values, sizeof(Datum) * room);
			nulls = repalloc(nulls, sizeof(bool) * room);
		}
		values[count] = read_leaf(item, &nulls[count]);
		count++;
	} while (list_continues(list));
	get_typlenbyvalalign(item->type, &length, &by_value, &align);
	return PointerGetDatum(construct_md_array(values, nulls, 1, &count, &lower, item->type,
											  length, by_value, align));
}

/* ---- JSON ---- */

static void json_value(ParquetTree *tree, StringInfo out);

/* As to_jsonb() has it. */
static char *
leaf_text(const ParquetTree *leaf, Datum value)
{
	Oid			output;
	bool		is_varlena;

	switch (leaf->type)
	{
		case DATEOID:
		case TIMEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return JsonEncodeDateTime(palloc(MAXDATELEN + 1), value, leaf->type, NULL);
		default:
			getTypeOutputInfo(leaf->type, &output, &is_varlena);
			return OidOutputFunctionCall(output, value);
	}
}

static bool
is_bare(Oid type, const char *text)
{
	switch (type)
	{
		case JSONBOID:
			return true;
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case FLOAT4OID:
		case FLOAT8OID:
		case NUMERICOID:
			return strchr("NI", text[text[0] == '-']) == NULL;	/* NaN, Infinity */
		default:
			return false;
	}
}

static void
json_leaf(ParquetTree *leaf, StringInfo out)
{
	bool		isnull;
	Datum		value = read_leaf(leaf, &isnull);
	char	   *text;

	if (isnull)
		appendStringInfoString(out, "null");
	else if (leaf->type == BOOLOID)
		appendStringInfoString(out, DatumGetBool(value) ? "true" : "false");
	else
	{
		text = leaf_text(leaf, value);
		if (is_bare(leaf->type, text))
			appendStringInfoString(out, text);
		else
			escape_json(out, text);
	}
}

static void
json_key(ParquetTree *key, StringInfo out)
{
	StringInfoData text;
	bool		isnull;

	if (key->kind == TREE_LEAF)
	{
		Datum		value = read_leaf(key, &isnull);

		if (isnull)
			parquet_damaged(&key->first->place, "a key of a map is NULL");
		escape_json(out, leaf_text(key, value));
		return;
	}
	initStringInfo(&text);
	json_value(key, &text);
	escape_json(out, text.data);
}

static void
json_items(ParquetTree *tree, StringInfo out)
{
	bool		is_map = tree->kind == TREE_MAP;
	const char *separator = "";

	appendStringInfoChar(out, is_map ? '{' : '[');
	if (current_def(tree->first) < tree->item_def)
		skip_entry(tree);
	else
	{
		do
		{
			appendStringInfoString(out, separator);
			separator = ", ";
			if (is_map)
			{
				json_key(tree->children[0], out);
				appendStringInfoString(out, ": ");
			}
			json_value(tree->children[is_map ? 1 : 0], out);
		} while (list_continues(tree));
	}
	appendStringInfoChar(out, is_map ? '}' : ']');
}

static void
json_group(ParquetTree *tree, StringInfo out)
{
	appendStringInfoChar(out, '{');
	for (int i = 0; i < tree->nchildren; i++)
	{
		if (i > 0)
			appendStringInfoString(out, ", ");
		escape_json(out, tree->children[i]->name);
		appendStringInfoString(out, ": ");
		json_value(tree->children[i], out);
	}
	appendStringInfoChar(out, '}');
}

static void
json_value(ParquetTree *tree, StringInfo out)
{
	check_stack_depth();
	if (tree->kind == TREE_LEAF)
		json_leaf(tree, out);
	else if (current_def(tree->first) < tree->def)
	{
		appendStringInfoString(out, "null");
		skip_entry(tree);
	}
	else if (tree->kind == TREE_GROUP)
		json_group(tree, out);
	else
		json_items(tree, out);
}

/* ---- any ---- */

Datum
parquet_read(ParquetTree *tree, bool *isnull)
{
	StringInfoData json;

	if (tree->kind == TREE_LEAF)
		return read_leaf(tree, isnull);
	if (tree->type != JSONBOID)
		return read_array(tree, isnull);
	*isnull = current_def(tree->first) < tree->def;
	if (*isnull)
	{
		skip_entry(tree);
		return (Datum) 0;
	}
	initStringInfo(&json);
	json_value(tree, &json);
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(json.data));
}
