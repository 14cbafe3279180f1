/*-------------------------------------------------------------------------
 *
 * endpoint_key.c
 *		The key that goes to an endpoint, and whether it may.
 *
 * Whose key goes where:
 *
 * - A built-in endpoint, at the provider's own address, takes its key from
 *	 the environment of the server process: for superusers, and for members of
 *	 the role that synthik.environment_key_role names.
 * - A foreign server takes it from the user mapping of the current role, else
 *	 of PUBLIC.  The owner of a server can change its base_url, and so could
 *	 have a key sent to himself.  Hence a key goes out only if the mapping's
 *	 allowed_host matches; without one, only if the server is a superuser's,
 *	 or the mapped role's own and the key is one that the role itself knows
 *	 (api_key, not a file or variable that a superuser named for it).
 *
 * No message has a key in it, or what stands in a key's file.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <ctype.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "access/htup_details.h"
#include "access/reloptions.h"
#include "catalog/pg_user_mapping.h"
#include "foreign/foreign.h"
#include "guc.h"
#include "miscadmin.h"
#include "server/endpoint.h"
#include "server/options.h"
#include "storage/fd.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#define KEY_MAX_LENGTH	4096

/* Where a key was found. */
typedef struct KeySource
{
	Oid			role;			/* of the mapping; InvalidOid: PUBLIC */
	List	   *options;		/* of the mapping */
	const char *origin;			/* in words */
} KeySource;

/*
 * Takes white space off and checks what is left: it becomes a header.  Works
 * in place, so that no copy stays behind.
 */
static char *
trim_key(char *key)
{
	size_t		length;

	while (isspace((unsigned char) *key))
		key++;
	length = strlen(key);
	while (length > 0 && isspace((unsigned char) key[length - 1]))
		key[--length] = '\0';
	if (length == 0 || length > KEY_MAX_LENGTH)
		return NULL;
	for (const char *p = key; *p; p++)
	{
		if (*p <= ' ' || *p > '~')
			return NULL;
	}
	return key;
}

pg_noreturn static void bad_key(const Endpoint *endpoint, const char *origin);

static void
bad_key(const Endpoint *endpoint, const char *origin)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
			 errmsg("the key for server \"%s\" is not valid", endpoint->name),
			 errdetail("What comes from the %s is empty, or not one line of ASCII characters without spaces.",
					   origin)));
}

/* Copies a key out of a buffer, which is wiped. */
static char *
take_key(const Endpoint *endpoint, const char *origin, char *buffer, size_t size)
{
	char	   *key = trim_key(buffer);

	key = key != NULL ? pstrdup(key) : NULL;
	explicit_bzero(buffer, size);
	if (key == NULL)
		bad_key(endpoint, origin);
	return key;
}

static char *
copy_key(const Endpoint *endpoint, const char *origin, const char *value)
{
	size_t		size = strlen(value) + 1;
	char	   *buffer = palloc(size);
	char	   *key;

	memcpy(buffer, value, size);
	key = take_key(endpoint, origin, buffer, size);
	pfree(buffer);
	return key;
}

/* Once a session and file. */
static void
warn_of_mode(const char *path)
{
	static List *warned = NIL;
	ListCell   *lc;
	MemoryContext old;

	foreach(lc, warned)
	{
		if (strcmp(lfirst(lc), path) == 0)
			return;
	}
	old = MemoryContextSwitchTo(TopMemoryContext);
	warned = lappend(warned, pstrdup(path));
	MemoryContextSwitchTo(old);
	ereport(WARNING,
			(errcode(ERRCODE_WARNING),
			 errmsg("a key's file can be read by every user of the server's machine"),
			 superuser() ? errdetail("It is \"%s\".", path) : 0,
			 errhint("Let only the server's own user read it: chmod 600.")));
}

/* Says which file it is to superusers alone: others did not choose it. */
pg_noreturn static void file_failed(const Endpoint *endpoint, const char *path, const char *problem);

static void
file_failed(const Endpoint *endpoint, const char *path, const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_CONFIG_FILE_ERROR),
			 errmsg("could not read the key's file for server \"%s\": %s",
					endpoint->name, problem),
			 superuser() ? errdetail("It is \"%s\".", path) :
			 errdetail_log("It is \"%s\".", path)));
}

