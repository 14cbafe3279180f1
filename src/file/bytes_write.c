/*-------------------------------------------------------------------------
 *
 * bytes_write.c
 *		Bytes into a file of the server or into memory, packed.
 *
 * A file is written under a temporary name beside the one that it is to
 * have.  Unless it is finished, it is removed with the memory context; a
 * crash leaves the temporary name, never half a file under the proper one.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catalog/pg_authid.h"
#include "file/bytes.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "utils/acl.h"
#include "utils/memutils.h"
#include "utils/wait_event.h"

#define BUFFER_SIZE (256 * 1024)
/* What a value of bytea can have: MaxAllocSize with its header and a NUL. */
#define BYTEA_LIMIT ((size_t) MaxAllocSize - VARHDRSZ - 1)

struct ByteSink
{
	const char *path;			/* or NULL: memory */
	const char *temporary;
	const char *label;
	MemoryContextCallback callback;
	File		file;
	int64		file_offset;	/* bytes that are in the file */
	StringInfoData bytes;		/* of memory, behind room for a varlena header */
	const Codec *codec;			/* or NULL */
	void	   *encoder;
	int64		offset;			/* bytes that were given */
	char	   *buffer;			/* given, but not passed on */
	size_t		used;
	char	   *packed;			/* of the encoder */
	bool		done;
};

/* ---- opening ---- */

static void
discard_file(void *argument)
{
	ByteSink   *sink = argument;

	if (sink->file >= 0)
		FileClose(sink->file);
	sink->file = -1;
	if (sink->temporary != NULL && !sink->done)
		(void) unlink(sink->temporary);
	sink->temporary = NULL;
}

static void
check_write_privilege(void)
{
	if (!has_privs_of_role(GetUserId(), ROLE_PG_WRITE_SERVER_FILES))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to write a file of the server"),
				 errdetail("Only roles with the privileges of \"%s\" may write files by their paths.",
						   "pg_write_server_files"),
				 errhint("Anyone can have a file's content as bytea, by synthik_export_bytes.")));
}

pg_noreturn static void
report_uncreated(const char *path)
{
	bool		elsewhere = errno == ENOENT || errno == EACCES;

	ereport(ERROR,
			(errcode_for_file_access(),
			 errmsg("could not create file \"%s\": %m", path),
			 elsewhere ?
			 errhint("The server writes the file, not the client; synthik_export_bytes gives its content to the client.") : 0));
}

/* What the renaming at the end would refuse is better refused now. */
static void
check_target(const char *path)
{
	struct stat status;

	if (!is_absolute_path(path))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("the path of a file to write must be absolute, not \"%s\"", path)));
	if (stat(path, &status) != 0)
	{
		if (errno != ENOENT)
			report_uncreated(path);
		return;
	}
	if (!S_ISREG(status.st_mode))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 S_ISDIR(status.st_mode) ? errmsg("\"%s\" is a directory", path) :
				 errmsg("\"%s\" is not a regular file", path)));
}

static ByteSink *
sink_new(CodecKind codec)
{
	ByteSink   *sink = palloc0(sizeof(ByteSink));

	sink->file = -1;
	sink->codec = codec_by_kind(codec);
	sink->buffer = palloc(BUFFER_SIZE);
	if (sink->codec != NULL)
	{
		sink->encoder = sink->codec->open_encoder();
		sink->packed = palloc(BUFFER_SIZE);
	}
	return sink;
}

/* As the umask of COPY's files: others may read, not write. */
static File
create_file(const char *path)
{
	mode_t		mask = umask(S_IWGRP | S_IWOTH);
	File		file = PathNameOpenFilePerm(path, O_CREAT | O_EXCL | O_WRONLY | PG_BINARY,
											S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP | S_IROTH | S_IWOTH);

	umask(mask);
	return file;
}

/*
 * In the same folder, with as much of the file's name as the suffix leaves
 * room for.
 */
static char *
temporary_name(const char *path)
{
	static uint32 number = 0;
	char	   *suffix = psprintf(".%d.%u.tmp", MyProcPid, ++number);
	const char *name = last_dir_separator(path) + 1;
	int			room = Max(NAME_MAX - (int) strlen(suffix), 0);

	return psprintf("%.*s%.*s%s", (int) (name - path), path, room, name, suffix);
}

/* A crash may have left a file of the same name. */
static void
create_temporary(ByteSink *sink)
{
	char	   *name;

	do
	{
		name = temporary_name(sink->path);
		sink->file = create_file(name);
	} while (sink->file < 0 && errno == EEXIST);
	if (sink->file < 0)
		report_uncreated(sink->path);
	sink->temporary = name;
}

