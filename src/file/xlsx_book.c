/*-------------------------------------------------------------------------
 *
 * xlsx_book.c
 *		A workbook: its sheets, the formats of its cells and its strings.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "file/xlsx_book.h"
#include "file/xml.h"
#include "miscadmin.h"

#define MAX_SHEETS	100000
#define MAX_STYLES	1000000

/* ---- relationships: which entry a part means by an id ---- */

typedef struct Relation
{
	char	   *id;
	char	   *type;			/* the last word of it */
	char	   *entry;
} Relation;

typedef struct Relations
{
	const char *folder;			/* that targets are relative to, with its slash */
	int			count;
	int			room;
	Relation   *list;
} Relations;

/* "worksheets/sheet1.xml", "/xl/…" or "../xl/…", as the name of an entry. */
static char *
resolve_target(const char *folder, const char *target)
{
	char	   *base = pstrdup(folder);

	if (target[0] == '/')
		return pstrdup(target + 1);
	for (;;)
	{
		if (strncmp(target, "./", 2) == 0)
			target += 2;
		else if (strncmp(target, "../", 3) == 0)
		{
			size_t		n = strlen(base);

			target += 3;
			while (n > 0 && (base[n - 1] == '/'))
				n--;
			while (n > 0 && base[n - 1] != '/')
				n--;
			base[n] = '\0';
		}
		else
			return psprintf("%s%s", base, target);
	}
}

static void
start_relation(void *context, const char *name, const char **attributes)
{
	Relations  *relations = context;
	const char *id = xml_attribute(attributes, "Id");
	const char *type = xml_attribute(attributes, "Type");
	const char *target = xml_attribute(attributes, "Target");
	Relation   *relation;

	if (strcmp(name, "Relationship") != 0 || id == NULL || type == NULL || target == NULL ||
		relations->count >= MAX_SHEETS)
		return;
	if (relations->count == relations->room)
	{
		relations->room = Max(relations->room * 2, 16);
		relations->list = relations->list == NULL ?
			palloc(relations->room * sizeof(Relation)) :
			repalloc(relations->list, relations->room * sizeof(Relation));
	}
	relation = &relations->list[relations->count++];
	relation->id = pstrdup(id);
	relation->type = pstrdup(strrchr(type, '/') == NULL ? type : strrchr(type, '/') + 1);
	relation->entry = resolve_target(relations->folder, target);
}

static void
ignore_end(void *context, const char *name)
{
}

static void
ignore_text(void *context, const char *text, int length)
{
}

static const XmlHandlers relation_handlers = {start_relation, ignore_end, ignore_text};

/* Those of a part, which may have none. */
static void
read_relations(ZipArchive *archive, const char *part, Relations *out)
{
	const char *slash = strrchr(part, '/');
	int			folder = slash == NULL ? 0 : slash + 1 - part;
	char	   *entry = psprintf("%.*s_rels/%s.rels", folder, part, part + folder);

	memset(out, 0, sizeof(*out));
	out->folder = pnstrdup(part, folder);
	if (zip_has(archive, entry))
		xml_part_read(archive, entry, &relation_handlers, out);
}

static const Relation *
relation_by_id(const Relations *relations, const char *id)
{
	for (int i = 0; id != NULL && i < relations->count; i++)
		if (strcmp(relations->list[i].id, id) == 0)
			return &relations->list[i];
	return NULL;
}

static const Relation *
relation_by_type(const Relations *relations, const char *type)
{
	for (int i = 0; i < relations->count; i++)
		if (strcmp(relations->list[i].type, type) == 0)
			return &relations->list[i];
	return NULL;
}

/* ---- the workbook ---- */

typedef struct BookWork
{
	XlsxBook   *book;
	Relations	relations;
	int			room;			/* for sheets */
} BookWork;

static char *
sheet_name(const char *name)
{
	StringInfoData text;

	initStringInfo(&text);
	appendStringInfoString(&text, name);
	xlsx_text_decode(&text, 0);
	return text.data;
}

