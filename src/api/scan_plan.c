/*-------------------------------------------------------------------------
 *
 * scan_plan.c
 *		Functions in FROM that stream: a CustomScan in the place of the
 *		FunctionScan, which would fill a tuplestore before it gives out the
 *		first row.
 *
 * The makers' functions have a planner support function, synthik_support.
 * The planner calls it for the estimate of rows, which loads this library,
 * so that the hook on the paths of a relation is there when it is needed
 * next, without any preloading.
 *
 * A function WITH ORDINALITY, several in ROWS FROM, and one that reads
 * columns of other FROM items keep the FunctionScan.
 *
 * custom_exprs holds the function call; custom_private the columns that are
 * read (a list of attribute numbers; 0 stands for the whole row).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "access/sysattr.h"
#include "api/maker.h"
#include "api/scan.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/supportnodes.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/restrictinfo.h"
#include "parser/parse_type.h"
#include "parser/parsetree.h"
#include "rows/sink.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

static set_rel_pathlist_hook_type previous_hook;

const Maker *
scan_maker(Oid function)
{
	FmgrInfo	info;

	if (!OidIsValid(get_func_support(function)))
		return NULL;
	fmgr_info(function, &info);
	return maker_find(info.fn_addr);
}

/* ---- estimates ---- */

/* An argument that is known while planning, or NULL. */
static Const *
constant_argument(PlannerInfo *root, FuncExpr *func, int i)
{
	Node	   *arg;

	if (list_length(func->args) <= i)
		return NULL;
	arg = estimate_expression_value(root, list_nth(func->args, i));
	return IsA(arg, Const) && !((Const *) arg)->constisnull ? (Const *) arg : NULL;
}

static bool
estimate_rows(SupportRequestRows *request)
{
	FuncExpr   *func = (FuncExpr *) request->node;
	const Maker *maker;
	Const	   *arg;

	if (!IsA(func, FuncExpr))
		return false;
	maker = scan_maker(func->funcid);
	arg = maker == NULL ? NULL : constant_argument(request->root, func, 1);
	if (arg == NULL || arg->consttype != INT8OID)
		return false;
	request->rows = (double) DatumGetInt64(arg->constvalue);
	if (maker->shape == MAKER_STORED)
		request->rows = (double) sink_stream_rows(DatumGetInt64(arg->constvalue));
	return request->rows >= 0;
}

SYNTHIK_FUNCTION(synthik_support)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);

	if (IsA(request, SupportRequestRows) &&
		estimate_rows((SupportRequestRows *) request))
		PG_RETURN_POINTER(request);
	PG_RETURN_POINTER(NULL);
}

/* ---- the plan ---- */

/* The columns of the function, as the planner numbers them; NULL: its type is gone. */
static TupleDesc
function_columns(RangeTblEntry *rte)
{
	RangeTblFunction *function = linitial_node(RangeTblFunction, rte->functions);
	TupleDesc	desc = NULL;
	Oid			type;

	if (function->funccolnames != NIL)
		return BuildDescFromLists(function->funccolnames,
								  function->funccoltypes,
								  function->funccoltypmods,
								  function->funccolcollations);
	if (get_expr_result_type(function->funcexpr, &type, &desc) == TYPEFUNC_SCALAR)
	{
		desc = CreateTemplateTupleDesc(1);
		TupleDescInitEntry(desc, 1, strVal(linitial(rte->eref->colnames)),
						   type, -1, 0);
		TupleDescInitEntryCollation(desc, 1, get_typcollation(type));
	}
	return desc;
}

/* The type of the whole-row variables of a relation, if there are any. */
static Oid
whole_row_type(RelOptInfo *rel, List *exprs)
{
	List	   *vars = pull_var_clause((Node *) exprs,
									   PVC_RECURSE_AGGREGATES |
									   PVC_RECURSE_WINDOWFUNCS |
									   PVC_RECURSE_PLACEHOLDERS);
	ListCell   *lc;

	foreach(lc, vars)
	{
		Var		   *var = lfirst_node(Var, lc);

		if (var->varno == rel->relid && var->varattno == InvalidAttrNumber)
			return var->vartype;
	}
	return InvalidOid;
}

/* What the scan gives out: every column, and the whole row if it is asked for. */
static List *
scan_targetlist(Index relid, TupleDesc columns, Oid whole_row)
{
	List	   *list = NIL;

	for (int i = 0; i < columns->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(columns, i);
		Expr	   *expr;

		if (att->attisdropped)
			expr = (Expr *) makeNullConst(INT4OID, -1, InvalidOid);
		else
			expr = (Expr *) makeVar(relid, i + 1, att->atttypid,
									att->atttypmod, att->attcollation, 0);
		list = lappend(list, makeTargetEntry(expr, i + 1,
											 pstrdup(NameStr(att->attname)),
											 false));
	}
	if (OidIsValid(whole_row))
		list = lappend(list, makeTargetEntry((Expr *) makeVar(relid, InvalidAttrNumber,
															  whole_row, -1,
															  InvalidOid, 0),
											 columns->natts + 1, NULL, false));
	return list;
}

