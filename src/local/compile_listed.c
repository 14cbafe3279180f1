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
read_labels(Compiler *c, const Field *field, const SemanticType *semantic)
{
	const ValueList *list = &field->enumeration;
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

	for (int i = 0; i < labels->n; i++)
		if (strcmp(labels->texts[i], text) == 0 ||
			(short_text != NULL && strcmp(labels->texts[i], short_text) == 0) ||
			(gender != GENDER_NONE && labels->genders[i] == gender))
			return i;
	return -1;
}

/* Names say what a list is of, too. */
static const SemanticType *
semantic_of_list(const Compiler *c, const Field *field)
{
	Oid			relid = c->schema->relid;

	if (field->semantic != NULL)
		return field->semantic;
	return semantic_for_column(field->name, OidIsValid(relid) ? get_rel_name(relid) : NULL,
							   field->base_type, NULL);
}

/* The how-many-th field of its semantic type it is, from 0. */
static int
instance_of_list(const Compiler *c, const SemanticType *semantic, int column)
{
	int			instance = 0;

	for (int i = 0; i < column; i++)
	{
		const Field *other = c->schema->fields[i];

		if (other->origin == FIELD_MADE &&
			(other->semantic == semantic ||
			 (other->enumeration.count > 0 && semantic_of_list(c, other) == semantic)))
			instance++;
	}
	return instance;
}

/* May a field's list go with the entries of a dictionary at all? */
static bool
list_is_free(Compiler *c, const Field *field, const SemanticType **semantic,
			 const DataFile **file, int *column)
{
	const ValueList *list = &field->enumeration;
	const char *recipe;

	if (list->count == 0 || field->unique || field->origin != FIELD_MADE ||
		field->reference >= 0 || field->distribution.kind != DISTRIBUTION_NONE ||
		(*semantic = semantic_of_list(c, field)) == NULL)
		return false;
	for (int i = 0; i < list->count; i++)
		if ((list->nulls != NULL && list->nulls[i]) ||
			(list->weights != NULL && list->weights[i] <= 0))
			return false;
	recipe = compiler_recipe(c, *semantic, false);
	return recipe != NULL && recipe_is_single_piece(c, recipe, file, column);
}

/*
 * For each row of the dictionary the value of the list, or -1; NULL if the
 * list has values that are none of its entries'.  Of genders there may be
 * others, but not more.
 */
static int *
list_labels(Compiler *c, const Field *field, const DataFile *of, Labels *labels)
{
	const SemanticType *semantic;
	const DataFile *file;
	int			column;
	int		   *rows;
	int			used = 0;

	if (!list_is_free(c, field, &semantic, &file, &column) || (of != NULL && of != file))
		return NULL;
	*labels = read_labels(c, field, semantic);
	rows = palloc(sizeof(int) * Max(file->nrows, 1));
	for (int r = 0; r < file->nrows; r++)
	{
		CHECK_FOR_INTERRUPTS();
		rows[r] = label_of_entry(c, labels, file, r, column);
		if (rows[r] >= 0)
			labels->used[rows[r]] = true;
	}
	for (int i = 0; i < labels->n; i++)
		used += labels->used[i];
	if (used == 0 || (used < labels->n && (labels->genders == NULL || used < 2)))
		return NULL;
	return rows;
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
	const Field *field = c->schema->fields[column];
	Labels		labels;
	int		   *rows = list_labels(c, field, entity->file, &labels);
	int			kept = 0;

	if (rows == NULL ||
		instance_of_list(c, semantic_of_list(c, field), column) != entity->instance)
		return;
	for (int i = 0; i < entity->nrows; i++)
		kept += rows[entity->rows[i]] >= 0;
	if (kept == 0)
		return;
	kept = 0;
	for (int i = 0; i < entity->nrows; i++)
	{
		if (rows[entity->rows[i]] < 0)
			continue;
		if (entity->weights != NULL)
			entity->weights[kept] = entity->weights[i];
		entity->rows[kept++] = entity->rows[i];
	}
	entity->nrows = kept;
	weigh_entries(entity, &field->enumeration, rows);
	pfree(rows);
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
compile_choice(Compiler *c, const Field *field, const SemanticType *semantic,
			   const Entity *entity, const Labels *labels, const int *rows)
{
	PlanFollow	follow = {.kind = FOLLOW_ENTRY,.selector = entity->selector};
	PlanNumber	number = {.low = 1,.high = labels->n,.grain = 1,.divisor = 1};
	Field	   *choice = part_field(field->name, INT4OID, -1);
	uint32	   *starts = palloc0(sizeof(uint32) * (entity->nrows + 1));
	int64	   *units = palloc(sizeof(int64) * MOST_SLOTS * Max(entity->nrows, 1));
	int			inner;

	for (int i = 0; i < entity->nrows; i++)
		starts[i + 1] = starts[i] + list_slots(&field->enumeration, labels,
											   rows[entity->rows[i]], units + starts[i]);
	follow.nbands = entity->nrows;
	follow.starts = builder_add(&c->builder, starts, sizeof(uint32) * (entity->nrows + 1));
	follow.units = builder_add(&c->builder, units, sizeof(int64) * Max(starts[entity->nrows], 1));
	number.output = NUMBER_INT4;
	number.follow = builder_add(&c->builder, &follow, sizeof(follow));
	inner = compiler_add_op(c, OP_NUMBER, choice, -1,
							rng_combine(rng_hash(semantic->name, strlen(semantic->name)),
										LISTED_SALT));
	c->ops[inner].detail = builder_add(&c->builder, &number, sizeof(number));
	return inner;
}

/* False if the list is drawn by itself. */
bool
compile_listed(Compiler *c, int op, const Field *field, int column)
{
	const SemanticType *semantic;
	const DataFile *file;
	const Entity *entity;
	Labels		labels;
	PlanPool   *pool;
	int			file_column;
	int			number;
	int		   *rows;

	if ((column >= 0 && in_unique_set(c->schema, column)) ||
		!list_is_free(c, field, &semantic, &file, &file_column) ||
		(rows = list_labels(c, field, NULL, &labels)) == NULL)
		return false;
	entity = compiler_entity(c, file, instance_of_list(c, semantic, column));
	for (int i = 0; i < entity->nrows; i++)
		if (rows[entity->rows[i]] < 0)
			return false;
	number = compile_choice(c, field, semantic, entity, &labels, rows);
	compile_pool(c, &c->ops[op], &field->enumeration, 0);
	pool = builder_at(&c->builder, c->ops[op].detail);
	pool->number = number;
	return true;
}
