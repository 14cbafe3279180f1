-- Templates of clinics and trials: every row keeps to its template's rules.
\getenv abs_srcdir PG_ABS_SRCDIR
\set rules :abs_srcdir /test/fixtures/template_rules.sql
\set ECHO none
\i :rules
\set ECHO all
SET client_min_messages = notice;
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';
CREATE SCHEMA clinic;
SELECT name, title, cardinality(fields) AS fields, tables FROM synthik_templates WHERE domain = 'healthcare' ORDER BY name COLLATE "C";
SELECT t.name, v.* FROM synthik_templates AS t, synthik_validate(document) AS v WHERE domain = 'healthcare' AND tables IS NULL;
SELECT name, synthik_create_table('clinic.' || split_part(name, '/', 2), name, rows => 500, seed => 1)
FROM synthik_templates WHERE domain = 'healthcare' AND tables IS NULL ORDER BY name COLLATE "C";
CALL pg_temp.test_templates('healthcare', 'clinic');
SELECT given_name, family_name, sex, birth_date, insurance_type, marital_status, status, deceased_on FROM clinic.patients ORDER BY id LIMIT 3;
SELECT department, physician, visit_type, starts_at, ends_at, status FROM clinic.appointments ORDER BY id LIMIT 3;
SELECT diagnosis_code, procedure, medication, dose, frequency, started_on, ended_on, outcome, cost FROM clinic.treatments ORDER BY id LIMIT 3;
SELECT subject, arm, visit, visit_on, hba1c, change_from_baseline, adverse_event, severity FROM clinic.trials ORDER BY subject_number, visit_number LIMIT 3;
SELECT sex, indication, test_name, value, unit, reference_low, reference_high, flag FROM clinic.lab_results ORDER BY id LIMIT 3;
SELECT condition, measured_at, heart_rate, systolic, diastolic, oxygen_saturation, temperature, news2, risk FROM clinic.vital_signs ORDER BY stay_id, measured_at LIMIT 3;

-- no physician has two patients at a time
SELECT count(*) FROM clinic.appointments a JOIN clinic.appointments b ON b.physician = a.physician AND b.visit_date = a.visit_date AND b.id > a.id AND b.starts_at < a.ends_at AND a.starts_at < b.ends_at;
-- those agreed on long before are missed more often; the doses work; infections show
SELECT synthik_augment('clinic.appointments', 4500, seed => 2), synthik_augment('clinic.trials', 2100, seed => 2), synthik_augment('clinic.lab_results', 2500, seed => 2);
SELECT avg((status = 'no-show')::int) FILTER (WHERE starts_at - booked_at > interval '40 days') > 1.3 * avg((status = 'no-show')::int) FILTER (WHERE starts_at - booked_at < interval '10 days') AS missed FROM clinic.appointments;
SELECT arm, avg(change_from_baseline) < -0.5 AS better, avg(change_from_baseline) < -0.9 AS much_better, avg((adverse_event = 'nausea')::int) FILTER (WHERE adverse_event IS NOT NULL) > 0.2 AS nausea FROM clinic.trials WHERE visit_number >= 6 OR adverse_event IS NOT NULL GROUP BY arm ORDER BY arm;
SELECT avg((flag IN ('H', 'HH'))::int) FILTER (WHERE indication = 'infection') IS NOT NULL AS flagged, count(*) FILTER (WHERE indication = 'infection' AND flag IN ('H', 'HH')) > 0.5 * count(*) FILTER (WHERE indication = 'infection') AS infections, count(*) FILTER (WHERE indication = 'check-up' AND flag IS NULL) > 0.75 * count(*) FILTER (WHERE indication = 'check-up') AS check_ups FROM clinic.lab_results;

