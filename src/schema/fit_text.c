/*-------------------------------------------------------------------------
 *
 * fit_text.c
 *		Texts of a Fit: between the server's encoding and UTF-8, and the hash
 *		by which a text of the source is known again.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "catalog/namespace.h"
#include "mb/pg_wchar.h"
#include "schema/fit_blob.h"
#include "util/rng.h"
#include "utils/memutils.h"

/* ---- encodings ---- */

/* A string in another encoding, or NULL; neither encoding is SQL_ASCII. */
static char *
convert(char *text, int from, int to)
{
	int			length = strlen(text);
	size_t		room = (size_t) length * MAX_CONVERSION_GROWTH + 1;
	char	   *result;
	Oid			function;

	if (from == to || length == 0)
		return text;
	function = FindDefaultConversionProc(from, to);
	if (!OidIsValid(function) || room > MaxAllocSize)
		return NULL;
	result = palloc(room);
	if (pg_do_encoding_conversion_buf(function, from, to, (unsigned char *) text, length,
									  (unsigned char *) result, (int) room, true) == length)
		return result;
	pfree(result);
	return NULL;
}

int
fit_text_encoding(void)
{
	return GetDatabaseEncoding() == PG_SQL_ASCII ? FIT_TEXT_BYTES : FIT_TEXT_UTF8;
}

char *
fit_text_to_blob(char *text)
{
	if (fit_text_encoding() == FIT_TEXT_BYTES)
		return text;
	return convert(text, GetDatabaseEncoding(), PG_UTF8);
}

/* The parser has seen to it that UTF-8 is UTF-8. */
char *
fit_text_from_blob(char *text, int encoding)
{
	int			server = GetDatabaseEncoding();

	if (server == PG_SQL_ASCII)
		return text;
	if (encoding == FIT_TEXT_BYTES)
		return pg_verify_mbstr(server, text, strlen(text), true) ? text : NULL;
	text = convert(text, PG_UTF8, server);
	return text != NULL && pg_verify_mbstr(server, text, strlen(text), true) ? text : NULL;
}

/* ---- hashes ---- */

/*
 * The small letter of a capital one, of the alphabets in which the two are a
 * fixed way apart and as long in UTF-8: no table, and no locale of the server.
 */
static pg_wchar
small_letter(pg_wchar letter)
{
	if ((letter >= 'A' && letter <= 'Z') ||
		(letter >= 0xC0 && letter <= 0xDE && letter != 0xD7) || /* Latin-1 */
		(letter >= 0x391 && letter <= 0x3A9 && letter != 0x3A2) ||	/* Greek */
		(letter >= 0x410 && letter <= 0x42F))	/* Cyrillic */
		return letter + 0x20;
	if (letter >= 0x400 && letter <= 0x40F)
		return letter + 0x50;
	return letter;
}

static bool
is_space(pg_wchar letter)
{
	return letter == ' ' || (letter >= '\t' && letter <= '\r') || letter == 0xA0 ||
		(letter >= 0x2000 && letter <= 0x200A) || letter == 0x202F || letter == 0x3000;
}

/* A valid string of UTF-8 in small letters, without spaces; its new length. */
static int
fold_utf8(const unsigned char *text, int length, unsigned char *out)
{
	int			n = 0;

	for (int i = 0; i < length;)
	{
		int			size = pg_utf_mblen(text + i);
		pg_wchar	letter = utf8_to_unicode(text + i);

		i += size;
		if (is_space(letter))
			continue;
		unicode_to_utf8(small_letter(letter), out + n);
		n += size;
	}
	return n;
}

/* What is no UTF-8, in a database that does not know its encoding. */
static int
fold_bytes(const unsigned char *text, int length, unsigned char *out)
{
	int			n = 0;

	for (int i = 0; i < length; i++)
	{
		if (IS_HIGHBIT_SET(text[i]))
			out[n++] = text[i];
		else if (!is_space(text[i]))
			out[n++] = (unsigned char) small_letter(text[i]);
	}
	return n;
}

uint64
fit_text_hash(const char *text, int length)
{
	const unsigned char *bytes = (const unsigned char *) text;
	unsigned char *folded;
	uint64		hash;

	if (GetDatabaseEncoding() != PG_UTF8)
	{
		char	   *copy = pnstrdup(text, length);
		char	   *utf8 = fit_text_to_blob(copy);

		if (utf8 != NULL)
		{
			bytes = (unsigned char *) utf8;
			length = strlen(utf8);
		}
	}
	folded = palloc(Max(length, 1));
	if (pg_encoding_verifymbstr(PG_UTF8, (const char *) bytes, length) == length)
		length = fold_utf8(bytes, length, folded);
	else
		length = fold_bytes(bytes, length, folded);
	hash = rng_hash((char *) folded, length);
	pfree(folded);
	return hash;
}
