/*-------------------------------------------------------------------------
 *
 * bytes_read.c
 *		Bytes from a file of the server or from memory, unpacked.
 *
 * Files are the server's virtual ones: they need no descriptor of their own
 * between two reads, belong to no transaction, and are closed with the
 * memory context.  What is compressed is unpacked while it is read on; where
 * single bytes of it are asked for, into a temporary file first.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "catalog/pg_authid.h"
#include "file/bytes.h"
#include "miscadmin.h"
#include "storage/buffile.h"
#include "storage/fd.h"
#include "utils/acl.h"
#include "utils/memutils.h"
#include "utils/wait_event.h"

#define RAW_CHUNK	(128 * 1024)
#define MAGIC_BYTES 8

struct ByteSource
{
	const char *path;			/* or NULL: memory */
	const char *label;
	MemoryContext memory;
	MemoryContextCallback callback;
	File		file;			/* -1: closed, or memory */
	const char *data;			/* of memory */
	int64		raw_size;		/* as it is stored */
	int64		raw_offset;		/* of the next raw byte */
	const Codec *codec;			/* or NULL */
	void	   *decoder;
	char	   *chunk;			/* raw bytes for the decoder */
	size_t		chunk_length;
	size_t		chunk_next;
	bool		stream_open;	/* inside of a compressed stream */
	char	   *head;			/* bytes that were looked at, but not read */
	size_t		head_size;		/* palloc'd */
	size_t		head_length;
	size_t		head_next;
	BufFile    *spool;			/* all of a compressed source, unpacked */
	int64		spool_size;
};

/* ---- opening ---- */

static void
release_file(void *argument)
{
	ByteSource *source = argument;

	if (source->file >= 0)
		FileClose(source->file);
	source->file = -1;
}

static void
check_read_privilege(void)
{
	if (!has_privs_of_role(GetUserId(), ROLE_PG_READ_SERVER_FILES))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to read a file of the server"),
				 errdetail("Only roles with the privileges of \"%s\" may read files by their paths.",
						   "pg_read_server_files"),
				 errhint("Anyone can give the content of a file as bytea; with psql: \\lo_import, then lo_get(:LASTOID).")));
}

static void
check_regular(const char *path)
{
	struct stat status;

	if (stat(path, &status) != 0)
	{
		bool		elsewhere = errno == ENOENT || errno == EACCES;

		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not open file \"%s\" for reading: %m", path),
				 elsewhere ?
				 errhint("The server reads the file, not the client. The content of a file of the client can be given as bytea.") : 0));
	}
	if (!S_ISREG(status.st_mode))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 S_ISDIR(status.st_mode) ? errmsg("\"%s\" is a directory", path) :
				 errmsg("\"%s\" is not a regular file", path)));
}

static int64
size_of_file(const ByteSource *source)
{
	int64		size = FileSize(source->file);

	if (size < 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not get the size of file \"%s\": %m", source->path)));
	return size;
}

/* What is read has to be all of it. */
pg_noreturn static void
report_cut(const ByteSource *source)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("file \"%s\" was cut off while it was read", source->path),
			 errdetail("It had %lld bytes, and has %lld now.",
					   (long long) source->raw_size, (long long) size_of_file(source))));
}

static size_t
read_raw_at(ByteSource *source, int64 offset, void *buffer, size_t wanted)
{
	size_t		length = Min((int64) wanted, Max(source->raw_size - offset, 0));
	size_t		done = 0;

	if (source->path == NULL)
	{
		memcpy(buffer, source->data + offset, length);
		return length;
	}
	while (done < length)
	{
		int			got;

		CHECK_FOR_INTERRUPTS();
		got = FileRead(source->file, (char *) buffer + done,
					   (int) Min(length - done, 1 << 30), offset + done, PG_WAIT_EXTENSION);
		if (got < 0)
			ereport(ERROR,
					(errcode_for_file_access(),
					 errmsg("could not read file \"%s\": %m", source->path)));
		if (got == 0)
			report_cut(source);
		done += got;
	}
	return done;
}

