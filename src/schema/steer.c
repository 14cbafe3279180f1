/*-------------------------------------------------------------------------
 *
 * steer.c
 *		Takes out of checks what can steer the drawing of values.
 *
 * Every check is folded and walked down its ANDs and ORs; what compares one
 * field with a constant becomes a Narrow of that field, what compares two
 * fields becomes an Order.  The Narrows of all checks are gathered first, so
 * that two checks which contradict each other are told from a check that
 * only contradicts a guess made from the field's name.
 *
 * Nothing here decides whether a row is valid: the checks themselves are
 * evaluated on every row.  So whatever is hard to convert is left out, and
 * what is left out costs redraws only.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "optimizer/optimizer.h"
#include "optimizer/prep.h"
#include "schema/expression.h"
#include "schema/steer.h"
#include "schema/steer_internal.h"
#include "util/guard.h"

static void gather(Node *node, Facts *facts);

static void
gather_boolean(Node *node, bool value, Facts *facts)
{
	int			index = operand_field(node, facts);
	ValueSet	list = {0, NULL};

	if (index < 0 || facts_type(facts, index) != BOOLOID)
		return;
	set_add(&list, BoolGetDatum(value));
	narrow_list(narrow_for(facts, index), &list, facts->check, BOOLOID);
}

/* All arms hold for one field or other: the fields that every arm narrows. */
static void
gather_alternatives(List *arms, Facts *facts)
{
	Facts		hull = {facts->schema, facts->check, NIL, NIL};
	ListCell   *cell;
	ListCell   *inner;

	gather(linitial(arms), &hull);
	for_each_from(cell, arms, 1)
	{
		Facts		arm = {facts->schema, facts->check, NIL, NIL};
		List	   *kept = NIL;

		CHECK_FOR_INTERRUPTS();
		gather(lfirst(cell), &arm);
		foreach(inner, hull.narrows)
		{
			Narrow	   *narrow = lfirst(inner);
			Narrow	   *other = narrow_find(&arm, narrow->field);

			if (other == NULL)
				continue;
			narrow_or(narrow, other, facts->check, facts_type(facts, narrow->field));
			kept = lappend(kept, narrow);
		}
		hull.narrows = kept;
		if (kept == NIL)
			return;
	}
	hull.orders = NIL;
	facts_merge(facts, &hull);
}

/*
 * "x IS NULL OR condition" asks of x what the condition does, for a
 * condition is not false for NULL either.
 */
static void
gather_or(BoolExpr *or, Facts *facts)
{
	List	   *arms = NIL;
	Bitmapset  *nullable = NULL;
	Bitmapset  *read;
	ListCell   *cell;

	foreach(cell, or->args)
	{
		NullTest   *test = lfirst(cell);
		int			index;

		if (IsA(test, NullTest) && test->nulltesttype == IS_NULL &&
			!test->argisrow &&
			(index = operand_field((Node *) test->arg, facts)) >= 0)
		{
			if (!facts->schema->fields[index]->required)
				nullable = bms_add_member(nullable, index);
		}
		else
			arms = lappend(arms, test);
	}
	if (arms == NIL)
		return;
	read = expression_reads(facts->schema, (Node *) arms);
	if (facts->check->domain_field >= 0)
		read = bms_add_member(read, facts->check->domain_field);
	if (!bms_is_subset(nullable, read))
		return;
	if (list_length(arms) > 1)
		gather_alternatives(arms, facts);
	else
	{
		Facts		arm = {facts->schema, facts->check, NIL, NIL};

		gather(linitial(arms), &arm);
		foreach(cell, arm.narrows)
			((Narrow *) lfirst(cell))->required = false;
		facts_merge(facts, &arm);
	}
}

static void
gather_test(BooleanTest *test, Facts *facts)
{
	Node	   *arg = (Node *) test->arg;

	if (test->booltesttype != IS_TRUE && test->booltesttype != IS_FALSE)
		return;
	if (test->booltesttype == IS_TRUE && !IsA(arg, Var))
	{
		gather(arg, facts);
		return;
	}
	gather_boolean(arg, test->booltesttype == IS_TRUE, facts);
	if (operand_field(arg, facts) >= 0)
		narrow_for(facts, operand_field(arg, facts))->required = true;
}

/* What follows from a condition that must not be false. */
static void
gather(Node *node, Facts *facts)
{
	ListCell   *cell;

	check_stack_depth();
	switch (nodeTag(node))
	{
		case T_BoolExpr:
			{
				BoolExpr   *expr = (BoolExpr *) node;

				if (expr->boolop == OR_EXPR)
					gather_or(expr, facts);
				else if (expr->boolop == NOT_EXPR)
					gather_boolean(linitial(expr->args), false, facts);
				else
				{
					foreach(cell, expr->args)
						gather(lfirst(cell), facts);
				}
				break;
			}
		case T_OpExpr:
			gather_comparison((OpExpr *) node, facts);
			break;
		case T_ScalarArrayOpExpr:
			gather_array((ScalarArrayOpExpr *) node, facts);
			break;
		case T_NullTest:
			{
				NullTest   *test = (NullTest *) node;
				int			index = operand_field((Node *) test->arg, facts);

				if (test->nulltesttype == IS_NOT_NULL && !test->argisrow && index >= 0)
					narrow_for(facts, index)->required = true;
				break;
			}
		case T_BooleanTest:
			gather_test((BooleanTest *) node, facts);
			break;
		default:
			gather_boolean(node, true, facts);
			break;
	}
}

/* Folds and reads one check; may throw, as 1 / 0 does. */
static void
gather_check(void *argument)
{
	Facts	   *facts = argument;
	Node	   *expr = copyObject(facts->check->expr);

	expr = eval_const_expressions(NULL, expr);
	expr = (Node *) canonicalize_qual((Expr *) expr, true);
	gather(expr, facts);
}

static void
gather_all(Schema *schema, Facts *all)
{
	ListCell   *cell;

	foreach(cell, schema->checks)
	{
		const Check *check = lfirst(cell);
		Facts		facts = {schema, check, NIL, NIL};

		CHECK_FOR_INTERRUPTS();

		/* no subtransaction can be had there, and none has to */
		if (check->expr == NULL || IsInParallelMode())
			continue;
		if (guard_call(gather_check, &facts, NULL))
			facts_merge(all, &facts);
	}
}

void
steer_schema(Schema *schema, Faults *faults, const char *prefix)
{
	Facts		all = {schema, NULL, NIL, NIL};
	ListCell   *cell;

	gather_all(schema, &all);
	foreach(cell, all.narrows)
		apply_narrow(schema, lfirst(cell), faults, prefix);
	apply_orders(schema, all.orders);
}
