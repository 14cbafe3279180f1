/*-------------------------------------------------------------------------
 *
 * document.h
 *		Private to the readers and the printer of schema documents
 *		(document*.c, canonical*.c, templates.c).
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_DOCUMENT_H
#define SYNTHIK_DOCUMENT_H

#include "schema/schema.h"
#include "schema/semantic.h"
#include "util/jsonb_read.h"

/* How long a chain of "extends" may be. */
#define SCHEMA_MAX_EXTENDS	16

#define UNIQUE_EXPRESSION_HINT \
	"Make the fields unique that the expression reads."

#define REFERENCE_DISTRIBUTION_HINT \
	"\"zipf\" makes few keys popular; \"uniform\" draws all alike."

#define UNIQUE_PER_SERIES \
	"it is unique in all rows, so that those of a series cannot share it"

/* A document being read. */
typedef struct Document
{
	Schema	   *schema;			/* what is laid over so far */
	Faults	   *faults;
	bool		nested;			/* members of a JSON object */
	bool		narrows;		/* a condition: it takes values away, and
								 * brings none that the base has not */
	const char *prefix;			/* of paths: "", or "extends." */
	int			depth;			/* of nested objects and arrays */
	List	   *chain;			/* names of the documents being extended */
} Document;

/* The words of a document's fields, in the order they are applied. */
typedef enum FieldKeyword
{
	KEY_NAME,
	KEY_TITLE,
	KEY_DESCRIPTION,
	KEY_PROMPT,
	KEY_WHY,
	KEY_HIDDEN,
	KEY_TYPE,
	KEY_FORMAT,
	KEY_FIELDS,
	KEY_PROPERTIES,
	KEY_ITEMS,
	KEY_MIN_ITEMS,
	KEY_MAX_ITEMS,
	KEY_REQUIRED,
	KEY_NULL_FRACTION,
	KEY_MINIMUM,
	KEY_MAXIMUM,
	KEY_EXCLUSIVE_MINIMUM,
	KEY_EXCLUSIVE_MAXIMUM,
	KEY_MULTIPLE_OF,
	KEY_MIN_LENGTH,
	KEY_MAX_LENGTH,
	KEY_REFERENCES,
	KEY_ENUM,
	KEY_CONST,
	KEY_EXAMPLES,
	KEY_WEIGHTS,
	KEY_DEFAULT,
	KEY_PATTERN,
	KEY_DISTRIBUTION,
	KEY_BY,
	KEY_CASES,
	KEY_PER,
	KEY_ASCENDING,
	KEY_EXPRESSION,
	KEY_UNIQUE,
	KEY_COUNT
} FieldKeyword;

/* Columns of a table that a document names. */
typedef struct ParentKey
{
	char	   *name;			/* as the document has it */
	Oid			relid;
	int			ncolumns;
	AttrNumber *attnums;
} ParentKey;

/* One field of a document being read. */
typedef struct FieldReader
{
	Document   *document;
	Field	   *field;
	const char *path;			/* "fields[3]" */
	bool		is_new;			/* no base has this field */
	bool		fixed_type;		/* a table or an array says its type */
	JsonbValue *given[KEY_COUNT];	/* NULL: not given */
	bool		implied[KEY_COUNT]; /* given by the semantic type only */
	const char *spelled[KEY_COUNT]; /* as the document spells it */
	ParentKey	parent;			/* of "references", if relid is valid */
} FieldReader;

/* An error that was caught. */
typedef struct SoftError
{
	int			sqlerrcode;
	char	   *message;
	char	   *hint;
} SoftError;

/* ---- document.c ---- */

extern Schema *schema_make(void);

/* The path of what stands at the top of the document; and a fault there. */
extern char *document_path(const Document *document, const char *rest);
extern void document_fault(Document *document, int sqlerrcode, const char *path,
						   const char *hint, const char *problem,...)
			pg_attribute_printf(5, 6);

/* For a word in a field that belongs to the top of a document. */
extern const char *document_word_home(const char *word);

/* ---- document_members.c ---- */

extern void document_read_fields(Document *document, JsonbValue *fields, const char *path);
extern void document_read_properties(Document *document, JsonbValue *properties,
									 const char *path);

/* The index of a field by name, or -1 after a fault. */
extern int	document_find_field(Document *document, const char *path, const char *name);

/* ---- document_key.c ---- */

extern void document_read_required(Document *document, JsonbValue *names, const char *path);
extern void document_read_uniques(Document *document, JsonbValue *value);
extern void document_read_primary_key(Document *document, JsonbValue *value);

/* Once all fields are read: faults where what is unique cannot be compared. */
extern void document_check_uniques(Document *document);

/* ---- document_drop.c ---- */

/*
 * "drop": what a document extends, without some of its fields.  Prepares the
 * extended Schema.
 */
extern Jsonb *document_drop(Document *document, Schema *extended, JsonbValue *names);

/* ---- document_field.c ---- */

extern void field_read(Document *document, Field *field, JsonbContainer *object,
					   const char *path, bool is_new, bool fixed_type);
