/*-------------------------------------------------------------------------
 *
 * file.h
 *		File formats: rows from bytes, and bytes from rows.
 *
 * A format is a table of functions for reading and one for writing, static
 * const, and listed in file.c.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_FILE_H
#define SYNTHIK_FILE_H

#include "access/tupdesc.h"
#include "executor/tuptable.h"
#include "file/bytes.h"
#include "lib/stringinfo.h"
#include "nodes/bitmapset.h"
#include "utils/jsonb.h"

/* ---- options ---- */

typedef enum FileHeader
{
	FILE_HEADER_GUESS,
	FILE_HEADER_NO,
	FILE_HEADER_YES
} FileHeader;

/*
 * What the argument "options" says; what was not given is NULL, -1 or 0.
 * Strings are in the database's encoding.
 */
typedef struct FileOptions
{
	const char *format;			/* a name in the table, from the argument */
	FileHeader	header;
	char		delimiter;		/* of CSV; 0: found out, or ',' */
	char		quote;			/* 0: found out, or '"' */
	char		escape;			/* 0: found out, or the quote itself */
	const char *null_text;		/* what NULL is written as, outside of quotes */
	int			encoding;		/* a pg_enc, -1: found out, or the database's; */
	bool		utf16;			/* or UTF-16, little endian */
	bool		big_endian;		/* or big */
	bool		bom;			/* write a byte order mark */
	const char *sheet;			/* of a workbook: name or number */
	const char *range;			/* of a sheet: "A3:F200" */
	bool		fill_merged;	/* each of merged cells has their value */
	const char *compression;	/* "none", "gzip", "zstd", and of a format's own */
	const char *title;			/* for the places that formats have for them */
	const char *license;
	const char *records;		/* JSON: the key of the array that holds the rows */
	int			row_group_rows; /* 0: the format's choice */
	bool		day_first;		/* 01/02/2024 is in February, */
	bool		month_first;	/* or in January */


	/* Set by callers, not by users: */
	bool		lenient;		/* problems are reported and reading goes on */
} FileOptions;

/*
 * Reads the argument, which may be NULL; an unknown option, or a value that
 * is none for it, is an error.  Strings are in the current memory context.
 */
extern void file_options_read(const char *format, Jsonb *options, FileOptions *out);

/* ---- reading ---- */

typedef enum FileCellKind
{
	CELL_NULL,
	CELL_TEXT,
	CELL_NUMBER,				/* its text */
	CELL_BOOLEAN,				/* its text, "true" or "false" */
	CELL_JSON,					/* its text: an array or an object */
	CELL_DATUM					/* a value of the column's type */
} FileCellKind;

/*
 * Valid until the next row.  Text is in the database's encoding, valid in it,
 * and ends with a NUL byte that length does not count.
 */
typedef struct FileCell
{
	FileCellKind kind;
	char	   *text;
	size_t		length;
	Datum		value;			/* of CELL_DATUM alone */
} FileCell;

/*
 * Names are in the database's encoding, unique, and of any length (a
 * table's would be cut).
 */
typedef struct FileColumn
{
	char	   *name;
	Oid			type;			/* InvalidOid where the format knows none */
	int32		typmod;
} FileColumn;

/* Something amiss that did not stop the reading. */
typedef struct FileProblem
{
	char	   *place;			/* "line 17, column 3", or NULL: the file */
	char	   *message;
} FileProblem;

#define FILE_MAX_PROBLEMS	100 /* more are counted only */

typedef struct FileReader FileReader;

typedef struct FileReaderMethods
{
	const char *name;			/* "csv" */
	const char *suffixes;		/* ".csv .txt": blank between */

	/*
	 * Is it this format, by the first bytes?  Asked of those only that have a
	 * magic; NULL for the others, which are known by their names.
	 */
	bool		(*sniff) (const char *head, size_t length);

	/* Sets what the comments of FileReader say, by file_reader_new(). */
	FileReader *(*open) (ByteSource *bytes, const FileOptions *options);

	/* Before the first row: these columns alone (0-based) are read. NULL: nothing to gain. */
	void		(*project) (FileReader *reader, const Bitmapset *columns);

	/* The next row into reader->cells; false at the end. */
	bool		(*next) (FileReader *reader);

	/* Where a cell of the current row is (column -1: the row), palloc'd. */
	char	   *(*position) (FileReader *reader, int column);

	/* Adds keys to the report on a file: the dialect and the like. May be NULL. */
	void		(*report) (FileReader *reader, JsonbParseState **state);

	/* From the first row again. */
	void		(*rewind) (FileReader *reader);
	void		(*close) (FileReader *reader);
} FileReaderMethods;

