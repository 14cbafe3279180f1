/*-------------------------------------------------------------------------
 *
 * document_reference.c
 *		The references of a document: to a column of a table, or together
 *		to several of one.
 *
 * A name in a string, "customers(id)", is read as SQL reads it; names in the
 * members of an object are exact, but for the table's, which may be
 * qualified and is read as regclass would.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "nodes/makefuncs.h"
#include "nodes/value.h"
#include "parser/parse_coerce.h"
#include "schema/document.h"
#include "schema/guess.h"
#include "schema/expression.h"
#include "storage/lockdefs.h"
#include "util/nearest.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/varlena.h"

/* What is being read, for its faults. */
typedef struct ReferenceReader
{
	Document   *document;
	const char *path;
	const char *prefix;			/* of messages: 'field "x": ', or "" */
	ParentKey  *key;
} ReferenceReader;

static bool
reference_fault(ReferenceReader *reader, int sqlerrcode, const char *hint, const char *problem)
{
	fault_add(reader->document->faults, sqlerrcode, reader->path, hint, "%s%s",
			  reader->prefix, problem);
	return false;
}

/* ---- names ---- */

typedef struct RelationWork
{
	List	   *names;
	Oid			relid;
} RelationWork;

static void
relation_work(void *argument)
{
	RelationWork *work = argument;

	work->relid = RangeVarGetRelid(makeRangeVarFromNameList(work->names), NoLock, true);
}

static bool
find_relation(ReferenceReader *reader, const char *text)
{
	RelationWork work = {NIL, InvalidOid};
	SoftError	error;
	List	   *parts = NIL;
	ListCell   *cell;
	char		relkind;

	if (!SplitIdentifierString(pstrdup(text), '.', &parts) || parts == NIL)
		return reference_fault(reader, ERRCODE_INVALID_NAME, NULL,
							   psprintf("invalid table name \"%s\"", text));
	foreach(cell, parts)
		work.names = lappend(work.names, makeString(pstrdup(lfirst(cell))));
	if (!soft_call(relation_work, &work, &error))
		return reference_fault(reader, error.sqlerrcode, error.hint, error.message);
	if (!OidIsValid(work.relid))
		return !reader->document->faults->tables_to_come && reference_fault(reader, ERRCODE_UNDEFINED_TABLE, NULL,
							   psprintf("relation \"%s\" does not exist", text));

	relkind = get_rel_relkind(work.relid);
	if (relkind != RELKIND_RELATION && relkind != RELKIND_PARTITIONED_TABLE &&
		relkind != RELKIND_VIEW && relkind != RELKIND_MATVIEW &&
		relkind != RELKIND_FOREIGN_TABLE)
		return reference_fault(reader, ERRCODE_WRONG_OBJECT_TYPE, NULL,
							   psprintf("\"%s\" is not a table or view", text));
	if (!expression_relation_is_harmless(work.relid))
		return reference_fault(reader, ERRCODE_INSUFFICIENT_PRIVILEGE,
							   "Views, foreign tables and tables with row security have to be your own, or a superuser's.",
							   psprintf("\"%s\" cannot be referred to in a document", text));
	reader->key->relid = work.relid;
	return true;
}

int
relation_natts(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	int			natts = 0;

	if (HeapTupleIsValid(tuple))
	{
		natts = ((Form_pg_class) GETSTRUCT(tuple))->relnatts;
		ReleaseSysCache(tuple);
	}
	return natts;
}

const char *
nearest_column(Oid relid, const char *name)
{
	int			natts = relation_natts(relid);
	const char **names = palloc(sizeof(char *) * Max(natts, 1));
	int			count = 0;

	for (int i = 1; i <= natts; i++)
	{
		char	   *column = get_attname(relid, i, true);

		if (column != NULL)
			names[count++] = column;
	}
	return nearest_name(name, names, count);
}

static bool
add_column(ReferenceReader *reader, const char *name)
{
	ParentKey  *key = reader->key;
	AttrNumber	attnum = get_attnum(key->relid, name);

	if (attnum > 0)
	{
		key->attnums[key->ncolumns++] = attnum;
		return true;
	}
	return reference_fault(reader, ERRCODE_UNDEFINED_COLUMN,
						   name_hint(nearest_column(key->relid, name)),
						   psprintf("column \"%s\" of \"%s\" does not exist", name,
									get_rel_name(key->relid)));
}

