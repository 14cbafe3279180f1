/*-------------------------------------------------------------------------
 *
 * quality.c
 *		synthik_quality: how alike two tables are.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "access/relation.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_class.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "report/quality.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#define COLUMNS	6

static void
check_kind(Relation rel)
{
	switch (rel->rd_rel->relkind)
	{
		case RELKIND_RELATION:
		case RELKIND_PARTITIONED_TABLE:
		case RELKIND_VIEW:
		case RELKIND_MATVIEW:
		case RELKIND_FOREIGN_TABLE:
			return;
		default:
			ereport(ERROR,
					(errcode(ERRCODE_WRONG_OBJECT_TYPE),
					 errmsg("\"%s\" has no rows to compare", RelationGetRelationName(rel)),
					 errhint("Name a table or a view.")));
	}
}

/* SELECT on a column at least; the others are reported as not compared. */
static void
check_privileges(Relation rel)
{
	Oid			relid = RelationGetRelid(rel);

	if (pg_class_aclcheck(relid, GetUserId(), ACL_SELECT) != ACLCHECK_OK &&
		pg_attribute_aclcheck_all(relid, GetUserId(), ACL_SELECT,
								  ACLMASK_ANY) != ACLCHECK_OK)
		aclcheck_error(ACLCHECK_NO_PRIV, get_relkind_objtype(rel->rd_rel->relkind),
					   RelationGetRelationName(rel));
}

static Relation
open_argument(FunctionCallInfo fcinfo, int argument, const char *name)
{
	Relation	rel;

	if (PG_ARGISNULL(argument))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("\"%s\" must not be null", name)));
	rel = relation_open(PG_GETARG_OID(argument), AccessShareLock);
	check_kind(rel);
	check_privileges(rel);
	return rel;
}

static void
put_name(const char *name, Datum *value, bool *isnull)
{
	*isnull = name == NULL;
	if (name != NULL)
		*value = DirectFunctionCall1(namein, CStringGetDatum(name));
}

static void
put_number(double number, Datum *value, bool *isnull)
{
	*isnull = isnan(number);
	*value = Float8GetDatum(number);
}

static void
put_row(ReturnSetInfo *result, const QualityRow *row)
{
	Datum		values[COLUMNS] = {0};
	bool		nulls[COLUMNS] = {false};

	values[0] = CStringGetTextDatum(row->metric);
	put_name(row->column_name, &values[1], &nulls[1]);
	put_name(row->other_column, &values[2], &nulls[2]);
	put_number(row->score, &values[3], &nulls[3]);
	put_number(row->bar, &values[4], &nulls[4]);
	nulls[5] = row->advice == NULL;
	if (row->advice != NULL)
		values[5] = CStringGetTextDatum(row->advice);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/*
 * Reading a sample runs queries: the report is made in a context of its own,
 * which goes with all the rows that were read.
 */
SYNTHIK_FUNCTION(synthik_quality)
{
	Relation	original = open_argument(fcinfo, 0, "original");
	Relation	synthetic = open_argument(fcinfo, 1, "synthetic");
	Relation	holdout = PG_ARGISNULL(2) ? NULL : open_argument(fcinfo, 2, "holdout");
	const char *predict = PG_ARGISNULL(3) ? NULL : NameStr(*PG_GETARG_NAME(3));
	MemoryContext memory = AllocSetContextCreate(CurrentMemoryContext, "synthik quality",
												 ALLOCSET_DEFAULT_SIZES);
	MemoryContext old;
	List	   *rows;
	ListCell   *lc;

	InitMaterializedSRF(fcinfo, 0);
	old = MemoryContextSwitchTo(memory);
	rows = quality_report(original, synthetic, holdout, predict);
	foreach(lc, rows)
		put_row((ReturnSetInfo *) fcinfo->resultinfo, lfirst(lc));
	MemoryContextSwitchTo(old);
	MemoryContextDelete(memory);
	if (holdout != NULL)
		relation_close(holdout, AccessShareLock);
	relation_close(synthetic, AccessShareLock);
	relation_close(original, AccessShareLock);
	return (Datum) 0;
}
