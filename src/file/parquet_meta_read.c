/*-------------------------------------------------------------------------
 *
 * parquet_meta_read.c
 *		Parquet's metadata from bytes.
 *
 * Numbers of fields are those of parquet.thrift; what is not used here is
 * skipped.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "file/parquet_meta.h"
#include "miscadmin.h"
#include "utils/memutils.h"

/* More than this is no page of anybody's. */
#define MAX_PAGE_BYTES	((int32) MaxAllocSize - 1024)

/* ---- helpers ---- */

static char *
get_text(ThriftReader *reader, const ThriftField *field)
{
	uint32		length;
	const char *bytes = thrift_get_bytes(reader, field, &length);
	char	   *text;

	if (memchr(bytes, '\0', length) != NULL)
		thrift_fault(reader, "a name has a zero byte");
	text = palloc((Size) length + 1);
	memcpy(text, bytes, length);
	text[length] = '\0';
	return text;
}

/* A list of structs; returns how many, of which each is read by thrift_next(). */
static uint32
get_struct_list(ThriftReader *reader, const ThriftField *field)
{
	ThriftType	items;
	uint32		count = thrift_enter_list(reader, field, &items);

	if (count > 0 && items != THRIFT_STRUCT)
		thrift_fault(reader, "a list of the metadata has other elements than the format says");
	return count;
}

static const ThriftField struct_item = {0, THRIFT_STRUCT};

/* Makes room for one more element of a list that is read one by one: what a
 * damaged count claims is not allocated at once. */
static void *
room_for(void *items, uint32 have, uint32 count, Size size)
{
	if (have == 0)
		return palloc(Min(count, 16) * size);
	if (have >= 16 && (have & (have - 1)) == 0)
		return repalloc(items, Min((Size) count, (Size) have * 2) * size);
	return items;
}

/* ---- the schema ---- */

static const ParquetMeaning converted_meanings[] = {
	MEANING_STRING, MEANING_MAP, MEANING_MAP, MEANING_LIST, MEANING_ENUM, MEANING_DECIMAL,
	MEANING_DATE, MEANING_TIME, MEANING_TIME, MEANING_TIMESTAMP, MEANING_TIMESTAMP,
	MEANING_INTEGER, MEANING_INTEGER, MEANING_INTEGER, MEANING_INTEGER,
	MEANING_INTEGER, MEANING_INTEGER, MEANING_INTEGER, MEANING_INTEGER,
	MEANING_JSON, MEANING_OTHER, MEANING_INTERVAL
};

static const ParquetMeaning logical_meanings[] = {
	MEANING_OTHER, MEANING_STRING, MEANING_MAP, MEANING_LIST, MEANING_ENUM, MEANING_DECIMAL,
	MEANING_DATE, MEANING_TIME, MEANING_TIMESTAMP, MEANING_OTHER, MEANING_INTEGER, MEANING_NULL,
	MEANING_JSON, MEANING_OTHER, MEANING_UUID, MEANING_FLOAT16
};

static void
set_converted(ParquetElement *element, int converted)
{
	if (converted < 0 || converted >= lengthof(converted_meanings))
		return;
	element->meaning = converted_meanings[converted];
	if (element->meaning == MEANING_TIME || element->meaning == MEANING_TIMESTAMP)
	{
		element->unit = converted == 7 || converted == 9 ? PARQUET_MILLIS : PARQUET_MICROS;
		element->utc = true;
	}
	else if (element->meaning == MEANING_INTEGER)
	{
		element->is_signed = converted >= 15;
		element->bits = 8 << ((converted - 11) & 3);
	}
}

static void
get_time_unit(ThriftReader *reader, ParquetElement *element)
{
	ThriftField field = {.number = 0};

	while (thrift_next(reader, &field))
	{
		if (field.number >= PARQUET_MILLIS && field.number <= PARQUET_NANOS)
			element->unit = field.number;
		thrift_skip(reader, &field);
	}
}

