/*-------------------------------------------------------------------------
 *
 * json_bytes.h
 *		A look at the bytes of a JSON text, without reading it.
 *
 * Offsets are in bytes; length is the whole text's.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_JSON_BYTES_H
#define SYNTHIK_JSON_BYTES_H

#include "lib/stringinfo.h"

/* What has to be known of a text before it is read. */
typedef struct JsonSurvey
{
	bool		too_deep;		/* more than JSON_MAX_DEPTH levels, */
	size_t		depth_at;		/* from this offset on */
	bool		has_big_numbers;	/* with more digits than int64 and double hold */
} JsonSurvey;

/*
 * Looks at the tokens of a text.  With an output, copies it, and puts big
 * numbers in quotes, so that their digits survive as a string's.
 */
extern void json_bytes_survey(const char *bytes, size_t length, JsonSurvey *survey,
							  StringInfo quoted);

/* The offset behind blanks, from i on. */
extern size_t json_bytes_skip_blanks(const char *bytes, size_t length, size_t i);

/* The offset of the first element of the array below a key, or length. */
extern size_t json_bytes_find_array(const char *bytes, size_t length, const char *key);

/*
 * The offset of the comma or bracket behind the element that begins at i, or
 * length where it is cut off.
 */
extern size_t json_bytes_element_end(const char *bytes, size_t length, size_t i);

#endif							/* SYNTHIK_JSON_BYTES_H */
