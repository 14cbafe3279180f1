/*-------------------------------------------------------------------------
 *
 * http.c
 *		Many HTTP transfers at a time, in a process that waits at one place.
 *
 * libcurl's multi interface, driven by curl_multi_socket_action() from a
 * WaitEventSet that holds the latch, the postmaster's death and the sockets
 * that libcurl names.  A WaitEventSet cannot let go of a socket, so a table
 * of our own says which there are, and the set is made anew when it changes.
 *
 * Rules of this file:
 *
 * - Callbacks of libcurl neither palloc nor throw: an error that jumped over
 *   libcurl's frames would leave its handles broken.  They note what is wrong
 *   (HttpFault) and return libcurl's error.  What arrives goes to malloc'd
 *   buffers with a cap.
 * - libcurl resolves names in threads, which inherit the signal mask.  A
 *   handler of ours must not run in one, so signals are blocked around every
 *   call of libcurl that may start a thread.
 * - The body is given by a callback that cannot rewind: otherwise libcurl
 *   would send a request again on its own when a connection that was kept
 *   from an earlier one dies, and the server might do, and charge, it twice.
 * - Addresses are judged when a connection is opened, not when it is used
 *   again.  Hence transfers that may reach private addresses have
 *   connections of their own, which no other transfer can get.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include <curl/curl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/ilist.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "storage/latch.h"
#include "util/address.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include COMPAT_WAIT_EVENT_SET_H
#include "net/http.h"

#define CONNECT_MS		10000
#define MAX_CONNECTIONS 128		/* of a pool */
#define HEAD_CAP		(64 * 1024)
#define BODY_CAP		(256 * 1024)	/* kept at most, before a transfer pauses */
#define PROBLEM_SIZE	(CURL_ERROR_SIZE + 128)

/* Transfers that share connections. */
typedef struct HttpPool
{
	CURLM	   *multi;
	int			running;		/* transfers */
	TimestampTz timer_at;		/* when libcurl wants to be called; 0: not */
} HttpPool;

typedef enum HttpFault
{
	FAULT_NONE, FAULT_ADDRESS, FAULT_TOO_LARGE, FAULT_HEAD_TOO_LARGE, FAULT_MEMORY,
	FAULT_DESCRIPTORS, FAULT_STALLED
} HttpFault;

/* Malloc'd; begin is where what has not been taken begins. */
typedef struct HttpBuffer
{
	char	   *data;
	size_t		begin;
	size_t		end;
	size_t		room;
} HttpBuffer;

struct HttpTransfer
{
	dlist_node	node;			/* in running, until it ends */
	HttpPool   *pool;
	HttpRequest request;
	CURL	   *easy;			/* NULL once it has ended */
	struct curl_slist *header_list;
	size_t		uploaded;

	int			status;
	HttpBuffer	head;
	bool		head_done;
	HttpBuffer	body;
	int64		received;
	bool		paused;
	TimestampTz last_byte;

	HttpFault	fault;
	char		address[64];	/* of FAULT_ADDRESS */
	HttpEnd		end;			/* valid once easy is NULL */
	char		problem[PROBLEM_SIZE];
};

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
static void
block_signals(sigset_t *old)
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

static void
restore_signals(const sigset_t *old)
{
	pthread_sigmask(SIG_SETMASK, old, NULL);
}

/* ---- callbacks of libcurl: no palloc, no ereport -------------------------- */

/* False where there is no memory. */
static bool
buffer_append(HttpBuffer *buffer, const char *bytes, size_t n)
{
	if (buffer->begin == buffer->end)
		buffer->begin = buffer->end = 0;
	if (buffer->end + n > buffer->room && buffer->begin > 0)
	{
		memmove(buffer->data, buffer->data + buffer->begin, buffer->end - buffer->begin);
		buffer->end -= buffer->begin;
		buffer->begin = 0;
	}
	if (buffer->end + n > buffer->room)
	{
		size_t		room = Max(buffer->end + n, Max(buffer->room * 2, 1024));
		char	   *data = realloc(buffer->data, room);

		if (data == NULL)
			return false;
		buffer->data = data;
		buffer->room = room;
	}
	memcpy(buffer->data + buffer->end, bytes, n);
	buffer->end += n;
	return true;
}

