/*-------------------------------------------------------------------------
 *
 * sample.c
 *		Rows of a relation, by columns.
 *
 * The rows come from a query, so that privileges, row security, partitions
 * and children are PostgreSQL's own business.  Of what has blocks, TABLESAMPLE
 * picks whole ones at random, the same ones each time; of views and foreign
 * tables come the first rows.  Rows of one block are alike, so that three
 * times as many rows are read as are wanted, and of these every third is
 * kept; but never more than MOST_BLOCKS blocks.
 *
 * Kept rows are thinned evenly, by every second one, when they become too many
 * or take too much memory.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "access/detoast.h"
#include "access/table.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fit/sample.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "optimizer/plancat.h"
#include "storage/bufmgr.h"
#include "util/relation.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#define MOST_BYTES		(256 * 1024 * 1024L)	/* of a sample */
#define MOST_VALUE		8192	/* bytes of one value */
#define MOST_BLOCKS		32768	/* that are read, where a relation has blocks */
#define READ_TIMES		3		/* rows read for each one kept */
#define MOST_READ		10		/* times as many, and then no more are read: a
								 * foreign child has no blocks to pick from */
#define FETCH_ROWS		500		/* at a time */
#define VALUE_OVERHEAD	16		/* bytes that memory management adds, about */
#define ATTEMPTS		3		/* to find enough rows */

typedef struct SampleColumn
{
	int			column;			/* of the sample */
	int16		length;			/* typlen */
	bool		by_value;
	bool		is_text;
} SampleColumn;

typedef struct SampleReader
{
	Sample	   *sample;
	MemoryContext memory;
	int			wanted;			/* rows */
	int			ncolumns;		/* that are read */
	SampleColumn *columns;
	int			capacity;		/* rows that there is room for */
	int			most;			/* rows, then they are thinned */
	int64		seen;			/* rows of the query */
	int64		stride;			/* of these, every stride-th is kept */
	Size		bytes;
	bool		cut;			/* the query had more rows */
	const char *mark;			/* column that is not true, or NULL */
} SampleReader;

/* How large a relation is, children included. */
typedef struct RelationSize
{
	double		rows;
	double		blocks;
} RelationSize;

/* ---- what may be read ---- */

static bool
may_read_schema(Relation rel)
{
	return pg_namespace_aclcheck(RelationGetNamespace(rel), GetUserId(),
								 ACL_USAGE) == ACLCHECK_OK;
}

static bool
may_read_column(Relation rel, AttrNumber attnum)
{
	Oid			relid = RelationGetRelid(rel);

	return pg_class_aclcheck(relid, GetUserId(), ACL_SELECT) == ACLCHECK_OK ||
		pg_attribute_aclcheck(relid, attnum, GetUserId(), ACL_SELECT) == ACLCHECK_OK;
}

static bool
has_rows(Relation rel)
{
	switch (rel->rd_rel->relkind)
	{
		case RELKIND_RELATION:
		case RELKIND_PARTITIONED_TABLE:
		case RELKIND_VIEW:
		case RELKIND_FOREIGN_TABLE:
			return true;
		case RELKIND_MATVIEW:
			return RelationIsPopulated(rel);
		default:
			return false;
	}
}

static void
add_column(SampleReader *reader, Form_pg_attribute att)
{
	SampleColumn *column = &reader->columns[reader->ncolumns++];

	column->column = att->attnum - 1;
	column->length = att->attlen;
	column->by_value = att->attbyval;
	column->is_text = value_kind(getBaseType(att->atttypid)) == VALUE_TEXT;
}

static void
find_columns(SampleReader *reader, Relation rel)
{
	TupleDesc	desc = RelationGetDescr(rel);

	reader->columns = palloc(sizeof(SampleColumn) * Max(desc->natts, 1));
	if (!has_rows(rel) || !may_read_schema(rel))
		return;
	for (int i = 0; i < desc->natts; i++)
		if (!TupleDescAttr(desc, i)->attisdropped && may_read_column(rel, i + 1))
			add_column(reader, TupleDescAttr(desc, i));
}

/* ---- how large it is ---- */

