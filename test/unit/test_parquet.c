/*-------------------------------------------------------------------------
 *
 * test_parquet.c
 *		Parquet's encodings: what is encoded is decoded the same, and bytes of
 *		the published format are what they should be.
 *
 * sources: src/file/parquet_thrift.c src/file/parquet_error.c src/file/parquet_encode.c
 * sources: src/file/parquet_decode.c src/file/parquet_values.c src/file/parquet_meta_read.c
 * sources: src/file/parquet_meta_write.c src/file/parquet_leaf.c src/file/parquet_range.c
 * sources: src/util/rng.c
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "file/parquet_decode.h"
#include "file/parquet_leaf.h"
#include "shim.h"
#include "unit.h"
#include "util/rng.h"

static const ParquetPlace place = {"content", -1, NULL, 0};

/* ---- what the code under test takes from the server ---- */

void *
MemoryContextAllocHuge(MemoryContext context, Size size)
{
	return palloc(size);
}

void *
repalloc_huge(void *pointer, Size size)
{
	return repalloc(pointer, size);
}

void *
MemoryContextAllocZero(MemoryContext context, Size size)
{
	return palloc0(size);
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

/* A hash of the values' bytes; which one does not matter. */
uint32
hash_bytes(const unsigned char *bytes, int length)
{
	return (uint32) rng_hash((const char *) bytes, length);
}

/* Nothing is written here. */
void
byte_sink_write(ByteSink *sink, const void *data, size_t length)
{
}

int64
byte_sink_offset(const ByteSink *sink)
{
	return 0;
}

/* ---- runs and packed bits ---- */

static void
check_hybrid(const char *name, const uint32 *codes, int count, int width)
{
	ParquetBuffer out = {0};
	HybridDecoder decoder;
	uint32	   *back = palloc(sizeof(uint32) * Max(count, 1));
	char	   *exact;
	bool		good = true;

	parquet_put_codes(&out, codes, count, width);
	exact = memcpy(palloc(Max(out.length, 1)), out.data, out.length);
	hybrid_open(&decoder, exact, out.length, width, &place);
	for (int i = 0; i < count; i += 100)
		hybrid_get(&decoder, back + i, Min(100, count - i));
	for (int i = 0; i < count; i++)
		good &= back[i] == codes[i];
	unit_check(psprintf("parquet: hybrid of %s, %d bits", name, width), good, "another value came back");
	unit_check(psprintf("parquet: hybrid of %s, %d bits, is used up", name, width),
			   decoder.at >= decoder.end - 1, "%d bytes are left", (int) (decoder.end - decoder.at));
}

static void
test_hybrid(void)
{
	static const uint8 levels[] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 0, 0, 1};
	static const char expected[] = {0x12, 0x01, 0x03, 0x12};	/* 9 times 1, then 01001 */
	ParquetBuffer out = {0};
	uint32		codes[5000];

	parquet_put_levels(&out, levels, lengthof(levels), 1);
	unit_check("parquet: bytes of the hybrid", out.length == 4 && memcmp(out.data, expected, 4) == 0,
			   "%zu bytes, %02X %02X %02X %02X", out.length, (uint8) out.data[0], (uint8) out.data[1],
			   (uint8) out.data[2], (uint8) out.data[3]);
	for (int width = 1; width <= 32; width++)
	{
		uint64		highest = (UINT64CONST(1) << width) - 1;

		for (int i = 0; i < lengthof(codes); i++)
			codes[i] = rng_mix(i) & highest;
		check_hybrid("random numbers", codes, lengthof(codes), width);
		for (int i = 0; i < lengthof(codes); i++)
			codes[i] = rng_mix(i / (1 + rng_mix(i / 100) % 40)) & highest;
		check_hybrid("runs", codes, lengthof(codes) - width, width);
		for (int i = 0; i < lengthof(codes); i++)
			codes[i] = highest;
		check_hybrid("one number", codes, width, width);
	}
}

/* ---- dictionaries ---- */

