/*-------------------------------------------------------------------------
 *
 * augment.c
 *		synthik_augment: rows into a table that is there.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "access/relation.h"
#include "access/table.h"
#include "api/learning.h"
#include "api/request.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "local/generator.h"
#include "local/local.h"
#include "miscadmin.h"
#include "optimizer/plancat.h"
#include "rows/progress.h"
#include "schema/rules.h"
#include "schema/sums.h"
#include "storage/bufmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/rel.h"

#define DEFAULT_ROWS 1000

/* Its own arguments, behind the shared ones. */
typedef enum AugmentArgument
{
	ARG_TARGET = 0,
	ARG_SHARED = 1,
	ARG_SCALE = ARG_SHARED + REQUEST_ARGUMENTS_SCHEMA,
	ARG_SOURCE,
	ARG_MARK,
	ARG_WORKERS,
	ARG_LEARNING,
	ARG_COUNT = ARG_LEARNING + LEARNING_ARGUMENTS
} AugmentArgument;

/* ---- the target ---- */

/* Before anything is locked or read on behalf of who may not insert. */
static Relation
open_target(const NullableDatum *arg)
{
	Oid			relid;
	AclResult	acl;
	char	   *name;
	Relation	rel;

	if (arg->isnull)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("target must not be null")));
	relid = DatumGetObjectId(arg->value);
	name = get_rel_name(relid);
	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", relid)));
	acl = pg_class_aclcheck(relid, GetUserId(), ACL_INSERT);
	if (acl != ACLCHECK_OK)
		acl = pg_attribute_aclcheck_all(relid, GetUserId(), ACL_INSERT, ACLMASK_ANY);
	if (acl != ACLCHECK_OK)
		aclcheck_error(acl, get_relkind_objtype(get_rel_relkind(relid)), name);

	/* Whoever held it may have dropped it. */
	rel = try_relation_open(relid, RowExclusiveLock);
	if (rel == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation \"%s\" does not exist", name)));
	return rel;
}

/*
 * What the rows are to be like.  Of another table than the target it would be
 * a mistake not to be allowed to read anything.
 */
static Relation
open_source(const NullableDatum *arg, Relation target)
{
	Relation	rel;

	if (arg->isnull || DatumGetObjectId(arg->value) == RelationGetRelid(target))
		return relation_open(RelationGetRelid(target), AccessShareLock);
	rel = try_relation_open(DatumGetObjectId(arg->value), AccessShareLock);
	if (rel == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist",
						DatumGetObjectId(arg->value))));
	if (pg_class_aclcheck(RelationGetRelid(rel), GetUserId(), ACL_SELECT) != ACLCHECK_OK &&
		pg_attribute_aclcheck_all(RelationGetRelid(rel), GetUserId(), ACL_SELECT,
								  ACLMASK_ANY) != ACLCHECK_OK)
		aclcheck_error(ACLCHECK_NO_PRIV, get_relkind_objtype(rel->rd_rel->relkind),
					   RelationGetRelationName(rel));
	return rel;
}

/*
 * A model is told of values by what send allows, and not by what the schema
 * has learned.  A document that has learned already is left as it is.  Slices
 * of a larger whole have to be of one mind, and so do not learn from what
 * others have put into the target.
 */
static bool
is_learning(const NullableDatum *args, const RequestArguments *arguments)
{
	return arguments->model == NULL && arguments->rows > 0 &&
		(arguments->first_row == 1 || !args[ARG_SOURCE].isnull) &&
		!learning_in_document(arguments->schema);
}

static void
learn(Schema *schema, const NullableDatum *args, Relation target,
	  const RequestArguments *arguments, const Field *mark)
{
	LearnOptions options;
	Relation	source;

	learning_read(&args[ARG_LEARNING], &options);
	source = open_source(&args[ARG_SOURCE], target);
	if (is_learning(args, arguments))
	{
		learning_condition(schema, arguments->condition, &options);
		if (mark != NULL)
			options.mark = mark->name;
		learning_apply(schema, source, &options);
	}
	relation_close(source, NoLock);
}