-- the eighteen identifiers of the Safe Harbor method (45 CFR 164.514(b)(2)): either no template has such a
-- column, or every value is of a range that belongs to nobody, or is drawn without any person behind it
CREATE TABLE clinic.safe_harbor (number int, identifier text, how text, columns text, proof text);
INSERT INTO clinic.safe_harbor VALUES
(1, 'names', 'common given and family names put together at random', '^(given_name|family_name|full_name|physician)$', $$SELECT count(*) > 0 AND count(DISTINCT given_name || family_name) > 400 FROM clinic.patients$$),
(2, 'places smaller than a state', 'house number and street of common words; the city is drawn', '^(street_address|city|postcode)$', $$SELECT bool_and(street_address ~ '^[0-9]+ [A-Z]') FROM clinic.patients$$),
(3, 'dates of a person; ages over 89', 'drawn; nobody is older than 89', '^(birth_date|deceased_on|age|.*_(on|at|date))$', $$SELECT bool_and(age(date '2026-01-01', birth_date) < interval '90 years') AND (SELECT max(age) < 90 FROM clinic.vital_signs) FROM clinic.patients$$),
(4, 'telephone numbers', '555-0100 to 555-0199, set aside for fiction', '^phone$', $$SELECT bool_and(phone ~ '555-01[0-9]{2}') FROM clinic.patients$$),
(5, 'fax numbers', 'none', 'fax', NULL),
(6, 'e-mail addresses', 'domains reserved by RFC 2606', '^email$', $$SELECT bool_and(email ~ '[@.]example(\.(com|net|org))?$') FROM clinic.patients$$),
(7, 'social security numbers', '900-01 to 999-49, not given out', '^national_id$', $$SELECT bool_and(national_id ~ '^9[0-9]{2}-[0-4][0-9]-[0-9]{4}$') FROM clinic.patients$$),
(8, 'medical record numbers', 'random digits of no hospital', '^(mrn|accession_number)$', $$SELECT bool_and(mrn ~ '^MRN[0-9]+$') FROM clinic.patients$$),
(9, 'health plan beneficiary numbers', 'random letters and digits of no plan', '^member_number$', $$SELECT bool_and(member_number ~ '^[A-Z]{3}[0-9]{9}$') FROM clinic.patients$$),
(10, 'account numbers', 'none', 'account|iban|card', NULL),
(11, 'certificate and license numbers', 'NPI beginning with 2; those issued begin with 1', '^npi$', $$SELECT bool_and(value ~ '^2[0-9]{9}$') FROM (SELECT synthik_value('npi', i::text) AS value FROM generate_series(1, 50) i) AS numbers$$),
(12, 'vehicle identifiers', 'none', 'vin|plate|vehicle', NULL),
(13, 'device identifiers', 'none', 'device|serial|imei|mac_address', NULL),
(14, 'URLs', 'none', 'url|website|homepage', NULL),
(15, 'IP addresses', 'none', 'ipv|ip_address', NULL),
(16, 'biometric identifiers', 'none', 'finger|voice|retina|biometric|dna', NULL),
(17, 'photographs', 'none', 'photo|image|picture|avatar', NULL),
(18, 'other unique numbers', 'counted from 1, or drawn', '^(id|.*_id|subject|subject_number)$', $$SELECT min(subject_number) = 1 AND max(subject_number) = count(DISTINCT subject_number) FROM clinic.trials$$);
CREATE FUNCTION clinic.proves(query text) RETURNS boolean LANGUAGE plpgsql AS $$DECLARE answer boolean; BEGIN EXECUTE query INTO answer; RETURN answer; END$$;
WITH columns AS (
	SELECT f ->> 'name' AS name FROM synthik_templates, jsonb_array_elements(document -> 'fields') f WHERE domain = 'healthcare' AND tables IS NULL
	UNION SELECT f ->> 'name' FROM synthik_templates, jsonb_array_elements(document -> 'tables') t, jsonb_array_elements(t -> 'fields') f WHERE name = 'healthcare')
SELECT number, identifier, how, count(c.name) > 0 AS present, CASE WHEN proof IS NULL THEN count(c.name) = 0 ELSE clinic.proves(proof) END AS safe
FROM clinic.safe_harbor LEFT JOIN columns AS c ON c.name ~ safe_harbor.columns GROUP BY number, identifier, how, proof ORDER BY number;

-- all tables
SELECT * FROM synthik_create_pack('healthcare', 'whole_clinic', scale => 0.2, seed => 1);
SET search_path = whole_clinic, public;
CALL pg_temp.test_pack('healthcare');
SELECT count(*) AS foreign_keys, bool_and(convalidated) AS valid FROM pg_constraint WHERE contype = 'f' AND connamespace = 'whole_clinic'::regnamespace;
RESET search_path;
SELECT synthik_drop_rules() > 0;
SET client_min_messages = warning;
DROP SCHEMA clinic, whole_clinic CASCADE;
