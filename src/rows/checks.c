/*-------------------------------------------------------------------------
 *
 * checks.c
 *		Whether a row holds what its schema says, judged by the executor.
 *
 * There are three sorts of rules: boolean expressions (the document's, the
 * table's, its domains'), NOT NULL on what expressions and defaults give, and
 * types with constrained domains inside (an array of a domain, say), whose
 * made values nobody has passed through a cast.  All of them are tested
 * without throwing, for a row that fails is drawn again.
 *
 * A rule that almost no row meets would let the caller wait forever.  So each
 * counts what it has judged, and becomes an error that gives these numbers.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "optimizer/optimizer.h"
#include "rows/checks.h"
#include "schema/expression.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* Fields whose values a message shows, and bytes of each. */
#define SHOWN_FIELDS	8
#define SHOWN_BYTES		64

/* ---- which fields a rule hangs on ---- */

/* What the expression of a field reads, of the row before too if asked for. */
static Bitmapset *
field_reads(const Schema *schema, int field, bool previous)
{
	const Field *f = schema->fields[field];
	Bitmapset  *reads;

	if (f->origin != FIELD_EXPRESSION || f->expr == NULL)
		return NULL;
	reads = expression_reads(schema, f->expr);
	return previous ? bms_add_members(reads, expression_reads_previous(schema, f->expr)) : reads;
}

bool
check_reads_series(const RowChecks *checks, const RowCheck *check)
{
	return check->expr != NULL && expression_reads_series(checks->schema, check->expr);
}

/* Fields, and all that their expressions read. */
static Bitmapset *
fields_behind(const Schema *schema, const Bitmapset *fields, bool previous)
{
	Bitmapset  *all = bms_copy(fields);
	Bitmapset  *open = bms_copy(fields);
	int			field;

	while ((field = bms_next_member(open, -1)) >= 0)
	{
		Bitmapset  *reads = field_reads(schema, field, previous);

		open = bms_del_member(open, field);
		open = bms_add_members(open, bms_difference(reads, all));
		all = bms_add_members(all, reads);
	}
	return all;
}

/* Can drawing a field again give another value? */
static bool
field_varies(const Field *field)
{
	if (field->per_series)
		return false;
	if (field->origin == FIELD_CONTEXT)
		return true;
	if (field->origin != FIELD_MADE)
		return false;
	return field->ncases > 0 ||
		!(field->enumeration.count == 1 && field->reference < 0 &&
			 (field->required || field->null_fraction == 0));
}

/* The component of all varying fields among some, or 0 where they differ. */
static int
fields_component(const Schema *schema, const Bitmapset *fields)
{
	int			component = -1;
	int			i = -1;

	while ((i = bms_next_member(fields, i)) >= 0)
	{
		const Field *field = schema->fields[i];

		if (!field_varies(field))
			continue;
		if (component >= 0 && component != field->component)
			return 0;
		component = field->component;
	}
	return Max(component, 0);
}

static bool
fields_vary(const Schema *schema, const Bitmapset *fields)
{
	int			i = -1;

	while ((i = bms_next_member(fields, i)) >= 0)
		if (field_varies(schema->fields[i]))
			return true;
	return false;
}

/* ---- gathering and compiling the rules ---- */

static RowCheck *
check_add(RowChecks *checks, char *label, Bitmapset *fields)
{
	RowCheck   *check = &checks->items[checks->count++];
	Bitmapset  *behind = fields_behind(checks->schema, fields, false);

	memset(check, 0, sizeof(RowCheck));
	check->label = label;
	check->fields = fields;
	check->required_field = -1;
	check->typed_field = -1;
	check->repairable = fields_vary(checks->schema, behind);
	check->component = fields_component(checks->schema, behind);
	return check;
}

/* NOT NULL on what the executor gives; makers keep to it by themselves. */
static void
gather_required(RowChecks *checks)
{
	const Schema *schema = checks->schema;

	for (int i = 0; i < schema->nfields; i++)
	{
		const Field *field = schema->fields[i];
		RowCheck   *check;

		if (!field->required || (field->origin != FIELD_EXPRESSION &&
								 field->origin != FIELD_DEFAULT))
			continue;
		check = check_add(checks, psprintf("NOT NULL on \"%s\"", field->name),
						  bms_make_singleton(i));
		check->required_field = i;
	}
}

static bool
has_domain_check(const Schema *schema, int field)
{
	ListCell   *lc;

	foreach(lc, schema->checks)
		if (((Check *) lfirst(lc))->domain_field == field)
			return true;
	return false;
}

/* Types of made fields; what expressions give has passed a cast. */
static void
gather_types(RowChecks *checks)
{
	const Schema *schema = checks->schema;

	for (int i = 0; i < schema->nfields; i++)
	{
		const Field *field = schema->fields[i];
		Oid			typid;
		TypeCheck  *type;
		RowCheck   *check;

		if (field->origin != FIELD_MADE)
			continue;
		/* Checks of the domain itself are among the schema's. */
		typid = has_domain_check(schema, i) ? field->base_type : field->type;
		type = typecheck_build(typid);
		if (type == NULL)
			continue;
		check = check_add(checks,
						  psprintf("type %s of \"%s\"",
								   format_type_be(field->type), field->name),
						  bms_make_singleton(i));
		check->typed_field = i;
		check->type = type;
	}
}

