/*-------------------------------------------------------------------------
 *
 * prepare.c
 *		Completes a Schema: what follows from all of it together.
 *
 * Expressions and checks are parsed against the tuple descriptor, expression
 * fields are put into an order of evaluation, checks steer the fields that
 * they read, and fields that have to be redrawn together get a component.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include "access/relation.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "schema/catalog.h"
#include "schema/expression.h"
#include "schema/semantic.h"
#include "schema/schema.h"
#include "schema/steer.h"
#include "util/guard.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

/* What is under way; for the length of schema_prepare(). */
typedef struct Preparation
{
	Schema	   *schema;
	Faults	   *faults;
	const char *prefix;			/* of paths in faults: "" or "fields[2]." */
	Bitmapset **reads;			/* of each expression field, through others */
} Preparation;

/* An expression to be parsed, in the form that guard_call() wants. */
typedef struct ParseJob
{
	const Schema *schema;
	const char *text;
	const char *what;
	Oid			type;
	int32		typmod;
	Node	   *expr;			/* the result */
} ParseJob;

static void prepare(Schema *schema, Faults *faults, const char *prefix);

/* ---- the tuple descriptor ---- */

/* False if a field has no type, which is a fault already told of. */
static bool
fields_have_types(const Schema *schema)
{
	for (int i = 0; i < schema_width(schema); i++)
	{
		if (schema->fields[i]->origin != FIELD_DROPPED &&
			!OidIsValid(schema->fields[i]->type))
			return false;
	}
	return true;
}

static TupleDesc
relation_descriptor(const Schema *schema)
{
	Relation	rel = relation_open(schema->relid, AccessShareLock);
	TupleDesc	tupdesc = CreateTupleDescCopy(RelationGetDescr(rel));

	relation_close(rel, NoLock);
	if (tupdesc->natts != schema->nfields)
		elog(ERROR, "relation %u has %d attributes, its schema %d fields",
			 schema->relid, tupdesc->natts, schema->nfields);
	return tupdesc;
}

static TupleDesc
fields_descriptor(Field *const *fields, int count)
{
	TupleDesc	tupdesc = CreateTemplateTupleDesc(count);

	for (int i = 0; i < count; i++)
	{
		const Field *field = fields[i];

		/* always NULL, so that any type does */
		if (field->origin == FIELD_DROPPED)
		{
			TupleDescInitEntry(tupdesc, i + 1, NULL, INT4OID, -1, 0);
			continue;
		}
		TupleDescInitEntry(tupdesc, i + 1, field->name, field->type,
						   field->typmod, 0);
		if (OidIsValid(field->collation))
			TupleDescInitEntryCollation(tupdesc, i + 1, field->collation);
	}
	return tupdesc;
}

static TupleDesc
record_descriptor(const Schema *schema)
{
	return BlessTupleDesc(fields_descriptor(schema->fields, schema->nfields));
}

/* ---- parsing ---- */

static void
parse_job(void *argument)
{
	ParseJob   *job = argument;

	job->expr = expression_parse(job->schema, job->text, job->type,
								 job->typmod, job->what);
}

/*
 * Parses, and has an error thrown or made a fault, as the caller asked for.
 * Returns NULL after a fault.
 */
static Node *
parse(Preparation *preparation, const char *text, Oid type, int32 typmod,
	  const char *what, const char *path)
{
	ParseJob	job = {preparation->schema, text, what, type, typmod, NULL};
	ErrorData  *error = NULL;

	CHECK_FOR_INTERRUPTS();
	if (!preparation->faults->collect)
		parse_job(&job);
	else if (!guard_call(parse_job, &job, &error))
		fault_add(preparation->faults, error->sqlerrcode, path,
				  error->hint ? error->hint : error->detail,
				  "%s: %s", what, error->message);
	return job.expr;
}

/* Is there a check that holds a field's values to its domain? */
static bool
domain_is_checked(const Schema *schema, int index)
{
	ListCell   *cell;

	foreach(cell, schema->checks)
	{
		if (((Check *) lfirst(cell))->domain_field == index)
			return true;
	}
	return false;
}

/*
 * A value that its domain forbids is redrawn where there is a check for that;
 * a cast to the domain would throw.
 */
static void
parse_field(Preparation *preparation, int index)
{
	Schema	   *schema = preparation->schema;
	Field	   *field = schema->fields[index];
	bool		checked = domain_is_checked(schema, index);

	if (field->expression == NULL || field->expr != NULL ||
		field->origin == FIELD_DROPPED)
		return;
	field->origin = FIELD_EXPRESSION;
	field->expr = parse(preparation, field->expression,
						checked ? field->base_type : field->type,
						checked ? field->base_typmod : field->typmod,
						psprintf("expression of field \"%s\"", field->name),
						psprintf("%sfields[%d].expression", preparation->prefix, index));
}