/* The name in lower case; lines that are none of "name: value" are left out. */
static void
keep_header(HttpTransfer *transfer, char *line, size_t n)
{
	char	   *colon = memchr(line, ':', n);

	while (n > 0 && (line[n - 1] == '\r' || line[n - 1] == '\n' || line[n - 1] == ' '))
		n--;
	if (colon == NULL || colon == line || line[0] == ' ' || line[0] == '\t')
		return;
	if (transfer->head.end + n + 1 > HEAD_CAP)
		transfer->fault = FAULT_HEAD_TOO_LARGE;
	else if (!buffer_append(&transfer->head, line, n) ||
			 !buffer_append(&transfer->head, "\n", 1))
		transfer->fault = FAULT_MEMORY;
	else
	{
		char	   *name = transfer->head.data + transfer->head.end - n - 1;

		for (; *name != ':'; name++)
			*name = pg_ascii_tolower((unsigned char) *name);
	}
}

/* Called with one line; interim responses (1xx) come before the one asked for. */
static size_t
on_header(char *line, size_t size, size_t n, void *argument)
{
	HttpTransfer *transfer = argument;

	n *= size;
	transfer->last_byte = GetCurrentTimestamp();
	if (transfer->head_done)
		return n;				/* a trailer */
	if (n > 5 && memcmp(line, "HTTP/", 5) == 0)
	{
		char	   *space = memchr(line, ' ', n);

		transfer->head.end = 0;
		transfer->status = space ? atoi(space) : 0;
	}
	else if (line[0] == '\r' || line[0] == '\n')
		transfer->head_done = transfer->status >= 200 || transfer->status == 101;
	else
		keep_header(transfer, line, n);
	return transfer->fault == FAULT_NONE ? n : 0;
}

static size_t
on_body(char *bytes, size_t size, size_t n, void *argument)
{
	HttpTransfer *transfer = argument;

	n *= size;
	transfer->last_byte = GetCurrentTimestamp();
	if (transfer->received + (int64) n > transfer->request.max_response_bytes)
		transfer->fault = FAULT_TOO_LARGE;
	else if (transfer->body.end - transfer->body.begin + n > BODY_CAP)
	{
		transfer->paused = true;
		return CURL_WRITEFUNC_PAUSE;
	}
	else if (!buffer_append(&transfer->body, bytes, n))
		transfer->fault = FAULT_MEMORY;
	if (transfer->fault != FAULT_NONE)
		return 0;
	transfer->received += n;
	return n;
}

static size_t
on_upload(char *room, size_t size, size_t n, void *argument)
{
	HttpTransfer *transfer = argument;
	size_t		left = transfer->request.body_length - transfer->uploaded;

	n = Min(n * size, left);
	memcpy(room, transfer->request.body + transfer->uploaded, n);
	transfer->uploaded += n;
	return n;
}

/* What the server may have seen is not sent again. */
static int
on_rewind(void *argument, curl_off_t offset, int origin)
{
	HttpTransfer *transfer = argument;

	return transfer->uploaded == 0 && offset == 0 && origin == SEEK_SET ?
		CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
}

static curl_socket_t
on_open_socket(void *argument, curlsocktype purpose, struct curl_sockaddr *address)
{
	HttpTransfer *transfer = argument;
	int			fd;

	if (!transfer->request.allow_private && !address_is_public(&address->addr))
	{
		transfer->fault = FAULT_ADDRESS;
		address_print(&address->addr, transfer->address, sizeof(transfer->address));
		return CURL_SOCKET_BAD;
	}
	if (!AcquireExternalFD())
	{
		transfer->fault = FAULT_DESCRIPTORS;
		return CURL_SOCKET_BAD;
	}
	fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
	if (fd < 0)
	{
		ReleaseExternalFD();
		return CURL_SOCKET_BAD;
	}
	return fd;
}

/* Outlives the transfer that opened the socket, so it has no argument. */
static int
on_close_socket(void *argument, curl_socket_t fd)
{
	ReleaseExternalFD();
	return close(fd);
}

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

/* ---- starting ------------------------------------------------------------- */

