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
#include "catalog/pg_type.h"
#include "fit/learn.h"
#include "guc.h"
#include "nodes/makefuncs.h"
#include "schema/expression.h"
#include "schema/rules.h"
#include "util/guard.h"
#include "util/relation.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/varlena.h"

/*
 * As the function was declared: several of one name, for what a document can
 * be given as, share one in C.
 */
static Oid
argument_type(FunctionCallInfo fcinfo, int i)
{
	Oid		   *types;
	int			count;

	(void) get_func_signature(fcinfo->flinfo->fn_oid, &types, &count);
	return i < count ? types[i] : InvalidOid;
}

Jsonb *
input_document(FunctionCallInfo fcinfo, int i)
{
	return argument_type(fcinfo, i) == JSONBOID ? PG_GETARG_JSONB_P_COPY(i) :
		schema_document_from_text(text_to_cstring(PG_GETARG_TEXT_PP(i)));
}

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
input_read_regclass(FunctionCallInfo fcinfo, const char *name, SchemaInput *input)
{
	input->document = NULL;
	input->learn = false;
	input->relid = DatumGetObjectId(required_argument(fcinfo, name));
	if (get_rel_name(input->relid) == NULL)
		relation_report_missing(input->relid);
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

/* A document, or where tables is true a table. */
static void
read_text(char *name, bool tables, SchemaInput *input)
{
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

void
input_read(FunctionCallInfo fcinfo, bool tables, SchemaInput *input)
{
	Datum		schema;

	if (argument_type(fcinfo, 0) == REGCLASSOID)
	{
		input_read_regclass(fcinfo, "target", input);
		return;
	}
	schema = required_argument(fcinfo, "schema");
	memset(input, 0, sizeof(*input));
	if (argument_type(fcinfo, 0) == JSONBOID)
		input->document = DatumGetJsonbPCopy(schema);
	else
		read_text(TextDatumGetCString(schema), tables, input);
}

/* ---- schemas ---- */

Relation
input_relation(const SchemaInput *input)
{
	return relation_open_found(input->relid, AccessShareLock);
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
