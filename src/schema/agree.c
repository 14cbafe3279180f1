/*-------------------------------------------------------------------------
 *
 * agree.c
 *		What names imply of a row and of the rows that it refers to: nothing
 *		happens to a customer before the customer is there, and an order is in
 *		the currency of its account.
 *
 * These are guesses.  They steer what is drawn and refuse nothing, and they
 * yield to all that is known of a field: values that were learned, lists,
 * patterns, checks.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "schema/document.h"
#include "schema/fit.h"
#include "schema/guess.h"
#include "schema/schema.h"
#include "schema/semantic.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"

/* ---- words of names ---- */

/* " order created at " of "orderCreated_at", so that words can be found in it. */
static char *
spaced_name(const char *name)
{
	StringInfoData words;
	bool		lower = false;

	initStringInfo(&words);
	appendStringInfoChar(&words, ' ');
	for (; *name; name++)
	{
		bool		upper = *name >= 'A' && *name <= 'Z';
		bool		gap = strchr("_- .", *name) != NULL;

		if (((upper && lower) || gap) && words.data[words.len - 1] != ' ')
			appendStringInfoChar(&words, ' ');
		if (!gap)
			appendStringInfoChar(&words, (char) pg_ascii_tolower((unsigned char) *name));
		lower = !upper;
	}
	if (words.data[words.len - 1] != ' ')
		appendStringInfoChar(&words, ' ');
	return words.data;
}

/* Has a spaced name one of the words of a list, which are spaced too? */
static bool
has_word(const char *name, const char *const *words)
{
	for (; *words; words++)
		if (strstr(name, *words) != NULL)
			return true;
	return false;
}

static bool
is_one_of(const char *name, const char *const *names)
{
	for (; *names; names++)
		if (strcmp(name, *names) == 0)
			return true;
	return false;
}

/* ---- the parent's columns ---- */

typedef struct Parent
{
	Schema	   *schema;
	int			reference;
	const Reference *it;
	bool		readable;		/* all of its columns */
	int			natts;
} Parent;

/* A column that the caller may read, by number; its name and base type; or false. */
static bool
parent_column(const Parent *parent, AttrNumber attnum, char **name, Oid *type)
{
	int32		typmod;
	Oid			collation;

	*name = get_attname(parent->it->relid, attnum, true);
	/* a dropped column has a name that finds nothing */
	if (*name == NULL || get_attnum(parent->it->relid, *name) != attnum ||
		(!parent->readable &&
		 pg_attribute_aclcheck(parent->it->relid, attnum, GetUserId(),
							   ACL_SELECT) != ACLCHECK_OK))
		return false;
	get_atttypetypmodcoll(parent->it->relid, attnum, type, &typmod, &collation);
	*type = getBaseType(*type);
	return true;
}

/* ---- which fields are free to agree ---- */

static bool
is_learned(const Schema *schema, int field)
{
	for (int i = 0; schema->fit != NULL && i < schema->fit->naxes; i++)
		if (schema->fit->axes[i].field == field &&
			(schema->fit->axes[i].kind == FIT_SCALE || schema->fit->axes[i].kind == FIT_LEVELS))
			return true;
	return false;
}

static bool
is_unique(const Schema *schema, int field)
{
	ListCell   *lc;

	foreach(lc, schema->uniques)
	{
		const UniqueSet *set = lfirst(lc);

		for (int i = 0; i < set->nfields; i++)
			if (set->fields[i] == field)
				return true;
	}
	return schema->fields[field]->unique;
}

static bool
is_checked(const Schema *schema, int field)
{
	ListCell   *lc;

	foreach(lc, schema->checks)
		if (bms_is_member(field, ((Check *) lfirst(lc))->fields))
			return true;
	return false;
}

static bool
is_free(const Schema *schema, int index)
{
	const Field *field = schema->fields[index];

	return field->origin == FIELD_MADE && field->reference < 0 && field->agrees < 0 &&
		field->object == NULL && (field->enumeration.count == 0 || field->enumeration.implied) &&
		!is_unique(schema, index) && !is_learned(schema, index);
}

