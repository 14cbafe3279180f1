/*-------------------------------------------------------------------------
 *
 * price.c
 *		What tokens cost.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "server/model.h"

/* A cache write's price, in those of input; where providers have one. */
#define WRITE_FACTOR	1.25

double
model_cost(const Model *model, const TokenUsage *usage)
{
	double		input_usd = model->input_usd;
	double		cached_usd = model->cached_usd;
	double		output_usd = model->output_usd;
	int64		cached = Max(usage->cached, 0);
	int64		written = Max(usage->cache_written, 0);
	int64		fresh = Max(usage->input - cached - written, 0);

	if (!model->priced)
		return -1;
	if (model->long_prompt_tokens > 0 && usage->input > model->long_prompt_tokens)
	{
		if (input_usd > 0)
			cached_usd *= model->long_input_usd / input_usd;
		input_usd = model->long_input_usd;
		output_usd = model->long_output_usd;
	}
	return (fresh * input_usd + cached * cached_usd + written * input_usd * WRITE_FACTOR +
			Max(usage->output, 0) * output_usd) / 1000000;
}