static bool
add_primary_key(ReferenceReader *reader)
{
	ParentKey  *key = reader->key;
	const char *table = get_rel_name(key->relid);
	Bitmapset  *columns;
	Oid			constraint;

	columns = get_primary_key_attnos(key->relid, true, &constraint);
	if (columns == NULL)
		return reference_fault(reader, ERRCODE_UNDEFINED_OBJECT,
							   psprintf("Name a column, as in \"%s(id)\".", table),
							   psprintf("\"%s\" has no primary key", table));
	if (bms_num_members(columns) > 1)
		return reference_fault(reader, ERRCODE_INVALID_FOREIGN_KEY,
							   "Name the column, or give \"references\" at the top of the document.",
							   psprintf("the primary key of \"%s\" has %d columns", table,
										bms_num_members(columns)));
	key->attnums = palloc(sizeof(AttrNumber));
	key->attnums[0] = bms_singleton_member(columns) + FirstLowInvalidHeapAttributeNumber;
	key->ncolumns = 1;
	return true;
}

/* ---- forms ---- */

/* "customers(id)", "shop.customers(id)", "customers" */
static bool
parse_string(ReferenceReader *reader, char *text)
{
	char	   *open = NULL;
	bool		quoted = false;
	List	   *names = NIL;
	ListCell   *cell;
	size_t		length = strlen(text);

	reader->key->name = pstrdup(text);
	for (char *c = text; *c != '\0' && open == NULL; c++)
	{
		if (*c == '"')
			quoted = !quoted;
		else if (*c == '(' && !quoted)
			open = c;
	}
	if (open == NULL)
		return find_relation(reader, text) && add_primary_key(reader);

	if (text[length - 1] == ')')
	{
		text[length - 1] = '\0';
		*open = '\0';
		if (!find_relation(reader, text))
			return false;
		if (SplitIdentifierString(open + 1, ',', &names) && names != NIL)
		{
			reader->key->attnums = palloc(sizeof(AttrNumber) * list_length(names));
			foreach(cell, names)
			{
				if (!add_column(reader, lfirst(cell)))
					return false;
			}
			return true;
		}
	}
	return reference_fault(reader, ERRCODE_INVALID_PARAMETER_VALUE,
						   "Write it as \"table(column)\".",
						   psprintf("invalid reference \"%s\"", reader->key->name));
}

/* {"table": "customers", "columns": ["id"]}, at the top with "fields" */
static bool
parse_object(ReferenceReader *reader, JsonbContainer *object)
{
	JsonbValue *table = jsonb_member_of(object, "table");
	JsonbValue *columns = jsonb_member_of(object, "columns");
	JsonbMembers members;

	jsonb_members_begin(&members, object);
	while (jsonb_members_next(&members))
	{
		static const char *const words[] = {"table", "columns"};
		const char *name = members.key;

		if (strcmp(name, "table") == 0 || strcmp(name, "columns") == 0 ||
			(reader->prefix[0] == '\0' && strcmp(name, "fields") == 0))
			continue;
		return reference_fault(reader, ERRCODE_INVALID_PARAMETER_VALUE,
							   nearest_hint(name, words, lengthof(words)),
							   psprintf("a reference takes no \"%s\"", name));
	}
	if (table == NULL || table->type != jbvString)
		return reference_fault(reader, ERRCODE_INVALID_PARAMETER_VALUE, NULL,
							   "a reference needs a \"table\"");
	reader->key->name = jsonb_text(table);
	if (!find_relation(reader, reader->key->name))
		return false;
	if (columns == NULL)
		return add_primary_key(reader);
	if (!jsonb_is_array(columns) || jsonb_count(columns) == 0)
		return reference_fault(reader, ERRCODE_INVALID_PARAMETER_VALUE, NULL,
							   "\"columns\" must be an array of column names");

	reader->key->attnums = palloc(sizeof(AttrNumber) *
								  jsonb_count(columns));
	for (uint32 i = 0; i < jsonb_count(columns); i++)
	{
		JsonbValue *name = jsonb_element(columns, i);

		if (name->type != jbvString)
			return reference_fault(reader, ERRCODE_INVALID_PARAMETER_VALUE, NULL,
								   "\"columns\" must be an array of column names");
		if (!add_column(reader, jsonb_text(name)))
			return false;
	}
	return true;
}

