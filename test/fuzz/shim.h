/*-------------------------------------------------------------------------
 *
 * shim.h
 *		What fuzz harnesses and unit tests need in place of a server.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_FUZZ_SHIM_H
#define SYNTHIK_FUZZ_SHIM_H

/* The encoding that the code under test takes for the database's. */
extern void shim_set_encoding(int encoding);

/* Frees all that was palloc'd since the last call. */
extern void shim_free_all(void);

/* Bytes palloc'd since then, in all. */
extern size_t shim_allocated(void);

/* What GetCurrentTimestamp() says: microseconds since 2000. */
extern void shim_set_now(int64 now);

/* The message of the error that a call throws, or NULL. */
extern const char *shim_catch(void (*call) (void *), void *argument);

/* Random numbers: the same for the same seed. */
extern uint64 fuzz_random(void);
extern uint64 fuzz_below(uint64 n);

/* The harness: one round of whatever it tries; called until time is up. */
extern void fuzz_start(const char *folder);
extern void fuzz_round(void);

/* Says what is wrong with which input, and ends the process. */
extern void fuzz_finding(const char *input, const char *fmt,...) pg_attribute_printf(2, 3);

#endif							/* SYNTHIK_FUZZ_SHIM_H */
