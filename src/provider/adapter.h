/*-------------------------------------------------------------------------
 *
 * adapter.h
 *		What the adapters share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_ADAPTER_H
#define SYNTHIK_ADAPTER_H

#include "provider/provider.h"

extern const Provider provider_openai;
extern const Provider provider_gemini;
extern const Provider provider_anthropic;

/* ---- building ---- */

/* False for a parameter that the server has refused. */
extern bool adapter_sends(const ProviderRequest *request, const char *parameter);

/*
 * The schema to send in a field of its own, or NULL where the mode has none;
 * *system is the system text with what has to be said in words.
 */
extern JsonNode *adapter_schema(const ProviderRequest *request, const char *dialect, char **system);

/* Seeds as all providers take them: 31 bits. */
extern int64 adapter_seed(const ProviderRequest *request);

/*
 * base_url + path + method + query.  The endpoint's chat_path goes before
 * path; "{model}" in it stands for the model's name.
 */
extern char *adapter_url(const ProviderRequest *request, const char *path,
						 const char *method, const char *query);

/* Merges extra_body and fills body and headers. */
extern void adapter_message(const ProviderRequest *request, JsonNode *body,
							ProviderMessage *message);

/* ---- reading ---- */

/* Takes what it knows out of a response or an event; strings are kept in keep. */
typedef bool (*AdapterReader) (const JsonNode *root, ProviderAnswer *answer, MemoryContext keep);

extern bool adapter_response(const char *body, size_t length, ProviderAnswer *answer,
							 AdapterReader read);
extern bool adapter_event(const char *data, size_t length, ProviderAnswer *answer,
						  ProviderError *error, AdapterReader read);

/* A count of tokens: 0 for what is none. */
extern int64 adapter_count(const JsonNode *node);

extern void adapter_append(ProviderAnswer *answer, const JsonNode *text);
extern void adapter_keep(char **place, const char *text, MemoryContext keep);

/* A usage counts once the stream has come to its end. */
extern void adapter_settle(ProviderAnswer *answer);

/* The state of a name in a list that ends with NULL; otherwise FINISH_BROKEN. */
typedef struct FinishName
{
	const char *name;
	FinishState finish;
} FinishName;

extern FinishState adapter_finish(const FinishName *names, const char *name);

/* ---- errors ---- */

extern void error_classify(int status, HeaderLookup lookup, void *headers,
						   const char *body, size_t length, ProviderError *error);

/* The JSON of an error: the one element of an array, or the node itself. */
extern JsonNode *error_unwrap(JsonNode *root);
extern bool error_in(const JsonNode *root);

/* Palloc'd: valid UTF-8 on one line, without keys, at most so many characters. */
extern char *error_text(const char *text, size_t length, int max_characters);

/* "37s", "6m0s", "120ms", "1h2m3.5s", "1.5": in seconds; -1 if it is none. */
extern double wait_duration(const char *text);

#endif							/* SYNTHIK_ADAPTER_H */
