/*-------------------------------------------------------------------------
 *
 * fit_context.c
 *		Columns of the rows that a table's rows refer to, as context for what is
 *		learned of its own columns.
 *
 * The rows of a sample are joined with those of each parent table, and the
 * parent's columns that may say something become contexts of the schema and
 * columns of the sample.  Most of them go again (fit_context_keep.c).
 *
 * The relation that is learned from need not be the schema's own.  Its keys
 * lead to tables of its own then, and a column counts if the schema's parent
 * has one of the same name and type.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "access/table.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fit/fit_work.h"
#include "miscadmin.h"
#include "util/relation.h"
#include "util/rng.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/typcache.h"

#define PARENT_ROWS		200000	/* of larger parents nothing is learned */
#define MOST_CANDIDATES 24		/* columns of a parent that are looked at */
#define MOST_COUNTED	2000000.0	/* rows that are counted by their keys */
#define FETCH_ROWS		1000
#define MOST_TEXTS		100		/* distinct ones of a column */
#define ROWS_OF_TEXT	LEARN_RARE	/* that each has on average, at least */

/* ---- joining ---- */

/* How keys of two types can be told to be the same: by their bits or a hash. */
static bool
is_whole(Oid type)
{
	return type == INT2OID || type == INT4OID || type == INT8OID;
}

static bool
is_plain_text(Oid type)
{
	return type == TEXTOID || type == VARCHAROID;
}

static bool
types_join(Oid a, Oid b)
{
	return a == b || (is_whole(a) && is_whole(b)) || (is_plain_text(a) && is_plain_text(b));
}

/* Adds a column of keys to their hashes; false if its type has none. */
static bool
hash_column(Oid type, const Datum *values, const bool *nulls, int n, uint64 *hashes, bool *none)
{
	TypeCacheEntry *entry = lookup_type_cache(type, TYPECACHE_HASH_EXTENDED_PROC_FINFO);
	FmgrInfo   *hash = &entry->hash_extended_proc_finfo;

	if (!is_whole(type) && !OidIsValid(hash->fn_oid))
		return false;
	for (int i = 0; i < n; i++)
	{
		uint64		part;

		none[i] |= nulls[i];
		if (nulls[i])
			continue;
		if (is_whole(type))
			part = rng_mix((uint64) (type == INT2OID ? DatumGetInt16(values[i]) :
									 type == INT4OID ? DatumGetInt32(values[i]) :
									 DatumGetInt64(values[i])));
		else
			part = DatumGetUInt64(FunctionCall2Coll(hash, C_COLLATION_OID, values[i],
													Int64GetDatum(0)));
		hashes[i] = rng_combine(hashes[i], part);
		if (i % 4096 == 0)
			CHECK_FOR_INTERRUPTS();
	}
	return true;
}

typedef struct KeyRow
{
	uint64		hash;
	int			row;
	char		status;
} KeyRow;

#define SH_PREFIX keyrows
#define SH_ELEMENT_TYPE KeyRow
#define SH_KEY_TYPE uint64
#define SH_KEY hash
#define SH_HASH_KEY(table, key) ((uint32) rng_mix(key))
#define SH_EQUAL(table, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

static uint64 *
hash_keys(const Sample *sample, TupleDesc desc, const int *columns, const Oid *types, int ncolumns,
		  bool *none)
{
	uint64	   *hashes = palloc_extended(sizeof(uint64) * Max(sample->nrows, 1),
										 MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);

	for (int k = 0; k < ncolumns; k++)
	{
		if (columns[k] < 0 || sample->values[columns[k]] == NULL ||
			!types_join(types[k], getBaseType(TupleDescAttr(desc, columns[k])->atttypid)) ||
			!hash_column(getBaseType(TupleDescAttr(desc, columns[k])->atttypid),
						 sample->values[columns[k]], sample->nulls[columns[k]], sample->nrows,
						 hashes, none))
			return NULL;
	}
	return hashes;
}

