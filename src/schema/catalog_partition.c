/*-------------------------------------------------------------------------
 *
 * catalog_partition.c
 *		Partition bounds as checks: a row that is sent to a partition lies
 *		within its bounds, and one that is sent to a partitioned table finds
 *		a partition.
 *
 * What a parent's partitions take together is put as simply as it can be,
 * as a few ranges or one list, so that it steers the drawing of values.
 * Only where a key has several columns, or where partitions are themselves
 * partitioned and leave gaps, is it the partitions' bounds joined by OR.
 *
 * In this file an expression of NULL means that all rows are taken.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include <math.h>

#include "access/htup_details.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "catalog/partition.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "partitioning/partbounds.h"
#include "partitioning/partdesc.h"
#include "schema/catalog.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/partcache.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#define FARTHEST_END	1e18	/* of a range that rows are spread over */
#define MOST_ENDS		1000

static Node *partitions_take(Relation rel);

/* ---- pieces ---- */

/* The key column of a parent that is partitioned by one. */
static Expr *
key_column(PartitionKey key)
{
	Var		   *column = makeVar(1, key->partattrs[0], key->parttypid[0],
								 key->parttypmod[0], key->parttypcoll[0], 0);

	if (key->partopcintype[0] == key->parttypid[0] ||
		!IsBinaryCoercible(key->parttypid[0], key->partopcintype[0]) ||
		IsPolymorphicType(key->partopcintype[0]))
		return (Expr *) column;
	return (Expr *) makeRelabelType((Expr *) column, key->partopcintype[0], -1,
									key->partcollation[0], COERCE_EXPLICIT_CAST);
}

static Const *
key_constant(PartitionKey key, Datum value)
{
	return makeConst(key->parttypid[0], key->parttypmod[0], key->parttypcoll[0],
					 key->parttyplen[0],
					 datumCopy(value, key->parttypbyval[0], key->parttyplen[0]),
					 false, key->parttypbyval[0]);
}

/* key <operator> value */
static Node *
key_comparison(PartitionKey key, int strategy, Datum value)
{
	Oid			operator = get_opfamily_member(key->partopfamily[0],
											   key->partopcintype[0],
											   key->partopcintype[0], strategy);
	Expr	   *comparison;

	if (!OidIsValid(operator))
		elog(ERROR, "missing operator %d(%u,%u) in partition opfamily %u", strategy,
			 key->partopcintype[0], key->partopcintype[0], key->partopfamily[0]);
	comparison = make_opclause(operator, BOOLOID, false, key_column(key),
							   (Expr *) key_constant(key, value), InvalidOid,
							   key->partcollation[0]);
	set_opfuncid((OpExpr *) comparison);
	return (Node *) comparison;
}

static Node *
key_null_test(PartitionKey key, NullTestType kind)
{
	NullTest   *test = makeNode(NullTest);

	test->arg = (Expr *) makeVar(1, key->partattrs[0], key->parttypid[0],
								 key->parttypmod[0], key->parttypcoll[0], 0);
	test->nulltesttype = kind;
	test->argisrow = false;
	test->location = -1;
	return (Node *) test;
}

static Node *
any_of(List *choices)
{
	if (list_length(choices) == 1)
		return linitial(choices);
	return (Node *) makeBoolExpr(OR_EXPR, choices, -1);
}

/* key = ANY (the listed values), or NULL where there are no such arrays */
static Node *
key_in_list(PartitionKey key, PartitionBoundInfo bounds)
{
	Oid			type = exprType((Node *) key_column(key));
	Oid			array_type = get_array_type(type);
	Datum	   *values;
	OpExpr	   *equal;
	ScalarArrayOpExpr *any;
	ArrayType  *array;
	int16		length;
	bool		byval;
	char		align;

	if (bounds->ndatums == 1 || !OidIsValid(array_type))
		return NULL;
	values = palloc(sizeof(Datum) * bounds->ndatums);
	for (int i = 0; i < bounds->ndatums; i++)
		values[i] = bounds->datums[i][0];
	get_typlenbyvalalign(type, &length, &byval, &align);
	array = construct_array(values, bounds->ndatums, type, length, byval, align);
	equal = (OpExpr *) key_comparison(key, BTEqualStrategyNumber, values[0]);
	any = makeNode(ScalarArrayOpExpr);
	any->opno = equal->opno;
	any->opfuncid = equal->opfuncid;
	any->useOr = true;
	any->inputcollid = equal->inputcollid;
	any->args = list_make2(linitial(equal->args),
						   makeConst(array_type, -1, InvalidOid, -1,
									 PointerGetDatum(array), false, false));
	any->location = -1;
	return (Node *) any;
}

