/*-------------------------------------------------------------------------
 *
 * parquet_thrift.c
 *		Apache Thrift's compact protocol.
 *
 * A struct is a run of fields, each with a byte of type and distance to the
 * field before, ended by a zero byte.  Integers are zigzag varints.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "file/parquet_thrift.h"
#include "miscadmin.h"

/* Structs and lists within each other, in what is read. */
#define MAX_NESTING 32

/* ---- writing ---- */

static void
put_varint(StringInfo out, uint64 value)
{
	while (value >= 0x80)
	{
		appendStringInfoCharMacro(out, (char) (value | 0x80));
		value >>= 7;
	}
	appendStringInfoCharMacro(out, (char) value);
}

static void
put_zigzag(StringInfo out, int64 value)
{
	put_varint(out, (uint64) value << 1 ^ (uint64) (value >> 63));
}

static void
put_field(ThriftWriter *writer, int field, ThriftType type)
{
	int			distance = field - writer->last[writer->depth];

	Assert(distance >= 1 && distance <= 15);
	appendStringInfoCharMacro(writer->out, (char) (distance << 4 | type));
	writer->last[writer->depth] = field;
}

void
thrift_start(ThriftWriter *writer, StringInfo out)
{
	memset(writer, 0, sizeof(ThriftWriter));
	writer->out = out;
}

void
thrift_int(ThriftWriter *writer, int field, ThriftType type, int64 value)
{
	put_field(writer, field, type);
	if (type == THRIFT_BYTE)
		appendStringInfoCharMacro(writer->out, (char) value);
	else
		put_zigzag(writer->out, value);
}

void
thrift_bool(ThriftWriter *writer, int field, bool value)
{
	put_field(writer, field, value ? THRIFT_TRUE : THRIFT_FALSE);
}

void
thrift_bytes(ThriftWriter *writer, int field, const char *bytes, size_t length)
{
	put_field(writer, field, THRIFT_BINARY);
	thrift_item_bytes(writer, bytes, length);
}

void
thrift_text(ThriftWriter *writer, int field, const char *text)
{
	thrift_bytes(writer, field, text, strlen(text));
}

void
thrift_struct(ThriftWriter *writer, int field)
{
	put_field(writer, field, THRIFT_STRUCT);
	thrift_item_struct(writer);
}

void
thrift_list(ThriftWriter *writer, int field, ThriftType type, uint32 count)
{
	put_field(writer, field, THRIFT_LIST);
	if (count < 15)
		appendStringInfoCharMacro(writer->out, (char) (count << 4 | type));
	else
	{
		appendStringInfoCharMacro(writer->out, (char) (0xF0 | type));
		put_varint(writer->out, count);
	}
}

void
thrift_end(ThriftWriter *writer)
{
	appendStringInfoCharMacro(writer->out, THRIFT_STOP);
	if (writer->depth > 0)
		writer->depth--;
}

void
thrift_item_int(ThriftWriter *writer, int64 value)
{
	put_zigzag(writer->out, value);
}

void
thrift_item_bytes(ThriftWriter *writer, const char *bytes, size_t length)
{
	put_varint(writer->out, length);
	appendBinaryStringInfo(writer->out, bytes, length);
}

void
thrift_item_struct(ThriftWriter *writer)
{
	writer->depth++;
	Assert(writer->depth < THRIFT_MAX_DEPTH);
	writer->last[writer->depth] = 0;
}

/* ---- reading ---- */

void
thrift_open(ThriftReader *reader, const void *bytes, size_t length, const ParquetPlace *place)
{
	memset(reader, 0, sizeof(ThriftReader));
	reader->start = reader->at = bytes;
	reader->end = reader->start + length;
	reader->place = *place;
}

void
thrift_fault(ThriftReader *reader, const char *problem)
{
	ParquetPlace place = reader->place;

	place.offset += reader->at - reader->start;
	parquet_damaged(&place, "%s", problem);
}

static void
ran_short(ThriftReader *reader)
{
	if (!reader->short_ok)
		thrift_fault(reader, "the metadata ends early");
	reader->is_short = true;
	reader->at = reader->end;
}

static uint8
get_byte(ThriftReader *reader)
{
	if (reader->at < reader->end)
		return *reader->at++;
	ran_short(reader);
	return 0;
}

static uint64
get_varint(ThriftReader *reader)
{
	uint64		value = 0;

	for (int shift = 0; shift < 70; shift += 7)
	{
		uint8		byte = get_byte(reader);

		value |= shift < 64 ? (uint64) (byte & 0x7F) << shift : 0;
		if ((byte & 0x80) == 0)
			return value;
	}
	thrift_fault(reader, "a number of the metadata has too many bytes");
}

static int64
get_zigzag(ThriftReader *reader)
{
	uint64		value = get_varint(reader);

	return (int64) (value >> 1 ^ (~(value & 1) + 1));
}

bool
thrift_next(ThriftReader *reader, ThriftField *field)
{
	uint8		head = get_byte(reader);

	if (reader->is_short)
		return false;
	if (head == THRIFT_STOP)
	{
		reader->depth--;
		return false;
	}
	field->type = head & 0x0F;
	if (field->type == THRIFT_STOP || field->type > THRIFT_STRUCT)
		thrift_fault(reader, "a field of the metadata has an unknown type");
	if (head >> 4 != 0)
		field->number += head >> 4;
	else
		field->number = (int16) get_zigzag(reader);
	return !reader->is_short;
}

