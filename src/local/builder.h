/*-------------------------------------------------------------------------
 *
 * builder.h
 *		A plan that grows.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_BUILDER_H
#define SYNTHIK_BUILDER_H

#include "local/plan.h"

/* Offsets stay right when it moves; pointers do not. */
typedef struct PlanBuilder
{
	char	   *data;
	Size		size;
	Size		allocated;
} PlanBuilder;

extern void builder_init(PlanBuilder *builder);
extern PlanOffset builder_reserve(PlanBuilder *builder, Size size);
extern PlanOffset builder_add(PlanBuilder *builder, const void *bytes, Size size);
#define builder_at(builder, offset) ((void *) ((builder)->data + (offset)))

#endif							/* SYNTHIK_BUILDER_H */
