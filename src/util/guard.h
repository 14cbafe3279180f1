/*-------------------------------------------------------------------------
 *
 * guard.h
 *		Errors as values.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_GUARD_H
#define SYNTHIK_GUARD_H

/*
 * Calls call(argument) inside a subtransaction.  Returns true if it came
 * back; if it threw, the error is put into *error (which may be NULL), in the
 * current memory context.  Cancellation, running out of resources and errors
 * of the system are thrown on.
 */
extern bool guard_call(void (*call) (void *argument), void *argument, ErrorData **error);

#endif							/* SYNTHIK_GUARD_H */