static void
add_sheet(BookWork *work, const char **attributes)
{
	XlsxBook   *book = work->book;
	const Relation *relation = relation_by_id(&work->relations, xml_attribute(attributes, "id"));
	const char *name = xml_attribute(attributes, "name");
	const char *state = xml_attribute(attributes, "state");
	XlsxSheetInfo *sheet;

	if (relation == NULL || name == NULL || strcmp(relation->type, "worksheet") != 0 ||
		book->nsheets >= MAX_SHEETS)
		return;
	if (book->nsheets == work->room)
	{
		work->room *= 2;
		book->sheets = repalloc(book->sheets, work->room * sizeof(XlsxSheetInfo));
	}
	sheet = &book->sheets[book->nsheets++];
	sheet->name = sheet_name(name);
	sheet->entry = relation->entry;
	sheet->hidden = state != NULL && strcmp(state, "visible") != 0;
}

static void
start_workbook(void *context, const char *name, const char **attributes)
{
	BookWork   *work = context;

	if (strcmp(name, "sheet") == 0)
		add_sheet(work, attributes);
	else if (strcmp(name, "workbookPr") == 0)
	{
		const char *value = xml_attribute(attributes, "date1904");

		work->book->date1904 = value != NULL &&
			(strcmp(value, "1") == 0 || strcmp(value, "true") == 0);
	}
}

static const XmlHandlers book_handlers = {start_workbook, ignore_end, ignore_text};

/* ---- styles ---- */

typedef struct StyleWork
{
	XlsxBook   *book;
	int			room;
	bool		in_cells;		/* within cellXfs */
	int			nformats;
	int			formats_room;
	struct
	{
		int			id;
		XlsxKind	kind;
	}		   *formats;		/* of the workbook's own */
} StyleWork;

static int
number_attribute(const char **attributes, const char *name)
{
	const char *value = xml_attribute(attributes, name);

	return value == NULL ? 0 : atoi(value);
}

static void
add_format(StyleWork *work, const char **attributes)
{
	const char *code = xml_attribute(attributes, "formatCode");

	if (code == NULL || work->nformats >= MAX_STYLES)
		return;
	if (work->nformats == work->formats_room)
	{
		work->formats_room *= 2;
		work->formats = repalloc(work->formats, work->formats_room * sizeof(*work->formats));
	}
	work->formats[work->nformats].id = number_attribute(attributes, "numFmtId");
	work->formats[work->nformats].kind = xlsx_format_kind(code);
	work->nformats++;
}

static void
add_style(StyleWork *work, const char **attributes)
{
	XlsxBook   *book = work->book;
	int			id = number_attribute(attributes, "numFmtId");
	XlsxKind	kind = xlsx_builtin_kind(id);

	if (book->nstyles >= MAX_STYLES)
		return;
	if (book->nstyles == work->room)
	{
		work->room *= 2;
		book->styles = repalloc(book->styles, work->room * sizeof(XlsxKind));
	}
	CHECK_FOR_INTERRUPTS();
	for (int i = 0; i < work->nformats; i++)
		if (work->formats[i].id == id)
		{
			kind = work->formats[i].kind;
			break;
		}
	book->styles[book->nstyles++] = kind;
}

static void
start_style(void *context, const char *name, const char **attributes)
{
	StyleWork  *work = context;

	if (strcmp(name, "cellXfs") == 0)
		work->in_cells = true;
	else if (strcmp(name, "numFmt") == 0)
		add_format(work, attributes);
	else if (work->in_cells && strcmp(name, "xf") == 0)
		add_style(work, attributes);
}

static void
end_style(void *context, const char *name)
{
	if (strcmp(name, "cellXfs") == 0)
		((StyleWork *) context)->in_cells = false;
}

static const XmlHandlers style_handlers = {start_style, end_style, ignore_text};

