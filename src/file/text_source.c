/*-------------------------------------------------------------------------
 *
 * text_source.c
 *		Text of a file: which encoding it is in, and into the database's.
 *
 * Without a byte order mark and without an option, what is valid UTF-8 is
 * taken for it; zero bytes on one side show UTF-16; what has a few bytes that
 * are letters of Windows-1252 among mostly ASCII is that.  The rest is an
 * error that asks for the option.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "catalog/namespace.h"
#include "file/text_source.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/memutils.h"

/* What the encoding is found out from. */
#define SAMPLE_BYTES	(1024 * 1024)
/* The longest character of any encoding; what cannot be cut at a chunk's end. */
#define LONGEST			4
#define RAW_ROOM		(TEXT_SOURCE_ROOM / MAX_CONVERSION_GROWTH)
#define WINDOW_BYTES	(1024 * 1024)
/* A row is never longer than a value can be. */
#define WINDOW_LIMIT	((size_t) MaxAllocSize - 2 * TEXT_SOURCE_ROOM)

struct TextSource
{
	ByteSource *bytes;
	bool		given;			/* by an option */
	bool		utf16;
	bool		big_endian;
	int			encoding;		/* of the bytes, or of UTF-16 once decoded */
	int			bom;			/* its length */
	int			target;			/* the database's encoding */
	Oid			conversion;		/* a function, or InvalidOid: the same encoding */
	char	   *raw;			/* bytes that were read and not given out */
	size_t		raw_length;
	int64		raw_offset;		/* of the first of them */
	char	   *wide;			/* UTF-16 as UTF-8, on the way to another */
	bool		at_end;			/* of the bytes */
	bool		fault;			/* the raw bytes are not valid */
};

/* ---- which encoding ---- */

static bool
is_utf8(const char *data, size_t length, bool whole)
{
	size_t		valid = pg_encoding_verifymbstr(PG_UTF8, data, (int) length);

	return valid == length || (!whole && length - valid < LONGEST);
}

/* Bytes of one half that are zero, by far: ASCII in UTF-16. */
static bool
looks_utf16(const char *data, size_t length, bool *big_endian)
{
	size_t		zero[2] = {0, 0};
	size_t		pairs = Min(length, 4096) / 2;

	for (size_t i = 0; i < pairs * 2; i++)
		zero[i % 2] += data[i] == '\0';
	*big_endian = zero[0] > zero[1];
	return pairs > 0 && Max(zero[0], zero[1]) * 2 > pairs &&
		Min(zero[0], zero[1]) * 4 < Max(zero[0], zero[1]);
}

/*
 * Letters and signs of Windows-1252 among ASCII: at most a third of the bytes
 * are not ASCII, none is a control character or undefined.
 */
