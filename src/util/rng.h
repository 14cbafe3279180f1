/*-------------------------------------------------------------------------
 *
 * rng.h
 *		Counter-based randomness: a value is a function of what it is for,
 *		never of what was drawn before it.
 *
 * Nothing here keeps a state, so any row of a data set can be made alone, in
 * any order and by any process.  The integer mixing is exact on every
 * machine.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_RNG_H
#define SYNTHIK_RNG_H

#include "port/pg_bswap.h"

/*
 * The finaliser of splitmix64 (Steele, Lea, Flood: "Fast splittable
 * pseudorandom number generators", 2014): a bijection of 64 bits in which
 * every input bit reaches every output bit.
 */
static inline uint64
rng_mix(uint64 x)
{
	x += UINT64CONST(0x9E3779B97F4A7C15);
	x = (x ^ (x >> 30)) * UINT64CONST(0xBF58476D1CE4E5B9);
	x = (x ^ (x >> 27)) * UINT64CONST(0x94D049BB133111EB);
	return x ^ (x >> 31);
}

/* Two words into one; not symmetric. */
static inline uint64
rng_combine(uint64 a, uint64 b)
{
	return rng_mix(a ^ rng_mix(b));
}

/* A number in 0 .. n-1 (n > 0) from 64 random bits, without division. */
static inline uint64
rng_below(uint64 bits, uint64 n)
{
	return (uint64) (((uint128) bits * n) >> 64);
}

/* A double in [0, 1) with 53 random bits. */
static inline double
rng_unit(uint64 bits)
{
	return (double) (bits >> 11) * (1.0 / 9007199254740992.0);
}

/* The bits of a word in reverse. */
static inline uint64
rng_mirror(uint64 x)
{
	x = ((x >> 1) & UINT64CONST(0x5555555555555555)) | (x & UINT64CONST(0x5555555555555555)) << 1;
	x = ((x >> 2) & UINT64CONST(0x3333333333333333)) | (x & UINT64CONST(0x3333333333333333)) << 2;
	x = ((x >> 4) & UINT64CONST(0x0F0F0F0F0F0F0F0F)) | (x & UINT64CONST(0x0F0F0F0F0F0F0F0F)) << 4;
	return pg_bswap64(x);
}

/*
 * 64 random bits for i, given as rng_mirror(i), that are spread evenly over
 * any range of i: of 2^k numbers in a row that begin at a multiple, up to
 * k = 14, one falls into each of 2^k equal parts.  Which one is random, and
 * another seed has another order, so that several sequences are independent of
 * each other: van der Corput's sequence with its index shuffled as by Owen,
 * from a hash whose bits hang on lower ones only (Laine and Karras: "Stratified
 * sampling for stochastic transparency", 2011; Burley: "Practical hash-based
 * Owen scrambling", 2020).  The last bits are scattered, for they would be
 * alike in all numbers.
 */
static inline uint64
rng_even(uint64 mirrored, uint64 seed)
{
	uint64		x = mirrored;

	x ^= x * UINT64CONST(0x9E6C63D0676A9A98);
	x = (x + seed) * (seed >> 32 | 1);
	x ^= x * UINT64CONST(0xC2B2AE3D27D4EB4E);
	x ^= x * UINT64CONST(0xD6E8FEB86659FD92);
	return x ^ (rng_mix(x) >> 14);
}

/* A stable 64-bit hash of a byte string (FNV-1a, then mixed). */
extern uint64 rng_hash(const char *bytes, size_t length);

/*
 * A permutation of 0 .. n-1: rng_permute(i) are n distinct numbers for the n
 * values of i.  A Feistel network over the next even power of two, walked
 * until it falls inside the range (Black and Rogaway: "Ciphers with
 * arbitrary finite domains", 2002).  n is 1 .. 2^62.
 */
typedef struct Permutation
{
	uint64		n;
	uint64		key;
	int			half_bits;		/* width of one Feistel half */
} Permutation;

extern void rng_permutation_init(Permutation *p, uint64 n, uint64 key);
extern uint64 rng_permute(const Permutation *p, uint64 i);

#endif							/* SYNTHIK_RNG_H */
