/*-------------------------------------------------------------------------
 *
 * lz4.c
 *		The one door to liblz4, which packs single blocks.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <lz4.h>

#include "file/codec.h"

static bool
unpack_block(const char *in, size_t length, char *out, size_t out_length)
{
	return length <= PG_INT32_MAX && out_length <= PG_INT32_MAX &&
		LZ4_decompress_safe(in, out, length, out_length) == (int) out_length;
}

static size_t
pack_bound(size_t length)
{
	if (length > LZ4_MAX_INPUT_SIZE)
		elog(ERROR, "lz4: a block of %zu bytes", length);
	return LZ4_compressBound(length);
}

static size_t
pack_block(const char *in, size_t length, char *out, size_t room)
{
	int			packed = LZ4_compress_default(in, out, length, Min(room, PG_INT32_MAX));

	if (packed <= 0)
		elog(ERROR, "lz4: no room for a block");
	return packed;
}

const Codec lz4_codec = {
	.name = "lz4",
	.unpack_block = unpack_block,
	.pack_bound = pack_bound,
	.pack_block = pack_block,
};
