/*-------------------------------------------------------------------------
 *
 * fuzz_pattern.c
 *		Regular expressions, mutated from the lines of pattern.seeds, are
 *		compiled, and texts made from them; compiled programs are damaged.
 *
 * sources: src/local/pattern*.c
 *
 * Whether the texts match is for PostgreSQL to say, in the regression tests.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "local/pattern.h"
#include "mb/pg_wchar.h"
#include "shim.h"

#define MAX_SEEDS	1000
#define MAX_REGEX	4000

static char seeds[MAX_SEEDS][256];
static int	nseeds;

void
fuzz_start(const char *folder)
{
	char		path[MAXPGPATH];
	FILE	   *file;

	snprintf(path, sizeof(path), "%s/pattern.seeds", folder);
	file = fopen(path, "r");
	if (file == NULL)
	{
		perror(path);
		exit(2);
	}
	while (nseeds < MAX_SEEDS && fgets(seeds[nseeds], sizeof(seeds[0]), file))
	{
		seeds[nseeds][strcspn(seeds[nseeds], "\n")] = '\0';
		nseeds++;
	}
	fclose(file);
	if (nseeds == 0)
		exit(2);
}

/* A piece of a seed, or a token of the language, at a random place. */
static void
insert_something(char *regex)
{
	static const char *const tokens[] = {
		"(", ")", "(?:", "|", "[", "]", "[^", "-", "*", "+", "?", "{", "}", "{2,}", "{0,3}",
		"{1000}", "{0,1000}", "{,", "\\", "\\d", "\\W", "\\x", "\\u00", "^", "$", ".", "[:alpha:]",
		"[[:", "[=", "\303\244", "\344\270\200", "\360\237\230\200", "\377", "(?i)", "(?#", "\\m",
		"((((((((", "))))))))", "a*", "(a*)*", "(|)", "[\342\202\254-\357\277\277]"
	};
	const char *piece;
	size_t		length = strlen(regex);
	size_t		at = fuzz_below(length + 1);
	size_t		size;

	if (fuzz_below(2))
	{
		piece = seeds[fuzz_below(nseeds)];
		size = strlen(piece);
		if (size > 0)
		{
			size_t		skip = fuzz_below(size);

			piece += skip;
			size = fuzz_below(size - skip + 1);
		}
	}
	else
	{
		piece = tokens[fuzz_below(lengthof(tokens))];
		size = strlen(piece);
	}
	if (length + size >= MAX_REGEX)
		return;
	memmove(regex + at + size, regex + at, length - at + 1);
	memcpy(regex + at, piece, size);
}

static void
mutate(char *regex)
{
	size_t		length = strlen(regex);
	size_t		at = fuzz_below(length + 1);
	size_t		size;

	switch (fuzz_below(5))
	{
		case 0:					/* a byte */
			if (at < length)
				regex[at] = 1 + fuzz_below(255);
			break;
		case 1:					/* less */
			size = fuzz_below(Min(length - at, 8) + 1);
			memmove(regex + at, regex + at + size, length - at - size + 1);
			break;
		case 2:					/* twice */
			if (length * 2 < MAX_REGEX)
			{
				memmove(regex + length, regex, length);
				regex[length * 2] = '\0';
			}
			break;
		default:
			insert_something(regex);
	}
}

static void
check_text(const PatternProgram *program, const char *regex, const char *text, int length)
{
	int			encoding = pattern_encoding(program);

	if (length < 0 || length > pattern_max_bytes(program))
		fuzz_finding(regex, "a text has %d bytes, at most %d were announced",
					 length, pattern_max_bytes(program));
	if (pg_encoding_verifymbstr(encoding, text, length) != length)
		fuzz_finding(regex, "a text has invalid characters");
}

/* Random and ranked texts; neighbouring ranks have to differ when exact. */
static void
make_texts(const PatternProgram *program, const char *regex, bool ours)
{
	bool		exact;
	uint64		count = pattern_count(program, &exact);
	int			max_bytes = pattern_max_bytes(program);
	char	   *text = palloc(max_bytes + 1);
	char	   *other = palloc(max_bytes + 1);

	for (int i = 0; i < 4; i++)
	{
		uint64		rank = fuzz_below(count);
		int			length = pattern_unrank(program, rank, text);
		int			other_length;

		check_text(program, regex, text, length);
		check_text(program, regex, other, pattern_random(program, fuzz_random(), other));
		if (count < 2)
			continue;
		other_length = pattern_unrank(program, (rank + 1 + fuzz_below(Min(count - 1, 50))) % count, other);
		check_text(program, regex, other, other_length);
		if (ours && exact && length == other_length && memcmp(text, other, length) == 0)
			fuzz_finding(regex, "two ranks give the same text \"%.*s\"", length, text);
	}
}

/* A damaged program is refused, or does no harm. */
static void
damage_program(const PatternProgram *program, const char *regex)
{
	Size		size = pattern_size(program);

	for (int i = 0; i < 8; i++)
	{
		char	   *copy = palloc(size);
		int			nchanges = 1 + fuzz_below(3);

		memcpy(copy, program, size);
		while (nchanges-- > 0)
		{
			/* Most of the structure lies in front. */
			Size		at = fuzz_below(fuzz_below(2) ? size : Min(size, 256));

			if (fuzz_below(2))
				copy[at] ^= 1 << fuzz_below(8);
			else
				copy[at] = fuzz_random();
		}
		if (pattern_valid(copy, size))
			make_texts((PatternProgram *) copy, regex, false);
		/* A damaged one may say itself that it is shorter; the whole one not. */
		if (pattern_valid(program, fuzz_below(size)))
			fuzz_finding(regex, "a program cut short was taken as valid");
		pfree(copy);
	}
}

void
fuzz_round(void)
{
	static const int encodings[] = {PG_UTF8, PG_UTF8, PG_UTF8, PG_LATIN1, PG_EUC_JP, PG_SQL_ASCII};
	char		buffer[MAX_REGEX + 1];
	int			min_length = fuzz_below(3) ? -1 : fuzz_below(30);
	int			max_length = fuzz_below(3) ? -1 : fuzz_below(80);
	const char *problem = NULL;
	PatternProgram *program;
	char	   *regex;

	shim_set_encoding(encodings[fuzz_below(lengthof(encodings))]);
	strcpy(buffer, seeds[fuzz_below(nseeds)]);
	for (int n = fuzz_below(8); n > 0; n--)
		mutate(buffer);
	regex = pstrdup(buffer);	/* its end is guarded */
	program = pattern_compile(regex, min_length, max_length, &problem);
	if (program == NULL)
	{
		if (problem == NULL || problem[0] == '\0')
			fuzz_finding(regex, "refused without a problem");
		return;
	}
	if (!pattern_valid(program, pattern_size(program)))
		fuzz_finding(regex, "its program is not valid");
	make_texts(program, regex, true);
	damage_program(program, regex);
}
