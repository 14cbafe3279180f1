-- What a call of a model would send and cost.  The arguments of synthik_prompt
-- are those of the makers, so that a call's can be taken over as they are.
CREATE FUNCTION synthik_prompt(
	schema jsonb,
	rows bigint DEFAULT 10,
	model text DEFAULT NULL,
	seed bigint DEFAULT NULL,
	locale text DEFAULT NULL,
	condition jsonb DEFAULT NULL,
	first_row bigint DEFAULT 1,
	budget numeric DEFAULT NULL,
	send text DEFAULT NULL,
	options jsonb DEFAULT NULL
) RETURNS text
AS 'MODULE_PATHNAME', 'synthik_prompt'
LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION synthik_prompt(jsonb, bigint, text, bigint, text, jsonb, bigint, numeric, text, jsonb) IS
'The first request that a call with these arguments would send, for all columns of a schema document: address, headers without the key, and body. Nothing is sent. Null where no model is asked.';

CREATE FUNCTION synthik_prompt(
	schema text,
	rows bigint DEFAULT 10,
	model text DEFAULT NULL,
	seed bigint DEFAULT NULL,
	locale text DEFAULT NULL,
	condition jsonb DEFAULT NULL,
	first_row bigint DEFAULT 1,
	budget numeric DEFAULT NULL,
	send text DEFAULT NULL,
	options jsonb DEFAULT NULL
) RETURNS text
AS 'MODULE_PATHNAME', 'synthik_prompt'
LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION synthik_prompt(text, bigint, text, bigint, text, jsonb, bigint, numeric, text, jsonb) IS
'The first request that a call with these arguments would send, for all columns of a template, a table, or a schema document as text: address, headers without the key, and body. Nothing is sent. Null where no model is asked.';

CREATE FUNCTION synthik_estimate(
	schema jsonb,
	rows bigint DEFAULT 10,
	model text DEFAULT NULL
) RETURNS TABLE (requests bigint, input_tokens bigint, output_tokens bigint, usd numeric, seconds numeric)
AS 'MODULE_PATHNAME', 'synthik_estimate'
LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 1;
COMMENT ON FUNCTION synthik_estimate(jsonb, bigint, text) IS
'About what rows of a schema document would take of a model; usd is null without a price, seconds where the model''s speed is not known. Nothing is sent.';

CREATE FUNCTION synthik_estimate(
	schema text,
	rows bigint DEFAULT 10,
	model text DEFAULT NULL
) RETURNS TABLE (requests bigint, input_tokens bigint, output_tokens bigint, usd numeric, seconds numeric)
AS 'MODULE_PATHNAME', 'synthik_estimate'
LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 1;
COMMENT ON FUNCTION synthik_estimate(text, bigint, text) IS
'About what rows of a template, a table, or a schema document as text would take of a model; usd is null without a price, seconds where the model''s speed is not known. Nothing is sent.';