static void
need_type(ThriftReader *reader, const ThriftField *field, ThriftType type)
{
	if (field->type != type)
		thrift_fault(reader, "a field of the metadata has another type than the format says");
}

int64
thrift_get_int(ThriftReader *reader, const ThriftField *field)
{
	if (field->type == THRIFT_BYTE)
		return (int8) get_byte(reader);
	if (field->type < THRIFT_I16 || field->type > THRIFT_I64)
		need_type(reader, field, THRIFT_I64);
	return get_zigzag(reader);
}

int32
thrift_get_int32(ThriftReader *reader, const ThriftField *field)
{
	int64		value = thrift_get_int(reader, field);

	if (value < PG_INT32_MIN || value > PG_INT32_MAX)
		thrift_fault(reader, "a number of the metadata is out of range");
	return (int32) value;
}

bool
thrift_get_bool(ThriftReader *reader, const ThriftField *field)
{
	if (field->type != THRIFT_FALSE)
		need_type(reader, field, THRIFT_TRUE);
	return field->type == THRIFT_TRUE;
}

const char *
thrift_get_bytes(ThriftReader *reader, const ThriftField *field, uint32 *length)
{
	uint64		count;
	const uint8 *bytes;

	need_type(reader, field, THRIFT_BINARY);
	count = get_varint(reader);
	if (count > reader->end - reader->at)
	{
		ran_short(reader);
		count = 0;
	}
	bytes = reader->at;
	reader->at += count;
	*length = count;
	return (const char *) bytes;
}

static void
deeper(ThriftReader *reader)
{
	if (++reader->depth > MAX_NESTING)
		thrift_fault(reader, "the metadata is nested too deeply");
}

void
thrift_enter(ThriftReader *reader, const ThriftField *field)
{
	need_type(reader, field, THRIFT_STRUCT);
	deeper(reader);
}

/* Every element has a byte at least, so that a count cannot lie by much. */
static uint32
get_list(ThriftReader *reader, ThriftType *items)
{
	uint8		head = get_byte(reader);
	uint64		count = head >> 4;

	*items = head & 0x0F;
	if (count == 15)
		count = get_varint(reader);
	if (count > 0 && (*items == THRIFT_STOP || *items > THRIFT_STRUCT))
		thrift_fault(reader, "a list of the metadata has an unknown type");
	if (count > reader->end - reader->at)
	{
		ran_short(reader);
		return 0;
	}
	return count;
}

uint32
thrift_enter_list(ThriftReader *reader, const ThriftField *field, ThriftType *items)
{
	if (field->type != THRIFT_SET)
		need_type(reader, field, THRIFT_LIST);
	return get_list(reader, items);
}

static void
skip_list(ThriftReader *reader)
{
	ThriftField item = {.number = 0};
	uint32		count = get_list(reader, &item.type);

	/* Booleans have a byte each here, and none as fields. */
	if (item.type == THRIFT_TRUE || item.type == THRIFT_FALSE)
		item.type = THRIFT_BYTE;
	deeper(reader);
	for (uint32 i = 0; i < count && !reader->is_short; i++)
		thrift_skip(reader, &item);
	reader->depth--;
}

static void
skip_map(ThriftReader *reader)
{
	ThriftField key = {.number = 0};
	ThriftField value = {.number = 0};
	uint64		count = get_varint(reader);
	uint8		types;

	if (count == 0)
		return;
	types = get_byte(reader);
	key.type = types >> 4;
	value.type = types & 0x0F;
	if (key.type == THRIFT_TRUE || key.type == THRIFT_FALSE)
		key.type = THRIFT_BYTE;
	if (value.type == THRIFT_TRUE || value.type == THRIFT_FALSE)
		value.type = THRIFT_BYTE;
	deeper(reader);
	for (uint64 i = 0; i < count && !reader->is_short; i++)
	{
		CHECK_FOR_INTERRUPTS();
		thrift_skip(reader, &key);
		thrift_skip(reader, &value);
	}
	reader->depth--;
}

void
thrift_skip(ThriftReader *reader, const ThriftField *field)
{
	ThriftField inner = {.number = 0};
	uint32		length;

	switch (field->type)
	{
		case THRIFT_TRUE:
		case THRIFT_FALSE:
			break;
		case THRIFT_BYTE:
			(void) get_byte(reader);
			break;
		case THRIFT_I16:
		case THRIFT_I32:
		case THRIFT_I64:
			(void) get_varint(reader);
			break;
		case THRIFT_DOUBLE:
			for (int i = 0; i < 8; i++)
				(void) get_byte(reader);
			break;
		case THRIFT_BINARY:
			(void) thrift_get_bytes(reader, field, &length);
			break;
		case THRIFT_LIST:
		case THRIFT_SET:
			skip_list(reader);
			break;
		case THRIFT_MAP:
			skip_map(reader);
			break;
		case THRIFT_STRUCT:
			deeper(reader);
			while (thrift_next(reader, &inner))
				thrift_skip(reader, &inner);
			break;
		default:
			thrift_fault(reader, "a field of the metadata has an unknown type");
	}
}
