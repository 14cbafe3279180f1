/*-------------------------------------------------------------------------
 *
 * value.c
 *		synthik_value: one value of a type.
 *
 * A call site keeps what it has compiled, one for each of the last types and
 * locales it was given, so that a value costs a draw and a hash.  Values of
 * one key are those of one row: its name and its e-mail address belong
 * together, whichever calls make them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "api/value.h"
#include "guc.h"
#include "local/local.h"
#include "mb/pg_wchar.h"
#include "schema/schema.h"
#include "schema/semantic.h"
#include "util/rng.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#define MAX_KEPT	8			/* types and locales at one call site */

struct ValueMaker
{
	LocalValue *value;
	bool		is_text;		/* stored as text: nothing to convert */
	FmgrInfo	output;
};

/* ---- values of one type ---- */

static void
push_pair(JsonbParseState **state, const char *key, const char *text)
{
	JsonbValue	value = {.type = jbvString};

	value.val.string.val = unconstify(char *, key);
	value.val.string.len = strlen(key);
	pushJsonbValue(state, WJB_KEY, &value);
	value.val.string.val = unconstify(char *, text);
	value.val.string.len = strlen(text);
	pushJsonbValue(state, WJB_VALUE, &value);
}

/* {"fields": [{"name": "value", "type": …}]} */
static Jsonb *
document_of_type(const char *type)
{
	JsonbParseState *state = NULL;
	JsonbValue	key = {.type = jbvString};

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	key.val.string.val = "fields";
	key.val.string.len = strlen("fields");
	pushJsonbValue(&state, WJB_KEY, &key);
	pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	push_pair(&state, "name", "value");
	push_pair(&state, "type", type);
	pushJsonbValue(&state, WJB_END_OBJECT, NULL);
	pushJsonbValue(&state, WJB_END_ARRAY, NULL);
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL));
}

/* Without the name of the field, which nobody has given. */
static void
check_faults(const Faults *faults)
{
	static const char field[] = "field \"value\": ";
	const Fault *fault;
	const char *problem;

	if (faults->list == NIL)
		return;
	fault = linitial(faults->list);
	problem = fault->problem;
	if (strncmp(problem, field, sizeof(field) - 1) == 0)
		problem += sizeof(field) - 1;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg_internal("%s", problem),
			 fault->hint ? errhint("%s", fault->hint) : 0));
}

/*
 * The name of a field decides what its draws are, so it is the type's: two
 * types do not go up and down together, and an alias means the same values.
 */
static Schema *
schema_of_type(const char *type)
{
	Faults		faults = {.collect = true};
	Schema	   *schema = schema_from_document(document_of_type(type), NULL, &faults);
	Field	   *field;

	check_faults(&faults);
	field = schema->fields[0];
	field->name = pstrdup(field->semantic ? field->semantic->name :
						  format_type_with_typemod(field->type, field->typmod));
	schema_prepare(schema, &faults);
	check_faults(&faults);
	return schema;
}

ValueMaker *
value_maker_open(const char *type, const char *locale)
{
	ValueMaker *maker = palloc0(sizeof(ValueMaker));
	Schema	   *schema = schema_of_type(type);
	const Field *field = schema->fields[0];
	Oid			output;
	bool		varlena;

	maker->is_text = value_kind(field->base_type) == VALUE_TEXT &&
		get_typlen(field->base_type) == -1;
	getTypeOutputInfo(field->type, &output, &varlena);
	fmgr_info(output, &maker->output);
	maker->value = local_value_open(schema, locale);
	return maker;
}

text *
value_maker_draw(ValueMaker *maker, uint64 seed, uint64 row)
{
	bool		isnull;
	Datum		value = local_value_draw(maker->value, rng_combine(seed, row), &isnull);

	if (isnull)
		return NULL;
	if (maker->is_text)
		return DatumGetTextPCopy(value);
	return cstring_to_text(OutputFunctionCall(&maker->output, value));
}

/* By its UTF-8 form, so that it is the same in databases of all encodings. */
uint64
value_row_of_key(const text *key)
{
	const char *bytes = VARDATA_ANY(key);
	int			length = VARSIZE_ANY_EXHDR(key);
	char	   *utf8 = pg_server_to_any(bytes, length, PG_UTF8);

	if (utf8 != bytes)
		length = strlen(utf8);
	return rng_hash(utf8, length);
}

