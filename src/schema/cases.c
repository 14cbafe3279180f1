/*-------------------------------------------------------------------------
 *
 * cases.c
 *		Fields whose values go by another field's: "by" and "cases".
 *
 * A case is a copy of its field with some keywords of its own laid over it,
 * and what a condition says over these.  Cases are read last of all, when
 * checks have steered the fields, so that a case begins from what the field is
 * without it, and the list of values is known that its keys are to be in.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "schema/document.h"
#include "util/nearest.h"
#include "utils/lsyscache.h"

#define NULL_KEY		"null"
#define MOST_VALUES		10000000	/* in the lists of all cases, which begin from
									 * those of their fields */

/* A value that the key of a case may mean. */
typedef struct CaseKey
{
	char	   *text;
	Datum		value;
} CaseKey;

typedef enum Visit
{
	UNSEEN,
	OPEN,						/* on the path now */
	DONE
} Visit;

typedef struct Settling
{
	Schema	   *schema;
	Faults	   *faults;
	const char *prefix;			/* of paths */
	Visit	   *visits;			/* [field] */
	int		   *path;			/* fields that go by each other */
	int			length;
	CaseKey   **keys;			/* [field]: its values by their texts, sorted */
	int		   *nkeys;			/* -1: not listed yet */
	int64		values;			/* in the lists of all cases */
} Settling;

static void settle_cases(Settling *s, Field *field, int index, const char *path, int depth);

/* ---- the values of a field, as texts ---- */

static int
compare_keys(const void *a, const void *b)
{
	return strcmp(((const CaseKey *) a)->text, ((const CaseKey *) b)->text);
}

/* As a document has it: a number, true or false, or a string. */
static char *
case_text(Oid type, Datum value)
{
	JsonbValue	json;

	value_to_json(type, value, &json);
	switch (json.type)
	{
		case jbvString:
			return jsonb_text(&json);
		case jbvBool:
			return json.val.boolean ? "true" : "false";
		case jbvNumeric:
			return numeric_normalize(json.val.numeric);
		default:
			return value_to_text(type, value);
	}
}

static void
add_keys(CaseKey **keys, int *nkeys, Oid type, const ValueList *list)
{
	if (list->count == 0)
		return;
	*keys = *keys == NULL ? palloc(sizeof(CaseKey) * list->count) :
		repalloc(*keys, sizeof(CaseKey) * (*nkeys + list->count));
	for (int i = 0; i < list->count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (list->nulls != NULL && list->nulls[i])
			continue;
		(*keys)[*nkeys].text = case_text(type, list->values[i]);
		(*keys)[(*nkeys)++].value = list->values[i];
	}
}

/* A field's own values, and those of its cases. */
static void
add_field_keys(CaseKey **keys, int *nkeys, const Field *field)
{
	check_stack_depth();
	add_keys(keys, nkeys, field->base_type, &field->enumeration);
	add_keys(keys, nkeys, field->base_type, &field->unconditioned);
	if (field->enumeration.count == 0)
		add_keys(keys, nkeys, field->base_type, &field->examples);
	for (int i = 0; i < field->ncases; i++)
		add_field_keys(keys, nkeys, field->cases[i].field);
}

static void
list_keys(Settling *s, int index)
{
	const Field *field = s->schema->fields[index];
	CaseKey    *keys = NULL;
	int			nkeys = 0;

	if (s->nkeys[index] >= 0)
		return;
	if (field->base_type == BOOLOID)
	{
		Datum		both[2] = {BoolGetDatum(false), BoolGetDatum(true)};
		ValueList	list = {.count = 2,.values = both};

		add_keys(&keys, &nkeys, BOOLOID, &list);
	}
	else if (type_is_enum(field->base_type))
	{
		ValueList	list = {0};

		enum_values(field->base_type, &list);
		add_keys(&keys, &nkeys, field->base_type, &list);
	}
	else
		add_field_keys(&keys, &nkeys, field);
	if (nkeys > 0)
		qsort(keys, nkeys, sizeof(CaseKey), compare_keys);
	s->keys[index] = keys;
	s->nkeys[index] = nkeys;
}

static const CaseKey *
find_key(const Settling *s, int index, char *text)
{
	CaseKey		key = {text};

	return s->nkeys[index] == 0 ? NULL :
		bsearch(&key, s->keys[index], s->nkeys[index], sizeof(CaseKey), compare_keys);
}

