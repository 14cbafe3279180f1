/*-------------------------------------------------------------------------
 *
 * anthropic.c
 *		Anthropic's messages.
 *
 * The strict form of a schema goes into output_config.  Models that are too
 * old for it take a tool that they have to call: what they pass to it is the
 * answer.  There is no mode in between that and a schema in words.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "provider/adapter.h"

#define API_VERSION		"2023-06-01"
#define TOOL_NAME		"emit_rows"

/* max_tokens has to be sent; what is allowed by every model. */
#define LEAST_LIMIT		4096

static const FinishName finish_names[] = {
	{"end_turn", FINISH_DONE},
	{"stop_sequence", FINISH_DONE},
	{"tool_use", FINISH_DONE},
	{"max_tokens", FINISH_TRUNCATED},
	{"model_context_window_exceeded", FINISH_TRUNCATED},
	{"refusal", FINISH_REFUSED},
	{NULL, FINISH_BROKEN}
};

/* ---- building ---- */

static int
output_limit(const ProviderRequest *request)
{
	if (request->max_output_tokens > 0)
		return request->max_output_tokens;
	if (request->model->max_output_tokens > 0)
		return Min(request->model->max_output_tokens, LEAST_LIMIT);
	return LEAST_LIMIT;
}

static JsonNode *
build_messages(const ProviderRequest *request)
{
	JsonNode   *messages = json_new_array();
	JsonNode   *message = json_new_object();

	json_set_text(message, "role", "user");
	json_set_text(message, "content", request->user);
	json_append_node(messages, message);
	return messages;
}

static void
set_tool(JsonNode *body, JsonNode *schema)
{
	JsonNode   *tool = json_new_object();
	JsonNode   *tools = json_new_array();
	JsonNode   *choice = json_new_object();

	json_set_text(tool, "name", TOOL_NAME);
	json_set_text(tool, "description", "Takes the rows.");
	json_set_node(tool, "input_schema", schema);
	json_append_node(tools, tool);
	json_set_node(body, "tools", tools);
	json_set_text(choice, "type", "tool");
	json_set_text(choice, "name", TOOL_NAME);
	json_set_bool(choice, "disable_parallel_tool_use", true);
	json_set_node(body, "tool_choice", choice);
}

static void
set_output_config(const ProviderRequest *request, JsonNode *body, JsonNode *schema)
{
	const char *effort = request->model->least_effort;
	JsonNode   *config = json_new_object();
	JsonNode   *format;

	if (schema != NULL)
	{
		format = json_new_object();
		json_set_text(format, "type", "json_schema");
		json_set_node(format, "schema", schema);
		json_set_node(config, "format", format);
	}
	if (effort != NULL && effort[0] != '\0' && strcmp(effort, "disabled") != 0 &&
		adapter_sends(request, "effort"))
		json_set_text(config, "effort", effort);
	if (json_length(config) > 0)
		json_set_node(body, "output_config", config);
}

static void
set_thinking(const ProviderRequest *request, JsonNode *body)
{
	const char *effort = request->model->least_effort;
	JsonNode   *thinking;

	if (effort == NULL || strcmp(effort, "disabled") != 0 || !adapter_sends(request, "thinking"))
		return;
	thinking = json_new_object();
	json_set_text(thinking, "type", "disabled");
	json_set_node(body, "thinking", thinking);
}

static void
anthropic_build_request(const ProviderRequest *request, ProviderMessage *message)
{
	const Endpoint *endpoint = request->endpoint;
	bool		tool = request->mode == STRUCTURED_SCHEMA;
	JsonNode   *body = json_new_object();
	char	   *system;
	JsonNode   *schema = adapter_schema(request, "anthropic", &system);

	json_set_text(body, "model", request->model->api_name);
	json_set_int(body, "max_tokens", output_limit(request));
	if (system[0] != '\0')
		json_set_text(body, "system", system);
	json_set_node(body, "messages", build_messages(request));
	if (tool && schema != NULL)
		set_tool(body, schema);
	set_output_config(request, body, tool ? NULL : schema);
	set_thinking(request, body);
	/* Its scale ends at 1. */
	if (request->temperature >= 0 && endpoint->send_temperature &&
		request->model->takes_temperature && adapter_sends(request, "temperature"))
		json_set_real(body, "temperature", Min(request->temperature, 1));
	if (request->stream)
		json_set_bool(body, "stream", true);
	message->url = adapter_url(request, "/messages", "", "");
	adapter_message(request, body, message);
	message->headers = lappend(message->headers, pstrdup("anthropic-version: " API_VERSION));
}

