/*-------------------------------------------------------------------------
 *
 * profile_formula.c
 *		Formulas that hold in every row of the sample: total = qty * price.
 *
 * A few forms are tried on all combinations of columns, first on some rows,
 * then on all.  A field that has a formula becomes an expression; what the
 * expression reads is learned as usual.  NULL has to be where the expression
 * would give it.  Orders between numbers become checks.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "fit/profile_formula.h"
#include "miscadmin.h"
#include "schema/expression.h"
#include "util/guard.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#define MOST_OPERANDS	40
#define PROBE_ROWS		50
#define LEAST_ROWS		30		/* without NULL, for a formula */
#define LEAST_DISTINCT	5		/* values of what a formula gives */
#define ORDER_ROWS		100		/* without NULL, for an order */
#define ORDER_SURPRISE	0.05	/* of pairs of other rows are not in it */
#define MOST_ORDERS		20
#define MOST_DECIMALS	6

/* A column of numbers or times. */
typedef struct Operand
{
	int			field;
	ValueKind	kind;
	Oid			type;
	const Datum *values;
	const bool *nulls;
	double		probe[PROBE_ROWS];	/* NaN: NULL */
	double	   *all;			/* likewise; NULL: not read yet */
	double		low;
	double		high;
	bool		target;			/* may have a formula */
	bool		number;
} Operand;

typedef struct Search
{
	Profile    *profile;
	const Sample *sample;
	int			nprobes;
	int			n;
	Operand    *operands;
	Bitmapset **reads;			/* what each field's expression reads, through
								 * others */
} Search;

/* A formula: $1, $2, $3 stand for columns. */
typedef struct Form
{
	int			arity;
	bool		symmetric;		/* $1 and $2 can change places */
	const char *text;
	double		(*eval) (double a, double b, double c);
} Form;

static double
eval_copy(double a, double b, double c)
{
	return a;
}

static double
eval_sum(double a, double b, double c)
{
	return a + b;
}

static double
eval_difference(double a, double b, double c)
{
	return a - b;
}

static double
eval_product(double a, double b, double c)
{
	return a * b;
}

static double
eval_percent(double a, double b, double c)
{
	return a * b / 100;
}

static double
eval_plus_share(double a, double b, double c)
{
	return a * (1 + b);
}

static double
eval_less_share(double a, double b, double c)
{
	return a * (1 - b);
}

static double
eval_plus_percent(double a, double b, double c)
{
	return a * (1 + b / 100);
}

static double
eval_less_percent(double a, double b, double c)
{
	return a * (1 - b / 100);
}

static double
eval_sum3(double a, double b, double c)
{
	return a + b + c;
}

static double
eval_sum_less(double a, double b, double c)
{
	return a + b - c;
}

static double
eval_product_plus(double a, double b, double c)
{
	return a * b + c;
}

static double
eval_product_less(double a, double b, double c)
{
	return a * b - c;
}

static double
eval_product_share(double a, double b, double c)
{
	return a * b * (1 - c);
}

static double
eval_product_percent(double a, double b, double c)
{
	return a * b * (1 - c / 100);
}

static double
eval_product_taxed(double a, double b, double c)
{
	return a * b * (1 + c);
}

static double
eval_product3(double a, double b, double c)
{
	return a * b * c;
}

/* Simple ones first: they are preferred. */
static const Form forms[] = {
	{1, false, "$1", eval_copy},
	{2, true, "$1 + $2", eval_sum},
	{2, true, "$1 * $2", eval_product},
	{2, false, "$1 - $2", eval_difference},
	{2, false, "$1 * (1 + $2)", eval_plus_share},
	{2, false, "$1 * (1 - $2)", eval_less_share},
	{2, true, "$1 * $2 / 100.0", eval_percent},
	{2, false, "$1 * (1 + $2 / 100.0)", eval_plus_percent},
	{2, false, "$1 * (1 - $2 / 100.0)", eval_less_percent},
	{3, true, "$1 + $2 + $3", eval_sum3},
	{3, true, "$1 + $2 - $3", eval_sum_less},
	{3, true, "$1 * $2 + $3", eval_product_plus},
	{3, true, "$1 * $2 - $3", eval_product_less},
	{3, true, "$1 * $2 * (1 - $3)", eval_product_share},
	{3, true, "$1 * $2 * (1 - $3 / 100.0)", eval_product_percent},
	{3, true, "$1 * $2 * (1 + $3)", eval_product_taxed},
	{3, true, "$1 * $2 * $3", eval_product3}
};

