/*-------------------------------------------------------------------------
 *
 * parquet_codec.c
 *		The compressions of a Parquet file's pages, by number and name.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "file/parquet_format.h"

static const struct
{
	const char *name;
	const Codec *codec;			/* NULL: none, or not to be had */
	bool		known;
}			codecs[] = {
	{"none", NULL, true},
	{"snappy", &snappy_codec, true},
	{"gzip", &gzip_codec, true},
	{"lzo", NULL, false},
	{"brotli", NULL, false},
	{"lz4", NULL, false},		/* a framing of Hadoop's, long given up */
	{"zstd", &zstd_codec, true},
	{"lz4_raw", &lz4_codec, true}
};

const Codec *
parquet_codec(int number, const ParquetPlace *place)
{
	if (number < 0 || number >= lengthof(codecs))
		parquet_damaged(place, "unknown compression %d", number);
	if (!codecs[number].known)
		parquet_unsupported(place, "its pages are compressed by %s", codecs[number].name);
	return codecs[number].codec;
}

bool
parquet_codec_number(const char *name, int *number)
{
	for (int i = 0; i < lengthof(codecs); i++)
	{
		if (codecs[i].known && pg_strcasecmp(name, codecs[i].name) == 0)
		{
			*number = i;
			return true;
		}
	}
	return false;
}
