/*-------------------------------------------------------------------------
 *
 * document_type_guess.c
 *		The type of a field whose document names none: by the values it gives, by
 *		what it refers to, or by its name.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "catalog/pg_type.h"
#include "schema/document_type.h"
#include "schema/expression.h"
#include "utils/lsyscache.h"

/* Adds one value to a guess of the type that all of them have. */
static Oid
guess_value(Oid guess, JsonbValue *value)
{
	Oid			type;

	switch (value->type)
	{
		case jbvNull:
			return guess;
		case jbvNumeric:
			type = jsonb_is_integral(value) ? INT4OID : NUMERICOID;
			break;
		case jbvBool:
			type = BOOLOID;
			break;
		case jbvString:
			type = TEXTOID;
			break;
		default:
			type = JSONBOID;
			break;
	}
	if (!OidIsValid(guess) || guess == type)
		return type;
	if ((guess == INT4OID && type == NUMERICOID) || (guess == NUMERICOID && type == INT4OID))
		return NUMERICOID;
	return guess == JSONBOID || type == JSONBOID ? JSONBOID : TEXTOID;
}

static Oid
guess_values(Oid guess, JsonbValue *value)
{
	if (!jsonb_is_array(value))
		return guess;
	for (uint32 i = 0; i < jsonb_count(value); i++)
		guess = guess_value(guess, jsonb_element(value, i));
	return guess;
}

/* The type that the values of a field have. */
static Oid
guess_from_keywords(FieldReader *reader)
{
	static const FieldKeyword lists[] = {KEY_ENUM, KEY_EXAMPLES};
	static const FieldKeyword singles[] = {
		KEY_CONST, KEY_DEFAULT, KEY_MINIMUM, KEY_MAXIMUM, KEY_EXCLUSIVE_MINIMUM,
		KEY_EXCLUSIVE_MAXIMUM, KEY_MULTIPLE_OF
	};
	Oid			guess = InvalidOid;

	for (int i = 0; i < lengthof(lists); i++)
	{
		if (reader->given[lists[i]] != NULL)
			guess = guess_values(guess, reader->given[lists[i]]);
	}
	for (int i = 0; i < lengthof(singles); i++)
	{
		if (reader->given[singles[i]] != NULL)
			guess = guess_value(guess, reader->given[singles[i]]);
	}
	if (!OidIsValid(guess) && reader->given[KEY_DISTRIBUTION] != NULL)
		guess = NUMERICOID;
	if (!OidIsValid(guess) && (reader->given[KEY_PATTERN] != NULL))
		guess = TEXTOID;
	return guess;
}

/* Is there any keyword that says which values a field has? */
static bool
keywords_decide(FieldReader *reader)
{
	for (int key = KEY_FIELDS; key < KEY_COUNT; key++)
	{
		switch (key)
		{
			case KEY_REQUIRED:
			case KEY_NULL_FRACTION:
			case KEY_UNIQUE:
			case KEY_MIN_LENGTH:
			case KEY_MAX_LENGTH:
				continue;
			default:
				if (reader->given[key] != NULL && reader->given[key]->type != jbvNull)
					return true;
		}
	}
	return false;
}

static void
choose_from_parent(FieldReader *reader, TypeChoice *choice)
{
	Oid			collation;

	get_atttypetypmodcoll(reader->parent.relid, reader->parent.attnums[0],
						  &choice->type, &choice->typmod, &collation);
	/* keys have met the checks of their domain already */
	if (!expression_type_is_harmless(choice->type))
		choice->type = getBaseTypeAndTypmod(choice->type, &choice->typmod);
	choice->why = "references";
}

/* A name says most about text, but may mean a number or a time ("age"). */
static void
choose_from_name(FieldReader *reader, TypeChoice *choice)
{
	static const Oid bases[] = {
		TEXTOID, INT4OID, NUMERICOID, FLOAT8OID, TIMESTAMPTZOID, DATEOID, BOOLOID,
		UUIDOID, INETOID
	};

	for (int i = 0; i < lengthof(bases); i++)
	{
		const char *why = NULL;
		const SemanticType *semantic = semantic_for_column(reader->field->name, NULL,
														   bases[i], &why);

		if (semantic == NULL)
			continue;
		type_choose_semantic(semantic, choice);
		choice->why = why;
		return;
	}
	choice->type = TEXTOID;
}

bool
type_guess(FieldReader *reader, TypeChoice *choice)
{
	if (OidIsValid(reader->parent.relid))
	{
		choose_from_parent(reader, choice);
		return true;
	}
	if (reader->given[KEY_FIELDS] != NULL || reader->given[KEY_PROPERTIES] != NULL)
		choice->type = JSONBOID;
	else if (reader->given[KEY_ITEMS] != NULL)
	{
		choice->type = JSONBOID;
		choice->array = true;
	}
	else
	{
		choice->type = guess_from_keywords(reader);
		choice->json_word = OidIsValid(choice->type);
	}
	choice->why = "type";
	if (OidIsValid(choice->type))
		return true;

	if (reader->given[KEY_EXPRESSION] != NULL)
	{
		field_fault(reader, ERRCODE_INVALID_PARAMETER_VALUE, KEY_EXPRESSION,
					"Add a type, as in \"type\": \"numeric\".",
					"an expression needs a type");
		return false;
	}
	choose_from_name(reader, choice);
	return true;
}

/* A plain type and nothing else that speaks: the name may. */
void
type_infer_semantic(FieldReader *reader, TypeChoice *choice)
{
	Field	   *field = reader->field;
	const char *why = NULL;
	const SemanticType *semantic;

	if (choice->semantic != NULL || field->items != NULL || keywords_decide(reader))
		return;
	semantic = semantic_for_column(field->name, NULL, field->base_type, &why);
	if (semantic == NULL || !type_fits_semantic(semantic, field->base_type))
		return;
	choice->semantic = semantic;
	choice->why = why;
}
