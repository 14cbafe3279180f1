/*-------------------------------------------------------------------------
 *
 * datafile.c
 *		Reading of the data files.
 *
 * A file is parsed in a memory context of its own that hangs below the
 * caller's until it is complete, and is then moved below a context that
 * lives as long as the backend.  So an error or a cancel half way leaves
 * nothing behind, and a file in the cache is always whole.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <sys/stat.h>

#include "catalog/namespace.h"
#include "common/string.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "util/datafile.h"
#include "utils/memutils.h"

#define DATA_FOLDER		"extension/synthik"

/* Larger than any dictionary that makes sense in every backend's memory. */
#define DATA_FILE_MAX_BYTES	(64 * 1024 * 1024)

typedef struct CachedFile
{
	DataFile	file;
	struct CachedFile *next;
} CachedFile;

/* What a file being read is about, for messages. */
typedef struct DataReader
{
	const char *name;
	int			line;
	DataFile   *file;
	int			capacity;		/* rows that file->cells has room for */
	int			nlost;			/* rows the database encoding cannot hold */
	Oid			conversion;		/* from UTF-8, or InvalidOid: keep the bytes */
} DataReader;

static MemoryContext data_context = NULL;
static CachedFile *cached_files = NULL;

MemoryContext
datafile_memory(void)
{
	if (data_context == NULL)
		data_context = AllocSetContextCreate(TopMemoryContext,
											 "synthik data files",
											 ALLOCSET_DEFAULT_SIZES);
	return data_context;
}

char *
datafile_path(const char *name)
{
	char		share[MAXPGPATH];

	get_share_path(my_exec_path, share);
	if (name == NULL)
		return psprintf("%s/" DATA_FOLDER, share);
	return psprintf("%s/" DATA_FOLDER "/%s", share, name);
}

/*
 * Names come from users by way of locales and recipes: they may not lead out
 * of the folder.
 */
static bool
is_safe_name(const char *name)
{
	if (name[0] == '\0' || name[0] == '/' || strlen(name) > 200)
		return false;
	for (const char *p = name; *p; p++)
	{
		bool		word = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
		(*p >= '0' && *p <= '9') || *p == '_' || *p == '-';

		if (!word && *p != '/' && *p != '.')
			return false;
		if (p[0] == '.' && (p[1] == '.' || p == name || p[-1] == '/'))
			return false;
	}
	return true;
}

/* ---- one file ---- */

pg_noreturn static void
malformed(const DataReader *reader, const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("data file \"%s\", line %d: %s", reader->name,
					reader->line, problem)));
}

/* The bytes of a file, with a zero byte behind them, or NULL if none is there. */
static char *
read_bytes(const char *name, size_t *length)
{
	char	   *path = datafile_path(name);
	FILE	   *stream = AllocateFile(path, PG_BINARY_R);
	struct stat st;
	char	   *bytes;

	if (stream == NULL)
	{
		if (errno == ENOENT || errno == ENOTDIR)
			return NULL;
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not open file \"%s\": %m", path)));
	}
	if (fstat(fileno(stream), &st) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not stat file \"%s\": %m", path)));
	if (!S_ISREG(st.st_mode) || st.st_size > DATA_FILE_MAX_BYTES)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("data file \"%s\" is not a regular file of at most %d bytes",
						name, DATA_FILE_MAX_BYTES)));
	bytes = palloc(st.st_size + 1);
	*length = fread(bytes, 1, st.st_size, stream);
	if (ferror(stream))
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not read file \"%s\": %m", path)));
	bytes[*length] = '\0';
	FreeFile(stream);
	pfree(path);
	return bytes;
}

/*
 * The conversion that cells need.  SQL_ASCII says nothing about its bytes,
 * so there they stay UTF-8.
 */
static Oid
find_conversion(const char *name)
{
	int			encoding = GetDatabaseEncoding();
	Oid			conversion;

	if (encoding == PG_UTF8 || encoding == PG_SQL_ASCII)
		return InvalidOid;
	conversion = FindDefaultConversionProc(PG_UTF8, encoding);
	if (!OidIsValid(conversion))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("data file \"%s\" cannot be converted to encoding \"%s\"",
						name, pg_encoding_to_char(encoding))));
	return conversion;
}

