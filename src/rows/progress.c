/*-------------------------------------------------------------------------
 *
 * progress.c
 *		Reports how far a call is.
 *
 * An error ends whatever the backend reports, so a call that is still open
 * then (a cursor behind a savepoint) must not write into the report that
 * comes next.  Hence the number.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "rows/progress.h"
#include "utils/backend_status.h"
#include "utils/timestamp.h"

static bool
is_ours(uint32 number)
{
	return number != 0 && MyBEEntry != NULL &&
		MyBEEntry->st_progress_command == PROGRESS_COMMAND_SYNTHIK &&
		MyBEEntry->st_progress_param[PROGRESS_NUMBER] == number;
}

/* Sessions of databases with other encodings read it too: ASCII alone. */
static void
set_model(const char *model)
{
	char		name[PROGRESS_MODEL_SIZE] = {0};
	int64		parts[PROGRESS_MODEL_SIZE / sizeof(int64)];

	for (int i = 0; i < PROGRESS_MODEL_SIZE && model[i] != '\0'; i++)
		name[i] = model[i] >= ' ' && model[i] < 127 ? model[i] : '?';
	memcpy(parts, name, sizeof(parts));
	for (int i = 0; i < lengthof(parts); i++)
		pgstat_progress_update_param(PROGRESS_MODEL + i, parts[i]);
}

uint32
progress_begin(Oid relid, const char *model, int64 rows)
{
	static uint32 last = 0;

	if (MyBEEntry == NULL || MyBEEntry->st_progress_command != PROGRESS_COMMAND_INVALID)
		return 0;
	if (++last == 0)
		last = 1;
	pgstat_progress_start_command(PROGRESS_COMMAND_SYNTHIK, relid);
	pgstat_progress_update_param(PROGRESS_NUMBER, last);
	pgstat_progress_update_param(PROGRESS_ROWS_TOTAL, rows);
	pgstat_progress_update_param(PROGRESS_STARTED, GetCurrentTimestamp());
	set_model(model != NULL ? model : "local");
	return last;
}

void
progress_rows(uint32 number, int64 done)
{
	if (is_ours(number) && done > MyBEEntry->st_progress_param[PROGRESS_ROWS_DONE])
		pgstat_progress_update_param(PROGRESS_ROWS_DONE, done);
}

void
progress_calls(uint32 number, const ProgressCalls *calls)
{
	static const int which[] = {PROGRESS_CALLS, PROGRESS_RETRIES, PROGRESS_INPUT,
	PROGRESS_OUTPUT, PROGRESS_MICRO_USD};
	int64		values[lengthof(which)];

	if (!is_ours(number))
		return;
	values[0] = calls->flying;
	values[1] = calls->retries;
	values[2] = calls->input;
	values[3] = calls->output;
	values[4] = calls->usd < 0 ? -1 : (int64) rint(calls->usd * 1000000);
	pgstat_progress_update_multi_param(lengthof(which), which, values);
}

void
progress_end(uint32 number)
{
	if (is_ours(number))
		pgstat_progress_end_command();
}
