--
-- Servers, user mappings, and whose key may be sent where
--
SET client_min_messages = warning;
DROP ROLE IF EXISTS regress_synthik_owner, regress_synthik_user, regress_synthik_other;
RESET client_min_messages;
CREATE ROLE regress_synthik_owner;
CREATE ROLE regress_synthik_user;
CREATE ROLE regress_synthik_other;

-- a wrapper, no server, and nobody has a privilege on it
SELECT fdwname, fdwacl, fdwoptions FROM pg_foreign_data_wrapper WHERE fdwname = 'synthik';
SELECT count(*) FROM pg_foreign_server s JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw WHERE w.fdwname = 'synthik';
SET ROLE regress_synthik_owner;
CREATE SERVER mine FOREIGN DATA WRAPPER synthik OPTIONS (dialect 'openai');
RESET ROLE;

-- options of servers
CREATE SERVER bad FOREIGN DATA WRAPPER synthik OPTIONS (url 'https://example.com');
CREATE SERVER bad FOREIGN DATA WRAPPER synthik OPTIONS (api_key 'k');
CREATE SERVER bad FOREIGN DATA WRAPPER synthik OPTIONS (dialect 'openia');
CREATE SERVER bad FOREIGN DATA WRAPPER synthik OPTIONS (auth_header 'basic');
CREATE SERVER bad FOREIGN DATA WRAPPER synthik OPTIONS (structured_mode 'strict');
CREATE SERVER bad FOREIGN DATA WRAPPER synthik OPTIONS (max_concurrency '0');
CREATE SERVER bad FOREIGN DATA WRAPPER synthik OPTIONS (max_concurrency '8 ');
CREATE SERVER bad FOREIGN DATA WRAPPER synthik OPTIONS (timeout_ms '99999999999999999999');
CREATE SERVER bad FOREIGN DATA WRAPPER synthik OPTIONS (stream 'perhaps');
CREATE SERVER bad FOREIGN DATA WRAPPER synthik OPTIONS (chat_path '@evil.example/');
CREATE SERVER bad FOREIGN DATA WRAPPER synthik OPTIONS (chat_path '/a b');
CREATE SERVER bad FOREIGN DATA WRAPPER synthik OPTIONS (query_suffix 'a=b#c');
CREATE SERVER bad FOREIGN DATA WRAPPER synthik OPTIONS (seed_field 'a"b');
CREATE SERVER bad FOREIGN DATA WRAPPER synthik OPTIONS (extra_body '[1]');
CREATE SERVER bad FOREIGN DATA WRAPPER synthik OPTIONS (extra_body '{"a": 1');
ALTER FOREIGN DATA WRAPPER synthik OPTIONS (ADD base_url 'https://example.com');

-- addresses
DO $$
DECLARE
	address text;
	verdict text;
BEGIN
	FOREACH address IN ARRAY ARRAY[
		'https://api.example.com/v1', 'HTTPS://API.Example.com:8443', 'http://10.0.0.1:8000/v1', 'http://[::1]:8080',
		'https://[2001:4860::1]', 'https://a_b-c.example/', 'https://host/a/b%20c',
		'', 'api.example.com', 'ftp://example.com', 'file:///etc/passwd', 'https://', 'https:///v1', 'https://:80',
		'https://user@example.com', 'https://user:pw@example.com/', 'https://good.example\@evil.example', 'https://good.example#@evil.example',
		'https://good.example?x=@evil.example', 'https://example.com/v1?key=1', 'https://example.com/#a', 'https://exa mple.com',
		E'https://example.com\nX-Header: 1', E'https://example.com/\tx', 'https://example.com:0', 'https://example.com:65536', 'https://example.com:80x',
		'https://example..com', 'https://.example.com', 'https://example.com.', 'https://2130706433', 'https://0x7f.1', 'https://127.1', 'https://1.2.3.4.5',
		'https://[::1', 'https://::1', 'https://[fe80::1%25eth0]', 'https://[127.0.0.1]', 'https://exämple.com', 'https://' || repeat('a', 254), 'https://a/' || repeat('a', 2000)] LOOP
		BEGIN
			EXECUTE format('CREATE SERVER regress_address FOREIGN DATA WRAPPER synthik OPTIONS (base_url %L)', address);
			DROP SERVER regress_address;
			verdict := 'taken';
		EXCEPTION WHEN fdw_invalid_attribute_value THEN
			verdict := 'refused';
		END;
		RAISE INFO '% %', verdict, to_json(left(address, 60));
	END LOOP;
