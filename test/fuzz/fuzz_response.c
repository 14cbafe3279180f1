/*-------------------------------------------------------------------------
 *
 * fuzz_response.c
 *		Bytes that a server may send: responses, events, errors and headers,
 *		mutated from the fixtures, go through every adapter; what comes out
 *		has to be in order.  Schemas are mutated and lowered likewise.
 *
 * sources: src/provider/adapter.c src/provider/openai.c src/provider/gemini.c
 * sources: src/provider/anthropic.c src/provider/registry.c src/provider/lower.c
 * sources: src/provider/lower_read.c src/provider/lower_keyword.c
 * sources: src/provider/clean.c src/provider/wait.c src/provider/error.c
 * sources: src/provider/tokens.c src/util/json.c src/util/json_bytes.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <ctype.h>
#include <dirent.h>

#include "mb/pg_wchar.h"
#include "provider/adapter.h"
#include "shim.h"

#define MAX_SEEDS	500
#define MAX_BYTES	20000

static struct
{
	char	   *bytes;
	size_t		length;
}			seeds[MAX_SEEDS];
static int	nseeds;

/* ---- seeds ---- */

static void
add_seed(const char *path)
{
	FILE	   *file = fopen(path, "rb");

	if (file == NULL || nseeds >= MAX_SEEDS)
		return;
	seeds[nseeds].bytes = malloc(MAX_BYTES);
	seeds[nseeds].length = fread(seeds[nseeds].bytes, 1, MAX_BYTES / 2, file);
	fclose(file);
	nseeds++;
}

static void
add_folder(const char *folder, const char *name)
{
	char		path[MAXPGPATH];
	DIR		   *list;
	struct dirent *entry;

	snprintf(path, sizeof(path), "%s/../fixtures/provider/%s", folder, name);
	list = opendir(path);
	while (list != NULL && (entry = readdir(list)) != NULL)
	{
		if (entry->d_name[0] == '.' || strstr(entry->d_name, ".out") != NULL)
			continue;
		snprintf(path, sizeof(path), "%s/../fixtures/provider/%s/%s", folder, name, entry->d_name);
		add_seed(path);
	}
	if (list != NULL)
		closedir(list);
}

void
fuzz_start(const char *folder)
{
	add_folder(folder, "answers");
	add_folder(folder, "streams");
	add_folder(folder, "errors");
	add_folder(folder, "schemas");
	if (nseeds == 0)
	{
		fprintf(stderr, "no fixtures near %s\n", folder);
		exit(2);
	}
}

/* ---- mutations ---- */

static void
insert_bytes(StringInfo input, const char *bytes, size_t size)
{
	size_t		at = fuzz_below(input->len + 1);
	char	   *rest;
	size_t		left = input->len - at;

	if (input->len + size > MAX_BYTES)
		return;
	rest = palloc(left + 1);
	memcpy(rest, input->data + at, left);
	input->len = at;
	appendBinaryStringInfo(input, bytes, size);
	appendBinaryStringInfo(input, rest, left);
}

static void
insert_token(StringInfo input)
{
	static const char *const tokens[] = {
		"null", "true", "{}", "[]", "\"\"", "[[[[[[[[", "{\"a\":", "}", "]", ",", ":", "\"",
		"\\u0000", "\\ud800", "\xff", "\xc3", "\xf0\x9f", "1e999", "-1", "99999999999999999999",
		"\"error\":{\"code\":429},", "\"choices\":[{}],", "\"candidates\":null,",
		"\"content\":[{\"type\":\"text\",\"text\":7}],", "data: [DONE]", "\n\n", "sk-abc", "0.1.2",
		"\"$ref\":\"#\",", "\"allOf\":[{\"$ref\":\"#\"}],", "\"type\":[\"null\"],", "\"enum\":[null],"
	};
	const char *token = tokens[fuzz_below(lengthof(tokens))];

	insert_bytes(input, token, strlen(token));
}

static void
mutate(StringInfo input)
{
	size_t		at = fuzz_below(input->len + 1);
	int			other = fuzz_below(nseeds);
	size_t		size;

	switch (fuzz_below(6))
	{
		case 0:
			if (at < input->len)
				input->data[at] = fuzz_random();
			break;
		case 1:					/* cut off */
			if (fuzz_below(4) == 0)
				input->data[input->len = at] = '\0';
			break;
		case 2:					/* take out */
			size = fuzz_below(Min(input->len - at, 20) + 1);
			memmove(input->data + at, input->data + at + size, input->len - at - size + 1);
			input->len -= size;
			break;
		case 3:					/* a piece of another */
			at = fuzz_below(seeds[other].length + 1);
			insert_bytes(input, seeds[other].bytes + at,
						 fuzz_below(Min(seeds[other].length - at, 200) + 1));
			break;
		default:
			insert_token(input);
	}
}

/* ---- what has to hold ---- */

