/*-------------------------------------------------------------------------
 *
 * compile_type.c
 *		Values that a field's type, or its pattern, has of itself.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "catalog/pg_type.h"
#include "local/compile.h"
#include "local/pattern.h"
#include "mb/pg_wchar.h"
#include "schema/guess.h"
#include "util/locale.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

bool
stored_as_text(Oid type)
{
	return value_kind(type) == VALUE_TEXT && get_typlen(type) == -1;
}

void
compile_cast(Compiler *c, int op, int part)
{
	PlanCast	cast;

	cast.part = part;
	c->ops[op].kind = OP_CAST;
	c->ops[op].flags |= OPF_BACKEND;
	c->ops[op].detail = builder_add(&c->builder, &cast, sizeof(cast));
}

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

void
compile_field_pattern(Compiler *c, int op, const Field *field)
{
	Field	   *text;
	int			part;

	if (stored_as_text(field->base_type))
	{
		compile_pattern(c, op, field, field->pattern);
		return;
	}
	text = part_field(field->name, TEXTOID, -1);
	part = compiler_add_op(c, OP_NULL, text, -1, c->ops[op].salt);
	compile_pattern(c, part, text, field->pattern);
	compile_cast(c, op, part);
}

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

void
compile_code(Compiler *c, int op, const Field *field, int length)
{
	Field		code = *field;

	code.min_length = code.max_length = length;
	compile_pattern(c, op, &code, psprintf("[A-Z0-9]{%d}", length));
}

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

	if (compile_listed(c, op, field, c->ops[op].column))
		return;
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

void
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
