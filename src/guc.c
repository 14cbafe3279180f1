/*-------------------------------------------------------------------------
 *
 * guc.c
 *		The settings, in one table.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <ctype.h>

#include "guc.h"
#include "utils/guc.h"

#define LOCALE_NAME_MAX 32

static char *seed_setting;
static char *locale_setting;

/* A whole number of 64 bits, signed, and nothing behind it. */
static bool
parse_seed(const char *text, int64 *seed)
{
	char	   *end;

	errno = 0;
	*seed = strtoll(text, &end, 10);
	while (isspace((unsigned char) *end))
		end++;
	return errno == 0 && end != text && *end == '\0';
}

static bool
check_seed(char **newval, void **extra, GucSource source)
{
	int64		seed;

	if ((*newval)[0] == '\0' || parse_seed(*newval, &seed))
		return true;
	GUC_check_errdetail("A seed is a whole number of 64 bits, or empty for another one at every call.");
	return false;
}

/*
 * The shape alone: whether the locale exists is known when it is used, since
 * the data files cannot be read while the server starts.
 */
static bool
check_locale(char **newval, void **extra, GucSource source)
{
	const char *p = *newval;

	while (isalnum((unsigned char) *p) || *p == '_' || *p == '-')
		p++;
	if (*p == '\0' && p != *newval && p - *newval <= LOCALE_NAME_MAX)
		return true;
	GUC_check_errdetail("A locale is named like \"en_US\".");
	return false;
}

typedef struct StringSetting
{
	const char *name;
	const char *description;
	const char *explanation;
	char	  **value;
	const char *initial;
	GucStringCheckHook check;
} StringSetting;

static const StringSetting string_settings[] = {
	{"synthik.locale",
		"Locale of made data where neither the call nor its schema names one.",
	NULL, &locale_setting, "en_US", check_locale},
	{"synthik.seed",
		"Seed of calls that do not give one.",
		"Empty: every call makes different data.",
	&seed_setting, "", check_seed},
};

void
guc_init(void)
{
	for (int i = 0; i < lengthof(string_settings); i++)
	{
		const StringSetting *s = &string_settings[i];

		DefineCustomStringVariable(s->name, s->description, s->explanation,
								   s->value, s->initial, PGC_USERSET, 0,
								   s->check, NULL, NULL);
	}
	MarkGUCPrefixReserved("synthik");
}

bool
guc_seed(int64 *seed)
{
	return seed_setting != NULL && parse_seed(seed_setting, seed);
}

const char *
guc_locale(void)
{
	return locale_setting;
}
