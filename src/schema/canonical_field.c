/*-------------------------------------------------------------------------
 *
 * canonical_field.c
 *		A field, and the fields in it, as a document has them.
 *
 * Types that are not the server's own are named with their schema, references
 * are written out.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "access/htup_details.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "schema/canonical.h"
#include "util/relation.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

static void print_field(Printer *printer, const Field *field, bool named);

/* ---- types ---- */

/*
 * A type's name, qualified if it is not the server's own, and also where a
 * document would take the bare name for a semantic type.
 */
static char *
type_text(Oid type, int32 typmod)
{
	Oid			element = get_element_type(type);
	Oid			plain = OidIsValid(element) ? element : type;
	HeapTuple	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(plain));
	bool		own = false;
	char	   *text;

	if (HeapTupleIsValid(tuple))
	{
		own = ((Form_pg_type) GETSTRUCT(tuple))->typnamespace == PG_CATALOG_NAMESPACE;
		ReleaseSysCache(tuple);
	}
	text = format_type_extended(type, typmod, FORMAT_TYPE_TYPEMOD_GIVEN |
								(own ? 0 : FORMAT_TYPE_FORCE_QUALIFY));
	if (own && semantic_lookup(text) != NULL)
		text = format_type_extended(type, typmod, FORMAT_TYPE_TYPEMOD_GIVEN |
									FORMAT_TYPE_FORCE_QUALIFY);
	return text;
}

/* A type, or in JSON, where it matters whether a member is null or missing, two. */
static void
print_type_word(Printer *printer, const Field *field, const char *word)
{
	if (!field->nullable || printer->depth == 0)
	{
		print_string(printer, "type", word);
		return;
	}
	print_open(printer, "type", WJB_BEGIN_ARRAY);
	print_string(printer, NULL, word);
	print_string(printer, NULL, "null");
	print_close(printer, WJB_END_ARRAY);
}

/* The semantic type alone says both, if its own PostgreSQL type is meant. */
static void
print_type(Printer *printer, const Field *field)
{
	const SemanticType *semantic = field->semantic;

	/* What makes the values of these is not the semantic type. */
	if (field->origin == FIELD_EXPRESSION || field->origin == FIELD_DEFAULT)
		semantic = NULL;
	if (semantic != NULL && field->type == semantic->type && field->typmod == -1 &&
		semantic_lookup(semantic->name) == semantic && strchr(semantic->type_name, '(') == NULL)
	{
		print_type_word(printer, field, semantic->name);
		return;
	}
	/* "integer" of a document would take a parent's eight bytes over. */
	if (field->type == INT4OID && field->reference >= 0)
		print_type_word(printer, field, "int4");
	else
		print_type_word(printer, field, type_text(field->type, field->typmod));
	if (semantic != NULL)
		print_string(printer, "format", semantic->name);
}

/* ---- how its values are made ---- */

/* A reference of this field alone; the others stand at the top. */
static void
print_field_reference(Printer *printer, const Field *field)
{
	Reference  *reference;

	if (field->reference < 0)
		return;
	reference = list_nth(printer->schema->references, field->reference);
	if (reference->ncolumns != 1 || get_rel_name(reference->relid) == NULL)
		return;
	print_string(printer, "references",
				 psprintf("%s(%s)", relation_sql_name(reference->relid),
						  quote_identifier(get_attname(reference->relid,
													   reference->attnums[0], false))));
}

/* Elements of which an SQL array's type says all there is to say. */
static bool
items_plain(const Field *items)
{
	return items->semantic == NULL && items->title == NULL && items->description == NULL &&
		items->prompt == NULL && !items->required && field_null_fraction(items) < 0 &&
		!items->minimum.set && !items->maximum.set && items->multiple_of == 0 &&
		items->min_length < 0 && items->max_length < 0 && items->enumeration.count == 0 &&
		items->examples.count == 0 && !items->has_default && items->pattern == NULL &&
		items->distribution.kind == DISTRIBUTION_NONE && items->object == NULL &&
		items->items == NULL;
}

/* As they were given: what they are laid over stands beside them. */
static void
print_cases(Printer *printer, const Field *field)
{
	JsonbValue	value;

	if (field->case_words == NULL)
		return;
	print_string(printer, "by", field->by);
	JsonbToJsonbValue(field->case_words, &value);
	print_json(printer, "cases", &value);
}

static bool
bounds_equal(const Bound *a, const Bound *b, Oid type)
{
	return a->set == b->set &&
		(!a->set || (a->exclusive == b->exclusive && value_compare(type, a->value, b->value) == 0));
}

