/*-------------------------------------------------------------------------
 *
 * jsonb_read.c
 *		Looking into jsonb values.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "util/jsonb_read.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

bool
jsonb_is_array(const JsonbValue *value)
{
	return value != NULL && value->type == jbvBinary &&
		JsonContainerIsArray(value->val.binary.data);
}

bool
jsonb_is_object(const JsonbValue *value)
{
	return value != NULL && value->type == jbvBinary &&
		JsonContainerIsObject(value->val.binary.data);
}

bool
jsonb_is_string(const JsonbValue *value, const char *text)
{
	return value != NULL && value->type == jbvString &&
		value->val.string.len == strlen(text) &&
		memcmp(value->val.string.val, text, strlen(text)) == 0;
}

char *
jsonb_text(const JsonbValue *value)
{
	return pnstrdup(value->val.string.val, value->val.string.len);
}

double
jsonb_double(const JsonbValue *value)
{
	return DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow,
											  NumericGetDatum(value->val.numeric)));
}

bool
jsonb_is_integral(const JsonbValue *value)
{
	return value->type == jbvNumeric &&
		strchr(numeric_normalize(value->val.numeric), '.') == NULL;
}

JsonbValue *
jsonb_member(Jsonb *object, const char *key)
{
	return jsonb_member_of(&object->root, key);
}

JsonbValue *
jsonb_member_of(JsonbContainer *object, const char *key)
{
	return getKeyJsonValueFromContainer(object, key, strlen(key), NULL);
}

uint32
jsonb_count(const JsonbValue *array)
{
	return JsonContainerSize(array->val.binary.data);
}

JsonbValue *
jsonb_element(const JsonbValue *array, uint32 i)
{
	return getIthJsonbValueFromContainer(array->val.binary.data, i);
}

void
jsonb_members_begin(JsonbMembers *members, JsonbContainer *object)
{
	JsonbValue	whole;

	members->iterator = JsonbIteratorInit(object);
	(void) JsonbIteratorNext(&members->iterator, &whole, true);
}

bool
jsonb_members_next(JsonbMembers *members)
{
	JsonbValue	key;

	if (JsonbIteratorNext(&members->iterator, &key, true) != WJB_KEY)
		return false;
	members->key = jsonb_text(&key);
	members->value = palloc(sizeof(JsonbValue));
	(void) JsonbIteratorNext(&members->iterator, members->value, true);
	return true;
}