/* A cell in the database encoding, or NULL if that cannot represent it. */
static const char *
convert_cell(const DataReader *reader, char *cell)
{
	int			length = strlen(cell);
	int			size;
	char	   *converted;

	if (!OidIsValid(reader->conversion) || pg_is_ascii(cell))
		return cell;
	size = length * MAX_CONVERSION_GROWTH + 1;
	converted = palloc(size);
	if (pg_do_encoding_conversion_buf(reader->conversion, PG_UTF8,
									  GetDatabaseEncoding(),
									  (unsigned char *) cell, length,
									  (unsigned char *) converted, size,
									  true) < length)
		return NULL;
	return converted;
}

/* Cuts a line into the cells of one row; false if the row cannot be held. */
static bool
split_line(DataReader *reader, char *line, const char **cells, int ncells)
{
	bool		held = true;
	int			c = 0;
	char	   *next;

	for (char *cell = line; cell != NULL; cell = next)
	{
		next = strchr(cell, '\t');
		if (next != NULL)
			*next++ = '\0';
		if (c == ncells)
			malformed(reader, psprintf("more cells than the %d of the header", ncells));
		cells[c] = convert_cell(reader, cell);
		if (cells[c++] == NULL)
			held = false;
	}
	while (c < ncells)
		cells[c++] = "";
	return held;
}

static void
take_header(DataReader *reader, char *line)
{
	DataFile   *file = reader->file;
	int			n = 1;

	for (const char *p = line; *p; p++)
		n += (*p == '\t');
	file->header = palloc(sizeof(char *) * n);
	file->ncolumns = n;
	if (!split_line(reader, line, file->header, n))
		malformed(reader, "the header line has to be ASCII");
	for (int i = 0; i < n; i++)
	{
		if (file->header[i][0] == '\0')
			malformed(reader, "a column without a name");
		for (int j = 0; j < i; j++)
			if (strcmp(file->header[i], file->header[j]) == 0)
				malformed(reader, psprintf("column \"%s\" is there twice",
										   file->header[i]));
	}
}

/* Recipes and letters of a locale are looked up, its other files drawn from. */
static bool
is_dictionary(const char *name)
{
	const char *slash = strchr(name, '/');

	return slash != NULL && strcmp(slash, "/slug.tsv") != 0 &&
		strcmp(slash, "/recipes.tsv") != 0;
}

/*
 * A row that cannot be held is left out, but for a dictionary's, which keeps
 * its place: see fill_lost().
 */
static void
take_row(DataReader *reader, char *line)
{
	DataFile   *file = reader->file;
	const char **row;

	if (file->nrows == reader->capacity)
	{
		int			capacity = Max(64, reader->capacity * 2);
		Size		size = sizeof(char *) * file->ncolumns * capacity;

		file->cells = file->cells == NULL
			? MemoryContextAllocHuge(CurrentMemoryContext, size)
			: repalloc_huge(file->cells, size);
		reader->capacity = capacity;
	}
	row = &datafile_cell(file, file->nrows, 0);
	if (split_line(reader, line, row, file->ncolumns))
	{
		file->nrows++;
		return;
	}
	reader->nlost++;
	if (is_dictionary(reader->name))
	{
		row[0] = NULL;
		file->nrows++;
	}
}

/*
 * Where an entry cannot be held, the next one that can stands in for it, with
 * its weight.  All others are drawn as in every encoding, so that rows differ
 * only where they have to.
 */
static void
fill_lost(const DataReader *reader)
{
	DataFile   *file = reader->file;
	int			weight = datafile_column(file, "weight");

	for (int r = 0; r < file->nrows; r++)
	{
		int			other = r;

		while (datafile_cell(file, other, 0) == NULL)
			other = (other + 1) % file->nrows;
		for (int c = 0; c < file->ncolumns && other != r; c++)
			if (c != weight)
				datafile_cell(file, r, c) = datafile_cell(file, other, c);
	}
}

/*
 * A dictionary of which little is left would give data of another country; of
 * what is common to all, an entry is enough.  Letters that the encoding does not
 * have need no slug.
 */