static const char *
nearest_key_hint(const Settling *s, int index, const char *text)
{
	const char **names = palloc(sizeof(char *) * Max(s->nkeys[index], 1));

	for (int i = 0; i < s->nkeys[index]; i++)
		names[i] = s->keys[index][i].text;
	return nearest_hint(text, names, s->nkeys[index]);
}

/* ---- one case ---- */

/* What a case may say; the type and what spans rows are the field's. */
static bool
case_takes(FieldKeyword keyword)
{
	switch (keyword)
	{
		case KEY_PROMPT:
		case KEY_FORMAT:
		case KEY_NULL_FRACTION:
		case KEY_MINIMUM:
		case KEY_MAXIMUM:
		case KEY_EXCLUSIVE_MINIMUM:
		case KEY_EXCLUSIVE_MAXIMUM:
		case KEY_MULTIPLE_OF:
		case KEY_MIN_LENGTH:
		case KEY_MAX_LENGTH:
		case KEY_ENUM:
		case KEY_CONST:
		case KEY_EXAMPLES:
		case KEY_WEIGHTS:
		case KEY_PATTERN:
		case KEY_DISTRIBUTION:
		case KEY_BY:
		case KEY_CASES:
			return true;
		default:
			return false;
	}
}

/* Marks the keywords of a case; false after a fault. */
static bool
gather_case(Settling *s, const Field *field, JsonbContainer *object, const char *path,
			bool *given)
{
	JsonbMembers members;
	bool		good = true;

	jsonb_members_begin(&members, object);
	while (jsonb_members_next(&members))
	{
		const char *word = members.key;
		int			keyword = keyword_index(word);

		if (keyword < 0)
			continue;			/* field_read() knows what to say */
		given[keyword] = true;
		if (case_takes(keyword))
			continue;
		fault_add(s->faults, ERRCODE_INVALID_PARAMETER_VALUE, psprintf("%s.%s", path, word),
				  "A case says which values there are: \"enum\", \"const\", \"minimum\", \"distribution\" and the like.",
				  "field \"%s\": a case takes no \"%s\"", field->name, word);
		good = false;
	}
	return good;
}

static void
copy_list(ValueList *list)
{
	Datum	   *values = list->values;
	bool	   *nulls = list->nulls;
	double	   *weights = list->weights;

	if (list->count == 0)
		return;
	list->values = palloc(sizeof(Datum) * list->count);
	memcpy(list->values, values, sizeof(Datum) * list->count);
	list->nulls = palloc0(sizeof(bool) * list->count);
	if (nulls != NULL)
		memcpy(list->nulls, nulls, sizeof(bool) * list->count);
	if (weights == NULL)
		return;
	list->weights = palloc(sizeof(double) * list->count);
	memcpy(list->weights, weights, sizeof(double) * list->count);
}

/* What the field says of its values yields to what the case says of them. */
static void
make_room(Field *field, const bool *given)
{
	bool		bounded = given[KEY_MINIMUM] || given[KEY_MAXIMUM] ||
		given[KEY_EXCLUSIVE_MINIMUM] || given[KEY_EXCLUSIVE_MAXIMUM] ||
		given[KEY_MULTIPLE_OF] || given[KEY_MIN_LENGTH] || given[KEY_MAX_LENGTH] ||
		given[KEY_PATTERN];
	bool		made = given[KEY_EXAMPLES] || given[KEY_FORMAT] ||
		(given[KEY_DISTRIBUTION] && value_kind_is_scale(value_kind(field->base_type)));

	if (made || (bounded && field->enumeration.count == 1))
		memset(&field->enumeration, 0, sizeof(ValueList));
	if (given[KEY_EXAMPLES])
	{
		field->pattern = NULL;
		if (!given[KEY_FORMAT])
			field->semantic = NULL;
	}
	if ((made || bounded || given[KEY_ENUM]) && !given[KEY_NULL_FRACTION] &&
		field->null_fraction >= 1)
		field->null_fraction = -1;
}

static Field *
copy_field(const Field *field)
{
	Field	   *copy = palloc(sizeof(Field));

	*copy = *field;
	copy->by = NULL;
	copy->case_words = NULL;
	copy->conditions = NIL;
	copy->ncases = 0;
	copy->cases = NULL;
	copy_list(&copy->enumeration);
	copy_list(&copy->examples);
	return copy;
}

