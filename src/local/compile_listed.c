/*-------------------------------------------------------------------------
 *
 * compile_listed.c
 *		Lists of values that mean what a dictionary's entries say: a gender
 *		that is M or F goes with the first name, a brand with its card.
 *
 * The row's entry chooses the value, and entries come as often as the list
 * has their values.  A list that has no value for some entry leaves those out,
 * so that nothing of the row contradicts it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include <math.h>

#include "catalog/pg_type_d.h"
#include "local/compile.h"
#include "miscadmin.h"
#include "util/text.h"
#include "utils/lsyscache.h"

#define MOST_SLOTS		100		/* choices that an entry has, for weights of others */
#define LISTED_SALT		UINT64CONST(0x2F7C9D41E6B35A87)

/* What values and entries mean. */
typedef enum Gender
{
	GENDER_NONE,
	GENDER_EITHER,				/* "m": Mann, and mujer */
	GENDER_FEMALE,
	GENDER_MALE
} Gender;

static Gender
gender_of(Compiler *c, const char *text)
{
	const DataFile *file = locale_dictionary(c->locale, "gender_word");
	int			value = datafile_need_column(file, "value");
	int			gender = datafile_need_column(file, "gender");

	for (int r = 0; r < file->nrows; r++)
	{
		const char *word = datafile_cell(file, r, gender);

		if (strcmp(datafile_cell(file, r, value), text) == 0)
			return *word == 'f' ? GENDER_FEMALE : *word == 'm' ? GENDER_MALE : GENDER_EITHER;
	}
	return GENDER_NONE;
}

/* "American_Express" is "american express". */
static char *
plain_text(const char *text)
{
	char	   *plain = text_lower(text);

	for (char *p = plain; *p; p++)
		if (*p == '_' || *p == '-')
			*p = ' ';
	return plain;
}

/* A value as its plain text, without blanks around it. */
static char *
label_of(Oid type, Datum value)
{
	Oid			output;
	bool		varlena;
	char	   *text;

	getTypeOutputInfo(type, &output, &varlena);
	text = OidOutputFunctionCall(output, value);
	while (*text == ' ')
		text++;
	for (int length = strlen(text); length > 0 && text[length - 1] == ' ';)
		text[--length] = '\0';
	return plain_text(text);
}

typedef struct Labels
{
	int			n;
	char	  **texts;
	Gender	   *genders;		/* or NULL */
	bool	   *used;			/* some entry means it */
} Labels;

/* "m" is the gender that no other value of the list means. */
static void
settle_genders(Labels *labels)
{
	bool		female = false;
	bool		male = false;

	for (int i = 0; i < labels->n; i++)
	{
		female |= labels->genders[i] == GENDER_FEMALE;
		male |= labels->genders[i] == GENDER_MALE;
	}
	for (int i = 0; i < labels->n; i++)
		if (labels->genders[i] == GENDER_EITHER)
			labels->genders[i] = male && !female ? GENDER_FEMALE : GENDER_MALE;
}

static Labels
read_labels(Compiler *c, const Field *field, const ValueList *list, const SemanticType *semantic)
{
	Labels		labels = {.n = list->count};

	labels.texts = palloc(sizeof(char *) * list->count);
	labels.used = palloc0(sizeof(bool) * list->count);
	for (int i = 0; i < list->count; i++)
		labels.texts[i] = label_of(field->base_type, list->values[i]);
	if (strcmp(semantic->name, "gender") != 0)
		return labels;
	labels.genders = palloc(sizeof(Gender) * list->count);
	for (int i = 0; i < list->count; i++)
		labels.genders[i] = gender_of(c, labels.texts[i]);
	settle_genders(&labels);
	return labels;
}

/* The value that means an entry: it is its text, or its code; or -1. */
static int
label_of_entry(Compiler *c, const Labels *labels, const DataFile *file, int row, int column)
{
	int			code = datafile_column(file, "code");
	char	   *text = plain_text(datafile_cell(file, row, column));
	char	   *short_text = code < 0 ? NULL : plain_text(datafile_cell(file, row, code));
	Gender		gender = labels->genders ? gender_of(c, text) : GENDER_NONE;
	int			found = -1;

	for (int i = 0; i < labels->n && found < 0; i++)
		if (strcmp(labels->texts[i], text) == 0 ||
			(short_text != NULL && strcmp(labels->texts[i], short_text) == 0) ||
			(gender != GENDER_NONE && labels->genders[i] == gender))
			found = i;
	pfree(text);
	if (short_text != NULL)
		pfree(short_text);
	return found;
}

