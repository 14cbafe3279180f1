/*-------------------------------------------------------------------------
 *
 * compile.c
 *		From a Schema to a Plan: which op makes which field.
 *
 * What decides, in this order: a reference, an enum, a pattern, nested
 * fields, the semantic type's recipe, examples, a constant default, and at
 * last the type itself.  Bounds and distributions shape whatever is chosen.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include <ctype.h>

#include "access/htup_details.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_type.h"
#include "local/compile.h"
#include "local/local.h"
#include "local/pattern.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "util/exact_math.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

#define NULLABLE_SHARE	0.05	/* NULLs of a table's column that nothing is known of */
#define ARRAY_LOW		1		/* elements where nothing is said */
#define ARRAY_HIGH		4

static void compile_type(Compiler *c, int op, const Field *field, bool unique);

/* ---- ops ---- */

static uint32
null_threshold(const Compiler *c, const Field *field, int column)
{
	double		share = field->null_fraction;

	if (field->required)
		return 0;
	if (share < 0)
		share = column >= 0 && OidIsValid(c->schema->relid) && !field->unique ?
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

static bool
stored_as_text(Oid type)
{
	return value_kind(type) == VALUE_TEXT && get_typlen(type) == -1;
}

/* Copies into op (by number: compiling a part may move the ops) what a part
 * makes through its text form. */
static void
cast_from(Compiler *c, int op, int part)
{
	PlanCast	cast;

	cast.part = part;
	c->ops[op].kind = OP_CAST;
	c->ops[op].flags |= OPF_BACKEND;
	c->ops[op].detail = builder_add(&c->builder, &cast, sizeof(cast));
}

/* Returns the op of the text. */
static int
recipe_through_text(Compiler *c, int op, const Field *field, const char *recipe, int instance)
{
	Field	   *text = part_field(field->name, TEXTOID, -1);
	int			part = compiler_add_op(c, OP_NULL, text, -1, c->ops[op].salt);

	text->semantic = field->semantic;
	compile_recipe(c, &c->ops[part], text, recipe, instance);
	cast_from(c, op, part);
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
	cast_from(c, op, part);
}

/* ---- semantic types ---- */

/* The how-many-th field of its semantic type this is, from 0. */
static int
semantic_instance(const Compiler *c, const Field *field, int column)
{
	int			instance = 0;

	for (int i = 0; i < column; i++)
	{
		const Field *other = c->schema->fields[i];

		if (other->semantic == field->semantic && other->origin == FIELD_MADE)
			instance++;
	}
	return instance;
}

/* The fewest characters that an op's text can have, roughly. */
static uint32
shortest_text(Compiler *c, const PlanOp *op)
{
	PlanText   *text = builder_at(&c->builder, op->detail);
	PlanPiece  *pieces = builder_at(&c->builder, text->pieces);
	uint32		sum = 0;

	for (uint32 i = 0; i < text->npieces; i++)
	{
		if (pieces[i].kind == PIECE_ENTRY)
		{
			PlanStrings *strings = builder_at(&c->builder, pieces[i].text);
			uint32	   *offsets = builder_at(&c->builder, strings->offsets);
			uint32		shortest = PG_UINT32_MAX;

			for (uint32 k = 0; k < strings->n; k++)
				shortest = Min(shortest, offsets[k + 1] - offsets[k]);
			sum += shortest;
		}
		else
			sum += pieces[i].kind == PIECE_LITERAL ? pieces[i].length : 6;
	}
	return sum;
}

/* Short codes, where no words fit. */
static void
compile_code(Compiler *c, int op, const Field *field, int length)
{
	Field		code = *field;

	code.min_length = code.max_length = length;
	compile_pattern(c, op, &code, psprintf("[A-Z0-9]{%d}", length));
}

/* How many digits before the point a number type has room for; 0: no number. */
static int
whole_digits(const Field *field)
{
	int32		typmod = field->base_typmod - VARHDRSZ;

	switch (value_kind(field->base_type))
	{
		case VALUE_INTEGER:
			return get_typlen(field->base_type) == 2 ? 4 :
				get_typlen(field->base_type) == 4 ? 9 : 18;
		case VALUE_FLOAT:
			return 30;
		case VALUE_NUMERIC:
			if (field->base_type != NUMERICOID || typmod < 0)
				return 15;
			/* precision less scale, as numeric.c packs them */
			return Max(((typmod >> 16) & 0xffff) - (((typmod & 0x7ff) ^ 1024) - 1024), 0);
		default:
			return 0;
	}
}

/* Can a text be read as a number?  A "#" stands for a digit where it may. */
static bool
text_is_number(const char *text, Size length, int digits, bool fraction, bool hash)
{
	Size		i = fraction && length > 0 && text[0] == '-' ? 1 : 0;
	Size		begin = i;

	while (i < length && (isdigit((unsigned char) text[i]) || (hash && text[i] == '#')))
		i++;
	if (i == begin || i - begin > digits)
		return false;
	if (fraction && i + 1 < length && text[i] == '.')
		for (i++; i < length && isdigit((unsigned char) text[i]);)
			i++;
	return i == length;
}

/*
 * Do all entries of a dictionary suit a column of numbers?  Postcodes do in
 * some countries, where they are short enough.
 */
static bool
entries_suit(const Field *field, const DataFile *file, int file_column)
{
	bool		fraction = value_kind(field->base_type) != VALUE_INTEGER;
	int			digits = whole_digits(field);

	for (int r = 0; digits > 0 && r < file->nrows; r++)
	{
		const char *entry = datafile_cell(file, r, file_column);

		if (!text_is_number(entry, strlen(entry), digits, fraction, false))
			return false;
	}
	return true;
}

/* The same of all texts of a recipe, which has to be of one piece then. */
static bool
texts_suit(Compiler *c, const Field *field, const PlanOp *op)
{
	int			digits = whole_digits(field);
	PlanText   *text = builder_at(&c->builder, op->detail);
	PlanPiece  *piece = builder_at(&c->builder, text->pieces);
	PlanStrings *strings;
	uint32	   *offsets;
	char	   *bytes;

	if (digits == 0)
		return true;
	if (text->npieces != 1)
		return false;
	if (piece->kind == PIECE_NUMBER)
		return piece->width <= digits &&
			piece->low + (int64) piece->count - 1 < exact_pow(10, digits);
	if (piece->kind != PIECE_ENTRY)
		return piece->kind == PIECE_UNIQUE;
	strings = builder_at(&c->builder, piece->text);
	offsets = builder_at(&c->builder, strings->offsets);
	bytes = builder_at(&c->builder, strings->bytes);
	for (uint32 i = 0; i < strings->n; i++)
		if (!text_is_number(bytes + offsets[i], offsets[i + 1] - offsets[i], digits,
							false, piece->digits))
			return false;
	return true;
}

/* True if the recipe could be used. */
static bool
compile_semantic(Compiler *c, int op, const Field *field, int column, bool unique)
{
	const char *recipe = compiler_recipe(c, field->semantic, unique);
	int			instance = semantic_instance(c, field, column);
	int			max_length = text_max_length(field);
	const DataFile *file;
	int			file_column;
	int			part;

	if (recipe == NULL)
		return false;
	if (stored_as_text(field->base_type))
	{
		if (recipe_is_single_piece(c, recipe, &file, &file_column) &&
			field->min_length <= 0 && max_length < 0)
		{
			compile_entity_pool(c, &c->ops[op], field, file, file_column, instance);
			return true;
		}
		compile_recipe(c, &c->ops[op], field, recipe, instance);
		if (unique && max_length >= 0 && shortest_text(c, &c->ops[op]) > max_length)
			compile_code(c, op, field, max_length);
		return true;
	}
	if (recipe_is_single_piece(c, recipe, &file, &file_column))
	{
		if (!entries_suit(field, file, file_column))
			return false;
		compile_entity_pool(c, &c->ops[op], field, file, file_column, instance);
		return true;
	}
	part = recipe_through_text(c, op, field, recipe, instance);
	if (texts_suit(c, field, &c->ops[part]))
		return true;
	c->ops[op].flags &= ~OPF_BACKEND;
	return false;
}

/* A semantic type that is a number or a time, on a column of text. */
static bool
compile_semantic_through_text(Compiler *c, int op, const Field *field, bool unique)
{
	const SemanticType *semantic = field->semantic;
	Field	   *part;
	int			number;

	if (!stored_as_text(field->base_type) || stored_as_text(semantic->type))
		return false;
	part = part_field(field->name, semantic->type, -1);
	if (semantic->keywords)
		field_apply_defaults(part, semantic->keywords);
	number = compile_field(c, part, -1, c->ops[op].salt, unique);
	cast_from(c, op, number);
	return true;
}

/* ---- what the type itself has ---- */

/* The recipe of text that nothing is known of; NULL where no words fit. */
const char *
plain_text_recipe(const Field *field, bool unique)
{
	int			max_length = text_max_length(field);

	if (max_length >= 0 && max_length < (unique ? 20 : 12))
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

	if (recipe != NULL)
		compile_recipe(c, &c->ops[op], field, recipe, 0);
	else
		compile_code(c, op, field, Min(text_max_length(field),
									   Max(field->min_length, unique ? 12 : 8)));
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
	array.part = compile_field(c, items, -1, rng_combine(c->ops[op].salt, 1), unique);
	c->ops[op].kind = json ? OP_JSON : OP_ARRAY;
	c->ops[op].flags |= OPF_BACKEND | (json ? OPF_JSON_ARRAY : 0);
	c->ops[op].detail = builder_add(&c->builder, &array, sizeof(array));
}

static void
set_members(Compiler *c, int op, PlanOpKind kind, const int32 *ops, const char **names, int n)
{
	PlanMembers members = {0};

	members.n = n;
	members.ops = builder_add(&c->builder, ops, sizeof(int32) * Max(n, 1));
	members.names = compile_strings(c, names, n);
	c->ops[op].kind = kind;
	c->ops[op].flags |= OPF_BACKEND;
	c->ops[op].detail = builder_add(&c->builder, &members, sizeof(members));
}

static void
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
	}
	set_members(c, op, OP_JSON, ops, names, object->nfields);
}

