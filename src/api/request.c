/*-------------------------------------------------------------------------
 *
 * request.c
 *		The arguments that all makers of rows share.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "api/request.h"
#include "guc.h"
#include "local/local.h"
#include "provider/source.h"
#include "util/nearest.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/numeric.h"

/*
 * Random seeds stay below 10^12, so that the one a NOTICE names can be typed
 * again.
 */
#define RANDOM_SEEDS INT64CONST(1000000000000)

#define SEND_ROWS			"send_rows"
#define DEFAULT_SEND_ROWS	5
#define MOST_SEND_ROWS		100

static int64
random_seed(void)
{
	uint64		bits;

	if (!pg_strong_random(&bits, sizeof(bits)))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not make a random seed")));
	return (int64) (bits % RANDOM_SEEDS);
}

/* ---- single arguments ---- */

/* Whether there is such a model is known when it is opened. */
static void
read_model(const NullableDatum *arg, RequestArguments *out)
{
	char	   *model = arg->isnull ? NULL : TextDatumGetCString(arg->value);

	if (model == NULL || model[0] == '\0')
		model = pstrdup(guc_default_model());
	if (pg_strcasecmp(model, "local") == 0)
		out->methods = &local_source_methods;
	else
	{
		out->methods = &model_source_methods;
		out->model = model;
	}
}

static void
read_seed(const NullableDatum *arg, RequestArguments *out)
{
	if (!arg->isnull)
	{
		out->seed_given = true;
		out->seed = DatumGetInt64(arg->value);
	}
	else if (guc_seed(&out->seed))
		out->seed_given = true;
	else
		out->seed = random_seed();
}

static int64
read_first_row(const NullableDatum *arg)
{
	int64		first = arg->isnull ? 1 : DatumGetInt64(arg->value);

	if (first < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("first_row is " INT64_FORMAT ", but rows are numbered from 1",
						first)));
	return first;
}

/* -1: none.  The local source costs nothing, but a wrong budget is a wrong call. */
static double
read_budget(const NullableDatum *arg)
{
	Datum		zero;

	if (arg->isnull)
		return -1;
	zero = NumericGetDatum(int64_to_numeric(0));
	if (numeric_is_nan(DatumGetNumeric(arg->value)) ||
		DatumGetBool(DirectFunctionCall2(numeric_lt, arg->value, zero)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("budget is %s, which is not an amount of money",
						DatumGetCString(DirectFunctionCall1(numeric_out, arg->value))),
				 errhint("A budget is in US dollars, 0 or more.")));
	return DatumGetFloat8(DirectFunctionCall1(numeric_float8, arg->value));
}

void
request_unknown_word(const char *what, const char *word, const char *const *words,
					 int count, const char *list)
{
	const char *nearest = nearest_name(word, words, count);

	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown %s \"%s\"", what, word),
			 nearest != NULL ? errhint("Perhaps you meant \"%s\".", nearest) :
			 errhint("Known: %s.", list)));
}

/* In the order of SendLimit. */
static const char *const send_words[] = {"names", "statistics", "samples"};

static void
read_send(const NullableDatum *arg, RequestArguments *out)
{
	char	   *send;

	if (arg->isnull)
		return;
	send = TextDatumGetCString(arg->value);
	for (int i = 0; i < lengthof(send_words); i++)
	{
		if (strcmp(send, send_words[i]) == 0)
		{
			out->send = (SendLimit) i;
			return;
		}
	}
	request_unknown_word("value of send", send, send_words, lengthof(send_words),
				 "\"names\", \"statistics\" and \"samples\"");
}

/* The local source sends nothing, so nothing is too much for it. */
static void
check_send(RequestArguments *out)
{
	if (out->send_rows > 0 && out->send != SEND_SAMPLES)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"%s\" is given, but no rows are sent", SEND_ROWS),
				 errhint("Rows are sent with send => 'samples'.")));
	if (out->send_rows == 0)
		out->send_rows = DEFAULT_SEND_ROWS;
	if (out->model != NULL && out->send > guc_send_limit())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("send is \"%s\", which is more than synthik.send_limit allows (\"%s\")",
						send_words[out->send],
						GetConfigOption("synthik.send_limit", false, false)),
				 errhint("A superuser sets synthik.send_limit.")));
}

/* ---- options ---- */

typedef struct RequestOption
{
	const char *name;
	size_t		offset;			/* of a bool in RequestArguments */
} RequestOption;

static const RequestOption request_options[] = {
	{"defaults", offsetof(RequestArguments, defaults)},
	{"fresh", offsetof(RequestArguments, fresh)},
};

#define TEMPERATURE "temperature"
#define MOST_TEMPERATURE 2.0

static int
read_send_rows(const JsonbValue *value)
{
	double		rows = value->type == jbvNumeric ?
		DatumGetFloat8(DirectFunctionCall1(numeric_float8,
										   NumericGetDatum(value->val.numeric))) : -1;

	if (!(rows >= 1 && rows <= MOST_SEND_ROWS) || rows != (int) rows)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"%s\" must be a whole number from 1 to %d", SEND_ROWS,
						MOST_SEND_ROWS)));
	return (int) rows;
}

