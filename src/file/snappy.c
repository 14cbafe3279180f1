/*-------------------------------------------------------------------------
 *
 * snappy.c
 *		The one door to libsnappy, which packs single blocks.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <snappy-c.h>

#include "file/codec.h"

static bool
unpack_block(const char *in, size_t length, char *out, size_t out_length)
{
	size_t		claimed;

	return snappy_uncompressed_length(in, length, &claimed) == SNAPPY_OK &&
		claimed == out_length &&
		snappy_uncompress(in, length, out, &claimed) == SNAPPY_OK &&
		claimed == out_length;
}

static size_t
pack_bound(size_t length)
{
	return snappy_max_compressed_length(length);
}

static size_t
pack_block(const char *in, size_t length, char *out, size_t room)
{
	if (snappy_compress(in, length, out, &room) != SNAPPY_OK)
		elog(ERROR, "snappy: no room for a block");
	return room;
}

const Codec snappy_codec = {
	.name = "snappy",
	.unpack_block = unpack_block,
	.pack_bound = pack_bound,
	.pack_block = pack_block,
};