static bool
looks_win1252(const char *data, size_t length)
{
	size_t		high = 0;

	for (size_t i = 0; i < length; i++)
	{
		unsigned char c = data[i];

		if (c == 0x81 || c == 0x8d || c == 0x8f || c == 0x90 || c == 0x9d ||
			(c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f'))
			return false;
		high += c >= 0x80;
	}
	return high * 3 <= length + 2;
}

static bool
looks_sjis(const char *data, size_t length)
{
	size_t		valid = pg_encoding_verifymbstr(PG_SJIS, data, (int) length);

	return valid > LONGEST && length - valid < LONGEST;
}

static void
find_bom(TextSource *source, const char *head, size_t length)
{
	if (length >= 3 && memcmp(head, "\xef\xbb\xbf", 3) == 0)
		source->bom = 3;
	else if (length >= 2 && (memcmp(head, "\xff\xfe", 2) == 0 || memcmp(head, "\xfe\xff", 2) == 0))
		source->bom = 2;
}

/* An encoding that the bytes are plausible in, or NULL. */
static const char *
plausible_encoding(const char *data, size_t length)
{
	bool		big_endian;

	if (length == 0)
		return NULL;
	if (looks_utf16(data, length, &big_endian))
		return big_endian ? "UTF-16BE" : "UTF-16LE";
	if (is_utf8(data, length, true))
		return "UTF8";
	if (looks_win1252(data, length))
		return "WIN1252";
	if (looks_sjis(data, length))
		return "SJIS";
	return NULL;
}

static void
find_encoding(TextSource *source, const char *head, size_t length)
{
	bool		big_endian;

	source->encoding = PG_UTF8;
	if (source->bom == 3)
		return;
	if (source->bom == 2)
	{
		source->utf16 = true;
		source->big_endian = head[0] == '\xfe';
	}
	else if (looks_utf16(head, length, &big_endian))
	{
		source->utf16 = true;
		source->big_endian = big_endian;
	}
	else if (!is_utf8(head, length, length < SAMPLE_BYTES) &&
			 memchr(head, '\0', length) == NULL)
	{
		const char *looks = plausible_encoding(head, length);

		if (looks == NULL || strcmp(looks, "WIN1252") != 0)
			ereport(ERROR,
					(errcode(ERRCODE_CHARACTER_NOT_IN_REPERTOIRE),
					 errmsg("the encoding of %s could not be found out",
							byte_source_label(source->bytes)),
					 looks != NULL && strcmp(looks, "UTF8") != 0 ?
					 errhint("It could be %s; say which one it is, as in options => '{\"encoding\": \"%s\"}'.", looks, looks) :
					 errhint("Say which one it is, as in options => '{\"encoding\": \"LATIN1\"}'.")));
		source->encoding = PG_WIN1252;
	}
}

static void
find_conversion(TextSource *source)
{
	source->target = GetDatabaseEncoding();
	if (source->target == PG_SQL_ASCII || source->encoding == PG_SQL_ASCII)
		source->target = source->encoding;
	if (source->encoding == source->target)
		return;
	source->conversion = FindDefaultConversionProc(source->encoding, source->target);
	if (!OidIsValid(source->conversion))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("%s cannot be converted from encoding %s to %s",
						byte_source_label(source->bytes),
						pg_encoding_to_char(source->encoding),
						pg_encoding_to_char(source->target))));
}

TextSource *
text_source_open(ByteSource *bytes, const FileOptions *options)
{
	TextSource *source = palloc0(sizeof(TextSource));
	const char *head;
	size_t		length;

	source->bytes = bytes;
	head = byte_source_peek(bytes, SAMPLE_BYTES, &length);
	find_bom(source, head, length);
	source->given = options->encoding >= 0 || options->utf16;
	if (options->utf16)
	{
		source->utf16 = true;
		source->big_endian = source->bom == 2 ? head[0] == '\xfe' : options->big_endian;
		source->encoding = PG_UTF8;
	}
	else if (options->encoding >= 0)
		source->encoding = options->encoding;
	else
		find_encoding(source, head, length);
	if (source->bom != (source->utf16 ? 2 : source->encoding == PG_UTF8 ? 3 : 0))
		source->bom = 0;
	find_conversion(source);
	source->raw = palloc(RAW_ROOM);
	if (source->utf16)
		source->wide = palloc(RAW_ROOM * 2 + 1);
	text_source_rewind(source);
	return source;
}

const char *
text_source_encoding(const TextSource *source)
{
	if (source->utf16)
		return source->big_endian ? "UTF-16BE" : "UTF-16LE";
	return pg_encoding_to_char(source->encoding);
}

bool
text_source_bom(const TextSource *source)
{
	return source->bom > 0;
}

int
text_source_shift(const TextSource *source)
{
	return source->utf16 || OidIsValid(source->conversion) ? -1 : source->bom;
}

void
text_source_rewind(TextSource *source)
{
	char		bom[3];

	byte_source_rewind(source->bytes);
	byte_source_read(source->bytes, bom, source->bom);
	source->raw_offset = source->bom;
	source->raw_length = 0;
	source->at_end = source->fault = false;
}

/* ---- from one to the other ---- */

static inline unsigned int
utf16_unit(const TextSource *source, const unsigned char *p)
{
	return source->big_endian ? p[0] << 8 | p[1] : p[1] << 8 | p[0];
}

/*
 * Whole characters into wide; returns how many raw bytes they took.  A lone
 * surrogate and a zero end them.
 */