bool
reference_parse(Document *document, JsonbValue *value, const char *path,
				const char *prefix, ParentKey *key)
{
	ReferenceReader reader = {document, path, prefix, key};
	bool		good;

	memset(key, 0, sizeof(ParentKey));
	if (value->type == jbvString)
		good = parse_string(&reader, jsonb_text(value));
	else if (jsonb_is_object(value))
		good = parse_object(&reader, value->val.binary.data);
	else
		good = reference_fault(&reader, ERRCODE_INVALID_PARAMETER_VALUE, NULL,
							   psprintf("a reference must be a string or an object, not a JSON %s",
										JsonbTypeName(value)));
	if (!good)
		key->relid = InvalidOid;
	return good;
}

/* ---- into the schema ---- */

/* Takes a reference out of a schema, with the fields that it covers. */
/* Those by a reference that is gone; the others count on by the new order. */
static void
forget_sums(Schema *schema, int gone)
{
	ListCell   *cell;

	foreach(cell, schema->sums)
	{
		Sum		   *sum = lfirst(cell);

		if (sum->reference == gone)
			schema->sums = foreach_delete_current(schema->sums, cell);
		else if (sum->reference > gone)
			sum->reference--;
	}
}

void
reference_clear(Schema *schema, Field *field)
{
	int			gone = field->reference;

	if (gone < 0)
		return;
	for (int i = 0; i < schema->nfields; i++)
	{
		Field	   *other = schema->fields[i];

		if (other->reference == gone)
			other->reference = -1;
		else if (other->reference > gone)
			other->reference--;
	}
	for (int i = schema->nfields; i < schema_width(schema); i++)
	{
		Field	   *context = schema->fields[i];

		if (context->reference > gone)
			context->reference--;
		else if (context->reference == gone)
		{
			context->reference = -1;
			context->origin = FIELD_DROPPED;
		}
	}
	field->reference = -1;
	schema->references = list_delete_nth_cell(schema->references, gone);
	forget_sums(schema, gone);
}

/* Is it there already, as on a table that has the foreign key? */
static bool
reference_exists(const Schema *schema, const ParentKey *key, const int *fields)
{
	int			index = schema->fields[fields[0]]->reference;
	Reference  *reference;

	if (index < 0)
		return false;
	reference = list_nth(schema->references, index);
	if (reference->relid != key->relid || reference->ncolumns != key->ncolumns)
		return false;
	for (int i = 0; i < key->ncolumns; i++)
	{
		bool		found = false;

		for (int j = 0; j < key->ncolumns; j++)
			found |= reference->fields[j] == fields[i] &&
				reference->attnums[j] == key->attnums[i];
		if (!found)
			return false;
	}
	return true;
}

void
reference_set(Schema *schema, const ParentKey *key, const int *fields)
{
	Reference  *reference;

	if (reference_exists(schema, key, fields))
		return;
	for (int i = 0; i < key->ncolumns; i++)
		reference_clear(schema, schema->fields[fields[i]]);

	reference = palloc0(sizeof(Reference));
	reference->name = pstrdup(key->name);
	reference->relid = key->relid;
	reference->ncolumns = key->ncolumns;
	reference->attnums = key->attnums;
	reference->fields = palloc(sizeof(int) * key->ncolumns);
	reference->self = OidIsValid(schema->relid) && schema->relid == key->relid;
	for (int i = 0; i < key->ncolumns; i++)
	{
		Field	   *field = schema->fields[fields[i]];

		reference->fields[i] = fields[i];
		guess_drop(field);
		field->reference = list_length(schema->references);
		field->reference_column = i;
		field->origin = FIELD_MADE;
		field->expression = NULL;
		field->expr = NULL;
		memset(&field->enumeration, 0, sizeof(ValueList));
		field->why = "references";
	}
	schema->references = lappend(schema->references, reference);
}

const char *
reference_distribution_problem(const Field *field)
{
	switch (field->distribution.kind)
	{
		case DISTRIBUTION_NONE:
		case DISTRIBUTION_UNIFORM:
		case DISTRIBUTION_ZIPF:
			return NULL;
		default:
			return field->reference < 0 || field->distribution.implied ? NULL :
				"keys of another table take no distribution but \"zipf\" and \"uniform\"";
	}
}

/* ---- at the top of a document ---- */

