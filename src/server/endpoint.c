/*-------------------------------------------------------------------------
 *
 * endpoint.c
 *		Where a model's calls go, and whether they may.
 *
 * Some endpoints are built in; the others are foreign servers.  A foreign
 * server with the name of a built-in endpoint takes its place if it is a
 * superuser's or the current role's: nobody can catch the calls of others by
 * the name of a server.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xlog.h"
#include "catalog/pg_foreign_server.h"
#include "foreign/foreign.h"
#include "guc.h"
#include "miscadmin.h"
#include "server/endpoint.h"
#include "server/options.h"
#include "utils/acl.h"
#include "utils/builtins.h"

/* ---- the built-in endpoints ---- */

typedef struct BuiltIn
{
	Endpoint	endpoint;
	const char *variables[ENDPOINT_VARIABLES];	/* of the environment, in order */
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

const char *const *
endpoint_variables(const char *name)
{
	const BuiltIn *built_in = find_built_in(name);

	return built_in != NULL ? built_in->variables : NULL;
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

char *
endpoint_host(const char *url)
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
		strcmp(endpoint_host(endpoint->base_url), endpoint_host(built_in->endpoint.base_url)) == 0;
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
		(void) endpoint_host(endpoint->base_url);	/* throws */
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
