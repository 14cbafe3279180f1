/*-------------------------------------------------------------------------
 *
 * compile_reference.c
 *		Foreign keys: fields that are drawn from the keys of other tables.
 *
 * The columns of one key share a selector.  Two keys can have a column in
 * common, as where every key of a table begins with its tenant: the reference
 * that draws that column leads, and the other one picks among its keys those
 * that agree with what the leader has picked.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "local/compile.h"
#include "miscadmin.h"
#include "util/exact_math.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* What two references have in common, for one that does not lead. */
typedef struct Link
{
	int			leader;			/* index of a reference, or -1: stands alone */
	int			ncolumns;
	int		   *own;			/* columns of its key, */
	int		   *leading;		/* and of the leader's */
	bool		draws;			/* has fields that it draws itself */
	bool		required;		/* none of them can be NULL instead */
} Link;

/* Keys of a pool that have the common columns alike. */
typedef struct SharedGroup
{
	ValueKey	key;
	uint32		number;
	uint32		members;
} SharedGroup;

/* ---- which references lead ---- */

static int
column_of(const Reference *reference, int field)
{
	for (int k = 0; k < reference->ncolumns; k++)
		if (reference->fields[k] == field)
			return k;
	return -1;
}

/* The reference that draws the first field which this one does not draw. */
static Link
find_link(const Schema *schema, int index)
{
	const Reference *reference = list_nth(schema->references, index);
	const Reference *leader;
	Link		link = {.leader = -1,.required = true};

	link.own = palloc(sizeof(int) * reference->ncolumns);
	link.leading = palloc(sizeof(int) * reference->ncolumns);
	for (int k = 0; k < reference->ncolumns; k++)
	{
		const Field *field = schema->fields[reference->fields[k]];

		if (field->reference == index)
		{
			link.draws = true;
			link.required &= field->required;
		}
		else if (link.leader < 0 && field->reference >= 0 && field->reference < index)
			link.leader = field->reference;
	}
	if (link.leader < 0)
		return link;
	leader = list_nth(schema->references, link.leader);
	for (int k = 0; k < reference->ncolumns; k++)
	{
		int			column = column_of(leader, reference->fields[k]);

		if (column < 0 || schema->fields[reference->fields[k]]->reference == index)
			continue;
		link.own[link.ncolumns] = k;
		link.leading[link.ncolumns++] = column;
	}
	return link;
}

/* ---- keys that agree ---- */

ValueKey
reference_key(const Schema *schema, const Reference *reference, Datum *const *values,
			  const int *columns, int ncolumns, int index)
{
	ValueKey	key = {0, 0};

	for (int i = 0; i < ncolumns; i++)
	{
		int			k = columns != NULL ? columns[i] : i;

		key = keys_combine(key, value_key(schema->fields[reference->fields[k]]->base_type,
										  values[k][index]));
	}
	return key;
}

/* Groups the keys of a reference by what they share with the leader's. */
static HTAB *
group_keys(const Compiler *c, int index, const Link *link, uint32 *group_of)
{
	const Reference *reference = list_nth(c->schema->references, index);
	const ReferencePool *pool = c->pools[index];
	HTAB	   *groups = value_key_table("synthik groups of keys", sizeof(SharedGroup),
										 pool->nkeys);

	for (int i = 0; i < pool->nkeys; i++)
	{
		ValueKey	key = reference_key(c->schema, reference, pool->values, link->own,
										link->ncolumns, i);
		bool		found;
		SharedGroup *group = hash_search(groups, &key, HASH_ENTER, &found);

		if (!found)
		{
			group->number = hash_get_num_entries(groups) - 1;
			group->members = 0;
		}
		group->members++;
		group_of[i] = group->number;
	}
	return groups;
}

static SharedGroup *
leader_group(const Compiler *c, const Link *link, HTAB *groups, int key)
{
	ValueKey	shared = reference_key(c->schema, list_nth(c->schema->references, link->leader),
									   c->pools[link->leader]->values, link->leading,
									   link->ncolumns, key);

	return hash_search(groups, &shared, HASH_FIND, NULL);
}

/* Can none of the fields that it draws be NULL? */
static bool
draws_required(const Schema *schema, int index)
{
	const Reference *reference = list_nth(schema->references, index);

	for (int k = 0; k < reference->ncolumns; k++)
	{
		const Field *field = schema->fields[reference->fields[k]];

		if (field->reference == index && !field->required)
			return false;
	}
	return true;
}

/*
 * Leaves out the leader's keys with which no key of the other agrees.  Where
 * none is left, its columns are NULL if they can be.
 */
