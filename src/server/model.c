/*-------------------------------------------------------------------------
 *
 * model.c
 *		What is known of language models: rows of the view synthik_models.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "guc.h"
#include "mb/pg_wchar.h"
#include "server/model.h"
#include "util/extension.h"
#include "util/nearest.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#define MAX_SUCCESSIONS 8		/* of successors, one after the other */
#define MAX_NEAREST		3		/* names in a hint */

/* A row of the view, as far as it is used here. */
typedef struct ModelRow
{
	Model		model;
	bool		builtin;
	char	   *retires_on;		/* or NULL */
	int			days_left;		/* until then; 0 or less: it is retired */
	char	   *successor;		/* or NULL */
} ModelRow;

/* ---- reading rows ---- */

/* In the order of the columns below. */
enum
{
	COLUMN_NAME = 1, COLUMN_SERVER, COLUMN_API_NAME, COLUMN_CONTEXT, COLUMN_MAX_OUTPUT,
	COLUMN_INPUT, COLUMN_CACHED, COLUMN_OUTPUT, COLUMN_LONG_PROMPT, COLUMN_LONG_INPUT,
	COLUMN_LONG_OUTPUT, COLUMN_STRUCTURED, COLUMN_TEMPERATURE, COLUMN_REASONS,
	COLUMN_EFFORT, COLUMN_SPEED, COLUMN_RETIRES_ON, COLUMN_DAYS_LEFT, COLUMN_SUCCESSOR,
	COLUMN_BUILTIN
};

static const char select_columns[] =
"SELECT name, server, api_name, context_tokens, max_output_tokens, "
"input_usd, cached_usd, output_usd, long_prompt_tokens, long_input_usd, "
"long_output_usd, structured_output, takes_temperature, reasons, "
"least_effort, speed, pg_catalog.to_char(retires_on, 'YYYY-MM-DD'), "
"retires_on OPERATOR(pg_catalog.-) CURRENT_DATE, successor, builtin ";

static char *
column(int row, int number)
{
	return SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, number);
}

static double
number_of(int row, int number)
{
	char	   *text = column(row, number);

	return text != NULL ? strtod(text, NULL) : 0;
}

static bool
truth_of(int row, int number)
{
	char	   *text = column(row, number);

	return text != NULL && text[0] == 't';
}

static StructuredMode
mode_of(const char *word)
{
	/* A tool that the model has to call is a schema that is not enforced. */
	if (word == NULL || strcmp(word, "json_schema") == 0 || strcmp(word, "tool") == 0)
		return STRUCTURED_SCHEMA;
	if (strcmp(word, "json_schema_strict") == 0)
		return STRUCTURED_STRICT;
	return strcmp(word, "json_object") == 0 ? STRUCTURED_OBJECT : STRUCTURED_PROMPT;
}

/* Roughly: 1 is the slowest. */
static double
speed_in_tokens(int speed)
{
	static const double tokens[] = {0, 25, 50, 80, 120, 200};

	return speed >= 0 && speed < lengthof(tokens) ? tokens[speed] : 0;
}

/* In the current memory context, which must not be SPI's. */
static ModelRow *
read_row(int row)
{
	ModelRow   *result = palloc0(sizeof(ModelRow));
	Model	   *model = &result->model;

	model->name = column(row, COLUMN_NAME);
	model->endpoint = column(row, COLUMN_SERVER);
	model->api_name = column(row, COLUMN_API_NAME);
	model->listed = true;
	model->context_tokens = (int) number_of(row, COLUMN_CONTEXT);
	model->max_output_tokens = (int) number_of(row, COLUMN_MAX_OUTPUT);
	model->priced = column(row, COLUMN_INPUT) != NULL;
	model->input_usd = number_of(row, COLUMN_INPUT);
	model->cached_usd = column(row, COLUMN_CACHED) != NULL ?
		number_of(row, COLUMN_CACHED) : model->input_usd;
	model->output_usd = number_of(row, COLUMN_OUTPUT);
	model->long_prompt_tokens = (int64) number_of(row, COLUMN_LONG_PROMPT);
	model->long_input_usd = number_of(row, COLUMN_LONG_INPUT);
	model->long_output_usd = number_of(row, COLUMN_LONG_OUTPUT);
	model->structured_mode = mode_of(column(row, COLUMN_STRUCTURED));
	model->takes_temperature = truth_of(row, COLUMN_TEMPERATURE);
	model->reasons = truth_of(row, COLUMN_REASONS);
	model->least_effort = column(row, COLUMN_EFFORT);
	model->speed = (int) number_of(row, COLUMN_SPEED);
	model->tokens_per_second = speed_in_tokens(model->speed);
	result->builtin = truth_of(row, COLUMN_BUILTIN);
	result->retires_on = column(row, COLUMN_RETIRES_ON);
	result->days_left = (int) number_of(row, COLUMN_DAYS_LEFT);
	result->successor = column(row, COLUMN_SUCCESSOR);
	return result;
}

