/*-------------------------------------------------------------------------
 *
 * json.h
 *		JSON for the wire: the one door to jansson.
 *
 * jansson.h is included by json.c alone (its names clash with the server's,
 * and json_object() would be bound to the server's function of that name).
 *
 * A node that json_read() or json_new_*() returns is freed with the memory
 * context that was current, by a reset callback; nodes reached from it live
 * as long.  Strings are UTF-8.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_JSON_H
#define SYNTHIK_JSON_H

typedef struct json_t JsonNode;

#define JSON_MAX_DEPTH 64

/* NULL where bytes are no JSON text (any value, nothing behind it); *problem
 * is a palloc'd phrase with the offset.  Duplicate keys: the last counts. */
extern JsonNode *json_read(const char *bytes, size_t length, const char **problem);

/* The same for the longest run of complete elements of a truncated array
 * "…[{…},{…},{…" found below the key of an object: how rows survive a cut
 * answer; null stands for one that is no JSON.  NULL if there is none. */
extern JsonNode *json_read_truncated_rows(const char *bytes, size_t length, const char *key);

extern JsonNode *json_new_object(void);
extern JsonNode *json_new_array(void);

/* Palloc'd, compact; keys in the order in which they were set. */
extern char *json_write(const JsonNode *node);

typedef enum JsonKind
{
	JSON_KIND_NULL, JSON_KIND_BOOLEAN, JSON_KIND_INTEGER, JSON_KIND_REAL,
	JSON_KIND_STRING, JSON_KIND_ARRAY, JSON_KIND_OBJECT
} JsonKind;

/* All take NULL for a node and answer as for a JSON null. */
extern JsonKind json_kind(const JsonNode *node);
extern JsonNode *json_get(const JsonNode *object, const char *key);
extern JsonNode *json_path(const JsonNode *node, const char *path);	/* "choices.0.message.content" */
extern size_t json_length(const JsonNode *array_or_object);
extern JsonNode *json_item(const JsonNode *array, size_t i);
extern const char *json_text(const JsonNode *node); /* NULL unless a string */
extern size_t json_text_length(const JsonNode *node);	/* may hold NUL */
extern int64 json_int(const JsonNode *node, int64 otherwise);
extern double json_number(const JsonNode *node, double otherwise);
extern bool json_truth(const JsonNode *node, bool otherwise);
extern char *json_scalar_text(const JsonNode *node);	/* palloc'd text of a scalar */
typedef void (*JsonVisitor) (const char *key, JsonNode *value, void *argument);
extern void json_visit(const JsonNode *object, JsonVisitor visit, void *argument);

/* Setters; node arguments are shared, not copied. */
extern void json_set_text(JsonNode *object, const char *key, const char *value);
extern void json_set_int(JsonNode *object, const char *key, int64 value);
extern void json_set_real(JsonNode *object, const char *key, double value);
extern void json_set_bool(JsonNode *object, const char *key, bool value);
extern void json_set_null(JsonNode *object, const char *key);
extern void json_set_node(JsonNode *object, const char *key, JsonNode *value);
extern void json_append_text(JsonNode *array, const char *value);
extern void json_append_node(JsonNode *array, JsonNode *value);
/* Members of from into object, objects merged member by member. */
extern void json_merge(JsonNode *object, const JsonNode *from);

#endif							/* SYNTHIK_JSON_H */
