/*-------------------------------------------------------------------------
 *
 * client.c
 *		HTTP calls through the dispatcher, as a backend sees them: sent, and
 *		what is said of them.
 *
 * client_connection.c has the channel.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include "miscadmin.h"
#include "worker/client_connection.h"

#define DEFAULT_TIMEOUT (600 * 1000)

/* ---- sending --------------------------------------------------------------- */

/* False when the dispatcher has gone. */
static bool
send_parts(HttpClient *client, const void *head, size_t head_length,
		   const char *bytes, size_t length)
{
	shm_mq_iovec parts[2] = {{head, head_length}, {bytes, length}};

	if (!client->lost && client->channel.segment &&
		shm_mq_sendv(client->channel.requests, parts, length > 0 ? 2 : 1,
					 false, true) == SHM_MQ_SUCCESS)
		return true;
	client->lost = true;
	return false;
}

/* The slot is empty as soon as the dispatcher has read the call before. */
static bool
put_secret(HttpClient *client, const char *secret)
{
	SecretSlot *slot;

	while (!client->lost && client->channel.segment)
	{
		uint32		state;

		slot = client->channel.slot;
		state = pg_atomic_read_u32(&slot->state);
		if (state == SECRET_CLOSED)
			break;
		if (state == SECRET_FREE)
		{
			memcpy(slot->text, secret, strlen(secret) + 1);
			pg_memory_barrier();
			pg_atomic_write_u32(&slot->state, SECRET_FULL);
			return true;
		}
		dispatcher_nap(1);
	}
	client->lost = true;
	return false;
}

/* A line of its own, and nothing that could begin another. */
static void
check_header(const char *header, bool secret)
{
	const char *colon = strchr(header, ':');

	for (const char *at = header; *at; at++)
		if (((unsigned char) *at < ' ' && *at != '\t') || *at == 0x7F)
			colon = NULL;
	if (colon == NULL || colon == header)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 secret ? errmsg("a key holds a character that a header cannot hold") :
				 errmsg("\"%s\" is not an HTTP header", header)));
}

static void
check_call(HttpClient *client, const HttpCall *call)
{
	ListCell   *cell;
	dlist_iter	i;

	foreach(cell, call->headers)
		check_header(lfirst(cell), false);
	if (call->secret_header)
	{
		check_header(call->secret_header, true);
		if (strlen(call->secret_header) >= CHANNEL_SECRET)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("a key is longer than %d bytes", CHANNEL_SECRET - 1)));
	}
	if (call->body_length > WIRE_MAX_BODY)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a request has %zu bytes, but can have %d at most",
						call->body_length, WIRE_MAX_BODY)));
	dlist_foreach(i, &client->calls)
		if (dlist_container(ClientCall, node, i.cur)->id == call->id)
			elog(ERROR, "HTTP call %u is in flight already", call->id);
}

static void
append_string(StringInfo message, const char *string)
{
	appendBinaryStringInfo(message, string, strlen(string) + 1);
}

static void
build_message(StringInfo message, const HttpCall *call, uint32 serial)
{
	WireCall	wire = {.header = {WIRE_CALL, serial}};
	ListCell   *cell;

	wire.not_before = call->not_before;
	wire.body_length = call->body_length;
	wire.max_response_bytes = call->max_response_bytes > 0 ?
		call->max_response_bytes : WIRE_MAX_BODY;
	wire.max_concurrency = call->max_concurrency;
	wire.timeout_ms = call->timeout_ms > 0 ? call->timeout_ms : DEFAULT_TIMEOUT;
	wire.stall_ms = call->stream ? call->stall_ms : 0;
	wire.nheaders = list_length(call->headers);
	wire.has_body = call->body != NULL;
	wire.has_secret = call->secret_header != NULL;
	wire.allow_http = call->allow_http;
	wire.allow_private = call->allow_private;

	initStringInfo(message);
	appendBinaryStringInfo(message, (char *) &wire, sizeof(wire));
	append_string(message, call->endpoint);
	append_string(message, call->url);
	append_string(message, call->ca_file ? call->ca_file : "");
	foreach(cell, call->headers)
		append_string(message, lfirst(cell));
	if (message->len > WIRE_MAX_CALL)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("URL and headers of a request have more than %d bytes", WIRE_MAX_CALL)));
}

