/*-------------------------------------------------------------------------
 *
 * ask_tokens.c
 *		What a value takes of an answer, in tokens: a guess, before there is
 *		an answer to learn from.
 *
 * The figures of the semantic types were counted with o200k over made-up
 * values as they stand in a row: what parts a value from the next one is not
 * in them.  Prose is a little longer there than the local source's own.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "miscadmin.h"
#include "provider/ask.h"
#include "schema/semantic.h"
#include "utils/lsyscache.h"

#define TOKENS_NULL		0.5
#define TOKENS_BOOLEAN	0.5
#define TOKENS_SMALL	0.6		/* a whole number below a thousand */
#define TOKENS_WHOLE	1.6
#define TOKENS_NUMBER	2.6
#define TOKENS_DATE		5.5
#define TOKENS_TIME		13.5
#define TOKENS_WORDS	5.0
#define TOKENS_PROSE	40.0
#define TOKENS_AROUND	3.0		/* what stands around a part: quotes, colons, commas */
#define USUAL_ELEMENTS	4		/* of a list of which nothing is said */

/* Words of other languages than English have more tokens. */
#define FOREIGN			1.4

#define MOST_COUNTED	100		/* values of an enumeration */

typedef struct TypeTokens
{
	const char *name;			/* of the semantic type */
	double		tokens;
} TypeTokens;

static const TypeTokens type_tokens[] = {
	{"address", 11.3}, {"age", 0.5}, {"amount", 2.5}, {"area_code", 0.5}, {"bio", 25},
	{"birth_date", 5.5}, {"building_number", 1.4}, {"category", 1.6}, {"city", 1.6},
	{"color", 0.8}, {"company", 3.1}, {"company_suffix", 0.9}, {"completed_at", 13.5},
	{"country", 1.5}, {"country_code", 0.5}, {"coupon_code", 2.5}, {"created_at", 13.5},
	{"currency_code", 0.5}, {"day_of_month", 0.5}, {"deleted_at", 1.8}, {"department", 1.1},
	{"discount", 2.5}, {"domain_name", 2.6}, {"duration_ms", 0.5}, {"duration_seconds", 0.6},
	{"email", 6.2}, {"end_date", 5.5}, {"event_time", 13.5}, {"family_name", 1.4},
	{"file_extension", 0.8}, {"file_name", 7.1}, {"file_path", 11.5}, {"full_name", 2.2},
	{"future_date", 5.5}, {"gender", 0.5}, {"given_name", 1.1}, {"hex_color", 3.2},
	{"hostname", 5.3}, {"hour", 0.5}, {"http_method", 0.5}, {"http_status", 0.5},
	{"image_url", 11.1}, {"industry", 1.2}, {"ipv4", 6.5}, {"ipv6", 11.4}, {"job_title", 1.7},
	{"language", 0.8}, {"language_code", 0.5}, {"last_login_at", 13.5}, {"latitude", 3.4},
	{"locale", 1.7}, {"longitude", 3.3}, {"mac_address", 11.8}, {"md5", 18.2},
	{"middle_name", 1.0}, {"mime_type", 2.8}, {"month", 0.5}, {"month_name", 0.5},
	{"name_prefix", 0.5}, {"notes", 10}, {"operating_system", 3.0}, {"order_number", 6.5},
	{"order_status", 1.3}, {"paragraph", 40.8}, {"password_hash", 41.2}, {"past_date", 5.5},
	{"payment_method", 1.3}, {"percentage", 2.5}, {"phone", 7.5}, {"port", 1.5},
	{"postcode", 1.5}, {"price", 2.5}, {"product", 2.3}, {"product_description", 15.0},
	{"quantity", 0.5}, {"rating", 0.5}, {"region", 1.0}, {"region_code", 0.5},
	{"review", 20}, {"salary", 3.5}, {"secondary_address", 4.5}, {"sentence", 12.0},
	{"sha256", 35.9}, {"size", 0.6}, {"sku", 4.4}, {"slug", 4.0}, {"start_date", 5.5},
	{"stock", 0.5}, {"street_address", 3.8}, {"street_name", 2.2}, {"tax_rate", 2.5},
	{"timezone", 3.3}, {"title", 8}, {"token", 21.1}, {"tracking_number", 4.7}, {"unit", 0.5},
	{"updated_at", 13.5}, {"url", 7.2}, {"user_agent", 44.5}, {"username", 3.8},
	{"uuid", 22.2}, {"version", 4.5}, {"weekday", 0.5}, {"weight", 2.5}, {"word", 0.9},
	{"year", 1.5}
};

