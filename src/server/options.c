/*-------------------------------------------------------------------------
 *
 * options.c
 *		The options of the wrapper's servers and user mappings.
 *
 * One table says where an option belongs, what its values are, and which
 * member of an endpoint it sets.  Values are checked when they are stored and
 * again when they are used: the address that a key goes to hangs on them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/reloptions.h"
#include "access/table.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_user_mapping.h"
#include "commands/defrem.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "server/options.h"
#include "util/address.h"
#include "util/json.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/rel.h"

#define URL_MAX_LENGTH	2000

typedef enum OptionKind
{
	OPTION_WORD,				/* one of a list of words, stored as its number */
	OPTION_NAME,				/* one of a list of words, stored as such */
	OPTION_MEMBER,				/* a member of a request, or the word for none */
	OPTION_URL, OPTION_PATH, OPTION_QUERY,
	OPTION_BOOL, OPTION_INT, OPTION_JSON,
	OPTION_FILE, OPTION_VARIABLE, OPTION_HOST, OPTION_KEY
} OptionKind;

typedef struct Option
{
	const char *name;
	Oid			catalog;
	OptionKind	kind;
	size_t		offset;			/* in an Endpoint; of servers alone */
	const char *words;			/* of WORD and NAME, and MEMBER's word for NULL */
	int			least;			/* of INT */
	int			most;
	bool		superuser;		/* may be set by superusers alone */
} Option;

#define SERVER ForeignServerRelationId
#define MAPPING UserMappingRelationId
#define TO(member) offsetof(Endpoint, member)

/* In the order of the enums that they stand for. */
static const char auth_words[] = "bearer, api-key, x-api-key, x-goog-api-key, none";
static const char mode_words[] = "json_schema_strict, json_schema, json_object, prompt";

static const Option options[] = {
	{"dialect", SERVER, OPTION_NAME, TO(dialect), "openai, gemini, anthropic"},
	{"base_url", SERVER, OPTION_URL, TO(base_url)},
	{OPTION_CA_FILE, SERVER, OPTION_FILE, TO(ca_file),.superuser = true},
	{"chat_path", SERVER, OPTION_PATH, TO(chat_path)},
	{"query_suffix", SERVER, OPTION_QUERY, TO(query_suffix)},
	{"auth_header", SERVER, OPTION_WORD, TO(auth_header), auth_words},
	{"max_tokens_field", SERVER, OPTION_MEMBER, TO(max_tokens_field), "auto"},
	{"seed_field", SERVER, OPTION_MEMBER, TO(seed_field), "none"},
	{"send_temperature", SERVER, OPTION_BOOL, TO(send_temperature)},
	{"structured_mode", SERVER, OPTION_WORD, TO(structured_mode), mode_words},
	{"schema_in_prompt", SERVER, OPTION_BOOL, TO(schema_in_prompt)},
	{"system_role", SERVER, OPTION_NAME, TO(system_role), "system, developer, user"},
	{"extra_body", SERVER, OPTION_JSON, TO(extra_body)},
	{"stream", SERVER, OPTION_BOOL, TO(stream)},
	{"stream_usage", SERVER, OPTION_BOOL, TO(stream_usage)},
	{"max_concurrency", SERVER, OPTION_INT, TO(max_concurrency), NULL, 1, 1000},
	{"timeout_ms", SERVER, OPTION_INT, TO(timeout_ms), NULL, 1000, 3600000},
	{OPTION_API_KEY_FILE, MAPPING, OPTION_FILE,.superuser = true},
	{OPTION_API_KEY_ENV, MAPPING, OPTION_VARIABLE,.superuser = true},
	{OPTION_API_KEY, MAPPING, OPTION_KEY},
	{OPTION_ALLOWED_HOST, MAPPING, OPTION_HOST},
};

/* ---- URLs and hosts ---- */

/* Whether an IP address is not one of the public internet. */
static bool
parse_address(const char *host, int family, bool *is_private)
{
	union
	{
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	}			address = {0};

	address.any.sa_family = family;
	if (inet_pton(family, host, family == AF_INET ? (void *) &address.v4.sin_addr :
				  (void *) &address.v6.sin6_addr) != 1)
		return false;
	*is_private = !address_is_public(&address.any);
	return true;
}