static int
read_workers(const NullableDatum *arg)
{
	int			workers = arg->isnull ? 0 : DatumGetInt32(arg->value);

	if (workers < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("workers is %d, but must not be negative", workers)));
	return workers;
}

/* ---- how many rows ---- */

static int64
stored_rows(Relation target)
{
	char	   *sql = psprintf("SELECT pg_catalog.count(*) FROM %s",
							   quote_qualified_identifier(get_namespace_name(RelationGetNamespace(target)),
														  RelationGetRelationName(target)));
	bool		isnull;
	int64		count;

	if (SPI_connect() != SPI_OK_CONNECT ||
		SPI_execute(sql, false, 0) != SPI_OK_SELECT || SPI_processed != 1)
		elog(ERROR, "could not count the rows of \"%s\"",
			 RelationGetRelationName(target));
	count = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0],
										SPI_tuptable->tupdesc, 1, &isnull));
	SPI_finish();
	return count;
}

/*
 * About how many rows there are, rather too many than too few, without
 * reading any.  0 of what is empty or not known.
 */
static uint64
estimate_stored(Relation target)
{
	ListCell   *lc;
	double		sum = 0;

	foreach(lc, find_all_inheritors(RelationGetRelid(target), AccessShareLock, NULL))
	{
		Relation	rel = table_open(lfirst_oid(lc), NoLock);
		BlockNumber pages;
		double		tuples = 0;
		double		visible;

		if (RELKIND_HAS_STORAGE(rel->rd_rel->relkind) && RelationGetNumberOfBlocks(rel) > 0)
			estimate_rel_size(rel, NULL, &pages, &tuples, &visible);
		sum += tuples;
		table_close(rel, NoLock);
	}
	return (uint64) (sum * 1.25);
}

/* ceil(count * scale) - count */
static int64
rows_for_scale(Relation target, Datum scale)
{
	Datum		one = NumericGetDatum(int64_to_numeric(1));
	Numeric		number = DatumGetNumeric(scale);
	int64		count;
	Datum		wanted;

	if (numeric_is_nan(number) || numeric_is_inf(number) ||
		DatumGetBool(DirectFunctionCall2(numeric_lt, scale, one)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("scale is %s, but must be 1 or more",
						DatumGetCString(DirectFunctionCall1(numeric_out, scale))),
				 errhint("scale => 10 makes a table ten times as large as it is.")));

	count = stored_rows(target);
	if (count == 0)
		ereport(NOTICE,
				(errmsg("\"%s\" is empty, and stays so at any scale",
						RelationGetRelationName(target)),
				 errhint("Ask for a number of rows.")));
	wanted = DirectFunctionCall1(numeric_ceil,
								 DirectFunctionCall2(numeric_mul, scale,
													 NumericGetDatum(int64_to_numeric(count))));
	return DatumGetInt64(DirectFunctionCall1(numeric_int8, wanted)) - count;
}

static void
decide_rows(Relation target, const NullableDatum *scale,
			RequestArguments *arguments)
{
	if (arguments->rows_given && !scale->isnull)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("rows and scale cannot both be given")));
	if (!scale->isnull)
		arguments->rows = rows_for_scale(target, scale->value);
	else if (!arguments->rows_given)
	{
		arguments->rows = DEFAULT_ROWS;
		ereport(NOTICE,
				(errmsg("rows is not given, %d rows are added", DEFAULT_ROWS)));
	}
	arguments->rows_given = true;
}

/* ---- the mark ---- */

