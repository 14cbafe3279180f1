/*-------------------------------------------------------------------------
 *
 * steer_compare.c
 *		Comparisons: of a field with a constant, with the constants of an
 *		array, and with another field.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include "access/stratnum.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "schema/steer_internal.h"
#include "utils/array.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

/* ---- operands ---- */

/* Does a cast keep order and, but for rounding of floats, the value? */
static bool
cast_keeps_order(Oid from, Oid to)
{
	ValueKind	source = value_kind(from);
	ValueKind	target = value_kind(to);

	switch (source)
	{
		case VALUE_INTEGER:
			return target == VALUE_INTEGER || target == VALUE_FLOAT ||
				(target == VALUE_NUMERIC && to == NUMERICOID);
		case VALUE_FLOAT:
			return target == VALUE_FLOAT;
		case VALUE_NUMERIC:
			return from == NUMERICOID && target == VALUE_FLOAT;
		case VALUE_DATE:
			return target == VALUE_TIMESTAMP;
		case VALUE_TIMESTAMP:
			return target == VALUE_TIMESTAMP;
		case VALUE_TEXT:
			return type_is_text(from) && type_is_text(to);
		default:
			return false;
	}
}

/* Is a call the work of a cast?  One with a typmod rounds or cuts. */
bool
function_is_cast(const FuncExpr *call)
{
	return (call->funcformat == COERCE_IMPLICIT_CAST ||
			call->funcformat == COERCE_EXPLICIT_CAST) &&
		list_length(call->args) == 1;
}

/*
 * The index of the field, or of the context, that an operand is, casts looked
 * through, or -1.
 */
static int
operand_index(Node *node, const Facts *facts)
{
	for (;;)
	{
		if (IsA(node, RelabelType))
			node = (Node *) ((RelabelType *) node)->arg;
		else if (IsA(node, CoerceToDomain))
			node = (Node *) ((CoerceToDomain *) node)->arg;
		else if (IsA(node, FuncExpr))
		{
			FuncExpr   *cast = (FuncExpr *) node;

			if (!function_is_cast(cast) ||
				!cast_keeps_order(getBaseType(exprType(linitial(cast->args))),
								  cast->funcresulttype))
				return -1;
			node = linitial(cast->args);
		}
		else
			break;
	}
	if (IsA(node, CoerceToDomainValue))
		return facts->check->domain_field;
	if (IsA(node, Var))
	{
		Var		   *var = (Var *) node;

		if (var->varno == 1 && var->varlevelsup == 0 &&
			var->varattno >= 1 && var->varattno <= facts->schema->nfields)
			return var->varattno - 1;
		if (var->varno == INNER_VAR && var->varattno >= 1 &&
			var->varattno <= facts->schema->ncontexts)
			return facts->schema->nfields + var->varattno - 1;
	}
	return -1;
}

int
operand_field(Node *node, const Facts *facts)
{
	int			index = operand_index(node, facts);

	return index < facts->schema->nfields ? index : -1;
}

/* The field in trim(field), or -1. */
int
trimmed_field(Node *node, const Facts *facts)
{
	FuncExpr   *call = (FuncExpr *) node;

	if (!IsA(node, FuncExpr) || call->funcid != F_BTRIM_TEXT)
		return -1;
	return operand_field(linitial(call->args), facts);
}

/* ---- comparisons ---- */

/* field strategy constant */
static void
gather_constant(int index, int strategy, const Const *constant, Facts *facts)
{
	const Field *field = facts->schema->fields[index];
	Bound		bound = {true, false, 0};
	ValueSet	list = {0, NULL};
	bool		storable;

	if (value_order(field->base_type) == NULL)
		return;
	if (strategy == NOT_EQUAL_STRATEGY && constant_is_empty_text(constant))
		narrow_length(narrow_for(facts, index), 1, -1, facts->check);
	if (!constant_convert(field->base_type, constant, &strategy, &bound.value))
		return;
	if (strategy == BTEqualStrategyNumber || strategy == NOT_EQUAL_STRATEGY)
	{
		storable = constant_fit_typmod(field, &bound.value);
		if (storable)
			set_add(&list, bound.value);
		if (strategy == BTEqualStrategyNumber)
			narrow_list(narrow_for(facts, index), &list, facts->check,
						field->base_type);
		else if (storable)
			set_add(&narrow_for(facts, index)->excluded, bound.value);
		return;
	}
	if (!value_kind_is_scale(value_kind(field->base_type)))
		return;
	bound.exclusive = strategy == BTLessStrategyNumber ||
		strategy == BTGreaterStrategyNumber;
	if (strategy <= BTLessEqualStrategyNumber)
		narrow_maximum(narrow_for(facts, index), &bound, facts->check,
					   field->base_type);
	else
		narrow_minimum(narrow_for(facts, index), &bound, facts->check,
					   field->base_type);
}