/* A name of letters, digits, hyphens and points, whose last part is no number. */
static bool
is_host_name(const char *host)
{
	const char *last = host;

	for (const char *p = host; *p; p++)
	{
		if (*p == '.' && (p == host || p[1] == '.' || p[1] == '\0'))
			return false;
		if (*p == '.')
			last = p + 1;
		else if (!isalnum((unsigned char) *p) && *p != '-' && *p != '_')
			return false;
	}
	return *host != '\0' && strlen(host) <= 253 &&
		!isdigit((unsigned char) *last);
}

static bool
name_is_local(const char *host)
{
	size_t		length = strlen(host);

	return strcmp(host, "localhost") == 0 ||
		(length > 10 && strcmp(host + length - 10, ".localhost") == 0);
}

static bool
classify_host(UrlParts *parts, bool bracketed)
{
	parts->is_address = true;
	if (bracketed)
		return parse_address(parts->host, AF_INET6, &parts->is_private);
	if (parse_address(parts->host, AF_INET, &parts->is_private))
		return true;
	parts->is_address = false;
	parts->is_private = name_is_local(parts->host);
	return is_host_name(parts->host);
}

/* What may stand in a path; "?" and "&" in a query besides. */
static bool
is_path_text(const char *text, const char *also)
{
	for (const char *p = text; *p; p++)
	{
		if (!isalnum((unsigned char) *p) && strchr("-._~!$'()*+,;=:@%/", *p) == NULL &&
			strchr(also, *p) == NULL)
			return false;
	}
	return true;
}

/* The ":port" at text, which ends at end; 0 stands for none. */
static bool
parse_port(const char *text, const char *end, int *port)
{
	*port = 0;
	if (text == end)
		return true;
	if (*text != ':' || end - text < 2 || end - text > 6)
		return false;
	for (const char *p = text + 1; p < end; p++)
	{
		if (!isdigit((unsigned char) *p))
			return false;
		*port = *port * 10 + (*p - '0');
	}
	return *port >= 1 && *port <= 65535;
}

bool
url_parse(const char *url, UrlParts *parts)
{
	const char *host;
	const char *end;
	const char *host_end;
	bool		bracketed;

	memset(parts, 0, sizeof(*parts));
	if (strlen(url) > URL_MAX_LENGTH)
		return false;
	parts->https = pg_strncasecmp(url, "https://", 8) == 0;
	if (!parts->https && pg_strncasecmp(url, "http://", 7) != 0)
		return false;

	host = url + (parts->https ? 8 : 7);
	end = host + strcspn(host, "/");
	bracketed = *host == '[';
	if (bracketed)
		host++;
	host_end = host + strcspn(host, bracketed ? "]/" : ":/");
	if (bracketed && *host_end != ']')
		return false;
	parts->host = pnstrdup(host, host_end - host);
	for (char *p = parts->host; *p; p++)
		*p = pg_ascii_tolower((unsigned char) *p);
	return classify_host(parts, bracketed) &&
		parse_port(host_end + bracketed, end, &parts->port) &&
		is_path_text(end, "");
}

bool
host_matches(const char *pattern, const char *host)
{
	size_t		pattern_length = strlen(pattern);
	size_t		host_length = strlen(host);

	if (pattern_length > 2 && pattern[0] == '[' && pattern[pattern_length - 1] == ']')
		return pattern_length - 2 == host_length &&
			pg_strncasecmp(pattern + 1, host, host_length) == 0;
	if (strncmp(pattern, "*.", 2) == 0)
		return host_length > pattern_length - 1 &&
			pg_strcasecmp(pattern + 1, host + host_length - (pattern_length - 1)) == 0;
	return pg_strcasecmp(pattern, host) == 0;
}

/* ---- values ---- */

/* The number of a word in "a, b, c", or -1. */
static int
find_word(const char *words, const char *word)
{
	size_t		length = strlen(word);

	for (int i = 0; *words; i++)
	{
		size_t		this_length = strcspn(words, ",");

		if (this_length == length && strncmp(words, word, length) == 0)
			return i;
		words += this_length;
		words += strspn(words, ", ");
	}
	return -1;
}

static bool
is_identifier(const char *text)
{
	if (!isalpha((unsigned char) *text) && *text != '_')
		return false;
	for (; *text; text++)
	{
		if (!isalnum((unsigned char) *text) && *text != '_')
			return false;
	}
	return true;
}

static bool
is_host_pattern(const char *text)
{
	bool		is_private;

	if (parse_address(text, AF_INET, &is_private) || parse_address(text, AF_INET6, &is_private))
		return true;
	return is_host_name(strncmp(text, "*.", 2) == 0 ? text + 2 : text);
}

