/*-------------------------------------------------------------------------
 *
 * dispatcher.h
 *		The process that makes HTTP calls for all backends.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_DISPATCHER_H
#define SYNTHIK_DISPATCHER_H

#define DISPATCHER_MAIN "synthik_dispatcher_main"
#define DISPATCHER_NAME "synthik dispatcher"

extern PGDLLEXPORT void synthik_dispatcher_main(Datum arg);

#endif							/* SYNTHIK_DISPATCHER_H */