static void
compile_composite(Compiler *c, int op, const Field *field, bool unique)
{
	TupleDesc	tupdesc = lookup_rowtype_tupdesc(field->base_type, field->base_typmod);
	int			n = tupdesc->natts;
	int32	   *ops = palloc(sizeof(int32) * Max(n, 1));
	const char **names = palloc(sizeof(char *) * Max(n, 1));

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
	set_members(c, op, OP_COMPOSITE, ops, names, n);
}

static void
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

static int
compare_enum_order(const void *a, const void *b)
{
	Form_pg_enum x = (Form_pg_enum) GETSTRUCT(*(const HeapTuple *) a);
	Form_pg_enum y = (Form_pg_enum) GETSTRUCT(*(const HeapTuple *) b);

	return x->enumsortorder < y->enumsortorder ? -1 : x->enumsortorder > y->enumsortorder;
}

static void
compile_enum(Compiler *c, int op, const Field *field)
{
	CatCList   *labels = SearchSysCacheList1(ENUMTYPOIDNAME, ObjectIdGetDatum(field->base_type));
	HeapTuple  *tuples = palloc(sizeof(HeapTuple) * Max(labels->n_members, 1));
	ValueList	list = {0};

	list.count = labels->n_members;
	list.values = palloc(sizeof(Datum) * Max(list.count, 1));
	for (int i = 0; i < list.count; i++)
		tuples[i] = &labels->members[i]->tuple;
	qsort(tuples, list.count, sizeof(HeapTuple), compare_enum_order);
	for (int i = 0; i < list.count; i++)
		list.values[i] = ObjectIdGetDatum(((Form_pg_enum) GETSTRUCT(tuples[i]))->oid);
	ReleaseSysCacheList(labels);
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

/* A ranking of the values by a distribution replaces their weights. */
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

/*
 * Compiles a field, or a part of one (column -1); returns its op.  unique:
 * its values have to be able to differ in every row.
 */
int
compile_field(Compiler *c, const Field *field, int column, uint64 salt, bool unique)
{
	int			op;

	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	/* a field of the row is not nested in anything */
	if (++c->depth > SCHEMA_MAX_DEPTH + 1)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("field \"%s\" is nested more than %d levels deep", field->name,
						SCHEMA_MAX_DEPTH)));
	op = compiler_add_op(c, OP_NULL, field, column, salt);
	if (field->null_fraction >= 1.0 && !field->required)
		 /* stays OP_NULL */ ;
	else if (field->reference >= 0 && column >= 0)
		compile_reference(c, &c->ops[op], field);
	else if (field->enumeration.count > 0)
		compile_enumeration(c, op, field);
	else if (field->pattern)
		pattern_for_field(c, op, field, field->pattern);
	else if (field->object)
		compile_object(c, op, field, unique);
	else if (field->items)
		compile_array(c, op, field, unique);
	else if (field->semantic && !field_has_own_shape(field) &&
			 !OidIsValid(get_element_type(field->base_type)) &&
			 (compile_semantic(c, op, field, column, unique) ||
			  compile_semantic_through_text(c, op, field, unique)))
		 /* done */ ;
	else if (field->examples.count > 0 && !field_has_own_shape(field))
		compile_pool(c, &c->ops[op], &field->examples, 0);
	else if (field->has_default && !field_has_own_shape(field) && !unique)
		compile_constant(c, op, field);
	else if (!compile_number(c, &c->ops[op], field, unique))
		compile_type(c, op, field, unique);
	c->depth--;
	return op;
}

