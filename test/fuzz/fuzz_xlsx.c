/*-------------------------------------------------------------------------
 *
 * fuzz_xlsx.c
 *		Workbooks of several writers, damaged as archives and in their XML: the
 *		reader reads them or says what is wrong, and never reads beyond what it
 *		was given.
 *
 * sources: src/file/zip.c src/file/xml.c src/file/xlsx_book.c src/file/xlsx_sheet.c
 * sources: src/file/xlsx_strings.c src/file/xlsx_format.c src/file/xlsx_range.c
 * sources: src/file/xlsx_merge.c
 * libraries: -lminizip -lexpat -lz
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <dirent.h>
#include <zlib.h>

#include "file/xlsx_merge.h"
#include "file/xlsx_sheet.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "shim.h"
#include "storage/buffile.h"
#include "utils/datetime.h"
#include "utils/memutils.h"

#define MAX_SEEDS	100
#define MAX_PARTS	16
#define MAX_BYTES	120000
#define MAX_ROWS	3000		/* that are read of a sheet */

typedef struct Part
{
	char		name[100];
	char	   *bytes;
	size_t		length;
} Part;

typedef struct Seed
{
	char	   *bytes;
	size_t		length;
	bool		sound;			/* its file is to be read */
	int			nparts;
	Part		parts[MAX_PARTS];
} Seed;

static Seed seeds[MAX_SEEDS];
static int	nseeds;
static char input[MAX_BYTES];
static size_t length;
static char *content;			/* the input, in a piece of memory of its size */

/* What the text comes to, so that every byte of it is looked at. */
static volatile uint64 sum;

/* ---- what the code under test takes from the server ---- */

ErrorContextCallback *error_context_stack = NULL;
volatile uint32 InterruptHoldoffCount = 0;
int			work_mem = 1;		/* so that strings go to the file, too */

void *
MemoryContextAllocExtended(MemoryContext context, Size size, int flags)
{
	return (flags & MCXT_ALLOC_ZERO) != 0 ? palloc0(size) : palloc(size);
}

void *
repalloc_huge(void *pointer, Size size)
{
	return repalloc(pointer, size);
}

void
MemoryContextReset(MemoryContext context)
{
}

int
errcontext_msg(const char *fmt,...)
{
	return 0;
}

int
set_errcontext_domain(const char *domain)
{
	return 0;
}

int
errdetail(const char *fmt,...)
{
	return 0;
}

int
errcode_for_file_access(void)
{
	return 0;
}

char *
pg_any_to_server(const char *text, int length, int encoding)
{
	return unconstify(char *, text);
}

/* Fliegel and Van Flandern's. */
void
j2date(int julian, int *year, int *month, int *day)
{
	int			l = julian + 68569;
	int			n = 4 * l / 146097;
	int			i;
	int			j;

	l = l - (146097 * n + 3) / 4;
	i = 4000 * (l + 1) / 1461001;
	l = l - 1461 * i / 4 + 31;
	j = 80 * l / 2447;
	*day = l - 2447 * j / 80;
	l = j / 11;
	*month = j + 2 - 12 * l;
	*year = 100 * (n - 49) + i + l;
}

/* A file in memory. */
struct BufFile
{
	char	   *bytes;
	size_t		size;
	size_t		at;
};

BufFile *
BufFileCreateTemp(bool interXact)
{
	BufFile    *file = palloc0(sizeof(BufFile));

	file->bytes = palloc(1);
	return file;
}

void
BufFileWrite(BufFile *file, void *bytes, size_t size)
{
	file->bytes = repalloc(file->bytes, file->size + size);
	memcpy(file->bytes + file->size, bytes, size);
	file->size += size;
}

void
BufFileClose(BufFile *file)
{
	pfree(file->bytes);
	pfree(file);
}

int
BufFileSeek(BufFile *file, int fileno, off_t offset, int whence)
{
	if (offset < 0 || offset > file->size)
		return EOF;
	file->at = offset;
	return 0;
}