static void
check_lost(const DataReader *reader)
{
	const char *slash = strchr(reader->name, '/');
	const char *encoding = GetDatabaseEncodingName();
	int			nrows = reader->file->nrows;
	bool		common = slash == NULL ||
		strncmp(reader->name, COMMON_FOLDER "/", strlen(COMMON_FOLDER "/")) == 0;

	if (!is_dictionary(reader->name))
		nrows += reader->nlost;
	if (reader->nlost <= (common ? nrows - 1 : nrows / 2) ||
		(slash != NULL && strcmp(slash, "/slug.tsv") == 0))
		return;
	if (!common)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("locale \"%.*s\" cannot be represented in encoding \"%s\"",
						(int) (slash - reader->name), reader->name, encoding),
				 errdetail("%d of %d entries of \"%s\" would be lost.",
						   reader->nlost, nrows, reader->name)));
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("data file \"%s\" cannot be represented in encoding \"%s\"",
					reader->name, encoding)));
}

static void
parse_bytes(DataReader *reader, char *bytes, size_t length)
{
	char	   *end = bytes + length;
	char	   *next;

	if (length >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0)
		bytes += 3;				/* a byte order mark */
	for (char *line = bytes; line < end; line = next)
	{
		char	   *stop = memchr(line, '\n', end - line);

		reader->line++;
		if ((reader->line & 1023) == 0)
			CHECK_FOR_INTERRUPTS();
		if (stop == NULL)
			stop = end;
		next = stop + 1;
		if (stop > line && stop[-1] == '\r')
			stop--;
		if (!pg_verify_mbstr(PG_UTF8, line, stop - line, true))
			malformed(reader, "invalid UTF-8");
		*stop = '\0';
		if (line[0] == '\0' || line[0] == '#')
			continue;
		if (reader->file->header == NULL)
			take_header(reader, line);
		else
			take_row(reader, line);
	}
	if (reader->file->header == NULL)
		malformed(reader, "no header line");
}

/* Parses a file into the current memory context; NULL if it is not there. */
static CachedFile *
read_file(const char *name)
{
	CachedFile *entry;
	DataReader	reader = {0};
	size_t		length;
	char	   *bytes = read_bytes(name, &length);

	if (bytes == NULL)
		return NULL;
	entry = palloc0(sizeof(CachedFile));
	entry->file.name = pstrdup(name);
	reader.name = entry->file.name;
	reader.file = &entry->file;
	reader.conversion = find_conversion(name);
	parse_bytes(&reader, bytes, length);
	check_lost(&reader);
	if (reader.nlost > 0 && is_dictionary(name))
		fill_lost(&reader);
	return entry;
}

const DataFile *
datafile_load(const char *name)
{
	MemoryContext long_lived = datafile_memory();
	MemoryContext context;
	MemoryContext caller;
	CachedFile *entry;

	for (entry = cached_files; entry != NULL; entry = entry->next)
		if (strcmp(entry->file.name, name) == 0)
			return &entry->file;
	if (!is_safe_name(name))
		return NULL;

	context = AllocSetContextCreate(CurrentMemoryContext, "synthik data file",
									ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(context);
	entry = read_file(name);
	MemoryContextSwitchTo(caller);
	if (entry == NULL)
	{
		MemoryContextDelete(context);
		return NULL;
	}
	/* From here on nothing can fail. */
	MemoryContextSetParent(context, long_lived);
	entry->next = cached_files;
	cached_files = entry;
	return &entry->file;
}

const DataFile *
datafile_need(const char *name)
{
	const DataFile *file = datafile_load(name);

	if (file == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FILE),
				 errmsg("data file \"%s\" is missing", name),
				 errhint("Install the extension again.")));
	return file;
}

int
datafile_column(const DataFile *file, const char *header)
{
	for (int c = 0; c < file->ncolumns; c++)
		if (strcmp(file->header[c], header) == 0)
			return c;
	return -1;
}

int
datafile_need_column(const DataFile *file, const char *header)
{
	int			column = datafile_column(file, header);

	if (column < 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("data file \"%s\": no column \"%s\"", file->name, header)));
	return column;
}
