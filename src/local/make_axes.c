/*-------------------------------------------------------------------------
 *
 * make_axes.c
 *		Draws the bins of the axes that were learned: see make_fit.c for what
 *		they stand for.
 *
 * The bins of all rows of a block are drawn axis by axis, and kept while the
 * block lasts: when one field of one row is drawn again, the bins of its
 * other fields are still there to be asked for.  Rows whose bins another
 * process has drawn get them when they are needed.
 *
 * Where conditions restrict an axis that asks for earlier ones, these have to
 * follow the conditions too.  Each row draws candidates for their bins until it
 * takes one, by how much of the leaves in its way the conditions allow.  If it
 * takes none of a good number, it picks one of them, weighted by the same (Rubin's
 * sampling by importance and resampling): no row is given up, and the restricted
 * axes draw from what is allowed.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include "local/engine.h"
#include "miscadmin.h"

#define CANDIDATE_SALT	UINT64CONST(0x5DEECE66D1CE4E5B)
#define PICK_SALT		UINT64CONST(0x2545F4914F6CDD1D)
#define TAKE_SALT		UINT64CONST(0x1B03738712FAD5C9)

typedef struct FitState
{
	Drawn		rows;			/* of the block */
	Drawn		candidates;		/* of the rows that are active */
	bool	   *wanted;			/* [axis] */
	bool	   *picked;			/* [axis]: with a candidate */
	uint64	   *seeds;			/* [axis] of what is drawn evenly */
	uint16		active[ROW_BLOCK];	/* rows that have taken no candidate */
	bool		drawn[ROW_BLOCK];
	RowKey		keys[ROW_BLOCK];
	double		shares[ROW_BLOCK];	/* [active]: what conditions leave of it */
	double		totals[ROW_BLOCK];	/* [row]: of all so far */
} FitState;

static Drawn
allocate_drawn(uint32 naxes)
{
	Drawn		drawn;

	drawn.bins = palloc0(sizeof(uint8) * ROW_BLOCK * naxes);
	drawn.places = palloc0(sizeof(uint32) * ROW_BLOCK * naxes);
	drawn.levels = palloc0(sizeof(uint16) * ROW_BLOCK * naxes);
	return drawn;
}

void
fit_init(Engine *engine)
{
	const RowPlan *plan = engine->plan;
	FitState   *fit;

	if (plan->naxes == 0)
		return;
	fit = palloc0(sizeof(FitState));
	engine->axes = plan_at(plan, plan->axes);
	engine->fit = fit;
	engine->drawn = &fit->rows;
	fit->rows = allocate_drawn(plan->naxes);
	if (plan->nconditioned > 0)
		fit->candidates = allocate_drawn(plan->naxes);
	fit->picked = palloc0(sizeof(bool) * plan->naxes);
	for (uint32 i = 0; i < plan->nconditioned; i++)
	{
		uint16		axis = ((const uint16 *) plan_at(plan, plan->conditioned))[i];

		if (!(axis & PLAN_WEIGH) && !engine->axes[axis].early)
			fit->picked[axis] = true;
	}
	fit->seeds = palloc(sizeof(uint64) * plan->naxes);
	for (uint32 a = 0; a < plan->naxes; a++)
		fit->seeds[a] = rng_combine(plan->seed, engine->axes[a].salt);
	fit->wanted = palloc(sizeof(bool) * plan->naxes);
	memset(fit->wanted, true, sizeof(bool) * plan->naxes);
}

/* A block begins. */
void
fit_forget(Engine *engine)
{
	if (engine->fit)
		memset(engine->fit->drawn, false, sizeof(engine->fit->drawn));
}

