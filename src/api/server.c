/*-------------------------------------------------------------------------
 *
 * server.c
 *		SQL functions about servers and models: the validator of options, and
 *		a look at where a model's calls would go.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include "access/reloptions.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "server/model.h"
#include "server/options.h"
#include "utils/builtins.h"

SYNTHIK_FUNCTION(synthik_fdw_validator)
{
	options_validate(untransformRelOptions(PG_GETARG_DATUM(0)), PG_GETARG_OID(1));
	PG_RETURN_VOID();
}

static Datum
text_of(const char *string)
{
	return CStringGetTextDatum(string);
}

/* The errors are those that a call of the model would have. */
SYNTHIK_FUNCTION(synthik_check_model)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Datum		values[6];
	bool		nulls[6] = {false};
	Endpoint   *endpoint;
	Model	   *model;

	InitMaterializedSRF(fcinfo, 0);
	model = model_load(text_to_cstring(PG_GETARG_TEXT_PP(0)), &endpoint);
	endpoint_check_address(endpoint);
	values[0] = text_of(model->name);
	values[1] = text_of(model->api_name);
	values[2] = text_of(endpoint->name);
	values[3] = text_of(endpoint->dialect);
	values[4] = text_of(endpoint->base_url);
	values[5] = text_of(endpoint_key_origin(endpoint));
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	return (Datum) 0;
}
