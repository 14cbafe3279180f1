/*-------------------------------------------------------------------------
 *
 * gemini.c
 *		Google's generateContent, at the Gemini API and at Vertex AI.
 *
 * The strict form of a schema goes into responseJsonSchema; models and
 * addresses that do not know it take the older responseSchema.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "provider/adapter.h"

static const FinishName finish_names[] = {
	{"STOP", FINISH_DONE},
	{"MAX_TOKENS", FINISH_TRUNCATED},
	{"SAFETY", FINISH_FILTERED},
	{"RECITATION", FINISH_FILTERED},
	{"BLOCKLIST", FINISH_FILTERED},
	{"PROHIBITED_CONTENT", FINISH_FILTERED},
	{"SPII", FINISH_FILTERED},
	{NULL, FINISH_BROKEN}
};

/* ---- building ---- */

/* {"parts": [{"text": …}]}, with a role in front if it has one. */
static JsonNode *
new_content(const char *role, const char *text)
{
	JsonNode   *content = json_new_object();
	JsonNode   *parts = json_new_array();
	JsonNode   *part = json_new_object();

	if (role != NULL)
		json_set_text(content, "role", role);
	json_set_text(part, "text", text);
	json_append_node(parts, part);
	json_set_node(content, "parts", parts);
	return content;
}

/* A number is a budget in tokens (2.5), a word is a level (3 and later). */
static void
set_thinking(const ProviderRequest *request, JsonNode *config)
{
	const char *effort = request->model->least_effort;
	bool		budget;
	JsonNode   *thinking;

	if (effort == NULL || effort[0] == '\0' || !adapter_sends(request, "thinkingConfig"))
		return;
	budget = strspn(effort, "-0123456789") == strlen(effort);
	if (!adapter_sends(request, budget ? "thinkingBudget" : "thinkingLevel"))
		return;
	thinking = json_new_object();
	if (budget)
		json_set_int(thinking, "thinkingBudget", atoi(effort));
	else
	{
		char	   *level = pstrdup(effort);

		for (char *at = level; *at; at++)
			*at = pg_ascii_toupper((unsigned char) *at);
		json_set_text(thinking, "thinkingLevel", level);
	}
	json_set_node(config, "thinkingConfig", thinking);
}

static JsonNode *
build_config(const ProviderRequest *request, JsonNode *schema)
{
	const Endpoint *endpoint = request->endpoint;
	JsonNode   *config = json_new_object();

	if (request->schema != NULL && request->mode != STRUCTURED_PROMPT)
		json_set_text(config, "responseMimeType", "application/json");
	if (schema != NULL)
		json_set_node(config, request->mode == STRUCTURED_STRICT ?
					  "responseJsonSchema" : "responseSchema", schema);
	if (request->max_output_tokens > 0)
		json_set_int(config, "maxOutputTokens", request->max_output_tokens);
	if (request->temperature >= 0 && endpoint->send_temperature &&
		request->model->takes_temperature && adapter_sends(request, "temperature"))
		json_set_real(config, "temperature", request->temperature);
	if (request->seed_given && endpoint->seed_field != NULL && adapter_sends(request, "seed"))
		json_set_int(config, "seed", adapter_seed(request));
	set_thinking(request, config);
	return config;
}

/* The endpoint's path without a method; a path without a model gets one. */
static char *
build_url(const ProviderRequest *request)
{
	Endpoint	endpoint = *request->endpoint;
	Model		model = *request->model;
	ProviderRequest copy = *request;
	char	   *path = pstrdup(endpoint.chat_path ? endpoint.chat_path : "");
	char	   *method = strstr(path, ":generateContent");

	if (method != NULL)
		*method = '\0';
	if (path[0] == '\0')
		path = "/models";
	if (strstr(path, "{model}") == NULL)
		path = psprintf("%s/{model}", path);
	endpoint.chat_path = path;
	if (strncmp(model.api_name, "models/", strlen("models/")) == 0)
		model.api_name += strlen("models/");
	copy.endpoint = &endpoint;
	copy.model = &model;
	return adapter_url(&copy, path,
					   request->stream ? ":streamGenerateContent" : ":generateContent",
					   request->stream ? "alt=sse" : "");
}

