/*-------------------------------------------------------------------------
 *
 * scribe_statements.c
 *		The statements that the scribe runs.
 *
 * Their text is fixed but for the schema of the extension, which is looked up
 * each time, since it may have been moved or dropped.  Names within are safe
 * without a schema: the scribe's search_path is pinned to pg_catalog.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "util/extension.h"
#include "worker/ledger.h"
#include "worker/scribe.h"

#define PURGE_ROWS 10000		/* of one request; others wait meanwhile */
#define USD_EPSILON 1e-9		/* sums of binary fractions are not exact */

/* ---- messages ---- */

void
scribe_put_text(StringInfo message, const char *text)
{
	if (text == NULL)
	{
		pq_sendint32(message, (uint32) -1);
		return;
	}
	pq_sendint32(message, (uint32) strlen(text));
	pq_sendbytes(message, text, (int) strlen(text));
}

char *
scribe_get_text(StringInfo message)
{
	int			length = (int) pq_getmsgint(message, 4);

	return length < 0 ? NULL : pnstrdup(pq_getmsgbytes(message, length), length);
}

static bytea *
get_bytes(StringInfo message, int length)
{
	bytea	   *bytes = palloc(VARHDRSZ + length);

	SET_VARSIZE(bytes, VARHDRSZ + length);
	memcpy(VARDATA(bytes), pq_getmsgbytes(message, length), length);
	return bytes;
}

/* ---- parameters ---- */

typedef struct Parameters
{
	int			n;
	Oid			types[16];
	Datum		values[16];
	char		nulls[16];
} Parameters;

static void
add(Parameters *p, Oid type, Datum value, bool null)
{
	Assert(p->n < lengthof(p->types));
	p->types[p->n] = type;
	p->values[p->n] = value;
	p->nulls[p->n++] = null ? 'n' : ' ';
}

static void
add_text(Parameters *p, const char *text)
{
	add(p, TEXTOID, text ? CStringGetTextDatum(text) : (Datum) 0, text == NULL);
}

static void
add_oid(Parameters *p, Oid oid)
{
	add(p, OIDOID, ObjectIdGetDatum(oid), false);
}

static void
add_int4(Parameters *p, int value)
{
	add(p, INT4OID, Int32GetDatum(value), false);
}

static void
add_int8(Parameters *p, int64 value)
{
	add(p, INT8OID, Int64GetDatum(value), false);
}

static void
add_bool(Parameters *p, bool value)
{
	add(p, BOOLOID, BoolGetDatum(value), false);
}

/* Less than nothing means that it is not known. */
static void
add_float8(Parameters *p, double value)
{
	add(p, FLOAT8OID, Float8GetDatum(value), !(value >= 0));
}

static void
add_bytes(Parameters *p, StringInfo message, int length)
{
	add(p, BYTEAOID, PointerGetDatum(get_bytes(message, length)), false);
}

/* %s in the text is the extension's schema. */
static void
execute(const char *format, Parameters *p, int expected)
{
	char	   *schema = extension_schema_name();
	StringInfoData sql;
	const char *place;
	int			result;

	if (schema == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("extension \"synthik\" does not exist"),
				 errhint("If the same transaction has created it, commit first.")));
	initStringInfo(&sql);
	while ((place = strstr(format, "%s")) != NULL)
	{
		appendBinaryStringInfo(&sql, format, place - format);
		appendStringInfoString(&sql, quote_identifier(schema));
		format = place + 2;
	}
	appendStringInfoString(&sql, format);
	result = SPI_execute_with_args(sql.data, p->n, p->types, p->values, p->nulls, false, 0);
	if (result != expected)
		elog(ERROR, "%s: %s", sql.data, SPI_result_code_string(result));
}

static Datum
result_value(int column, bool *null)
{
	return SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column, null);
}

static char *
result_text(int column)
{
	return SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column);
}

/* ---- reservations ---- */

typedef struct Reservation
{
	Oid			role;
	Oid			login;
	double		usd;
	double		call_budget;
	double		call_spent;
	double		budget;
	char	   *period;
} Reservation;

