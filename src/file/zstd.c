/*-------------------------------------------------------------------------
 *
 * zstd.c
 *		The one door to libzstd.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <zstd.h>

#include "file/codec.h"
#include "utils/memutils.h"

#define ZSTD_MAGIC_BYTES	"\x28\xb5\x2f\xfd"

typedef struct ZstdStream
{
	ZSTD_DCtx  *decoder;		/* one of these */
	ZSTD_CCtx  *encoder;
	MemoryContextCallback callback;
} ZstdStream;

/* The library's own memory goes with the context. */
static void
zstd_release(void *opaque)
{
	ZstdStream *stream = opaque;

	ZSTD_freeDCtx(stream->decoder);
	ZSTD_freeCCtx(stream->encoder);
	stream->decoder = NULL;
	stream->encoder = NULL;
}

static ZstdStream *
zstd_new(bool encoding)
{
	ZstdStream *stream = palloc0(sizeof(ZstdStream));

	stream->callback.func = zstd_release;
	stream->callback.arg = stream;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, &stream->callback);
	if (encoding)
		stream->encoder = ZSTD_createCCtx();
	else
		stream->decoder = ZSTD_createDCtx();
	if (stream->encoder == NULL && stream->decoder == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory for zstd")));
	return stream;
}

static bool
zstd_sniff(const char *head, size_t length)
{
	return length >= 4 && memcmp(head, ZSTD_MAGIC_BYTES, 4) == 0;
}

static void *
zstd_open_decoder(void)
{
	return zstd_new(false);
}

static void *
zstd_open_encoder(void)
{
	ZstdStream *stream = zstd_new(true);

	ZSTD_CCtx_setParameter(stream->encoder, ZSTD_c_checksumFlag, 1);
	return stream;
}

static void
zstd_take(CodecBuffers *buffers, const ZSTD_inBuffer *in, const ZSTD_outBuffer *out)
{
	buffers->in += in->pos;
	buffers->in_left -= in->pos;
	buffers->out += out->pos;
	buffers->out_left -= out->pos;
}

static CodecStatus
zstd_decode(void *opaque, CodecBuffers *buffers)
{
	ZstdStream *stream = opaque;
	ZSTD_inBuffer in = {buffers->in, buffers->in_left, 0};
	ZSTD_outBuffer out = {buffers->out, buffers->out_left, 0};
	size_t		result = ZSTD_decompressStream(stream->decoder, &out, &in);

	zstd_take(buffers, &in, &out);
	if (ZSTD_isError(result))
		return CODEC_CORRUPT;
	return result == 0 ? CODEC_END : CODEC_MORE;
}

static CodecStatus
zstd_encode(void *opaque, CodecBuffers *buffers, bool finish)
{
	ZstdStream *stream = opaque;
	ZSTD_inBuffer in = {buffers->in, buffers->in_left, 0};
	ZSTD_outBuffer out = {buffers->out, buffers->out_left, 0};
	size_t		result = ZSTD_compressStream2(stream->encoder, &out, &in,
											  finish ? ZSTD_e_end : ZSTD_e_continue);

	zstd_take(buffers, &in, &out);
	if (ZSTD_isError(result))
		return CODEC_CORRUPT;
	return finish && result == 0 ? CODEC_END : CODEC_MORE;
}

/* The callback stays registered, and finds nothing to do. */
static void
zstd_close(void *opaque)
{
	zstd_release(opaque);
}

static bool
zstd_unpack_block(const char *in, size_t length, char *out, size_t out_length)
{
	return ZSTD_decompress(out, out_length, in, length) == out_length;
}

static size_t
zstd_pack_bound(size_t length)
{
	return ZSTD_compressBound(length);
}

static size_t
zstd_pack_block(const char *in, size_t length, char *out, size_t room)
{
	size_t		result = ZSTD_compress(out, room, in, length, ZSTD_CLEVEL_DEFAULT);

	if (ZSTD_isError(result))
		elog(ERROR, "zstd: %s", ZSTD_getErrorName(result));
	return result;
}

const Codec zstd_codec = {
	.kind = CODEC_ZSTD,
	.name = "zstd",
	.suffix = ".zst",
	.sniff = zstd_sniff,
	.open_decoder = zstd_open_decoder,
	.decode = zstd_decode,
	.open_encoder = zstd_open_encoder,
	.encode = zstd_encode,
	.close = zstd_close,
	.unpack_block = zstd_unpack_block,
	.pack_bound = zstd_pack_bound,
	.pack_block = zstd_pack_block,
};
