/*-------------------------------------------------------------------------
 *
 * probe.c
 *		synthik_http_probe: calls through the dispatcher, by hand.
 *
 * For tests and for finding faults.  No SQL function leads here; a superuser
 * makes one, and may use it:
 *
 *		CREATE FUNCTION http_probe(url text, body bytea, calls integer,
 *			concurrency integer, timeout_ms integer, VARIADIC options text[])
 *		RETURNS TABLE (call integer, status integer, headers text, content bytea,
 *			pieces integer, problem text, sent boolean, seconds double precision)
 *		AS '$libdir/synthik', 'synthik_http_probe' LANGUAGE C STRICT;
 *
 * It submits the same call several times and returns a row for each.  The
 * options, each "name" or "name=value":
 *
 *		allow_http, allow_private, stream	as in HttpCall
 *		get				GET, without the body
 *		endpoint=NAME	other than "probe"
 *		header=LINE		one more header; may be repeated
 *		secret=LINE		the header that is wiped
 *		stall=MS, max=BYTES
 *		delay=MS		not sent before
 *		pause=MS		of the endpoint, before the calls are submitted
 *		think=MS		asleep before each event is taken
 *		cancel=N		drops the first N calls when any call has an event
 *		rest=MS			asleep between two runs of all the calls
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "worker/client.h"

typedef struct Probe
{
	HttpCall	call;			/* what is submitted, but for its id */
	int			ncalls;
	int64		pause_ms;
	int64		delay_ms;
	int64		think_ms;
	int64		rest_ms;
	int64		cancel;
} Probe;

/* What was heard of a call. */
typedef struct ProbeResult
{
	int			status;
	char	   *headers;
	StringInfoData content;
	int			pieces;
	char	   *problem;
	bool		sent;
	double		seconds;
	bool		ended;
} ProbeResult;

typedef struct ProbeNumber
{
	const char *name;
	int64	   *value;
} ProbeNumber;

static bool
set_number(Probe *probe, const char *name, const char *value)
{
	int64		stall = -1;
	ProbeNumber numbers[] = {
		{"stall", &stall},
		{"max", &probe->call.max_response_bytes},
		{"delay", &probe->delay_ms},
		{"pause", &probe->pause_ms},
		{"think", &probe->think_ms},
		{"cancel", &probe->cancel},
		{"rest", &probe->rest_ms},
	};

	for (int i = 0; i < lengthof(numbers); i++)
		if (strcmp(name, numbers[i].name) == 0)
		{
			*numbers[i].value = pg_strtoint32(value);
			if (stall >= 0)
				probe->call.stall_ms = stall;
			return true;
		}
	return false;
}

static bool
set_text(Probe *probe, const char *name, char *value)
{
	if (strcmp(name, "endpoint") == 0)
		probe->call.endpoint = value;
	else if (strcmp(name, "header") == 0)
		probe->call.headers = lappend(probe->call.headers, value);
	else if (strcmp(name, "secret") == 0)
		probe->call.secret_header = value;
	else
		return false;
	return true;
}

static bool
set_switch(Probe *probe, const char *name)
{
	if (strcmp(name, "allow_http") == 0)
		probe->call.allow_http = true;
	else if (strcmp(name, "allow_private") == 0)
		probe->call.allow_private = true;
	else if (strcmp(name, "stream") == 0)
		probe->call.stream = true;
	else if (strcmp(name, "get") == 0)
		probe->call.body = NULL;
	else
		return false;
	return true;
}

static void
read_options(Probe *probe, ArrayType *array)
{
	Datum	   *options;
	bool	   *nulls;
	int			n;

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &options, &nulls, &n);
	for (int i = 0; i < n; i++)
	{
		char	   *name = nulls[i] ? pstrdup("") : TextDatumGetCString(options[i]);
		char	   *value = strchr(name, '=');

		if (value)
			*value++ = '\0';
		if (value ? !set_number(probe, name, value) && !set_text(probe, name, value) :
			!set_switch(probe, name))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("there is no option \"%s\" of a probe", name)));
	}
}

