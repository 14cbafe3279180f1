/*-------------------------------------------------------------------------
 *
 * compliance.c
 *		Whether synthetic rows could be stored in the original table: its
 *		types, NOT NULL, domains, CHECK constraints and keys, judged by
 *		PostgreSQL itself on the rows of the sample.
 *
 * Foreign keys are not looked at: a sample says nothing of the parents.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "report/compliance.h"
#include "rows/checks.h"
#include "util/guard.h"
#include "util/rng.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

/* A rule, and how many rows break it. */
typedef struct Rule
{
	const char *label;
	int			broken;
} Rule;

/* What rows are judged by: types and NOT NULL, or constraints. */
typedef struct Court
{
	int			nrules;
	Rule	   *rules;
	bool	   *guilty;			/* [row] */
} Court;

typedef struct Hearing
{
	const Frame *frame;
	const Schema *schema;
	const Sample *sample;
	int			nrows;
	int		   *attributes;		/* [field] of the synthetic relation, or -1 */
	Datum	  **values;			/* [field][row], of the field's type */
	bool	  **nulls;
	Court		types;
	Court		constraints;
} Hearing;

/* ---- verdicts ---- */

static Rule *
add_rule(Court *court, const char *label)
{
	Rule	   *rule;

	court->rules = court->rules == NULL ? palloc(sizeof(Rule)) :
		repalloc(court->rules, sizeof(Rule) * (court->nrules + 1));
	rule = &court->rules[court->nrules++];
	rule->label = label;
	rule->broken = 0;
	return rule;
}

static inline void
convict(Court *court, Rule *rule, int row)
{
	rule->broken++;
	court->guilty[row] = true;
}

static double
share_of_innocent(const Court *court, int nrows, const char **worst)
{
	const Rule *most = NULL;
	int			guilty = 0;

	for (int row = 0; row < nrows; row++)
		guilty += court->guilty[row];
	for (int i = 0; i < court->nrules; i++)
		if (court->rules[i].broken > (most == NULL ? 0 : most->broken))
			most = &court->rules[i];
	*worst = most == NULL ? NULL : most->label;
	return nrows == 0 ? NAN : 1 - (double) guilty / nrows;
}

/* ---- values of the fields' types ---- */

typedef struct Conversion
{
	Oid			from;
	FmgrInfo	input;
	Oid			parameter;
	int32		typmod;
	Datum		value;
	Datum		result;
} Conversion;

static void
convert_value(void *argument)
{
	Conversion *conversion = argument;
	Oid			output;
	bool		varlena;

	getTypeOutputInfo(conversion->from, &output, &varlena);
	conversion->result = InputFunctionCall(&conversion->input,
										   OidOutputFunctionCall(output, conversion->value),
										   conversion->parameter, conversion->typmod);
}

/* Takes a column of another type over by way of text; what fails becomes NULL. */
static void
convert_column(Hearing *hearing, int index, Form_pg_attribute att)
{
	const Field *field = hearing->schema->fields[index];
	int			attribute = hearing->attributes[index];
	Conversion	conversion = {.from = att->atttypid,.typmod = field->base_typmod};
	Rule	   *rule = add_rule(&hearing->types,
								psprintf("the type of column \"%s\"", field->name));
	Oid			input;

	getTypeInputInfo(field->base_type, &input, &conversion.parameter);
	fmgr_info(input, &conversion.input);
	hearing->values[index] = palloc0(sizeof(Datum) * Max(hearing->nrows, 1));
	hearing->nulls[index] = palloc(sizeof(bool) * Max(hearing->nrows, 1));
	for (int row = 0; row < hearing->nrows; row++)
	{
		hearing->nulls[index][row] = true;
		if (hearing->sample->nulls[attribute][row])
			continue;
		CHECK_FOR_INTERRUPTS();
		conversion.value = hearing->sample->values[attribute][row];
		if (guard_call(convert_value, &conversion, NULL))
		{
			hearing->values[index][row] = conversion.result;
			hearing->nulls[index][row] = false;
		}
		else
			convict(&hearing->types, rule, row);
	}
}

static void
take_column(Hearing *hearing, int index)
{
	const Field *field = hearing->schema->fields[index];
	int			attribute = hearing->attributes[index];
	Form_pg_attribute att = TupleDescAttr(RelationGetDescr(hearing->frame->relations[FRAME_SYNTHETIC]),
										  attribute);
	int32		typmod = att->atttypmod;

	if (getBaseTypeAndTypmod(att->atttypid, &typmod) == field->base_type &&
		(field->base_typmod < 0 || typmod == field->base_typmod))
	{
		hearing->values[index] = hearing->sample->values[attribute];
		hearing->nulls[index] = hearing->sample->nulls[attribute];
	}
	else
		convert_column(hearing, index, att);
}

