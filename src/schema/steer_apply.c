/*-------------------------------------------------------------------------
 *
 * steer_apply.c
 *		What checks ask of a field, laid over what the field says itself.
 *
 * What a field has from its semantic type only gives way to a check; what a
 * document says does not, and contradictions are faults.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "schema/guess.h"
#include "schema/steer_internal.h"
#include "regex/regex.h"
#include "utils/builtins.h"
#include "utils/typcache.h"

static const char *
check_label(const Check *check)
{
	if (check == NULL)
		return "checks";
	return psprintf(check->own ? "CHECK \"%s\"" : "check \"%s\"", check->name);
}

/* A check says something else than what the field's name was taken for. */
static void
drop_guess(Field *field, const Check *check)
{
	guess_drop(field);
	field->semantic = NULL;
	field->why = check_label(check);
}

/* Returns the check that moved a bound, or NULL. */
static const Check *
tighten_bounds(Field *field, const Narrow *narrow)
{
	const Check *check = NULL;

	if (bound_tighter(&narrow->minimum, &field->minimum, true, field->base_type))
	{
		field->minimum = narrow->minimum;
		check = narrow->minimum_check;
	}
	if (bound_tighter(&narrow->maximum, &field->maximum, false, field->base_type))
	{
		field->maximum = narrow->maximum;
		check = narrow->maximum_check;
	}
	return check;
}

/* Returns false if nothing is left between the bounds. */
static bool
apply_bounds(Field *field, const Narrow *narrow)
{
	const Check *check = tighten_bounds(field, narrow);

	if (check != NULL && field->semantic == NULL)
		field->why = check_label(check);
	if (check == NULL || !bounds_empty(&field->minimum, &field->maximum, field->base_type))
		return true;

	/* what a name suggests gives way to what a check says */
	drop_guess(field, check);
	(void) tighten_bounds(field, narrow);
	return !bounds_empty(&field->minimum, &field->maximum, field->base_type);
}

/* The longest text that the type itself allows, or -1. */
static int
type_max_length(const Field *field)
{
	if ((field->base_type == VARCHAROID || field->base_type == BPCHAROID) &&
		field->base_typmod > VARHDRSZ)
		return field->base_typmod - VARHDRSZ;
	return -1;
}

/*
 * Leaves a list that is only guessed from a name its values of the field's
 * length, and those that match a pattern, if there is one; or drops the guess.
 */
static void
guess_keep_texts(Field *field, const char *pattern, const Check *check)
{
	ValueList  *list = &field->enumeration;
	int			kept = 0;

	if (!list->implied || list->count == 0 || !type_is_text(field->base_type))
		return;
	for (int i = 0; i < list->count; i++)
	{
		char	   *text = value_to_text(field->base_type, list->values[i]);
		int			length = pg_mbstrlen(text);

		if (length < field->min_length ||
			(field->max_length >= 0 && length > field->max_length) ||
			(pattern != NULL &&
			 !RE_compile_and_execute(cstring_to_text(pattern), text, strlen(text), REG_ADVANCED,
									 DEFAULT_COLLATION_OID, 0, NULL)))
			continue;
		list->values[kept] = list->values[i];
		if (list->weights != NULL)
			list->weights[kept] = list->weights[i];
		if (list->nulls != NULL)
			list->nulls[kept] = list->nulls[i];
		kept++;
	}
	list->count = kept;
	if (kept == 0)
		drop_guess(field, check);
}

static bool
apply_lengths(Field *field, const Narrow *narrow)
{
	int			limit = type_max_length(field);

	field->min_length = Max(field->min_length, narrow->min_length);
	if (narrow->max_length >= 0 &&
		(field->max_length < 0 || narrow->max_length < field->max_length))
		field->max_length = narrow->max_length;
	field->min_items = Max(field->min_items, narrow->min_items);
	if (narrow->max_items >= 0 &&
		(field->max_items < 0 || narrow->max_items < field->max_items))
		field->max_items = narrow->max_items;
	if (narrow->min_length < 0 && narrow->max_length < 0)
		return true;
	guess_keep_texts(field, NULL, narrow->length_check);
	if (field->max_length >= 0 && (limit < 0 || field->max_length < limit))
		limit = field->max_length;
	return limit < 0 || field->min_length <= limit;
}

