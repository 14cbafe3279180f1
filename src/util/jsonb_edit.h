/*-------------------------------------------------------------------------
 *
 * jsonb_edit.h
 *		jsonb values of texts, and with a change: the server's own functions,
 *		to be called from C.
 *
 * Results are palloc'd; what is given is left as it is.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_JSONB_EDIT_H
#define SYNTHIK_JSONB_EDIT_H

#include "util/jsonb_read.h"

/* The text as a value; an error where it is none. */
extern Jsonb *jsonb_of_text(const char *text);

/* The value as text. */
extern char *text_of_jsonb(Jsonb *value);

/* {"key": "text"} */
extern Jsonb *jsonb_of_pair(const char *key, const char *text);

/* a || b */
extern Jsonb *jsonb_joined(Jsonb *a, Jsonb *b);

/* An object with a member set, or without it. */
extern Jsonb *jsonb_with(Jsonb *object, const char *key, Jsonb *value);
extern Jsonb *jsonb_without(Jsonb *object, const char *key);

/* The same a step deeper: of object[first], where second is a key or a number. */
extern Jsonb *jsonb_with_path(Jsonb *object, const char *first, const char *second, Jsonb *value);
extern Jsonb *jsonb_without_path(Jsonb *object, const char *first, const char *second);

#endif							/* SYNTHIK_JSONB_EDIT_H */