void
engine_limit_axes(Engine *engine, const bool *columns)
{
	const RowPlan *plan = engine->plan;
	bool	   *wanted;

	if (engine->fit == NULL)
		return;
	wanted = engine->fit->wanted;
	for (uint32 a = 0; a < plan->naxes; a++)
		wanted[a] = engine->axes[a].shares != 0;
	for (uint32 i = 0; i < plan->ncolumns; i++)
	{
		const PlanOp *op = &engine->ops[Max(engine->column_ops[i], 0)];
		const PlanAxis *axis;

		if (!columns[i] || engine->column_ops[i] < 0 || !fit_decides(op))
			continue;
		axis = &engine->axes[op->axis - 1];
		wanted[op->axis - 1] = true;
		if (axis->weekday >= 0)
			wanted[axis->weekday] = true;
		if (axis->hour >= 0)
			wanted[axis->hour] = true;
		if (axis->ending >= 0)
			wanted[axis->ending] = true;
	}
	/* axes ask for earlier ones only */
	for (int a = (int) plan->naxes - 1; a >= 0; a--)
	{
		const uint16 *asked = plan_at(plan, engine->axes[a].asked);

		for (uint32 i = 0; wanted[a] && i < engine->axes[a].nasked; i++)
			wanted[asked[i]] = true;
	}
}

/* ---- bins ---- */

/* Where the row of a word, which begins at it, goes on to. */
static inline uint32
word_row(uint32 word)
{
	return word & ((1 << PLAN_ROW_BITS) - 1);
}

static inline uint32
word_number(uint32 word)
{
	return (word & ~(PLAN_LEAF | PLAN_TABLE)) >> PLAN_ROW_BITS;
}

/*
 * The leaves that n rows come to.  All go down one level at a time, so that
 * the steps of different rows, which hang on memory, overlap; those that are
 * at tables and those at nodes are in lists of their own, so that no step has
 * a branch.  Where a row is, and the row itself, are in one word.
 */
static void
find_leaves(const RowPlan *plan, const PlanAxis *axis, const uint8 *bins, int n, uint32 *leaves)
{
	const PlanNode *all_nodes = plan_at(plan, axis->nodes);
	const uint32 *all_tables = plan_at(plan, axis->tables);
	uint32		tables[ROW_BLOCK];
	uint32		nodes[ROW_BLOCK];
	int			ntables = axis->root & PLAN_TABLE ? n : 0;
	int			nnodes = axis->root & (PLAN_LEAF | PLAN_TABLE) ? 0 : n;

	StaticAssertStmt(ROW_BLOCK <= 1 << PLAN_ROW_BITS, "rows of a block have too few bits");
	for (int i = 0; i < n; i++)
	{
		leaves[i] = 0;
		tables[i] = nodes[i] = axis->root | i;
	}
	while (ntables + nnodes > 0)
	{
		int			left = 0;

		for (int j = 0; j < ntables; j++)
		{
			uint32		row = word_row(tables[j]);
			const uint32 *table = all_tables + word_number(tables[j]);
			uint32		child = table[1 + bins[table[0] + row]];

			leaves[row] = word_number(child);
			tables[left] = nodes[nnodes] = child | row;
			left += child >> 30 == PLAN_TABLE >> 30;
			nnodes += child >> 30 == 0;
		}
		ntables = left;
		left = 0;
		for (int j = 0; j < nnodes; j++)
		{
			uint32		row = word_row(nodes[j]);
			const PlanNode *node = all_nodes + word_number(nodes[j]);
			uint32		bin = bins[node->bins + row];
			uint32		child = node->children[node->left[bin >> 6] >> (bin & 63) & 1];

			leaves[row] = word_number(child);
			tables[ntables] = nodes[left] = child | row;
			ntables += child >> 30 == PLAN_TABLE >> 30;
			left += child >> 30 == 0;
		}
		nnodes = left;
	}
}

/* What a row's bin of an axis hangs on. */
static inline uint64
axis_bits(const RowKey *key, uint64 salt, uint64 seed)
{
	if (key->fresh == 0 ||
		(key->fresh != PG_UINT32_MAX &&
		 (uint32) draw_bits(key, salt, DRAW_FRESH) >= key->fresh))
		return rng_even(key->mirrored, seed);
	return draw_bits(key, salt, DRAW_BIN);
}

static inline uint64
null_bits(const RowKey *key, uint64 salt, uint64 seed)
{
	if (!key->fresh_nulls)
		return rng_even(key->mirrored, ~seed);
	return rng_mix(key->nulls ^ ~salt) << 32;
}

static void
draw_nulls(const PlanAxis *axis, const PlanLeaf *all, uint64 seed, const RowKey *keys, int n,
		   const uint32 *leaves, uint8 *bins)
{
	for (int i = 0; i < n; i++)
	{
		uint32		below = all[leaves[i]].null_below;
		bool		null = below == PG_UINT32_MAX ||
			null_bits(&keys[i], axis->salt, seed) >> 32 < below;

		bins[i] = null ? 0 : bins[i];
	}
}

