/*-------------------------------------------------------------------------
 *
 * input.c
 *		What the functions that only look at a schema are given.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "access/relation.h"
#include "api/input.h"
#include "catalog/namespace.h"
#include "fit/learn.h"
#include "guc.h"
#include "nodes/makefuncs.h"
#include "schema/expression.h"
#include "schema/rules.h"
#include "util/guard.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/varlena.h"

static Datum
required_argument(FunctionCallInfo fcinfo, const char *name)
{
	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", name)));
	return PG_GETARG_DATUM(0);
}

void
input_read_jsonb(FunctionCallInfo fcinfo, SchemaInput *input)
{
	input->document = DatumGetJsonbPCopy(required_argument(fcinfo, "schema"));
	input->relid = InvalidOid;
	input->learn = false;
}

void
input_read_regclass(FunctionCallInfo fcinfo, const char *name, SchemaInput *input)
{
	input->document = NULL;
	input->learn = false;
	input->relid = DatumGetObjectId(required_argument(fcinfo, name));
	if (get_rel_name(input->relid) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", input->relid)));
}

/* ---- text ---- */

typedef struct RelationSearch
{
	const char *name;
	Oid			relid;
} RelationSearch;

static void
search_relation(void *argument)
{
	RelationSearch *search = argument;
	List	   *names = textToQualifiedNameList(cstring_to_text(search->name));

	search->relid = RangeVarGetRelid(makeRangeVarFromNameList(names), NoLock, true);
}

/* The table of that name; anything that is no name of a table is not there. */
static Oid
find_relation(const char *name)
{
	RelationSearch search = {.name = name};

	return guard_call(search_relation, &search, NULL) ? search.relid : InvalidOid;
}

void
input_read_text(FunctionCallInfo fcinfo, bool tables, SchemaInput *input)
{
	char	   *name = TextDatumGetCString(required_argument(fcinfo, "schema"));

	input->relid = InvalidOid;
	input->learn = false;
	input->document = NULL;
	if (!tables || name[strspn(name, " \t\n\r")] == '{')
	{
		input->document = schema_document_from_text(name);
		return;
	}
	input->document = schema_named(name);
	if (input->document == NULL)
		input->relid = find_relation(name);
	if (input->document == NULL && !OidIsValid(input->relid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("there is no template, no saved schema and no table \"%s\"", name),
				 errhint("Give the name of a table, a name that the view synthik_templates lists, or a document that begins with \"{\".")));
}

/* ---- schemas ---- */

Relation
input_relation(const SchemaInput *input)
{
	Relation	rel = try_relation_open(input->relid, AccessShareLock);

	if (rel == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", input->relid)));
	return rel;
}

static const LearnOptions statistics_alone = {.sample_rows = 0};

Schema *
input_base(const SchemaInput *input, bool defaults)
{
	Faults		faults = {.collect = false};
	Relation	rel;
	Schema	   *schema;

	if (input->document != NULL)
		return schema_from_document(input->document, NULL, &faults);
	rel = input_relation(input);
	schema = schema_from_relation(rel, defaults);
	if (input->learn)
		learn_relation(schema, rel, &statistics_alone);
	rules_apply(schema, &faults);
	relation_close(rel, NoLock);
	return schema;
}

Schema *
input_schema(const SchemaInput *input, bool defaults)
{
	Faults		faults = {.collect = false};
	Schema	   *schema = input_base(input, defaults);

	schema_prepare(schema, &faults);
	return schema;
}

const char *
input_locale(const Schema *schema)
{
	return schema->locale != NULL ? schema->locale : guc_locale();
}
