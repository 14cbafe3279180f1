/*-------------------------------------------------------------------------
 *
 * test_price.c
 *		What tokens cost.
 *
 * sources: src/server/price.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "server/model.h"
#include "unit.h"

/* Prices by the million: 2 for input, 0.5 of it cached, 10 for output. */
static const Model priced = {.priced = true,.input_usd = 2,.cached_usd = 0.5,.output_usd = 10};
static const Model without = {.priced = false,.input_usd = 2,.cached_usd = 0.5,.output_usd = 10};
static const Model gratis = {.priced = true};

/* As read_row() reads a row without a price for cached tokens. */
static const Model no_cached = {.priced = true,.input_usd = 2,.cached_usd = 2,.output_usd = 10};

/* Prompts beyond 1,000 tokens cost twice as much, and their answers 1.5 times. */
static const Model lengthy = {.priced = true,.input_usd = 2,.cached_usd = 0.5,.output_usd = 10,
.long_prompt_tokens = 1000,.long_input_usd = 4,.long_output_usd = 15};

/* Free up to a length. */
static const Model free_at_first = {.priced = true,.long_prompt_tokens = 1000,
.long_input_usd = 4,.long_output_usd = 15};

void
unit_run(void)
{
	static const struct
	{
		const char *name;
		const Model *model;
		TokenUsage	usage;
		double		usd;
	}			cases[] = {
		{"nothing", &priced, {true}, 0},
		{"a million of input", &priced, {true, 1000000}, 2},
		{"a million of output", &priced, {true,.output = 1000000}, 10},
		{"an ordinary call", &priced, {true, 800,.output = 1200}, 0.0136},
		{"cached tokens are part of the input", &priced, {true, 1000,.cached = 400}, 0.0014},
		{"all of it is cached", &priced, {true, 1000,.cached = 1000}, 0.0005},
		{"more is cached than there is", &priced, {true, 1000,.cached = 1500}, 0.00075},
		{"written to the cache", &priced, {true, 1000,.cache_written = 1000}, 0.0025},
		{"read, written and new", &priced, {true, 1000, 400, 200, 100},
		(400 * 2 + 400 * 0.5 + 200 * 2.5 + 100 * 10) / 1e6},
		{"counts that are none", &priced, {true, 1000, -5, -5, -5}, 0.002},
		{"no price for cached tokens", &no_cached, {true, 1000,.cached = 400}, 0.002},
		{"no price at all", &without, {true, 1000, 0, 0, 1000}, -1},
		{"no price, no tokens", &without, {true}, -1},
		{"free of charge", &gratis, {true, 1000, 400, 0, 1000}, 0},
		{"as long as the bound", &lengthy, {true, 1000,.output = 100}, 0.003},
		{"longer", &lengthy, {true, 1001,.output = 100}, (1001 * 4 + 100 * 15) / 1e6},
		{"longer, some of it cached", &lengthy, {true, 2000,.cached = 1000},
		(1000 * 4 + 1000 * 1) / 1e6},
		{"longer, some of it written", &lengthy, {true, 2000,.cache_written = 1000},
		(1000 * 4 + 1000 * 5) / 1e6},
		{"longer, after what is free", &free_at_first, {true, 2000, 0, 0, 100},
		(2000 * 4 + 100 * 15) / 1e6},
		{"as much as can be", &priced, {true, INT64CONST(1000000000000)}, 2000000}
	};

	for (int i = 0; i < lengthof(cases); i++)
	{
		double		usd = model_cost(cases[i].model, &cases[i].usage);
		double		off = usd - cases[i].usd;

		unit_check(psprintf("price: %s", cases[i].name), off < 1e-9 && off > -1e-9,
				   "is %.9f, not %.9f", usd, cases[i].usd);
	}
}
