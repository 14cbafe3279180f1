/*-------------------------------------------------------------------------
 *
 * profile_concat.c
 *		Texts that are put together from others: first || ' ' || last.
 *
 * One row's text is read as parts: values of other columns as they are, in
 * small letters or in capitals, and what lies between them.  The parts are
 * then tried on all rows.  A first letter ("j.smith") is looked for where
 * nothing longer is found.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "fit/profile_formula.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/formatting.h"

#define MOST_OPERANDS	40
#define MOST_PARTS		8
#define MOST_BYTES		500		/* of a text that is put together */
#define SEEDS			8		/* rows that are read for parts */
#define PROBE_ROWS		50
#define LEAST_ROWS		30
#define LEAST_DISTINCT	5

typedef enum Change
{
	AS_IS,
	LOWER,
	UPPER,
	CHANGES
} Change;

typedef struct Operand
{
	int			field;
	Oid			collation;
	const Datum *values;
	const bool *nulls;
	int			longest;		/* characters */
	bool		target;
} Operand;

typedef struct Part
{
	const Operand *operand;		/* NULL: a literal */
	Change		change;
	bool		initial;		/* its first letter only */
	Text		literal;
} Part;

typedef struct Template
{
	int			n;
	Part		parts[MOST_PARTS];
} Template;

typedef struct Search
{
	Profile    *profile;
	int			nrows;
	int			n;
	Operand		operands[MOST_OPERANDS];
	Bitmapset **reads;
} Search;

static Text
text_at(const Operand *operand, int row)
{
	return value_bytes(TEXTOID, operand->values[row]);
}

static Text
changed(const Operand *operand, Text text, Change change)
{
	char	   *result;

	if (change == AS_IS || text.length == 0)
		return text;
	result = change == LOWER ? str_tolower(text.bytes, text.length, operand->collation) :
		str_toupper(text.bytes, text.length, operand->collation);
	text.bytes = result;
	text.length = strlen(result);
	return text;
}

/* What a part gives for a row; its operand is not NULL there. */
static Text
part_text(const Part *part, int row)
{
	Text		text;

	if (part->operand == NULL)
		return part->literal;
	text = text_at(part->operand, row);
	if (part->initial && text.length > 0)
		text.length = Min(pg_mblen(text.bytes), text.length);
	return changed(part->operand, text, part->change);
}

static bool
begins_with(Text text, int at, Text with)
{
	return with.length > 0 && text.length - at >= with.length &&
		memcmp(text.bytes + at, with.bytes, with.length) == 0;
}

/* ---- reading a row's text ---- */

/* The longest part that the text has at a place; its length, or 0. */
static int
find_part(const Search *search, const Operand *target, Text text, int at, int row,
		  bool initials, Part *part)
{
	int			longest = 0;

	for (int i = 0; i < search->n; i++)
	{
		const Operand *operand = &search->operands[i];

		if (operand == target || operand->nulls[row] ||
			bms_is_member(target->field, search->reads[operand->field]))
			continue;
		for (Change change = AS_IS; change < CHANGES; change++)
		{
			Part		trial = {operand, change, initials};
			Text		piece = part_text(&trial, row);

			if (piece.length <= longest || (piece.length < 2 && !initials) ||
				!begins_with(text, at, piece))
				continue;
			longest = piece.length;
			*part = trial;
		}
	}
	return longest;
}

static bool
read_template(const Search *search, const Operand *target, int row, bool initials,
			  Template *template)
{
	Text		text = text_at(target, row);
	bool		any = false;
	int			at = 0;

	template->n = 0;
	if (text.length == 0 || text.length > MOST_BYTES)
		return false;
	while (at < text.length)
	{
		Part		part;
		Part	   *last = template->n > 0 ? &template->parts[template->n - 1] : NULL;
		int			length = find_part(search, target, text, at, row, false, &part);

		if (length == 0 && initials && at == 0)
			length = find_part(search, target, text, at, row, true, &part);
		if (length == 0)
		{
			length = Min(pg_mblen(text.bytes + at), text.length - at);
			if (last != NULL && last->operand == NULL)
			{
				last->literal.length += length;
				at += length;
				continue;
			}
			memset(&part, 0, sizeof(Part));
			part.literal.bytes = text.bytes + at;
			part.literal.length = length;
		}
		if (template->n == MOST_PARTS)
			return false;
		any |= part.operand != NULL;
		template->parts[template->n++] = part;
		at += length;
	}
	return any;
}

/* ---- trying it ---- */

/* NULL where a part is, and there alone. */
static bool
row_holds(const Template *template, const Operand *target, int row)
{
	Text		text = {NULL, 0};
	bool		null = false;
	int			at = 0;

	for (int i = 0; i < template->n; i++)
		null |= template->parts[i].operand != NULL && template->parts[i].operand->nulls[row];
	if (null || target->nulls[row])
		return null && target->nulls[row];
	text = text_at(target, row);
	for (int i = 0; i < template->n; i++)
	{
		Text		piece = part_text(&template->parts[i], row);

		if (piece.length > 0 && !begins_with(text, at, piece))
			return false;
		at += piece.length;
	}
	return at == text.length;
}

