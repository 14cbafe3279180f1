/*-------------------------------------------------------------------------
 *
 * frame.c
 *		Samples of two or three relations, side by side (see frame.h).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "report/frame.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "util/rng.h"

/* More values than one for this many rows, and a text is no category. */
#define ROWS_PER_LEVEL	2
#define PICK_KEY		UINT64CONST(0x71A5F2C39D04E6B7)

static const char *const side_names[] = {"original", "synthetic", "hold-out"};

/* ---- which columns there are ---- */

static int
find_attribute(Relation rel, const char *name)
{
	TupleDesc	desc = RelationGetDescr(rel);

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (!att->attisdropped && strcmp(NameStr(att->attname), name) == 0)
			return i;
	}
	return -1;
}

static Oid
attribute_type(Relation rel, int attribute)
{
	return getBaseType(TupleDescAttr(RelationGetDescr(rel), attribute)->atttypid);
}

static void
add_lack(Frame *frame, const char *column, const char *advice)
{
	FrameLack  *lack = palloc(sizeof(FrameLack));

	lack->column = column;
	lack->advice = advice;
	frame->lacks = lappend(frame->lacks, lack);
}

/* Numbers compare with numbers; times with times of the same kind. */
static bool
kinds_compare(ValueKind a, ValueKind b)
{
	if (value_kind_is_number(a))
		return value_kind_is_number(b);
	if (value_kind_is_scale(a) || value_kind_is_scale(b))
		return a == b;
	return (a == VALUE_BOOLEAN) == (b == VALUE_BOOLEAN);
}

/*
 * Finds a column of the original on another side, and says what is wrong
 * with it there: NULL if nothing is.
 */
static const char *
match_side(const Frame *frame, FrameColumn *column, FrameSide side)
{
	Relation	rel = frame->relations[side];
	Oid			original_type = attribute_type(frame->relations[FRAME_ORIGINAL],
											   column->attribute[FRAME_ORIGINAL]);
	int			attribute = find_attribute(rel, column->name);
	Oid			type;

	if (attribute < 0)
		return psprintf("Add column \"%s\" to the %s table, which does not have it.",
						column->name, side_names[side]);
	type = attribute_type(rel, attribute);
	if (!kinds_compare(column->value_kind, value_kind(type)))
		return psprintf("Give column \"%s\" of the %s table the type %s; it is %s there.",
						column->name, side_names[side], format_type_be(original_type),
						format_type_be(type));
	if (frame->samples[side]->values[attribute] == NULL)
		return psprintf("Ask for SELECT on column \"%s\" of the %s table.",
						column->name, side_names[side]);
	column->attribute[side] = attribute;
	return NULL;
}

static bool
is_key(const Schema *schema, const char *name)
{
	int			index = schema_field_index(schema, name);

	if (index < 0)
		return false;
	return schema->fields[index]->unique ||
		(list_length(schema->primary_key) == 1 &&
		 linitial_int(schema->primary_key) == index);
}

static bool
is_reference(const Schema *schema, const char *name)
{
	int			index = schema_field_index(schema, name);

	return index >= 0 && schema->fields[index]->reference >= 0;
}

/* Times and floating point numbers have a distribution, unique or not. */
static FrameKind
kind_of(const Schema *schema, const FrameColumn *column)
{
	ValueKind	kind = column->value_kind;

	if (is_key(schema, column->name) &&
		!value_kind_is_time(kind) && kind != VALUE_FLOAT)
		return FRAME_IDENTITY;
	if (value_kind_is_scale(kind) && !is_reference(schema, column->name))
		return FRAME_NUMBER;
	return FRAME_CATEGORY;
}

static void
match_column(Frame *frame, const Schema *schema, int attribute)
{
	Relation	original = frame->relations[FRAME_ORIGINAL];
	Form_pg_attribute att = TupleDescAttr(RelationGetDescr(original), attribute);
	FrameColumn *column = palloc0(sizeof(FrameColumn));
	const char *fault;

	column->name = pstrdup(NameStr(att->attname));
	column->value_kind = value_kind(attribute_type(original, attribute));
	for (int side = 0; side < FRAME_SIDES; side++)
		column->attribute[side] = -1;
	column->attribute[FRAME_ORIGINAL] = attribute;
	column->kind = kind_of(schema, column);

	fault = match_side(frame, column, FRAME_ORIGINAL);
	if (fault == NULL)
		fault = match_side(frame, column, FRAME_SYNTHETIC);
	if (fault != NULL)
	{
		add_lack(frame, column->name, fault);
		return;
	}
	if (frame->relations[FRAME_HOLDOUT] != NULL)
	{
		fault = match_side(frame, column, FRAME_HOLDOUT);
		if (fault != NULL)
			add_lack(frame, column->name, fault);
	}
	frame->columns[frame->ncolumns++] = column;
}