/* The struct inside of the union of logical types. */
static void
get_logical_details(ThriftReader *reader, ParquetElement *element)
{
	ThriftField field = {.number = 0};

	while (thrift_next(reader, &field))
	{
		bool		timed = element->meaning == MEANING_TIME || element->meaning == MEANING_TIMESTAMP;

		if (timed && field.number == 1)
			element->utc = thrift_get_bool(reader, &field);
		else if (timed && field.number == 2)
		{
			thrift_enter(reader, &field);
			get_time_unit(reader, element);
		}
		else if (element->meaning == MEANING_DECIMAL && field.number == 1)
			element->scale = thrift_get_int32(reader, &field);
		else if (element->meaning == MEANING_DECIMAL && field.number == 2)
			element->precision = thrift_get_int32(reader, &field);
		else if (element->meaning == MEANING_INTEGER && field.number == 1)
			element->bits = thrift_get_int32(reader, &field);
		else if (element->meaning == MEANING_INTEGER && field.number == 2)
			element->is_signed = thrift_get_bool(reader, &field);
		else
			thrift_skip(reader, &field);
	}
}

static void
get_logical_type(ThriftReader *reader, ParquetElement *element)
{
	ThriftField field = {.number = 0};

	while (thrift_next(reader, &field))
	{
		element->meaning = field.number > 0 && field.number < lengthof(logical_meanings) ?
			logical_meanings[field.number] : MEANING_OTHER;
		thrift_enter(reader, &field);
		get_logical_details(reader, element);
	}
}

static void
get_element_field(ThriftReader *reader, const ThriftField *field, ParquetElement *element,
				  int *converted, bool *has_logical)
{
	switch (field->number)
	{
		case 1:
			element->type = thrift_get_int32(reader, field);
			if (element->type < PARQUET_BOOLEAN || element->type > PARQUET_FIXED)
				thrift_fault(reader, "a column has an unknown physical type");
			break;
		case 2:
			element->length = thrift_get_int32(reader, field);
			break;
		case 3:
			element->repetition = thrift_get_int32(reader, field);
			if (element->repetition > PARQUET_REPEATED)
				thrift_fault(reader, "a column has an unknown repetition");
			break;
		case 4:
			element->name = get_text(reader, field);
			break;
		case 5:
			element->nchildren = thrift_get_int32(reader, field);
			break;
		case 6:
			*converted = thrift_get_int32(reader, field);
			break;
		case 7:
			element->scale = thrift_get_int32(reader, field);
			break;
		case 8:
			element->precision = thrift_get_int32(reader, field);
			break;
		case 10:
			*has_logical = true;
			thrift_enter(reader, field);
			get_logical_type(reader, element);
			break;
		default:
			thrift_skip(reader, field);
	}
}

static void
get_element(ThriftReader *reader, ParquetElement *element)
{
	ThriftField field = {.number = 0};
	int			converted = -1;
	bool		has_logical = false;

	memset(element, 0, sizeof(ParquetElement));
	element->type = PARQUET_GROUP;
	thrift_enter(reader, &struct_item);
	while (thrift_next(reader, &field))
		get_element_field(reader, &field, element, &converted, &has_logical);
	if (!has_logical)
		set_converted(element, converted);
	if (element->name == NULL)
		thrift_fault(reader, "a column has no name");
	if (element->nchildren < 0)
		thrift_fault(reader, "a column has fewer than no children");
	if (element->nchildren > 0)
		element->type = PARQUET_GROUP;
	if (element->type == PARQUET_FIXED && (element->length <= 0 || element->length > MAX_PAGE_BYTES))
		thrift_fault(reader, "a column has an impossible width");
}

static void
get_schema(ThriftReader *reader, const ThriftField *field, ParquetFooter *footer)
{
	uint32		count = get_struct_list(reader, field);

	if (footer->nelements > 0)
		thrift_fault(reader, "the schema is there twice");
	for (uint32 i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		footer->elements = room_for(footer->elements, i, count, sizeof(ParquetElement));
		get_element(reader, &footer->elements[i]);
	}
	footer->nelements = count;
}

