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

void
print_key(Printer *printer, const char *key)
{
	JsonbValue	value;

	value.type = jbvString;
	value.val.string.val = unconstify(char *, key);
	value.val.string.len = strlen(key);
	pushJsonbValue(&printer->state, WJB_KEY, &value);
}

static void
make_string(JsonbValue *value, const char *text)
{
	value->type = jbvString;
	value->val.string.val = unconstify(char *, text);
	value->val.string.len = strlen(text);
}

void
print_string(Printer *printer, const char *key, const char *text)
{
	JsonbValue	value;

	if (text == NULL)
		return;
	print_key(printer, key);
	make_string(&value, text);
	pushJsonbValue(&printer->state, WJB_VALUE, &value);
}

void
print_element(Printer *printer, const char *text)
{
	JsonbValue	value;

	make_string(&value, text);
	pushJsonbValue(&printer->state, WJB_ELEM, &value);
}

void
print_true(Printer *printer, const char *key)
{
	JsonbValue	value;

	print_key(printer, key);
	value.type = jbvBool;
	value.val.boolean = true;
	pushJsonbValue(&printer->state, WJB_VALUE, &value);
}

void
print_double(Printer *printer, const char *key, double number)
{
	JsonbValue	value;

	value_to_json(FLOAT8OID, Float8GetDatum(number), &value);
	print_key(printer, key);
	pushJsonbValue(&printer->state, WJB_VALUE, &value);
}

void
print_count(Printer *printer, const char *key, int number)
{
	if (number >= 0)
		print_double(printer, key, number);
}

void
print_value(Printer *printer, const char *key, Oid type, Datum datum, bool isnull)
{
	JsonbValue	value;

	if (key != NULL)
		print_key(printer, key);
	if (isnull)
		value.type = jbvNull;
	else
		value_to_json(type, datum, &value);
	pushJsonbValue(&printer->state, key != NULL ? WJB_VALUE : WJB_ELEM, &value);
}

void
print_doubles(Printer *printer, const char *key, const double *numbers, int count)
{
	print_key(printer, key);
	pushJsonbValue(&printer->state, WJB_BEGIN_ARRAY, NULL);
	for (int i = 0; i < count; i++)
		print_value(printer, NULL, FLOAT8OID, Float8GetDatum(numbers[i]), false);
	pushJsonbValue(&printer->state, WJB_END_ARRAY, NULL);
}
