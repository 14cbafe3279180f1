/*-------------------------------------------------------------------------
 *
 * fuzz_sse.c
 *		Event streams, made of pieces of such and damaged, are parsed in one
 *		go by a plain reference, and by the parser in pieces of any length.
 *
 * sources: src/net/sse.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "net/sse.h"
#include "shim.h"

#define MAX_STREAM	3000

static char stream[MAX_STREAM];
static size_t stream_length;

void
fuzz_start(const char *folder)
{
}

static void
add(const char *piece, size_t length)
{
	if (stream_length + length > sizeof(stream))
		return;
	memcpy(stream + stream_length, piece, length);
	stream_length += length;
}

static void
make_stream(void)
{
	static const char *const pieces[] = {
		"data", "data:", "data: ", "event: ", "event:delta", "event", ":", ": ping", "id: 1", "retry: 5",
		"\n", "\n", "\n\n", "\r\n", "\r\n\r\n", "\r", "\r\r", "\n\r", "{\"a\": 1}", "[DONE]", " ", "  ",
		"\xEF\xBB\xBF", "\xEF\xBB", "dat", "data\xC3\xA4:", "x", "\t", "Data: no"
	};
	int			n = fuzz_below(60);

	stream_length = 0;
	if (fuzz_below(4) == 0)
		add("\xEF\xBB\xBF", 3);
	for (int i = 0; i < n; i++)
	{
		const char *piece = pieces[fuzz_below(lengthof(pieces))];

		add(piece, strlen(piece));
	}
	for (int i = fuzz_below(4); i > 0 && stream_length > 0; i--)
		stream[fuzz_below(stream_length)] = fuzz_random();
}

/* ---- the reference: the standard's words, line by line ---- */

typedef struct Expected
{
	StringInfoData name;
	StringInfoData data;
	bool		has_data;
	StringInfoData out;			/* all events */
} Expected;

static void
print_event(StringInfo out, const char *name, const char *data, size_t length)
{
	appendBinaryStringInfo(out, name, strlen(name) + 1);
	appendBinaryStringInfo(out, (char *) &length, sizeof(length));
	appendBinaryStringInfo(out, data, length);
}

static void
expect_event(Expected *expected)
{
	if (expected->has_data)
		print_event(&expected->out, expected->name.len > 0 ? expected->name.data : "message",
					expected->data.data, expected->data.len);
	resetStringInfo(&expected->name);
	resetStringInfo(&expected->data);
	expected->has_data = false;
}

static void
expect_line(Expected *expected, const char *line, size_t length)
{
	size_t		n = 0;
	StringInfoData *target;

	while (n < length && line[n] != ':')
		n++;
	if (n == 4 && memcmp(line, "data", 4) == 0)
	{
		target = &expected->data;
		if (expected->has_data)
			appendStringInfoChar(target, '\n');
		expected->has_data = true;
	}
	else if (n == 5 && memcmp(line, "event", 5) == 0)
	{
		target = &expected->name;
		resetStringInfo(target);
	}
	else
		return;
	n += n < length;
	n += n < length && line[n] == ' ';
	appendBinaryStringInfo(target, line + n, length - n);
}

static void
expect_stream(Expected *expected)
{
	size_t		at = stream_length >= 3 && memcmp(stream, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;

	while (at < stream_length)
	{
		size_t		end = at;

		while (end < stream_length && stream[end] != '\n' && stream[end] != '\r')
			end++;
		if (end > at)
			expect_line(expected, stream + at, end - at);
		else
			expect_event(expected);
		at = end + 1;
		if (at < stream_length && stream[end] == '\r' && stream[at] == '\n')
			at++;
	}
	expect_event(expected);
}

/* ---- the parser ---- */

static void
parse_piece(SseParser *parser, const char *bytes, size_t length, StringInfo out)
{
	char	   *guarded = palloc(length);
	const char *at = guarded;
	SseEvent	event;
	SseResult	result;

	memcpy(guarded, bytes, length);
	while ((result = sse_next(parser, &at, &length, &event)) == SSE_EVENT)
		print_event(out, event.name, event.data, event.length);
	if (result == SSE_TOO_LONG || length != 0)
		fuzz_finding("", "a stream of %zu bytes has an event that is too long", stream_length);
	pfree(guarded);
}

static void
parse_stream(StringInfo out)
{
	SseParser	parser;
	SseEvent	event;
	size_t		at = 0;

	sse_init(&parser, MAX_STREAM);
	while (at < stream_length)
	{
		size_t		length = 1 + fuzz_below(fuzz_below(2) ? 4 : stream_length);

		length = Min(length, stream_length - at);
		parse_piece(&parser, stream + at, length, out);
		at += length;
	}
	if (sse_finish(&parser, &event))
		print_event(out, event.name, event.data, event.length);
	sse_free(&parser);
}

/* A limit holds, wherever the bytes are cut. */
static void
parse_limited(void)
{
	SseParser	parser;
	size_t		limit = fuzz_below(40);
	size_t		length = stream_length;
	const char *at = stream;
	SseEvent	event;

	sse_init(&parser, limit);
	while (sse_next(&parser, &at, &length, &event) == SSE_EVENT)
		if (event.length > limit || strlen(event.name) > limit + strlen("message"))
			fuzz_finding(event.data, "an event has %zu bytes, %zu were allowed", event.length, limit);
	if (parser.line.len + parser.data.len > 2 * limit + 1)
		fuzz_finding("", "%d bytes are kept, %zu were allowed", parser.line.len + parser.data.len, limit);
	sse_free(&parser);
}

void
fuzz_round(void)
{
	Expected	expected = {.has_data = false};
	StringInfoData out;

	make_stream();
	initStringInfo(&expected.name);
	initStringInfo(&expected.data);
	initStringInfo(&expected.out);
	initStringInfo(&out);
	expect_stream(&expected);
	parse_stream(&out);
	if (out.len != expected.out.len || memcmp(out.data, expected.out.data, out.len) != 0)
	{
		stream[Min(stream_length, MAX_STREAM - 1)] = '\0';
		fuzz_finding(stream, "%d bytes of events, %d were expected", out.len, expected.out.len);
	}
	parse_limited();
}