/* ---- operands ---- */

static double
number_at(const Operand *operand, int row)
{
	if (operand->nulls[row] || !value_is_finite(operand->type, operand->values[row]))
		return NAN;
	return value_to_scale(operand->type, operand->values[row]);
}

static int
probe_row(const Search *search, int probe)
{
	return (int) ((int64) probe * search->sample->nrows / search->nprobes);
}

static const double *
all_numbers(const Search *search, Operand *operand)
{
	if (operand->all != NULL)
		return operand->all;
	operand->all = palloc_extended(sizeof(double) * search->sample->nrows, MCXT_ALLOC_HUGE);
	operand->low = INFINITY;
	operand->high = -INFINITY;
	for (int i = 0; i < search->sample->nrows; i++)
	{
		double		number = number_at(operand, i);

		if ((i & 4095) == 0)
			CHECK_FOR_INTERRUPTS();
		operand->all[i] = number;
		operand->low = Min(operand->low, isnan(number) ? operand->low : number);
		operand->high = Max(operand->high, isnan(number) ? operand->high : number);
	}
	return operand->all;
}

/* Is a field part of a key, alone or with others? */
static bool
field_in_key(const Schema *schema, int index)
{
	ListCell   *cell;

	if (schema->fields[index]->unique || schema->fields[index]->reference >= 0)
		return true;
	foreach(cell, schema->uniques)
	{
		const UniqueSet *set = lfirst(cell);

		for (int i = 0; i < set->nfields; i++)
			if (set->fields[i] == index)
				return true;
	}
	return false;
}

bool
formula_may_give(const Schema *schema, int index)
{
	const Field *field = schema->fields[index];

	return field->origin == FIELD_MADE && !field_in_key(schema, index) && !field->has_default;
}

bool
formula_may_read(const Schema *schema, int index)
{
	const Field *field = schema->fields[index];

	return field->origin == FIELD_MADE && !field->unique && field->reference < 0;
}

static void
add_operand(Search *search, int index, int column)
{
	const Field *field = search->profile->schema->fields[index];
	Operand    *operand = &search->operands[search->n];
	ValueKind	kind = value_kind(field->base_type);

	if (search->n == MOST_OPERANDS || column < 0 || search->sample->values[column] == NULL ||
		!formula_may_read(search->profile->schema, index) ||
		!(value_kind_is_number(kind) || kind == VALUE_DATE || kind == VALUE_TIMESTAMP) ||
		field->base_type == MONEYOID || field->base_type == OIDOID)
		return;
	operand->field = index;
	operand->kind = kind;
	operand->type = field->base_type;
	operand->number = value_kind_is_number(kind);
	operand->values = search->sample->values[column];
	operand->nulls = search->sample->nulls[column];
	operand->target = formula_may_give(search->profile->schema, index);
	for (int i = 0; i < search->nprobes; i++)
		operand->probe[i] = number_at(operand, probe_row(search, i));
	search->n++;
}

static bool
varies(const Search *search, Operand *operand)
{
	(void) all_numbers(search, operand);
	return operand->low < operand->high;
}

/* Operands of one value only say nothing. */
static void
read_operands(Search *search, const int *columns)
{
	int			n = 0;

	search->operands = palloc0(sizeof(Operand) * (MOST_OPERANDS + 1));
	for (int i = 0; i < search->profile->schema->nfields; i++)
		add_operand(search, i, columns[i]);
	for (int i = 0; i < search->n; i++)
		if (varies(search, &search->operands[i]))
			search->operands[n++] = search->operands[i];
	search->n = n;
}

/* ---- trying a formula ---- */

/* Decimals that the target's values are rounded to, or -1. */
static int
target_decimals(const Search *search, Operand *target)
{
	const Field *field = search->profile->schema->fields[target->field];
	const double *all = all_numbers(search, target);
	double		power = 1;
	int			decimals = 0;

	if (target->kind == VALUE_INTEGER || !target->number)
		return 0;
	if (field->base_type == NUMERICOID && field->base_typmod >= (int32) VARHDRSZ)
		return (((field->base_typmod - VARHDRSZ) & 0x7ff) ^ 1024) - 1024;
	for (int i = 0; i < search->sample->nrows; i++)
		while (!isnan(all[i]) &&
			   fabs(all[i] * power - rint(all[i] * power)) > 1e-9 * Max(1, fabs(all[i]) * power))
		{
			if (++decimals > MOST_DECIMALS)
				return -1;
			power *= 10;
		}
	return decimals;
}