/* ---- the plan ---- */

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
		PlanNumber *lesser;
		PlanNumber *greater;
		ValueKind	kind;

		if (l < 0 || g < 0 || c->ops[l].kind != OP_NUMBER || c->ops[g].kind != OP_NUMBER)
			continue;
		lesser = builder_at(&c->builder, c->ops[l].detail);
		greater = builder_at(&c->builder, c->ops[g].detail);
		if (greater->nabove >= NUMBER_MAX_ABOVE || greater->rank.radix != 0)
			continue;
		greater->above[greater->nabove].column = order->lesser;
		greater->above[greater->nabove++].strict = order->strict;
		kind = value_kind(c->ops[g].type);
		greater->near = (kind == VALUE_DATE || kind == VALUE_TIMESTAMP) &&
			greater->quantile == 0;
		c->ops[l].flags |= OPF_KEEP_NUMBER;
		/* leave room above the lesser; only where the units are the same */
		if (lesser->scale == greater->scale && lesser->rank.radix == 0 &&
			lesser->quantile == 0)
		{
			int64		most = greater->high * greater->grain - (order->strict ? greater->grain : 0);

			if (lesser->low * lesser->grain <= most)
				lesser->high = Min(lesser->high, most / lesser->grain - (most < 0 && most % lesser->grain ? 1 : 0));
		}
	}
}

