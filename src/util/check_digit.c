/*-------------------------------------------------------------------------
 *
 * check_digit.c
 *		The check digits of card, account, article and vehicle numbers.
 *
 * Most rules weigh the digits and take the sum modulo something; those are
 * lines of a table.  An IBAN and a VIN have theirs inside.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include "util/check_digit.h"

#define MAX_WEIGHTS 21

typedef struct CheckRule
{
	const char *name;
	uint8		modulus;
	bool		rest;			/* the rest itself, not what it lacks to modulus */
	bool		fold;			/* products of two digits count as their sum */
	bool		from_left;		/* weights begin with the first digit */
	uint8		start;			/* the sum of what stands before, unwritten */
	uint8		nweights;		/* then they repeat */
	uint8		weights[MAX_WEIGHTS];
	const char *symbols;		/* NULL: two digits, 1 to modulus */
} CheckRule;

#define DIGITS "0123456789"

static const CheckRule rules[] = {
	/* ISO/IEC 7812-1, and with the prefix 80840 of American health care */
	{"luhn", 10, false, true, false, 0, 2, {2, 1}, DIGITS},
	{"npi", 10, false, true, false, 24, 2, {2, 1}, DIGITS},
	/* GS1: EAN, UPC, ISBN of thirteen digits */
	{"ean", 10, false, false, false, 0, 2, {3, 1}, DIGITS},
	{"isbn10", 11, false, false, false, 0, 9, {2, 3, 4, 5, 6, 7, 8, 9, 10}, DIGITS "X"},
	/* American Bankers Association */
	{"routing", 10, false, false, true, 0, 3, {3, 7, 1}, DIGITS},
	/* persons: Poland, Spain, France; China is below */
	{"pesel", 10, false, false, true, 0, 4, {1, 3, 7, 9}, DIGITS},
	{"dni", 23, true, false, false, 0, 8, {1, 10, 8, 11, 18, 19, 6, 14}, "TRWAGMYFPDXBNJZSQVHLCKE"},
	{"nir", 97, false, false, false, 0, 13, {1, 10, 3, 30, 9, 90, 27, 76, 81, 34, 49, 5, 50}, NULL},
	/* the Netherlands: no digit stands for a rest of ten */
	{"bsn", 11, true, false, false, 0, 8, {2, 3, 4, 5, 6, 7, 8, 9}, DIGITS},
	/* French accounts: as though two zeros followed */
	{"rib", 97, false, false, false, 0, 21, {
		3, 30, 9, 90, 27, 76, 81, 34, 49, 5, 50, 15,
		53, 45, 62, 38, 89, 17, 73, 51, 25}, NULL},
	{"resident", 11, false, false, true, 0, 10, {7, 9, 10, 5, 8, 4, 2, 1, 6, 3}, DIGITS "X"}
};

#define RULE_IBAN	((int) lengthof(rules))
#define RULE_VIN	(RULE_IBAN + 1)

static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

int
check_digit_rule(const char *name)
{
	for (int i = 0; i < lengthof(rules); i++)
		if (strcmp(rules[i].name, name) == 0)
			return i;
	return strcmp(name, "iban") == 0 ? RULE_IBAN : strcmp(name, "vin") == 0 ? RULE_VIN : -1;
}

static uint32
weighted_sum(const CheckRule *rule, const char *number, uint32 length)
{
	uint32		sum = rule->start;
	uint32		n = 0;

	for (uint32 i = 0; i < length; i++)
	{
		char		c = number[rule->from_left ? i : length - 1 - i];
		uint32		product;

		if (!is_digit(c))
			continue;
		product = (c - '0') * rule->weights[n++ % rule->nweights];
		sum += rule->fold && product > 9 ? product - 9 : product;
	}
	return sum;
}

static uint32
append_weighted(const CheckRule *rule, char *number, uint32 length)
{
	uint32		rest = weighted_sum(rule, number, length) % rule->modulus;

	if (!rule->rest)
		rest = rule->modulus - rest;
	if (rule->symbols != NULL && rule->symbols[rest % rule->modulus] == '\0')
	{
		/* such a number is not given out: the next one is */
		number[length - 1] = number[length - 1] == '9' ? '0' : number[length - 1] + 1;
		rest = weighted_sum(rule, number, length) % rule->modulus;
	}
	if (rule->symbols == NULL)
	{
		number[length++] = '0' + rest / 10;
		number[length++] = '0' + rest % 10;
	}
	else
		number[length++] = rule->symbols[rest % rule->modulus];
	return length;
}

/* ISO 13616: what follows the first four, those, letters as 10 to 35, modulo 97 is 1. */
static void
set_iban(char *number, uint32 length)
{
	uint32		rest = 0;

	if (length < 4)
		return;
	for (uint32 i = 0; i < length; i++)
	{
		char		c = number[(i + 4) % length];

		if (is_digit(c))
			rest = (rest * 10 + c - '0') % 97;
		else if (c >= 'A' && c <= 'Z')
			rest = (rest * 100 + c - 'A' + 10) % 97;
	}
	number[2] = '0' + (98 - rest) / 10;
	number[3] = '0' + (98 - rest) % 10;
}

/* 49 CFR 565.15: the ninth of the seventeen. */
static void
set_vin(char *number, uint32 length)
{
	static const uint8 weights[17] = {8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2};
	static const uint8 values[26] = {
		1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4, 5, 0, 7, 0, 9, 2, 3, 4, 5, 6, 7, 8, 9
	};
	uint32		sum = 0;

	if (length != lengthof(weights))
		return;
	for (uint32 i = 0; i < length; i++)
		if (is_digit(number[i]))
			sum += weights[i] * (number[i] - '0');
		else if (number[i] >= 'A' && number[i] <= 'Z')
			sum += weights[i] * values[number[i] - 'A'];
	number[8] = "0123456789X"[sum % 11];
}

uint32
check_digit_complete(int rule, char *number, uint32 length)
{
	if (rule == RULE_IBAN)
		set_iban(number, length);
	else if (rule == RULE_VIN)
		set_vin(number, length);
	else
		return append_weighted(&rules[rule], number, length);
	return length;
}
