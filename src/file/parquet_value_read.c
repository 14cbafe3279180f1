/*-------------------------------------------------------------------------
 *
 * parquet_value_read.c
 *		Values of a Parquet file as those of PostgreSQL.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "common/int.h"
#include "file/parquet_tree.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#define EPOCH_DAYS	(POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE)

pg_noreturn static void
out_of_range(const ParquetTree *leaf, const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
			 errmsg("%s of column \"%s\" is out of range", what, leaf->name),
			 parquet_errcontext(&leaf->cursor->place)));
}

/* ---- dates and times ---- */

static Datum
read_date(const ParquetTree *leaf, int32 days)
{
	int32		date;

	if (pg_sub_s32_overflow(days, EPOCH_DAYS, &date) || !IS_VALID_DATE(date))
		out_of_range(leaf, "a date");
	return DateADTGetDatum(date);
}

/* In microseconds; finer ones are cut off, downwards. */
static int64
to_micros(const ParquetTree *leaf, int64 value, const char *what)
{
	int64		micros;

	if (leaf->factor < 0)
		return value / 1000 - (value % 1000 < 0);
	if (pg_mul_s64_overflow(value, leaf->factor, &micros))
		out_of_range(leaf, what);
	return micros;
}

static Datum
read_time(const ParquetTree *leaf, int64 value)
{
	int64		micros = to_micros(leaf, value, "a time");

	if (micros < 0 || micros > USECS_PER_DAY)
		out_of_range(leaf, "a time");
	return TimeADTGetDatum(micros);
}

static Datum
checked_timestamp(const ParquetTree *leaf, int64 micros)
{
	if (!IS_VALID_TIMESTAMP(micros))
		out_of_range(leaf, "a timestamp");
	return TimestampGetDatum(micros);
}

static Datum
read_timestamp(const ParquetTree *leaf, int64 value)
{
	int64		micros = to_micros(leaf, value, "a timestamp");

	if (pg_sub_s64_overflow(micros, EPOCH_DAYS * USECS_PER_DAY, &micros))
		out_of_range(leaf, "a timestamp");
	return checked_timestamp(leaf, micros);
}

/* Nanoseconds of a day, and the number of that day. */
static Datum
read_int96(const ParquetTree *leaf, const char *bytes)
{
	int64		nanos = (int64) parquet_get_le64(bytes);
	int64		days = (int64) (int32) parquet_get_le32(bytes + 8) - POSTGRES_EPOCH_JDATE;
	int64		micros;

	if (pg_mul_s64_overflow(days, USECS_PER_DAY, &micros) ||
		pg_add_s64_overflow(micros, nanos / 1000 - (nanos % 1000 < 0), &micros))
		out_of_range(leaf, "a timestamp");
	return checked_timestamp(leaf, micros);
}

static Datum
read_interval(const ParquetTree *leaf, const char *bytes)
{
	Interval   *interval = palloc0(sizeof(Interval));
	uint32		months = parquet_get_le32(bytes);
	uint32		days = parquet_get_le32(bytes + 4);

	if (months >= PG_INT32_MAX || days >= PG_INT32_MAX)
		out_of_range(leaf, "an interval");
	interval->month = months;
	interval->day = days;
	interval->time = (int64) parquet_get_le32(bytes + 8) * 1000;
	return IntervalPGetDatum(interval);
}

/* ---- numbers ---- */

static Datum
numeric_of_text(const char *text)
{
	return DirectFunctionCall3(numeric_in, CStringGetDatum(text), ObjectIdGetDatum(InvalidOid),
							   Int32GetDatum(-1));
}

static Datum
read_uint64(uint64 value)
{
	char		text[32];

	if (value <= PG_INT64_MAX)
		return NumericGetDatum(int64_to_numeric((int64) value));
	snprintf(text, sizeof(text), UINT64_FORMAT, value);
	return numeric_of_text(text);
}

/* More bytes than a number of NUMERIC_MAX_PRECISION digits has. */
#define MAX_DECIMAL_BYTES	416

/*
 * The decimal digits of a big-endian number in two's complement: its bytes
 * are divided by ten over and over, and the rests are the digits from behind.
 */
static Datum
read_decimal(const ParquetTree *leaf, const char *bytes, uint32 length)
{
	uint8		number[MAX_DECIMAL_BYTES];
	char		text[MAX_DECIMAL_BYTES * 3 + 8];
	int			at = sizeof(text);
	int			first = 0;
	int			digits = 0;
	bool		negative = length > 0 && (bytes[0] & 0x80) != 0;
	uint32		carry = negative ? 1 : 0;

	if (length > MAX_DECIMAL_BYTES)
		parquet_damaged(&leaf->cursor->place, "a decimal of %u bytes", length);
	for (int i = (int) length - 1; i >= 0; i--)
	{
		carry += negative ? (uint8) ~bytes[i] : (uint8) bytes[i];
		number[i] = (uint8) carry;
		carry >>= 8;
	}
	text[--at] = '\0';
	while (first < (int) length || digits <= leaf->element->scale)
	{
		uint32		rest = 0;

		for (int i = first; i < (int) length; i++)
		{
			rest = rest << 8 | number[i];
			number[i] = rest / 10;
			rest %= 10;
		}
		while (first < (int) length && number[first] == 0)
			first++;
		if (digits == leaf->element->scale && digits > 0)
			text[--at] = '.';
		if (at <= 2)
			parquet_damaged(&leaf->cursor->place, "a decimal has too many digits");
		text[--at] = '0' + rest;
		digits++;
	}
	if (negative)
		text[--at] = '-';
	return numeric_of_text(text + at);
}

