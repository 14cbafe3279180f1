/*-------------------------------------------------------------------------
 *
 * parquet_value_write.c
 *		Values of PostgreSQL as those of a Parquet file.
 *
 * Texts are UTF-8 there, dates and times count from 1970, and decimals are
 * integers.  What a file cannot hold is an error that names the row.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "common/int.h"
#include "file/parquet_node.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

/* PostgreSQL counts from 2000. */
#define EPOCH_DAYS	(POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE)

/* ---- errors ---- */

pg_noreturn static void
no_such_value(const ParquetRow *row, const char *what, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
			 errmsg("column \"%s\" of row " INT64_FORMAT ": a Parquet file cannot hold %s",
					row->column, row->number, what),
			 errhint("%s", hint)));
}

static const char *const infinity_hint =
"Write NULL in its place, with nullif(), or the text of the column, with a cast.";

/* ---- dates and times ---- */

static void
write_date(ParquetNode *node, DateADT date, const ParquetRow *row)
{
	if (DATE_NOT_FINITE(date))
		no_such_value(row, "an infinite date", infinity_hint);
	parquet_leaf_int32(node->leaf, date + EPOCH_DAYS);
}

static void
write_time(ParquetNode *node, TimeADT time, const ParquetRow *row)
{
	if (time >= USECS_PER_DAY)
		no_such_value(row, "the time 24:00:00", infinity_hint);
	parquet_leaf_int64(node->leaf, time);
}

static void
write_timestamp(ParquetNode *node, Timestamp timestamp, const ParquetRow *row)
{
	int64		since_1970;

	if (TIMESTAMP_NOT_FINITE(timestamp))
		no_such_value(row, "an infinite timestamp", infinity_hint);
	if (pg_add_s64_overflow(timestamp, EPOCH_DAYS * USECS_PER_DAY, &since_1970))
		no_such_value(row, "a timestamp so far in the future", infinity_hint);
	parquet_leaf_int64(node->leaf, since_1970);
}

/* ---- decimals ---- */

static uint128
power_of_10(int exponent)
{
	uint128		power = 1;

	while (exponent-- > 0)
		power *= 10;
	return power;
}

pg_noreturn static void
no_decimal(const ParquetNode *node, const ParquetRow *row, Datum value)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("column \"%s\" of row " INT64_FORMAT ": a Parquet file cannot hold %s as a decimal of %d digits, %d of them behind the point",
					row->column, row->number, DatumGetCString(DirectFunctionCall1(numeric_out, value)),
					node->precision, node->scale),
			 errhint("Write NULL in its place, with nullif(), or the text of the column, with a cast.")));
}

static inline int
sent_number(const char *at)
{
	return (uint8) at[0] << 8 | (uint8) at[1];
}

/*
 * The number times 10^scale, below the limit.  numeric_send() gives the count
 * of digits to the base of 10,000, the power of it that the first one counts,
 * a sign, a scale, and the digits, without zeros at the end.
 */
static bool
scaled_numeric(const char *sent, const ParquetNode *node, uint128 *scaled)
{
	int			ndigits = sent_number(sent);
	int			exponent = 4 * (int16) sent_number(sent + 2) + node->scale;
	int			sign = sent_number(sent + 4);
	uint128		value = 0;

	if (sign != 0 && sign != 0x4000)
		return false;			/* NaN, infinity */
	for (int i = 0; i < ndigits; i++, exponent -= 4)
	{
		uint32		digit = sent_number(sent + 8 + 2 * i);
		uint32		rest;

		if (exponent >= 0)
			value = value * 10000 + digit;
		else if (exponent > -4)
		{
			rest = (uint32) power_of_10(-exponent);
			if (digit % rest != 0)
				return false;
			value = value * (10000 / rest) + digit / rest;
		}
		else if (digit != 0)
			return false;
		if (value >= node->limit)
			return false;
	}
	for (exponent += 4; exponent > 0 && value > 0; exponent--)
	{
		value *= 10;
		if (value >= node->limit)
			return false;
	}
	*scaled = sign != 0 ? -value : value;
	return true;
}

static void
write_decimal(ParquetNode *node, Datum value, const ParquetRow *row)
{
	bytea	   *sent = DatumGetByteaPP(DirectFunctionCall1(numeric_send, value));
	uint128		scaled;

	if (node->limit == 0)
		node->limit = power_of_10(node->precision);
	if (!scaled_numeric(VARDATA_ANY(sent), node, &scaled))
		no_decimal(node, row, value);
	if (node->leaf->width == 4)
		parquet_leaf_int32(node->leaf, (int32) scaled);
	else if (node->leaf->width == 8)
		parquet_leaf_int64(node->leaf, (int64) scaled);
	else
	{
		uint64		words[2] = {pg_hton64((uint64) (scaled >> 64)), pg_hton64((uint64) scaled)};

		parquet_leaf_value(node->leaf, (const char *) words, sizeof(words));
	}
}

