/*-------------------------------------------------------------------------
 *
 * http_loop.c
 *		Waits for many transfers at one place, and lets libcurl act.
 *
 * libcurl's multi interface, driven by curl_multi_socket_action() from a
 * WaitEventSet that holds the latch, the postmaster's death and the sockets
 * that libcurl names.  A WaitEventSet cannot let go of a socket, so a table
 * of our own says which there are, and the set is made anew when it changes.
 * Callbacks neither palloc nor throw: see http.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include "miscadmin.h"
#include "net/http_transfer.h"
#include "storage/fd.h"
#include "storage/latch.h"
#include "utils/memutils.h"
#include COMPAT_WAIT_EVENT_SET_H

#define MAX_CONNECTIONS 128		/* of a pool */

typedef struct HttpSocket
{
	curl_socket_t fd;
	uint32		events;
	HttpPool   *pool;
} HttpSocket;

static HttpPool pools[2];		/* [allow_private] */
static dlist_head running = DLIST_STATIC_INIT(running);
static HttpSocket *sockets;		/* malloc'd */
static int	nsockets;
static int	sockets_room;
static bool sockets_changed = true;
static WaitEventSet *wait_set;
static int	max_connections;	/* of a pool */

/* ---- signals -------------------------------------------------------------- */

/* Faults of the processor stay, as blocking them is undefined. */
void
http_block_signals(sigset_t *old)
{
	sigset_t	all;

	sigfillset(&all);
	sigdelset(&all, SIGSEGV);
	sigdelset(&all, SIGBUS);
	sigdelset(&all, SIGFPE);
	sigdelset(&all, SIGILL);
	sigdelset(&all, SIGABRT);
	pthread_sigmask(SIG_SETMASK, &all, old);
}

void
http_restore_signals(const sigset_t *old)
{
	pthread_sigmask(SIG_SETMASK, old, NULL);
}

/* ---- what libcurl waits for ----------------------------------------------- */

/* libcurl says which socket of a pool to wait for, and for what. */
static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *argument, void *unused)
{
	int			i;

	for (i = 0; i < nsockets && sockets[i].fd != fd; i++)
		;
	sockets_changed = true;
	if (what == CURL_POLL_REMOVE)
	{
		if (i < nsockets)
			sockets[i] = sockets[--nsockets];
		return 0;
	}
	if (i == sockets_room)
	{
		int			room = Max(sockets_room * 2, 64);
		HttpSocket *grown = realloc(sockets, room * sizeof(HttpSocket));

		if (grown == NULL)
			return -1;
		sockets = grown;
		sockets_room = room;
	}
	nsockets = Max(nsockets, i + 1);
	sockets[i].fd = fd;
	sockets[i].pool = argument;
	sockets[i].events = ((what & CURL_POLL_IN) ? WL_SOCKET_READABLE : 0) |
		((what & CURL_POLL_OUT) ? WL_SOCKET_WRITEABLE : 0);
	return 0;
}

static int
on_timer(CURLM *multi, long timeout_ms, void *argument)
{
	HttpPool   *pool = argument;

	pool->timer_at = timeout_ms < 0 ? 0 :
		TimestampTzPlusMilliseconds(GetCurrentTimestamp(), timeout_ms);
	return 0;
}

static void
init_pool(HttpPool *pool)
{
	long		most = max_connections;

	pool->multi = curl_multi_init();
	if (pool->multi == NULL ||
		curl_multi_setopt(pool->multi, CURLMOPT_SOCKETFUNCTION, on_socket) != CURLM_OK ||
		curl_multi_setopt(pool->multi, CURLMOPT_SOCKETDATA, pool) != CURLM_OK ||
		curl_multi_setopt(pool->multi, CURLMOPT_TIMERFUNCTION, on_timer) != CURLM_OK ||
		curl_multi_setopt(pool->multi, CURLMOPT_TIMERDATA, pool) != CURLM_OK ||
		curl_multi_setopt(pool->multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING) != CURLM_OK ||
		curl_multi_setopt(pool->multi, CURLMOPT_MAXCONNECTS, most) != CURLM_OK ||
		curl_multi_setopt(pool->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, most) != CURLM_OK)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("could not set up HTTP")));
}

/* A third of the descriptors is for users outside of fd.c; see there. */
void
http_init(void)
{
	sigset_t	old;
	CURLcode	code;

	http_block_signals(&old);
	code = curl_global_init(CURL_GLOBAL_DEFAULT);
	http_restore_signals(&old);
	if (code != CURLE_OK)
		ereport(ERROR,
				(errcode(ERRCODE_EXTERNAL_ROUTINE_EXCEPTION),
				 errmsg("could not start libcurl: %s", curl_easy_strerror(code))));
	max_connections = Max(4, Min(MAX_CONNECTIONS, (max_safe_fds / 3 - 16) / lengthof(pools)));
	for (int i = 0; i < lengthof(pools); i++)
		init_pool(&pools[i]);
}

bool
http_has_room(bool allow_private)
{
	return pools[allow_private].running < max_connections;
}

/* ---- transfers ------------------------------------------------------------ */

/* A transfer counts from here on. */
void
http_loop_add(HttpTransfer *transfer)
{
	transfer->pool = &pools[transfer->request.allow_private];
	transfer->pool->running++;
	dlist_push_tail(&running, &transfer->node);
}

