/*-------------------------------------------------------------------------
 *
 * cells.c
 *		From a reader's cells to values of types, by the types' input
 *		functions.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "file/cells.h"
#include "file/json_literal.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/datum.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/lsyscache.h"

typedef struct CellCast
{
	int			column;			/* of the reader, or CELL_COLUMN_UNREAD */
	Oid			type;
	int32		typmod;
	bool		plain_text;		/* text as it is */
	bool		json;			/* json or jsonb */
	bool		nested;			/* an array or a composite type */
	bool		domain;			/* which judges NULL, too */
	CellDates	dates;
	FmgrInfo	input;
	Oid			ioparam;
	Oid			from;			/* the reader's type, or InvalidOid */
	int16		length;			/* of it */
	bool		byval;
	ExprState  *convert;		/* from it; NULL: it is the same */
} CellCast;

struct CellCasts
{
	FileReader *reader;
	ExprContext *econtext;
	bool		any_dates;
	int			current;		/* the attribute at work, for errors, or -1 */
	int			n;
	CellCast	casts[FLEXIBLE_ARRAY_MEMBER];
};

/* ---- preparing ---- */

/* By the rules of an assignment, as INSERT does; texts become anything. */
static ExprState *
prepare_conversion(const FileReader *reader, const CellCast *cast)
{
	CaseTestExpr *value = makeNode(CaseTestExpr);
	const FileColumn *column = &reader->columns[cast->column];
	Node	   *expr;

	value->typeId = column->type;
	value->typeMod = column->typmod;
	value->collation = get_typcollation(column->type);
	expr = coerce_to_target_type(NULL, (Node *) value, column->type, cast->type, cast->typmod,
								 COERCION_ASSIGNMENT, COERCE_IMPLICIT_CAST, -1);
	if (expr == NULL && (column->type == TEXTOID || column->type == TEXTARRAYOID))
		expr = coerce_to_target_type(NULL, (Node *) value, column->type, cast->type, cast->typmod,
									 COERCION_EXPLICIT, COERCE_EXPLICIT_CAST, -1);
	if (expr == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of %s is of type %s, which cannot become %s",
						column->name, byte_source_label(reader->bytes),
						format_type_be(column->type),
						format_type_with_typemod(cast->type, cast->typmod))));
	return ExecInitExpr(expression_planner((Expr *) expr), NULL);
}

static CellDates
dates_of_options(const FileOptions *options)
{
	return options->day_first ? CELL_DATES_DMY :
		options->month_first ? CELL_DATES_MDY : CELL_DATES_SESSION;
}

static bool
is_date_type(Oid type)
{
	return type == DATEOID || type == TIMESTAMPOID || type == TIMESTAMPTZOID;
}

static void
prepare_cast(CellCasts *casts, CellCast *cast, Form_pg_attribute att, int column)
{
	FileReader *reader = casts->reader;
	Oid			base = getBaseType(att->atttypid);
	Oid			input;

	cast->type = att->atttypid;
	cast->typmod = att->atttypmod;
	cast->domain = base != att->atttypid;
	cast->plain_text = att->atttypid == TEXTOID;
	cast->json = base == JSONOID || base == JSONBOID;
	cast->nested = OidIsValid(get_element_type(base)) || type_is_rowtype(base);
	getTypeInputInfo(att->atttypid, &input, &cast->ioparam);
	fmgr_info(input, &cast->input);
	if (!OidIsValid(reader->columns[column].type))
		return;
	cast->from = reader->columns[column].type;
	get_typlenbyval(cast->from, &cast->length, &cast->byval);
	if (cast->from == JSONBOID && cast->nested)
		return;
	if (cast->from != cast->type ||
		(cast->typmod != -1 && cast->typmod != reader->columns[column].typmod))
		cast->convert = prepare_conversion(reader, cast);
}

CellCasts *
cell_casts_new(FileReader *reader, TupleDesc desc, const int *columns, const CellDates *dates)
{
	CellCasts  *casts = palloc0(offsetof(CellCasts, casts) + sizeof(CellCast) * desc->natts);

	casts->reader = reader;
	casts->n = desc->natts;
	casts->current = -1;
	casts->econtext = CreateStandaloneExprContext();
	for (int i = 0; i < desc->natts; i++)
	{
		CellCast   *cast = &casts->casts[i];

		cast->column = columns[i];
		if (columns[i] == CELL_COLUMN_UNREAD)
			continue;
		prepare_cast(casts, cast, TupleDescAttr(desc, i), columns[i]);
		if (is_date_type(getBaseType(cast->type)))
			cast->dates = dates != NULL ? dates[i] : dates_of_options(reader->options);
		casts->any_dates |= cast->dates != CELL_DATES_SESSION;
	}
	return casts;
}

/* ---- a row ---- */

static Datum
convert_datum(CellCasts *casts, CellCast *cast, const FileCell *cell, bool *isnull)
{
	if (cast->from == JSONBOID && cast->nested)
		return InputFunctionCall(&cast->input,
								 json_literal(DatumGetJsonbP(cell->value), cast->type),
								 cast->ioparam, cast->typmod);
	if (cast->convert == NULL)
		return datumCopy(cell->value, cast->byval, cast->length);
	casts->econtext->caseValue_datum = cell->value;
	casts->econtext->caseValue_isNull = false;
	return ExecEvalExpr(cast->convert, casts->econtext, isnull);
}

