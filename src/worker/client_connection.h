/*-------------------------------------------------------------------------
 *
 * client_connection.h
 *		What the two files of the client share: client.c (calls and events)
 *		and client_connection.c (the channel to the dispatcher).
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_CLIENT_CONNECTION_H
#define SYNTHIK_CLIENT_CONNECTION_H

#include "lib/ilist.h"
#include "utils/resowner.h"
#include "worker/client.h"
#include "worker/protocol.h"

/* A call in flight. */
typedef struct ClientCall
{
	dlist_node	node;
	uint32		id;				/* the caller's */
	uint32		serial;			/* on the wire */
	bool		stream;
	bool		handed_over;	/* the dispatcher has got, or may get, all of it */
	int			status;
	StringInfoData body;		/* so far, unless it is streamed */
	HttpEvent	done;			/* to be given behind the body */
} ClientCall;

struct HttpClient
{
	MemoryContext memory;
	MemoryContextCallback reset;
	ResourceOwner owner;
	Channel		channel;		/* segment is NULL: not connected */
	bool		lost;			/* the dispatcher has gone */
	uint32		last_serial;
	dlist_head	calls;
	ClientCall *finished;		/* its DONE comes next */
	List	   *left;			/* of HttpEvent *, of a dispatcher that has gone */
};

/* client_connection.c */
extern void client_need_connection(HttpClient *client);
extern void client_disconnect(HttpClient *client);

/* client.c: the next event that is there, without waiting; or false. */
extern bool client_take_next(HttpClient *client, HttpEvent *event);

#endif							/* SYNTHIK_CLIENT_CONNECTION_H */