/* The values that a field has: its own list, or the labels of its type. */
static ValueList
list_of(const Field *field)
{
	ValueList	labels = {0};

	if (field->enumeration.count > 0 || field->examples.count > 0 || field->has_default ||
		!type_is_enum(field->base_type))
		return field->enumeration;
	enum_values(field->base_type, &labels);
	return labels;
}

/* Names say what a list is of, too. */
static const SemanticType *
semantic_of_list(const Compiler *c, const Field *field)
{
	Oid			relid = c->schema->relid;

	if (field->semantic != NULL)
		return field->semantic;
	return semantic_for_column(field->name, OidIsValid(relid) ? get_rel_name(relid) : NULL,
							   type_is_enum(field->base_type) ? TEXTOID : field->base_type,
							   NULL);
}

/* A list, and what of a dictionary it means. */
typedef struct Listed
{
	ValueList	list;
	const SemanticType *semantic;
	const DataFile *file;		/* or NULL: it goes by itself */
	int			column;			/* of the file */
	int			instance;		/* the how-many-th field of its semantic type it is */
	Labels		labels;
	int		   *rows;			/* of the file: which value each is, or -1; or NULL */
} Listed;

/* Finds the dictionary that a field's list may go with. */
static void
find_dictionary(Compiler *c, const Field *field, Listed *listed)
{
	const ValueList *list = &listed->list;
	const char *recipe;

	*listed = (Listed) {.list = list_of(field)};
	if (list->count == 0 || field->unique || field->origin != FIELD_MADE ||
		field->reference >= 0 || field->distribution.kind != DISTRIBUTION_NONE ||
		(listed->semantic = semantic_of_list(c, field)) == NULL)
		return;
	for (int i = 0; i < list->count; i++)
		if ((list->nulls != NULL && list->nulls[i]) ||
			(list->weights != NULL && list->weights[i] <= 0))
			return;
	recipe = compiler_recipe(c, listed->semantic, false);
	if (recipe == NULL ||
		!recipe_is_single_piece(c, recipe, &listed->file, &listed->column))
		listed->file = NULL;
}

/*
 * Finds the value that each row of the dictionary is.  A list goes by itself
 * if it has values that are none of its entries'; of genders there may be
 * others, but not more.
 */
static void
match_rows(Compiler *c, const Field *field, Listed *listed)
{
	int			used = 0;

	listed->labels = read_labels(c, field, &listed->list, listed->semantic);
	listed->rows = palloc(sizeof(int) * Max(listed->file->nrows, 1));
	for (int r = 0; r < listed->file->nrows; r++)
	{
		CHECK_FOR_INTERRUPTS();
		listed->rows[r] = label_of_entry(c, &listed->labels, listed->file, r, listed->column);
		if (listed->rows[r] >= 0)
			listed->labels.used[listed->rows[r]] = true;
	}
	for (int i = 0; i < listed->labels.n; i++)
		used += listed->labels.used[i];
	if (used == 0 ||
		(used < listed->labels.n && (listed->labels.genders == NULL || used < 2)))
		listed->file = NULL;
}

/* The fields' lists, once for all. */
static Listed *
all_listed(Compiler *c)
{
	const Schema *schema = c->schema;
	int			nfields = schema_width(schema);

	if (c->listed != NULL)
		return c->listed;
	c->listed = palloc0(sizeof(Listed) * Max(nfields, 1));
	for (int i = 0; i < nfields; i++)
	{
		CHECK_FOR_INTERRUPTS();
		find_dictionary(c, schema->fields[i], &c->listed[i]);
		for (int k = 0; c->listed[i].file != NULL && k < i; k++)
			c->listed[i].instance += schema->fields[k]->origin == FIELD_MADE &&
				(schema->fields[k]->semantic == c->listed[i].semantic ||
				 c->listed[k].semantic == c->listed[i].semantic);
	}
	return c->listed;
}

/* That of a field of the row, matched; of a part or a case, its own. */
static Listed *
listed_of(Compiler *c, const Field *field, int column)
{
	Listed	   *listed;

	if (column >= 0 && c->schema->fields[column] == field)
		listed = &all_listed(c)[column];
	else
	{
		listed = palloc(sizeof(Listed));
		find_dictionary(c, field, listed);
		listed->instance = column >= 0 ? all_listed(c)[column].instance : 0;
	}
	if (listed->file != NULL && listed->rows == NULL)
		match_rows(c, field, listed);
	return listed;
}

/* ---- what the list leaves of an entity ---- */