/* 0.05, not 5e-02 nor 0.050000000. */
static char *
usd_text(double usd)
{
	char	   *text = psprintf("%.9f", usd);
	char	   *end = text + strlen(text);

	while (end[-1] == '0')
		*--end = '\0';
	if (end[-1] == '.')
		*--end = '\0';
	return text;
}

static void
check_priced(const Reservation *r, const char *model)
{
	if (r->usd >= 0 || (r->call_budget < 0 && r->budget < 0))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
			 errmsg("model \"%s\" has no price, and there is a budget of %s", model,
					r->call_budget >= 0 ? psprintf("%s USD", usd_text(r->call_budget)) :
					psprintf("%s USD/%s", usd_text(r->budget), r->period)),
			 errdetail("What cannot be counted cannot be kept within a budget."),
			 errhint("Name a model that has a price in synthik_models, or give its prices there.")));
}

static void
check_call_budget(const Reservation *r)
{
	if (r->call_budget < 0 || r->usd == 0 ||
		r->call_spent + r->usd <= r->call_budget + USD_EPSILON)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
			 errmsg("the budget of %s USD of this call would be passed", usd_text(r->call_budget)),
			 errdetail("The call has spent or reserved %s USD; its next request may cost up to %s USD.",
					   usd_text(r->call_spent), usd_text(r->usd)),
			 errhint("Answers that were paid for are kept: the same call with a larger budget goes on from there.")));
}

/*
 * The setting holds for the sessions of a role, so what counts is the role
 * that logged in: SET ROLE and SECURITY DEFINER do not lead past a budget.
 */
static void
check_budget(const Reservation *r)
{
	Parameters	p = {0};
	bool		null;

	if (r->budget < 0 || r->usd == 0)
		return;
	add_oid(&p, r->login);
	add_text(&p, r->period);
	add_float8(&p, r->usd);
	add_float8(&p, r->budget);
	execute("WITH period AS (SELECT CASE $2 WHEN 'total' THEN '-infinity'"
			" ELSE date_trunc($2, now(), 'UTC') END AS since),"
			" sums AS (SELECT coalesce(sum(l.usd) FILTER (WHERE l.outcome IS NOT NULL), 0) AS spent,"
			" coalesce(sum(l.usd) FILTER (WHERE l.outcome IS NULL), 0) AS reserved"
			" FROM period p LEFT JOIN %s.synthik_ledger l ON l.loginid = $1 AND l.at >= p.since)"
			" SELECT spent + reserved + $3::numeric > $4::numeric,"
			" trim_scale(spent), trim_scale(reserved),"
			" CASE $2 WHEN 'total' THEN '' ELSE to_char(since AT TIME ZONE 'UTC',"
			" '\" since \"YYYY-MM-DD HH24:MI\" UTC\"') END"
			" FROM period, sums", &p, SPI_OK_SELECT);
	if (!DatumGetBool(result_value(1, &null)))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
			 errmsg("the budget of %s USD/%s would be passed", usd_text(r->budget), r->period),
			 errdetail("In this database, sessions of role \"%s\" have spent %s USD and reserved %s USD%s; the next request may cost up to %s USD.",
					   GetUserNameFromId(r->login, true) ? GetUserNameFromId(r->login, true) : "",
					   result_text(2), result_text(3), result_text(4), usd_text(r->usd)),
			 errhint("A superuser can change synthik.budget for the role or the database.")));
}

static int64
reserve(int session, StringInfo request)
{
	Reservation r;
	Parameters	p = {0};
	char	   *model;
	bool		null;

	add_oid(&p, r.role = pq_getmsgint(request, 4));
	add_oid(&p, r.login = pq_getmsgint(request, 4));
	add_bytes(&p, request, LEDGER_HASH_SIZE);
	add_text(&p, model = scribe_get_text(request));
	add_text(&p, scribe_get_text(request));
	add_text(&p, scribe_get_text(request));
	add_int4(&p, (int) pq_getmsgint(request, 4));
	add_int8(&p, pq_getmsgint64(request));
	add_int8(&p, pq_getmsgint64(request));
	add_float8(&p, r.usd = pq_getmsgfloat8(request));
	add_int4(&p, session);
	r.call_budget = pq_getmsgfloat8(request);
	r.call_spent = pq_getmsgfloat8(request);
	r.budget = pq_getmsgfloat8(request);
	r.period = scribe_get_text(request);

	check_priced(&r, model);
	check_call_budget(&r);
	check_budget(&r);
	execute("INSERT INTO %s.synthik_ledger"
			" (roleid, loginid, request, model, endpoint, columns, sample_rows,"
			" input_tokens, output_tokens, usd, pid)"
			" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::numeric, $11) RETURNING id",
			&p, SPI_OK_INSERT_RETURNING);
	return DatumGetInt64(result_value(1, &null));
}

