/*-------------------------------------------------------------------------
 *
 * expression.c
 *		Parses the expressions of a document and refuses the harmful ones.
 *
 * What an expression could do harm with is refused by expression_judge.c, what
 * its names stand for is said by expression_name.c.
 *
 * Names resolve under a search path of pg_catalog alone.  Subqueries,
 * aggregates, window functions and set-returning functions are refused by the
 * parser itself, which treats the expression like that of a generated column.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include "nodes/nodeFuncs.h"
#include "parser/parse_coerce.h"
#include "parser/parse_collate.h"
#include "parser/parse_expr.h"
#include "parser/parser.h"
#include "schema/expression_internal.h"
#include "utils/builtins.h"
#include "utils/guc.h"

typedef struct ExpressionSource
{
	const char *text;
	const char *what;
} ExpressionSource;

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
	bool		follows_clock;

	pstate->p_sourcetext = text;
	pstate->p_post_columnref_hook = expression_column_hook;
	pstate->p_ref_hook_state = unconstify(Schema *, schema);
	expr = expression_bare(raw_parser(text, RAW_PARSE_PLPGSQL_EXPR));
	follows_clock = expression_judge_raw(expr);
	expr = transformExpr(pstate, expr, EXPR_KIND_GENERATED_COLUMN);
	expr = coerce_expression(pstate, expr, target_type, target_typmod);
	assign_expr_collations(pstate, expr);
	free_parsestate(pstate);
	expression_judge(schema, expr, target_type, follows_clock);
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