static size_t
decode_utf16(TextSource *source, const char *raw, size_t length, size_t *out)
{
	const unsigned char *p = (const unsigned char *) raw;
	const unsigned char *end = p + length;
	unsigned char *to = (unsigned char *) source->wide;

	while (end - p >= 2)
	{
		pg_wchar	c = utf16_unit(source, p);
		int			step = 2;

		if (c >= 0xd800 && c < 0xdc00 && end - p >= 4)
		{
			pg_wchar	low = utf16_unit(source, p + 2);

			if (low < 0xdc00 || low > 0xdfff)
				break;
			c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
			step = 4;
		}
		else if (c == 0 || (c >= 0xd800 && c <= 0xdfff))
			break;
		unicode_to_utf8(c, to);
		to += pg_utf_mblen(to);
		p += step;
	}
	*out = (char *) to - source->wide;
	return (const char *) p - raw;
}

static size_t
convert(const TextSource *source, const char *from, size_t length, char *to, size_t room)
{
	return pg_do_encoding_conversion_buf(source->conversion, source->encoding, source->target,
										 (unsigned char *) unconstify(char *, from), (int) length,
										 (unsigned char *) to, (int) Min(room, INT_MAX), true);
}

/* The raw bytes of characters that went into wide. */
static size_t
utf16_bytes(const char *wide, size_t length)
{
	size_t		bytes = 0;

	for (size_t i = 0; i < length; i += pg_utf_mblen((const unsigned char *) wide + i))
		bytes += (wide[i] & 0xf8) == 0xf0 ? 4 : 2;
	return bytes;
}

/* Raw bytes into the buffer; returns how many were taken, and what they became. */
static size_t
translate(TextSource *source, char *buffer, size_t room, size_t *out)
{
	size_t		taken;

	if (source->utf16)
	{
		size_t		wide;

		taken = decode_utf16(source, source->raw, source->raw_length, &wide);
		if (!OidIsValid(source->conversion))
		{
			memcpy(buffer, source->wide, wide);
			*out = wide;
			return taken;
		}
		wide = convert(source, source->wide, wide, buffer, room);
		*out = wide == 0 ? 0 : strlen(buffer);
		return utf16_bytes(source->wide, wide);
	}
	if (OidIsValid(source->conversion))
	{
		taken = convert(source, source->raw, source->raw_length, buffer, room);
		*out = taken == 0 ? 0 : strlen(buffer);
		return taken;
	}
	taken = pg_encoding_verifymbstr(source->encoding, source->raw, (int) source->raw_length);
	memcpy(buffer, source->raw, taken);
	*out = taken;
	return taken;
}

/* Reads where the text goes, and keeps what is no whole character for later. */
static size_t
read_direct(TextSource *source, char *buffer, size_t room)
{
	size_t		wanted = Min(room, 1024 * 1024);
	size_t		length = source->raw_length;
	size_t		valid;

	memcpy(buffer, source->raw, length);
	if (!source->at_end)
		length += byte_source_read(source->bytes, buffer + length, wanted - length);
	source->at_end = length < wanted;
	valid = pg_encoding_verifymbstr(source->encoding, buffer, (int) length);
	source->raw_length = Min(length - valid, RAW_ROOM);
	memcpy(source->raw, buffer + valid, source->raw_length);
	source->raw_offset += valid;
	source->fault = valid < length && (length - valid >= LONGEST || source->at_end);
	return valid;
}

size_t
text_source_read(TextSource *source, char *buffer, size_t room)
{
	size_t		taken;
	size_t		out;

	Assert(room >= TEXT_SOURCE_ROOM);
	if (source->fault)
		return 0;
	if (!source->utf16 && !OidIsValid(source->conversion))
		return read_direct(source, buffer, room);
	if (!source->at_end)
	{
		size_t		wanted = RAW_ROOM - source->raw_length;
		size_t		got = byte_source_read(source->bytes, source->raw + source->raw_length, wanted);

		source->raw_length += got;
		source->at_end = got < wanted;
	}
	if (source->raw_length == 0)
		return 0;
	taken = translate(source, buffer, room, &out);
	source->raw_length -= taken;
	memmove(source->raw, source->raw + taken, source->raw_length);
	source->raw_offset += taken;
	source->fault = taken == 0;
	return out;
}