/* Paths count the document's checks, of which a table's own are none. */
static void
parse_checks(Preparation *preparation)
{
	Schema	   *schema = preparation->schema;
	int			number = 0;
	ListCell   *cell;

	foreach(cell, schema->checks)
	{
		Check	   *check = lfirst(cell);

		if (check->expr == NULL && check->text != NULL)
			check->expr = parse(preparation, check->text, BOOLOID, -1,
								psprintf("check \"%s\"%s", check->name,
										 check->ruled ? " of the table's rules" : ""),
								psprintf("%schecks[%d]", preparation->prefix, number));
		if (!check->own)
			number++;
		if (check->expr != NULL)
			check->fields = expression_reads(schema, check->expr);
		if (check->domain_field >= 0)
			check->fields = bms_add_member(check->fields, check->domain_field);
	}
}

/* ---- the order of evaluation ---- */

static void
fault_cycle(Preparation *preparation, const int *path, int length, int index)
{
	fault_add(preparation->faults, ERRCODE_INVALID_OBJECT_DEFINITION,
			  psprintf("%sfields[%d].expression", preparation->prefix, index),
			  "An expression may read any field but one that is made from it.",
			  "expressions read each other in a circle: %s",
			  schema_circle(preparation->schema, path, length, index));
}

typedef enum Visit
{
	UNSEEN,
	OPEN,						/* on the path now */
	DONE
} Visit;

/* Depth first: whatever a field reads goes before it. */
static void
order_expression(Preparation *preparation, int index, Visit *visits,
				 int *path, int length)
{
	Schema	   *schema = preparation->schema;
	Field	   *field = schema->fields[index];
	Bitmapset  *direct;
	int			read = -1;

	check_stack_depth();
	if (field->origin != FIELD_EXPRESSION || field->expr == NULL ||
		visits[index] == DONE)
		return;
	if (visits[index] == OPEN)
	{
		fault_cycle(preparation, path, length, index);
		return;
	}
	visits[index] = OPEN;
	path[length] = index;
	direct = expression_reads(schema, field->expr);
	while ((read = bms_next_member(direct, read)) >= 0)
	{
		order_expression(preparation, read, visits, path, length + 1);
		preparation->reads[index] =
			bms_add_members(preparation->reads[index], preparation->reads[read]);
	}
	preparation->reads[index] = bms_add_members(preparation->reads[index], direct);
	visits[index] = DONE;
	schema->expression_order[schema->nexpressions++] = index;
}

static void
order_expressions(Preparation *preparation)
{
	Schema	   *schema = preparation->schema;
	Visit	   *visits = palloc0(sizeof(Visit) * (schema_width(schema) + 1));
	int		   *path = palloc(sizeof(int) * (schema->nfields + 1));

	schema->expression_order = palloc(sizeof(int) * (schema->nfields + 1));
	schema->nexpressions = 0;
	for (int i = 0; i < schema->nfields; i++)
		order_expression(preparation, i, visits, path, 0);
	pfree(visits);
	pfree(path);
}

/* ---- components ---- */

static int
class_of(int *parents, int field)
{
	while (parents[field] != field)
	{
		parents[field] = parents[parents[field]];
		field = parents[field];
	}
	return field;
}

/* Joins two fields; a default is never drawn again, so it joins nothing. */
static void
join(const Schema *schema, int *parents, int *first, int field)
{
	FieldOrigin origin = schema->fields[field]->origin;

	if (origin != FIELD_MADE && origin != FIELD_EXPRESSION && origin != FIELD_CONTEXT)
		return;
	if (*first < 0)
		*first = field;
	else
		parents[class_of(parents, field)] = class_of(parents, *first);
}

/* All that a check reads, directly and through expressions. */
static Bitmapset *
check_reads(const Preparation *preparation, const Check *check)
{
	Bitmapset  *all = bms_copy(check->fields);
	int			read = -1;

	while ((read = bms_next_member(check->fields, read)) >= 0)
		all = bms_add_members(all, preparation->reads[read]);
	return all;
}