size_t
BufFileRead(BufFile *file, void *bytes, size_t size)
{
	size_t		n = Min(size, file->size - file->at);

	memcpy(bytes, file->bytes + file->at, n);
	file->at += n;
	return n;
}

int64
byte_source_size(ByteSource *source)
{
	return length;
}

const char *
byte_source_label(const ByteSource *source)
{
	return "content";
}

void
byte_source_read_at(ByteSource *source, int64 offset, void *buffer, size_t wanted)
{
	if (offset < 0 || offset > length || wanted > length - offset)
		fuzz_finding("", "%zu bytes wanted at %lld of %zu", wanted, (long long) offset, length);
	memcpy(buffer, content + offset, wanted);
}

/* ---- archives ---- */

static void
add_bytes(const void *bytes, size_t n)
{
	if (length + n > MAX_BYTES)
		n = MAX_BYTES - length;
	memcpy(input + length, bytes, n);
	length += n;
}

static void
add_number(uint32 number, int n)
{
	for (int i = 0; i < n; i++)
	{
		char		byte = number >> (8 * i);

		add_bytes(&byte, 1);
	}
}

/* What the header of an entry and the directory have in common. */
static void
add_entry(const Part *part)
{
	add_number(20, 2);
	add_number(0, 2);
	add_number(0, 2);			/* not packed */
	add_number(0, 4);
	add_number(crc32(0, (const Bytef *) part->bytes, part->length), 4);
	add_number(part->length, 4);
	add_number(part->length, 4);
	add_number(strlen(part->name), 2);
	add_number(0, 2);
}

static void
make_archive(const Part *parts, int nparts)
{
	size_t		starts[MAX_PARTS];
	size_t		directory;

	length = 0;
	for (int i = 0; i < nparts; i++)
	{
		starts[i] = length;
		add_bytes("PK\003\004", 4);
		add_entry(&parts[i]);
		add_bytes(parts[i].name, strlen(parts[i].name));
		add_bytes(parts[i].bytes, parts[i].length);
	}
	directory = length;
	for (int i = 0; i < nparts; i++)
	{
		add_bytes("PK\001\002", 4);
		add_number(20, 2);
		add_entry(&parts[i]);
		add_number(0, 2);
		add_number(0, 2);
		add_number(0, 2);
		add_number(0, 4);
		add_number(starts[i], 4);
		add_bytes(parts[i].name, strlen(parts[i].name));
	}
	add_bytes("PK\005\006", 4);
	add_number(0, 4);
	add_number(nparts, 2);
	add_number(nparts, 2);
	add_number(length - directory - 8 - 4, 4);
	add_number(directory, 4);
	add_number(0, 2);
}

/* ---- damage ---- */

static const char *const pieces[] = {
	"<row r=\"1\">", "<row>", "</row>", "<c r=\"A1\" t=\"s\"><v>0</v></c>", "<c>", "</c>", "<v>", "</v>",
	"<c s=\"1\"><v>45000.5</v></c>", "<c t=\"b\"><v>1</v></c>", "<c t=\"e\"><v>#N/A</v></c>", "<c r=\"XFD1048576\"/>",
	"<is><t>", "</t></is>", " t=\"inlineStr\"", " t=\"str\"", " s=\"99999999999\"", " r=\"ZZZZZZZZZZ\"", " r=\"999999999999\"",
	"<mergeCell ref=\"A1:XFD1048576\"/>", "<mergeCell ref=\"B2:C9\"/>", "<sheetData>", "</sheetData>", "<si><t>_x0000_</t></si>",
	"_xFFFF__x41_", "<rPh>", "</rPh>", "<x:row>", "&amp;", "&#x10FFFF;", "&#0;", "&a;", "<!DOCTYPE a>", "<![CDATA[", "]]>", "<!--", "-->",
	"<xf numFmtId=\"14\"/>", "<numFmt numFmtId=\"14\" formatCode=\"[h\"/>", "formatCode=\"\\", "formatCode=\"&quot;", "<cellXfs>",
	"<sheet name=\"a\" id=\"rId1\"/>", "date1904=\"1\"", "Target=\"../../../x\"", "Target=\"/\"", "1e308", "-1", "60", "0.9999999999", "1e-400", "nan", "\xff", "\xed\xa0\x80"
};

