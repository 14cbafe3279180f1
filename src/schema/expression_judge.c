/*-------------------------------------------------------------------------
 *
 * expression_judge.c
 *		Refuses what an expression of a document may not do.
 *
 * What it may do is limited in four places:
 *
 * - Its raw parse tree has to be one bare expression.  The grammar's entry
 *   for PL/pgSQL expressions takes FROM, WHERE, ORDER BY and more behind it.
 * - Types that it names must belong to pg_catalog, to the caller or to a
 *   superuser.  This is judged before the parse analysis, which already runs
 *   the input functions of the types of literals.
 * - The same holds for its functions and operators, judged on the tree as
 *   written, before anything is evaluated.
 * - After inlining and constant folding only immutable functions may be left.
 *   Before that would be too early: textanycat(), the "||" of 'A-' || id, is
 *   stable and is inlined to immutable parts.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_type.h"
#include "schema/expression_internal.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"
#include "utils/syscache.h"

/* ---- the raw tree ---- */

static void
refuse_clause(bool present, const char *clause)
{
	if (present)
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("%s is not allowed in an expression", clause),
				 errhint("One expression over the fields of the row is expected.")));
}

Node *
expression_bare(List *raw)
{
	SelectStmt *select;
	ResTarget  *target;

	if (list_length(raw) != 1)
		refuse_clause(true, "more than one statement");
	select = (SelectStmt *) linitial_node(RawStmt, raw)->stmt;
	if (!IsA(select, SelectStmt))
		refuse_clause(true, "a statement");
	refuse_clause(select->distinctClause != NIL, "DISTINCT");
	refuse_clause(select->intoClause != NULL, "INTO");
	refuse_clause(select->fromClause != NIL, "FROM");
	refuse_clause(select->whereClause != NULL, "WHERE");
	refuse_clause(select->groupClause != NIL || select->groupDistinct, "GROUP BY");
	refuse_clause(select->havingClause != NULL, "HAVING");
	refuse_clause(select->windowClause != NIL, "WINDOW");
	refuse_clause(select->valuesLists != NIL, "VALUES");
	refuse_clause(select->sortClause != NIL, "ORDER BY");
	refuse_clause(select->limitOffset || select->limitCount, "LIMIT or OFFSET");
	refuse_clause(select->lockingClause != NIL, "FOR UPDATE or FOR SHARE");
	refuse_clause(select->withClause != NULL, "WITH");
	refuse_clause(select->op != SETOP_NONE || select->larg || select->rarg,
				  "UNION, INTERSECT or EXCEPT");
	if (select->targetList == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("the expression is empty")));
	refuse_clause(list_length(select->targetList) > 1, "more than one value");
	target = linitial_node(ResTarget, select->targetList);
	refuse_clause(target->name != NULL, "an alias");
	refuse_clause(target->indirection != NIL, "an assignment target");
	refuse_clause(IsA(target->val, ColumnRef) &&
				  IsA(llast(((ColumnRef *) target->val)->fields), A_Star), "\"*\"");
	return target->val;
}

static void
require_trusted_type(Oid type)
{
	if (!expression_type_is_trusted(type))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("type %s cannot be used in an expression",
						format_type_be(type)),
				 errhint("Types have to be built in, your own, or a superuser's.")));
}

/*
 * Judges the types that a raw expression names.  "a.b('x')" is a cast when
 * a.b is a type, so the names of functions of one argument count too.
 * *context becomes true where a literal would follow the clock as a time.
 */
static bool
judge_raw_walker(Node *node, void *context)
{
	Type		type = NULL;

	if (node == NULL)
		return false;
	CHECK_FOR_INTERRUPTS();
	if (IsA(node, A_Const) && !((A_Const *) node)->isnull &&
		IsA(&((A_Const *) node)->val, String))
		*(bool *) context |= value_follows_clock(strVal(&((A_Const *) node)->val));
	if (IsA(node, TypeName) && ((TypeName *) node)->names != NIL)
		type = LookupTypeName(NULL, (TypeName *) node, NULL, true);
	else if (IsA(node, FuncCall) && list_length(((FuncCall *) node)->args) == 1 &&
			 list_length(((FuncCall *) node)->funcname) <= 3)
		type = LookupTypeName(NULL,
							  makeTypeNameFromNameList(((FuncCall *) node)->funcname),
							  NULL, true);
	if (type != NULL)
	{
		Oid			oid = typeTypeId(type);

		ReleaseSysCache(type);
		require_trusted_type(oid);
	}
	return raw_expression_tree_walker(node, judge_raw_walker, context);
}

