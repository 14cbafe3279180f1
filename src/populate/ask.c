/*-------------------------------------------------------------------------
 *
 * ask.c
 *		The document that says how many rows which table gets:
 *		{"customers": 1000, "orders": {"per": "customers", "between": [0, 20]}}
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "populate/populate.h"
#include "schema/rules.h"
#include "util/nearest.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

#define MOST_MEAN	1e9		/* as its error says */

/* A word of an object, and what it was given. */
typedef struct AskWords
{
	const char *key;
	JsonbValue *rows;
	JsonbValue *total;
	JsonbValue *up_to;
	JsonbValue *per;
	JsonbValue *between;
	JsonbValue *mean;
	JsonbValue *condition;
	JsonbValue *schema;
} AskWords;

static const struct
{
	const char *word;
	size_t		offset;
}			ask_words[] = {
	{"rows", offsetof(AskWords, rows)},
	{"total", offsetof(AskWords, total)},
	{"up_to", offsetof(AskWords, up_to)},
	{"per", offsetof(AskWords, per)},
	{"between", offsetof(AskWords, between)},
	{"mean", offsetof(AskWords, mean)},
	{"condition", offsetof(AskWords, condition)},
	{"schema", offsetof(AskWords, schema)},
};

pg_noreturn static void
fail(const char *key, const char *problem, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("rows of \"%s\": %s", key, problem),
			 hint != NULL ? errhint("%s", hint) : 0));
}

/* ---- single values ---- */

static int64
read_count(const char *key, const char *what, const JsonbValue *value)
{
	Datum		number;

	if (value->type != jbvNumeric)
		fail(key, psprintf("%s must be a whole number, 0 or more", what), NULL);
	number = NumericGetDatum(value->val.numeric);
	if (DatumGetBool(DirectFunctionCall2(numeric_ge, number,
										 NumericGetDatum(int64_to_numeric(PG_INT64_MAX)))))
		fail(key, psprintf("%s is too large", what), NULL);
	if (DatumGetBool(DirectFunctionCall2(numeric_lt, number, NumericGetDatum(int64_to_numeric(0)))) ||
		DatumGetBool(DirectFunctionCall2(numeric_ne, number,
										 DirectFunctionCall1(numeric_floor, number))))
		fail(key, psprintf("%s is %s, but must be a whole number, 0 or more", what,
						   DatumGetCString(DirectFunctionCall1(numeric_out, number))), NULL);
	return DatumGetInt64(DirectFunctionCall1(numeric_int8, number));
}

static Jsonb *
read_object(const char *key, const char *what, JsonbValue *value)
{
	if (value->type != jbvBinary || !JsonContainerIsObject(value->val.binary.data))
		fail(key, psprintf("\"%s\" must be an object", what), NULL);
	return JsonbValueToJsonb(value);
}

static void
read_between(const char *key, const JsonbValue *value, PopulateAsk *ask)
{
	const char *problem = "\"between\" must be two numbers, the least and the most";
	JsonbContainer *array;
	JsonbValue *low;
	JsonbValue *high;

	if (value->type != jbvBinary || !JsonContainerIsArray(value->val.binary.data))
		fail(key, problem, NULL);
	array = value->val.binary.data;
	if (JsonContainerSize(array) != 2)
		fail(key, problem, NULL);
	low = getIthJsonbValueFromContainer(array, 0);
	high = getIthJsonbValueFromContainer(array, 1);
	ask->low = read_count(key, "the least of \"between\"", low);
	ask->high = read_count(key, "the most of \"between\"", high);
	if (ask->low > ask->high)
		fail(key, psprintf("between " INT64_FORMAT " and " INT64_FORMAT " there is no number",
						   ask->low, ask->high), NULL);
}

static double
read_mean(const char *key, const JsonbValue *value)
{
	double		mean = value->type != jbvNumeric ? -1 :
		DatumGetFloat8(DirectFunctionCall1(numeric_float8,
										   NumericGetDatum(value->val.numeric)));

	if (!(mean >= 0 && mean <= MOST_MEAN))
		fail(key, "\"mean\" must be a number from 0 to 1000000000", NULL);
	return mean;
}

/* ---- an object ---- */

static void
gather_words(JsonbContainer *object, AskWords *out)
{
	JsonbIterator *iterator = JsonbIteratorInit(object);
	JsonbIteratorToken token;
	JsonbValue	value;

	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		const char *names[lengthof(ask_words)];
		char	   *word;
		int			i;

		if (token != WJB_KEY)
			continue;
		word = pnstrdup(value.val.string.val, value.val.string.len);
		(void) JsonbIteratorNext(&iterator, &value, true);
		for (i = 0; i < lengthof(ask_words); i++)
		{
			names[i] = ask_words[i].word;
			if (strcmp(word, names[i]) == 0)
				break;
		}
		if (i == lengthof(ask_words))
		{
			const char *nearest = nearest_name(word, names, lengthof(names));

			fail(out->key, psprintf("unknown word \"%s\"", word), nearest != NULL ?
				 psprintf("Perhaps you meant \"%s\".", nearest) :
				 "Known: \"rows\", \"total\", \"up_to\", \"per\", \"between\", \"mean\", \"condition\" and \"schema\".");
		}
		*(JsonbValue **) ((char *) out + ask_words[i].offset) = memcpy(palloc(sizeof(JsonbValue)), &value,
															   sizeof(JsonbValue));
	}
}