/* Gives it to libcurl, with all its options set. */
CURLcode
http_loop_run(HttpTransfer *transfer)
{
	CURLMcode	added;
	sigset_t	old;

	http_block_signals(&old);
	added = curl_multi_add_handle(transfer->pool->multi, transfer->easy);
	http_restore_signals(&old);
	return added == CURLM_OK ? CURLE_OK : CURLE_FAILED_INIT;
}

/* Takes a transfer from libcurl, which frees all that it has of it. */
void
http_loop_remove(HttpTransfer *transfer)
{
	sigset_t	old;

	http_block_signals(&old);
	curl_multi_remove_handle(transfer->pool->multi, transfer->easy);
	curl_easy_cleanup(transfer->easy);
	http_restore_signals(&old);
	transfer->easy = NULL;
	transfer->pool->running--;
	dlist_delete(&transfer->node);
}

/* ---- waiting -------------------------------------------------------------- */

static void
rebuild_wait_set(void)
{
	if (wait_set)
		FreeWaitEventSet(wait_set);
	wait_set = NULL;
	wait_set = compat_create_wait_event_set(nsockets + 2);
	AddWaitEventToSet(wait_set, WL_LATCH_SET, PGINVALID_SOCKET, MyLatch, NULL);
	AddWaitEventToSet(wait_set, WL_EXIT_ON_PM_DEATH, PGINVALID_SOCKET, NULL, NULL);
	for (int i = 0; i < nsockets; i++)
		if (sockets[i].events)
			AddWaitEventToSet(wait_set, sockets[i].events, sockets[i].fd, NULL, NULL);
	sockets_changed = false;
}

static void
act(HttpPool *pool, curl_socket_t fd, int what)
{
	sigset_t	old;
	CURLMcode	code;
	int			left;

	http_block_signals(&old);
	code = curl_multi_socket_action(pool->multi, fd, what, &left);
	http_restore_signals(&old);
	if (code != CURLM_OK)
		ereport(ERROR,
				(errcode(ERRCODE_EXTERNAL_ROUTINE_EXCEPTION),
				 errmsg("libcurl failed: %s", curl_multi_strerror(code))));
}

/* An action on one socket may have closed another of the same wait. */
static void
act_on_socket(curl_socket_t fd, uint32 events)
{
	for (int i = 0; i < nsockets; i++)
		if (sockets[i].fd == fd)
		{
			act(sockets[i].pool, fd,
				((events & WL_SOCKET_READABLE) ? CURL_CSELECT_IN : 0) |
				((events & WL_SOCKET_WRITEABLE) ? CURL_CSELECT_OUT : 0));
			return;
		}
}

static void
act_on_timers(TimestampTz now)
{
	for (int i = 0; i < lengthof(pools); i++)
		if (pools[i].timer_at != 0 && pools[i].timer_at <= now)
		{
			pools[i].timer_at = 0;
			act(&pools[i], CURL_SOCKET_TIMEOUT, 0);
		}
}

static void
collect_ended(HttpPool *pool)
{
	CURLMsg    *message;
	int			left;

	while ((message = curl_multi_info_read(pool->multi, &left)) != NULL)
	{
		CURLcode	code = message->data.result;
		HttpTransfer *transfer;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **) &transfer);
		http_end_transfer(transfer, code);
	}
}

/* When a transfer counts as stalled; a paused one waits for us. */
static TimestampTz
stalled_at(const HttpTransfer *transfer)
{
	if (transfer->request.stall_ms <= 0 || transfer->paused)
		return DT_NOEND;
	return TimestampTzPlusMilliseconds(transfer->last_byte, transfer->request.stall_ms);
}

static void
end_stalled(TimestampTz now)
{
	dlist_mutable_iter i;

	dlist_foreach_modify(i, &running)
	{
		HttpTransfer *transfer = dlist_container(HttpTransfer, node, i.cur);

		if (stalled_at(transfer) <= now)
		{
			transfer->fault = FAULT_STALLED;
			http_end_transfer(transfer, CURLE_OPERATION_TIMEDOUT);
		}
	}
}

/* Milliseconds until something is due here, at most a given time; -1: never. */
static long
time_to_wait(long timeout_ms)
{
	TimestampTz next = DT_NOEND;
	long		due;
	dlist_iter	i;

	for (int p = 0; p < lengthof(pools); p++)
		if (pools[p].timer_at != 0)
			next = Min(next, pools[p].timer_at);
	dlist_foreach(i, &running)
		next = Min(next, stalled_at(dlist_container(HttpTransfer, node, i.cur)));
	if (next == DT_NOEND)
		return timeout_ms;
	due = TimestampDifferenceMilliseconds(GetCurrentTimestamp(), next);
	return timeout_ms < 0 ? due : Min(due, timeout_ms);
}

void
http_wait(long timeout_ms, uint32 wait_event)
{
	WaitEvent	events[64];
	int			n;
	TimestampTz now;

	if (sockets_changed)
		rebuild_wait_set();
	n = WaitEventSetWait(wait_set, time_to_wait(timeout_ms), events, lengthof(events), wait_event);
	for (int i = 0; i < n; i++)
		if (events[i].events & (WL_SOCKET_READABLE | WL_SOCKET_WRITEABLE))
			act_on_socket(events[i].fd, events[i].events);
	now = GetCurrentTimestamp();
	act_on_timers(now);
	for (int i = 0; i < lengthof(pools); i++)
		collect_ended(&pools[i]);
	end_stalled(now);
}
