/*-------------------------------------------------------------------------
 *
 * http_callbacks.c
 *		What libcurl hands over while a transfer runs, and asks for.
 *
 * None of it may palloc or throw: see http.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include <sys/socket.h>
#include <unistd.h>

#include "net/http_transfer.h"
#include "storage/fd.h"
#include "util/address.h"

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

CURLcode
http_set_callbacks(HttpTransfer *transfer)
{
	CURLcode	code = CURLE_OK;

	HTTP_SET(CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
	HTTP_SET(CURLOPT_OPENSOCKETDATA, transfer);
	HTTP_SET(CURLOPT_CLOSESOCKETFUNCTION, on_close_socket);
	HTTP_SET(CURLOPT_CLOSESOCKETDATA, NULL);
	HTTP_SET(CURLOPT_HEADERFUNCTION, on_header);
	HTTP_SET(CURLOPT_HEADERDATA, transfer);
	HTTP_SET(CURLOPT_WRITEFUNCTION, on_body);
	HTTP_SET(CURLOPT_WRITEDATA, transfer);
	if (transfer->request.body)
	{
		HTTP_SET(CURLOPT_READFUNCTION, on_upload);
		HTTP_SET(CURLOPT_READDATA, transfer);
		HTTP_SET(CURLOPT_SEEKFUNCTION, on_rewind);
		HTTP_SET(CURLOPT_SEEKDATA, transfer);
	}
	return code;
}