static double
read_temperature(const JsonbValue *value)
{
	double		temperature = value->type == jbvNumeric ?
		DatumGetFloat8(DirectFunctionCall1(numeric_float8,
										   NumericGetDatum(value->val.numeric))) : -1;

	if (!(temperature >= 0 && temperature <= MOST_TEMPERATURE))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"%s\" must be a number from 0 to %g", TEMPERATURE,
						MOST_TEMPERATURE)));
	return temperature;
}

/* Whether answers of models come in pieces; otherwise the long ones do. */
#define STREAM "stream"

static int
read_stream(const JsonbValue *value)
{
	if (value->type != jbvBool)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"%s\" must be true or false", STREAM)));
	return value->val.boolean ? 1 : 0;
}

static void
read_option(const char *key, const JsonbValue *value, RequestArguments *out)
{
	const char *names[lengthof(request_options) + 3];

	if (strcmp(key, SEND_ROWS) == 0)
	{
		out->send_rows = read_send_rows(value);
		return;
	}
	if (strcmp(key, TEMPERATURE) == 0)
	{
		out->temperature = read_temperature(value);
		return;
	}
	names[lengthof(request_options)] = TEMPERATURE;
	names[lengthof(request_options) + 1] = SEND_ROWS;
	names[lengthof(request_options) + 2] = STREAM;
	if (strcmp(key, STREAM) == 0)
	{
		out->stream = read_stream(value);
		return;
	}
	for (int i = 0; i < lengthof(request_options); i++)
	{
		const RequestOption *option = &request_options[i];

		names[i] = option->name;
		if (strcmp(key, option->name) != 0)
			continue;
		if (value->type != jbvBool)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("option \"%s\" must be true or false", key)));
		*(bool *) ((char *) out + option->offset) = value->val.boolean;
		return;
	}
	request_unknown_word("option", key, names, lengthof(names),
				 "\"defaults\", \"fresh\", \"send_rows\", \"stream\" and \"temperature\"");
}

static void
read_options(const NullableDatum *arg, RequestArguments *out)
{
	Jsonb	   *options;
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue	value;
	char	   *key;

	if (arg->isnull)
		return;
	options = DatumGetJsonbP(arg->value);
	if (!JB_ROOT_IS_OBJECT(options))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("options must be a JSON object")));

	iterator = JsonbIteratorInit(&options->root);
	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		if (token != WJB_KEY)
			continue;
		key = pnstrdup(value.val.string.val, value.val.string.len);
		(void) JsonbIteratorNext(&iterator, &value, true);
		read_option(key, &value, out);
	}
}

/* ---- all of them ---- */

static void
read_rows(const NullableDatum *arg, RequestArguments *out)
{
	out->rows_given = !arg->isnull;
	if (arg->isnull)
		return;
	out->rows = DatumGetInt64(arg->value);
	if (out->rows < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("rows is " INT64_FORMAT ", but must not be negative",
						out->rows)));
}

void
request_read(const NullableDatum *args, bool with_schema,
			 RequestArguments *out)
{
	const NullableDatum *arg = args;

	memset(out, 0, sizeof(*out));
	out->defaults = true;
	out->temperature = -1;
	out->stream = -1;
	read_rows(arg++, out);
	read_model(arg++, out);
	read_seed(arg++, out);
	if (!arg->isnull)
		out->locale = TextDatumGetCString(arg->value);
	arg++;
	if (!arg->isnull)
		out->condition = DatumGetJsonbPCopy(arg->value);
	arg++;
	if (with_schema)
	{
		if (!arg->isnull)
			out->schema = DatumGetJsonbPCopy(arg->value);
		arg++;
	}
	out->first_row = read_first_row(arg++);
	out->budget = read_budget(arg++);
	read_send(arg++, out);
	read_options(arg, out);
	check_send(out);
}

/* Rows are numbered by int64; the last one has to fit. */
static void
check_last_row(const RequestArguments *arguments)
{
	if (!arguments->rows_given)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("rows must not be null")));
	if (arguments->rows > PG_INT64_MAX - arguments->first_row)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("first_row " INT64_FORMAT " and rows " INT64_FORMAT " are too many together",
						arguments->first_row, arguments->rows)));
}

Schema *
request_prepare(const RequestArguments *arguments, Schema *base,
				RowRequest *request)
{
	Schema	   *schema = base;
	Faults		faults = {.collect = false};

	check_last_row(arguments);
	if (arguments->schema != NULL)
		schema = schema_from_document(arguments->schema, base, &faults);
	if (arguments->condition != NULL)
		schema_apply_condition(schema, arguments->condition, &faults);

	memset(request, 0, sizeof(*request));
	request->rows = arguments->rows;
	request->first_row = arguments->first_row;
	request->seed = (uint64) arguments->seed;
	request->seed_given = arguments->seed_given;
	request->model = arguments->model;
	request->filler = &local_source_methods;
	request->fresh = arguments->fresh;
	request->temperature = arguments->temperature;
	request->stream = arguments->stream;
	request->budget = arguments->budget;
	request->send = arguments->send;
	request->send_rows = arguments->send == SEND_SAMPLES ? arguments->send_rows : 0;
	request->locale = arguments->locale != NULL ? arguments->locale :
		schema->locale != NULL ? schema->locale : guc_locale();

	schema_prepare(schema, &faults);
	return schema;
}
