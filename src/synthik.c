/*-------------------------------------------------------------------------
 *
 * synthik.c
 *		Module magic and initialisation, nothing else.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "api/scan.h"
#include "guc.h"
#include "schema/rules.h"

PG_MODULE_MAGIC;

extern PGDLLEXPORT void _PG_init(void);

void
_PG_init(void)
{
	guc_init();
	scan_init();
	rules_init();
}
