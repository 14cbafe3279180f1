/*-------------------------------------------------------------------------
 *
 * sse.c
 *		Server-sent events: from bytes, as they come, to events.
 *
 * After the event stream format of the HTML standard, section «Server-sent
 * events»: lines end in LF, CR or CRLF, in any mixture; a byte order mark in
 * front is skipped; an empty line closes an event, which counts if it has
 * data.  Fields other than "event" and "data" are of no use here.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "net/sse.h"

#define BYTE_ORDER_MARK "\xEF\xBB\xBF"

void
sse_init(SseParser *parser, size_t max_event)
{
	memset(parser, 0, sizeof(*parser));
	parser->max_event = max_event;
	initStringInfo(&parser->line);
	initStringInfo(&parser->name);
	initStringInfo(&parser->data);
}

void
sse_free(SseParser *parser)
{
	pfree(parser->line.data);
	pfree(parser->name.data);
	pfree(parser->data.data);
}

static void
begin_event(SseParser *parser)
{
	resetStringInfo(&parser->name);
	resetStringInfo(&parser->data);
	parser->has_data = false;
	parser->given = false;
}

static void
give_event(SseParser *parser, SseEvent *event)
{
	event->name = parser->name.len > 0 ? parser->name.data : "message";
	event->data = parser->data.data;
	event->length = parser->data.len;
	parser->given = true;
}

static bool
is_field(const char *line, size_t name_length, const char *field)
{
	return name_length == strlen(field) && memcmp(line, field, name_length) == 0;
}

/* "name", "name:value" or "name: value"; with no name it is a comment. */
static void
take_field(SseParser *parser, const char *line, size_t length)
{
	const char *colon = memchr(line, ':', length);
	size_t		name_length = colon ? colon - line : length;
	const char *value = colon ? colon + 1 : line + length;
	size_t		value_length = line + length - value;

	if (value_length > 0 && *value == ' ')
	{
		value++;
		value_length--;
	}
	if (is_field(line, name_length, "data"))
	{
		if (parser->has_data)
			appendStringInfoChar(&parser->data, '\n');
		appendBinaryStringInfo(&parser->data, value, value_length);
		parser->has_data = true;
	}
	else if (is_field(line, name_length, "event"))
	{
		resetStringInfo(&parser->name);
		appendBinaryStringInfo(&parser->name, value, value_length);
	}
}

/* True if the line closed an event that counts. */
static bool
take_line(SseParser *parser, SseEvent *event)
{
	const char *line = parser->line.data;
	size_t		length = parser->line.len;

	if (!parser->begun && length >= 3 && memcmp(line, BYTE_ORDER_MARK, 3) == 0)
	{
		line += 3;
		length -= 3;
	}
	parser->begun = true;
	if (length > 0)
		take_field(parser, line, length);
	resetStringInfo(&parser->line);
	if (length > 0)
		return false;
	if (parser->has_data)
	{
		give_event(parser, event);
		return true;
	}
	begin_event(parser);
	return false;
}

/* Bytes up to the end of a line, or all. */
static size_t
line_length(const char *bytes, size_t length)
{
	const char *lf = memchr(bytes, '\n', length);
	const char *cr = memchr(bytes, '\r', lf ? lf - bytes : length);

	return cr ? cr - bytes : lf ? lf - bytes : length;
}

SseResult
sse_next(SseParser *parser, const char **bytes, size_t *length, SseEvent *event)
{
	if (parser->given)
		begin_event(parser);
	while (*length > 0)
	{
		size_t		n;

		if (parser->after_cr && **bytes == '\n')
		{
			(*bytes)++;
			(*length)--;
			parser->after_cr = false;
			continue;
		}
		parser->after_cr = false;
		n = line_length(*bytes, *length);
		if (n > parser->max_event ||
			parser->line.len + parser->data.len + n > parser->max_event)
			return SSE_TOO_LONG;
		appendBinaryStringInfo(&parser->line, *bytes, n);
		*bytes += n;
		*length -= n;
		if (*length == 0)
			break;
		parser->after_cr = **bytes == '\r';
		(*bytes)++;
		(*length)--;
		if (take_line(parser, event))
			return SSE_EVENT;
	}
	return SSE_MORE;
}

bool
sse_finish(SseParser *parser, SseEvent *event)
{
	if (parser->given)
		begin_event(parser);
	if (parser->line.len > 0)
		(void) take_line(parser, event);
	if (!parser->has_data)
		return false;
	give_event(parser, event);
	return true;
}
