/*-------------------------------------------------------------------------
 *
 * rng.c
 *		Stable hashing and permutations without memory.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include "port/pg_bitutils.h"
#include "util/rng.h"

#define FEISTEL_ROUNDS 4

uint64
rng_hash(const char *bytes, size_t length)
{
	uint64		h = UINT64CONST(0xCBF29CE484222325);

	for (size_t i = 0; i < length; i++)
		h = (h ^ (unsigned char) bytes[i]) * UINT64CONST(0x100000001B3);
	return rng_mix(h);
}

void
rng_permutation_init(Permutation *p, uint64 n, uint64 key)
{
	int			bits = (n > 1) ? pg_leftmost_one_pos64(n - 1) + 1 : 1;

	Assert(n > 0 && n <= (UINT64CONST(1) << 62));
	p->n = n;
	p->key = key;
	p->half_bits = (bits + 1) / 2;
}

/* The walk is short: the network's range is less than four times n. */
uint64
rng_permute(const Permutation *p, uint64 i)
{
	uint64		mask = (UINT64CONST(1) << p->half_bits) - 1;
	uint64		x = i;

	Assert(i < p->n);
	do
	{
		uint64		left = x >> p->half_bits;
		uint64		right = x & mask;

		for (int round = 0; round < FEISTEL_ROUNDS; round++)
		{
			uint64		mixed = rng_mix(right ^ (p->key + round)) & mask;
			uint64		next = left ^ mixed;

			left = right;
			right = next;
		}
		x = (left << p->half_bits) | right;
	} while (x >= p->n);
	return x;
}