/* So many for each row of another table. */
static void
read_per(const AskWords *words, PopulateAsk *ask)
{
	int			given = (words->between != NULL) + (words->mean != NULL) + (words->rows != NULL);

	if (words->per->type != jbvString)
		fail(ask->key, "\"per\" must name a table", NULL);
	ask->per = pnstrdup(words->per->val.string.val, words->per->val.string.len);
	if (given != 1)
		fail(ask->key, "\"per\" goes with one of \"between\", \"mean\" and \"rows\"",
			 "An example is {\"per\": \"customers\", \"between\": [0, 20]}.");
	if (words->mean != NULL)
	{
		ask->kind = ASK_MEAN;
		ask->mean = read_mean(ask->key, words->mean);
		return;
	}
	ask->kind = ASK_BETWEEN;
	if (words->between != NULL)
		read_between(ask->key, words->between, ask);
	else
		ask->low = ask->high = read_count(ask->key, "\"rows\"", words->rows);
}

static void
refuse_both(const char *one, const JsonbValue *first, const char *other, const JsonbValue *second,
			const char *key)
{
	if (first != NULL && second != NULL)
		fail(key, psprintf("\"%s\" and \"%s\" cannot both be given", one, other), NULL);
}

static void
read_words(const AskWords *words, PopulateAsk *ask)
{
	if (words->condition != NULL)
		ask->condition = read_object(ask->key, "condition", words->condition);
	if (words->schema != NULL)
		ask->schema = read_object(ask->key, "schema", words->schema);
	refuse_both("rows", words->rows, "total", words->total, ask->key);
	refuse_both("per", words->per, "total", words->total, ask->key);
	refuse_both("rows", words->rows, "up_to", words->up_to, ask->key);
	refuse_both("total", words->total, "up_to", words->up_to, ask->key);
	refuse_both("per", words->per, "up_to", words->up_to, ask->key);
	if (words->per != NULL)
		read_per(words, ask);
	else if (words->between != NULL || words->mean != NULL)
		fail(ask->key, psprintf("\"%s\" goes with \"per\"", words->between != NULL ? "between" : "mean"),
			 "An example is {\"per\": \"customers\", \"between\": [0, 20]}.");
	else if (words->rows != NULL)
	{
		ask->kind = ASK_ROWS;
		ask->number = read_count(ask->key, "\"rows\"", words->rows);
	}
	else if (words->up_to != NULL)
	{
		ask->kind = ASK_ROWS;
		ask->yields = true;
		ask->number = read_count(ask->key, "\"up_to\"", words->up_to);
	}
	else if (words->total != NULL)
	{
		ask->kind = ASK_TOTAL;
		ask->number = read_count(ask->key, "\"total\"", words->total);
	}
}

/* ---- all of them ---- */

static PopulateAsk *
read_ask(const char *key, JsonbValue *value)
{
	PopulateAsk *ask = palloc0(sizeof(PopulateAsk));
	AskWords	words = {.key = key};

	ask->key = key;
	if (value->type == jbvNumeric)
	{
		ask->kind = ASK_ROWS;
		ask->number = read_count(key, "the number of rows", value);
	}
	else if (value->type == jbvBinary && JsonContainerIsObject(value->val.binary.data))
	{
		gather_words(value->val.binary.data, &words);
		read_words(&words, ask);
	}
	else
		fail(key, "must be a number or an object", "Examples are 1000 and {\"total\": 1000}.");
	return ask;
}

PopulateAsk *
ask_usual(Oid relid, const char *name)
{
	JsonbValue *rows = rules_word(relid, "x-rows");

	return rows != NULL ? read_ask(name, rows) : NULL;
}

List *
asks_read(Jsonb *rows)
{
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue	value;
	List	   *asks = NIL;

	if (rows == NULL)
		return NIL;
	if (!JB_ROOT_IS_OBJECT(rows))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("rows must be an object of tables and numbers"),
				 errhint("An example is {\"customers\": 1000}.")));
	iterator = JsonbIteratorInit(&rows->root);
	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		char	   *key;

		if (token != WJB_KEY)
			continue;
		key = pnstrdup(value.val.string.val, value.val.string.len);
		(void) JsonbIteratorNext(&iterator, &value, true);
		asks = lappend(asks, read_ask(key, &value));
	}
	return asks;
}