/* Weights of entries, as often as the list has their values. */
static void
weigh_entries(Entity *entity, const ValueList *list, const int *labels)
{
	int			column = datafile_column(entity->file, "weight");
	double	   *sums = palloc0(sizeof(double) * list->count);
	double	   *weights = palloc(sizeof(double) * Max(entity->nrows, 1));

	for (int i = 0; i < entity->nrows; i++)
	{
		weights[i] = entity->weights != NULL ? entity->weights[i] : column < 0 ? 1 :
			Max(strtod(datafile_cell(entity->file, entity->rows[i], column), NULL), 1);
		sums[labels[entity->rows[i]]] += weights[i];
	}
	for (int i = 0; i < entity->nrows; i++)
		weights[i] *= (list->weights ? list->weights[labels[entity->rows[i]]] : 1) /
			sums[labels[entity->rows[i]]];
	entity->weights = weights;
	pfree(sums);
}

/* Behind all else that leaves entries out. */
void
keep_entries_listed(Compiler *c, Entity *entity, int column)
{
	const Listed *listed = &all_listed(c)[column];
	int			kept = 0;

	if (listed->file != entity->file || listed->instance != entity->instance ||
		listed_of(c, c->schema->fields[column], column)->file == NULL)
		return;
	for (int i = 0; i < entity->nrows; i++)
		kept += listed->rows[entity->rows[i]] >= 0;
	if (kept == 0)
		return;
	kept = 0;
	for (int i = 0; i < entity->nrows; i++)
	{
		if (listed->rows[entity->rows[i]] < 0)
			continue;
		if (entity->weights != NULL)
			entity->weights[kept] = entity->weights[i];
		entity->rows[kept++] = entity->rows[i];
	}
	entity->nrows = kept;
	weigh_entries(entity, &listed->list, listed->rows);
}

/* ---- the field ---- */

/* The share of a list that a value has. */
static double
share_of(const ValueList *list, int i)
{
	double		sum = 0;

	if (list->weights == NULL)
		return 1.0 / list->count;
	for (int k = 0; k < list->count; k++)
		sum += list->weights[k];
	return list->weights[i] / sum;
}

/* The values that a row with an entry may have: its own, and those of none. */
static int
list_slots(const ValueList *list, const Labels *labels, int own, int64 *units)
{
	int			n = 0;

	for (int i = 0; i < labels->n; i++)
		for (int k = labels->used[i] ? 0 : Max(1, (int) rint(share_of(list, i) * MOST_SLOTS));
			 k > 0 && n < MOST_SLOTS - 1; k--)
			units[n++] = i + 1;
	if (n == 0)
	{
		units[n++] = own + 1;
		return n;
	}
	while (n < MOST_SLOTS)
		units[n++] = own + 1;
	return n;
}

/* A number that picks the value to suit the row's entry. */
static int
compile_choice(Compiler *c, const Field *field, const Entity *entity, const Listed *listed)
{
	const char *name = listed->semantic->name;
	PlanFollow	follow = {.kind = FOLLOW_ENTRY,.selector = entity->selector};
	PlanNumber	number = {.low = 1,.high = listed->labels.n,.grain = 1,.divisor = 1};
	Field	   *choice = part_field(field->name, INT4OID, -1);
	uint32	   *starts = palloc0(sizeof(uint32) * (entity->nrows + 1));
	int64	   *units = palloc(sizeof(int64) * MOST_SLOTS * Max(entity->nrows, 1));
	int			inner;

	for (int i = 0; i < entity->nrows; i++)
		starts[i + 1] = starts[i] + list_slots(&listed->list, &listed->labels,
											   listed->rows[entity->rows[i]],
											   units + starts[i]);
	follow.nbands = entity->nrows;
	follow.starts = builder_add(&c->builder, starts, sizeof(uint32) * (entity->nrows + 1));
	follow.units = builder_add(&c->builder, units, sizeof(int64) * Max(starts[entity->nrows], 1));
	pfree(starts);
	pfree(units);
	number.output = NUMBER_INT4;
	number.follow = builder_add(&c->builder, &follow, sizeof(follow));
	inner = compiler_add_op(c, OP_NUMBER, choice, -1,
							rng_combine(rng_hash(name, strlen(name)), LISTED_SALT));
	c->ops[inner].detail = builder_add(&c->builder, &number, sizeof(number));
	return inner;
}

/* False if the list is drawn by itself. */
bool
compile_listed(Compiler *c, int op, const Field *field, int column)
{
	const Listed *listed;
	const Entity *entity;
	int			number;

	if (column >= 0 && in_unique_set(c->schema, column))
		return false;
	listed = listed_of(c, field, column);
	if (listed->file == NULL)
		return false;
	entity = compiler_entity(c, listed->file, listed->instance);
	for (int i = 0; i < entity->nrows; i++)
		if (listed->rows[entity->rows[i]] < 0)
			return false;
	number = compile_choice(c, field, entity, listed);
	compile_pool(c, &c->ops[op], &listed->list, 0);
	((PlanPool *) builder_at(&c->builder, c->ops[op].detail))->number = number;
	return true;
}