static void
take_columns(Hearing *hearing)
{
	int			nfields = hearing->schema->nfields;

	hearing->attributes = palloc(sizeof(int) * Max(nfields, 1));
	/* columns of other rows are not there: rules that read them cannot be judged */
	hearing->values = palloc0(sizeof(Datum *) * Max(schema_width(hearing->schema), 1));
	hearing->nulls = palloc0(sizeof(bool *) * Max(nfields, 1));
	for (int i = 0; i < nfields; i++)
	{
		const Field *field = hearing->schema->fields[i];

		hearing->attributes[i] = -1;
		if (field->origin == FIELD_DROPPED)
			continue;
		for (int j = 0; j < hearing->frame->ncolumns; j++)
			if (strcmp(hearing->frame->columns[j]->name, field->name) == 0)
				hearing->attributes[i] = hearing->frame->columns[j]->attribute[FRAME_SYNTHETIC];
		if (hearing->attributes[i] >= 0)
			take_column(hearing, i);
	}
}

/* ---- NOT NULL ---- */

/*
 * In samples, values that are too long are NULL.  So are those of a column
 * that its own table says has none.
 */
static bool
has_long_values(const Frame *frame, FrameSide side, int attribute)
{
	const Sample *sample = frame->samples[side];

	if (!TupleDescAttr(RelationGetDescr(frame->relations[side]), attribute)->attnotnull)
		return false;
	for (int row = 0; row < sample->nrows; row++)
		if (sample->nulls[attribute][row])
			return true;
	return false;
}

static void
judge_required(Hearing *hearing, int index)
{
	const Field *field = hearing->schema->fields[index];
	int			attribute = hearing->attributes[index];
	Rule	   *rule;

	if (!field->required || attribute < 0 ||
		has_long_values(hearing->frame, FRAME_ORIGINAL, index) ||
		has_long_values(hearing->frame, FRAME_SYNTHETIC, attribute))
		return;
	rule = add_rule(&hearing->types, psprintf("NOT NULL on column \"%s\"", field->name));
	for (int row = 0; row < hearing->nrows; row++)
		if (hearing->sample->nulls[attribute][row])
			convict(&hearing->types, rule, row);
}

/* ---- CHECK and domains ---- */

typedef struct CheckRun
{
	Hearing    *hearing;
	RowCheck   *check;
	TupleTableSlot *slot;
	ExprContext *econtext;
	Court	   *court;
	Rule	   *rule;
	int			row;			/* that is being judged */
} CheckRun;

static bool
check_holds(const CheckRun *run)
{
	const RowCheck *check = run->check;

	if (check->state != NULL)
		return ExecCheck(check->state, run->econtext);
	if (check->required_field >= 0)
		return true;			/* judge_required() sees to it */
	return typecheck_holds(check->type, run->slot->tts_values[check->typed_field],
						   run->slot->tts_isnull[check->typed_field], run->econtext);
}

static void
fill_slot(const Hearing *hearing, TupleTableSlot *slot, int row)
{
	ExecClearTuple(slot);
	for (int i = 0; i < hearing->schema->nfields; i++)
	{
		slot->tts_isnull[i] = hearing->values[i] == NULL || hearing->nulls[i][row];
		slot->tts_values[i] = slot->tts_isnull[i] ? (Datum) 0 : hearing->values[i][row];
	}
	ExecStoreVirtualTuple(slot);
}

static void
run_check(void *argument)
{
	CheckRun   *run = argument;

	for (; run->row < run->hearing->nrows; run->row++)
	{
		CHECK_FOR_INTERRUPTS();
		ResetExprContext(run->econtext);
		fill_slot(run->hearing, run->slot, run->row);
		if (!check_holds(run))
			convict(run->court, run->rule, run->row);
	}
}

/* Are all columns there that a rule reads? */
static bool
can_judge(const Hearing *hearing, const RowCheck *check)
{
	int			i = -1;

	while ((i = bms_next_member(check->fields, i)) >= 0)
		if (hearing->values[i] == NULL)
			return false;
	return true;
}

