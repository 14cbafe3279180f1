/*-------------------------------------------------------------------------
 *
 * json_cells.c
 *		The members of one JSON object as the cells of a row, by PostgreSQL's
 *		own parser.
 *
 * Of two members with the same key the last one counts, as in jsonb.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "common/jsonapi.h"
#include "file/json_cells.h"
#include "file/name_table.h"
#include "mb/pg_wchar.h"

struct JsonCells
{
	FileReader *reader;
	names_hash *keys;
	int			known;			/* columns that are in the table */
	int			expected;		/* the column whose key is likely next */
	bool		renamed;		/* some column is not called what its key is */
	MemoryContext row;			/* of one row's text */
	JsonLexContext *lex;
	int			column;			/* of the current member */
	const char *nested;			/* where its array or object begins, or NULL */
};

JsonCells *
json_cells_new(FileReader *reader)
{
	JsonCells  *cells = palloc0(sizeof(JsonCells));

	cells->reader = reader;
	cells->keys = names_create(reader->memory, 64, NULL);
	cells->row = AllocSetContextCreate(reader->memory, "synthik JSON row", ALLOCSET_DEFAULT_SIZES);
	return cells;
}

/* ---- columns ---- */

/* Those that callers have added are called what their keys are. */
static void
learn_columns(JsonCells *cells)
{
	FileReader *reader = cells->reader;

	while (cells->known < reader->ncolumns)
	{
		bool		found;
		NameEntry  *entry = names_insert(cells->keys, reader->columns[cells->known].name,
										   &found);

		if (!found)
			entry->number = cells->known;
		cells->known++;
	}
}

/*
 * A column cannot be named by nothing, nor as the one is that was made for
 * such a key.
 */
static int
add_column(JsonCells *cells, const char *key)
{
	FileReader *reader = cells->reader;
	const char *name = key;
	int			column;
	bool		found;

	if (reader->ncolumns >= JSON_MAX_KEYS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the objects have more than %d different keys", JSON_MAX_KEYS),
				 file_errcontext(reader, -1)));
	if (key[0] == '\0')
		name = file_reader_free_name(reader, "column", reader->ncolumns + 1);
	else if (file_reader_column(reader, key) >= 0)
		name = file_reader_free_name(reader, key, 2);
	cells->renamed |= name != key;
	column = file_reader_add_column(reader, name);
	names_insert(cells->keys, name == key ? reader->columns[column].name :
					 MemoryContextStrdup(reader->memory, key), &found)->number = column;
	cells->known = reader->ncolumns;
	return column;
}

static int
column_of_key(JsonCells *cells, const char *key)
{
	FileReader *reader = cells->reader;
	int			column = cells->expected;
	NameEntry  *entry;

	if (cells->renamed || column >= reader->ncolumns ||
		strcmp(reader->columns[column].name, key) != 0)
	{
		learn_columns(cells);
		entry = names_lookup(cells->keys, key);
		column = entry != NULL ? entry->number : add_column(cells, key);
	}
	cells->expected = column + 1;
	return column;
}

/* ---- what the parser comes by ---- */

static COMPAT_JSON_ACTION
field_start(void *state, char *key, bool isnull)
{
	JsonCells  *cells = state;

	if (cells->lex->lex_level != 1)
		COMPAT_JSON_RETURN;
	cells->column = column_of_key(cells, key);
	cells->nested = cells->lex->token_type == JSON_TOKEN_OBJECT_START ||
		cells->lex->token_type == JSON_TOKEN_ARRAY_START ? cells->lex->token_start : NULL;
	COMPAT_JSON_RETURN;
}

static COMPAT_JSON_ACTION
field_end(void *state, char *key, bool isnull)
{
	JsonCells  *cells = state;
	FileCell   *cell;

	if (cells->lex->lex_level != 1 || cells->nested == NULL)
		COMPAT_JSON_RETURN;
	cell = &cells->reader->cells[cells->column];
	cell->kind = CELL_JSON;
	cell->length = cells->lex->prev_token_terminator - cells->nested;
	cell->text = pnstrdup(cells->nested, cell->length);
	COMPAT_JSON_RETURN;
}

static COMPAT_JSON_ACTION
scalar(void *state, char *token, JsonTokenType type)
{
	JsonCells  *cells = state;
	FileCell   *cell;

	if (cells->lex->lex_level != 1)
		COMPAT_JSON_RETURN;
	cell = &cells->reader->cells[cells->column];
	cell->text = token;
	cell->length = token == NULL ? 0 : strlen(token);
	cell->kind = type == JSON_TOKEN_STRING ? CELL_TEXT :
		type == JSON_TOKEN_NUMBER ? CELL_NUMBER :
		type == JSON_TOKEN_NULL ? CELL_NULL : CELL_BOOLEAN;
	COMPAT_JSON_RETURN;
}

/* The parser's words quote the token at fault alone. */
static void
report_invalid(JsonCells *cells, JsonParseErrorType error, int64 byte)
{
	const JsonLexContext *lex = cells->lex;
	const char *detail = json_errdetail(error, cells->lex);

	if (byte > 0 && lex->token_start != NULL)
		detail = psprintf("%s That is at byte %lld.", detail,
						  (long long) (byte + (lex->token_start - lex->input)));
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid JSON"),
			 errdetail_internal("%s", detail),
			 file_errcontext(cells->reader, -1)));
}

void
json_cells_parse(JsonCells *cells, const char *text, size_t length, int64 byte)
{
	FileReader *reader = cells->reader;
	JsonSemAction actions = {.semstate = cells};
	JsonParseErrorType error;
	MemoryContext old;

	MemoryContextReset(cells->row);
	old = MemoryContextSwitchTo(cells->row);
	for (int i = 0; i < reader->ncolumns; i++)
		reader->cells[i].kind = CELL_NULL;
	cells->expected = 0;
	actions.object_field_start = field_start;
	actions.object_field_end = field_end;
	actions.scalar = scalar;
	cells->lex = COMPAT_JSON_LEX(unconstify(char *, text), (int) length);
	error = pg_parse_json(cells->lex, &actions);
	if (error != JSON_SUCCESS)
		report_invalid(cells, error, byte);
	MemoryContextSwitchTo(old);
}
