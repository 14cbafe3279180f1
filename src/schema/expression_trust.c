/*-------------------------------------------------------------------------
 *
 * expression_trust.c
 *		Whose types, functions and relations a document may name.
 *
 * Somebody's code would run as whoever uses the document: what it names has to
 * be built in, the caller's own, or a superuser's.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "schema/expression_internal.h"
#include "utils/lsyscache.h"
#include "utils/rls.h"
#include "utils/syscache.h"

static bool
owner_is_trusted(Oid owner)
{
	return owner == GetUserId() || superuser_arg(owner);
}

bool
expression_type_is_trusted(Oid type)
{
	HeapTuple	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
	Form_pg_type form;
	bool		trusted;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for type %u", type);
	form = (Form_pg_type) GETSTRUCT(tuple);
	trusted = form->typnamespace == PG_CATALOG_NAMESPACE ||
		owner_is_trusted(form->typowner);
	ReleaseSysCache(tuple);
	return trusted;
}

bool
expression_function_is_trusted(Oid function)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Form_pg_proc form;
	bool		trusted;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", function);
	form = (Form_pg_proc) GETSTRUCT(tuple);
	trusted = form->pronamespace == PG_CATALOG_NAMESPACE ||
		owner_is_trusted(form->proowner);
	ReleaseSysCache(tuple);
	return trusted;
}

bool
expression_type_is_harmless(Oid type)
{
	Oid			element = get_element_type(type);

	if (OidIsValid(element))
		type = element;
	switch (get_typtype(type))
	{
		case TYPTYPE_BASE:		/* only superusers make these */
		case TYPTYPE_ENUM:
			return true;
		default:
			return expression_type_is_trusted(type);
	}
}

bool
expression_relation_is_harmless(Oid relid)
{
	HeapTuple	tuple;
	Form_pg_class form;
	bool		harmless;

	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for relation %u", relid);
	form = (Form_pg_class) GETSTRUCT(tuple);
	harmless = form->relkind != RELKIND_VIEW &&
		form->relkind != RELKIND_FOREIGN_TABLE &&
		check_enable_rls(relid, InvalidOid, true) != RLS_ENABLED;
	harmless = harmless || owner_is_trusted(form->relowner);
	ReleaseSysCache(tuple);
	return harmless;
}

static Oid
relation_owner(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for relation %u", relid);
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

bool
expression_relation_is_trusted(Oid relid, Oid table)
{
	Oid			owner = relation_owner(relid);

	return owner_is_trusted(owner) || (OidIsValid(table) && relation_owner(table) == owner);
}
