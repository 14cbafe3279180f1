/*-------------------------------------------------------------------------
 *
 * models.c
 *		synthik_prompt and synthik_estimate: what a call of a model would
 *		send, and what it would cost, before it does.
 *
 * Both ask the source itself what it would do, so that what they tell is what
 * happens.  Nothing is sent, no key is read, and nothing is put in the ledger.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "api/input.h"
#include "api/request.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "provider/source.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

/* Of a model that cannot but think, in one call. */
#define THINKING_TOKENS	500

/* The names of a body's own fields, which no model is given. */
#define ENVELOPE		40

/* From the request to the first token, in seconds. */
#define FIRST_TOKEN		0.8

/* What the functions are called with, up to a plan. */
typedef struct PlannedCall
{
	RowRequest	request;
	bool		local;			/* or nothing is asked of the model */
	ModelPlan	plan;
	int			rows;			/* of the first call */
} PlannedCall;

/* args are those of request_read(), behind the schema. */
static void
plan_call(const SchemaInput *input, const NullableDatum *args, PlannedCall *call)
{
	RequestArguments arguments;
	Schema	   *schema;

	request_read(args, false, &arguments);
	schema = request_prepare(&arguments, input_base(input, arguments.defaults), &call->request);
	call->local = call->request.model == NULL;
	if (call->local)
		return;
	/* Not the random one: the same question has the same answer. */
	if (!arguments.seed_given)
		call->request.seed = 0;
	model_plan(schema, &call->request, &call->plan);
	call->local = !call->plan.calls || call->request.rows == 0;
	call->rows = (int) Min(call->request.rows, call->plan.rows_per_call);
}

/* ---- synthik_prompt ---- */

/*
 * In UTF-8 a body is given as it is.  Other encodings may lack what is in it,
 * so there what is not ASCII is written as JSON's escapes, which mean the same.
 */
static void
append_body(StringInfo out, const char *body, size_t length)
{
	const char *end = body + length;

	if (GetDatabaseEncoding() == PG_UTF8)
	{
		appendBinaryStringInfo(out, body, (int) length);
		return;
	}
	while (body < end)
	{
		pg_wchar	code;

		if (!IS_HIGHBIT_SET(*body))
		{
			appendStringInfoChar(out, *body++);
			continue;
		}
		code = utf8_to_unicode((const unsigned char *) body);
		body += pg_utf_mblen((const unsigned char *) body);
		if (code > 0xFFFF)
			appendStringInfo(out, "\\u%04x\\u%04x", 0xD800 + ((code - 0x10000) >> 10),
							 0xDC00 + ((code - 0x10000) & 0x3FF));
		else
			appendStringInfo(out, "\\u%04x", code);
	}
}

static text *
prompt_text(const PlannedCall *call)
{
	ProviderMessage message = {0};
	StringInfoData out;
	ListCell   *lc;

	model_plan_call(&call->plan, call->request.first_row, call->rows, &message);
	initStringInfo(&out);
	appendStringInfo(&out, "POST %s\n", message.url);
	foreach(lc, message.headers)
		appendStringInfo(&out, "%s\n", (char *) lfirst(lc));
	if (call->plan.secret_header != NULL)
		appendStringInfo(&out, "%s\n", call->plan.secret_header);
	appendStringInfoChar(&out, '\n');
	append_body(&out, message.body, message.body_length);
	return cstring_to_text_with_len(out.data, out.len);
}

static Datum
prompt(FunctionCallInfo fcinfo, const SchemaInput *input)
{
	PlannedCall call = {0};

	if (PG_NARGS() != 1 + REQUEST_ARGUMENTS)
		elog(ERROR, "synthik_prompt was declared with %d arguments, not %d", PG_NARGS(),
			 1 + REQUEST_ARGUMENTS);
	plan_call(input, &fcinfo->args[1], &call);
	if (call.local)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(prompt_text(&call));
}

SYNTHIK_FUNCTION(synthik_prompt)
{
	SchemaInput input;

	input_read(fcinfo, true, &input);
	return prompt(fcinfo, &input);
}

/* ---- synthik_estimate ---- */

typedef struct Estimate
{
	int64		requests;
	TokenUsage	usage;
	double		usd;			/* -1: no price */
	double		seconds;		/* -1: not known */
} Estimate;

/*
 * Tokens of a prompt.  What a model is given are the texts of the body, and
 * the schema, in some form of the provider's own; what is quoted in the body
 * only because it is JSON does not count.
 */
