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

#include "common/hashfn.h"
#include "file/file.h"
#include "utils/memutils.h"

int
file_reader_column(const FileReader *reader, const char *name)
{
	for (int i = 0; i < reader->ncolumns; i++)
		if (strcmp(reader->columns[i].name, name) == 0)
			return i;
	return -1;
}

int
file_reader_add_column(FileReader *reader, const char *name)
{
	int			n = reader->ncolumns;

	/* Room grows by doubling, from powers of two on. */
	if (n == 0 || (n & (n - 1)) == 0)
	{
		Size		room = Max(n * 2, 1);

		if (n == 0)
		{
			reader->columns = MemoryContextAlloc(reader->memory, sizeof(FileColumn));
			reader->cells = MemoryContextAlloc(reader->memory, sizeof(FileCell));
		}
		else
		{
			reader->columns = repalloc_huge(reader->columns, room * sizeof(FileColumn));
			reader->cells = repalloc_huge(reader->cells, room * sizeof(FileCell));
		}
	}
	reader->columns[n].name = MemoryContextStrdup(reader->memory, name);
	reader->columns[n].type = InvalidOid;
	reader->columns[n].typmod = -1;
	memset(&reader->cells[n], 0, sizeof(FileCell));
	reader->cells[n].kind = CELL_NULL;
	reader->ncolumns++;
	return n;
}

typedef struct NameEntry
{
	uint32		hash;
	int			column;
} NameEntry;

static int
compare_names(const void *a, const void *b)
{
	const NameEntry *x = a;
	const NameEntry *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return x->column - y->column;
}

/* Which columns have the name of one before. */
static bool *
find_duplicates(char **names, int count)
{
	bool	   *duplicate = palloc0(sizeof(bool) * Max(count, 1));
	NameEntry  *entries = palloc(sizeof(NameEntry) * Max(count, 1));

	for (int i = 0; i < count; i++)
	{
		entries[i].hash = hash_bytes((const unsigned char *) names[i], strlen(names[i]));
		entries[i].column = i;
	}
	qsort(entries, count, sizeof(NameEntry), compare_names);
	for (int i = 1; i < count; i++)
		for (int k = i - 1; k >= 0 && entries[k].hash == entries[i].hash; k--)
			if (strcmp(names[entries[k].column], names[entries[i].column]) == 0)
				duplicate[entries[i].column] = true;
	pfree(entries);
	return duplicate;
}

/* The name with a number behind it that no column has. */
static char *
numbered_name(char **names, int count, const char *name, int from)
{
	for (int number = from;; number++)
	{
		char	   *candidate = psprintf("%s_%d", name, number);
		bool		taken = false;

		for (int i = 0; i < count && !taken; i++)
			taken = strcmp(names[i], candidate) == 0;
		if (!taken)
			return candidate;
		pfree(candidate);
	}
}

void
file_reader_set_columns(FileReader *reader, char **names, int count)
{
	bool	   *duplicate = find_duplicates(names, count);

	for (int i = 0; i < count; i++)
	{
		if (names[i][0] == '\0')
		{
			names[i] = numbered_name(names, count, "column", i + 1);
			file_problem(reader, NULL, "column %d has no name and is called \"%s\"",
						 i + 1, names[i]);
		}
		else if (duplicate[i])
		{
			char	   *name = numbered_name(names, count, names[i], 2);

			file_problem(reader, NULL, "column %d has the name of another, \"%s\", and is called \"%s\"",
						 i + 1, names[i], name);
			names[i] = name;
		}
	}
	for (int i = 0; i < count; i++)
		file_reader_add_column(reader, names[i]);
	pfree(duplicate);
}