static void
test_dictionary(void)
{
	ParquetDictionary words = {0};
	ParquetDictionary numbers = {0};
	bool		good = true;

	parquet_dictionary_reset(&words, 0);
	parquet_dictionary_reset(&numbers, 8);
	for (int i = 0; i < 50000; i++)
	{
		char	   *word = psprintf("%d", i % 7000);
		uint64		number = i % 7000;
		uint32		length;
		uint32		code = parquet_dictionary_code(&words, word, strlen(word));
		const char *value = parquet_dictionary_value(&words, code, &length);

		good &= code == i % 7000 && length == strlen(word) + 4 && memcmp(value + 4, word, length - 4) == 0;
		good &= parquet_dictionary_code(&numbers, (char *) &number, 8) == i % 7000;
	}
	unit_check("parquet: dictionaries number their values", good && words.count == 7000 && numbers.count == 7000,
			   "%u words, %u numbers", words.count, numbers.count);
	(void) parquet_dictionary_code(&words, "", 0);
	unit_check("parquet: the empty text is a value", words.count == 7001, "%u words", words.count);
}

/* ---- statistics ---- */

static void
check_range(const char *name, ParquetLeaf *leaf, const char **values, int count, const char *min,
			const char *max, bool exact)
{
	ParquetChunkMeta meta = {0};

	leaf->type = PARQUET_BYTE_ARRAY;
	leaf->order = ORDER_BYTES;
	leaf->dictionary = false;
	leaf->plain.length = leaf->nvalues = 0;
	for (int i = 0; i < count; i++)
		parquet_leaf_value(leaf, values[i], strlen(values[i]));
	parquet_leaf_range(leaf, &meta);
	if (min == NULL)
	{
		unit_check(psprintf("parquet: %s have no bounds", name), !meta.has_range, "there are some");
		return;
	}
	unit_check(psprintf("parquet: bounds of %s", name),
			   meta.has_range && meta.min_length == strlen(min) && memcmp(meta.min, min, meta.min_length) == 0 &&
			   meta.max_length == strlen(max) && memcmp(meta.max, max, meta.max_length) == 0 &&
			   meta.max_exact == exact, "\"%.*s\" to \"%.*s\"", (int) meta.min_length, meta.min,
			   (int) meta.max_length, meta.max);
}

static char *
repeated(const char *piece, int count)
{
	StringInfoData text;

	initStringInfo(&text);
	while (count-- > 0)
		appendStringInfoString(&text, piece);
	return text.data;
}

static void
test_ranges(void)
{
	ParquetLeaf leaf = {0};
	const char *words[] = {"b", "", "abc", "\xC3\xA4", "ab"};
	const char *longs[] = {repeated("x", 100), repeated("y", 70)};
	const char *umlauts[] = {repeated("\xC3\xA4", 50)};
	const char *highest[] = {repeated("\xC3\xBF", 50)};
	const char *bytes[] = {repeated("\xFF", 100)};

	leaf.is_text = true;
	check_range("texts", &leaf, words, 5, "", "\xC3\xA4", true);
	check_range("long texts", &leaf, longs, 2, repeated("x", 64), psprintf("%sz", repeated("y", 63)), false);
	check_range("long texts of two bytes a character", &leaf, umlauts, 1, repeated("\xC3\xA4", 32),
				psprintf("%s\xC3\xA5", repeated("\xC3\xA4", 31)), false);
	check_range("long texts that cannot be raised", &leaf, highest, 1, NULL, NULL, false);
	leaf.is_text = false;
	check_range("long bytes that cannot be raised", &leaf, bytes, 1, NULL, NULL, false);
}

static void
check_doubles(const char *name, const double *values, int count, bool has_range, double min, double max)
{
	ParquetLeaf leaf = {.type = PARQUET_DOUBLE,.width = 8,.order = ORDER_DOUBLE};
	ParquetChunkMeta meta = {0};
	uint64		low;
	uint64		high;

	for (int i = 0; i < count; i++)
	{
		uint64		word;

		memcpy(&word, &values[i], 8);
		parquet_leaf_int64(&leaf, word);
	}
	parquet_leaf_range(&leaf, &meta);
	memcpy(&low, &min, 8);
	memcpy(&high, &max, 8);
	unit_check(psprintf("parquet: bounds of %s", name),
			   meta.has_range == has_range &&
			   (!has_range || (parquet_get_le64(meta.min) == low && parquet_get_le64(meta.max) == high)),
			   "others than %g and %g", min, max);
}