/* Has it nothing of its own to say which values it has? */
static bool
is_bare(const Schema *schema, int index)
{
	const Field *field = schema->fields[index];

	return (field->pattern == NULL || pattern_is_guess(field)) &&
		(field->examples.count == 0 || field->examples.implied) &&
		(!field->minimum.set || field->minimum.implied) &&
		(!field->maximum.set || field->maximum.implied) &&
		(field->distribution.kind == DISTRIBUTION_NONE || field->distribution.implied) &&
		field->multiple_of == 0 && field->prompt == NULL && field->ncases == 0 &&
		!is_checked(schema, index);
}

/* ---- times ---- */

/* Since when a row is there; what says so best is last. */
static const char *const birth_words[] = {" birth ", " born ", " dob ", " birthday ",
" birthdate ", NULL};
static const char *const record_words[] = {" created ", " inserted ", " added ", " creation ",
" posted ", NULL};
static const char *const begin_words[] = {" signup ", " signed ", " registered ",
	" registration ", " joined ", " enrolled ", " enrolment ", " enrollment ", " admitted ",
	" admission ", " hired ", " hire ", " opened ", " ordered ", " order ", " placed ",
	" booked ", " issued ", " purchased ", " member since ", " customer since ",
" onboarded ", NULL};

/* What can be before that. */
static const char *const earlier_words[] = {" birth ", " born ", " dob ", " birthday ",
	" birthdate ", " manufactured ", " built ", " founded ", " established ", " graduated ",
" graduation ", " previous ", " onset ", " founding ", NULL};
static const char *const order_words[] = {" ordered ", " order ", " placed ", NULL};
static const char *const bill_words[] = {" issued ", NULL};

static bool
is_moment(Oid type)
{
	ValueKind	kind = value_kind(type);

	return kind == VALUE_DATE || kind == VALUE_TIMESTAMP;
}

static int
beginning_rank(const char *name, bool self)
{
	if (has_word(name, record_words))
		return 2;
	if (self)
		return 0;
	if (has_word(name, begin_words))
		return 3;
	return has_word(name, birth_words) ? 1 : 0;
}

/* The column that says since when a row of the parent is there, or 0. */
static AttrNumber
find_beginning(const Parent *parent, char **spaced)
{
	AttrNumber	best = 0;
	int			best_rank = 0;

	for (AttrNumber attnum = 1; attnum <= parent->natts; attnum++)
	{
		char	   *name;
		Oid			type;
		int			rank;

		if (!parent_column(parent, attnum, &name, &type) || !is_moment(type))
			continue;
		name = spaced_name(name);
		rank = beginning_rank(name, parent->it->self);
		if (rank <= best_rank)
			continue;
		best = attnum;
		best_rank = rank;
		*spaced = name;
	}
	return best;
}

static bool
comes_after(const Schema *schema, int index, const char *beginning)
{
	const Field *field = schema->fields[index];
	const char *name = spaced_name(field->name);

	return is_moment(field->base_type) && !has_word(name, earlier_words) &&
		(field->semantic == NULL || strcmp(field->semantic->name, "birth_date") != 0) &&
		!(has_word(name, order_words) && has_word(beginning, bill_words));
}

static void
imply_times(const Parent *parent)
{
	Schema	   *schema = parent->schema;
	char	   *beginning = NULL;
	AttrNumber	attnum = find_beginning(parent, &beginning);

	for (int i = 0; attnum > 0 && i < schema->nfields; i++)
	{
		Order	   *order;

		if (schema->fields[i]->origin == FIELD_DROPPED || !is_free(schema, i) ||
			!comes_after(schema, i, beginning))
			continue;
		order = palloc0(sizeof(Order));
		order->lesser = schema_context(schema, parent->reference, attnum);
		order->greater = i;
		schema->orders = lappend(schema->orders, order);
	}
}

/* ---- values ---- */

