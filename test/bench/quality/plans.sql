-- Do the planner's estimates on :"t" and :"u", as shares of the table, agree?
-- Prints every predicate and join that is off by a factor of 1.5 or more, and
-- the share of those that are not.
CREATE FUNCTION pg_temp.estimate(query text) RETURNS double precision LANGUAGE plpgsql AS $$
DECLARE plan json;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan;
	RETURN (plan -> 0 -> 'Plan' ->> 'Plan Rows')::double precision;
END $$;
CREATE TEMP TABLE predicates (n serial, predicate text, joined text DEFAULT '');
INSERT INTO predicates (predicate) VALUES
	('status = ''delivered'''), ('status = ''returned'''), ('status IN (''new'', ''paid'')'), ('status <> ''shipped'''),
	('country = ''FR'''), ('country = ''NL'''), ('city = ''Paris'''), ('city = ''Madrid'''), ('city < ''H'''),
	('created >= ''2025-01-01'''), ('created >= ''2025-10-01'''), ('created < ''2024-04-01'''),
	('created BETWEEN ''2024-06-01'' AND ''2024-09-01'''), ('shipped IS NULL'), ('shipped >= ''2025-06-01'''),
	('delivered IS NOT NULL'), ('delivered < ''2024-08-01'''), ('birth < ''1960-01-01'''), ('birth >= ''1995-01-01'''),
	('qty = 1'), ('qty > 5'), ('qty BETWEEN 2 AND 3'), ('price < 10'), ('price > 50'), ('price BETWEEN 15 AND 25'),
	('price = 19.99'), ('total > 100'), ('total < 20'), ('discount = 0'), ('discount = 10'), ('discount >= 25'),
	('score IS NULL'), ('score > 700'), ('score < 500'), ('member'), ('NOT member'), ('line1 IS NULL'),
	('latitude > 50'), ('longitude BETWEEN 5 AND 10'), ('category = ''cat-0001'''), ('category < ''cat-0500'''),
	('category LIKE ''cat-00%'''), ('customer_id = 1'), ('customer_id < 100'), ('ratings IS NULL'),
	('attributes @> ''{"channel": "web"}'''), ('tags @> ARRAY[''sale'']');
INSERT INTO predicates (predicate, joined) VALUES
	('o.status = ''new''', 'JOIN customers c ON c.id = o.customer_id'), ('c.id < 1000', 'JOIN customers c ON c.id = o.customer_id'),
	('true', 'JOIN customers c ON c.id = o.customer_id');
CREATE TEMP TABLE estimates AS
SELECT predicate,
	pg_temp.estimate(format('SELECT * FROM %I o %s WHERE %s', :'t', joined, predicate)) / (SELECT reltuples FROM pg_class WHERE relname = :'t') AS one,
	pg_temp.estimate(format('SELECT * FROM %I o %s WHERE %s', :'u', joined, predicate)) / (SELECT reltuples FROM pg_class WHERE relname = :'u') AS other
FROM predicates;
SELECT predicate, round(one::numeric, 5) AS share, round(other::numeric, 5) AS augmented FROM estimates
WHERE greatest(one / other, other / one) >= 1.5 ORDER BY 1;
SELECT count(*) AS predicates, round(avg((greatest(one / other, other / one) < 1.5)::integer), 3) AS agree FROM estimates;