/* NULL: none is asked for. */
static Field *
find_mark(const NullableDatum *arg, const Schema *schema)
{
	const char *name;
	int			i;

	if (arg->isnull)
		return NULL;
	name = NameStr(*DatumGetName(arg->value));
	i = schema_field_index(schema, name);
	if (i < 0 || schema->fields[i]->origin == FIELD_DROPPED)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("there is no column \"%s\" to mark the rows in", name)));
	if (schema->fields[i]->base_type != BOOLOID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" is of type %s and cannot mark the rows", name,
						format_type_be(schema->fields[i]->type)),
				 errhint("A mark is a boolean column.")));
	if (schema->fields[i]->generated_always)
		ereport(ERROR,
				(errcode(ERRCODE_GENERATED_ALWAYS),
				 errmsg("column \"%s\" is generated and cannot mark the rows", name)));
	return schema->fields[i];
}

/* {"name": true} behind the condition. */
static Jsonb *
add_mark(Jsonb *condition, char *name)
{
	JsonbParseState *state = NULL;
	JsonbValue	key = {.type = jbvString};
	JsonbValue	value = {.type = jbvBool};
	JsonbValue *object;
	Jsonb	   *mark;

	key.val.string.val = name;
	key.val.string.len = strlen(name);
	value.val.boolean = true;
	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	pushJsonbValue(&state, WJB_KEY, &key);
	pushJsonbValue(&state, WJB_VALUE, &value);
	object = pushJsonbValue(&state, WJB_END_OBJECT, NULL);
	mark = JsonbValueToJsonb(object);
	if (condition == NULL)
		return mark;
	return DatumGetJsonbP(DirectFunctionCall2(jsonb_concat,
											  JsonbPGetDatum(condition),
											  JsonbPGetDatum(mark)));
}

/* True in every row, where else some might have been left null. */
static void
apply_mark(const NullableDatum *arg, const Schema *schema,
		   RequestArguments *arguments)
{
	Field	   *mark = find_mark(arg, schema);

	if (mark == NULL)
		return;
	mark->required = true;
	arguments->condition = add_mark(arguments->condition, mark->name);
}

/* ---- the function ---- */

/* A model's rows depend on more than the seed. */
static void
name_seed(const RequestArguments *arguments)
{
	if (!arguments->seed_given && arguments->rows > 0 && arguments->model == NULL)
		ereport(NOTICE,
				(errmsg("seed " INT64_FORMAT " makes these rows again",
						arguments->seed)));
}

static int64
augment(const NullableDatum *args)
{
	RequestArguments arguments;
	RowRequest	request;
	Faults		faults = {.collect = false};
	Relation	target;
	Schema	   *schema;
	int			workers;
	int64		count;

	request_read(args + ARG_SHARED, true, &arguments);
	workers = read_workers(&args[ARG_WORKERS]);
	target = open_target(&args[ARG_TARGET]);
	decide_rows(target, &args[ARG_SCALE], &arguments);

	schema = schema_from_relation(target, arguments.defaults);
	learn(schema, args, target, &arguments, find_mark(&args[ARG_MARK], schema));
	rules_apply(schema, &faults);
	apply_mark(&args[ARG_MARK], schema, &arguments);
	schema = request_prepare(&arguments, schema, &request);
	request.workers = workers;
	if (workers > 0 && arguments.methods == &local_source_methods)
		arguments.methods = &generator_source_methods;
	/* A slice of a larger whole keeps the numbers that it has there. */
	request.avoid_stored = request.first_row == 1;
	if (request.avoid_stored)
		request.stored = estimate_stored(target);

	request.progress = progress_begin(RelationGetRelid(target), request.model, request.rows);
	count = table_sink_fill(target, schema, arguments.methods, &request);
	progress_end(request.progress);
	sums_apply(target, schema);
	relation_close(target, NoLock);
	name_seed(&arguments);
	return count;
}

SYNTHIK_FUNCTION(synthik_augment)
{
	NullableDatum args[ARG_COUNT];

	if (PG_NARGS() != ARG_COUNT)
		elog(ERROR, "synthik_augment was declared with %d arguments, not %d",
			 PG_NARGS(), ARG_COUNT);
	for (int i = 0; i < ARG_COUNT; i++)
		args[i] = fcinfo->args[i];
	PG_RETURN_INT64(augment(args));
}