ByteSink *
byte_sink_path(const char *path, CodecKind codec)
{
	char	   *canonical = pstrdup(path);
	ByteSink   *sink;

	check_write_privilege();
	canonicalize_path(canonical);
	check_target(canonical);
	sink = sink_new(codec);
	sink->path = canonical;
	sink->label = psprintf("file \"%s\"", canonical);
	sink->callback.func = discard_file;
	sink->callback.arg = sink;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, &sink->callback);
	create_temporary(sink);
	return sink;
}

ByteSink *
byte_sink_memory(CodecKind codec)
{
	ByteSink   *sink = sink_new(codec);

	sink->label = "the result";
	initStringInfo(&sink->bytes);
	appendStringInfoSpaces(&sink->bytes, VARHDRSZ);
	return sink;
}

const char *
byte_sink_label(const ByteSink *sink)
{
	return sink->label;
}

/* ---- writing ---- */

static void
write_file(ByteSink *sink, const char *data, size_t length)
{
	while (length > 0)
	{
		int			wrote;

		CHECK_FOR_INTERRUPTS();
		errno = 0;
		wrote = FileWrite(sink->file, unconstify(char *, data), (int) Min(length, 1 << 30),
						  sink->file_offset, PG_WAIT_EXTENSION);
		if (wrote <= 0)
		{
			if (errno == 0)
				errno = ENOSPC;
			ereport(ERROR,
					(errcode_for_file_access(),
					 errmsg("could not write file \"%s\": %m", sink->path)));
		}
		data += wrote;
		length -= wrote;
		sink->file_offset += wrote;
	}
}

static void
write_memory(ByteSink *sink, const char *data, size_t length)
{
	if (length > BYTEA_LIMIT - (sink->bytes.len - VARHDRSZ))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the file is larger than the 1 GB that a bytea can hold"),
				 errhint("synthik_export writes files of any size, on the server; a LIMIT makes a smaller one.")));
	appendBinaryStringInfo(&sink->bytes, data, length);
}

static void
write_out(ByteSink *sink, const char *data, size_t length)
{
	if (sink->path != NULL)
		write_file(sink, data, length);
	else
		write_memory(sink, data, length);
}

static void
pack(ByteSink *sink, const char *data, size_t length, bool finish)
{
	CodecBuffers buffers = {.in = data,.in_left = length};
	CodecStatus status;

	do
	{
		CHECK_FOR_INTERRUPTS();
		buffers.out = sink->packed;
		buffers.out_left = BUFFER_SIZE;
		status = sink->codec->encode(sink->encoder, &buffers, finish);
		if (status == CODEC_CORRUPT)
			elog(ERROR, "%s could not be packed by %s", sink->label, sink->codec->name);
		write_out(sink, sink->packed, BUFFER_SIZE - buffers.out_left);
	} while (buffers.in_left > 0 || (finish && status != CODEC_END));
}

static void
pass_on(ByteSink *sink, const char *data, size_t length)
{
	if (sink->codec != NULL)
		pack(sink, data, length, false);
	else
		write_out(sink, data, length);
}

static void
flush_buffer(ByteSink *sink)
{
	pass_on(sink, sink->buffer, sink->used);
	sink->used = 0;
}

void
byte_sink_write(ByteSink *sink, const void *data, size_t length)
{
	sink->offset += length;
	if (length > BUFFER_SIZE - sink->used)
	{
		flush_buffer(sink);
		if (length >= BUFFER_SIZE)
		{
			pass_on(sink, data, length);
			return;
		}
	}
	memcpy(sink->buffer + sink->used, data, length);
	sink->used += length;
}

int64
byte_sink_offset(const ByteSink *sink)
{
	return sink->offset;
}

void
byte_sink_close(ByteSink *sink)
{
	flush_buffer(sink);
	if (sink->codec != NULL)
	{
		pack(sink, "", 0, true);
		sink->codec->close(sink->encoder);
		sink->encoder = NULL;
	}
	if (sink->path == NULL)
		return;
	FileClose(sink->file);
	sink->file = -1;
	(void) durable_rename(sink->temporary, sink->path, ERROR);
	sink->done = true;
}

bytea *
byte_sink_bytea(ByteSink *sink)
{
	SET_VARSIZE(sink->bytes.data, sink->bytes.len);
	return (bytea *) sink->bytes.data;
}
