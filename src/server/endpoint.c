/*-------------------------------------------------------------------------
 *
 * endpoint.c
 *		Where a model's calls go, and with which key.
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
 * - A foreign server with the name of a built-in endpoint takes its place if
 *	 it is a superuser's or the current role's: nobody can catch the calls of
 *	 others by the name of a server.
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

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/reloptions.h"
#include "access/table.h"
#include "access/xlog.h"
#include "catalog/pg_foreign_server.h"
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

#define WRAPPER_NAME	"synthik"
#define KEY_MAX_LENGTH	4096

/* ---- the built-in endpoints ---- */

typedef struct BuiltIn
{
	Endpoint	endpoint;
	const char *variables[2];	/* of the environment, in order */
	bool		provider;		/* its address is a provider's own */
} BuiltIn;

static const BuiltIn built_ins[] = {
	{{
			.name = "openai",.dialect = "openai",
			.base_url = "https://api.openai.com/v1",.chat_path = "/chat/completions",
			.auth_header = AUTH_BEARER,
			.max_tokens_field = "max_completion_tokens",.seed_field = "seed",
			.send_temperature = true,.system_role = "system",
			.stream = true,.stream_usage = true,
			.max_concurrency = 8,.timeout_ms = 600000
		},
		{"OPENAI_API_KEY"}, true
	},
	{{
			.name = "gemini",.dialect = "gemini",
			.base_url = "https://generativelanguage.googleapis.com/v1beta",.chat_path = "/models",
			.auth_header = AUTH_X_GOOG_API_KEY,.seed_field = "seed",
			.send_temperature = true,.system_role = "system",
			.stream = true,.stream_usage = true,
			.max_concurrency = 8,.timeout_ms = 600000
		},
		{"GEMINI_API_KEY", "GOOGLE_API_KEY"}, true
	},
	{{
			.name = "anthropic",.dialect = "anthropic",
			.base_url = "https://api.anthropic.com/v1",.chat_path = "/messages",
			.auth_header = AUTH_X_API_KEY,
			.max_tokens_field = "max_tokens",
			.send_temperature = true,.system_role = "system",
			.stream = true,.stream_usage = true,
			.max_concurrency = 8,.timeout_ms = 600000
		},
		{"ANTHROPIC_API_KEY"}, true
	},
	{{
			/* Ollama's address: the one that has not moved. */
			.name = "llama",.dialect = "openai",
			.base_url = "http://127.0.0.1:11434/v1",.chat_path = "/chat/completions",
			.auth_header = AUTH_NONE,
			.max_tokens_field = "max_tokens",.seed_field = "seed",
			.send_temperature = true,.schema_in_prompt = true,.system_role = "system",
			.stream = true,.stream_usage = true,
			.max_concurrency = 4,.timeout_ms = 600000
		},
		{NULL}, false
	},
};

static const BuiltIn *
find_built_in(const char *name)
{
	for (int i = 0; i < lengthof(built_ins); i++)
	{
		if (strcmp(built_ins[i].endpoint.name, name) == 0)
			return &built_ins[i];
	}
	return NULL;
}

/* The provider's; the first of a dialect. */
static const BuiltIn *
find_dialect(const char *dialect)
{
	for (int i = 0; i < lengthof(built_ins); i++)
	{
		if (strcmp(built_ins[i].endpoint.dialect, dialect) == 0)
			return &built_ins[i];
	}
	return NULL;
}

const char *
endpoint_of_dialect(const char *dialect)
{
	const BuiltIn *built_in = find_dialect(dialect);

	return built_in != NULL ? built_in->endpoint.name : NULL;
}

static Endpoint *
load_built_in(const BuiltIn *built_in)
{
	Endpoint   *endpoint = palloc(sizeof(Endpoint));

	*endpoint = built_in->endpoint;
	endpoint->trusted = true;
	endpoint->own_address = built_in->provider;
	return endpoint;
}

/* ---- foreign servers ---- */

