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

#include "catalog/pg_type_d.h"
#include "local/agree.h"
#include "miscadmin.h"

#define MOST_DRAWS		1000	/* that one number may need */
#define READ_DIVISOR	10000	/* of decimals of which no number is known */
#define ENTRY_SALT		UINT64CONST(0x51ED270B9F8C6E1D)

static NumberUse *
add_use(Compiler *c, int op, const Field *field)
{
	NumberUse  *use = palloc0(sizeof(NumberUse));

	use->field = field;
	use->op = op;
	use->column = c->ops[op].column;
	use->top = c->top;
	use->text = -1;
	use->plain = c->ops[op].kind == OP_NUMBER;
	use->container = c->container;
	use->scope = c->scope;
	c->numbers = lappend(c->numbers, use);
	return use;
}

/* A number, or a column of which others may read one. */
void
note_number(Compiler *c, int op, const Field *field)
{
	/* which of a column's cases makes its value is not known here */
	if (c->casing == 0)
		add_use(c, op, field);
}

/* The dictionary of a recipe of one piece, or NULL. */
static const DataFile *
only_dictionary(Compiler *c, const char *recipe)
{
	Size		length = recipe[0] == '{' ? strcspn(recipe + 1, ".!:}") : 0;

	return length == 0 ? NULL :
		locale_dictionary(c->locale, pnstrdup(recipe + 1, length));
}

/*
 * A text whose entry may go with a number of the row: a number says which, if
 * it follows something in the end.
 */
void
note_text(Compiler *c, int op, const Field *field, const char *recipe, int instance)
{
	const char *name = field->semantic->name;
	const PlanText *text = builder_at(&c->builder, c->ops[op].detail);
	const PlanPiece *piece = builder_at(&c->builder, text->pieces);
	const DataFile *file = only_dictionary(c, recipe);
	PlanNumber	number = {.low = 1,.grain = 1,.divisor = 1,.output = NUMBER_INT4};
	Field	   *entry;
	NumberUse  *use;
	int			inner;

	if (c->casing > 0 || field->semantic->follows == NULL || file == NULL ||
		c->ops[op].kind != OP_TEXT || text->npieces != 1 || piece->kind != PIECE_ENTRY)
		return;
	entry = part_field(field->name, INT4OID, -1);
	entry->semantic = field->semantic;
	number.high = file->nrows;
	inner = compiler_add_op(c, OP_NUMBER, entry, -1,
							rng_combine(rng_hash(name, strlen(name)), ENTRY_SALT + instance));
	c->ops[inner].detail = builder_add(&c->builder, &number, sizeof(number));
	use = add_use(c, inner, entry);
	use->text = op;
	use->file = file;
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
	if (found == NULL && use->scope == NUMBER_PER_ROW)
		found = agree_nth_number(c, semantic, NUMBER_PER_SERIES, -1, 0);
	return found == use ? NULL : found;
}