static char *
to_utf8(const char *text)
{
	return pg_server_to_any(text, strlen(text), PG_UTF8);
}

static bool
is_json_object(const char *text)
{
	const char *utf8 = to_utf8(text);

	return json_kind(json_read(utf8, strlen(utf8), NULL)) == JSON_KIND_OBJECT;
}

static bool
is_number_between(const char *text, int least, int most)
{
	char	   *end;
	long		value;

	errno = 0;
	value = strtol(text, &end, 10);
	return errno == 0 && end != text && *end == '\0' && value >= least && value <= most;
}

/* NULL where the value is good, else what it should be. */
static const char *
value_problem(const Option *option, const char *value)
{
	UrlParts	url;
	bool		truth;

	switch (option->kind)
	{
		case OPTION_WORD:
		case OPTION_NAME:
			return find_word(option->words, value) >= 0 ? NULL :
				psprintf("It is one of: %s.", option->words);
		case OPTION_MEMBER:
			return is_identifier(value) ? NULL :
				psprintf("It is the name of a member of the request, or \"%s\".", option->words);
		case OPTION_URL:
			return url_parse(value, &url) ? NULL :
				"It is like \"https://api.example.com/v1\", without user, query and fragment.";
		case OPTION_PATH:
			return *value == '/' && is_path_text(value, "{}") ? NULL :
				"It is like \"/chat/completions\"; \"{model}\" in it stands for the model.";
		case OPTION_QUERY:
			return is_path_text(value, "&?") && *value != '?' && *value != '\0' ? NULL :
				"It is like \"api-version=2024-10-21\".";
		case OPTION_BOOL:
			return parse_bool(value, &truth) ? NULL : "It is \"true\" or \"false\".";
		case OPTION_INT:
			return is_number_between(value, option->least, option->most) ? NULL :
				psprintf("It is a whole number from %d to %d.", option->least, option->most);
		case OPTION_JSON:
			return is_json_object(value) ? NULL : "It is a JSON object.";
		case OPTION_FILE:
			return is_absolute_path(value) ? NULL : "It is the absolute path of a file.";
		case OPTION_VARIABLE:
			return is_identifier(value) ? NULL : "It is the name of an environment variable.";
		case OPTION_HOST:
			return is_host_pattern(value) ? NULL :
				"It is the name of a host, like \"api.example.com\" or \"*.example.com\".";
		case OPTION_KEY:
			return *value != '\0' ? NULL : "It is not empty.";
	}
	return NULL;
}

/* ---- finding ---- */

static const Option *
find_option(const char *name, Oid catalog)
{
	for (int i = 0; i < lengthof(options); i++)
	{
		if (options[i].catalog == catalog && strcmp(options[i].name, name) == 0)
			return &options[i];
	}
	return NULL;
}

const char *
option_value(List *list, const char *name)
{
	ListCell   *lc;

	foreach(lc, list)
	{
		DefElem    *def = lfirst(lc);

		if (strcmp(def->defname, name) == 0)
			return defGetString(def);
	}
	return NULL;
}

/* ---- validation ---- */

pg_noreturn static void unknown_option(const char *name, Oid catalog);

static void
unknown_option(const char *name, Oid catalog)
{
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; i < lengthof(options); i++)
	{
		if (options[i].catalog == catalog)
			appendStringInfo(&names, "%s%s", names.len > 0 ? ", " : "", options[i].name);
	}
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
			 errmsg("invalid option \"%s\"", name),
			 errhidestmt(catalog == MAPPING),
			 names.len > 0 ? errhint("Valid options in this context are: %s", names.data) :
			 errhint("There are no valid options in this context.")));
}

/* The value stands in no message of a user mapping. */
static void
check_value(const Option *option, const char *value)
{
	const char *problem = value_problem(option, value);

	if (problem == NULL)
		return;
	if (option->catalog == MAPPING)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("invalid value for option \"%s\"", option->name),
				 errhidestmt(true),
				 errhint("%s", problem)));
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
			 errmsg("invalid value for option \"%s\": \"%s\"", option->name, value),
			 errhint("%s", problem)));
}

static void
check_superuser(const Option *option)
{
	if (option->superuser && !superuser())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to set option \"%s\"", option->name),
				 option->catalog == MAPPING ?
				 errdetail("Only superusers may say which files and variables of the server's hold keys, and change user mappings that do.") :
				 errdetail("Only superusers may say which certificates are trusted, and change servers that do."),
				 errhidestmt(option->catalog == MAPPING)));
}

