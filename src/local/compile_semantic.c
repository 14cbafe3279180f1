/*-------------------------------------------------------------------------
 *
 * compile_semantic.c
 *		Which recipe or dictionary a semantic type makes a field's values
 *		from, and what the fields of a row share.
 *
 * Where a field of numbers takes its values from a dictionary, its bounds
 * keep entries, for all that the row takes from the same entry: the reviews
 * of a table whose rating is four or more are good ones.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include <ctype.h>
#include <float.h>

#include "catalog/pg_type.h"
#include "local/compile.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "schema/guess.h"
#include "util/exact_math.h"
#include "utils/builtins.h"
#include "utils/formatting.h"
#include "utils/lsyscache.h"

/* Is a field of full names somebody's who has to do with whom the row is about? */
static bool
is_of_another(const Field *field)
{
	static const char *const words[] = {"manager", "supervisor", "spouse", "guardian",
		"emergency", "physician", "doctor", "mother", "father", "parent", "partner", "referr",
		"next_of_kin", "assigned", "agent", "approv", "tutor", "advis", "coach", "landlord",
		"beneficiary", "witness", "guarantor", "vorgesetz", "notfall", "arzt", "responsable",
	"jefe", "medico", "medecin", "lekarz", "kierownik", "szef"};
	char	   *name = asc_tolower(field->name, strlen(field->name));

	for (int i = 0; i < lengthof(words); i++)
		if (strstr(name, words[i]) != NULL)
			return true;
	return false;
}

static bool
is_of_type(const Field *field, const char *type)
{
	return field->origin == FIELD_MADE && field->semantic != NULL &&
		strcmp(field->semantic->name, type) == 0;
}

/*
 * Full names: those of others come behind those of whom the row is about, who
 * may have a given and a family name instead.
 */
static int
name_instance(const Compiler *c, const Field *field, int column)
{
	bool		of_another = is_of_another(field);
	bool		has_parts = false;
	int			own = 0;
	int			before = 0;

	for (int i = 0; i < c->schema->nfields; i++)
	{
		const Field *other = c->schema->fields[i];

		has_parts |= is_of_type(other, "given_name") || is_of_type(other, "family_name");
		if (!is_of_type(other, "full_name"))
			continue;
		own += !is_of_another(other);
		before += i < column && is_of_another(other) == of_another;
	}
	return of_another ? Max(own, (int) has_parts) + before : before;
}

/* The how-many-th field of its semantic type this is, from 0. */
static int
semantic_instance(const Compiler *c, const Field *field, int column)
{
	int			instance = 0;

	if (column >= 0 && field->semantic != NULL && strcmp(field->semantic->name, "full_name") == 0)
		return name_instance(c, field, column);
	for (int i = 0; i < column; i++)
	{
		const Field *other = c->schema->fields[i];

		if (other->semantic == field->semantic && other->origin == FIELD_MADE)
			instance++;
	}
	return instance;
}

/* ---- numbers from texts ---- */


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

/* ---- bounds ---- */

/* Do a field's bounds reach beyond those of its semantic type? */
static bool
bounds_exceed_type(const Field *field)
{
	Field	   *plain = part_field(field->name, field->base_type, field->base_typmod);

	if (field->semantic->keywords == NULL)
		return false;
	field_apply_defaults(plain, field->semantic->keywords);
	return (field->minimum.set && plain->minimum.set &&
			value_to_scale(field->base_type, field->minimum.value) <
			value_to_scale(field->base_type, plain->minimum.value)) ||
		(field->maximum.set && plain->maximum.set &&
		 value_to_scale(field->base_type, field->maximum.value) >
		 value_to_scale(field->base_type, plain->maximum.value));
}

/* Does what the field says itself leave it to its semantic type's recipe? */
bool
field_keeps_recipe(const Field *field)
{
	if (field->semantic == NULL || field->distribution.kind != DISTRIBUTION_NONE ||
		field->multiple_of > 0)
		return false;
	if (!field->minimum.set && !field->maximum.set)
		return true;
	return whole_digits(field) > 0 && !bounds_exceed_type(field);
}

