/*-------------------------------------------------------------------------
 *
 * ddl.h
 *		The table that a Schema describes, as SQL.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_DDL_H
#define SYNTHIK_DDL_H

#include "schema/schema.h"

/*
 * CREATE TABLE with the columns' types, keys and lists of values; document is
 * the Schema's own, as schema_to_document() has it.  name is qualified and
 * quoted.  References and checks are left to the functions below, as they need
 * what is not there yet.  All results are palloc'd.
 */
extern char *ddl_create_table(const Schema *schema, Jsonb *document, const char *name);

/*
 * Comments on the table and its columns, as many statements; NIL if there are
 * none.
 */
extern List *ddl_comments(const Schema *schema, const char *name);

/*
 * ALTER TABLE … ADD CHECK for a check of the document of table relid, whose
 * columns are the fields; an error where it is not about columns alone.
 */
extern char *ddl_add_check(const Schema *schema, Oid relid, const char *name,
						   const char *check);

/* ALTER TABLE … ADD FOREIGN KEY. */
extern char *ddl_add_reference(const Schema *schema, const Reference *reference,
							   const char *name);

/* CREATE INDEX for its columns, or NULL where a key begins with them. */
extern char *ddl_add_index(const Schema *schema, const Reference *reference,
						   const char *name);

/*
 * What of a field's part of the document the table's definition does not say:
 * its rule, or NULL.
 */
extern Jsonb *ddl_rule(const Field *field, Jsonb *part);

#endif							/* SYNTHIK_DDL_H */
