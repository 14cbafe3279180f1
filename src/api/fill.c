/*-------------------------------------------------------------------------
 *
 * fill.c
 *		Rows into one table.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "access/relation.h"
#include "access/table.h"
#include "access/xact.h"
#include "api/fill.h"
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
#include "util/relation.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/rel.h"

/* ---- the table ---- */

/* Before anything is locked or read on behalf of who may not insert. */
Relation
fill_open_target(Oid relid)
{
	AclResult	acl;
	char	   *name = get_rel_name(relid);
	Relation	rel;

	if (name == NULL)
		relation_report_missing(relid);
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
open_source(Oid source, Relation target)
{
	Relation	rel;

	if (source == RelationGetRelid(target))
		return relation_open(RelationGetRelid(target), AccessShareLock);
	rel = relation_open_found(source, AccessShareLock);
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
is_learning(const FillOrder *order)
{
	const RequestArguments *arguments = &order->arguments;

	return arguments->model == NULL && arguments->rows > 0 &&
		(arguments->first_row == 1 || order->source_given) &&
		!learning_in_document(arguments->schema);
}

static void
learn(Schema *schema, Relation target, const FillOrder *order)
{
	LearnOptions options = order->learning;
	Relation	source = open_source(order->source_given ? order->source :
									 RelationGetRelid(target), target);

	if (is_learning(order))
	{
		learning_condition(schema, order->arguments.condition, &options);
		options.mark = order->mark;
		learning_apply(schema, source, &options);
	}
	relation_close(source, NoLock);
}

int
fill_read_workers(const NullableDatum *arg)
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
							   relation_sql_name(RelationGetRelid(target)));
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
int64
fill_rows_for_scale(Relation target, Datum scale)
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

/* ---- the mark ---- */

static Field *
find_mark(const char *name, const Schema *schema)
{
	int			i = schema_field_index(schema, name);

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
apply_mark(Field *mark, RequestArguments *arguments)
{
	mark->required = true;
	arguments->condition = add_mark(arguments->condition, mark->name);
}

/* ---- filling ---- */

void
fill_prepare(Fill *fill, Relation target, const FillOrder *order)
{
	RequestArguments arguments = order->arguments;
	Faults		faults = {.collect = false};
	Schema	   *schema = schema_from_relation(target, arguments.defaults);
	Field	   *mark = order->mark != NULL ? find_mark(order->mark, schema) : NULL;

	learn(schema, target, order);
	rules_apply(schema, &faults);
	if (mark != NULL)
		apply_mark(mark, &arguments);
	if (order->adjust != NULL)
		order->adjust(schema, order->adjust_argument);
	fill->begun = false;
	fill->target = target;
	fill->schema = request_prepare(&arguments, schema, &fill->request);
	fill->request.workers = order->workers;
	fill->methods = order->workers > 0 && arguments.methods == &local_source_methods ?
		&generator_source_methods : arguments.methods;
	/* A slice of a larger whole keeps the numbers that it has there. */
	fill->request.avoid_stored = fill->request.first_row == 1;
	if (fill->request.avoid_stored)
		fill->request.stored = estimate_stored(target);
}

int64
fill_run(Fill *fill)
{
	RowRequest *request = &fill->request;
	int64		count;

	if (!fill->begun)
		fill->since_command = GetCurrentCommandId(true);
	fill->begun = true;
	request->progress = progress_begin(RelationGetRelid(fill->target), request->model,
									   request->rows);
	count = table_sink_fill(fill->target, fill->schema, fill->methods, request);
	progress_end(request->progress);
	return count;
}

void
fill_sum(Fill *fill)
{
	/* what was there before has its sums */
	sums_apply(fill->target, fill->schema, fill->request.stored > 0, fill->since_command);
}
