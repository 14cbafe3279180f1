-- Servers, keys and models.  No server is made here: pg_dump leaves out the
-- user mappings of servers that belong to an extension.
CREATE FUNCTION synthik_fdw_validator(
	options text[],
	catalog oid
) RETURNS void
AS 'MODULE_PATHNAME', 'synthik_fdw_validator'
LANGUAGE C STRICT VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION synthik_fdw_validator(text[], oid) IS
'Checks the options of servers and user mappings of the foreign-data wrapper synthik.';

CREATE FOREIGN DATA WRAPPER synthik NO HANDLER VALIDATOR synthik_fdw_validator;
COMMENT ON FOREIGN DATA WRAPPER synthik IS
'Servers of it are where language models are called.  Whoever has USAGE on it can say where prompts go: nobody but superusers has.';

-- The built-in models: filled at the end of this script, replaced by
-- upgrades, and never dumped.
CREATE TABLE synthik_builtin_model (
	name				text NOT NULL,
	server				text NOT NULL,
	api_name			text NOT NULL,
	context_tokens		integer,
	max_output_tokens	integer,
	input_usd			numeric,
	cached_usd			numeric,
	output_usd			numeric,
	long_prompt_tokens	integer,
	long_input_usd		numeric,
	long_output_usd		numeric,
	structured_output	text NOT NULL,
	takes_temperature	boolean NOT NULL,
	reasons				boolean NOT NULL,
	least_effort		text,
	speed				integer,
	good_for			text,
	retires_on			date,
	successor			text,
	valid_from			date NOT NULL DEFAULT '-infinity',
	PRIMARY KEY (name, valid_from)
);
GRANT SELECT ON synthik_builtin_model TO PUBLIC;
COMMENT ON TABLE synthik_builtin_model IS
'Models that synthik knows; see the view synthik_models, which also has the meaning of the columns.';

-- The users' own: dumped.
CREATE TABLE synthik_model (
	name				text PRIMARY KEY
		CHECK (name OPERATOR(pg_catalog.<>) '' AND name OPERATOR(pg_catalog.<>) 'local'),
	server				text NOT NULL CHECK (server OPERATOR(pg_catalog.<>) ''),
	api_name			text CHECK (api_name OPERATOR(pg_catalog.<>) ''),
	context_tokens		integer CHECK (context_tokens OPERATOR(pg_catalog.>) 0),
	max_output_tokens	integer CHECK (max_output_tokens OPERATOR(pg_catalog.>) 0),
	input_usd			numeric CHECK (input_usd OPERATOR(pg_catalog.>=) 0
		AND input_usd OPERATOR(pg_catalog.<) 'Infinity'),
	cached_usd			numeric CHECK (cached_usd OPERATOR(pg_catalog.>=) 0
		AND cached_usd OPERATOR(pg_catalog.<) 'Infinity'),
	output_usd			numeric CHECK (output_usd OPERATOR(pg_catalog.>=) 0
		AND output_usd OPERATOR(pg_catalog.<) 'Infinity'),
	long_prompt_tokens	integer CHECK (long_prompt_tokens OPERATOR(pg_catalog.>) 0),
	long_input_usd		numeric CHECK (long_input_usd OPERATOR(pg_catalog.>=) 0
		AND long_input_usd OPERATOR(pg_catalog.<) 'Infinity'),
	long_output_usd		numeric CHECK (long_output_usd OPERATOR(pg_catalog.>=) 0
		AND long_output_usd OPERATOR(pg_catalog.<) 'Infinity'),
	structured_output	text NOT NULL DEFAULT 'json_schema' CHECK (structured_output OPERATOR(pg_catalog.=)
		ANY ('{json_schema_strict,json_schema,tool,json_object,prompt}'::pg_catalog.text[])),
	takes_temperature	boolean NOT NULL DEFAULT true,
	reasons				boolean NOT NULL DEFAULT false,
	least_effort		text,
	speed				integer CHECK (speed OPERATOR(pg_catalog.>=) 1 AND speed OPERATOR(pg_catalog.<=) 5),
	good_for			text,
	retires_on			date,
	successor			text,
	CHECK ((input_usd IS NULL) OPERATOR(pg_catalog.=) (output_usd IS NULL)),
	CHECK (long_prompt_tokens IS NULL OR (long_input_usd IS NOT NULL AND long_output_usd IS NOT NULL))
);
SELECT pg_catalog.pg_extension_config_dump('synthik_model', '');
GRANT SELECT ON synthik_model TO PUBLIC;
COMMENT ON TABLE synthik_model IS
'Models of your own, and other figures for built-in ones of the same name.  A row decides to which server the calls of everybody who names the model go, and at what price: grant INSERT, UPDATE and DELETE accordingly.  See the view synthik_models for the meaning of the columns.';