static bool
send_body(HttpClient *client, uint32 serial, const char *body, size_t length)
{
	WireHeader	header = {WIRE_BODY, serial};

	for (size_t at = 0; at < length; at += WIRE_PIECE)
		if (!send_parts(client, &header, sizeof(header), body + at,
						Min(length - at, WIRE_PIECE)))
			return false;
	return true;
}

static ClientCall *
add_call(HttpClient *client, const HttpCall *call)
{
	ClientCall *added = MemoryContextAllocZero(client->memory, sizeof(ClientCall));

	added->id = call->id;
	added->serial = ++client->last_serial;
	added->stream = call->stream;
	dlist_push_tail(&client->calls, &added->node);
	return added;
}

/*
 * Where the dispatcher goes away meanwhile, http_client_wait() says so, as it
 * does of calls that were submitted before.
 */
void
http_client_submit(HttpClient *client, const HttpCall *call)
{
	StringInfoData message;
	ClientCall *added;

	check_call(client, call);
	build_message(&message, call, client->last_serial + 1);
	client_need_connection(client);
	added = add_call(client, call);
	added->handed_over =
		(call->secret_header == NULL || put_secret(client, call->secret_header)) &&
		send_parts(client, message.data, message.len, NULL, 0) &&
		send_body(client, added->serial, call->body, call->body_length);
	pfree(message.data);
}

void
http_client_pause(HttpClient *client, const char *endpoint, TimestampTz until)
{
	WirePause	wire = {.header = {WIRE_PAUSE, 0}, .until = until};

	client_need_connection(client);
	(void) send_parts(client, &wire, sizeof(wire), endpoint, strlen(endpoint) + 1);
}

/* ---- receiving ------------------------------------------------------------- */

static void
forget_call(ClientCall *call)
{
	dlist_delete(&call->node);
	if (call->body.data)
		pfree(call->body.data);
	pfree(call);
}

void
http_client_cancel(HttpClient *client, uint32 id)
{
	WireHeader	wire = {WIRE_CANCEL};
	dlist_mutable_iter i;

	dlist_foreach_modify(i, &client->calls)
	{
		ClientCall *call = dlist_container(ClientCall, node, i.cur);

		if (call->id != id)
			continue;
		wire.serial = call->serial;
		if (client->finished == call)
			client->finished = NULL;
		else
			(void) send_parts(client, &wire, sizeof(wire), NULL, 0);
		forget_call(call);
	}
}

static ClientCall *
find_call(HttpClient *client, uint32 serial)
{
	dlist_iter	i;

	dlist_foreach(i, &client->calls)
	{
		ClientCall *call = dlist_container(ClientCall, node, i.cur);

		if (call->serial == serial)
			return call;
	}
	return NULL;
}

static bool
take_head(ClientCall *call, const char *message, HttpEvent *event)
{
	const WireHead *wire = (const WireHead *) message;

	call->status = wire->status;
	event->kind = HTTP_EVENT_HEAD;
	event->headers = pstrdup(message + sizeof(WireHead));
	return true;
}

static bool
take_data(HttpClient *client, ClientCall *call, const char *message, Size length,
		  HttpEvent *event)
{
	const char *bytes = message + sizeof(WireHeader);

	length -= sizeof(WireHeader);
	if (!call->stream)
	{
		if (call->body.data == NULL)
		{
			MemoryContext old = MemoryContextSwitchTo(client->memory);

			initStringInfo(&call->body);
			MemoryContextSwitchTo(old);
		}
		appendBinaryStringInfo(&call->body, bytes, length);
		return false;
	}
	event->kind = HTTP_EVENT_DATA;
	event->data = bytes;
	event->length = length;
	return true;
}