/* Without usage the reservation stands: it may have cost as much. */
static bool
settle(StringInfo request)
{
	Parameters	p = {0};

	add_int8(&p, pq_getmsgint64(request));
	add_text(&p, scribe_get_text(request));
	add_bool(&p, pq_getmsgbyte(request) != 0);
	add_int8(&p, pq_getmsgint64(request));
	add_int8(&p, pq_getmsgint64(request));
	add_int8(&p, pq_getmsgint64(request));
	add_int8(&p, pq_getmsgint64(request));
	add_float8(&p, pq_getmsgfloat8(request));
	add_float8(&p, pq_getmsgfloat8(request));
	add_int4(&p, (int) pq_getmsgint(request, 4));
	add_int4(&p, (int) pq_getmsgint(request, 4));
	add_int4(&p, (int) pq_getmsgint(request, 4));
	execute("UPDATE %s.synthik_ledger SET outcome = $2, estimated = NOT $3,"
			" input_tokens = CASE WHEN $3 THEN $4 ELSE input_tokens END,"
			" cached_tokens = CASE WHEN $3 THEN $5 END,"
			" cache_written_tokens = CASE WHEN $3 THEN $6 END,"
			" output_tokens = CASE WHEN $3 THEN $7 ELSE output_tokens END,"
			" usd = CASE WHEN $3 THEN $8::numeric ELSE greatest(usd, $8::numeric) END,"
			" latency = make_interval(secs => $9), retries = $10, rows = $11, valid_rows = $12"
			" WHERE id = $1", &p, SPI_OK_UPDATE);
	return SPI_processed > 0;
}

void
scribe_withdraw(int64 id)
{
	Parameters	p = {0};

	add_int8(&p, id);
	execute("DELETE FROM %s.synthik_ledger WHERE id = $1 AND outcome IS NULL", &p, SPI_OK_DELETE);
}

/*
 * As the reservation stands: the provider may go on with a call, and charge
 * it, although nobody waits for it.
 */
void
scribe_settle_cancelled(int64 session)
{
	Parameters	p = {0};

	add_int4(&p, (int) session);
	execute("UPDATE %s.synthik_ledger SET outcome = 'cancelled', retries = 0"
			" WHERE outcome IS NULL AND pid = $1", &p, SPI_OK_UPDATE);
}

/*
 * Those of sessions that ended when there was no scribe to see it.  Calls do
 * not outlive the transaction that reserved them, so a process of that number
 * whose transaction is younger is another one, or at something else.  An entry
 * that is still under way after all is settled once more at its end.
 */
void
scribe_settle_lost(int64 unused)
{
	Parameters	p = {0};

	execute("UPDATE %s.synthik_ledger l SET outcome = 'lost', retries = 0"
			" WHERE outcome IS NULL AND NOT EXISTS (SELECT FROM pg_stat_get_activity(l.pid) a"
			" WHERE CASE a.state WHEN 'disabled' THEN a.backend_start ELSE a.xact_start END <= l.at)",
			&p, SPI_OK_UPDATE);
}

/* ---- answers ---- */