/* IEEE 754 with half the precision */
static Datum
read_half(const char *bytes)
{
	uint32		half = (uint8) bytes[0] | (uint32) (uint8) bytes[1] << 8;
	int			exponent = half >> 10 & 0x1F;
	double		fraction = half & 0x3FF;
	double		value;

	if (exponent == 31)
		value = fraction == 0 ? INFINITY : NAN;
	else if (exponent == 0)
		value = ldexp(fraction, -24);
	else
		value = ldexp(fraction + 1024, exponent - 25);
	return Float4GetDatum((float4) (half & 0x8000 ? -value : value));
}

/* ---- bytes ---- */

/* The context of errors that the server finds. */
static void
say_place(void *argument)
{
	parquet_errcontext(argument);
}

static char *
to_server(const ParquetTree *leaf, const char *bytes, size_t length)
{
	ErrorContextCallback callback = {error_context_stack, say_place, &leaf->cursor->place};
	char	   *text;

	error_context_stack = &callback;
	text = pg_any_to_server(bytes, length, PG_UTF8);
	error_context_stack = callback.previous;
	return text;
}

/* Text in the database's encoding, with its length. */
static const char *
server_text(const ParquetTree *leaf, const ParquetValue *value, size_t *length)
{
	const char *bytes = value->bytes.data;
	char	   *text;

	*length = value->bytes.length;
	if (*length == 0)
		return "";
	if (!pg_verify_mbstr(PG_UTF8, bytes, *length, true))
	{
		if (memchr(bytes, '\0', *length) != NULL)
			parquet_unsupported(&leaf->cursor->place, "a text has a NUL byte, for which PostgreSQL's text has no place");
		parquet_damaged(&leaf->cursor->place, "a text is not valid UTF-8");
	}
	if (GetDatabaseEncoding() == PG_UTF8)
		return bytes;
	text = to_server(leaf, bytes, *length);
	if (text != bytes)
		*length = strlen(text);
	return text;
}

static Datum
read_json(const ParquetTree *leaf, const ParquetValue *value)
{
	size_t		length;
	const char *text = server_text(leaf, value, &length);
	ErrorContextCallback callback = {error_context_stack, say_place, &leaf->cursor->place};
	Datum		json;

	error_context_stack = &callback;
	json = DirectFunctionCall1(jsonb_in, CStringGetDatum(pnstrdup(text, length)));
	error_context_stack = callback.previous;
	return json;
}

static Datum
read_text(const ParquetTree *leaf, const ParquetValue *value)
{
	size_t		length;
	const char *text = server_text(leaf, value, &length);

	return PointerGetDatum(cstring_to_text_with_len(text, length));
}

static Datum
read_uuid(const ParquetValue *value)
{
	pg_uuid_t  *uuid = palloc(sizeof(pg_uuid_t));

	memcpy(uuid->data, value->bytes.data, UUID_LEN);
	return UUIDPGetDatum(uuid);
}

/* ---- any ---- */

Datum
parquet_read_value(const ParquetTree *leaf, const ParquetValue *value)
{
	switch (leaf->read)
	{
		case READ_BOOLEAN:
			return BoolGetDatum(value->boolean);
		case READ_INT16:
			return Int16GetDatum((int16) value->int32);
		case READ_INT32:
			return Int32GetDatum(value->int32);
		case READ_UINT32:
			return Int64GetDatum((int64) (uint32) value->int32);
		case READ_INT64:
			return Int64GetDatum(value->int64);
		case READ_UINT64:
			return read_uint64((uint64) value->int64);
		case READ_FLOAT:
			return Float4GetDatum(value->single);
		case READ_DOUBLE:
			return Float8GetDatum(value->number);
		case READ_HALF:
			return read_half(value->bytes.data);
		case READ_DECIMAL_INT32:
			return NumericGetDatum(int64_div_fast_to_numeric(value->int32, leaf->element->scale));
		case READ_DECIMAL_INT64:
			return NumericGetDatum(int64_div_fast_to_numeric(value->int64, leaf->element->scale));
		case READ_DECIMAL_BYTES:
			return read_decimal(leaf, value->bytes.data, value->bytes.length);
		case READ_DATE:
			return read_date(leaf, value->int32);
		case READ_TIME:
			return read_time(leaf, leaf->element->type == PARQUET_INT32 ? value->int32 : value->int64);
		case READ_TIMESTAMP:
			return read_timestamp(leaf, value->int64);
		case READ_INT96:
			return read_int96(leaf, value->bytes.data);
		case READ_INTERVAL:
			return read_interval(leaf, value->bytes.data);
		case READ_UUID:
			return read_uuid(value);
		case READ_TEXT:
			return read_text(leaf, value);
		case READ_JSON:
			return read_json(leaf, value);
		case READ_BYTES:
			return PointerGetDatum(cstring_to_text_with_len(value->bytes.data, value->bytes.length));
		case READ_NOTHING:
			parquet_damaged(&leaf->cursor->place, "a column of NULLs has a value");
	}
	pg_unreachable();
}