/* ---- lists ---- */

/* Keeps of a field's own list what the narrow (and its bounds) allow. */
static void
filter_values(const Field *field, ValueList *list, const Narrow *narrow)
{
	TypeCacheEntry *order = value_order(field->base_type);
	ValueSet	allowed = set_sorted(&narrow->list, order);
	ValueSet	excluded = set_sorted(&narrow->excluded, order);
	ValueList	kept = {.implied = list->implied};
	double		total = 0;

	kept.values = palloc(sizeof(Datum) * (list->count + 1));
	kept.nulls = palloc(sizeof(bool) * (list->count + 1));
	kept.weights = list->weights ? palloc(sizeof(double) * (list->count + 1)) : NULL;
	for (int i = 0; i < list->count; i++)
	{
		bool		isnull = list->nulls != NULL && list->nulls[i];
		Datum		value = list->values[i];

		CHECK_FOR_INTERRUPTS();
		if (isnull ? narrow->required :
			((narrow->listed && !sorted_has(&allowed, value, order)) ||
			 sorted_has(&excluded, value, order) ||
			 !bounds_hold(&narrow->minimum, &narrow->maximum, value, order)))
			continue;
		if (kept.weights != NULL)
			total += (kept.weights[kept.count] = list->weights[i]);
		kept.values[kept.count] = value;
		kept.nulls[kept.count++] = isnull;
	}
	if (kept.count < list->count && total <= 0)
		kept.weights = NULL;
	*list = kept;
}

/* A field that has no list takes the check's. */
static void
adopt_list(Field *field, const Narrow *narrow)
{
	ValueList  *list = &field->enumeration;

	drop_guess(field, narrow->list_check);
	list->count = narrow->list.count;
	list->values = narrow->list.values;
	list->nulls = palloc0(sizeof(bool) * (list->count + 1));
	list->weights = NULL;
	filter_values(field, list, narrow);
}

/*
 * Does a list that is only guessed from a name say something else than the
 * checks do?
 */
static bool
guess_fails(const Field *field, const ValueList *kept, const Narrow *narrow)
{
	if (!field->enumeration.implied)
		return false;
	return narrow->listed ? kept->count < narrow->list.count :
		!guess_says_something(field, kept);
}

/*
 * Filters the list of a field, or has the check's take the place of a guess;
 * false if nothing is left.
 */
static bool
apply_enumeration(Field *field, const Narrow *narrow)
{
	ValueList	kept = field->enumeration;

	filter_values(field, &kept, narrow);
	if (guess_fails(field, &kept, narrow))
	{
		if (!narrow->listed)
		{
			drop_guess(field, narrow->minimum_check ? narrow->minimum_check :
					   narrow->maximum_check);
			return true;		/* the bounds decide */
		}
		adopt_list(field, narrow);
	}
	else
		field->enumeration = kept;
	return field->enumeration.count > 0;
}

/* Returns false if no value is left. */
static bool
apply_list(Field *field, const Narrow *narrow)
{
	if (!narrow->listed && narrow->excluded.count == 0 &&
		!narrow->minimum.set && !narrow->maximum.set && !narrow->required)
		return true;
	if (value_order(field->base_type) == NULL)
		return true;
	if (field->examples.count > 0)
		filter_values(field, &field->examples, narrow);
	if (field->enumeration.count > 0)
		return apply_enumeration(field, narrow);
	if (!narrow->listed)
		return true;
	adopt_list(field, narrow);
	return field->enumeration.count > 0;
}

static void
apply_pattern(Field *field, const Narrow *narrow)
{
	if (narrow->pattern != NULL)
		guess_keep_texts(field, narrow->pattern, narrow->pattern_check);
	if (narrow->pattern == NULL || field->enumeration.count > 0 ||
		(field->pattern != NULL && !pattern_is_guess(field)))
		return;
	field->pattern = narrow->pattern;
	field->semantic = NULL;
	field->why = check_label(narrow->pattern_check);
}

/* ---- contradictions ---- */

