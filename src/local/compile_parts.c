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
	int			scope = c->scope;

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
	c->scope = op;
	array.part = compile_field(c, items, -1, rng_combine(c->ops[op].salt, 1), unique);
	c->scope = scope;
	c->copies /= Max(array.high, 1);
	c->ops[op].kind = json ? OP_JSON : OP_ARRAY;
	c->ops[op].flags |= OPF_BACKEND | (json ? OPF_JSON_ARRAY : 0);
	c->ops[op].detail = builder_add(&c->builder, &array, sizeof(array));
}

static void
set_members(Compiler *c, int op, PlanOpKind kind, const int32 *ops, const char **names, int n,
			int container)
{
	PlanMembers members = {0};

	c->container = container;
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
	int			container = c->container;

	c->container = op;
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
	set_members(c, op, OP_JSON, ops, names, object->nfields, container);
}

void
compile_composite(Compiler *c, int op, const Field *field, bool unique)
{
	TupleDesc	tupdesc = lookup_rowtype_tupdesc(field->base_type, field->base_typmod);
	int			n = tupdesc->natts;
	int32	   *ops = palloc(sizeof(int32) * Max(n, 1));
	const char **names = palloc(sizeof(char *) * Max(n, 1));
	int			container = c->container;

	c->container = op;
	for (int i = 0; i < n; i++)
	{
		Form_pg_attribute att = TupleDescAttr(tupdesc, i);
		Field	   *member;

		names[i] = pstrdup(NameStr(att->attname));
		ops[i] = -1;
		if (att->attisdropped)
			continue;
		member = part_field(names[i], att->atttypid, att->atttypmod);
		member->semantic = semantic_for_column(names[i], field->name, member->base_type, NULL);
		if (member->semantic && member->semantic->keywords)
			field_apply_defaults(member, member->semantic->keywords);
		schema_steer_part(member);
		ops[i] = compile_field(c, member, -1,
							   rng_combine(c->ops[op].salt, rng_hash(names[i], strlen(names[i]))),
							   unique);
	}
	ReleaseTupleDesc(tupdesc);
	set_members(c, op, OP_COMPOSITE, ops, names, n, container);
}

void
compile_range(Compiler *c, int op, const Field *field, PlanOpKind kind, Oid part_type,
			  bool unique)
{
	PlanPart	part = {0};
	Field	   *end = part_field(field->name, part_type, -1);
	int			scope = c->scope;

	schema_steer_part(end);
	c->scope = op;
	part.part = compile_field(c, end, -1, rng_combine(c->ops[op].salt, 1), unique);
	c->scope = scope;
	part.low = 1;
	part.high = unique ? 1 : 3;
	c->ops[op].kind = kind;
	c->ops[op].flags |= OPF_BACKEND;
	c->ops[op].detail = builder_add(&c->builder, &part, sizeof(part));
}