/* ---- a key of one column ---- */

/* Ranges that touch are one. */
static Node *
ranges_take(PartitionKey key, PartitionBoundInfo bounds)
{
	List	   *ranges = NIL;
	List	   *terms = list_make1(key_null_test(key, IS_NOT_NULL));

	for (int i = 1; i < bounds->ndatums; i++)
	{
		List	   *limits = NIL;
		int			first = i - 1;

		if (bounds->indexes[i] < 0)
			continue;
		while (i + 1 < bounds->ndatums && bounds->indexes[i + 1] >= 0)
			i++;
		if (bounds->kind[first][0] == PARTITION_RANGE_DATUM_VALUE)
			limits = lappend(limits, key_comparison(key, BTGreaterEqualStrategyNumber,
													bounds->datums[first][0]));
		if (bounds->kind[i][0] == PARTITION_RANGE_DATUM_VALUE)
			limits = lappend(limits, key_comparison(key, BTLessStrategyNumber,
													bounds->datums[i][0]));
		if (limits == NIL)
			return key_null_test(key, IS_NOT_NULL);
		ranges = lappend(ranges, make_ands_explicit(limits));
	}
	if (list_length(ranges) == 1 && is_andclause(linitial(ranges)))
		terms = list_concat(terms, ((BoolExpr *) linitial(ranges))->args);
	else
		terms = lappend(terms, any_of(ranges));
	return (Node *) make_ands_explicit(terms);
}

static Node *
lists_take(PartitionKey key, PartitionBoundInfo bounds)
{
	List	   *choices = NIL;
	Node	   *listed;

	if (bounds->ndatums == 0)
		return key_null_test(key, IS_NULL);
	listed = key_in_list(key, bounds);
	if (listed == NULL)
	{
		for (int i = 0; i < bounds->ndatums; i++)
			choices = lappend(choices, key_comparison(key, BTEqualStrategyNumber,
													  bounds->datums[i][0]));
		listed = any_of(choices);
	}
	if (partition_bound_accepts_nulls(bounds))
		return any_of(list_make2(key_null_test(key, IS_NULL), listed));
	return (Node *) make_ands_explicit(list_make2(key_null_test(key, IS_NOT_NULL),
												  listed));
}

/* ---- partitions one by one ---- */

static PartitionBoundSpec *
partition_bound(Oid partition)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(partition));
	PartitionBoundSpec *bound = NULL;

	if (HeapTupleIsValid(tuple))
	{
		bool		isnull;
		Datum		value = SysCacheGetAttr(RELOID, tuple,
											Anum_pg_class_relpartbound, &isnull);

		if (!isnull)
			bound = stringToNode(TextDatumGetCString(value));
		ReleaseSysCache(tuple);
	}
	return bound;
}

/* What the partitions below a partition take, in terms of its parent. */
static Node *
partition_takes_below(Relation parent, Oid partition)
{
	Relation	rel = table_open(partition, AccessShareLock);
	Node	   *below = partitions_take(rel);

	if (below != NULL)
		below = linitial(map_partition_varattnos(list_make1(below), 1, parent, rel));
	table_close(rel, NoLock);
	return below;
}

