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

#endif							/* SYNTHIK_GUC_H */
