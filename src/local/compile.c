/*-------------------------------------------------------------------------
 *
 * compile.c
 *		From a Schema to a Plan: which op makes which field.
 *
 * What decides, in this order: a reference, what was learned, an enum, a pattern, nested
 * fields, the semantic type's recipe, examples, a constant default, and at
 * last the type itself.  Bounds and distributions shape whatever is chosen.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include "catalog/pg_type.h"
#include "local/compile.h"
#include "local/pattern.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "schema/guess.h"
#include "util/exact_math.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#define NULLABLE_SHARE	0.05	/* NULLs of a table's column that nothing is known of */
#define DAYS_BEYOND		30		/* how long a time goes on after what it is after */
#define MAX_PARTS		10000000	/* of one value */

static void compile_type(Compiler *c, int op, const Field *field, bool unique);

/* ---- ops ---- */

static uint32
null_threshold(const Compiler *c, const Field *field, int column)
{
	double		share = field_null_fraction(field);

	if (field->required)
		return 0;
	if (share < 0)
		share = column >= 0 && OidIsValid(c->schema->relid) && !field->unique &&
			!field->hidden && !(field->semantic != NULL && field->semantic->filled) ?
			NULLABLE_SHARE : 0;
	return share >= 1.0 ? PG_UINT32_MAX : (uint32) (share * 4294967296.0);
}

/* An op of the field's type that makes NULL until a kind is set. */
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

/* A field for a part of a value, or for a type that stands alone. */
Field *
part_field(const char *name, Oid type, int32 typmod)
{
	Field	   *field = field_make(name);

	field_set_type(field, format_type_with_typemod(type, typmod), type, typmod);
	field->required = true;
	return field;
}

bool
stored_as_text(Oid type)
{
	return value_kind(type) == VALUE_TEXT && get_typlen(type) == -1;
}

/* Copies into op (by number: compiling a part may move the ops) what a part
 * makes through its text form. */
void
compile_cast(Compiler *c, int op, int part)
{
	PlanCast	cast;

	cast.part = part;
	c->ops[op].kind = OP_CAST;
	c->ops[op].flags |= OPF_BACKEND;
	c->ops[op].detail = builder_add(&c->builder, &cast, sizeof(cast));
}

/* Returns the op of the text. */
int
recipe_through_text(Compiler *c, int op, const Field *field, const char *recipe, int instance)
{
	Field	   *text = part_field(field->name, TEXTOID, -1);
	int			part = compiler_add_op(c, OP_NULL, text, -1, c->ops[op].salt);

	text->semantic = field->semantic;
	compile_recipe(c, &c->ops[part], text, recipe, instance);
	compile_cast(c, op, part);
	return part;
}

/* ---- patterns ---- */

static void
compile_pattern(Compiler *c, int op, const Field *field, const char *regex)
{
	const char *problem = NULL;
	PatternProgram *program = pattern_compile(regex, Max(field->min_length, 0),
											  text_max_length(field), &problem);
	PlanPattern pattern = {0};

	if (program == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("field \"%s\": pattern \"%s\" cannot be generated from: %s",
						field->name, regex, problem),
				 errhint("Give the field an enum, examples or a simpler pattern.")));
	pattern.program = builder_add(&c->builder, program, pattern_size(program));
	pattern.max_bytes = pattern_max_bytes(program);
	pattern.min_length = Max(field->min_length, 0);
	pattern.max_length = text_max_length(field);
	if (field->base_type == BPCHAROID && field->base_typmod >= (int32) VARHDRSZ)
		pattern.pad_to = field->base_typmod - VARHDRSZ;
	pattern.max_bytes = Max(pattern.max_bytes,
							pattern.pad_to * pg_database_encoding_max_length());
	pattern.single_byte = pg_database_encoding_max_length() == 1;
	c->ops[op].kind = OP_PATTERN;
	c->ops[op].detail = builder_add(&c->builder, &pattern, sizeof(pattern));
}

static void
pattern_for_field(Compiler *c, int op, const Field *field, const char *regex)
{
	Field	   *text;
	int			part;

	if (stored_as_text(field->base_type))
	{
		compile_pattern(c, op, field, regex);
		return;
	}
	text = part_field(field->name, TEXTOID, -1);
	part = compiler_add_op(c, OP_NULL, text, -1, c->ops[op].salt);
	compile_pattern(c, part, text, regex);
	compile_cast(c, op, part);
}

/*
 * The pattern that a field's text is made from, or NULL.  One that is only
 * the semantic type's goes where it has no text of the length asked for.
 */
