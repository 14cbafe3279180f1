/*-------------------------------------------------------------------------
 *
 * document_condition.c
 *		The condition of a call: a value, or keywords, for some of the fields of
 *		a schema that is complete otherwise.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "schema/document.h"
#include "utils/builtins.h"

/* Cases are read later, and the condition counts for them as well. */
static void
note_condition(Field *field, JsonbValue *value)
{
	ValueList  *list = &field->unconditioned;

	if (jsonb_is_object(value) && field->case_words != NULL &&
		jsonb_member_of(value->val.binary.data, "cases") == NULL)
		field->conditions = lappend(field->conditions, JsonbValueToJsonb(value));
	if (list->count > 0 || field->enumeration.count == 0)
		return;
	*list = field->enumeration;
	list->values = palloc(sizeof(Datum) * list->count);
	memcpy(list->values, field->enumeration.values, sizeof(Datum) * list->count);
	list->nulls = palloc(sizeof(bool) * list->count);
	memcpy(list->nulls, field->enumeration.nulls, sizeof(bool) * list->count);
	list->weights = NULL;
}

static void
apply_condition(Document *document, const char *name, JsonbValue *value)
{
	Schema	   *schema = document->schema;
	char	   *path = psprintf("condition.%s", name);
	int			index = document_find_field(document, path, name);
	Field	   *field;

	if (index < 0)
		return;
	field = schema->fields[index];
	note_condition(field, value);
	if (jsonb_is_object(value))
		field_read(document, field, value->val.binary.data, path, false, true);
	else if (jsonb_is_array(value) && field->items == NULL &&
			 value_kind(field->base_type) != VALUE_JSON)
		fault_add(document->faults, ERRCODE_INVALID_PARAMETER_VALUE, path,
				  "Write {\"enum\": [...]} for one of several values.",
				  "field \"%s\": a value of type %s is not an array", name,
				  format_type_be(field->type));
	else
		field_fix_value(document, field, value, "condition");
}

void
schema_apply_condition(Schema *schema, Jsonb *condition, Faults *faults)
{
	Document	document = {0};
	int			level;
	JsonbMembers members;

	document.schema = schema;
	document.faults = faults;
	document.prefix = "";
	document.narrows = true;
	if (!JB_ROOT_IS_OBJECT(condition))
	{
		fault_add(faults, ERRCODE_INVALID_PARAMETER_VALUE, "condition",
				  "Write it as {\"status\": \"paid\"}, or {\"age\": {\"minimum\": 65}}.",
				  "a condition must be a JSON object");
		return;
	}

	level = settings_fix();
	jsonb_members_begin(&members, &condition->root);
	while (jsonb_members_next(&members))
		apply_condition(&document, members.key, members.value);
	settings_restore(level);
}