/* ---- what a call site keeps ---- */

typedef struct KeptMaker
{
	MemoryContext memory;		/* NULL: not in use */
	char	   *type;
	int			type_length;
	char	   *locale;
	uint64		used;			/* when, in calls */
	ValueMaker *maker;
} KeptMaker;

typedef struct ValueCalls
{
	uint64		count;
	bool		numbered;		/* next_row has been set */
	uint64		next_row;		/* of a call without a key */
	KeptMaker	kept[MAX_KEPT];
} ValueCalls;

static ValueCalls *
calls_of(FunctionCallInfo fcinfo)
{
	if (fcinfo->flinfo->fn_extra == NULL)
		fcinfo->flinfo->fn_extra =
			MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(ValueCalls));
	return fcinfo->flinfo->fn_extra;
}

/* Makes what a slot keeps; an error leaves the slot unused. */
static void
keep_maker(KeptMaker *kept, MemoryContext parent, const text *type, const char *locale)
{
	MemoryContext memory;
	MemoryContext old;

	if (kept->memory != NULL)
	{
		MemoryContextDelete(kept->memory);
		kept->memory = NULL;
	}
	/* lives in the caller's memory until it is complete */
	memory = AllocSetContextCreate(CurrentMemoryContext, "synthik value maker",
								   ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(memory);
	kept->type = text_to_cstring(type);
	kept->type_length = VARSIZE_ANY_EXHDR(type);
	kept->locale = pstrdup(locale);
	kept->maker = value_maker_open(kept->type, kept->locale);
	MemoryContextSwitchTo(old);
	MemoryContextSetParent(memory, parent);
	kept->memory = memory;
}

static ValueMaker *
find_maker(FunctionCallInfo fcinfo, ValueCalls *calls, const text *type, const char *locale)
{
	int			length = VARSIZE_ANY_EXHDR(type);
	KeptMaker  *oldest = &calls->kept[0];

	for (int i = 0; i < MAX_KEPT; i++)
	{
		KeptMaker  *kept = &calls->kept[i];

		if (kept->memory != NULL && kept->type_length == length &&
			memcmp(kept->type, VARDATA_ANY(type), length) == 0 &&
			strcmp(kept->locale, locale) == 0)
		{
			kept->used = calls->count;
			return kept->maker;
		}
		if (oldest->memory != NULL && (kept->memory == NULL || kept->used < oldest->used))
			oldest = kept;
	}
	keep_maker(oldest, fcinfo->flinfo->fn_mcxt, type, locale);
	oldest->used = calls->count;
	return oldest->maker;
}

/* ---- the function ---- */

/* Without a key, rows are counted: from the seed's first, or from anywhere. */
static uint64
next_row(ValueCalls *calls, bool seeded)
{
	if (!calls->numbered)
	{
		calls->next_row = 0;
		if (!seeded && !pg_strong_random(&calls->next_row, sizeof(calls->next_row)))
			ereport(ERROR,
					(errcode(ERRCODE_INTERNAL_ERROR),
					 errmsg("could not make a random seed")));
		calls->numbered = true;
	}
	return calls->next_row++;
}

SYNTHIK_FUNCTION(synthik_value)
{
	ValueCalls *calls = calls_of(fcinfo);
	char	   *locale = NULL;
	int64		seed = 0;
	bool		seeded = true;
	ValueMaker *maker;
	text	   *value;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("type must not be null"),
				 errhint("Give a type that the view synthik_types lists, or one of PostgreSQL's own.")));
	if (!PG_ARGISNULL(2))
		locale = text_to_cstring(PG_GETARG_TEXT_PP(2));
	if (!PG_ARGISNULL(3))
		seed = PG_GETARG_INT64(3);
	else
		seeded = guc_seed(&seed);
	calls->count++;
	maker = find_maker(fcinfo, calls, PG_GETARG_TEXT_PP(0), locale ? locale : guc_locale());
	value = value_maker_draw(maker, (uint64) (seeded ? seed : 0),
							 PG_ARGISNULL(1) ? next_row(calls, seeded) :
							 value_row_of_key(PG_GETARG_TEXT_PP(1)));
	if (value == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(value);
}
