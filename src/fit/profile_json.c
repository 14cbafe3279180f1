/*-------------------------------------------------------------------------
 *
 * profile_json.c
 *		JSON values: which members objects have, how often, and of what type.
 *
 * Most values of a place decide its type; those of another type are left
 * out.  The values of each member become a column that is looked at like any
 * other.  Members that few rows have are no part of the schema: keys may be
 * data themselves.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "fit/profile.h"
#include "miscadmin.h"
#include "util/guard.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/numeric.h"

#define MOST_MEMBERS	200
#define MOST_KEYS		2000	/* that are counted at all */
#define LEAST_SHARE		0.002	/* of the objects that have a member */
#define MOST_ITEMS		200000	/* elements of arrays of one place */
#define MOST_KEY_BYTES	63

/* The values of one place in the documents. */
typedef struct Place
{
	const char *name;
	int			nvalues;
	int			capacity;
	JsonbValue *values;
	int		   *rows;
} Place;

typedef enum JsonShape
{
	SHAPE_NULL,
	SHAPE_STRING,
	SHAPE_NUMBER,
	SHAPE_BOOLEAN,
	SHAPE_OBJECT,
	SHAPE_ARRAY,
	SHAPES
} JsonShape;

static void profile_place(Profile *profile, Field *field, Place *place, int nrows);

static void
place_add(Place *place, const JsonbValue *value, int row)
{
	if (place->nvalues == place->capacity)
	{
		int			capacity = Max(64, place->capacity * 2);

		if (place->capacity == 0)
		{
			place->values = palloc(sizeof(JsonbValue) * capacity);
			place->rows = palloc(sizeof(int) * capacity);
		}
		else
		{
			place->values = repalloc_huge(place->values, sizeof(JsonbValue) * capacity);
			place->rows = repalloc_huge(place->rows, sizeof(int) * capacity);
		}
		place->capacity = capacity;
	}
	place->values[place->nvalues] = *value;
	place->rows[place->nvalues++] = row;
}

static JsonShape
shape_of(const JsonbValue *value)
{
	switch (value->type)
	{
		case jbvString:
			return SHAPE_STRING;
		case jbvNumeric:
			return SHAPE_NUMBER;
		case jbvBool:
			return SHAPE_BOOLEAN;
		case jbvBinary:
			return JsonContainerIsObject(value->val.binary.data) ? SHAPE_OBJECT : SHAPE_ARRAY;
		default:
			return SHAPE_NULL;
	}
}

/* The shape of most values that are not null. */
static JsonShape
usual_shape(const Place *place)
{
	int			counts[SHAPES] = {0};
	JsonShape	usual = SHAPE_NULL;

	for (int i = 0; i < place->nvalues; i++)
		counts[shape_of(&place->values[i])]++;
	for (int s = SHAPE_NULL + 1; s < SHAPES; s++)
		if (counts[s] > (usual == SHAPE_NULL ? 0 : counts[usual]))
			usual = s;
	return usual;
}

/* Takes the values of other shapes away. */
static void
keep_shape(Place *place, JsonShape shape)
{
	int			n = 0;

	for (int i = 0; i < place->nvalues; i++)
	{
		if (shape_of(&place->values[i]) != shape)
			continue;
		place->values[n] = place->values[i];
		place->rows[n++] = place->rows[i];
	}
	place->nvalues = n;
}

/* ---- scalars ---- */

static bool
numeric_is_whole(Numeric number, int64 *whole)
{
	double		value = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow,
														   NumericGetDatum(number)));

	if (numeric_is_nan(number) || numeric_is_inf(number) ||
		value != rint(value) || fabs(value) > 9e15)
		return false;
	*whole = (int64) value;
	return true;
}

/* integer, bigint or numeric, whichever holds all of them. */
static Oid
number_type(const Place *place)
{
	Oid			type = INT4OID;

	for (int i = 0; i < place->nvalues; i++)
	{
		int64		whole;

		if (!numeric_is_whole(place->values[i].val.numeric, &whole))
			return NUMERICOID;
		if (whole < PG_INT32_MIN || whole > PG_INT32_MAX)
			type = INT8OID;
	}
	return type;
}

static Datum
scalar_datum(const JsonbValue *value, Oid type)
{
	int64		whole;

	switch (type)
	{
		case BOOLOID:
			return BoolGetDatum(value->val.boolean);
		case TEXTOID:
			return PointerGetDatum(cstring_to_text_with_len(value->val.string.val,
															value->val.string.len));
		case NUMERICOID:
			return DirectFunctionCall1(numeric_trim_scale, NumericGetDatum(value->val.numeric));
		default:
			(void) numeric_is_whole(value->val.numeric, &whole);
			return type == INT4OID ? Int32GetDatum((int32) whole) : Int64GetDatum(whole);
	}
}

