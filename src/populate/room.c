/*-------------------------------------------------------------------------
 *
 * room.c
 *		How many rows a table has room for.
 *
 * What is listed is made, or it is an error.  A number that was only guessed
 * yields to unique columns of few values: it becomes the greatest for which a
 * plan of the rows can be made.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "access/xact.h"
#include "guc.h"
#include "local/local.h"
#include "populate/populate.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

/* Errors of any other kind come again when the table is filled. */
static bool
has_room(const Schema *schema, const char *locale, int64 rows)
{
	MemoryContext memory = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	RowRequest	request = {.rows = rows,.first_row = 1,.avoid_stored = true};
	volatile bool room = true;

	request.locale = locale != NULL ? locale : schema->locale != NULL ? schema->locale : guc_locale();
	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(memory);
	PG_TRY();
	{
		local_check_plan(schema, &request);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(memory);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		room = error->sqlerrcode != ERRCODE_UNIQUE_VIOLATION;
		if (error->sqlerrcode == ERRCODE_QUERY_CANCELED)
			ReThrowError(error);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(memory);
	CurrentResourceOwner = owner;
	return room;
}

int64
table_room(const PopulateTable *table, const char *locale, int64 rows)
{
	int64		most = rows + 1;

	while (rows > 1 && !has_room(table->schema, locale, rows))
	{
		most = rows;
		rows /= 2;
	}
	while (most - rows > 1 && most > 2)
	{
		int64		middle = rows + (most - rows) / 2;

		if (has_room(table->schema, locale, middle))
			rows = middle;
		else
			most = middle;
	}
	return rows;
}
