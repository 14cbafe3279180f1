/*-------------------------------------------------------------------------
 *
 * http.c
 *		Many HTTP transfers at a time, in a process that waits at one place.
 *
 * libcurl's multi interface: a transfer is started here and ends here, what it
 * brings comes in by http_callbacks.c, and http_loop.c waits for all of them.
 *
 * Rules of these files:
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

#include "net/http_transfer.h"

#define CONNECT_MS		10000

/* ---- options -------------------------------------------------------------- */

static CURLcode
set_rules(HttpTransfer *transfer)
{
	CURLcode	code = CURLE_OK;

	HTTP_SET(CURLOPT_PROTOCOLS_STR, transfer->request.allow_http ? "https,http" : "https");
	HTTP_SET(CURLOPT_FOLLOWLOCATION, 0L);
	HTTP_SET(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	HTTP_SET(CURLOPT_PROXY, "");		/* and none from the environment */
	HTTP_SET(CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1);
	HTTP_SET(CURLOPT_USERAGENT, "synthik");
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

	HTTP_SET(CURLOPT_SSL_VERIFYPEER, 1L);
	HTTP_SET(CURLOPT_SSL_VERIFYHOST, 2L);
	if (transfer->request.ca_file)
		HTTP_SET(CURLOPT_CAINFO, transfer->request.ca_file);
	if (code != CURLE_OK || transfer->request.ca_file == NULL)
		return code;
	HTTP_SET(CURLOPT_CAPATH, NULL);
	return code == CURLE_NOT_BUILT_IN || code == CURLE_UNKNOWN_OPTION ? CURLE_OK : code;
}

static CURLcode
set_times(HttpTransfer *transfer)
{
	long		timeout = transfer->request.timeout_ms;
	CURLcode	code = CURLE_OK;

	HTTP_SET(CURLOPT_NOSIGNAL, 1L);
	HTTP_SET(CURLOPT_CONNECTTIMEOUT_MS, Min(timeout, (long) CONNECT_MS));
	HTTP_SET(CURLOPT_TIMEOUT_MS, timeout);
	HTTP_SET(CURLOPT_TCP_KEEPALIVE, 1L);
	HTTP_SET(CURLOPT_TCP_KEEPIDLE, 60L);
	HTTP_SET(CURLOPT_TCP_KEEPINTVL, 30L);
#if LIBCURL_VERSION_NUM >= 0x075700
	/* a resolver that hangs must not hold up who gave up on it */
	HTTP_SET(CURLOPT_QUICK_EXIT, 1L);
#endif
	return code;
}

static CURLcode
set_request(HttpTransfer *transfer)
{
	CURLcode	code = CURLE_OK;

	HTTP_SET(CURLOPT_URL, transfer->request.url);
	HTTP_SET(CURLOPT_HTTPHEADER, transfer->header_list);
	HTTP_SET(CURLOPT_PRIVATE, transfer);
	HTTP_SET(CURLOPT_ERRORBUFFER, transfer->problem);
	if (transfer->request.body)
	{
		HTTP_SET(CURLOPT_POST, 1L);
		HTTP_SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) transfer->request.body_length);
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
name_subject(char *text, const char *subject)
{
	char		reason[PROBLEM_SIZE];

	strlcpy(reason, text, sizeof(reason));
	snprintf(text, PROBLEM_SIZE, "%s: %s", subject, reason);
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

/*
 * A handshake may fail because a connection broke, which passes, or because
 * the two sides do not speak alike, as where a port of plain HTTP answers:
 * that stays.  libcurl has one code for both, so the words of the TLS library
 * tell (OpenSSL's, then GnuTLS's).
 */
static bool
speaks_no_tls(const HttpTransfer *transfer, CURLcode code)
{
	static const char *const words[] = {
		"wrong version number", "packet length too long", "http request", "unknown protocol",
		"unsupported protocol", "alert protocol version", "alert handshake failure",
		"no protocols available", "unexpected TLS packet", "unsupported version",
		"fatal alert has been received"
	};

	if (code != CURLE_SSL_CONNECT_ERROR)
		return false;
	for (int i = 0; i < lengthof(words); i++)
		if (strstr(transfer->problem, words[i]) != NULL)
			return true;
	return false;
}

/* Whether the same call would end in the same way. */
static bool
is_permanent(const HttpTransfer *transfer, CURLcode code)
{
	return transfer->fault == FAULT_ADDRESS ||
		(transfer->fault == FAULT_NONE &&
		 (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE ||
		  code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_URL_MALFORMAT ||
		  speaks_no_tls(transfer, code)));
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
				name_subject(text, "the verification of the server's certificate failed");
			else if (speaks_no_tls(transfer, code))
				name_subject(text, "what answers there does not speak TLS as it is spoken here");
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

void
http_end_transfer(HttpTransfer *transfer, CURLcode code)
{
	curl_off_t	microseconds = 0;
	long		request_size = 0;

	curl_easy_getinfo(transfer->easy, CURLINFO_TOTAL_TIME_T, &microseconds);
	curl_easy_getinfo(transfer->easy, CURLINFO_REQUEST_SIZE, &request_size);
	http_loop_remove(transfer);
	transfer->end.status = transfer->status;
	transfer->end.seconds = microseconds / 1e6;
	transfer->end.sent = request_size > 0 || transfer->uploaded > 0 || transfer->status > 0;
	if (code != CURLE_OK || transfer->fault != FAULT_NONE)
	{
		transfer->end.permanent = is_permanent(transfer, code);
		describe_problem(transfer, code);
		transfer->end.problem = transfer->problem;
	}
}

void
http_free(HttpTransfer *transfer)
{
	if (transfer->easy)
		http_loop_remove(transfer);
	free(transfer->header_list);
	free(transfer->head.data);
	free(transfer->body.data);
	free(transfer);
}

static CURLcode
begin_transfer(HttpTransfer *transfer)
{
	CURLcode	code = make_header_list(transfer);

	if (code == CURLE_OK)
		code = set_rules(transfer);
	if (code == CURLE_OK)
		code = set_trust(transfer);
	if (code == CURLE_OK)
		code = set_times(transfer);
	if (code == CURLE_OK)
		code = set_request(transfer);
	if (code == CURLE_OK)
		code = http_set_callbacks(transfer);
	if (code != CURLE_OK)
		return code;
	return http_loop_run(transfer);
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
	transfer->last_byte = GetCurrentTimestamp();
	http_loop_add(transfer);
	code = begin_transfer(transfer);
	if (code != CURLE_OK)
		http_end_transfer(transfer, code);
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
	http_block_signals(&old);
	code = curl_easy_pause(transfer->easy, CURLPAUSE_CONT);
	http_restore_signals(&old);
	if (code != CURLE_OK)
		http_end_transfer(transfer, code);
}

bool
http_ended(const HttpTransfer *transfer, HttpEnd *end)
{
	*end = transfer->end;
	return transfer->easy == NULL;
}
