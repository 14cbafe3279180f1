/*-------------------------------------------------------------------------
 *
 * validate.c
 *		synthik_validate: every fault of a schema document.
 *
 * Reading and preparing a document collect their faults.  What is left is
 * what the compiler of the local source refuses; it stops at its first
 * error, so it is asked field by field.  At last a row is made, which finds
 * checks that nothing satisfies.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "api/input.h"
#include "executor/executor.h"
#include "funcapi.h"
#include "local/local.h"
#include "miscadmin.h"
#include "schema/expression.h"
#include "util/guard.h"
#include "util/locale.h"
#include "utils/builtins.h"

#define TRIAL_SEED	1

/* One call that may throw. */
typedef struct Trial
{
	Jsonb	   *document;
	Schema	   *schema;
	Faults	   *faults;
	int			field;
} Trial;

/* ---- what may throw ---- */

static void
try_read(void *argument)
{
	Trial	   *trial = argument;

	trial->schema = schema_from_document(trial->document, NULL, trial->faults);
}

static void
try_prepare(void *argument)
{
	Trial	   *trial = argument;

	schema_prepare(trial->schema, trial->faults);
}

static void
try_locale(void *argument)
{
	(void) locale_load(input_locale(((Trial *) argument)->schema));
}

static void
try_field(void *argument)
{
	Trial	   *trial = argument;

	pfree(local_describe_field(trial->schema, input_locale(trial->schema), trial->field));
}

/*
 * The plan as a whole, and a row of it.  Where there are references it is the
 * plan alone: whether the parents have rows is no matter of the document.
 */
static void
try_row(void *argument)
{
	const Schema *schema = ((Trial *) argument)->schema;
	RowRequest	request = {.rows = 1,.first_row = 1,.seed = TRIAL_SEED,
	.locale = input_locale(schema)};

	if (schema->references != NIL)
	{
		RowSource  *source = local_source_methods.open(schema, &request,
													   local_empty_pools(schema));

		local_source_methods.close(source);
	}
	else
	{
		RowStream  *stream = row_stream_open(schema, &local_source_methods, &request);
		TupleTableSlot *slot = MakeSingleTupleTableSlot(schema->tupdesc, &TTSOpsVirtual);

		(void) row_stream_next(stream, slot);
		ExecDropSingleTupleTableSlot(slot);
		row_stream_close(stream);
	}
}

/* What PostgreSQL finds in a row does not say itself which check it evaluated. */
static const char *
blamed(const ErrorData *error)
{
	const char *context = error->context;

	if (context == NULL || (strncmp(context, "check ", 6) != 0 &&
							strncmp(context, "expression of ", 14) != 0))
		return "";
	return psprintf("%.*s: ", (int) strcspn(context, "\n"), context);
}

static bool
attempt(void (*call) (void *), Trial *trial, const char *path)
{
	ErrorData  *error;

	if (guard_call(call, trial, &error))
		return true;
	fault_add(trial->faults, error->sqlerrcode, path, error->hint, "%s%s",
			  blamed(error), error->message);
	return false;
}

/* ---- where a field stands ---- */

static bool
names_field(JsonbContainer *object, const char *name)
{
	JsonbValue	buffer;
	JsonbValue *value = getKeyJsonValueFromContainer(object, "name", 4, &buffer);

	return value != NULL && value->type == jbvString &&
		value->val.string.len == strlen(name) &&
		memcmp(value->val.string.val, name, value->val.string.len) == 0;
}

/* "fields[3]", "properties.name", or "" for what a template has brought. */
static char *
path_of(Jsonb *document, const char *name)
{
	JsonbContainer *root = &document->root;
	JsonbValue	buffer;
	JsonbValue *list;

	list = getKeyJsonValueFromContainer(root, "fields", 6, &buffer);
	if (list != NULL && list->type == jbvBinary && JsonContainerIsArray(list->val.binary.data))
		for (uint32 i = 0; i < JsonContainerSize(list->val.binary.data); i++)
		{
			JsonbValue *item = getIthJsonbValueFromContainer(list->val.binary.data, i);

			if (item->type == jbvBinary && JsonContainerIsObject(item->val.binary.data) &&
				names_field(item->val.binary.data, name))
				return psprintf("fields[%u]", i);
		}
	list = getKeyJsonValueFromContainer(root, "properties", 10, &buffer);
	if (list != NULL && list->type == jbvBinary && JsonContainerIsObject(list->val.binary.data) &&
		getKeyJsonValueFromContainer(list->val.binary.data, name, strlen(name), &buffer) != NULL)
		return psprintf("properties.%s", name);
	return "";
}

/* Preparing counts the schema's fields, not those of the document. */
static void
locate_fault(const Trial *trial, Fault *fault)
{
	int			index;
	int			length = 0;
	char	   *path;

	if (sscanf(fault->path, "fields[%d]%n", &index, &length) != 1 || length == 0 ||
		index < 0 || index >= trial->schema->nfields)
		return;
	path = path_of(trial->document, trial->schema->fields[index]->name);
	if (path[0] != '\0')
		fault->path = psprintf("%s%s", path, fault->path + length);
}

/* ---- all of them ---- */

static void
prepare(Trial *trial)
{
	Faults	   *all = trial->faults;
	Faults		own = {.collect = true};
	ListCell   *lc;

	trial->faults = &own;
	attempt(try_prepare, trial, "");
	foreach(lc, own.list)
		locate_fault(trial, lfirst(lc));
	all->list = list_concat(all->list, own.list);
	trial->faults = all;
}

static void
collect_faults(Jsonb *document, Faults *faults)
{
	Trial		trial = {.document = document,.faults = faults};

	if (!attempt(try_read, &trial, "") || trial.schema == NULL)
		return;
	prepare(&trial);
	if (faults->list != NIL)
		return;
	if (!attempt(try_locale, &trial, "locale"))
		return;
	for (int i = 0; i < trial.schema->nfields; i++)
	{
		const Field *field = trial.schema->fields[i];

		CHECK_FOR_INTERRUPTS();
		trial.field = i;
		if (field->origin == FIELD_MADE)
			attempt(try_field, &trial, path_of(document, field->name));
	}
	if (faults->list == NIL)
		attempt(try_row, &trial, "");
}

static Datum
validate(FunctionCallInfo fcinfo, Jsonb *document)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Faults		faults = {.collect = true};
	ListCell   *lc;

	collect_faults(document, &faults);
	InitMaterializedSRF(fcinfo, 0);
	foreach(lc, faults.list)
	{
		const Fault *fault = lfirst(lc);
		Datum		values[3] = {0};
		bool		nulls[3] = {false, false, fault->hint == NULL};

		values[0] = CStringGetTextDatum(fault->path);
		values[1] = CStringGetTextDatum(fault->problem);
		if (fault->hint != NULL)
			values[2] = CStringGetTextDatum(fault->hint);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}

SYNTHIK_FUNCTION(synthik_validate)
{
	SchemaInput input;

	input_read(fcinfo, false, &input);
	return validate(fcinfo, input.document);
}