static void
drop_lone_keys(Compiler *c, int index, const Link *link, HTAB *groups)
{
	ReferencePool *pool = c->pools[link->leader];
	const Reference *reference = list_nth(c->schema->references, index);
	const Reference *leader = list_nth(c->schema->references, link->leader);
	int			kept = 0;

	for (int i = 0; i < pool->nkeys; i++)
	{
		if (leader_group(c, link, groups, i) == NULL)
			continue;
		for (int k = 0; k < pool_width(pool); k++)
			pool->values[k][kept] = pool->values[k][i];
		for (int k = 0; k < pool->ncontexts; k++)
			pool->nulls[k][kept] = pool->nulls[k][i];
		kept++;
	}
	if (kept == 0 && pool->nkeys > 0 && (link->draws || draws_required(c->schema, link->leader)))
		ereport(ERROR,
				(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
				 errmsg("no row of table \"%s\" goes with one of table \"%s\"",
						get_rel_name(leader->relid), get_rel_name(reference->relid)),
				 errdetail("Foreign keys \"%s\" and \"%s\" have a column in common.",
						   leader->name, reference->name)));
	pool->nkeys = kept;
}

/* ---- the plan ---- */

/* A field of a reference that asks for popular keys, or NULL. */
static const Field *
zipf_field(const Schema *schema, int index)
{
	const Reference *reference = list_nth(schema->references, index);

	for (int k = 0; k < reference->ncolumns; k++)
	{
		const Field *field = schema->fields[reference->fields[k]];

		if (field->reference == index && field->distribution.kind == DISTRIBUTION_ZIPF)
			return field;
	}
	return NULL;
}

/*
 * How often each key is drawn, by the distribution of one of the fields, or
 * NULL: all alike.  The ranks are shuffled, for the lowest keys are no more
 * popular than others.
 */
static double *
popularity(const Compiler *c, int index)
{
	const Reference *reference = list_nth(c->schema->references, index);
	int			n = c->pools[index]->nkeys;
	const Field *field = zipf_field(c->schema, index);
	double	   *weights;
	Permutation shuffle;

	if (n == 0)
		return NULL;
	if (field == NULL)
	{
		weights = learned_popularity(c, index);
		if (weights != NULL || !(reference->draw.skew > 0))
			return weights;
	}
	weights = palloc_extended(sizeof(double) * n, MCXT_ALLOC_HUGE);
	rng_permutation_init(&shuffle, n, rng_combine(c->request->seed,
												  rng_combine(rng_hash("popularity", 10), index)));
	for (int i = 0; i < n; i++)
		weights[i] = exact_pow((double) rng_permute(&shuffle, i) + 1,
							   field != NULL ? -field->distribution.exponent : -reference->draw.skew);
	return weights;
}

/*
 * Each key as often as is asked for.  The rows of a key are not next to each
 * other: which of all the places a row has is a permutation's.
 */
static PlanOffset
compile_counts(Compiler *c, int index)
{
	const Reference *reference = list_nth(c->schema->references, index);
	int			n = c->pools[index]->nkeys;
	uint64	   *ends = palloc_extended(sizeof(uint64) * Max(n, 1), MCXT_ALLOC_HUGE);
	uint64		total = 0;
	PlanCounts	counts = {.n = n};
	Permutation order;

	for (int i = 0; i < n; i++)
	{
		total += reference_children(&reference->draw, c->request->seed, i);
		ends[i] = total;
	}
	if (total != (uint64) c->last_row + 1)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the rows of table \"%s\" are not those that were counted for foreign key \"%s\"",
						get_rel_name(reference->relid), reference->name)));
	rng_permutation_init(&order, Max(total, 1),
						 rng_combine(c->request->seed, rng_hash("places", 6)));
	counts.ends = builder_add(&c->builder, ends, sizeof(uint64) * Max(n, 1));
	counts.order = builder_add(&c->builder, &order, sizeof(order));
	pfree(ends);
	return builder_add(&c->builder, &counts, sizeof(counts));
}

/* The same by numbers of rows that were learned, which rows take up in turns. */
static PlanOffset
compile_quota(Compiler *c, int index, const uint32 *learned)
{
	int			n = c->pools[index]->nkeys;
	uint64	   *ends = palloc_extended(sizeof(uint64) * Max(n, 1), MCXT_ALLOC_HUGE);
	uint64		total = 0;
	PlanCounts	counts = {.n = n,.loose = true};
	Permutation order;

	for (int i = 0; i < n; i++)
		ends[i] = (total += learned[i]);
	rng_permutation_init(&order, Max(total, 1),
						 rng_combine(c->request->seed, rng_combine(rng_hash("quota", 5), index)));
	counts.ends = builder_add(&c->builder, ends, sizeof(uint64) * Max(n, 1));
	counts.order = builder_add(&c->builder, &order, sizeof(order));
	pfree(ends);
	return builder_add(&c->builder, &counts, sizeof(counts));
}