/* Runs a query over the view; the caller finishes SPI. */
static void
select_models(const char *what, const char *rest, const char *argument)
{
	char	   *query = psprintf("%s FROM %s %s", what,
								 extension_object("synthik_models"), rest);
	Oid			types[1] = {TEXTOID};
	Datum		values[1] = {CStringGetTextDatum(argument)};

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute_with_args(query, 1, types, values, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read the models");
}

/* The rows of that name, and then those of that name at their provider. */
static List *
find_rows(const char *name)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext spi;
	List	   *rows = NIL;

	select_models(select_columns,
				  "WHERE name OPERATOR(pg_catalog.=) $1 OR api_name OPERATOR(pg_catalog.=) $1 "
				  "ORDER BY name OPERATOR(pg_catalog.=) $1 DESC, builtin, name", name);
	spi = MemoryContextSwitchTo(caller);
	for (uint64 i = 0; i < SPI_processed; i++)
		rows = lappend(rows, read_row(i));
	MemoryContextSwitchTo(spi);
	SPI_finish();
	return rows;
}

/* ---- models that are not there ---- */

/* "a", "b" or "c" */
static char *
nearest_names(const char *name)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext spi;
	StringInfoData hint;
	const char **names;
	int			count = 0;

	select_models("SELECT name", "WHERE name OPERATOR(pg_catalog.<>) $1 ORDER BY 1", name);
	spi = MemoryContextSwitchTo(caller);
	initStringInfo(&hint);
	names = palloc(sizeof(char *) * Max(SPI_processed, 1));
	for (uint64 i = 0; i < SPI_processed; i++)
		names[count++] = column(i, 1);
	MemoryContextSwitchTo(spi);
	SPI_finish();

	for (int found = 0; found < MAX_NEAREST; found++)
	{
		const char *nearest = nearest_name(name, names, count);
		int			kept = 0;

		if (nearest == NULL)
			break;
		appendStringInfo(&hint, "%s\"%s\"", found > 0 ? " or " : "", nearest);
		for (int i = 0; i < count; i++)
		{
			if (names[i] != nearest)
				names[kept++] = names[i];
		}
		count = kept;
	}
	return hint.data;
}

pg_noreturn static void unknown_model(const char *name);

static void
unknown_model(const char *name)
{
	char	   *nearest = nearest_names(name);

	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("model \"%s\" does not exist", name),
			 nearest[0] != '\0' ? errhint("Perhaps you meant %s.", nearest) :
			 errhint("SELECT name FROM synthik_models lists them; one that is not listed is called as \"server/model\".")));
}

/* What is assumed of a model that no row describes. */
static Model *
guess_model(const char *name, const char *api_name, const Endpoint *endpoint)
{
	Model	   *model = palloc0(sizeof(Model));

	model->name = pstrdup(name);
	model->api_name = pstrdup(api_name);
	model->endpoint = endpoint->name;
	model->structured_mode = endpoint->own_address ? STRUCTURED_STRICT : STRUCTURED_SCHEMA;
	/* The providers' newest think, and refuse a temperature. */
	model->reasons = endpoint->own_address && strcmp(endpoint->dialect, "anthropic") != 0;
	model->takes_temperature = !endpoint->own_address;
	/* A built-in endpoint that is no provider's: your own machine. */
	model->priced = !OidIsValid(endpoint->serverid) && !endpoint->own_address;
	return model;
}

/* ---- retirement ---- */

/* True for the first time in this session. */
static bool
first_time(const char *endpoint, const char *name)
{
	static List *seen = NIL;
	char	   *both = psprintf("%s/%s", endpoint, name);
	ListCell   *lc;
	MemoryContext old;

	foreach(lc, seen)
	{
		if (strcmp(lfirst(lc), both) == 0)
			return false;
	}
	old = MemoryContextSwitchTo(TopMemoryContext);
	seen = lappend(seen, pstrdup(both));
	MemoryContextSwitchTo(old);
	return true;
}

/* How a successor is called through an endpoint: its own name, or below it. */
static char *
successor_name(const ModelRow *row, const Endpoint *endpoint)
{
	if (row->successor == NULL)
		return NULL;
	return strcmp(row->model.endpoint, endpoint->name) == 0 ? row->successor :
		psprintf("%s/%s", endpoint->name, row->successor);
}

/* " (2 USD ...)", or "" where it has no price. */
static char *
price_text(const char *name)
{
	List	   *rows = find_rows(name);
	const Model *model;

	if (rows == NIL)
		return "";
	model = &((ModelRow *) linitial(rows))->model;
	if (!model->priced)
		return "";
	return psprintf(" (%g USD per million tokens of input, %g of output)",
					model->input_usd, model->output_usd);
}

