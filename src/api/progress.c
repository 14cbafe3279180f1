/*-------------------------------------------------------------------------
 *
 * progress.c
 *		synthik_progress_list: what the view synthik_progress shows.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "catalog/pg_authid.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "rows/progress.h"
#include "utils/acl.h"
#include "utils/backend_status.h"

/* As the server's own progress views: one's own roles', or all with the right to. */
static bool
may_see(const PgBackendStatus *backend)
{
	return has_privs_of_role(GetUserId(), ROLE_PG_READ_ALL_STATS) ||
		has_privs_of_role(GetUserId(), backend->st_userid);
}

static void
put_backend(ReturnSetInfo *result, const PgBackendStatus *backend)
{
	Datum		values[5];
	bool		nulls[5] = {false};

	values[0] = Int32GetDatum(backend->st_procpid);
	values[1] = ObjectIdGetDatum(backend->st_databaseid);
	values[2] = ObjectIdGetDatum(backend->st_progress_command_target);
	values[3] = Int64GetDatum(backend->st_progress_param[PROGRESS_ROWS_DONE]);
	values[4] = Int64GetDatum(backend->st_progress_param[PROGRESS_ROWS_TOTAL]);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

SYNTHIK_FUNCTION(synthik_progress_list)
{
	int			nbackends;

	InitMaterializedSRF(fcinfo, 0);
	nbackends = pgstat_fetch_stat_numbackends();
	for (int i = 1; i <= nbackends; i++)
	{
		const PgBackendStatus *backend =
			&COMPAT_BACKEND_STATUS(i)->backendStatus;

		if (backend->st_progress_command == PROGRESS_COMMAND_SYNTHIK && may_see(backend))
			put_backend((ReturnSetInfo *) fcinfo->resultinfo, backend);
	}
	return (Datum) 0;
}