/* Do dates and numbers stand where the form can have them? */
static bool
kinds_fit(const Form *form, const Operand *target, Operand *const *args)
{
	bool		numbers = target->number;

	if (form->eval == eval_copy)
		return target->type == args[0]->type;
	for (int i = 0; i < form->arity; i++)
	{
		numbers &= args[i]->number;
		if (args[i]->kind == VALUE_TIMESTAMP)
			return false;
	}
	if (numbers)
		return true;
	if (target->kind == VALUE_DATE)
		return (form->eval == eval_sum || form->eval == eval_difference) &&
			((args[0]->kind == VALUE_DATE && args[1]->kind == VALUE_INTEGER) ||
			 (form->eval == eval_sum && args[1]->kind == VALUE_DATE &&
			  args[0]->kind == VALUE_INTEGER));
	return form->eval == eval_difference && target->kind == VALUE_INTEGER &&
		args[0]->kind == VALUE_DATE && args[1]->kind == VALUE_DATE;
}

/* 0: does not hold; 1: rounded; 2: exactly. */
static int
row_holds(double given, double made, double slack)
{
	double		off;

	if (isnan(given) || isnan(made))
		return isnan(given) && isnan(made) ? 2 : 0;
	off = fabs(given - made);
	if (off <= 1e-9 * Max(1, fabs(given)))
		return 2;
	return off <= slack * (1 + 1e-9) + 1e-12 * fabs(made) ? 1 : 0;
}

static inline double
value_at(Operand *const *args, const Form *form, int probe)
{
	return form->eval(args[0]->probe[probe],
					  form->arity > 1 ? args[1]->probe[probe] : 0,
					  form->arity > 2 ? args[2]->probe[probe] : 0);
}

static bool
probe_holds(const Search *search, const Form *form, const Operand *target,
			Operand *const *args, double slack)
{
	for (int i = 0; i < search->nprobes; i++)
		if (row_holds(target->probe[i], value_at(args, form, i), slack) == 0)
			return false;
	return true;
}

/* In all rows; *exact where nothing has to be rounded. */
static bool
sample_holds(const Search *search, const Form *form, const Operand *target,
			 Operand *const *args, double slack, bool *exact)
{
	double		seen[LEAST_DISTINCT];
	int			nseen = 0;
	int			rows = 0;

	*exact = true;
	for (int i = 0; i < search->sample->nrows; i++)
	{
		double		given = target->all[i];
		double		made = form->eval(args[0]->all[i],
									  form->arity > 1 ? args[1]->all[i] : 0,
									  form->arity > 2 ? args[2]->all[i] : 0);
		int			holds = row_holds(given, made, slack);
		int			k = 0;

		if ((i & 4095) == 0)
			CHECK_FOR_INTERRUPTS();
		if (holds == 0)
			return false;
		/* what is infinite is NULL here, but not to the expression */
		if (isnan(given) && !target->nulls[i])
			return false;
		if (isnan(given))
			continue;
		rows++;
		*exact &= holds == 2;
		while (k < nseen && seen[k] != given)
			k++;
		if (k == nseen && nseen < LEAST_DISTINCT)
			seen[nseen++] = given;
	}
	return rows >= LEAST_ROWS && nseen >= LEAST_DISTINCT;
}

/* ---- what can overflow ---- */

static double
integer_limit(Oid type)
{
	return type == INT2OID ? PG_INT16_MAX : type == INT4OID ? PG_INT32_MAX : 9e18;
}

/* The largest number that the operands' extremes come to. */
static double
largest_result(const Form *form, Operand *const *args)
{
	double		largest = 0;

	for (int corner = 0; corner < 1 << form->arity; corner++)
	{
		double		at[3] = {0, 0, 0};

		for (int i = 0; i < form->arity; i++)
			at[i] = corner & (1 << i) ? args[i]->high : args[i]->low;
		largest = Max(largest, fabs(form->eval(at[0], at[1], at[2])));
	}
	return largest;
}

static bool
target_has_room(const Search *search, const Operand *target, double largest)
{
	const Field *field = search->profile->schema->fields[target->field];
	int32		typmod = field->base_typmod - (int32) VARHDRSZ;

	if (target->kind == VALUE_INTEGER)
		return largest < integer_limit(target->type);
	if (target->type == NUMERICOID && typmod >= 0)
		return largest < pow(10, ((typmod >> 16) & 0xffff) - (((typmod & 0x7ff) ^ 1024) - 1024));
	return true;
}

