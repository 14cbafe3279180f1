/*-------------------------------------------------------------------------
 *
 * file_input.h
 *		What the functions that read files are given.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_FILE_INPUT_H
#define SYNTHIK_FILE_INPUT_H

#include "file/file.h"

/* A path or a content, format, options. */
#define FILE_ARGUMENTS 3

typedef struct FileInput
{
	FileOptions options;
	ByteSource *bytes;
	char	   *path;			/* or NULL: content */
} FileInput;

/*
 * Reads and checks them, with everything in the current memory context.  is_path
 * says that the first one is a path.
 */
extern void file_input_read(NullableDatum file, bool is_path, NullableDatum format,
							NullableDatum options, FileInput *out);

#endif							/* SYNTHIK_FILE_INPUT_H */