static bool
number_within(const Field *field, double number)
{
	double		low = field->minimum.set ?
		value_to_scale(field->base_type, field->minimum.value) : number;
	double		high = field->maximum.set ?
		value_to_scale(field->base_type, field->maximum.value) : number;

	return number >= low && number <= high &&
		!(field->minimum.set && field->minimum.exclusive && number == low) &&
		!(field->maximum.set && field->maximum.exclusive && number == high);
}

static int
count_entries_within(const Field *field, const Entity *entity, int column)
{
	int			count = 0;

	if (!field->minimum.set && !field->maximum.set)
		return entity->nrows;
	for (int i = 0; i < entity->nrows; i++)
		if (number_within(field, strtod(datafile_cell(entity->file, entity->rows[i], column), NULL)))
			count++;
	return count;
}

/* Leaves an entity the entries within a field's bounds, if there are any. */
static void
keep_entries_within(Entity *entity, const Field *field, int column)
{
	int			kept = 0;

	if (count_entries_within(field, entity, column) == 0)
		return;
	for (int i = 0; i < entity->nrows; i++)
		if (number_within(field, strtod(datafile_cell(entity->file, entity->rows[i], column), NULL)))
			entity->rows[kept++] = entity->rows[i];
	entity->nrows = kept;
}

/* The same for a field whose numbers only lie between two of an entry's. */
static void
keep_entries_followed(Entity *entity, const Field *field)
{
	int			kept = 0;
	int		   *rows = palloc(sizeof(int) * Max(entity->nrows, 1));

	for (int i = 0; i < entity->nrows; i++)
		if (follow_bounds_entity(field, entity->file, entity->rows[i]))
			rows[kept++] = entity->rows[i];
	if (kept > 0 && kept < entity->nrows)
	{
		memcpy(entity->rows, rows, sizeof(int) * kept);
		entity->nrows = kept;
	}
	pfree(rows);
}

/* Do all texts that a field can take from an entry have its length? */
static bool
entry_has_length(const Field *field, const DataFile *file, int row, const int *columns, int n)
{
	int			max_length = text_max_length(field);

	for (int i = 0; i < n; i++)
	{
		int			length = pg_mbstrlen(datafile_cell(file, row, columns[i]));

		if (length < field->min_length || (max_length >= 0 && length > max_length))
			return false;
	}
	return true;
}

/* Leaves an entity the entries whose texts have a field's length, if there are any. */
static void
keep_entries_of_length(Compiler *c, Entity *entity, const Field *field)
{
	const char *recipe = field->semantic != NULL && stored_as_text(field->base_type) &&
		(field->min_length > 0 || text_max_length(field) >= 0) ?
		compiler_recipe(c, field->semantic, field->unique) : NULL;
	const DataFile *file;
	int			columns[MAX_CHOICES];
	int			ncolumns = recipe ? recipe_columns(c, recipe, &file, columns) : 0;
	int		   *rows;
	int			kept = 0;

	if (ncolumns == 0 || file != entity->file)
		return;
	rows = palloc(sizeof(int) * Max(entity->nrows, 1));
	for (int i = 0; i < entity->nrows; i++)
		if (entry_has_length(field, file, entity->rows[i], columns, ncolumns))
			rows[kept++] = entity->rows[i];
	if (kept > 0 && kept < entity->nrows)
	{
		memcpy(entity->rows, rows, sizeof(int) * kept);
		entity->nrows = kept;
	}
	pfree(rows);
}

/*
 * Texts that have to be distinct are made by a recipe of their own, and no
 * entry's.  Of the entries those are left that begin as all such texts do:
 * what the row has besides, a card's brand, suits them.
 */
