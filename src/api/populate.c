/*-------------------------------------------------------------------------
 *
 * populate.c
 *		synthik_populate: rows into several tables, with their keys.
 *
 * Everything is read, planned and checked before the first row is stored.
 * Each table is then filled as synthik_augment would fill it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "access/relation.h"
#include "access/xact.h"
#include "api/fill.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "populate/populate.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

typedef enum PopulateArgument
{
	ARG_ROWS,
	ARG_SCHEMA_NAME,
	ARG_SCALE,
	ARG_EXCLUDE,
	ARG_SEED,
	ARG_LOCALE,
	ARG_WORKERS,
	ARG_LEARNING,
	ARG_DRY_RUN = ARG_LEARNING + LEARNING_ARGUMENTS,
	ARG_MARK,
	ARG_MODEL,
	ARG_BUDGET,
	ARG_SEND,
	ARG_OPTIONS,
	ARG_COUNT
} PopulateArgument;

#define RESULT_COLUMNS 4

typedef struct Populate
{
	PopulateOrder order;
	FillOrder	fill;			/* what all tables have in common */
	const NullableDatum *args;
	List	   *tables;			/* of PopulateTable *, in their order */
	Fill	   *fills;			/* beside them */
	bool		dry;
} Populate;

/* ---- arguments ---- */

static List *
read_names(const NullableDatum *arg)
{
	Datum	   *items;
	bool	   *nulls;
	int			n;
	List	   *names = NIL;

	if (arg->isnull)
		return NIL;
	deconstruct_array(DatumGetArrayTypeP(arg->value), NAMEOID, NAMEDATALEN, false, TYPALIGN_CHAR,
					  &items, &nulls, &n);
	for (int i = 0; i < n; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("exclude must not contain null")));
		names = lappend(names, pstrdup(NameStr(*DatumGetName(items[i]))));
	}
	return names;
}

/* The arguments that all makers of rows share, for one table. */
static void
read_shared(const NullableDatum *args, const PopulateTable *table, RequestArguments *out)
{
	const NullableDatum null = {.isnull = true};
	NullableDatum shared[REQUEST_ARGUMENTS_SCHEMA] = {
		{Int64GetDatum(table != NULL ? table->rows : 0), false},
		args[ARG_MODEL], args[ARG_SEED], args[ARG_LOCALE], null, null, null,
		args[ARG_BUDGET], args[ARG_SEND], args[ARG_OPTIONS]
	};

	if (table != NULL && table->ask.condition != NULL)
		shared[4] = (NullableDatum) {JsonbPGetDatum(table->ask.condition), false};
	if (table != NULL && table->ask.schema != NULL)
		shared[5] = (NullableDatum) {JsonbPGetDatum(table->ask.schema), false};
	request_read(shared, true, out);
}

static void
read_arguments(Populate *populate)
{
	const NullableDatum *args = populate->args;
	PopulateOrder *order = &populate->order;
	FillOrder  *fill = &populate->fill;

	read_shared(args, NULL, &fill->arguments);
	fill->workers = fill_read_workers(&args[ARG_WORKERS]);
	learning_read(&args[ARG_LEARNING], &fill->learning);
	if (!args[ARG_MARK].isnull)
		fill->mark = NameStr(*DatumGetName(args[ARG_MARK].value));
	if (!args[ARG_ROWS].isnull)
		order->rows = DatumGetJsonbPCopy(args[ARG_ROWS].value);
	if (!args[ARG_SCHEMA_NAME].isnull)
		order->namespace = LookupExplicitNamespace(NameStr(*DatumGetName(args[ARG_SCHEMA_NAME].value)),
												   false);
	order->scaled = !args[ARG_SCALE].isnull;
	order->scale = args[ARG_SCALE].value;
	order->exclude = read_names(&args[ARG_EXCLUDE]);
	order->seed = (uint64) fill->arguments.seed;
	order->locale = fill->arguments.locale;
	populate->dry = !args[ARG_DRY_RUN].isnull && DatumGetBool(args[ARG_DRY_RUN].value);
}

