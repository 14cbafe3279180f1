/*-------------------------------------------------------------------------
 *
 * profile_form.c
 *		The forms that a formula of numbers and times can have.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "fit/profile_operand.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#define FACTOR_DECIMALS	4		/* of a constant */
#define FACTOR_LIMIT	1e5		/* which is below that without its point */

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
const Form profile_forms[] = {
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

const int	profile_nforms = lengthof(profile_forms);

bool
form_fits(const Form *form, const Operand *target, Operand *const *args)
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

double
form_largest(const Form *form, Operand *const *args)
{
	double		largest = 0;

	for (int corner = 0; corner < 1 << form->arity; corner++)
	{
		double		at[3] = {0, 0, 0};

		for (int i = 0; i < form->arity; i++)
			at[i] = corner & (1 << i) ? args[i]->high : args[i]->low;
		largest = Max(largest, fabs(form_eval(form, at[0], at[1], at[2])));
	}
	return largest;
}

bool
form_needs_numeric(const Form *form, Operand *const *args, double largest)
{
	double		limit = 0;

	for (int i = 0; i < form->arity; i++)
	{
		if (args[i]->kind != VALUE_INTEGER)
			return false;
		limit = Max(limit, operand_integer_limit(args[i]->type));
	}
	return largest >= limit;
}

bool
form_needs_cast(const Form *form, Operand *const *args)
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

char *
form_text(const Search *search, const Form *form, Operand *const *args, bool numeric)
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

/* ---- a constant ---- */

/* Narrows what the constant can be by a row; NULL and 0 say nothing of it. */
static void
narrow_factor(double given, double number, double slack, double *low, double *high)
{
	double		room = slack + 1e-9 * Max(1, fabs(given));
	double		a = (given - room) / number;
	double		b = (given + room) / number;

	if (isnan(given) || isnan(number) || number == 0)
		return;
	*low = Max(*low, Min(a, b));
	*high = Min(*high, Max(a, b));
}

/* The shortest decimal of the range as text; NULL: it has none of few digits. */
static char *
short_decimal(double low, double high)
{
	double		power = 1;

	for (int decimals = 0; decimals <= FACTOR_DECIMALS; decimals++, power *= 10)
	{
		double		number = rint((low + high) / 2 * power);

		if (fabs(number) >= FACTOR_LIMIT)
			return NULL;
		if (number / power >= low && number / power <= high)
			return number == 0 || number == power ? NULL :
				psprintf("%.*f", decimals, number / power);
	}
	return NULL;
}

bool
form_of_factor(const Search *search, Operand *target, Operand *operand, double slack,
			   Form *form)
{
	double		low = -INFINITY;
	double		high = INFINITY;
	char	   *constant;

	if (!target->number || !operand->number)
		return false;
	for (int i = 0; i < search->nprobes; i++)
		narrow_factor(target->probe[i], operand->probe[i], slack, &low, &high);
	if (low > high)
		return false;
	for (int i = 0; i < search->sample->nrows && low <= high; i++)
	{
		if ((i & 4095) == 0)
			CHECK_FOR_INTERRUPTS();
		narrow_factor(target->all[i], operand->all[i], slack, &low, &high);
	}
	if (low > high || isinf(low) || isinf(high))
		return false;
	constant = short_decimal(low, high);
	if (constant == NULL)
		return false;
	form->arity = 1;
	form->symmetric = false;
	form->text = psprintf(constant[0] == '-' ? "$1 * (%s)" : "$1 * %s", constant);
	form->eval = eval_product;
	form->factor = strtod(constant, NULL);
	return true;
}
