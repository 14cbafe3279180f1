/*-------------------------------------------------------------------------
 *
 * compile_text.c
 *		Recipes: how a semantic type's text is put together.
 *
 * locale/README.md describes the language.  A recipe becomes a list of
 * pieces; what several fields of a row take from one dictionary shares a
 * selector, and so comes from one entry.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "local/compile.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "util/check_digit.h"

#define MAX_PIECES		256

typedef struct RecipeReader
{
	Compiler   *c;
	const char *recipe;			/* for messages */
	uint64		salt;			/* of the recipe being read */
	int			piece;			/* how many pieces of it have been read */
	int			instance;
	int			depth;
	List	   *expanded;		/* types whose recipes were read, for repeats */
	int			npieces;
	PlanPiece	pieces[MAX_PIECES];
	StringInfoData literal;
} RecipeReader;

static void read_recipe(RecipeReader *reader, const char *recipe);

static void
bad_recipe(RecipeReader *reader, const char *piece)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("recipe \"%s\" of locale \"%s\" has a piece that nothing makes: \"{%s}\"",
					reader->recipe, locale_name(reader->c->locale), piece)));
}

static PlanPiece *
add_piece(RecipeReader *reader, PieceKind kind)
{
	PlanPiece  *piece;

	if (reader->npieces >= MAX_PIECES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("recipe \"%s\" has more than %d pieces", reader->recipe, MAX_PIECES)));
	piece = &reader->pieces[reader->npieces++];
	memset(piece, 0, sizeof(*piece));
	piece->kind = kind;
	piece->salt = rng_combine(reader->salt, ++reader->piece);
	return piece;
}

static void
flush_literal(RecipeReader *reader)
{
	PlanPiece  *piece;

	if (reader->literal.len == 0)
		return;
	piece = add_piece(reader, PIECE_LITERAL);
	piece->length = reader->literal.len;
	piece->text = builder_add(&reader->c->builder, reader->literal.data, reader->literal.len);
	resetStringInfo(&reader->literal);
}

/* ---- pieces ---- */

/* {#1-250}, {#000-999} */
static void
read_number(RecipeReader *reader, const char *piece)
{
	char	   *end;
	int64		low = strtoll(piece + 1, &end, 10);
	int64		high;
	int			width = end - (piece + 1);
	PlanPiece  *number;

	if (*end != '-')
		bad_recipe(reader, piece);
	high = strtoll(end + 1, &end, 10);
	if (*end != '\0' || high < low || low < 0)
		bad_recipe(reader, piece);
	flush_literal(reader);
	number = add_piece(reader, PIECE_NUMBER);
	number->low = low;
	number->count = high - low + 1;
	number->width = piece[1] == '0' && width > 1 ? Min(width, 20) : 0;
}

/* {:luhn}: the check digits of what the recipe has written so far */
static void
read_check(RecipeReader *reader, const char *piece)
{
	int			rule = check_digit_rule(piece + 1);
	PlanPiece  *check;

	if (rule < 0)
		bad_recipe(reader, piece);
	flush_literal(reader);
	check = add_piece(reader, PIECE_CHECK);
	check->low = rule;
	check->width = reader->depth;
}

/* Splits "name.column!:filter" in place. */
static void
split_piece(char *piece, char **column, bool *fresh, char **filter)
{
	char	   *colon = strchr(piece, ':');
	char	   *dot;
	Size		length;

	*filter = "";
	if (colon)
	{
		*colon = '\0';
		*filter = colon + 1;
	}
	length = strlen(piece);
	*fresh = length > 0 && piece[length - 1] == '!';
	if (*fresh)
		piece[length - 1] = '\0';
	*column = "value";
	dot = strchr(piece, '.');
	if (dot)
	{
		*dot = '\0';
		*column = dot + 1;
	}
}

/* The columns that a piece takes its text from, and what chooses among them. */
typedef struct Choice
{
	const Entity *chooser;		/* NULL: there is one column */
	int			columns[MAX_CHOICES];
	int			ncolumns;
	int		   *chosen;			/* of each of the chooser's entries, into columns */
} Choice;