static void
warn_of_retirement(const ModelRow *row, const Endpoint *endpoint)
{
	const char *successor = successor_name(row, endpoint);

	if (!first_time(endpoint->name, row->model.name))
		return;
	ereport(WARNING,
			(errcode(ERRCODE_WARNING_DEPRECATED_FEATURE),
			 row->days_left <= 0 ?
			 errmsg("model \"%s\" was retired by its provider on %s", row->model.name, row->retires_on) :
			 errmsg("model \"%s\" will be retired on %s", row->model.name, row->retires_on),
			 successor == NULL ? 0 : endpoint->own_address ?
			 errhint("Its successor is \"%s\"%s.", successor, price_text(row->successor)) :
			 errhint("Its provider's successor is \"%s\".", row->successor)));
}

pg_noreturn static void refuse_retired(const ModelRow *row, const Endpoint *endpoint);

static void
refuse_retired(const ModelRow *row, const Endpoint *endpoint)
{
	const char *successor = successor_name(row, endpoint);

	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("model \"%s\" was retired on %s", row->model.name, row->retires_on),
			 successor == NULL ?
			 errhint("SELECT name FROM synthik_models WHERE status = 'current' lists others.") :
			 errhint("Use its successor \"%s\"%s, or SET synthik.use_successor = on.",
					 successor, price_text(row->successor))));
}

/*
 * The name of the model to use instead, or NULL.  Elsewhere than at its
 * provider, a model may live on.
 */
static char *
check_retirement(const ModelRow *row, const Endpoint *endpoint)
{
	char	   *successor = successor_name(row, endpoint);

	if (row->retires_on == NULL)
		return NULL;
	if (row->days_left > 0 || !endpoint->own_address)
	{
		warn_of_retirement(row, endpoint);
		return NULL;
	}
	if (successor == NULL || !guc_use_successor())
		refuse_retired(row, endpoint);
	ereport(NOTICE,
			(errmsg("model \"%s\" was retired on %s; its successor \"%s\" takes its place",
					row->model.name, row->retires_on, successor)));
	return successor;
}

/* ---- finding a model ---- */

/* The row for a model at an endpoint; or one of its provider's. */
static ModelRow *
row_at(List *rows, const Endpoint *endpoint)
{
	const char *provider = endpoint_of_dialect(endpoint->dialect);
	ModelRow   *other = NULL;
	ListCell   *lc;

	foreach(lc, rows)
	{
		ModelRow   *row = lfirst(lc);

		if (strcmp(row->model.endpoint, endpoint->name) == 0)
			return row;
		if (other == NULL && provider != NULL && row->builtin &&
			strcmp(row->model.endpoint, provider) == 0)
			other = row;
	}
	return other;
}

/*
 * A model that is called as "server/model".  What another row says of one of
 * that name holds here too, but for the price, unless it is the provider.
 */
static Model *
model_at(const char *name, const char *api_name, const Endpoint *endpoint, ModelRow *row)
{
	Model	   *model;

	if (row == NULL)
		return guess_model(name, api_name, endpoint);
	model = &row->model;
	if (strcmp(model->endpoint, endpoint->name) != 0 && !endpoint->own_address)
	{
		model->listed = false;
		model->priced = false;
		model->api_name = pstrdup(api_name);
		model->structured_mode = Max(model->structured_mode, STRUCTURED_SCHEMA);
	}
	model->name = pstrdup(name);
	model->endpoint = endpoint->name;
	return model;
}

/* A name is a listed model's, or else "server/model". */
static Model *
find_model(const char *name, Endpoint **endpoint, char **successor)
{
	List	   *rows = find_rows(name);
	const char *slash = strchr(name, '/');
	ModelRow   *row;

	*successor = NULL;
	if (rows != NIL)
	{
		row = linitial(rows);
		*endpoint = endpoint_load(row->model.endpoint);
		*successor = check_retirement(row, *endpoint);
		return &row->model;
	}
	if (slash == NULL || slash == name || slash[1] == '\0')
		unknown_model(name);
	*endpoint = endpoint_load(pnstrdup(name, slash - name));
	row = row_at(find_rows(slash + 1), *endpoint);
	if (row != NULL)
		*successor = check_retirement(row, *endpoint);
	return model_at(name, slash + 1, *endpoint, row);
}

Model *
model_load(const char *name, Endpoint **endpoint)
{
	Model	   *model;
	char	   *successor;

	if (strcmp(name, "local") == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("model \"local\" is no provider's"),
				 errdetail("It stands for the built-in generators.")));
	for (int i = 0; i < MAX_SUCCESSIONS; i++)
	{
		model = find_model(name, endpoint, &successor);
		if (successor == NULL)
		{
			model->api_name = pg_server_to_any(model->api_name, strlen(model->api_name), PG_UTF8);
			return model;
		}
		name = successor;
	}
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("the successors of model \"%s\" do not come to an end", name)));
}
