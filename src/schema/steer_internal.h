/*-------------------------------------------------------------------------
 *
 * steer_internal.h
 *		Private to steer*.c: what conditions say, on its way from the checks
 *		to the fields.
 *
 * The gather_ functions add what follows from a condition that must not be
 * false to a Facts.  They may say less than the condition does, never more.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_STEER_INTERNAL_H
#define SYNTHIK_STEER_INTERNAL_H

#include "access/stratnum.h"
#include "nodes/primnodes.h"
#include "schema/schema.h"
#include "utils/typcache.h"

/* "<>", next to the five btree strategies */
#define NOT_EQUAL_STRATEGY	(BTMaxStrategyNumber + 1)

/* A set of values, of the base type of its field. */
typedef struct ValueSet
{
	int			count;
	Datum	   *values;
} ValueSet;

/* What checks ask of one field. */
typedef struct Narrow
{
	int			field;
	Bound		minimum;
	Bound		maximum;
	bool		listed;			/* only the values of list */
	ValueSet	list;
	ValueSet	excluded;
	int			min_length;		/* -1: any, as the next three */
	int			max_length;
	int			min_items;
	int			max_items;
	char	   *pattern;
	bool		required;
	/* whose doing it is */
	const Check *minimum_check;
	const Check *maximum_check;
	const Check *list_check;
	const Check *length_check;
	const Check *pattern_check;
} Narrow;

typedef struct Facts
{
	const Schema *schema;
	const Check *check;			/* the one being read */
	List	   *narrows;		/* of Narrow *, one a field */
	List	   *orders;			/* of Order * */
} Facts;

/* ---- steer_set.c ---- */

/* How the values of a type compare, or NULL if they do not. */
extern TypeCacheEntry *value_order(Oid type);
extern int	order_compare(TypeCacheEntry *order, Datum a, Datum b);

extern void set_add(ValueSet *set, Datum value);
extern ValueSet set_sorted(const ValueSet *set, TypeCacheEntry *order);
extern bool sorted_has(const ValueSet *sorted, Datum value, TypeCacheEntry *order);
extern ValueSet set_filter(const ValueSet *a, const ValueSet *b, bool wanted, Oid type);
extern ValueSet set_distinct(const ValueSet *set, Oid type);
extern ValueSet set_union(const ValueSet *a, const ValueSet *b, Oid type);

extern bool bounds_hold(const Bound *minimum, const Bound *maximum, Datum value,
						TypeCacheEntry *order);
extern bool bounds_empty(const Bound *minimum, const Bound *maximum, Oid type);
extern bool bound_tighter(const Bound *a, const Bound *b, bool is_minimum, Oid type);

/* ---- steer_constant.c ---- */

extern bool type_is_text(Oid type);
extern bool constant_is_empty_text(const Const *constant);
extern bool constant_convert(Oid type, const Const *constant, int *strategy, Datum *value);
extern bool constant_fit_typmod(const Field *field, Datum *value);

/* ---- steer_narrow.c ---- */

extern Narrow *narrow_find(const Facts *facts, int field);
extern Narrow *narrow_for(Facts *facts, int field);
extern void narrow_list(Narrow *narrow, const ValueSet *list, const Check *check, Oid type);
extern void narrow_minimum(Narrow *narrow, const Bound *bound, const Check *check, Oid type);
extern void narrow_maximum(Narrow *narrow, const Bound *bound, const Check *check, Oid type);
extern void narrow_length(Narrow *narrow, int min_length, int max_length, const Check *check);
extern void narrow_items(Narrow *narrow, int min_items, int max_items);
extern void narrow_or(Narrow *narrow, Narrow *other, const Check *check, Oid type);
extern void facts_merge(Facts *facts, const Facts *more);

/* The base type of a field. */
static inline Oid
facts_type(const Facts *facts, int index)
{
	return facts->schema->fields[index]->base_type;
}

/* ---- steer_compare.c ---- */

extern bool function_is_cast(const FuncExpr *call);
/* The index of the field that an operand is, casts looked through, or -1. */
extern int	operand_field(Node *node, const Facts *facts);
extern int	trimmed_field(Node *node, const Facts *facts);
extern void gather_comparison(OpExpr *op, Facts *facts);
extern void gather_array(ScalarArrayOpExpr *op, Facts *facts);

/* ---- steer_text.c ---- */

extern void gather_call(Node *node, int strategy, const Const *constant, Facts *facts);
extern bool gather_pattern(Oid operator, Node *left, Node *right, Facts *facts);

/* ---- steer_order.c ---- */

extern void gather_order(int left, int right, int strategy, Facts *facts);
extern void apply_orders(Schema *schema, const List *orders);

/* ---- steer_apply.c ---- */

extern void apply_narrow(Schema *schema, const Narrow *narrow, Faults *faults,
						 const char *prefix);

#endif							/* SYNTHIK_STEER_INTERNAL_H */