static double
listed_tokens(const Field *field)
{
	const ValueList *list = &field->enumeration;
	int			count = Min(list->count, MOST_COUNTED);
	double		sum = 0;
	Oid			output;
	bool		varlena;

	getTypeOutputInfo(field->base_type, &output, &varlena);
	for (int i = 0; i < count; i++)
	{
		char	   *text;

		if (list->nulls && list->nulls[i])
			continue;
		text = OidOutputFunctionCall(output, list->values[i]);
		sum += tokens_estimate(text, strlen(text));
	}
	return sum / count;
}

static bool
is_small(const Field *field)
{
	return field->maximum.set && field->minimum.set &&
		value_to_scale(field->base_type, field->maximum.value) < 1000 &&
		value_to_scale(field->base_type, field->minimum.value) > -1000;
}

static double
plain_tokens(const Field *field)
{
	switch (value_kind(field->base_type))
	{
		case VALUE_BOOLEAN:
			return TOKENS_BOOLEAN;
		case VALUE_INTEGER:
			return is_small(field) ? TOKENS_SMALL : TOKENS_WHOLE;
		case VALUE_FLOAT:
		case VALUE_NUMERIC:
			return TOKENS_NUMBER;
		case VALUE_DATE:
		case VALUE_TIME:
		case VALUE_INTERVAL:
			return TOKENS_DATE;
		case VALUE_TIMESTAMP:
			return TOKENS_TIME;
		case VALUE_JSON:
			return TOKENS_PROSE;
		default:
			break;
	}
	if (field->min_length > 60 || (field->prompt != NULL && field->pattern == NULL))
		return Max(TOKENS_PROSE, field->min_length / 5.0);
	return TOKENS_WORDS;
}

static double
made_tokens(const Field *field)
{
	if (field->enumeration.count > 0)
		return listed_tokens(field);
	if (field->semantic != NULL && field->prompt == NULL)
		for (int i = 0; i < lengthof(type_tokens); i++)
			if (strcmp(type_tokens[i].name, field->semantic->name) == 0)
				return type_tokens[i].tokens;
	return plain_tokens(field);
}

/* Of names and prose, which are written in the language of the locale. */
static bool
is_foreign(const Field *field, const char *locale)
{
	static const char *const groups[] = {"address", "commerce", "company", "person", "text"};

	if (strncmp(locale, "en", 2) == 0 || field->enumeration.count > 0 ||
		value_kind(field->base_type) != VALUE_TEXT)
		return false;
	if (field->semantic == NULL)
		return true;
	for (int i = 0; i < lengthof(groups); i++)
		if (strcmp(field->semantic->group, groups[i]) == 0)
			return true;
	return false;
}

/* Of an object or a list: its parts, with what stands between them. */
static double
parts_tokens(const Field *field, const char *locale)
{
	double		tokens = TOKENS_AROUND;

	check_stack_depth();
	if (field->items)
	{
		int			least = Max(field->min_items, 0);
		int			most = field->max_items >= 0 ? field->max_items : Max(least, USUAL_ELEMENTS);

		return tokens + (least + most) / 2.0 *
			(TOKENS_AROUND + ask_value_tokens(field->items, locale));
	}
	for (int i = 0; i < field->object->nfields; i++)
	{
		const Field *member = field->object->fields[i];

		tokens += TOKENS_AROUND + tokens_estimate(member->name, strlen(member->name)) +
			ask_value_tokens(member, locale);
	}
	return tokens;
}

double
ask_value_tokens(const Field *field, const char *locale)
{
	bool		parts = (field->object || field->items) && field->enumeration.count == 0;
	double		tokens = parts ? parts_tokens(field, locale) :
		made_tokens(field) * (is_foreign(field, locale) ? FOREIGN : 1);
	double		nulls = field->required ? 0 : Min(Max(field->null_fraction, 0), 1);

	if (field->max_length > 0)
		tokens = Min(tokens, field->max_length / 2.0 + 1);
	return (1 - nulls) * tokens + nulls * TOKENS_NULL;
}
