/*-------------------------------------------------------------------------
 *
 * document_members.c
 *		The fields of a document, or of a JSON object in it: "fields" as an array,
 *		"properties" as an object.
 *
 * One that the schema has not yet is put behind those that it has; what it says
 * is read by document_field.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "schema/document.h"

/* The index of a field by name, or -1 after a fault. */
int
document_find_field(Document *document, const char *path, const char *name)
{
	int			index = schema_field_index(document->schema, name);

	if (index < 0)
		fault_add(document->faults, ERRCODE_UNDEFINED_COLUMN, path,
				  schema_field_hint(document->schema, name),
				  "field \"%s\" does not exist", name);
	return index;
}

static bool
name_is_good(Document *document, const char *name, const char *path)
{
	const char *problem = NULL;
	int			code = ERRCODE_INVALID_NAME;

	if (name[0] == '\0')
		problem = "a field has an empty name";
	else if (!document->nested && strlen(name) >= NAMEDATALEN)
	{
		problem = psprintf("field name \"%s\" has %zu bytes, at most %d are possible",
						   name, strlen(name), NAMEDATALEN - 1);
		code = ERRCODE_NAME_TOO_LONG;
	}
	if (problem == NULL)
		return true;
	fault_add(document->faults, code, path, NULL, "%s", problem);
	return false;
}

/* A new field at the end of the schema, or NULL after a fault. */
static Field *
append_field(Document *document, const char *name, bool hidden, const char *path)
{
	Schema	   *schema = document->schema;

	if (!hidden && OidIsValid(schema->relid))
	{
		fault_add(document->faults, ERRCODE_UNDEFINED_COLUMN, path,
				  schema_field_hint(schema, name),
				  "field \"%s\" is not a column of the table", name);
		return NULL;
	}
	if (schema_width(schema) >= SCHEMA_MAX_FIELDS)
	{
		fault_add(document->faults, ERRCODE_TOO_MANY_COLUMNS, path, NULL,
				  "field \"%s\" is one too many, at most %d are possible", name,
				  SCHEMA_MAX_FIELDS);
		return NULL;
	}
	if (hidden)
	{
		schema_add_hidden(schema, field_make(name));
		return schema->fields[schema_width(schema) - 1];
	}
	schema_add_field(schema, field_make(name));
	return schema->fields[schema->nfields - 1];
}

/* Is a field that is new to be no part of the rows? */
static bool
is_hidden(const Document *document, JsonbContainer *object)
{
	JsonbValue *hidden = document->nested ? NULL : jsonb_member_of(object, "hidden");

	return hidden != NULL && hidden->type == jbvBool && hidden->val.boolean;
}

/* One field; seen are those that this document has spoken of. */
static void
read_field(Document *document, const char *name, JsonbValue *value, const char *path,
		   List **seen)
{
	Schema	   *schema = document->schema;
	Field	   *field;
	int			index;
	bool		is_new;

	if (!name_is_good(document, name, path))
		return;
	if (!jsonb_is_object(value))
	{
		fault_add(document->faults, ERRCODE_INVALID_PARAMETER_VALUE, path,
				  "Write it as {\"name\": \"id\", \"type\": \"integer\"}.",
				  "a field must be an object, not a JSON %s", JsonbTypeName(value));
		return;
	}
	index = schema_drawn_index(schema, name);
	is_new = index < 0;
	field = is_new ? NULL : schema->fields[index];
	if (!is_new && list_member_ptr(*seen, field))
	{
		fault_add(document->faults, ERRCODE_DUPLICATE_COLUMN, path, NULL,
				  "field \"%s\" is given twice", name);
		return;
	}
	if (is_new)
		field = append_field(document, name, is_hidden(document, value->val.binary.data), path);
	if (field == NULL)
		return;
	*seen = lappend(*seen, field);
	field_read(document, field, value->val.binary.data, path, is_new,
			   !is_new && !field->hidden && OidIsValid(schema->relid));
}

/* "fields": an array of objects that have a name */
void
document_read_fields(Document *document, JsonbValue *fields, const char *path)
{
	List	   *seen = NIL;

	if (!jsonb_is_array(fields))
	{
		fault_add(document->faults, ERRCODE_INVALID_PARAMETER_VALUE, path,
				  jsonb_is_object(fields) ? "Perhaps you meant \"properties\"." : NULL,
				  "\"fields\" must be an array, not a JSON %s", JsonbTypeName(fields));
		return;
	}
	for (uint32 i = 0; i < jsonb_count(fields); i++)
	{
		JsonbValue *value = jsonb_element(fields, i);
		char	   *place = psprintf("%s[%u]", path, i);
		JsonbValue *name = NULL;

		if (jsonb_is_object(value))
			name = jsonb_member_of(value->val.binary.data, "name");
		if (jsonb_is_object(value) && (name == NULL || name->type != jbvString))
			fault_add(document->faults, ERRCODE_INVALID_PARAMETER_VALUE, place, NULL,
					  "field number %u has no name", i + 1);
		else
			read_field(document, name != NULL ? jsonb_text(name) : "?", value, place, &seen);
	}
}

/* "properties": an object of objects, in the order that jsonb keeps them */
void
document_read_properties(Document *document, JsonbValue *properties, const char *path)
{
	List	   *seen = NIL;
	JsonbMembers members;

	if (!jsonb_is_object(properties))
	{
		fault_add(document->faults, ERRCODE_INVALID_PARAMETER_VALUE, path,
				  jsonb_is_array(properties) ? "Perhaps you meant \"fields\"." : NULL,
				  "\"properties\" must be an object, not a JSON %s",
				  JsonbTypeName(properties));
		return;
	}
	jsonb_members_begin(&members, properties->val.binary.data);
	while (jsonb_members_next(&members))
		read_field(document, members.key, members.value,
				   psprintf("%s.%s", path, members.key), &seen);
}