static void
gather_expressions(RowChecks *checks)
{
	ListCell   *lc;

	foreach(lc, checks->schema->checks)
	{
		Check	   *rule = lfirst(lc);
		RowCheck   *check;

		check = check_add(checks, psprintf("check \"%s\"", rule->name),
						  expression_reads(checks->schema, rule->expr));
		check->expr = rule->expr;
	}
}

/*
 * Does a rule decide about the fields used?  One that has a component of its
 * own does not touch the others; one that has the whole row drawn again does,
 * and one that reads no field decides about every row.
 */
static bool
check_decides(const RowCheck *check, const Bitmapset *used,
			  const Bitmapset *components)
{
	if (bms_is_empty(check->fields))
		return true;
	if (!check->repairable)
		return bms_overlap(check->fields, used);
	return check->component == 0 ||
		bms_is_member(check->component, components);
}

static Bitmapset *
used_components(const Schema *schema, const Bitmapset *used)
{
	Bitmapset  *components = NULL;
	int			i = -1;

	while ((i = bms_next_member(used, i)) >= 0)
		components = bms_add_member(components, schema->fields[i]->component);
	return components;
}

/* What a rule reads, of the row before too. */
static Bitmapset *
check_fields(const RowChecks *checks, const RowCheck *check)
{
	Bitmapset  *fields = bms_copy(check->fields);

	return check->expr == NULL ? fields :
		bms_add_members(fields, expression_reads_previous(checks->schema, check->expr));
}

/* Leaves out the rules that decide about none of the needed fields. */
static Bitmapset *
select_checks(RowChecks *checks, const Bitmapset *needed)
{
	Bitmapset  *used = fields_behind(checks->schema, needed, true);
	bool	   *chosen = palloc0(sizeof(bool) * Max(checks->count, 1));
	bool		changed = true;
	int			kept = 0;

	while (changed)
	{
		Bitmapset  *components = used_components(checks->schema, used);

		changed = false;
		for (int i = 0; i < checks->count; i++)
		{
			RowCheck   *check = &checks->items[i];

			if (chosen[i] || !check_decides(check, used, components))
				continue;
			chosen[i] = changed = true;
			used = bms_add_members(used, fields_behind(checks->schema, check_fields(checks, check),
													   true));
		}
	}
	for (int i = 0; i < checks->count; i++)
		if (chosen[i])
			checks->items[kept++] = checks->items[i];
	checks->count = kept;
	return used;
}

RowChecks *
checks_build(const Schema *schema, EState *estate, Bitmapset *needed,
			 Bitmapset **used)
{
	MemoryContext old = MemoryContextSwitchTo(estate->es_query_cxt);
	RowChecks  *checks = palloc0(sizeof(RowChecks));

	checks->schema = schema;
	checks->current = -1;
	checks->patience = CHECK_PATIENCE;
	checks->elevel = ERROR;
	checks->items = palloc_extended(sizeof(RowCheck) *
									(2 * (Size) schema->nfields +
									 list_length(schema->checks) + 1),
									MCXT_ALLOC_HUGE);
	gather_required(checks);
	gather_types(checks);
	gather_expressions(checks);
	*used = NULL;
	if (needed != NULL)
		*used = select_checks(checks, needed);
	for (int i = 0; i < checks->count; i++)
		if (checks->items[i].expr != NULL)
			checks->items[i].state =
				ExecPrepareExpr((Expr *) copyObject(checks->items[i].expr),
								estate);
	MemoryContextSwitchTo(old);
	return checks;
}

/* ---- testing a row ---- */

static inline bool
check_holds(RowCheck *check, ExprContext *econtext)
{
	TupleTableSlot *slot = econtext->ecxt_scantuple;

	if (check->state != NULL)
		return ExecCheck(check->state, econtext);
	if (check->required_field >= 0)
		return !slot->tts_isnull[check->required_field];
	return typecheck_holds(check->type, slot->tts_values[check->typed_field],
						   slot->tts_isnull[check->typed_field], econtext);
}

int
checks_run(RowChecks *checks, ExprContext *econtext, int component)
{
	int			failing = -1;

	for (int i = 0; i < checks->count && failing < 0; i++)
	{
		RowCheck   *check = &checks->items[i];
		bool		holds;

		checks->current = i;
		holds = check_holds(check, econtext);
		if (!holds)
			failing = i;

		/* What was judged before and not drawn again does not count twice. */
		if (!holds || component == 0 || check->component == 0 ||
			check->component == component)
		{
			check->draws++;
			check->passes += holds;
		}
	}
	checks->current = -1;
	return failing;
}