static void
set_type(Profile *profile, Field *field, Oid type)
{
	MemoryContext old = MemoryContextSwitchTo(profile->keep);

	field_set_type(field, NULL, type, -1);
	MemoryContextSwitchTo(old);
}

static void
profile_scalars(Profile *profile, Field *field, Place *place, JsonShape shape, int nrows)
{
	Column		column = {field, -1, nrows, place->nvalues, NULL, place->rows};
	Oid			type = shape == SHAPE_STRING ? TEXTOID : shape == SHAPE_BOOLEAN ? BOOLOID :
		number_type(place);

	set_type(profile, field, type);
	column.values = palloc_extended(sizeof(Datum) * Max(place->nvalues, 1), MCXT_ALLOC_HUGE);
	for (int i = 0; i < place->nvalues; i++)
		column.values[i] = scalar_datum(&place->values[i], type);
	profile_column(profile, &column);
}

/* ---- objects ---- */

/* Sorts the members of all objects into places. */
static Place *
gather_members(const Place *place, Counts *keys)
{
	Place	   *members = palloc0(sizeof(Place) * MOST_KEYS);

	counts_init(keys, 64);
	for (int i = 0; i < place->nvalues; i++)
	{
		JsonbIterator *it = JsonbIteratorInit(place->values[i].val.binary.data);
		JsonbIteratorToken token;
		JsonbValue	value;
		int			member = -1;

		if ((i & 255) == 0)
			CHECK_FOR_INTERRUPTS();
		(void) JsonbIteratorNext(&it, &value, false);
		while ((token = JsonbIteratorNext(&it, &value, true)) != WJB_END_OBJECT)
		{
			if (token == WJB_KEY)
			{
				Text		key = {value.val.string.val, value.val.string.len};

				member = keys->n < MOST_KEYS ? counts_add(keys, key, i, i) :
					counts_find(keys, key);
			}
			else if (token == WJB_VALUE && member >= 0)
				place_add(&members[member], &value, place->rows[i]);
		}
	}
	return members;
}

/* Members that enough objects have, by name where they are as frequent. */
static int
pick_members(const Place *place, const Counts *keys, int *order)
{
	int			least = Max(LEARN_RARE, (int) ceil(place->nvalues * LEAST_SHARE));
	int			n = 0;

	for (int i = 0; i < keys->n && n < MOST_MEMBERS; i++)
	{
		const Counted *key = &keys->entries[order[i]];

		if (key->rows >= least && key->text.length <= MOST_KEY_BYTES)
			order[n++] = order[i];
	}
	return n;
}

static void
profile_objects(Profile *profile, Field *field, Place *place)
{
	Counts		keys;
	Place	   *members = gather_members(place, &keys);
	int		   *order = counts_order(&keys);
	int			n = pick_members(place, &keys, order);
	Schema	   *object;

	if (n == 0 || profile->depth >= SCHEMA_MAX_DEPTH)
		return;
	object = MemoryContextAllocZero(profile->keep, sizeof(Schema));
	object->fields = MemoryContextAlloc(profile->keep, sizeof(Field *) * n);
	for (int i = 0; i < n; i++)
	{
		const Counted *key = &keys.entries[order[i]];
		MemoryContext old = MemoryContextSwitchTo(profile->keep);
		Field	   *member = field_make(pnstrdup(key->text.bytes, key->text.length));

		MemoryContextSwitchTo(old);
		members[order[i]].name = member->name;
		profile_place(profile, member, &members[order[i]], place->nvalues);
		object->fields[object->nfields++] = member;
	}
	field->object = object;
	profile_why(profile, field, "sample: objects of %d members", n);
}

/* ---- arrays ---- */