/* Are the field's bounds those that its semantic type has? */
static bool
has_bounds_of_type(const Field *field)
{
	Field	   *plain = field_make(field->name);

	field_set_type(plain, NULL, field->base_type, field->base_typmod);
	field_apply_defaults(plain, field->semantic->keywords);
	return bounds_equal(&field->minimum, &plain->minimum, field->base_type) &&
		bounds_equal(&field->maximum, &plain->maximum, field->base_type);
}

/*
 * What only the semantic type says of numbers that follow others of the row is
 * not said again: prices of which a document says how they lie do not go with
 * their products.
 */
static bool
left_to_type(const Field *field, bool implied)
{
	return implied && field->origin == FIELD_MADE && field->reference < 0 &&
		field->semantic != NULL && field->semantic->follows != NULL &&
		field->semantic->keywords != NULL && field->distribution.implied &&
		has_bounds_of_type(field);
}

/* How the values of a field are made. */
static void
print_making(Printer *printer, const Field *field)
{
	bool		free = field->enumeration.count == 0;

	if (field_null_fraction(field) >= 0)
		print_double(printer, "null_fraction", field_null_fraction(field));
	if (!left_to_type(field, field->minimum.implied))
		print_bound(printer, field, &field->minimum, "minimum", "exclusiveMinimum");
	if (!left_to_type(field, field->maximum.implied))
		print_bound(printer, field, &field->maximum, "maximum", "exclusiveMaximum");
	if (field->multiple_of > 0)
		print_double(printer, "multipleOf", field->multiple_of);
	print_count(printer, "minLength", field->min_length);
	print_count(printer, "maxLength", field->max_length);
	print_count(printer, "minItems", field->min_items);
	print_count(printer, "maxItems", field->max_items);
	print_list(printer, "enum", field, &field->enumeration);
	print_list(printer, "examples", field, &field->examples);
	if (!free && field->enumeration.weights != NULL)
		print_doubles(printer, "weights", field->enumeration.weights,
					  field->enumeration.count);
	else if (free && field->examples.count > 0 && field->examples.weights != NULL)
		print_doubles(printer, "weights", field->examples.weights, field->examples.count);
	if (field->has_default)
		print_value(printer, "default", field->base_type, field->default_value,
					field->default_isnull);
	print_string(printer, "pattern", field->pattern);
	if (!left_to_type(field, field->distribution.implied))
		print_distribution(printer, field);
	print_cases(printer, field);
	if (field->per_series)
		print_string(printer, "per", "series");
	if (field->ascending)
		print_true(printer, "ascending");
	print_field_reference(printer, field);
	printer->depth++;
	if (field->object != NULL)
		print_fields(printer, field->object);
	else if (field->items != NULL && (field->json_array || !items_plain(field->items)))
	{
		print_key(printer, "items");
		print_field(printer, field->items, false);
	}
	printer->depth--;
}

/* ---- fields ---- */

void
print_fields(Printer *printer, const Schema *schema)
{
	print_open(printer, "fields", WJB_BEGIN_ARRAY);
	for (int i = 0; i < schema->nfields; i++)
	{
		if (schema->fields[i]->origin != FIELD_DROPPED)
			print_field(printer, schema->fields[i], true);
	}
	for (int i = schema->nfields; i < schema_width(schema); i++)
	{
		if (schema->fields[i]->hidden)
			print_field(printer, schema->fields[i], true);
	}
	print_close(printer, WJB_END_ARRAY);
}

static void
print_field(Printer *printer, const Field *field, bool named)
{
	check_stack_depth();
	print_open(printer, NULL, WJB_BEGIN_OBJECT);
	if (named)
		print_string(printer, "name", field->name);
	print_string(printer, "title", field->title);
	print_string(printer, "description", field->description);
	print_string(printer, "prompt", field->prompt);
	if (field->hidden)
		print_true(printer, "hidden");
	print_type(printer, field);
	/* what was learned, and how */
	if (named && printer->schema->fit != NULL)
		print_string(printer, "why", field->why);
	if (field->required)
		print_true(printer, "required");
	if (field->unique)
		print_true(printer, "unique");
	if (field->origin == FIELD_EXPRESSION)
		print_string(printer, "expression", field->expression);
	else if (field->origin == FIELD_MADE)
		print_making(printer, field);
	print_close(printer, WJB_END_OBJECT);
}