/* ---- when it fails too often ---- */

char *
count_text(int64 count)
{
	char		digits[32];
	StringInfoData text;
	int			length = snprintf(digits, sizeof(digits), INT64_FORMAT, count);

	initStringInfo(&text);
	for (int i = 0; i < length; i++)
	{
		if (i > 0 && (length - i) % 3 == 0 && digits[i - 1] != '-')
			appendStringInfoChar(&text, ',');
		appendStringInfoChar(&text, digits[i]);
	}
	return text.data;
}

static char *
value_text(const Field *field, Datum value, bool isnull)
{
	Oid			output;
	bool		varlena;
	char	   *text;
	int			length;

	if (isnull)
		return "NULL";
	getTypeOutputInfo(field->base_type, &output, &varlena);
	text = OidOutputFunctionCall(output, value);
	length = strlen(text);
	if (length <= SHOWN_BYTES)
		return text;
	return psprintf("%.*s...", pg_mbcliplen(text, length, SHOWN_BYTES), text);
}

/* '"qty" = 3, "price" = 1.20', of the fields that a rule reads */
static char *
check_values(const RowChecks *checks, const RowCheck *check,
			 TupleTableSlot *slot)
{
	StringInfoData text;
	int			shown = 0;
	int			i = -1;

	initStringInfo(&text);
	while ((i = bms_next_member(check->fields, i)) >= 0)
	{
		const Field *field = checks->schema->fields[i];

		/* what is hidden is not in the row */
		if (field->origin == FIELD_DROPPED || i >= checks->schema->nfields)
			continue;
		if (shown > 0)
			appendStringInfoString(&text, ", ");
		if (shown++ == SHOWN_FIELDS)
		{
			appendStringInfoString(&text, "...");
			break;
		}
		appendStringInfo(&text, "\"%s\" = %s", field->name,
						 value_text(field, slot->tts_values[i],
									slot->tts_isnull[i]));
	}
	return text.data;
}

/* 'column "a"', 'columns "a" and "b"' */
static char *
check_columns(const RowChecks *checks, const RowCheck *check)
{
	int			count = bms_num_members(check->fields);
	StringInfoData text;
	int			done = 0;
	int			i = -1;

	if (count == 0 || count > SHOWN_FIELDS)
		return "columns it reads";
	initStringInfo(&text);
	appendStringInfoString(&text, count == 1 ? "column " : "columns ");
	while ((i = bms_next_member(check->fields, i)) >= 0)
	{
		if (done > 0)
			appendStringInfoString(&text, done == count - 1 ? " and " : ", ");
		appendStringInfo(&text, "\"%s\"", checks->schema->fields[i]->name);
		done++;
	}
	return text.data;
}

static char *
check_advice(const RowChecks *checks, const RowCheck *check)
{
	char	   *columns = check_columns(checks, check);

	if (check->required_field >= 0)
		return psprintf("Let the %s have a value for every row, or allow NULL.",
						columns);
	if (check->typed_field >= 0)
		return psprintf("Give the %s an enum or examples that the type accepts.",
						columns);
	if (bms_is_empty(check->fields))
		return "Leave the check out, or have it read the columns that it is about.";
	if (!check->repairable)
		return psprintf("Let the %s be drawn within what the check allows, or relax the check.",
						columns);
	return psprintf("Give the %s narrower bounds, an enum or a pattern, or relax the check.",
					columns);
}

static int
check_errcode(const RowCheck *check)
{
	return check->required_field >= 0 ? ERRCODE_NOT_NULL_VIOLATION :
		ERRCODE_CHECK_VIOLATION;
}

bool
checks_judge(RowChecks *checks, int failing, TupleTableSlot *slot,
			 int64 row, int64 attempts)
{
	const RowCheck *check = &checks->items[failing];
	char	   *values;

	if (check->repairable && attempts < checks->patience &&
		(check->draws < checks->patience ||
		 check->passes >= check->draws / CHECK_LEAST_SHARE))
		return true;

	values = check_values(checks, check, slot);
	if (!check->repairable)
	{
		ereport(checks->elevel,
				(errcode(check_errcode(check)),
				 errmsg("%s does not hold for row " INT64_FORMAT,
						check->label, row),
				 values[0] == '\0' ? errdetail("It reads no column.") :
				 errdetail("What it reads is not drawn: %s.", values),
				 errhint("%s", check_advice(checks, check))));
		return false;
	}
	ereport(checks->elevel,
			(errcode(check_errcode(check)),
			 errmsg("%s held for %s of %s rows drawn", check->label,
					count_text(check->passes), count_text(check->draws)),
			 values[0] == '\0' ?
			 errdetail("Row " INT64_FORMAT " was drawn %s times.", row, count_text(attempts)) :
			 errdetail("Row " INT64_FORMAT " was drawn %s times, the last time with %s.",
					   row, count_text(attempts), values),
			 errhint("%s", check_advice(checks, check))));
	return false;
}
