/*-------------------------------------------------------------------------
 *
 * survey.c
 *		A pass over a whole file: rows, types, problems.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "file/report.h"
#include "file/survey.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

/* What JSON calls a string is no number. */
#define STRING_TYPES \
	(GUESS_DATE | GUESS_TIMESTAMP | GUESS_TIMESTAMPTZ | GUESS_TIME | GUESS_UUID | \
	 GUESS_DMY | GUESS_MDY)
#define NUMBER_TYPES (GUESS_INTEGER | GUESS_BIGINT | GUESS_NUMERIC | GUESS_FLOAT)

/* ---- rows ---- */

static void
add_columns(Survey *survey, const FileReader *reader)
{
	Size		size = sizeof(SurveyColumn) * Max(reader->ncolumns, 1);

	if (survey->columns == NULL)
		survey->columns = palloc_extended(size, MCXT_ALLOC_HUGE);
	else
		survey->columns = repalloc_huge(survey->columns, size);
	while (survey->ncolumns < reader->ncolumns)
	{
		SurveyColumn *column = &survey->columns[survey->ncolumns++];

		memset(column, 0, sizeof(*column));
		type_guess_init(&column->guess);
		column->guess.nulls = survey->rows;
	}
}

static void
look_at_cell(SurveyColumn *column, const FileCell *cell, bool strings)
{
	TypeGuess  *guess = &column->guess;

	switch (cell->kind)
	{
		case CELL_NULL:
			guess->nulls++;
			break;
		case CELL_TEXT:
			if (strings)
				guess->shared &= STRING_TYPES;
			type_guess_add(guess, cell->text, cell->length);
			break;
		case CELL_NUMBER:
			guess->values++;
			guess->shared &= NUMBER_TYPES & (type_guess_text(cell->text, cell->length) |
											 GUESS_NUMERIC);
			break;
		case CELL_BOOLEAN:
			guess->values++;
			guess->shared &= GUESS_BOOLEAN;
			guess->seen |= GUESS_SEEN_WORD;
			break;
		case CELL_JSON:
			guess->values++;
			guess->shared &= GUESS_JSON;
			column->nested = true;
			break;
		case CELL_DATUM:
			guess->values++;
			break;
	}
}

static void
look_at_rows(Survey *survey, FileReader *reader)
{
	MemoryContext memory = AllocSetContextCreate(CurrentMemoryContext, "synthik survey",
												 ALLOCSET_DEFAULT_SIZES);

	while (file_next(reader))
	{
		MemoryContext old;

		if (survey->ncolumns < reader->ncolumns)
			add_columns(survey, reader);
		old = MemoryContextSwitchTo(memory);
		for (int i = 0; i < survey->ncolumns; i++)
			look_at_cell(&survey->columns[i], &reader->cells[i], reader->strings);
		MemoryContextSwitchTo(old);
		if (survey->rows % 64 == 0)
			MemoryContextReset(memory);
		survey->rows++;
	}
	MemoryContextDelete(memory);
}

/* ---- columns ---- */

static bool
name_is_taken(const Survey *survey, int count, const char *name)
{
	for (int i = 0; i < count; i++)
		if (strcmp(survey->columns[i].name, name) == 0)
			return true;
	return false;
}

/* As long as a column's name can be, and unlike those before. */
static char *
table_name(const Survey *survey, int i, const char *name)
{
	char	   *cut = pnstrdup(name, pg_mbcliplen(name, strlen(name), NAMEDATALEN - 1));

	for (int number = 2; name_is_taken(survey, i, cut); number++)
	{
		char	   *suffix = psprintf("_%d", number);
		int			room = NAMEDATALEN - 1 - strlen(suffix);

		cut = psprintf("%s%s", pnstrdup(name, pg_mbcliplen(name, strlen(name), room)), suffix);
	}
	return cut;
}