/*
 * Bins of n rows: the bits' share of each in the order of the bins, whatever
 * the leaf, so that what is even in the bits is so in the bins of all rows.
 * Loops are apart so that one row's wait is none for the others.
 */
static void
draw_bins(const RowPlan *plan, const PlanAxis *axis, uint64 seed, const RowKey *keys, int n,
		  const uint32 *leaves, uint8 *bins, uint32 *places)
{
	const PlanLeaf *all = plan_at(plan, axis->leaves);
	const PlanEntry *entries = plan_at(plan, axis->entries);
	uint64		bits[ROW_BLOCK];
	uint32		widths[ROW_BLOCK];

	for (int i = 0; i < n; i++)
		bits[i] = axis_bits(&keys[i], axis->salt, seed);
	for (int i = 0; i < n; i++)
	{
		const PlanLeaf *leaf = all + leaves[i];
		const PlanEntry *entry = entries + leaf->first;
		uint32		part = (uint32) rng_below(bits[i], leaf->nentries * PLAN_GUIDES);
		uint32		share = (uint32) (bits[i] >> 33);
		uint32		begin;

		entry += entry[part / PLAN_GUIDES].guide[part % PLAN_GUIDES];
		/* mostly one step or none: not a branch that nobody could predict */
		entry += share >= entry->end;
		while (share >= entry->end)
			entry++;
		/* the end of the leaf before is PLAN_ENTRY_END */
		begin = entry[-1].end & (PLAN_ENTRY_END - 1);
		bins[i] = entry->bin;
		bits[i] = (bits[i] >> 11) - ((uint64) begin << 22);
		widths[i] = entry->end - begin;
	}
	for (int i = 0; axis->placed && i < n; i++)
		places[i] = (uint32) ((double) (int64) bits[i] / (double) (int64) widths[i] * 1024.0);
	if (axis->has_null)
		draw_nulls(axis, all, seed, keys, n, leaves, bins);
}

/* The levels of bins; those of a bin that has several by the place in it. */
static void
draw_levels(const RowPlan *plan, const PlanAxis *axis, int n, const uint8 *bins,
			const uint32 *places, uint16 *levels)
{
	const uint16 *only = plan_at(plan, axis->only);
	const uint32 *starts = plan_at(plan, axis->starts);
	const uint16 *members = plan_at(plan, axis->members);

	for (int i = 0; i < n; i++)
		levels[i] = only[bins[i]];
	for (int i = 0; axis->placed && i < n; i++)
	{
		uint32		first = starts[bins[i]];
		uint64		bits;
		uint32		member;
		const PlanAlias *alias;

		if (levels[i] != PLAN_ANY_LEVEL)
			continue;
		bits = (uint64) places[i] * (starts[bins[i] + 1] - first);
		member = (uint32) (bits >> 32);
		alias = (const PlanAlias *) plan_at(plan, axis->alias) + first + member;
		levels[i] = members[first + ((uint32) bits < alias->keep ? member : alias->other)];
	}
}

/* What the level of another axis decides; returns for how many rows it does. */
static int
take_decided(const RowPlan *plan, const PlanAxis *axis, const uint16 *others, int n,
			 uint8 *bins, uint16 *levels)
{
	const uint16 *decided = plan_at(plan, axis->decided);
	const uint8 *level_bins = plan_at(plan, axis->level_bins);
	int			taken = 0;

	for (int i = 0; i < n; i++)
	{
		uint16		level = PLAN_ANY_LEVEL;

		if (others[i] == PLAN_NO_LEVEL)
			level = decided[axis->ndecided];
		else if (others[i] < axis->ndecided)
			level = decided[others[i]];
		if (level == PLAN_ANY_LEVEL)
			continue;
		levels[i] = level;
		bins[i] = level == PLAN_NO_LEVEL ? 0 : level_bins[level];
		taken++;
	}
	return taken;
}

