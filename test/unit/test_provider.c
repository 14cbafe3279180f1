/*-------------------------------------------------------------------------
 *
 * test_provider.c
 *		The adapters against fixtures: requests as they have to be sent,
 *		answers, streams and errors as they arrive, schemas as they are
 *		lowered, and what texts count in tokens.
 *
 * sources: src/provider/adapter.c src/provider/openai.c src/provider/gemini.c
 * sources: src/provider/anthropic.c src/provider/registry.c src/provider/lower.c
 * sources: src/provider/lower_read.c src/provider/lower_keyword.c
 * sources: src/provider/clean.c src/provider/wait.c src/provider/error.c
 * sources: src/provider/tokens.c src/util/json.c src/util/json_bytes.c
 *
 * The dialect of an answer is what its name begins with.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "provider/adapter.h"
#include "shim.h"
#include "unit.h"

/* 2026-11-22 10:00:00 UTC. */
#define NOW		INT64CONST(848656800000000)

static const char *const modes[] = {"strict", "schema", "object", "prompt"};

static JsonNode *
read_json(const char *path)
{
	size_t		length;
	char	   *text = unit_read(path, &length);
	const char *problem;
	JsonNode   *node = json_read(text, length, &problem);

	if (node == NULL)
	{
		printf("%s: %s\n", path, problem);
		exit(2);
	}
	return node;
}

static char *
text_or(const JsonNode *object, const char *key, const char *otherwise)
{
	JsonNode   *node = json_get(object, key);

	if (node != NULL)
		otherwise = json_text(node);
	return otherwise ? pstrdup(otherwise) : NULL;
}

static const Provider *
provider_of(const char *name)
{
	const Provider *provider = provider_find(pnstrdup(name, strcspn(name, "-")));

	if (provider == NULL)
	{
		printf("%s: no such dialect\n", name);
		exit(2);
	}
	return provider;
}

/* ---- requests ---- */

static StructuredMode
mode_of(const char *name)
{
	for (int i = 0; i < lengthof(modes); i++)
	{
		if (strcmp(modes[i], name) == 0)
			return i;
	}
	exit(2);
}

static Endpoint *
make_endpoint(const char *dialect, const JsonNode *given)
{
	Endpoint   *endpoint = palloc0(sizeof(Endpoint));
	bool		openai = strcmp(dialect, "openai") == 0;
	bool		gemini = strcmp(dialect, "gemini") == 0;

	endpoint->name = pstrdup(dialect);
	endpoint->dialect = pstrdup(dialect);
	endpoint->base_url = text_or(given, "base_url",
								 openai ? "https://api.openai.com/v1" :
								 gemini ? "https://generativelanguage.googleapis.com/v1beta" :
								 "https://api.anthropic.com/v1");
	endpoint->chat_path = text_or(given, "chat_path",
								  openai ? "/chat/completions" : gemini ? "/models" : "/messages");
	endpoint->query_suffix = text_or(given, "query_suffix", NULL);
	endpoint->max_tokens_field = text_or(given, "max_tokens_field", NULL);
	endpoint->seed_field = text_or(given, "seed_field", "seed");
	endpoint->send_temperature = json_truth(json_get(given, "send_temperature"), true);
	endpoint->schema_in_prompt = json_truth(json_get(given, "schema_in_prompt"), false);
	endpoint->system_role = text_or(given, "system_role", "system");
	endpoint->extra_body = text_or(given, "extra_body", NULL);
	endpoint->stream_usage = json_truth(json_get(given, "stream_usage"), true);
	return endpoint;
}

static Model *
make_model(const JsonNode *given)
{
	Model	   *model = palloc0(sizeof(Model));

	model->name = model->api_name = text_or(given, "api_name", "some-model");
	model->max_output_tokens = json_int(json_get(given, "max_output_tokens"), 0);
	model->takes_temperature = json_truth(json_get(given, "takes_temperature"), true);
	model->reasons = json_truth(json_get(given, "reasons"), false);
	model->least_effort = text_or(given, "least_effort", NULL);
	return model;
}

