/*-------------------------------------------------------------------------
 *
 * tally.h
 *		How often each of several things happened, told apart by its words.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_TALLY_H
#define SYNTHIK_TALLY_H

#include "nodes/pg_list.h"

typedef struct TallyEntry
{
	char	   *text;
	int64		count;
	int64		last;			/* what the tally had counted by then */
	bool		marked;			/* what that means, the caller says */
} TallyEntry;

/* Zeroed but for memory and most. */
typedef struct Tally
{
	MemoryContext memory;
	int			most;			/* entries, the last for all others; 0: no limit */
	int64		counted;
	List	   *entries;		/* of TallyEntry *, in the order of their first time */
} Tally;

/* Counts one more; an entry for all others has another text. */
extern TallyEntry *tally_count(Tally *tally, const char *text);

#endif							/* SYNTHIK_TALLY_H */
