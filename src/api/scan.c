/*-------------------------------------------------------------------------
 *
 * scan.c
 *		Functions in FROM that stream, as the executor runs them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "access/htup_details.h"
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
#include "nodes/nodeFuncs.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

/* ---- a scan ---- */

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
	state->maker = scan_maker(state->func->funcid);
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

const CustomScanMethods scan_methods = {
	.CustomName = "SynthikScan",
	.CreateCustomScanState = create_scan_state,
};
