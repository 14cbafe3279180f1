/*-------------------------------------------------------------------------
 *
 * field.c
 *		Small parts of the model that everybody uses: making a field, its
 *		type, looking one up, and faults.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <ctype.h>

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "schema/fit.h"
#include "schema/schema.h"
#include "util/format.h"
#include "util/nearest.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* A message that quotes a document stays readable; what it says comes first. */
#define FAULT_MAX_BYTES		1000

/* ---- faults ---- */

void
fault_add(Faults *faults, int sqlerrcode, const char *path,
		  const char *hint, const char *problem,...)
{
	va_list		args;
	char	   *text;
	Fault	   *fault;

	va_start(args, problem);
	text = format_va(problem, args);
	va_end(args);
	if (strlen(text) > FAULT_MAX_BYTES)
		text = psprintf("%.*s...", pg_mbcliplen(text, strlen(text), FAULT_MAX_BYTES), text);

	if (!faults->collect)
		ereport(ERROR,
				(errcode(sqlerrcode),
				 errmsg_internal("%s", text),
				 path != NULL && path[0] != '\0' ? errdetail("At %s.", path) : 0,
				 hint != NULL ? errhint("%s", hint) : 0));

	fault = palloc(sizeof(Fault));
	fault->path = pstrdup(path != NULL ? path : "");
	fault->problem = text;
	fault->hint = hint != NULL ? pstrdup(hint) : NULL;
	faults->list = lappend(faults->list, fault);
}

/* ---- fields ---- */

Field *
field_make(const char *name)
{
	Field	   *field = palloc0(sizeof(Field));

	field->name = pstrdup(name);
	field->typmod = -1;
	field->base_typmod = -1;
	field->min_items = -1;
	field->max_items = -1;
	field->min_length = -1;
	field->max_length = -1;
	field->null_fraction = -1;
	field->reference = -1;
	field->agrees = -1;
	return field;
}

/*
 * type_name may be NULL, which takes the type's own name.  An SQL array gets
 * a field for its elements; the vectors of the system catalogs are arrays to
 * the type system, but not to their users.
 */
void
field_set_type(Field *field, const char *type_name, Oid type, int32 typmod)
{
	Oid			element;

	field->type = type;
	field->typmod = typmod;
	field->collation = get_typcollation(type);
	field->base_typmod = typmod;
	field->base_type = getBaseTypeAndTypmod(type, &field->base_typmod);
	field->type_name = type_name != NULL ? pstrdup(type_name) :
		format_type_with_typemod(type, typmod);

	field->items = NULL;
	field->object = NULL;
	field->json_array = false;
	element = get_element_type(field->base_type);
	if (OidIsValid(element) && field->base_type != INT2VECTOROID &&
		field->base_type != OIDVECTOROID)
	{
		field->items = field_make(field->name);
		field_set_type(field->items, NULL, element, field->base_typmod);
	}
}

/* A null among the listed values has its share there. */
double
field_null_fraction(const Field *field)
{
	if (field->null_fraction >= 0 || !field->nullable || field->required)
		return field->null_fraction;
	for (int i = 0; i < field->enumeration.count; i++)
	{
		if (field->enumeration.nulls != NULL && field->enumeration.nulls[i])
			return -1;
	}
	return NULLABLE_TYPE_SHARE;
}

int
schema_field_index(const Schema *schema, const char *name)
{
	for (int i = 0; i < schema->nfields; i++)
	{
		if (schema->fields[i]->origin != FIELD_DROPPED &&
			strcmp(schema->fields[i]->name, name) == 0)
			return i;
	}
	return -1;
}

int
schema_drawn_index(const Schema *schema, const char *name)
{
	for (int i = schema->nfields; i < schema_width(schema); i++)
	{
		if (schema->fields[i]->hidden && strcmp(schema->fields[i]->name, name) == 0)
			return i;
	}
	return schema_field_index(schema, name);
}

char *
schema_circle(const Schema *schema, const int *path, int length, int index)
{
	StringInfoData names;
	int			start = 0;

	while (path[start] != index)
		start++;
	initStringInfo(&names);
	for (int i = start; i < length; i++)
		appendStringInfo(&names, "\"%s\" -> ", schema->fields[path[i]]->name);
	appendStringInfo(&names, "\"%s\"", schema->fields[index]->name);
	return names.data;
}

const char *
schema_field_hint(const Schema *schema, const char *name)
{
	const char **names = palloc(sizeof(char *) * Max(schema->nfields, 1));
	int			count = 0;

	for (int i = 0; i < schema->nfields; i++)
	{
		if (schema->fields[i]->origin != FIELD_DROPPED)
			names[count++] = schema->fields[i]->name;
	}
	return nearest_hint(name, names, count);
}

/* What was learned counts contexts behind the fields. */
static void
shift_contexts(Schema *schema)
{
	for (int i = 0; schema->fit != NULL && i < schema->fit->naxes; i++)
	{
		FitAxis    *axis = &schema->fit->axes[i];

		if (axis->field >= schema->nfields)
			axis->field++;
		if (axis->base >= schema->nfields)
			axis->base++;
	}
}

static void
make_room(Schema *schema)
{
	Size		size = sizeof(Field *) * (schema_width(schema) + 1);

	schema->fields = schema->fields == NULL ? palloc(size) : repalloc(schema->fields, size);
}

void
schema_add_field(Schema *schema, Field *field)
{
	make_room(schema);
	memmove(schema->fields + schema->nfields + 1, schema->fields + schema->nfields,
			sizeof(Field *) * schema->ncontexts);
	if (schema->ncontexts > 0)
		shift_contexts(schema);
	schema->fields[schema->nfields++] = field;
}

void
schema_add_hidden(Schema *schema, Field *field)
{
	make_room(schema);
	field->hidden = true;
	schema->fields[schema_width(schema)] = field;
	schema->ncontexts++;
}

int
schema_context(Schema *schema, int reference, AttrNumber attnum)
{
	Oid			relid = ((Reference *) list_nth(schema->references, reference))->relid;
	Field	   *field;
	Oid			type;
	int32		typmod;
	Oid			collation;

	for (int i = schema->nfields; i < schema_width(schema); i++)
		if (schema->fields[i]->reference == reference &&
			schema->fields[i]->reference_column == attnum)
			return i;
	get_atttypetypmodcoll(relid, attnum, &type, &typmod, &collation);
	field = field_make(get_attname(relid, attnum, false));
	type = getBaseTypeAndTypmod(type, &typmod);
	field_set_type(field, NULL, type, typmod);
	field->collation = collation;
	field->origin = FIELD_CONTEXT;
	field->reference = reference;
	field->reference_column = attnum;
	make_room(schema);
	schema->fields[schema_width(schema)] = field;
	return schema->nfields + schema->ncontexts++;
}

bool
value_follows_clock(const char *text)
{
	static const char *const words[] = {"now", "today", "tomorrow", "yesterday"};

	while (*text)
	{
		size_t		length = 0;

		while (isalpha((unsigned char) text[length]))
			length++;
		for (int i = 0; i < lengthof(words); i++)
			if (length == strlen(words[i]) && pg_strncasecmp(text, words[i], length) == 0)
				return true;
		text += Max(length, 1);
	}
	return false;
}
