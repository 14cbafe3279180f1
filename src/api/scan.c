/*-------------------------------------------------------------------------
 *
 * scan.c
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

#include "access/htup_details.h"
#include "access/sysattr.h"
#include "api/maker.h"
#include "api/scan.h"
#include "catalog/objectaccess.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/explain.h"
#include COMPAT_EXPLAIN_FORMAT_H
#include "executor/executor.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/extensible.h"
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
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

static set_rel_pathlist_hook_type previous_hook;

static const Maker *
maker_of_function(Oid function)
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
	maker = maker_of_function(func->funcid);
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

static const CustomScanMethods scan_methods;

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
		maker_of_function(func->funcid) == NULL)
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

/* ---- its execution ---- */

typedef struct SynthikScanState
{
	CustomScanState css;
	FuncExpr   *func;
	const Maker *maker;
	List	   *args;			/* of ExprState */
	Bitmapset  *params;			/* PARAM_EXEC that the arguments read */
	bool		any_param;		/* a subplan in them: whichever it reads */
	TupleDesc	columns;		/* of the function */
	Oid			whole_row;		/* type of column natts + 1, or InvalidOid */
	TupleDesc	row_desc;		/* as whose value it is made */
	List	   *read;			/* attribute numbers */
	MemoryContext memory;		/* of the arguments and the run */
	MakerRun   *run;			/* NULL before the first row is asked for */
	bool		done;
} SynthikScanState;

static bool
find_params(Node *node, SynthikScanState *state)
{
	if (node == NULL)
		return false;
	if (IsA(node, Param) && ((Param *) node)->paramkind == PARAM_EXEC)
		state->params = bms_add_member(state->params, ((Param *) node)->paramid);
	if (IsA(node, SubPlan) || IsA(node, AlternativeSubPlan))
		state->any_param = true;
	return expression_tree_walker(node, find_params, state);
}

/* The function's columns, and the descriptor of a whole row, from the scan's. */
static void
begin_columns(SynthikScanState *state)
{
	CustomScan *plan = (CustomScan *) state->css.ss.ps.plan;
	TupleDesc	scan = state->css.ss.ss_ScanTupleSlot->tts_tupleDescriptor;
	Expr	   *last = NULL;
	int			natts = scan->natts;

	if (plan->custom_scan_tlist != NIL)
		last = llast_node(TargetEntry, plan->custom_scan_tlist)->expr;
	if (last != NULL && IsA(last, Var) &&
		((Var *) last)->varattno == InvalidAttrNumber)
	{
		natts--;
		state->whole_row = ((Var *) last)->vartype;
	}
	state->columns = CreateTemplateTupleDesc(natts);
	for (int i = 0; i < natts; i++)
	{
		TupleDescCopyEntry(state->columns, i + 1, scan, i + 1);
		TupleDescAttr(state->columns, i)->attisdropped =
			IsA(list_nth_node(TargetEntry, plan->custom_scan_tlist, i)->expr, Const);
	}
	if (state->whole_row == RECORDOID)
		state->row_desc = BlessTupleDesc(CreateTupleDescCopy(state->columns));
	else if (OidIsValid(state->whole_row))
		state->row_desc =
			lookup_rowtype_tupdesc_copy(getBaseType(state->whole_row), -1);
}

/*
 * EXPLAIN comes here too, so nothing is opened or evaluated yet.  The
 * executor checks the permission to execute a function where it prepares the
 * call, which is what this replaces.
 */
static void
begin_scan(CustomScanState *node, EState *estate, int eflags)
{
	SynthikScanState *state = (SynthikScanState *) node;
	CustomScan *plan = (CustomScan *) node->ss.ps.plan;
	AclResult	acl;

	state->func = linitial_node(FuncExpr, plan->custom_exprs);
	state->read = (List *) linitial(plan->custom_private);	/* of integers */
	state->maker = maker_of_function(state->func->funcid);
	if (state->maker == NULL)
		elog(ERROR, "function %u makes no rows", state->func->funcid);

	acl = pg_proc_aclcheck(state->func->funcid, GetUserId(), ACL_EXECUTE);
	if (acl != ACLCHECK_OK)
		aclcheck_error(acl, OBJECT_FUNCTION, get_func_name(state->func->funcid));
	InvokeFunctionExecuteHook(state->func->funcid);

	begin_columns(state);
	find_params((Node *) state->func->args, state);
	state->args = ExecInitExprList(state->func->args, &node->ss.ps);
}

