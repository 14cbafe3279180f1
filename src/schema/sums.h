/*-------------------------------------------------------------------------
 *
 * sums.h
 *		Columns of parent rows that are the sum of their children's.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_SUMS_H
#define SYNTHIK_SUMS_H

#include "schema/document.h"

/* {"order_id.subtotal": "line_total"} */
extern void document_read_sums(Document *document, JsonbValue *value);

/* "order_id.subtotal", palloc'd. */
extern char *sum_name(const Schema *schema, const Sum *sum);

/*
 * Sets the sums in the rows that the table's rows refer to, as the caller
 * might by UPDATE, where they are not right already.  Rows that nothing refers
 * to are left as they are; so are, with new_alone, those that none of the rows
 * refers to that this transaction has stored since a command of its own.
 */
extern void sums_apply(Relation rel, const Schema *schema, bool new_alone, uint32 since_command);

#endif							/* SYNTHIK_SUMS_H */
