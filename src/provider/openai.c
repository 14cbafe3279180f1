/*-------------------------------------------------------------------------
 *
 * openai.c
 *		Chat completions, of OpenAI and of the many servers that speak the
 *		same; what they do differently is said by the endpoint's options.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "provider/adapter.h"

#define OPENAI_HOST "api.openai.com"

static const FinishName finish_names[] = {
	{"stop", FINISH_DONE},
	{"eos", FINISH_DONE},
	{"length", FINISH_TRUNCATED},
	{"model_length", FINISH_TRUNCATED},
	{"content_filter", FINISH_FILTERED},
	{NULL, FINISH_BROKEN}
};

/* ---- building ---- */

/* OpenAI itself knows fields that others refuse. */
static bool
at_openai(const Endpoint *endpoint)
{
	const char *host = strstr(endpoint->base_url, "://");
	size_t		length;
	size_t		suffix = strlen(OPENAI_HOST);

	if (host == NULL)
		return false;
	host += strlen("://");
	length = strcspn(host, "/:?#");
	if (length < suffix || pg_strncasecmp(host + length - suffix, OPENAI_HOST, suffix) != 0)
		return false;
	return length == suffix || host[length - suffix - 1] == '.';
}

static void
append_message(JsonNode *messages, const char *role, const char *content)
{
	JsonNode   *message = json_new_object();

	json_set_text(message, "role", role);
	json_set_text(message, "content", content);
	json_append_node(messages, message);
}

/* A server whose models know no system role gets one message. */
static JsonNode *
build_messages(const ProviderRequest *request, const char *system)
{
	const char *role = request->endpoint->system_role;
	JsonNode   *messages = json_new_array();

	if (role == NULL)
		role = "system";
	if (system[0] == '\0')
		append_message(messages, "user", request->user);
	else if (role[0] == '\0' || strcmp(role, "user") == 0)
		append_message(messages, "user", psprintf("%s\n\n%s", system, request->user));
	else
	{
		append_message(messages, role, system);
		append_message(messages, "user", request->user);
	}
	return messages;
}

static void
set_response_format(const ProviderRequest *request, JsonNode *body, JsonNode *schema)
{
	JsonNode   *format = json_new_object();
	JsonNode   *wrapper;

	if (request->schema == NULL || request->mode == STRUCTURED_PROMPT)
		return;
	if (schema == NULL)
		json_set_text(format, "type", "json_object");
	else
	{
		wrapper = json_new_object();
		json_set_text(wrapper, "name", "rows");
		json_set_bool(wrapper, "strict", request->mode == STRUCTURED_STRICT);
		json_set_node(wrapper, "schema", schema);
		json_set_text(format, "type", "json_schema");
		json_set_node(format, "json_schema", wrapper);
	}
	json_set_node(body, "response_format", format);
}

/*
 * Models that can reason take max_completion_tokens alone, and OpenAI prefers
 * it; most others know only max_tokens.  A server that refused one gets the other.
 */
static void
set_output_limit(const ProviderRequest *request, JsonNode *body)
{
	const char *field = request->endpoint->max_tokens_field;

	if (request->max_output_tokens <= 0)
		return;
	if (field == NULL || field[0] == '\0')
		field = request->model->reasons || request->model->least_effort != NULL ||
			at_openai(request->endpoint) ? "max_completion_tokens" : "max_tokens";
	if (!adapter_sends(request, field))
		field = strcmp(field, "max_tokens") == 0 ? "max_completion_tokens" : "max_tokens";
	if (adapter_sends(request, field))
		json_set_int(body, field, request->max_output_tokens);
}

static void
set_sampling(const ProviderRequest *request, JsonNode *body)
{
	const Endpoint *endpoint = request->endpoint;
	const Model *model = request->model;
	const char *effort = adapter_sends(request, "reasoning_effort") ? model->least_effort : NULL;
	bool		thinks = model->reasons && (effort == NULL || strcmp(effort, "none") != 0);

	if (request->temperature >= 0 && endpoint->send_temperature && model->takes_temperature &&
		!thinks && adapter_sends(request, "temperature"))
		json_set_real(body, "temperature", request->temperature);
	if (request->seed_given && endpoint->seed_field != NULL && endpoint->seed_field[0] != '\0' &&
		adapter_sends(request, endpoint->seed_field))
		json_set_int(body, endpoint->seed_field, adapter_seed(request));
	if (effort != NULL && effort[0] != '\0')
		json_set_text(body, "reasoning_effort", effort);
}

static void
set_stream(const ProviderRequest *request, JsonNode *body)
{
	JsonNode   *options;

	if (!request->stream)
		return;
	json_set_bool(body, "stream", true);
	if (!request->endpoint->stream_usage || !adapter_sends(request, "stream_options"))
		return;
	options = json_new_object();
	json_set_bool(options, "include_usage", true);
	if (at_openai(request->endpoint))
		json_set_bool(options, "include_obfuscation", false);
	json_set_node(body, "stream_options", options);
}

