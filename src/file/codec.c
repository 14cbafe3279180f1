/*-------------------------------------------------------------------------
 *
 * codec.c
 *		Which compression: by kind, name, suffix or first bytes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "file/codec.h"

static const Codec *const codecs[] = {&gzip_codec, &zstd_codec};

const Codec *
codec_by_kind(CodecKind kind)
{
	for (int i = 0; i < lengthof(codecs); i++)
		if (codecs[i]->kind == kind)
			return codecs[i];
	return NULL;
}

const Codec *
codec_by_name(const char *name)
{
	for (int i = 0; i < lengthof(codecs); i++)
		if (pg_strcasecmp(codecs[i]->name, name) == 0)
			return codecs[i];
	return NULL;
}

const Codec *
codec_by_suffix(const char *path)
{
	size_t		length = strlen(path);

	for (int i = 0; i < lengthof(codecs); i++)
	{
		size_t		suffix = strlen(codecs[i]->suffix);

		if (length > suffix &&
			pg_strcasecmp(path + length - suffix, codecs[i]->suffix) == 0)
			return codecs[i];
	}
	return NULL;
}

const Codec *
codec_by_magic(const char *head, size_t length)
{
	for (int i = 0; i < lengthof(codecs); i++)
		if (codecs[i]->sniff(head, length))
			return codecs[i];
	return NULL;
}