/* Adds a column once; its place. */
static int
add_choice(RecipeReader *reader, Choice *choice, int column, const char *piece)
{
	for (int i = 0; i < choice->ncolumns; i++)
		if (choice->columns[i] == column)
			return i;
	if (column < 0 || choice->ncolumns >= MAX_CHOICES)
		bad_recipe(reader, piece);
	choice->columns[choice->ncolumns] = column;
	return choice->ncolumns++;
}

/*
 * The column that a cell names: "kobieta" for one and, behind a column of its own,
 * "latin_kobieta"; that column itself, or "value", where there is no such one.
 */
static int
chosen_column(const DataFile *file, const char *own, const char *named)
{
	int			column = datafile_column(file, *own ? psprintf("%s_%s", own, named) : named);

	return column >= 0 ? column : datafile_column(file, *own ? own : "value");
}

/* Splits "latin@given_name.gender" in place; the column that chooses, or -1. */
static int
split_choice(Compiler *c, char *column, const DataFile **by)
{
	char	   *at = strchr(column, '@');
	char	   *dot = strchr(at, '.');

	*at = '\0';
	if (dot == NULL)
		return -1;
	*dot = '\0';
	*by = locale_dictionary(c->locale, at + 1);
	return *by ? datafile_column(*by, dot + 1) : -1;
}

/*
 * {family_name.@given_name.gender}: the column that the row's entry of
 * given_name names in its column gender; "value" where there is no such one.
 */
static void
read_choice(RecipeReader *reader, Choice *choice, const DataFile *file, char *column,
			const char *piece)
{
	char	   *own = pstrdup(column);
	const DataFile *by;
	int			by_column = split_choice(reader->c, own, &by);

	if (by_column < 0 || by->nrows == 0)
		bad_recipe(reader, piece);
	choice->chooser = compiler_entity(reader->c, by, reader->instance);
	choice->chosen = palloc(sizeof(int) * choice->chooser->nrows);
	for (int i = 0; i < choice->chooser->nrows; i++)
	{
		const char *named = datafile_cell(by, choice->chooser->rows[i], by_column);

		choice->chosen[i] = add_choice(reader, choice, chosen_column(file, own, named), piece);
	}
}

/* Where the texts of each of the chooser's entries begin among all texts. */
static PlanOffset
compile_choices(Compiler *c, const Choice *choice, int nrows)
{
	uint32	   *choices = palloc(sizeof(uint32) * choice->chooser->nrows);

	for (int i = 0; i < choice->chooser->nrows; i++)
		choices[i] = choice->chosen[i] * nrows;
	return builder_add(&c->builder, choices, sizeof(uint32) * choice->chooser->nrows);
}

static void
read_entry(RecipeReader *reader, const DataFile *file, char *column, bool fresh,
		   const char *filter, const char *piece)
{
	Entity	   *entity = NULL;
	Choice		choice = {0};
	PlanPiece  *entry;
	PlanOffset	strings;
	PlanOffset	choices = 0;

	if (file->nrows == 0)
		bad_recipe(reader, piece);
	flush_literal(reader);
	if (strchr(column, '@') != NULL)
		read_choice(reader, &choice, file, column, piece);
	else
		add_choice(reader, &choice, datafile_column(file, column), piece);
	if (!fresh)
		entity = compiler_entity(reader->c, file, reader->instance);
	strings = dictionary_strings(reader->c, file, choice.columns, choice.ncolumns, filter,
								 entity);
	if (choice.ncolumns > 1)
		choices = compile_choices(reader->c, &choice, entity ? entity->nrows : file->nrows);
	entry = add_piece(reader, PIECE_ENTRY);
	entry->text = strings;
	entry->choices = choices;
	entry->chooser = choices ? choice.chooser->selector : 0;
	entry->digits = strcmp(filter, "digits") == 0;
	if (fresh)
		entry->selector = dictionary_selector(reader->c, file, NULL, file->nrows, entry->salt);
	else
	{
		/* what is shared has the same digits wherever it is written */
		entry->selector = entity->selector;
		entry->salt = rng_combine(rng_combine(rng_hash(file->name, strlen(file->name)),
											  rng_hash(column, strlen(column))),
								  reader->instance);
	}
}

