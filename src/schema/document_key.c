/*-------------------------------------------------------------------------
 *
 * document_key.c
 *		What a document says of its fields by their names: "required", "unique"
 *		and "primary_key".
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "schema/document.h"
#include "utils/builtins.h"
#include "utils/typcache.h"

/* ---- lists of names ---- */

/* Indexes of the fields that an array names, or NIL after a fault. */
static List *
read_names(Document *document, JsonbValue *value, const char *path)
{
	List	   *indexes = NIL;

	if (!jsonb_is_array(value) || jsonb_count(value) == 0)
	{
		fault_add(document->faults, ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
				  "an array of field names is needed here");
		return NIL;
	}
	for (uint32 i = 0; i < jsonb_count(value); i++)
	{
		JsonbValue *name = jsonb_element(value, i);
		int			index;

		if (name->type != jbvString)
		{
			fault_add(document->faults, ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					  "a field name must be a string, not a JSON %s", JsonbTypeName(name));
			return NIL;
		}
		index = document_find_field(document, path, jsonb_text(name));
		if (index < 0)
			return NIL;
		if (list_member_int(indexes, index))
		{
			fault_add(document->faults, ERRCODE_DUPLICATE_COLUMN, path, NULL,
					  "field \"%s\" is named twice", document->schema->fields[index]->name);
			return NIL;
		}
		indexes = lappend_int(indexes, index);
	}
	return indexes;
}

/* Makes a field required, or faults. */
static void
require_field(Document *document, Field *field, const char *path)
{
	FieldKeyword keyword;
	const char *problem = field_null_problem(field, &keyword);

	if (problem != NULL)
		fault_add(document->faults, ERRCODE_NOT_NULL_VIOLATION, path, NULL,
				  "field \"%s\": %s", field->name, problem);
	else
		field->required = true;
}

/*
 * "required".  JSON Schema only asks for the member to be there: a null is as
 * good as a value if the type says so.
 */
void
document_read_required(Document *document, JsonbValue *names, const char *path)
{
	ListCell   *cell;
	List	   *indexes;

	if (jsonb_is_array(names) && jsonb_count(names) == 0)
		return;
	indexes = read_names(document, names, path);
	foreach(cell, indexes)
	{
		Field	   *field = document->schema->fields[lfirst_int(cell)];

		if (!field->nullable)
			require_field(document, field, path);
	}
}

/* ---- unique, primary_key ---- */

static bool
fields_comparable(Document *document, List *indexes, const char *path)
{
	ListCell   *cell;

	foreach(cell, indexes)
	{
		Field	   *field = document->schema->fields[lfirst_int(cell)];

		if (field->expression != NULL && !OidIsValid(document->schema->relid))
		{
			fault_add(document->faults, ERRCODE_FEATURE_NOT_SUPPORTED, path,
					  UNIQUE_EXPRESSION_HINT,
					  "field \"%s\": values of an expression cannot be kept unique",
					  field->name);
			return false;
		}
		if (field->object == NULL &&
			OidIsValid(lookup_type_cache(field->type, TYPECACHE_EQ_OPR)->eq_opr))
			continue;
		fault_add(document->faults, ERRCODE_UNDEFINED_FUNCTION, path, NULL,
				  "field \"%s\": values of type %s cannot be unique", field->name,
				  field->object != NULL ? "object" : format_type_be(field->type));
		return false;
	}
	return true;
}

/* Is there a set of the same fields, in whatever order? */
static bool
unique_exists(const Schema *schema, List *indexes, bool primary)
{
	ListCell   *cell;

	foreach(cell, schema->uniques)
	{
		UniqueSet  *set = lfirst(cell);
		int			common = 0;

		for (int i = 0; i < set->nfields; i++)
			common += list_member_int(indexes, set->fields[i]);
		if (set->nfields == list_length(indexes) && common == set->nfields)
		{
			set->primary |= primary;
			return true;
		}
	}
	return false;
}

static void
add_unique(Document *document, List *indexes, bool primary, const char *path)
{
	Schema	   *schema = document->schema;
	UniqueSet  *set;

	if (indexes == NIL || !fields_comparable(document, indexes, path))
		return;
	if (list_length(indexes) == 1)
	{
		schema->fields[linitial_int(indexes)]->unique = true;
		return;
	}
	if (unique_exists(schema, indexes, primary))
		return;
	set = palloc0(sizeof(UniqueSet));
	set->nfields = list_length(indexes);
	set->fields = palloc(sizeof(int) * set->nfields);
	set->primary = primary;
	for (int i = 0; i < set->nfields; i++)
		set->fields[i] = list_nth_int(indexes, i);
	schema->uniques = lappend(schema->uniques, set);
}

/* An array of names, and of arrays of names that are unique together. */
void
document_read_uniques(Document *document, JsonbValue *value)
{
	if (!jsonb_is_array(value))
	{
		document_fault(document, ERRCODE_INVALID_PARAMETER_VALUE, "unique",
					   "Write it as [[\"a\", \"b\"]] for fields that are unique together.",
					   "\"unique\" must be an array, not a JSON %s",
					   JsonbTypeName(value));
		return;
	}
	for (uint32 i = 0; i < jsonb_count(value); i++)
	{
		JsonbValue *item = jsonb_element(value, i);
		char	   *path = document_path(document, psprintf("unique[%u]", i));
		List	   *indexes = NIL;

		if (item->type == jbvString)
		{
			int			index = document_find_field(document, path, jsonb_text(item));

			if (index >= 0)
				indexes = list_make1_int(index);
		}
		else
			indexes = read_names(document, item, path);
		add_unique(document, indexes, false, path);
	}
}

/* What was the primary key before stays unique no longer. */
static void
forget_primary_key(Schema *schema)
{
	ListCell   *cell;

	if (list_length(schema->primary_key) == 1)
		schema->fields[linitial_int(schema->primary_key)]->unique = false;
	foreach(cell, schema->uniques)
	{
		if (((UniqueSet *) lfirst(cell))->primary)
			schema->uniques = foreach_delete_current(schema->uniques, cell);
	}
	schema->primary_key = NIL;
}

void
document_read_primary_key(Document *document, JsonbValue *value)
{
	Schema	   *schema = document->schema;
	char	   *path = document_path(document, "primary_key");
	List	   *indexes = read_names(document, value, path);
	ListCell   *cell;

	if (indexes == NIL || equal(indexes, schema->primary_key))
		return;
	if (OidIsValid(schema->relid))
	{
		fault_add(document->faults, ERRCODE_INVALID_TABLE_DEFINITION, path, NULL,
				  "the primary key differs from that of the table");
		return;
	}
	forget_primary_key(schema);
	foreach(cell, indexes)
		require_field(document, schema->fields[lfirst_int(cell)], path);
	add_unique(document, indexes, true, path);
	schema->primary_key = indexes;
}

/* A field that got another type may be part of what a base has unique. */
void
document_check_uniques(Document *document)
{
	Schema	   *schema = document->schema;
	char	   *path = document_path(document, "unique");
	ListCell   *cell;

	if (OidIsValid(schema->relid))
		return;
	for (int i = 0; i < schema->nfields; i++)
	{
		if (schema->fields[i]->unique)
			(void) fields_comparable(document, list_make1_int(i), path);
	}
	foreach(cell, schema->uniques)
	{
		UniqueSet  *set = lfirst(cell);

		for (int i = 0; i < set->nfields; i++)
			(void) fields_comparable(document, list_make1_int(set->fields[i]), path);
	}
}
