/*-------------------------------------------------------------------------
 *
 * guc.c
 *		The settings, in tables, one for each type.
 *
 * What protects data and money can be set by superusers alone.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <ctype.h>
#include <limits.h>
#include <math.h>

#include "guc.h"
#include "utils/guc.h"

#define NAME_MAX_LENGTH 32
#define DAY (24 * 60 * 60)

static char *seed_setting;
static char *locale_setting;
static char *default_model_setting;
static char *allowed_hosts_setting;
static char *environment_key_role_setting;
static char *budget_setting;
static bool network_setting;
static bool use_successor_setting;
static bool cache_setting;
static bool progress_setting;
static int	max_batch_rows_setting;
static int	cache_lifetime_setting;
static int	send_limit_setting;

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
	if (*p == '\0' && p != *newval && p - *newval <= NAME_MAX_LENGTH)
		return true;
	GUC_check_errdetail("A locale is named like \"en_US\".");
	return false;
}

/* Whether it exists is known when it is used: models are rows. */
static bool
check_default_model(char **newval, void **extra, GucSource source)
{
	if ((*newval)[0] != '\0')
		return true;
	GUC_check_errdetail("A model is named like \"gpt-4o-mini\"; \"local\" stands for the built-in generators.");
	return false;
}

/* Names of hosts, "*." in front for all below one. */
static bool
check_allowed_hosts(char **newval, void **extra, GucSource source)
{
	for (const char *p = *newval; *p; p++)
	{
		bool		first = p == *newval || strchr(", ", p[-1]) != NULL;

		if (isalnum((unsigned char) *p) || strchr(".-_:[], ", *p) != NULL)
			continue;
		if (*p == '*' && first && p[1] == '.')
			continue;
		GUC_check_errdetail("Hosts are parted by commas: \"api.openai.com, *.example.com\", without \"https://\" and ports.");
		return false;
	}
	return true;
}

/* "5 USD/month" */
static bool
parse_budget(const char *text, double *usd, const char **period)
{
	static const char *const periods[] = {"hour", "day", "week", "month", "year", "total"};
	char	   *end;

	errno = 0;
	*usd = strtod(text, &end);
	if (errno != 0 || end == text || !isfinite(*usd) || *usd < 0)
		return false;
	end += strspn(end, " ");
	if (pg_strncasecmp(end, "USD", 3) != 0)
		return false;
	end += 3 + strspn(end + 3, " ");
	if (*end != '/')
		return false;
	end += 1 + strspn(end + 1, " ");
	for (int i = 0; i < lengthof(periods); i++)
	{
		if (pg_strcasecmp(end, periods[i]) == 0)
		{
			*period = periods[i];
			return true;
		}
	}
	return false;
}

static bool
check_budget(char **newval, void **extra, GucSource source)
{
	double		usd;
	const char *period;

	if ((*newval)[0] == '\0' || parse_budget(*newval, &usd, &period))
		return true;
	GUC_check_errdetail("A budget is like \"5 USD/month\"; hour, day, week, month, year and total are known.");
	return false;
}

typedef struct StringSetting
{
	const char *name;
	const char *description;
	const char *explanation;
	char	  **value;
	const char *initial;
	GucContext	context;
	GucStringCheckHook check;
} StringSetting;

static const StringSetting string_settings[] = {
	{"synthik.allowed_hosts",
		"Hosts to which calls of providers may go.",
		"Parted by commas, \"*.example.com\" for all below one; empty: any.",
	&allowed_hosts_setting, "", PGC_SUSET, check_allowed_hosts},
	{"synthik.budget",
		"What the calls of a role may cost, as in \"5 USD/month\".",
		"Empty: no limit.  To be set for roles or databases.",
	&budget_setting, "", PGC_SUSET, check_budget},
	{"synthik.default_model",
		"Model of calls that name none.",
		"\"local\": the built-in generators.",
	&default_model_setting, "local", PGC_USERSET, check_default_model},
	{"synthik.environment_key_role",
		"Role whose members may use the keys in the server's environment.",
		"Empty: superusers alone.",
	&environment_key_role_setting, "", PGC_SUSET, NULL},
	{"synthik.locale",
		"Locale of made data where neither the call nor its schema names one.",
	NULL, &locale_setting, "en_US", PGC_USERSET, check_locale},
	{"synthik.seed",
		"Seed of calls that do not give one.",
		"Empty: every call makes different data.",
	&seed_setting, "", PGC_USERSET, check_seed},
};

