/*-------------------------------------------------------------------------
 *
 * document_drop.c
 *		A document without some of its fields.
 *
 * With a field goes what speaks of it: keys that it is part of, checks that
 * read it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "nodes/bitmapset.h"
#include "schema/document.h"
#include "schema/expression.h"
#include "util/jsonb_edit.h"

/* ---- lists ---- */

/* Whether an element of a list speaks of the field: a name, or names. */
static bool
names_field(JsonbValue *element, const char *name)
{
	if (jsonb_is_string(element, name))
		return true;
	for (uint32 i = 0; jsonb_is_array(element) && i < jsonb_count(element); i++)
		if (jsonb_is_string(jsonb_element(element, i), name))
			return true;
	return false;
}

/* Takes away what of a list speaks of the field, and a list with nothing left. */
static Jsonb *
drop_from_list(Jsonb *document, const char *keyword, const char *name)
{
	JsonbValue *list = jsonb_member(document, keyword);

	if (!jsonb_is_array(list))
		return document;
	for (int i = jsonb_count(list) - 1; i >= 0; i--)
		if (names_field(jsonb_element(list, i), name))
			document = jsonb_without_path(document, keyword, psprintf("%d", i));
	list = jsonb_member(document, keyword);
	return jsonb_count(list) > 0 ? document :
		jsonb_without_path(document, keyword, NULL);
}

int
document_field_place(Jsonb *document, const char *name)
{
	JsonbValue *fields = jsonb_member(document, "fields");

	for (uint32 i = 0; jsonb_is_array(fields) && i < jsonb_count(fields); i++)
	{
		JsonbValue *part = jsonb_element(fields, i);

		if (jsonb_is_object(part) &&
			jsonb_is_string(jsonb_member_of(part->val.binary.data, "name"), name))
			return i;
	}
	return -1;
}

/* ---- checks ---- */

/* Of the row, or of the row before. */
static bool
check_reads(const Schema *schema, const Check *check, int field)
{
	return bms_is_member(field, check->fields) ||
		(check->expr != NULL &&
		 bms_is_member(field, expression_reads_previous(schema, check->expr)));
}

/* Checks that read the field, by their texts. */
static Jsonb *
drop_checks(Jsonb *document, const Schema *schema, int field, bool tell)
{
	ListCell   *cell;

	foreach(cell, schema->checks)
	{
		const Check *check = lfirst(cell);

		if (check->own || check->text == NULL || !check_reads(schema, check, field))
			continue;
		document = drop_from_list(document, "checks", check->text);
		if (tell)
			ereport(NOTICE,
					(errmsg("check \"%s\" is dropped, too", check->text)));
	}
	return document;
}

/* ---- a field ---- */

Jsonb *
document_without_field(Jsonb *document, const Schema *schema, const char *name, bool tell)
{
	int			place;

	document = drop_checks(document, schema, schema_drawn_index(schema, name), tell);
	document = drop_from_list(document, "required", name);
	document = drop_from_list(document, "unique", name);
	document = drop_from_list(document, "primary_key", name);
	place = document_field_place(document, name);
	return place >= 0 ? jsonb_without_path(document, "fields", psprintf("%d", place)) :
		jsonb_without_path(document, "properties", name);
}

/* ---- "drop", beside "extends" ---- */

/* The name that one element gives, or NULL after a fault. */
static char *
read_name(Document *document, const Schema *schema, JsonbValue *element, uint32 i)
{
	char	   *path = psprintf("drop[%u]", i);
	char	   *name;

	if (element->type != jbvString)
	{
		document_fault(document, ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					   "a field to drop must be a name, not a JSON %s",
					   JsonbTypeName(element));
		return NULL;
	}
	name = jsonb_text(element);
	if (schema_drawn_index(schema, name) >= 0)
		return name;
	document_fault(document, ERRCODE_UNDEFINED_COLUMN, path, schema_field_hint(schema, name),
				   "there is no field \"%s\" to drop", name);
	return NULL;
}

Jsonb *
document_drop(Document *document, Schema *extended, JsonbValue *names)
{
	Jsonb	   *json = schema_to_document(extended);
	Faults		unused = {.collect = true};

	if (!jsonb_is_array(names))
	{
		document_fault(document, ERRCODE_INVALID_PARAMETER_VALUE, "drop",
					   "Write it as [\"a\", \"b\"].",
					   "\"drop\" must be an array of names, not a JSON %s",
					   JsonbTypeName(names));
		return json;
	}
	/* what its checks read; what is wrong with it shows when it is complete */
	schema_prepare(extended, &unused);
	for (uint32 i = 0; i < jsonb_count(names); i++)
	{
		char	   *name = read_name(document, extended, jsonb_element(names, i), i);

		if (name != NULL)
			json = document_without_field(json, extended, name, false);
	}
	return json;
}
