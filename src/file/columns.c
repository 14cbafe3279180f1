/*-------------------------------------------------------------------------
 *
 * columns.c
 *		The columns of a file that is read, and what those without a name, or
 *		with another's, are called.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "file/file.h"
#include "file/name_table.h"
#include "miscadmin.h"

/* ---- by their names ---- */

int
file_reader_column(const FileReader *reader, const char *name)
{
	NameEntry  *entry = reader->index == NULL ? NULL : names_lookup(reader->index, name);

	return entry == NULL ? -1 : entry->number;
}

/* Room grows by doubling, from powers of two on. */
static void
make_room(FileReader *reader)
{
	int			n = reader->ncolumns;
	Size		room = Max((Size) n * 2, 1);

	if (n == 0)
	{
		reader->columns = MemoryContextAlloc(reader->memory, sizeof(FileColumn));
		reader->cells = MemoryContextAlloc(reader->memory, sizeof(FileCell));
		reader->index = names_create(reader->memory, 64, NULL);
	}
	else if ((n & (n - 1)) == 0)
	{
		reader->columns = repalloc_huge(reader->columns, room * sizeof(FileColumn));
		reader->cells = repalloc_huge(reader->cells, room * sizeof(FileCell));
	}
}

int
file_reader_add_column(FileReader *reader, const char *name)
{
	int			n = reader->ncolumns;
	bool		found;

	make_room(reader);
	reader->columns[n].name = MemoryContextStrdup(reader->memory, name);
	reader->columns[n].type = InvalidOid;
	reader->columns[n].typmod = -1;
	memset(&reader->cells[n], 0, sizeof(FileCell));
	reader->cells[n].kind = CELL_NULL;
	names_insert(reader->index, reader->columns[n].name, &found)->number = n;
	reader->ncolumns++;
	return n;
}

/* ---- names that are made up ---- */

/* The name with a number behind it that no column has; from and on. */
static char *
numbered_name(const FileReader *reader, names_hash *given, const char *name, int *from)
{
	for (;;)
	{
		char	   *candidate = psprintf("%s_%d", name, (*from)++);

		CHECK_FOR_INTERRUPTS();
		if (file_reader_column(reader, candidate) < 0 &&
			(given == NULL || names_lookup(given, candidate) == NULL))
			return candidate;
		pfree(candidate);
	}
}

char *
file_reader_free_name(const FileReader *reader, const char *name, int from)
{
	return numbered_name(reader, NULL, name, &from);
}

/*
 * Numbers go on where they ended for the same name, so that no file makes
 * this take more than a few steps a column.
 */
void
file_reader_set_columns(FileReader *reader, char **names, int count)
{
	names_hash *given = names_create(CurrentMemoryContext, Max(count, 1), NULL);
	int			nameless = 1;
	bool		found;

	for (int i = 0; i < count; i++)
		names_insert(given, names[i], &found)->number = 2;
	for (int i = 0; i < count; i++)
	{
		char	   *name = names[i];

		CHECK_FOR_INTERRUPTS();
		if (name[0] == '\0')
		{
			nameless = Max(nameless, i + 1);
			name = numbered_name(reader, given, "column", &nameless);
			file_problem(reader, NULL, "column %d has no name and is called \"%s\"", i + 1, name);
		}
		else if (file_reader_column(reader, name) >= 0)
		{
			name = numbered_name(reader, given, name, &names_lookup(given, name)->number);
			file_problem(reader, NULL, "column %d has the name of another, \"%s\", and is called \"%s\"",
						 i + 1, names[i], name);
		}
		file_reader_add_column(reader, name);
	}
	names_destroy(given);
}
