/*-------------------------------------------------------------------------
 *
 * parquet_format.h
 *		What Apache Parquet files consist of, as far as it is used here.
 *
 * The numbers are those of the published format (parquet.thrift).
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_PARQUET_FORMAT_H
#define SYNTHIK_PARQUET_FORMAT_H

#include "file/codec.h"
#include "lib/stringinfo.h"
#include "port/pg_bswap.h"

#define PARQUET_MAGIC			"PAR1"
#define PARQUET_MAGIC_ENCRYPTED	"PARE"
#define PARQUET_MAGIC_BYTES		4
#define PARQUET_TAIL_BYTES		8	/* the length of the footer, and the magic */

/* Physical types */
typedef enum ParquetType
{
	PARQUET_GROUP = -1,			/* an element with children */
	PARQUET_BOOLEAN = 0,
	PARQUET_INT32,
	PARQUET_INT64,
	PARQUET_INT96,
	PARQUET_FLOAT,
	PARQUET_DOUBLE,
	PARQUET_BYTE_ARRAY,
	PARQUET_FIXED				/* FIXED_LEN_BYTE_ARRAY */
} ParquetType;

typedef enum ParquetRepetition
{
	PARQUET_REQUIRED,
	PARQUET_OPTIONAL,
	PARQUET_REPEATED
} ParquetRepetition;

/* Logical types: what "converted" and "logical" types of the format say. */
typedef enum ParquetMeaning
{
	MEANING_NONE,
	MEANING_STRING,
	MEANING_ENUM,
	MEANING_JSON,
	MEANING_UUID,
	MEANING_DATE,
	MEANING_TIME,
	MEANING_TIMESTAMP,
	MEANING_DECIMAL,
	MEANING_INTEGER,
	MEANING_INTERVAL,
	MEANING_FLOAT16,
	MEANING_LIST,
	MEANING_MAP,
	MEANING_NULL,				/* all values are NULL */
	MEANING_OTHER				/* unknown here: the physical type counts */
} ParquetMeaning;

typedef enum ParquetUnit
{
	PARQUET_MILLIS = 1,
	PARQUET_MICROS,
	PARQUET_NANOS
} ParquetUnit;

typedef enum ParquetEncoding
{
	ENCODING_PLAIN = 0,
	ENCODING_PLAIN_DICTIONARY = 2,
	ENCODING_RLE = 3,
	ENCODING_BIT_PACKED = 4,
	ENCODING_DELTA_BINARY_PACKED = 5,
	ENCODING_DELTA_LENGTH_BYTE_ARRAY = 6,
	ENCODING_DELTA_BYTE_ARRAY = 7,
	ENCODING_RLE_DICTIONARY = 8,
	ENCODING_BYTE_STREAM_SPLIT = 9
} ParquetEncoding;

typedef enum ParquetPage
{
	PAGE_DATA,
	PAGE_INDEX,
	PAGE_DICTIONARY,
	PAGE_DATA_V2
} ParquetPage;

/* One element of the schema, which is a tree written in depth-first order. */
typedef struct ParquetElement
{
	char	   *name;			/* UTF-8 */
	ParquetType type;
	int			length;			/* of PARQUET_FIXED */
	ParquetRepetition repetition;
	int			nchildren;
	ParquetMeaning meaning;
	ParquetUnit unit;			/* of TIME and TIMESTAMP */
	bool		utc;			/* of these: instants, not local time */
	int			precision;		/* of DECIMAL */
	int			scale;
	int			bits;			/* of INTEGER */
	bool		is_signed;
} ParquetElement;

/* Where in a file something is, for errors; -1 and NULL: not known. */
typedef struct ParquetPlace
{
	const char *file;			/* as byte_source_label() says it */
	int			group;
	const char *column;
	int64		offset;
} ParquetPlace;

/* Little endian numbers at any address. */
static inline void
parquet_put_le32(void *to, uint32 value)
{
#ifdef WORDS_BIGENDIAN
	value = pg_bswap32(value);
#endif
	memcpy(to, &value, sizeof(value));
}

static inline void
parquet_put_le64(void *to, uint64 value)
{
#ifdef WORDS_BIGENDIAN
	value = pg_bswap64(value);
#endif
	memcpy(to, &value, sizeof(value));
}

static inline uint32
parquet_get_le32(const void *from)
{
	uint32		value;

	memcpy(&value, from, sizeof(value));
#ifdef WORDS_BIGENDIAN
	value = pg_bswap32(value);
#endif
	return value;
}

static inline uint64
parquet_get_le64(const void *from)
{
	uint64		value;

	memcpy(&value, from, sizeof(value));
#ifdef WORDS_BIGENDIAN
	value = pg_bswap64(value);
#endif
	return value;
}

static inline void
parquet_put_float4(void *to, float4 value)
{
	uint32		word;

	memcpy(&word, &value, sizeof(word));
	parquet_put_le32(to, word);
}

static inline void
parquet_put_float8(void *to, float8 value)
{
	uint64		word;

	memcpy(&word, &value, sizeof(word));
	parquet_put_le64(to, word);
}

static inline float4
parquet_get_float4(const void *from)
{
	uint32		word = parquet_get_le32(from);
	float4		value;

	memcpy(&value, &word, sizeof(value));
	return value;
}

static inline float8
parquet_get_float8(const void *from)
{
	uint64		word = parquet_get_le64(from);
	float8		value;

	memcpy(&value, &word, sizeof(value));
	return value;
}

/* Throws: the file is not what the format says. */
pg_noreturn extern void parquet_damaged(const ParquetPlace *place, const char *fmt,...) pg_attribute_printf(2, 3);

/* Throws: the file has what is not read here. */
pg_noreturn extern void parquet_unsupported(const ParquetPlace *place, const char *fmt,...) pg_attribute_printf(2, 3);

/* Adds the place to an error, as its context. */
extern int	parquet_errcontext(const ParquetPlace *place);

/* A compression by its number in the format; NULL of "none". */
extern const Codec *parquet_codec(int number, const ParquetPlace *place);

/* Its number by the name that users give it; false if there is none. */
extern bool parquet_codec_number(const char *name, int *number);

#endif							/* SYNTHIK_PARQUET_FORMAT_H */