static void
init_pool(HttpPool *pool)
{
	pool->multi = curl_multi_init();
	if (pool->multi == NULL ||
		curl_multi_setopt(pool->multi, CURLMOPT_SOCKETFUNCTION, on_socket) != CURLM_OK ||
		curl_multi_setopt(pool->multi, CURLMOPT_SOCKETDATA, pool) != CURLM_OK ||
		curl_multi_setopt(pool->multi, CURLMOPT_TIMERFUNCTION, on_timer) != CURLM_OK ||
		curl_multi_setopt(pool->multi, CURLMOPT_TIMERDATA, pool) != CURLM_OK ||
		curl_multi_setopt(pool->multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING) != CURLM_OK ||
		curl_multi_setopt(pool->multi, CURLMOPT_MAXCONNECTS, (long) max_connections) != CURLM_OK ||
		curl_multi_setopt(pool->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long) max_connections) != CURLM_OK)
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

	block_signals(&old);
	code = curl_global_init(CURL_GLOBAL_DEFAULT);
	restore_signals(&old);
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

/* The first option that libcurl refuses, if any, is the transfer's end. */
#define SET(option, value) \
	do { \
		if (code == CURLE_OK) \
			code = curl_easy_setopt(transfer->easy, (option), (value)); \
	} while (0)

static CURLcode
set_rules(HttpTransfer *transfer)
{
	CURLcode	code = CURLE_OK;

	SET(CURLOPT_PROTOCOLS_STR, transfer->request.allow_http ? "https,http" : "https");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	SET(CURLOPT_PROXY, "");		/* and none from the environment */
	SET(CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_USERAGENT, "synthik");
	SET(CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
	SET(CURLOPT_OPENSOCKETDATA, transfer);
	SET(CURLOPT_CLOSESOCKETFUNCTION, on_close_socket);
	SET(CURLOPT_CLOSESOCKETDATA, NULL);
	return code;
}

/*
 * Its peer's certificate is verified in any case.  Some of libcurl's backends
 * know no folder of certificates, so there is none to turn off.
 */
static CURLcode
set_trust(HttpTransfer *transfer)
{
	CURLcode	code = CURLE_OK;

	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	if (transfer->request.ca_file)
		SET(CURLOPT_CAINFO, transfer->request.ca_file);
	if (code != CURLE_OK || transfer->request.ca_file == NULL)
		return code;
	SET(CURLOPT_CAPATH, NULL);
	return code == CURLE_NOT_BUILT_IN || code == CURLE_UNKNOWN_OPTION ? CURLE_OK : code;
}

static CURLcode
set_times(HttpTransfer *transfer)
{
	long		timeout = transfer->request.timeout_ms;
	CURLcode	code = CURLE_OK;

	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_CONNECTTIMEOUT_MS, Min(timeout, (long) CONNECT_MS));
	SET(CURLOPT_TIMEOUT_MS, timeout);
	SET(CURLOPT_TCP_KEEPALIVE, 1L);
	SET(CURLOPT_TCP_KEEPIDLE, 60L);
	SET(CURLOPT_TCP_KEEPINTVL, 30L);
#if LIBCURL_VERSION_NUM >= 0x075700
	/* a resolver that hangs must not hold up who gave up on it */
	SET(CURLOPT_QUICK_EXIT, 1L);
#endif
	return code;
}

static CURLcode
set_streams(HttpTransfer *transfer)
{
	CURLcode	code = CURLE_OK;

	SET(CURLOPT_URL, transfer->request.url);
	SET(CURLOPT_HTTPHEADER, transfer->header_list);
	SET(CURLOPT_PRIVATE, transfer);
	SET(CURLOPT_ERRORBUFFER, transfer->problem);
	SET(CURLOPT_HEADERFUNCTION, on_header);
	SET(CURLOPT_HEADERDATA, transfer);
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, transfer);
	if (transfer->request.body)
	{
		SET(CURLOPT_POST, 1L);
		SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) transfer->request.body_length);
		SET(CURLOPT_READFUNCTION, on_upload);
		SET(CURLOPT_READDATA, transfer);
		SET(CURLOPT_SEEKFUNCTION, on_rewind);
		SET(CURLOPT_SEEKDATA, transfer);
	}
	return code;
}