static void
match_columns(Frame *frame, const Schema *schema)
{
	TupleDesc	original = RelationGetDescr(frame->relations[FRAME_ORIGINAL]);
	TupleDesc	synthetic = RelationGetDescr(frame->relations[FRAME_SYNTHETIC]);

	frame->columns = palloc(sizeof(FrameColumn *) * Max(original->natts, 1));
	for (int i = 0; i < original->natts; i++)
		if (!TupleDescAttr(original, i)->attisdropped)
			match_column(frame, schema, i);
	for (int i = 0; i < synthetic->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(synthetic, i);
		char	   *name = pstrdup(NameStr(att->attname));

		if (!att->attisdropped &&
			find_attribute(frame->relations[FRAME_ORIGINAL], name) < 0)
			add_lack(frame, name,
					 psprintf("Nothing in the original table can be compared to column \"%s\".",
							  name));
	}
}

/* ---- numbers ---- */

static void
fill_numbers(Frame *frame, FrameColumn *column, FrameSide side)
{
	int			attribute = column->attribute[side];
	const Sample *sample = frame->samples[side];
	Oid			type = attribute_type(frame->relations[side], attribute);
	double	   *numbers = palloc(sizeof(double) * Max(sample->nrows, 1));

	for (int row = 0; row < sample->nrows; row++)
	{
		numbers[row] = NAN;
		if (!sample->nulls[attribute][row] &&
			value_is_finite(type, sample->values[attribute][row]))
			numbers[row] = value_to_scale(type, sample->values[attribute][row]);
		if (!isfinite(numbers[row]))
		{
			numbers[row] = NAN;
			column->nulls[side]++;
		}
	}
	column->numbers[side] = numbers;
}

/* ---- categories ---- */

typedef struct Level
{
	uint64		hash;			/* of the text */
	int32		code;
} Level;

typedef struct Levels
{
	HTAB	   *table;
	int			room;
} Levels;

char *
frame_text(Oid type, Datum value, Size *length)
{
	Oid			output;
	bool		varlena;
	char	   *text;

	if (type == TEXTOID || type == VARCHAROID || type == BPCHAROID)
	{
		struct varlena *packed = PG_DETOAST_DATUM_PACKED(value);

		text = VARDATA_ANY(packed);
		*length = VARSIZE_ANY_EXHDR(packed);
	}
	else
	{
		getTypeOutputInfo(type, &output, &varlena);
		text = OidOutputFunctionCall(output, value);
		*length = strlen(text);
	}
	if (type == BPCHAROID)
		while (*length > 0 && text[*length - 1] == ' ')
			(*length)--;
	return text;
}

static int32
level_code(Levels *levels, FrameColumn *column, const char *text, Size length)
{
	uint64		hash = rng_hash(text, length);
	bool		found;
	Level	   *level = hash_search(levels->table, &hash, HASH_ENTER, &found);

	if (found)
		return level->code;
	if (column->nlevels == levels->room)
	{
		levels->room *= 2;
		column->labels = repalloc(column->labels, sizeof(char *) * levels->room);
	}
	column->labels[column->nlevels] =
		pnstrdup(text, pg_mbcliplen(text, length, FRAME_LABEL_BYTES));
	level->code = column->nlevels++;
	return level->code;
}

static void
fill_codes(Frame *frame, FrameColumn *column, FrameSide side, Levels *levels,
		   MemoryContext scratch)
{
	int			attribute = column->attribute[side];
	const Sample *sample = frame->samples[side];
	Oid			type = attribute_type(frame->relations[side], attribute);
	int32	   *codes = palloc(sizeof(int32) * Max(sample->nrows, 1));

	for (int row = 0; row < sample->nrows; row++)
	{
		MemoryContext old;
		char	   *text;
		Size		length;

		codes[row] = -1;
		if (sample->nulls[attribute][row])
		{
			column->nulls[side]++;
			continue;
		}
		if (row % 1024 == 0)
		{
			CHECK_FOR_INTERRUPTS();
			MemoryContextReset(scratch);
		}
		old = MemoryContextSwitchTo(scratch);
		text = frame_text(type, sample->values[attribute][row], &length);
		MemoryContextSwitchTo(old);
		codes[row] = level_code(levels, column, text, length);
	}
	column->codes[side] = codes;
}

