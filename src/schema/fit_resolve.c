/*-------------------------------------------------------------------------
 *
 * fit_resolve.c
 *		From what a blob says to a Fit of a Schema: names become fields and
 *		references, texts become values.
 *
 * What the Schema or the server's encoding has no place for goes, and the
 * numbers of axes, bins and levels stay as they are: trees keep asking for
 * them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "common/base64.h"
#include "miscadmin.h"
#include "schema/document.h"
#include "schema/fit_blob.h"
#include "utils/lsyscache.h"

#define MOST_PASSES		100		/* over words that nothing follows any more */

typedef struct FitResolver
{
	FitBlob    *blob;
	const Schema *schema;
	int		   *fields;			/* [blob->nfields]: index into schema->fields, or -1 */
} FitResolver;

/* ---- fields ---- */

/* A field of the blob that the Schema has, makes, and has with the same type. */
static int
resolve_field(FitResolver *resolver, int number)
{
	char	   *name = resolver->blob->names[number];
	char	   *type = resolver->blob->types[number];
	const Field *field;
	int			index;

	if (name != NULL)
		name = fit_text_from_blob(name, resolver->blob->encoding);
	index = name != NULL ? schema_field_index(resolver->schema, name) : -1;
	if (index < 0 || type == NULL)
		return -1;
	field = resolver->schema->fields[index];
	if (field->origin == FIELD_DROPPED || field->origin == FIELD_EXPRESSION ||
		field->generated_always || strcmp(catalog_type_name(field->base_type), type) != 0)
		return -1;
	return index;
}

/* A column of the rows that the key leads to, as a context of the Schema. */
static int
resolve_context(FitResolver *resolver, int number)
{
	Schema	   *schema = unconstify(Schema *, resolver->schema);
	int			key = resolver->fields[resolver->blob->keys[number]];
	int			reference = key >= 0 ? schema->fields[key]->reference : -1;
	char	   *name = resolver->blob->names[number];
	char	   *type = resolver->blob->types[number];
	Oid			relid;
	AttrNumber	attnum;

	if (reference < 0 || name == NULL || type == NULL)
		return -1;
	name = fit_text_from_blob(name, resolver->blob->encoding);
	relid = ((const Reference *) list_nth(schema->references, reference))->relid;
	attnum = name != NULL ? get_attnum(relid, name) : InvalidAttrNumber;
	if (attnum <= 0 || strcmp(catalog_type_name(getBaseType(get_atttype(relid, attnum))), type) != 0)
		return -1;
	return schema_context(schema, reference, attnum);
}

/* Two names of the blob may not mean the same field. */
static void
resolve_fields(FitResolver *resolver)
{
	int			nfields = resolver->blob->nfields;
	Bitmapset  *seen = NULL;

	resolver->fields = palloc(sizeof(int) * Max(nfields, 1));
	for (int i = 0; i < nfields; i++)
	{
		int			index = resolver->blob->keys[i] >= 0 ? -1 : resolve_field(resolver, i);

		if (index >= 0 && bms_is_member(index, seen))
			index = -1;
		if (index >= 0)
			seen = bms_add_member(seen, index);
		resolver->fields[i] = index;
	}
	for (int i = 0; i < nfields; i++)
	{
		int			index = resolver->blob->keys[i] >= 0 ? resolve_context(resolver, i) : -1;

		if (index < 0 || bms_is_member(index, seen))
			continue;
		seen = bms_add_member(seen, index);
		resolver->fields[i] = index;
	}
}

static int
field_of(const FitResolver *resolver, int number)
{
	return number < 0 ? -1 : resolver->fields[number];
}

/* A field of the row itself. */
static int
own_field_of(const FitResolver *resolver, int number)
{
	int			field = field_of(resolver, number);

	return field < resolver->schema->nfields ? field : -1;
}

/* What another row has is a value or none, and counted from nothing. */
static bool
axis_is_misplaced(const FitResolver *resolver, const FitAxis *axis)
{
	return axis->field >= resolver->schema->nfields &&
		((axis->kind != FIT_SCALE && axis->kind != FIT_LEVELS && axis->kind != FIT_PRESENCE) ||
		 axis->base >= 0 || axis->determinant >= 0);
}

void
fit_forget_value(FitAxis *axis)
{
	axis->field = -1;
	axis->base = -1;
	axis->levels = NULL;
}