/* ---- row groups ---- */

static void
get_chunk_meta(ThriftReader *reader, ParquetChunk *chunk)
{
	ThriftField field = {.number = 0};
	int64		data = -1;
	int64		dictionary = -1;

	chunk->nvalues = -1;
	chunk->codec = -1;
	while (thrift_next(reader, &field))
	{
		switch (field.number)
		{
			case 1:
				chunk->type = (int8) thrift_get_int32(reader, &field);
				break;
			case 4:
				chunk->codec = thrift_get_int32(reader, &field);
				break;
			case 5:
				chunk->nvalues = thrift_get_int(reader, &field);
				break;
			case 9:
				data = thrift_get_int(reader, &field);
				break;
			case 11:
				dictionary = thrift_get_int(reader, &field);
				break;
			default:
				thrift_skip(reader, &field);
		}
	}
	if (chunk->nvalues < 0 || chunk->codec < 0 || data < 0)
		thrift_fault(reader, "a column of a row group lacks its number of values, compression or offset");
	chunk->offset = dictionary > 0 && dictionary < data ? dictionary : data;
}

static void
get_chunk(ThriftReader *reader, ParquetChunk *chunk)
{
	ThriftField field = {.number = 0};
	bool		has_meta = false;

	memset(chunk, 0, sizeof(ParquetChunk));
	thrift_enter(reader, &struct_item);
	while (thrift_next(reader, &field))
	{
		if (field.number == 1)
		{
			uint32		length;

			(void) thrift_get_bytes(reader, &field, &length);
			chunk->elsewhere = length > 0;
		}
		else if (field.number == 3)
		{
			has_meta = true;
			thrift_enter(reader, &field);
			get_chunk_meta(reader, chunk);
		}
		else
		{
			chunk->encrypted |= field.number == 8 || field.number == 9;
			thrift_skip(reader, &field);
		}
	}
	if (!has_meta && !chunk->encrypted)
		thrift_fault(reader, "a column of a row group is not described");
}

static void
get_group(ThriftReader *reader, ParquetGroup *group)
{
	ThriftField field = {.number = 0};

	memset(group, 0, sizeof(ParquetGroup));
	group->rows = -1;
	thrift_enter(reader, &struct_item);
	while (thrift_next(reader, &field))
	{
		if (field.number == 1)
		{
			uint32		count = get_struct_list(reader, &field);

			if (group->chunks != NULL)
				thrift_fault(reader, "the columns of a row group are there twice");
			for (uint32 i = 0; i < count; i++)
			{
				group->chunks = room_for(group->chunks, i, count, sizeof(ParquetChunk));
				get_chunk(reader, &group->chunks[i]);
			}
			group->nchunks = count;
		}
		else if (field.number == 3)
			group->rows = thrift_get_int(reader, &field);
		else
			thrift_skip(reader, &field);
	}
	if (group->rows < 0)
		thrift_fault(reader, "a row group does not say how many rows it has");
}

static void
get_groups(ThriftReader *reader, const ThriftField *field, ParquetFooter *footer)
{
	uint32		count = get_struct_list(reader, field);

	if (footer->ngroups > 0)
		thrift_fault(reader, "the row groups are there twice");
	for (uint32 i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		footer->groups = room_for(footer->groups, i, count, sizeof(ParquetGroup));
		get_group(reader, &footer->groups[i]);
	}
	footer->ngroups = count;
}

/* ---- the footer ---- */

void
parquet_get_footer(ParquetFooter *footer, const void *bytes, size_t length,
				   const ParquetPlace *place)
{
	ThriftReader reader;
	ThriftField field = {.number = 0};

	memset(footer, 0, sizeof(ParquetFooter));
	thrift_open(&reader, bytes, length, place);
	thrift_enter(&reader, &struct_item);
	while (thrift_next(&reader, &field))
	{
		switch (field.number)
		{
			case 2:
				get_schema(&reader, &field, footer);
				break;
			case 3:
				footer->rows = thrift_get_int(&reader, &field);
				break;
			case 4:
				get_groups(&reader, &field, footer);
				break;
			case 6:
				footer->created_by = get_text(&reader, &field);
				break;
			case 8:
				footer->encrypted = true;
				thrift_skip(&reader, &field);
				break;
			default:
				thrift_skip(&reader, &field);
		}
	}
	if (footer->nelements == 0)
		thrift_fault(&reader, "there is no schema");
}