/* A body that was collected is given first. */
static bool
take_done(HttpClient *client, ClientCall *call, const char *message, HttpEvent *event)
{
	event->kind = HTTP_EVENT_DONE;
	event->seconds = ((const WireEnd *) message)->seconds;
	if (call->body.data == NULL)
	{
		forget_call(call);
		return true;
	}
	call->done = *event;
	client->finished = call;
	event->kind = HTTP_EVENT_DATA;
	event->data = call->body.data;
	event->length = call->body.len;
	return true;
}

static bool
take_failed(ClientCall *call, const char *message, HttpEvent *event)
{
	const WireEnd *wire = (const WireEnd *) message;

	event->kind = HTTP_EVENT_FAILED;
	event->problem = pstrdup(message + sizeof(WireEnd));
	event->sent = wire->sent;
	event->permanent = wire->permanent;
	event->seconds = wire->seconds;
	forget_call(call);
	return true;
}

/* True if a message is an event for the caller. */
static bool
take_message(HttpClient *client, const char *message, Size length, HttpEvent *event)
{
	const WireHeader *header = (const WireHeader *) message;
	ClientCall *call = find_call(client, header->serial);

	if (call == NULL)
		return false;			/* cancelled */
	memset(event, 0, sizeof(*event));
	event->id = call->id;
	if (header->kind == WIRE_HEAD)
		call->status = ((const WireHead *) message)->status;
	event->status = call->status;
	switch ((WireKind) header->kind)
	{
		case WIRE_HEAD:
			return take_head(call, message, event);
		case WIRE_DATA:
			return take_data(client, call, message, length, event);
		case WIRE_DONE:
			return take_done(client, call, message, event);
		case WIRE_FAILED:
			return take_failed(call, message, event);
		default:
			elog(ERROR, "synthik's dispatcher sent a message of kind %u", header->kind);
	}
}

/* The dispatcher has gone: each call has failed. */
static bool
take_loss(HttpClient *client, HttpEvent *event)
{
	ClientCall *call;

	if (dlist_is_empty(&client->calls))
	{
		client_disconnect(client);
		return false;
	}
	call = dlist_head_element(ClientCall, node, &client->calls);
	memset(event, 0, sizeof(*event));
	event->kind = HTTP_EVENT_FAILED;
	event->id = call->id;
	event->status = call->status;
	event->problem = pstrdup("the dispatcher went away");
	event->sent = call->handed_over;
	forget_call(call);
	return true;
}

bool
client_take_next(HttpClient *client, HttpEvent *event)
{
	if (client->left != NIL)
	{
		*event = *(HttpEvent *) linitial(client->left);
		client->left = list_delete_first(client->left);
		return true;
	}
	if (client->finished)
	{
		*event = client->finished->done;
		forget_call(client->finished);
		client->finished = NULL;
		return true;
	}
	/* What was said before the dispatcher went still counts. */
	while (client->channel.segment)
	{
		Size		length;
		void	   *message;

		switch (shm_mq_receive(client->channel.events, &length, &message, true))
		{
			case SHM_MQ_SUCCESS:
				if (take_message(client, message, length, event))
					return true;
				break;
			case SHM_MQ_WOULD_BLOCK:
				return false;
			case SHM_MQ_DETACHED:
				return take_loss(client, event);
		}
	}
	return client->lost && take_loss(client, event);
}

bool
http_client_wait(HttpClient *client, HttpEvent *event, long timeout_ms)
{
	TimestampTz until = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), Max(timeout_ms, 0));

	CHECK_FOR_INTERRUPTS();
	while (!client_take_next(client, event))
	{
		long		left = -1;

		if (timeout_ms >= 0)
		{
			left = TimestampDifferenceMilliseconds(GetCurrentTimestamp(), until);
			if (left <= 0)
				return false;
		}
		else if (dlist_is_empty(&client->calls))
			return false;
		dispatcher_nap(left);
	}
	return true;
}
