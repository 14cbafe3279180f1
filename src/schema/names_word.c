/*-------------------------------------------------------------------------
 *
 * names_word.c
 *		The words of a name.
 *
 * A name is cut where its letters change their case, at digits and at other
 * characters ("customerEMail2" -> customer, e, mail, 2); abbreviations are
 * written out, and words that are written together are told apart by the
 * vocabulary of the rules.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "lib/stringinfo.h"
#include "schema/names.h"

static bool
is_lower(char c)
{
	return (c >= 'a' && c <= 'z') || IS_HIGHBIT_SET(c);
}

static bool
is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Whether a word begins at p, given that it is inside a run of letters. */
static bool
begins_word(const char *name, const char *p)
{
	if (p == name)
		return true;
	if (is_digit(*p) != is_digit(p[-1]))
		return true;
	if (is_upper(*p) && is_lower(p[-1]))
		return true;			/* eMail */
	return is_upper(*p) && is_upper(p[-1]) && p[1] >= 'a' && p[1] <= 'z';	/* URLPath */
}

char *
names_space(const char *name)
{
	StringInfoData spaced;
	bool		gap = false;

	initStringInfo(&spaced);
	for (const char *p = name; *p; p++)
	{
		if (!is_lower(*p) && !is_upper(*p) && !is_digit(*p))
		{
			gap = true;
			continue;
		}
		if (spaced.len > 0 && (gap || begins_word(name, p)))
			appendStringInfoChar(&spaced, ' ');
		gap = false;
		appendStringInfoChar(&spaced, pg_ascii_tolower((unsigned char) *p));
	}
	return spaced.data;
}

int
names_compare_abbreviations(const void *a, const void *b)
{
	return strcmp(((const Abbreviation *) a)->shorter,
				  ((const Abbreviation *) b)->shorter);
}

const char *
names_expand(const NameTable *table, const char *word)
{
	Abbreviation key = {word, NULL};
	const Abbreviation *found;

	if (table->nabbreviations == 0)
		return word;
	found = bsearch(&key, table->abbreviations, table->nabbreviations,
					sizeof(Abbreviation), names_compare_abbreviations);
	return found != NULL ? found->longer : word;
}

/* Cuts at spaces, in place; keeps the last MAX_WORDS words. */
static void
cut_words(char *spaced, Words *words)
{
	char	   *next;

	words->count = 0;
	for (char *word = spaced; word != NULL && *word; word = next)
	{
		next = strchr(word, ' ');
		if (next != NULL)
			*next++ = '\0';
		if (words->count == MAX_WORDS)
		{
			memmove(words->words, words->words + 1,
					sizeof(char *) * (MAX_WORDS - 1));
			words->count--;
		}
		words->words[words->count++] = word;
	}
}

void
names_cut(const NameTable *table, const char *name, Words *words)
{
	StringInfoData expanded;

	cut_words(names_space(name), words);
	initStringInfo(&expanded);
	for (int i = 0; i < words->count; i++)
		appendStringInfo(&expanded, "%s%s", i > 0 ? " " : "",
						 names_expand(table, words->words[i]));
	cut_words(expanded.data, words);
}

/* ---- words that are written together ---- */

#define LEAST_PART		3		/* letters of a word in such a run, but for "id" */
#define LEAST_RUN		7

void
names_note_words(NameTable *table, const char *name)
{
	char	   *copy = pstrdup(name);
	Words		words;

	cut_words(copy, &words);
	for (int i = 0; i < words.count; i++)
		if (strlen(words.words[i]) < VOCABULARY_LENGTH)
			hash_search(table->vocabulary, words.words[i], HASH_ENTER, NULL);
	pfree(copy);
}

static bool
in_vocabulary(const NameTable *table, const char *word, size_t length)
{
	char		key[VOCABULARY_LENGTH];

	if (length >= VOCABULARY_LENGTH)
		return false;
	memcpy(key, word, length);
	key[length] = '\0';
	return hash_search(table->vocabulary, key, HASH_FIND, NULL) != NULL;
}

/*
 * "productnumber" as "product number": the fewest known words that make it
 * up, or else as it is.
 */
static char *
split_run(const NameTable *table, const char *word)
{
	size_t		length = strlen(word);
	int		   *parts = palloc0(sizeof(int) * (length + 1));
	size_t	   *from = palloc0(sizeof(size_t) * (length + 1));
	char	   *out = pstrdup(word);

	if (length < LEAST_RUN || length >= NAMEDATALEN || in_vocabulary(table, word, length))
		return out;
	for (size_t end = 1; end <= length; end++)
		for (size_t begin = 0; begin < end; begin++)
		{
			bool		is_id = end - begin == 2 && end == length &&
				strncmp(word + begin, "id", 2) == 0;

			if ((begin > 0 && parts[begin] == 0) || (end - begin < LEAST_PART && !is_id) ||
				!in_vocabulary(table, word + begin, end - begin) ||
				(parts[end] > 0 && parts[end] <= parts[begin] + 1))
				continue;
			parts[end] = parts[begin] + 1;
			from[end] = begin;
		}
	if (parts[length] == 0)
		return out;
	for (size_t end = length; end > 0; end = from[end])
		out = psprintf("%.*s%s%s", (int) (end - from[end]), word + from[end],
					   end < length ? " " : "", end < length ? out : "");
	return out;
}

/* The same words with such runs cut; false if there are none. */
bool
names_split(const NameTable *table, Words *words)
{
	StringInfoData text;
	Words		cut;

	initStringInfo(&text);
	for (int i = 0; i < words->count; i++)
		appendStringInfo(&text, "%s%s", i > 0 ? " " : "", split_run(table, words->words[i]));
	cut_words(text.data, &cut);
	if (cut.count == words->count)
		return false;
	initStringInfo(&text);
	for (int i = 0; i < cut.count; i++)
		appendStringInfo(&text, "%s%s", i > 0 ? " " : "", names_expand(table, cut.words[i]));
	cut_words(text.data, words);
	return true;
}

char *
names_join(const Words *words, int from, int to)
{
	StringInfoData joined;

	initStringInfo(&joined);
	for (int i = from; i < to; i++)
		appendStringInfo(&joined, "%s%s", i > from ? " " : "", words->words[i]);
	return joined.data;
}

static bool
ends_with(const char *word, const char *end)
{
	size_t		length = strlen(word);
	size_t		end_length = strlen(end);

	return length > end_length && strcmp(word + length - end_length, end) == 0;
}

const char *
names_singular(const char *word)
{
	size_t		length = strlen(word);

	if (ends_with(word, "ies") && length > 4)
		return psprintf("%.*sy", (int) length - 3, word);
	if (ends_with(word, "sses") || ends_with(word, "xes") ||
		ends_with(word, "ches") || ends_with(word, "shes"))
		return pnstrdup(word, length - 2);
	if (ends_with(word, "s") && !ends_with(word, "ss") &&
		!ends_with(word, "us") && !ends_with(word, "is") && length > 2)
		return pnstrdup(word, length - 1);
	return word;
}
