/*-------------------------------------------------------------------------
 *
 * json_scan.h
 *		Where a JSON value ends; what is inside is PostgreSQL's to judge.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_JSON_SCAN_H
#define SYNTHIK_JSON_SCAN_H

/* Arrays and objects inside of one another. */
#define JSON_SCAN_DEPTH 128

typedef enum JsonScan
{
	JSON_SCAN_VALUE,			/* it ends at size */
	JSON_SCAN_MORE,				/* not within the data */
	JSON_SCAN_DEEP,				/* too deep, at size */
	JSON_SCAN_BAD				/* no value, or brackets that do not match, at size */
} JsonScan;

/*
 * The value that begins at data, without blanks before it.  at_end says that
 * nothing follows the data.
 */
extern JsonScan json_scan_value(const char *data, size_t length, bool at_end, size_t *size);

/* How many blanks there are. */
extern size_t json_scan_blanks(const char *data, size_t length);

#endif							/* SYNTHIK_JSON_SCAN_H */
