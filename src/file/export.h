/*-------------------------------------------------------------------------
 *
 * export.h
 *		What a query returns, as a file.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_EXPORT_H
#define SYNTHIK_EXPORT_H

#include "file/file.h"

/*
 * Runs a query that returns rows, as the caller, and writes them as they
 * come; returns their number.  The sink is neither opened nor closed.
 */
extern int64 export_query(const char *query, const FileWriterMethods *methods,
						  ByteSink *bytes, const FileOptions *options);

#endif							/* SYNTHIK_EXPORT_H */
