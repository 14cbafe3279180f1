/*-------------------------------------------------------------------------
 *
 * protocol.h
 *		What backends and the dispatcher say to each other, and where.
 *
 * A backend that wants to make calls sees to it that there is a dispatcher,
 * makes a channel (a dynamic shared memory segment with two queues), and
 * puts its handle into the dispatcher's inbox.  Messages begin with a
 * WireHeader; integers are in the machine's own order.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_PROTOCOL_H
#define SYNTHIK_PROTOCOL_H

#include "port/atomics.h"
#include "storage/dsm.h"
#include "storage/latch.h"
#include "storage/shm_mq.h"
#include "storage/spin.h"
#include "utils/timestamp.h"

/* To be raised whenever a message or the channel changes its form. */
#define DISPATCHER_PROTOCOL 2

/* ---- the dispatcher's place in shared memory ------------------------------- */

#define DISPATCHER_INBOX 32

/*
 * A change of this struct needs another name (see protocol.c): memory under
 * a name keeps its size until the server restarts.
 */
typedef struct DispatcherShared
{
	slock_t		mutex;			/* over all that follows */
	int32		protocol;		/* of the dispatcher that is there */
	int32		wanted;			/* a newer one, whose backends ask for room */
	pid_t		pid;			/* 0: there is none */
	uint32		generation;		/* counts dispatchers */
	int32		ninbox;
	Latch	   *latch;			/* the dispatcher's, or NULL */
	TimestampTz starting;		/* when somebody began to start one; 0: nobody */
	dsm_handle	inbox[DISPATCHER_INBOX];	/* channels to be attached to */
} DispatcherShared;

StaticAssertDecl(sizeof(DispatcherShared) <= 256, "the slop of shared memory is for everybody");

extern DispatcherShared *dispatcher_shared(void);

/*
 * Waits until there is a dispatcher of our protocol, starting one where
 * needed, and returns its generation.  Throws where that cannot be.
 */
extern uint32 dispatcher_ensure(void);

/* Whether the dispatcher of a generation still takes channels. */
extern bool dispatcher_alive(uint32 generation);

/* Puts a channel into the inbox; false if it is full or the dispatcher gone. */
extern bool dispatcher_offer(uint32 generation, dsm_handle channel);

/* A backend waits for its latch, at most so long (-1: whatever it takes). */
extern void dispatcher_nap(long ms);

/* ---- channels --------------------------------------------------------------- */

#define CHANNEL_QUEUE	(64 * 1024)
#define CHANNEL_SECRET	(16 * 1024)

typedef enum SecretState
{
	SECRET_FREE, SECRET_FULL, SECRET_CLOSED
} SecretState;

/*
 * Secrets do not travel in a queue, which keeps what was read until it is
 * overwritten.  They lie here until the dispatcher has read the WIRE_CALL
 * that they belong to, and are wiped by it.
 */
typedef struct SecretSlot
{
	pg_atomic_uint32 state;
	char		text[CHANNEL_SECRET];	/* ends in a NUL byte */
} SecretSlot;

typedef struct Channel
{
	dsm_segment *segment;
	shm_mq_handle *requests;	/* to the dispatcher */
	shm_mq_handle *events;		/* from it */
	SecretSlot *slot;
} Channel;

/* Handles are palloc'd; the segment belongs to the current resource owner. */
extern void channel_create(Channel *channel);

/* The dispatcher's end; false if the backend is gone already. */
extern bool channel_attach(Channel *channel, dsm_handle handle);

/* The dispatcher: takes the secret away; palloc'd, or NULL if there is none. */
extern char *channel_take_secret(Channel *channel);

/* ---- messages --------------------------------------------------------------- */

#define WIRE_PIECE		(32 * 1024) /* bytes of a request's body in a message */
#define WIRE_MAX_CALL	(48 * 1024) /* a WIRE_CALL and its strings */
#define WIRE_MAX_BODY	(256 * 1024 * 1024) /* of requests and responses */

typedef enum WireKind
{
	/* to the dispatcher */
	WIRE_CALL = 1,				/* WireCall; its body follows in pieces */
	WIRE_BODY,					/* a piece */
	WIRE_CANCEL,
	WIRE_PAUSE,					/* WirePause */
	/* from it */
	WIRE_WELCOME,				/* the first one */
	WIRE_HEAD,					/* WireHead */
	WIRE_DATA,					/* bytes of the response's body */
	WIRE_DONE,					/* WireEnd */
	WIRE_FAILED					/* WireEnd and the problem, with its NUL byte */
} WireKind;

/* Serials are a channel's own; a call that is submitted again has another. */
typedef struct WireHeader
{
	uint32		kind;
	uint32		serial;
} WireHeader;

/* Behind it, each with its NUL byte: endpoint, URL, file of certificates ("":
 * the system's), headers. */
typedef struct WireCall
{
	WireHeader	header;
	TimestampTz not_before;
	int64		body_length;
	int64		max_response_bytes;
	int32		max_concurrency;
	int32		timeout_ms;
	int32		stall_ms;
	int32		nheaders;
	bool		has_body;
	bool		has_secret;
	bool		allow_http;
	bool		allow_private;
} WireCall;

/* Behind it the endpoint, with its NUL byte. */
typedef struct WirePause
{
	WireHeader	header;
	TimestampTz until;
} WirePause;

/* Behind it the headers, with a NUL byte. */
typedef struct WireHead
{
	WireHeader	header;
	int32		status;
} WireHead;

typedef struct WireEnd
{
	WireHeader	header;
	int32		status;
	bool		sent;
	bool		permanent;
	double		seconds;
} WireEnd;

#endif							/* SYNTHIK_PROTOCOL_H */
