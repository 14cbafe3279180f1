/*-------------------------------------------------------------------------
 *
 * usage.c
 *		synthik_purge, and a probe of the ledger.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "access/relation.h"
#include "catalog/namespace.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"
#include "util/extension.h"
#include "worker/ledger.h"

/*
 * Budgets are kept by what the ledger holds, so clearing it is for superusers
 * and the owner of its table.
 */
static bool
may_purge_all(void)
{
	char	   *schema = extension_schema_name();
	Oid			relid = schema ?
		get_relname_relid("synthik_ledger", get_namespace_oid(schema, true)) : InvalidOid;
	Relation	rel;
	bool		may;

	if (!OidIsValid(relid))
		return superuser();
	rel = relation_open(relid, AccessShareLock);
	may = has_privs_of_role(GetUserId(), rel->rd_rel->relowner);
	relation_close(rel, AccessShareLock);
	return may;
}

SYNTHIK_FUNCTION(synthik_purge)
{
	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("before must not be null"),
				 errhint("now() stands for all there is.")));
	PG_RETURN_INT64(ledger_purge(PG_GETARG_TIMESTAMPTZ(0), may_purge_all()));
}

/* ---- the probe ---- */

/* In the order of the probe's arguments. */
enum
{
	PROBE_ACTION, PROBE_REQUEST, PROBE_ID, PROBE_USD, PROBE_CALL_BUDGET, PROBE_CALL_SPENT,
	PROBE_OCCURRENCE, PROBE_BODY
};

static char *
probe_text(FunctionCallInfo fcinfo, int argument)
{
	return PG_ARGISNULL(argument) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(argument));
}

static double
probe_usd(FunctionCallInfo fcinfo, int argument)
{
	return PG_ARGISNULL(argument) ? -1 : PG_GETARG_FLOAT8(argument);
}

static int64
probe_reserve(FunctionCallInfo fcinfo, const uint8 *hash)
{
	LedgerEntry entry = {
		.model = "probe", .endpoint = "nowhere", .columns = probe_text(fcinfo, PROBE_BODY),
		.reserved_input = 100,.reserved_output = 1000,
		.reserved_usd = probe_usd(fcinfo, PROBE_USD),
		.call_budget = probe_usd(fcinfo, PROBE_CALL_BUDGET),
		.call_spent = Max(probe_usd(fcinfo, PROBE_CALL_SPENT), 0)
	};

	memcpy(entry.hash, hash, LEDGER_HASH_SIZE);
	return ledger_reserve(&entry);
}

/* Tokens are ten times the cents; usd NULL: no usage came. */
static void
probe_settle(FunctionCallInfo fcinfo, int64 id)
{
	LedgerOutcome outcome = {
		.outcome = PG_ARGISNULL(PROBE_BODY) ? "done" : probe_text(fcinfo, PROBE_BODY),
		.usage = {.known = !PG_ARGISNULL(PROBE_USD)},
		.usd = probe_usd(fcinfo, PROBE_USD),
		.seconds = 1.5, .retries = 2, .rows = 10, .valid_rows = 9
	};

	if (outcome.usage.known)
	{
		outcome.usage.input = (int64) (outcome.usd * 1000);
		outcome.usage.cached = outcome.usage.input / 2;
		outcome.usage.output = outcome.usage.input * 2;
	}
	ledger_settle(id, &outcome);
}

/*
 * For tests and for finding faults, without a provider.  The extension has no
 * function on it; a superuser makes one where it is wanted:
 *
 *	CREATE FUNCTION ledger_probe(action text, request text DEFAULT NULL,
 *		id bigint DEFAULT 0, usd float8 DEFAULT NULL, call_budget float8 DEFAULT NULL,
 *		call_spent float8 DEFAULT 0, occurrence integer DEFAULT 0, body text DEFAULT NULL)
 *	RETURNS text AS 'synthik', 'synthik_ledger_probe' LANGUAGE C;
 *	REVOKE EXECUTE ON FUNCTION ledger_probe FROM PUBLIC;
 *
 * Actions: reserve (returns the id), settle, store, find (returns the answer),
 * disconnect.
 */
SYNTHIK_FUNCTION(synthik_ledger_probe)
{
	char	   *action = probe_text(fcinfo, PROBE_ACTION);
	char	   *request = probe_text(fcinfo, PROBE_REQUEST);
	char	   *body = probe_text(fcinfo, PROBE_BODY);
	int64		id = PG_ARGISNULL(PROBE_ID) ? 0 : PG_GETARG_INT64(PROBE_ID);
	int			occurrence = PG_ARGISNULL(PROBE_OCCURRENCE) ? 0 : PG_GETARG_INT32(PROBE_OCCURRENCE);
	Datum		digest = DirectFunctionCall1(sha256_bytea, CStringGetTextDatum(request ? request : ""));
	const uint8 *hash = (const uint8 *) VARDATA_ANY(DatumGetPointer(digest));
	size_t		length = 0;

	if (action == NULL)
		PG_RETURN_NULL();
	if (strcmp(action, "reserve") == 0)
		PG_RETURN_TEXT_P(cstring_to_text(psprintf(INT64_FORMAT, probe_reserve(fcinfo, hash))));
	if (strcmp(action, "find") == 0)
	{
		char	   *answer = answer_find(GetUserId(), hash, occurrence, &length);

		if (answer == NULL)
			PG_RETURN_NULL();
		PG_RETURN_TEXT_P(cstring_to_text_with_len(answer, (int) length));
	}
	if (strcmp(action, "settle") == 0)
		probe_settle(fcinfo, id);
	else if (strcmp(action, "store") == 0)
		answer_store(GetUserId(), hash, occurrence, id, body ? body : "", body ? strlen(body) : 0);
	else if (strcmp(action, "disconnect") == 0)
		ledger_disconnect();
	else
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the probe does not know \"%s\"", action),
				 errhint("It knows reserve, settle, store, find and disconnect.")));
	PG_RETURN_NULL();
}