/* Which compression, if any. */
static void
look_at_magic(ByteSource *source)
{
	char		magic[MAGIC_BYTES];
	size_t		got = read_raw_at(source, 0, magic, sizeof(magic));

	source->codec = codec_by_magic(magic, got);
	if (source->codec == NULL)
		return;
	source->decoder = source->codec->open_decoder();
	source->chunk = palloc(RAW_CHUNK);
}

ByteSource *
byte_source_path(const char *path)
{
	ByteSource *source = palloc0(sizeof(ByteSource));
	char	   *canonical = pstrdup(path);

	check_read_privilege();
	canonicalize_path(canonical);
	check_regular(canonical);
	source->path = canonical;
	source->label = psprintf("file \"%s\"", canonical);
	source->memory = CurrentMemoryContext;
	source->file = -1;
	source->callback.func = release_file;
	source->callback.arg = source;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, &source->callback);
	source->file = PathNameOpenFile(canonical, O_RDONLY | PG_BINARY);
	if (source->file < 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not open file \"%s\" for reading: %m", canonical)));
	source->raw_size = size_of_file(source);
	look_at_magic(source);
	return source;
}

ByteSource *
byte_source_memory(const char *data, size_t length)
{
	ByteSource *source = palloc0(sizeof(ByteSource));

	source->label = "content";
	source->memory = CurrentMemoryContext;
	source->file = -1;
	source->data = data;
	source->raw_size = length;
	look_at_magic(source);
	return source;
}

const char *
byte_source_label(const ByteSource *source)
{
	return source->label;
}

const char *
byte_source_plain_name(const ByteSource *source)
{
	const Codec *codec;

	if (source->path == NULL)
		return NULL;
	codec = codec_by_suffix(source->path);
	if (codec == NULL)
		return source->path;
	return pnstrdup(source->path, strlen(source->path) - strlen(codec->suffix));
}

CodecKind
byte_source_codec(const ByteSource *source)
{
	return source->codec == NULL ? CODEC_NONE : source->codec->kind;
}

/* ---- reading on ---- */

static bool
fill_chunk(ByteSource *source)
{
	source->chunk_next = 0;
	source->chunk_length = read_raw_at(source, source->raw_offset, source->chunk, RAW_CHUNK);
	source->raw_offset += source->chunk_length;
	return source->chunk_length > 0;
}

pg_noreturn static void
report_corrupt(ByteSource *source, const char *how)
{
	ereport(ERROR,
			(errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
			 errmsg("%s: its %s compression is %s near byte %lld", source->label,
					source->codec->name, how,
					(long long) (source->raw_offset - source->chunk_length +
								 source->chunk_next))));
}

/*
 * Streams may follow one another, and what follows the last one and is none
 * is an error, as it is for gzip and zstd themselves.
 */
static size_t
read_unpacked(ByteSource *source, char *buffer, size_t wanted)
{
	CodecBuffers buffers = {.out = buffer,.out_left = wanted};

	while (buffers.out_left > 0)
	{
		CodecStatus status;
		size_t		room = buffers.out_left;

		CHECK_FOR_INTERRUPTS();
		if (source->chunk_next == source->chunk_length && !fill_chunk(source))
		{
			/* The decoder may hold bytes back still. */
			if (!source->stream_open)
				break;
		}
		buffers.in = source->chunk + source->chunk_next;
		buffers.in_left = source->chunk_length - source->chunk_next;
		status = source->codec->decode(source->decoder, &buffers);
		source->chunk_next = source->chunk_length - buffers.in_left;
		if (status == CODEC_CORRUPT)
			report_corrupt(source, "damaged");
		source->stream_open = status == CODEC_MORE;
		if (status == CODEC_MORE && source->chunk_length == 0 && buffers.out_left == room)
			report_corrupt(source, "cut off");
	}
	return wanted - buffers.out_left;
}

/* Not counting what was looked at. */
static size_t
read_on(ByteSource *source, char *buffer, size_t wanted)
{
	size_t		got;

	if (source->codec != NULL)
		return read_unpacked(source, buffer, wanted);
	got = read_raw_at(source, source->raw_offset, buffer, wanted);
	source->raw_offset += got;
	return got;
}

