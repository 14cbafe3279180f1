/*-------------------------------------------------------------------------
 *
 * expression_name.c
 *		What the names in an expression stand for: fields of the row, columns of
 *		rows that it refers to, and the place of a row in its series.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "schema/document.h"
#include "schema/expression_internal.h"
#include "util/nearest.h"
#include "utils/lsyscache.h"

/* ---- names ---- */

/*
 * The Var of a field.  Its type is the tuple descriptor's, which the executor
 * compares it with.
 */
static Node *
field_var(const Schema *schema, int index, int location)
{
	Field	   *field = schema->fields[index];
	Oid			type = field->type;
	int32		typmod = field->typmod;
	Oid			collation = field->collation;
	Var		   *var;

	if (schema->tupdesc != NULL)
	{
		Form_pg_attribute attribute = TupleDescAttr(schema->tupdesc, index);

		type = attribute->atttypid;
		typmod = attribute->atttypmod;
		collation = attribute->attcollation;
	}
	var = makeVar(1, index + 1, type, typmod, collation, 0);
	var->location = location;
	return (Node *) var;
}

/* A context, as the rows' second tuple has it. */
static Node *
inner_var(const Schema *schema, int index, int location)
{
	const Field *field = schema->fields[index];
	Var		   *var = makeVar(INNER_VAR, index - schema->nfields + 1, field->type,
							  field->typmod, field->collation, 0);

	var->location = location;
	return (Node *) var;
}

static Node *
named_field(ParseState *pstate, const char *name, int location)
{
	const Schema *schema = pstate->p_ref_hook_state;
	int			index = schema_drawn_index(schema, name);
	const char *hint;

	if (index >= 0)
		return index < schema->nfields ? field_var(schema, index, location) :
			inner_var(schema, index, location);
	hint = schema_field_hint(schema, name);
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("field \"%s\" does not exist", name),
			 hint ? errhint("%s", hint) : 0,
			 parser_errposition(pstate, location)));
	return NULL;				/* keep compiler quiet */
}

/* ---- columns of rows that are referred to ---- */

/*
 * The reference of a field whose parent has a column; that which draws the
 * field goes first.  -1 if there is none, and then *any is one without it.
 */
static int
reference_with_column(const Schema *schema, int field, const char *column, int *any)
{
	int			first = schema->fields[field]->reference;

	*any = first;
	for (int i = -1; i < list_length(schema->references); i++)
	{
		int			index = i < 0 ? first : i;
		const Reference *reference = index < 0 ? NULL : list_nth(schema->references, index);

		if (reference == NULL || !reference_has_field(reference, field))
			continue;
		if (*any < 0)
			*any = index;
		if (get_attnum(reference->relid, column) > 0)
			return index;
	}
	return -1;
}

/* "customer_id.country": a column of the row that a field refers to. */
static Node *
context_var(ParseState *pstate, const ColumnRef *column, char *name, char *member)
{
	Schema	   *schema = pstate->p_ref_hook_state;
	int			field = schema_field_index(schema, name);
	int			any = -1;
	int			reference = field < 0 ? -1 : reference_with_column(schema, field, member, &any);
	Oid			relid = any < 0 ? InvalidOid :
		((Reference *) list_nth(schema->references, any))->relid;
	const char *hint = NULL;
	int			context;

	if (reference < 0)
	{
		if (field < 0)
			hint = schema_field_hint(schema, name);
		else if (OidIsValid(relid))
			hint = name_hint(nearest_column(relid, member));
		else
			hint = "A field that \"references\" a table leads to the columns of that table.";
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 field < 0 ? errmsg("field \"%s\" does not exist", name) :
				 OidIsValid(relid) ? errmsg("column \"%s\" of \"%s\" does not exist", member,
											get_rel_name(relid)) :
				 errmsg("field \"%s\" refers to no table, so there is no \"%s\"", name,
						NameListToString(column->fields)),
				 hint ? errhint("%s", hint) : 0,
				 parser_errposition(pstate, column->location)));
	}
	if (!reference_is_drawn(schema, list_nth(schema->references, reference)))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("\"%s\" cannot be read: field \"%s\" is not drawn from keys",
						NameListToString(column->fields), name),
				 parser_errposition(pstate, column->location)));
	context = schema_context(schema, reference,
							 get_attnum(((Reference *) list_nth(schema->references, reference))->relid,
										member));
	return inner_var(schema, context, column->location);
}

