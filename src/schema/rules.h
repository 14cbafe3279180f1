/*-------------------------------------------------------------------------
 *
 * rules.h
 *		Rules of tables: parts of a schema document that stay with a table.
 *
 * A rule of a column is what a document says of a field, but for its name;
 * a rule of the table is what stands beside the fields.  They are security
 * labels, so that they follow what is renamed, go with what is dropped, and
 * are dumped.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_RULES_H
#define SYNTHIK_RULES_H

#include "schema/schema.h"

#define RULES_PROVIDER	"synthik"

/* Makes the provider of the labels known to the server. */
extern void rules_init(void);

/*
 * The rules of a relation as one document, or NULL where there are none.  The
 * column attnum (0: the table, -1: none) has the rule given, NULL for none, in
 * place of what is stored.  A partition has the rules of the tables that it is
 * a partition of, column by column, where it has none of its own.
 */
extern Jsonb *rules_document(Oid relid, int attnum, Jsonb *rule);

/* What the table's own rule says under a word, or NULL. */
extern JsonbValue *rules_word(Oid relid, const char *word);

/*
 * Stores the rule of a column (0: of the table), or removes it where rule is
 * NULL, as SECURITY LABEL does: the caller has to own the table.
 */
extern void rules_store(Oid relid, int attnum, Jsonb *rule);

/* Lays the rules of schema->relid over a Schema that is not prepared yet. */
extern void rules_apply(Schema *schema, Faults *faults);

/* Lays a document of rules over a Schema; errors say that it was a rule. */
extern void rules_lay(Schema *schema, Jsonb *document, Faults *faults);

#endif							/* SYNTHIK_RULES_H */
