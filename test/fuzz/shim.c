/*-------------------------------------------------------------------------
 *
 * shim.c
 *		The few functions of the server that code under test calls, and the
 *		main program of every fuzz harness.
 *
 * Usage: fuzz_<name> FOLDER SECONDS SEED
 *
 * Each allocation is a malloc of its own, so that the address sanitizer
 * sees every overrun.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "shim.h"
#include "util/rng.h"
#include "utils/memutils.h"

/* Seconds that one round may take before it counts as a hang. */
#define ROUND_SECONDS	20

/* ---- memory ---- */

typedef struct Chunk
{
	struct Chunk *next;
	struct Chunk *previous;
} Chunk;

static Chunk chunks = {&chunks, &chunks};

MemoryContext CurrentMemoryContext = NULL;

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

void
shim_free_all(void)
{
	while (chunks.next != &chunks)
		pfree(chunks.next + 1);
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

/* ---- the harness ---- */

static uint64 seed;
static uint64 draws;
static uint64 rounds;

uint64
fuzz_random(void)
{
	return rng_mix(rng_mix(seed + rounds) + draws++);
}

uint64
fuzz_below(uint64 n)
{
	return rng_below(fuzz_random(), n);
}

static void
print_input(const char *input)
{
	for (const unsigned char *at = (const unsigned char *) input; *at; at++)
	{
		if (*at >= ' ' && *at <= '~')
			putc(*at, stderr);
		else
			fprintf(stderr, "<%02X>", *at);
	}
	putc('\n', stderr);
}

void
fuzz_finding(const char *input, const char *fmt,...)
{
	va_list		args;

	fprintf(stderr, "FINDING in round %llu of seed %llu: ",
			(unsigned long long) rounds, (unsigned long long) seed);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputs("\ninput: ", stderr);
	print_input(input);
	fflush(stderr);
	abort();
}

int
main(int argc, char **argv)
{
	time_t		end;

	if (argc != 4)
	{
		fprintf(stderr, "usage: %s FOLDER SECONDS SEED\n", argv[0]);
		return 2;
	}
	seed = strtoull(argv[3], NULL, 10);
	end = time(NULL) + atoi(argv[2]);
	fuzz_start(argv[1]);
	do
	{
		alarm(ROUND_SECONDS);
		draws = 0;
		fuzz_round();
		shim_free_all();
		rounds++;
	} while (time(NULL) < end);
	printf("%llu rounds\n", (unsigned long long) rounds);
	return 0;
}