static void
measure_part(Relation rel, RelationSize *size)
{
	BlockNumber blocks = 0;
	double		rows = 0;
	double		visible;

	if (!RELKIND_HAS_STORAGE(rel->rd_rel->relkind) || RELATION_IS_OTHER_TEMP(rel))
		return;
	if (RelationGetNumberOfBlocks(rel) > 0)
		estimate_rel_size(rel, NULL, &blocks, &rows, &visible);
	size->rows += rows;
	size->blocks += blocks;
}

static RelationSize
measure(Relation rel)
{
	RelationSize size = {0, 0};
	ListCell   *lc;

	foreach(lc, find_all_inheritors(RelationGetRelid(rel), AccessShareLock, NULL))
	{
		Relation	part = table_open(lfirst_oid(lc), NoLock);

		CHECK_FOR_INTERRUPTS();
		measure_part(part, &size);
		table_close(part, NoLock);
	}
	return size;
}

double
sample_relation_rows(Relation rel)
{
	return measure(rel).rows;
}

static bool
has_blocks(Relation rel)
{
	return rel->rd_rel->relkind != RELKIND_VIEW &&
		rel->rd_rel->relkind != RELKIND_FOREIGN_TABLE;
}

/* The per cent of the blocks that may be read. */
static double
most_percent(const RelationSize *size)
{
	return size->blocks > MOST_BLOCKS ? 100.0 * MOST_BLOCKS / size->blocks : 100;
}

static double
first_percent(const RelationSize *size, int wanted)
{
	double		rows = (double) wanted * READ_TIMES;

	if (size->rows <= rows)
		return most_percent(size);
	return Min(100.0 * rows / size->rows, most_percent(size));
}

/* More blocks, after too few rows were in those that were read. */
static double
next_percent(const SampleReader *reader, double percent, double most)
{
	if (reader->seen == 0)
		return most;
	return Min(percent * READ_TIMES * reader->wanted / reader->seen, most);
}

/* ---- the query ---- */

/* One that the relation has, and that may be read. */
static const char *
find_mark(const SampleReader *reader, Relation rel, const char *mark)
{
	for (int i = 0; mark != NULL && i < reader->ncolumns; i++)
	{
		Form_pg_attribute att = TupleDescAttr(RelationGetDescr(rel), reader->columns[i].column);

		if (strcmp(NameStr(att->attname), mark) == 0 && getBaseType(att->atttypid) == BOOLOID)
			return mark;
	}
	return NULL;
}

/* A percent of 0: what has no blocks. */
static char *
make_query(const SampleReader *reader, Relation rel, double percent)
{
	TupleDesc	desc = RelationGetDescr(rel);
	StringInfoData query;

	initStringInfo(&query);
	appendStringInfoString(&query, "SELECT ");
	for (int i = 0; i < reader->ncolumns; i++)
		appendStringInfo(&query, "%st.%s", i > 0 ? ", " : "",
						 quote_identifier(NameStr(TupleDescAttr(desc, reader->columns[i].column)->attname)));
	appendStringInfo(&query, " FROM %s AS t",
					 relation_sql_name(RelationGetRelid(rel)));
	if (percent > 0)
		appendStringInfo(&query, " TABLESAMPLE pg_catalog.\"system\" (%.6g) REPEATABLE (0)",
						 percent);
	if (reader->mark != NULL)
		appendStringInfo(&query, " WHERE t.%s IS NOT TRUE", quote_identifier(reader->mark));
	if (percent == 0)
		appendStringInfo(&query, " LIMIT " INT64_FORMAT,
						 (int64) reader->wanted * READ_TIMES);
	return query.data;
}

/* ---- values ---- */

/* Returns false for a value that is too long. */
static bool
copy_varlena(const SampleColumn *column, Datum value, Datum *out, Size *bytes)
{
	struct varlena *copy;
	struct varlena *start;

	if (toast_raw_datum_size(value) <= MOST_VALUE + VARHDRSZ)
		copy = PG_DETOAST_DATUM_COPY(value);
	else if (!column->is_text)
		return false;
	else
	{
		start = PG_DETOAST_DATUM_SLICE(value, 0, MOST_VALUE);
		copy = (struct varlena *)
			cstring_to_text_with_len(VARDATA_ANY(start),
									 pg_mbcliplen(VARDATA_ANY(start),
												  VARSIZE_ANY_EXHDR(start), MOST_VALUE));
		pfree(start);
	}
	*bytes += VARSIZE(copy) + VALUE_OVERHEAD;
	*out = PointerGetDatum(copy);
	return true;
}

