/*-------------------------------------------------------------------------
 *
 * document_type.h
 *		Private to the readers of a field's type (document_type*.c).
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_DOCUMENT_TYPE_H
#define SYNTHIK_DOCUMENT_TYPE_H

#include "schema/document.h"

/* What "type" and "format" come to. */
typedef struct TypeChoice
{
	char	   *name;			/* as the document has it */
	Oid			type;			/* invalid: nothing chosen yet */
	int32		typmod;
	const SemanticType *semantic;
	bool		json_word;		/* a type of JSON Schema, so not exact */
	bool		array;			/* "array": the elements decide */
	bool		nullable;		/* "null" was among the types */
	const char *why;
} TypeChoice;

/* ---- document_type_word.c: false after a fault ---- */

/* "type": a word, or several of which one may be "null". */
extern bool type_read_words(FieldReader *reader, JsonbValue *value, TypeChoice *choice);

/* "format", over what "type" has chosen. */
extern bool type_read_format(FieldReader *reader, JsonbValue *value, TypeChoice *choice);

/* The PostgreSQL type of a semantic type, with its modifier if it has one. */
extern void type_choose_semantic(const SemanticType *semantic, TypeChoice *choice);

/* May a type's values be made by a semantic type? */
extern bool type_fits_semantic(const SemanticType *semantic, Oid type);

/* ---- document_type_guess.c ---- */

/* Where neither word is given; false after a fault. */
extern bool type_guess(FieldReader *reader, TypeChoice *choice);

/* A plain type and nothing else that speaks: the field's name may. */
extern void type_infer_semantic(FieldReader *reader, TypeChoice *choice);

#endif							/* SYNTHIK_DOCUMENT_TYPE_H */
