/*-------------------------------------------------------------------------
 *
 * zip.h
 *		Entries of a zip archive, unpacked as they are read.
 *
 * An archive is palloc'd in the current memory context and ends with it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_ZIP_H
#define SYNTHIK_ZIP_H

#include "file/bytes.h"

typedef struct ZipArchive ZipArchive;

/* Reads the directory; entries whose names lead out of it are an error. */
extern ZipArchive *zip_open(ByteSource *bytes);

/* For messages, as byte_source_label(). */
extern const char *zip_label(const ZipArchive *archive);

/* Is there an entry?  Case does not count. */
extern bool zip_has(const ZipArchive *archive, const char *name);

/*
 * Goes to the first byte of an entry, which ends the reading of another;
 * false where there is none.
 */
extern bool zip_entry_open(ZipArchive *archive, const char *name);

/* Reads on; 0 at the end, where the checksum was right. */
extern size_t zip_entry_read(ZipArchive *archive, void *buffer, size_t room);

#endif							/* SYNTHIK_ZIP_H */