/* O_NONBLOCK: opening a pipe must not wait for its writer. */
static char *
read_key_file(const Endpoint *endpoint, const char *path)
{
	char		buffer[KEY_MAX_LENGTH + 2];
	struct stat status;
	ssize_t		length;
	int			problem = 0;
	int			fd = OpenTransientFile(path, O_RDONLY | O_NONBLOCK | PG_BINARY);

	if (fd < 0)
		file_failed(endpoint, path, pstrdup(strerror(errno)));
	if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
		file_failed(endpoint, path, "it is not a regular file");
	if (status.st_size > KEY_MAX_LENGTH)
		file_failed(endpoint, path, psprintf("it has more than %d bytes", KEY_MAX_LENGTH));
	length = read(fd, buffer, KEY_MAX_LENGTH + 1);
	if (length < 0)
		problem = errno;
	CloseTransientFile(fd);
	if (length < 0)
		file_failed(endpoint, path, pstrdup(strerror(problem)));

	buffer[length] = '\0';
	if (strlen(buffer) != length)
		buffer[0] = '\0';		/* binary: no key */
	if (status.st_mode & S_IROTH)
		warn_of_mode(path);
	return take_key(endpoint, "file", buffer, sizeof(buffer));
}

/* ---- keys of user mappings ---- */

static bool
find_mapping(const Endpoint *endpoint, Oid role, KeySource *source)
{
	HeapTuple	tuple = SearchSysCache2(USERMAPPINGUSERSERVER, ObjectIdGetDatum(role),
										ObjectIdGetDatum(endpoint->serverid));
	Datum		options;
	bool		isnull;

	if (!HeapTupleIsValid(tuple))
		return false;
	options = SysCacheGetAttr(USERMAPPINGUSERSERVER, tuple,
							  Anum_pg_user_mapping_umoptions, &isnull);
	source->role = role;
	source->options = isnull ? NIL : untransformRelOptions(options);
	ReleaseSysCache(tuple);
	return true;
}

/* Throws where the key of a mapping may not go to an endpoint. */
static void
check_recipient(const Endpoint *endpoint, const KeySource *source)
{
	const char *allowed = option_value(source->options, OPTION_ALLOWED_HOST);
	const char *host = endpoint_host(endpoint->base_url);
	Oid			owner = GetForeignServer(endpoint->serverid)->owner;

	if (allowed != NULL ? host_matches(allowed, host) :
		superuser_arg(owner) ||
		(owner == source->role && option_value(source->options, OPTION_API_KEY) != NULL))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("the key of user mapping \"%s\" may not be sent to host \"%s\" of server \"%s\"",
					MappingUserName(source->role), host, endpoint->name),
			 allowed != NULL ? errdetail("Its allowed_host is \"%s\".", allowed) :
			 errdetail("The server's owner, who can change the address, is no superuser, and the user mapping has no allowed_host."),
			 allowed != NULL ? 0 :
			 errhint("If that is where it should go: ALTER USER MAPPING FOR %s SERVER %s OPTIONS (ADD allowed_host '%s');",
					 OidIsValid(source->role) ? quote_identifier(MappingUserName(source->role)) : "PUBLIC",
					 quote_identifier(endpoint->name), host)));
}

/* NULL where the mapping has none. */
static char *
mapping_key(const Endpoint *endpoint, KeySource *source)
{
	const char *file = option_value(source->options, OPTION_API_KEY_FILE);
	const char *variable = option_value(source->options, OPTION_API_KEY_ENV);
	const char *text = option_value(source->options, OPTION_API_KEY);
	const char *value;

	if (file == NULL && variable == NULL && text == NULL)
		return NULL;
	check_recipient(endpoint, source);
	source->origin = psprintf("%s of user mapping \"%s\"",
							  file != NULL ? OPTION_API_KEY_FILE :
							  variable != NULL ? OPTION_API_KEY_ENV : OPTION_API_KEY,
							  MappingUserName(source->role));
	if (file != NULL)
		return read_key_file(endpoint, file);
	if (text != NULL)
		return copy_key(endpoint, source->origin, text);
	value = getenv(variable);
	if (value == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_CONFIG_FILE_ERROR),
				 errmsg("the environment variable of the key for server \"%s\" is not set",
						endpoint->name),
				 superuser() ? errdetail("It is \"%s\".", variable) :
				 errdetail_log("It is \"%s\".", variable)));
	return copy_key(endpoint, source->origin, value);
}

/* ---- keys of the environment ---- */

