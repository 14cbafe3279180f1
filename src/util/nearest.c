/*-------------------------------------------------------------------------
 *
 * nearest.c
 *		What was meant by a word that nobody knows.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "util/nearest.h"
#include "utils/varlena.h"

char *
name_normalise(const char *name, size_t length)
{
	char	   *normal = palloc(length + 1);
	char	   *out = normal;

	for (size_t i = 0; i < length; i++)
		if (name[i] != '_' && name[i] != '-' && name[i] != ' ' && name[i] != '.')
			*out++ = pg_ascii_tolower((unsigned char) name[i]);
	*out = '\0';
	return normal;
}

/*
 * How far name is from word, smaller is nearer; -1: too far.  One slip of the
 * finger is nearer than a word that has only been shortened, and that is
 * nearer than two slips, so that "min" means "minimum" rather than "mean".
 */
static int
name_distance(const char *word, int length, const char *name)
{
	int			limit = length / 3 + 1;
	int			name_length = strlen(name);
	char	   *lower = name_normalise(name, name_length);
	int			lower_length = strlen(lower);
	int			distance;
	bool		prefix;

	prefix = Min(length, lower_length) >= 3 &&
		strncmp(word, lower, Min(length, lower_length)) == 0;
	distance = varstr_levenshtein_less_equal(word, length, lower, lower_length,
											 1, 1, 1, limit, true);
	pfree(lower);
	if (distance >= length && distance > 0)
		distance = limit + 1;	/* not one letter in common */
	if (distance <= 1)
		return distance;
	if (prefix)
		return 2 + abs(lower_length - length);
	return distance <= limit ? 1000 + distance : -1;
}

const char *
nearest_name(const char *word, const char *const *names, int count)
{
	const char *nearest = NULL;
	int			least = PG_INT32_MAX;
	char	   *lower;
	int			length;

	/* Nobody mistypes a name of this length; the cost is its square. */
	if (strlen(word) > 200)
		return NULL;
	lower = name_normalise(word, strlen(word));
	length = strlen(lower);
	for (int i = 0; i < count && length > 0; i++)
	{
		int			distance = name_distance(lower, length, names[i]);

		if (distance >= 0 && distance < least)
		{
			least = distance;
			nearest = names[i];
		}
	}
	pfree(lower);
	return nearest;
}

const char *
name_hint(const char *name)
{
	return name != NULL ? psprintf("Perhaps you meant \"%s\".", name) : NULL;
}

const char *
nearest_hint(const char *word, const char *const *names, int count)
{
	return name_hint(nearest_name(word, names, count));
}

const char *
word_hint(const char *word, const WordHint *hints, int count)
{
	for (int i = 0; i < count; i++)
	{
		if (pg_strcasecmp(word, hints[i].word) == 0)
			return hints[i].hint;
	}
	return NULL;
}
