/*-------------------------------------------------------------------------
 *
 * profile_count.c
 *		Which values of a column are equal, in how many rows they are, and
 *		whether they are few enough to be listed.
 *
 * The rule of privacy is held here: of text of many values, only what
 * LEARN_RARE rows or more share is listed.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "fit/profile.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "schema/guess.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#define FEW_LEVELS		200		/* that are listed whatever they are, where */
#define FEW_SHARE		0.1		/* they are this share of the rows at most, */
#define HANDFUL_LEVELS	20		/* or as few, each in LEARN_RARE rows on average */
#define COMMON_SHARE	0.95	/* of the rows, whose values are shared */
#define LISTED_LENGTH	500		/* bytes of a value that is listed */

/* ---- equal texts ---- */

void
counts_init(Counts *counts, int expected)
{
	uint32		size = pg_nextpower2_32(Max(expected, 8) * 2);

	counts->n = 0;
	counts->capacity = Max(expected, 8);
	counts->entries = MemoryContextAllocHuge(CurrentMemoryContext,
											 sizeof(Counted) * counts->capacity);
	counts->mask = size - 1;
	counts->slots = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(int) * size);
	memset(counts->slots, -1, sizeof(int) * size);
}

static bool
texts_equal(Text a, Text b)
{
	return a.length == b.length && memcmp(a.bytes, b.bytes, a.length) == 0;
}

/* The slot that has a text or that it belongs into. */
static uint32
find_slot(const Counts *counts, Text text, uint32 hash)
{
	uint32		slot = hash & counts->mask;

	while (counts->slots[slot] >= 0)
	{
		const Counted *entry = &counts->entries[counts->slots[slot]];

		if (entry->hash == hash && texts_equal(entry->text, text))
			break;
		slot = (slot + 1) & counts->mask;
	}
	return slot;
}

static uint32
text_hash(Text text)
{
	return hash_bytes((const unsigned char *) text.bytes, text.length);
}

static void
counts_grow(Counts *counts)
{
	uint32		size = (counts->mask + 1) * 2;

	counts->capacity *= 2;
	counts->entries = repalloc_huge(counts->entries, sizeof(Counted) * counts->capacity);
	pfree(counts->slots);
	counts->slots = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(int) * size);
	memset(counts->slots, -1, sizeof(int) * size);
	counts->mask = size - 1;
	for (int i = 0; i < counts->n; i++)
	{
		uint32		slot = counts->entries[i].hash & counts->mask;

		while (counts->slots[slot] >= 0)
			slot = (slot + 1) & counts->mask;
		counts->slots[slot] = i;
	}
}

int
counts_add(Counts *counts, Text text, int row, int value)
{
	uint32		hash = text_hash(text);
	uint32		slot = find_slot(counts, text, hash);
	Counted    *entry;

	if (counts->slots[slot] >= 0)
	{
		entry = &counts->entries[counts->slots[slot]];
		if (entry->last != row)
		{
			entry->rows++;
			entry->last = row;
		}
		return counts->slots[slot];
	}
	if (counts->n == counts->capacity)
	{
		counts_grow(counts);
		slot = find_slot(counts, text, hash);
	}
	counts->slots[slot] = counts->n;
	entry = &counts->entries[counts->n];
	entry->text = text;
	entry->hash = hash;
	entry->first = value;
	entry->rows = 1;
	entry->last = row;
	return counts->n++;
}

int
counts_find(const Counts *counts, Text text)
{
	return counts->slots[find_slot(counts, text, text_hash(text))];
}

static int
compare_rows(const void *a, const void *b, void *arg)
{
	const Counted *x = &((Counted *) arg)[*(const int *) a];
	const Counted *y = &((Counted *) arg)[*(const int *) b];
	int			order;

	if (x->rows != y->rows)
		return y->rows - x->rows;
	order = memcmp(x->text.bytes, y->text.bytes, Min(x->text.length, y->text.length));
	return order != 0 ? order : x->text.length - y->text.length;
}

int *
counts_order(const Counts *counts)
{
	int		   *order = palloc(sizeof(int) * Max(counts->n, 1));

	for (int i = 0; i < counts->n; i++)
		order[i] = i;
	qsort_arg(order, counts->n, sizeof(int), compare_rows, counts->entries);
	return order;
}

/* ---- values as bytes ---- */