/* What a number follows, as it is drawn. */
PlanFollowed
agree_followed(Compiler *c, const NumberUse *use)
{
	const Field *field = use->field;
	PlanFollowed followed = {.op = use->op,.column = -1,.divisor = 1};

	if (use->plain)
		followed.divisor = agree_number(c, use)->divisor;
	else if (value_kind(field->base_type) == VALUE_NUMERIC ||
			 value_kind(field->base_type) == VALUE_FLOAT)
		followed.divisor = READ_DIVISOR;
	return followed;
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
	PlanFollow	follow = {.kind = FOLLOW_SAME};
	NumberUse  *row;
	PlanNumber *number;
	PlanNumber *other;

	if (use->container < 0 || use->text >= 0 || semantic == NULL || agree_field_speaks(use->field) ||
		agree_field_has_bounds(use->field) ||
		value_kind(c->ops[use->op].type) == VALUE_TIMESTAMP)
		return;
	row = agree_nth_number(c, semantic->name, use->scope, -1, agree_place(c, use));
	if (row == NULL || !row->plain || c->ops[row->op].type != c->ops[use->op].type ||
		(strcmp(semantic->name, "birth_date") != 0 &&
		 strcmp(row->field->name, use->field->name) != 0))
		return;
	number = agree_number(c, use);
	other = agree_number(c, row);
	if (number->rank.radix != 0 || number->ascending || number->output != other->output ||
		number->scale != other->scale || number->declared_scale != other->declared_scale)
		return;
	follow.other = agree_followed(c, row);
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

		if (use->scope != scope || !use->plain || use->text >= 0 ||
			agree_number(c, use)->rank.radix != 0 ||
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
			number_above(c, lesser->op, greater->op, order);
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

static bool can_draw_followed(Compiler *c, int op, const PlanFollow *follow, int *draws);

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
	return number->follow == 0 ||
		can_draw_followed(c, op, builder_at(&c->builder, number->follow), draws);
}

static bool
can_draw_terms(Compiler *c, int op, const PlanFollow *follow, int *draws)
{
	for (int i = 0; i < follow->nterms; i++)
	{
		const PlanTerm *terms = builder_at(&c->builder, follow->terms);

		if (c->uses[terms[i].followed.op]->scope != c->uses[op]->scope ||
			!can_draw(c, terms[i].followed.op, draws))
			return false;
	}
	return true;
}

/* Can all that a number follows be drawn with what it draws? */
static bool
can_draw_followed(Compiler *c, int op, const PlanFollow *follow, int *draws)
{
	bool		two = follow->kind == FOLLOW_TIMES || follow->kind == FOLLOW_PLUS;

	if (follow->kind == FOLLOW_ENTRY)
		return !follow->per_series;
	return c->uses[op] != NULL && c->uses[follow->other.op]->scope == c->uses[op]->scope &&
		can_draw(c, follow->other.op, draws) &&
		(!two || (c->uses[follow->times.op]->scope == c->uses[op]->scope &&
				  can_draw(c, follow->times.op, draws))) &&
		can_draw_terms(c, op, follow, draws);
}

/* ---- what is read instead ---- */

/* Can what a number follows be drawn anew for it? */
static bool
draws_followed(Compiler *c, const NumberUse *use, const PlanFollowed *followed)
{
	int			draws = MOST_DRAWS;

	return c->uses[followed->op]->scope == use->scope &&
		can_draw(c, followed->op, &draws);
}

/*
 * Else the value of its column is read, which is made before then.  What is
 * in an array has no row of its own, and a series none at all.
 */
static bool
read_followed(Compiler *c, const NumberUse *use, PlanFollowed *followed)
{
	const NumberUse *other = c->uses[followed->op];
	PlanRead   *read;

	if (draws_followed(c, use, followed))
		return true;
	if (use->scope >= 0 || other->scope >= 0 || other->column < 0 ||
		(use->scope == NUMBER_PER_SERIES && other->scope == NUMBER_PER_ROW) ||
		c->column_ops[other->column] != other->op || use->top == other->column ||
		column_hangs_on(c, other->column, use->top))
		return false;
	followed->column = other->column;
	read = palloc(sizeof(PlanRead));
	read->column = use->top;
	read->read = other->column;
	c->reads = lappend(c->reads, read);
	c->ops[c->column_ops[use->top]].flags |= OPF_BACKEND;
	return true;
}

static bool
reach_followed(Compiler *c, const NumberUse *use, PlanFollow *follow)
{
	for (int i = 0; i < follow->nterms; i++)
		if (!read_followed(c, use,
						   &((PlanTerm *) builder_at(&c->builder, follow->terms))[i].followed))
			return false;
	if (follow->kind == FOLLOW_ENTRY)
		return !follow->per_series || use->scope == NUMBER_PER_ROW;
	return read_followed(c, use, &follow->other) &&
		((follow->kind != FOLLOW_TIMES && follow->kind != FOLLOW_PLUS) ||
		 read_followed(c, use, &follow->times));
}

/* Lets go what would need too much, and what cannot be reached. */
static void
settle(Compiler *c, const NumberUse *use)
{
	PlanNumber *number = agree_number(c, use);
	int			kept = 0;
	int			draws = MOST_DRAWS;

	for (int i = 0; i < number->nabove; i++)
		if (number->above[i].column >= 0 || can_draw(c, number->above[i].op, &draws))
			number->above[kept++] = number->above[i];
	number->nabove = kept;
	if (number->follow != 0 &&
		!reach_followed(c, use, builder_at(&c->builder, number->follow)))
		number->follow = 0;
}

/* The number of a text that follows something says which entry it has. */
static void
settle_text(Compiler *c, const NumberUse *use)
{
	const PlanText *text = builder_at(&c->builder, c->ops[use->text].detail);
	PlanPiece  *piece = builder_at(&c->builder, text->pieces);

	if (agree_number(c, use)->follow != 0)
		piece->number = use->op;
}

static void
index_uses(Compiler *c)
{
	ListCell   *lc;

	c->uses = palloc0(sizeof(NumberUse *) * Max(c->nops, 1));
	foreach(lc, c->numbers)
		c->uses[((NumberUse *) lfirst(lc))->op] = lfirst(lc);
}

void
compile_agreements(Compiler *c)
{
	ListCell   *lc;

	index_uses(c);
	foreach(lc, c->numbers)
	{
		NumberUse  *use = lfirst(lc);

		CHECK_FOR_INTERRUPTS();
		if (!use->plain)
			continue;
		follow_same(c, use);
		if (agree_number(c, use)->follow == 0)
			follow_others(c, use);
	}
	order_parts(c);
	foreach(lc, c->numbers)
		if (((const NumberUse *) lfirst(lc))->plain)
			settle(c, lfirst(lc));
	foreach(lc, c->numbers)
		if (((const NumberUse *) lfirst(lc))->text >= 0)
			settle_text(c, lfirst(lc));
}
