/*-------------------------------------------------------------------------
 *
 * lessons.c
 *		What endpoints have refused: forms of structured output, and
 *		parameters.  Remembered for the session, so that the next statement
 *		does not try them again.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "provider/model_source.h"
#include "utils/memutils.h"

#define MOST_WITHOUT 8			/* parameters; a server that refuses more speaks
								 * another language */

static List *all_lessons = NIL; /* of Lessons * */

Lessons *
lessons_find(const Endpoint *endpoint, const Model *model)
{
	char	   *key = psprintf("%s\n%s\n%s", endpoint->name, endpoint->base_url,
							   model->api_name);
	MemoryContext old;
	Lessons    *lessons;
	ListCell   *lc;

	foreach(lc, all_lessons)
	{
		lessons = lfirst(lc);
		if (strcmp(lessons->key, key) == 0)
			return lessons;
	}
	old = MemoryContextSwitchTo(TopMemoryContext);
	lessons = palloc0(sizeof(Lessons));
	lessons->key = pstrdup(key);
	lessons->mode = STRUCTURED_STRICT;
	all_lessons = lappend(all_lessons, lessons);
	MemoryContextSwitchTo(old);
	return lessons;
}

bool
lessons_weaken(Lessons *lessons, StructuredMode refused)
{
	if (refused >= STRUCTURED_PROMPT)
		return false;
	lessons->mode = Max(lessons->mode, refused + 1);
	lessons->count++;
	return true;
}

bool
lessons_leave_out(Lessons *lessons, const char *parameter)
{
	MemoryContext old;
	ListCell   *lc;

	foreach(lc, lessons->without)
		if (strcmp(lfirst(lc), parameter) == 0)
			return false;
	if (list_length(lessons->without) >= MOST_WITHOUT)
		return false;
	old = MemoryContextSwitchTo(TopMemoryContext);
	lessons->without = lappend(lessons->without, pstrdup(parameter));
	lessons->count++;
	MemoryContextSwitchTo(old);
	return true;
}
