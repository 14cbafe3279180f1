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
#include "utils/builtins.h"
#include "utils/timestamp.h"

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
	Datum		values[12];
	bool		nulls[12] = {false};
	const int64 *numbers = backend->st_progress_param;
	char		model[PROGRESS_MODEL_SIZE + 1] = {0};

	memcpy(model, &numbers[PROGRESS_MODEL], PROGRESS_MODEL_SIZE);
	values[0] = Int32GetDatum(backend->st_procpid);
	values[1] = ObjectIdGetDatum(backend->st_databaseid);
	values[2] = ObjectIdGetDatum(backend->st_progress_command_target);
	values[3] = CStringGetTextDatum(model);
	values[4] = Int64GetDatum(numbers[PROGRESS_ROWS_DONE]);
	values[5] = Int64GetDatum(numbers[PROGRESS_ROWS_TOTAL]);
	values[6] = Int32GetDatum((int32) numbers[PROGRESS_CALLS]);
	values[7] = Int64GetDatum(numbers[PROGRESS_RETRIES]);
	values[8] = Int64GetDatum(numbers[PROGRESS_INPUT]);
	values[9] = Int64GetDatum(numbers[PROGRESS_OUTPUT]);
	values[10] = Int64GetDatum(numbers[PROGRESS_MICRO_USD]);
	values[11] = TimestampTzGetDatum(numbers[PROGRESS_STARTED]);
	nulls[2] = !OidIsValid(backend->st_progress_command_target);
	nulls[10] = numbers[PROGRESS_MICRO_USD] < 0;
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
