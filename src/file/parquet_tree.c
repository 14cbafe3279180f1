/*-------------------------------------------------------------------------
 *
 * parquet_tree.c
 *		The schema of a Parquet file: which types its columns have.
 *
 * Lists of plain values are arrays.  What is nested otherwise is jsonb.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "catalog/pg_type.h"
#include "file/parquet_tree.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"

#define MAX_LEVEL	200

typedef struct TreeBuild
{
	const ParquetFooter *footer;
	const ParquetPlace *place;
	int			next;			/* element */
	int			nleaves;
} TreeBuild;

/* ---- types of leaves ---- */

static void
set_type(ParquetTree *tree, ParquetReadKind read, Oid type)
{
	tree->read = read;
	tree->type = type;
	tree->typmod = -1;
}

/* What a physical type is where nothing else is said. */
static void
set_physical_type(ParquetTree *tree)
{
	switch (tree->element->type)
	{
		case PARQUET_BOOLEAN:
			set_type(tree, READ_BOOLEAN, BOOLOID);
			break;
		case PARQUET_INT32:
			set_type(tree, READ_INT32, INT4OID);
			break;
		case PARQUET_INT64:
			set_type(tree, READ_INT64, INT8OID);
			break;
		case PARQUET_INT96:
			set_type(tree, READ_INT96, TIMESTAMPOID);
			break;
		case PARQUET_FLOAT:
			set_type(tree, READ_FLOAT, FLOAT4OID);
			break;
		case PARQUET_DOUBLE:
			set_type(tree, READ_DOUBLE, FLOAT8OID);
			break;
		default:
			set_type(tree, READ_BYTES, BYTEAOID);
	}
}

static bool
set_integer_type(ParquetTree *tree)
{
	const ParquetElement *element = tree->element;

	if (element->type == PARQUET_INT64 && !element->is_signed && element->bits == 64)
		set_type(tree, READ_UINT64, NUMERICOID);
	else if (element->type != PARQUET_INT32)
		return element->type == PARQUET_INT64;
	else if (element->is_signed ? element->bits <= 16 : element->bits <= 8)
		set_type(tree, READ_INT16, INT2OID);
	else if (!element->is_signed && element->bits > 16)
		set_type(tree, READ_UINT32, INT8OID);
	return true;
}

static bool
set_decimal_type(ParquetTree *tree)
{
	const ParquetElement *element = tree->element;

	if (element->precision <= 0 || element->precision > NUMERIC_MAX_PRECISION ||
		element->scale < 0 || element->scale > element->precision)
		return false;
	if (element->type == PARQUET_INT32)
		set_type(tree, READ_DECIMAL_INT32, NUMERICOID);
	else if (element->type == PARQUET_INT64)
		set_type(tree, READ_DECIMAL_INT64, NUMERICOID);
	else if (element->type == PARQUET_BYTE_ARRAY || element->type == PARQUET_FIXED)
		set_type(tree, READ_DECIMAL_BYTES, NUMERICOID);
	else
		return false;
	tree->typmod = (element->precision << 16 | element->scale) + VARHDRSZ;
	return true;
}

/* Milliseconds are of four bytes in times, and the finer units of eight. */
static bool
set_time_type(ParquetTree *tree, ParquetReadKind read, Oid type)
{
	const ParquetElement *element = tree->element;
	bool		small = read == READ_TIME && element->unit == PARQUET_MILLIS;

	if (element->type != (small ? PARQUET_INT32 : PARQUET_INT64))
		return false;
	set_type(tree, read, type);
	tree->factor = element->unit == PARQUET_MILLIS ? 1000 : element->unit == PARQUET_MICROS ? 1 : -1000;
	return true;
}

static bool
set_bytes_type(ParquetTree *tree, ParquetReadKind read, Oid type)
{
	if (tree->element->type != PARQUET_BYTE_ARRAY && tree->element->type != PARQUET_FIXED)
		return false;
	set_type(tree, read, type);
	return true;
}