static void
make_request(const JsonNode *given, ProviderRequest *request)
{
	JsonNode   *without = json_get(given, "without");
	JsonNode   *schema = json_get(given, "schema");

	memset(request, 0, sizeof(*request));
	request->endpoint = make_endpoint(json_text(json_get(given, "dialect")),
									  json_get(given, "endpoint"));
	request->model = make_model(json_get(given, "model"));
	request->mode = mode_of(text_or(given, "mode", "strict"));
	request->system = text_or(given, "system", "You generate realistic rows for a test database.");
	request->user = text_or(given, "user", "Make 2 rows.");
	request->schema = json_text(schema) == NULL ? schema :
		read_json(psprintf("provider/schemas/%s.json", json_text(schema)));
	request->max_output_tokens = json_int(json_get(given, "max_output_tokens"), 4000);
	request->temperature = json_number(json_get(given, "temperature"), -1);
	request->seed_given = json_get(given, "seed") != NULL;
	request->seed = json_int(json_get(given, "seed"), 0);
	request->stream = json_truth(json_get(given, "stream"), false);
	for (size_t i = 0; i < json_length(without); i++)
		request->without = lappend(request->without,
								   pstrdup(json_text(json_item(without, i))));
}

static void
test_request(const char *folder, const char *name)
{
	JsonNode   *given = read_json(psprintf("%s/%s.json", folder, name));
	char	   *schema;
	ProviderRequest request;
	ProviderMessage message;
	StringInfoData out;
	ListCell   *cell;

	make_request(given, &request);
	schema = request.schema ? json_write(request.schema) : NULL;
	provider_find(request.endpoint->dialect)->build_request(&request, &message);
	initStringInfo(&out);
	appendStringInfo(&out, "POST %s\n", message.url);
	foreach(cell, message.headers)
		appendStringInfo(&out, "%s\n", (char *) lfirst(cell));
	appendStringInfo(&out, "\n%s\n", message.body);
	unit_expect(folder, name, out.data);
	if (message.body_length != strlen(message.body))
		unit_check(name, false, "the body's length is %zu", message.body_length);
	/* The schema is the caller's. */
	if (schema != NULL && strcmp(schema, json_write(request.schema)) != 0)
		unit_check(name, false, "the caller's schema was changed");
}

static void
build_with_bad_extra(void *argument)
{
	ProviderMessage message;

	provider_openai.build_request(argument, &message);
}

static void
test_bad_extra(void)
{
	Endpoint   *endpoint = make_endpoint("openai", NULL);
	ProviderRequest request = {.endpoint = endpoint, .model = make_model(NULL), .user = "x"};
	const char *message;

	endpoint->extra_body = "[1]";
	message = shim_catch(build_with_bad_extra, &request);
	unit_check("extra_body that is no object", message != NULL &&
			   strcmp(message, "option \"extra_body\" of server \"openai\" is not a JSON object") == 0,
			   "%s", message ? message : "no error");
}

/* ---- answers ---- */

static const char *
finish_name(FinishState finish)
{
	static const char *const names[] = {"done", "truncated", "filtered", "refused", "broken"};

	return names[finish];
}

static void
say_answer(StringInfo out, const ProviderAnswer *answer)
{
	appendStringInfo(out, "finish: %s%s\n", finish_name(answer->finish),
					 answer->complete ? "" : ", not complete");
	if (answer->usage.known)
		appendStringInfo(out, "usage: input " INT64_FORMAT ", cached " INT64_FORMAT
						 ", written " INT64_FORMAT ", output " INT64_FORMAT "\n",
						 answer->usage.input, answer->usage.cached,
						 answer->usage.cache_written, answer->usage.output);
	else
		appendStringInfoString(out, "usage: not known\n");
	appendStringInfo(out, "id: %s\n", answer->request_id ? answer->request_id : "-");
	appendStringInfo(out, "note: %s\n", answer->note ? answer->note : "-");
	appendStringInfo(out, "text: %s\n", answer->text.data);
}

