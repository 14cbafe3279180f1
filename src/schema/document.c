/*-------------------------------------------------------------------------
 *
 * document.c
 *		From a schema document to a Schema: the top of the document.
 *
 * A document is laid over a base: an empty Schema, what a table says, or the
 * document that it extends.  The fields are read by document_members.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "miscadmin.h"
#include "schema/catalog.h"
#include "schema/document.h"
#include "schema/fit_blob.h"
#include "schema/sums.h"
#include "util/format.h"
#include "util/locale.h"
#include "util/nearest.h"

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
static const WordHint top_hints[] = {
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

char *
document_path(const Document *document, const char *rest)
{
	char	   *path = psprintf("%s%s", document->prefix, rest);
	size_t		length = strlen(path);

	/* "extends." itself */
	if (length > 0 && path[length - 1] == '.')
		path[length - 1] = '\0';
	return path;
}

void
document_fault(Document *document, int sqlerrcode, const char *path, const char *hint,
			   const char *problem,...)
{
	va_list		args;

	va_start(args, problem);
	fault_add(document->faults, sqlerrcode, document_path(document, path), hint, "%s",
			  format_va(problem, args));
	va_end(args);
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
	const char *hint = word_hint(word, top_hints, lengthof(top_hints));

	if (hint == NULL)
		hint = field_word_home(word);
	return hint != NULL ? hint : nearest_hint(word, top_names, TOP_COUNT);
}