static void
openai_build_request(const ProviderRequest *request, ProviderMessage *message)
{
	JsonNode   *body = json_new_object();
	char	   *system;
	JsonNode   *schema = adapter_schema(request, "openai", &system);

	json_set_text(body, "model", request->model->api_name);
	json_set_node(body, "messages", build_messages(request, system));
	set_response_format(request, body, schema);
	set_output_limit(request, body);
	set_sampling(request, body);
	if (at_openai(request->endpoint) && adapter_sends(request, "store"))
		json_set_bool(body, "store", false);
	set_stream(request, body);
	message->url = adapter_url(request, "/chat/completions", "", "");
	adapter_message(request, body, message);
}

/* ---- reading ---- */

static void
read_usage(const JsonNode *usage, TokenUsage *total)
{
	JsonNode   *details = json_get(usage, "prompt_tokens_details");

	if (json_kind(usage) != JSON_KIND_OBJECT)
		return;
	total->input = adapter_count(json_get(usage, "prompt_tokens"));
	total->output = adapter_count(json_get(usage, "completion_tokens"));
	total->cached = adapter_count(json_get(details, "cached_tokens"));
	if (total->cached == 0)		/* DeepSeek's name for it */
		total->cached = adapter_count(json_get(usage, "prompt_cache_hit_tokens"));
	total->cache_written = adapter_count(json_get(details, "cache_write_tokens"));
}

/* A string, or an array of parts, of which some may be thoughts. */
static void
read_content(const JsonNode *content, ProviderAnswer *answer, JsonNode **refusal)
{
	adapter_append(answer, content);
	if (json_kind(content) != JSON_KIND_ARRAY)
		return;
	for (size_t i = 0; i < json_length(content); i++)
	{
		JsonNode   *part = json_item(content, i);
		const char *type = json_text(json_get(part, "type"));

		if (type == NULL || strcmp(type, "text") == 0 || strcmp(type, "output_text") == 0)
			adapter_append(answer, json_get(part, "text"));
		else if (strcmp(type, "refusal") == 0)
			*refusal = json_get(part, "refusal");
	}
}

/* A message of a response, or the delta of an event: they have the same members. */
static void
read_message(const JsonNode *message, ProviderAnswer *answer, MemoryContext keep)
{
	JsonNode   *refusal = json_get(message, "refusal");
	const char *text;

	read_content(json_get(message, "content"), answer, &refusal);
	text = json_text(refusal);
	if (text == NULL || text[0] == '\0')
		return;
	answer->finish = FINISH_REFUSED;
	adapter_keep(&answer->note, answer->note ? psprintf("%s%s", answer->note, text) : text, keep);
}

static void
read_finish(const JsonNode *choice, ProviderAnswer *answer)
{
	const char *reason = json_text(json_get(choice, "finish_reason"));

	if (reason == NULL)
		return;
	answer->complete = true;
	if (answer->finish != FINISH_REFUSED)
		answer->finish = adapter_finish(finish_names, reason);
}

static void
read_common(const JsonNode *root, ProviderAnswer *answer, MemoryContext keep)
{
	if (answer->request_id == NULL)
		adapter_keep(&answer->request_id, json_text(json_get(root, "id")), keep);
	read_usage(json_get(root, "usage"), &answer->usage);
	read_usage(json_path(root, "x_groq.usage"), &answer->usage);
}

static bool
read_response(const JsonNode *root, ProviderAnswer *answer, MemoryContext keep)
{
	JsonNode   *choice = json_item(json_get(root, "choices"), 0);
	JsonNode   *message = json_get(choice, "message");

	if (json_kind(message) != JSON_KIND_OBJECT)
		return false;
	read_message(message, answer, keep);
	read_finish(choice, answer);
	read_common(root, answer, keep);
	return true;
}

static bool
read_event(const JsonNode *root, ProviderAnswer *answer, MemoryContext keep)
{
	JsonNode   *choice = json_item(json_get(root, "choices"), 0);

	read_message(json_get(choice, "delta"), answer, keep);
	read_finish(choice, answer);
	read_common(root, answer, keep);
	return true;
}

static bool
openai_parse_response(const char *body, size_t length, ProviderAnswer *answer)
{
	return adapter_response(body, length, answer, read_response);
}

static bool
openai_parse_event(const char *event, const char *data, size_t length,
				   ProviderAnswer *answer, ProviderError *error)
{
	static const char done[] = "[DONE]";

	if (length >= strlen(done) && memcmp(data, done, strlen(done)) == 0)
	{
		answer->complete = true;
		adapter_settle(answer);
		return true;
	}
	return adapter_event(data, length, answer, error, read_event);
}

const Provider provider_openai = {
	.name = "openai",
	.build_request = openai_build_request,
	.parse_response = openai_parse_response,
	.parse_event = openai_parse_event,
	.classify_error = error_classify
};
