/*-------------------------------------------------------------------------
 *
 * compile.c
 *		From a Schema to a Plan: which op makes which field.
 *
 * What decides, in this order: a reference, what was learned, an enum, a
 * pattern, nested fields, the semantic type's recipe, examples, a constant
 * default, and at last the type itself.  Bounds and distributions shape
 * whatever is chosen.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "local/compile.h"
#include "miscadmin.h"
#include "util/exact_math.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#define NULLABLE_SHARE	0.05	/* NULLs of a table's column that nothing is known of */
#define MAX_PARTS		10000000	/* of one value */

/* ---- ops ---- */

/* What a check looks at may need NULL to satisfy it. */
static bool
is_filled(const Compiler *c, const Field *field, int column)
{
	ListCell   *lc;

	if (field->semantic == NULL || !field->semantic->filled)
		return false;
	foreach(lc, c->schema->checks)
		if (bms_is_member(column, ((Check *) lfirst(lc))->fields))
			return false;
	return true;
}

static uint32
null_threshold(const Compiler *c, const Field *field, int column)
{
	double		share = field_null_fraction(field);

	if (field->required)
		return 0;
	if (share < 0)
		share = column >= 0 && OidIsValid(c->schema->relid) && !field->unique &&
			!field->hidden && !is_filled(c, field, column) ?
			NULLABLE_SHARE : 0;
	return share >= 1.0 ? PG_UINT32_MAX : (uint32) (share * 4294967296.0);
}

int
compiler_add_op(Compiler *c, PlanOpKind kind, const Field *field, int column, uint64 salt)
{
	PlanOp	   *op;
	int16		typlen;
	bool		typbyval;
	char		typalign;

	if (c->nops >= c->maxops)
	{
		c->maxops = Max(c->maxops * 2, 64);
		c->ops = c->ops ? repalloc(c->ops, sizeof(PlanOp) * c->maxops) :
			palloc(sizeof(PlanOp) * c->maxops);
	}
	get_typlenbyvalalign(field->base_type, &typlen, &typbyval, &typalign);
	op = &c->ops[c->nops];
	memset(op, 0, sizeof(*op));
	op->kind = kind;
	op->flags = (typbyval ? OPF_BYVAL : 0) | (column < 0 ? OPF_INNER : 0);
	op->column = column;
	op->type = field->base_type;
	op->typmod = field->base_typmod;
	op->typlen = typlen;
	op->typalign = typalign;
	op->salt = salt;
	op->null_below = null_threshold(c, field, column);
	op->component = column >= 0 ? field->component : 0;
	return c->nops++;
}

Field *
part_field(const char *name, Oid type, int32 typmod)
{
	Field	   *field = field_make(name);

	field_set_type(field, format_type_with_typemod(type, typmod), type, typmod);
	field->required = true;
	return field;
}

/* ---- fields ---- */

bool
field_has_own_shape(const Field *field)
{
	return field->minimum.set || field->maximum.set ||
		field->distribution.kind != DISTRIBUTION_NONE;
}

static void
compile_constant(Compiler *c, int op, const Field *field)
{
	Datum		value = field->default_value;
	ValueList	list = {.count = 1,.values = &value};

	if (field->default_isnull)
		c->ops[op].kind = OP_NULL;
	else
		compile_pool(c, &c->ops[op], &list, 0);
}

/* Zipf's law ranks the values where they have no weights. */
static void
compile_enumeration(Compiler *c, int op, const Field *field)
{
	ValueList	list = field->enumeration;

	if (field->distribution.kind == DISTRIBUTION_ZIPF && list.weights == NULL)
	{
		list.weights = palloc(sizeof(double) * list.count);
		for (int i = 0; i < list.count; i++)
			list.weights[i] = exact_pow(i + 1, -field->distribution.exponent);
	}
	compile_pool(c, &c->ops[op], &list, 0);
}

/* Arrays in arrays soon are more than any memory holds. */
static void
count_parts(Compiler *c, const Field *field, bool whole)
{
	if (whole)
	{
		c->parts = 0;
		c->copies = 1;
	}
	c->parts += c->copies;
	if (c->parts > MAX_PARTS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("field \"%s\": a value could have more than %d parts", field->name,
						MAX_PARTS),
				 errhint("Give the arrays a lower \"maxItems\".")));
}

void
compile_generator(Compiler *c, int op, const Field *field, int column, bool unique)
{
	if (field_pattern(field) != NULL)
		compile_field_pattern(c, op, field);
	else if (field->object)
		compile_object(c, op, field, unique);
	else if (field->items)
		compile_array(c, op, field, unique);
	else if (field_keeps_recipe(field) &&
			 !OidIsValid(get_element_type(field->base_type)) &&
			 (compile_semantic(c, op, field, column, unique) ||
			  compile_semantic_through_text(c, op, field, unique)))
		 /* done */ ;
	else if (field->examples.count > 0 && !field_has_own_shape(field))
		compile_pool(c, &c->ops[op], &field->examples, 0);
	else if (field->has_default && !field_has_own_shape(field) && !unique)
		compile_constant(c, op, field);
	else if (compile_number(c, &c->ops[op], field, unique))
		note_number(c, op, field);
	else
		compile_type(c, op, field, unique);
}

