/*-------------------------------------------------------------------------
 *
 * codec.h
 *		Compression: gzip and zstd, as streams and in single blocks.
 *
 * Each library has one file that includes it: gzip.c and zstd.c.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_CODEC_H
#define SYNTHIK_CODEC_H

typedef enum CodecKind
{
	CODEC_NONE,
	CODEC_GZIP,
	CODEC_ZSTD
} CodecKind;

/* Where a call reads and writes; it moves both on. */
typedef struct CodecBuffers
{
	const char *in;
	size_t		in_left;
	char	   *out;
	size_t		out_left;
} CodecBuffers;

typedef enum CodecStatus
{
	CODEC_MORE,					/* more input, or more room, is needed */
	CODEC_END,					/* decoding: a whole stream is done, another may
								 * follow; encoding: all is written */
	CODEC_CORRUPT
} CodecStatus;

typedef struct Codec
{
	CodecKind	kind;
	const char *name;			/* as the option "compression" has it */
	const char *suffix;			/* of file names: ".gz" */

	bool		(*sniff) (const char *head, size_t length);

	/* Streams, freed with the current memory context, or by close. */
	void	   *(*open_decoder) (void);
	CodecStatus (*decode) (void *stream, CodecBuffers *buffers);
	void	   *(*open_encoder) (void);
	CodecStatus (*encode) (void *stream, CodecBuffers *buffers, bool finish);
	void		(*close) (void *stream);

	/*
	 * Single blocks.  unpack_block() fails unless the block has exactly
	 * out_length bytes.  pack_bound() bytes hold what pack_block() makes.
	 */
	bool		(*unpack_block) (const char *in, size_t length,
								 char *out, size_t out_length);
	size_t		(*pack_bound) (size_t length);
	size_t		(*pack_block) (const char *in, size_t length,
							   char *out, size_t room);
} Codec;

extern const Codec gzip_codec;
extern const Codec zstd_codec;

/* The checksum of gzip, which other formats have too. */
extern uint32 gzip_crc32(const char *bytes, size_t length);

/* Of single blocks alone: no streams, no kind, no suffix (snappy.c, lz4.c). */
extern const Codec snappy_codec;
extern const Codec lz4_codec;

/* NULL for CODEC_NONE, and for names and suffixes that are of no codec. */
extern const Codec *codec_by_kind(CodecKind kind);
extern const Codec *codec_by_name(const char *name);
extern const Codec *codec_by_suffix(const char *path);
extern const Codec *codec_by_magic(const char *head, size_t length);

#endif							/* SYNTHIK_CODEC_H */
