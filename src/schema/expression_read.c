/*-------------------------------------------------------------------------
 *
 * expression_read.c
 *		Which fields an expression reads.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "access/sysattr.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "schema/expression.h"

Bitmapset *
expression_reads(const Schema *schema, Node *expr)
{
	Bitmapset  *attributes = NULL;
	Bitmapset  *fields = NULL;
	int			member = -1;

	pull_varattnos(expr, 1, &attributes);
	while ((member = bms_next_member(attributes, member)) >= 0)
	{
		int			attnum = member + FirstLowInvalidHeapAttributeNumber;

		if (attnum == 0 && schema->nfields > 0)
			fields = bms_add_range(fields, 0, schema->nfields - 1);
		else if (attnum > 0 && attnum <= schema->nfields)
			fields = bms_add_member(fields, attnum - 1);
	}
	bms_free(attributes);
	attributes = NULL;
	pull_varattnos(expr, INNER_VAR, &attributes);
	member = -1;
	while ((member = bms_next_member(attributes, member)) >= 0)
		fields = bms_add_member(fields, schema->nfields - 1 +
								member + FirstLowInvalidHeapAttributeNumber);
	bms_free(attributes);
	return fields;
}

typedef struct PreviousReads
{
	int			nfields;
	Bitmapset  *fields;
	bool		any;
} PreviousReads;

static bool
reads_previous_walker(Node *node, void *context)
{
	PreviousReads *reads = context;
	const Var  *var = (const Var *) node;

	if (node == NULL)
		return false;
	if (!IsA(node, Var))
		return expression_tree_walker(node, reads_previous_walker, context);
	if (var->varno != PREVIOUS_VARNO)
		return false;
	reads->any = true;
	if (var->varattno <= reads->nfields)
		reads->fields = bms_add_member(reads->fields, var->varattno - 1);
	else if (var->varattno > reads->nfields + PLACE_COLUMNS)
		reads->fields = bms_add_member(reads->fields, var->varattno - PLACE_COLUMNS - 1);
	return false;
}

Bitmapset *
expression_reads_previous(const Schema *schema, Node *expr)
{
	PreviousReads reads = {schema->nfields};

	reads_previous_walker(expr, &reads);
	return reads.fields;
}

bool
expression_reads_series(const Schema *schema, Node *expr)
{
	PreviousReads reads = {schema->nfields};

	reads_previous_walker(expr, &reads);
	return reads.any;
}