static NullableDatum *
evaluate_arguments(SynthikScanState *state)
{
	ExprContext *econtext = state->css.ss.ps.ps_ExprContext;
	NullableDatum *args = palloc(sizeof(NullableDatum) *
								 Max(list_length(state->args),
									 maker_arguments(state->maker)));
	ListCell   *lc;
	int			i = 0;

	if (list_length(state->args) != maker_arguments(state->maker))
		elog(ERROR, "function %u has %d arguments, not %d", state->func->funcid,
			 list_length(state->args), maker_arguments(state->maker));
	foreach(lc, state->args)
	{
		args[i].value = ExecEvalExpr((ExprState *) lfirst(lc), econtext,
									 &args[i].isnull);
		i++;
	}
	return args;
}

static void
open_run(SynthikScanState *state)
{
	MemoryContext old;
	MakerCall	call = {.maker = state->maker,.kept = true};
	ListCell   *lc;

	if (state->memory == NULL)
		state->memory = AllocSetContextCreate(state->css.ss.ps.state->es_query_cxt,
											  "synthik scan",
											  ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(state->memory);
	call.args = evaluate_arguments(state);
	call.row_type = exprType(linitial(state->func->args));
	call.result = state->columns;
	foreach(lc, state->read)
	{
		if (lfirst_int(lc) > 0)
			call.wanted = bms_add_member(call.wanted, lfirst_int(lc) - 1);
		else
			call.all = true;
	}
	state->run = maker_begin(&call);
	MemoryContextSwitchTo(old);
}

static void
close_run(SynthikScanState *state)
{
	if (state->run != NULL)
		maker_end(state->run);
	state->run = NULL;
	state->done = false;
	if (state->memory != NULL)
		MemoryContextReset(state->memory);
}

/* The row once more, as one value. */
static void
set_whole_row(SynthikScanState *state, TupleTableSlot *slot)
{
	MemoryContext old = MemoryContextSwitchTo(state->css.ss.ps.ps_ExprContext->ecxt_per_tuple_memory);
	HeapTuple	tuple = heap_form_tuple(state->row_desc, slot->tts_values,
										slot->tts_isnull);
	int			k = state->columns->natts;

	slot->tts_values[k] = HeapTupleGetDatum(tuple);
	slot->tts_isnull[k] = false;
	MemoryContextSwitchTo(old);
}

static TupleTableSlot *
next_row(ScanState *node)
{
	SynthikScanState *state = (SynthikScanState *) node;
	TupleTableSlot *slot = node->ss_ScanTupleSlot;

	ExecClearTuple(slot);
	if (state->run == NULL)
		open_run(state);
	if (state->done)
		return slot;
	if (!maker_next(state->run, slot->tts_values, slot->tts_isnull))
	{
		state->done = true;
		return slot;
	}
	if (OidIsValid(state->whole_row))
		set_whole_row(state, slot);
	return ExecStoreVirtualTuple(slot);
}

/*
 * When a concurrently updated row of another relation is checked again, ours
 * is the one that it was joined with, which the query carries along as a
 * whole-row value.
 */
static bool
recheck_row(ScanState *node, TupleTableSlot *slot)
{
	SynthikScanState *state = (SynthikScanState *) node;
	EPQState   *epq = node->ps.state->es_epq_active;
	CustomScan *plan = (CustomScan *) node->ps.plan;
	int			rti = bms_next_member(plan->custom_relids, -1);

	if (epq == NULL || epq->relsubs_done[rti - 1])
		return false;
	epq->relsubs_done[rti - 1] = true;
	if (epq->relsubs_rowmark[rti - 1] == NULL ||
		!EvalPlanQualFetchRowMark(epq, rti, slot))
		return false;
	slot_getallattrs(slot);
	if (OidIsValid(state->whole_row))
		set_whole_row(state, slot);
	return true;
}

static TupleTableSlot *
exec_scan(CustomScanState *node)
{
	return ExecScan(&node->ss, next_row, recheck_row);
}

static void
end_scan(CustomScanState *node)
{
	close_run((SynthikScanState *) node);
}

/* The same rows again, seed and all, unless the arguments are others. */
static void
rescan_scan(CustomScanState *node)
{
	SynthikScanState *state = (SynthikScanState *) node;
	Bitmapset  *changed = node->ss.ps.chgParam;

	if (bms_overlap(changed, state->params) ||
		(state->any_param && !bms_is_empty(changed)))
		close_run(state);
	else if (state->run != NULL)
	{
		maker_rewind(state->run);
		state->done = false;
	}
	ExecScanReScan(&node->ss);
}

/* ---- EXPLAIN ---- */

/* The model, as far as the plan knows it. */
static const char *
explained_model(SynthikScanState *state)
{
	Const	   *arg = (Const *) list_nth(state->func->args, 2);
	char	   *model;

	if (!IsA(arg, Const))
		return NULL;
	model = arg->constisnull ? "" : TextDatumGetCString(arg->constvalue);
	return model[0] == '\0' ? "local" : model;
}

static List *
explained_columns(SynthikScanState *state)
{
	List	   *names = NIL;
	ListCell   *lc;

	for (int i = 0; i < state->columns->natts; i++)
	{
		bool		read = false;

		foreach(lc, state->read)
			read = read || lfirst_int(lc) == 0 || lfirst_int(lc) == i + 1;
		if (read && !TupleDescAttr(state->columns, i)->attisdropped)
			names = lappend(names, NameStr(TupleDescAttr(state->columns, i)->attname));
	}
	return names;
}

static void
explain_rows(SynthikScanState *state, ExplainState *es)
{
	const char *model = explained_model(state);
	Const	   *rows = (Const *) list_nth(state->func->args, 1);

	if (model != NULL)
		ExplainPropertyText("Model", model, es);
	if (IsA(rows, Const) && !rows->constisnull)
		ExplainPropertyInteger("Rows", NULL, DatumGetInt64(rows->constvalue), es);
	if (es->analyze && state->run != NULL)
		ExplainPropertyInteger("Seed", NULL, maker_seed(state->run), es);
}

/* The path; of content there is nothing to show. */
static void
explain_file(SynthikScanState *state, ExplainState *es)
{
	Const	   *path = (Const *) linitial(state->func->args);

	if (state->maker->text && IsA(path, Const) && !path->constisnull)
		ExplainPropertyText("File", TextDatumGetCString(path->constvalue), es);
}

static void
explain_scan(CustomScanState *node, List *ancestors, ExplainState *es)
{
	SynthikScanState *state = (SynthikScanState *) node;
	List	   *columns = explained_columns(state);

	ExplainPropertyText("Function", get_func_name(state->func->funcid), es);
	if (state->maker->methods == &file_maker_methods)
		explain_file(state, es);
	else if (state->maker->shape != MAKER_STORED)
		explain_rows(state, es);
	if (columns != NIL)
		ExplainPropertyList("Columns", columns, es);
}

static const CustomExecMethods exec_methods = {
	.CustomName = "SynthikScan",
	.BeginCustomScan = begin_scan,
	.ExecCustomScan = exec_scan,
	.EndCustomScan = end_scan,
	.ReScanCustomScan = rescan_scan,
	.ExplainCustomScan = explain_scan,
};

static Node *
create_scan_state(CustomScan *plan)
{
	SynthikScanState *state = palloc0(sizeof(SynthikScanState));

	NodeSetTag(state, T_CustomScanState);
	state->css.methods = &exec_methods;
	return (Node *) state;
}

static const CustomScanMethods scan_methods = {
	.CustomName = "SynthikScan",
	.CreateCustomScanState = create_scan_state,
};

void
scan_init(void)
{
	RegisterCustomScanMethods(&scan_methods);
	previous_hook = set_rel_pathlist_hook;
	set_rel_pathlist_hook = add_scan_path;
}