/* What the row that a key is of says: its bins are beside the key. */
static void
take_given(const Engine *engine, const PlanAxis *axis, const RowKey *keys, int row, int n,
		   const Drawn *drawn, uint8 *bins, uint16 *levels)
{
	const RowPlan *plan = engine->plan;
	const PlanOp *key = &engine->ops[engine->column_ops[axis->given]];
	const uint8 *key_bins = plan_at(plan, axis->key_bins);
	const uint16 *key_levels = plan_at(plan, axis->key_levels);
	bool		nulls[ROW_BLOCK];
	uint32		entries[ROW_BLOCK];

	if (fit_decides(key) && engine->axes[key->axis - 1].has_null)
		for (int i = 0; i < n; i++)
			nulls[i] = drawn->bins[(key->axis - 1) * ROW_BLOCK + row + i] == 0;
	else
		op_draw_nulls(key, keys, n, nulls);
	reference_picks(engine, axis->key_selector, axis->key_given, keys, row, n, entries);
	for (int i = 0; i < n; i++)
	{
		uint32		entry = nulls[i] ? NO_GROUP : entries[i];

		bins[i] = entry == NO_GROUP ? axis->null_bin : key_bins[entry];
		if (axis->leveled)
			levels[i] = entry == NO_GROUP ? PLAN_NO_LEVEL : key_levels[entry];
	}
}

/* Draws one axis for n rows; shares, if not NULL, are of the rows. */
static void
draw_axis(const Engine *engine, int index, const RowKey *keys, int row, int n,
		  const Drawn *drawn, double *shares)
{
	const RowPlan *plan = engine->plan;
	const PlanAxis *axis = &engine->axes[index];
	uint8	   *bins = drawn->bins + index * ROW_BLOCK + row;
	uint32	   *places = drawn->places + index * ROW_BLOCK + row;
	uint16	   *levels = drawn->levels + index * ROW_BLOCK + row;
	const uint16 *others = drawn->levels + Max(axis->determinant, 0) * ROW_BLOCK + row;
	uint32		leaves[ROW_BLOCK];

	if (axis->given >= 0)
	{
		take_given(engine, axis, keys, row, n, drawn, bins, levels);
		return;
	}
	/* mostly, nothing is left to draw then */
	if (axis->determinant >= 0 && axis->shares == 0 &&
		take_decided(plan, axis, others, n, bins, levels) == n)
		return;
	find_leaves(plan, axis, drawn->bins + row, n, leaves);
	draw_bins(plan, axis, engine->fit->seeds[index], keys, n, leaves, bins, places);
	if (axis->leveled)
		draw_levels(plan, axis, n, bins, places, levels);
	if (axis->determinant >= 0)
		take_decided(plan, axis, others, n, bins, levels);
	if (shares && axis->shares != 0)
	{
		const double *left = plan_at(plan, axis->shares);

		for (int i = 0; i < n; i++)
			shares[i] *= left[leaves[i]];
	}
}

/* How much conditions leave of the leaves that an axis would come to. */
static void
weigh_axis(const Engine *engine, int index, int n, const Drawn *drawn, double *shares)
{
	const PlanAxis *axis = &engine->axes[index];
	const double *left = plan_at(engine->plan, axis->shares);
	uint32		leaves[ROW_BLOCK];

	find_leaves(engine->plan, axis, drawn->bins, n, leaves);
	for (int i = 0; i < n; i++)
		shares[i] *= left[leaves[i]];
}

static void
copy_candidate(FitState *fit, uint32 naxes, int from, int to)
{
	for (uint32 a = 0; a < naxes; a++)
	{
		if (!fit->picked[a])
			continue;
		fit->rows.bins[a * ROW_BLOCK + to] = fit->candidates.bins[a * ROW_BLOCK + from];
		fit->rows.places[a * ROW_BLOCK + to] = fit->candidates.places[a * ROW_BLOCK + from];
		fit->rows.levels[a * ROW_BLOCK + to] = fit->candidates.levels[a * ROW_BLOCK + from];
	}
}

/*
 * Active rows take their candidate, or pick it for the time being, by its share
 * of all candidates so far.  Returns how many stay active.
 */
