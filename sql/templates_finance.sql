-- Templates of banks: every row keeps to its template's rules.
\getenv abs_srcdir PG_ABS_SRCDIR
\set rules :abs_srcdir /test/fixtures/template_rules.sql
\set ECHO none
\i :rules
\set ECHO all
SET client_min_messages = notice;
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';
CREATE SCHEMA bank;
SELECT name, title, cardinality(fields) AS fields, tables FROM synthik_templates WHERE domain = 'finance' ORDER BY name COLLATE "C";
SELECT t.name, v.* FROM synthik_templates AS t, synthik_validate(document) AS v WHERE domain = 'finance' AND tables IS NULL;
SELECT name, synthik_create_table('bank.' || split_part(name, '/', 2), name, rows => 500, seed => 1)
FROM synthik_templates WHERE domain = 'finance' AND tables IS NULL ORDER BY name COLLATE "C";
CALL pg_temp.test_templates('finance', 'bank');
SELECT account_id, booked_at, transaction_type, amount, balance, category, counterparty FROM bank.transactions ORDER BY id LIMIT 3;
SELECT credit_score, purpose, principal, term_months, interest_rate, installment, status, payments_made, outstanding_principal, arrears FROM bank.loans ORDER BY id LIMIT 3;
SELECT transacted_at, merchant, merchant_category, amount, country, channel, status, is_fraud FROM bank.card_transactions ORDER BY id LIMIT 3;
SELECT ticker, trade_date, open, high, low, close, volume FROM bank.prices ORDER BY ticker, trade_date LIMIT 3;
SELECT portfolio_id, ticker, side, quantity, price, fee, position, average_cost, realized_gain FROM bank.trades ORDER BY id LIMIT 3;

-- balances add up, and go from one entry to the next
SELECT count(*) FILTER (WHERE balance <> before + amount) AS wrong, count(before) > 450 AS many FROM (SELECT balance, amount, lag(balance) OVER (PARTITION BY account_id ORDER BY booked_at) AS before FROM bank.transactions) AS entries;
-- one salary and one rent a month at most
SELECT max(n) FROM (SELECT count(*) AS n FROM bank.transactions WHERE transaction_type IN ('salary', 'rent') GROUP BY account_id, transaction_type, date_trunc('month', booked_at)) AS months;
-- those with a low score pay more and pay worse
SELECT synthik_augment('bank.loans', 4500, seed => 2), synthik_augment('bank.card_transactions', 19500, seed => 2);
SELECT avg(interest_rate) FILTER (WHERE risk_grade = 'E') > 1.5 * avg(interest_rate) FILTER (WHERE risk_grade = 'A' AND purpose <> 'mortgage') AS dearer, avg((status IN ('late', 'defaulted'))::int) FILTER (WHERE risk_grade = 'E') > 5 * avg((status IN ('late', 'defaulted'))::int) FILTER (WHERE risk_grade = 'A') AS worse FROM bank.loans;
-- fraud is rare, dear, abroad, by night and quick
SELECT avg(is_fraud::int) BETWEEN 0.004 AND 0.013 AS rare, avg(amount) FILTER (WHERE is_fraud) > 3 * avg(amount) FILTER (WHERE NOT is_fraud) AS dear,
	avg((country <> home_country)::int) FILTER (WHERE is_fraud) > 10 * avg((country <> home_country)::int) FILTER (WHERE NOT is_fraud) AS abroad,
	avg((extract(hour FROM transacted_at) < 5)::int) FILTER (WHERE is_fraud) > 5 * avg((extract(hour FROM transacted_at) < 5)::int) FILTER (WHERE NOT is_fraud) AS by_night,
	avg((minutes_since_previous < 30)::int) FILTER (WHERE is_fraud) > 10 * avg((minutes_since_previous < 30)::int) FILTER (WHERE NOT is_fraud) AS quick FROM bank.card_transactions;
-- prices walk with the market; no day twice
SELECT corr(daily_return, market_return) > 0.15 AS together, bool_and(abs(close / before - 1 - daily_return) < 0.0001) AS steady, count(*) - count(DISTINCT (ticker, trade_date)) AS twice FROM (SELECT *, lag(close) OVER (PARTITION BY ticker ORDER BY trade_date) AS before FROM bank.prices) AS p;
-- nothing is sold that is not held
SELECT count(*) FILTER (WHERE position <> coalesce(before, 0) + CASE side WHEN 'buy' THEN quantity ELSE -quantity END) AS wrong FROM (SELECT *, lag(position) OVER (PARTITION BY portfolio_id, ticker ORDER BY traded_at) AS before FROM bank.trades) AS t;

-- all tables
SELECT * FROM synthik_create_pack('finance', 'whole_bank', scale => 0.1, seed => 1);
SET search_path = whole_bank, public;
CALL pg_temp.test_pack('finance');
SELECT count(*) AS foreign_keys, bool_and(convalidated) AS valid FROM pg_constraint WHERE contype = 'f' AND connamespace = 'whole_bank'::regnamespace;
RESET search_path;
SELECT synthik_drop_rules() > 0;
SET client_min_messages = warning;
DROP SCHEMA bank, whole_bank CASCADE;