/* What one partition takes: its bounds, and what lies below it. */
static Node *
partition_takes(Relation parent, Oid partition, Node *below)
{
	PartitionBoundSpec *bound = partition_bound(partition);
	List	   *terms;

	if (bound == NULL)			/* detached meanwhile */
		return makeBoolConst(false, false);
	terms = copyObject(get_qual_from_partbound(parent, bound));
	if (below != NULL)
		terms = lappend(terms, below);
	return (Node *) make_ands_explicit(terms);
}

/* Whether hash partitions of different moduli take all hash values. */
static bool
hashes_are_complete(PartitionDesc partitions)
{
	uint64		greatest = 0;
	uint64		taken = 0;

	if (partitions->nparts > 0)
		greatest = get_hash_partition_greatest_modulus(partitions->boundinfo);
	for (int i = 0; i < partitions->nparts; i++)
	{
		PartitionBoundSpec *bound = partition_bound(partitions->oids[i]);

		if (bound != NULL)
			taken += greatest / bound->modulus;
	}
	return taken == greatest;
}

/* What the partitions of a table take together. */
static Node *
partitions_take(Relation rel)
{
	PartitionKey key = RelationGetPartitionKey(rel);
	PartitionDesc partitions = RelationGetPartitionDesc(rel, true);
	PartitionBoundInfo bounds = partitions->boundinfo;
	Node	  **below;
	bool		gaps_below = false;
	List	   *choices = NIL;

	/* Without partitions INSERT has the right error. */
	if (partitions->nparts == 0)
		return NULL;
	check_stack_depth();
	below = palloc0(sizeof(Node *) * partitions->nparts);
	for (int i = 0; i < partitions->nparts; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (!partitions->is_leaf[i])
			below[i] = partition_takes_below(rel, partitions->oids[i]);
		gaps_below |= below[i] != NULL;
	}
	if (!gaps_below)
	{
		if (partition_bound_has_default(bounds))
			return NULL;
		if (key->strategy == PARTITION_STRATEGY_HASH &&
			hashes_are_complete(partitions))
			return NULL;
		if (key->partnatts == 1 && key->partattrs[0] != 0)
		{
			if (key->strategy == PARTITION_STRATEGY_RANGE)
				return ranges_take(key, bounds);
			if (key->strategy == PARTITION_STRATEGY_LIST)
				return lists_take(key, bounds);
		}
	}
	for (int i = 0; i < partitions->nparts; i++)
		choices = lappend(choices,
						  partition_takes(rel, partitions->oids[i], below[i]));
	return any_of(choices);
}

/* ---- rows for every partition ---- */

/* An end of a range as a number; false if it is open. */
static bool
range_end(const Field *field, PartitionBoundInfo bounds, int i, double *end)
{
	if (bounds->kind[i][0] != PARTITION_RANGE_DATUM_VALUE)
		return false;
	*end = value_to_scale(field->base_type, bounds->datums[i][0]);
	return fabs(*end) < FARTHEST_END;	/* nor infinite */
}

/* How far rows go beyond the last end that is given. */
static double
open_width(const Field *field, double end, double neighbour)
{
	if (neighbour > 0)
		return neighbour;
	switch (value_kind(field->base_type))
	{
		case VALUE_DATE:
			return 365;
		case VALUE_TIMESTAMP:
			return 365.0 * USECS_PER_DAY;
		case VALUE_TIME:
		case VALUE_INTERVAL:
			return (double) SECS_PER_HOUR * USECS_PER_SEC;
		default:
			return Max(fabs(end), 1000);
	}
}

/* Gives open ends a place; false if there is no end at all. */
static bool
close_ends(const Field *field, double *ends, const bool *open, int n)
{
	ValueKind	kind = value_kind(field->base_type);
	bool		counts = value_kind_is_number(kind);
	double		width;

	for (int i = 1; i < n - 1; i++)
		if (open[i])
			return false;
	if (open[0] && open[n - 1] && n == 2)
		return false;
	if (open[0])
	{
		width = open_width(field, ends[1], n > 2 && !open[2] ? ends[2] - ends[1] : 0);
		ends[0] = counts && ends[1] > 0 ? 0 : ends[1] - width;
	}
	if (open[n - 1])
	{
		width = open_width(field, ends[n - 2], n > 2 && !open[n - 3] ? ends[n - 2] - ends[n - 3] : 0);
		ends[n - 1] = ends[n - 2] + width;
	}
	return true;
}

