/*-------------------------------------------------------------------------
 *
 * relation.c
 *		Names of relations, as SQL has them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "util/relation.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

char *
relation_sql_name(Oid relid)
{
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)),
									  get_rel_name(relid));
}