/* ---- pages ---- */

static void
get_data_header(ThriftReader *reader, ParquetPageHeader *header)
{
	ThriftField field = {.number = 0};

	while (thrift_next(reader, &field))
	{
		if (field.number == 1)
			header->nvalues = thrift_get_int32(reader, &field);
		else if (field.number == 2)
			header->encoding = thrift_get_int32(reader, &field);
		else if (field.number == 3 && header->type == PAGE_DATA)
			header->def_encoding = thrift_get_int32(reader, &field);
		else if (field.number == 4 && header->type == PAGE_DATA)
			header->rep_encoding = thrift_get_int32(reader, &field);
		else
			thrift_skip(reader, &field);
	}
}

static void
get_data_header_v2(ThriftReader *reader, ParquetPageHeader *header)
{
	ThriftField field = {.number = 0};

	while (thrift_next(reader, &field))
	{
		switch (field.number)
		{
			case 1:
				header->nvalues = thrift_get_int32(reader, &field);
				break;
			case 4:
				header->encoding = thrift_get_int32(reader, &field);
				break;
			case 5:
				header->def_bytes = thrift_get_int32(reader, &field);
				break;
			case 6:
				header->rep_bytes = thrift_get_int32(reader, &field);
				break;
			case 7:
				header->is_packed = thrift_get_bool(reader, &field);
				break;
			default:
				thrift_skip(reader, &field);
		}
	}
}

static void
get_page_field(ThriftReader *reader, const ThriftField *field, ParquetPageHeader *header)
{
	switch (field->number)
	{
		case 1:
			header->type = thrift_get_int32(reader, field);
			break;
		case 2:
			header->unpacked = thrift_get_int32(reader, field);
			break;
		case 3:
			header->packed = thrift_get_int32(reader, field);
			break;
		case 4:
			header->has_crc = true;
			header->crc = (uint32) thrift_get_int32(reader, field);
			break;
		case 5:
		case 7:
			thrift_enter(reader, field);
			get_data_header(reader, header);
			break;
		case 8:
			thrift_enter(reader, field);
			get_data_header_v2(reader, header);
			break;
		default:
			thrift_skip(reader, field);
	}
}

size_t
parquet_get_page_header(ParquetPageHeader *header, const void *bytes, size_t length,
						const ParquetPlace *place)
{
	ThriftReader reader;
	ThriftField field = {.number = 0};

	memset(header, 0, sizeof(ParquetPageHeader));
	header->unpacked = header->packed = header->nvalues = -1;
	header->def_encoding = header->rep_encoding = ENCODING_RLE;
	header->is_packed = true;
	thrift_open(&reader, bytes, length, place);
	reader.short_ok = true;
	thrift_enter(&reader, &struct_item);
	while (thrift_next(&reader, &field))
		get_page_field(&reader, &field, header);
	if (reader.is_short)
		return 0;
	if (header->packed < 0 || header->packed > MAX_PAGE_BYTES ||
		header->unpacked < 0 || header->unpacked > MAX_PAGE_BYTES)
		thrift_fault(&reader, "a page has an impossible size");
	if (header->type != PAGE_INDEX && header->nvalues < 0)
		thrift_fault(&reader, "a page does not say how many values it has");
	if (header->def_bytes < 0 || header->rep_bytes < 0 ||
		(int64) header->def_bytes + header->rep_bytes > Min(header->packed, header->unpacked))
		thrift_fault(&reader, "the levels of a page have an impossible size");
	return reader.at - reader.start;
}