/* The first bytes that are not valid: "0xe9 0x74". */
static char *
bytes_as_hex(const char *bytes, size_t length)
{
	StringInfoData hex;

	initStringInfo(&hex);
	for (size_t i = 0; i < length; i++)
		appendStringInfo(&hex, "%s0x%02x", i > 0 ? " " : "", (unsigned char) bytes[i]);
	return hex.data;
}

void
text_source_check(TextSource *source, FileReader *reader)
{
	const char *looks;
	size_t		length;

	if (!source->fault)
		return;
	length = source->raw_length;
	if (source->raw[0] == '\0' && !source->utf16)
		ereport(ERROR,
				(errcode(ERRCODE_CHARACTER_NOT_IN_REPERTOIRE),
				 errmsg("a NUL byte is no text"),
				 errdetail("It is byte %lld.", (long long) source->raw_offset + 1),
				 plausible_encoding(source->raw, length) != NULL &&
				 strncmp(plausible_encoding(source->raw, length), "UTF-16", 6) == 0 ?
				 errhint("It could be %s.", plausible_encoding(source->raw, length)) : 0,
				 file_errcontext(reader, -1)));
	looks = plausible_encoding(source->raw, length);
	ereport(ERROR,
			(errcode(ERRCODE_CHARACTER_NOT_IN_REPERTOIRE),
			 errmsg("the bytes %s are not valid in encoding %s%s",
					bytes_as_hex(source->raw, Min(length, source->utf16 ? 4 : 2)),
					text_source_encoding(source),
					OidIsValid(source->conversion) ? ", or have no equivalent in the database's" : ""),
			 errdetail("They begin at byte %lld.", (long long) source->raw_offset + 1),
			 looks != NULL && pg_strcasecmp(looks, text_source_encoding(source)) != 0 ?
			 errhint("It could be %s; the option \"encoding\" says which one it is, as in options => '{\"encoding\": \"%s\"}'.", looks, looks) : 0,
			 file_errcontext(reader, -1)));
}

/* ---- a window on it ---- */

void
text_window_open(TextWindow *window, ByteSource *bytes, const FileOptions *options)
{
	memset(window, 0, sizeof(*window));
	window->text = text_source_open(bytes, options);
	window->size = WINDOW_BYTES;
	window->data = palloc(WINDOW_BYTES + 1);
}

/*
 * It is filled to the brim, so that a row that needs a larger one is scanned
 * anew only when that has doubled.
 */
void
text_window_fill(TextWindow *window, FileReader *reader)
{
	size_t		kept = window->end - window->start;

	if (window->start > 0 && kept > 0)
		memmove(window->data, window->data + window->start, kept);
	window->offset += window->start;
	window->start = 0;
	window->end = kept;
	if (window->size - window->end < TEXT_SOURCE_ROOM)
	{
		if (window->size >= WINDOW_LIMIT)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("a row is longer than 1 GB"),
					 errhint("A quote that is never closed makes one row of all that follows."),
					 file_errcontext(reader, -1)));
		window->size = Min(window->size * 2, WINDOW_LIMIT + TEXT_SOURCE_ROOM);
		window->data = repalloc_huge(window->data, window->size + 1);
	}
	while (!window->at_end && window->size - window->end >= TEXT_SOURCE_ROOM)
	{
		size_t		got;

		CHECK_FOR_INTERRUPTS();
		got = text_source_read(window->text, window->data + window->end,
							   window->size - window->end);
		window->end += got;
		window->at_end = got == 0;
	}
}

void
text_window_rewind(TextWindow *window)
{
	text_source_rewind(window->text);
	window->start = window->end = 0;
	window->offset = 0;
	window->at_end = false;
}

int64
text_window_byte(const TextWindow *window, size_t within)
{
	int			shift = text_source_shift(window->text);

	return shift < 0 ? 0 : window->offset + window->start + within + shift + 1;
}

int
text_window_detail(const TextWindow *window, size_t within)
{
	int64		byte = text_window_byte(window, within);

	return byte == 0 ? 0 : errdetail("That is at byte %lld.", (long long) byte);
}
