/*-------------------------------------------------------------------------
 *
 * steer_text.c
 *		Conditions on texts and arrays: their length, LIKE, regular
 *		expressions.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"

#include "access/stratnum.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "common/string.h"
#include "mb/pg_wchar.h"
#include "regex/regex.h"
#include "schema/semantic.h"
#include "schema/guess.h"
#include "schema/steer_internal.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"

/* ---- lengths ---- */

static bool
function_is_length(Oid function)
{
	switch (function)
	{
		case F_LENGTH_TEXT:
		case F_CHAR_LENGTH_TEXT:
		case F_CHARACTER_LENGTH_TEXT:
		case F_OCTET_LENGTH_TEXT:
		case F_LENGTH_BPCHAR:
		case F_CHAR_LENGTH_BPCHAR:
		case F_CHARACTER_LENGTH_BPCHAR:
		case F_OCTET_LENGTH_BPCHAR:
		case F_LENGTH_BYTEA:
		case F_OCTET_LENGTH_BYTEA:
			return true;
		default:
			return false;
	}
}

/* The first dimension's length, or all elements: alike for what is made. */
static bool
function_counts_items(const FuncExpr *call)
{
	Node	   *dimension;

	if (call->funcid == F_CARDINALITY)
		return true;
	if (call->funcid != F_ARRAY_LENGTH)
		return false;
	dimension = lsecond(call->args);
	return IsA(dimension, Const) && !((Const *) dimension)->constisnull &&
		DatumGetInt32(((Const *) dimension)->constvalue) == 1;
}

/* What "length strategy constant" allows; -1 for no limit. */
static bool
length_range(int strategy, const Const *constant, int *low, int *high)
{
	Datum		value;
	int			length;

	*low = *high = -1;
	if (!constant_convert(INT4OID, constant, &strategy, &value))
		return false;
	length = DatumGetInt32(value);
	if (strategy == NOT_EQUAL_STRATEGY)
	{
		*low = 1;
		return length == 0;
	}
	if (strategy == BTGreaterEqualStrategyNumber || strategy == BTEqualStrategyNumber)
		*low = length;
	if (strategy == BTLessEqualStrategyNumber || strategy == BTEqualStrategyNumber)
		*high = length;
	return length >= 0;
}

/* length(field) strategy constant, and trim(field) <> '' */
void
gather_call(Node *node, int strategy, const Const *constant, Facts *facts)
{
	FuncExpr   *call = (FuncExpr *) node;
	Node	   *argument;
	int			index;
	int			low;
	int			high;

	/* int4 lengths compared with numbers of other types */
	while (IsA(node, FuncExpr) && function_is_cast(call))
	{
		node = linitial(call->args);
		call = (FuncExpr *) node;
	}
	if (!IsA(node, FuncExpr))
		return;
	index = trimmed_field(node, facts);
	if (index >= 0)
	{
		if (strategy == NOT_EQUAL_STRATEGY && constant_is_empty_text(constant))
			narrow_length(narrow_for(facts, index), 1, -1, facts->check);
		return;
	}
	if (call->args == NIL || !length_range(strategy, constant, &low, &high))
		return;
	argument = linitial(call->args);
	index = operand_field(argument, facts);
	if (index >= 0 && function_is_length(call->funcid))
		narrow_length(narrow_for(facts, index), low, high, facts->check);
	else if (index >= 0 && function_counts_items(call))
		narrow_items(narrow_for(facts, index), low, high);
	else if (function_is_length(call->funcid) &&
			 (index = trimmed_field(argument, facts)) >= 0)
		narrow_length(narrow_for(facts, index), low, -1, facts->check);
}

/* ---- patterns ---- */

/*
 * What values of semantic types look like.  A pattern that takes them all
 * leaves the semantic type in charge; one that does not take its place.
 */
static const struct
{
	const char *type;
	const char *sample;
}			semantic_samples[] = {
	{"email", "mary.smith@example.com"},
	{"email", "j.oneill-lee42@mail.example.org"},
	{"phone", "(415) 555-0123"},
	{"phone", "+49 30 1234567"},
	{"url", "https://www.example.com/"},
	{"domain_name", "example.com"},
	{"username", "mary.smith42"},
	{"given_name", "Mary"},
	{"given_name", "J\303\274rgen"},
	{"family_name", "O'Neill"},
	{"family_name", "M\303\274ller-Lee"},
	{"full_name", "Mary O'Neill"},
	{"city", "St. Louis"},
	{"city", "K\303\266ln"},
	{"postcode", "10115"},
	{"country_code", "DE"},
	{"currency_code", "EUR"},
	{"locale", "de_DE"},
	{"language_code", "de"},
	{"mac_address", "02:00:5e:10:00:ff"},
	{"ipv4", "192.0.2.17"},
	{"iban", "DE89370400440532013000"}
};