static void
gemini_build_request(const ProviderRequest *request, ProviderMessage *message)
{
	JsonNode   *body = json_new_object();
	JsonNode   *contents = json_new_array();
	char	   *system;
	JsonNode   *schema = adapter_schema(request, "gemini", &system);

	if (system[0] != '\0')
		json_set_node(body, "systemInstruction", new_content(NULL, system));
	json_append_node(contents, new_content("user", request->user));
	json_set_node(body, "contents", contents);
	json_set_node(body, "generationConfig", build_config(request, schema));
	message->url = build_url(request);
	adapter_message(request, body, message);
}

/* ---- reading ---- */

static void
read_usage(const JsonNode *usage, TokenUsage *total)
{
	if (json_kind(usage) != JSON_KIND_OBJECT)
		return;
	total->input = adapter_count(json_get(usage, "promptTokenCount")) +
		adapter_count(json_get(usage, "toolUsePromptTokenCount"));
	total->cached = adapter_count(json_get(usage, "cachedContentTokenCount"));
	total->output = adapter_count(json_get(usage, "candidatesTokenCount")) +
		adapter_count(json_get(usage, "thoughtsTokenCount"));
}

static void
read_parts(const JsonNode *parts, ProviderAnswer *answer)
{
	for (size_t i = 0; i < json_length(parts); i++)
	{
		JsonNode   *part = json_item(parts, i);

		if (!json_truth(json_get(part, "thought"), false))
			adapter_append(answer, json_get(part, "text"));
	}
}

static void
read_finish(const char *reason, const JsonNode *message, ProviderAnswer *answer,
			MemoryContext keep)
{
	if (reason == NULL)
		return;
	answer->complete = true;
	answer->finish = adapter_finish(finish_names, reason);
	if (answer->finish != FINISH_DONE && answer->finish != FINISH_TRUNCATED)
		adapter_keep(&answer->note, json_text(message) ? json_text(message) : reason, keep);
}

/* A response; the events of a stream have the same form. */
static bool
read_part(const JsonNode *root, ProviderAnswer *answer, MemoryContext keep)
{
	JsonNode   *candidate = json_item(json_get(root, "candidates"), 0);
	const char *blocked = json_text(json_path(root, "promptFeedback.blockReason"));

	adapter_keep(&answer->request_id, json_text(json_get(root, "responseId")), keep);
	read_usage(json_get(root, "usageMetadata"), &answer->usage);
	read_parts(json_path(candidate, "content.parts"), answer);
	read_finish(json_text(json_get(candidate, "finishReason")),
				json_get(candidate, "finishMessage"), answer, keep);
	if (candidate == NULL && blocked != NULL)
	{
		answer->complete = true;
		answer->finish = FINISH_FILTERED;
		adapter_keep(&answer->note, psprintf("prompt blocked: %s", blocked), keep);
	}
	return true;
}

static bool
read_response(const JsonNode *root, ProviderAnswer *answer, MemoryContext keep)
{
	if (json_get(root, "candidates") == NULL && json_get(root, "promptFeedback") == NULL)
		return false;
	read_part(root, answer, keep);
	/* A whole response says how it ended. */
	if (!answer->complete)
		answer->finish = FINISH_BROKEN;
	return true;
}

static bool
gemini_parse_response(const char *body, size_t length, ProviderAnswer *answer)
{
	return adapter_response(body, length, answer, read_response);
}

static bool
gemini_parse_event(const char *event, const char *data, size_t length,
				   ProviderAnswer *answer, ProviderError *error)
{
	return adapter_event(data, length, answer, error, read_part);
}

const Provider provider_gemini = {
	.name = "gemini",
	.build_request = gemini_build_request,
	.parse_response = gemini_parse_response,
	.parse_event = gemini_parse_event,
	.classify_error = error_classify
};