/* Can the values of a partition key follow a distribution? */
static bool
can_spread(const Field *field, PartitionKey key, PartitionBoundInfo bounds)
{
	switch (value_kind(field->base_type))
	{
		case VALUE_INTEGER:
		case VALUE_FLOAT:
		case VALUE_NUMERIC:
		case VALUE_DATE:
		case VALUE_TIME:
		case VALUE_TIMESTAMP:
		case VALUE_INTERVAL:
			break;
		default:
			return false;
	}
	return field->origin == FIELD_MADE && field->reference < 0 && !field->unique &&
		key->partopcintype[0] == field->base_type &&
		bounds->ndatums >= 2 && bounds->ndatums <= MOST_ENDS;
}

/*
 * Every range has as many rows as any other, however wide it is: by its
 * width, a last partition up to some far end would take all of them.
 */
static void
spread_over_ranges(Schema *schema, Relation rel)
{
	PartitionKey key = RelationGetPartitionKey(rel);
	PartitionBoundInfo bounds = RelationGetPartitionDesc(rel, true)->boundinfo;
	Field	   *field;
	double	   *ends;
	double	   *weights;
	bool	   *open;

	if (key->strategy != PARTITION_STRATEGY_RANGE || key->partnatts != 1 ||
		key->partattrs[0] == 0 || bounds == NULL)
		return;
	field = schema->fields[key->partattrs[0] - 1];
	if (!can_spread(field, key, bounds))
		return;
	ends = palloc0(sizeof(double) * bounds->ndatums);
	weights = palloc0(sizeof(double) * bounds->ndatums);
	open = palloc0(sizeof(bool) * bounds->ndatums);
	for (int i = 0; i < bounds->ndatums; i++)
	{
		open[i] = !range_end(field, bounds, i, &ends[i]);
		if (i > 0)
			weights[i - 1] = bounds->indexes[i] >= 0 ? 1 : 0;
	}
	if (!close_ends(field, ends, open, bounds->ndatums))
		return;
	field->distribution.kind = DISTRIBUTION_HISTOGRAM;
	field->distribution.nbounds = bounds->ndatums;
	field->distribution.bounds = ends;
	field->distribution.weights = weights;
	field->distribution.implied = true;
}

/* ---- a schema's bounds ---- */

/* A partition's key columns that take no NULL need not try one. */
static void
require_columns(Schema *schema, Node *expr)
{
	if (expr == NULL)
		return;
	if (is_andclause(expr))
	{
		ListCell   *lc;

		foreach(lc, ((BoolExpr *) expr)->args)
			require_columns(schema, lfirst(lc));
	}
	else if (IsA(expr, NullTest))
	{
		NullTest   *test = (NullTest *) expr;

		if (test->nulltesttype == IS_NOT_NULL && IsA(test->arg, Var) &&
			((Var *) test->arg)->varattno > 0)
			schema->fields[((Var *) test->arg)->varattno - 1]->required = true;
	}
}

static void
add_bounds(Schema *schema, const char *name, Node *expr, List *dpcontext)
{
	if (expr == NULL)
		return;
	fix_opfuncids(expr);
	require_columns(schema, expr);
	catalog_add_check(schema, name, NULL, expr, dpcontext, -1);
}

void
catalog_add_partition_bounds(Schema *schema, Relation rel, List *dpcontext)
{
	List	   *quals = NIL;

	if (rel->rd_rel->relispartition)
		quals = copyObject(RelationGetPartitionQual(rel));
	if (quals != NIL)
		add_bounds(schema, "partition bounds", (Node *) make_ands_explicit(quals),
				   dpcontext);
	if (rel->rd_rel->relkind == RELKIND_PARTITIONED_TABLE)
	{
		add_bounds(schema, "partitions", partitions_take(rel), dpcontext);
		spread_over_ranges(schema, rel);
	}
}
