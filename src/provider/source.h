/*-------------------------------------------------------------------------
 *
 * source.h
 *		A language model as a source of rows.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_PROVIDER_SOURCE_H
#define SYNTHIK_PROVIDER_SOURCE_H

#include "provider/provider.h"
#include "rows/rows.h"

/* RowRequest.model says which; RowRequest.filler makes what models do not. */
extern const RowSourceMethods model_source_methods;

/* What opening it would lead to; no key is read, and nothing is sent. */
typedef struct ModelPlan
{
	struct ModelSource *source;
	const Model *model;
	const Endpoint *endpoint;
	bool		calls;			/* false: the model writes no field */
	int			rows_per_call;
	double		row_tokens;		/* of the answer */
	double		concurrency;	/* in the beginning */
	char	   *secret_header;	/* with "<key>" for the key; or NULL */
} ModelPlan;

extern void model_plan(const Schema *schema, const RowRequest *request, ModelPlan *plan);

/* The very message of a call for some rows. */
extern void model_plan_call(const ModelPlan *plan, int64 first, int rows,
							ProviderMessage *message);

#endif							/* SYNTHIK_PROVIDER_SOURCE_H */