static void
count_nulls(Frame *frame, FrameColumn *column, FrameSide side)
{
	const bool *nulls = frame->samples[side]->nulls[column->attribute[side]];

	column->nulls[side] = 0;
	for (int row = 0; row < frame->nrows[side]; row++)
		column->nulls[side] += nulls[row];
}

/* Almost every value another: nothing to count. */
static bool
has_too_many_levels(const Frame *frame, const FrameColumn *column)
{
	int			values = frame->nrows[FRAME_ORIGINAL] - column->nulls[FRAME_ORIGINAL];

	return column->value_kind != VALUE_BOOLEAN && column->nlevels > 1 &&
		column->nlevels > values / ROWS_PER_LEVEL;
}

static void
fill_category(Frame *frame, FrameColumn *column)
{
	HASHCTL		control = {.keysize = sizeof(uint64),.entrysize = sizeof(Level),
	.hcxt = CurrentMemoryContext};
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "synthik levels",
												  ALLOCSET_DEFAULT_SIZES);
	Levels		levels = {.room = 64};

	levels.table = hash_create("synthik levels", 256, &control,
							   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	column->labels = palloc(sizeof(char *) * levels.room);
	for (int side = 0; side < FRAME_SIDES; side++)
	{
		if (column->attribute[side] < 0)
			continue;
		fill_codes(frame, column, side, &levels, scratch);
		if (side == FRAME_ORIGINAL)
		{
			column->known_levels = column->nlevels;
			if (has_too_many_levels(frame, column))
			{
				column->kind = FRAME_IDENTITY;
				break;
			}
		}
	}
	hash_destroy(levels.table);
	MemoryContextDelete(scratch);
}

static void
fill_column(Frame *frame, FrameColumn *column)
{
	if (column->kind == FRAME_CATEGORY)
		fill_category(frame, column);
	for (int side = 0; side < FRAME_SIDES; side++)
	{
		if (column->attribute[side] < 0)
			continue;
		if (column->kind == FRAME_NUMBER)
			fill_numbers(frame, column, side);
		else if (column->kind == FRAME_IDENTITY)
			count_nulls(frame, column, side);
	}
}

/* ---- the frame ---- */

static void
read_side(Frame *frame, FrameSide side, Relation rel)
{
	int			natts = Max(RelationGetDescr(rel)->natts, 1);
	int			rows = Max(FRAME_MAX_CELLS / natts, FRAME_MIN_ROWS);

	frame->relations[side] = rel;
	frame->samples[side] = sample_read(rel, Min(rows, SAMPLE_DEFAULT_ROWS));
	frame->nrows[side] = frame->samples[side]->nrows;
}

Frame *
frame_build(Relation original, Relation synthetic, Relation holdout, const Schema *schema)
{
	Frame	   *frame = palloc0(sizeof(Frame));

	read_side(frame, FRAME_ORIGINAL, original);
	read_side(frame, FRAME_SYNTHETIC, synthetic);
	if (holdout != NULL)
		read_side(frame, FRAME_HOLDOUT, holdout);
	match_columns(frame, schema);
	for (int i = 0; i < frame->ncolumns; i++)
	{
		CHECK_FOR_INTERRUPTS();
		fill_column(frame, frame->columns[i]);
	}
	return frame;
}

/* ---- looking into one ---- */

bool
frame_is_null(const FrameColumn *column, const Frame *frame, FrameSide side, int row)
{
	if (column->kind == FRAME_NUMBER)
		return isnan(column->numbers[side][row]);
	if (column->kind == FRAME_CATEGORY)
		return column->codes[side][row] < 0;
	return frame->samples[side]->nulls[column->attribute[side]][row];
}

int
frame_compare_numbers(const void *a, const void *b)
{
	double		x = *(const double *) a;
	double		y = *(const double *) b;

	return (x > y) - (x < y);
}

int
frame_sorted(const Frame *frame, const FrameColumn *column, FrameSide side,
			 double **sorted)
{
	const double *numbers = column->numbers[side];
	int			count = 0;

	*sorted = palloc(sizeof(double) * Max(frame->nrows[side], 1));
	for (int row = 0; row < frame->nrows[side]; row++)
		if (!isnan(numbers[row]))
			(*sorted)[count++] = numbers[row];
	qsort(*sorted, count, sizeof(double), frame_compare_numbers);
	return count;
}

int *
frame_pick(const Frame *frame, FrameSide side, int count)
{
	int		   *rows = palloc(sizeof(int) * Max(count, 1));
	Permutation permutation;

	if (count == 0)
		return rows;
	rng_permutation_init(&permutation, frame->nrows[side], PICK_KEY + side);
	for (int i = 0; i < count; i++)
		rows[i] = rng_permute(&permutation, i);
	return rows;
}