static void
check_text(const char *input, const char *what, const char *text, int max_characters)
{
	size_t		length;

	if (text == NULL)
		return;
	length = strlen(text);
	if (pg_encoding_verifymbstr(PG_UTF8, text, length) != length)
		fuzz_finding(input, "%s is not valid UTF-8", what);
	if (length > max_characters * 4)
		fuzz_finding(input, "%s has %zu bytes", what, length);
	/* Glued to another word it is none that could be told from "task-". */
	for (const char *key = text; (key = strstr(key, "sk-abcdef")) != NULL; key++)
	{
		if (key == text || !isalnum((unsigned char) key[-1]))
			fuzz_finding(input, "%s shows a key", what);
	}
}

static void
check_answer(const char *input, const ProviderAnswer *answer)
{
	const TokenUsage *usage = &answer->usage;

	if ((int) answer->finish < FINISH_DONE || answer->finish > FINISH_BROKEN)
		fuzz_finding(input, "the finish state is %d", answer->finish);
	if (usage->input < 0 || usage->output < 0 || usage->cached < 0 || usage->cache_written < 0 ||
		usage->cached + usage->cache_written > usage->input)
		fuzz_finding(input, "the usage does not add up");
	if (pg_encoding_verifymbstr(PG_UTF8, answer->text.data, strlen(answer->text.data)) !=
		strlen(answer->text.data))
		fuzz_finding(input, "the text is not valid UTF-8");
	check_text(input, "the id", answer->request_id, 300);
	check_text(input, "the note", answer->note, 300);
}

static void
check_error(const char *input, const ProviderError *error)
{
	if ((int) error->class < ERROR_CONFIG || error->class > ERROR_BAD_REQUEST)
		fuzz_finding(input, "the class is %d", error->class);
	if (error->message == NULL || error->message[0] == '\0')
		fuzz_finding(input, "there is no message");
	if (!(error->wait_seconds == -1 || error->wait_seconds >= 0))
		fuzz_finding(input, "the wait is %f", error->wait_seconds);
	if ((error->class == ERROR_BAD_PARAM) != (error->parameter != NULL))
		fuzz_finding(input, "a parameter and the class do not agree");
	check_text(input, "the message", error->message, 300);
	check_text(input, "the code", error->code, 100);
	check_text(input, "the parameter", error->parameter, 100);
}

/* ---- a round ---- */

/* Any header may hold anything. */
static const char *
look_up(void *headers, const char *name)
{
	const StringInfo input = headers;
	size_t		at = fuzz_below(input->len + 1);

	return fuzz_below(3) ? NULL : pnstrdup(input->data + at, fuzz_below(40));
}

static void
init_answer(ProviderAnswer *answer)
{
	memset(answer, 0, sizeof(*answer));
	initStringInfo(&answer->text);
}

static void
try_events(const Provider *provider, const StringInfo input)
{
	ProviderAnswer answer;
	ProviderError error = {0};
	char	   *rest = pnstrdup(input->data, input->len);
	char	   *line;

	init_answer(&answer);
	while ((line = strsep(&rest, "\n")) != NULL)
	{
		if (strncmp(line, "data: ", 6) == 0)
			line += 6;
		/* The end of the bytes is guarded. */
		line = pstrdup(line);
		if (!provider->parse_event("", line, strlen(line), &answer, &error))
			check_error(input->data, &error);
	}
	check_answer(input->data, &answer);
}

static void
try_schema(const StringInfo input)
{
	static const char *const dialects[] = {"openai", "gemini", "anthropic"};
	const char *problem;
	JsonNode   *schema = json_read(input->data, input->len, &problem);
	char	   *notes;
	char	   *lowered;

	if (schema == NULL)
		return;
	lowered = json_write(schema_lower(schema, dialects[fuzz_below(3)], fuzz_below(3), &notes));
	if (json_read(lowered, strlen(lowered), &problem) == NULL)
		fuzz_finding(input->data, "a lowered schema is not JSON: %s", problem);
}

void
fuzz_round(void)
{
	static const char *const dialects[] = {"openai", "gemini", "anthropic"};
	static const int statuses[] = {0, 200, 302, 400, 401, 404, 413, 422, 429, 498, 500, 503, 529};
	const Provider *provider = provider_find(dialects[fuzz_below(3)]);
	int			seed = fuzz_below(nseeds);
	StringInfoData input;
	ProviderAnswer answer;
	ProviderError error = {0};
	char	   *body;

	shim_set_now(fuzz_random() >> 12);
	initStringInfo(&input);
	appendBinaryStringInfo(&input, seeds[seed].bytes, seeds[seed].length);
	for (int n = fuzz_below(8); n > 0; n--)
		mutate(&input);
	body = palloc(input.len);	/* its end is guarded */
	memcpy(body, input.data, input.len);

	init_answer(&answer);
	provider->parse_response(body, input.len, &answer);
	check_answer(input.data, &answer);
	provider->classify_error(statuses[fuzz_below(lengthof(statuses))], look_up, &input,
							 body, input.len, &error);
	check_error(input.data, &error);
	try_events(provider, &input);
	try_schema(&input);
	if (tokens_estimate(body, input.len) < 0)
		fuzz_finding(input.data, "the tokens are negative");
}