static bool
set_fixed_type(ParquetTree *tree, ParquetReadKind read, Oid type, int width)
{
	return tree->element->type == PARQUET_FIXED && tree->element->length == width &&
		set_bytes_type(tree, read, type);
}

/* False where the meaning does not go with the physical type. */
static bool
set_meant_type(ParquetTree *tree)
{
	switch (tree->element->meaning)
	{
		case MEANING_STRING:
		case MEANING_ENUM:
			return set_bytes_type(tree, READ_TEXT, TEXTOID);
		case MEANING_JSON:
			return set_bytes_type(tree, READ_JSON, JSONBOID);
		case MEANING_UUID:
			return set_fixed_type(tree, READ_UUID, UUIDOID, 16);
		case MEANING_INTERVAL:
			return set_fixed_type(tree, READ_INTERVAL, INTERVALOID, 12);
		case MEANING_FLOAT16:
			return set_fixed_type(tree, READ_HALF, FLOAT4OID, 2);
		case MEANING_DATE:
			if (tree->element->type != PARQUET_INT32)
				return false;
			set_type(tree, READ_DATE, DATEOID);
			return true;
		case MEANING_TIME:
			return set_time_type(tree, READ_TIME, TIMEOID);
		case MEANING_TIMESTAMP:
			return set_time_type(tree, READ_TIMESTAMP,
								 tree->element->utc ? TIMESTAMPTZOID : TIMESTAMPOID);
		case MEANING_DECIMAL:
			return set_decimal_type(tree);
		case MEANING_INTEGER:
			return set_integer_type(tree);
		case MEANING_NULL:
			set_type(tree, READ_NOTHING, TEXTOID);
			return true;
		default:
			return true;
	}
}

/* ---- the tree ---- */

static ParquetTree *build_tree(TreeBuild *build, int def, int rep, bool as_item);

static const ParquetElement *
next_element(TreeBuild *build)
{
	if (build->next >= build->footer->nelements)
		parquet_damaged(build->place, "the schema ends early");
	return &build->footer->elements[build->next++];
}

static void
check_level(TreeBuild *build, int level)
{
	check_stack_depth();
	if (level > MAX_LEVEL)
		parquet_unsupported(build->place, "the schema is nested too deeply");
}

static ParquetTree *
new_tree(TreeBuild *build, ParquetTreeKind kind, const ParquetElement *element)
{
	ParquetTree *tree = palloc0(sizeof(ParquetTree));

	tree->kind = kind;
	tree->element = element;
	if (!pg_verify_mbstr(PG_UTF8, element->name, strlen(element->name), true))
		parquet_damaged(build->place, "the name of a column is not valid UTF-8");
	tree->name = pg_any_to_server(element->name, strlen(element->name), PG_UTF8);
	tree->leaf = build->nleaves;
	tree->typmod = -1;
	return tree;
}

static void
add_children(TreeBuild *build, ParquetTree *tree, int count, int def, int rep)
{
	/* Every child has an element. */
	if (count > build->footer->nelements - build->next)
		parquet_damaged(build->place, "the schema ends early");
	tree->children = palloc(sizeof(ParquetTree *) * Max(count, 1));
	for (tree->nchildren = 0; tree->nchildren < count; tree->nchildren++)
		tree->children[tree->nchildren] = build_tree(build, def, rep, false);
	if (count == 0)
		parquet_damaged(build->place, "group \"%s\" is empty", tree->name);
}

/* An element without regard to whether it is repeated. */
static ParquetTree *
build_plain(TreeBuild *build, const ParquetElement *element, int def, int rep)
{
	ParquetTree *tree;

	if (element->type == PARQUET_GROUP)
	{
		tree = new_tree(build, TREE_GROUP, element);
		add_children(build, tree, element->nchildren, def, rep);
		tree->type = JSONBOID;
	}
	else
	{
		tree = new_tree(build, TREE_LEAF, element);
		set_physical_type(tree);
		if (!set_meant_type(tree))
			set_physical_type(tree);
		tree->max_rep = rep;
		build->nleaves++;
	}
	tree->def = def;
	return tree;
}

