/*-------------------------------------------------------------------------
 *
 * guess.c
 *		What a field has from its semantic type only.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "schema/guess.h"
#include "schema/semantic.h"

void
guess_drop(Field *field)
{
	if (field->minimum.implied)
		memset(&field->minimum, 0, sizeof(Bound));
	if (field->maximum.implied)
		memset(&field->maximum, 0, sizeof(Bound));
	if (field->enumeration.implied)
		memset(&field->enumeration, 0, sizeof(ValueList));
	if (field->distribution.implied)
		memset(&field->distribution, 0, sizeof(Distribution));
}

bool
guess_says_something(const Field *field, const ValueList *left)
{
	if (!value_kind_is_number(value_kind(field->base_type)))
		return left->count > 0;
	for (int i = 0; i < left->count; i++)
	{
		if (!(left->nulls != NULL && left->nulls[i]) &&
			value_to_scale(field->base_type, left->values[i]) != 0)
			return true;
	}
	return false;
}

bool
pattern_is_guess(const Field *field)
{
	JsonbValue	memory;
	JsonbValue *json;

	if (field->pattern == NULL || field->semantic == NULL || field->semantic->keywords == NULL)
		return false;
	json = getKeyJsonValueFromContainer(&field->semantic->keywords->root,
										"pattern", strlen("pattern"), &memory);
	return json != NULL && json->type == jbvString &&
		json->val.string.len == strlen(field->pattern) &&
		memcmp(json->val.string.val, field->pattern, json->val.string.len) == 0;
}
