/*-------------------------------------------------------------------------
 *
 * input.h
 *		What the functions that only look at a schema are given: a document,
 *		a name, or a table.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_INPUT_H
#define SYNTHIK_INPUT_H

#include "fmgr.h"
#include "schema/schema.h"

/* The schema that an argument means. */
typedef struct SchemaInput
{
	Jsonb	   *document;		/* or NULL: it is a table */
	Oid			relid;
	bool		learn;			/* of a table: what its statistics say, too */
} SchemaInput;

/*
 * Reads argument 0, which must not be null, as the function was declared: jsonb,
 * regclass, or text.  That is a document if it begins with "{", else the name
 * of a template or of a saved schema, else that of a table where tables is true.
 */
extern void input_read(FunctionCallInfo fcinfo, bool tables, SchemaInput *input);

/* The same of a table; errors call the argument by this name. */
extern void input_read_regclass(FunctionCallInfo fcinfo, const char *name, SchemaInput *input);

/* Another argument, jsonb or text, that is not null: a document. */
extern Jsonb *input_document(FunctionCallInfo fcinfo, int i);

/*
 * The schema, complete.  Defaults of a table that evaluating would change
 * something are either left as such, or their fields made up, as defaults
 * says.
 */
extern Schema *input_schema(const SchemaInput *input, bool defaults);

/* The same, before schema_prepare(): to lay arguments over it. */
extern Schema *input_base(const SchemaInput *input, bool defaults);

/* The table, locked as for reading. */
extern Relation input_relation(const SchemaInput *input);

/* The locale of a schema; never NULL. */
extern const char *input_locale(const Schema *schema);

#endif							/* SYNTHIK_INPUT_H */
