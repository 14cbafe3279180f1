/*-------------------------------------------------------------------------
 *
 * compile_parts.c
 *		Values that have parts: arrays, JSON objects, composites, ranges.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include "access/htup_details.h"
#include "catalog/pg_type_d.h"
#include "local/compile.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#define ARRAY_LOW		1		/* elements where nothing is said */
#define ARRAY_HIGH		4

void
compile_array(Compiler *c, int op, const Field *field, bool unique)
{
	PlanArray	array = {0};
	Field	   *items = field->items;
	bool		json = field->json_array;

	if (items == NULL)
	{
		items = part_field(field->name, get_element_type(field->base_type), field->base_typmod);
		items->semantic = field->semantic;
		schema_steer_part(items);
	}
	array.low = field->min_items >= 0 ? field->min_items : ARRAY_LOW;
	array.high = field->max_items >= 0 ? field->max_items : Max(array.low, ARRAY_HIGH);
	if (field->min_items < 0)
		array.low = Min(array.low, array.high);
	if (unique)
		array.low = Max(array.low, 1);
	c->copies *= Max(array.high, 1);
	array.part = compile_field(c, items, -1, rng_combine(c->ops[op].salt, 1), unique);
	c->copies /= Max(array.high, 1);
	c->ops[op].kind = json ? OP_JSON : OP_ARRAY;
	c->ops[op].flags |= OPF_BACKEND | (json ? OPF_JSON_ARRAY : 0);
	c->ops[op].detail = builder_add(&c->builder, &array, sizeof(array));
}

/* Can the values of two members change places, and be within bounds there? */
static bool
members_are_alike(Compiler *c, int32 lesser, int32 greater)
{
	const PlanNumber *low;
	const PlanNumber *high;

	if (lesser < 0 || greater < 0 || c->ops[lesser].kind != OP_NUMBER ||
		c->ops[greater].kind != OP_NUMBER || c->ops[lesser].type != c->ops[greater].type ||
		!(c->ops[lesser].flags & OPF_BYVAL))
		return false;
	if (value_kind(c->ops[lesser].type) != VALUE_DATE &&
		value_kind(c->ops[lesser].type) != VALUE_TIMESTAMP)
		return false;
	low = builder_at(&c->builder, c->ops[lesser].detail);
	high = builder_at(&c->builder, c->ops[greater].detail);
	return low->grain == high->grain && low->scale == high->scale &&
		low->low <= high->low && low->high <= high->high;
}

/* Orders that the names of members imply, as for columns. */
static void
order_members(Compiler *c, PlanMembers *members, Schema *object, const int32 *ops)
{
	PlanMemberOrder *orders;
	ListCell   *lc;

	schema_imply_orders(object);
	orders = palloc(sizeof(PlanMemberOrder) * (list_length(object->orders) + 1));
	foreach(lc, object->orders)
	{
		const Order *order = lfirst(lc);

		if (!members_are_alike(c, ops[order->lesser], ops[order->greater]))
			continue;
		orders[members->norders].lesser = order->lesser;
		orders[members->norders++].greater = order->greater;
	}
	members->orders = builder_add(&c->builder, orders,
								  sizeof(PlanMemberOrder) * Max(members->norders, 1));
}

/* Where the whole has to be distinct, members stay as they were drawn. */
static void
set_members(Compiler *c, int op, PlanOpKind kind, const int32 *ops, const char **names, int n,
			Field **fields, bool unique)
{
	PlanMembers members = {0};
	Schema		object = {.nfields = n,.fields = fields};

	if (!unique)
		order_members(c, &members, &object, ops);

	members.n = n;
	members.ops = builder_add(&c->builder, ops, sizeof(int32) * Max(n, 1));
	members.names = compile_strings(c, names, n);
	c->ops[op].kind = kind;
	c->ops[op].flags |= OPF_BACKEND;
	c->ops[op].detail = builder_add(&c->builder, &members, sizeof(members));
}

/* May a member be null, and not only missing? */
static bool
member_has_null(const Field *member)
{
	const ValueList *list = &member->enumeration;

	for (int i = 0; i < list->count; i++)
		if (list->nulls != NULL && list->nulls[i])
			return true;
	return member->nullable || (member->has_default && member->default_isnull);
}

void
compile_object(Compiler *c, int op, const Field *field, bool unique)
{
	const Schema *object = field->object;
	int32	   *ops = palloc(sizeof(int32) * Max(object->nfields, 1));
	const char **names = palloc(sizeof(char *) * Max(object->nfields, 1));

	for (int i = 0; i < object->nfields; i++)
	{
		const Field *member = object->fields[i];

		names[i] = member->name;
		ops[i] = compile_field(c, member, -1,
							   rng_combine(c->ops[op].salt,
										   rng_hash(member->name, strlen(member->name))),
							   unique);
		if (member_has_null(member))
			c->ops[ops[i]].flags |= OPF_JSON_NULL;
	}
	set_members(c, op, OP_JSON, ops, names, object->nfields, object->fields, unique);
}

void
compile_composite(Compiler *c, int op, const Field *field, bool unique)
{
	TupleDesc	tupdesc = lookup_rowtype_tupdesc(field->base_type, field->base_typmod);
	int			n = tupdesc->natts;
	int32	   *ops = palloc(sizeof(int32) * Max(n, 1));
	const char **names = palloc(sizeof(char *) * Max(n, 1));
	Field	  **fields = palloc(sizeof(Field *) * Max(n, 1));

	for (int i = 0; i < n; i++)
	{
		Form_pg_attribute att = TupleDescAttr(tupdesc, i);
		Field	   *member;

		names[i] = pstrdup(NameStr(att->attname));
		ops[i] = -1;
		fields[i] = part_field(names[i], TEXTOID, -1);
		if (att->attisdropped)
			continue;
		member = part_field(names[i], att->atttypid, att->atttypmod);
		member->semantic = semantic_for_column(names[i], field->name, member->base_type, NULL);
		if (member->semantic && member->semantic->keywords)
			field_apply_defaults(member, member->semantic->keywords);
		schema_steer_part(member);
		fields[i] = member;
		ops[i] = compile_field(c, member, -1,
							   rng_combine(c->ops[op].salt, rng_hash(names[i], strlen(names[i]))),
							   unique);
	}
	ReleaseTupleDesc(tupdesc);
	set_members(c, op, OP_COMPOSITE, ops, names, n, fields, unique);
}

void
compile_range(Compiler *c, int op, const Field *field, PlanOpKind kind, Oid part_type,
			  bool unique)
{
	PlanPart	part = {0};
	Field	   *end = part_field(field->name, part_type, -1);

	schema_steer_part(end);
	part.part = compile_field(c, end, -1, rng_combine(c->ops[op].salt, 1), unique);
	part.low = 1;
	part.high = unique ? 1 : 3;
	c->ops[op].kind = kind;
	c->ops[op].flags |= OPF_BACKEND;
	c->ops[op].detail = builder_add(&c->builder, &part, sizeof(part));
}
