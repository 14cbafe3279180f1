/*-------------------------------------------------------------------------
 *
 * registry.c
 *		The adapters by name.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "provider/adapter.h"

static const Provider *const providers[] = {
	&provider_openai,
	&provider_gemini,
	&provider_anthropic
};

/* NULL for a dialect that nobody speaks. */
const Provider *
provider_find(const char *dialect)
{
	for (int i = 0; i < lengthof(providers); i++)
	{
		if (strcmp(providers[i]->name, dialect) == 0)
			return providers[i];
	}
	return NULL;
}
