/*-------------------------------------------------------------------------
 *
 * room.c
 *		How many rows a table has room for.
 *
 * What is listed is made, or it is an error.  A number that was only guessed,
 * or that is a bound, yields to unique columns of few values: it becomes the
 * greatest for which a plan of the rows can be made.  Its own columns are
 * judged before anything is stored, and keys of others when these are there.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "guc.h"
#include "local/local.h"
#include "populate/populate.h"
#include "util/guard.h"
#include "utils/memutils.h"

typedef struct RoomWork
{
	const Schema *schema;
	RowRequest	request;
	ReferencePool **pools;		/* NULL: parents are not there yet */
	int64		stored;			/* rows of the table, which have taken values */
} RoomWork;

static void
check_plan(void *argument)
{
	RoomWork   *work = argument;

	local_check_plan(work->schema, &work->request, work->pools);
}

/* Errors of any other kind come again when the table is filled. */
static bool
has_room(RoomWork *work, int64 rows)
{
	ErrorData  *error = NULL;

	work->request.rows = rows + work->stored;
	return guard_call(check_plan, work, &error) || error->sqlerrcode != ERRCODE_UNIQUE_VIOLATION;
}

static int64
find_room(RoomWork *work, int64 rows)
{
	int64		most = rows + 1;
	int64		least = work->stored > 0 ? 0 : 1;

	while (rows > least && !has_room(work, rows))
	{
		most = rows;
		rows /= 2;
	}
	while (most - rows > 1 && most > least + 1)
	{
		int64		middle = rows + (most - rows) / 2;

		if (has_room(work, middle))
			rows = middle;
		else
			most = middle;
	}
	return rows;
}

static int64
stored_rows(PopulateTable *table)
{
	return table->empty ? 0 : table_stored(table);
}

int64
table_room(PopulateTable *table, const char *locale, int64 rows)
{
	RoomWork	work = {.schema = table->schema,.stored = stored_rows(table)};

	work.request.first_row = 1;
	work.request.avoid_stored = true;
	work.request.locale = locale != NULL ? locale :
		table->schema->locale != NULL ? table->schema->locale : guc_locale();
	return find_room(&work, rows);
}

/* ---- with parents filled ---- */

/* Do keys of others have to be distinct, alone or together? */
static bool
has_unique_keys(const Schema *schema)
{
	ListCell   *lc;

	for (int i = 0; i < schema->nfields; i++)
		if (schema->fields[i]->unique && schema->fields[i]->reference >= 0)
			return true;
	foreach(lc, schema->uniques)
	{
		const UniqueSet *set = lfirst(lc);

		for (int i = 0; i < set->nfields; i++)
			if (schema->fields[set->fields[i]]->reference >= 0)
				return true;
	}
	return false;
}

void
populate_note_fewer(PopulateTable *table, int64 wanted, const char *why)
{
	ereport(NOTICE,
			(errmsg("table %s gets " INT64_FORMAT " of " INT64_FORMAT " rows", table->name,
					table->rows, wanted),
			 errdetail("%s", why)));
	table->fewer = true;
	table->how = psprintf("%s; fewer, as there is no room for more", table->how);
}

static void
fit_keys(PopulateTable *table, const Schema *schema, const RowRequest *request)
{
	RoomWork	work = {.schema = schema,.request = *request,.stored = stored_rows(table)};
	MemoryContext memory = AllocSetContextCreate(CurrentMemoryContext, "synthik room",
												 ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(memory);
	int64		room;
	int64		wanted;

	work.pools = references_load(schema, request->seed, table->rows);
	room = find_room(&work, table->rows);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(memory);
	if (room == table->rows)
		return;
	wanted = table->rows;
	table->rows = room;
	populate_note_fewer(table, wanted, "Its keys of other tables are unique, and there are no more.");
}

/* Does a key need a parent, of which there turned out to be none? */
static bool
lacks_parents(const PopulateTable *table)
{
	ListCell   *lc;

	foreach(lc, table->keys)
	{
		const PopulateKey *key = lfirst(lc);

		if (key->required && !key->later && key->parent != NULL && key->parent->fewer &&
			key->parent->rows == 0 && key->parent->empty)
			return true;
	}
	return false;
}

void
populate_fit(PopulateTable *table, const Schema *schema, const RowRequest *request)
{
	if (table->yields && lacks_parents(table))
	{
		int64		wanted = table->rows;

		table->rows = 0;
		populate_note_fewer(table, wanted, "A table that it refers to has got no rows.");
	}
	else if (table->per != NULL && table->per->parent != NULL && table->per->parent->fewer)
	{
		counts_decide_per(table);
		table->fewer = true;
	}
	else if (table->yields && request->model == NULL && !populate_has_tree(table) &&
			 has_unique_keys(schema))
		fit_keys(table, schema, request);
}