static void
set_type(SurveyColumn *column, FileReader *reader, int i)
{
	const TypeGuess *guess = &column->guess;
	TypeGuess	ordered = *guess;
	const FileOptions *options = reader->options;

	column->typmod = -1;
	if (OidIsValid(reader->columns[i].type))
	{
		column->type = reader->columns[i].type;
		column->typmod = reader->columns[i].typmod;
		return;
	}
	if (type_guess_ambiguous(guess) && (options->day_first || options->month_first))
		ordered.shared &= ~(options->day_first ? GUESS_MDY : GUESS_DMY);
	else if (type_guess_ambiguous(guess))
		file_problem(reader, NULL,
					 "column \"%s\" has dates whose day and month could be either way; the option \"dates\" says which",
					 reader->columns[i].name);
	column->type = type_guess_type(&ordered);
	if (column->nested && column->type == TEXTOID)
		column->type = JSONBOID;
	if (guess->seen & GUESS_SEEN_LOCAL)
		column->dates = (ordered.shared & GUESS_DMY) ? CELL_DATES_DMY : CELL_DATES_MDY;
}

Survey *
survey_file(FileReader *reader)
{
	Survey	   *survey = palloc0(sizeof(Survey));

	add_columns(survey, reader);
	look_at_rows(survey, reader);
	add_columns(survey, reader);
	if (survey->ncolumns > MaxHeapAttributeNumber)
		ereport(ERROR,
				(errcode(ERRCODE_TOO_MANY_COLUMNS),
				 errmsg("%s has %d columns, but rows can have at most %d",
						byte_source_label(reader->bytes), survey->ncolumns,
						MaxHeapAttributeNumber),
				 errhint("synthik_read_file_json takes any number; synthik_read_file reads the columns that are named.")));
	for (int i = 0; i < survey->ncolumns; i++)
	{
		set_type(&survey->columns[i], reader, i);
		survey->columns[i].name = table_name(survey, i, reader->columns[i].name);
	}
	return survey;
}

char *
survey_columns_text(const Survey *survey, bool qualified)
{
	bits16		flags = FORMAT_TYPE_TYPEMOD_GIVEN | (qualified ? FORMAT_TYPE_FORCE_QUALIFY : 0);

	StringInfoData list;

	initStringInfo(&list);
	for (int i = 0; i < survey->ncolumns; i++)
		appendStringInfo(&list, "%s%s %s", i > 0 ? ", " : "",
						 quote_identifier(survey->columns[i].name),
						 format_type_extended(survey->columns[i].type,
											  survey->columns[i].typmod, flags));
	return list.data;
}

/* ---- the report ---- */

static void
push_problems(JsonbParseState **state, const FileReader *reader)
{
	file_report_number(state, "problem_count", reader->nproblems);
	file_report_push(state, WJB_KEY, "problems");
	pushJsonbValue(state, WJB_BEGIN_ARRAY, NULL);
	for (int i = 0; i < reader->nkept; i++)
	{
		pushJsonbValue(state, WJB_BEGIN_OBJECT, NULL);
		if (reader->problems[i].place != NULL)
		file_report_text(state, "place", reader->problems[i].place);
		file_report_text(state, "problem", reader->problems[i].message);
		pushJsonbValue(state, WJB_END_OBJECT, NULL);
	}
	pushJsonbValue(state, WJB_END_ARRAY, NULL);
}

Jsonb *
survey_report(const Survey *survey, FileReader *reader)
{
	const Codec *codec = codec_by_kind(byte_source_codec(reader->bytes));
	JsonbParseState *state = NULL;

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	file_report_text(&state, "format", reader->methods->name);
	if (codec != NULL)
		file_report_text(&state, "compression", codec->name);
	file_report_number(&state, "rows", survey->rows);
	file_report_number(&state, "columns", survey->ncolumns);
	if (reader->methods->report != NULL)
		reader->methods->report(reader, &state);
	push_problems(&state, reader);
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL));
}