static bool
may_use_environment(void)
{
	const char *name = guc_environment_key_role();
	Oid			role;

	if (superuser())
		return true;
	if (name[0] == '\0')
		return false;
	role = get_role_oid(name, true);
	return OidIsValid(role) && has_privs_of_role(GetUserId(), role);
}

/* At the provider's own address, unless somebody else could change that. */
static char *
environment_key(const Endpoint *endpoint, KeySource *source)
{
	const char *const *variables = endpoint_variables(endpoint->name);

	if (variables == NULL || !endpoint->own_address || !endpoint->trusted ||
		!may_use_environment())
		return NULL;
	for (int i = 0; i < ENDPOINT_VARIABLES; i++)
	{
		const char *variable = variables[i];
		const char *value = variable != NULL ? getenv(variable) : NULL;

		if (value == NULL || *value == '\0')
			continue;
		source->origin = psprintf("environment variable %s", variable);
		return copy_key(endpoint, source->origin, value);
	}
	return NULL;
}

/* ---- a key that is missing ---- */

/* The statements that give the current role a key. */
static char *
statements_for_key(const Endpoint *endpoint)
{
	const char *server = quote_identifier(endpoint->name);
	const char *role = quote_identifier(GetUserNameFromId(GetUserId(), false));
	bool		by_superuser = superuser() || !OidIsValid(endpoint->serverid);
	StringInfoData sql;

	initStringInfo(&sql);
	if (!OidIsValid(endpoint->serverid))
	{
		appendStringInfo(&sql, "CREATE SERVER %s FOREIGN DATA WRAPPER %s; ",
						 server, WRAPPER_NAME);
		if (!superuser())
			appendStringInfo(&sql, "GRANT USAGE ON FOREIGN SERVER %s TO %s; ", server, role);
	}
	appendStringInfo(&sql, "CREATE USER MAPPING FOR %s SERVER %s OPTIONS (", role, server);
	if (by_superuser)
		appendStringInfo(&sql, "api_key_file '/etc/synthik/%s.key'", endpoint->name);
	else
		appendStringInfoString(&sql, "api_key '...'");
	if (OidIsValid(endpoint->serverid) && !endpoint->trusted)
		appendStringInfo(&sql, ", allowed_host '%s'", endpoint_host(endpoint->base_url));
	appendStringInfoString(&sql, ");");
	return sql.data;
}

pg_noreturn static void missing_key(const Endpoint *endpoint);

static void
missing_key(const Endpoint *endpoint)
{
	const char *const *variables = endpoint_variables(endpoint->name);
	const char *detail = "There is no user mapping with a key for it.";

	if (variables != NULL && endpoint->own_address && endpoint->trusted)
		detail = !may_use_environment() ?
			"The keys in the server's environment are for superusers and members of the role that synthik.environment_key_role names." :
			psprintf("The server's environment has no %s, and there is no user mapping with a key.",
					 variables[0]);
	ereport(ERROR,
			(errcode(ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION),
			 errmsg("role \"%s\" has no key for server \"%s\"",
					GetUserNameFromId(GetUserId(), false), endpoint->name),
			 errdetail("%s", detail),
			 superuser() || OidIsValid(endpoint->serverid) ?
			 errhint("%s", statements_for_key(endpoint)) :
			 errhint("A superuser can give it one: %s", statements_for_key(endpoint))));
}

/* ---- all of it ---- */

static char *
find_key(const Endpoint *endpoint, KeySource *source)
{
	char	   *key = NULL;

	memset(source, 0, sizeof(*source));
	source->origin = "none";
	if (endpoint->auth_header == AUTH_NONE)
		return NULL;
	if (OidIsValid(endpoint->serverid) &&
		(find_mapping(endpoint, GetUserId(), source) ||
		 find_mapping(endpoint, InvalidOid, source)))
		key = mapping_key(endpoint, source);
	if (key == NULL)
		key = environment_key(endpoint, source);
	if (key == NULL)
		missing_key(endpoint);
	return key;
}

char *
endpoint_key(const Endpoint *endpoint)
{
	KeySource	source;

	return find_key(endpoint, &source);
}

const char *
endpoint_key_origin(const Endpoint *endpoint)
{
	KeySource	source;
	char	   *key = find_key(endpoint, &source);

	if (key != NULL)
	{
		explicit_bzero(key, strlen(key));
		pfree(key);
	}
	return source.origin;
}
