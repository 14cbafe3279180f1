/*-------------------------------------------------------------------------
 *
 * fuzz_parquet.c
 *		Parquet files of several writers, damaged: the reader reads them or
 *		says what is wrong, and never reads beyond what it was given.
 *
 * sources: src/file/parquet_read.c src/file/parquet_tree.c src/file/parquet_assemble.c
 * sources: src/file/parquet_value_read.c src/file/parquet_chunk.c src/file/parquet_values.c
 * sources: src/file/parquet_decode.c src/file/parquet_meta_read.c src/file/parquet_thrift.c
 * sources: src/file/parquet_error.c src/file/parquet_codec.c src/file/snappy.c src/file/lz4.c
 * sources: src/file/gzip.c src/file/zstd.c src/file/report.c
 * libraries: -lsnappy -llz4 -lz -lzstd
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <dirent.h>

#include "file/file.h"
#include "file/parquet_thrift.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/bitmapset.h"
#include "shim.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/numeric.h"

#define MAX_SEEDS	100
#define MAX_BYTES	40000
#define MAX_ROWS	5000		/* that are read of a file */

static struct
{
	char		bytes[MAX_BYTES / 2];
	size_t		length;
}			seeds[MAX_SEEDS];
static int	nseeds;

static char input[MAX_BYTES];
static size_t input_length;
static char *content;			/* the input, in a piece of memory of its size */

/* What the values come to, so that every byte of them is looked at. */
static volatile uint64 sum;

/* ---- what the code under test takes from the server ---- */

ErrorContextCallback *error_context_stack = NULL;

void *
MemoryContextAllocHuge(MemoryContext context, Size size)
{
	return palloc(size);
}

void *
MemoryContextAllocExtended(MemoryContext context, Size size, int flags)
{
	return (flags & MCXT_ALLOC_ZERO) != 0 ? palloc0(size) : palloc(size);
}

void
MemoryContextReset(MemoryContext context)
{
}

int
errcontext_msg(const char *fmt,...)
{
	return 0;
}

int
set_errcontext_domain(const char *domain)
{
	return 0;
}

bool
bms_is_member(int x, const Bitmapset *set)
{
	return set == NULL;
}

bool
pg_verify_mbstr(int encoding, const char *text, int length, bool noError)
{
	return pg_encoding_verifymbstr(encoding, text, length) == length;
}

char *
pg_any_to_server(const char *text, int length, int encoding)
{
	for (int i = 0; i < length; i++)
		sum += text[i];
	return unconstify(char *, text);
}

text *
cstring_to_text_with_len(const char *bytes, int length)
{
	text	   *result = palloc(length + VARHDRSZ);

	SET_VARSIZE(result, length + VARHDRSZ);
	memcpy(VARDATA(result), bytes, length);
	return result;
}

Numeric
int64_to_numeric(int64 value)
{
	return (Numeric) psprintf(INT64_FORMAT, value);
}

Numeric
int64_div_fast_to_numeric(int64 value, int scale)
{
	return (Numeric) psprintf(INT64_FORMAT "e-%d", value, scale);
}

/* numeric_in() */
Datum
DirectFunctionCall3Coll(PGFunction function, Oid collation, Datum a, Datum b, Datum c)
{
	return CStringGetDatum(pstrdup(DatumGetCString(a)));
}

/* jsonb_in() */
Datum
DirectFunctionCall1Coll(PGFunction function, Oid collation, Datum a)
{
	sum += strlen(DatumGetCString(a));
	return a;
}

Datum
jsonb_in(PG_FUNCTION_ARGS)
{
	return (Datum) 0;
}

Datum
numeric_in(PG_FUNCTION_ARGS)
{
	return (Datum) 0;
}

Oid
get_array_type(Oid type)
{
	return type + 10000;
}

void
get_typlenbyvalalign(Oid type, int16 *length, bool *by_value, char *align)
{
	*length = 8;
	*by_value = true;
	*align = 'd';
}

ArrayType *
construct_empty_array(Oid type)
{
	return palloc0(sizeof(ArrayType));
}

ArrayType *
construct_md_array(Datum *values, bool *nulls, int ndims, int *dims, int *lower,
				   Oid type, int length, bool by_value, char align)
{
	for (int i = 0; i < dims[0]; i++)
		sum += nulls[i] ? 1 : values[i];
	return palloc0(sizeof(ArrayType));
}

char *
JsonEncodeDateTime(char *buffer, Datum value, Oid type, const int *zone)
{
	return strcpy(buffer, "2000-01-01");
}

void
getTypeOutputInfo(Oid type, Oid *function, bool *is_varlena)
{
	*function = type;
	*is_varlena = false;
}

char *
OidOutputFunctionCall(Oid function, Datum value)
{
	sum += value;
	return pstrdup("1");
}

void
escape_json(StringInfo out, const char *text)
{
	appendStringInfo(out, "\"%s\"", text);
}

JsonbValue *
pushJsonbValue(JsonbParseState **state, JsonbIteratorToken token, JsonbValue *value)
{
	return NULL;
}

/* ---- what it takes from src/file/ ---- */

int64
byte_source_size(ByteSource *source)
{
	return input_length;
}

void
byte_source_read_at(ByteSource *source, int64 offset, void *buffer, size_t length)
{
	if (offset < 0 || offset > input_length || length > input_length - offset)
		fuzz_finding("", "reads %zu bytes at " INT64_FORMAT " of %zu", length, offset, input_length);
	memcpy(buffer, content + offset, length);
}

const char *
byte_source_label(const ByteSource *source)
{
	return "content";
}

