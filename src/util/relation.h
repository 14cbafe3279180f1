/*-------------------------------------------------------------------------
 *
 * relation.h
 *		Relations by their OIDs: their names, as SQL has them, and that they
 *		are there.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_RELATION_H
#define SYNTHIK_RELATION_H

#include "storage/lockdefs.h"
#include "utils/relcache.h"

/* With its schema, quoted where it has to be; palloc'd. */
extern char *relation_sql_name(Oid relid);

/* The relation, locked; an error where nothing has the OID (any more). */
extern Relation relation_open_found(Oid relid, LOCKMODE mode);
pg_noreturn extern void relation_report_missing(Oid relid);

#endif							/* SYNTHIK_RELATION_H */