static bool
copy_value(const SampleColumn *column, Datum value, Datum *out, Size *bytes)
{
	if (column->length == -1)
		return copy_varlena(column, value, out, bytes);
	*out = datumCopy(value, column->by_value, column->length);
	if (!column->by_value)
		*bytes += datumGetSize(value, false, column->length) + VALUE_OVERHEAD;
	return true;
}

static void
make_room(SampleReader *reader)
{
	Sample	   *sample = reader->sample;

	if (sample->nrows < reader->capacity)
		return;
	reader->capacity = Max(reader->capacity * 2, 256);
	for (int i = 0; i < reader->ncolumns; i++)
	{
		int			c = reader->columns[i].column;

		sample->values[c] = repalloc_huge(sample->values[c],
										  sizeof(Datum) * reader->capacity);
		sample->nulls[c] = repalloc_huge(sample->nulls[c],
										 sizeof(bool) * reader->capacity);
	}
}

static void
keep_row(SampleReader *reader, HeapTuple tuple, TupleDesc desc)
{
	Sample	   *sample = reader->sample;
	Datum	   *values = palloc(sizeof(Datum) * desc->natts);
	bool	   *nulls = palloc(sizeof(bool) * desc->natts);
	MemoryContext old;

	heap_deform_tuple(tuple, desc, values, nulls);
	old = MemoryContextSwitchTo(reader->memory);
	make_room(reader);
	for (int i = 0; i < reader->ncolumns; i++)
	{
		const SampleColumn *column = &reader->columns[i];
		Datum	   *out = &sample->values[column->column][sample->nrows];
		bool	   *isnull = &sample->nulls[column->column][sample->nrows];

		*out = (Datum) 0;
		*isnull = nulls[i] || !copy_value(column, values[i], out, &reader->bytes);
		reader->bytes += sizeof(Datum) + sizeof(bool);
	}
	sample->nrows++;
	MemoryContextSwitchTo(old);
	pfree(values);
	pfree(nulls);
}

/* ---- thinning ---- */

static void
move_value(SampleReader *reader, const SampleColumn *column, int from, int to)
{
	Datum	   *values = reader->sample->values[column->column];
	bool	   *nulls = reader->sample->nulls[column->column];

	values[to] = values[from];
	nulls[to] = nulls[from];
	if (from != to)
		nulls[from] = true;
}

static void
drop_value(SampleReader *reader, const SampleColumn *column, int row)
{
	if (reader->sample->nulls[column->column][row])
		return;
	if (column->length == -1)
		reader->bytes -= VARSIZE(DatumGetPointer(reader->sample->values[column->column][row])) +
			VALUE_OVERHEAD;
	else if (!column->by_value)
		reader->bytes -= datumGetSize(reader->sample->values[column->column][row],
									  false, column->length) + VALUE_OVERHEAD;
	if (!column->by_value)
		pfree(DatumGetPointer(reader->sample->values[column->column][row]));
	reader->sample->nulls[column->column][row] = true;
}

/* Leaves rows of them, in even steps, of which the first is kept. */
static void
thin(SampleReader *reader, int rows)
{
	Sample	   *sample = reader->sample;

	CHECK_FOR_INTERRUPTS();
	for (int i = 0; i < reader->ncolumns; i++)
	{
		const SampleColumn *column = &reader->columns[i];
		int			kept = 0;

		for (int row = 0; row < sample->nrows; row++)
		{
			if (kept < rows && row == (int64) kept * sample->nrows / rows)
				move_value(reader, column, row, kept++);
			else
				drop_value(reader, column, row);
		}
	}
	reader->bytes -= (sizeof(Datum) + sizeof(bool)) *
		(Size) (sample->nrows - rows) * reader->ncolumns;
	sample->nrows = rows;
}

static void
take_row(SampleReader *reader, HeapTuple tuple, TupleDesc desc)
{
	if (reader->seen++ % reader->stride != 0)
		return;
	keep_row(reader, tuple, desc);
	if (reader->sample->nrows < reader->most && reader->bytes < MOST_BYTES)
		return;
	if (reader->sample->nrows % 2 == 0)
	{
		thin(reader, reader->sample->nrows / 2);
		reader->stride *= 2;
	}
}

