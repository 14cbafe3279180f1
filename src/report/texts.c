/*-------------------------------------------------------------------------
 *
 * texts.c
 *		Whether texts that differ from row to row look like the original's.
 *
 * The form of a text is what is left when letters and digits are taken for
 * each other: "AB-12" and "XY-90" have one form.  Where there are too many
 * such forms, lengths and cases do not count either; where there still are,
 * the column is free text and has none.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "miscadmin.h"
#include "report/records.h"
#include "util/rng.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#define LONGEST_TEXT	256		/* bytes that are looked at */
/* Forms are of use if there is less than one for this many rows. */
#define ROWS_PER_FORM	10

typedef struct Form
{
	uint64		hash;
	int			count;
} Form;

/* ---- the form of a text ---- */

/* Letters beyond ASCII are bytes with the high bit set in every encoding. */
static char
form_character(char c, bool loose)
{
	if (c >= '0' && c <= '9')
		return '0';
	if (c >= 'A' && c <= 'Z')
		return loose ? 'a' : 'A';
	if ((c >= 'a' && c <= 'z') || IS_HIGHBIT_SET(c))
		return 'a';
	return c;
}

/* Loosely, runs of letters or digits count as one; so does a letter's bytes. */
static uint64
form_hash(const char *text, Size length, bool loose)
{
	char		form[LONGEST_TEXT];
	int			used = 0;

	for (Size i = 0; i < length && i < LONGEST_TEXT; i++)
	{
		char		c = form_character(text[i], loose);

		if (IS_HIGHBIT_SET(text[i]) && i > 0 && IS_HIGHBIT_SET(text[i - 1]) && !loose)
			continue;
		if (loose && used > 0 && form[used - 1] == c)
			continue;
		form[used++] = c;
	}
	return rng_hash(form, used);
}

/* ---- the forms of a column ---- */

/* Counts one side's forms; returns how many texts there are. */
static int
count_forms(const Frame *frame, const FrameColumn *column, FrameSide side, bool loose,
			HTAB *forms, HTAB *known, int *matches)
{
	int			attribute = column->attribute[side];
	const Sample *sample = frame->samples[side];
	Oid			type = getBaseType(TupleDescAttr(RelationGetDescr(frame->relations[side]),
												 attribute)->atttypid);
	int			texts = 0;

	for (int row = 0; row < sample->nrows; row++)
	{
		Size		length;
		const char *text;
		uint64		hash;
		bool		found;
		Form	   *form;

		if (row % 1024 == 0)
			CHECK_FOR_INTERRUPTS();
		if (sample->nulls[attribute][row])
			continue;
		text = frame_text(type, sample->values[attribute][row], &length);
		hash = form_hash(text, length, loose);
		texts++;
		if (known != NULL)
		{
			*matches += hash_search(known, &hash, HASH_FIND, NULL) != NULL;
			continue;
		}
		form = hash_search(forms, &hash, HASH_ENTER, &found);
		form->count = found ? form->count + 1 : 1;
	}
	return texts;
}

/* The share of texts whose form is not theirs alone. */
static double
shared_forms(HTAB *forms, int texts)
{
	HASH_SEQ_STATUS scan;
	Form	   *form;
	int			alone = 0;

	hash_seq_init(&scan, forms);
	while ((form = hash_seq_search(&scan)) != NULL)
		alone += form->count == 1;
	return 1 - (double) alone / texts;
}

static double
form_share_of(const Frame *frame, const FrameColumn *column, bool loose, double *natural)
{
	HASHCTL		control = {.keysize = sizeof(uint64),.entrysize = sizeof(Form),
	.hcxt = CurrentMemoryContext};
	HTAB	   *forms = hash_create("synthik forms", 256, &control,
									HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	double		share = NAN;
	int			matches = 0;
	int			known;
	int			texts;

	known = count_forms(frame, column, FRAME_ORIGINAL, loose, forms, NULL, NULL);
	if (known > 0 && hash_get_num_entries(forms) <= Max(known / ROWS_PER_FORM, 1))
	{
		texts = count_forms(frame, column, FRAME_SYNTHETIC, loose, NULL, forms, &matches);
		if (texts > 0)
		{
			share = (double) matches / texts;
			*natural = shared_forms(forms, known);
		}
	}
	hash_destroy(forms);
	return share;
}

static bool
is_text(const Frame *frame, const FrameColumn *column, FrameSide side)
{
	TupleDesc	desc = RelationGetDescr(frame->relations[side]);
	Oid			type = TupleDescAttr(desc, column->attribute[side])->atttypid;

	return value_kind(getBaseType(type)) == VALUE_TEXT;
}

double
form_share(const Frame *frame, const FrameColumn *column, double *natural)
{
	MemoryContext scratch;
	MemoryContext old;
	double		share;

	*natural = NAN;
	if (column->kind != FRAME_IDENTITY || !is_text(frame, column, FRAME_ORIGINAL) ||
		!is_text(frame, column, FRAME_SYNTHETIC))
		return NAN;
	scratch = AllocSetContextCreate(CurrentMemoryContext, "synthik forms",
									ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(scratch);
	share = form_share_of(frame, column, false, natural);
	if (isnan(share))
		share = form_share_of(frame, column, true, natural);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(scratch);
	return share;
}