static void
damage(char *bytes, size_t *n, size_t room, bool xml)
{
	size_t		at = fuzz_below(*n + 1);
	size_t		cut = fuzz_below(60);
	const char *piece = pieces[fuzz_below(lengthof(pieces))];
	size_t		added = strlen(piece);

	cut = Min(cut, *n - at);
	switch (fuzz_below(xml ? 8 : 4))
	{
		case 0:
			if (at < *n)
				bytes[at] = (char) fuzz_below(256);
			break;
		case 1:
			memmove(bytes + at, bytes + at + cut, *n - at - cut);
			*n -= cut;
			break;
		case 2:
			if (at < *n)
				bytes[at] ^= 1 << fuzz_below(8);
			break;
		case 3:
			if (fuzz_below(10) == 0)
				*n = at;
			break;
		default:
			/* Between tags, mostly. */
			while (fuzz_below(4) != 0 && at < *n && bytes[at] != '<')
				at++;
			if (*n + added > room)
				break;
			memmove(bytes + at + added, bytes + at, *n - at);
			memcpy(bytes + at, piece, added);
			*n += added;
			break;
	}
}

static void
damage_parts(const Seed *seed)
{
	Part		parts[MAX_PARTS];
	int			broken = fuzz_below(seed->nparts);

	memcpy(parts, seed->parts, sizeof(parts));
	for (int i = fuzz_below(3); i >= 0; i--)
	{
		size_t		room = parts[broken].length + 200;
		char	   *copy = memcpy(palloc(room), parts[broken].bytes, parts[broken].length);

		for (int k = fuzz_below(4); k >= 0; k--)
			damage(copy, &parts[broken].length, room, true);
		parts[broken].bytes = copy;
		broken = fuzz_below(seed->nparts);
	}
	make_archive(parts, seed->nparts);
}

/* ---- reading ---- */

static void
look_at_row(int row, const XlsxCell *cells, int ncells)
{
	if (row < 1 || row > XLSX_MAX_ROWS || ncells < 1)
		fuzz_finding("", "row %d of %d cells", row, ncells);
	for (int i = 0; i < ncells; i++)
	{
		if (cells[i].column < 1 || cells[i].column > XLSX_MAX_COLUMNS || cells[i].length == 0 ||
			cells[i].text[cells[i].length] != '\0')
			fuzz_finding("", "cell %d of row %d", cells[i].column, row);
		if (pg_encoding_verifymbstr(PG_UTF8, cells[i].text, cells[i].length) != cells[i].length)
			fuzz_finding(cells[i].text, "text that is no UTF-8");
		for (size_t k = 0; k < cells[i].length; k++)
			sum += cells[i].text[k];
	}
}

static void
note_problem(void *context, const char *cell, const char *message)
{
	sum += strlen(cell) + strlen(message);
}

static void
read_sheet(XlsxBook *book, int number)
{
	XlsxMerge  *merge = NULL;

	for (int pass = 0; pass < 2; pass++)
	{
		XlsxSheet  *sheet = xlsx_sheet_open(book, &book->sheets[number], note_problem, NULL);
		const XlsxCell *cells;
		int			ncells;
		int			row;
		int			count;
		const XlsxRange *merged;

		for (int i = 0; i < MAX_ROWS && (row = xlsx_sheet_next(sheet, &cells, &ncells)) != 0; i++)
		{
			if (merge != NULL)
				xlsx_merge_row(merge, row, &cells, &ncells);
			look_at_row(row, cells, ncells);
		}
		merged = xlsx_sheet_merged(sheet, &count);
		if (merge == NULL)
			merge = xlsx_merge_new(merged, count);
		xlsx_merge_rewind(merge);
		xlsx_sheet_close(sheet);
	}
}