typedef struct BoolSetting
{
	const char *name;
	const char *description;
	bool	   *value;
	bool		initial;
	GucContext	context;
} BoolSetting;

static const BoolSetting bool_settings[] = {
	{"synthik.cache",
		"Uses answers of models that were stored, instead of asking again.",
	&cache_setting, true, PGC_USERSET},
	{"synthik.network",
		"Allows calls of providers; off: the local source alone works.",
	&network_setting, true, PGC_SUSET},
	{"synthik.progress",
		"Tells from time to time how far a call is that takes long.",
	&progress_setting, true, PGC_USERSET},
	{"synthik.use_successor",
		"Takes the successor of a model that was retired.",
	&use_successor_setting, false, PGC_USERSET},
};

typedef struct IntSetting
{
	const char *name;
	const char *description;
	const char *explanation;
	int		   *value;
	int			initial;
	int			least;
	int			most;
	int			flags;
} IntSetting;

static const IntSetting int_settings[] = {
	{"synthik.cache_lifetime",
		"How long stored answers of models are used.",
		"-1: for ever.",
	&cache_lifetime_setting, 7 * DAY, -1, INT_MAX, GUC_UNIT_S},
	{"synthik.max_batch_rows",
		"The most rows that one request to a model asks for.",
		NULL,
	&max_batch_rows_setting, 200, 1, 10000, 0},
};

static const struct config_enum_entry send_limits[] = {
	{"names", SEND_NAMES, false},
	{"statistics", SEND_STATISTICS, false},
	{"samples", SEND_SAMPLES, false},
	{NULL, 0, false}
};

static void
define_strings(void)
{
	for (int i = 0; i < lengthof(string_settings); i++)
	{
		const StringSetting *s = &string_settings[i];

		DefineCustomStringVariable(s->name, s->description, s->explanation,
								   s->value, s->initial, s->context, 0,
								   s->check, NULL, NULL);
	}
}

static void
define_others(void)
{
	for (int i = 0; i < lengthof(bool_settings); i++)
	{
		const BoolSetting *s = &bool_settings[i];

		DefineCustomBoolVariable(s->name, s->description, NULL, s->value,
								 s->initial, s->context, 0, NULL, NULL, NULL);
	}
	for (int i = 0; i < lengthof(int_settings); i++)
	{
		const IntSetting *s = &int_settings[i];

		DefineCustomIntVariable(s->name, s->description, s->explanation, s->value,
								s->initial, s->least, s->most, PGC_USERSET,
								s->flags, NULL, NULL, NULL);
	}
	DefineCustomEnumVariable("synthik.send_limit",
							 "The most that a prompt may carry.",
							 "schema: names, types, constraints, rounded ranges; statistics: also values that many rows share; samples: also rows.",
							 &send_limit_setting, SEND_SAMPLES, send_limits,
							 PGC_SUSET, 0, NULL, NULL, NULL);
}

void
guc_init(void)
{
	define_strings();
	define_others();
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

const char *
guc_default_model(void)
{
	return default_model_setting;
}

bool
guc_use_successor(void)
{
	return use_successor_setting;
}

bool
guc_network(void)
{
	return network_setting;
}

const char *
guc_allowed_hosts(void)
{
	return allowed_hosts_setting;
}

const char *
guc_environment_key_role(void)
{
	return environment_key_role_setting;
}

SendLimit
guc_send_limit(void)
{
	return (SendLimit) send_limit_setting;
}

int
guc_max_batch_rows(void)
{
	return max_batch_rows_setting;
}

bool
guc_cache(void)
{
	return cache_setting;
}

int
guc_cache_lifetime(void)
{
	return cache_lifetime_setting;
}

bool
guc_budget(double *usd, const char **period)
{
	return budget_setting != NULL && budget_setting[0] != '\0' &&
		parse_budget(budget_setting, usd, period);
}

bool
guc_progress(void)
{
	return progress_setting;
}
