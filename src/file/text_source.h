/*-------------------------------------------------------------------------
 *
 * text_source.h
 *		Text of a file, in the database's encoding and valid in it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_TEXT_SOURCE_H
#define SYNTHIK_TEXT_SOURCE_H

#include "file/file.h"

/* Bytes that a buffer to read into must have at least. */
#define TEXT_SOURCE_ROOM	(64 * 1024)

typedef struct TextSource TextSource;

/* From the first byte; the encoding is that of options, or found out. */
extern TextSource *text_source_open(ByteSource *bytes, const FileOptions *options);

/* For the report: "UTF-8", "UTF-16LE", "WIN1252". */
extern const char *text_source_encoding(const TextSource *source);
extern bool text_source_bom(const TextSource *source);

/* Are offsets in the text those in the file, but for this many bytes? -1: no. */
extern int	text_source_shift(const TextSource *source);

/*
 * Reads on.  0 means the end, or bytes that are not valid text: then
 * text_source_check() raises the error.
 */
extern size_t text_source_read(TextSource *source, char *buffer, size_t room);
extern void text_source_check(TextSource *source, FileReader *reader);
extern void text_source_rewind(TextSource *source);

/* ---- a window on it ---- */

/*
 * A piece of the text that readers scan.  One byte behind its end is theirs;
 * what they change they have read.
 */
typedef struct TextWindow
{
	TextSource *text;
	char	   *data;
	size_t		size;
	size_t		start;			/* of what is not read yet */
	size_t		end;
	int64		offset;			/* of data[0] in the text */
	bool		at_end;			/* nothing follows the window */
} TextWindow;

extern void text_window_open(TextWindow *window, ByteSource *bytes, const FileOptions *options);

/* More behind start, which becomes data[0]; a row that needs over 1 GB is an error. */
extern void text_window_fill(TextWindow *window, FileReader *reader);
extern void text_window_rewind(TextWindow *window);

/* Which byte of the file, from 1, one behind start is; 0: that is not known. */
extern int64 text_window_byte(const TextWindow *window, size_t within);

/* The same for ereport(), where it is known. */
extern int	text_window_detail(const TextWindow *window, size_t within);

#endif							/* SYNTHIK_TEXT_SOURCE_H */