/* ---- reading ---- */

/* Events repeat some counts: those that are there replace the earlier ones. */
static void
read_usage(const JsonNode *usage, TokenUsage *total)
{
	if (json_kind(usage) != JSON_KIND_OBJECT)
		return;
	if (json_kind(json_get(usage, "input_tokens")) != JSON_KIND_NULL)
	{
		total->cached = adapter_count(json_get(usage, "cache_read_input_tokens"));
		total->cache_written = adapter_count(json_get(usage, "cache_creation_input_tokens"));
		total->input = adapter_count(json_get(usage, "input_tokens")) +
			total->cached + total->cache_written;
	}
	if (json_kind(json_get(usage, "output_tokens")) != JSON_KIND_NULL)
		total->output = adapter_count(json_get(usage, "output_tokens"));
}

/* Of a message, or of the delta of message_delta. */
static void
read_stop(const JsonNode *holder, ProviderAnswer *answer, MemoryContext keep)
{
	const char *reason = json_text(json_get(holder, "stop_reason"));
	JsonNode   *details = json_get(holder, "stop_details");

	if (reason == NULL)
		return;
	answer->complete = true;
	answer->finish = adapter_finish(finish_names, reason);
	if (answer->finish == FINISH_BROKEN)
		adapter_keep(&answer->note, reason, keep);
	if (answer->finish != FINISH_REFUSED)
		return;
	adapter_keep(&answer->note, json_text(json_get(details, "category")), keep);
	adapter_keep(&answer->note, json_text(json_get(details, "explanation")), keep);
}

static void
read_block(const JsonNode *block, ProviderAnswer *answer)
{
	const char *type = json_text(json_get(block, "type"));
	JsonNode   *input = json_get(block, "input");

	if (type == NULL)
		return;
	if (strcmp(type, "text") == 0)
		adapter_append(answer, json_get(block, "text"));
	else if (strcmp(type, "tool_use") == 0 && json_length(input) > 0)
		appendStringInfoString(&answer->text, json_write(input));
}

static bool
read_response(const JsonNode *root, ProviderAnswer *answer, MemoryContext keep)
{
	JsonNode   *content = json_get(root, "content");

	if (json_kind(content) != JSON_KIND_ARRAY)
		return false;
	adapter_keep(&answer->request_id, json_text(json_get(root, "id")), keep);
	for (size_t i = 0; i < json_length(content); i++)
		read_block(json_item(content, i), answer);
	read_stop(root, answer, keep);
	if (!answer->complete)
		answer->finish = FINISH_BROKEN;
	read_usage(json_get(root, "usage"), &answer->usage);
	return true;
}

/* Events of other types, ping among them, say nothing. */
static bool
read_event(const JsonNode *root, ProviderAnswer *answer, MemoryContext keep)
{
	const char *type = json_text(json_get(root, "type"));
	JsonNode   *delta = json_get(root, "delta");

	if (type == NULL)
		return true;
	if (strcmp(type, "message_start") == 0)
	{
		adapter_keep(&answer->request_id, json_text(json_path(root, "message.id")), keep);
		read_usage(json_path(root, "message.usage"), &answer->usage);
	}
	else if (strcmp(type, "content_block_start") == 0)
		read_block(json_get(root, "content_block"), answer);
	else if (strcmp(type, "content_block_delta") == 0)
	{
		/* Thoughts, signatures and citations have members of other names. */
		adapter_append(answer, json_get(delta, "text"));
		adapter_append(answer, json_get(delta, "partial_json"));
	}
	else if (strcmp(type, "message_delta") == 0)
	{
		read_stop(delta, answer, keep);
		read_usage(json_get(root, "usage"), &answer->usage);
	}
	else if (strcmp(type, "message_stop") == 0)
		answer->complete = true;
	return true;
}

static bool
anthropic_parse_response(const char *body, size_t length, ProviderAnswer *answer)
{
	return adapter_response(body, length, answer, read_response);
}

static bool
anthropic_parse_event(const char *event, const char *data, size_t length,
					  ProviderAnswer *answer, ProviderError *error)
{
	return adapter_event(data, length, answer, error, read_event);
}

const Provider provider_anthropic = {
	.name = "anthropic",
	.build_request = anthropic_build_request,
	.parse_response = anthropic_parse_response,
	.parse_event = anthropic_parse_event,
	.classify_error = error_classify
};