/* Columns of a name in each list mean the same of a row and of its parent. */
static const char *const currency_names[] = {" currency ", " currency code ", " currency iso ",
" curr ", " ccy ", " iso currency ", NULL};
static const char *const country_names[] = {" country ", " country code ", " country iso ",
" country iso code ", " country name ", " iso country ", " ctry ", NULL};
static const char *const language_names[] = {" language ", " language code ", " lang ",
" preferred language ", " locale ", NULL};
static const char *const zone_names[] = {" timezone ", " time zone ", " tz ", NULL};
static const char *const *const shared_names[] = {currency_names, country_names,
language_names, zone_names};

/* One who has an address of its own has a country of its own. */
static const char *const address_words[] = {" city ", " town ", " postcode ", " zip ",
" zipcode ", " postal ", " address ", " street ", NULL};

static const char *const unit_price_names[] = {" unit price ", " price each ", " item price ",
" list price ", " price per unit ", NULL};
static const char *const parent_price_names[] = {" price ", " unit price ", " list price ",
" current price ", " retail price ", " sale price ", NULL};
static const char *const quantity_names[] = {" quantity ", " qty ", " units ", NULL};
static const char *const price_names[] = {" price ", NULL};

static bool
has_field(const Schema *schema, const char *const *words)
{
	for (int i = 0; i < schema->nfields; i++)
		if (schema->fields[i]->origin != FIELD_DROPPED &&
			has_word(spaced_name(schema->fields[i]->name), words))
			return true;
	return false;
}

/* Which of the parent's columns a field is to be the same as: names that may, or NULL. */
static const char *const *
names_to_share(const Schema *schema, int index)
{
	const Field *field = schema->fields[index];
	const char *name = spaced_name(field->name);

	if (value_kind(field->base_type) == VALUE_NUMERIC)
		return is_one_of(name, unit_price_names) ||
			(is_one_of(name, price_names) && has_field(schema, quantity_names)) ?
			parent_price_names : NULL;
	for (int i = 0; i < lengthof(shared_names); i++)
		if (is_one_of(name, shared_names[i]))
			return shared_names[i] == country_names && has_field(schema, address_words) ?
				NULL : shared_names[i];
	return NULL;
}

/* Codes are not names, and what is longer than the field does not fit into it. */
static bool
column_suits(const Parent *parent, AttrNumber attnum, const char *name, const Field *field)
{
	Oid			type;
	int32		typmod;
	Oid			collation;

	get_atttypetypmodcoll(parent->it->relid, attnum, &type, &typmod, &collation);
	type = getBaseTypeAndTypmod(type, &typmod);
	if (type != field->base_type)
		return false;
	if (field->base_typmod >= 0 && typmod != field->base_typmod &&
		!(type == VARCHAROID && typmod >= 0 && typmod <= field->base_typmod))
		return false;
	return value_kind(type) == VALUE_NUMERIC ||
		field->semantic == semantic_for_column(name, get_rel_name(parent->it->relid), type, NULL);
}

static void
imply_values(const Parent *parent)
{
	Schema	   *schema = parent->schema;

	for (int i = 0; i < schema->nfields; i++)
	{
		Field	   *field = schema->fields[i];
		const char *const *names;

		if (field->origin == FIELD_DROPPED || !is_free(schema, i) || !is_bare(schema, i) ||
			(names = names_to_share(schema, i)) == NULL)
			continue;
		for (AttrNumber attnum = 1; attnum <= parent->natts && field->agrees < 0; attnum++)
		{
			char	   *name;
			Oid			type;

			if (parent_column(parent, attnum, &name, &type) &&
				is_one_of(spaced_name(name), names) && column_suits(parent, attnum, name, field))
				field->agrees = schema_context(schema, parent->reference, attnum);
		}
	}
}

/* ---- all of them ---- */

void
schema_imply_agreements(Schema *schema)
{
	ListCell   *lc;

	foreach(lc, schema->references)
	{
		Parent		parent = {schema, foreach_current_index(lc), lfirst(lc)};

		CHECK_FOR_INTERRUPTS();
		if (!reference_is_drawn(schema, parent.it))
			continue;
		parent.readable = pg_class_aclcheck(parent.it->relid, GetUserId(),
											ACL_SELECT) == ACLCHECK_OK;
		parent.natts = relation_natts(parent.it->relid);
		imply_times(&parent);
		if (!parent.it->self)
			imply_values(&parent);
	}
}
