/*-------------------------------------------------------------------------
 *
 * expression.c
 *		Parses the expressions of a document and refuses the harmful ones.
 *
 * What an expression may do is limited in four places:
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
 * Names resolve under a search path of pg_catalog alone.  Subqueries,
 * aggregates, window functions and set-returning functions are refused by the
 * parser itself, which treats the expression like that of a generated column.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include "access/htup_details.h"
#include "access/sysattr.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "parser/parse_collate.h"
#include "parser/parse_expr.h"
#include "parser/parse_node.h"
#include "parser/parse_type.h"
#include "parser/parser.h"
#include "schema/document.h"
#include "schema/expression.h"
#include "schema/semantic.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"
#include "utils/resowner.h"
#include "utils/rls.h"
#include "utils/syscache.h"

typedef struct ExpressionSource
{
	const char *text;
	const char *what;
} ExpressionSource;

/* ---- who is trusted ---- */

static bool
owner_is_trusted(Oid owner)
{
	return owner == GetUserId() || superuser_arg(owner);
}

static bool
type_is_trusted(Oid type)
{
	HeapTuple	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
	Form_pg_type form;
	bool		trusted;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for type %u", type);
	form = (Form_pg_type) GETSTRUCT(tuple);
	trusted = form->typnamespace == PG_CATALOG_NAMESPACE ||
		owner_is_trusted(form->typowner);
	ReleaseSysCache(tuple);
	return trusted;
}

static bool
function_is_trusted(Oid function)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Form_pg_proc form;
	bool		trusted;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", function);
	form = (Form_pg_proc) GETSTRUCT(tuple);
	trusted = form->pronamespace == PG_CATALOG_NAMESPACE ||
		owner_is_trusted(form->proowner);
	ReleaseSysCache(tuple);
	return trusted;
}

static void
require_trusted_type(Oid type)
{
	if (!type_is_trusted(type))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("type %s cannot be used in an expression",
						format_type_be(type)),
				 errhint("Types have to be built in, your own, or a superuser's.")));
}

bool
expression_type_is_harmless(Oid type)
{
	Oid			element = get_element_type(type);

	if (OidIsValid(element))
		type = element;
	switch (get_typtype(type))
	{
		case TYPTYPE_BASE:		/* only superusers make these */
		case TYPTYPE_ENUM:
			return true;
		default:
			return type_is_trusted(type);
	}
}

bool
expression_relation_is_harmless(Oid relid)
{
	HeapTuple	tuple;
	Form_pg_class form;
	bool		harmless;

	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for relation %u", relid);
	form = (Form_pg_class) GETSTRUCT(tuple);
	harmless = form->relkind != RELKIND_VIEW &&
		form->relkind != RELKIND_FOREIGN_TABLE &&
		check_enable_rls(relid, InvalidOid, true) != RLS_ENABLED;
	harmless = harmless || owner_is_trusted(form->relowner);
	ReleaseSysCache(tuple);
	return harmless;
}

