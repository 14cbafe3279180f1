/*-------------------------------------------------------------------------
 *
 * compat.h
 *		Differences between PostgreSQL 15 and later majors.
 *
 * This is the only file that may test PG_VERSION_NUM.  Every shim cites the
 * release in which the server changed.  Include it right after postgres.h.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_COMPAT_H
#define SYNTHIK_COMPAT_H

/*
 * Before 16, PGDLLEXPORT is empty on ELF systems.  The library is built with
 * hidden visibility, so the few functions that SQL calls have to be marked.
 */
#if PG_VERSION_NUM < 160000
#undef PGDLLEXPORT
#define PGDLLEXPORT __attribute__((visibility("default")))
#endif

#include "fmgr.h"

/* Declares and opens the definition of a function that SQL can call. */
#define SYNTHIK_FUNCTION(name) \
	extern PGDLLEXPORT Datum name(PG_FUNCTION_ARGS); \
	PG_FUNCTION_INFO_V1(name); \
	Datum name(PG_FUNCTION_ARGS)

/* 16 moved the varlena macros out of postgres.h. */
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

#endif							/* SYNTHIK_COMPAT_H */
