/*-------------------------------------------------------------------------
 *
 * fuzz_json.c
 *		JSON texts, made of pieces of such and damaged: what is read is
 *		written and read again, and a cut text gives the rows before the cut.
 *
 * sources: src/util/json.c src/util/json_bytes.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "shim.h"
#include "util/json.h"

#define MAX_TEXT	4000

static char input[MAX_TEXT + 1];
static size_t input_length;

void
fuzz_start(const char *folder)
{
}

static void
add(const char *piece)
{
	size_t		length = strlen(piece);

	if (input_length + length > MAX_TEXT)
		return;
	memcpy(input + input_length, piece, length);
	input_length += length;
	input[input_length] = '\0';
}

static const char *const scalars[] = {
	"null", "true", "false", "0", "-0", "1", "-17", "1.5", "0.1", "1e5", "-2.5E-3", "1e999", "-1e-999",
	"9223372036854775807", "9223372036854775808", "123456789012345678901234567890", "0.1234567890123456789",
	"\"\"", "\"a\"", "\"rows\"", "\"\\u0000\"", "\"\\ud83d\\ude00\"", "\"\xC3\xA4\"", "\"\\\"\\\\\\/\\n\\t\"", "\"]},{[\""
};

static const char *const pieces[] = {
	"{", "}", "[", "]", ",", ":", "\"", "\\", " ", "\n", "-", ".", "e", "01", "1.", "+1", "\"rows\":[", "{\"a\":",
	"\\u12", "\xFF", "\xED\xA0\x80", "\x01", "nul", "\"\\ud800\"", "{1:2}", "NaN", "/*", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
};

static void
add_value(int depth)
{
	int			kind = depth > 6 ? 0 : fuzz_below(4);
	int			n = fuzz_below(5);

	if (kind < 2)
	{
		add(scalars[fuzz_below(lengthof(scalars))]);
		return;
	}
	add(kind == 2 ? "[" : "{");
	for (int i = 0; i < n; i++)
	{
		if (i > 0)
			add(", ");
		if (kind == 3)
			add(fuzz_below(3) == 0 ? "\"rows\":" : fuzz_below(2) == 0 ? "\"a\" : " : "\"b\":");
		add_value(depth + 1);
	}
	add(kind == 2 ? "]" : "}");
}

static void
damage(void)
{
	for (int i = fuzz_below(4); i > 0 && input_length > 0; i--)
	{
		size_t		at = fuzz_below(input_length);

		switch (fuzz_below(3))
		{
			case 0:
				input[at] = fuzz_random();
				break;
			case 1:
				input_length = at;
				break;
			default:
				add(pieces[fuzz_below(lengthof(pieces))]);
				break;
		}
	}
	input[input_length] = '\0';
}

/* Uses every way to look. */
static void
look(const char *key, JsonNode *node, void *argument)
{
	int		   *seen = argument;
	const char *string = json_text(node);

	(*seen)++;
	if (string != NULL && strlen(string) > json_text_length(node))
		fuzz_finding(input, "the length of a text is wrong");
	(void) json_int(node, 0);
	(void) json_number(node, 0);
	(void) json_truth(node, false);
	(void) json_scalar_text(node);
	(void) json_path(node, "rows.0.a");
	json_visit(node, look, argument);
	for (size_t i = 0; json_kind(node) == JSON_KIND_ARRAY && i < json_length(node); i++)
		look(key, json_item(node, i), argument);
}

/* The same text comes out when it is read once more. */
static void
check_round_trip(const JsonNode *node)
{
	const char *problem = NULL;
	char	   *written = json_write(node);
	JsonNode   *again = json_read(written, strlen(written), &problem);

	if (again == NULL)
		fuzz_finding(input, "written as %s: %s", written, problem);
	if (strcmp(json_write(again), written) != 0)
		fuzz_finding(input, "written as %s, and then otherwise", written);
}

/* Rows are what they are in the whole input, for any cut of it. */
static void
check_cut(const JsonNode *rows)
{
	size_t		cut = fuzz_below(input_length + 1);
	char	   *bytes = memcpy(palloc(Max(cut, 1)), input, cut);
	JsonNode   *kept = json_read_truncated_rows(bytes, cut, "rows");

	if (kept == NULL)
		return;
	if (json_length(kept) == 0 || json_length(kept) > json_length(rows))
		fuzz_finding(input, "cut at %zu: %zu rows of %zu", cut, json_length(kept), json_length(rows));
	for (size_t i = 0; i < json_length(kept); i++)
		if (strcmp(json_write(json_item(kept, i)), json_write(json_item(rows, i))) != 0)
			fuzz_finding(input, "cut at %zu: row %zu is another one", cut, i);
}

void
fuzz_round(void)
{
	const char *problem = NULL;
	JsonNode   *node;
	JsonNode   *merged;
	char	   *bytes;
	bool		sound = fuzz_below(2) == 0;
	int			seen = 0;

	input_length = 0;
	if (sound)
	{
		add("{\"rows\":[");
		for (int i = fuzz_below(6); i > 0; i--)
		{
			add_value(1);
			add(i > 1 ? "," : "");
		}
		add("]}");
		sound = input_length < MAX_TEXT - 200;
	}
	else
	{
		add_value(0);
		damage();
	}

	/* A copy of its own size: the sanitizer sees what is read behind it. */
	bytes = memcpy(palloc(Max(input_length, 1)), input, input_length);
	node = json_read(bytes, input_length, &problem);
	(void) json_read_truncated_rows(bytes, input_length, "rows");
	if (node == NULL)
	{
		if (problem == NULL)
			fuzz_finding(input, "refused without a word");
		if (sound)
			fuzz_finding(input, "refused: %s", problem);
		return;
	}
	look("", node, &seen);
	check_round_trip(node);
	if (sound)
		check_cut(json_get(node, "rows"));
	if (json_kind(node) == JSON_KIND_OBJECT)
	{
		merged = json_new_object();
		json_set_node(merged, "rows", json_new_object());
		json_merge(merged, node);
		json_merge(merged, node);
		if (strcmp(json_write(merged), json_write(node)) != 0 && json_get(node, "rows") == NULL &&
			json_length(merged) != json_length(node) + 1)
			fuzz_finding(input, "merged as %s", json_write(merged));
	}
}