/* The parent's row of each row of the sample, or -1; NULL if keys do not compare. */
static int *
join_rows(const Sample *child, TupleDesc child_desc, const int *child_columns,
		  const Sample *parent, TupleDesc parent_desc, const int *parent_columns,
		  const Oid *types, int ncolumns)
{
	bool	   *none = palloc0(Max(child->nrows, 1));
	bool	   *parent_none = palloc0(Max(parent->nrows, 1));
	uint64	   *theirs = hash_keys(parent, parent_desc, parent_columns, types, ncolumns, parent_none);
	uint64	   *ours = hash_keys(child, child_desc, child_columns, types, ncolumns, none);
	int		   *rows;
	keyrows_hash *table;
	bool		found;

	if (theirs == NULL || ours == NULL)
		return NULL;
	table = keyrows_create(CurrentMemoryContext, Max(parent->nrows, 256), NULL);
	for (int i = 0; i < parent->nrows; i++)
	{
		if (!parent_none[i])
		{
			KeyRow	   *entry = keyrows_insert(table, theirs[i], &found);

			entry->row = found ? entry->row : i;
		}
	}
	rows = palloc_extended(sizeof(int) * Max(child->nrows, 1), MCXT_ALLOC_HUGE);
	for (int i = 0; i < child->nrows; i++)
	{
		KeyRow	   *entry = none[i] ? NULL : keyrows_lookup(table, ours[i]);

		rows[i] = entry != NULL ? entry->row : -1;
	}
	keyrows_destroy(table);
	pfree(theirs);
	pfree(ours);
	pfree(none);
	pfree(parent_none);
	return rows;
}

/* ---- where the keys lead ---- */

static int
place_of(const int *list, int n, int number)
{
	for (int i = 0; i < n; i++)
		if (list[i] == number)
			return i;
	return -1;
}

/*
 * The reference of the relation that is learned from which has the columns of a
 * reference of the schema; attnums are then its parent's, in the order of ours.
 */
static const Reference *
source_reference(const Schema *source, const Reference *reference, const int *columns,
				 AttrNumber *attnums)
{
	ListCell   *lc;

	foreach(lc, source->references)
	{
		const Reference *theirs = lfirst(lc);
		bool		same = theirs->ncolumns == reference->ncolumns;

		for (int k = 0; same && k < reference->ncolumns; k++)
		{
			int			place = place_of(theirs->fields, theirs->ncolumns,
										 columns[reference->fields[k]]);

			same = place >= 0;
			attnums[k] = same ? theirs->attnums[place] : 0;
		}
		if (same)
			return theirs;
	}
	return NULL;
}

/* ---- which columns ---- */

