/*-------------------------------------------------------------------------
 *
 * later.c
 *		Keys that had to wait until both tables were filled.
 *
 * One UPDATE sets a key in all rows that were made.  Which parent a row gets
 * follows from its place among them and the seed: of n parents in a random
 * order, number floor(n * u * u), with u in [0, 1), so that few of them have
 * many children; or where a parent can have one child only, each in turn.
 * Columns that the key shares with others decide among whom.
 *
 * Where the parent refers to the child in its turn, as the people of a
 * department do that one of them leads, one of those is taken, if any.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "populate/populate.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

/* Which columns of a key. */
typedef enum LaterColumns
{
	ALL_COLUMNS,
	SET_COLUMNS,				/* that are set here */
	SHARED_COLUMNS				/* that another key has set already */
} LaterColumns;

/* A key that waited, as SQL needs it. */
typedef struct LaterKey
{
	const PopulateKey *key;
	const Reference *reference;
	const char *child;			/* tables */
	const char *parent;
	char	   *made;			/* is a row of the child one of those made, and not set? */
	int			ncolumns;
	bool	   *set;			/* [column] is set here, and not by another key */
	char	  **fields;			/* of the child, quoted */
	char	  **columns;		/* of the parent */
	char	  **equal;			/* the operator of both */
	char	   *seed;
} LaterKey;

/* ---- parts of SQL ---- */

/* The equality of a type, written so that no search path matters. */
static char *
equality(Oid type)
{
	Oid			operator = lookup_type_cache(type, TYPECACHE_EQ_OPR)->eq_opr;
	HeapTuple	tuple = SearchSysCache1(OPEROID, ObjectIdGetDatum(operator));
	Form_pg_operator form;
	char	   *text;

	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("type %s has no equality", format_type_be(type))));
	form = (Form_pg_operator) GETSTRUCT(tuple);
	text = psprintf("OPERATOR(%s.%s)", quote_identifier(get_namespace_name(form->oprnamespace)),
					NameStr(form->oprname));
	ReleaseSysCache(tuple);
	return text;
}

static const char *
table_sql(Oid relid)
{
	return psprintf("%s%s", get_rel_relkind(relid) == RELKIND_RELATION ? "ONLY " : "",
					relation_sql_name(relid));
}


static void
later_init(LaterKey *later, const PopulateKey *key)
{
	const PopulateTable *child = key->child;
	const Reference *reference = key_reference(key);

	later->key = key;
	later->reference = reference;
	later->ncolumns = reference->ncolumns;
	later->child = table_sql(RelationGetRelid(child->rel));
	later->parent = table_sql(key->parent_relid);
	later->set = palloc(sizeof(bool) * reference->ncolumns);
	later->fields = palloc(sizeof(char *) * reference->ncolumns);
	later->columns = palloc(sizeof(char *) * reference->ncolumns);
	later->equal = palloc(sizeof(char *) * reference->ncolumns);
	for (int k = 0; k < reference->ncolumns; k++)
	{
		const Field *field = child->schema->fields[reference->fields[k]];

		later->set[k] = key_sets(key, k);
		later->fields[k] = pstrdup(quote_identifier(field->name));
		later->columns[k] = pstrdup(quote_identifier(get_attname(key->parent_relid,
																 reference->attnums[k], false)));
		later->equal[k] = equality(field->base_type);
	}
	later->seed = psprintf(INT64_FORMAT "::pg_catalog.int8", (int64) (child->seed >> 1));
	later->made = NULL;
}

/*
 * A text for each column of the key, one behind the other: in it, $f is the
 * field, $c the parent's column, $e the operator by which they are equal, $k
 * the column's number, and $, a comma that the first one goes without.
 */
static char *
expand(const LaterKey *later, LaterColumns which, const char *text)
{
	StringInfoData out;
	bool		first = true;

	initStringInfo(&out);
	for (int k = 0; k < later->ncolumns; k++)
	{
		if (which != ALL_COLUMNS && later->set[k] != (which == SET_COLUMNS))
			continue;
		for (const char *c = text; *c != '\0'; c++)
		{
			if (*c != '$')
			{
				appendStringInfoChar(&out, *c);
				continue;
			}
			c++;
			if (*c == 'f')
				appendStringInfoString(&out, later->fields[k]);
			else if (*c == 'c')
				appendStringInfoString(&out, later->columns[k]);
			else if (*c == 'e')
				appendStringInfoString(&out, later->equal[k]);
			else if (*c == 'k')
				appendStringInfo(&out, "%d", k);
			else
				appendStringInfoString(&out, first ? "" : ", ");
		}
		first = false;
	}
	return out.data;
}

