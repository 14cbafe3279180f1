/*-------------------------------------------------------------------------
 *
 * lower.h
 *		What the files that lower schemas share: lower.c (all of it),
 *		lower_read.c (what a schema says) and lower_keyword.c (what a subset
 *		keeps of it, and what it is told in words).
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_LOWER_H
#define SYNTHIK_LOWER_H

#include "lib/stringinfo.h"
#include "util/json.h"

typedef enum Subset
{
	SUBSET_STRICT, SUBSET_ANTHROPIC, SUBSET_GEMINI, SUBSET_OPENAPI, SUBSET_GRAMMAR
} Subset;

typedef struct Lowering
{
	Subset		subset;
	const JsonNode *root;
	StringInfo	notes;
	int			unions;
	int			optional;
	int			enum_values;
	size_t		letters;
	int			nodes;
	int			depth;
} Lowering;

/* One schema on its way. */
typedef struct Level
{
	Lowering   *lowering;
	const JsonNode *schema;		/* without $ref and allOf */
	const char *path;			/* for words */
	StringInfoData words;
	JsonNode   *out;
	const char *types[8];		/* without null */
	int			ntypes;
	JsonNode   *branches;		/* of anyOf, without null; or NULL */
	bool		null;			/* may be null */
} Level;

/* lower_read.c */
extern JsonNode *lower_copy(const JsonNode *node);
/* $ref and allOf become the members that they stand for. */
extern const JsonNode *lower_resolve(Lowering *lowering, const JsonNode *schema);
extern void lower_read_branches(Level *node);
extern void lower_read_types(Level *node);
extern bool lower_has_type(const Level *node, const char *type);
/* Those of enum or const, or NULL. */
extern JsonNode *lower_values_of(const JsonNode *schema);

/* lower_keyword.c */
extern void lower_say(Level *node, const char *fmt,...) pg_attribute_printf(2, 3);
extern void lower_say_all(Level *node);
/* A visitor of a schema's members; argument is the Level. */
extern void lower_keyword(const char *key, JsonNode *value, void *argument);
extern void lower_values(Level *node, bool say_null);

#endif							/* SYNTHIK_LOWER_H */
