/*-------------------------------------------------------------------------
 *
 * guc.h
 *		The settings, synthik.*.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_GUC_H
#define SYNTHIK_GUC_H

extern void guc_init(void);

/* synthik.seed; false where it is not set, and every call is to differ. */
extern bool guc_seed(int64 *seed);

/* synthik.locale; never NULL. */
extern const char *guc_locale(void);

/* synthik.default_model: the model of calls that name none; never "". */
extern const char *guc_default_model(void);

/* synthik.use_successor: a retired model's successor takes its place. */
extern bool guc_use_successor(void);

/* synthik.network: false: no provider is called. */
extern bool guc_network(void);

/* synthik.allowed_hosts: host patterns, parted by commas; "": any host. */
extern const char *guc_allowed_hosts(void);

/* synthik.environment_key_role: its members use the environment's keys; "". */
extern const char *guc_environment_key_role(void);

/* synthik.send_limit: the most that a prompt may carry. */
typedef enum SendLimit
{
	SEND_NAMES,				/* names, types, constraints, rounded ranges */
	SEND_STATISTICS,			/* also values that many rows share */
	SEND_SAMPLES				/* also rows */
} SendLimit;
extern SendLimit guc_send_limit(void);

/* synthik.max_batch_rows: the most rows that one request asks for. */
extern int	guc_max_batch_rows(void);

/* synthik.cache: stored answers are used. */
extern bool guc_cache(void);

/* synthik.cache_lifetime, in seconds; -1: for ever. */
extern int	guc_cache_lifetime(void);

/* synthik.budget: USD a period, which is a field of date_trunc(): "hour",
 * "day", "week", "month" or "year", or "total"; false where there is none. */
extern bool guc_budget(double *usd, const char **period);

/* synthik.progress: calls that take long tell how far they are. */
extern bool guc_progress(void);

#endif							/* SYNTHIK_GUC_H */