/*
 * What a recipe draws hangs on its semantic type, not on the field, so that
 * an address has the house number of the row's building_number.  Where one
 * text has the recipe of a type several times, each has draws of its own.
 */
static uint64
type_salt(const SemanticType *semantic, int instance, int repeat)
{
	return rng_combine(rng_combine(rng_hash(semantic->name, strlen(semantic->name)), instance),
					   repeat);
}

/* The recipe of a type within another recipe. */
static void
read_inner_recipe(RecipeReader *reader, const SemanticType *semantic, const char *recipe,
				  bool fresh)
{
	uint64		salt = reader->salt;
	int			piece = reader->piece;
	int			repeat = 0;
	ListCell   *lc;

	flush_literal(reader);
	foreach(lc, reader->expanded)
		repeat += lfirst(lc) == semantic;
	reader->expanded = lappend(reader->expanded, (void *) semantic);
	reader->salt = fresh ? rng_combine(salt, reader->npieces) :
		type_salt(semantic, reader->instance, repeat);
	reader->piece = 0;
	reader->depth++;
	read_recipe(reader, recipe);
	reader->depth--;
	reader->salt = salt;
	reader->piece = piece;
}

static void
read_piece(RecipeReader *reader, const char *piece)
{
	char	   *name = pstrdup(piece);
	char	   *column;
	char	   *filter;
	bool		fresh;
	const DataFile *file;
	const SemanticType *semantic;
	const char *inner;

	if (piece[0] == '#')
	{
		read_number(reader, piece);
		return;
	}
	if (piece[0] == ':')
	{
		read_check(reader, piece);
		return;
	}
	if (strcmp(piece, "unique") == 0)
	{
		flush_literal(reader);
		add_piece(reader, PIECE_UNIQUE);
		return;
	}
	split_piece(name, &column, &fresh, &filter);
	file = locale_dictionary(reader->c->locale, name);
	if (file)
	{
		read_entry(reader, file, column, fresh, filter, piece);
		return;
	}
	semantic = semantic_lookup(name);
	inner = semantic ? compiler_recipe(reader->c, semantic, false) : NULL;
	if (inner == NULL || reader->depth >= PLAN_MAX_EXPANSION)
		bad_recipe(reader, piece);
	read_inner_recipe(reader, semantic, inner, fresh);
}

static void
read_recipe(RecipeReader *reader, const char *recipe)
{
	const char *p = recipe;

	if (strstr(recipe, "{:") != NULL)
	{
		flush_literal(reader);
		add_piece(reader, PIECE_BEGIN)->width = reader->depth;
	}
	while (*p)
	{
		const char *end;

		if (*p == '\\' && (p[1] == '{' || p[1] == '\\'))
		{
			appendStringInfoChar(&reader->literal, p[1]);
			p += 2;
			continue;
		}
		if (*p != '{')
		{
			appendStringInfoChar(&reader->literal, *p++);
			continue;
		}
		end = strchr(p, '}');
		if (end == NULL)
			bad_recipe(reader, p + 1);
		read_piece(reader, pnstrdup(p + 1, end - p - 1));
		p = end + 1;
	}
	flush_literal(reader);
}

/* ---- texts ---- */

/* In characters, or -1. */
int
text_max_length(const Field *field)
{
	int			length = field->max_length;

	if ((field->base_type == VARCHAROID || field->base_type == BPCHAROID) &&
		field->base_typmod >= (int32) VARHDRSZ)
	{
		int			declared = field->base_typmod - VARHDRSZ;

		length = length < 0 ? declared : Min(length, declared);
	}
	return length;
}

static uint32
piece_max_bytes(Compiler *c, const PlanPiece *piece)
{
	switch (piece->kind)
	{
		case PIECE_LITERAL:
			return piece->length;
		case PIECE_ENTRY:
			return ((PlanStrings *) builder_at(&c->builder, piece->text))->max_length;
		case PIECE_BEGIN:
			return 0;
		case PIECE_CHECK:
			return CHECK_DIGIT_BYTES;
		default:
			return 20;			/* digits of 64 bits */
	}
}

/*
 * The recipe of a semantic type in the plan's locale; NULL if it has none.
 */
