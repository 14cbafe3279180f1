/*-------------------------------------------------------------------------
 *
 * client_connection.c
 *		A client's channel to the dispatcher: made, lost, and made anew.
 *
 * A client connects when something is first to be sent.  Its channel's
 * segment belongs to the resource owner that was current when the client was
 * opened, so an abort detaches it at once, even where the memory lives on;
 * otherwise a callback of the memory context does.
 *
 * When the queues turn out to be detached, the dispatcher has gone: each call
 * in flight ends with a FAILED event, and after those the next submission
 * connects anew.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include "worker/client_connection.h"
#include "utils/memutils.h"

#define CONNECT_TRIES	5

/* ---- opening and closing --------------------------------------------------- */

/* However it comes about. */
static void
on_channel_detach(dsm_segment *segment, Datum argument)
{
	HttpClient *client = (HttpClient *) DatumGetPointer(argument);

	explicit_bzero(client->channel.slot->text, CHANNEL_SECRET);
	client->channel.segment = NULL;
	client->lost = true;
}

void
client_disconnect(HttpClient *client)
{
	if (client->channel.segment)
	{
		shm_mq_detach(client->channel.requests);
		shm_mq_detach(client->channel.events);
		dsm_detach(client->channel.segment);
	}
	client->lost = false;
}

static void
on_memory_reset(void *argument)
{
	HttpClient *client = argument;

	if (client->channel.segment)
		dsm_detach(client->channel.segment);
}

HttpClient *
http_client_open(void)
{
	MemoryContext memory = AllocSetContextCreate(CurrentMemoryContext, "synthik HTTP client",
												 ALLOCSET_DEFAULT_SIZES);
	HttpClient *client = MemoryContextAllocZero(memory, sizeof(HttpClient));

	client->memory = memory;
	client->owner = CurrentResourceOwner;
	dlist_init(&client->calls);
	client->reset.func = on_memory_reset;
	client->reset.arg = client;
	MemoryContextRegisterResetCallback(memory, &client->reset);
	return client;
}

bool
http_client_connected(const HttpClient *client)
{
	return client->channel.segment != NULL;
}

void
http_client_close(HttpClient *client)
{
	client_disconnect(client);
	MemoryContextDelete(client->memory);
}

/* ---- connecting ------------------------------------------------------------ */

static void
make_channel(HttpClient *client)
{
	MemoryContext old = MemoryContextSwitchTo(client->memory);
	ResourceOwner old_owner = CurrentResourceOwner;

	CurrentResourceOwner = client->owner;
	PG_TRY();
	{
		channel_create(&client->channel);
	}
	PG_FINALLY();
	{
		CurrentResourceOwner = old_owner;
	}
	PG_END_TRY();
	on_dsm_detach(client->channel.segment, on_channel_detach, PointerGetDatum(client));
	MemoryContextSwitchTo(old);
}

/*
 * The dispatcher's first message says that it has the channel: from then on
 * its end shows as a detached queue.  Until then only the shared state tells.
 */
static bool
await_welcome(HttpClient *client, uint32 generation)
{
	for (;;)
	{
		bool		alive = dispatcher_alive(generation);
		Size		length;
		void	   *message;

		switch (shm_mq_receive(client->channel.events, &length, &message, true))
		{
			case SHM_MQ_SUCCESS:
				return true;
			case SHM_MQ_DETACHED:
				return false;
			case SHM_MQ_WOULD_BLOCK:
				break;
		}
		if (!alive)
			return false;
		dispatcher_nap(100);
	}
}

static bool
try_to_connect(HttpClient *client)
{
	uint32		generation = dispatcher_ensure();

	make_channel(client);
	while (!dispatcher_offer(generation, dsm_segment_handle(client->channel.segment)))
	{
		if (!dispatcher_alive(generation))
			return false;
		dispatcher_nap(10);
	}
	return await_welcome(client, generation);
}

static void
connect_client(HttpClient *client)
{
	for (int i = 0; i < CONNECT_TRIES; i++)
	{
		if (try_to_connect(client))
			return;
		client_disconnect(client);
	}
	ereport(ERROR,
			(errcode(ERRCODE_CONNECTION_FAILURE),
			 errmsg("synthik's dispatcher cannot be reached")));
}

static bool
is_lost(const HttpClient *client)
{
	return client->lost ||
		(client->channel.segment &&
		 pg_atomic_read_u32(&client->channel.slot->state) == SECRET_CLOSED);
}

/*
 * Keeps what a dispatcher that has gone has said of its calls, and that the
 * others have failed, to be told by and by: calls that are submitted meanwhile
 * are another dispatcher's.
 */
static void
leave_dispatcher(HttpClient *client)
{
	MemoryContext old = MemoryContextSwitchTo(client->memory);
	List	   *left = NIL;
	HttpEvent	event;

	while (client_take_next(client, &event))
	{
		HttpEvent  *copy = palloc(sizeof(HttpEvent));

		*copy = event;
		if (event.data)
			copy->data = memcpy(palloc(event.length + 1), event.data, event.length);
		left = lappend(left, copy);
	}
	client->left = left;
	MemoryContextSwitchTo(old);
}

/* A dispatcher that went while nothing was in flight is none to speak of. */
void
client_need_connection(HttpClient *client)
{
	if (client->left == NIL && is_lost(client))
		leave_dispatcher(client);
	if (!dlist_is_empty(&client->calls))
		return;
	if (is_lost(client))
		client_disconnect(client);
	if (client->channel.segment == NULL)
	{
		client->lost = false;
		connect_client(client);
	}
}