static char *
bound_text(const char *keyword, const Bound *bound, Oid type)
{
	return psprintf("%s %s%s", keyword, value_to_text(type, bound->value),
					bound->exclusive ? " (exclusive)" : "");
}

static void
fault_bounds(Faults *faults, const char *path, const char *column,
			 const Field *field, const Narrow *narrow)
{
	const Check *check = narrow->minimum_check ? narrow->minimum_check : narrow->maximum_check;

	if (check != narrow->maximum_check && narrow->maximum_check != NULL)
		fault_add(faults, ERRCODE_CHECK_VIOLATION, path,
				  "Change one of them, or allow NULL.",
				  "%s can take no value: %s (%s) is over %s (%s)", column,
				  bound_text("minimum", &field->minimum, field->base_type),
				  check_label(narrow->minimum_check),
				  bound_text("maximum", &field->maximum, field->base_type),
				  check_label(narrow->maximum_check));
	else
		fault_add(faults, ERRCODE_CHECK_VIOLATION, path,
				  "Change one of them, or allow NULL.",
				  "%s can take no value: %s is over %s because of %s", column,
				  bound_text("minimum", &field->minimum, field->base_type),
				  bound_text("maximum", &field->maximum, field->base_type),
				  check_label(check));
}

/* Tells of a field that no value satisfies; after is what it has become. */
static void
fault_contradiction(Faults *faults, const Schema *schema, const char *prefix,
					const Narrow *narrow, const Field *after)
{
	/* an error about a table alone has no document to point into */
	char	   *path = OidIsValid(schema->relid) && !faults->collect ? NULL :
		psprintf("%sfields[%d]", prefix, narrow->field);
	char	   *column = psprintf("%s \"%s\"", OidIsValid(schema->relid) ? "column" : "field",
								  after->name);

	if (bounds_empty(&after->minimum, &after->maximum, after->base_type))
		fault_bounds(faults, path, column, after, narrow);
	else if (narrow->listed || narrow->excluded.count > 0 ||
			 narrow->minimum.set || narrow->maximum.set)
		fault_add(faults, ERRCODE_CHECK_VIOLATION, path, NULL,
				  "%s can take no value: none of those it may take satisfies %s",
				  column,
				  check_label(narrow->list_check ? narrow->list_check :
							  narrow->minimum_check ? narrow->minimum_check :
							  narrow->maximum_check));
	else
		fault_add(faults, ERRCODE_CHECK_VIOLATION, path, NULL,
				  "%s can take no value: at least %d characters are asked for, at most %d are allowed (%s)",
				  column, after->min_length,
				  after->max_length >= 0 ? after->max_length : type_max_length(after),
				  check_label(narrow->length_check));
}

/* Does a document say what a field's values are, and not only its table? */
static bool
document_decides(const Schema *schema, const Field *field)
{
	return !OidIsValid(schema->relid) ||
		(field->minimum.set && !field->minimum.implied) ||
		(field->maximum.set && !field->maximum.implied) ||
		(field->enumeration.count > 0 && !field->enumeration.implied);
}

/* ---- all of it ---- */

/*
 * Where no value is left, NULL still satisfies every check but IS NOT NULL,
 * so a table's column that may be NULL always is.
 */
void
apply_narrow(Schema *schema, const Narrow *narrow, Faults *faults,
			 const char *prefix)
{
	Field	   *field = schema->fields[narrow->field];
	Field		before;
	bool		possible;

	if (field->origin != FIELD_MADE)
		return;
	field->required |= narrow->required;
	if (field->reference >= 0)
		return;
	before = *field;
	possible = apply_bounds(field, narrow) && apply_list(field, narrow) &&
		apply_lengths(field, narrow);
	if (possible)
	{
		apply_pattern(field, narrow);
		return;
	}
	/* of a case there may be one */
	if (field->case_words != NULL)
	{
		*field = before;
		return;
	}
	if (field->required || (field->null_fraction <= 0 &&
							(document_decides(schema, &before) || field->null_fraction == 0)))
		fault_contradiction(faults, schema, prefix, narrow, field);
	*field = before;
	if (!field->required)
		field->null_fraction = 1;
}
