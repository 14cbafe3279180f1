/*-------------------------------------------------------------------------
 *
 * tally.c
 *		How often each of several things happened, told apart by its words.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "rows/tally.h"
#include "utils/memutils.h"

static TallyEntry *
find_entry(Tally *tally, const char *text)
{
	MemoryContext old;
	TallyEntry *entry;
	ListCell   *lc;

	foreach(lc, tally->entries)
	{
		entry = lfirst(lc);
		if (strcmp(entry->text, text) == 0)
			return entry;
	}
	if (tally->most > 0 && list_length(tally->entries) == tally->most)
		return llast(tally->entries);
	if (tally->most > 0 && list_length(tally->entries) == tally->most - 1)
		text = "other reasons";
	old = MemoryContextSwitchTo(tally->memory);
	entry = palloc0(sizeof(TallyEntry));
	entry->text = pstrdup(text);
	tally->entries = lappend(tally->entries, entry);
	MemoryContextSwitchTo(old);
	return entry;
}

TallyEntry *
tally_count(Tally *tally, const char *text)
{
	TallyEntry *entry = find_entry(tally, text);

	entry->count++;
	entry->last = ++tally->counted;
	return entry;
}