static Oid
relation_owner(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for relation %u", relid);
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

bool
expression_relation_is_trusted(Oid relid, Oid table)
{
	Oid			owner = relation_owner(relid);

	return owner_is_trusted(owner) || (OidIsValid(table) && relation_owner(table) == owner);
}

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

/* The one expression of what raw_parser() gave. */
static Node *
bare_expression(List *raw)
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
	return target->val;
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

/* ---- names ---- */

/*
 * The Var of a field.  Its type is the tuple descriptor's, which the executor
 * compares it with.
 */
static Node *
field_var(const Schema *schema, int index, int location)
{
	Field	   *field = schema->fields[index];
	Oid			type = field->type;
	int32		typmod = field->typmod;
	Oid			collation = field->collation;
	Var		   *var;

	if (schema->tupdesc != NULL)
	{
		Form_pg_attribute attribute = TupleDescAttr(schema->tupdesc, index);

		type = attribute->atttypid;
		typmod = attribute->atttypmod;
		collation = attribute->attcollation;
	}
	var = makeVar(1, index + 1, type, typmod, collation, 0);
	var->location = location;
	return (Node *) var;
}

/* ---- columns of rows that are referred to ---- */

/*
 * The reference of a field whose parent has a column; that which draws the
 * field goes first.  -1 if there is none, and then *any is one without it.
 */
static int
reference_with_column(const Schema *schema, int field, const char *column, int *any)
{
	int			first = schema->fields[field]->reference;

	*any = first;
	for (int i = -1; i < list_length(schema->references); i++)
	{
		int			index = i < 0 ? first : i;
		const Reference *reference = index < 0 ? NULL : list_nth(schema->references, index);

		if (reference == NULL || !reference_has_field(reference, field))
			continue;
		if (*any < 0)
			*any = index;
		if (get_attnum(reference->relid, column) > 0)
			return index;
	}
	return -1;
}

static char *
column_hint(Oid relid, const char *word)
{
	const char *nearest = nearest_column(relid, word);

	return nearest ? psprintf("Perhaps you meant \"%s\".", nearest) : NULL;
}

/* A context, as the rows' second tuple has it. */
static Node *
inner_var(const Schema *schema, int index, int location)
{
	const Field *field = schema->fields[index];
	Var		   *var = makeVar(INNER_VAR, index - schema->nfields + 1, field->type,
							  field->typmod, field->collation, 0);

	var->location = location;
	return (Node *) var;
}

/* "customer_id.country": a column of the row that a field refers to. */
static Node *
context_var(ParseState *pstate, const ColumnRef *column, char *name, char *member)
{
	Schema	   *schema = pstate->p_ref_hook_state;
	int			field = schema_field_index(schema, name);
	int			any = -1;
	int			reference = field < 0 ? -1 : reference_with_column(schema, field, member, &any);
	Oid			relid = any < 0 ? InvalidOid :
		((Reference *) list_nth(schema->references, any))->relid;
	const char *hint = NULL;
	int			context;

	if (reference < 0)
	{
		if (field < 0)
			hint = schema_field_hint(schema, name);
		else if (OidIsValid(relid))
			hint = column_hint(relid, member);
		else
			hint = "A field that \"references\" a table leads to the columns of that table.";
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 field < 0 ? errmsg("field \"%s\" does not exist", name) :
				 OidIsValid(relid) ? errmsg("column \"%s\" of \"%s\" does not exist", member,
											get_rel_name(relid)) :
				 errmsg("field \"%s\" refers to no table, so there is no \"%s\"", name,
						NameListToString(column->fields)),
				 hint ? errhint("%s", hint) : 0,
				 parser_errposition(pstate, column->location)));
	}
	if (!reference_is_drawn(schema, list_nth(schema->references, reference)))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("\"%s\" cannot be read: field \"%s\" is not drawn from keys",
						NameListToString(column->fields), name),
				 parser_errposition(pstate, column->location)));
	context = schema_context(schema, reference,
							 get_attnum(((Reference *) list_nth(schema->references, reference))->relid,
										member));
	return inner_var(schema, context, column->location);
}

static Node *
named_field(ParseState *pstate, const char *name, int location)
{
	const Schema *schema = pstate->p_ref_hook_state;
	int			index = schema_drawn_index(schema, name);
	const char *hint;

	if (index >= 0)
		return index < schema->nfields ? field_var(schema, index, location) :
			inner_var(schema, index, location);
	hint = schema_field_hint(schema, name);
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("field \"%s\" does not exist", name),
			 hint ? errhint("%s", hint) : 0,
			 parser_errposition(pstate, location)));
	return NULL;				/* keep compiler quiet */
}

/* ---- names of a series ---- */

#define PREVIOUS_NAME	"previous"
#define SERIES_NAME		"series"

static const char *const place_names[PLACE_COLUMNS] = {"position", "rows", "number"};

TupleDesc
previous_descriptor(const Schema *schema)
{
	int			n = schema->nfields;
	int			ahead = n + PLACE_COLUMNS;
	TupleDesc	tupdesc = CreateTemplateTupleDesc(ahead + schema->ncontexts);

	for (int i = 0; i < n; i++)
		TupleDescCopyEntry(tupdesc, i + 1, schema->tupdesc, i + 1);
	for (int i = 0; i < PLACE_COLUMNS; i++)
		TupleDescInitEntry(tupdesc, n + i + 1, place_names[i], INT8OID, -1, 0);
	for (int i = 0; i < schema->ncontexts; i++)
		TupleDescCopyEntry(tupdesc, ahead + i + 1, schema->context_tupdesc, i + 1);
	return tupdesc;
}