const char *
compiler_recipe(Compiler *c, const SemanticType *semantic, bool unique)
{
	const char *recipe = NULL;

	if (unique)
	{
		recipe = locale_recipe(c->locale, semantic->name, "unique_recipe");
		if (recipe == NULL || *recipe == '\0')
			recipe = semantic->unique_recipe;
	}
	if (recipe == NULL || *recipe == '\0')
		recipe = locale_recipe(c->locale, semantic->name, "recipe");
	if (recipe == NULL || *recipe == '\0')
		recipe = semantic->recipe;
	return recipe && *recipe ? recipe : NULL;
}

/* What the recipe names of a shared dictionary, if it is one piece as it stands there; or NULL. */
static char *
single_piece_column(Compiler *c, const char *recipe, const DataFile **file)
{
	char	   *name;
	char	   *column_name;
	char	   *filter;
	bool		fresh;
	Size		length = strlen(recipe);

	if (length < 3 || recipe[0] != '{' || strchr(recipe, '}') != recipe + length - 1 ||
		recipe[1] == '#')
		return NULL;
	name = pnstrdup(recipe + 1, length - 2);
	split_piece(name, &column_name, &fresh, &filter);
	if (fresh || *filter != '\0')
		return NULL;
	*file = locale_dictionary(c->locale, name);
	if (*file == NULL)
	{
		const SemanticType *semantic = semantic_lookup(name);
		const char *inner = semantic ? compiler_recipe(c, semantic, false) : NULL;

		return inner && strcmp(inner, recipe) != 0 ?
			single_piece_column(c, inner, file) : NULL;
	}
	return column_name;
}

/* Is the recipe one entry of a shared dictionary, as it stands there? */
bool
recipe_is_single_piece(Compiler *c, const char *recipe, const DataFile **file, int *column)
{
	char	   *name = single_piece_column(c, recipe, file);

	*column = name ? datafile_column(*file, name) : -1;
	return *column >= 0;
}

/* The same where an entry of another dictionary may choose among columns: how many there are. */
int
recipe_columns(Compiler *c, const char *recipe, const DataFile **file, int *columns)
{
	char	   *name = single_piece_column(c, recipe, file);
	const DataFile *by;
	int			by_column;
	int			n = 0;

	if (name == NULL)
		return 0;
	if (strchr(name, '@') == NULL)
	{
		columns[0] = datafile_column(*file, name);
		return columns[0] >= 0 ? 1 : 0;
	}
	by_column = split_choice(c, name, &by);
	for (int r = 0; by_column >= 0 && r < by->nrows; r++)
	{
		int			column = chosen_column(*file, name, datafile_cell(by, r, by_column));
		int			at = 0;

		while (at < n && columns[at] != column)
			at++;
		if (at == n && column >= 0 && n < MAX_CHOICES)
			columns[n++] = column;
	}
	return n;
}

void
compile_recipe(Compiler *c, PlanOp *op, const Field *field, const char *recipe, int instance)
{
	RecipeReader *reader = palloc0(sizeof(RecipeReader));
	PlanText	text = {0};

	reader->c = c;
	reader->recipe = recipe;
	reader->salt = field->semantic ? type_salt(field->semantic, instance, 0) : op->salt;
	reader->instance = instance;
	initStringInfo(&reader->literal);
	read_recipe(reader, recipe);

	text.npieces = reader->npieces;
	text.pieces = builder_add(&c->builder, reader->pieces,
							  sizeof(PlanPiece) * Max(reader->npieces, 1));
	for (int i = 0; i < reader->npieces; i++)
		text.max_bytes += piece_max_bytes(c, &reader->pieces[i]);
	text.min_length = Max(field->min_length, 0);
	text.max_length = text_max_length(field);
	if (field->base_type == BPCHAROID && text.max_length >= 0)
		text.pad_to = field->base_typmod >= (int32) VARHDRSZ ?
			field->base_typmod - VARHDRSZ : 0;
	text.max_bytes = Max(text.max_bytes, text.pad_to * pg_database_encoding_max_length());
	text.max_bytes = Max(text.max_bytes, text.min_length * 2);
	text.single_byte = pg_database_encoding_max_length() == 1;
	op->kind = OP_TEXT;
	op->detail = builder_add(&c->builder, &text, sizeof(text));
	pfree(reader);
}