/* ---- values ---- */

/* Texts of a blob as values of a field; those that are none become NULL. */
static Datum *
resolve_values(const FitResolver *resolver, const Field *field, const Datum *from, int count,
			   char **texts)
{
	Datum	   *values = palloc0(sizeof(Datum) * Max(count, 1));

	for (int i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		texts[i] = DatumGetCString(from[i]);
		if (texts[i] != NULL)
			texts[i] = fit_text_from_blob(texts[i], resolver->blob->encoding);
	}
	values_from_texts(field->base_type, field->base_typmod, count, texts, values);
	return values;
}

/* The heaviest level that has a value, of a bin, or of all if bin is -1; or -1. */
static int
heaviest_level(const FitAxis *axis, char *const *texts, int bin)
{
	int			best = -1;

	for (int i = 0; i < axis->nlevels; i++)
	{
		if (texts[i] != NULL && (bin < 0 || axis->level_bins[i] == bin) &&
			(best < 0 || axis->level_weights[i] > axis->level_weights[best]))
			best = i;
	}
	return best;
}

/* A level without a value stands for another one of its bin, or of any. */
static void
replace_levels(FitAxis *axis, char **texts)
{
	int			others[FIT_MAX_BINS];
	int			other = heaviest_level(axis, texts, -1);

	if (other < 0)
	{
		if (axis->nlevels > 0)
			fit_forget_value(axis);
		return;
	}
	for (int bin = 0; bin < axis->nbins; bin++)
		others[bin] = heaviest_level(axis, texts, bin);
	for (int i = 0; i < axis->nlevels; i++)
	{
		if (texts[i] == NULL)
			axis->levels[i] = axis->levels[others[axis->level_bins[i]] >= 0 ?
										   others[axis->level_bins[i]] : other];
	}
}

static void
resolve_levels(FitResolver *resolver, FitAxis *axis)
{
	const Field *field = resolver->schema->fields[axis->field];
	char	  **texts = palloc(sizeof(char *) * Max(axis->nlevels, 1));

	axis->levels = resolve_values(resolver, field, axis->levels, axis->nlevels, texts);
	replace_levels(axis, texts);
	pfree(texts);
	if (axis->pattern != NULL)
		axis->pattern = fit_text_from_blob(axis->pattern, resolver->blob->encoding);
	if (axis->other_pattern != NULL)
		axis->other_pattern = fit_text_from_blob(axis->other_pattern, resolver->blob->encoding);
	if (axis->pattern == NULL || axis->other_pattern == NULL)
		axis->pattern = axis->other_pattern = NULL;
}

/* ---- axes ---- */

/* Infinity and NaN are values of few types, and no lengths. */
static bool
knots_suit(const FitAxis *axis, Oid type)
{
	bool		number = type == FLOAT4OID || type == FLOAT8OID || type == NUMERICOID;
	bool		time = type == DATEOID || type == TIMESTAMPOID || type == TIMESTAMPTZOID;

	if (axis->kind == FIT_LENGTH)
		number = time = false;
	for (int i = 0; i < axis->nknots; i++)
	{
		if (!isfinite(axis->knots[i]) && !number && !(time && !isnan(axis->knots[i])))
			return false;
	}
	return true;
}

static bool
axis_suits(const FitAxis *axis, const Field *field)
{
	ValueKind	kind = value_kind(field->base_type);

	switch (axis->kind)
	{
		case FIT_SCALE:
			return value_kind_is_scale(kind) && knots_suit(axis, field->base_type);
		case FIT_LEVELS:
			return field->object == NULL;
		case FIT_PRESENCE:
			return true;
		case FIT_LENGTH:
			return field->items != NULL && knots_suit(axis, field->base_type);
		case FIT_WEEKDAY:
			return kind == VALUE_DATE || kind == VALUE_TIMESTAMP;
		case FIT_HOUR:
			return kind == VALUE_TIME || kind == VALUE_TIMESTAMP;
		case FIT_ENDING:
			return kind == VALUE_INTEGER || kind == VALUE_NUMERIC || kind == VALUE_FLOAT;
	}
	return false;
}