/*
 * The list is an array of our own, which libcurl only reads, so that no copy
 * of the secret is made.  An empty Expect keeps libcurl from waiting for the
 * server's leave to send a large body.
 */
static CURLcode
make_header_list(HttpTransfer *transfer)
{
	const HttpRequest *request = &transfer->request;
	int			n = 0;
	struct curl_slist *list = calloc(request->nheaders + 2, sizeof(struct curl_slist));

	static char no_expect[] = "Expect:";

	if (list == NULL)
		return CURLE_OUT_OF_MEMORY;
	for (int i = 0; i < request->nheaders; i++)
		list[n++].data = request->headers[i];
	if (request->secret_header)
		list[n++].data = request->secret_header;
	list[n++].data = no_expect;
	for (int i = 0; i + 1 < n; i++)
		list[i].next = &list[i + 1];
	transfer->header_list = list;
	return CURLE_OK;
}

/* ---- ending --------------------------------------------------------------- */

/* libcurl's words do not always say what it was about. */
static void
name_verification(char *text)
{
	char		reason[PROBLEM_SIZE];

	strlcpy(reason, text, sizeof(reason));
	snprintf(text, PROBLEM_SIZE, "the verification of the server's certificate failed: %s", reason);
}

/* There is nobody to trust: what the server option names, or the system has, is of no use. */
static void
describe_authorities(HttpTransfer *transfer)
{
	const char *file = transfer->request.ca_file;

	if (file && file[0] != '\0')
		snprintf(transfer->problem, PROBLEM_SIZE,
				 "the file \"%s\" holds no certificates that could be read", file);
	else
		strlcpy(transfer->problem,
				"this machine has no certificates of authorities (package ca-certificates)",
				PROBLEM_SIZE);
}

/* Whether the same call would end in the same way. */
static bool
is_permanent(const HttpTransfer *transfer, CURLcode code)
{
	return transfer->fault == FAULT_ADDRESS ||
		(transfer->fault == FAULT_NONE &&
		 (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE ||
		  code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_URL_MALFORMAT));
}