static bool
read_reference_fields(ReferenceReader *reader, JsonbContainer *object, int *fields)
{
	Schema	   *schema = reader->document->schema;
	JsonbValue *names = jsonb_member_of(object, "fields");

	if (names == NULL || !jsonb_is_array(names) ||
		jsonb_count(names) != reader->key->ncolumns)
		return reference_fault(reader, ERRCODE_INVALID_PARAMETER_VALUE, NULL,
							   psprintf("\"fields\" must be an array of %d field names, one for each column",
										reader->key->ncolumns));
	for (int i = 0; i < reader->key->ncolumns; i++)
	{
		JsonbValue *name = jsonb_element(names, i);
		char	   *text = name->type == jbvString ? jsonb_text(name) : "";

		fields[i] = schema_field_index(schema, text);
		if (fields[i] < 0)
			return reference_fault(reader, ERRCODE_UNDEFINED_COLUMN, NULL,
								   psprintf("field \"%s\" does not exist", text));
		for (int j = 0; j < i; j++)
		{
			if (fields[j] == fields[i])
				return reference_fault(reader, ERRCODE_DUPLICATE_COLUMN, NULL,
									   psprintf("field \"%s\" is named twice", text));
		}
	}
	return true;
}

/* Keys of the parent become values of the field by assignment. */
static bool
reference_types_fit(ReferenceReader *reader, const int *fields)
{
	for (int i = 0; i < reader->key->ncolumns; i++)
	{
		Field	   *field = reader->document->schema->fields[fields[i]];
		Oid			parent = get_atttype(reader->key->relid, reader->key->attnums[i]);
		Oid			child = field->base_type;

		if (!can_coerce_type(1, &parent, &child, COERCION_ASSIGNMENT))
			return reference_fault(reader, ERRCODE_DATATYPE_MISMATCH, NULL,
								   psprintf("column \"%s\" of type %s does not fit field \"%s\" of type %s",
											get_attname(reader->key->relid, reader->key->attnums[i], false),
											format_type_be(parent), field->name,
											format_type_be(field->type)));
	}
	return true;
}

static bool
reference_fields_free(ReferenceReader *reader, const int *fields)
{
	Schema	   *schema = reader->document->schema;

	if (reference_exists(schema, reader->key, fields))
		return true;
	for (int i = 0; i < reader->key->ncolumns; i++)
	{
		Field	   *field = schema->fields[fields[i]];

		if (field->generated_always)
			return reference_fault(reader, ERRCODE_GENERATED_ALWAYS, NULL,
								   psprintf("values of field \"%s\" are generated always",
											field->name));
	}
	return true;
}

static void
check_distributions(ReferenceReader *reader, const int *fields)
{
	for (int i = 0; i < reader->key->ncolumns; i++)
	{
		const Field *field = reader->document->schema->fields[fields[i]];
		const char *problem = reference_distribution_problem(field);

		if (problem != NULL)
			reference_fault(reader, ERRCODE_FEATURE_NOT_SUPPORTED, REFERENCE_DISTRIBUTION_HINT,
							psprintf("field \"%s\": %s", field->name, problem));
	}
}

static void
read_reference(Document *document, JsonbValue *value, const char *path)
{
	ParentKey	key;
	ReferenceReader reader = {document, path, "", &key};
	int		   *fields;

	if (!jsonb_is_object(value))
	{
		reference_fault(&reader, ERRCODE_INVALID_PARAMETER_VALUE,
						"Write it as {\"fields\": [\"a\", \"b\"], \"table\": \"t\", \"columns\": [\"x\", \"y\"]}.",
						psprintf("a reference must be an object, not a JSON %s",
								 JsonbTypeName(value)));
		return;
	}
	if (!reference_parse(document, value, path, "", &key))
		return;
	fields = palloc(sizeof(int) * key.ncolumns);
	if (read_reference_fields(&reader, value->val.binary.data, fields) &&
		reference_types_fit(&reader, fields) && reference_fields_free(&reader, fields))
	{
		reference_set(document->schema, &key, fields);
		check_distributions(&reader, fields);
	}
}

void
document_read_references(Document *document, JsonbValue *value)
{
	if (!jsonb_is_array(value))
	{
		document_fault(document, ERRCODE_INVALID_PARAMETER_VALUE, "references", NULL,
					   "\"references\" must be an array, not a JSON %s",
					   JsonbTypeName(value));
		return;
	}
	for (uint32 i = 0; i < jsonb_count(value); i++)
		read_reference(document, jsonb_element(value, i),
					   psprintf("%sreferences[%u]", document->prefix, i));
}
