/*-------------------------------------------------------------------------
 *
 * adapter.c
 *		What is alike in all dialects: addresses, what is said in words, and
 *		the frame in which responses and events are read.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "provider/adapter.h"
#include "utils/memutils.h"

/* No request has more tokens; larger counts are nonsense. */
#define MAX_TOKENS		INT64CONST(1000000000000)

/* ---- building ---- */

bool
adapter_sends(const ProviderRequest *request, const char *parameter)
{
	ListCell   *cell;
	size_t		length = strlen(parameter);

	foreach(cell, request->without)
	{
		const char *refused = lfirst(cell);

		/* "stream_options.include_usage" means stream_options. */
		if (strncmp(refused, parameter, length) == 0 &&
			(refused[length] == '\0' || refused[length] == '.'))
			return false;
	}
	return true;
}

static void
say_schema(StringInfo text, const JsonNode *schema)
{
	appendStringInfo(text, "\n\nAnswer with one JSON object and nothing else: no comment, "
					 "no code fence. It must be valid by this JSON Schema:\n%s",
					 json_write(schema));
}

JsonNode *
adapter_schema(const ProviderRequest *request, const char *dialect, char **system)
{
	StringInfoData text;
	JsonNode   *lowered = NULL;
	char	   *notes = "";

	initStringInfo(&text);
	appendStringInfoString(&text, request->system ? request->system : "");
	if (request->schema != NULL)
	{
		if (request->mode <= STRUCTURED_SCHEMA)
			lowered = schema_lower(request->schema, dialect, request->mode, &notes);
		if (lowered == NULL || request->endpoint->schema_in_prompt)
			say_schema(&text, request->schema);
		else if (notes[0] != '\0')
			appendStringInfo(&text, "\n\nThe values must keep these rules too:\n%s", notes);
	}
	*system = text.data;
	while (**system == '\n')
		(*system)++;
	return lowered;
}

int64
adapter_seed(const ProviderRequest *request)
{
	return request->seed & PG_INT32_MAX;
}

/* A model's name as one part of a path. */
static void
append_name(StringInfo url, const char *name)
{
	for (const unsigned char *at = (const unsigned char *) name; *at; at++)
	{
		if ((*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') ||
			(*at >= '0' && *at <= '9') || strchr("-._~:@", *at) != NULL)
			appendStringInfoChar(url, *at);
		else
			appendStringInfo(url, "%%%02X", *at);
	}
}

static void
append_path(StringInfo url, const char *path, const char *model)
{
	const char *mark;

	if (path[0] != '/' && path[0] != '\0')
		appendStringInfoChar(url, '/');
	while ((mark = strstr(path, "{model}")) != NULL)
	{
		appendBinaryStringInfo(url, path, mark - path);
		append_name(url, model);
		path = mark + strlen("{model}");
	}
	appendStringInfoString(url, path);
}

char *
adapter_url(const ProviderRequest *request, const char *path,
			const char *method, const char *query)
{
	const Endpoint *endpoint = request->endpoint;
	const char *suffix = endpoint->query_suffix;
	StringInfoData url;

	if (endpoint->chat_path != NULL && endpoint->chat_path[0] != '\0')
		path = endpoint->chat_path;
	initStringInfo(&url);
	appendStringInfoString(&url, endpoint->base_url);
	append_path(&url, path, request->model->api_name);
	appendStringInfoString(&url, method);
	if (query[0] != '\0')
		appendStringInfo(&url, "%c%s", strchr(url.data, '?') ? '&' : '?', query);
	if (suffix != NULL && suffix[0] != '\0')
		appendStringInfo(&url, "%c%s", strchr(url.data, '?') ? '&' : '?',
						 suffix + strspn(suffix, "?&"));
	return url.data;
}

static void
merge_extra(const Endpoint *endpoint, JsonNode *body)
{
	const char *problem;
	JsonNode   *extra;

	if (endpoint->extra_body == NULL || endpoint->extra_body[0] == '\0')
		return;
	extra = json_read(endpoint->extra_body, strlen(endpoint->extra_body), &problem);
	if (json_kind(extra) != JSON_KIND_OBJECT)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("option \"extra_body\" of server \"%s\" is not a JSON object",
						endpoint->name)));
	json_merge(body, extra);
}