END
$$;

-- options of user mappings; no message has a key in it
CREATE SERVER "Acme's ""AI""" FOREIGN DATA WRAPPER synthik OPTIONS (base_url 'https://llm.acme.example/v1/');
CREATE USER MAPPING FOR regress_synthik_user SERVER "Acme's ""AI""" OPTIONS (key 'sk-secret');
CREATE USER MAPPING FOR regress_synthik_user SERVER "Acme's ""AI""" OPTIONS (api_key '');
CREATE USER MAPPING FOR regress_synthik_user SERVER "Acme's ""AI""" OPTIONS (api_key 'sk-secret', api_key_env 'X');
CREATE USER MAPPING FOR regress_synthik_user SERVER "Acme's ""AI""" OPTIONS (api_key_file 'relative/path');
CREATE USER MAPPING FOR regress_synthik_user SERVER "Acme's ""AI""" OPTIONS (api_key_env 'A=B');
CREATE USER MAPPING FOR regress_synthik_user SERVER "Acme's ""AI""" OPTIONS (allowed_host 'https://acme.example');
CREATE USER MAPPING FOR regress_synthik_user SERVER "Acme's ""AI""" OPTIONS (allowed_host '*');

-- without USAGE; without a mapping; with a key that is none; with one
SET ROLE regress_synthik_user;
SELECT * FROM synthik_check_model('Acme''s "AI"/large');
RESET ROLE;
GRANT USAGE ON FOREIGN SERVER "Acme's ""AI""" TO regress_synthik_user, regress_synthik_other;
SET ROLE regress_synthik_user;
SELECT * FROM synthik_check_model('Acme''s "AI"/large');
CREATE USER MAPPING FOR CURRENT_USER SERVER "Acme's ""AI""" OPTIONS (api_key_file '/etc/passwd');
CREATE USER MAPPING FOR CURRENT_USER SERVER "Acme's ""AI""" OPTIONS (api_key_env 'PATH');
CREATE USER MAPPING FOR CURRENT_USER SERVER "Acme's ""AI""" OPTIONS (api_key E'sk-secret\r\nX-Header: 1');
SELECT * FROM synthik_check_model('Acme''s "AI"/large');
ALTER USER MAPPING FOR CURRENT_USER SERVER "Acme's ""AI""" OPTIONS (SET api_key 'sk-secret');
SELECT * FROM synthik_check_model('Acme''s "AI"/large');
ALTER USER MAPPING FOR CURRENT_USER SERVER "Acme's ""AI""" OPTIONS (DROP api_key, ADD api_key_env 'PATH');
-- a role that is not the mapped one has no key; PUBLIC's serves everybody
SET ROLE regress_synthik_other;
SELECT * FROM synthik_check_model('Acme''s "AI"/large');
RESET ROLE;
CREATE USER MAPPING FOR PUBLIC SERVER "Acme's ""AI""" OPTIONS (api_key 'sk-secret');
SET ROLE regress_synthik_other;
SELECT key_from FROM synthik_check_model('Acme''s "AI"/large');
RESET ROLE;
-- a mapping that a superuser made to name a variable is not the role's to change
ALTER USER MAPPING FOR regress_synthik_user SERVER "Acme's ""AI""" OPTIONS (DROP api_key, ADD api_key_env 'SYNTHIK_REGRESS_NO_SUCH_VARIABLE');
SET ROLE regress_synthik_user;
SELECT * FROM synthik_check_model('Acme''s "AI"/large');
ALTER USER MAPPING FOR CURRENT_USER SERVER "Acme's ""AI""" OPTIONS (ADD allowed_host 'evil.example');
RESET ROLE;
-- no key needed
ALTER SERVER "Acme's ""AI""" OPTIONS (ADD auth_header 'none');
SELECT key_from FROM synthik_check_model('Acme''s "AI"/large');
DROP SERVER "Acme's ""AI""" CASCADE;