/* A row whose key nobody has set: what stands in for one is no parent's, as a rule. */
static char *
unset_sql(const LaterKey *later)
{
	if (!later->key->required)
		return psprintf("(true%s)", expand(later, SET_COLUMNS, " AND t.$f IS NULL"));
	return psprintf("NOT EXISTS (SELECT FROM %s AS m WHERE true%s)", later->parent,
					expand(later, ALL_COLUMNS, " AND m.$c $e t.$f"));
}

/*
 * Rows that this call has stored in a table, and whose key is not set: those
 * that are as they were stored, and those that have been updated since, by a
 * trigger, for a sum or another key.
 */
static char *
made_sql(const LaterKey *later)
{
	const PopulateTable *table = later->key->child;

	return psprintf("t.xmin OPERATOR(pg_catalog.=) '%u'::pg_catalog.xid"
					" AND t.cmin::pg_catalog.text::pg_catalog.int8 OPERATOR(pg_catalog.>=) %u"
					" AND (t.cmin::pg_catalog.text::pg_catalog.int8 OPERATOR(pg_catalog.<=) %u"
					" OR %s)",
					GetCurrentTransactionId(), table->since_command, table->until_command,
					unset_sql(later));
}

/* An order of parents that is random, but the same for the same keys and seed. */
static char *
shuffle(const LaterKey *later)
{
	return psprintf("%s%s",
					expand(later, ALL_COLUMNS,
						   psprintf("$,pg_catalog.hashtextextended(q.$c::pg_catalog.text, %s)",
									later->seed)),
					expand(later, ALL_COLUMNS, ", q.$c"));
}

static const char *
partition(const LaterKey *later, const char *text)
{
	char	   *columns = expand(later, SHARED_COLUMNS, text);

	return columns[0] == '\0' ? "" : psprintf("PARTITION BY %s ", columns);
}

/* ---- the UPDATEs ---- */

static void
run_update(const char *sql, bool hold_triggers)
{
	SPIPlanPtr	plan = SPI_prepare(sql, 0, NULL);

	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
	SPI_execute_snapshot(plan, NULL, NULL, InvalidSnapshot, InvalidSnapshot, false,
						 !hold_triggers, 0);
	SPI_freeplan(plan);
}

/* Parents that no row has yet, for a key that is unique. */
static char *
is_free(const LaterKey *later)
{
	if (!later->key->unique)
		return "";
	return psprintf(" AND NOT EXISTS (SELECT FROM %s AS t WHERE NOT (%s)%s)", later->child,
					later->made, expand(later, ALL_COLUMNS, " AND t.$f $e q.$c"));
}

/* The rows that were made and are not set, numbered. */
static char *
rows_query(const LaterKey *later)
{
	return psprintf("SELECT t.tableoid AS o, t.ctid AS r%s, pg_catalog.row_number() OVER"
					" (%sORDER BY t.tableoid, t.ctid) AS i FROM %s AS t WHERE %s",
					expand(later, SHARED_COLUMNS, ", t.$f AS k$k"),
					partition(later, "$,t.$f"), later->child, later->made);
}

/* The parents, numbered at random, and how many there are. */
static char *
parents_query(const LaterKey *later)
{
	return psprintf("SELECT %s, pg_catalog.row_number() OVER (%sORDER BY %s) AS i,"
					" pg_catalog.count(*) OVER (%s) AS n FROM %s AS q WHERE true%s%s",
					expand(later, ALL_COLUMNS, "$,q.$c AS k$k"),
					partition(later, "$,q.$c"), shuffle(later), partition(later, "$,q.$c"),
					later->parent, expand(later, ALL_COLUMNS, " AND q.$c IS NOT NULL"),
					is_free(later));
}

/* Number i of a row's parent, given how many there are. */
static char *
choice(const LaterKey *later)
{
	char	   *unit = psprintf("((pg_catalog.hashint8extended(c.i, %s) OPERATOR(pg_catalog.&)"
								" 4503599627370495)::pg_catalog.float8"
								" OPERATOR(pg_catalog./) 4503599627370496::pg_catalog.float8)",
								later->seed);

	if (later->key->unique)
		return "c.i";
	return psprintf("(pg_catalog.floor(g.n::pg_catalog.float8 OPERATOR(pg_catalog.*) %s"
					" OPERATOR(pg_catalog.*) %s)::pg_catalog.int8 OPERATOR(pg_catalog.+) 1)",
					unit, unit);
}

static void
set_key(const LaterKey *later, bool hold_triggers)
{
	char	   *groups = expand(later, SHARED_COLUMNS, "p.k$k, ");
	char	   *same = expand(later, SHARED_COLUMNS, " AND g.k$k $e c.k$k AND p.k$k $e c.k$k");

	run_update(psprintf("WITH c AS MATERIALIZED (%s), p AS MATERIALIZED (%s),"
						" g AS MATERIALIZED (SELECT %sp.n FROM p WHERE p.i OPERATOR(pg_catalog.=) 1)"
						" UPDATE %s AS t SET %s FROM c, g, p"
						" WHERE t.tableoid OPERATOR(pg_catalog.=) c.o"
						" AND t.ctid OPERATOR(pg_catalog.=) c.r"
						" AND p.i OPERATOR(pg_catalog.=) %s%s",
						rows_query(later), parents_query(later), groups, later->child,
						expand(later, SET_COLUMNS, "$,$f = p.k$k"), choice(later), same),
			   hold_triggers);
}

