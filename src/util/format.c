/*-------------------------------------------------------------------------
 *
 * format.c
 *		Texts of a format, for functions that take one with arguments.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "lib/stringinfo.h"
#include "util/format.h"

char *
format_va(const char *format, va_list args)
{
	StringInfoData text;

	initStringInfo(&text);
	for (;;)
	{
		va_list		once;
		int			needed;

		va_copy(once, args);
		needed = appendStringInfoVA(&text, format, once);
		va_end(once);
		if (needed == 0)
			return text.data;
		enlargeStringInfo(&text, needed);
	}
}