/*
 * The btree strategy of an operator in the default operator family of its
 * left operand's type, NOT_EQUAL_STRATEGY, or 0.
 */
static int
comparison_strategy(Oid operator, Oid left_type)
{
	TypeCacheEntry *entry = lookup_type_cache(left_type, TYPECACHE_BTREE_OPFAMILY);
	Oid			negator;
	int			strategy;

	if (!OidIsValid(entry->btree_opf))
		return 0;
	strategy = get_op_opfamily_strategy(operator, entry->btree_opf);
	if (strategy != 0)
		return strategy;
	negator = get_negator(operator);
	if (OidIsValid(negator) &&
		get_op_opfamily_strategy(negator, entry->btree_opf) == BTEqualStrategyNumber)
		return NOT_EQUAL_STRATEGY;
	return 0;
}

void
gather_comparison(OpExpr *op, Facts *facts)
{
	Node	   *left;
	Node	   *right;
	Oid			operator = op->opno;
	int			strategy;
	int			index;

	if (list_length(op->args) != 2)
		return;
	left = linitial(op->args);
	right = lsecond(op->args);
	if (IsA(left, Const))
	{
		Node	   *swap = left;

		left = right;
		right = swap;
		operator = get_commutator(operator);
		if (!OidIsValid(operator))
			return;
	}
	if (gather_pattern(operator, left, right, facts))
		return;
	strategy = comparison_strategy(operator, exprType(left));
	if (strategy == 0)
		return;
	index = operand_field(left, facts);
	if (IsA(right, Const))
	{
		if (((Const *) right)->constisnull)
			return;
		if (index >= 0)
			gather_constant(index, strategy, (Const *) right, facts);
		else
			gather_call(left, strategy, (Const *) right, facts);
	}
	else if (operand_index(left, facts) >= 0 && operand_index(right, facts) >= 0)
		gather_order(operand_index(left, facts), operand_index(right, facts), strategy, facts);
}

/* The elements of a constant array as constants; NIL if it is not one. */
static List *
array_constants(Node *node)
{
	Const	   *array = (Const *) node;
	Oid			type;
	int16		length;
	bool		byval;
	char		align;
	Datum	   *values;
	bool	   *nulls;
	int			count;
	List	   *constants = NIL;

	if (!IsA(node, Const) || array->constisnull)
		return NIL;
	type = get_base_element_type(array->consttype);
	if (!OidIsValid(type))
		return NIL;
	get_typlenbyvalalign(type, &length, &byval, &align);
	deconstruct_array(DatumGetArrayTypeP(array->constvalue), type, length,
					  byval, align, &values, &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		if (!nulls[i])
			constants = lappend(constants,
								makeConst(type, -1, get_typcollation(type),
										  length, values[i], false, byval));
	}
	return constants;
}

/* field = ANY (array), which IN is too, and field <> ALL (array) */
void
gather_array(ScalarArrayOpExpr *op, Facts *facts)
{
	Node	   *left = linitial(op->args);
	int			strategy = comparison_strategy(op->opno, exprType(left));
	int			index = operand_field(left, facts);
	List	   *constants = array_constants(lsecond(op->args));
	ValueSet	list = {0, NULL};
	Oid			type;
	ListCell   *cell;

	if (index < 0 || constants == NIL ||
		strategy != (op->useOr ? BTEqualStrategyNumber : NOT_EQUAL_STRATEGY))
		return;
	type = facts_type(facts, index);
	if (value_order(type) == NULL)
		return;
	foreach(cell, constants)
	{
		Datum		value;

		CHECK_FOR_INTERRUPTS();
		if (strategy == NOT_EQUAL_STRATEGY)
			gather_constant(index, strategy, lfirst(cell), facts);
		else if (constant_convert(type, lfirst(cell), &strategy, &value) &&
				 constant_fit_typmod(facts->schema->fields[index], &value))
			set_add(&list, value);
	}
	if (strategy == BTEqualStrategyNumber && list.count > 0)
		narrow_list(narrow_for(facts, index), &list, facts->check, type);
}
