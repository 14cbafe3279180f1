/*-------------------------------------------------------------------------
 *
 * parquet_node.c
 *		The columns of a query as those of a Parquet file.
 *
 * Everything may be NULL, so every level of the tree is optional: a value's
 * level of definition counts how far down it is there, and its level of
 * repetition which list it is a further element of (Melnik et al.: "Dremel:
 * interactive analysis of web-scale datasets", 2010).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "common/int.h"
#include "file/parquet_node.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/typcache.h"

/* Levels are written as bytes. */
#define MAX_LEVEL 100

/* DECIMAL of more digits is not read by all. */
#define MAX_PRECISION 38

/* ---- leaves ---- */

typedef struct LeafKind
{
	Oid			type;
	ParquetWriteKind kind;
	ParquetType physical;
	int			width;
	ParquetOrder order;
	ParquetMeaning meaning;
} LeafKind;

static const LeafKind leaf_kinds[] = {
	{BOOLOID, WRITE_BOOLEAN, PARQUET_BOOLEAN, 1, ORDER_BOOLEAN, MEANING_NONE},
	{INT2OID, WRITE_INT16, PARQUET_INT32, 4, ORDER_INT32, MEANING_INTEGER},
	{INT4OID, WRITE_INT32, PARQUET_INT32, 4, ORDER_INT32, MEANING_NONE},
	{OIDOID, WRITE_OID, PARQUET_INT32, 4, ORDER_UINT32, MEANING_INTEGER},
	{INT8OID, WRITE_INT64, PARQUET_INT64, 8, ORDER_INT64, MEANING_NONE},
	{FLOAT4OID, WRITE_FLOAT4, PARQUET_FLOAT, 4, ORDER_FLOAT, MEANING_NONE},
	{FLOAT8OID, WRITE_FLOAT8, PARQUET_DOUBLE, 8, ORDER_DOUBLE, MEANING_NONE},
	{DATEOID, WRITE_DATE, PARQUET_INT32, 4, ORDER_INT32, MEANING_DATE},
	{TIMEOID, WRITE_TIME, PARQUET_INT64, 8, ORDER_INT64, MEANING_TIME},
	{TIMESTAMPOID, WRITE_TIMESTAMP, PARQUET_INT64, 8, ORDER_INT64, MEANING_TIMESTAMP},
	{TIMESTAMPTZOID, WRITE_TIMESTAMP, PARQUET_INT64, 8, ORDER_INT64, MEANING_TIMESTAMP},
	{UUIDOID, WRITE_UUID, PARQUET_FIXED, 16, ORDER_BYTES, MEANING_UUID},
	{BYTEAOID, WRITE_BYTEA, PARQUET_BYTE_ARRAY, 0, ORDER_BYTES, MEANING_NONE},
	{TEXTOID, WRITE_TEXT, PARQUET_BYTE_ARRAY, 0, ORDER_BYTES, MEANING_STRING},
	{VARCHAROID, WRITE_TEXT, PARQUET_BYTE_ARRAY, 0, ORDER_BYTES, MEANING_STRING},
	{BPCHAROID, WRITE_TEXT, PARQUET_BYTE_ARRAY, 0, ORDER_BYTES, MEANING_STRING},
	{XMLOID, WRITE_TEXT, PARQUET_BYTE_ARRAY, 0, ORDER_BYTES, MEANING_STRING},
	{JSONOID, WRITE_TEXT, PARQUET_BYTE_ARRAY, 0, ORDER_BYTES, MEANING_JSON},
	{JSONBOID, WRITE_OUTPUT, PARQUET_BYTE_ARRAY, 0, ORDER_BYTES, MEANING_JSON}
};

static const LeafKind decimal_kinds[] = {
	{NUMERICOID, WRITE_DECIMAL, PARQUET_INT32, 4, ORDER_INT32, MEANING_DECIMAL},
	{NUMERICOID, WRITE_DECIMAL, PARQUET_INT64, 8, ORDER_INT64, MEANING_DECIMAL},
	{NUMERICOID, WRITE_DECIMAL, PARQUET_FIXED, 16, ORDER_SIGNED_BYTES, MEANING_DECIMAL}
};

static const LeafKind enum_kind =
{InvalidOid, WRITE_ENUM, PARQUET_BYTE_ARRAY, 0, ORDER_BYTES, MEANING_STRING};

static const LeafKind other_kind =
{InvalidOid, WRITE_OUTPUT, PARQUET_BYTE_ARRAY, 0, ORDER_BYTES, MEANING_STRING};

/*
 * A numeric with a precision; NULL where it has none, or too much of it: then
 * it is written as a text, for there is no DECIMAL that holds any number.
 */