-- Built-in rows under the users' own; the cost tier is that of the price.
CREATE VIEW synthik_models AS
WITH built_in AS (
	SELECT DISTINCT ON (b.name) b.*
	FROM synthik_builtin_model b
	WHERE b.valid_from OPERATOR(pg_catalog.<=) CURRENT_DATE
	ORDER BY b.name, b.valid_from DESC
), model AS (
	SELECT name, server, COALESCE(api_name, name) AS api_name, context_tokens, max_output_tokens,
		input_usd, COALESCE(cached_usd, input_usd) AS cached_usd, output_usd,
		long_prompt_tokens, long_input_usd, long_output_usd, structured_output,
		takes_temperature, reasons, least_effort, good_for, speed, retires_on, successor,
		false AS builtin
	FROM synthik_model
	UNION ALL
	SELECT name, server, api_name, context_tokens, max_output_tokens,
		input_usd, cached_usd, output_usd,
		long_prompt_tokens, long_input_usd, long_output_usd, structured_output,
		takes_temperature, reasons, least_effort, good_for, speed, retires_on, successor,
		true
	FROM built_in b
	WHERE NOT EXISTS (SELECT FROM synthik_model m WHERE m.name OPERATOR(pg_catalog.=) b.name)
)
SELECT name, server, api_name, context_tokens, max_output_tokens,
	input_usd, cached_usd, output_usd, long_prompt_tokens, long_input_usd, long_output_usd,
	structured_output, takes_temperature, reasons, least_effort, good_for, speed,
	CASE
		WHEN output_usd OPERATOR(pg_catalog.=) 0 THEN 'free'
		WHEN output_usd OPERATOR(pg_catalog.<=) 1.5 THEN 'low'
		WHEN output_usd OPERATOR(pg_catalog.<=) 10 THEN 'medium'
		WHEN output_usd IS NOT NULL THEN 'high'
	END AS cost_tier,
	retires_on,
	CASE
		WHEN retires_on OPERATOR(pg_catalog.<=) CURRENT_DATE THEN 'retired'
		WHEN retires_on IS NOT NULL THEN 'retiring'
		ELSE 'current'
	END AS status,
	successor, builtin
FROM model;
GRANT SELECT ON synthik_models TO PUBLIC;
COMMENT ON VIEW synthik_models IS
'The language models that can be called by name, those of synthik_model before the built-in ones.  Any other model of a server is called as ''server/model''.';

-- The three have their columns in common.
DO $$
DECLARE
	relation pg_catalog.text;
	description pg_catalog.text[];
BEGIN
	FOREACH relation IN ARRAY ARRAY['synthik_builtin_model', 'synthik_model', 'synthik_models'] LOOP
		FOREACH description SLICE 1 IN ARRAY ARRAY[
			['name', 'What calls name it.'],
			['server', 'Where it is called: a built-in endpoint (openai, gemini, anthropic, llama) or a foreign server of the wrapper synthik.'],
			['api_name', 'The name that the server knows it by.'],
			['context_tokens', 'Tokens of prompt and answer together, at most.'],
			['max_output_tokens', 'Tokens of an answer, at most.'],
			['input_usd', 'USD per million tokens of input; null where the price is not known.'],
			['cached_usd', 'USD per million tokens of input that the provider had in its cache.'],
			['output_usd', 'USD per million tokens of output, reasoning included.'],
			['long_prompt_tokens', 'Prompts longer than that have prices of their own.'],
			['long_input_usd', 'USD per million tokens of input, of a long prompt.'],
			['long_output_usd', 'USD per million tokens of output, behind a long prompt.'],
			['structured_output', 'How it can be held to a form: json_schema_strict, json_schema, tool, json_object or prompt.'],
			['takes_temperature', 'Whether a temperature can be given.'],
			['reasons', 'Whether it thinks before it answers, unless told otherwise.'],
			['least_effort', 'The least thinking that it can be told to do, in the words of its provider; null: nothing is said.'],
			['good_for', 'What to use it for, among those of its provider.'],
			['speed', 'From 1, the slowest, to 5: a rough class.'],
			['retires_on', 'The day from which its provider does not offer it any more, where that is announced or past.'],
			['successor', 'The model to use then.']]
		LOOP
			EXECUTE pg_catalog.format('COMMENT ON COLUMN %I.%I IS %L', relation, description[1], description[2]);
		END LOOP;
	END LOOP;
END
$$;
COMMENT ON COLUMN synthik_builtin_model.valid_from IS 'The first day of which the row is true: the latest one counts.';
COMMENT ON COLUMN synthik_models.cost_tier IS 'free, low, medium or high, by the price of output.';
COMMENT ON COLUMN synthik_models.status IS 'current, retiring or retired: see retires_on.';
COMMENT ON COLUMN synthik_models.builtin IS 'Whether it came with synthik.';

CREATE FUNCTION synthik_check_model(
	model text,
	OUT name text,
	OUT api_name text,
	OUT server text,
	OUT dialect text,
	OUT address text,
	OUT key_from text
) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'synthik_check_model'
LANGUAGE C STRICT VOLATILE PARALLEL UNSAFE ROWS 1;
COMMENT ON FUNCTION synthik_check_model(text) IS
'Where the calls of a model would go and where their key would come from, or the error that a call would have; nothing is sent.';
