/*-------------------------------------------------------------------------
 *
 * evidence.c
 *		What a prompt carries of a table's values, where that was asked for.
 *
 * Statistics are values that are common by what ANALYZE found, and that are
 * in at least SHARED rows: ANALYZE has looked at a sample, some time ago, so
 * the rows are counted.  Columns with unique values give none, and bounds of
 * histograms, which are single rows' values, are never read.
 *
 * Samples are rows.  All is read through SPI, with the rights, and under the
 * row security, of the current user.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "provider/evidence.h"
#include "util/relation.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/lsyscache.h"

#define SHARED			5		/* rows that have to have a value */
#define MOST_LOOKED_AT	20		/* values of a column that rows are counted of */
#define MOST_VALUES		10		/* values of a column that are sent */
#define MOST_LENGTH		60		/* characters of such a value */
#define SAMPLE_LENGTH	200		/* characters of a value in a sample */

/* Runs a query of text columns; the caller finishes SPI. */
static void
run_query(const char *query, int nargs, const char **args)
{
	Oid			types[3];
	Datum		values[3];

	for (int i = 0; i < nargs; i++)
	{
		types[i] = TEXTOID;
		values[i] = CStringGetTextDatum(args[i]);
	}
	if (SPI_execute_with_args(query, nargs, types, values, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read what a prompt is to carry");
}

static char *
cell(uint64 row, int column)
{
	return SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column);
}

/* ---- statistics ---- */

static const char statistics_query[] =
"SELECT m.value, pg_catalog.round((m.share OPERATOR(pg_catalog.*) 100)::pg_catalog.numeric)::pg_catalog.text "
"FROM (SELECT n.value, n.share FROM (SELECT "
"s.most_common_vals::pg_catalog.text::pg_catalog.text[] AS list, s.most_common_freqs AS shares "
"FROM pg_catalog.pg_stats s "
"WHERE s.schemaname OPERATOR(pg_catalog.=) $1::pg_catalog.name "
"AND s.tablename OPERATOR(pg_catalog.=) $2::pg_catalog.name "
"AND s.attname OPERATOR(pg_catalog.=) $3::pg_catalog.name "
"AND s.most_common_vals IS NOT NULL ORDER BY s.inherited DESC LIMIT 1) l, "
"unnest(l.list, l.shares) AS n(value, share) "
"WHERE pg_catalog.length(n.value) OPERATOR(pg_catalog.<=) %d "
"ORDER BY n.share DESC, n.value LIMIT %d) m "
"WHERE (SELECT pg_catalog.count(*) FROM (SELECT 1 FROM %s t "
"WHERE t.%s::pg_catalog.text OPERATOR(pg_catalog.=) m.value LIMIT %d) c) OPERATOR(pg_catalog.>=) %d "
"ORDER BY m.share DESC, m.value LIMIT %d";

/* One line for a column, if it has common values. */
static void
say_common(StringInfo out, const Schema *schema, const Field *field)
{
	const char *args[3];
	char	   *query;

	args[0] = get_namespace_name(get_rel_namespace(schema->relid));
	args[1] = get_rel_name(schema->relid);
	args[2] = field->name;
	query = psprintf(statistics_query, MOST_LENGTH, MOST_LOOKED_AT, relation_sql_name(schema->relid),
					 quote_identifier(field->name), SHARED, SHARED, MOST_VALUES);
	run_query(query, 3, args);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		if (i == 0)
			appendStringInfo(out, "- %s: ", field->name);
		else
			appendStringInfoString(out, ", ");
		escape_json(out, cell(i, 1));
		appendStringInfo(out, " %s %%", cell(i, 2));
	}
	if (SPI_processed > 0)
		appendStringInfoChar(out, '\n');
}

static bool
in_unique_set(const Schema *schema, int field)
{
	ListCell   *lc;

	foreach(lc, schema->uniques)
	{
		UniqueSet  *set = lfirst(lc);

		if (set->nfields == 1 && set->fields[0] == field)
			return true;
	}
	return false;
}

static void
say_statistics(StringInfo out, const Ask *ask)
{
	const Schema *schema = ask->schema;
	int			start;

	appendStringInfoString(out, "Values that are common in the table, with their share of its rows:\n");
	start = out->len;
	for (int i = 0; i < ask->nfields; i++)
	{
		const Field *field = schema->fields[ask->fields[i]];

		CHECK_FOR_INTERRUPTS();
		if (!field->unique && !in_unique_set(schema, ask->fields[i]))
			say_common(out, schema, field);
	}
	if (out->len == start)
		resetStringInfo(out);
}

/* ---- samples ---- */

/* The rows, a line each, with the values that the model is to write. */
static int
say_samples(StringInfo out, const Ask *ask, int rows)
{
	const Schema *schema = ask->schema;
	StringInfoData query;

	initStringInfo(&query);
	appendStringInfoString(&query, "SELECT pg_catalog.to_json(ARRAY[");
	for (int i = 0; i < ask->nfields; i++)
		appendStringInfo(&query, "%spg_catalog.left(t.%s::pg_catalog.text, %d)", i > 0 ? ", " : "",
						 quote_identifier(schema->fields[ask->fields[i]]->name), SAMPLE_LENGTH);
	appendStringInfo(&query, "])::pg_catalog.text FROM %s t LIMIT %d",
					 relation_sql_name(schema->relid), rows);
	run_query(query.data, 0, NULL);
	if (SPI_processed == 0)
		return 0;
	appendStringInfoString(out, "Some rows of the table. Write others in their manner, and copy no value that belongs to one person:\n");
	for (uint64 i = 0; i < SPI_processed; i++)
		appendStringInfo(out, "%s\n", cell(i, 1));
	return (int) SPI_processed;
}

int
evidence_add(Ask *ask, SendLimit send, int rows)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext spi;
	StringInfoData out;
	int			sampled = 0;

	if (send == SEND_NAMES || ask->nfields == 0)
		return 0;
	if (!OidIsValid(ask->schema->relid) ||
		get_rel_relkind(ask->schema->relid) == RELKIND_COMPOSITE_TYPE)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("there is no table that values could be sent of"),
				 errdetail("Statistics and samples are those of the table that synthik_augment or synthik_rows is given."),
				 errhint("Leave send out, or give it as 'names'.")));
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	initStringInfo(&out);
	say_statistics(&out, ask);
	if (send == SEND_SAMPLES)
		sampled = say_samples(&out, ask, rows);
	spi = MemoryContextSwitchTo(caller);
	ask->columns = psprintf("%s%s", ask->columns, ask_utf8(out.data));
	MemoryContextSwitchTo(spi);
	SPI_finish();
	return sampled;
}