bool
expression_judge_raw(Node *expr)
{
	bool		follows_clock = false;

	judge_raw_walker(expr, &follows_clock);
	return follows_clock;
}

/* ---- the analysed tree ---- */

static bool
function_is_untrusted(Oid function, void *context)
{
	if (!expression_function_is_trusted(function))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("function %s cannot be used in an expression",
						format_procedure(function)),
				 errhint("Functions and operators have to be built in, your own, or a superuser's.")));
	return false;
}

static bool
function_is_mutable(Oid function, void *context)
{
	if (func_volatile(function) != PROVOLATILE_IMMUTABLE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
				 errmsg("function %s is not immutable",
						format_procedure(function)),
				 errhint("An expression may use only functions that give the same result for the same arguments, whatever the settings and whenever called.")));
	return false;
}

/* reg* values name objects of this very database. */
static bool
is_object_reference(Oid type)
{
	switch (type)
	{
		case REGPROCOID:
		case REGPROCEDUREOID:
		case REGOPEROID:
		case REGOPERATOROID:
		case REGCLASSOID:
		case REGCOLLATIONOID:
		case REGTYPEOID:
		case REGROLEOID:
		case REGNAMESPACEOID:
		case REGCONFIGOID:
		case REGDICTIONARYOID:
			return true;
		default:
			return false;
	}
}

static void
refuse_node(const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("%s cannot be used in an expression", what)));
}

/* The parser refuses most of these by itself; this does not rely on it. */
static void
judge_node_kind(Node *node)
{
	switch (nodeTag(node))
	{
		case T_SubLink:
		case T_SubPlan:
		case T_Query:
			refuse_node("a subquery");
			break;
		case T_Aggref:
		case T_GroupingFunc:
			refuse_node("an aggregate function");
			break;
		case T_WindowFunc:
			refuse_node("a window function");
			break;
		case T_Param:
			refuse_node("a parameter");
			break;
		case T_NextValueExpr:
		case T_CurrentOfExpr:
		case T_SetToDefault:
			refuse_node("this construct");
			break;
		case T_SQLValueFunction:
			refuse_node("a function of the current time, user or schema");
			break;
		case T_Const:
			if (is_object_reference(((Const *) node)->consttype))
				refuse_node(psprintf("a literal of type %s",
									 format_type_be(((Const *) node)->consttype)));
			break;
		default:
			break;
	}
}

/* context is the OID of a domain that needs no trust, or NULL. */
static bool
judge_trust_walker(Node *node, void *context)
{
	if (node == NULL)
		return false;
	check_stack_depth();
	judge_node_kind(node);
	if (IsA(node, CoerceToDomain) &&
		((CoerceToDomain *) node)->resulttype != *(Oid *) context)
		require_trusted_type(((CoerceToDomain *) node)->resulttype);
	check_functions_in_node(node, function_is_untrusted, NULL);
	return expression_tree_walker(node, judge_trust_walker, context);
}

static bool
judge_mutability_walker(Node *node, void *context)
{
	if (node == NULL)
		return false;
	check_stack_depth();
	judge_node_kind(node);
	check_functions_in_node(node, function_is_mutable, NULL);
	return expression_tree_walker(node, judge_mutability_walker, context);
}

/* A literal like 'now' has been read as a time if there is one in the tree. */
static bool
has_time_literal_walker(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Const))
	{
		ValueKind	kind = value_kind(((Const *) node)->consttype);

		if (kind == VALUE_DATE || kind == VALUE_TIME || kind == VALUE_TIMESTAMP)
			return true;
	}
	return expression_tree_walker(node, has_time_literal_walker, context);
}

static void
refuse_clock(Node *expr)
{
	if (has_time_literal_walker(expr, NULL))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
				 errmsg("the expression is not immutable"),
				 errdetail("\"now\", \"today\", \"tomorrow\" and \"yesterday\" mean other times whenever they are read.")));
}

/*
 * A table's column may have any type that its owner likes, and INSERT would
 * run the checks of a domain too; a document alone cannot ask for that.
 */
void
expression_judge(const Schema *schema, Node *expr, Oid target_type, bool follows_clock)
{
	Oid			free_domain = OidIsValid(schema->relid) ? target_type : InvalidOid;
	Node	   *folded;

	if (follows_clock)
		refuse_clock(expr);
	judge_trust_walker(expr, &free_domain);
	if (expression_returns_set(expr))
		refuse_node("a function that returns a set");
	folded = (Node *) expression_planner((Expr *) copyObject(expr));
	judge_mutability_walker(folded, NULL);
	if (contain_mutable_functions(folded))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
				 errmsg("the expression is not immutable")));
}