static void
visit_column(Compiler *c, int column, int32 *order, int *n, char *state)
{
	PlanOp	   *op;

	if (state[column] != 0 || c->column_ops[column] < 0)
		return;
	state[column] = 1;
	op = &c->ops[c->column_ops[column]];
	if (op->kind == OP_NUMBER)
	{
		PlanNumber *number = builder_at(&c->builder, op->detail);

		for (int i = 0; i < number->nabove; i++)
			visit_column(c, number->above[i].column, order, n, state);
	}
	else if (op->kind == OP_COPY)
		visit_column(c, ((PlanCopy *) builder_at(&c->builder, op->detail))->column,
					 order, n, state);
	order[(*n)++] = column;
}

static RowPlan *
finish_plan(Compiler *c)
{
	RowPlan    *plan;
	int			ncolumns = c->schema->nfields;
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
	c->last_row = request->first_row - 2 + request->rows;
	c->column_ops = palloc(sizeof(int) * Max(schema->nfields, 1));
	c->reference_selectors = palloc0(sizeof(PlanOffset) * Max(list_length(schema->references), 1));
	c->reference_given = palloc0(sizeof(PlanOffset) * Max(list_length(schema->references), 1));
	builder_init(&c->builder);
	c->maxops = Max(schema->nfields, 16);
	c->ops = palloc(sizeof(PlanOp) * c->maxops);
}

int
compile_column(Compiler *c, int column)
{
	const Field *field = c->schema->fields[column];

	return compile_field(c, field, column, rng_hash(field->name, strlen(field->name)),
						 field->unique);
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
	compile_uniques(c);
	compile_orders(c);
}

RowPlan *
plan_compile(const Schema *schema, const RowRequest *request, ReferencePool **pools)
{
	Compiler	c;

	compiler_run(&c, schema, request, pools);
	return finish_plan(&c);
}
