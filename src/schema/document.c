/*-------------------------------------------------------------------------
 *
 * document.c
 *		From a schema document to a Schema: the top of the document.
 *
 * A document is laid over a base: an empty Schema, what a table says, or the
 * document that it extends.  document_field.c reads the single fields.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/bitmapset.h"
#include "schema/catalog.h"
#include "schema/document.h"
#include "schema/fit_blob.h"
#include "schema/sums.h"
#include "util/locale.h"
#include "utils/builtins.h"
#include "utils/typcache.h"

typedef enum TopKeyword
{
	TOP_TITLE,
	TOP_DESCRIPTION,
	TOP_PROMPT,
	TOP_LICENSE,
	TOP_LOCALE,
	TOP_TYPE,
	TOP_FIELDS,
	TOP_PROPERTIES,
	TOP_REQUIRED,
	TOP_UNIQUE,
	TOP_PRIMARY_KEY,
	TOP_REFERENCES,
	TOP_CHECKS,
	TOP_SERIES,
	TOP_SUMS,
	TOP_EXTENDS,
	TOP_DROP,
	TOP_FIT,
	TOP_COUNT
} TopKeyword;

static const char *const top_names[TOP_COUNT] = {
	"title", "description", "prompt", "license", "locale", "type", "fields", "properties",
	"required", "unique", "primary_key", "references", "checks", "series", "sums",
	"extends", "drop", "fit"
};

/* JSON Schema's words that change nothing here. */
static const char *const ignored_words[] = {
	"$schema", "$id", "$comment", "additionalProperties",
	"report"					/* what synthik_infer_file tells of the file */
};

/* Words that people try, and what they mean. */
static const struct
{
	const char *word;
	const char *hint;
}			top_hints[] = {
	{"columns", "Perhaps you meant \"fields\"."},
	{"attributes", "Perhaps you meant \"fields\"."},
	{"schema", "Perhaps you meant \"fields\"."},
	{"constraints", "Perhaps you meant \"checks\"."},
	{"check", "Perhaps you meant \"checks\"."},
	{"rules", "Perhaps you meant \"checks\"."},
	{"uniques", "Perhaps you meant \"unique\"."},
	{"primary", "Perhaps you meant \"primary_key\"."},
	{"pk", "Perhaps you meant \"primary_key\"."},
	{"primaryKey", "Perhaps you meant \"primary_key\"."},
	{"foreign_keys", "Perhaps you meant \"references\"."},
	{"remove", "Perhaps you meant \"drop\"."},
	{"without", "Perhaps you meant \"drop\"."},
	{"inherits", "Perhaps you meant \"extends\"."},
	{"base", "Perhaps you meant \"extends\"."},
	{"template", "Perhaps you meant \"extends\"."},
	{"comment", "Perhaps you meant \"description\"."},
	{"language", "Perhaps you meant \"locale\"."},
	{"lang", "Perhaps you meant \"locale\"."},
	{"rows", "\"rows\" is an argument of the function, not part of the document."},
	{"seed", "\"seed\" is an argument of the function, not part of the document."},
	{"model", "\"model\" is an argument of the function, not part of the document."},
	{"condition", "\"condition\" is an argument of the function, not part of the document."}
};

static bool document_read(Jsonb *json, Document *document);

Schema *
schema_make(void)
{
	return palloc0(sizeof(Schema));
}

static char *
top_path(const Document *document, const char *rest)
{
	char	   *path = psprintf("%s%s", document->prefix, rest);
	size_t		length = strlen(path);

	/* "extends." itself */
	if (length > 0 && path[length - 1] == '.')
		path[length - 1] = '\0';
	return path;
}

static void
top_fault(Document *document, int sqlerrcode, const char *path, const char *hint,
		  const char *problem)
{
	fault_add(document->faults, sqlerrcode, top_path(document, path), hint, "%s", problem);
}

/* ---- words ---- */

/* For a word in a field that belongs to the top of a document. */
const char *
document_word_home(const char *word)
{
	for (int i = 0; i < TOP_COUNT; i++)
	{
		if (strcmp(word, top_names[i]) == 0)
			return psprintf("\"%s\" is a keyword of the document, beside \"fields\".", word);
	}
	return NULL;
}

