/*-------------------------------------------------------------------------
 *
 * builder.c
 *		A plan that grows.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include "local/builder.h"
#include "utils/memutils.h"

void
builder_init(PlanBuilder *builder)
{
	builder->allocated = 64 * 1024;
	builder->data = palloc0(builder->allocated);
	builder->size = MAXALIGN(sizeof(RowPlan));
}

/* Room for size bytes, zeroed; the offset is 8-aligned. */
PlanOffset
builder_reserve(PlanBuilder *builder, Size size)
{
	PlanOffset	offset = builder->size;
	Size		needed = builder->size + MAXALIGN(size);

	if (needed > PLAN_MAX_SIZE)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the compiled schema is larger than %d MB",
						PLAN_MAX_SIZE / (1024 * 1024)),
				 errhint("Give shorter lists of enum values or examples.")));
	if (needed > builder->allocated)
	{
		Size		grown = Max(builder->allocated * 2, needed);

		builder->data = repalloc_huge(builder->data, grown);
		memset(builder->data + builder->allocated, 0, grown - builder->allocated);
		builder->allocated = grown;
	}
	builder->size = needed;
	return offset;
}

PlanOffset
builder_add(PlanBuilder *builder, const void *bytes, Size size)
{
	PlanOffset	offset = builder_reserve(builder, size);

	memcpy(builder_at(builder, offset), bytes, size);
	return offset;
}