/* ---- preparing ---- */

static void
tell_table(void *arg)
{
	errcontext("rows of table %s", ((PopulateTable *) arg)->name);
}

/* A table without such a column is filled without it. */
static const char *
mark_of(const Populate *populate, const PopulateTable *table)
{
	const char *mark = populate->fill.mark;

	return mark != NULL && schema_field_index(table->schema, mark) >= 0 ? mark : NULL;
}

static void
check_mark(const Populate *populate)
{
	ListCell   *lc;

	if (populate->fill.mark == NULL)
		return;
	foreach(lc, populate->tables)
		if (mark_of(populate, lfirst(lc)) != NULL)
			return;
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("no table has a column \"%s\" to mark the rows in", populate->fill.mark)));
}

static void
adjust_keys(Schema *schema, const void *table)
{
	populate_mark_waiting(table, schema);
}

/* Learns from what is there, before anything is added to it. */
static void
prepare_table(const Populate *populate, PopulateTable *table, Fill *fill)
{
	FillOrder	order = populate->fill;
	ErrorContextCallback callback = {error_context_stack, tell_table, table};

	error_context_stack = &callback;
	read_shared(populate->args, table, &order.arguments);
	order.arguments.seed = (int64) table->seed;
	order.mark = mark_of(populate, table);
	order.adjust = adjust_keys;
	order.adjust_argument = table;
	fill_prepare(fill, table->rel, &order);
	error_context_stack = callback.previous;
}

static void
prepare(Populate *populate)
{
	ListCell   *lc;

	populate->tables = populate_plan(&populate->order);
	check_mark(populate);
	if (populate->dry)
		return;
	populate->fills = palloc0(sizeof(Fill) * list_length(populate->tables));
	foreach(lc, populate->tables)
	{
		CHECK_FOR_INTERRUPTS();
		if (((PopulateTable *) lfirst(lc))->rows > 0)
			prepare_table(populate, lfirst(lc), &populate->fills[foreach_current_index(lc)]);
	}
}

/* ---- filling ---- */

/* Each level of a tree hangs on those above. */
static int64
fill_tree(const PopulateTable *table, Fill *fill)
{
	int64		done = 0;

	fill->request.last_row = table->rows;
	while (done < table->rows)
	{
		bool		roots = done == 0 && table->empty;
		int64		stored;

		if (roots)
			populate_mark_roots(table, fill->schema, true);
		fill->request.first_row = done + 1;
		fill->request.rows = populate_tree_step(table, done);
		stored = fill_run(fill);
		done += stored;
		if (roots)
			populate_mark_roots(table, fill->schema, false);
		if (stored < fill->request.rows)
			break;
	}
	return done;
}

/* Sums go by keys: they wait for these, and for triggers that judge others. */
static bool
sums_wait(const PopulateTable *table, bool hold_triggers)
{
	ListCell   *lc;

	foreach(lc, table->keys)
		if (((const PopulateKey *) lfirst(lc))->later)
			return true;
	return hold_triggers;
}

static void
fill_table(PopulateTable *table, Fill *fill, bool hold_triggers)
{
	ErrorContextCallback callback = {error_context_stack, tell_table, table};
	int64		wanted;

	error_context_stack = &callback;
	table->since_command = GetCurrentCommandId(true);
	populate_mark_keys(table, fill->schema);
	populate_fit(table, fill->schema, &fill->request);
	wanted = table->rows;
	fill->request.rows = wanted;
	fill->request.yields = table->usual || table->ask.yields;
	fill->request.hold_triggers = hold_triggers;
	/* what a model is paid for is asked for at once */
	if (populate_has_tree(table) && fill->request.model == NULL)
		table->rows = fill_tree(table, fill);
	else
		table->rows = fill_run(fill);
	if (table->rows < wanted)
		populate_note_fewer(table, wanted, "Its rules let no more come about.");
	table->until_command = GetCurrentCommandId(true);
	if (!sums_wait(table, hold_triggers))
		fill_sum(fill);
	error_context_stack = callback.previous;
}