static bool
template_holds(const Search *search, const Template *template, const Operand *target)
{
	int			nprobes = Min(search->nrows, PROBE_ROWS);
	int			rows = 0;
	Counts		distinct;

	for (int i = 0; i < nprobes; i++)
		if (!row_holds(template, target, (int) ((int64) i * search->nrows / nprobes)))
			return false;
	counts_init(&distinct, LEAST_DISTINCT);
	for (int i = 0; i < search->nrows; i++)
	{
		if ((i & 255) == 0)
			CHECK_FOR_INTERRUPTS();
		if (!row_holds(template, target, i))
			return false;
		if (target->nulls[i])
			continue;
		rows++;
		if (distinct.n < LEAST_DISTINCT)
			(void) counts_add(&distinct, text_at(target, i), i, i);
	}
	return rows >= LEAST_ROWS && distinct.n >= LEAST_DISTINCT;
}

/* Can the longest values together be stored? */
static bool
template_fits(const Search *search, const Template *template, const Operand *target)
{
	const Field *field = search->profile->schema->fields[target->field];
	int			longest = 0;

	if (field->base_type == TEXTOID || field->base_typmod < (int32) VARHDRSZ)
		return true;
	for (int i = 0; i < template->n; i++)
		longest += template->parts[i].operand == NULL ? template->parts[i].literal.length :
			template->parts[i].initial ? 1 : template->parts[i].operand->longest;
	return longest <= field->base_typmod - (int32) VARHDRSZ;
}

/* ---- writing it ---- */

static char *
template_text(const Search *search, const Template *template)
{
	static const char *const functions[] = {"", "lower(", "upper("};
	StringInfoData text;

	initStringInfo(&text);
	for (int i = 0; i < template->n; i++)
	{
		const Part *part = &template->parts[i];
		const char *name;

		if (i > 0)
			appendStringInfoString(&text, " || ");
		if (part->operand == NULL)
		{
			appendStringInfoString(&text, quote_literal_cstr(pnstrdup(part->literal.bytes,
																	  part->literal.length)));
			continue;
		}
		name = quote_identifier(search->profile->schema->fields[part->operand->field]->name);
		appendStringInfo(&text, part->initial ? "%sleft(%s, 1)%s" : "%s%s%s",
						 functions[part->change], name, part->change == AS_IS ? "" : ")");
	}
	return text.data;
}

static bool
take_template(Search *search, const Template *template, const Operand *target)
{
	if (!template_fits(search, template, target) ||
		!formula_set(search->profile, target->field, template_text(search, template)))
		return false;
	for (int i = 0; i < template->n; i++)
	{
		const Operand *operand = template->parts[i].operand;

		if (operand != NULL)
			formula_note_read(search->reads, search->profile->schema->nfields,
							  target->field, operand->field);
	}
	return true;
}

/* ---- the search ---- */

static void
add_operand(Search *search, const Sample *sample, int index, int column)
{
	const Field *field = search->profile->schema->fields[index];
	Operand    *operand = &search->operands[search->n];

	if (search->n == MOST_OPERANDS || column < 0 || sample->values[column] == NULL ||
		!formula_may_read(search->profile->schema, index) ||
		!(field->base_type == TEXTOID || field->base_type == VARCHAROID))
		return;
	operand->field = index;
	operand->collation = OidIsValid(field->collation) ? field->collation :
		DEFAULT_COLLATION_OID;
	operand->values = sample->values[column];
	operand->nulls = sample->nulls[column];
	operand->target = formula_may_give(search->profile->schema, index);
	operand->longest = 0;
	for (int i = 0; i < sample->nrows; i++)
		if (!operand->nulls[i])
			operand->longest = Max(operand->longest, text_at(operand, i).length);
	search->n++;
}

static void
search_target(Search *search, const Operand *target)
{
	int			seeds = 0;
	Template	template;

	for (int i = 0; i < search->nrows && seeds < SEEDS; i++)
	{
		if (target->nulls[i])
			continue;
		seeds++;
		for (int initials = 0; initials <= 1; initials++)
			if (read_template(search, target, i, initials, &template) &&
				template_holds(search, &template, target) &&
				take_template(search, &template, target))
				return;
	}
}

void
profile_text_formulas(Profile *profile, const Sample *sample, const int *columns)
{
	Search	   *search = palloc0(sizeof(Search));

	search->profile = profile;
	search->nrows = sample->nrows;
	search->reads = palloc0(sizeof(Bitmapset *) * Max(profile->schema->nfields, 1));
	for (int i = 0; i < profile->schema->nfields; i++)
		add_operand(search, sample, i, columns[i]);
	for (int t = search->n - 1; t >= 0; t--)
	{
		CHECK_FOR_INTERRUPTS();
		if (search->operands[t].target)
			search_target(search, &search->operands[t]);
	}
}