const char *
field_pattern(const Field *field)
{
	const char *problem;

	if (!pattern_is_guess(field) ||
		pattern_compile(field->pattern, Max(field->min_length, 0), text_max_length(field),
						&problem) != NULL)
		return field->pattern;
	return NULL;
}

/* ---- what the type itself has ---- */

/* Short codes, where no words fit. */
void
compile_code(Compiler *c, int op, const Field *field, int length)
{
	Field		code = *field;

	code.min_length = code.max_length = length;
	compile_pattern(c, op, &code, psprintf("[A-Z0-9]{%d}", length));
}

/* The recipe of text that nothing is known of; NULL where no words fit. */
const char *
plain_text_recipe(const Field *field, bool unique)
{
	int			max_length = text_max_length(field);

	if (field->pattern != NULL || (max_length >= 0 && max_length < (unique ? 20 : 12)))
		return NULL;
	if (field->min_length > 200)
		return unique ? "{paragraph} {unique}" : "{paragraph}";
	if (field->min_length > 16)
		return unique ? "{sentence} {unique}" : "{sentence}";
	return unique ? "{word!} {word!} {unique}" : "{word!} {word!}";
}

static void
compile_text(Compiler *c, int op, const Field *field, bool unique)
{
	const char *recipe = plain_text_recipe(field, unique);
	int			length = Max(field->min_length, unique ? 12 : 8);

	if (text_max_length(field) >= 0)
		length = Min(length, text_max_length(field));
	if (recipe != NULL)
		compile_recipe(c, &c->ops[op], field, recipe, 0);
	else
		compile_code(c, op, field, length);
}

static void
compile_bytes(Compiler *c, int op, const Field *field)
{
	PlanLength	length = {0};

	length.low = field->min_length >= 0 ? field->min_length : 16;
	length.high = field->max_length >= 0 ? field->max_length : Max(length.low, 32);
	length.low = Min(length.low, length.high);
	c->ops[op].kind = OP_BYTES;
	c->ops[op].detail = builder_add(&c->builder, &length, sizeof(length));
}

static void
compile_bits(Compiler *c, int op, const Field *field, bool unique)
{
	PlanLength	length = {0};

	length.high = field->base_typmod > 0 ? field->base_typmod : 8;
	length.low = field->base_type == BITOID || unique ? length.high : Min(1, length.high);
	c->ops[op].kind = OP_BITS;
	c->ops[op].detail = builder_add(&c->builder, &length, sizeof(length));
}

static void
compile_enum(Compiler *c, int op, const Field *field)
{
	ValueList	list = {0};

	enum_values(field->base_type, &list);
	compile_pool(c, &c->ops[op], &list, 0);
}

static void
compile_boolean(Compiler *c, int op)
{
	Datum		both[2] = {BoolGetDatum(false), BoolGetDatum(true)};
	ValueList	list = {.count = 2,.values = both};

	compile_pool(c, &c->ops[op], &list, 0);
}

/* The recipe of a rarer type of the server's own, from pgtypes.tsv. */
const char *
builtin_type_recipe(Oid type)
{
	const DataFile *file = datafile_load("pgtypes.tsv");
	char	   *name = format_type_be(type);
	int			name_column;
	int			recipe_column;

	if (file == NULL)
		return NULL;
	name_column = datafile_column(file, "type");
	recipe_column = datafile_column(file, "recipe");
	for (int r = 0; r < file->nrows; r++)
		if (strcmp(datafile_cell(file, r, name_column), name) == 0)
			return datafile_cell(file, r, recipe_column);
	return NULL;
}

static void
no_generator(const Field *field)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("field \"%s\": nothing makes values of type %s", field->name,
					format_type_with_typemod(field->type, field->typmod)),
			 errhint("Give the field \"examples\" or an \"enum\", as text that the type accepts.")));
}

