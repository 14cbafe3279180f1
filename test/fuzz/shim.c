/*-------------------------------------------------------------------------
 *
 * shim.c
 *		The few functions of the server that code under test calls, for fuzz
 *		harnesses and unit tests.
 *
 * Each allocation is a malloc of its own, so that the address sanitizer
 * sees every overrun.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <setjmp.h>
#include <signal.h>

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/pg_list.h"
#include "shim.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* ---- memory ---- */

typedef struct Chunk
{
	struct Chunk *next;
	struct Chunk *previous;
} Chunk;

static Chunk chunks = {&chunks, &chunks};

MemoryContext CurrentMemoryContext = NULL;

static size_t allocated = 0;

size_t
shim_allocated(void)
{
	return allocated;
}

void *
palloc(Size size)
{
	Chunk	   *chunk = malloc(sizeof(Chunk) + size);

	if (chunk == NULL || size > MaxAllocSize)
		abort();
	chunk->next = chunks.next;
	chunk->previous = &chunks;
	chunks.next->previous = chunk;
	chunks.next = chunk;
	allocated += size;
	return chunk + 1;
}

void *
palloc0(Size size)
{
	return memset(palloc(size), 0, size);
}

void *
MemoryContextAlloc(MemoryContext context, Size size)
{
	return palloc(size);
}

void
pfree(void *pointer)
{
	Chunk	   *chunk = (Chunk *) pointer - 1;

	chunk->next->previous = chunk->previous;
	chunk->previous->next = chunk->next;
	free(chunk);
}

void *
repalloc(void *pointer, Size size)
{
	Chunk	   *chunk = (Chunk *) pointer - 1;

	chunk = realloc(chunk, sizeof(Chunk) + size);
	if (chunk == NULL || size > MaxAllocSize)
		abort();
	chunk->next->previous = chunk;
	chunk->previous->next = chunk;
	allocated += size;
	return chunk + 1;
}

char *
pstrdup(const char *string)
{
	return strcpy(palloc(strlen(string) + 1), string);
}

char *
psprintf(const char *fmt,...)
{
	va_list		args;
	int			length;
	char	   *text;

	va_start(args, fmt);
	length = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	text = palloc(length + 1);
	va_start(args, fmt);
	vsnprintf(text, length + 1, fmt, args);
	va_end(args);
	return text;
}

char *
pnstrdup(const char *string, Size length)
{
	char	   *copy;

	length = strnlen(string, length);
	copy = palloc(length + 1);
	memcpy(copy, string, length);
	copy[length] = '\0';
	return copy;
}

char *
MemoryContextStrdup(MemoryContext context, const char *string)
{
	return pstrdup(string);
}

/* All contexts end together. */
static MemoryContextCallback *callbacks = NULL;

void
MemoryContextRegisterResetCallback(MemoryContext context, MemoryContextCallback *callback)
{
	callback->next = callbacks;
	callbacks = callback;
}

/* As in libpgcommon: what fits, or the room that is needed. */
size_t
pvsnprintf(char *buf, size_t len, const char *fmt, va_list args)
{
	int			length = vsnprintf(buf, len, fmt, args);

	if (length < 0)
		abort();
	return length < len ? (size_t) length : (size_t) length + 1;
}

void
shim_free_all(void)
{
	while (callbacks != NULL)
	{
		MemoryContextCallback *callback = callbacks;

		callbacks = callback->next;
		callback->func(callback->arg);
	}
	while (chunks.next != &chunks)
		pfree(chunks.next + 1);
	allocated = 0;
}

MemoryContext
AllocSetContextCreateInternal(MemoryContext parent, const char *name,
							  Size minContextSize, Size initBlockSize,
							  Size maxBlockSize)
{
	return NULL;
}

void
MemoryContextDelete(MemoryContext context)
{
}

/* ---- the server ---- */

static int	shim_encoding = PG_UTF8;

volatile sig_atomic_t InterruptPending = false;

void
shim_set_encoding(int encoding)
{
	shim_encoding = encoding;
}

int
GetDatabaseEncoding(void)
{
	return shim_encoding;
}

void
ProcessInterrupts(void)
{
}

void
check_stack_depth(void)
{
}

/* A time that stands still. */
static TimestampTz shim_now = 0;

void
shim_set_now(int64 now)
{
	shim_now = now;
}

TimestampTz
GetCurrentTimestamp(void)
{
	return shim_now;
}

List *
lappend(List *list, void *datum)
{
	int			length = list_length(list);

	if (list == NIL)
	{
		list = palloc0(offsetof(List, initial_elements));
		list->type = T_List;
	}
	list->elements = length == 0 ? palloc(sizeof(ListCell)) :
		repalloc(list->elements, sizeof(ListCell) * (length + 1));
	list->elements[length].ptr_value = datum;
	list->length = list->max_length = length + 1;
	return list;
}

/* ---- errors ---- */

static sigjmp_buf *catcher = NULL;
static char message[1000];

const char *
shim_catch(void (*call) (void *), void *argument)
{
	sigjmp_buf	here;

	message[0] = '\0';
	catcher = &here;
	if (sigsetjmp(here, 0) == 0)
		call(argument);
	catcher = NULL;
	return message[0] ? message : NULL;
}

bool
errstart(int elevel, const char *domain)
{
	return true;
}

bool
errstart_cold(int elevel, const char *domain)
{
	return true;
}

int
errcode(int sqlerrcode)
{
	return 0;
}

int
errmsg(const char *fmt,...)
{
	va_list		args;

	va_start(args, fmt);
	vsnprintf(message, sizeof(message), fmt, args);
	va_end(args);
	return 0;
}

int
errmsg_internal(const char *fmt,...)
{
	va_list		args;

	va_start(args, fmt);
	vsnprintf(message, sizeof(message), fmt, args);
	va_end(args);
	return 0;
}

int
errhint(const char *fmt,...)
{
	return 0;
}

void
errfinish(const char *filename, int lineno, const char *funcname)
{
	if (catcher != NULL)
		siglongjmp(*catcher, 1);
	fprintf(stderr, "ERROR: %s (%s:%d)\n", message, filename, lineno);
	abort();
}