static void
resolve_axis(FitResolver *resolver, FitAxis *axis)
{
	Field	  **fields = resolver->schema->fields;
	bool		based = axis->base >= 0;

	axis->field = field_of(resolver, axis->field);
	axis->base = field_of(resolver, axis->base);
	if (axis->field < 0 || axis_is_misplaced(resolver, axis) ||
		!axis_suits(axis, fields[axis->field]) ||
		(based && (axis->base < 0 ||
				   fields[axis->base]->base_type != fields[axis->field]->base_type)))
		fit_forget_value(axis);
	else if (axis->kind == FIT_LEVELS)
		resolve_levels(resolver, axis);
}

void
fit_forget_parts(Fit *fit)
{
	Bitmapset  *scales = NULL;

	for (int i = 0; i < fit->naxes; i++)
	{
		FitAxis    *axis = &fit->axes[i];

		if (axis->field < 0)
			continue;
		if (axis->kind == FIT_SCALE)
			scales = bms_add_member(scales, axis->field);
		else if (fit_axis_is_part(axis->kind) && !bms_is_member(axis->field, scales))
			fit_forget_value(axis);
	}
}

/* ---- fan-outs ---- */

static bool
reference_is(const FitResolver *resolver, const Reference *reference, const FitParent *parent)
{
	char	   *name = parent->relation != NULL ?
		fit_text_from_blob(parent->relation, resolver->blob->encoding) : NULL;
	char	   *relation = get_rel_name(reference->relid);

	if (name == NULL || relation == NULL || strcmp(name, relation) != 0 ||
		reference->ncolumns != parent->ncolumns)
		return false;
	for (int i = 0; i < parent->ncolumns; i++)
	{
		if (reference->fields[i] != resolver->fields[parent->fields[i]])
			return false;
	}
	return true;
}

/* Keeps the keys of which every column has a value. */
static void
keep_keys(FitFanout *fanout, int ncolumns, char ***texts)
{
	int			kept = 0;

	for (int i = 0; i < fanout->nkeys; i++)
	{
		bool		whole = true;

		for (int column = 0; column < ncolumns; column++)
			whole &= texts[column][i] != NULL;
		if (!whole)
			continue;
		for (int column = 0; column < ncolumns; column++)
			fanout->keys[column][kept] = fanout->keys[column][i];
		fanout->weights[kept++] = fanout->weights[i];
	}
	fanout->nkeys = kept;
}

/* False where the Schema has no such reference. */
static bool
resolve_fanout(FitResolver *resolver, FitFanout *fanout, const FitParent *parent)
{
	const Schema *schema = resolver->schema;
	char	 ***texts = palloc(sizeof(char **) * parent->ncolumns);

	for (int i = 0; i < list_length(schema->references); i++)
	{
		if (reference_is(resolver, list_nth(schema->references, i), parent))
			fanout->reference = i;
	}
	if (fanout->reference < 0)
		return false;
	for (int column = 0; column < parent->ncolumns; column++)
	{
		const Field *field = schema->fields[resolver->fields[parent->fields[column]]];

		texts[column] = palloc(sizeof(char *) * Max(fanout->nkeys, 1));
		fanout->keys[column] = resolve_values(resolver, field, fanout->keys[column],
											  fanout->nkeys, texts[column]);
	}
	keep_keys(fanout, parent->ncolumns, texts);
	return true;
}

static void
resolve_fanouts(FitResolver *resolver)
{
	Fit		   *fit = resolver->blob->fit;
	Bitmapset  *seen = NULL;
	int			kept = 0;

	for (int i = 0; i < fit->nfanouts; i++)
	{
		FitFanout	fanout = fit->fanouts[i];

		if (!resolve_fanout(resolver, &fanout, &resolver->blob->parents[i]) ||
			bms_is_member(fanout.reference, seen))
			continue;
		seen = bms_add_member(seen, fanout.reference);
		fit->fanouts[kept++] = fanout;
	}
	fit->nfanouts = kept;
}

/* ---- models of text ---- */

/* Is the word there, or the end? */
static bool
follows(const FitWords *words, int step)
{
	return words->next[step] == 0 || words->words[words->next[step]] != NULL;
}

/* A step of a word's that can be taken, or -1; a text does not end where it begins. */
static int
usable_step(const FitWords *words, int word)
{
	for (int i = words->starts[word]; i < words->starts[word + 1]; i++)
		if (follows(words, i) && (word > 0 || words->next[i] > 0))
			return i;
	return -1;
}

