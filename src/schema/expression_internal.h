/*-------------------------------------------------------------------------
 *
 * expression_internal.h
 *		Private to the parser of expressions (expression*.c).
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_EXPRESSION_INTERNAL_H
#define SYNTHIK_EXPRESSION_INTERNAL_H

#include "parser/parse_node.h"
#include "schema/expression.h"

/* ---- expression_trust.c: built in, the caller's own, or a superuser's? ---- */

extern bool expression_type_is_trusted(Oid type);
extern bool expression_function_is_trusted(Oid function);

/* ---- expression_name.c ---- */

/*
 * A ParseState's p_post_columnref_hook: the Var of a name.  p_ref_hook_state is
 * the Schema, to which contexts that are read are added.
 */
extern Node *expression_column_hook(ParseState *pstate, ColumnRef *column, Node *var);

/* ---- expression_judge.c: what is refused is an error ---- */

/* The one expression of what raw_parser() gave. */
extern Node *expression_bare(List *raw);

/*
 * Judges the types that a raw expression names, before its analysis.  True if
 * one of its literals would follow the clock as a time.
 */
extern bool expression_judge_raw(Node *expr);

/*
 * Judges what the analysis gave, coerced to the target type; follows_clock is
 * what expression_judge_raw() said.
 */
extern void expression_judge(const Schema *schema, Node *expr, Oid target_type,
							 bool follows_clock);

#endif							/* SYNTHIK_EXPRESSION_INTERNAL_H */