/* Integers alone are multiplied as integers, and may not fit. */
static bool
needs_numeric(const Form *form, Operand *const *args, double largest)
{
	double		limit = 0;

	for (int i = 0; i < form->arity; i++)
	{
		if (args[i]->kind != VALUE_INTEGER)
			return false;
		limit = Max(limit, integer_limit(args[i]->type));
	}
	return largest >= limit;
}

/* ---- taking a formula ---- */

static char *
formula_text(const Search *search, const Form *form, Operand *const *args, bool numeric)
{
	StringInfoData text;

	initStringInfo(&text);
	for (const char *p = form->text; *p; p++)
	{
		int			arg;

		if (*p != '$')
		{
			appendStringInfoChar(&text, *p);
			continue;
		}
		arg = *++p - '1';
		appendStringInfoString(&text,
							   quote_identifier(search->profile->schema->fields[args[arg]->field]->name));
		if (numeric && arg == 0)
			appendStringInfoString(&text, "::numeric");
	}
	return text.data;
}

typedef struct ParseTrial
{
	const Schema *schema;
	const Field *field;
	const char *text;
} ParseTrial;

static void
parse_trial(void *argument)
{
	ParseTrial *trial = argument;

	(void) expression_parse(trial->schema, trial->text, trial->field->base_type,
							trial->field->base_typmod, "formula");
}

/* What reads the reader reads it, too. */
void
formula_note_read(Bitmapset **reads, int nfields, int reader, int read)
{
	Bitmapset  *more = bms_add_member(bms_copy(reads[read]), read);

	reads[reader] = bms_add_members(reads[reader], more);
	for (int i = 0; i < nfields; i++)
		if (bms_is_member(reader, reads[i]))
			reads[i] = bms_add_members(reads[i], more);
}

/* A formula that a document may not have is none. */
bool
formula_set(Profile *profile, int index, const char *text)
{
	Field	   *field = profile->schema->fields[index];
	ParseTrial	trial = {profile->schema, field, text};

	if (!guard_call(parse_trial, &trial, NULL))
		return false;
	profile_drop_name(field);
	field->origin = FIELD_EXPRESSION;
	field->expression = profile_keep_text(profile, text);
	profile_why(profile, field, "sample: %s in all rows", text);
	return true;
}

/* round() to decimals is for numeric alone. */
static bool
needs_cast(const Form *form, Operand *const *args)
{
	bool		numeric = false;

	for (int i = 0; i < form->arity; i++)
	{
		if (args[i]->kind == VALUE_FLOAT)
			return true;
		numeric |= args[i]->kind == VALUE_NUMERIC;
	}
	return !numeric;
}

static bool
take_formula(Search *search, const Form *form, Operand *target, Operand *const *args,
			 bool exact, int decimals)
{
	const Field *field = search->profile->schema->fields[target->field];
	double		largest = target->number ? largest_result(form, args) : 0;
	char	   *text;

	if (target->number && !target_has_room(search, target, largest))
		return false;
	text = formula_text(search, form, args,
						target->number && needs_numeric(form, args, largest));
	if (!exact && target->kind != VALUE_INTEGER &&
		!(target->type == NUMERICOID && field->base_typmod >= (int32) VARHDRSZ))
		text = psprintf(needs_cast(form, args) ? "round((%s)::numeric, %d)" : "round(%s, %d)",
						text, decimals);
	if (!formula_set(search->profile, target->field, text))
		return false;
	for (int i = 0; i < form->arity; i++)
		formula_note_read(search->reads, search->profile->schema->nfields, target->field,
						  args[i]->field);
	return true;
}

/* ---- the search ---- */

static bool
try_formula(Search *search, const Form *form, Operand *target, Operand *const *args,
			int decimals)
{
	double		slack = decimals >= 0 ? 0.5 * pow(10, -decimals) : 0;
	bool		exact;

	if (!kinds_fit(form, target, args))
		return false;
	return probe_holds(search, form, target, args, slack) &&
		sample_holds(search, form, target, args, slack, &exact) &&
		take_formula(search, form, target, args, exact, decimals);
}

/* May the target read the operand?  Not itself, and not what reads it. */
static bool
can_read(const Search *search, const Operand *target, const Operand *operand)
{
	return operand != target &&
		!bms_is_member(target->field, search->reads[operand->field]);
}