/* Readers embed this first; it and all they palloc lives in memory. */
struct FileReader
{
	const FileReaderMethods *methods;
	ByteSource *bytes;
	const FileOptions *options;
	MemoryContext memory;
	int			ncolumns;		/* set by open; next may add columns, of JSON */
	FileColumn *columns;
	FileCell   *cells;			/* of ncolumns */
	struct names_hash *index;	/* of the columns' names, for columns.c alone */
	bool		unnamed;		/* the columns' names are made up */
	bool		strings;		/* text cells are JSON's strings */
	bool		more_columns;	/* others may come up that open has not seen (JSON):
								 * callers may add columns that they want */
	int64		rows;			/* that next returned */
	const char *json;			/* the row as JSON text where the format has it, or NULL */
	size_t		json_length;
	int64		nproblems;
	int			nkept;			/* of them, the first FILE_MAX_PROBLEMS */
	FileProblem *problems;
};

/*
 * Opens a file: the format that options name, else the one that its first
 * bytes show, else its name.  Readers live in a child of the current memory
 * context; closing is needed only to free them early.
 */
extern FileReader *file_open(ByteSource *bytes, const FileOptions *options);
extern bool file_next(FileReader *reader);
extern void file_rewind(FileReader *reader);
extern void file_close(FileReader *reader);

/* Of text without a telling name: JSON, JSON lines or CSV, by its first bytes. */
extern const FileReaderMethods *json_text_sniff(const char *head, size_t length);

/* For open: palloc0s a reader of that size in a context of its own. */
extern FileReader *file_reader_new(size_t size, const FileReaderMethods *methods,
								   ByteSource *bytes, const FileOptions *options);

/*
 * For open: columns by their names, of which empty ones become column_3 and
 * second ones name_2, with a problem reported.
 */
extern void file_reader_set_columns(FileReader *reader, char **names, int count);

/* One more, by a name that is not there yet; returns its index. */
extern int	file_reader_add_column(FileReader *reader, const char *name);

/* The index of a column, or -1. */
extern int	file_reader_column(const FileReader *reader, const char *name);

/* "name_2", or with the next number from that on, which no column is called. */
extern char *file_reader_free_name(const FileReader *reader, const char *name, int from);

/* Something amiss; place is NULL for the file as a whole. */
extern void file_problem(FileReader *reader, const char *place, const char *format,...) pg_attribute_printf(3, 4);

/*
 * For ereport(): the file and the place, as the error's context:
 * 'file "/tmp/a.csv", line 17, column 3'.
 */
extern int	file_errcontext(FileReader *reader, int column);

/* ---- writing ---- */

typedef struct FileWriter FileWriter;

typedef struct FileWriterMethods
{
	const char *name;
	const char *suffixes;
	bool		packs;			/* the option "compression" is its own affair */

	/* Writes what comes before the rows; columns that are dropped do not count. */
	FileWriter *(*open) (ByteSink *bytes, TupleDesc desc, const FileOptions *options);

	/* The slot has the descriptor that open was given. */
	void		(*row) (FileWriter *writer, TupleTableSlot *slot);

	/* Writes what comes after them; the sink stays open. */
	void		(*close) (FileWriter *writer);
} FileWriterMethods;

/* Writers embed this first. */
struct FileWriter
{
	const FileWriterMethods *methods;
	ByteSink   *bytes;
	const FileOptions *options;
	MemoryContext memory;		/* of the writer */
	MemoryContext row_memory;	/* reset before each row, which runs in it */
	TupleDesc	desc;
	int64		rows;
};

/* For open: palloc0s a writer of that size, and its contexts. */
extern FileWriter *file_writer_new(size_t size, const FileWriterMethods *methods,
								   ByteSink *bytes, TupleDesc desc,
								   const FileOptions *options);

/*
 * The format that options or the path's name mean, and the compression of the
 * whole file; path is NULL of memory.  What is neither known is an error.
 */
extern const FileWriterMethods *file_writer_find(const char *path, const FileOptions *options,
												 CodecKind *codec);
extern FileWriter *file_write_open(const FileWriterMethods *methods, ByteSink *bytes,
								   TupleDesc desc, const FileOptions *options);
extern void file_write_row(FileWriter *writer, TupleTableSlot *slot);
extern void file_write_close(FileWriter *writer);

/* ---- the formats ---- */

extern const FileReaderMethods csv_reader;
extern const FileReaderMethods tsv_reader;
extern const FileReaderMethods json_reader;
extern const FileReaderMethods json_lines_reader;
extern const FileReaderMethods parquet_reader;
extern const FileReaderMethods xlsx_reader;

extern const FileWriterMethods csv_writer;
extern const FileWriterMethods tsv_writer;
extern const FileWriterMethods json_writer;
extern const FileWriterMethods json_lines_writer;
extern const FileWriterMethods parquet_writer;
extern const FileWriterMethods xlsx_writer;

#endif							/* SYNTHIK_FILE_H */