-- a server whose owner is no superuser
GRANT USAGE ON FOREIGN DATA WRAPPER synthik TO regress_synthik_owner;
SET ROLE regress_synthik_owner;
CREATE SERVER shop FOREIGN DATA WRAPPER synthik OPTIONS (base_url 'https://llm.shop.example');
GRANT USAGE ON FOREIGN SERVER shop TO regress_synthik_user;
-- the owner's own key
CREATE USER MAPPING FOR CURRENT_USER SERVER shop OPTIONS (api_key 'sk-owner');
SELECT key_from FROM synthik_check_model('shop/m');
-- another role's key goes where that role said, and nowhere else
SET ROLE regress_synthik_user;
SELECT * FROM synthik_check_model('shop/m');
CREATE USER MAPPING FOR CURRENT_USER SERVER shop OPTIONS (api_key 'sk-user');
SELECT * FROM synthik_check_model('shop/m');
ALTER USER MAPPING FOR CURRENT_USER SERVER shop OPTIONS (ADD allowed_host '*.Shop.example');
SELECT key_from FROM synthik_check_model('shop/m');
SET ROLE regress_synthik_owner;
ALTER SERVER shop OPTIONS (SET base_url 'https://evil.example');
SET ROLE regress_synthik_user;
SELECT * FROM synthik_check_model('shop/m');
-- the owner can alter the mapping, but not where its key goes
SET ROLE regress_synthik_owner;
ALTER USER MAPPING FOR regress_synthik_user SERVER shop OPTIONS (SET allowed_host 'evil.example');
ALTER USER MAPPING FOR regress_synthik_user SERVER shop OPTIONS (DROP allowed_host);
SET ROLE regress_synthik_user;
SELECT * FROM synthik_check_model('shop/m');
SET ROLE regress_synthik_owner;
ALTER USER MAPPING FOR regress_synthik_user SERVER shop OPTIONS (ADD allowed_host 'evil.example');
SELECT umoptions FROM pg_user_mappings WHERE usename = 'regress_synthik_user' AND srvname = 'shop';
-- nor a key that a superuser named for the owner, or for all
RESET ROLE;
ALTER USER MAPPING FOR regress_synthik_owner SERVER shop OPTIONS (DROP api_key, ADD api_key_env 'PATH');
CREATE USER MAPPING FOR PUBLIC SERVER shop OPTIONS (api_key 'sk-public');
GRANT USAGE ON FOREIGN SERVER shop TO regress_synthik_other;
SET ROLE regress_synthik_owner;
SELECT * FROM synthik_check_model('shop/m');
SET ROLE regress_synthik_other;
SELECT * FROM synthik_check_model('shop/m');
RESET ROLE;
ALTER USER MAPPING FOR PUBLIC SERVER shop OPTIONS (ADD allowed_host 'evil.example');
SET ROLE regress_synthik_other;
SELECT key_from FROM synthik_check_model('shop/m');
-- which certificates are trusted is a superuser's to say
SET ROLE regress_synthik_owner;
ALTER SERVER shop OPTIONS (ADD ca_file '/etc/ssl/own.pem');
RESET ROLE;
ALTER SERVER shop OPTIONS (ADD ca_file 'own.pem');
ALTER SERVER shop OPTIONS (ADD ca_file '/etc/ssl/own.pem');
SET ROLE regress_synthik_owner;
ALTER SERVER shop OPTIONS (SET base_url 'https://llm.shop.example');
RESET ROLE;
ALTER SERVER shop OPTIONS (DROP ca_file);
-- no TLS, no private address; a superuser's may
SET ROLE regress_synthik_owner;
ALTER SERVER shop OPTIONS (SET base_url 'http://llm.shop.example');
SELECT * FROM synthik_check_model('shop/m');
ALTER SERVER shop OPTIONS (SET base_url 'https://169.254.169.254');
SELECT * FROM synthik_check_model('shop/m');
ALTER SERVER shop OPTIONS (SET base_url 'https://[::ffff:10.0.0.1]');
SELECT * FROM synthik_check_model('shop/m');
ALTER SERVER shop OPTIONS (SET base_url 'https://LOCALHOST:8080', ADD auth_header 'none');
SELECT * FROM synthik_check_model('shop/m');
RESET ROLE;
DO $$ BEGIN EXECUTE format('ALTER SERVER shop OWNER TO %I', current_user); END $$;
SELECT address FROM synthik_check_model('shop/m');
DROP SERVER shop CASCADE;

