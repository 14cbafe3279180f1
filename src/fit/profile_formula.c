/*-------------------------------------------------------------------------
 *
 * profile_formula.c
 *		Formulas that hold in every row of the sample: total = qty * price.
 *
 * A few forms are tried on all combinations of columns, first on some rows,
 * then on all.  A field that has a formula becomes an expression; what the
 * expression reads is learned as usual.  NULL has to be where the expression
 * would give it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "fit/profile_operand.h"
#include "miscadmin.h"
#include "schema/expression.h"
#include "util/guard.h"

#define LEAST_ROWS		30		/* without NULL, for a formula */
#define LEAST_DISTINCT	5		/* values of what a formula gives */

/* ---- trying a formula ---- */

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
	return form_eval(form, args[0]->probe[probe],
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
		double		made = form_eval(form, form_argument(form, args, 0, i),
									 form_argument(form, args, 1, i),
									 form_argument(form, args, 2, i));
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

/* ---- taking a formula ---- */

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

static bool
take_formula(Search *search, const Form *form, Operand *target, Operand *const *args,
			 bool exact, int decimals)
{
	const Field *field = search->profile->schema->fields[target->field];
	double		largest = target->number ? form_largest(form, args) : 0;
	char	   *text;

	if (target->number && !operand_has_room(search, target, largest))
		return false;
	text = form_text(search, form, args,
						target->number && form_needs_numeric(form, args, largest));
	if (!exact && target->kind != VALUE_INTEGER &&
		!(target->type == NUMERICOID && field->base_typmod >= (int32) VARHDRSZ))
		text = psprintf(form_needs_cast(form, args) ? "round((%s)::numeric, %d)" : "round(%s, %d)",
						text, decimals);
	if (!formula_set(search->profile, target->field, text))
		return false;
	for (int i = 0; i < form->arity; i++)
		formula_note_read(search->reads, search->profile->schema->nfields, target->field,
						  args[i]->field);
	return true;
}

/* ---- the search ---- */

static double
rounding_slack(int decimals)
{
	return decimals >= 0 ? 0.5 * pow(10, -decimals) : 0;
}

static bool
try_formula(Search *search, const Form *form, Operand *target, Operand *const *args,
			int decimals)
{
	double		slack = rounding_slack(decimals);
	bool		exact;

	if (!form_fits(form, target, args))
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

/* total * 0.19 */
static bool
try_factors(Search *search, Operand *target, int decimals)
{
	for (int i = 0; i < search->n; i++)
	{
		Operand    *operand = &search->operands[i];
		Form		form;

		CHECK_FOR_INTERRUPTS();
		if (can_read(search, target, operand) &&
			form_of_factor(search, target, operand, rounding_slack(decimals), &form) &&
			try_formula(search, &form, target, &operand, decimals))
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
		decimals = operand_decimals(search, target);
		if (try_form(search, &profile_forms[0], target, args, 0, decimals) ||
			try_factors(search, target, decimals))
			continue;
		for (int f = 1; f < profile_nforms; f++)
			if (try_form(search, &profile_forms[f], target, args, 0, decimals))
				break;
	}
}

void
profile_formulas(Profile *profile, const Sample *sample, const int *columns)
{
	Search		search;

	if (sample->nrows < LEAST_ROWS)
		return;
	search_init(&search, profile, sample, columns);
	search_numbers(&search);
	profile_text_formulas(profile, sample, columns);
}
