/*-------------------------------------------------------------------------
 *
 * compile_agree.c
 *		Numbers and times of a row that follow from others: ages from dates of
 *		birth, prices from products, the later of two times.
 *
 * Numbers may stand in columns, in JSON objects and in composites; all that
 * is not inside an array has the same draws to look at.  types.tsv says how
 * the numbers of a semantic type go with others (see locale/README.md).
 *
 * Nothing that is made may hang on the clock, so an age is that on a day of
 * the plan's.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include "local/agree.h"
#include "miscadmin.h"

#define MOST_DRAWS		1000	/* that one number may need */

void
note_number(Compiler *c, int op, const Field *field)
{
	NumberUse  *use;

	/* which of a column's cases makes its value is not known here */
	if (c->casing > 0)
		return;
	use = palloc(sizeof(NumberUse));

	use->field = field;
	use->op = op;
	use->column = c->ops[op].column;
	use->container = c->container;
	use->scope = c->scope;
	c->numbers = lappend(c->numbers, use);
}

PlanNumber *
agree_number(Compiler *c, const NumberUse *use)
{
	return builder_at(&c->builder, c->ops[use->op].detail);
}

bool
agree_is_of(const NumberUse *use, const char *semantic)
{
	return use->field->semantic != NULL && strcmp(use->field->semantic->name, semantic) == 0;
}

/* ---- whom a number goes with ---- */

/* The how-many-th number of its type it is where it stands. */
int
agree_place(Compiler *c, const NumberUse *use)
{
	ListCell   *lc;
	int			place = 0;

	foreach(lc, c->numbers)
	{
		const NumberUse *other = lfirst(lc);

		if (other == use)
			break;
		if (other->scope == use->scope && other->container == use->container &&
			other->field->semantic == use->field->semantic)
			place++;
	}
	return place;
}

/* The n-th number of a type in a container, or the last one before it; or NULL. */
NumberUse *
agree_nth_number(Compiler *c, const char *semantic, int scope, int container, int n)
{
	NumberUse  *found = NULL;
	ListCell   *lc;

	foreach(lc, c->numbers)
	{
		NumberUse  *other = lfirst(lc);

		if (other->scope != scope || other->container != container ||
			!agree_is_of(other, semantic))
			continue;
		found = other;
		if (n-- == 0)
			break;
	}
	return found;
}

/*
 * The number of a type that another one goes with: the one beside it, else
 * the row's, else the first of any part.
 */
NumberUse *
agree_mate(Compiler *c, const NumberUse *use, const char *semantic)
{
	NumberUse  *found = agree_nth_number(c, semantic, use->scope, use->container, agree_place(c, use));
	ListCell   *lc;

	if (found == NULL && use->container >= 0)
		found = agree_nth_number(c, semantic, use->scope, -1, 0);
	foreach(lc, c->numbers)
	{
		NumberUse  *other = lfirst(lc);

		if (found != NULL)
			break;
		if (other->scope == use->scope && agree_is_of(other, semantic))
			found = other;
	}
	return found == use ? NULL : found;
}

void
agree_follow(Compiler *c, const NumberUse *use, const PlanFollow *follow)
{
	PlanOffset	offset = builder_add(&c->builder, follow, sizeof(*follow));
	PlanNumber *number = agree_number(c, use);

	number->follow = offset;
	number->near = false;
}

/* Does the field say itself how its numbers lie? */
bool
agree_field_speaks(const Field *field)
{
	return field->distribution.kind != DISTRIBUTION_NONE && !field->distribution.implied;
}

bool
agree_field_has_bounds(const Field *field)
{
	return (field->minimum.set && !field->minimum.implied) ||
		(field->maximum.set && !field->maximum.implied);
}

/* ---- the same number twice ---- */

/*
 * What a part has of the row's own, by type and name, is the row's: its date
 * of birth, its price.
 */
static void
follow_same(Compiler *c, const NumberUse *use)
{
	const SemanticType *semantic = use->field->semantic;
	PlanFollow	follow = {.column = -1,.kind = FOLLOW_SAME};
	NumberUse  *row;
	PlanNumber *number;
	PlanNumber *other;

	if (use->container < 0 || semantic == NULL || agree_field_speaks(use->field) ||
		agree_field_has_bounds(use->field) ||
		value_kind(c->ops[use->op].type) == VALUE_TIMESTAMP)
		return;
	row = agree_nth_number(c, semantic->name, use->scope, -1, agree_place(c, use));
	if (row == NULL || c->ops[row->op].type != c->ops[use->op].type ||
		(strcmp(semantic->name, "birth_date") != 0 &&
		 strcmp(row->field->name, use->field->name) != 0))
		return;
	number = agree_number(c, use);
	other = agree_number(c, row);
	if (number->rank.radix != 0 || number->ascending || number->output != other->output ||
		number->scale != other->scale || number->declared_scale != other->declared_scale)
		return;
	follow.op = row->op;
	agree_follow(c, use, &follow);
}