static bool
regex_takes(const char *regex, const char *sample, int flags)
{
	return RE_compile_and_execute(cstring_to_text(regex),
								  unconstify(char *, sample), strlen(sample),
								  flags, DEFAULT_COLLATION_OID, 0, NULL);
}

/*
 * Without samples: text that is described character by character is a code,
 * and a semantic type that is not known to make it would be drawn in vain.
 * Where any character may stand, the semantic type is the better guess.
 */
static bool
regex_is_loose(const char *regex)
{
	for (const char *p = regex; *p; p++)
	{
		if (*p == '\\' && p[1])
			p++;
		else if (*p == '.' || (*p == '[' && p[1] == '^'))
			return true;
	}
	return strchr(regex, '^') == NULL || strchr(regex, '$') == NULL;
}

static bool
semantic_suits(const Field *field, const char *regex, int flags)
{
	const SemanticType *semantic = field->semantic;
	bool		known = false;
	bool		utf8 = GetDatabaseEncoding() == PG_UTF8;

	/* what a type lists, or describes, is not taken for granted */
	if (field->enumeration.count > 0 || pattern_is_guess(field))
		return false;
	for (int i = 0; i < lengthof(semantic_samples); i++)
	{
		const char *sample = semantic_samples[i].sample;

		if (strcmp(semantic->name, semantic_samples[i].type) != 0 ||
			(!utf8 && !pg_is_ascii(sample)))
			continue;
		known = true;
		if (!regex_takes(regex, sample, flags))
			return false;
	}
	return known || regex_is_loose(regex);
}

/* Can text be made from it at all?  Lookaround and back references say no. */
static bool
regex_is_regular(const char *regex)
{
	for (const char *p = regex; *p; p++)
	{
		if (*p == '\\' && p[1])
		{
			p++;
			if (*p >= '1' && *p <= '9')
				return false;
		}
		else if (p[0] == '(' && p[1] == '?' &&
				 (p[2] == '=' || p[2] == '!' || p[2] == '<'))
			return false;
	}
	return true;
}

/* LIKE's pattern as a regular expression. */
static char *
like_to_regex(const char *like)
{
	StringInfoData regex;

	initStringInfo(&regex);
	appendStringInfoChar(&regex, '^');
	for (const char *p = like; *p; p++)
	{
		if (*p == '%')
			appendStringInfoString(&regex, ".*");
		else if (*p == '_')
			appendStringInfoChar(&regex, '.');
		else
		{
			if (*p == '\\' && p[1])
				p++;
			if (strchr("\\.[](){}*+?|^$", *p) != NULL)
				appendStringInfoChar(&regex, '\\');
			appendStringInfoChar(&regex, *p);
		}
	}
	appendStringInfoChar(&regex, '$');
	return regex.data;
}

/* Which of the operators that match text this is. */
static bool
matching_operator(Oid operator, bool *like, bool *nocase)
{
	*like = operator == OID_TEXT_LIKE_OP || operator == OID_BPCHAR_LIKE_OP ||
		operator == OID_TEXT_ICLIKE_OP || operator == OID_BPCHAR_ICLIKE_OP;
	*nocase = operator == OID_TEXT_ICREGEXEQ_OP ||
		operator == OID_BPCHAR_ICREGEXEQ_OP ||
		operator == OID_TEXT_ICLIKE_OP || operator == OID_BPCHAR_ICLIKE_OP;
	return *like || *nocase || operator == OID_TEXT_REGEXEQ_OP ||
		operator == OID_BPCHAR_REGEXEQ_OP;
}

/* field ~ constant, and its kin; false if the operator is none of them. */
bool
gather_pattern(Oid operator, Node *left, Node *right, Facts *facts)
{
	Narrow	   *narrow;
	char	   *regex;
	bool		like;
	bool		nocase;
	int			index;
	int			flags;

	if (!matching_operator(operator, &like, &nocase))
		return false;
	index = operand_field(left, facts);
	if (index < 0 || !IsA(right, Const) || ((Const *) right)->constisnull ||
		!type_is_text(facts_type(facts, index)))
		return true;
	regex = TextDatumGetCString(((Const *) right)->constvalue);
	if (like)
		regex = like_to_regex(regex);
	flags = REG_ADVANCED | (nocase ? REG_ICASE : 0);

	/* throws, and so is left to the check, if it is not valid */
	(void) regex_takes(regex, "", flags);
	if (!regex_is_regular(regex))
		return true;
	if (facts->schema->fields[index]->semantic != NULL &&
		semantic_suits(facts->schema->fields[index], regex, flags))
		return true;
	narrow = narrow_for(facts, index);
	if (narrow->pattern == NULL)
	{
		narrow->pattern = nocase ? psprintf("(?i)%s", regex) : regex;
		narrow->pattern_check = facts->check;
	}
	return true;
}
