/*-------------------------------------------------------------------------
 *
 * canonical_print.c
 *		Pieces of a document that is printed: members of an object, elements of
 *		an array.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "catalog/pg_type.h"
#include "schema/canonical.h"

static void
make_string(JsonbValue *value, const char *text)
{
	value->type = jbvString;
	value->val.string.val = unconstify(char *, text);
	value->val.string.len = strlen(text);
}

void
print_key(Printer *printer, const char *key)
{
	JsonbValue	value;

	if (key == NULL)
		return;
	make_string(&value, key);
	pushJsonbValue(&printer->state, WJB_KEY, &value);
}

void
print_open(Printer *printer, const char *key, JsonbIteratorToken token)
{
	print_key(printer, key);
	pushJsonbValue(&printer->state, token, NULL);
}

JsonbValue *
print_close(Printer *printer, JsonbIteratorToken token)
{
	return pushJsonbValue(&printer->state, token, NULL);
}

void
print_json(Printer *printer, const char *key, JsonbValue *value)
{
	print_key(printer, key);
	pushJsonbValue(&printer->state, key != NULL ? WJB_VALUE : WJB_ELEM, value);
}

void
print_string(Printer *printer, const char *key, const char *text)
{
	JsonbValue	value;

	if (text == NULL)
		return;
	make_string(&value, text);
	print_json(printer, key, &value);
}

void
print_true(Printer *printer, const char *key)
{
	JsonbValue	value;

	value.type = jbvBool;
	value.val.boolean = true;
	print_json(printer, key, &value);
}

void
print_value(Printer *printer, const char *key, Oid type, Datum datum, bool isnull)
{
	JsonbValue	value;

	if (isnull)
		value.type = jbvNull;
	else
		value_to_json(type, datum, &value);
	print_json(printer, key, &value);
}

void
print_double(Printer *printer, const char *key, double number)
{
	print_value(printer, key, FLOAT8OID, Float8GetDatum(number), false);
}

void
print_count(Printer *printer, const char *key, int number)
{
	if (number >= 0)
		print_double(printer, key, number);
}

void
print_doubles(Printer *printer, const char *key, const double *numbers, int count)
{
	print_open(printer, key, WJB_BEGIN_ARRAY);
	for (int i = 0; i < count; i++)
		print_double(printer, NULL, numbers[i]);
	print_close(printer, WJB_END_ARRAY);
}