static char *
input_text(const CellCasts *casts, const CellCast *cast, const FileCell *cell)
{
	if (cast->json && cell->kind == CELL_TEXT && casts->reader->strings)
	{
		StringInfoData quoted;

		initStringInfo(&quoted);
		escape_json(&quoted, cell->text);
		return quoted.data;
	}
	if (cast->nested && cell->kind == CELL_JSON)
		return json_literal(DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(cell->text))),
							cast->type);
	return cell->text;
}

static Datum
cast_cell(CellCasts *casts, CellCast *cast, bool *isnull)
{
	const FileCell *cell = &casts->reader->cells[cast->column];

	*isnull = cell->kind == CELL_NULL;
	if (*isnull)
		return cast->domain ? InputFunctionCall(&cast->input, NULL, cast->ioparam, cast->typmod) :
			(Datum) 0;
	if (cell->kind == CELL_DATUM)
		return convert_datum(casts, cast, cell, isnull);
	if (cast->plain_text)
		return PointerGetDatum(cstring_to_text_with_len(cell->text, cell->length));
	if (cast->dates != CELL_DATES_SESSION)
		DateOrder = cast->dates == CELL_DATES_DMY ? DATEORDER_DMY : DATEORDER_MDY;
	return InputFunctionCall(&cast->input, input_text(casts, cast, cell), cast->ioparam,
							 cast->typmod);
}

static void
add_place(void *argument)
{
	CellCasts  *casts = argument;

	if (casts->current >= 0)
		file_errcontext(casts->reader, casts->casts[casts->current].column);
}

static void
cast_all(CellCasts *casts, Datum *values, bool *isnull)
{
	ErrorContextCallback context = {.callback = add_place,.arg = casts};

	context.previous = error_context_stack;
	error_context_stack = &context;
	for (int i = 0; i < casts->n; i++)
	{
		if (casts->casts[i].column == CELL_COLUMN_UNREAD)
		{
			values[i] = (Datum) 0;
			isnull[i] = true;
			continue;
		}
		casts->current = i;
		values[i] = cast_cell(casts, &casts->casts[i], &isnull[i]);
	}
	casts->current = -1;
	error_context_stack = context.previous;
}

/* The order of days and months is a setting, which errors must not leave. */
void
cell_casts_row(CellCasts *casts, Datum *values, bool *isnull)
{
	int			order = DateOrder;

	if (!casts->any_dates)
	{
		cast_all(casts, values, isnull);
		return;
	}
	PG_TRY();
	{
		cast_all(casts, values, isnull);
	}
	PG_FINALLY();
	{
		DateOrder = order;
	}
	PG_END_TRY();
}

/* ---- as JSON ---- */

static void
append_datum(FileReader *reader, int column, StringInfo out)
{
	Oid			type = reader->columns[column].type;
	Datum		value = reader->cells[column].value;
	Oid			output;
	bool		varlena;
	char	   *text;

	if (OidIsValid(get_element_type(type)))
	{
		Datum		json = DirectFunctionCall1(array_to_json, value);

		appendBinaryStringInfo(out, VARDATA_ANY(json), VARSIZE_ANY_EXHDR(json));
		return;
	}
	if (type == DATEOID || type == TIMEOID || type == TIMESTAMPOID || type == TIMESTAMPTZOID)
	{
		escape_json(out, JsonEncodeDateTime(palloc(MAXDATELEN + 1), value, type, NULL));
		return;
	}
	getTypeOutputInfo(type, &output, &varlena);
	text = OidOutputFunctionCall(output, value);
	switch (type)
	{
		case BOOLOID:
			appendStringInfoString(out, text[0] == 't' ? "true" : "false");
			break;
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case JSONOID:
		case JSONBOID:
			appendStringInfoString(out, text);
			break;
		case FLOAT4OID:
		case FLOAT8OID:
		case NUMERICOID:
			if (strpbrk(text, "NnIi") == NULL)
			{
				appendStringInfoString(out, text);
				break;
			}
			/* FALLTHROUGH */
		default:
			escape_json(out, text);
			break;
	}
	pfree(text);
}

void
cell_to_json(FileReader *reader, int column, StringInfo out)
{
	const FileCell *cell = &reader->cells[column];

	switch (cell->kind)
	{
		case CELL_NULL:
			appendStringInfoString(out, "null");
			break;
		case CELL_TEXT:
			escape_json(out, cell->text);
			break;
		case CELL_NUMBER:
		case CELL_BOOLEAN:
		case CELL_JSON:
			appendBinaryStringInfo(out, cell->text, cell->length);
			break;
		case CELL_DATUM:
			append_datum(reader, column, out);
			break;
	}
}

void
cells_to_json(FileReader *reader, StringInfo out)
{
	if (reader->json != NULL)
	{
		appendBinaryStringInfo(out, reader->json, reader->json_length);
		return;
	}
	appendStringInfoChar(out, '{');
	for (int i = 0; i < reader->ncolumns; i++)
	{
		if (i > 0)
			appendStringInfoChar(out, ',');
		escape_json(out, reader->columns[i].name);
		appendStringInfoChar(out, ':');
		cell_to_json(reader, i, out);
	}
	appendStringInfoChar(out, '}');
}