static void
init_answer(ProviderAnswer *answer)
{
	memset(answer, 0, sizeof(*answer));
	initStringInfo(&answer->text);
}

static void
test_answer(const char *folder, const char *name)
{
	size_t		length;
	char	   *body = unit_read(psprintf("%s/%s.json", folder, name), &length);
	ProviderAnswer answer;
	StringInfoData out;

	init_answer(&answer);
	initStringInfo(&out);
	if (provider_of(name)->parse_response(body, length, &answer))
		say_answer(&out, &answer);
	else
		appendStringInfoString(&out, "not of this form\n");
	unit_expect(folder, name, out.data);
}

/* ---- errors ---- */

static void
say_error(StringInfo out, const ProviderError *error)
{
	static const char *const classes[] = {
		"config", "quota", "rate", "transient", "too big", "bad schema", "bad parameter",
		"bad request"
	};

	appendStringInfo(out, "class: %s\nstatus: %d\ncode: %s\nparameter: %s\nwait: %.3f\nmessage: %s\n",
					 classes[error->class], error->status, error->code ? error->code : "-",
					 error->parameter ? error->parameter : "-", error->wait_seconds,
					 error->message);
}

/* Headers as lines "name: value". */
static const char *
look_up(void *headers, const char *name)
{
	char	   *at = headers;
	size_t		length = strlen(name);

	while (at != NULL && *at != '\0')
	{
		char	   *next = strchr(at, '\n');

		if (strncmp(at, name, length) == 0 && at[length] == ':')
			return pnstrdup(at + length + 2, strcspn(at + length + 2, "\n"));
		at = next ? next + 1 : NULL;
	}
	return NULL;
}

/* The status, headers, an empty line, the body. */
static void
test_error(const char *folder, const char *name)
{
	size_t		length;
	char	   *text = unit_read(psprintf("%s/%s.http", folder, name), &length);
	char	   *headers = strchr(text, '\n') + 1;
	char	   *body = strstr(headers - 1, "\n\n") + 2;
	ProviderError error = {0};
	StringInfoData out;

	body[-1] = '\0';
	provider_of(name)->classify_error(atoi(text), look_up, headers, body,
									  length - (body - text), &error);
	initStringInfo(&out);
	say_error(&out, &error);
	unit_expect(folder, name, out.data);
}

/* ---- streams ---- */

/* Events end with an empty line; a field is "event: …" or "data: …". */
static void
test_stream(const char *folder, const char *name)
{
	size_t		length;
	char	   *rest = unit_read(psprintf("%s/%s.sse", folder, name), &length);
	const Provider *provider = provider_of(name);
	const char *event = "";
	ProviderAnswer answer;
	ProviderError error = {0};
	StringInfoData out;
	char	   *line;
	bool		fine = true;

	init_answer(&answer);
	initStringInfo(&out);
	while (fine && (line = strsep(&rest, "\n")) != NULL)
	{
		if (line[0] == '\0')
			event = "";
		else if (strncmp(line, "event: ", 7) == 0)
			event = line + 7;
		else if (strncmp(line, "data: ", 6) == 0)
			fine = provider->parse_event(event, line + 6, strlen(line + 6), &answer, &error);
	}
	say_answer(&out, &answer);
	if (!fine)
		say_error(&out, &error);
	unit_expect(folder, name, out.data);
}

/* ---- schemas ---- */

