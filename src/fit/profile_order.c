/*-------------------------------------------------------------------------
 *
 * profile_order.c
 *		Orders between numbers that held in every row of the sample: low <= high.
 *
 * They become checks.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "fit/profile_operand.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#define ORDER_ROWS		100		/* without NULL, for an order */
#define ORDER_SURPRISE	0.05	/* of pairs of other rows are not in it */
#define MOST_ORDERS		20

/* What is no finite number is none in "all"; as in SQL, NaN is above infinity. */
static bool
odd_pair_breaks(const Operand *lesser, const Operand *greater, int row)
{
	double		a;
	double		b;

	if (lesser->nulls[row] || greater->nulls[row])
		return false;
	a = value_to_scale(lesser->type, lesser->values[row]);
	b = value_to_scale(greater->type, greater->values[row]);
	return isnan(a) ? !isnan(b) : a > b;
}

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
		{
			if (odd_pair_breaks(lesser, greater, i))
				return false;
			continue;
		}
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
	Search		search;
	Bitmapset **above;
	int			found = 0;

	if (sample->nrows < ORDER_ROWS)
		return;
	search_init(&search, profile, sample, columns);
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