const char *
byte_source_peek(ByteSource *source, size_t wanted, size_t *got)
{
	size_t		there = source->head_length - source->head_next;

	if (there < wanted)
	{
		if (source->head_next > 0 && there > 0)
			memmove(source->head, source->head + source->head_next, there);
		if (source->head == NULL)
			source->head = MemoryContextAllocHuge(source->memory, wanted);
		else if (source->head_size < wanted)
			source->head = repalloc_huge(source->head, wanted);
		source->head_size = Max(source->head_size, wanted);
		source->head_next = 0;
		source->head_length = there;
		source->head_length += read_on(source, source->head + there, wanted - there);
		there = source->head_length;
	}
	*got = Min(there, wanted);
	return source->head + source->head_next;
}

size_t
byte_source_read(ByteSource *source, void *buffer, size_t wanted)
{
	size_t		there = Min(source->head_length - source->head_next, wanted);

	if (there > 0)
	{
		memcpy(buffer, source->head + source->head_next, there);
		source->head_next += there;
	}
	if (there < wanted)
		there += read_on(source, (char *) buffer + there, wanted - there);
	return there;
}

void
byte_source_rewind(ByteSource *source)
{
	MemoryContext old = MemoryContextSwitchTo(source->memory);

	source->raw_offset = 0;
	source->head_length = source->head_next = 0;
	source->chunk_length = source->chunk_next = 0;
	source->stream_open = false;
	if (source->decoder != NULL)
	{
		source->codec->close(source->decoder);
		source->decoder = NULL;
		source->decoder = source->codec->open_decoder();
	}
	MemoryContextSwitchTo(old);
}

/* ---- any bytes of it ---- */

/* Unpacks all of it, by a source of its own: reading on is not disturbed. */
static void
make_spool(ByteSource *source)
{
	MemoryContext old = MemoryContextSwitchTo(source->memory);
	ByteSource	copy = *source;
	char	   *buffer = palloc(RAW_CHUNK);
	size_t		got;

	copy.decoder = copy.codec->open_decoder();
	copy.chunk = palloc(RAW_CHUNK);
	copy.chunk_length = copy.chunk_next = 0;
	copy.raw_offset = 0;
	copy.stream_open = false;
	source->spool_size = 0;
	source->spool = BufFileCreateTemp(false);
	while ((got = read_unpacked(&copy, buffer, RAW_CHUNK)) > 0)
	{
		BufFileWrite(source->spool, buffer, got);
		source->spool_size += got;
	}
	copy.codec->close(copy.decoder);
	pfree(copy.chunk);
	pfree(buffer);
	MemoryContextSwitchTo(old);
}

int64
byte_source_size(ByteSource *source)
{
	if (source->codec == NULL)
		return source->raw_size;
	if (source->spool == NULL)
		make_spool(source);
	return source->spool_size;
}

static size_t
read_spool_at(ByteSource *source, int64 offset, void *buffer, size_t length)
{
	if (BufFileSeek(source->spool, 0, offset, SEEK_SET) != 0)
		elog(ERROR, "could not seek in a temporary file");
	return BufFileRead(source->spool, buffer, length);
}

void
byte_source_read_at(ByteSource *source, int64 offset, void *buffer, size_t length)
{
	int64		size = byte_source_size(source);
	size_t		got = 0;

	if (offset >= 0 && offset <= size && (int64) length <= size - offset)
		got = source->codec != NULL ? read_spool_at(source, offset, buffer, length) :
			read_raw_at(source, offset, buffer, length);
	else if (length == 0 && offset >= 0 && offset <= size)
		return;
	if (got != length)
		ereport(ERROR,
				(errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
				 errmsg("%s ends before byte %lld", source->label,
						(long long) (offset + length)),
				 errdetail("It has %lld bytes.", (long long) size)));
}

void
byte_source_close(ByteSource *source)
{
	release_file(source);
	if (source->decoder != NULL)
		source->codec->close(source->decoder);
	source->decoder = NULL;
	if (source->spool != NULL)
		BufFileClose(source->spool);
	source->spool = NULL;
}