static void
keep_entries_alike(Compiler *c, Entity *entity, const Field *field)
{
	const char *plain = field->semantic != NULL && stored_as_text(field->base_type) &&
		field->unique ? compiler_recipe(c, field->semantic, false) : NULL;
	const char *unique;
	const DataFile *file;
	Size		length;
	int			column;
	int			kept = 0;

	if (plain == NULL || !recipe_is_single_piece(c, plain, &file, &column) ||
		file != entity->file)
		return;
	unique = compiler_recipe(c, field->semantic, true);
	length = strcspn(unique, "{\\");
	for (int i = 0; length > 0 && i < entity->nrows; i++)
		if (strncmp(datafile_cell(file, entity->rows[i], column), unique, length) == 0)
			entity->rows[kept++] = entity->rows[i];
	if (kept > 0)
		entity->nrows = kept;
}

/* ---- what the locale says of the type's numbers ---- */

static double
room_between(const Field *field)
{
	if (!field->minimum.set || !field->maximum.set)
		return DBL_MAX;
	return value_to_scale(field->base_type, field->maximum.value) -
		value_to_scale(field->base_type, field->minimum.value);
}

/*
 * The field with the keywords that the locale has for its semantic type, in
 * place of those that it has from the type only.
 */
const Field *
field_in_locale(const Compiler *c, const Field *field)
{
	const char *keywords = field->semantic == NULL ? NULL :
		locale_recipe(c->locale, field->semantic->name, "keywords");
	Field	   *plain;
	Field	   *local;

	if (keywords == NULL)
		return field;
	plain = part_field(field->name, field->base_type, field->base_typmod);
	if (field->semantic->keywords)
		field_apply_defaults(plain, field->semantic->keywords);
	/* checks have left some of the type's values */
	if (field->enumeration.count != plain->enumeration.count)
		return field;
	local = palloc(sizeof(Field));
	*local = *field;
	guess_drop(local);
	field_apply_defaults(local, DatumGetJsonbP(DirectFunctionCall1(jsonb_in,
																   CStringGetDatum(keywords))));
	if (field->multiple_of != plain->multiple_of)
		local->multiple_of = field->multiple_of;
	/* what the field has of its own leaves room for what the locale says */
	return room_between(local) > 2 * local->multiple_of ? local : field;
}

/* ---- what the fields of a row share ---- */

/* Does a field take numbers within bounds from a column of the entity? */
static bool
field_bounds_entity(Compiler *c, int index, const Entity *entity, int *column)
{
	const Field *field = c->schema->fields[index];
	const DataFile *file;
	const char *recipe;

	if (field->origin != FIELD_MADE || field->reference >= 0 || field->enumeration.count > 0 ||
		(!field->minimum.set && !field->maximum.set) || !field_keeps_recipe(field))
		return false;
	recipe = compiler_recipe(c, field->semantic, field->unique);
	return recipe != NULL && recipe_is_single_piece(c, recipe, &file, column) &&
		file == entity->file && semantic_instance(c, field, index) == entity->instance &&
		entries_suit(field, file, *column);
}

/* Leaves an entity, which has all of its file's, the entries that the fields want. */
void
entity_keep_wanted(Compiler *c, Entity *entity)
{
	int			column;

	entity->nrows = entity->file->nrows;
	entity->rows = palloc(sizeof(int) * Max(entity->nrows, 1));
	for (int r = 0; r < entity->nrows; r++)
		entity->rows[r] = r;
	for (int i = 0; i < c->schema->nfields; i++)
		if (field_bounds_entity(c, i, entity, &column))
			keep_entries_within(entity, c->schema->fields[i], column);
		else if (c->schema->fields[i]->origin == FIELD_MADE)
		{
			keep_entries_followed(entity, c->schema->fields[i]);
			if (semantic_instance(c, c->schema->fields[i], i) == entity->instance)
			{
				keep_entries_of_length(c, entity, c->schema->fields[i]);
				keep_entries_alike(c, entity, c->schema->fields[i]);
			}
		}
	for (int i = 0; i < c->schema->nfields; i++)
		keep_entries_listed(c, entity, i);
}