static void
take_event(ProbeResult *result, const HttpEvent *event)
{
	result->status = event->status;
	switch (event->kind)
	{
		case HTTP_EVENT_HEAD:
			result->headers = event->headers;
			break;
		case HTTP_EVENT_DATA:
			appendBinaryStringInfo(&result->content, event->data, event->length);
			result->pieces++;
			break;
		case HTTP_EVENT_FAILED:
			result->problem = event->problem;
			/* FALLTHROUGH */
		case HTTP_EVENT_DONE:
			result->sent = event->kind == HTTP_EVENT_DONE || event->sent;
			result->seconds = event->seconds;
			result->ended = true;
			break;
	}
}

static void
submit_all(HttpClient *client, const Probe *probe)
{
	TimestampTz now = GetCurrentTimestamp();

	if (probe->pause_ms > 0)
		http_client_pause(client, probe->call.endpoint,
						  TimestampTzPlusMilliseconds(now, probe->pause_ms));
	for (int i = 0; i < probe->ncalls; i++)
	{
		HttpCall	call = probe->call;

		call.id = i + 1;
		if (probe->delay_ms > 0)
			call.not_before = TimestampTzPlusMilliseconds(now, probe->delay_ms);
		http_client_submit(client, &call);
	}
}

static void
cancel_some(HttpClient *client, const Probe *probe, ProbeResult *results)
{
	for (int i = 0; i < Min(probe->cancel, probe->ncalls); i++)
		if (!results[i].ended)
		{
			http_client_cancel(client, i + 1);
			results[i].problem = pstrdup("cancelled");
			results[i].ended = true;
		}
}

static void
run_calls(HttpClient *client, const Probe *probe, ProbeResult *results)
{
	HttpEvent	event;

	submit_all(client, probe);
	for (;;)
	{
		if (probe->think_ms > 0)
			DirectFunctionCall1(pg_sleep, Float8GetDatum(probe->think_ms / 1000.0));
		if (!http_client_wait(client, &event, -1))
			break;
		take_event(&results[event.id - 1], &event);
		cancel_some(client, probe, results);
	}
}

static ProbeResult *
new_results(int n)
{
	ProbeResult *results = palloc0(n * sizeof(ProbeResult));

	for (int i = 0; i < n; i++)
		initStringInfo(&results[i].content);
	return results;
}

static void
return_results(ReturnSetInfo *rsinfo, const ProbeResult *results, int n)
{
	for (int i = 0; i < n; i++)
	{
		const ProbeResult *result = &results[i];
		Datum		values[8];
		bool		nulls[8] = {false};

		nulls[2] = result->headers == NULL;
		nulls[5] = result->problem == NULL;
		values[0] = Int32GetDatum(i + 1);
		values[1] = Int32GetDatum(result->status);
		values[2] = nulls[2] ? 0 : CStringGetTextDatum(result->headers);
		values[3] = PointerGetDatum(cstring_to_text_with_len(result->content.data,
															 result->content.len));
		values[4] = Int32GetDatum(result->pieces);
		values[5] = nulls[5] ? 0 : CStringGetTextDatum(result->problem);
		values[6] = BoolGetDatum(result->sent);
		values[7] = Float8GetDatum(result->seconds);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
}

SYNTHIK_FUNCTION(synthik_http_probe)
{
	Probe		probe = {.call = {.endpoint = "probe"}};
	ProbeResult *results;
	HttpClient *client;
	bytea	   *body;

	if (!superuser())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("must be superuser to probe HTTP")));
	body = PG_GETARG_BYTEA_PP(1);
	probe.call.url = text_to_cstring(PG_GETARG_TEXT_PP(0));
	probe.call.body = VARDATA_ANY(body);
	probe.call.body_length = VARSIZE_ANY_EXHDR(body);
	probe.ncalls = PG_GETARG_INT32(2);
	probe.call.max_concurrency = PG_GETARG_INT32(3);
	probe.call.timeout_ms = PG_GETARG_INT32(4);
	read_options(&probe, PG_GETARG_ARRAYTYPE_P(5));
	if (probe.call.body == NULL)
		probe.call.body_length = 0;

	InitMaterializedSRF(fcinfo, 0);
	client = http_client_open();
	if (probe.rest_ms > 0)
	{
		run_calls(client, &probe, new_results(probe.ncalls));
		DirectFunctionCall1(pg_sleep, Float8GetDatum(probe.rest_ms / 1000.0));
	}
	results = new_results(probe.ncalls);
	run_calls(client, &probe, results);
	http_client_close(client);
	return_results((ReturnSetInfo *) fcinfo->resultinfo, results, probe.ncalls);
	return (Datum) 0;
}