extern void field_fix_value(Document *document, Field *field, JsonbValue *value,
							const char *path);
extern void field_fault(FieldReader *reader, int sqlerrcode, FieldKeyword keyword,
						const char *hint, const char *problem,...) pg_attribute_printf(5, 6);
extern char *field_path(const FieldReader *reader, FieldKeyword keyword);

/* Is the keyword the document's own? */
static inline bool
field_own(const FieldReader *reader, FieldKeyword keyword)
{
	return reader->given[keyword] != NULL && !reader->implied[keyword];
}

/* ---- document_word.c ---- */

/* Finds the keywords among the words of a field. */
extern void field_gather(FieldReader *reader, JsonbContainer *object);

/* For a word at the top of a document that belongs into a field. */
extern const char *field_word_home(const char *word);

/* ---- document_keyword.c ---- */

extern const char *keyword_name(FieldKeyword keyword);
/* By either spelling, or -1. */
extern int	keyword_index(const char *word);
/* The first keyword that says how values are made, or KEY_COUNT. */
extern int	keyword_first_made(const FieldReader *reader);
/* Lays a keyword over the field, if it is given. */
extern void keyword_read(FieldReader *reader, FieldKeyword keyword);

/* A value of the wrong kind: wanted is "a string", or "true or false". */
extern void field_shape_fault(FieldReader *reader, FieldKeyword keyword, const char *wanted,
							  JsonbValue *value);

/* ---- document_bound.c ---- */

extern void field_read_bound(FieldReader *reader, FieldKeyword keyword, JsonbValue *value);
extern void field_read_exclusive(FieldReader *reader, FieldKeyword keyword, JsonbValue *value);
extern void field_read_multiple_of(FieldReader *reader, FieldKeyword keyword,
								   JsonbValue *value);
/* minItems, maxItems, minLength, maxLength */
extern void field_read_count(FieldReader *reader, FieldKeyword keyword, JsonbValue *value);

/* ---- document_check.c ---- */

extern void field_check(FieldReader *reader);
/* Why a required field is not possible, or NULL; *keyword is at fault. */
extern const char *field_null_problem(const Field *field, FieldKeyword *keyword);

/* ---- document_type.c ---- */

extern bool field_read_type(FieldReader *reader);

/* ---- document_list.c ---- */

extern void field_read_enum(FieldReader *reader, JsonbValue *value);
extern void field_read_const(FieldReader *reader, JsonbValue *value);
extern void field_read_examples(FieldReader *reader, JsonbValue *value);
extern void field_read_weights(FieldReader *reader, JsonbValue *value);
extern void field_read_default(FieldReader *reader, JsonbValue *value);
extern void field_settle_values(FieldReader *reader, const ValueList *before);
extern double *field_weights(FieldReader *reader, FieldKeyword keyword, const char *name,
							 JsonbValue *value, int count, const char *what);

/* ---- document_distribution.c ---- */

extern void field_read_distribution(FieldReader *reader, JsonbValue *value);
/* Against the field's bounds. */
extern void field_check_distribution(FieldReader *reader);

/* ---- document_reference.c ---- */

extern bool reference_parse(Document *document, JsonbValue *value, const char *path,
							const char *prefix, ParentKey *key);
extern void reference_set(Schema *schema, const ParentKey *key, const int *fields);
extern void reference_clear(Schema *schema, Field *field);

/* How many attributes a table has, dropped ones included. */
extern int	relation_natts(Oid relid);

/* The column of a table whose name is nearest to a word, or NULL. */
extern const char *nearest_column(Oid relid, const char *name);
/* Why its keys cannot be drawn by the field's distribution, or NULL. */
extern const char *reference_distribution_problem(const Field *field);
extern void document_read_references(Document *document, JsonbValue *value);

/* ---- series.c ---- */

extern void document_read_series(Document *document, JsonbValue *value);

/* ---- document_value.c: values between JSON and types ---- */

/*
 * Calls work(argument) in a subtransaction; false and *error where it threw.
 * Cancellation, resource and internal errors pass through.
 */
extern bool soft_call(void (*work) (void *), void *argument, SoftError *error);

/* Settings that texts of values depend on, until settings_restore(). */
extern int	settings_fix(void);
extern void settings_restore(int level);

/*
 * Reads count values of a field's base type.  Those that do not fit are
 * faults; false if there was one.  With bound true the type's modifier does
 * not apply, as it would round.
 */
extern bool field_read_values(FieldReader *reader, FieldKeyword keyword, JsonbValue **from,
							  int count, bool bound, Datum *values, bool *nulls);

extern void value_to_json(Oid type, Datum value, JsonbValue *json);

/* A value of another type, such as an interval, from a text. */
extern bool value_from_text(Oid type, char *text, Datum *value, SoftError *error);

/* Many of one type; NULLs are left out, and those that do not fit become NULL. */
extern void values_from_texts(Oid type, int32 typmod, int count, char **texts, Datum *values);

#endif							/* SYNTHIK_DOCUMENT_H */