/* The entry that an instance of a row's person, place … shares. */
Entity *
compiler_entity(Compiler *c, const DataFile *file, int instance)
{
	ListCell   *lc;
	Entity	   *entity;
	uint64		salt;

	check_stack_depth();
	foreach(lc, c->entities)
	{
		entity = lfirst(lc);
		if (entity->file == file && entity->instance == instance)
			return entity;
	}
	entity = palloc0(sizeof(Entity));
	entity->file = file;
	entity->instance = instance;
	entity_keep_wanted(c, entity);
	suit_find(c, entity);
	salt = rng_combine(rng_hash(file->name, strlen(file->name)), instance);
	entity->selector = entity->weights != NULL ?
		compile_selector(c, salt, entity->nrows, entity->weights) :
		dictionary_selector(c, file, entity->rows, entity->nrows, salt);
	if (entity->suits != NULL)
	{
		PlanOffset	given = suit_compile(c, entity);

		((PlanSelector *) builder_at(&c->builder, entity->selector))->given = given;
	}
	c->entities = lappend(c->entities, entity);
	return entity;
}

/* ---- fields ---- */

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
			sum += pieces[i].kind == PIECE_LITERAL ? pieces[i].length :
				pieces[i].kind == PIECE_BEGIN || pieces[i].kind == PIECE_CHECK ? 0 : 6;
	}
	return sum;
}

/* True if the recipe could be used. */
bool
compile_semantic(Compiler *c, int op, const Field *field, int column, bool unique)
{
	const char *recipe = compiler_recipe(c, field->semantic, unique);
	int			instance = semantic_instance(c, field, column);
	int			max_length = text_max_length(field);
	const DataFile *file;
	Entity	   *entity;
	int			file_column;
	int			part;

	if (recipe == NULL)
		return false;
	if (stored_as_text(field->base_type))
	{
		/* a sex of one letter is the first one */
		if (max_length == 1 && recipe_is_single_piece(c, recipe, &file, &file_column) &&
			strchr(recipe, ':') == NULL)
			recipe = psprintf("%.*s:initial}", (int) strlen(recipe) - 1, recipe);
		if (recipe_is_single_piece(c, recipe, &file, &file_column) &&
			field->min_length <= 0 && max_length < 0)
		{
			compile_entity_pool(c, &c->ops[op], compiler_entity(c, file, instance), file_column);
			return true;
		}
		compile_recipe(c, &c->ops[op], field, recipe, instance);
		if (!unique && (column < 0 || !in_unique_set(c->schema, column)))
			note_text(c, op, field, recipe, instance);
		if (unique && max_length >= 0 && shortest_text(c, &c->ops[op]) > max_length)
			compile_code(c, op, field, max_length);
		return true;
	}
	if (recipe_is_single_piece(c, recipe, &file, &file_column))
	{
		entity = compiler_entity(c, file, instance);
		if (!entries_suit(field, file, file_column) ||
			count_entries_within(field, entity, file_column) < entity->nrows)
			return false;
		compile_entity_pool(c, &c->ops[op], entity, file_column);
		return true;
	}
	if (field_has_own_shape(field))
		return false;
	part = recipe_through_text(c, op, field, recipe, instance);
	if (texts_suit(c, field, &c->ops[part]))
		return true;
	c->ops[op].flags &= ~OPF_BACKEND;
	return false;
}

/* A semantic type that is a number or a time, on a column of text. */
bool
compile_semantic_through_text(Compiler *c, int op, const Field *field, bool unique)
{
	const SemanticType *semantic = field->semantic;
	Field	   *part;
	int			number;

	if (!stored_as_text(field->base_type) || stored_as_text(semantic->type))
		return false;
	part = part_field(field->name, semantic->type, -1);
	part->semantic = semantic;
	if (semantic->keywords)
		field_apply_defaults(part, semantic->keywords);
	number = compile_field(c, part, -1, c->ops[op].salt, unique);
	compile_cast(c, op, number);
	return true;
}