/* Leaves out, too, what only words that are left out follow. */
static void
leave_out_dead_ends(FitWords *words)
{
	bool		grew = true;

	for (int pass = 0; grew && pass < MOST_PASSES; pass++)
	{
		grew = false;
		CHECK_FOR_INTERRUPTS();
		for (int i = 1; i < words->nwords; i++)
		{
			if (words->words[i] == NULL || words->starts[i] == words->starts[i + 1] ||
				usable_step(words, i) >= 0)
				continue;
			words->words[i] = NULL;
			grew = true;
		}
	}
}

/*
 * In place of a word that the encoding lacks another one comes that may follow
 * there.  False if no text can begin.
 */
static bool
replace_words(FitWords *words)
{
	leave_out_dead_ends(words);
	if (usable_step(words, 0) < 0)
		return false;
	for (int w = 0; w < words->nwords; w++)
	{
		int			usable = usable_step(words, w);

		for (int i = words->starts[w]; i < words->starts[w + 1]; i++)
			if (!follows(words, i))
				words->next[i] = usable >= 0 ? words->next[usable] : 0;
	}
	for (int i = 0; i < words->nwords; i++)
	{
		if (words->words[i] == NULL)
			words->words[i] = "";
	}
	return true;
}

static bool
resolve_words(FitResolver *resolver, FitWords *words)
{
	words->field = own_field_of(resolver, words->field);
	if (words->field < 0 ||
		value_kind(resolver->schema->fields[words->field]->base_type) != VALUE_TEXT)
		return false;
	for (int i = 0; i < words->nwords; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (words->words[i] != NULL)
			words->words[i] = fit_text_from_blob(words->words[i], resolver->blob->encoding);
	}
	return replace_words(words);
}

/* ---- rows ---- */

/* Rows with fewer fields, or with other values in them, are other rows. */
static void
resolve_rows(FitResolver *resolver, FitRows *rows)
{
	Bitmapset  *seen = NULL;

	for (int i = 0; i < rows->nfields; i++)
	{
		int			field = own_field_of(resolver, rows->fields[i]);

		if (field < 0 || bms_is_member(field, seen))
		{
			memset(rows, 0, sizeof(*rows));
			break;
		}
		rows->fields[i] = field;
		seen = bms_add_member(seen, field);
	}
}

/* ---- the whole ---- */

Fit *
fit_blob_resolve(FitBlob *blob, const Schema *schema)
{
	FitResolver resolver = {blob, schema};
	Fit		   *fit = blob->fit;
	int			kept = 0;

	resolve_fields(&resolver);
	for (int i = 0; i < fit->naxes; i++)
		resolve_axis(&resolver, &fit->axes[i]);
	fit_forget_parts(fit);
	resolve_fanouts(&resolver);
	for (int i = 0; i < fit->nwords; i++)
	{
		FitWords	words = fit->words[i];

		if (resolve_words(&resolver, &words))
			fit->words[kept++] = words;
	}
	fit->nwords = kept;
	resolve_rows(&resolver, &fit->known);
	return fit;
}

Fit *
fit_from_text(const Schema *schema, const char *text, Faults *faults)
{
	int			length = (int) Min(strlen(text), (size_t) PG_INT32_MAX / 2);
	int			room = pg_b64_dec_len(length);
	const char *problem = "it is not base64";
	bool		newer = false;
	FitBlob    *blob = NULL;
	Fit		   *fit;
	char	   *bytes;
	int			level;

	if (room > FIT_MAX_BYTES + 3)
	{
		fault_add(faults, ERRCODE_PROGRAM_LIMIT_EXCEEDED, "fit", NULL,
				  "\"fit\" has %d bytes, at most %d are possible", room, FIT_MAX_BYTES);
		return NULL;
	}
	bytes = palloc(room + 1);
	length = pg_b64_decode(text, length, (void *) bytes, room);
	if (length >= 0)
		blob = fit_blob_parse(bytes, length, &problem, &newer);
	if (blob == NULL)
	{
		fault_add(faults, ERRCODE_INVALID_PARAMETER_VALUE, "fit", newer ?
				  "It was made by a newer version of synthik." :
				  "It is damaged; make it anew with synthik_infer, or leave it out.",
				  "\"fit\" cannot be read: %s", problem);
		return NULL;
	}
	level = settings_fix();
	fit = fit_blob_resolve(blob, schema);
	settings_restore(level);
	return fit;
}