static void
test_schema(const char *folder, const char *name)
{
	static const struct
	{
		const char *name;
		const char *dialect;
		StructuredMode mode;
	}			subsets[] = {
		{"openai strict", "openai", STRUCTURED_STRICT},
		{"openai schema", "openai", STRUCTURED_SCHEMA},
		{"anthropic strict", "anthropic", STRUCTURED_STRICT},
		{"gemini strict", "gemini", STRUCTURED_STRICT},
		{"gemini schema", "gemini", STRUCTURED_SCHEMA},
		{"in words", "openai", STRUCTURED_PROMPT}
	};
	JsonNode   *schema = read_json(psprintf("%s/%s.json", folder, name));
	char	   *before = json_write(schema);
	StringInfoData out;
	char	   *notes;

	initStringInfo(&out);
	for (int i = 0; i < lengthof(subsets); i++)
	{
		JsonNode   *lowered = schema_lower(schema, subsets[i].dialect, subsets[i].mode, &notes);

		appendStringInfo(&out, "== %s\n%s\n%s", subsets[i].name, json_write(lowered), notes);
	}
	unit_expect(folder, name, out.data);
	if (strcmp(before, json_write(schema)) != 0)
		unit_check(name, false, "the caller's schema was changed");
}

/* ---- waits, tokens, keys ---- */

static void
test_waits(void)
{
	static const struct
	{
		const char *headers;
		double		wait;
	}			cases[] = {
		{"", -1},
		{"retry-after: 7", 7},
		{"retry-after: 1.5", 1.5},
		{"retry-after: 0", 0},
		{"retry-after: Sun, 22 Nov 2026 10:01:30 GMT", 90},
		{"retry-after: Sun, 22 Nov 2026 09:00:00 GMT", 0},
		{"retry-after: soon", -1},
		{"retry-after: ", -1},
		{"retry-after: -5", -1},
		{"retry-after: nan", -1},
		{"retry-after: 99999999999999999999999999999", 1e9},
		{"retry-after-ms: 1234.5\nretry-after: 60", 1.2345},
		{"retry-after-ms: x\nretry-after: 60", 60},
		{"x-ratelimit-reset-requests: 120ms", 0.12},
		{"x-ratelimit-reset-tokens: 6m0s", 360},
		{"x-ratelimit-reset-tokens: 1h2m3.5s", 3723.5},
		{"x-ratelimit-reset-tokens: 2m59.56s", 179.56},
		{"x-ratelimit-reset-tokens: 6m0", 360},
		{"x-ratelimit-reset-tokens: 6q", -1},
		/* the limit that is used up counts */
		{"x-ratelimit-remaining-requests: 0\nx-ratelimit-reset-requests: 8.64s\n"
		"x-ratelimit-remaining-tokens: 900\nx-ratelimit-reset-tokens: 1m0s", 8.64},
		{"x-ratelimit-remaining-requests: 14\nx-ratelimit-reset-requests: 23h0m0s\n"
		"x-ratelimit-remaining-tokens: 900\nx-ratelimit-reset-tokens: 4s", 4},
		{"x-ratelimit-remaining-project-tokens: 0\nx-ratelimit-reset-project-tokens: 12s\n"
		"x-ratelimit-remaining-tokens: 0\nx-ratelimit-reset-tokens: 4s", 12},
		{"anthropic-ratelimit-requests-remaining: 0\n"
		"anthropic-ratelimit-requests-reset: 2026-11-22T10:00:20Z\n"
		"anthropic-ratelimit-tokens-remaining: 5\n"
		"anthropic-ratelimit-tokens-reset: 2026-11-22T10:00:59Z", 20},
		{"anthropic-ratelimit-tokens-reset: 2026-11-22T12:00:30.5+02:00", 30.5},
		{"anthropic-ratelimit-tokens-reset: 2026-13-22T12:00:30Z", -1},
		{"x-ratelimit-remaining: 0\nx-ratelimit-reset: 1795341615", 15},
		{"x-ratelimit-remaining: 0\nx-ratelimit-reset: 1795341615500", 15.5}
	};

	for (int i = 0; i < lengthof(cases); i++)
	{
		double		wait = wait_from_headers(look_up, pstrdup(cases[i].headers));
		const char *first = pnstrdup(cases[i].headers, strcspn(cases[i].headers, "\n"));

		unit_check(psprintf("wait: %s", first), wait > cases[i].wait - 1e-5 &&
				   wait < cases[i].wait + 1e-5, "is %.6f, not %.6f", wait, cases[i].wait);
	}
	unit_check("wait: no headers at all", wait_from_headers(NULL, NULL) == -1, "is something");
}