static bool
is_ours(const ForeignServer *server)
{
	return strcmp(GetForeignDataWrapper(server->fdwid)->fdwname, WRAPPER_NAME) == 0;
}

/* Takes the place of a built-in endpoint of its name? */
static bool
may_replace(const ForeignServer *server)
{
	return superuser_arg(server->owner) || server->owner == GetUserId();
}

static char *
url_host(const char *url)
{
	UrlParts	parts;

	if (!url_parse(url, &parts))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("invalid address \"%s\"", url)));
	return parts.host;
}

static bool
at_provider(const Endpoint *endpoint)
{
	const BuiltIn *built_in = find_dialect(endpoint->dialect);

	return built_in != NULL && built_in->provider &&
		pg_strncasecmp(endpoint->base_url, "https:", 6) == 0 &&
		strcmp(url_host(endpoint->base_url), url_host(built_in->endpoint.base_url)) == 0;
}

/*
 * What holds for a server where its options say nothing: what its name or
 * dialect is known for; at an address of its own, what most servers that
 * speak OpenAI's dialect understand.
 */
static void
set_defaults(Endpoint *endpoint, const char *name, List *options)
{
	const char *dialect = option_value(options, "dialect");
	const char *base_url = option_value(options, "base_url");
	const BuiltIn *named = find_built_in(name);

	if (named != NULL && (dialect == NULL || strcmp(dialect, named->endpoint.dialect) == 0))
		*endpoint = named->endpoint;
	else
		*endpoint = find_dialect(dialect != NULL ? dialect : "openai")->endpoint;

	if (base_url == NULL && dialect == NULL && named == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_OPTION_NAME_NOT_FOUND),
				 errmsg("foreign server \"%s\" has no address", name),
				 errhint("ALTER SERVER %s OPTIONS (ADD base_url 'https://...');",
						 quote_identifier(name))));
	if (base_url != NULL)
		endpoint->base_url = pstrdup(base_url);
	if (!at_provider(endpoint) && strcmp(endpoint->dialect, "openai") == 0)
	{
		endpoint->max_tokens_field = NULL;	/* by the model */
		endpoint->schema_in_prompt = true;
	}
}

static Endpoint *
load_server(const ForeignServer *server)
{
	Endpoint   *endpoint = palloc0(sizeof(Endpoint));
	AclResult	acl = pg_foreign_server_aclcheck(server->serverid, GetUserId(), ACL_USAGE);
	size_t		length;

	if (acl != ACLCHECK_OK)
		aclcheck_error(acl, OBJECT_FOREIGN_SERVER, server->servername);
	if (option_value(server->options, "dialect") != NULL &&
		find_dialect(option_value(server->options, "dialect")) == NULL)
		options_validate(server->options, ForeignServerRelationId);

	set_defaults(endpoint, server->servername, server->options);
	options_apply(server->options, endpoint);
	endpoint->serverid = server->serverid;
	endpoint->name = pstrdup(server->servername);
	endpoint->base_url = pstrdup(endpoint->base_url);
	length = strlen(endpoint->base_url);
	while (length > 0 && endpoint->base_url[length - 1] == '/')
		endpoint->base_url[--length] = '\0';
	endpoint->trusted = superuser_arg(server->owner);
	endpoint->own_address = at_provider(endpoint);
	return endpoint;
}

