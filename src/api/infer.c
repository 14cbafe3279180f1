/*-------------------------------------------------------------------------
 *
 * infer.c
 *		synthik_infer: what was learned of a table, as a document.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "access/relation.h"
#include "api/input.h"
#include "api/learning.h"
#include "schema/rules.h"
#include "utils/jsonb.h"
#include "utils/rel.h"

SYNTHIK_FUNCTION(synthik_infer)
{
	NullableDatum args[LEARNING_ARGUMENTS];
	LearnOptions options;
	Faults		faults = {.collect = false};
	SchemaInput input;
	Relation	rel;
	Schema	   *schema;

	for (int i = 0; i < LEARNING_ARGUMENTS; i++)
		args[i] = fcinfo->args[1 + i];
	learning_read(args, &options);
	input_read_regclass(fcinfo, "source", &input);
	rel = input_relation(&input);
	schema = schema_from_relation(rel, true);
	learning_apply(schema, rel, &options);
	rules_apply(schema, &faults);
	relation_close(rel, NoLock);
	PG_RETURN_JSONB_P(schema_to_document(schema));
}
