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

/* 17 brought infinite intervals. */
#if PG_VERSION_NUM < 170000
#define INTERVAL_NOT_FINITE(interval) ((void) (interval), false)
#endif

/* 16 let typeStringToTypeName() report softly, through an argument. */
#if PG_VERSION_NUM >= 160000
#define COMPAT_TYPE_NAME_FROM_STRING(string) typeStringToTypeName((string), NULL)
#else
#define COMPAT_TYPE_NAME_FROM_STRING(string) typeStringToTypeName(string)
#endif

/* 18 knows CHECK and FOREIGN KEY constraints that are NOT ENFORCED. */
#if PG_VERSION_NUM >= 180000
#define COMPAT_CHECK_ENFORCED(check) ((check)->ccenforced)
#define COMPAT_FKEY_ENFORCED(fkey) ((fkey)->conenforced)
#else
#define COMPAT_CHECK_ENFORCED(check) true
#define COMPAT_FKEY_ENFORCED(fkey) true
#endif

/* 16 replaced the checks of single kinds of objects by one for all. */
#if PG_VERSION_NUM >= 160000
#define pg_proc_aclcheck(function, role, mode) \
	object_aclcheck(ProcedureRelationId, (function), (role), (mode))
#define pg_foreign_server_aclcheck(server, role, mode) \
	object_aclcheck(ForeignServerRelationId, (server), (role), (mode))
#define pg_namespace_aclcheck(schema, role, mode) \
	object_aclcheck(NamespaceRelationId, (schema), (role), (mode))
#define pg_class_ownercheck(relation, role) \
	object_ownercheck(RelationRelationId, (relation), (role))
#endif

/* 16 can leave out all but the summarizing indexes. */
#if PG_VERSION_NUM >= 160000
#define COMPAT_INSERT_INDEX_TUPLES(relinfo, slot, estate) \
	ExecInsertIndexTuples((relinfo), (slot), (estate), false, false, NULL, NIL, false)
#else
#define COMPAT_INSERT_INDEX_TUPLES(relinfo, slot, estate) \
	ExecInsertIndexTuples((relinfo), (slot), (estate), false, false, NULL, NIL)
#endif

/* 18 counts index searches. */
#if PG_VERSION_NUM >= 180000
#define COMPAT_INDEX_BEGINSCAN(heap, index, snapshot, nkeys) \
	index_beginscan((heap), (index), (snapshot), NULL, (nkeys), 0)
#else
#define COMPAT_INDEX_BEGINSCAN(heap, index, snapshot, nkeys) \
	index_beginscan((heap), (index), (snapshot), (nkeys), 0)
#endif

/* 18 has generated columns that are not stored. */
#if PG_VERSION_NUM >= 180000
#define COMPAT_IS_VIRTUAL(att) ((att)->attgenerated == ATTRIBUTE_GENERATED_VIRTUAL)
#else
#define COMPAT_IS_VIRTUAL(att) false
#endif

/* 18 split the header of the property functions off from explain.h. */
#if PG_VERSION_NUM >= 180000
#define COMPAT_EXPLAIN_FORMAT_H "commands/explain_format.h"
#else
#define COMPAT_EXPLAIN_FORMAT_H "commands/explain.h"
#endif

/* 16 gave make_range() an argument for soft errors. */
#if PG_VERSION_NUM >= 160000
#define compat_make_range(type, lower, upper) make_range(type, lower, upper, false, NULL)
#else
#define compat_make_range(type, lower, upper) make_range(type, lower, upper, false)
#endif

/* 16 renamed the way to other backends' status. */
#if PG_VERSION_NUM >= 160000
#define COMPAT_BACKEND_STATUS(i) pgstat_get_local_beentry_by_index(i)
#else
#define COMPAT_BACKEND_STATUS(i) pgstat_fetch_stat_local_beentry(i)
#endif

/* 18 has a word for it that stands in front, where attributes may. */
#if PG_VERSION_NUM < 180000
#define pg_noreturn __attribute__((noreturn))
#endif

/* 17 lets a resource owner, and not a memory context, free wait event sets. */
#if PG_VERSION_NUM >= 170000
#define compat_create_wait_event_set(n) CreateWaitEventSet(NULL, (n))
#else
#define compat_create_wait_event_set(n) CreateWaitEventSet(TopMemoryContext, (n))
#endif

/* 17 gave extensions wait events with names of their own. */
#if PG_VERSION_NUM >= 170000
#define COMPAT_WAIT_EVENT(name) WaitEventExtensionNew(name)
#else
#define COMPAT_WAIT_EVENT(name) ((void) (name), PG_WAIT_EXTENSION)
#endif

/* 18 gave wait event sets a header of their own. */
#if PG_VERSION_NUM >= 180000
#define COMPAT_WAIT_EVENT_SET_H "storage/waiteventset.h"
#else
#define COMPAT_WAIT_EVENT_SET_H "storage/latch.h"
#endif

/* 17 gave the lexer of JSON room of the caller's. */
#if PG_VERSION_NUM >= 170000
#define COMPAT_JSON_LEX(text, length) \
	makeJsonLexContextCstringLen(NULL, (text), (length), GetDatabaseEncoding(), true)
#else
#define COMPAT_JSON_LEX(text, length) \
	makeJsonLexContextCstringLen((text), (length), GetDatabaseEncoding(), true)
#endif

/* 16 let the actions of the parser of JSON say how they went. */
#if PG_VERSION_NUM >= 160000
#define COMPAT_JSON_ACTION JsonParseErrorType
#define COMPAT_JSON_RETURN return JSON_SUCCESS
#else
#define COMPAT_JSON_ACTION void
#define COMPAT_JSON_RETURN return
#endif

#endif							/* SYNTHIK_COMPAT_H */