static void
read_all(void *done)
{
	XlsxBook   *book;

	error_context_stack = NULL;
	book = xlsx_book_open(NULL);
	for (int i = 0; i < Min(book->nsheets, 5); i++)
		read_sheet(book, i);
	if (book->nsheets > 0)
		(void) xlsx_book_sheet(book, "1");
	if (book->strings != NULL)
		xlsx_strings_close(book->strings);
	*(bool *) done = true;
}

/* ---- the harness ---- */

/* A seed's parts, by the reader of archives itself. */
static void
unpack(void *argument)
{
	static const char *const names[] = {"[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels",
		"xl/styles.xml", "xl/sharedStrings.xml", "xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml", "xl/worksheets/sheet3.xml"
	};
	Seed	   *seed = argument;
	ZipArchive *archive = zip_open(NULL);

	for (int i = 0; i < lengthof(names); i++)
	{
		Part	   *part = &seed->parts[seed->nparts];
		char	   *bytes = malloc(MAX_BYTES);
		size_t		got;

		if (!zip_entry_open(archive, names[i]))
		{
			free(bytes);
			continue;
		}
		strcpy(part->name, names[i]);
		part->bytes = bytes;
		while (part->length < MAX_BYTES / 4 &&
			   (got = zip_entry_read(archive, bytes + part->length, MAX_BYTES - part->length)) > 0)
			part->length += got;
		seed->nparts++;
	}
}

static void
add_seed(const char *path, const char *name)
{
	Seed	   *seed = &seeds[nseeds];
	FILE	   *file = fopen(path, "rb");

	if (file == NULL)
		return;
	length = fread(input, 1, MAX_BYTES / 2, file);
	fclose(file);
	seed->bytes = memcpy(malloc(length), input, length);
	seed->length = length;
	seed->sound = strncmp(name, "bad_", 4) != 0;
	content = seed->bytes;
	if (shim_catch(unpack, seed) != NULL || seed->nparts == 0)
		seed->nparts = 0;
	shim_free_all();
	nseeds++;
}

void
fuzz_start(const char *folder)
{
	char		path[MAXPGPATH];
	DIR		   *list;
	struct dirent *entry;

	snprintf(path, sizeof(path), "%s/../fixtures/xlsx", folder);
	list = opendir(path);
	while (list != NULL && (entry = readdir(list)) != NULL && nseeds < MAX_SEEDS)
	{
		size_t		n = strlen(entry->d_name);

		if (n < 5 || strcmp(entry->d_name + n - 5, ".xlsx") != 0)
			continue;
		snprintf(path, sizeof(path), "%s/../fixtures/xlsx/%s", folder, entry->d_name);
		add_seed(path, entry->d_name);
	}
	if (list != NULL)
		closedir(list);
	if (nseeds == 0)
		fuzz_finding(path, "there are no seeds");
}

void
fuzz_round(void)
{
	const Seed *seed = &seeds[fuzz_below(nseeds)];
	bool		whole = fuzz_below(50) == 0;
	bool		done = false;
	const char *problem;

	if (whole || seed->nparts == 0 || fuzz_below(3) == 0)
	{
		length = seed->length;
		memcpy(input, seed->bytes, length);
		for (int i = whole ? 0 : 1 + fuzz_below(4); i > 0; i--)
			damage(input, &length, MAX_BYTES, false);
	}
	else
		damage_parts(seed);
	content = memcpy(palloc(Max(length, 1)), input, length);
	problem = shim_catch(read_all, &done);
	if (problem == NULL && !done)
		fuzz_finding("", "refused without a word");
	if (whole && seed->sound && problem != NULL)
		fuzz_finding("", "refused: %s", problem);
}
