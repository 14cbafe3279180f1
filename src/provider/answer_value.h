/*-------------------------------------------------------------------------
 *
 * answer_value.h
 *		From one value that a model wrote to one of a field's type that keeps
 *		to the field's rules.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_ANSWER_VALUE_H
#define SYNTHIK_ANSWER_VALUE_H

#include "fmgr.h"
#include "schema/schema.h"
#include "util/json.h"

struct TypeCacheEntry;

/* What a value of one field has to pass. */
typedef struct ValueReader
{
	const Field *field;
	FmgrInfo	input;
	Oid			ioparam;
	struct TypeCacheEntry *type;		/* equality and order */
	bool		text;
	Datum		pattern;		/* text, or 0 */
	int			by;				/* what it goes by, among those asked for */
	struct ValueReader *cases;	/* [field->ncases] */
	struct ValueReader *members;	/* [field->object->nfields] */
	struct ValueReader *element;	/* of a list, or NULL */
} ValueReader;

/* Cases are the caller's to fill in. */
extern void value_reader_init(ValueReader *reader, const Field *field);

/*
 * A node that is not null as a value of the field's type.  Throws where it is
 * none; *fault is what rule of a member or an element it breaks, or NULL.
 */
extern Datum value_read(ValueReader *reader, const JsonNode *node, const char **fault);

/* NULL, or what rule of the field the value breaks. */
extern const char *value_judge(const ValueReader *reader, Datum value);

extern bool value_may_be_null(const Field *field);

#endif							/* SYNTHIK_ANSWER_VALUE_H */
