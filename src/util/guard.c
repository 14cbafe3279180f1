/*-------------------------------------------------------------------------
 *
 * guard.c
 *		Errors as values.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "access/xact.h"
#include "util/guard.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

/* Errors that say nothing about what was tried. */
static bool
error_is_outside(const ErrorData *error)
{
	int			class = ERRCODE_TO_CATEGORY(error->sqlerrcode);

	return class == ERRCODE_OPERATOR_INTERVENTION ||
		class == ERRCODE_INSUFFICIENT_RESOURCES ||
		class == ERRCODE_SYSTEM_ERROR ||
		error->sqlerrcode == ERRCODE_ASSERT_FAILURE;
}

bool
guard_call(void (*call) (void *argument), void *argument, ErrorData **error)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	volatile bool done = false;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		call(argument);
		ReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(context);
		CurrentResourceOwner = owner;
		done = true;
	}
	PG_CATCH();
	{
		ErrorData  *caught;

		MemoryContextSwitchTo(context);
		caught = CopyErrorData();
		FlushErrorState();
		/* what is thrown on, too, must not leave the subtransaction open */
		RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(context);
		CurrentResourceOwner = owner;
		if (error_is_outside(caught))
			ReThrowError(caught);
		if (error != NULL)
			*error = caught;
	}
	PG_END_TRY();
	return done;
}
