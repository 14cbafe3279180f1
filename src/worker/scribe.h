/*-------------------------------------------------------------------------
 *
 * scribe.h
 *		What the scribe of a database and its clients share: where it is, and
 *		what they say to each other.
 *
 * There is one scribe per database, started by the first client.  A client
 * makes a DSM segment with two queues, hands it over, and then asks one thing
 * at a time.  Messages are in the form of libpq/pqformat.h; a text is its
 * length as 32 bits, -1 for NULL, and its bytes.
 *
 *	request		one byte, a ScribeCommand, and
 *	 RESERVE	role 4, login role 4, hash 32, model, endpoint, columns (texts),
 *				sample rows 4, reserved input tokens 8, output tokens 8, USD 8,
 *				call's budget 8, spent by it 8, budget 8 (floats; -1: none), its
 *				period (text)
 *	 SETTLE		id 8, outcome (text), usage known 1, input 8, cached 8, cache
 *				written 8, output 8, USD 8, seconds 8, retries 4, rows 4, valid 4
 *	 FIND		role 4, hash 32, occurrence 4, lifetime in seconds 4
 *	 STORE		role 4, hash 32, occurrence 4, id 8, and the answer's bytes
 *	 CONSUME	role 4, hash 32, first occurrence 4, how many 4
 *	 PURGE		role 4, of all roles 1, timestamp 8
 *
 *	reply		one byte, a ScribeStatus, and after ERROR
 *				SQLSTATE 4, message, detail, hint (texts); after OK, for
 *	 RESERVE	id 8
 *	 SETTLE		whether there is such an entry 1
 *	 FIND		whether there is one 1, and the answer's bytes
 *	 PURGE		rows removed 8; 0: there are no more
 *
 * Whoever changes any of this changes SCRIBE_TABLE, too: a session may have
 * loaded another version of the library than the scribe did.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_SCRIBE_H
#define SYNTHIK_SCRIBE_H

#include "lib/stringinfo.h"
#include "storage/dsm.h"

#define SCRIBE_TABLE "synthik scribes 3"
#define SCRIBE_MAGIC 0x53796e53
#define SCRIBE_QUEUE_SIZE 16384
#define SCRIBE_KEY_REQUESTS 0
#define SCRIBE_KEY_REPLIES 1

typedef enum ScribeCommand
{
	SCRIBE_RESERVE = 1, SCRIBE_SETTLE, SCRIBE_FIND, SCRIBE_STORE, SCRIBE_PURGE,
	SCRIBE_CONSUME
} ScribeCommand;

typedef enum ScribeStatus
{
	SCRIBE_OK = 1, SCRIBE_ERROR
} ScribeStatus;

/* Databases that can have a scribe at one time: the table is to stay within
 * 256 bytes of what the server has to spare. */
#define SCRIBE_MAX_DATABASES 15

/* The process that is the scribe of this database, or 0. */
extern pid_t scribe_pid(void);

/* Whether there is a place for another scribe. */
extern bool scribe_has_place(void);

/* Puts a segment before the scribe of this database; false where it has yet
 * to take another one.  No scribe: true, and *pid is 0. */
extern bool scribe_offer(dsm_handle segment, pid_t *pid);

/* Does what the request of a session asks for, within a transaction that the
 * caller has started, and adds to the reply what follows OK.  Throws. */
extern void scribe_execute(int session, StringInfo request, StringInfo reply, int64 *reserved);

/* Takes back a reservation whose client has gone without hearing of it. */
extern void scribe_withdraw(int64 id);

/* Settles the open calls of a session whose statement is over. */
extern void scribe_settle_cancelled(int64 session);

/* Settles open calls whose session, or its transaction, is gone. */
extern void scribe_settle_lost(int64 unused);

extern void scribe_put_text(StringInfo message, const char *text);
extern char *scribe_get_text(StringInfo message);

#endif							/* SYNTHIK_SCRIBE_H */
