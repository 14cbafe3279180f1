/*-------------------------------------------------------------------------
 *
 * saved.c
 *		synthik_save, synthik_schema, synthik_delete: schema documents by name.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "schema/schema.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/snapmgr.h"

#define MAX_NAME	255			/* bytes, as the table has it */

static char *
name_argument(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("name must not be null")));
	return text_to_cstring(PG_GETARG_TEXT_PP(0));
}

/* A name that nothing else is taken for. */
static void
check_name(const char *name)
{
	if (name[0] == '\0' || name[strspn(name, " \t\n\v\f\r")] == '{' ||
		strspn(name, " \t\n\v\f\r") > 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("a schema cannot be called \"%.100s\"", name),
				 errhint("A name is not empty, and does not begin with a space or \"{\".")));
	if (strlen(name) > MAX_NAME)
		ereport(ERROR,
				(errcode(ERRCODE_NAME_TOO_LONG),
				 errmsg("the name has %zu bytes, at most %d are possible", strlen(name),
						MAX_NAME)));
	if (schema_template(name) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("\"%s\" is the name of a template", name),
				 errhint("Choose another name; the document may extend the template.")));
}

/*
 * What extends others must not come round to itself, which shows when it is
 * read by its name.
 */
static void
check_extends(const char *name, Jsonb *document)
{
	StringInfoData text;

	if (!JB_ROOT_IS_OBJECT(document) ||
		getKeyJsonValueFromContainer(&document->root, "extends", strlen("extends"), NULL) == NULL)
		return;
	initStringInfo(&text);
	appendStringInfoString(&text, "{\"extends\": ");
	escape_json(&text, name);
	appendStringInfoChar(&text, '}');

	/* with what this statement has stored */
	PushCopiedSnapshot(GetTransactionSnapshot());
	UpdateActiveSnapshotCommandId();
	schema_check_document(schema_document_from_text(text.data));
	PopActiveSnapshot();
}

SYNTHIK_FUNCTION(synthik_save)
{
	char	   *name = name_argument(fcinfo);
	int			expected = PG_ARGISNULL(2) ? -1 : PG_GETARG_INT32(2);
	Jsonb	   *document;
	int			version;

	PreventCommandIfReadOnly("synthik_save()");
	if (PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("schema must not be null")));
	if (!PG_ARGISNULL(2) && expected < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("expected_version must not be negative, but is %d", expected)));
	document = PG_GETARG_JSONB_P(1);
	check_name(name);
	schema_check_document(document);
	version = saved_store(name, document, expected);
	check_extends(name, document);
	PG_RETURN_INT32(version);
}

SYNTHIK_FUNCTION(synthik_schema)
{
	PG_RETURN_JSONB_P(schema_document_from_text(name_argument(fcinfo)));
}

SYNTHIK_FUNCTION(synthik_delete)
{
	PreventCommandIfReadOnly("synthik_delete()");
	saved_remove(name_argument(fcinfo));
	PG_RETURN_VOID();
}