static void
join_references(const Schema *schema, int *parents)
{
	ListCell   *cell;

	foreach(cell, schema->orders)
	{
		Order	   *order = lfirst(cell);
		int			first = -1;

		join(schema, parents, &first, order->lesser);
		join(schema, parents, &first, order->greater);
	}
	foreach(cell, schema->references)
	{
		Reference  *reference = lfirst(cell);
		int			first = -1;

		for (int i = 0; i < reference->ncolumns; i++)
			join(schema, parents, &first, reference->fields[i]);
		for (int i = schema->nfields; i < schema_width(schema); i++)
			if (schema->fields[i]->reference == foreach_current_index(cell))
				join(schema, parents, &first, i);
	}
	foreach(cell, schema->uniques)
	{
		UniqueSet  *unique = lfirst(cell);
		int			first = -1;

		for (int i = 0; i < unique->nfields; i++)
			join(schema, parents, &first, unique->fields[i]);
	}
}

static void
join_agreements(const Schema *schema, int *parents)
{
	for (int i = 0; i < schema->nfields; i++)
	{
		int			first = -1;

		if (schema->fields[i]->agrees < 0)
			continue;
		join(schema, parents, &first, i);
		join(schema, parents, &first, schema->fields[i]->agrees);
	}
}

static void
join_cases(const Schema *schema, int *parents)
{
	for (int i = 0; i < schema_width(schema); i++)
	{
		Bitmapset  *by = field_goes_by(schema->fields[i]);
		int			first = -1;
		int			other = -1;

		join(schema, parents, &first, i);
		while ((other = bms_next_member(by, other)) >= 0)
			join(schema, parents, &first, other);
	}
}

/* Has a field parts that may agree with anything in the row? */
static bool
field_has_members(const Field *field)
{
	return field->origin == FIELD_MADE &&
		(field->object != NULL || type_is_rowtype(field->base_type));
}

/* May its list mean what the row's person, place or card is? */
static bool
list_agrees(const Schema *schema, const Field *field)
{
	bool		labels = type_is_enum(field->base_type);
	const SemanticType *semantic = field->enumeration.count == 0 && !labels ? NULL :
		semantic_for_column(field->name, OidIsValid(schema->relid) ?
							get_rel_name(schema->relid) : NULL,
							labels ? TEXTOID : field->base_type, NULL);

	return semantic != NULL && semantic->recipe != NULL && strchr(semantic->recipe, '!') == NULL;
}

/* May a field go with others of the row?  Learned numbers follow nothing. */
static bool
field_agrees(const Schema *schema, const Field *field, bool times)
{
	if (field->origin != FIELD_MADE)
		return false;
	if (field_has_members(field) ||
		(field->semantic != NULL && field->semantic->recipe != NULL) ||
		list_agrees(schema, field))
		return true;
	return schema->fit == NULL &&
		((field->semantic != NULL && field->semantic->agrees) ||
		 (times && value_kind_is_time(value_kind(field->base_type))));
}

/*
 * Fields of semantic types agree about the row's person, place and product;
 * the members of others may, and then times are in order with theirs too.
 * Others go with times themselves.
 */
static void
join_agreeing(const Schema *schema, int *parents)
{
	int			first = -1;
	bool		times = false;

	for (int i = 0; i < schema->nfields; i++)
		times |= field_has_members(schema->fields[i]) ||
			(schema->fields[i]->semantic != NULL &&
			 schema->fields[i]->semantic->follows_time);
	for (int i = 0; i < schema->nfields; i++)
		if (field_agrees(schema, schema->fields[i], times))
			join(schema, parents, &first, i);
}

/*
 * A class gets a number, in the order of its first field, if a check reads
 * one of its fields and one of them can be drawn again.
 */
static void
number_components(Schema *schema, int *parents, const Bitmapset *checked)
{
	int		   *numbers = palloc0(sizeof(int) * (schema_width(schema) + 1));
	bool	   *touched = palloc0(sizeof(bool) * (schema_width(schema) + 1));
	bool	   *made = palloc0(sizeof(bool) * (schema_width(schema) + 1));

	for (int i = 0; i < schema_width(schema); i++)
	{
		int			class = class_of(parents, i);

		touched[class] |= bms_is_member(i, checked);
		made[class] |= schema->fields[i]->origin == FIELD_MADE;
	}
	schema->ncomponents = 0;
	for (int i = 0; i < schema_width(schema); i++)
	{
		int			class = class_of(parents, i);

		if (touched[class] && made[class] && numbers[class] == 0)
			numbers[class] = ++schema->ncomponents;
		schema->fields[i]->component = numbers[class];
	}
	pfree(numbers);
	pfree(touched);
	pfree(made);
}