static Node *
place_var(ParseState *pstate, const char *name, int location)
{
	const Schema *schema = pstate->p_ref_hook_state;
	const char *nearest;

	for (int i = 0; i < PLACE_COLUMNS; i++)
		if (strcmp(name, place_names[i]) == 0)
			return (Node *) makeVar(PREVIOUS_VARNO, schema->nfields + i + 1, INT8OID, -1,
									InvalidOid, 0);
	nearest = nearest_name(name, place_names, PLACE_COLUMNS);
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("a series has no \"%s\"", name),
			 nearest ? errhint("Perhaps you meant \"%s\".", nearest) :
			 errhint("There are series.position, series.rows and series.number."),
			 parser_errposition(pstate, location)));
	return NULL;				/* keep compiler quiet */
}

/* A field of that name that refers to a table goes first. */
static bool
named_by_series(const Schema *schema, const char *name)
{
	int			field = schema_field_index(schema, name);

	return (strcmp(name, PREVIOUS_NAME) == 0 || strcmp(name, SERIES_NAME) == 0) &&
		(field < 0 || (schema->series_low > 0 && schema->fields[field]->reference < 0));
}

/* "previous.a" or "series.position" */
static Node *
series_reference(ParseState *pstate, ColumnRef *column)
{
	const Schema *schema = pstate->p_ref_hook_state;
	const char *first = strVal(linitial(column->fields));
	const char *second = strVal(lsecond(column->fields));
	Var		   *var;

	if (schema->series_low == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_COLUMN_REFERENCE),
				 errmsg("\"%s.%s\" needs a series", first, second),
				 errhint("Give the document \"series\": {\"rows\": 48}, or {\"rows\": [20, 200]}."),
				 parser_errposition(pstate, column->location)));
	if (strcmp(first, SERIES_NAME) == 0)
		return place_var(pstate, second, column->location);
	var = (Var *) named_field(pstate, second, column->location);
	if (var->varno == INNER_VAR)
		var->varattno += schema->nfields + PLACE_COLUMNS;
	var->varno = PREVIOUS_VARNO;
	return (Node *) var;
}

static Node *
field_reference(ParseState *pstate, ColumnRef *column, Node *var)
{
	const Schema *schema = pstate->p_ref_hook_state;
	Node	   *first = linitial(column->fields);

	CHECK_FOR_INTERRUPTS();
	if (var != NULL)
		return NULL;
	if (list_length(column->fields) == 2 && IsA(first, String) &&
		IsA(lsecond(column->fields), String))
		return named_by_series(schema, strVal(first)) ? series_reference(pstate, column) :
			context_var(pstate, column, strVal(first), strVal(lsecond(column->fields)));
	if (list_length(column->fields) != 1 || !IsA(first, String))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("only plain field names are allowed in an expression, not \"%s\"",
						NameListToString(column->fields)),
				 parser_errposition(pstate, column->location)));
	return named_field(pstate, strVal(first), column->location);
}

/* ---- the analysed tree ---- */

static bool
function_is_untrusted(Oid function, void *context)
{
	if (!function_is_trusted(function))
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

/*
 * A table's column may have any type that its owner likes, and INSERT would
 * run the checks of a domain too; a document alone cannot ask for that.
 */
static void
judge(const Schema *schema, Node *expr, Oid target_type)
{
	Oid			free_domain = OidIsValid(schema->relid) ? target_type : InvalidOid;
	Node	   *folded;

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
refuse_clock(Node *expr, bool literal)
{
	if (literal && has_time_literal_walker(expr, NULL))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
				 errmsg("the expression is not immutable"),
				 errdetail("\"now\", \"today\", \"tomorrow\" and \"yesterday\" mean other times whenever they are read.")));
}

/* ---- parsing ---- */

static Node *
coerce_expression(ParseState *pstate, Node *expr, Oid target_type,
				  int32 target_typmod)
{
	Oid			type = exprType(expr);
	Node	   *result;

	result = coerce_to_target_type(pstate, expr, type, target_type,
								   target_typmod, COERCION_ASSIGNMENT,
								   COERCE_IMPLICIT_CAST, -1);
	if (result == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the expression has type %s, which does not fit type %s",
						format_type_be(type), format_type_be(target_type)),
				 errhint("Perhaps it needs a cast to %s.", format_type_be(target_type))));
	return result;
}