static int
pick_candidates(const Engine *engine, const RowKey *keys, int row, int active, uint32 candidate)
{
	FitState   *fit = engine->fit;
	int			left = 0;

	for (int j = 0; j < active; j++)
	{
		int			i = fit->active[j];
		double		share = fit->shares[j];
		bool		taken = rng_unit(draw_bits(&keys[i], TAKE_SALT, candidate)) *
			engine->plan->most_share < share;

		fit->totals[i] += share;
		if (taken || candidate == 0 ||
			rng_unit(draw_bits(&keys[i], PICK_SALT, candidate)) * fit->totals[i] < share)
			copy_candidate(fit, engine->plan->naxes, j, row + i);
		fit->active[left] = i;
		left += !taken;
	}
	return left;
}

/* What all candidates of a row have in common. */
static void
copy_to_candidates(FitState *fit, int axis, int row, int active)
{
	for (int j = 0; j < active; j++)
	{
		int			from = axis * ROW_BLOCK + row + fit->active[j];
		int			to = axis * ROW_BLOCK + j;

		fit->candidates.bins[to] = fit->rows.bins[from];
		fit->candidates.places[to] = fit->rows.places[from];
		fit->candidates.levels[to] = fit->rows.levels[from];
	}
}

static void
draw_candidates(const Engine *engine, const RowKey *keys, int row, int active, uint32 candidate)
{
	FitState   *fit = engine->fit;
	const uint16 *list = plan_at(engine->plan, engine->plan->conditioned);

	for (int j = 0; j < active; j++)
	{
		const RowKey *key = &keys[fit->active[j]];

		fit->keys[j] = *key;
		fit->keys[j].base = draw_bits(key, CANDIDATE_SALT, candidate);
		fit->keys[j].fresh = PG_UINT32_MAX;
		fit->keys[j].fresh_nulls = true;
		fit->keys[j].nulls = rng_mix(key->nulls ^ (CANDIDATE_SALT + candidate * DRAW_STEP));
		fit->shares[j] = 1.0;
	}
	for (uint32 i = 0; i < engine->plan->nconditioned; i++)
	{
		if (list[i] & PLAN_WEIGH)
			weigh_axis(engine, list[i] & ~PLAN_WEIGH, active, &fit->candidates, fit->shares);
		else if (engine->axes[list[i]].early)
			copy_to_candidates(fit, list[i], row, active);
		else
			draw_axis(engine, list[i], fit->keys, 0, active, &fit->candidates, fit->shares);
	}
}

static void
draw_conditioned(const Engine *engine, const RowKey *keys, int row, int n)
{
	FitState   *fit = engine->fit;
	int			active = n;

	memset(fit->totals, 0, sizeof(double) * n);
	for (int i = 0; i < n; i++)
		fit->active[i] = i;
	for (uint32 c = 0; c < engine->plan->candidates && active > 0; c++)
	{
		CHECK_FOR_INTERRUPTS();
		draw_candidates(engine, keys, row, active, c);
		active = pick_candidates(engine, keys, row, active, c);
	}
}

static void
draw_all(const Engine *engine, const RowKey *keys, int row, int n)
{
	FitState   *fit = engine->fit;

	for (uint32 a = 0; a < engine->plan->naxes; a++)
		if (engine->axes[a].early && fit->wanted[a])
			draw_axis(engine, a, keys, row, n, &fit->rows, NULL);
	if (engine->plan->nconditioned > 0)
		draw_conditioned(engine, keys, row, n);
	for (uint32 a = 0; a < engine->plan->naxes; a++)
	{
		CHECK_FOR_INTERRUPTS();
		if (fit->wanted[a] && !fit->picked[a] && !engine->axes[a].early)
			draw_axis(engine, a, keys, row, n, &fit->rows, NULL);
	}
	memset(fit->drawn + row, true, sizeof(bool) * n);
}

void
engine_draw_axes(Engine *engine, const RowKey *keys, int n, int component)
{
	FitState   *fit = engine->fit;
	RowKey		first;

	if (fit == NULL)
		return;
	if (component == 0)
	{
		draw_all(engine, keys, engine->at, n);
		return;
	}
	Assert(n == 1);
	if (!fit->drawn[engine->at])
	{
		rows_first_keys(engine, engine->block, engine->at, 1, &first);
		draw_all(engine, &first, engine->at, 1);
	}
	for (uint32 a = 0; a < engine->plan->naxes; a++)
		if (fit->wanted[a] && engine->axes[a].component == component)
			draw_axis(engine, a, keys, engine->at, 1, &fit->rows, NULL);
}