void
adapter_message(const ProviderRequest *request, JsonNode *body, ProviderMessage *message)
{
	merge_extra(request->endpoint, body);
	message->body = json_write(body);
	message->body_length = strlen(message->body);
	message->headers = lappend(NIL, pstrdup("content-type: application/json"));
	message->headers = lappend(message->headers,
							   pstrdup(request->stream ? "accept: text/event-stream" :
									   "accept: application/json"));
}

/* ---- reading ---- */

/*
 * What is parsed lives in a context of its own, so that a long stream does
 * not gather the JSON of all its events.
 */
bool
adapter_response(const char *body, size_t length, ProviderAnswer *answer, AdapterReader read)
{
	MemoryContext keep = CurrentMemoryContext;
	MemoryContext scratch = AllocSetContextCreate(keep, "synthik response", ALLOCSET_SMALL_SIZES);
	const char *problem;
	JsonNode   *root;
	bool		ours;

	MemoryContextSwitchTo(scratch);
	root = json_read(body, length, &problem);
	ours = json_kind(root) == JSON_KIND_OBJECT && !error_in(root) && read(root, answer, keep);
	if (ours)
	{
		answer->complete = true;
		adapter_settle(answer);
	}
	MemoryContextSwitchTo(keep);
	MemoryContextDelete(scratch);
	return ours;
}

bool
adapter_event(const char *data, size_t length, ProviderAnswer *answer,
			  ProviderError *error, AdapterReader read)
{
	MemoryContext keep = CurrentMemoryContext;
	MemoryContext scratch;
	const char *problem;
	JsonNode   *root;
	bool		fine;

	while (length > 0 && strchr(" \t\r\n", data[length - 1]) != NULL && data[length - 1] != '\0')
		length--;
	if (length == 0)
		return true;
	scratch = AllocSetContextCreate(keep, "synthik event", ALLOCSET_SMALL_SIZES);
	MemoryContextSwitchTo(scratch);
	root = json_read(data, length, &problem);
	fine = json_kind(root) == JSON_KIND_OBJECT && !error_in(root) && read(root, answer, keep);
	if (fine)
		adapter_settle(answer);
	MemoryContextSwitchTo(keep);
	MemoryContextDelete(scratch);
	if (!fine)
		error_classify(200, NULL, NULL, data, length, error);
	return fine;
}

int64
adapter_count(const JsonNode *node)
{
	double		count = json_kind(node) == JSON_KIND_INTEGER ?
		(double) json_int(node, 0) : json_number(node, 0);

	/* Not a number is neither. */
	return count > 0 && count < MAX_TOKENS ? (int64) count : 0;
}

void
adapter_append(ProviderAnswer *answer, const JsonNode *text)
{
	if (json_text(text) != NULL)
		appendBinaryStringInfo(&answer->text, json_text(text), json_text_length(text));
}

void
adapter_keep(char **place, const char *text, MemoryContext keep)
{
	if (text != NULL && text[0] != '\0')
		*place = MemoryContextStrdup(keep, error_text(text, strlen(text), 300));
}

void
adapter_settle(ProviderAnswer *answer)
{
	TokenUsage *usage = &answer->usage;

	usage->cached = Min(usage->cached, usage->input);
	usage->cache_written = Min(usage->cache_written, usage->input - usage->cached);
	if (answer->complete && (usage->input > 0 || usage->output > 0))
		usage->known = true;
}

FinishState
adapter_finish(const FinishName *names, const char *name)
{
	for (; names->name != NULL; names++)
	{
		if (strcmp(names->name, name) == 0)
			return names->finish;
	}
	return FINISH_BROKEN;
}