/* The attribute numbers that expressions read, 0 for the whole row. */
static List *
read_columns(Index relid, List *exprs)
{
	Bitmapset  *attrs = NULL;
	List	   *list = NIL;
	int			i = -1;

	pull_varattnos((Node *) exprs, relid, &attrs);
	while ((i = bms_next_member(attrs, i)) >= 0)
		list = lappend_int(list, i + FirstLowInvalidHeapAttributeNumber);
	return list;
}

static Plan *
plan_scan(PlannerInfo *root, RelOptInfo *rel, CustomPath *path, List *tlist,
		  List *clauses, List *custom_plans)
{
	CustomScan *scan = makeNode(CustomScan);
	RangeTblEntry *rte = planner_rt_fetch(rel->relid, root);
	RangeTblFunction *function = linitial_node(RangeTblFunction, rte->functions);
	List	   *quals = extract_actual_clauses(clauses, false);
	List	   *exprs = list_concat(list_copy(rel->reltarget->exprs), quals);
	Oid			relid = typeOrDomainTypeRelid(exprType(function->funcexpr));

	/* A prepared plan has to go when the table whose rows it makes changes. */
	if (OidIsValid(relid))
		root->glob->relationOids = lappend_oid(root->glob->relationOids, relid);
	exprs = lappend(exprs, tlist);
	scan->scan.plan.targetlist = tlist;
	scan->scan.plan.qual = quals;
	scan->scan.scanrelid = 0;
	scan->flags = path->flags;
	scan->methods = &scan_methods;
	scan->custom_relids = bms_make_singleton(rel->relid);
	scan->custom_exprs = list_make1(copyObject(function->funcexpr));
	scan->custom_private = list_make1(read_columns(rel->relid, exprs));
	scan->custom_scan_tlist = scan_targetlist(rel->relid,
											  function_columns(rte),
											  whole_row_type(rel, exprs));
	return (Plan *) scan;
}

static const CustomPathMethods path_methods = {
	.CustomName = "SynthikScan",
	.PlanCustomPath = plan_scan,
};

/* The call of a maker that is all of a relation, or NULL. */
static FuncExpr *
maker_call(RelOptInfo *rel, RangeTblEntry *rte)
{
	FuncExpr   *func;

	if (rte->rtekind != RTE_FUNCTION || rte->funcordinality ||
		list_length(rte->functions) != 1 ||
		!bms_is_empty(rel->lateral_relids))
		return NULL;
	func = (FuncExpr *) linitial_node(RangeTblFunction, rte->functions)->funcexpr;
	if (!IsA(func, FuncExpr) || contain_var_clause((Node *) func) ||
		scan_maker(func->funcid) == NULL)
		return NULL;
	return func;
}

static bool
column_is_current(TupleDesc columns, const Var *var)
{
	Form_pg_attribute att;

	if (var->varattno == InvalidAttrNumber)
		return true;
	if (var->varattno < 0 || var->varattno > columns->natts)
		return false;
	att = TupleDescAttr(columns, var->varattno - 1);
	return !att->attisdropped && att->atttypid == var->vartype;
}

/*
 * A table can have changed since the query over its row type was parsed.  The
 * executor says so where a FunctionScan reads columns that are gone.
 */
static bool
columns_are_current(RelOptInfo *rel, RangeTblEntry *rte)
{
	List	   *exprs = list_concat(extract_actual_clauses(rel->baserestrictinfo, false),
									rel->reltarget->exprs);
	TupleDesc	columns = function_columns(rte);
	ListCell   *lc;

	if (columns == NULL)
		return false;
	foreach(lc, pull_var_clause((Node *) exprs,
								PVC_RECURSE_AGGREGATES |
								PVC_RECURSE_WINDOWFUNCS |
								PVC_RECURSE_PLACEHOLDERS))
	{
		Var		   *var = lfirst_node(Var, lc);

		if (var->varno == rel->relid && !column_is_current(columns, var))
			return false;
	}
	return true;
}

static void
add_scan_path(PlannerInfo *root, RelOptInfo *rel, Index rti, RangeTblEntry *rte)
{
	CustomPath *path;
	QualCost	quals;

	if (previous_hook != NULL)
		previous_hook(root, rel, rti, rte);
	if (maker_call(rel, rte) == NULL || !columns_are_current(rel, rte))
		return;

	cost_qual_eval(&quals, rel->baserestrictinfo, root);
	path = makeNode(CustomPath);
	path->path.pathtype = T_CustomScan;
	path->path.parent = rel;
	path->path.pathtarget = rel->reltarget;
	path->path.rows = rel->rows;
	path->path.startup_cost = quals.startup + rel->reltarget->cost.startup;
	path->path.total_cost = path->path.startup_cost +
		rel->tuples * (cpu_tuple_cost + quals.per_tuple) +
		rel->rows * rel->reltarget->cost.per_tuple;
	path->flags = CUSTOMPATH_SUPPORT_PROJECTION;
	path->methods = &path_methods;
	rel->pathlist = list_make1(path);
}

void
scan_init(void)
{
	RegisterCustomScanMethods(&scan_methods);
	previous_hook = set_rel_pathlist_hook;
	set_rel_pathlist_hook = add_scan_path;
}