/* The name of a table's unique column is no reason to have few values. */
static bool
list_is_guess(const Compiler *c, const Field *field, int column, bool unique)
{
	return unique && column >= 0 && OidIsValid(c->schema->relid) && field->enumeration.implied;
}

int
compile_field(Compiler *c, const Field *field, int column, uint64 salt, bool unique)
{
	bool		learned = column >= 0 && c->casing == 0 && field->ncases == 0 &&
		!field->per_series && !field->ascending;
	int			op;

	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	/* a field of the row is not nested in anything */
	if (++c->depth > SCHEMA_MAX_DEPTH + 1)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("field \"%s\" is nested more than %d levels deep", field->name,
						SCHEMA_MAX_DEPTH)));
	if (column < 0 || c->fits == NULL)
		field = field_in_locale(c, field);
	count_parts(c, field, c->depth == 1);
	op = compiler_add_op(c, OP_NULL, field, column, salt);
	if (column >= 0 && field->ncases > 0)
		compile_cases(c, op, field, column, salt);
	else if (field->null_fraction >= 1.0 && !field->required)
		 /* stays OP_NULL */ ;
	else if (field->reference >= 0 && column >= 0)
		compile_reference(c, &c->ops[op], field);
	else if (learned && !unique && compile_fit(c, op, field, column))
		 /* as it was learned */ ;
	else if (field->enumeration.count > 0 && !list_is_guess(c, field, column, unique))
	{
		if (unique || !compile_listed(c, op, field, column))
			compile_enumeration(c, op, field);
	}
	else
		compile_generator(c, op, field, column, unique);
	if (learned)
		compile_fit_nulls(c, op, field, column);
	if (column >= 0 && c->ops[op].kind == OP_CASES)
		note_number(c, op, field);
	c->depth--;
	return op;
}

/* ---- the plan ---- */

void
compiler_begin(Compiler *c, const Schema *schema, const RowRequest *request,
			   ReferencePool **pools)
{
	memset(c, 0, sizeof(*c));
	c->schema = schema;
	c->request = request;
	c->pools = pools;
	c->locale = locale_load(request->locale);
	c->last_row = Max(request->first_row - 1 + request->rows, request->last_row) - 1;
	c->container = -1;
	c->scope = NUMBER_PER_ROW;
	c->column_ops = palloc(sizeof(int) * Max(schema_width(schema), 1));
	c->reference_selectors = palloc0(sizeof(PlanOffset) * Max(list_length(schema->references), 1));
	c->reference_given = palloc0(sizeof(PlanOffset) * Max(list_length(schema->references), 1));
	builder_init(&c->builder);
	c->maxops = Max(schema->nfields, 16);
	c->ops = palloc(sizeof(PlanOp) * c->maxops);
	fit_begin(c);
}

int
compile_column(Compiler *c, int column)
{
	const Field *field = c->schema->fields[column];
	int			op;

	c->scope = field->per_series ? NUMBER_PER_SERIES : NUMBER_PER_ROW;
	c->top = column;
	op = compile_field(c, field, column, rng_hash(field->name, strlen(field->name)),
					   field->unique);
	if (field->per_series)
		c->ops[op].flags |= OPF_PER_SERIES;
	if (!field->ascending || c->ops[op].kind == OP_NULL)
		return op;
	if (c->ops[op].kind != OP_NUMBER)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("field \"%s\": values of its kind cannot ascend", field->name),
				 errhint("Give it a plain type, and a distribution.")));
	((PlanNumber *) builder_at(&c->builder, c->ops[op].detail))->ascending = true;
	return op;
}

/* What is unique, or a key, agrees with nothing. */
static void
take_contexts(Compiler *c)
{
	for (int i = 0; i < c->schema->nfields; i++)
	{
		const Field *field = c->schema->fields[i];
		PlanOp	   *op;

		if (field->agrees < 0 || !column_varies_with(c->schema, i, field->agrees) ||
			c->column_ops[i] < 0 || field->unique ||
			in_unique_set(c->schema, i) ||
			c->ops[c->column_ops[field->agrees]].kind != OP_CONTEXT)
			continue;
		op = &c->ops[c->column_ops[i]];
		op->agrees = field->agrees + 1;
		if (field->required || field_null_fraction(field) >= 0 || op->axis != 0)
			continue;
		/* nobody has asked for NULLs: there are those that the other row has */
		op->null_below = 0;
		op->flags |= OPF_TAKES_NULL;
	}
}

/*
 * The plan of a schema, in the current memory context.  Errors name the field
 * and what is wrong with it.
 */
RowPlan *
plan_compile(const Schema *schema, const RowRequest *request, ReferencePool **pools)
{
	Compiler	c;

	compiler_begin(&c, schema, request, pools);
	if (pools != NULL)
		link_references(&c);
	for (int i = 0; i < schema->nfields; i++)
		c.column_ops[i] = schema->fields[i]->origin == FIELD_MADE ?
			compile_column(&c, i) : -1;
	for (int i = schema->nfields; i < schema_width(schema); i++)
		c.column_ops[i] = schema->fields[i]->hidden ? compile_column(&c, i) :
			compile_context(&c, i);
	take_contexts(&c);
	compile_axes(&c);
	compile_uniques(&c);
	compile_orders(&c);
	compile_agreements(&c);
	compile_rows(&c);
	return compiler_finish(&c);
}