static void
test_tokens(void)
{
	size_t		length;
	char	   *counts = unit_read("provider/tokens/counts.tsv", &length);
	char	   *line;

	while ((line = strsep(&counts, "\n")) != NULL && line[0] != '\0')
	{
		char	   *name = strsep(&line, "\t");
		int			counted = atoi(line);
		char	   *text = unit_read(psprintf("provider/tokens/%s.txt", name), &length);
		int64		estimate = tokens_estimate(text, length);

		unit_check(psprintf("tokens: %s", name), abs((int) estimate - counted) * 100 <= counted * 15,
				   "are " INT64_FORMAT ", not %d", estimate, counted);
	}
	unit_check("tokens: none", tokens_estimate("", 0) == 0, "are some");
	unit_check("tokens: bytes that are no text", tokens_estimate("\xff\xfe\x80\xc3", 4) > 0, "none");
}

static void
test_keys(void)
{
	static const struct
	{
		const char *said;
		const char *shown;
	}			cases[] = {
		{"Incorrect API key provided: sk-proj-ab12****cd34. See https://x.example/keys.",
		"Incorrect API key provided: [hidden] See https://x.example/keys."},
		{"API key AIzaSyA1b2C3d4E5f6G7h8I9j0KlMnOpQrStUvW is bad", "API key [hidden] is bad"},
		{"authorization: Bearer abcdefghij", "authorization: Bearer [hidden]"},
		{"key=0123456789abcdef0123456789abcdef&x", "[hidden]&x"},
		{"token kV9xT2m+Qa7RzL0w/b3Yd5Jp1Hs==", "token [hidden]"},
		{"at https://x.example/v1/sk-abcdef today", "at https://x.example/v1/[hidden] today"},
		{"a risk-based task-list", "a risk-based task-list"},
		{"?api_key=sk-ant-REDACTED", "?api_key=[hidden]"},
		{"The model `meta-llama/Llama-3-70B-Instruct-Turbo-Free` is gone",
		"The model `meta-llama/Llama-3-70B-Instruct-Turbo-Free` is gone"},
		{"gpt-4o-mini-2024-07-18 and claude-3-5-sonnet-20241022",
		"gpt-4o-mini-2024-07-18 and claude-3-5-sonnet-20241022"},
		{"generativelanguage.googleapis.com/generate_content_free_tier_requests",
		"generativelanguage.googleapis.com/generate_content_free_tier_requests"},
		{"two\n\tlines\x01 here", "two lines here"},
		{"bad \xff\xc3 bytes", "bad ?? bytes"}
	};
	char		longer[2000];

	for (int i = 0; i < lengthof(cases); i++)
	{
		char	   *shown = error_text(cases[i].said, strlen(cases[i].said), 300);

		unit_check(psprintf("shown: %s", cases[i].shown), strcmp(shown, cases[i].shown) == 0,
				   "is %s", shown);
	}
	for (int i = 0; i + 2 < sizeof(longer); i += 2)
		memcpy(longer + i, "\xc3\xa4", 3);
	unit_check("shown: 300 characters of two bytes",
			   strlen(error_text(longer, strlen(longer), 300)) == 299 * 2 + 3, "is not");
}

void
unit_run(void)
{
	shim_set_now(NOW);
	unit_each("provider/requests", ".json", test_request);
	unit_each("provider/answers", ".json", test_answer);
	unit_each("provider/streams", ".sse", test_stream);
	unit_each("provider/errors", ".http", test_error);
	unit_each("provider/schemas", ".json", test_schema);
	test_bad_extra();
	test_waits();
	test_tokens();
	test_keys();
	unit_check("a dialect that nobody speaks", provider_find("gopher") == NULL, "is spoken");
}