FileReader *
file_reader_new(size_t size, const FileReaderMethods *methods, ByteSource *bytes,
				const FileOptions *options)
{
	FileReader *reader = palloc0(size);

	reader->methods = methods;
	reader->bytes = bytes;
	reader->options = options;
	return reader;
}

void
file_reader_set_columns(FileReader *reader, char **names, int count)
{
	reader->ncolumns = count;
	reader->columns = palloc0(sizeof(FileColumn) * Max(count, 1));
	reader->cells = palloc0(sizeof(FileCell) * Max(count, 1));
	for (int i = 0; i < count; i++)
		reader->columns[i].name = names[i];
}

/* ---- seeds ---- */

void
fuzz_start(const char *folder)
{
	char		path[MAXPGPATH];
	DIR		   *list;
	struct dirent *entry;

	snprintf(path, sizeof(path), "%s/../fixtures/parquet", folder);
	list = opendir(path);
	while (list != NULL && (entry = readdir(list)) != NULL && nseeds < MAX_SEEDS)
	{
		FILE	   *file;
		size_t		length = strlen(entry->d_name);

		if (length < 8 || strcmp(entry->d_name + length - 8, ".parquet") != 0 ||
			strncmp(entry->d_name, "damaged", 7) == 0)
			continue;
		snprintf(path, sizeof(path), "%s/../fixtures/parquet/%s", folder, entry->d_name);
		file = fopen(path, "rb");
		if (file == NULL)
			continue;
		seeds[nseeds].length = fread(seeds[nseeds].bytes, 1, sizeof(seeds[0].bytes), file);
		fclose(file);
		nseeds++;
	}
	if (list != NULL)
		closedir(list);
	if (nseeds == 0)
		fuzz_finding(path, "there are no seeds");
}

/* ---- damage ---- */

/* Where the footer begins. */
static size_t
footer_start(void)
{
	uint32		length;

	if (input_length < 12)
		return 0;
	length = parquet_get_le32(input + input_length - 8);
	return length > input_length - 8 ? 0 : input_length - 8 - length;
}

/* Most faults of interest are in the footer, and in the heads of pages. */
static size_t
any_place(void)
{
	size_t		start = footer_start();

	if (fuzz_below(2) == 0)
		return start + fuzz_below(input_length - start);
	return fuzz_below(input_length);
}

/* Takes bytes away, or doubles some, and keeps the length of the footer right. */
static void
shift(void)
{
	size_t		start = footer_start();
	size_t		at = any_place();
	size_t		count = 1 + fuzz_below(16);
	bool		inside = start > 0 && at >= start && at + count <= input_length - 8;
	uint32		length = inside ? parquet_get_le32(input + input_length - 8) : 0;

	if (at + count > input_length)
		return;
	if (fuzz_below(2) == 0)
	{
		memmove(input + at, input + at + count, input_length - at - count);
		input_length -= count;
		length -= count;
	}
	else if (input_length + count <= MAX_BYTES)
	{
		memmove(input + at + count, input + at, input_length - at);
		input_length += count;
		length += count;
	}
	if (inside)
		parquet_put_le32(input + input_length - 8, length);
}

static void
damage(void)
{
	static const uint8 telling[] = {0x00, 0x01, 0x7F, 0x80, 0xFF, 0xFE, 0x10, 0x0F, 0x15, 0x19, 0x1C, 0x2C};

	for (int i = fuzz_below(8); i >= 0 && input_length > 12; i--)
	{
		size_t		at = any_place();

		switch (fuzz_below(8))
		{
			case 0:
				input[at] = fuzz_random();
				break;
			case 1:
				input[at] = telling[fuzz_below(lengthof(telling))];
				break;
			case 2:
				input[at] ^= 1 << fuzz_below(8);
				break;
			case 3:
				input[at] += fuzz_below(2) == 0 ? 1 : -1;
				break;
			case 4:
				shift();
				break;
			case 5:
				if (at + 8 <= input_length)
					memset(input + at, fuzz_below(2) == 0 ? 0xFF : 0, 1 + fuzz_below(8));
				break;
			case 6:
				if (at + 16 <= input_length)
					memmove(input + at, input + fuzz_below(input_length - 16), 1 + fuzz_below(16));
				break;
			default:
				if (fuzz_below(20) == 0)
					input_length = at;
				break;
		}
	}
}

/* ---- reading ---- */

static void
read_all(void *argument)
{
	FileReader *reader = parquet_reader.open(NULL, NULL);
	Bitmapset	none;

	if (fuzz_below(8) == 0)
		parquet_reader.project(reader, &none);
	for (int i = 0; i < MAX_ROWS && parquet_reader.next(reader); i++)
	{
		for (int column = 0; column < reader->ncolumns; column++)
		{
			if (reader->cells[column].kind == CELL_DATUM)
				sum += reader->cells[column].value;
		}
		if (i == 0)
			(void) parquet_reader.position(reader, reader->ncolumns - 1);
	}
	*(bool *) argument = true;
}

void
fuzz_round(void)
{
	int			seed = fuzz_below(nseeds);
	bool		sound = fuzz_below(50) == 0;
	bool		done = false;
	const char *problem;

	memcpy(input, seeds[seed].bytes, seeds[seed].length);
	input_length = seeds[seed].length;
	if (!sound)
		damage();
	content = memcpy(palloc(Max(input_length, 1)), input, input_length);
	problem = shim_catch(read_all, &done);
	if (problem == NULL && !done)
		fuzz_finding("", "refused without a word");
	if (sound && problem != NULL)
		fuzz_finding("", "refused: %s", problem);
}
