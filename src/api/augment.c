/*-------------------------------------------------------------------------
 *
 * augment.c
 *		synthik_augment: rows into a table that is there.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "access/relation.h"
#include "api/fill.h"
#include "utils/rel.h"

#define DEFAULT_ROWS 1000

/* Its own arguments, behind the shared ones. */
typedef enum AugmentArgument
{
	ARG_TARGET = 0,
	ARG_SHARED = 1,
	ARG_SCALE = ARG_SHARED + REQUEST_ARGUMENTS_SCHEMA,
	ARG_SOURCE,
	ARG_MARK,
	ARG_WORKERS,
	ARG_LEARNING,
	ARG_COUNT = ARG_LEARNING + LEARNING_ARGUMENTS
} AugmentArgument;

static void
decide_rows(Relation target, const NullableDatum *scale,
			RequestArguments *arguments)
{
	if (arguments->rows_given && !scale->isnull)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("rows and scale cannot both be given")));
	if (!scale->isnull)
		arguments->rows = fill_rows_for_scale(target, scale->value);
	else if (!arguments->rows_given)
	{
		arguments->rows = DEFAULT_ROWS;
		ereport(NOTICE,
				(errmsg("rows is not given, %d rows are added", DEFAULT_ROWS)));
	}
	arguments->rows_given = true;
}

/* A model's rows depend on more than the seed. */
static void
name_seed(const RequestArguments *arguments)
{
	if (!arguments->seed_given && arguments->rows > 0 && arguments->model == NULL)
		ereport(NOTICE,
				(errmsg("seed " INT64_FORMAT " makes these rows again",
						arguments->seed)));
}

static Relation
open_target(const NullableDatum *arg)
{
	if (arg->isnull)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("target must not be null")));
	return fill_open_target(DatumGetObjectId(arg->value));
}

static int64
augment(const NullableDatum *args)
{
	FillOrder	order = {0};
	Fill		fill;
	Relation	target;
	int64		count;

	request_read(args + ARG_SHARED, true, &order.arguments);
	order.workers = fill_read_workers(&args[ARG_WORKERS]);
	target = open_target(&args[ARG_TARGET]);
	decide_rows(target, &args[ARG_SCALE], &order.arguments);
	learning_read(&args[ARG_LEARNING], &order.learning);
	order.source_given = !args[ARG_SOURCE].isnull;
	if (order.source_given)
		order.source = DatumGetObjectId(args[ARG_SOURCE].value);
	if (!args[ARG_MARK].isnull)
		order.mark = NameStr(*DatumGetName(args[ARG_MARK].value));

	fill_prepare(&fill, target, &order);
	count = fill_run(&fill);
	fill_sum(&fill);
	relation_close(target, NoLock);
	name_seed(&order.arguments);
	return count;
}

SYNTHIK_FUNCTION(synthik_augment)
{
	NullableDatum args[ARG_COUNT];

	if (PG_NARGS() != ARG_COUNT)
		elog(ERROR, "synthik_augment was declared with %d arguments, not %d",
			 PG_NARGS(), ARG_COUNT);
	for (int i = 0; i < ARG_COUNT; i++)
		args[i] = fcinfo->args[i];
	PG_RETURN_INT64(augment(args));
}