/* How rows that are drawn again draw. */
static double *
count_weights(const uint32 *learned, int n)
{
	double	   *weights = palloc_extended(sizeof(double) * Max(n, 1), MCXT_ALLOC_HUGE);

	for (int i = 0; i < n; i++)
		weights[i] = learned[i];
	return weights;
}

static PlanOffset
compile_given(Compiler *c, int index, const Link *link, HTAB *groups, const uint32 *group_of)
{
	const ReferencePool *pool = c->pools[index];
	const ReferencePool *leader = c->pools[link->leader];
	uint32		ngroups = hash_get_num_entries(groups);
	uint32	   *starts = palloc0(sizeof(uint32) * (ngroups + 2));
	uint32	   *members = palloc(sizeof(uint32) * Max(pool->nkeys, 1));
	uint32	   *leading = palloc(sizeof(uint32) * Max(leader->nkeys, 1));
	double	   *weights = popularity(c, index);
	double	   *sorted = palloc(sizeof(double) * Max(pool->nkeys, 1));
	PlanGiven	given = {0};

	/* starts[g + 1] is where the next member of g goes, and at last its end */
	for (int i = 0; i < pool->nkeys; i++)
		starts[group_of[i] + 2]++;
	for (uint32 g = 2; g < ngroups + 2; g++)
		starts[g] += starts[g - 1];
	for (int i = 0; i < pool->nkeys; i++)
		members[starts[group_of[i] + 1]++] = i;
	for (int i = 0; i < leader->nkeys; i++)
	{
		SharedGroup *group = leader_group(c, link, groups, i);

		leading[i] = group != NULL ? group->number : NO_GROUP;
	}
	given.selector = c->reference_selectors[link->leader];
	given.given = c->reference_given[link->leader];
	given.group_of = builder_add(&c->builder, leading, sizeof(uint32) * Max(leader->nkeys, 1));
	given.starts = builder_add(&c->builder, starts, sizeof(uint32) * (ngroups + 1));
	given.members = builder_add(&c->builder, members, sizeof(uint32) * Max(pool->nkeys, 1));
	if (weights != NULL)
	{
		PlanAlias  *alias;

		given.alias = builder_reserve(&c->builder, sizeof(PlanAlias) * Max(pool->nkeys, 1));
		alias = builder_at(&c->builder, given.alias);
		for (int i = 0; i < pool->nkeys; i++)
			sorted[i] = weights[members[i]];
		for (uint32 g = 0; g < ngroups; g++)
			fill_alias(alias + starts[g], sorted + starts[g], starts[g + 1] - starts[g]);
	}
	given.salt = rng_combine(rng_hash("given", 5), index);
	return builder_add(&c->builder, &given, sizeof(given));
}

static void
add_selector(Compiler *c, int index)
{
	const Reference *reference = list_nth(c->schema->references, index);
	uint64		salt = rng_combine(rng_hash("reference", 9), index);
	int			n = c->pools[index]->nkeys;
	bool		counted = reference->draw.counted;
	uint32	   *learned = NULL;
	PlanOffset	counts = 0;

	if (counted)
		counts = compile_counts(c, index);
	else if (zipf_field(c->schema, index) == NULL &&
			 (learned = learned_counts(c, index)) != NULL)
		counts = compile_quota(c, index, learned);
	c->reference_selectors[index] =
		compile_selector(c, salt, n, counted ? NULL : learned ? count_weights(learned, n) :
						 popularity(c, index));
	((PlanSelector *) builder_at(&c->builder, c->reference_selectors[index]))->counts = counts;
}

/*
 * Links references to their leaders, which always come before them.  First
 * all keys go that cannot be used: from the last reference on, as what one
 * loses may be a leader's loss too.
 */
void
link_references(Compiler *c)
{
	int			count = list_length(c->schema->references);
	Link	   *links = palloc(sizeof(Link) * Max(count, 1));
	HTAB	  **groups = palloc0(sizeof(HTAB *) * Max(count, 1));
	uint32	  **group_of = palloc0(sizeof(uint32 *) * Max(count, 1));

	for (int i = count - 1; i >= 0; i--)
	{
		CHECK_FOR_INTERRUPTS();
		links[i] = find_link(c->schema, i);
		if (links[i].leader < 0 || c->pools[i]->nkeys == 0)
			continue;
		group_of[i] = palloc(sizeof(uint32) * c->pools[i]->nkeys);
		groups[i] = group_keys(c, i, &links[i], group_of[i]);
		/* a sample says nothing of keys that it lacks */
		if (links[i].draws ? links[i].required : c->pools[i]->complete)
			drop_lone_keys(c, i, &links[i], groups[i]);
	}
	for (int i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (c->pools[i]->nkeys == 0)
			continue;
		add_selector(c, i);
		if (groups[i] != NULL && links[i].draws)
			c->reference_given[i] = compile_given(c, i, &links[i], groups[i], group_of[i]);
	}
}

