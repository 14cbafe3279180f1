/*-------------------------------------------------------------------------
 *
 * report.c
 *		Members of the report on a file.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "file/report.h"
#include "utils/numeric.h"

void
file_report_push(JsonbParseState **state, JsonbIteratorToken token, const char *text)
{
	JsonbValue	item = {.type = jbvString};

	item.val.string.val = unconstify(char *, text);
	item.val.string.len = strlen(text);
	(void) pushJsonbValue(state, token, &item);
}

void
file_report_text(JsonbParseState **state, const char *key, const char *value)
{
	file_report_push(state, WJB_KEY, key);
	file_report_push(state, WJB_VALUE, value);
}

void
file_report_number(JsonbParseState **state, const char *key, int64 value)
{
	JsonbValue	item = {.type = jbvNumeric};

	item.val.numeric = int64_to_numeric(value);
	file_report_push(state, WJB_KEY, key);
	(void) pushJsonbValue(state, WJB_VALUE, &item);
}

void
file_report_boolean(JsonbParseState **state, const char *key, bool value)
{
	JsonbValue	item = {.type = jbvBool};

	item.val.boolean = value;
	file_report_push(state, WJB_KEY, key);
	(void) pushJsonbValue(state, WJB_VALUE, &item);
}
