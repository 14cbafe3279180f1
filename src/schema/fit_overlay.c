/*-------------------------------------------------------------------------
 *
 * fit_overlay.c
 *		A document that is laid over a Schema with a Fit: what it makes anew
 *		is not what was learned any more.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "nodes/bitmapset.h"
#include "schema/fit_blob.h"

struct FitBase
{
	int			nfields;
	Field	   *fields;			/* copies, of their tops alone */
	Reference **references;		/* [fit->nfanouts] */
};

FitBase *
fit_base_note(const Schema *schema)
{
	const Fit  *fit = schema->fit;
	FitBase    *base;

	if (fit == NULL)
		return NULL;
	base = palloc(sizeof(FitBase));
	base->nfields = schema->nfields;
	base->fields = palloc(sizeof(Field) * Max(schema->nfields, 1));
	for (int i = 0; i < schema->nfields; i++)
		base->fields[i] = *schema->fields[i];
	base->references = palloc(sizeof(Reference *) * Max(fit->nfanouts, 1));
	for (int i = 0; i < fit->nfanouts; i++)
		base->references[i] = list_nth(schema->references, fit->fanouts[i].reference);
	return base;
}

/*
 * Another type, another kind of text, another parent, cases, series, an
 * expression.  All
 * else narrows what was learned, or goes before it, as a plan of it sees.
 */
static bool
made_anew(const Field *before, const Field *now)
{
	return before->base_type != now->base_type || before->base_typmod != now->base_typmod ||
		(before->semantic != now->semantic && now->semantic != NULL) ||
		before->reference != now->reference || now->case_words != NULL ||
		now->per_series || now->ascending || now->origin != FIELD_MADE;
}

/* Finds each fan-out's reference again, unless it or its keys' types went. */
static void
settle_fanouts(Schema *schema, const FitBase *base, const Bitmapset *anew)
{
	Fit		   *fit = schema->fit;
	int			kept = 0;

	for (int i = 0; i < fit->nfanouts; i++)
	{
		FitFanout	fanout = fit->fanouts[i];
		bool		good = true;

		fanout.reference = -1;
		for (int j = 0; j < list_length(schema->references); j++)
		{
			if (list_nth(schema->references, j) == base->references[i])
				fanout.reference = j;
		}
		if (fanout.reference < 0)
			continue;
		for (int j = 0; j < base->references[i]->ncolumns; j++)
			good &= !bms_is_member(base->references[i]->fields[j], anew);
		if (good)
			fit->fanouts[kept++] = fanout;
	}
	fit->nfanouts = kept;
}

void
fit_base_settle(Schema *schema, const FitBase *base)
{
	Fit		   *fit = schema->fit;
	Bitmapset  *anew = NULL;
	int			kept = 0;

	if (base == NULL)
		return;
	for (int i = 0; i < base->nfields; i++)
	{
		if (made_anew(&base->fields[i], schema->fields[i]))
			anew = bms_add_member(anew, i);
	}
	for (int i = 0; i < fit->naxes; i++)
	{
		FitAxis    *axis = &fit->axes[i];

		if (axis->field >= 0 &&
			(bms_is_member(axis->field, anew) ||
			 (fit_axis_has_knots(axis->kind) && axis->base >= 0 &&
			  bms_is_member(axis->base, anew))))
			fit_forget_value(axis);
	}
	/* parts of an axis that went by its base */
	fit_forget_parts(fit);
	for (int i = 0; i < fit->nwords; i++)
	{
		if (!bms_is_member(fit->words[i].field, anew))
			fit->words[kept++] = fit->words[i];
	}
	fit->nwords = kept;
	settle_fanouts(schema, base, anew);
}