static void
sum_rest(const Populate *populate, bool hold_triggers)
{
	ListCell   *lc;

	foreach(lc, populate->tables)
		if (((PopulateTable *) lfirst(lc))->rows > 0 && sums_wait(lfirst(lc), hold_triggers))
			fill_sum(&populate->fills[foreach_current_index(lc)]);
}

/*
 * Where a key that cannot be NULL has to wait, the triggers that judge it do:
 * they run once all is stored, as at the end of one statement.
 */
static void
fill_all(const Populate *populate)
{
	bool		hold = populate_holds_triggers(populate->tables);
	EState	   *estate = CreateExecutorState();
	ListCell   *lc;

	if (hold)
		AfterTriggerBeginQuery();
	foreach(lc, populate->tables)
		if (((PopulateTable *) lfirst(lc))->rows > 0)
			fill_table(lfirst(lc), &populate->fills[foreach_current_index(lc)], hold);
	CommandCounterIncrement();
	PushActiveSnapshot(GetTransactionSnapshot());
	populate_settle(populate->tables, hold);
	if (hold)
	{
		AfterTriggerEndQuery(estate);
		ExecResetTupleTable(estate->es_tupleTable, false);
		ExecCloseResultRelations(estate);
	}
	PopActiveSnapshot();
	FreeExecutorState(estate);
	sum_rest(populate, hold);
}

/* ---- what comes out ---- */

static Datum
relations_array(List *oids)
{
	Datum	   *items = palloc(sizeof(Datum) * Max(list_length(oids), 1));
	ListCell   *lc;

	foreach(lc, oids)
		items[foreach_current_index(lc)] = ObjectIdGetDatum(lfirst_oid(lc));
	return PointerGetDatum(construct_array(items, list_length(oids), REGCLASSOID, sizeof(Oid), true,
										   TYPALIGN_INT));
}

static void
put_table(ReturnSetInfo *result, PopulateTable *table, const RequestArguments *arguments)
{
	bool		learned = arguments->model == NULL;
	bool		read = learned || arguments->send > SEND_NAMES;
	Datum		values[RESULT_COLUMNS];
	bool		nulls[RESULT_COLUMNS] = {false};

	values[0] = ObjectIdGetDatum(RelationGetRelid(table->rel));
	values[1] = Int64GetDatum(table->rows);
	values[2] = relations_array(populate_reads(table, read));
	values[3] = CStringGetTextDatum(populate_describe(table, learned));
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

SYNTHIK_FUNCTION(synthik_populate)
{
	NullableDatum args[ARG_COUNT];
	Populate	populate = {.args = args};
	ListCell   *lc;

	if (PG_NARGS() != ARG_COUNT)
		elog(ERROR, "synthik_populate was declared with %d arguments, not %d",
			 PG_NARGS(), ARG_COUNT);
	for (int i = 0; i < ARG_COUNT; i++)
		args[i] = fcinfo->args[i];
	InitMaterializedSRF(fcinfo, 0);
	read_arguments(&populate);
	prepare(&populate);
	if (!populate.dry)
		fill_all(&populate);
	foreach(lc, populate.tables)
	{
		put_table((ReturnSetInfo *) fcinfo->resultinfo, lfirst(lc),
				  &populate.fill.arguments);
		relation_close(((PopulateTable *) lfirst(lc))->rel, NoLock);
	}
	if (!populate.dry && !populate.fill.arguments.seed_given && populate.fill.arguments.model == NULL)
		ereport(NOTICE,
				(errmsg("seed " INT64_FORMAT " makes these rows again",
						populate.fill.arguments.seed)));
	return (Datum) 0;
}