static Oid
list_type(const ParquetTree *item)
{
	Oid			type = item->kind == TREE_LEAF ? get_array_type(item->type) : InvalidOid;

	return OidIsValid(type) ? type : JSONBOID;
}

/*
 * Whether the repeated group of a list is the item itself, as writers had it
 * before the format said otherwise, or has it as its one child.
 */
static bool
is_item_itself(const ParquetElement *list, const ParquetElement *repeated)
{
	size_t		length = strlen(list->name);

	if (repeated->type != PARQUET_GROUP || repeated->nchildren != 1)
		return true;
	return strcmp(repeated->name, "array") == 0 ||
		(strncmp(repeated->name, list->name, length) == 0 &&
		 strcmp(repeated->name + length, "_tuple") == 0);
}

/* The group of a list or map, whose repeated child is the next element. */
static ParquetTree *
build_list(TreeBuild *build, const ParquetElement *list, int def, int rep)
{
	const ParquetElement *repeated = next_element(build);
	bool		is_map = list->meaning == MEANING_MAP && repeated->nchildren == 2;
	ParquetTree *tree = new_tree(build, is_map ? TREE_MAP : TREE_LIST, list);

	tree->def = def;
	tree->item_def = def + 1;
	tree->rep = rep + 1;
	tree->type = JSONBOID;
	check_level(build, def + 1);
	if (is_map)
		add_children(build, tree, 2, def + 1, rep + 1);
	else if (is_item_itself(list, repeated))
	{
		build->next--;
		tree->children = palloc(sizeof(ParquetTree *));
		tree->children[0] = build_tree(build, def + 1, rep + 1, true);
		tree->nchildren = 1;
	}
	else
		add_children(build, tree, 1, def + 1, rep + 1);
	if (!is_map)
		tree->type = list_type(tree->children[0]);
	return tree;
}

/* A repeated element that no list or map is around: a list of what must be there. */
static ParquetTree *
build_repeated(TreeBuild *build, int def, int rep)
{
	const ParquetElement *element = &build->footer->elements[build->next];
	ParquetTree *tree = new_tree(build, TREE_LIST, element);

	tree->def = def;
	tree->item_def = def + 1;
	tree->rep = rep + 1;
	tree->children = palloc(sizeof(ParquetTree *));
	tree->children[0] = build_tree(build, def + 1, rep + 1, true);
	tree->nchildren = 1;
	tree->type = list_type(tree->children[0]);
	return tree;
}

static bool
is_list(const TreeBuild *build, const ParquetElement *element)
{
	const ParquetElement *child = element + 1;

	return (element->meaning == MEANING_LIST || element->meaning == MEANING_MAP) &&
		element->type == PARQUET_GROUP && element->nchildren == 1 &&
		build->next + 1 < build->footer->nelements &&
		child->repetition == PARQUET_REPEATED;
}

/* as_item: that the element is repeated has been seen to. */
static ParquetTree *
build_tree(TreeBuild *build, int def, int rep, bool as_item)
{
	const ParquetElement *element = next_element(build);

	check_level(build, def + 1);
	if (element->repetition == PARQUET_REPEATED && !as_item)
	{
		build->next--;
		return build_repeated(build, def, rep);
	}
	if (element->repetition == PARQUET_OPTIONAL)
		def++;
	build->next--;
	if (is_list(build, element))
	{
		build->next++;
		return build_list(build, element, def, rep);
	}
	build->next++;
	return build_plain(build, element, def, rep);
}

ParquetTree *
parquet_tree(const ParquetFooter *footer, const ParquetPlace *place, int *nleaves)
{
	TreeBuild	build = {.footer = footer,.place = place,.next = 0};
	const ParquetElement *root = next_element(&build);
	ParquetTree *tree = new_tree(&build, TREE_GROUP, root);

	if (root->nchildren > 0)
		add_children(&build, tree, root->nchildren, 0, 0);
	if (build.next != footer->nelements)
		parquet_damaged(place, "the schema has elements beyond its end");
	*nleaves = build.nleaves;
	return tree;
}