-- built-in endpoints: their names are not to be had by others
SET ROLE regress_synthik_owner;
CREATE SERVER openai FOREIGN DATA WRAPPER synthik OPTIONS (base_url 'https://evil.example', auth_header 'none');
GRANT USAGE ON FOREIGN SERVER openai TO PUBLIC;
SELECT address FROM synthik_check_model('openai/gpt-x');
SET ROLE regress_synthik_user;
SELECT * FROM synthik_check_model('openai/gpt-x');
RESET ROLE;
DROP SERVER openai;
-- a superuser's takes its place, and an own key makes it the role's
CREATE SERVER openai FOREIGN DATA WRAPPER synthik;
SET ROLE regress_synthik_user;
SELECT * FROM synthik_check_model('openai/gpt-x');
RESET ROLE;
GRANT USAGE ON FOREIGN SERVER openai TO regress_synthik_user;
SET ROLE regress_synthik_user;
SELECT * FROM synthik_check_model('openai/gpt-x');
CREATE USER MAPPING FOR CURRENT_USER SERVER openai OPTIONS (api_key 'sk-user');
SELECT * FROM synthik_check_model('openai/gpt-x');
RESET ROLE;
DROP SERVER openai CASCADE;
CREATE SERVER llama FOREIGN DATA WRAPPER synthik OPTIONS (base_url 'http://127.0.0.1:8080/v1');
SELECT * FROM synthik_check_model('llama-3-70b');
DROP SERVER llama;
SELECT * FROM synthik_check_model('llama/some-model');

-- servers that are none
CREATE SERVER nowhere FOREIGN DATA WRAPPER synthik;
SELECT * FROM synthik_check_model('nowhere/m');
DROP SERVER nowhere;
CREATE SERVER work FOREIGN DATA WRAPPER synthik OPTIONS (dialect 'anthropic', auth_header 'none');
SELECT * FROM synthik_check_model('work/claude-opus-5-5');
DROP SERVER work;
SELECT * FROM synthik_check_model('no such/m');
CREATE FOREIGN DATA WRAPPER regress_other;
CREATE SERVER elsewhere FOREIGN DATA WRAPPER regress_other;
SELECT * FROM synthik_check_model('elsewhere/m');
DROP FOREIGN DATA WRAPPER regress_other CASCADE;

-- settings of superusers
SET synthik.network = off;
SELECT * FROM synthik_check_model('llama-3-70b');
RESET synthik.network;
SET synthik.allowed_hosts = 'api.openai.com, *.example.com';
SELECT * FROM synthik_check_model('llama-3-70b');
SET synthik.allowed_hosts = 'api.openai.com,127.0.0.1';
SELECT address FROM synthik_check_model('llama-3-70b');
RESET synthik.allowed_hosts;
SET synthik.allowed_hosts = 'https://api.openai.com';
SET synthik.budget = '5 EUR/month';
SET synthik.budget = 'nan USD/month';
SET synthik.budget = '5 USD/month';
SET synthik.send_limit = 'everything';
SET synthik.default_model = '';
SET synthik.max_batch_rows = 0;
SET synthik.cache_lifetime = '1d';
SHOW synthik.cache_lifetime;
RESET synthik.cache_lifetime;
RESET synthik.budget;
SET ROLE regress_synthik_user;
SET synthik.network = on;
SET synthik.allowed_hosts = '';
SET synthik.environment_key_role = 'regress_synthik_user';
SET synthik.budget = '';
SET synthik.send_limit = 'samples';
RESET ROLE;
SELECT name, setting, context FROM pg_settings WHERE name LIKE 'synthik.%' ORDER BY name COLLATE "C";

-- the role whose members use the environment's keys
SET ROLE regress_synthik_user;
SELECT * FROM synthik_check_model('anthropic/m');
RESET ROLE;
SET synthik.environment_key_role = 'no such role';
SET ROLE regress_synthik_user;
SELECT * FROM synthik_check_model('anthropic/m');
RESET ROLE;
RESET synthik.environment_key_role;

REVOKE USAGE ON FOREIGN DATA WRAPPER synthik FROM regress_synthik_owner CASCADE;
DROP ROLE regress_synthik_owner, regress_synthik_user, regress_synthik_other;

-- the codes of such errors
\set VERBOSITY sqlstate
CREATE SERVER bad FOREIGN DATA WRAPPER synthik OPTIONS (nonsense 'x');
CREATE SERVER bad FOREIGN DATA WRAPPER synthik OPTIONS (dialect 'gopher');
CREATE SERVER bad FOREIGN DATA WRAPPER synthik OPTIONS (base_url 'https://x.example', timeout_ms 'soon');
CREATE SERVER bad FOREIGN DATA WRAPPER synthik;
SELECT address FROM synthik_check_model('bad/m');
ALTER SERVER bad OPTIONS (ADD base_url 'https://x.example');
SELECT count(*) FROM synthik_generate('{"fields": [{"name": "a", "type": "text"}]}', 1, 'bad/m') AS t(a text) WHERE a <> '';
SELECT address FROM synthik_check_model('no such model');
DROP SERVER bad;
\set VERBOSITY default