/* ---- reading ---- */

static void
run_query(SampleReader *reader, const char *query)
{
	SPIPlanPtr	plan = SPI_prepare_cursor(query, 0, NULL, CURSOR_OPT_NO_SCROLL);
	Portal		portal;

	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
	portal = SPI_cursor_open(NULL, plan, NULL, NULL, true);
	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		SPI_cursor_fetch(portal, true, FETCH_ROWS);
		for (uint64 i = 0; i < SPI_processed; i++)
			take_row(reader, SPI_tuptable->vals[i], SPI_tuptable->tupdesc);
		SPI_freetuptable(SPI_tuptable);
		if (SPI_processed < FETCH_ROWS)
			break;
		if (reader->seen >= (int64) reader->wanted * READ_TIMES * MOST_READ)
		{
			reader->cut = true;
			break;
		}
	}
	SPI_cursor_close(portal);
	SPI_freeplan(plan);
}

static void
start_over(SampleReader *reader)
{
	if (reader->sample->nrows > 0)
		thin(reader, 0);
	reader->seen = 0;
	reader->stride = 1;
	reader->bytes = 0;
}

/* Rows of blocks.  How many there are in them is known only afterwards. */
static void
read_blocks(SampleReader *reader, Relation rel)
{
	RelationSize size = measure(rel);
	double		most = most_percent(&size);
	double		percent = first_percent(&size, reader->wanted);

	for (int attempt = 1;; attempt++)
	{
		run_query(reader, make_query(reader, rel, percent));
		if (reader->seen >= reader->wanted || percent >= most || attempt == ATTEMPTS)
			break;
		percent = next_percent(reader, percent, most);
		start_over(reader);
	}
	reader->sample->relation_rows = reader->seen > 0 && !reader->cut ?
		reader->seen * 100 / percent : Max(size.rows, (double) reader->seen);
	reader->sample->complete = percent >= 100;
}

/* The first rows; how many more there are is known only where ANALYZE was. */
static void
read_first(SampleReader *reader, Relation rel)
{
	run_query(reader, make_query(reader, rel, 0));
	reader->sample->complete = reader->seen < (int64) reader->wanted * READ_TIMES;
	reader->sample->relation_rows = reader->sample->complete ? (double) reader->seen :
		Max((double) reader->seen, rel->rd_rel->reltuples);
}

static void
read_rows(SampleReader *reader, Relation rel)
{
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (has_blocks(rel))
		read_blocks(reader, rel);
	else
		read_first(reader, rel);
	SPI_finish();
}

static Sample *
make_sample(int ncolumns)
{
	Sample	   *sample = palloc0(sizeof(Sample));

	sample->ncolumns = ncolumns;
	sample->values = palloc0(sizeof(Datum *) * Max(ncolumns, 1));
	sample->nulls = palloc0(sizeof(bool *) * Max(ncolumns, 1));
	return sample;
}

Sample *
sample_read(Relation rel, int rows)
{
	return sample_read_unmarked(rel, rows, NULL);
}

Sample *
sample_read_unmarked(Relation rel, int rows, const char *mark)
{
	SampleReader reader = {.memory = CurrentMemoryContext};
	Sample	   *sample = make_sample(RelationGetDescr(rel)->natts);

	reader.sample = sample;
	reader.wanted = Max(rows, 1);
	reader.most = reader.wanted > INT_MAX / 2 ? INT_MAX : reader.wanted * 2;
	reader.stride = 1;
	find_columns(&reader, rel);
	reader.mark = find_mark(&reader, rel, mark);
	for (int i = 0; i < reader.ncolumns; i++)
	{
		sample->values[reader.columns[i].column] = palloc(sizeof(Datum));
		sample->nulls[reader.columns[i].column] = palloc(sizeof(bool));
	}
	if (reader.ncolumns > 0)
		read_rows(&reader, rel);
	sample->complete = sample->complete && !reader.cut && reader.stride == 1 && sample->nrows <= rows;
	if (sample->nrows > rows)
		thin(&reader, rows);
	return sample;
}