/* False, after one fault, where cases would have more values than memory. */
static bool
count_values(Settling *s, const Field *field, const char *path)
{
	int64		before = s->values;

	s->values += field->enumeration.count + field->examples.count;
	if (before <= MOST_VALUES && s->values > MOST_VALUES)
		fault_add(s->faults, ERRCODE_PROGRAM_LIMIT_EXCEEDED, path,
				  "Give the field itself a shorter list, or none.",
				  "field \"%s\": the lists of all cases would have more than %d values",
				  field->name, MOST_VALUES);
	return s->values <= MOST_VALUES;
}

/* A condition that leaves a case nothing is no fault where the case is out. */
static void
lay_conditions(Settling *s, Document *document, Field *field, const Field *whole,
			   const char *path)
{
	ListCell   *cell;

	document->narrows = true;
	foreach(cell, whole->conditions)
		field_read(document, field, &((Jsonb *) lfirst(cell))->root, path, false, true);
	document->narrows = false;
}

static Field *
read_case(Settling *s, const Field *field, int index, JsonbValue *value, const char *path,
		  int depth)
{
	Document	document = {.schema = s->schema,.faults = s->faults,.prefix = s->prefix};
	bool		given[KEY_COUNT] = {0};
	Field	   *copy;

	if (!jsonb_is_object(value))
	{
		fault_add(s->faults, ERRCODE_INVALID_PARAMETER_VALUE, path,
				  "Write it as {\"maximum\": 90}.",
				  "field \"%s\": a case must be an object, not a JSON %s", field->name,
				  JsonbTypeName(value));
		return NULL;
	}
	if (!gather_case(s, field, value->val.binary.data, path, given))
		return NULL;
	if (!count_values(s, field, path))
		return NULL;
	copy = copy_field(field);
	make_room(copy, given);
	field_read(&document, copy, value->val.binary.data, path, false, true);
	lay_conditions(s, &document, copy, s->schema->fields[index], path);
	settle_cases(s, copy, index, path, depth + 1);
	return copy;
}

/* ---- the cases of a field ---- */

/* Has a condition taken the value away? */
static bool
value_is_out(const Field *field, Datum value)
{
	const ValueList *list = &field->enumeration;
	char	   *text;

	if (field->unconditioned.count == 0 && !type_is_enum(field->base_type) &&
		field->base_type != BOOLOID)
		return false;
	if (list->count == 0 || field->ncases > 0)
		return false;
	text = case_text(field->base_type, value);
	for (int i = 0; i < list->count; i++)
		if (!(list->nulls != NULL && list->nulls[i]) &&
			strcmp(case_text(field->base_type, list->values[i]), text) == 0)
			return false;
	return true;
}

static void
read_key(Settling *s, Field *field, int index, char *text, JsonbValue *value, const char *path,
		 int depth)
{
	const Field *by = s->schema->fields[field->by_field];
	const CaseKey *key = find_key(s, field->by_field, text);
	FieldCase  *made = &field->cases[field->ncases];

	made->isnull = key == NULL && strcmp(text, NULL_KEY) == 0;
	if (key == NULL && !made->isnull && field->cases_below)
		return;
	if (key == NULL && !made->isnull)
	{
		if (s->nkeys[field->by_field] == 0)
			fault_add(s->faults, ERRCODE_FEATURE_NOT_SUPPORTED, path,
					  psprintf("Give \"%s\" an \"enum\"; the key \"null\" stands for NULL.", by->name),
					  "field \"%s\": it goes by \"%s\", which has no list of values",
					  field->name, by->name);
		else
			fault_add(s->faults, ERRCODE_INVALID_PARAMETER_VALUE, path,
					  nearest_key_hint(s, field->by_field, text),
					  "field \"%s\": \"%s\" is no value of field \"%s\"", field->name, text,
					  by->name);
		return;
	}
	if (key != NULL && value_is_out(by, key->value))
		return;
	made->value = key != NULL ? key->value : (Datum) 0;
	made->field = read_case(s, field, index, value, path, depth);
	if (made->field != NULL)
		field->ncases++;
}

static void
read_keys(Settling *s, Field *field, int index, const char *path, int depth)
{
	JsonbMembers members;

	field->cases = palloc_extended(sizeof(FieldCase) *
								   (Size) Max(JsonContainerSize(&field->case_words->root), 1),
								   MCXT_ALLOC_HUGE);
	jsonb_members_begin(&members, &field->case_words->root);
	while (jsonb_members_next(&members))
	{
		CHECK_FOR_INTERRUPTS();
		read_key(s, field, index, members.key, members.value,
				 psprintf("%s.cases.%s", path, members.key), depth);
	}
}