static void
compile_type(Compiler *c, int op, const Field *field, bool unique)
{
	Oid			type = field->base_type;
	const char *recipe;

	if (stored_as_text(type))
		compile_text(c, op, field, unique);
	else if (type == BOOLOID)
		compile_boolean(c, op);
	else if (type == UUIDOID)
		c->ops[op].kind = OP_UUID;
	else if (type == BYTEAOID)
		compile_bytes(c, op, field);
	else if (type == BITOID || type == VARBITOID)
		compile_bits(c, op, field, unique);
	else if ((recipe = builtin_type_recipe(type)) != NULL)
		recipe_through_text(c, op, field, recipe, 0);
	else if (type == NAMEOID)
		recipe_through_text(c, op, field, unique ? "{word!}_{unique}" : "{word!}", 0);
	else if (OidIsValid(get_element_type(type)))
		compile_array(c, op, field, unique);
	else if (type_is_enum(type))
		compile_enum(c, op, field);
	else if (type_is_range(type))
		compile_range(c, op, field, OP_RANGE, get_range_subtype(type), unique);
	else if (type_is_multirange(type))
		compile_range(c, op, field, OP_MULTIRANGE, get_multirange_range(type), unique);
	else if (type_is_rowtype(type) && type != RECORDOID)
		compile_composite(c, op, field, unique);
	else
		no_generator(field);
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

/*
 * How a field's values are made where no list and no sample says which there
 * are.
 */
void
compile_generator(Compiler *c, int op, const Field *field, int column, bool unique)
{
	if (field_pattern(field) != NULL)
		pattern_for_field(c, op, field, field->pattern);
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

/*
 * Compiles a field, or a part of one (column -1); returns its op.  unique:
 * its values have to be able to differ in every row.
 */
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
		compile_enumeration(c, op, field);
	else
		compile_generator(c, op, field, column, unique);
	if (learned)
		compile_fit_nulls(c, op, field, column);
	c->depth--;
	return op;
}

/* ---- the plan ---- */

/* What is drawn once a series hangs on nothing that is drawn for each row. */
static bool
varies_with(const Schema *schema, int field, int other)
{
	return !schema_is_per_series(schema, field) || schema_is_per_series(schema, other);
}

/* Times that are only guessed go on for a while after the last of the context. */
static void
reach_beyond(const Compiler *c, PlanNumber *number, const Order *order)
{
	const Field *field = c->schema->fields[order->greater];
	const Field *context = c->schema->fields[order->lesser];
	const ReferencePool *pool = c->pools[context->reference];
	int			column = reference_context(c->schema, order->lesser);
	ValueKind	kind = value_kind(field->base_type);
	double		day = kind == VALUE_DATE ? 1 : (double) USECS_PER_DAY;
	double		last = -INFINITY;

	if ((kind != VALUE_DATE && kind != VALUE_TIMESTAMP) || number->fitted ||
		number->quantile != 0 || (field->maximum.set && !field->maximum.implied))
		return;
	for (int i = 0; i < pool->nkeys; i++)
	{
		Datum		value = pool->values[pool->ncolumns + column][i];
		double		scale;

		if (pool->nulls[column][i] || !value_is_finite(context->base_type, value))
			continue;
		scale = value_to_scale(context->base_type, value);
		if (value_kind(context->base_type) != kind)
			scale = kind == VALUE_DATE ? scale / USECS_PER_DAY : scale * USECS_PER_DAY;
		last = Max(last, scale);
	}
	last = (last + DAYS_BEYOND * day) / number->grain;
	if (last > (double) number->high && last < 9e18)
		number->high = (int64) last;
}

/* One op of the field that has an order with a column of another row. */
static void
bound_by_context(Compiler *c, int op, const Order *order, bool above)
{
	PlanNumber *number = builder_at(&c->builder, c->ops[op].detail);

	if (c->ops[op].kind != OP_NUMBER || number->rank.radix != 0)
		return;
	if (above && number->nabove < NUMBER_MAX_ABOVE)
	{
		number->above[number->nabove].column = order->lesser;
		number->above[number->nabove++].strict = order->strict;
		reach_beyond(c, number, order);
	}
	else if (!above && number->nbelow < NUMBER_MAX_BELOW)
	{
		number->below[number->nbelow].column = order->greater;
		number->below[number->nbelow++].strict = order->strict;
	}
}

/*
 * An order with a column of another row; false if it is none.  Where only a
 * guess says how far a time goes, it goes as far as that column does.
 */
static bool
compile_context_order(Compiler *c, const Order *order, int l, int g)
{
	bool		above = order->lesser >= c->schema->nfields;
	int			context = above ? l : g;
	int			other = above ? g : l;
	ListCell   *part;

	if (!above && order->greater < c->schema->nfields)
		return false;
	if (context < 0 || c->ops[context].kind != OP_CONTEXT || other < 0 ||
		!varies_with(c->schema, above ? order->greater : order->lesser,
					 above ? order->lesser : order->greater))
		return true;
	foreach(part, column_parts(c, other))
		bound_by_context(c, lfirst_int(part), order, above);
	return true;
}

/*
 * Draws a number behind that of another column, or where that is -1 of an op;
 * false if it cannot be.
 */
static bool
draw_above(Compiler *c, int op, int column, int other, const Order *order,
		   const PlanNumber *lesser)
{
	PlanNumber *greater = builder_at(&c->builder, c->ops[op].detail);
	ValueKind	kind = value_kind(c->ops[op].type);
	int			n = greater->nabove;

	if (n >= NUMBER_MAX_ABOVE || greater->rank.radix != 0)
		return false;
	greater->above[n].column = column;
	greater->above[n].op = other;
	greater->above[n].strict = order->strict;
	greater->above[n].scale = lesser->scale;
	greater->above[n].divisor = lesser->divisor;
	greater->nabove++;
	if (!order->apart && !greater->ascending && greater->quantile == 0 && !greater->fitted &&
		(kind == VALUE_DATE || kind == VALUE_TIMESTAMP))
	{
		greater->near = true;
		greater->term |= order->term;
	}
	return true;
}

/* Leaves room above the lesser; only where the units are the same. */
static void
leave_room(PlanNumber *lesser, const PlanNumber *greater, bool strict)
{
	int64		most;

	if (lesser->scale != greater->scale || lesser->rank.radix != 0 ||
		lesser->quantile != 0 || lesser->fitted)
		return;
	most = greater->high * greater->grain - (strict ? greater->grain : 0);
	if (lesser->low * lesser->grain <= most)
		lesser->high = Min(lesser->high, most / lesser->grain - (most < 0 && most % lesser->grain ? 1 : 0));
}

/* What comes soon after the lesser begins where that does, if only a guess says when. */
static void
reach_back(const PlanNumber *lesser, PlanNumber *greater, const Field *field)
{
	if (greater->near && lesser->grain == greater->grain && lesser->output == greater->output &&
		lesser->rank.radix == 0 && (!field->minimum.set || field->minimum.implied))
		greater->low = Min(greater->low, lesser->low);
}

/* Keeps the number of an op from being below that of another op. */
void
number_above(Compiler *c, int lesser, int greater, const Order *order)
{
	if (c->ops[lesser].kind == OP_NUMBER && c->ops[greater].kind == OP_NUMBER &&
		draw_above(c, greater, -1, lesser, order,
				   builder_at(&c->builder, c->ops[lesser].detail)))
		leave_room(builder_at(&c->builder, c->ops[lesser].detail),
				   builder_at(&c->builder, c->ops[greater].detail), order->strict);
}

/* The greater of an ordered pair is drawn behind the lesser. */
static void
compile_orders(Compiler *c)
{
	ListCell   *lc;

	foreach(lc, c->schema->orders)
	{
		Order	   *order = lfirst(lc);
		int			l = c->column_ops[order->lesser];
		int			g = c->column_ops[order->greater];
		const PlanNumber *lesser;
		bool		drawn = false;
		ListCell   *part;

		if (compile_context_order(c, order, l, g) || l < 0 || g < 0 ||
			(lesser = column_number(c, l)) == NULL ||
			schema_goes_by(c->schema, order->lesser, order->greater) ||
			!varies_with(c->schema, order->greater, order->lesser))
			continue;
		foreach(part, column_parts(c, g))
			if (c->ops[lfirst_int(part)].kind == OP_NUMBER)
				drawn |= draw_above(c, lfirst_int(part), order->lesser, -1, order, lesser);
		if (!drawn)
			continue;
		column_keep_number(c, l);
		if (c->ops[l].kind == OP_NUMBER && c->ops[g].kind == OP_NUMBER)
			reach_back(builder_at(&c->builder, c->ops[l].detail),
					   builder_at(&c->builder, c->ops[g].detail),
					   c->schema->fields[order->greater]);
		if (c->ops[l].kind == OP_NUMBER && c->ops[g].kind == OP_NUMBER)
			leave_room(builder_at(&c->builder, c->ops[l].detail),
					   builder_at(&c->builder, c->ops[g].detail), order->strict);
	}
}

/* The column that a learned number is counted from, or -1. */
static int
base_of(const Compiler *c, const PlanOp *op)
{
	const PlanAxis *axes = builder_at(&c->builder, c->plan_axes);

	return axes[op->axis - 1].base;
}

/* The column whose kept numbers a number goes with, or -1. */
static int
followed_column(const Compiler *c, const PlanNumber *number)
{
	return number->follow == 0 ? -1 :
		((const PlanFollow *) builder_at(&c->builder, number->follow))->column;
}

static void visit_column(Compiler *c, int column, int32 *order, int *n, char *state);

static void
visit_op(Compiler *c, const PlanOp *op, int32 *order, int *n, char *state)
{
	if (op->agrees)
		visit_column(c, op->agrees - 1, order, n, state);
	if (op->kind == OP_CONTEXT)
		visit_column(c, ((PlanContext *) builder_at(&c->builder, op->detail))->column,
					 order, n, state);
	else if (op->kind == OP_NUMBER)
	{
		const PlanNumber *number = builder_at(&c->builder, op->detail);

		for (int i = 0; i < number->nabove; i++)
			if (number->above[i].column >= 0)
				visit_column(c, number->above[i].column, order, n, state);
		for (int i = 0; i < number->nbelow; i++)
			visit_column(c, number->below[i].column, order, n, state);
		if (followed_column(c, number) >= 0)
			visit_column(c, followed_column(c, number), order, n, state);
		if (number->fitted && base_of(c, op) >= 0)
			visit_column(c, base_of(c, op), order, n, state);
	}
	else if (op->kind == OP_COPY)
		visit_column(c, ((PlanCopy *) builder_at(&c->builder, op->detail))->column,
					 order, n, state);
}

/* What others read goes before them. */
static void
visit_column(Compiler *c, int column, int32 *order, int *n, char *state)
{
	int			op = c->column_ops[column];
	Bitmapset  *by = field_goes_by(c->schema->fields[column]);
	int			other = -1;
	ListCell   *lc;

	if (state[column] != 0 || op < 0)
		return;
	state[column] = 1;
	while ((other = bms_next_member(by, other)) >= 0)
		visit_column(c, other, order, n, state);
	foreach(lc, column_parts(c, op))
		visit_op(c, &c->ops[lfirst_int(lc)], order, n, state);
	order[(*n)++] = column;
}

static RowPlan *
finish_plan(Compiler *c)
{
	RowPlan    *plan;
	int			ncolumns = schema_width(c->schema);
	int32	   *order = palloc(sizeof(int32) * Max(ncolumns, 1));
	char	   *state = palloc0(Max(ncolumns, 1));
	int			norder = 0;
	PlanOffset	ops;
	PlanOffset	column_ops;
	PlanOffset	orders;

	for (int i = 0; i < ncolumns; i++)
		visit_column(c, i, order, &norder, state);
	ops = builder_add(&c->builder, c->ops, sizeof(PlanOp) * Max(c->nops, 1));
	column_ops = builder_add(&c->builder, c->column_ops, sizeof(int32) * Max(ncolumns, 1));
	orders = builder_add(&c->builder, order, sizeof(int32) * Max(norder, 1));
	builder_reserve(&c->builder, PLAN_SLACK);
	plan = (RowPlan *) c->builder.data;
	plan->magic = PLAN_MAGIC;
	plan->version = PLAN_VERSION;
	plan->size = c->builder.size;
	plan->nops = c->nops;
	plan->seed = c->request->seed;
	plan->ops = ops;
	plan->ncolumns = ncolumns;
	plan->column_ops = column_ops;
	plan->norder = norder;
	plan->order = orders;
	plan->encoding = GetDatabaseEncoding();
	plan->naxes = c->plan_axes != 0 ? c->schema->fit->naxes : 0;
	plan->axes = c->plan_axes;
	plan->nconditioned = c->nconditioned;
	plan->conditioned = c->conditioned;
	plan->candidates = c->candidates;
	plan->most_share = c->most_share;
	plan->ncompared = c->ncompared;
	plan->compared = c->compared;
	plan->hashes = c->hashes;
	plan->guide = c->guide;
	plan->guide_bits = c->guide_bits;
	plan->series_low = c->schema->series_low;
	plan->series_high = c->schema->series_high;
	plan->strict = c->ncompared > 0 && c->schema->fit->known.strict;
	return plan;
}

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

		if (field->agrees < 0 || !varies_with(c->schema, i, field->agrees) ||
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
static void
compiler_run(Compiler *c, const Schema *schema, const RowRequest *request,
			 ReferencePool **pools)
{
	compiler_begin(c, schema, request, pools);
	if (pools != NULL)
		link_references(c);
	for (int i = 0; i < schema->nfields; i++)
		c->column_ops[i] = schema->fields[i]->origin == FIELD_MADE ?
			compile_column(c, i) : -1;
	for (int i = schema->nfields; i < schema_width(schema); i++)
		c->column_ops[i] = schema->fields[i]->hidden ? compile_column(c, i) :
			compile_context(c, i);
	take_contexts(c);
	compile_axes(c);
	compile_uniques(c);
	compile_orders(c);
	compile_agreements(c);
	compile_rows(c);
}

RowPlan *
plan_compile(const Schema *schema, const RowRequest *request, ReferencePool **pools)
{
	Compiler	c;

	compiler_run(&c, schema, request, pools);
	return finish_plan(&c);
}
