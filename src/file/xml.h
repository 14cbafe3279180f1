/*-------------------------------------------------------------------------
 *
 * xml.h
 *		The XML of an archive's entry, element by element.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_XML_H
#define SYNTHIK_XML_H

#include "file/zip.h"

/*
 * Called while a document is read; names are without their prefixes, text is
 * UTF-8 and may come in pieces.
 */
typedef struct XmlHandlers
{
	void		(*start) (void *context, const char *name, const char **attributes);
	void		(*end) (void *context, const char *name);
	void		(*text) (void *context, const char *text, int length);
} XmlHandlers;

typedef struct XmlPart XmlPart;

/*
 * Of an entry, which has to be there.  In the current memory context; one at
 * a time of an archive can be read.
 */
extern XmlPart *xml_part_open(ZipArchive *archive, const char *entry,
							  const XmlHandlers *handlers, void *context);

/* Reads on until a handler pauses it (true), or to the end. */
extern bool xml_part_run(XmlPart *part);

/* For handlers: xml_part_run() returns when the handler does. */
extern void xml_part_pause(XmlPart *part);

extern void xml_part_close(XmlPart *part);

/* All of an entry. */
extern void xml_part_read(ZipArchive *archive, const char *entry,
						  const XmlHandlers *handlers, void *context);

/* The value of an attribute, by its name without prefix, or NULL. */
extern const char *xml_attribute(const char **attributes, const char *name);

#endif							/* SYNTHIK_XML_H */
