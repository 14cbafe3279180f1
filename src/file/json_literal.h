/*-------------------------------------------------------------------------
 *
 * json_literal.h
 *		JSON as the text that the input function of a type takes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_JSON_LITERAL_H
#define SYNTHIK_JSON_LITERAL_H

#include "utils/jsonb.h"

/*
 * A JSON array as "{1,NULL}" for an array type, a JSON object as "(1,)" for a
 * composite one, whose attributes are its keys, and so on inside of them; all
 * else as it is.
 */
extern char *json_literal(Jsonb *json, Oid type);

#endif							/* SYNTHIK_JSON_LITERAL_H */
