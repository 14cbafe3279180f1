/*-------------------------------------------------------------------------
 *
 * jsonb_edit.c
 *		jsonb values of texts, and with a change.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "catalog/pg_type.h"
#include "util/jsonb_edit.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"

/* ---- texts ---- */

Jsonb *
jsonb_of_text(const char *text)
{
	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(text)));
}

char *
text_of_jsonb(Jsonb *value)
{
	return JsonbToCString(NULL, &value->root, VARSIZE(value));
}

Jsonb *
jsonb_of_pair(const char *key, const char *text)
{
	StringInfoData object;

	initStringInfo(&object);
	appendStringInfoChar(&object, '{');
	escape_json(&object, key);
	appendStringInfoString(&object, ": ");
	escape_json(&object, text);
	appendStringInfoChar(&object, '}');
	return jsonb_of_text(object.data);
}

/* ---- looking ---- */

/* ---- changes ---- */

Jsonb *
jsonb_joined(Jsonb *a, Jsonb *b)
{
	return DatumGetJsonbP(DirectFunctionCall2(jsonb_concat, JsonbPGetDatum(a),
											  JsonbPGetDatum(b)));
}

static Datum
path_of(const char *first, const char *second)
{
	Datum		elements[2] = {CStringGetTextDatum(first), (Datum) 0};

	if (second != NULL)
		elements[1] = CStringGetTextDatum(second);
	return PointerGetDatum(construct_array(elements, second != NULL ? 2 : 1, TEXTOID, -1,
										   false, TYPALIGN_INT));
}

Jsonb *
jsonb_with(Jsonb *object, const char *key, Jsonb *value)
{
	return jsonb_with_path(object, key, NULL, value);
}

Jsonb *
jsonb_without(Jsonb *object, const char *key)
{
	return jsonb_without_path(object, key, NULL);
}

Jsonb *
jsonb_with_path(Jsonb *object, const char *first, const char *second, Jsonb *value)
{
	return DatumGetJsonbP(DirectFunctionCall4(jsonb_set, JsonbPGetDatum(object),
											  path_of(first, second), JsonbPGetDatum(value),
											  BoolGetDatum(true)));
}

Jsonb *
jsonb_without_path(Jsonb *object, const char *first, const char *second)
{
	return DatumGetJsonbP(DirectFunctionCall2(jsonb_delete_path, JsonbPGetDatum(object),
											  path_of(first, second)));
}