static const char *
top_hint(const char *word)
{
	const char *nearest;

	for (int i = 0; i < lengthof(top_hints); i++)
	{
		if (pg_strcasecmp(word, top_hints[i].word) == 0)
			return top_hints[i].hint;
	}
	if (field_word_home(word) != NULL)
		return field_word_home(word);
	nearest = nearest_name(word, top_names, TOP_COUNT);
	return nearest != NULL ? psprintf("Perhaps you meant \"%s\".", nearest) : NULL;
}

static void
gather_word(Document *document, JsonbContainer *object, char *word, JsonbValue **given)
{
	for (int i = 0; i < TOP_COUNT; i++)
	{
		if (strcmp(word, top_names[i]) == 0)
		{
			given[i] = json_member(object, word);
			return;
		}
	}
	if (strncmp(word, "x-", 2) == 0)
		return;
	for (int i = 0; i < lengthof(ignored_words); i++)
	{
		if (strcmp(word, ignored_words[i]) == 0)
			return;
	}
	top_fault(document, ERRCODE_INVALID_PARAMETER_VALUE, word, top_hint(word),
			  psprintf("unknown keyword \"%s\"", word));
}

static void
gather(Document *document, JsonbContainer *object, JsonbValue **given)
{
	JsonbIterator *it = JsonbIteratorInit(object);
	JsonbIteratorToken token;
	JsonbValue	key;

	while ((token = JsonbIteratorNext(&it, &key, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			gather_word(document, object, jsonb_text(&key), given);
	}
}

/* ---- fields ---- */

/* The index of a field by name, or -1 after a fault. */
static int
find_field(Document *document, const char *path, const char *name)
{
	int			index = schema_field_index(document->schema, name);

	if (index < 0)
		fault_add(document->faults, ERRCODE_UNDEFINED_COLUMN, path,
				  schema_field_hint(document->schema, name),
				  "field \"%s\" does not exist", name);
	return index;
}

static bool
name_is_good(Document *document, const char *name, const char *path)
{
	const char *problem = NULL;
	int			code = ERRCODE_INVALID_NAME;

	if (name[0] == '\0')
		problem = "a field has an empty name";
	else if (!document->nested && strlen(name) >= NAMEDATALEN)
	{
		problem = psprintf("field name \"%s\" has %zu bytes, at most %d are possible",
						   name, strlen(name), NAMEDATALEN - 1);
		code = ERRCODE_NAME_TOO_LONG;
	}
	if (problem == NULL)
		return true;
	fault_add(document->faults, code, path, NULL, "%s", problem);
	return false;
}

/* A new field at the end of the schema, or NULL after a fault. */
static Field *
append_field(Document *document, const char *name, bool hidden, const char *path)
{
	Schema	   *schema = document->schema;

	if (!hidden && OidIsValid(schema->relid))
	{
		fault_add(document->faults, ERRCODE_UNDEFINED_COLUMN, path,
				  schema_field_hint(schema, name),
				  "field \"%s\" is not a column of the table", name);
		return NULL;
	}
	if (schema_width(schema) >= SCHEMA_MAX_FIELDS)
	{
		fault_add(document->faults, ERRCODE_TOO_MANY_COLUMNS, path, NULL,
				  "field \"%s\" is one too many, at most %d are possible", name,
				  SCHEMA_MAX_FIELDS);
		return NULL;
	}
	if (hidden)
	{
		schema_add_hidden(schema, field_make(name));
		return schema->fields[schema_width(schema) - 1];
	}
	schema_add_field(schema, field_make(name));
	return schema->fields[schema->nfields - 1];
}

/* Is a field that is new to be no part of the rows? */
static bool
is_hidden(const Document *document, JsonbContainer *object)
{
	JsonbValue *hidden = document->nested ? NULL : json_member(object, "hidden");

	return hidden != NULL && hidden->type == jbvBool && hidden->val.boolean;
}

/* One field; seen are those that this document has spoken of. */
static void
read_field(Document *document, const char *name, JsonbValue *value, const char *path,
		   List **seen)
{
	Schema	   *schema = document->schema;
	Field	   *field;
	int			index;
	bool		is_new;

	if (!name_is_good(document, name, path))
		return;
	if (!json_is_object(value))
	{
		fault_add(document->faults, ERRCODE_INVALID_PARAMETER_VALUE, path,
				  "Write it as {\"name\": \"id\", \"type\": \"integer\"}.",
				  "a field must be an object, not a JSON %s", JsonbTypeName(value));
		return;
	}
	index = schema_drawn_index(schema, name);
	is_new = index < 0;
	field = is_new ? NULL : schema->fields[index];
	if (!is_new && list_member_ptr(*seen, field))
	{
		fault_add(document->faults, ERRCODE_DUPLICATE_COLUMN, path, NULL,
				  "field \"%s\" is given twice", name);
		return;
	}
	if (is_new)
		field = append_field(document, name, is_hidden(document, value->val.binary.data), path);
	if (field == NULL)
		return;
	*seen = lappend(*seen, field);
	field_read(document, field, value->val.binary.data, path, is_new,
			   !is_new && !field->hidden && OidIsValid(schema->relid));
}

/* "fields": an array of objects that have a name */
void
document_read_fields(Document *document, JsonbValue *fields, const char *path)
{
	List	   *seen = NIL;
	JsonbContainer *array;

	if (!json_is_array(fields))
	{
		fault_add(document->faults, ERRCODE_INVALID_PARAMETER_VALUE, path,
				  json_is_object(fields) ? "Perhaps you meant \"properties\"." : NULL,
				  "\"fields\" must be an array, not a JSON %s", JsonbTypeName(fields));
		return;
	}
	array = fields->val.binary.data;
	for (uint32 i = 0; i < JsonContainerSize(array); i++)
	{
		JsonbValue *value = getIthJsonbValueFromContainer(array, i);
		char	   *place = psprintf("%s[%u]", path, i);
		JsonbValue *name = NULL;

		if (json_is_object(value))
			name = json_member(value->val.binary.data, "name");
		if (json_is_object(value) && (name == NULL || name->type != jbvString))
			fault_add(document->faults, ERRCODE_INVALID_PARAMETER_VALUE, place, NULL,
					  "field number %u has no name", i + 1);
		else
			read_field(document, name != NULL ? jsonb_text(name) : "?", value, place, &seen);
	}
}

/* "properties": an object of objects, in the order that jsonb keeps them */
void
document_read_properties(Document *document, JsonbValue *properties, const char *path)
{
	List	   *seen = NIL;
	JsonbContainer *object;
	JsonbIterator *it;
	JsonbIteratorToken token;
	JsonbValue	item;
	char	   *name = NULL;

	if (!json_is_object(properties))
	{
		fault_add(document->faults, ERRCODE_INVALID_PARAMETER_VALUE, path,
				  json_is_array(properties) ? "Perhaps you meant \"fields\"." : NULL,
				  "\"properties\" must be an object, not a JSON %s",
				  JsonbTypeName(properties));
		return;
	}
	object = properties->val.binary.data;
	it = JsonbIteratorInit(object);
	while ((token = JsonbIteratorNext(&it, &item, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			name = jsonb_text(&item);
		else if (token == WJB_VALUE)
			read_field(document, name, &item, psprintf("%s.%s", path, name), &seen);
	}
}

/* ---- lists of names ---- */

/* Indexes of the fields that an array names, or NIL after a fault. */
static List *
read_names(Document *document, JsonbValue *value, const char *path)
{
	List	   *indexes = NIL;

	if (!json_is_array(value) || JsonContainerSize(value->val.binary.data) == 0)
	{
		fault_add(document->faults, ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
				  "an array of field names is needed here");
		return NIL;
	}
	for (uint32 i = 0; i < JsonContainerSize(value->val.binary.data); i++)
	{
		JsonbValue *name = getIthJsonbValueFromContainer(value->val.binary.data, i);
		int			index;

		if (name->type != jbvString)
		{
			fault_add(document->faults, ERRCODE_INVALID_PARAMETER_VALUE, path, NULL,
					  "a field name must be a string, not a JSON %s", JsonbTypeName(name));
			return NIL;
		}
		index = find_field(document, path, jsonb_text(name));
		if (index < 0)
			return NIL;
		if (list_member_int(indexes, index))
		{
			fault_add(document->faults, ERRCODE_DUPLICATE_COLUMN, path, NULL,
					  "field \"%s\" is named twice", document->schema->fields[index]->name);
			return NIL;
		}
		indexes = lappend_int(indexes, index);
	}
	return indexes;
}

/* Makes a field required, or faults. */
static void
require_field(Document *document, Field *field, const char *path)
{
	FieldKeyword keyword;
	const char *problem = field_null_problem(field, &keyword);

	if (problem != NULL)
		fault_add(document->faults, ERRCODE_NOT_NULL_VIOLATION, path, NULL,
				  "field \"%s\": %s", field->name, problem);
	else
		field->required = true;
}

/*
 * "required".  JSON Schema only asks for the member to be there: a null is as
 * good as a value if the type says so.
 */
void
document_read_required(Document *document, JsonbValue *names, const char *path)
{
	ListCell   *cell;
	List	   *indexes;

	if (json_is_array(names) && JsonContainerSize(names->val.binary.data) == 0)
		return;
	indexes = read_names(document, names, path);
	foreach(cell, indexes)
	{
		Field	   *field = document->schema->fields[lfirst_int(cell)];

		if (!field->nullable)
			require_field(document, field, path);
	}
}

/* ---- unique, primary_key ---- */

static bool
fields_comparable(Document *document, List *indexes, const char *path)
{
	ListCell   *cell;

	foreach(cell, indexes)
	{
		Field	   *field = document->schema->fields[lfirst_int(cell)];

		if (field->expression != NULL && !OidIsValid(document->schema->relid))
		{
			fault_add(document->faults, ERRCODE_FEATURE_NOT_SUPPORTED, path,
					  UNIQUE_EXPRESSION_HINT,
					  "field \"%s\": values of an expression cannot be kept unique",
					  field->name);
			return false;
		}
		if (field->object == NULL &&
			OidIsValid(lookup_type_cache(field->type, TYPECACHE_EQ_OPR)->eq_opr))
			continue;
		fault_add(document->faults, ERRCODE_UNDEFINED_FUNCTION, path, NULL,
				  "field \"%s\": values of type %s cannot be unique", field->name,
				  field->object != NULL ? "object" : format_type_be(field->type));
		return false;
	}
	return true;
}

/* Is there a set of the same fields, in whatever order? */
static bool
unique_exists(const Schema *schema, List *indexes, bool primary)
{
	ListCell   *cell;

	foreach(cell, schema->uniques)
	{
		UniqueSet  *set = lfirst(cell);
		int			common = 0;

		for (int i = 0; i < set->nfields; i++)
			common += list_member_int(indexes, set->fields[i]);
		if (set->nfields == list_length(indexes) && common == set->nfields)
		{
			set->primary |= primary;
			return true;
		}
	}
	return false;
}

static void
add_unique(Document *document, List *indexes, bool primary, const char *path)
{
	Schema	   *schema = document->schema;
	UniqueSet  *set;

	if (indexes == NIL || !fields_comparable(document, indexes, path))
		return;
	if (list_length(indexes) == 1)
	{
		schema->fields[linitial_int(indexes)]->unique = true;
		return;
	}
	if (unique_exists(schema, indexes, primary))
		return;
	set = palloc0(sizeof(UniqueSet));
	set->nfields = list_length(indexes);
	set->fields = palloc(sizeof(int) * set->nfields);
	set->primary = primary;
	for (int i = 0; i < set->nfields; i++)
		set->fields[i] = list_nth_int(indexes, i);
	schema->uniques = lappend(schema->uniques, set);
}

/* An array of names, and of arrays of names that are unique together. */
static void
read_uniques(Document *document, JsonbValue *value)
{
	if (!json_is_array(value))
	{
		top_fault(document, ERRCODE_INVALID_PARAMETER_VALUE, "unique",
				  "Write it as [[\"a\", \"b\"]] for fields that are unique together.",
				  psprintf("\"unique\" must be an array, not a JSON %s", JsonbTypeName(value)));
		return;
	}
	for (uint32 i = 0; i < JsonContainerSize(value->val.binary.data); i++)
	{
		JsonbValue *item = getIthJsonbValueFromContainer(value->val.binary.data, i);
		char	   *path = top_path(document, psprintf("unique[%u]", i));
		List	   *indexes = NIL;

		if (item->type == jbvString)
		{
			int			index = find_field(document, path, jsonb_text(item));

			if (index >= 0)
				indexes = list_make1_int(index);
		}
		else
			indexes = read_names(document, item, path);
		add_unique(document, indexes, false, path);
	}
}

/* What was the primary key before stays unique no longer. */
static void
forget_primary_key(Schema *schema)
{
	ListCell   *cell;

	if (list_length(schema->primary_key) == 1)
		schema->fields[linitial_int(schema->primary_key)]->unique = false;
	foreach(cell, schema->uniques)
	{
		if (((UniqueSet *) lfirst(cell))->primary)
			schema->uniques = foreach_delete_current(schema->uniques, cell);
	}
	schema->primary_key = NIL;
}

static void
read_primary_key(Document *document, JsonbValue *value)
{
	Schema	   *schema = document->schema;
	char	   *path = top_path(document, "primary_key");
	List	   *indexes = read_names(document, value, path);
	ListCell   *cell;

	if (indexes == NIL || equal(indexes, schema->primary_key))
		return;
	if (OidIsValid(schema->relid))
	{
		fault_add(document->faults, ERRCODE_INVALID_TABLE_DEFINITION, path, NULL,
				  "the primary key differs from that of the table");
		return;
	}
	forget_primary_key(schema);
	foreach(cell, indexes)
		require_field(document, schema->fields[lfirst_int(cell)], path);
	add_unique(document, indexes, true, path);
	schema->primary_key = indexes;
}

/* ---- checks ---- */

static bool
check_exists(const Schema *schema, const char *text)
{
	ListCell   *cell;

	foreach(cell, schema->checks)
	{
		Check	   *check = lfirst(cell);

		if (check->domain_field < 0 && check->text != NULL && strcmp(check->text, text) == 0)
			return true;
	}
	return false;
}

static void
read_checks(Document *document, JsonbValue *value)
{
	Schema	   *schema = document->schema;

	if (!json_is_array(value))
	{
		top_fault(document, ERRCODE_INVALID_PARAMETER_VALUE, "checks",
				  "Write it as [\"delivered >= ordered\"].",
				  psprintf("\"checks\" must be an array, not a JSON %s", JsonbTypeName(value)));
		return;
	}
	for (uint32 i = 0; i < JsonContainerSize(value->val.binary.data); i++)
	{
		JsonbValue *item = getIthJsonbValueFromContainer(value->val.binary.data, i);
		Check	   *check;

		if (item->type != jbvString || item->val.string.len == 0)
		{
			top_fault(document, ERRCODE_INVALID_PARAMETER_VALUE, psprintf("checks[%u]", i),
					  NULL, "a check must be SQL in a string");
			continue;
		}
		check = palloc0(sizeof(Check));
		check->text = jsonb_text(item);
		check->name = check->text;
		check->domain_field = -1;
		if (!check_exists(schema, check->text))
			schema->checks = lappend(schema->checks, check);
	}
}

/* ---- title and so on ---- */

static void
read_string(Document *document, TopKeyword keyword, JsonbValue *value, char **into)
{
	if (value == NULL)
		return;
	if (value->type == jbvString)
		*into = jsonb_text(value);
	else
		top_fault(document, ERRCODE_INVALID_PARAMETER_VALUE, top_names[keyword], NULL,
				  psprintf("\"%s\" must be a string, not a JSON %s", top_names[keyword],
						   JsonbTypeName(value)));
}

static void
read_strings(Document *document, JsonbValue **given)
{
	Schema	   *schema = document->schema;
	char	   *locale = NULL;
	char	   *type = "object";

	read_string(document, TOP_TITLE, given[TOP_TITLE], &schema->title);
	read_string(document, TOP_DESCRIPTION, given[TOP_DESCRIPTION], &schema->description);
	read_string(document, TOP_PROMPT, given[TOP_PROMPT], &schema->prompt);
	read_string(document, TOP_LICENSE, given[TOP_LICENSE], &schema->license);
	read_string(document, TOP_LOCALE, given[TOP_LOCALE], &locale);
	if (locale != NULL && !locale_exists(locale))
		top_fault(document, ERRCODE_UNDEFINED_OBJECT, "locale", NULL,
				  psprintf("locale \"%s\" does not exist", locale));
	else if (locale != NULL)
		schema->locale = locale;

	read_string(document, TOP_TYPE, given[TOP_TYPE], &type);
	if (strcmp(type, "object") != 0)
		top_fault(document, ERRCODE_INVALID_PARAMETER_VALUE, "type", NULL,
				  psprintf("a row is of type \"object\", not \"%s\"", type));
}

/* ---- extends ---- */

static Jsonb *
extended_document(Document *document, JsonbValue *value, const char *name)
{
	ListCell   *cell;
	Jsonb	   *json;
	const char *nearest;

	if (name == NULL)
		return JsonbValueToJsonb(value);
	foreach(cell, document->chain)
	{
		if (strcmp(lfirst(cell), name) == 0)
		{
			top_fault(document, ERRCODE_INVALID_RECURSION, "extends", NULL,
					  psprintf("schema \"%s\" extends itself", name));
			return NULL;
		}
	}
	json = schema_named(name);
	if (json != NULL)
		return json;
	nearest = schema_nearest(name);
	top_fault(document, ERRCODE_UNDEFINED_OBJECT, "extends",
			  nearest != NULL ? psprintf("Perhaps you meant \"%s\".", nearest) : NULL,
			  psprintf("schema \"%s\" does not exist", name));
	return NULL;
}

/* What is extended, without the fields that are to be dropped. */
static Jsonb *
read_drop(Document *document, const Document *below, Jsonb *json, JsonbValue *names)
{
	Document	whole = *below;
	int			faults = list_length(document->faults->list);

	whole.schema = schema_make();
	if (!document_read(json, &whole) || list_length(document->faults->list) > faults)
		return NULL;
	return document_drop(document, whole.schema, names);
}

/* Lays what a document extends over the base, before the document itself. */
static void
read_extends(Document *document, JsonbValue *value, JsonbValue *drop)
{
	Document	below = *document;
	char	   *name = NULL;
	Jsonb	   *json;

	if (value->type == jbvString)
		name = jsonb_text(value);
	else if (!json_is_object(value))
	{
		top_fault(document, ERRCODE_INVALID_PARAMETER_VALUE, "extends", NULL,
				  psprintf("\"extends\" must be a name or a document, not a JSON %s",
						   JsonbTypeName(value)));
		return;
	}
	if (list_length(document->chain) >= SCHEMA_MAX_EXTENDS)
	{
		top_fault(document, ERRCODE_PROGRAM_LIMIT_EXCEEDED, "extends", NULL,
				  psprintf("documents extend one another more than %d deep",
						   SCHEMA_MAX_EXTENDS));
		return;
	}
	json = extended_document(document, value, name);
	if (json == NULL)
		return;
	below.chain = lappend(list_copy(document->chain), name != NULL ? name : "");
	below.prefix = name != NULL ? psprintf("%sextends(%s).", document->prefix, name) :
		psprintf("%sextends.", document->prefix);
	if (drop != NULL)
		json = read_drop(document, &below, json, drop);
	if (json != NULL)
		(void) document_read(json, &below);
}

/* ---- fit ---- */

/* What was learned, in place of what a base had learned. */
static void
read_fit(Document *document, JsonbValue *value)
{
	Schema	   *schema = document->schema;

	if (value->type != jbvString)
	{
		top_fault(document, ERRCODE_INVALID_PARAMETER_VALUE, "fit", NULL,
				  psprintf("\"fit\" must be a string, not a JSON %s", JsonbTypeName(value)));
		return;
	}
	schema->fit = fit_from_text(schema, jsonb_text(value), document->faults);

	/* A column that is drawn as it was learned does not take its default. */
	for (int i = 0; schema->fit != NULL && i < schema->fit->naxes; i++)
	{
		const FitAxis *axis = &schema->fit->axes[i];

		if (axis->field < 0 || schema->fields[axis->field]->origin != FIELD_DEFAULT)
			continue;
		schema->fields[axis->field]->origin = FIELD_MADE;
		schema->fields[axis->field]->expr = NULL;
	}
}

/* ---- the whole ---- */

/* A field that got another type may be part of what a base has unique. */
static void
check_uniques(Document *document)
{
	Schema	   *schema = document->schema;
	char	   *path = top_path(document, "unique");
	ListCell   *cell;

	if (OidIsValid(schema->relid))
		return;
	for (int i = 0; i < schema->nfields; i++)
	{
		if (schema->fields[i]->unique)
			(void) fields_comparable(document, list_make1_int(i), path);
	}
	foreach(cell, schema->uniques)
	{
		UniqueSet  *set = lfirst(cell);

		for (int i = 0; i < set->nfields; i++)
			(void) fields_comparable(document, list_make1_int(set->fields[i]), path);
	}
}

static void
read_spanning(Document *document, JsonbValue **given)
{
	if (given[TOP_REQUIRED] != NULL)
		document_read_required(document, given[TOP_REQUIRED],
							   top_path(document, "required"));
	if (given[TOP_UNIQUE] != NULL)
		read_uniques(document, given[TOP_UNIQUE]);
	if (given[TOP_PRIMARY_KEY] != NULL)
		read_primary_key(document, given[TOP_PRIMARY_KEY]);
	if (given[TOP_REFERENCES] != NULL)
		document_read_references(document, given[TOP_REFERENCES]);
	if (given[TOP_CHECKS] != NULL)
		read_checks(document, given[TOP_CHECKS]);
	if (given[TOP_SERIES] != NULL)
		document_read_series(document, given[TOP_SERIES]);
	if (given[TOP_SUMS] != NULL)
		document_read_sums(document, given[TOP_SUMS]);
	if (given[TOP_EXTENDS] != NULL)
		check_uniques(document);
}

/* The bytes of a document; what was learned has a bound of its own. */
static unsigned
document_bytes(Jsonb *json)
{
	JsonbValue *fit = NULL;

	if (JB_ROOT_IS_OBJECT(json))
		fit = json_member(&json->root, top_names[TOP_FIT]);
	return VARSIZE(json) - (fit != NULL && fit->type == jbvString ? fit->val.string.len : 0);
}

/* The parts of a document, in the order in which they build on each other. */
static void
read_parts(Document *document, JsonbValue **given)
{
	FitBase    *base;

	if (given[TOP_EXTENDS] != NULL)
		read_extends(document, given[TOP_EXTENDS], given[TOP_DROP]);
	else if (given[TOP_DROP] != NULL)
		top_fault(document, ERRCODE_INVALID_PARAMETER_VALUE, "drop",
				  "It takes fields from what a document extends.",
				  "\"drop\" goes with \"extends\"");
	for (int i = 0; i < schema_width(document->schema); i++)
		document->schema->fields[i]->cases_below = true;
	base = fit_base_note(document->schema);
	read_strings(document, given);
	if (given[TOP_FIELDS] != NULL && given[TOP_PROPERTIES] != NULL)
		top_fault(document, ERRCODE_INVALID_PARAMETER_VALUE, "properties", NULL,
				  "\"fields\" and \"properties\" exclude each other");
	else if (given[TOP_FIELDS] != NULL)
		document_read_fields(document, given[TOP_FIELDS], top_path(document, "fields"));
	else if (given[TOP_PROPERTIES] != NULL)
		document_read_properties(document, given[TOP_PROPERTIES],
								 top_path(document, "properties"));
	read_spanning(document, given);
	fit_base_settle(document->schema, base);
	if (given[TOP_FIT] != NULL)
		read_fit(document, given[TOP_FIT]);
}

/* Lays one document over document->schema; false if it is none. */
static bool
document_read(Jsonb *json, Document *document)
{
	JsonbValue *given[TOP_COUNT] = {0};

	check_stack_depth();
	if (document_bytes(json) > SCHEMA_MAX_BYTES)
	{
		top_fault(document, ERRCODE_PROGRAM_LIMIT_EXCEEDED, "", NULL,
				  psprintf("the document has %u bytes, at most %d are possible",
						   document_bytes(json), SCHEMA_MAX_BYTES));
		return false;
	}
	if (!JB_ROOT_IS_OBJECT(json))
	{
		top_fault(document, ERRCODE_INVALID_PARAMETER_VALUE, "",
				  "Write it as {\"fields\": [{\"name\": \"id\", \"type\": \"integer\"}]}.",
				  "a schema document must be a JSON object");
		return false;
	}

	gather(document, &json->root, given);
	read_parts(document, given);
	return true;
}

Schema *
schema_from_document(Jsonb *json, Schema *base, Faults *faults)
{
	Document	document = {0};
	int			level = settings_fix();
	bool		good;

	document.schema = base != NULL ? base : schema_make();
	document.faults = faults;
	document.prefix = "";
	good = document_read(json, &document);
	if (good && document.schema->nfields == 0 && faults->list == NIL)
	{
		top_fault(&document, ERRCODE_INVALID_PARAMETER_VALUE, "fields", NULL,
				  "the document has no fields");
		good = false;
	}
	/* a base has those of its types already */
	if (good && base == NULL)
		catalog_add_domain_checks(document.schema);
	settings_restore(level);
	return good ? document.schema : NULL;
}

/* ---- condition ---- */

/* Cases are read later, and the condition counts for them as well. */
static void
note_condition(Field *field, JsonbValue *value)
{
	ValueList  *list = &field->unconditioned;

	if (json_is_object(value) && field->case_words != NULL &&
		json_member(value->val.binary.data, "cases") == NULL)
		field->conditions = lappend(field->conditions, JsonbValueToJsonb(value));
	if (list->count > 0 || field->enumeration.count == 0)
		return;
	*list = field->enumeration;
	list->values = palloc(sizeof(Datum) * list->count);
	memcpy(list->values, field->enumeration.values, sizeof(Datum) * list->count);
	list->nulls = palloc(sizeof(bool) * list->count);
	memcpy(list->nulls, field->enumeration.nulls, sizeof(bool) * list->count);
	list->weights = NULL;
}

static void
apply_condition(Document *document, const char *name, JsonbValue *value)
{
	Schema	   *schema = document->schema;
	char	   *path = psprintf("condition.%s", name);
	int			index = find_field(document, path, name);
	Field	   *field;

	if (index < 0)
		return;
	field = schema->fields[index];
	note_condition(field, value);
	if (json_is_object(value))
		field_read(document, field, value->val.binary.data, path, false, true);
	else if (json_is_array(value) && field->items == NULL &&
			 value_kind(field->base_type) != VALUE_JSON)
		fault_add(document->faults, ERRCODE_INVALID_PARAMETER_VALUE, path,
				  "Write {\"enum\": [...]} for one of several values.",
				  "field \"%s\": a value of type %s is not an array", name,
				  format_type_be(field->type));
	else
		field_fix_value(document, field, value, "condition");
}

void
schema_apply_condition(Schema *schema, Jsonb *condition, Faults *faults)
{
	Document	document = {0};
	int			level;
	JsonbIterator *it;
	JsonbIteratorToken token;
	JsonbValue	item;
	char	   *name = NULL;

	document.schema = schema;
	document.faults = faults;
	document.prefix = "";
	document.narrows = true;
	if (!JB_ROOT_IS_OBJECT(condition))
	{
		fault_add(faults, ERRCODE_INVALID_PARAMETER_VALUE, "condition",
				  "Write it as {\"status\": \"paid\"}, or {\"age\": {\"minimum\": 65}}.",
				  "a condition must be a JSON object");
		return;
	}

	level = settings_fix();
	it = JsonbIteratorInit(&condition->root);
	while ((token = JsonbIteratorNext(&it, &item, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			name = jsonb_text(&item);
		else if (token == WJB_VALUE)
			apply_condition(&document, name, &item);
	}
	settings_restore(level);
}