static bool
try_form(Search *search, const Form *form, Operand *target, Operand **args, int filled,
		 int decimals)
{
	if (filled == form->arity)
		return try_formula(search, form, target, args, decimals);
	if (filled == 1)
		CHECK_FOR_INTERRUPTS();
	for (int i = 0; i < search->n; i++)
	{
		Operand    *operand = &search->operands[i];
		bool		used = !can_read(search, target, operand);

		for (int k = 0; k < filled; k++)
			used |= args[k] == operand;
		if (used || (filled == 1 && form->symmetric && operand < args[0]))
			continue;
		args[filled] = operand;
		if (try_form(search, form, target, args, filled + 1, decimals))
			return true;
	}
	return false;
}

/* Later columns are rather made of earlier ones. */
static void
search_numbers(Search *search)
{
	for (int t = search->n - 1; t >= 0; t--)
	{
		Operand    *target = &search->operands[t];
		Operand    *args[3];
		int			decimals;

		if (!target->target)
			continue;
		decimals = target_decimals(search, target);
		for (int f = 0; f < lengthof(forms); f++)
			if (try_form(search, &forms[f], target, args, 0, decimals))
				break;
	}
}

void
profile_formulas(Profile *profile, const Sample *sample, const int *columns)
{
	Search		search = {profile, sample};

	if (sample->nrows < LEAST_ROWS)
		return;
	search.nprobes = Min(sample->nrows, PROBE_ROWS);
	search.reads = palloc0(sizeof(Bitmapset *) * Max(profile->schema->nfields, 1));
	read_operands(&search, columns);
	search_numbers(&search);
	profile_text_formulas(profile, sample, columns);
}

/* ---- orders ---- */

/* In all rows with both, and no wonder of their ranges. */
static bool
order_holds(const Search *search, const Operand *lesser, const Operand *greater)
{
	int			n = search->sample->nrows;
	int			rows = 0;
	int			surprises = 0;

	for (int i = 0; i < search->nprobes; i++)
		if (lesser->probe[i] > greater->probe[i])
			return false;
	for (int i = 0; i < n; i++)
	{
		double		a = lesser->all[i];
		double		b = greater->all[i];

		if (a > b)
			return false;
		if (isnan(a) || isnan(b))
			continue;
		rows++;
		surprises += a > greater->all[(int) (((int64) i * 7919 + 1) % n)];
	}
	return rows >= ORDER_ROWS && surprises >= rows * ORDER_SURPRISE;
}

static void
add_order(Profile *profile, int lesser, int greater)
{
	MemoryContext old = MemoryContextSwitchTo(profile->keep);
	Check	   *check = palloc0(sizeof(Check));

	check->text = psprintf("%s <= %s", quote_identifier(profile->schema->fields[lesser]->name),
						   quote_identifier(profile->schema->fields[greater]->name));
	check->name = check->text;
	check->domain_field = -1;
	profile->schema->checks = lappend(profile->schema->checks, check);
	MemoryContextSwitchTo(old);
}

/* Is lesser <= x <= greater known already? */
static bool
order_follows(const Bitmapset *const *above, int n, int lesser, int greater)
{
	for (int x = 0; x < n; x++)
		if (bms_is_member(x, above[lesser]) && bms_is_member(greater, above[x]))
			return true;
	return false;
}

void
profile_orders(Profile *profile, const Sample *sample, const int *columns)
{
	Search		search = {profile, sample};
	Bitmapset **above;
	int			found = 0;

	if (sample->nrows < ORDER_ROWS)
		return;
	search.nprobes = Min(sample->nrows, PROBE_ROWS);
	read_operands(&search, columns);
	above = palloc0(sizeof(Bitmapset *) * Max(search.n, 1));
	for (int a = 0; a < search.n; a++)
		for (int b = 0; b < search.n; b++)
		{
			CHECK_FOR_INTERRUPTS();
			if (a != b && search.operands[a].number && search.operands[b].number &&
				order_holds(&search, &search.operands[a], &search.operands[b]))
				above[a] = bms_add_member(above[a], b);
		}
	for (int a = 0; a < search.n; a++)
		for (int b = 0; b < search.n && found < MOST_ORDERS; b++)
			if (bms_is_member(b, above[a]) &&
				!order_follows((const Bitmapset *const *) above, search.n, a, b))
			{
				add_order(profile, search.operands[a].field, search.operands[b].field);
				found++;
			}
}