static void
gather_word(Document *document, const JsonbMembers *member, JsonbValue **given)
{
	const char *word = member->key;

	for (int i = 0; i < TOP_COUNT; i++)
	{
		if (strcmp(word, top_names[i]) == 0)
		{
			given[i] = member->value;
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
	document_fault(document, ERRCODE_INVALID_PARAMETER_VALUE, word, top_hint(word),
				   "unknown keyword \"%s\"", word);
}

static void
gather(Document *document, JsonbContainer *object, JsonbValue **given)
{
	JsonbMembers members;

	jsonb_members_begin(&members, object);
	while (jsonb_members_next(&members))
		gather_word(document, &members, given);
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

	if (!jsonb_is_array(value))
	{
		document_fault(document, ERRCODE_INVALID_PARAMETER_VALUE, "checks",
					   "Write it as [\"delivered >= ordered\"].",
					   "\"checks\" must be an array, not a JSON %s",
					   JsonbTypeName(value));
		return;
	}
	for (uint32 i = 0; i < jsonb_count(value); i++)
	{
		JsonbValue *item = jsonb_element(value, i);
		Check	   *check;

		if (item->type != jbvString || item->val.string.len == 0)
		{
			document_fault(document, ERRCODE_INVALID_PARAMETER_VALUE,
						   psprintf("checks[%u]", i), NULL,
						   "a check must be SQL in a string");
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
		document_fault(document, ERRCODE_INVALID_PARAMETER_VALUE, top_names[keyword],
					   NULL, "\"%s\" must be a string, not a JSON %s", top_names[keyword],
					   JsonbTypeName(value));
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
		document_fault(document, ERRCODE_UNDEFINED_OBJECT, "locale", NULL,
					   "locale \"%s\" does not exist", locale);
	else if (locale != NULL)
		schema->locale = locale;

	read_string(document, TOP_TYPE, given[TOP_TYPE], &type);
	if (strcmp(type, "object") != 0)
		document_fault(document, ERRCODE_INVALID_PARAMETER_VALUE, "type", NULL,
					   "a row is of type \"object\", not \"%s\"", type);
}

/* ---- extends ---- */

static Jsonb *
extended_document(Document *document, JsonbValue *value, const char *name)
{
	ListCell   *cell;
	Jsonb	   *json;

	if (name == NULL)
		return JsonbValueToJsonb(value);
	foreach(cell, document->chain)
	{
		if (strcmp(lfirst(cell), name) == 0)
		{
			document_fault(document, ERRCODE_INVALID_RECURSION, "extends", NULL,
						   "schema \"%s\" extends itself", name);
			return NULL;
		}
	}
	json = schema_named(name);
	if (json != NULL)
		return json;
	document_fault(document, ERRCODE_UNDEFINED_OBJECT, "extends",
				   name_hint(schema_nearest(name)), "schema \"%s\" does not exist", name);
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
	else if (!jsonb_is_object(value))
	{
		document_fault(document, ERRCODE_INVALID_PARAMETER_VALUE, "extends", NULL,
					   "\"extends\" must be a name or a document, not a JSON %s",
					   JsonbTypeName(value));
		return;
	}
	if (list_length(document->chain) >= SCHEMA_MAX_EXTENDS)
	{
		document_fault(document, ERRCODE_PROGRAM_LIMIT_EXCEEDED, "extends", NULL,
					   "documents extend one another more than %d deep",
					   SCHEMA_MAX_EXTENDS);
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
		document_fault(document, ERRCODE_INVALID_PARAMETER_VALUE, "fit", NULL,
					   "\"fit\" must be a string, not a JSON %s", JsonbTypeName(value));
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

static void
read_spanning(Document *document, JsonbValue **given)
{
	if (given[TOP_REQUIRED] != NULL)
		document_read_required(document, given[TOP_REQUIRED],
							   document_path(document, "required"));
	if (given[TOP_UNIQUE] != NULL)
		document_read_uniques(document, given[TOP_UNIQUE]);
	if (given[TOP_PRIMARY_KEY] != NULL)
		document_read_primary_key(document, given[TOP_PRIMARY_KEY]);
	if (given[TOP_REFERENCES] != NULL)
		document_read_references(document, given[TOP_REFERENCES]);
	if (given[TOP_CHECKS] != NULL)
		read_checks(document, given[TOP_CHECKS]);
	if (given[TOP_SERIES] != NULL)
		document_read_series(document, given[TOP_SERIES]);
	if (given[TOP_SUMS] != NULL)
		document_read_sums(document, given[TOP_SUMS]);
	if (given[TOP_EXTENDS] != NULL)
		document_check_uniques(document);
}

/* The bytes of a document; what was learned has a bound of its own. */
static unsigned
document_bytes(Jsonb *json)
{
	JsonbValue *fit = NULL;

	if (JB_ROOT_IS_OBJECT(json))
		fit = jsonb_member_of(&json->root, top_names[TOP_FIT]);
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
		document_fault(document, ERRCODE_INVALID_PARAMETER_VALUE, "drop",
					   "It takes fields from what a document extends.",
					   "\"drop\" goes with \"extends\"");
	for (int i = 0; i < schema_width(document->schema); i++)
		document->schema->fields[i]->cases_below = true;
	base = fit_base_note(document->schema);
	read_strings(document, given);
	if (given[TOP_FIELDS] != NULL && given[TOP_PROPERTIES] != NULL)
		document_fault(document, ERRCODE_INVALID_PARAMETER_VALUE, "properties", NULL,
					   "\"fields\" and \"properties\" exclude each other");
	else if (given[TOP_FIELDS] != NULL)
		document_read_fields(document, given[TOP_FIELDS], document_path(document, "fields"));
	else if (given[TOP_PROPERTIES] != NULL)
		document_read_properties(document, given[TOP_PROPERTIES],
								 document_path(document, "properties"));
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
		document_fault(document, ERRCODE_PROGRAM_LIMIT_EXCEEDED, "", NULL,
					   "the document has %u bytes, at most %d are possible",
					   document_bytes(json), SCHEMA_MAX_BYTES);
		return false;
	}
	if (!JB_ROOT_IS_OBJECT(json))
	{
		document_fault(document, ERRCODE_INVALID_PARAMETER_VALUE, "",
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
		document_fault(&document, ERRCODE_INVALID_PARAMETER_VALUE, "fields", NULL,
					   "the document has no fields");
		good = false;
	}
	/* a base has those of its types already */
	if (good && base == NULL)
		catalog_add_domain_checks(document.schema);
	settings_restore(level);
	return good ? document.schema : NULL;
}