static const LeafKind *
decimal_kind(ParquetNode *node)
{
	int32		typmod = node->typmod - VARHDRSZ;

	if (node->typmod < VARHDRSZ)
		return NULL;
	node->precision = typmod >> 16 & 0xFFFF;
	node->scale = ((typmod & 0x7FF) ^ 1024) - 1024;
	if (node->scale < 0)
	{
		node->precision -= node->scale;
		node->scale = 0;
	}
	node->precision = Max(node->precision, node->scale);
	if (node->precision > MAX_PRECISION)
		return NULL;
	return &decimal_kinds[node->precision <= 9 ? 0 : node->precision <= 18 ? 1 : 2];
}

static const LeafKind *
leaf_kind(ParquetNode *node)
{
	const LeafKind *decimal = node->type == NUMERICOID ? decimal_kind(node) : NULL;

	if (decimal != NULL)
		return decimal;
	for (int i = 0; i < lengthof(leaf_kinds); i++)
	{
		if (leaf_kinds[i].type == node->type)
			return &leaf_kinds[i];
	}
	return type_is_enum(node->type) ? &enum_kind : &other_kind;
}

static void
make_leaf(ParquetNode *node, List **leaves)
{
	const LeafKind *kind = leaf_kind(node);
	ParquetLeaf *leaf = palloc0(sizeof(ParquetLeaf));
	Oid			output;
	bool		is_varlena;

	node->kind = kind->kind;
	node->meaning = kind->meaning;
	node->utc = node->type == TIMESTAMPTZOID;
	node->leaf = leaf;
	getTypeOutputInfo(node->type, &output, &is_varlena);
	fmgr_info(output, &node->output);
	leaf->type = kind->physical;
	leaf->width = kind->width;
	leaf->order = kind->order;
	leaf->is_text = kind->meaning == MEANING_STRING || kind->meaning == MEANING_JSON;
	*leaves = lappend(*leaves, leaf);
}

/* ---- the tree ---- */

static ParquetNode *make_node(char *name, Oid type, int32 typmod, int def, int rep, List **leaves);

static char *
utf8_name(const char *name)
{
	char	   *utf8 = pg_server_to_any(name, strlen(name), PG_UTF8);

	return utf8 == name ? pstrdup(name) : utf8;
}

static void
make_list(ParquetNode *node, Oid item, List **leaves)
{
	get_typlenbyvalalign(item, &node->item_length, &node->item_by_value, &node->item_align);
	node->kind = WRITE_LIST;
	node->nchildren = 1;
	node->children = palloc(sizeof(ParquetNode *));
	node->rep++;
	node->children[0] = make_node("element", item, node->typmod, node->def + 1, node->rep, leaves);
}

/* A composite type; false where it has no columns. */
static bool
make_group(ParquetNode *node, List **leaves)
{
	TupleDesc	desc = lookup_rowtype_tupdesc_copy(node->type, -1);

	node->attributes = palloc(sizeof(int) * Max(desc->natts, 1));
	for (int i = 0; i < desc->natts; i++)
	{
		if (!TupleDescAttr(desc, i)->attisdropped)
			node->attributes[node->nchildren++] = i;
	}
	if (node->nchildren == 0)
		return false;
	node->kind = WRITE_GROUP;
	node->desc = desc;
	node->values = palloc(sizeof(Datum) * desc->natts);
	node->nulls = palloc(sizeof(bool) * desc->natts);
	node->children = palloc(sizeof(ParquetNode *) * node->nchildren);
	for (int i = 0; i < node->nchildren; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, node->attributes[i]);

		node->children[i] = make_node(utf8_name(NameStr(att->attname)), att->atttypid,
									  att->atttypmod, node->def, node->rep, leaves);
	}
	return true;
}

/* def and rep are the levels of what it is in. */
static ParquetNode *
make_node(char *name, Oid type, int32 typmod, int def, int rep, List **leaves)
{
	ParquetNode *node = palloc0(sizeof(ParquetNode));
	Oid			item;

	check_stack_depth();
	if (def >= MAX_LEVEL)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("type %s is nested too deeply for a Parquet file", format_type_be(type))));
	node->name = name;
	node->typmod = typmod;
	node->type = getBaseTypeAndTypmod(type, &node->typmod);
	node->def = def + 1;
	node->rep = rep;
	item = get_element_type(node->type);
	if (OidIsValid(item))
		make_list(node, item, leaves);
	else if (get_typtype(node->type) != TYPTYPE_COMPOSITE || !make_group(node, leaves))
		make_leaf(node, leaves);
	if (node->leaf != NULL)
	{
		node->leaf->max_def = node->def;
		node->leaf->max_rep = node->rep;
	}
	return node;
}