static void
describe_problem(HttpTransfer *transfer, CURLcode code)
{
	char	   *text = transfer->problem;

	switch (transfer->fault)
	{
		case FAULT_ADDRESS:
			snprintf(text, PROBLEM_SIZE, "the address %s is in a private network, or of this machine",
					 transfer->address);
			break;
		case FAULT_TOO_LARGE:
			snprintf(text, PROBLEM_SIZE, "the response has more than " INT64_FORMAT " bytes",
					 transfer->request.max_response_bytes);
			break;
		case FAULT_HEAD_TOO_LARGE:
			snprintf(text, PROBLEM_SIZE, "the response's headers have more than %d bytes", HEAD_CAP);
			break;
		case FAULT_MEMORY:
			strlcpy(text, "out of memory", PROBLEM_SIZE);
			break;
		case FAULT_DESCRIPTORS:
			strlcpy(text, "too many files and connections are open", PROBLEM_SIZE);
			break;
		case FAULT_STALLED:
			snprintf(text, PROBLEM_SIZE, "no byte came for %d ms", transfer->request.stall_ms);
			break;
		case FAULT_NONE:
			if (code == CURLE_UNSUPPORTED_PROTOCOL)
				snprintf(text, PROBLEM_SIZE, "the URL does not begin with https://%s",
						 transfer->request.allow_http ? " or http://" : "");
			else if (code == CURLE_PEER_FAILED_VERIFICATION)
				name_verification(text);
			else if (code == CURLE_SSL_CACERT_BADFILE)
				describe_authorities(transfer);
			else if (code == CURLE_SEND_FAIL_REWIND)
				strlcpy(text, "the connection was closed before an answer came", PROBLEM_SIZE);
			else if (text[0] == '\0')
				strlcpy(text, curl_easy_strerror(code), PROBLEM_SIZE);
			break;
	}
	/* What comes from elsewhere may be in any encoding. */
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

/* Takes a transfer from libcurl, which frees all that it has of it. */
static void
let_go(HttpTransfer *transfer)
{
	sigset_t	old;

	block_signals(&old);
	curl_multi_remove_handle(transfer->pool->multi, transfer->easy);
	curl_easy_cleanup(transfer->easy);
	restore_signals(&old);
	transfer->easy = NULL;
	transfer->pool->running--;
	dlist_delete(&transfer->node);
}

static void
end_transfer(HttpTransfer *transfer, CURLcode code)
{
	curl_off_t	microseconds = 0;
	long		request_size = 0;

	curl_easy_getinfo(transfer->easy, CURLINFO_TOTAL_TIME_T, &microseconds);
	curl_easy_getinfo(transfer->easy, CURLINFO_REQUEST_SIZE, &request_size);
	let_go(transfer);
	transfer->end.status = transfer->status;
	transfer->end.seconds = microseconds / 1e6;
	transfer->end.sent = request_size > 0 || transfer->uploaded > 0 || transfer->status > 0;
	if (code != CURLE_OK || transfer->fault != FAULT_NONE)
	{
		describe_problem(transfer, code);
		transfer->end.problem = transfer->problem;
		transfer->end.permanent = is_permanent(transfer, code);
	}
}

void
http_free(HttpTransfer *transfer)
{
	if (transfer->easy)
		let_go(transfer);
	free(transfer->header_list);
	free(transfer->head.data);
	free(transfer->body.data);
	free(transfer);
}

static CURLcode
begin_transfer(HttpTransfer *transfer)
{
	CURLcode	code = make_header_list(transfer);
	CURLMcode	added;
	sigset_t	old;

	if (code == CURLE_OK)
		code = set_rules(transfer);
	if (code == CURLE_OK)
		code = set_trust(transfer);
	if (code == CURLE_OK)
		code = set_times(transfer);
	if (code == CURLE_OK)
		code = set_streams(transfer);
	if (code != CURLE_OK)
		return code;
	block_signals(&old);
	added = curl_multi_add_handle(transfer->pool->multi, transfer->easy);
	restore_signals(&old);
	return added == CURLM_OK ? CURLE_OK : CURLE_FAILED_INIT;
}

HttpTransfer *
http_start(const HttpRequest *request)
{
	HttpTransfer *transfer = calloc(1, sizeof(HttpTransfer));
	CURLcode	code;

	if (transfer)
		transfer->easy = curl_easy_init();
	if (transfer == NULL || transfer->easy == NULL)
	{
		free(transfer);
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory")));
	}
	transfer->request = *request;
	transfer->pool = &pools[request->allow_private];
	transfer->pool->running++;
	transfer->last_byte = GetCurrentTimestamp();
	dlist_push_tail(&running, &transfer->node);
	code = begin_transfer(transfer);
	if (code != CURLE_OK)
		end_transfer(transfer, code);
	return transfer;
}

/* ---- what has come -------------------------------------------------------- */

bool
http_head(const HttpTransfer *transfer, int *status, const char **headers, size_t *length)
{
	*status = transfer->status;
	*headers = transfer->head.data;
	*length = transfer->head.end;
	return transfer->head_done;
}

size_t
http_body(const HttpTransfer *transfer, const char **bytes)
{
	*bytes = transfer->body.data + transfer->body.begin;
	return transfer->body.end - transfer->body.begin;
}

/* A paused transfer goes on when half of what was kept is taken. */
void
http_take(HttpTransfer *transfer, size_t length)
{
	sigset_t	old;
	CURLcode	code;

	transfer->body.begin += length;
	if (!transfer->paused || transfer->easy == NULL ||
		transfer->body.end - transfer->body.begin > BODY_CAP / 2)
		return;
	transfer->paused = false;
	transfer->last_byte = GetCurrentTimestamp();
	block_signals(&old);
	code = curl_easy_pause(transfer->easy, CURLPAUSE_CONT);
	restore_signals(&old);
	if (code != CURLE_OK)
		end_transfer(transfer, code);
}

bool
http_ended(const HttpTransfer *transfer, HttpEnd *end)
{
	*end = transfer->end;
	return transfer->easy == NULL;
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

	block_signals(&old);
	code = curl_multi_socket_action(pool->multi, fd, what, &left);
	restore_signals(&old);
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
		end_transfer(transfer, code);
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
			end_transfer(transfer, CURLE_OPERATION_TIMEDOUT);
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