static void
profile_items(Profile *profile, Field *field, Place *place)
{
	Place		items = {field->name};
	int			low = PG_INT32_MAX;
	int			high = 0;
	MemoryContext old;

	for (int i = 0; i < place->nvalues; i++)
	{
		JsonbContainer *array = place->values[i].val.binary.data;
		int			n = JsonContainerSize(array);

		if ((i & 255) == 0)
			CHECK_FOR_INTERRUPTS();
		low = Min(low, n);
		high = Max(high, n);
		for (int k = 0; k < n && items.nvalues < MOST_ITEMS; k++)
			place_add(&items, getIthJsonbValueFromContainer(array, k), place->rows[i]);
	}
	if (items.nvalues == 0 || high > SCHEMA_MAX_ARRAY || usual_shape(&items) == SHAPE_NULL)
		return;
	old = MemoryContextSwitchTo(profile->keep);
	field->items = field_make(field->name);
	MemoryContextSwitchTo(old);
	field->json_array = true;
	field->min_items = low;
	field->max_items = high;
	profile_place(profile, field->items, &items, items.nvalues);
	profile_why(profile, field, "sample: %d to %d elements", low, high);
}

/* ---- places ---- */

/* What is not there is missing, or null, whichever is more frequent. */
static void
set_absence(Field *field, int present, int nulls, int nrows)
{
	if (present == nrows)
	{
		field->required = true;
		return;
	}
	field->null_fraction = rint((double) (nrows - present) / nrows * 1e4) / 1e4;
	field->nullable = nulls > nrows - present - nulls;
}

static int
count_nulls(const Place *place)
{
	int			n = 0;

	for (int i = 0; i < place->nvalues; i++)
		n += place->values[i].type == jbvNull;
	return n;
}

/* nrows: how many values of the whole could have had one here. */
static void
profile_place(Profile *profile, Field *field, Place *place, int nrows)
{
	JsonShape	shape = usual_shape(place);
	int			nulls = count_nulls(place);

	check_stack_depth();
	if (shape == SHAPE_NULL)
	{
		set_type(profile, field, TEXTOID);
		set_absence(field, 0, nulls, nrows);
		profile_why(profile, field, "sample: always null");
		return;
	}
	keep_shape(place, shape);
	if (shape != SHAPE_OBJECT && shape != SHAPE_ARRAY)
		profile_scalars(profile, field, place, shape, nrows);
	else
	{
		set_type(profile, field, JSONBOID);
		profile->depth++;
		if (shape == SHAPE_OBJECT)
			profile_objects(profile, field, place);
		else if (profile->depth < SCHEMA_MAX_DEPTH)
			profile_items(profile, field, place);
		profile->depth--;
	}
	set_absence(field, place->nvalues, nulls, nrows);
}

typedef struct DocumentReading
{
	const Column *column;
	Place	   *place;
} DocumentReading;

/*
 * The documents themselves, as a place.  What json takes and jsonb does not,
 * a number too large for example, throws.
 */
static void
read_documents(void *argument)
{
	const Column *column = ((DocumentReading *) argument)->column;
	Place	   *place = ((DocumentReading *) argument)->place;
	bool		json = column->field->base_type == JSONOID;

	for (int i = 0; i < column->nvalues; i++)
	{
		Datum		datum = column->values[i];
		JsonbValue	value;
		Jsonb	   *document;

		if ((i & 255) == 0)
			CHECK_FOR_INTERRUPTS();
		if (json)
			datum = DirectFunctionCall1(jsonb_in,
										CStringGetDatum(TextDatumGetCString(datum)));
		document = DatumGetJsonbP(datum);
		if (JB_ROOT_IS_SCALAR(document))
			continue;
		JsonbToJsonbValue(document, &value);
		place_add(place, &value, column->rows[i]);
	}
}

/* Few different documents are listed, like other values. */
static bool
list_documents(Profile *profile, Column *column)
{
	Counts		counts;
	Text	   *texts = palloc_extended(sizeof(Text) * column->nvalues, MCXT_ALLOC_HUGE);

	counts_init(&counts, 64);
	for (int i = 0; i < column->nvalues && counts.n <= 20; i++)
	{
		texts[i] = value_bytes(column->field->base_type, column->values[i]);
		(void) counts_add(&counts, texts[i], column->rows[i], i);
	}
	return counts.n <= 20 && profile_enumerate(profile, column, texts, &counts);
}

void
profile_json(Profile *profile, Column *column)
{
	Field	   *field = column->field;
	Place		place = {field->name};
	DocumentReading reading = {column, &place};
	JsonShape	shape;

	if (field->unique || list_documents(profile, column) ||
		!guard_call(read_documents, &reading, NULL))
		return;
	shape = usual_shape(&place);
	if (shape == SHAPE_NULL)
		return;
	keep_shape(&place, shape);
	profile_drop_name(field);
	field->has_default = false;
	if (shape == SHAPE_OBJECT)
		profile_objects(profile, field, &place);
	else
		profile_items(profile, field, &place);
}
