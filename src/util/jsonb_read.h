/*-------------------------------------------------------------------------
 *
 * jsonb_read.h
 *		Looking into jsonb values.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_JSONB_READ_H
#define SYNTHIK_JSONB_READ_H

#include "utils/jsonb.h"

/* A value that is none has no kind: NULL is no array and no object. */
extern bool jsonb_is_array(const JsonbValue *value);
extern bool jsonb_is_object(const JsonbValue *value);

/* Is it a string, and this one? */
extern bool jsonb_is_string(const JsonbValue *value, const char *text);

/* A string, palloc'd. */
extern char *jsonb_text(const JsonbValue *value);

/* A number, infinite where a double does not hold it; and has it no fraction? */
extern double jsonb_double(const JsonbValue *value);
extern bool jsonb_is_integral(const JsonbValue *value);

/* A member of an object, palloc'd, or NULL. */
extern JsonbValue *jsonb_member(Jsonb *object, const char *key);
extern JsonbValue *jsonb_member_of(JsonbContainer *object, const char *key);

/* How many elements an array has; one of them, palloc'd. */
extern uint32 jsonb_count(const JsonbValue *array);
extern JsonbValue *jsonb_element(const JsonbValue *array, uint32 i);

/* The members of an object, one after the other, in the order of jsonb. */
typedef struct JsonbMembers
{
	JsonbIterator *iterator;
	char	   *key;			/* palloc'd, as is its value */
	JsonbValue *value;
} JsonbMembers;

extern void jsonb_members_begin(JsonbMembers *members, JsonbContainer *object);

/* False where there is none any more. */
extern bool jsonb_members_next(JsonbMembers *members);

#endif							/* SYNTHIK_JSONB_READ_H */
