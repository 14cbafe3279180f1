/*-------------------------------------------------------------------------
 *
 * ask.c
 *		What a model is asked: which fields it writes, and in what words.
 *
 * Rows are asked for as arrays of values, in the order of the columns: an
 * answer of objects would repeat every column's name in every row, and
 * output is what costs.  The words carry names, types and rules; no value of
 * any table is in them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "mb/pg_wchar.h"
#include "provider/ask.h"
#include "util/rng.h"
#include "utils/lsyscache.h"

/* What stands between two values of an answer, and two rows, in tokens. */
#define TOKENS_BETWEEN	1.5
#define TOKENS_ROW		1.0

const char *
ask_utf8(const char *text)
{
	return pg_server_to_any(text, strlen(text), PG_UTF8);
}

/* ---- which fields ---- */

static bool
counts_rows(const Field *field)
{
	return field->unique && value_kind(field->base_type) == VALUE_INTEGER &&
		field->enumeration.count == 0 && field->prompt == NULL;
}

static bool
model_writes(const Field *field)
{
	/* a model knows nothing of the rows of other calls */
	if (field->per_series || field->ascending)
		return false;
	if (field->prompt != NULL)
		return true;
	if (field->reference >= 0 || field->agrees >= 0 || counts_rows(field))
		return false;
	switch (value_kind(field->base_type))
	{
		case VALUE_OTHER:
			return type_is_enum(field->base_type) || field->items != NULL;
		case VALUE_UUID:
			return false;
		default:
			return true;
	}
}

/*
 * Who makes a field makes what it goes by, too; where that cannot be the
 * model, neither is.
 */
static Bitmapset *
fields_by_hand(const Schema *schema)
{
	Bitmapset  *local = NULL;
	bool		changed = true;

	for (int i = 0; i < schema->nfields; i++)
		if (!model_writes(schema->fields[i]))
			local = bms_add_member(local, i);
	while (changed)
	{
		changed = false;
		for (int i = 0; i < schema->nfields; i++)
		{
			Bitmapset  *by = field_goes_by(schema->fields[i]);
			bool		here = bms_is_member(i, local);

			if (by == NULL || (here ? bms_is_subset(by, local) : !bms_overlap(by, local)))
				continue;
			local = bms_add_members(bms_add_member(local, i), by);
			changed = true;
		}
	}
	return local;
}

/* What a field goes by is needed, too. */
static Bitmapset *
fields_needed(const Schema *schema, const Bitmapset *needed)
{
	Bitmapset  *all = bms_copy(needed);
	int			i = -1;

	while ((i = bms_next_member(needed, i)) >= 0)
		for (int k = 0; k < schema->nfields; k++)
			if (schema_goes_by(schema, i, k))
				all = bms_add_member(all, k);
	return all;
}

static void
choose_fields(Ask *ask, const Bitmapset *needed)
{
	const Schema *schema = ask->schema;
	Bitmapset  *local = fields_by_hand(schema);

	if (needed != NULL)
		needed = fields_needed(schema, needed);
	ask->fields = palloc(sizeof(int) * Max(schema->nfields, 1));
	for (int i = 0; i < schema->nfields; i++)
	{
		if (schema->fields[i]->origin != FIELD_MADE ||
			(needed != NULL && !bms_is_member(i, needed)))
			continue;
		if (!bms_is_member(i, local))
			ask->fields[ask->nfields++] = i;
		else
			ask->others = bms_add_member(ask->others, i);
	}
	for (int i = schema->nfields; i < schema_width(schema); i++)
		if (needed == NULL || bms_is_member(i, needed))
			ask->others = bms_add_member(ask->others, i);
}

static const char system_words[] =
"You write rows of made-up but realistic data for tests. "
"Answer with JSON alone, of the form {\"rows\": [[value, value, …], …]}: every row is an array "
"of its values in the order of the columns, without their names. "
"Rows differ from each other as real ones do, the values of a row fit together, and every rule "
"that is given holds in every row. Nobody real is described: e-mail addresses and web addresses "
"are in example.com, example.org, example.net or below .example, phone numbers in ranges "
"reserved for fiction, and card numbers are test numbers.";

Ask *
ask_make(const Schema *schema, const Bitmapset *needed, const char *locale)
{
	Ask		   *ask = palloc0(sizeof(Ask));

	ask->schema = schema;
	ask->locale = locale;
	choose_fields(ask, needed);
	ask_say_columns(ask);
	ask->system = pstrdup(system_words);
	ask->answer = ask_answer_schema(ask, false);
	ask->exact = ask_answer_schema(ask, true);
	ask->row_tokens = TOKENS_ROW;
	for (int i = 0; i < ask->nfields; i++)
		ask->row_tokens += TOKENS_BETWEEN +
			ask_value_tokens(schema->fields[ask->fields[i]], locale);
	ask->prompt_tokens = tokens_estimate(ask->system, strlen(ask->system)) +
		tokens_estimate(ask->columns, strlen(ask->columns)) + 60;
	return ask;
}

/*
 * Calls are steered apart: each is told which rows of the whole it writes,
 * and some initial letters to favour, so that two do not give the same rows.
 */
char *
ask_user_text(const Ask *ask, int64 first, int rows, int64 total, uint64 variation)
{
	StringInfoData out;
	uint64		bits = rng_combine(variation, first);

	initStringInfo(&out);
	appendStringInfoString(&out, ask->columns);
	appendStringInfo(&out, "\nWrite %d rows: numbers " INT64_FORMAT " to " INT64_FORMAT
					 " of " INT64_FORMAT ".", rows, first, first + rows - 1,
					 Max(total, first + rows - 1));
	appendStringInfo(&out, " The others are written elsewhere: do not begin with the most obvious"
					 " ones. Where names occur, favour the initials %c, %c, %c and %c (variation %u).",
					 'A' + (int) rng_below(bits, 26), 'A' + (int) rng_below(rng_mix(bits), 26),
					 'A' + (int) rng_below(rng_mix(bits + 1), 26),
					 'A' + (int) rng_below(rng_mix(bits + 2), 26), (unsigned) (bits % 1000));
	return out.data;
}