/*
 * Each row refers to the one made after it; the last one to none, or to the
 * first where it has to refer to one.
 */
static void
set_chain(const LaterKey *later, bool hold_triggers)
{
	const char *next = later->key->required ?
		", CASE WHEN pg_catalog.lead(true) OVER w THEN pg_catalog.lead(t.$c) OVER w"
		" ELSE pg_catalog.first_value(t.$c) OVER w END AS k$k" :
		", pg_catalog.lead(t.$c) OVER w AS k$k";

	run_update(psprintf("WITH c AS MATERIALIZED (SELECT t.tableoid AS o, t.ctid AS r,"
						" pg_catalog.lead(true) OVER w AS any%s FROM %s AS t WHERE %s"
						" WINDOW w AS (%sORDER BY t.tableoid, t.ctid))"
						" UPDATE %s AS t SET %s FROM c AS p"
						" WHERE t.tableoid OPERATOR(pg_catalog.=) p.o"
						" AND t.ctid OPERATOR(pg_catalog.=) p.r%s",
						expand(later, ALL_COLUMNS, next),
						later->child, later->made, partition(later, "$,t.$f"), later->child,
						expand(later, SET_COLUMNS, "$,$f = p.k$k"),
						later->key->required ? "" : " AND p.any"),
			   hold_triggers);
}

/* A key of the parent's that leads back, and has not waited itself. */
static const PopulateKey *
find_back(const PopulateKey *key)
{
	ListCell   *lc;

	foreach(lc, key->parent->keys)
	{
		const PopulateKey *back = lfirst(lc);

		if (back->parent == key->child && !back->later)
			return back;
	}
	return NULL;
}

/* Where parents refer to the row, one of these. */
static void
set_back(const LaterKey *later, const PopulateKey *back, bool hold_triggers)
{
	const Reference *reference = key_reference(back);
	StringInfoData own;
	StringInfoData same;
	StringInfoData names;

	initStringInfo(&own);
	initStringInfo(&same);
	initStringInfo(&names);
	for (int k = 0; k < reference->ncolumns; k++)
	{
		const Field *field = back->child->schema->fields[reference->fields[k]];

		appendStringInfo(&own, "%sq.%s", k > 0 ? ", " : "", quote_identifier(field->name));
		appendStringInfo(&names, ", q.%s AS b%d", quote_identifier(field->name), k);
		appendStringInfo(&same, " AND t.%s %s p.b%d",
						 quote_identifier(get_attname(back->parent_relid, reference->attnums[k], false)),
						 equality(field->base_type), k);
	}
	run_update(psprintf("UPDATE %s AS t SET %s FROM (SELECT DISTINCT ON (%s) %s%s FROM %s AS q"
						" WHERE true%s ORDER BY %s, %s) AS p WHERE %s%s",
						later->child, expand(later, SET_COLUMNS, "$,$f = p.k$k"),
						own.data, expand(later, ALL_COLUMNS, "$,q.$c AS k$k"), names.data,
						later->parent,
						psprintf("%s%s", expand(later, ALL_COLUMNS, " AND q.$c IS NOT NULL"),
								 is_free(later)),
						own.data, shuffle(later), later->made,
						psprintf("%s%s", same.data,
								 expand(later, SHARED_COLUMNS, " AND t.$f $e p.k$k"))),
			   hold_triggers);
}

static void
settle_key(const PopulateKey *key, bool hold_triggers)
{
	LaterKey	later;
	const PopulateKey *back = key->self ? NULL : find_back(key);

	later_init(&later, key);
	later.made = made_sql(&later);
	if (key->self && key->unique)
	{
		set_chain(&later, hold_triggers);
		return;
	}
	if (back != NULL)
		set_back(&later, back, hold_triggers);
	set_key(&later, hold_triggers);
}

static void
tell_key(void *arg)
{
	const PopulateKey *key = arg;

	errcontext("column %s of table %s, which waited for table %s", key_columns(key),
			   key->child->name, key->parent->name);
}

void
populate_settle(List *tables, bool hold_triggers)
{
	ListCell   *lc;
	ListCell   *lk;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	foreach(lc, tables)
		foreach(lk, ((PopulateTable *) lfirst(lc))->keys)
		{
			PopulateKey *key = lfirst(lk);
			ErrorContextCallback callback = {error_context_stack, tell_key, key};

			if (!key->later)
				continue;
			error_context_stack = &callback;
			settle_key(key, hold_triggers);
			error_context_stack = callback.previous;
		}
	SPI_finish();
}