Text
value_bytes(Oid type, Datum value)
{
	Text		text;

	if (value_kind(type) == VALUE_TEXT)
	{
		struct varlena *varlena = pg_detoast_datum_packed((struct varlena *) DatumGetPointer(value));

		text.bytes = VARDATA_ANY(varlena);
		text.length = VARSIZE_ANY_EXHDR(varlena);
		if (type == BPCHAROID)
			text.length = bpchartruelen(unconstify(char *, text.bytes), text.length);
	}
	else
	{
		text.bytes = value_to_text(type, value);
		text.length = strlen(text.bytes);
	}
	return text;
}

Text *
column_texts(const Column *column)
{
	Text	   *texts = palloc_extended(sizeof(Text) * Max(column->nvalues, 1),
										MCXT_ALLOC_HUGE);

	for (int i = 0; i < column->nvalues; i++)
	{
		if ((i & 1023) == 0)
			CHECK_FOR_INTERRUPTS();
		texts[i] = value_bytes(column->field->base_type, column->values[i]);
	}
	return texts;
}

/* ---- what is kept ---- */

char *
profile_keep_text(Profile *profile, const char *text)
{
	return MemoryContextStrdup(profile->keep, text);
}

Datum
profile_keep_value(Profile *profile, const Field *field, Datum value)
{
	MemoryContext old = MemoryContextSwitchTo(profile->keep);
	int16		length;
	bool		byval;

	get_typlenbyval(field->base_type, &length, &byval);
	value = datumCopy(value, byval, length);
	MemoryContextSwitchTo(old);
	return value;
}

void
profile_why(Profile *profile, Field *field, const char *format,...)
{
	char		phrase[256];
	va_list		args;

	va_start(args, format);
	vsnprintf(phrase, sizeof(phrase), format, args);
	va_end(args);
	field->why = MemoryContextStrdup(profile->keep, phrase);
}

void
profile_drop_name(Field *field)
{
	guess_drop(field);
	if (pattern_is_guess(field))
		field->pattern = NULL;
	field->semantic = NULL;
}

/* ---- lists ---- */

bool
profile_has_few(const Column *column, const Counts *counts)
{
	return (counts->n <= FEW_LEVELS && counts->n <= column->nvalues * FEW_SHARE) ||
		(counts->n <= HANDFUL_LEVELS && counts->n * LEARN_RARE <= column->nvalues);
}

/* How many of the entries, in order, are to be listed; 0: no list. */
static int
levels_to_list(const Profile *profile, const Column *column, const Counts *counts)
{
	int64		common = 0;
	int64		total = 0;
	int			ncommon = 0;
	bool		few = profile_has_few(column, counts);

	for (int i = 0; i < counts->n; i++)
	{
		int			rows = counts->entries[i].rows;

		total += rows;
		if (rows < LEARN_RARE)
			continue;
		if (counts->entries[i].text.length > LISTED_LENGTH)
			return 0;
		common += rows;
		ncommon++;
	}
	if (few && !profile->options->strict)
		return counts->n;
	if (ncommon <= FIT_MAX_LEVELS && (few || common >= total * COMMON_SHARE))
		return ncommon;
	return 0;
}

bool
profile_enumerate(Profile *profile, Column *column, const Text *texts, const Counts *counts)
{
	Field	   *field = column->field;
	ValueList  *list = &field->enumeration;
	int		   *order;
	int			n;
	double		total = 0;

	if (column->nvalues < LEARN_RARE || field->unique)
		return false;
	n = levels_to_list(profile, column, counts);
	if (n == 0)
		return false;
	order = counts_order(counts);
	profile_drop_name(field);
	list->count = n;
	list->implied = false;
	list->values = MemoryContextAlloc(profile->keep, sizeof(Datum) * n);
	list->nulls = MemoryContextAllocZero(profile->keep, sizeof(bool) * n);
	list->weights = MemoryContextAlloc(profile->keep, sizeof(double) * n);
	for (int i = 0; i < n; i++)
		total += counts->entries[order[i]].rows;
	for (int i = 0; i < n; i++)
	{
		const Counted *entry = &counts->entries[order[i]];

		list->values[i] = profile_keep_value(profile, field, column->values[entry->first]);
		list->weights[i] = Max(rint(entry->rows / total * 1e5) / 1e5, 1e-5);
	}
	profile_why(profile, field, n == 1 ? "sample: one value" : "sample: %d values", n);
	return true;
}