static void
check_one_key(List *list)
{
	int			count = (option_value(list, OPTION_API_KEY) != NULL) +
	(option_value(list, OPTION_API_KEY_FILE) != NULL) +
	(option_value(list, OPTION_API_KEY_ENV) != NULL);

	if (count > 1)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("a user mapping has one of the options \"%s\", \"%s\" and \"%s\"",
						OPTION_API_KEY_FILE, OPTION_API_KEY_ENV, OPTION_API_KEY),
				 errhidestmt(true)));
}

/* Whether a stored mapping has the key of another role, and not that host. */
static bool
is_key_of_another(Form_pg_user_mapping form, Datum stored, const char *key, const char *host)
{
	List	   *list;
	const char *stored_key;
	const char *stored_host;

	if (!OidIsValid(form->umuser) || has_privs_of_role(GetUserId(), form->umuser))
		return false;
	list = untransformRelOptions(stored);
	stored_key = option_value(list, OPTION_API_KEY);
	stored_host = option_value(list, OPTION_ALLOWED_HOST);
	return stored_key != NULL && strcmp(stored_key, key) == 0 &&
		(stored_host == NULL || pg_strcasecmp(stored_host, host) != 0);
}

/*
 * A server's owner may alter the mappings of other roles, without seeing their
 * keys, and could so let a key go to a host of his own.  A validator is not
 * told whose mapping it looks at, but the key tells.
 */
static void
check_allowed_host(List *list)
{
	const char *key = option_value(list, OPTION_API_KEY);
	const char *host = option_value(list, OPTION_ALLOWED_HOST);
	Relation	rel;
	SysScanDesc scan;
	HeapTuple	tuple;
	bool		found = false;

	if (key == NULL || host == NULL || superuser())
		return;
	rel = table_open(UserMappingRelationId, AccessShareLock);
	scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	while (!found && HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		bool		isnull;
		Datum		stored = heap_getattr(tuple, Anum_pg_user_mapping_umoptions,
										  RelationGetDescr(rel), &isnull);

		found = !isnull &&
			is_key_of_another((Form_pg_user_mapping) GETSTRUCT(tuple), stored, key, host);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	if (found)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to set option \"%s\"", OPTION_ALLOWED_HOST),
				 errdetail("Only the role that a key belongs to, and superusers, may say to which host it goes."),
				 errhidestmt(true)));
}

void
options_validate(List *list, Oid catalog)
{
	ListCell   *lc;

	foreach(lc, list)
	{
		DefElem    *def = lfirst(lc);
		const Option *option = find_option(def->defname, catalog);

		if (option == NULL)
			unknown_option(def->defname, catalog);
		check_superuser(option);
		check_value(option, defGetString(def));
	}
	if (catalog == MAPPING)
	{
		check_one_key(list);
		check_allowed_host(list);
	}
}

/* ---- an endpoint's members ---- */

static void
apply_option(const Option *option, const char *value, Endpoint *endpoint)
{
	void	   *member = (char *) endpoint + option->offset;

	check_value(option, value);
	switch (option->kind)
	{
		case OPTION_WORD:
			/* both enums have the size of an int */
			*(int *) member = find_word(option->words, value);
			break;
		case OPTION_BOOL:
			(void) parse_bool(value, (bool *) member);
			break;
		case OPTION_INT:
			*(int *) member = atoi(value);
			break;
		case OPTION_MEMBER:
			*(char **) member = strcmp(value, option->words) == 0 ? NULL : pstrdup(value);
			break;
		case OPTION_JSON:
			*(char **) member = pstrdup(to_utf8(value));
			break;
		default:
			*(char **) member = pstrdup(value);
			break;
	}
}

void
options_apply(List *list, Endpoint *endpoint)
{
	ListCell   *lc;

	StaticAssertStmt(sizeof(AuthHeader) == sizeof(int) && sizeof(StructuredMode) == sizeof(int),
					 "options.c stores enums as integers");
	foreach(lc, list)
	{
		DefElem    *def = lfirst(lc);
		const Option *option = find_option(def->defname, SERVER);

		if (option == NULL)
			unknown_option(def->defname, SERVER);
		apply_option(option, defGetString(def), endpoint);
	}
	if (option_value(list, "structured_mode") != NULL)
		endpoint->structured_given = true;
}