static void
find(StringInfo request, StringInfo reply)
{
	Parameters	p = {0};
	bool		null;
	bytea	   *answer;

	add_oid(&p, pq_getmsgint(request, 4));
	add_bytes(&p, request, LEDGER_HASH_SIZE);
	add_int4(&p, (int) pq_getmsgint(request, 4));
	add_int4(&p, (int) pq_getmsgint(request, 4));
	execute("SELECT answer FROM %s.synthik_answer"
			" WHERE roleid = $1 AND request = $2 AND occurrence = $3 AND NOT consumed"
			" AND ($4 < 0 OR at > now() - make_interval(secs => $4))", &p, SPI_OK_SELECT);
	pq_sendbyte(reply, SPI_processed > 0);
	if (SPI_processed == 0)
		return;
	answer = DatumGetByteaPP(result_value(1, &null));
	pq_sendbytes(reply, VARDATA_ANY(answer), VARSIZE_ANY_EXHDR(answer));
}

static void
store(StringInfo request)
{
	Parameters	p = {0};

	add_oid(&p, pq_getmsgint(request, 4));
	add_bytes(&p, request, LEDGER_HASH_SIZE);
	add_int4(&p, (int) pq_getmsgint(request, 4));
	add_int8(&p, pq_getmsgint64(request));
	add_bytes(&p, request, request->len - request->cursor);
	execute("INSERT INTO %s.synthik_answer AS a (roleid, request, occurrence, ledger_id, answer)"
			" VALUES ($1, $2, $3, $4, $5)"
			" ON CONFLICT (roleid, request, occurrence) DO UPDATE"
			" SET ledger_id = excluded.ledger_id, at = excluded.at, answer = excluded.answer,"
			" consumed = false",
			&p, SPI_OK_INSERT);
}

static void
consume(StringInfo request)
{
	Parameters	p = {0};

	add_oid(&p, pq_getmsgint(request, 4));
	add_bytes(&p, request, LEDGER_HASH_SIZE);
	add_int4(&p, (int) pq_getmsgint(request, 4));
	add_int4(&p, (int) pq_getmsgint(request, 4));
	execute("UPDATE %s.synthik_answer SET consumed = true WHERE roleid = $1 AND request = $2"
			" AND occurrence >= $3 AND occurrence < $3 + $4", &p, SPI_OK_UPDATE);
}

/* ---- purging ---- */

/*
 * Not entries of calls that may still be under way: they are about to be
 * settled.  A day later they no longer are.
 */
static int64
purge(StringInfo request)
{
	Parameters	p = {0};
	bool		all;
	int64		removed;

	add_oid(&p, pq_getmsgint(request, 4));
	add_bool(&p, all = pq_getmsgbyte(request) != 0);
	add(&p, TIMESTAMPTZOID, TimestampTzGetDatum(pq_getmsgint64(request)), false);
	add_int4(&p, PURGE_ROWS);
	execute("DELETE FROM %s.synthik_answer WHERE ctid = ANY (ARRAY("
			"SELECT ctid FROM %s.synthik_answer WHERE at < $3 AND ($2 OR roleid = $1) LIMIT $4))",
			&p, SPI_OK_DELETE);
	removed = (int64) SPI_processed;
	if (all && removed == 0)
	{
		execute("DELETE FROM %s.synthik_ledger WHERE ctid = ANY (ARRAY("
				"SELECT ctid FROM %s.synthik_ledger WHERE at < $3 AND $2 AND $1 IS NOT NULL"
				" AND (outcome IS NOT NULL OR at < now() - interval '1 day') LIMIT $4))",
				&p, SPI_OK_DELETE);
		removed = (int64) SPI_processed;
	}
	return removed;
}

void
scribe_execute(int session, StringInfo request, StringInfo reply, int64 *reserved)
{
	ScribeCommand command = pq_getmsgbyte(request);

	switch (command)
	{
		case SCRIBE_RESERVE:
			*reserved = reserve(session, request);
			pq_sendint64(reply, *reserved);
			return;
		case SCRIBE_SETTLE:
			pq_sendbyte(reply, settle(request));
			return;
		case SCRIBE_FIND:
			find(request, reply);
			return;
		case SCRIBE_STORE:
			store(request);
			return;
		case SCRIBE_CONSUME:
			consume(request);
			return;
		case SCRIBE_PURGE:
			pq_sendint64(reply, purge(request));
			return;
	}
	elog(ERROR, "the scribe does not know command %d", command);
}
