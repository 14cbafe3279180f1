/*-------------------------------------------------------------------------
 *
 * relation.h
 *		Names of relations, as SQL has them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_RELATION_H
#define SYNTHIK_RELATION_H

/* With its schema, quoted where it has to be; palloc'd. */
extern char *relation_sql_name(Oid relid);

#endif							/* SYNTHIK_RELATION_H */