static int
count_distinct(const Datum *values, const bool *nulls, int n, Oid type, int most)
{
	bool	   *none = palloc0(Max(n, 1));
	uint64	   *hashes = palloc_extended(sizeof(uint64) * Max(n, 1),
										 MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	keyrows_hash *table = keyrows_create(CurrentMemoryContext, 256, NULL);
	int			count = 0;
	bool		found;

	if (!hash_column(type, values, nulls, n, hashes, none))
		count = most + 1;
	for (int i = 0; i < n && count <= most; i++)
		if (!none[i])
		{
			(void) keyrows_insert(table, hashes[i], &found);
			count += !found;
		}
	keyrows_destroy(table);
	pfree(hashes);
	pfree(none);
	return count;
}

/* Can a column say something of rows that refer to its own? */
static bool
may_tell(const Sample *sample, int column, Oid type)
{
	const Datum *values = sample->values[column];
	const bool *nulls = sample->nulls[column];
	int			n = sample->nrows;
	ValueKind	kind = value_kind(type);

	if (kind == VALUE_TEXT && !is_plain_text(type) && type != BPCHAROID)
		return false;
	if (kind == VALUE_TEXT || kind == VALUE_BOOLEAN || type_is_enum(type))
	{
		int			count = count_distinct(values, nulls, n, type, MOST_TEXTS);

		return count <= MOST_TEXTS && count > 0 && count * ROWS_OF_TEXT <= n;
	}
	/* what numbers the rows is no property of theirs */
	if (kind == VALUE_INTEGER)
		return count_distinct(values, nulls, n, type, n / 2) <= n / 2;
	return kind == VALUE_NUMERIC || kind == VALUE_FLOAT || kind == VALUE_DATE ||
		kind == VALUE_TIMESTAMP;
}

/* The schema's parent's column for one of the source's parent, or 0. */
static AttrNumber
same_column(Oid relid, Form_pg_attribute att)
{
	AttrNumber	attnum = get_attnum(relid, NameStr(att->attname));

	if (attnum <= 0 || getBaseType(get_atttype(relid, attnum)) != getBaseType(att->atttypid))
		return 0;
	if (pg_class_aclcheck(relid, GetUserId(), ACL_SELECT) != ACLCHECK_OK &&
		pg_attribute_aclcheck(relid, attnum, GetUserId(), ACL_SELECT) != ACLCHECK_OK)
		return 0;
	return attnum;
}

typedef struct ContextWork
{
	Schema	   *schema;
	Sample	   *sample;			/* of the rows, with columns of parents behind */
	TupleDesc	desc;			/* of the relation */
	int		   *columns;		/* [width] of the schema */
	MemoryContext keep;			/* the schema's */
	const char *mark;			/* column of rows not to count, or NULL */
} ContextWork;

/* Takes over a column of the parent's rows for the rows that refer to them. */
static void
add_context(ContextWork *work, int reference, AttrNumber attnum, const Sample *parent,
			int column, const int *rows)
{
	Sample	   *sample = work->sample;
	MemoryContext old = MemoryContextSwitchTo(work->keep);
	int			field = schema_context(work->schema, reference, attnum);
	Datum	   *values;
	bool	   *nulls;

	MemoryContextSwitchTo(old);
	values = palloc_extended(sizeof(Datum) * sample->nrows, MCXT_ALLOC_HUGE);
	nulls = palloc_extended(sizeof(bool) * sample->nrows, MCXT_ALLOC_HUGE);
	for (int i = 0; i < sample->nrows; i++)
	{
		nulls[i] = rows[i] < 0 || parent->nulls[column][rows[i]];
		values[i] = nulls[i] ? (Datum) 0 : parent->values[column][rows[i]];
	}
	sample->values = repalloc(sample->values, sizeof(Datum *) * (sample->ncolumns + 1));
	sample->nulls = repalloc(sample->nulls, sizeof(bool *) * (sample->ncolumns + 1));
	sample->values[sample->ncolumns] = values;
	sample->nulls[sample->ncolumns] = nulls;
	work->columns = repalloc(work->columns, sizeof(int) * (field + 1));
	work->columns[field] = sample->ncolumns++;
}

static void
add_parent_columns(ContextWork *work, int index, const SampleParent *parent, TupleDesc desc)
{
	const Reference *reference = list_nth(work->schema->references, index);
	int			count = 0;

	for (int i = 0; i < desc->natts && count < MOST_CANDIDATES; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		AttrNumber	attnum;

		CHECK_FOR_INTERRUPTS();
		if (att->attisdropped || parent->sample->values[i] == NULL ||
			(attnum = same_column(reference->relid, att)) == 0 ||
			!may_tell(parent->sample, i, getBaseType(att->atttypid)))
			continue;
		add_context(work, index, attnum, parent->sample, i, parent->rows);
		count++;
	}
}

/* ---- all children ---- */

static char *
count_query(Relation rel, const int *columns, int n, const char *mark)
{
	StringInfoData sql;
	StringInfoData keys;

	initStringInfo(&keys);
	for (int k = 0; k < n; k++)
		appendStringInfo(&keys, "%st.%s", k > 0 ? ", " : "",
						 quote_identifier(NameStr(TupleDescAttr(RelationGetDescr(rel),
																columns[k])->attname)));
	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT pg_catalog.count(*), %s FROM %s AS t", keys.data,
					 relation_sql_name(RelationGetRelid(rel)));
	if (mark != NULL)
		appendStringInfo(&sql, " WHERE t.%s IS NOT TRUE", quote_identifier(mark));
	appendStringInfo(&sql, " GROUP BY %s", keys.data);
	return sql.data;
}

/* Adds the children of keys that a query has given; they are in a sample of one row. */
static void
take_count(SampleParent *parent, keyrows_hash *table, HeapTuple tuple, TupleDesc desc, int n)
{
	uint64		hash = 0;
	bool		none = false;
	bool		isnull;
	int64		count = DatumGetInt64(SPI_getbinval(tuple, desc, 1, &isnull));
	KeyRow	   *entry;

	for (int k = 0; k < n && !none; k++)
	{
		Datum		value = SPI_getbinval(tuple, desc, k + 2, &isnull);

		(void) hash_column(getBaseType(TupleDescAttr(desc, k + 1)->atttypid), &value, &isnull, 1,
						   &hash, &none);
	}
	entry = none ? NULL : keyrows_lookup(table, hash);
	if (entry == NULL)
		return;
	parent->children[entry->row] = (int) Min(count, PG_INT32_MAX);
}

/*
 * Where the sample is a part of the relation, and that is not too large, all its
 * rows are counted, for the numbers of children hang on each of them.
 */