/* The path of each leaf, known once the tree is. */
static void
set_paths(ParquetNode *node, const char **path, int npath)
{
	path[npath++] = node->name;
	if (node->kind == WRITE_LIST)
		path[npath++] = "list";
	for (int i = 0; i < node->nchildren; i++)
		set_paths(node->children[i], path, npath);
	if (node->leaf != NULL)
	{
		node->leaf->npath = npath;
		node->leaf->path = palloc(sizeof(char *) * npath);
		memcpy(node->leaf->path, path, sizeof(char *) * npath);
	}
}

ParquetNode *
parquet_node(const char *name, Oid type, int32 typmod, List **leaves)
{
	const char *path[2 * MAX_LEVEL + 2];
	ParquetNode *node = make_node(utf8_name(name), type, typmod, 0, 0, leaves);

	set_paths(node, path, 0);
	return node;
}

/* ---- the schema ---- */

int
parquet_node_count(const ParquetNode *node)
{
	int			count = node->kind == WRITE_LIST ? 2 : 1;

	for (int i = 0; i < node->nchildren; i++)
		count += parquet_node_count(node->children[i]);
	return count;
}

static void
leaf_element(const ParquetNode *node, ParquetElement *element)
{
	element->type = node->leaf->type;
	element->length = node->leaf->width;
	element->meaning = node->meaning;
	element->unit = PARQUET_MICROS;
	element->utc = node->utc;
	element->precision = node->precision;
	element->scale = node->scale;
	element->bits = node->kind == WRITE_INT16 ? 16 : 32;
	element->is_signed = node->kind != WRITE_OID;
}

int
parquet_node_elements(const ParquetNode *node, ParquetElement *elements)
{
	int			count = 1;

	memset(elements, 0, sizeof(ParquetElement));
	elements[0].name = node->name;
	elements[0].repetition = PARQUET_OPTIONAL;
	elements[0].type = PARQUET_GROUP;
	elements[0].nchildren = node->nchildren;
	if (node->leaf != NULL)
		leaf_element(node, &elements[0]);
	else if (node->kind == WRITE_LIST)
	{
		elements[0].meaning = MEANING_LIST;
		elements[1] = elements[0];
		elements[1].name = "list";
		elements[1].repetition = PARQUET_REPEATED;
		elements[1].meaning = MEANING_NONE;
		count++;
	}
	for (int i = 0; i < node->nchildren; i++)
		count += parquet_node_elements(node->children[i], &elements[count]);
	return count;
}

/* ---- values ---- */

/* What is not there has an entry in every leaf below. */
static void
write_nothing(ParquetNode *node, uint8 rep, uint8 def)
{
	if (node->leaf != NULL)
		parquet_leaf_levels(node->leaf, rep, def);
	for (int i = 0; i < node->nchildren; i++)
		write_nothing(node->children[i], rep, def);
}

static void
write_list(ParquetNode *node, Datum value, uint8 rep, const ParquetRow *row)
{
	ArrayType  *array = DatumGetArrayTypeP(value);
	Datum	   *items;
	bool	   *nulls;
	int			count;

	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("column \"%s\" of row " INT64_FORMAT " is an array of %d dimensions, which a Parquet file has no type for",
						row->column, row->number, ARR_NDIM(array)),
				 errhint("Convert it with to_jsonb().")));
	deconstruct_array(array, ARR_ELEMTYPE(array), node->item_length, node->item_by_value,
					  node->item_align, &items, &nulls, &count);
	if (count == 0)
		write_nothing(node->children[0], rep, node->def);
	for (int i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		parquet_node_write(node->children[0], items[i], nulls[i], i == 0 ? rep : node->rep,
						   node->def + 1, row);
	}
}

static void
write_group(ParquetNode *node, Datum value, uint8 rep, const ParquetRow *row)
{
	HeapTupleHeader header = DatumGetHeapTupleHeader(value);
	HeapTupleData tuple;

	memset(&tuple, 0, sizeof(tuple));
	tuple.t_len = HeapTupleHeaderGetDatumLength(header);
	ItemPointerSetInvalid(&tuple.t_self);
	tuple.t_data = header;
	heap_deform_tuple(&tuple, node->desc, node->values, node->nulls);
	for (int i = 0; i < node->nchildren; i++)
	{
		int			attribute = node->attributes[i];

		parquet_node_write(node->children[i], node->values[attribute], node->nulls[attribute],
						   rep, node->def, row);
	}
}

void
parquet_node_write(ParquetNode *node, Datum value, bool isnull, uint8 rep, uint8 def,
				   const ParquetRow *row)
{
	if (isnull)
		write_nothing(node, rep, def);
	else if (node->leaf != NULL)
	{
		parquet_leaf_levels(node->leaf, rep, node->def);
		parquet_write_value(node, value, row);
	}
	else if (node->kind == WRITE_LIST)
		write_list(node, value, rep, row);
	else
		write_group(node, value, rep, row);
}
