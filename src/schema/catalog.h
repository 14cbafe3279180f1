/*-------------------------------------------------------------------------
 *
 * catalog.h
 *		Private to the readers of the catalog: catalog.c has the columns,
 *		catalog_constraints.c the constraints and indexes,
 *		catalog_partition.c the bounds of partitions.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_CATALOG_H
#define SYNTHIK_CATALOG_H

#include "schema/schema.h"

/* ---- catalog_constraints.c ---- */

/*
 * Adds a rule that the table or a domain has.  expr is kept; NULL text is
 * deparsed from it with dpcontext.  An expression of the whole row or of a
 * system column cannot be judged before the row is stored: it sets
 * schema->unchecked instead.
 */
extern void catalog_add_check(Schema *schema, const char *name, char *text,
							  Node *expr, List *dpcontext, int domain_field);

/* An expression of a table in which tableoid is a constant, where it can be. */
extern Node *catalog_table_expression(Relation rel, const char *stored);

extern void catalog_add_domain_checks(Schema *schema);

/* Is a type a domain with checks, or is one part of it? */
extern bool catalog_type_has_checks(Oid type);

/* The checks of a domain over the row type that the schema is of. */
extern void catalog_add_row_checks(Schema *schema, Oid domain);

extern void catalog_add_table_checks(Schema *schema, Relation rel, List *dpcontext);
extern void catalog_add_indexes(Schema *schema, Relation rel);
extern void catalog_add_references(Schema *schema, Relation rel);

/* ---- catalog_view.c ---- */

/* What a view has from the table that INSERT into it goes to. */
extern void catalog_add_view_parts(Schema *schema, Relation view, bool evaluate_defaults);

/* ---- catalog_partition.c ---- */

/* The bounds that rows have to lie in, as a partition and as a parent. */
extern void catalog_add_partition_bounds(Schema *schema, Relation rel, List *dpcontext);

#endif							/* SYNTHIK_CATALOG_H */
