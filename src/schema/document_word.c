/*-------------------------------------------------------------------------
 *
 * document_word.c
 *		The words of a field in a document: which keyword each one is, and
 *		what whoever wrote another one may have meant.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "schema/document.h"
#include "util/nearest.h"

/* JSON Schema's words that change nothing here. */
static const char *const ignored_words[] = {
	"$comment", "$id", "$schema", "additionalProperties"
};

/* Words that people try, and what they mean. */
static const WordHint field_hints[] = {
	{"nullable", "Perhaps you meant \"required\" or \"null_fraction\"."},
	{"null", "Perhaps you meant \"null_fraction\"."},
	{"nulls", "Perhaps you meant \"null_fraction\"."},
	{"null_rate", "Perhaps you meant \"null_fraction\"."},
	{"null_ratio", "Perhaps you meant \"null_fraction\"."},
	{"null_probability", "Perhaps you meant \"null_fraction\"."},
	{"not_null", "Perhaps you meant \"required\"."},
	{"notnull", "Perhaps you meant \"required\"."},
	{"optional", "Perhaps you meant \"required\" or \"null_fraction\"."},
	{"choices", "Perhaps you meant \"enum\"."},
	{"values", "Perhaps you meant \"enum\"."},
	{"options", "Perhaps you meant \"enum\"."},
	{"categories", "Perhaps you meant \"enum\"."},
	{"one_of", "Perhaps you meant \"enum\"."},
	{"oneOf", "Perhaps you meant \"enum\"."},
	{"anyOf", "Perhaps you meant \"enum\"."},
	{"allowed", "Perhaps you meant \"enum\"."},
	{"probabilities", "Perhaps you meant \"weights\"."},
	{"frequencies", "Perhaps you meant \"weights\"."},
	{"regex", "Perhaps you meant \"pattern\"."},
	{"regexp", "Perhaps you meant \"pattern\"."},
	{"mask", "Perhaps you meant \"pattern\"."},
	{"min", "Perhaps you meant \"minimum\"."},
	{"max", "Perhaps you meant \"maximum\"."},
	{"from", "Perhaps you meant \"minimum\"."},
	{"to", "Perhaps you meant \"maximum\"."},
	{"start", "Perhaps you meant \"minimum\"."},
	{"end", "Perhaps you meant \"maximum\"."},
	{"ge", "Perhaps you meant \"minimum\"."},
	{"gte", "Perhaps you meant \"minimum\"."},
	{"le", "Perhaps you meant \"maximum\"."},
	{"lte", "Perhaps you meant \"maximum\"."},
	{"gt", "Perhaps you meant \"exclusiveMinimum\"."},
	{"lt", "Perhaps you meant \"exclusiveMaximum\"."},
	{"range", "Perhaps you meant \"minimum\" and \"maximum\"."},
	{"between", "Perhaps you meant \"minimum\" and \"maximum\"."},
	{"step", "Perhaps you meant \"multipleOf\"."},
	{"len", "Perhaps you meant \"minLength\" or \"maxLength\"."},
	{"length", "Perhaps you meant \"minLength\" or \"maxLength\"."},
	{"size", "Perhaps you meant \"maxLength\" or \"maxItems\"."},
	{"default_value", "Perhaps you meant \"default\"."},
	{"value", "Perhaps you meant \"const\"."},
	{"constant", "Perhaps you meant \"const\"."},
	{"example", "Perhaps you meant \"examples\"."},
	{"samples", "Perhaps you meant \"examples\"."},
	{"fk", "Perhaps you meant \"references\"."},
	{"foreign_key", "Perhaps you meant \"references\"."},
	{"ref", "Perhaps you meant \"references\"."},
	{"$ref", "Perhaps you meant \"references\"."},
	{"reference", "Perhaps you meant \"references\"."},
	{"depends_on", "Perhaps you meant \"by\" and \"cases\"."},
	{"when", "Perhaps you meant \"by\" and \"cases\"."},
	{"if", "Perhaps you meant \"by\" and \"cases\"."},
	{"switch", "Perhaps you meant \"by\" and \"cases\"."},
	{"case", "Perhaps you meant \"cases\"."},
	{"sorted", "Perhaps you meant \"ascending\"."},
	{"increasing", "Perhaps you meant \"ascending\"."},
	{"monotonic", "Perhaps you meant \"ascending\"."},
	{"formula", "Perhaps you meant \"expression\"."},
	{"computed", "Perhaps you meant \"expression\"."},
	{"generated", "Perhaps you meant \"expression\"."},
	{"sql", "Perhaps you meant \"expression\"."},
	{"dist", "Perhaps you meant \"distribution\"."},
	{"mean", "Perhaps you meant \"distribution\": {\"kind\": \"normal\", \"mean\": ...}."},
	{"stddev", "Perhaps you meant \"distribution\": {\"kind\": \"normal\", \"stddev\": ...}."},
	{"datatype", "Perhaps you meant \"type\"."},
	{"data_type", "Perhaps you meant \"type\"."},
	{"kind", "Perhaps you meant \"type\"."},
	{"comment", "Perhaps you meant \"description\"."},
	{"label", "Perhaps you meant \"title\"."},
	{"distinct", "Perhaps you meant \"unique\"."},
	{"drop", "\"drop\" is a keyword of the document, beside \"extends\": an array of names."}
};

static const char *
keyword_hint(const char *word)
{
	const char *names[KEY_COUNT];
	const char *hint = word_hint(word, field_hints, lengthof(field_hints));

	if (hint == NULL)
		hint = document_word_home(word);
	if (hint != NULL)
		return hint;
	for (int key = 0; key < KEY_COUNT; key++)
		names[key] = keyword_name(key);
	return nearest_hint(word, names, KEY_COUNT);
}

/* For a word at the top of a document that belongs into a field. */
const char *
field_word_home(const char *word)
{
	int			key = keyword_index(word);

	return key < 0 ? NULL : psprintf("\"%s\" is a keyword of a field.", word);
}

static bool
word_ignored(const char *word)
{
	if (strncmp(word, "x-", 2) == 0)
		return true;
	for (int i = 0; i < lengthof(ignored_words); i++)
	{
		if (strcmp(word, ignored_words[i]) == 0)
			return true;
	}
	return false;
}

static void
gather_word(FieldReader *reader, const char *word, JsonbValue *value)
{
	int			key = keyword_index(word);

	if (key < 0)
	{
		if (!word_ignored(word))
			fault_add(reader->document->faults, ERRCODE_INVALID_PARAMETER_VALUE,
					  psprintf("%s.%s", reader->path, word), keyword_hint(word),
					  "field \"%s\": unknown keyword \"%s\"", reader->field->name, word);
		return;
	}
	if (reader->given[key] != NULL)
		field_fault(reader, ERRCODE_INVALID_PARAMETER_VALUE, key, NULL,
					"\"%s\" and \"%s\" are the same", reader->spelled[key], word);
	reader->given[key] = value;
	reader->spelled[key] = word;
}

void
field_gather(FieldReader *reader, JsonbContainer *object)
{
	JsonbMembers members;

	jsonb_members_begin(&members, object);
	while (jsonb_members_next(&members))
		gather_word(reader, members.key, members.value);
}