/* ---- names of a series ---- */

#define PREVIOUS_NAME	"previous"
#define SERIES_NAME		"series"

static const char *const place_names[PLACE_COLUMNS] = {"position", "rows", "number"};

TupleDesc
previous_descriptor(const Schema *schema)
{
	int			n = schema->nfields;
	int			ahead = n + PLACE_COLUMNS;
	TupleDesc	tupdesc = CreateTemplateTupleDesc(ahead + schema->ncontexts);

	for (int i = 0; i < n; i++)
		TupleDescCopyEntry(tupdesc, i + 1, schema->tupdesc, i + 1);
	for (int i = 0; i < PLACE_COLUMNS; i++)
		TupleDescInitEntry(tupdesc, n + i + 1, place_names[i], INT8OID, -1, 0);
	for (int i = 0; i < schema->ncontexts; i++)
		TupleDescCopyEntry(tupdesc, ahead + i + 1, schema->context_tupdesc, i + 1);
	return tupdesc;
}

static Node *
place_var(ParseState *pstate, const char *name, int location)
{
	const Schema *schema = pstate->p_ref_hook_state;
	const char *nearest;

	for (int i = 0; i < PLACE_COLUMNS; i++)
		if (strcmp(name, place_names[i]) == 0)
			return (Node *) makeVar(PREVIOUS_VARNO, schema->nfields + i + 1, INT8OID, -1,
									InvalidOid, 0);
	nearest = nearest_name(name, place_names, PLACE_COLUMNS);
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("a series has no \"%s\"", name),
			 nearest ? errhint("Perhaps you meant \"%s\".", nearest) :
			 errhint("There are series.position, series.rows and series.number."),
			 parser_errposition(pstate, location)));
	return NULL;				/* keep compiler quiet */
}

/* A field of that name that refers to a table goes first. */
static bool
named_by_series(const Schema *schema, const char *name)
{
	int			field = schema_field_index(schema, name);

	return (strcmp(name, PREVIOUS_NAME) == 0 || strcmp(name, SERIES_NAME) == 0) &&
		(field < 0 || (schema->series_low > 0 && schema->fields[field]->reference < 0));
}

/* "previous.a" or "series.position" */
static Node *
series_reference(ParseState *pstate, ColumnRef *column)
{
	const Schema *schema = pstate->p_ref_hook_state;
	const char *first = strVal(linitial(column->fields));
	const char *second = strVal(lsecond(column->fields));
	Var		   *var;

	if (schema->series_low == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_COLUMN_REFERENCE),
				 errmsg("\"%s.%s\" needs a series", first, second),
				 errhint("Give the document \"series\": {\"rows\": 48}, or {\"rows\": [20, 200]}."),
				 parser_errposition(pstate, column->location)));
	if (strcmp(first, SERIES_NAME) == 0)
		return place_var(pstate, second, column->location);
	var = (Var *) named_field(pstate, second, column->location);
	if (var->varno == INNER_VAR)
		var->varattno += schema->nfields + PLACE_COLUMNS;
	var->varno = PREVIOUS_VARNO;
	return (Node *) var;
}

/* ---- any name ---- */

Node *
expression_column_hook(ParseState *pstate, ColumnRef *column, Node *var)
{
	const Schema *schema = pstate->p_ref_hook_state;
	Node	   *first = linitial(column->fields);

	CHECK_FOR_INTERRUPTS();
	if (var != NULL)
		return NULL;
	if (list_length(column->fields) == 2 && IsA(first, String) &&
		IsA(lsecond(column->fields), String))
		return named_by_series(schema, strVal(first)) ? series_reference(pstate, column) :
			context_var(pstate, column, strVal(first), strVal(lsecond(column->fields)));
	if (list_length(column->fields) != 1 || !IsA(first, String))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("only plain field names are allowed in an expression, not \"%s\"",
						NameListToString(column->fields)),
				 parser_errposition(pstate, column->location)));
	return named_field(pstate, strVal(first), column->location);
}
