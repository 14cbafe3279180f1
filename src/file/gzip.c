/*-------------------------------------------------------------------------
 *
 * gzip.c
 *		The one door to zlib.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <zlib.h>

#include "file/codec.h"

/* Window bits that mean: with gzip's header and trailer. */
#define GZIP_WINDOW		(15 + 16)
/* The same for reading, zlib's own header taken too. */
#define ANY_WINDOW		(15 + 32)

typedef struct GzipStream
{
	z_stream	z;
	bool		encoding;
	bool		ended;
} GzipStream;

/* In the context that was current at open, which frees it. */
static voidpf
gzip_alloc(voidpf memory, uInt items, uInt size)
{
	return MemoryContextAllocExtended(memory, (Size) items * size, MCXT_ALLOC_NO_OOM);
}

static void
gzip_free(voidpf memory, voidpf address)
{
	pfree(address);
}

static bool
gzip_sniff(const char *head, size_t length)
{
	return length >= 3 && memcmp(head, "\x1f\x8b\x08", 3) == 0;
}

static GzipStream *
gzip_new(void)
{
	GzipStream *stream = palloc0(sizeof(GzipStream));

	stream->z.zalloc = gzip_alloc;
	stream->z.zfree = gzip_free;
	stream->z.opaque = CurrentMemoryContext;
	return stream;
}

pg_noreturn static void
gzip_no_memory(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_OUT_OF_MEMORY),
			 errmsg("out of memory for gzip")));
}

static void *
gzip_open_decoder(void)
{
	GzipStream *stream = gzip_new();

	if (inflateInit2(&stream->z, ANY_WINDOW) != Z_OK)
		gzip_no_memory();
	return stream;
}

static void *
gzip_open_encoder(void)
{
	GzipStream *stream = gzip_new();

	stream->encoding = true;
	if (deflateInit2(&stream->z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW,
					 8, Z_DEFAULT_STRATEGY) != Z_OK)
		gzip_no_memory();
	return stream;
}

static void
gzip_give(GzipStream *stream, const CodecBuffers *buffers)
{
	stream->z.next_in = (Bytef *) unconstify(char *, buffers->in);
	stream->z.avail_in = Min(buffers->in_left, UINT_MAX);
	stream->z.next_out = (Bytef *) buffers->out;
	stream->z.avail_out = Min(buffers->out_left, UINT_MAX);
}

static void
gzip_take(GzipStream *stream, CodecBuffers *buffers)
{
	size_t		in = (const char *) stream->z.next_in - buffers->in;
	size_t		out = (char *) stream->z.next_out - buffers->out;

	buffers->in += in;
	buffers->in_left -= in;
	buffers->out += out;
	buffers->out_left -= out;
}

static CodecStatus
gzip_decode(void *opaque, CodecBuffers *buffers)
{
	GzipStream *stream = opaque;
	int			result;

	if (stream->ended && inflateReset(&stream->z) != Z_OK)
		return CODEC_CORRUPT;
	stream->ended = false;
	gzip_give(stream, buffers);
	result = inflate(&stream->z, Z_NO_FLUSH);
	gzip_take(stream, buffers);
	if (result == Z_STREAM_END)
	{
		stream->ended = true;
		return CODEC_END;
	}
	if (result == Z_MEM_ERROR)
		gzip_no_memory();
	return result == Z_OK || result == Z_BUF_ERROR ? CODEC_MORE : CODEC_CORRUPT;
}

static CodecStatus
gzip_encode(void *opaque, CodecBuffers *buffers, bool finish)
{
	GzipStream *stream = opaque;
	int			result;

	gzip_give(stream, buffers);
	result = deflate(&stream->z, finish ? Z_FINISH : Z_NO_FLUSH);
	gzip_take(stream, buffers);
	if (result == Z_STREAM_END)
		return CODEC_END;
	return result == Z_OK || result == Z_BUF_ERROR ? CODEC_MORE : CODEC_CORRUPT;
}

static void
gzip_close(void *opaque)
{
	GzipStream *stream = opaque;

	if (stream->encoding)
		deflateEnd(&stream->z);
	else
		inflateEnd(&stream->z);
	pfree(stream);
}

static bool
gzip_unpack_block(const char *in, size_t length, char *out, size_t out_length)
{
	GzipStream *stream = gzip_open_decoder();
	CodecBuffers buffers = {in, length, out, out_length};
	CodecStatus status;

	do
		status = gzip_decode(stream, &buffers);
	while (status == CODEC_MORE && buffers.in_left > 0 && buffers.out_left > 0);
	/* The trailer of a block that filled the room. */
	if (status == CODEC_MORE)
		status = gzip_decode(stream, &buffers);
	gzip_close(stream);
	return status == CODEC_END && buffers.out_left == 0;
}

static size_t
gzip_pack_bound(size_t length)
{
	return compressBound(length) + 18;
}

static size_t
gzip_pack_block(const char *in, size_t length, char *out, size_t room)
{
	GzipStream *stream = gzip_open_encoder();
	CodecBuffers buffers = {in, length, out, room};
	CodecStatus status;

	do
		status = gzip_encode(stream, &buffers, true);
	while (status == CODEC_MORE && buffers.out_left > 0);
	gzip_close(stream);
	if (status != CODEC_END)
		elog(ERROR, "a gzip block did not fit");
	return room - buffers.out_left;
}

uint32
gzip_crc32(const char *bytes, size_t length)
{
	return crc32_z(0, (const Bytef *) bytes, length);
}

const Codec gzip_codec = {
	.kind = CODEC_GZIP,
	.name = "gzip",
	.suffix = ".gz",
	.sniff = gzip_sniff,
	.open_decoder = gzip_open_decoder,
	.decode = gzip_decode,
	.open_encoder = gzip_open_encoder,
	.encode = gzip_encode,
	.close = gzip_close,
	.unpack_block = gzip_unpack_block,
	.pack_bound = gzip_pack_bound,
	.pack_block = gzip_pack_block,
};
