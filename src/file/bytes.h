/*-------------------------------------------------------------------------
 *
 * bytes.h
 *		Bytes of files: from a path on the server or from memory, and to
 *		either; gzip and zstd are undone and done on the way.
 *
 * Sources and sinks are palloc'd in the current memory context and end with
 * it: an open file is closed, an unfinished one removed, by a reset callback.
 * So an error needs no cleanup, in whichever subtransaction it happens.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_BYTES_H
#define SYNTHIK_BYTES_H

#include "file/codec.h"

/* ---- reading ---- */

typedef struct ByteSource ByteSource;

/*
 * A file of the server, relative paths to the data directory as in COPY; the
 * caller needs the privileges of pg_read_server_files.
 */
extern ByteSource *byte_source_path(const char *path);

/* Memory, which has to stay for as long as the source does. */
extern ByteSource *byte_source_memory(const char *data, size_t length);

/* For messages: 'file "/tmp/a.csv"', or 'content'. */
extern const char *byte_source_label(const ByteSource *source);

/* The path without .gz or .zst, or NULL of memory: its suffix is a format's. */
extern const char *byte_source_plain_name(const ByteSource *source);

/* By its first bytes. */
extern CodecKind byte_source_codec(const ByteSource *source);

/*
 * The next bytes without going on: at most wanted, fewer only where the
 * source ends.  Valid until the next call for this source.
 */
extern const char *byte_source_peek(ByteSource *source, size_t wanted, size_t *got);

/* Reads on; fewer bytes than wanted only at the end. */
extern size_t byte_source_read(ByteSource *source, void *buffer, size_t wanted);

/* From the first byte again. */
extern void byte_source_rewind(ByteSource *source);

/*
 * The size, and any bytes of it, for formats that need their end first; a
 * compressed source is unpacked into a temporary file by the first call.
 * Independent of reading on.  A range that is not inside is an error.
 */
extern int64 byte_source_size(ByteSource *source);
extern void byte_source_read_at(ByteSource *source, int64 offset, void *buffer, size_t length);

extern void byte_source_close(ByteSource *source);

/* ---- writing ---- */

typedef struct ByteSink ByteSink;

/*
 * A new file of the server, by an absolute path as in COPY; the caller needs
 * the privileges of pg_write_server_files.  It is written under a temporary
 * name in the same folder, which byte_sink_close() makes the name proper.
 */
extern ByteSink *byte_sink_path(const char *path, CodecKind codec);

/* Memory, up to 1 GB. */
extern ByteSink *byte_sink_memory(CodecKind codec);

/* For messages, as byte_source_label(). */
extern const char *byte_sink_label(const ByteSink *sink);

extern void byte_sink_write(ByteSink *sink, const void *data, size_t length);

/* How many bytes were written, before compression: the offset of the next one. */
extern int64 byte_sink_offset(const ByteSink *sink);

/* Done: the file is on disk under its name. */
extern void byte_sink_close(ByteSink *sink);

/* What memory has got, a bytea, of a closed sink. */
extern bytea *byte_sink_bytea(ByteSink *sink);

#endif							/* SYNTHIK_BYTES_H */
