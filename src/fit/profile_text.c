/*-------------------------------------------------------------------------
 *
 * profile_text.c
 *		What kind of text a column has: few values, something known, codes
 *		of a shape, running text, or just text.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "catalog/pg_type.h"
#include "fit/profile.h"
#include "common/string.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "schema/guess.h"
#include "schema/semantic.h"
#include "util/order.h"

#define MOST_HEADS		60		/* beginnings that a pattern lists */

static void
set_pattern(Profile *profile, Field *field, const char *pattern)
{
	profile_drop_name(field);
	field->pattern = profile_keep_text(profile, pattern);
	field->has_default = false;
}

/* ---- something known ---- */

/* Columns whose values a semantic type makes; their name has no say then. */
static void
set_semantic(Profile *profile, Field *field, const Content *content)
{
	MemoryContext old;

	if (field->semantic != content->semantic)
	{
		profile_drop_name(field);
		field->semantic = content->semantic;
		old = MemoryContextSwitchTo(profile->keep);
		if (content->semantic->keywords != NULL)
			field_apply_defaults(field, content->semantic->keywords);
		MemoryContextSwitchTo(old);
	}
	field->has_default = false;
	profile_why(profile, field, "sample: %.0f %% look like %s%s", content->share * 100,
				content->name, content->phone ?
				"; numbers of the locale that are set aside for fiction" : "");
}

static int
compare_texts(const void *a, const void *b)
{
	const Text *x = &((const Counted *) a)->text;
	const Text *y = &((const Counted *) b)->text;

	return memcmp(x->bytes, y->bytes, Min(x->length, y->length));
}

/* The common beginnings of texts as alternatives: (2023|2024). */
static bool
append_heads(StringInfo pattern, const Column *column, const Text *texts, int length)
{
	Counts		heads;
	int			n = 0;

	counts_init(&heads, 64);
	for (int i = 0; i < column->nvalues; i++)
	{
		Text		head = {texts[i].bytes, length};

		if (texts[i].length >= length && pg_is_ascii(pnstrdup(head.bytes, length)))
			(void) counts_add(&heads, head, column->rows[i], i);
	}
	qsort(heads.entries, heads.n, sizeof(Counted), compare_texts);
	for (int i = 0; i < heads.n; i++)
	{
		if (heads.entries[i].rows < LEARN_RARE)
			continue;
		appendStringInfoChar(pattern, n++ == 0 ? '(' : '|');
		profile_escape(pattern, heads.entries[i].text.bytes, length);
	}
	appendStringInfoChar(pattern, ')');
	return n > 0 && n <= MOST_HEADS;
}

/* A pattern that comes with what the texts look like. */
static bool
set_known_pattern(Profile *profile, Column *column, const Text *texts, const Content *content)
{
	StringInfoData pattern;
	const char *tail = column->field->unique ? content->unique_tail : content->tail;

	if (*tail == '\0')
		return false;
	initStringInfo(&pattern);
	appendStringInfoChar(&pattern, '^');
	if (content->head > 0 && !append_heads(&pattern, column, texts, content->head))
		return false;
	appendStringInfo(&pattern, "%s$", tail);
	set_pattern(profile, column->field, pattern.data);
	profile_why(profile, column->field, "sample: %.0f %% look like %s",
				content->share * 100, content->name);
	return true;
}

/* ---- lengths ---- */

/* Lengths that at least LEARN_RARE texts reach. */
static void
set_lengths(Profile *profile, Column *column, const Text *texts)
{
	Field	   *field = column->field;
	int		   *lengths;
	int			high;

	if (field->unique || column->nvalues < 2 * LEARN_RARE)
		return;
	lengths = palloc_extended(sizeof(int) * column->nvalues, MCXT_ALLOC_HUGE);
	for (int i = 0; i < column->nvalues; i++)
		lengths[i] = pg_mbstrlen_with_len(texts[i].bytes, texts[i].length);
	qsort(lengths, column->nvalues, sizeof(int), order_ints);
	high = Max(lengths[column->nvalues - LEARN_RARE], 1);
	field->min_length = lengths[LEARN_RARE - 1];
	field->max_length = field->max_length >= 0 ? Min(field->max_length, high) : high;
	field->min_length = Min(field->min_length, field->max_length);
	profile_why(profile, field, "sample: texts of %d to %d characters",
				field->min_length, field->max_length);
}

/* ---- all kinds ---- */

static bool
set_shape(Profile *profile, Column *column, const Text *texts, const Content *content)
{
	const char *why;
	char	   *pattern = content != NULL && content->phone ?
		profile_phone(profile, column, texts, &why) :
		profile_shape(profile, column, texts, &why);

	if (pattern == NULL)
		return false;
	set_pattern(profile, column->field, pattern);
	if (content != NULL)
		profile_why(profile, column->field, "sample: %.0f %% look like %s, shape %s",
					content->share * 100, content->name, why);
	else
		profile_why(profile, column->field, "sample: shape %s", why);
	return true;
}

void
profile_text(Profile *profile, Column *column)
{
	Field	   *field = column->field;
	Text	   *texts = column_texts(column);
	Content    *content = profile_content(profile, column, texts);
	bool		json = content != NULL && strcmp(content->name, "JSON") == 0;
	Counts		counts;

	counts_init(&counts, 1024);
	for (int i = 0; i < column->nvalues; i++)
		(void) counts_add(&counts, texts[i], column->rows[i], i);
	/* sentences that come again are running text all the same */
	if (content == NULL && !profile_has_few(column, &counts) &&
		profile_words(profile, column, texts))
	{
		field->has_default = false;
		return;
	}
	if ((content == NULL || !content->personal) &&
		profile_enumerate(profile, column, texts, &counts))
		return;
	if (content != NULL && content->phone && set_shape(profile, column, texts, content))
		return;
	if (content != NULL && content->semantic != NULL)
	{
		set_semantic(profile, field, content);
		return;
	}
	if (content != NULL && set_known_pattern(profile, column, texts, content))
		return;
	/* a name promises what the values do not keep */
	if (content == NULL && profile_recognises(field->semantic))
		profile_drop_name(field);
	if (!json && set_shape(profile, column, texts, content))
		return;
	if (counts.n > 1)
		field->has_default = false;
	set_lengths(profile, column, texts);
}
