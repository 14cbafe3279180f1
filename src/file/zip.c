/*-------------------------------------------------------------------------
 *
 * zip.c
 *		The one door to minizip.
 *
 * minizip reads through callbacks from a small window on the source's bytes.
 * What it allocates is freed with the archive's memory context.  Its
 * callbacks are not interrupted, so that nothing is left behind.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <minizip/unzip.h>

#include "common/int.h"
#include "file/zip.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#define WINDOW_SIZE		(32 * 1024)
#define MAX_ENTRIES		100000
#define MAX_NAME		1024

/*
 * An entry may be of any ratio up to the first size, then it must not be
 * packed better than text is; the second size is too much in any case.
 */
#define TRUSTED_SIZE	((uint64) 64 * 1024 * 1024)
#define MAX_RATIO		300
#define MAX_SIZE		((uint64) 64 * 1024 * 1024 * 1024)

typedef struct ZipEntry
{
	char	   *name;
	unz64_file_pos position;
} ZipEntry;

struct ZipArchive
{
	ByteSource *bytes;
	unzFile		file;
	MemoryContextCallback callback;
	int			nentries;
	ZipEntry   *entries;
	const ZipEntry *current;	/* or NULL */
	uint64		packed;			/* size of the current entry */
	uint64		unpacked;
	uint64		done;			/* bytes of it that were read */
	int64		at;				/* where minizip reads */
	int64		window_start;
	size_t		window_length;
	char		window[WINDOW_SIZE];
};

/* ---- what minizip calls ---- */

static voidpf
source_open(voidpf opaque, const void *filename, int mode)
{
	return opaque;
}

static bool
fill_window(ZipArchive *archive)
{
	int64		size = byte_source_size(archive->bytes);

	if (archive->at < 0 || archive->at >= size)
		return false;
	if (archive->at >= archive->window_start &&
		archive->at < archive->window_start + (int64) archive->window_length)
		return true;
	archive->window_length = 0;
	archive->window_start = archive->at;
	byte_source_read_at(archive->bytes, archive->at, archive->window,
						Min(size - archive->at, WINDOW_SIZE));
	archive->window_length = Min(size - archive->at, WINDOW_SIZE);
	return true;
}

static uLong
source_read(voidpf opaque, voidpf stream, void *buffer, uLong wanted)
{
	ZipArchive *archive = opaque;
	uLong		done = 0;

	HOLD_INTERRUPTS();
	while (done < wanted && fill_window(archive))
	{
		size_t		skip = archive->at - archive->window_start;
		size_t		n = Min(archive->window_length - skip, wanted - done);

		memcpy((char *) buffer + done, archive->window + skip, n);
		archive->at += n;
		done += n;
	}
	RESUME_INTERRUPTS();
	return done;
}

static uLong
source_write(voidpf opaque, voidpf stream, const void *buffer, uLong length)
{
	return 0;
}

static ZPOS64_T
source_tell(voidpf opaque, voidpf stream)
{
	return ((ZipArchive *) opaque)->at;
}

static long
source_seek(voidpf opaque, voidpf stream, ZPOS64_T offset, int origin)
{
	ZipArchive *archive = opaque;
	int64		size = byte_source_size(archive->bytes);
	int64		base = origin == ZLIB_FILEFUNC_SEEK_CUR ? archive->at :
		origin == ZLIB_FILEFUNC_SEEK_END ? size : 0;
	int64		target;

	if (pg_add_s64_overflow(base, (int64) offset, &target) || target < 0 || target > size)
		return -1;
	archive->at = target;
	return 0;
}

static int
source_close(voidpf opaque, voidpf stream)
{
	return 0;
}

static int
source_error(voidpf opaque, voidpf stream)
{
	return 0;
}

/* ---- opening ---- */

static void
release_archive(void *argument)
{
	ZipArchive *archive = argument;

	if (archive->file != NULL)
		unzClose(archive->file);
	archive->file = NULL;
}

pg_noreturn static void
report_damaged(const ZipArchive *archive, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
			 archive->current != NULL ?
			 errmsg("%s is damaged in its part \"%s\"", zip_label(archive),
					archive->current->name) :
			 errmsg("%s is damaged or cut off: it is a zip archive without a valid directory",
					zip_label(archive)),
			 detail != NULL ? errdetail("%s", detail) : 0));
}

/* Nothing is written anywhere by such a name, but who made it meant that. */
static void
check_name(const ZipArchive *archive, const char *name)
{
	for (const char *part = name; part != NULL; part = strchr(part, '/'))
	{
		part += *part == '/';
		if (strncmp(part, "..", 2) == 0 && (part[2] == '\0' || part[2] == '/'))
			ereport(ERROR,
					(errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
					 errmsg("%s has an entry whose name leads out of the archive: \"%s\"",
							zip_label(archive), name)));
	}
}