static void
make_components(const Preparation *preparation)
{
	Schema	   *schema = preparation->schema;
	int		   *parents = palloc(sizeof(int) * (schema_width(schema) + 1));
	Bitmapset  *checked = NULL;
	ListCell   *cell;

	for (int i = 0; i < schema_width(schema); i++)
		parents[i] = i;
	foreach(cell, schema->checks)
	{
		Bitmapset  *reads = check_reads(preparation, lfirst(cell));
		int			first = -1;
		int			read = -1;

		CHECK_FOR_INTERRUPTS();
		while ((read = bms_next_member(reads, read)) >= 0)
			join(schema, parents, &first, read);
		checked = bms_add_members(checked, reads);
		bms_free(reads);
	}
	join_references(schema, parents);
	join_agreements(schema, parents);
	join_agreeing(schema, parents);
	join_cases(schema, parents);
	number_components(schema, parents, checked);
	foreach(cell, schema->checks)
	{
		Check	   *check = lfirst(cell);
		int			read = -1;

		check->component = 0;
		while (check->component == 0 &&
			   (read = bms_next_member(check->fields, read)) >= 0)
			check->component = schema->fields[read]->component;
	}
	pfree(parents);
}

/* ---- parts of values ---- */

/* A part that no value suits is left alone: the check of the whole tells. */
void
schema_steer_part(Field *part)
{
	Schema		schema = {.nfields = 1,.fields = &part};
	Faults		faults = {.collect = true};

	if (!OidIsValid(part->type) || part->type == part->base_type)
		return;
	catalog_add_domain_checks(&schema);
	schema.tupdesc = record_descriptor(&schema);
	steer_schema(&schema, &faults, "");
}

static void
steer_elements(Schema *schema)
{
	for (int i = 0; i < schema->nfields; i++)
	{
		CHECK_FOR_INTERRUPTS();
		for (Field *part = schema->fields[i]->items; part != NULL; part = part->items)
			schema_steer_part(part);
	}
}

/* ---- all of it ---- */

/* What is inside JSON has lost its type before anything judges it. */
static void
refuse_checked_type(const Field *field, Faults *faults, const char *path)
{
	if (OidIsValid(field->type) && catalog_type_has_checks(field->type))
		fault_add(faults, ERRCODE_FEATURE_NOT_SUPPORTED, path,
				  "Give the type below it, with \"minimum\", \"enum\", \"pattern\" and the like.",
				  "field \"%s\": the constraints of type %s cannot be kept inside JSON",
				  field->name, format_type_be(field->type));
}

/* Schemas of JSON objects, alone or as elements of arrays. */
static void
prepare_members(Schema *schema, Faults *faults, const char *prefix)
{
	for (int i = 0; i < schema_width(schema); i++)
	{
		const char *suffix = "";
		bool		inside = prefix[0] != '\0';

		for (Field *field = schema->fields[i]; field != NULL; field = field->items)
		{
			if (inside)
				refuse_checked_type(field, faults,
									psprintf("%sfields[%d].%stype", prefix, i, suffix));
			inside = field->json_array;
			if (field->object != NULL)
				prepare(field->object, faults,
						psprintf("%sfields[%d].%s", prefix, i, suffix));
			suffix = psprintf("%sitems.", suffix);
		}
	}
}

static void
prepare(Schema *schema, Faults *faults, const char *prefix)
{
	Preparation preparation = {schema, faults, prefix, NULL};
	ListCell   *cell;

	check_stack_depth();
	foreach(cell, schema->primary_key)
		schema->fields[lfirst_int(cell)]->required = true;
	prepare_members(schema, faults, prefix);
	if (!fields_have_types(schema))
		return;
	schema->tupdesc = OidIsValid(schema->relid) ?
		relation_descriptor(schema) : record_descriptor(schema);
	for (int i = 0; i < schema->nfields; i++)
		parse_field(&preparation, i);
	parse_checks(&preparation);
	preparation.reads = palloc0(sizeof(Bitmapset *) * (schema_width(schema) + 1));
	order_expressions(&preparation);
	steer_schema(schema, faults, prefix);
	schema_imply_agreements(schema);
	schema->context_tupdesc = fields_descriptor(schema->fields + schema->nfields,
												schema->ncontexts);
	steer_elements(schema);
	schema_settle_cases(schema, faults, prefix);
	schema_settle_series(schema, faults, prefix);
	make_components(&preparation);
}

void
schema_prepare(Schema *schema, Faults *faults)
{
	prepare(schema, faults, "");
}

void
schema_check_document(Jsonb *document)
{
	Faults		faults = {.collect = false};

	schema_prepare(schema_from_document(document, NULL, &faults), &faults);
}