static void
count_all(ContextWork *work, Relation rel, SampleParent *parent, TupleDesc parent_desc,
		  const int *child_columns, const int *parent_columns, const Oid *types, int n)
{
	bool	   *none = palloc0(Max(parent->sample->nrows, 1));
	uint64	   *hashes = hash_keys(parent->sample, parent_desc, parent_columns, types, n, none);
	keyrows_hash *table;
	Portal		portal;
	bool		found;

	if (hashes == NULL || work->sample->relation_rows > MOST_COUNTED)
		return;
	table = keyrows_create(CurrentMemoryContext, Max(parent->sample->nrows, 256), NULL);
	for (int i = 0; i < parent->sample->nrows; i++)
		if (!none[i])
			keyrows_insert(table, hashes[i], &found)->row = i;
	parent->children = palloc0(sizeof(int) * Max(parent->sample->nrows, 1));
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	portal = SPI_cursor_open_with_args(NULL, count_query(rel, child_columns, n, work->mark), 0,
									   NULL, NULL, NULL, true, 0);
	do
	{
		CHECK_FOR_INTERRUPTS();
		SPI_cursor_fetch(portal, true, FETCH_ROWS);
		for (uint64 i = 0; i < SPI_processed; i++)
			take_count(parent, table, SPI_tuptable->vals[i], SPI_tuptable->tupdesc, n);
		SPI_freetuptable(SPI_tuptable);
	} while (SPI_processed > 0);
	SPI_cursor_close(portal);
	SPI_finish();
	keyrows_destroy(table);
}

/* ---- parents ---- */

static void
add_parent(ContextWork *work, Relation child, int index, const Schema *source,
		   SampleParent *parent)
{
	const Reference *reference = list_nth(work->schema->references, index);
	const Reference *theirs = reference;
	int			n = reference->ncolumns;
	AttrNumber *attnums = palloc(sizeof(AttrNumber) * n);
	int		   *child_columns = palloc(sizeof(int) * n);
	int		   *parent_columns = palloc(sizeof(int) * n);
	Oid		   *types = palloc(sizeof(Oid) * n);
	Relation	rel;

	memcpy(attnums, reference->attnums, sizeof(AttrNumber) * n);
	if (source != NULL)
		theirs = source_reference(source, reference, work->columns, attnums);
	if (theirs == NULL || (rel = try_table_open(theirs->relid, AccessShareLock)) == NULL)
		return;
	parent->relid = theirs->relid;
	parent->elsewhere = theirs->relid != reference->relid;
	for (int k = 0; k < n; k++)
	{
		const Field *field = work->schema->fields[reference->fields[k]];

		child_columns[k] = field->origin == FIELD_MADE ? work->columns[reference->fields[k]] : -1;
		parent_columns[k] = attnums[k] - 1;
		types[k] = field->base_type;
	}
	parent->sample = sample_read(rel, PARENT_ROWS);
	if (parent->sample->complete && parent->sample->nrows > 0)
		parent->rows = join_rows(work->sample, work->desc, child_columns, parent->sample,
								 RelationGetDescr(rel), parent_columns, types, n);
	if (parent->rows != NULL && !work->sample->complete)
		count_all(work, child, parent, RelationGetDescr(rel), child_columns, parent_columns, types,
				  n);
	if (parent->rows != NULL)
		add_parent_columns(work, index, parent, RelationGetDescr(rel));
	table_close(rel, NoLock);
}

/* Which of its columns the contexts are, which all have names that it has. */
static void
note_columns(ContextWork *work, int reference, SampleParent *parent)
{
	const Schema *schema = work->schema;

	parent->columns = palloc(sizeof(int) * Max(schema->ncontexts, 1));
	for (int i = 0; i < schema->ncontexts; i++)
	{
		const Field *field = schema->fields[schema->nfields + i];

		parent->columns[i] = field->reference == reference && OidIsValid(parent->relid) ?
			get_attnum(parent->relid, field->name) - 1 : -1;
	}
}

int *
learn_contexts(Schema *schema, Relation rel, Sample *sample, const int *columns,
			   const char *mark)
{
	ContextWork work = {schema, sample, RelationGetDescr(rel)};
	Schema	   *source = NULL;
	int			count = list_length(schema->references);

	work.mark = mark;
	work.keep = MemoryContextSwitchTo(GetMemoryChunkContext(sample));
	work.columns = palloc(sizeof(int) * Max(schema->nfields, 1));
	memcpy(work.columns, columns, sizeof(int) * schema->nfields);
	sample->parents = palloc0(sizeof(SampleParent) * Max(count, 1));
	if (count > 0 && schema->relid != RelationGetRelid(rel))
		source = schema_from_relation(rel, false);
	for (int i = 0; i < count; i++)
		add_parent(&work, rel, i, source, &sample->parents[i]);
	for (int i = 0; i < count; i++)
		note_columns(&work, i, &sample->parents[i]);
	MemoryContextSwitchTo(work.keep);
	return work.columns;
}