static void
read_styles(XlsxBook *book, const char *entry)
{
	StyleWork	work = {.book = book,.room = 64,.formats_room = 16};

	book->styles = palloc(work.room * sizeof(XlsxKind));
	work.formats = palloc(work.formats_room * sizeof(*work.formats));
	xml_part_read(book->archive, entry, &style_handlers, &work);
	pfree(work.formats);
}

/* ---- opening ---- */

pg_noreturn static void
refuse_archive(const ZipArchive *archive)
{
	bool		other = zip_has(archive, "xl/workbook.bin") || zip_has(archive, "content.xml");

	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 other ? errmsg("%s is a workbook of another kind than .xlsx", zip_label(archive)) :
			 errmsg("%s is a zip archive, but no Excel workbook", zip_label(archive)),
			 other ? errhint("Open it with Excel or LibreOffice and save it as .xlsx, or as CSV.") :
			 errhint("Unpack it, and give the file that is in it.")));
}

/* The entry of the workbook itself. */
static const char *
find_workbook(ZipArchive *archive)
{
	Relations	relations;
	const Relation *relation;
	const char *entry;

	read_relations(archive, "", &relations);
	relation = relation_by_type(&relations, "officeDocument");
	entry = relation != NULL ? relation->entry : "xl/workbook.xml";
	if (!zip_has(archive, entry) || strlen(entry) < 4 ||
		strcmp(entry + strlen(entry) - 4, ".xml") != 0 || strncmp(entry, "word/", 5) == 0 ||
		strncmp(entry, "ppt/", 4) == 0)
		refuse_archive(archive);
	return entry;
}

XlsxBook *
xlsx_book_open(ByteSource *bytes)
{
	XlsxBook   *book = palloc0(sizeof(XlsxBook));
	BookWork	work = {.book = book,.room = 8};
	const Relation *relation;
	const char *entry;

	book->archive = zip_open(bytes);
	entry = find_workbook(book->archive);
	read_relations(book->archive, entry, &work.relations);
	book->sheets = palloc(work.room * sizeof(XlsxSheetInfo));
	xml_part_read(book->archive, entry, &book_handlers, &work);
	relation = relation_by_type(&work.relations, "styles");
	if (relation != NULL)
		read_styles(book, relation->entry);
	relation = relation_by_type(&work.relations, "sharedStrings");
	if (relation != NULL)
		book->strings = xlsx_strings_read(book->archive, relation->entry);
	return book;
}

/* ---- sheets ---- */

/* "Sales", "Costs 2024" */
static char *
list_of_sheets(const XlsxBook *book)
{
	StringInfoData list;

	initStringInfo(&list);
	for (int i = 0; i < Min(book->nsheets, 20); i++)
		appendStringInfo(&list, "%s\"%s\"", i > 0 ? ", " : "", book->sheets[i].name);
	if (book->nsheets > 20)
		appendStringInfoString(&list, " …");
	return list.data;
}

const XlsxSheetInfo *
xlsx_book_sheet(const XlsxBook *book, const char *name)
{
	for (int i = 0; i < book->nsheets; i++)
		if (name == NULL ? !book->sheets[i].hidden :
			strcmp(book->sheets[i].name, name) == 0)
			return &book->sheets[i];
	for (int i = 0; name != NULL && i < book->nsheets; i++)
		if (pg_strcasecmp(book->sheets[i].name, name) == 0)
			return &book->sheets[i];
	if (name != NULL && name[0] != '\0' && strspn(name, "0123456789") == strlen(name) &&
		strlen(name) < 7 && atoi(name) >= 1 && atoi(name) <= book->nsheets)
		return &book->sheets[atoi(name) - 1];
	if (book->nsheets == 0)
		ereport(ERROR,
				(errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
				 errmsg("%s has no sheets of cells", zip_label(book->archive))));
	if (name == NULL)
		return &book->sheets[0];
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s has no sheet \"%s\"", zip_label(book->archive), name),
			 errhint("There are %s; or give its number, from 1 on.", list_of_sheets(book))));
}