static Node *
analyse(const Schema *schema, const char *text, Oid target_type,
		int32 target_typmod)
{
	ParseState *pstate = make_parsestate(NULL);
	Node	   *expr;
	bool		clock = false;

	pstate->p_sourcetext = text;
	pstate->p_post_columnref_hook = field_reference;
	pstate->p_ref_hook_state = unconstify(Schema *, schema);
	expr = bare_expression(raw_parser(text, RAW_PARSE_PLPGSQL_EXPR));
	if (IsA(expr, ColumnRef) && IsA(llast(((ColumnRef *) expr)->fields), A_Star))
		refuse_clause(true, "\"*\"");
	judge_raw_walker(expr, &clock);
	expr = transformExpr(pstate, expr, EXPR_KIND_GENERATED_COLUMN);
	expr = coerce_expression(pstate, expr, target_type, target_typmod);
	assign_expr_collations(pstate, expr);
	free_parsestate(pstate);
	refuse_clock(expr, clock);
	judge(schema, expr, target_type);
	return expr;
}

/* Positions are those in the expression, not in the caller's query. */
static void
expression_error_context(void *arg)
{
	ExpressionSource *source = arg;
	int			position = geterrposition();

	if (position > 0)
	{
		errposition(0);
		internalerrposition(position);
		internalerrquery(source->text);
	}
	errcontext("%s", source->what);
}

Node *
expression_parse(const Schema *schema, const char *text, Oid target_type,
				 int32 target_typmod, const char *what)
{
	ExpressionSource source = {text, what};
	ErrorContextCallback callback;
	Node	   *expr;
	int			nestlevel;

	callback.callback = expression_error_context;
	callback.arg = &source;
	callback.previous = error_context_stack;
	error_context_stack = &callback;

	if (strlen(text) > EXPRESSION_MAX_BYTES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("an expression of %zu bytes is too long", strlen(text)),
				 errdetail("At most %d bytes are allowed.", EXPRESSION_MAX_BYTES)));

	/* an error leaves the restoring to the end of the (sub)transaction */
	nestlevel = NewGUCNestLevel();
	(void) set_config_option("search_path", "pg_catalog, pg_temp",
							 PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE,
							 true, 0, false);
	expr = analyse(schema, text, target_type, target_typmod);
	AtEOXact_GUC(true, nestlevel);

	error_context_stack = callback.previous;
	return expr;
}

/* ---- looking into one ---- */

Bitmapset *
expression_reads(const Schema *schema, Node *expr)
{
	Bitmapset  *attributes = NULL;
	Bitmapset  *fields = NULL;
	int			member = -1;

	pull_varattnos(expr, 1, &attributes);
	while ((member = bms_next_member(attributes, member)) >= 0)
	{
		int			attnum = member + FirstLowInvalidHeapAttributeNumber;

		if (attnum == 0 && schema->nfields > 0)
			fields = bms_add_range(fields, 0, schema->nfields - 1);
		else if (attnum > 0 && attnum <= schema->nfields)
			fields = bms_add_member(fields, attnum - 1);
	}
	bms_free(attributes);
	attributes = NULL;
	pull_varattnos(expr, INNER_VAR, &attributes);
	member = -1;
	while ((member = bms_next_member(attributes, member)) >= 0)
		fields = bms_add_member(fields, schema->nfields - 1 +
								member + FirstLowInvalidHeapAttributeNumber);
	bms_free(attributes);
	return fields;
}

typedef struct PreviousReads
{
	int			nfields;
	Bitmapset  *fields;
	bool		any;
} PreviousReads;

static bool
reads_previous_walker(Node *node, void *context)
{
	PreviousReads *reads = context;
	const Var  *var = (const Var *) node;

	if (node == NULL)
		return false;
	if (!IsA(node, Var))
		return expression_tree_walker(node, reads_previous_walker, context);
	if (var->varno != PREVIOUS_VARNO)
		return false;
	reads->any = true;
	if (var->varattno <= reads->nfields)
		reads->fields = bms_add_member(reads->fields, var->varattno - 1);
	else if (var->varattno > reads->nfields + PLACE_COLUMNS)
		reads->fields = bms_add_member(reads->fields, var->varattno - PLACE_COLUMNS - 1);
	return false;
}

Bitmapset *
expression_reads_previous(const Schema *schema, Node *expr)
{
	PreviousReads reads = {schema->nfields};

	reads_previous_walker(expr, &reads);
	return reads.fields;
}

bool
expression_reads_series(const Schema *schema, Node *expr)
{
	PreviousReads reads = {schema->nfields};

	reads_previous_walker(expr, &reads);
	return reads.any;
}