static int64
prompt_tokens(const ProviderMessage *message)
{
	StringInfoData text;
	const char *end = message->body + message->body_length;

	initStringInfo(&text);
	for (const char *c = message->body; c < end; c++)
	{
		if (*c == '\\' && c + 1 < end && (c[1] == 'n' || c[1] == '"' || c[1] == '\\'))
		{
			c++;
			appendStringInfoChar(&text, *c == 'n' ? '\n' : *c);
		}
		else
			appendStringInfoChar(&text, *c);
	}
	return Max(tokens_estimate(text.data, text.len) - ENVELOPE, 1);
}

static double
thinking_tokens(const Model *model)
{
	static const char *const silent[] = {"none", "disabled", "minimal", "0"};

	if (!model->reasons)
		return 0;
	for (int i = 0; model->least_effort != NULL && i < lengthof(silent); i++)
		if (strcmp(model->least_effort, silent[i]) == 0)
			return 0;
	return THINKING_TOKENS;
}

/* Adds some calls of so many rows each. */
static void
add_calls(const PlannedCall *call, int64 first, int rows, int64 calls, Estimate *estimate)
{
	const ModelPlan *plan = &call->plan;
	ProviderMessage message = {0};
	TokenUsage	usage = {.known = true};

	if (calls == 0 || rows == 0)
		return;
	model_plan_call(plan, first, rows, &message);
	usage.input = prompt_tokens(&message);
	usage.output = (int64) rint(rows * plan->row_tokens + thinking_tokens(plan->model));
	estimate->requests += calls;
	estimate->usage.input += calls * usage.input;
	estimate->usage.output += calls * usage.output;
	if (plan->model->priced)
		estimate->usd += calls * model_cost(plan->model, &usage);
}

/* How often as many calls as may run at a time follow one another. */
static double
waves(const ModelPlan *plan, int64 requests)
{
	double		left = requests;
	double		together = plan->concurrency;
	double		most = plan->endpoint->max_concurrency;
	double		count = 0;

	/* Each answer lets one more call run beside the others. */
	while (left > 0 && together < most)
	{
		left -= together;
		together = Min(most, together * 2);
		count++;
	}
	return left > 0 ? count + ceil(left / most) : count;
}

static void
estimate_call(const PlannedCall *call, Estimate *estimate)
{
	const ModelPlan *plan = &call->plan;
	const RowRequest *request = &call->request;
	int64		full;
	int			rest;

	if (call->local)
	{
		estimate->seconds = -1;
		return;
	}
	full = request->rows / plan->rows_per_call;
	rest = (int) (request->rows % plan->rows_per_call);
	add_calls(call, request->first_row, plan->rows_per_call, full, estimate);
	add_calls(call, request->first_row + full * plan->rows_per_call, rest, rest > 0 ? 1 : 0,
			  estimate);
	if (!plan->model->priced)
		estimate->usd = -1;
	if (plan->model->tokens_per_second <= 0)
		estimate->seconds = -1;
	else
		estimate->seconds = waves(plan, estimate->requests) *
			(FIRST_TOKEN + (double) estimate->usage.output / estimate->requests /
			 plan->model->tokens_per_second);
}

static Datum
rounded(double number, int digits)
{
	return DirectFunctionCall2(numeric_round,
							   DirectFunctionCall1(float8_numeric, Float8GetDatum(number)),
							   Int32GetDatum(digits));
}

static Datum
estimate_rows(FunctionCallInfo fcinfo, const SchemaInput *input)
{
	NullableDatum args[REQUEST_ARGUMENTS];
	PlannedCall call = {0};
	Estimate	estimate = {0};
	ReturnSetInfo *result;
	Datum		values[5];
	bool		nulls[5] = {false};

	if (PG_NARGS() != 3)
		elog(ERROR, "synthik_estimate was declared with %d arguments, not 3", PG_NARGS());
	for (int i = 0; i < REQUEST_ARGUMENTS; i++)
		args[i].isnull = true;
	args[0] = fcinfo->args[1];
	args[1] = fcinfo->args[2];
	plan_call(input, args, &call);
	estimate_call(&call, &estimate);

	InitMaterializedSRF(fcinfo, 0);
	result = (ReturnSetInfo *) fcinfo->resultinfo;
	nulls[3] = estimate.usd < 0;
	nulls[4] = estimate.seconds < 0;
	values[0] = Int64GetDatum(estimate.requests);
	values[1] = Int64GetDatum(estimate.usage.input);
	values[2] = Int64GetDatum(estimate.usage.output);
	values[3] = nulls[3] ? (Datum) 0 : rounded(estimate.usd, 6);
	values[4] = nulls[4] ? (Datum) 0 : rounded(estimate.seconds, 1);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	return (Datum) 0;
}

SYNTHIK_FUNCTION(synthik_estimate)
{
	SchemaInput input;

	input_read(fcinfo, true, &input);
	return estimate_rows(fcinfo, &input);
}
