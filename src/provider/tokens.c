/*-------------------------------------------------------------------------
 *
 * tokens.c
 *		Roughly how many tokens a text has.
 *
 * Tokenizers cut a text into words, groups of three digits, and runs of
 * punctuation, and then long or rare words into pieces.  What a run of each
 * kind costs was fitted to counts of o200k over prose in several scripts,
 * rows and schemas; the unit tests hold the counts.  Other vocabularies
 * differ: the token counts of answers correct the estimate.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "mb/pg_wchar.h"
#include "provider/adapter.h"

typedef enum Script
{
	SCRIPT_SPACE, SCRIPT_NEWLINE, SCRIPT_DIGIT, SCRIPT_PUNCTUATION, SCRIPT_LATIN,
	SCRIPT_LATIN_MARKED, SCRIPT_OTHER, SCRIPT_IDEOGRAPH, SCRIPT_KANA,
	SCRIPT_HANGUL
} Script;

static Script
script_of_ascii(unsigned char c)
{
	if (c >= '0' && c <= '9')
		return SCRIPT_DIGIT;
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
		return SCRIPT_LATIN;
	if (c == '\n' || c == '\r')
		return SCRIPT_NEWLINE;
	return c <= ' ' ? SCRIPT_SPACE : SCRIPT_PUNCTUATION;
}

/* Of the character at *at, which is stepped over. */
static Script
next_script(const unsigned char **at, const unsigned char *end)
{
	int			size = Min(pg_utf_mblen(*at), end - *at);
	const unsigned char *c = *at;
	pg_wchar	code;

	*at += size;
	if (*c < 0x80)
		return script_of_ascii(*c);
	if (!pg_utf8_islegal(c, size))
	{
		*at = c + 1;
		return SCRIPT_IDEOGRAPH;
	}
	code = utf8_to_unicode(c);
	if (code < 0xC0 || (code >= 0x2000 && code < 0x2C00))
		return SCRIPT_PUNCTUATION;
	if (code < 0x250 || (code >= 0x1E00 && code < 0x1F00))
		return SCRIPT_LATIN_MARKED;
	if (code >= 0x3040 && code < 0x3100)
		return SCRIPT_KANA;
	if (code >= 0x3000 && code < 0x3040)
		return SCRIPT_PUNCTUATION;
	if (code >= 0xAC00 && code < 0xD7B0)
		return SCRIPT_HANGUL;
	if (code >= 0x2E80)
		return SCRIPT_IDEOGRAPH;
	return SCRIPT_OTHER;
}

typedef struct Run
{
	Script		script;
	int64		length;			/* in characters */
	int64		marked;			/* of them, with an accent */
	bool		capital;		/* begins with one: rather a name */
} Run;

static double
cost_of_run(const Run *run, const Run *before)
{
	switch (run->script)
	{
		case SCRIPT_LATIN:
		case SCRIPT_LATIN_MARKED:
			/* Short words are one token; of long ones a piece has seven letters. */
			return 1 + Max(run->length - 6, 0) * 0.13 + run->marked * 0.55 +
				(run->capital && run->length > 4 ? 0.3 : 0);
		case SCRIPT_DIGIT:
			return (run->length + 2) / 3;
		case SCRIPT_PUNCTUATION:
			/* One in front of a word often belongs to it. */
			return run->length <= 2 ? 0.85 : 0.85 + (run->length - 2) * 0.3;
		case SCRIPT_SPACE:
			return run->length > 1 ? 1 : (before->script == SCRIPT_DIGIT ? 0.3 : 0.02);
		case SCRIPT_NEWLINE:
			return before->script == SCRIPT_PUNCTUATION ? 0.1 : 0.8;
		case SCRIPT_OTHER:
			return 0.7 + run->length * 0.19;
		case SCRIPT_KANA:
			return run->length * 0.8;
		case SCRIPT_HANGUL:
			return 0.3 + run->length * 0.55;
		default:
			return run->length * 0.86;
	}
}

/* A letter with an accent goes on with a word. */
static bool
same_run(Script a, Script b)
{
	if (a == SCRIPT_LATIN_MARKED)
		a = SCRIPT_LATIN;
	if (b == SCRIPT_LATIN_MARKED)
		b = SCRIPT_LATIN;
	return a == b;
}

int64
tokens_estimate(const char *text, size_t length)
{
	const unsigned char *at = (const unsigned char *) text;
	const unsigned char *end = at + length;
	Run			run = {SCRIPT_SPACE};
	Run			before = {SCRIPT_SPACE};
	double		tokens = 0;

	while (at < end)
	{
		bool		capital = *at >= 'A' && *at <= 'Z';
		Script		script = next_script(&at, end);

		if (run.length > 0 && !same_run(script, run.script))
		{
			tokens += cost_of_run(&run, &before);
			before = run;
			run.length = run.marked = 0;
		}
		if (run.length == 0)
		{
			run.script = script;
			run.capital = capital;
		}
		run.length++;
		run.marked += script == SCRIPT_LATIN_MARKED;
	}
	if (run.length > 0)
		tokens += cost_of_run(&run, &before);
	return (int64) (tokens + 0.999);
}
