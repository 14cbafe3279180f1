/*-------------------------------------------------------------------------
 *
 * learning.c
 *		The arguments that say how a table is learned, and learning.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "api/learning.h"
#include "api/request.h"
#include "utils/builtins.h"
#include "utils/rel.h"

static int
read_sample(const NullableDatum *arg)
{
	int			rows = arg->isnull ? SAMPLE_DEFAULT_ROWS : DatumGetInt32(arg->value);

	if (rows < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("sample is %d, but must not be negative", rows),
				 errhint("It is a number of rows; 0 reads statistics alone.")));
	return rows;
}

/* One of two words; the first is the default. */
static bool
read_choice(const NullableDatum *arg, const char *what, const char *const *words,
			const char *list)
{
	char	   *word;

	if (arg->isnull)
		return false;
	word = TextDatumGetCString(arg->value);
	if (strcmp(word, words[0]) != 0 && strcmp(word, words[1]) != 0)
		request_unknown_word(what, word, words, 2, list);
	return strcmp(word, words[1]) == 0;
}

static const char *const privacy_words[] = {"standard", "strict"};
static const char *const dates_words[] = {"within", "after"};

void
learning_read(const NullableDatum *args, LearnOptions *out)
{
	memset(out, 0, sizeof(*out));
	out->sample_rows = read_sample(&args[0]);
	out->strict = read_choice(&args[1], "value of privacy", privacy_words,
							  "\"standard\" and \"strict\"");
	out->after = read_choice(&args[2], "value of dates", dates_words,
							 "\"within\" and \"after\"");
}

void
learning_condition(const Schema *schema, Jsonb *condition, LearnOptions *options)
{
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue	value;

	if (condition == NULL || !JB_ROOT_IS_OBJECT(condition))
		return;
	iterator = JsonbIteratorInit(&condition->root);
	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		int			field;

		if (token != WJB_KEY)
			continue;
		field = schema_field_index(schema, pnstrdup(value.val.string.val,
													value.val.string.len));
		if (field >= 0)
			options->first = bms_add_member(options->first, field);
	}
}

void
learning_apply(Schema *schema, Relation rel, const LearnOptions *options)
{
	LearnOptions sampled = *options;

	if (learn_relation(schema, rel, options) || options->sample_rows > 0)
		return;
	sampled.sample_rows = SAMPLE_DEFAULT_ROWS;
	if (learn_relation(schema, rel, &sampled))
		ereport(NOTICE,
				(errmsg("there are no statistics of \"%s\", so a sample of its rows is read",
						RelationGetRelationName(rel)),
				 errhint("ANALYZE gathers statistics of tables.")));
}

bool
learning_in_document(Jsonb *document)
{
	JsonbValue	value;

	return document != NULL && JB_ROOT_IS_OBJECT(document) &&
		getKeyJsonValueFromContainer(&document->root, "fit", strlen("fit"), &value) != NULL;
}