static void
read_entry(ZipArchive *archive, ZipEntry *entry)
{
	unz_file_info64 info;
	char		name[MAX_NAME + 1];

	if (unzGetCurrentFileInfo64(archive->file, &info, name, MAX_NAME, NULL, 0, NULL, 0) != UNZ_OK ||
		unzGetFilePos64(archive->file, &entry->position) != UNZ_OK)
		report_damaged(archive, NULL);
	name[Min(info.size_filename, MAX_NAME)] = '\0';
	for (char *p = name; *p != '\0'; p++)
	{
		if (*p == '\\')
			*p = '/';
		if (*p < ' ' || *p > '~')
			*p = '?';			/* names are shown, and those wanted are ASCII */
	}
	check_name(archive, name);
	entry->name = pstrdup(name[0] == '/' ? name + 1 : name);
}

static void
read_directory(ZipArchive *archive)
{
	unz_global_info64 global;

	if (unzGetGlobalInfo64(archive->file, &global) != UNZ_OK)
		report_damaged(archive, NULL);
	if (global.number_entry > MAX_ENTRIES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%s has %llu entries, more than %d", zip_label(archive),
						(unsigned long long) global.number_entry, MAX_ENTRIES)));
	archive->entries = palloc(sizeof(ZipEntry) * Max(global.number_entry, 1));
	for (int result = unzGoToFirstFile(archive->file);
		 archive->nentries < (int) global.number_entry;
		 result = unzGoToNextFile(archive->file))
	{
		CHECK_FOR_INTERRUPTS();
		if (result != UNZ_OK)
			report_damaged(archive, NULL);
		read_entry(archive, &archive->entries[archive->nentries]);
		archive->nentries++;
	}
}

ZipArchive *
zip_open(ByteSource *bytes)
{
	ZipArchive *archive = palloc0(sizeof(ZipArchive));
	zlib_filefunc64_def functions = {
		.zopen64_file = source_open,
		.zread_file = source_read,
		.zwrite_file = source_write,
		.ztell64_file = source_tell,
		.zseek64_file = source_seek,
		.zclose_file = source_close,
		.zerror_file = source_error,
		.opaque = archive,
	};

	archive->bytes = bytes;
	archive->callback.func = release_archive;
	archive->callback.arg = archive;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, &archive->callback);
	archive->file = unzOpen2_64("", &functions);
	if (archive->file == NULL)
		report_damaged(archive, NULL);
	read_directory(archive);
	return archive;
}

const char *
zip_label(const ZipArchive *archive)
{
	return byte_source_label(archive->bytes);
}

/* ---- entries ---- */

static const ZipEntry *
find_entry(const ZipArchive *archive, const char *name)
{
	for (int i = 0; i < archive->nentries; i++)
		if (pg_strcasecmp(archive->entries[i].name, name) == 0)
			return &archive->entries[i];
	return NULL;
}

bool
zip_has(const ZipArchive *archive, const char *name)
{
	return find_entry(archive, name) != NULL;
}

bool
zip_entry_open(ZipArchive *archive, const char *name)
{
	unz_file_info64 info;

	(void) unzCloseCurrentFile(archive->file);
	archive->current = find_entry(archive, name);
	if (archive->current == NULL)
		return false;
	if (unzGoToFilePos64(archive->file, &archive->current->position) != UNZ_OK ||
		unzGetCurrentFileInfo64(archive->file, &info, NULL, 0, NULL, 0, NULL, 0) != UNZ_OK)
		report_damaged(archive, NULL);
	if (info.flag & 1)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("%s is encrypted", zip_label(archive)),
				 errhint("Save it without a password.")));
	if (unzOpenCurrentFile(archive->file) != UNZ_OK)
		report_damaged(archive, "Its header is not valid, or its compression is unknown.");
	archive->packed = info.compressed_size;
	archive->unpacked = info.uncompressed_size;
	archive->done = 0;
	return true;
}

static void
check_size(const ZipArchive *archive)
{
	if (archive->done > MAX_SIZE ||
		(archive->done > TRUSTED_SIZE && archive->done / MAX_RATIO > archive->packed))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%s unpacks to too much: its part \"%s\" has %llu bytes, which became more than %llu",
						zip_label(archive), archive->current->name,
						(unsigned long long) archive->packed,
						(unsigned long long) archive->done)));
}

size_t
zip_entry_read(ZipArchive *archive, void *buffer, size_t room)
{
	int			got;

	CHECK_FOR_INTERRUPTS();
	got = unzReadCurrentFile(archive->file, buffer, (unsigned) Min(room, 1 << 20));
	if (got < 0)
		report_damaged(archive, "Its compressed data is not valid.");
	archive->done += got;
	check_size(archive);
	if (got > 0)
		return got;
	if (archive->done != archive->unpacked)
		report_damaged(archive, "It is shorter than it should be.");
	if (unzCloseCurrentFile(archive->file) == UNZ_CRCERROR)
		report_damaged(archive, "Its checksum is wrong.");
	return 0;
}
