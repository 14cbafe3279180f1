/*-------------------------------------------------------------------------
 *
 * xlsx_format.h
 *		What Excel keeps as numbers: dates and times, and numbers themselves.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_XLSX_FORMAT_H
#define SYNTHIK_XLSX_FORMAT_H

typedef enum XlsxKind
{
	XLSX_NUMBER,
	XLSX_DATE,
	XLSX_TIMESTAMP,				/* a date with a time */
	XLSX_TIME,
	XLSX_ELAPSED				/* hours that go beyond 24 */
} XlsxKind;

typedef enum XlsxSerial
{
	XLSX_SERIAL_GOOD,
	XLSX_SERIAL_NO_DAY,			/* 29 February 1900, taken for the day before */
	XLSX_SERIAL_OUT				/* no date: nothing was written */
} XlsxSerial;

/* Room for a number, a date or a time. */
#define XLSX_TEXT_ROOM	64

/* What a number format shows: by its number, or by its code, as "yyyy-mm-dd". */
extern XlsxKind xlsx_builtin_kind(int id);
extern XlsxKind xlsx_format_kind(const char *code);

/* A date or time as text, to the millisecond; kind is not XLSX_NUMBER. */
extern XlsxSerial xlsx_serial_text(double serial, XlsxKind kind, bool date1904, char *out);

/* Is it a number, as XML Schema writes one? */
extern bool xlsx_parse_number(const char *text, double *value);

/* A stored number, as short as it can be said; false where it is none. */
extern bool xlsx_number_text(const char *text, size_t length, char *out);

#endif							/* SYNTHIK_XLSX_FORMAT_H */