/* A row on which a rule throws could not be stored either. */
static void
judge_check(Hearing *hearing, CheckRun *run)
{
	if (run->check->required_field >= 0 || !can_judge(hearing, run->check))
		return;
	run->court = run->check->typed_field >= 0 ? &hearing->types : &hearing->constraints;
	run->rule = add_rule(run->court, pstrdup(run->check->label));
	run->row = 0;
	while (!guard_call(run_check, run, NULL))
		convict(run->court, run->rule, run->row++);
}

static void
judge_checks(Hearing *hearing)
{
	EState	   *estate = CreateExecutorState();
	Bitmapset  *used;
	RowChecks  *checks = checks_build(hearing->schema, estate, NULL, &used);
	CheckRun	run = {.hearing = hearing,.econtext = GetPerTupleExprContext(estate)};

	run.slot = MakeSingleTupleTableSlot(hearing->schema->tupdesc, &TTSOpsVirtual);
	run.econtext->ecxt_scantuple = run.slot;
	for (int i = 0; i < checks->count; i++)
	{
		/* stored rows have no order */
		if (check_reads_series(checks, &checks->items[i]))
			continue;
		run.check = &checks->items[i];
		judge_check(hearing, &run);
	}
	ExecDropSingleTupleTableSlot(run.slot);
	FreeExecutorState(estate);
}

/* ---- keys ---- */

/* A hash of a row's values of a key, or false where one of them is NULL. */
static bool
hash_key(const Hearing *hearing, const int *fields, int nfields, int row, uint64 *hash)
{
	*hash = 0;
	for (int i = 0; i < nfields; i++)
	{
		const Field *field = hearing->schema->fields[fields[i]];
		Size		length;
		const char *text;

		if (hearing->nulls[fields[i]][row])
			return false;
		text = frame_text(field->base_type, hearing->values[fields[i]][row], &length);
		*hash = rng_combine(*hash, rng_hash(text, length));
	}
	return true;
}

static void
judge_key(Hearing *hearing, const int *fields, int nfields)
{
	HASHCTL		control = {.keysize = sizeof(uint64),.entrysize = sizeof(uint64)};
	MemoryContext scratch;
	MemoryContext old;
	HTAB	   *keys;
	Rule	   *rule;

	for (int i = 0; i < nfields; i++)
		if (hearing->values[fields[i]] == NULL)
			return;
	rule = add_rule(&hearing->constraints,
					psprintf("the unique key of column \"%s\"%s",
							 hearing->schema->fields[fields[0]]->name,
							 nfields > 1 ? " and others" : ""));
	scratch = AllocSetContextCreate(CurrentMemoryContext, "synthik keys",
									ALLOCSET_DEFAULT_SIZES);
	control.hcxt = scratch;
	keys = hash_create("synthik keys", Max(hearing->nrows, 16), &control,
					   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	old = MemoryContextSwitchTo(scratch);
	for (int row = 0; row < hearing->nrows; row++)
	{
		uint64		hash;
		bool		found;

		CHECK_FOR_INTERRUPTS();
		if (!hash_key(hearing, fields, nfields, row, &hash))
			continue;
		hash_search(keys, &hash, HASH_ENTER, &found);
		if (found)
			convict(&hearing->constraints, rule, row);
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(scratch);
}

static void
judge_keys(Hearing *hearing)
{
	ListCell   *lc;

	for (int i = 0; i < hearing->schema->nfields; i++)
		if (hearing->schema->fields[i]->unique)
			judge_key(hearing, &i, 1);
	foreach(lc, hearing->schema->uniques)
	{
		const UniqueSet *set = lfirst(lc);

		judge_key(hearing, set->fields, set->nfields);
	}
}

/* ---- all of it ---- */

Compliance
compliance_judge(const Frame *frame, const Schema *schema)
{
	Compliance	compliance = {0};
	Hearing		hearing = {.frame = frame,.schema = schema};

	hearing.sample = frame->samples[FRAME_SYNTHETIC];
	hearing.nrows = frame->nrows[FRAME_SYNTHETIC];
	hearing.types.guilty = palloc0(Max(hearing.nrows, 1));
	hearing.constraints.guilty = palloc0(Max(hearing.nrows, 1));
	take_columns(&hearing);
	for (int i = 0; i < schema->nfields; i++)
		judge_required(&hearing, i);
	judge_checks(&hearing);
	judge_keys(&hearing);
	compliance.types = share_of_innocent(&hearing.types, hearing.nrows,
										 &compliance.types_worst);
	compliance.constraints = share_of_innocent(&hearing.constraints, hearing.nrows,
											   &compliance.constraints_worst);
	return compliance;
}
