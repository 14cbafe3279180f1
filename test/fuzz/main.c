/*-------------------------------------------------------------------------
 *
 * main.c
 *		The main program of every fuzz harness.
 *
 * Usage: fuzz_<name> FOLDER SECONDS SEED
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <time.h>
#include <unistd.h>

#include "shim.h"
#include "util/rng.h"

/* Seconds that one round may take before it counts as a hang. */
#define ROUND_SECONDS	20

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