static void visit_field(Settling *s, int index);

/* Finds the field that another goes by; false after a fault. */
static bool
find_by(Settling *s, Field *field, const char *path)
{
	char	   *place = psprintf("%s.by", path);
	const Field *by;

	field->by_field = schema_drawn_index(s->schema, field->by);
	if (field->by_field < 0)
	{
		fault_add(s->faults, ERRCODE_UNDEFINED_COLUMN, place,
				  schema_field_hint(s->schema, field->by), "field \"%s\": field \"%s\" does not exist",
				  field->name, field->by);
		return false;
	}
	by = s->schema->fields[field->by_field];
	if (by->origin == FIELD_MADE)
		return true;
	fault_add(s->faults, ERRCODE_FEATURE_NOT_SUPPORTED, place,
			  by->origin == FIELD_EXPRESSION ?
			  psprintf("Draw \"%s\", and let what it is computed from go by it.", by->name) : NULL,
			  "field \"%s\": it goes by \"%s\", whose values are computed when all others are there",
			  field->name, by->name);
	return false;
}

static void
fault_cycle(Settling *s, int index, const char *path)
{
	fault_add(s->faults, ERRCODE_INVALID_OBJECT_DEFINITION, psprintf("%s.by", path), NULL,
			  "fields go by each other in a circle: %s",
			  schema_circle(s->schema, s->path, s->length, index));
}

/* The cases of a field, or those of a case. */
static void
settle_cases(Settling *s, Field *field, int index, const char *path, int depth)
{
	check_stack_depth();
	if (field->by == NULL || field->case_words == NULL)
		return;
	if (depth > SCHEMA_MAX_DEPTH)
	{
		fault_add(s->faults, ERRCODE_PROGRAM_LIMIT_EXCEEDED, path, NULL,
				  "field \"%s\": cases are nested more than %d deep", field->name,
				  SCHEMA_MAX_DEPTH);
		return;
	}
	if (!find_by(s, field, path))
		return;
	if (s->visits[field->by_field] == OPEN)
	{
		fault_cycle(s, field->by_field, path);
		return;
	}
	visit_field(s, field->by_field);
	list_keys(s, field->by_field);
	read_keys(s, field, index, path, depth);
}

/* Depth first: what a field goes by is settled before it. */
static void
visit_field(Settling *s, int index)
{
	if (s->visits[index] == DONE)
		return;
	s->visits[index] = OPEN;
	s->path[s->length++] = index;
	settle_cases(s, s->schema->fields[index], index,
				 psprintf("%sfields[%d]", s->prefix, index), 1);
	s->length--;
	s->visits[index] = DONE;
}

void
schema_settle_cases(Schema *schema, Faults *faults, const char *prefix)
{
	Settling	s = {schema, faults, prefix};
	bool		any = false;
	int			level;

	for (int i = 0; i < schema_width(schema); i++)
		any |= schema->fields[i]->case_words != NULL;
	if (!any)
		return;
	s.visits = palloc0(sizeof(Visit) * schema_width(schema));
	s.path = palloc(sizeof(int) * schema_width(schema));
	s.keys = palloc0(sizeof(CaseKey *) * schema_width(schema));
	s.nkeys = palloc(sizeof(int) * schema_width(schema));
	for (int i = 0; i < schema_width(schema); i++)
		s.nkeys[i] = -1;
	level = settings_fix();
	for (int i = 0; i < schema_width(schema); i++)
		visit_field(&s, i);
	settings_restore(level);
}

/* ---- who goes by whom ---- */

Bitmapset *
field_goes_by(const Field *field)
{
	Bitmapset  *by = NULL;

	check_stack_depth();
	if (field->ncases == 0)
		return NULL;
	by = bms_make_singleton(field->by_field);
	for (int i = 0; i < field->ncases; i++)
		by = bms_add_members(by, field_goes_by(field->cases[i].field));
	return by;
}

bool
schema_goes_by(const Schema *schema, int field, int other)
{
	Bitmapset  *open = field_goes_by(schema->fields[field]);
	Bitmapset  *seen = bms_copy(open);
	int			next;

	while (!bms_is_member(other, seen) && (next = bms_next_member(open, -1)) >= 0)
	{
		Bitmapset  *by = field_goes_by(schema->fields[next]);

		open = bms_del_member(open, next);
		open = bms_add_members(open, bms_difference(by, seen));
		seen = bms_add_members(seen, by);
	}
	return bms_is_member(other, seen);
}
