/*-------------------------------------------------------------------------
 *
 * xml.c
 *		The one door to expat.
 *
 * Document type declarations are refused, and with them all entities of a
 * document's own.  Handlers may throw errors through expat: the parser is not
 * used again then but to be freed, with its memory context.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <expat.h>

#include "file/xml.h"
#include "miscadmin.h"
#include "utils/memutils.h"

/* 2.9 counts to 64 bits by functions of their own. */
#if XML_MAJOR_VERSION == 2 && XML_MINOR_VERSION < 9
#define XML_GetCurrentLineNumber64 XML_GetCurrentLineNumber
#define XML_GetCurrentColumnNumber64 XML_GetCurrentColumnNumber
#define XML_GetCurrentByteIndex64 XML_GetCurrentByteIndex
#endif

#define CHUNK_SIZE	(64 * 1024)
#define MAX_DEPTH	200
#define MAX_TOKEN	(8 * 1024 * 1024)	/* a tag with its attributes */

struct XmlPart
{
	XML_Parser	parser;
	MemoryContextCallback callback;
	ZipArchive *archive;
	const char *entry;
	const XmlHandlers *handlers;
	void	   *context;
	int64		fed;			/* bytes that the parser was given */
	int			depth;
	bool		paused;
	bool		at_end;
};

/* ---- what expat calls ---- */

static const char *
local_name(const char *name)
{
	const char *colon = strchr(name, ':');

	return colon == NULL ? name : colon + 1;
}

static void
part_start(void *data, const XML_Char *name, const XML_Char **attributes)
{
	XmlPart    *part = data;

	if (++part->depth > MAX_DEPTH)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%s: the XML of its part \"%s\" is nested more than %d levels deep",
						zip_label(part->archive), part->entry, MAX_DEPTH)));
	part->handlers->start(part->context, local_name(name), attributes);
}

static void
part_end(void *data, const XML_Char *name)
{
	XmlPart    *part = data;

	part->depth--;
	part->handlers->end(part->context, local_name(name));
}

static void
part_text(void *data, const XML_Char *text, int length)
{
	XmlPart    *part = data;

	part->handlers->text(part->context, text, length);
}

static void
part_doctype(void *data, const XML_Char *name, const XML_Char *sysid,
			 const XML_Char *pubid, int has_internal_subset)
{
	XmlPart    *part = data;

	ereport(ERROR,
			(errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
			 errmsg("%s: the XML of its part \"%s\" has a document type declaration",
					zip_label(part->archive), part->entry),
			 errdetail("Workbooks have none; entities of its own could make a small file grow without end.")));
}

/* ---- opening and closing ---- */

static void
release_parser(void *argument)
{
	XmlPart    *part = argument;

	if (part->parser != NULL)
		XML_ParserFree(part->parser);
	part->parser = NULL;
}

XmlPart *
xml_part_open(ZipArchive *archive, const char *entry, const XmlHandlers *handlers, void *context)
{
	XmlPart    *part = palloc0(sizeof(XmlPart));

	if (!zip_entry_open(archive, entry))
		ereport(ERROR,
				(errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
				 errmsg("%s has no part \"%s\"", zip_label(archive), entry),
				 errdetail("It is damaged, or no Excel workbook.")));
	part->archive = archive;
	part->entry = pstrdup(entry);
	part->handlers = handlers;
	part->context = context;
	part->callback.func = release_parser;
	part->callback.arg = part;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, &part->callback);
	part->parser = XML_ParserCreate(NULL);
	if (part->parser == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory for XML")));
	XML_SetUserData(part->parser, part);
	XML_SetElementHandler(part->parser, part_start, part_end);
	XML_SetCharacterDataHandler(part->parser, part_text);
	XML_SetStartDoctypeDeclHandler(part->parser, part_doctype);
	return part;
}

void
xml_part_close(XmlPart *part)
{
	release_parser(part);
}

/* ---- reading ---- */

pg_noreturn static void
report_invalid(XmlPart *part)
{
	enum XML_Error code = XML_GetErrorCode(part->parser);

	if (code == XML_ERROR_NO_MEMORY)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory for XML")));
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_XML_DOCUMENT),
			 errmsg("%s: the XML of its part \"%s\" is not valid: %s",
					zip_label(part->archive), part->entry, XML_ErrorString(code)),
			 errdetail("It is at line %llu, column %llu of the part.",
					   (unsigned long long) XML_GetCurrentLineNumber64(part->parser),
					   (unsigned long long) XML_GetCurrentColumnNumber64(part->parser) + 1)));
}

/* What the parser has to keep of an unfinished tag must not grow without end. */
static void
check_token(XmlPart *part)
{
	int64		at = XML_GetCurrentByteIndex64(part->parser);

	if (at >= 0 && part->fed - at > MAX_TOKEN)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%s: a tag in the XML of its part \"%s\" is longer than %d MB",
						zip_label(part->archive), part->entry, MAX_TOKEN / (1024 * 1024)),
				 errdetail("It begins at byte %lld of the part.", (long long) at)));
}

static enum XML_Status
parse_chunk(XmlPart *part)
{
	void	   *buffer = XML_GetBuffer(part->parser, CHUNK_SIZE);
	size_t		got;

	if (buffer == NULL)
		report_invalid(part);
	got = zip_entry_read(part->archive, buffer, CHUNK_SIZE);
	part->fed += got;
	part->at_end = got == 0;
	return XML_ParseBuffer(part->parser, (int) got, part->at_end);
}

bool
xml_part_run(XmlPart *part)
{
	for (;;)
	{
		enum XML_Status status;

		if (part->paused)
		{
			part->paused = false;
			status = XML_ResumeParser(part->parser);
		}
		else if (part->at_end)
			return false;
		else
			status = parse_chunk(part);
		if (status == XML_STATUS_ERROR)
			report_invalid(part);
		if (status == XML_STATUS_SUSPENDED)
			return true;
		check_token(part);
	}
}

void
xml_part_pause(XmlPart *part)
{
	part->paused = XML_StopParser(part->parser, XML_TRUE) == XML_STATUS_OK;
}

void
xml_part_read(ZipArchive *archive, const char *entry, const XmlHandlers *handlers, void *context)
{
	XmlPart    *part = xml_part_open(archive, entry, handlers, context);

	while (xml_part_run(part))
		;
	xml_part_close(part);
}

const char *
xml_attribute(const char **attributes, const char *name)
{
	for (; attributes[0] != NULL; attributes += 2)
		if (strcmp(local_name(attributes[0]), name) == 0)
			return attributes[1];
	return NULL;
}