/* An empty table that refers to itself: a row is its own parent. */
static void
refer_to_itself(Compiler *c, PlanOp *op, const Reference *reference, int column)
{
	PlanCopy	copy;

	copy.column = reference->attnums[column] - 1;
	op->kind = OP_COPY;
	op->detail = builder_add(&c->builder, &copy, sizeof(copy));
}

/*
 * The columns of one key are NULL together, for half a key refers to nothing.
 * Where one of them cannot be NULL, MATCH FULL lets the others neither; else
 * these are what says that a row refers to none.
 */
static void
share_nulls(Compiler *c, PlanOp *op, const Field *field)
{
	const Reference *reference = list_nth(c->schema->references, field->reference);

	if (reference->ncolumns < 2)
		return;
	op->salt = rng_combine(rng_hash("nulls of a key", 14), field->reference);
	for (int k = 0; reference->full && k < reference->ncolumns; k++)
		if (c->schema->fields[reference->fields[k]]->required && field->null_fraction < 0)
			op->null_below = 0;
}

void
compile_reference(Compiler *c, PlanOp *op, const Field *field)
{
	int			index = field->reference;
	const Reference *reference = list_nth(c->schema->references, index);
	const ReferencePool *pool = c->pools[index];
	PlanPool	keys = {0};

	if (pool->nkeys == 0)
	{
		if (reference->self && field->required)
			refer_to_itself(c, op, reference, field->reference_column);
		else
			op->kind = OP_NULL;
		return;
	}
	if (c->reference_selectors[index] == 0)
		add_selector(c, index);
	keys.selector = c->reference_selectors[index];
	keys.given = c->reference_given[index];
	keys.values = store_values(c, op, pool->values[field->reference_column], pool->nkeys);
	op->kind = OP_POOL;
	op->detail = builder_add(&c->builder, &keys, sizeof(keys));
	share_nulls(c, op, field);
}

/* The column whose NULL says that a row refers to none, or -1. */
int
column_of_key(const Schema *schema, int reference)
{
	const Reference *it = list_nth(schema->references, reference);
	int			found = -1;

	for (int k = 0; k < it->ncolumns; k++)
	{
		const Field *field = schema->fields[it->fields[k]];

		if (field->origin != FIELD_MADE)
			continue;
		if (found < 0 || (field->reference == reference && !field->required))
			found = it->fields[k];
	}
	return found;
}

/* What is beside the keys; false if it is NULL everywhere. */
static bool
store_context(Compiler *c, PlanOp *op, const ReferencePool *pool, int number,
			  PlanContext *context)
{
	const bool *nulls = pool->nulls[number];
	Datum	   *values = palloc_extended(sizeof(Datum) * pool->nkeys, MCXT_ALLOC_HUGE);
	int			first = 0;

	while (first < pool->nkeys && nulls[first])
		first++;
	if (first == pool->nkeys)
		return false;
	/* any value does in the place of a NULL */
	for (int i = 0; i < pool->nkeys; i++)
		values[i] = pool->values[pool->ncolumns + number][nulls[i] ? first : i];
	context->values = store_values(c, op, values, pool->nkeys);
	context->nulls = builder_add(&c->builder, nulls, sizeof(bool) * pool->nkeys);
	pfree(values);
	return true;
}

/* A column of the rows that keys are of, beside them; returns its op. */
int
compile_context(Compiler *c, int column)
{
	const Field *field = c->schema->fields[column];
	int			op = compiler_add_op(c, OP_NULL, field, column, 0);
	const ReferencePool *pool;
	PlanContext context = {0};

	c->ops[op].null_below = 0;
	if (field->origin != FIELD_CONTEXT)
		return op;
	if (schema_is_per_series(c->schema, column))
		c->ops[op].flags |= OPF_PER_SERIES;
	pool = c->pools[field->reference];
	context.column = column_of_key(c->schema, field->reference);
	context.selector = c->reference_selectors[field->reference];
	context.given = c->reference_given[field->reference];
	if (context.column < 0 || context.selector == 0 || pool->nkeys == 0 ||
		!store_context(c, &c->ops[op], pool, reference_context(c->schema, column), &context))
		return op;
	c->ops[op].kind = OP_CONTEXT;
	c->ops[op].detail = builder_add(&c->builder, &context, sizeof(context));
	return op;
}
