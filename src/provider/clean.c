/*-------------------------------------------------------------------------
 *
 * clean.c
 *		What a server says about a fault, fit to be shown: valid, short, on
 *		one line, and without anything that looks like a key.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "mb/pg_wchar.h"
#include "provider/adapter.h"

#define MASK			"[hidden]"

/* A word of so many letters and digits in a row, of both, is no word. */
#define SECRET_RUN		20

static const char *const secret_prefixes[] = {
	"sk-", "sk_", "gsk_", "xai-", "hf_", "ya29.", "AIza", "AQ.", "AKIA", "ASIA", "ABSK", "eyJ", "r8_", "pk-",
	"tgp_", "fw_", "csk-", "nvapi-"
};

/* 0 for what is neither letter nor digit of ASCII, whatever the locale. */
static int
class_of(unsigned char c)
{
	if (c >= '0' && c <= '9')
		return 1;
	if (c >= 'a' && c <= 'z')
		return 2;
	return c >= 'A' && c <= 'Z' ? 3 : 0;
}

static bool
is_word(unsigned char c)
{
	return class_of(c) != 0 || (c != '\0' && strchr("_-+/=.~*", c) != NULL);
}

static bool
has_secret_prefix(const char *word, int length)
{
	for (int i = 0; i < lengthof(secret_prefixes); i++)
	{
		int			size = strlen(secret_prefixes[i]);

		/* The prefix alone is a word of its own ("pk-"). */
		if (length > size + 2 && strncmp(word, secret_prefixes[i], size) == 0)
			return true;
	}
	return false;
}

/*
 * Whether a word is drawn rather than written: letters and digits in one long
 * run, or a change between small letters, capitals and digits at every third
 * place.  Names of models and addresses are neither.
 */
static bool
looks_drawn(const char *word, int length)
{
	int			run = 0;
	int			changes = 0;
	bool		digit = false;
	bool		letter = false;

	if (length < SECRET_RUN)
		return false;
	for (int i = 0; i < length; i++)
	{
		int			class = class_of(word[i]);

		if (i > 0 && class != 0 && class_of(word[i - 1]) != 0 && class != class_of(word[i - 1]))
			changes++;
		if (class == 0)
		{
			run = 0;
			digit = letter = false;
			continue;
		}
		digit |= class == 1;
		letter |= class != 1;
		if (++run >= SECRET_RUN && digit && letter)
			return true;
	}
	return changes * 3 >= length;
}

/* A word to hide may stand behind "key=" or "/v1/". */
static int
secret_start(const char *word, int length)
{
	for (int start = 0; start < length; start++)
	{
		if ((start == 0 || class_of(word[start - 1]) == 0) &&
			has_secret_prefix(word + start, length - start))
			return start;
	}
	return looks_drawn(word, length) ? 0 : -1;
}

static bool
ends_with_bearer(const StringInfo text)
{
	static const char bearer[] = "bearer ";
	int			size = strlen(bearer);

	return text->len >= size &&
		pg_strncasecmp(text->data + text->len - size, bearer, size) == 0;
}

static void
append_word(StringInfo out, const char *word, int length)
{
	int			start = ends_with_bearer(out) && length >= 8 ? 0 : secret_start(word, length);

	if (start < 0)
		appendBinaryStringInfo(out, word, length);
	else
	{
		appendBinaryStringInfo(out, word, start);
		appendStringInfoString(out, MASK);
	}
}

/* One character that is not part of a word: its size in the text. */
static int
append_character(StringInfo out, const unsigned char *at, size_t left)
{
	int			size = pg_utf_mblen(at);

	if (*at < 0x80)
	{
		bool		space = *at <= ' ' || *at == 0x7f;

		/* One space for any number of spaces and control characters. */
		if (!space)
			appendStringInfoChar(out, *at);
		else if (out->len > 0 && out->data[out->len - 1] != ' ')
			appendStringInfoChar(out, ' ');
		return 1;
	}
	if (size > left || !pg_utf8_islegal(at, size))
	{
		appendStringInfoChar(out, '?');
		return 1;
	}
	appendBinaryStringInfo(out, (const char *) at, size);
	return size;
}

/* Cuts at a number of characters; what was cut shows. */
static void
cut_characters(StringInfo text, int max_characters)
{
	int			at = 0;

	for (int i = 0; at < text->len; i++)
	{
		if (i == max_characters - 1 &&
			text->len > at + pg_utf_mblen((unsigned char *) text->data + at))
		{
			text->len = at;
			text->data[at] = '\0';
			appendStringInfoString(text, "\xe2\x80\xa6");
			return;
		}
		at += pg_utf_mblen((unsigned char *) text->data + at);
	}
}

char *
error_text(const char *text, size_t length, int max_characters)
{
	StringInfoData out;
	size_t		at = 0;

	initStringInfo(&out);
	/* Keys are looked for in all that may be shown, and somewhat beyond. */
	length = Min(length, (size_t) max_characters * 8 + 4096);
	while (at < length)
	{
		size_t		end = at;

		while (end < length && is_word(text[end]))
			end++;
		if (end > at)
			append_word(&out, text + at, end - at);
		else
			end = at + append_character(&out, (const unsigned char *) text + at, length - at);
		at = end;
	}
	cut_characters(&out, max_characters);
	return out.data;
}
