/*-------------------------------------------------------------------------
 *
 * model.h
 *		What is known of a language model: a row of synthik_models.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_MODEL_H
#define SYNTHIK_MODEL_H

#include "server/endpoint.h"
#include "utils/timestamp.h"

typedef struct Model
{
	char	   *name;			/* as synthik_models has it, or as given */
	char	   *api_name;		/* the provider's own */
	char	   *endpoint;		/* its name */
	bool		listed;			/* in synthik_models; else figures are guesses */
	int			context_tokens;	/* 0: not known */
	int			max_output_tokens;	/* 0: not known */
	bool		priced;
	double		input_usd;		/* per million tokens */
	double		cached_usd;
	double		output_usd;
	StructuredMode structured_mode;
	bool		takes_temperature;
	bool		reasons;		/* reasoning tokens count as output; wants
								 * max_completion_tokens and no sampling fields */
	char	   *least_effort;	/* the least thinking that it can be told to do, as
								 * its provider calls it: OpenAI's reasoning_effort,
								 * Gemini's thinkingLevel or (a number) thinkingBudget,
								 * Anthropic's effort or "disabled"; NULL: not sent */
	double		tokens_per_second;	/* of output, roughly; 0: not known */
	int			speed;			/* of synthik_models */
	int64		long_prompt_tokens; /* longer prompts cost the prices below;
									 * 0: there is no such bound */
	double		long_input_usd;
	double		long_output_usd;
} Model;

typedef struct TokenUsage
{
	bool		known;
	int64		input;			/* all of the prompt */
	int64		cached;			/* of it, read from a cache */
	int64		cache_written;
	int64		output;			/* reasoning included */
} TokenUsage;

/* What a usage costs in USD, cached tokens at their own price; -1 without a price. */
extern double model_cost(const Model *model, const TokenUsage *usage);

/*
 * The model that a call names: a listed one, or "server/any-model".  Warns of
 * an announced retirement, throws past it (or follows the successor with
 * synthik.use_successor).  *endpoint is loaded.
 */
extern Model *model_load(const char *name, Endpoint **endpoint);

#endif							/* SYNTHIK_MODEL_H */