/* ---- orders ---- */

/*
 * Names imply orders of all times that a row has, wherever they stand; those
 * of its columns are known already.
 */
static void
order_scope(Compiler *c, int scope)
{
	Schema		all = {0};
	NumberUse **uses = palloc(sizeof(NumberUse *) * list_length(c->numbers));
	ListCell   *lc;
	bool		parts = false;

	all.fields = palloc(sizeof(Field *) * list_length(c->numbers));
	foreach(lc, c->numbers)
	{
		NumberUse  *use = lfirst(lc);
		Field	   *field;

		if (use->scope != scope || agree_number(c, use)->rank.radix != 0 ||
			agree_number(c, use)->ascending ||
			agree_number(c, use)->follow != 0)
			continue;
		field = palloc(sizeof(Field));
		*field = *use->field;
		field->base_type = c->ops[use->op].type;
		field->reference = -1;
		field->unique = false;
		parts |= use->column < 0;
		uses[all.nfields] = use;
		all.fields[all.nfields++] = field;
	}
	if (!parts)
		return;
	schema_imply_orders(&all);
	foreach(lc, all.orders)
	{
		const Order *order = lfirst(lc);
		NumberUse  *lesser = uses[order->lesser];
		NumberUse  *greater = uses[order->greater];

		/* numbers of different parts are not drawn again together */
		if (lesser->container != greater->container &&
			value_kind_is_number(value_kind(c->ops[greater->op].type)))
			continue;
		if (lesser->column < 0 || greater->column < 0)
			number_above(c, lesser->op, greater->op, order->strict);
	}
}

static void
order_parts(Compiler *c)
{
	List	   *scopes = NIL;
	ListCell   *lc;

	foreach(lc, c->numbers)
		scopes = list_append_unique_int(scopes, ((NumberUse *) lfirst(lc))->scope);
	foreach(lc, scopes)
		order_scope(c, lfirst_int(lc));
}

/* ---- what can be drawn anew ---- */

/*
 * Can a number be drawn wherever it is asked for?  Not if it is learned, or
 * hangs on another row, and a web of orders may need too many draws.
 */
static bool
can_draw(Compiler *c, int op, int *draws)
{
	const PlanNumber *number = builder_at(&c->builder, c->ops[op].detail);

	check_stack_depth();
	if (c->ops[op].kind != OP_NUMBER || c->ops[op].agrees != 0 || number->fitted ||
		number->ascending || number->nbelow > 0 || --*draws < 0)
		return false;
	for (int i = 0; i < number->nabove; i++)
	{
		int			column = number->above[i].column;

		if (!can_draw(c, column >= 0 ? c->column_ops[column] : number->above[i].op, draws))
			return false;
	}
	if (number->follow != 0)
	{
		const PlanFollow *follow = builder_at(&c->builder, number->follow);

		if (follow->column >= 0 ||
			(follow->kind != FOLLOW_ENTRY && !can_draw(c, follow->op, draws)) ||
			(follow->kind == FOLLOW_TIMES && !can_draw(c, follow->times, draws)))
			return false;
	}
	return true;
}

/* Lets go what would need too much. */
static void
drop_costly(Compiler *c, const NumberUse *use)
{
	PlanNumber *number = agree_number(c, use);
	int			kept = 0;
	int			draws = MOST_DRAWS;

	for (int i = 0; i < number->nabove; i++)
		if (number->above[i].column >= 0 || can_draw(c, number->above[i].op, &draws))
			number->above[kept++] = number->above[i];
	number->nabove = kept;
	if (number->follow != 0)
	{
		PlanFollow *follow = builder_at(&c->builder, number->follow);
		int			column = c->ops[follow->op].column;

		draws = MOST_DRAWS;
		if (follow->kind == FOLLOW_ENTRY ||
			(can_draw(c, follow->op, &draws) &&
			 (follow->kind != FOLLOW_TIMES || can_draw(c, follow->times, &draws))))
			return;
		/* what a column has kept can be read by another column */
		if (follow->kind == FOLLOW_YEARS && column >= 0 && use->column >= 0 &&
			c->column_ops[column] == follow->op)
		{
			follow->column = column;
			c->ops[follow->op].flags |= OPF_KEEP_NUMBER;
		}
		else
			number->follow = 0;
	}
}

void
compile_agreements(Compiler *c)
{
	ListCell   *lc;

	foreach(lc, c->numbers)
	{
		NumberUse  *use = lfirst(lc);

		CHECK_FOR_INTERRUPTS();
		follow_same(c, use);
		if (agree_number(c, use)->follow == 0)
			follow_others(c, use);
	}
	order_parts(c);
	foreach(lc, c->numbers)
		drop_costly(c, lfirst(lc));
}
