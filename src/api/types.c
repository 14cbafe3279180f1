/*-------------------------------------------------------------------------
 *
 * types.c
 *		synthik_type_list: what the view synthik_types shows.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "api/value.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "guc.h"
#include "miscadmin.h"
#include "schema/semantic.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#define EXAMPLE_SEED	1

/* JSON Schema's own types, which are not in the data files. */
static const SemanticType json_types[] = {
	{.name = "string",.type_name = "text",
	.description = "text; the field's name, format or pattern say which"},
	{.name = "integer",.type_name = "integer",
	.description = "a whole number; bigint where the bounds ask for it"},
	{.name = "number",.type_name = "numeric",
	.description = "a number with digits behind the point"},
	{.name = "boolean",.type_name = "boolean",
	.description = "true or false"},
	{.name = "object",.type_name = "jsonb",
	.description = "a JSON object of the members that its own fields or properties list"},
	{.name = "array",.type_name = "text[]",
	.description = "an array of what items says; jsonb where that is an object"},
};

/* "a,b" as {a,b} */
static Datum
alias_array(const char *aliases)
{
	ArrayBuildState *state = initArrayResult(TEXTOID, CurrentMemoryContext, false);

	while (*aliases)
	{
		size_t		length = strcspn(aliases, ",");

		if (length > 0)
			accumArrayResult(state,
							 PointerGetDatum(cstring_to_text_with_len(aliases, length)),
							 false, TEXTOID, CurrentMemoryContext);
		aliases += length + (aliases[length] == ',');
	}
	return makeArrayResult(state, CurrentMemoryContext);
}

static void
put_type(ReturnSetInfo *result, const SemanticType *type, const char *group)
{
	Datum		values[6];
	bool		nulls[6] = {false};
	text	   *example;

	CHECK_FOR_INTERRUPTS();
	example = value_maker_draw(value_maker_open(type->name, guc_locale()), EXAMPLE_SEED, 0);
	values[0] = CStringGetTextDatum(type->name);
	values[1] = alias_array(type->aliases ? type->aliases : "");
	values[2] = CStringGetTextDatum(group);
	values[3] = CStringGetTextDatum(type->type_name);
	values[4] = CStringGetTextDatum(type->description);
	values[5] = PointerGetDatum(example);
	nulls[5] = example == NULL;
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

SYNTHIK_FUNCTION(synthik_type_list)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext memory;
	MemoryContext old;

	InitMaterializedSRF(fcinfo, 0);
	memory = AllocSetContextCreate(CurrentMemoryContext, "synthik types",
								   ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(memory);
	for (int i = 0; i < semantic_count(); i++)
	{
		put_type(result, semantic_at(i), semantic_at(i)->group);
		MemoryContextReset(memory);
	}
	for (int i = 0; i < lengthof(json_types); i++)
		put_type(result, &json_types[i], "json schema");
	MemoryContextSwitchTo(old);
	MemoryContextDelete(memory);
	return (Datum) 0;
}