/* ---- texts ---- */

static void
write_text(ParquetNode *node, const char *text, size_t length)
{
	char	   *utf8 = pg_server_to_any(text, length, PG_UTF8);

	if (utf8 != text)
		length = strlen(utf8);
	parquet_leaf_value(node->leaf, utf8, length);
}

/* The labels of an enum that were seen, by their OIDs. */
typedef struct Label
{
	Oid			oid;
	uint32		length;
	char	   *utf8;
} Label;

struct ParquetLabels
{
	HTAB	   *table;
};

static void
write_label(ParquetNode *node, Datum value)
{
	Oid			oid = DatumGetObjectId(value);
	MemoryContext memory = GetMemoryChunkContext(node);
	Label	   *label;
	bool		found;

	if (node->labels == NULL)
	{
		HASHCTL		control = {.keysize = sizeof(Oid),.entrysize = sizeof(Label),.hcxt = memory};

		node->labels = MemoryContextAlloc(memory, sizeof(ParquetLabels));
		node->labels->table = hash_create("synthik enum labels", 64, &control,
										  HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	}
	label = hash_search(node->labels->table, &oid, HASH_ENTER, &found);
	if (!found)
	{
		char	   *text;

		label->length = 0;
		label->utf8 = "";
		text = OutputFunctionCall(&node->output, value);
		label->utf8 = MemoryContextStrdup(memory, pg_server_to_any(text, strlen(text), PG_UTF8));
		label->length = strlen(label->utf8);
	}
	parquet_leaf_value(node->leaf, label->utf8, label->length);
}

/* ---- any ---- */

static void
write_float(ParquetNode *node, Datum value)
{
	char		bytes[8];

	if (node->kind == WRITE_FLOAT4)
		parquet_put_float4(bytes, DatumGetFloat4(value));
	else
		parquet_put_float8(bytes, DatumGetFloat8(value));
	parquet_leaf_value(node->leaf, bytes, node->kind == WRITE_FLOAT4 ? 4 : 8);
}

static void
write_varlena(ParquetNode *node, Datum value)
{
	struct varlena *bytes = PG_DETOAST_DATUM_PACKED(value);

	if (node->kind == WRITE_TEXT)
		write_text(node, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
	else
		parquet_leaf_value(node->leaf, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
	if ((Pointer) bytes != DatumGetPointer(value))
		pfree(bytes);
}

static void
write_output(ParquetNode *node, Datum value)
{
	char	   *text = OutputFunctionCall(&node->output, value);

	write_text(node, text, strlen(text));
}

static void
write_boolean(ParquetNode *node, bool value)
{
	char		byte = value ? 1 : 0;

	parquet_leaf_value(node->leaf, &byte, 1);
}

void
parquet_write_value(ParquetNode *node, Datum value, const ParquetRow *row)
{
	switch (node->kind)
	{
		case WRITE_BOOLEAN:
			write_boolean(node, DatumGetBool(value));
			break;
		case WRITE_INT16:
			parquet_leaf_int32(node->leaf, DatumGetInt16(value));
			break;
		case WRITE_INT32:
		case WRITE_OID:
			parquet_leaf_int32(node->leaf, DatumGetInt32(value));
			break;
		case WRITE_INT64:
			parquet_leaf_int64(node->leaf, DatumGetInt64(value));
			break;
		case WRITE_FLOAT4:
		case WRITE_FLOAT8:
			write_float(node, value);
			break;
		case WRITE_DECIMAL:
			write_decimal(node, value, row);
			break;
		case WRITE_DATE:
			write_date(node, DatumGetDateADT(value), row);
			break;
		case WRITE_TIME:
			write_time(node, DatumGetTimeADT(value), row);
			break;
		case WRITE_TIMESTAMP:
			write_timestamp(node, DatumGetTimestamp(value), row);
			break;
		case WRITE_UUID:
			parquet_leaf_value(node->leaf, (const char *) DatumGetUUIDP(value)->data, UUID_LEN);
			break;
		case WRITE_BYTEA:
		case WRITE_TEXT:
			write_varlena(node, value);
			break;
		case WRITE_ENUM:
			write_label(node, value);
			break;
		case WRITE_OUTPUT:
			write_output(node, value);
			break;
		case WRITE_LIST:
		case WRITE_GROUP:
			Assert(false);
	}
}