static void
test_doubles(void)
{
	const double plain[] = {1.5, -2, 7};
	const double zeros[] = {0.0, 0.0};
	const double infinite[] = {INFINITY, -INFINITY};
	const double nan[] = {1, NAN, 2};

	check_doubles("numbers", plain, 3, true, -2, 7);
	check_doubles("zeros hold both of them", zeros, 2, true, -0.0, 0.0);
	check_doubles("infinities", infinite, 2, true, -INFINITY, INFINITY);
	check_doubles("numbers with NaN, of which there are none", nan, 3, false, 0, 0);
}

/* ---- deltas ---- */

/* The example of the format's documentation: 7, 5, 3, 1, 2, 3, 4, 5. */
static void
test_deltas(void)
{
	static const uint8 bytes[] = {
		0x80, 0x01, 0x04, 0x08, 0x0E, 0x03, 0x02, 0x00, 0x00, 0x00, 0xC0, 0x3F, 0, 0, 0, 0, 0, 0
	};
	static const int expected[] = {7, 5, 3, 1, 2, 3, 4, 5};
	DeltaDecoder decoder;
	bool		good = true;

	delta_open(&decoder, bytes, sizeof(bytes), &place);
	for (int i = 0; i < lengthof(expected); i++)
		good &= (int64) delta_get(&decoder) == expected[i];
	unit_check("parquet: deltas", good, "another number came back");
	unit_check("parquet: deltas are used up", delta_finish(&decoder) <= bytes + sizeof(bytes), "they are not");
}

/* ---- metadata ---- */

static void
get_header(void *argument)
{
	static const char nested[] = "\x9C\x1C\x1C\x1C\x1C\x1C\x1C\x1C\x1C\x1C\x1C\x1C\x1C\x1C\x1C\x1C\x1C\x1C\x1C"
		"\x1C\x1C\x1C\x1C\x1C\x1C\x1C\x1C\x1C\x1C\x1C\x1C\x1C\x1C\x1C\x1C\x1C\x1C\x1C\x1C\x1C\x1C\x1C";
	ParquetPageHeader header;

	*(size_t *) argument = parquet_get_page_header(&header, nested, sizeof(nested) - 1, &place);
}

static void
test_metadata(void)
{
	ParquetPageHeader header = {.type = PAGE_DATA,.unpacked = 1000000,.packed = 70000,.nvalues = 12345,
	.encoding = ENCODING_RLE_DICTIONARY};
	ParquetPageHeader back;
	StringInfoData out;
	bool		is_short = true;
	size_t		length = 0;
	const char *problem;

	initStringInfo(&out);
	parquet_put_page_header(&out, &header);
	unit_check("parquet: the head of a page comes back",
			   parquet_get_page_header(&back, out.data, out.len, &place) == out.len &&
			   back.type == PAGE_DATA && back.unpacked == 1000000 && back.packed == 70000 &&
			   back.nvalues == 12345 && back.encoding == ENCODING_RLE_DICTIONARY, "another one");
	for (int i = 0; i < out.len; i++)
		is_short &= parquet_get_page_header(&back, memcpy(palloc(Max(i, 1)), out.data, i), i, &place) == 0;
	unit_check("parquet: a part of it is too short", is_short, "it is not");
	problem = shim_catch(get_header, &length);
	unit_check("parquet: nesting has an end", problem != NULL && strstr(problem, "nested") != NULL,
			   "%s", problem ? problem : "no error");
}

void
unit_run(void)
{
	test_hybrid();
	test_dictionary();
	test_ranges();
	test_doubles();
	test_deltas();
	test_metadata();
}
