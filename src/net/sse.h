/*-------------------------------------------------------------------------
 *
 * sse.h
 *		Server-sent events: from bytes, as they come, to events.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_SSE_H
#define SYNTHIK_SSE_H

#include "lib/stringinfo.h"

typedef struct SseParser
{
	size_t		max_event;		/* bytes of one event, its lines together */
	StringInfoData line;		/* that has not come to its end */
	StringInfoData name;
	StringInfoData data;
	bool		begun;			/* the first bytes were looked at for a byte order mark */
	bool		after_cr;		/* a line feed now belongs to the line end before */
	bool		has_data;
	bool		given;			/* name and data are of an event that was handed out */
} SseParser;

/* Both end in a NUL byte, and are valid until the next call. */
typedef struct SseEvent
{
	const char *name;			/* "message" where the server names none */
	const char *data;			/* lines joined by line feeds; may hold NUL */
	size_t		length;
} SseEvent;

typedef enum SseResult
{
	SSE_EVENT,					/* there is one */
	SSE_MORE,					/* the bytes are used up */
	SSE_TOO_LONG				/* an event is longer than max_event */
} SseResult;

/* Buffers are palloc'd in the current memory context. */
extern void sse_init(SseParser *parser, size_t max_event);
extern void sse_free(SseParser *parser);

/*
 * Takes bytes from *bytes until an event is complete, and moves *bytes and
 * *length behind what it took.  To be called until it says SSE_MORE.
 */
extern SseResult sse_next(SseParser *parser, const char **bytes, size_t *length,
						  SseEvent *event);

/*
 * At the end of the stream: true where an event was not closed by an empty
 * line.  The standard drops such an event; servers exist that end in this
 * way, so whether it is whole is for the reader to say.
 */
extern bool sse_finish(SseParser *parser, SseEvent *event);

#endif							/* SYNTHIK_SSE_H */