List *
endpoint_names(void)
{
	List	   *names = NIL;
	Relation	rel = table_open(ForeignServerRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	HeapTuple	tuple;

	for (int i = 0; i < lengthof(built_ins); i++)
		names = lappend(names, pstrdup(built_ins[i].endpoint.name));
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		ForeignServer *server = GetForeignServer(((Form_pg_foreign_server) GETSTRUCT(tuple))->oid);

		if (is_ours(server) && find_built_in(server->servername) == NULL)
			names = lappend(names, pstrdup(server->servername));
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return names;
}

static char *
joined_names(List *names)
{
	StringInfoData joined;
	ListCell   *lc;

	initStringInfo(&joined);
	foreach(lc, names)
		appendStringInfo(&joined, "%s%s", joined.len > 0 ? ", " : "", (char *) lfirst(lc));
	return joined.data;
}

Endpoint *
endpoint_load(const char *name)
{
	const BuiltIn *built_in = find_built_in(name);
	ForeignServer *server = GetForeignServerByName(name, true);

	if (server != NULL && is_ours(server) && (built_in == NULL || may_replace(server)))
		return load_server(server);
	if (built_in != NULL)
		return load_built_in(built_in);
	if (server != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("foreign server \"%s\" is not of the foreign-data wrapper \"%s\"",
						name, WRAPPER_NAME)));
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("server \"%s\" does not exist", name),
			 errdetail("There are: %s.", joined_names(endpoint_names())),
			 errhint("CREATE SERVER %s FOREIGN DATA WRAPPER %s OPTIONS (dialect 'openai', base_url 'https://...');",
					 quote_identifier(name), WRAPPER_NAME)));
}

/* ---- addresses ---- */

static bool
host_is_allowed(const char *host)
{
	char	   *list = pstrdup(guc_allowed_hosts());
	char	   *state = NULL;
	bool		any = true;

	for (char *pattern = strtok_r(list, ", ", &state); pattern != NULL;
		 pattern = strtok_r(NULL, ", ", &state))
	{
		if (host_matches(pattern, host))
			return true;
		any = false;
	}
	return any;
}

pg_noreturn static void refuse_untrusted(const Endpoint *endpoint, const char *what);

static void
refuse_untrusted(const Endpoint *endpoint, const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("server \"%s\" may not be called at \"%s\"",
					endpoint->name, endpoint->base_url),
			 errdetail("%s may be called through servers that a superuser owns.", what)));
}

void
endpoint_check_address(const Endpoint *endpoint)
{
	UrlParts	parts;

	if (!guc_network())
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("calls of providers are turned off"),
				 errhint("synthik.network is off: only the model \"local\" works.")));
	if (RecoveryInProgress())
		ereport(ERROR,
				(errcode(ERRCODE_READ_ONLY_SQL_TRANSACTION),
				 errmsg("providers cannot be called during recovery"),
				 errdetail("A standby cannot keep the ledger."),
				 errhint("Call the primary, or use the model \"local\".")));
	if (!url_parse(endpoint->base_url, &parts))
		(void) url_host(endpoint->base_url);	/* throws */
	if (!host_is_allowed(parts.host))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("host \"%s\" of server \"%s\" is not allowed",
						parts.host, endpoint->name),
				 errhint("A superuser can add it to synthik.allowed_hosts.")));
	if (!endpoint->trusted && !parts.https)
		refuse_untrusted(endpoint, "Addresses without TLS");
	if (!endpoint->trusted && parts.is_private)
		refuse_untrusted(endpoint, "Addresses of this machine and of private networks");
}

/* ---- keys ---- */

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
	const char *host = url_host(endpoint->base_url);
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
	const BuiltIn *built_in = find_built_in(endpoint->name);

	if (built_in == NULL || !endpoint->own_address || !endpoint->trusted ||
		!may_use_environment())
		return NULL;
	for (int i = 0; i < lengthof(built_in->variables); i++)
	{
		const char *variable = built_in->variables[i];
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
		appendStringInfo(&sql, ", allowed_host '%s'", url_host(endpoint->base_url));
	appendStringInfoString(&sql, ");");
	return sql.data;
}

pg_noreturn static void missing_key(const Endpoint *endpoint);

static void
missing_key(const Endpoint *endpoint)
{
	const BuiltIn *built_in = find_built_in(endpoint->name);
	const char *detail = "There is no user mapping with a key for it.";

	if (built_in != NULL && endpoint->own_address && endpoint->trusted)
		detail = !may_use_environment() ?
			"The keys in the server's environment are for superusers and members of the role that synthik.environment_key_role names." :
			psprintf("The server's environment has no %s, and there is no user mapping with a key.",
					 built_in->variables[0]);
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
