-- Customers and their orders, with dependencies between the two: what an order
-- is worth, how many a customer has and how they end hang on its segment, an
-- order's country is mostly the customer's, and it comes after the signup.
SELECT setseed(0.5);
CREATE TABLE customers (
	id integer PRIMARY KEY,
	segment text NOT NULL,
	country text NOT NULL,
	signup date NOT NULL,
	score numeric(6,2) NOT NULL,
	newsletter boolean NOT NULL
);
CREATE TABLE orders (
	id integer PRIMARY KEY,
	customer_id integer NOT NULL REFERENCES customers,
	amount numeric(10,2) NOT NULL,
	country text NOT NULL,
	ordered date NOT NULL,
	status text NOT NULL,
	channel text NOT NULL
);
INSERT INTO customers
SELECT i, segment, (ARRAY['DE', 'FR', 'PL', 'US', 'JP', 'BR'])[1 + floor(6 * random() ^ 1.5)],
	date '2021-01-01' + (1200 * sqrt(random()))::integer,
	round((CASE segment WHEN 'gold' THEN 80 WHEN 'silver' THEN 55 ELSE 30 END + 20 * (random() - random()))::numeric, 2),
	random() < CASE segment WHEN 'gold' THEN 0.7 ELSE 0.3 END
FROM (SELECT i, CASE WHEN r < 0.12 THEN 'gold' WHEN r < 0.45 THEN 'silver' ELSE 'basic' END AS segment
	FROM (SELECT i, random() AS r FROM generate_series(1, :customers) AS i) AS drawn) AS segments;
INSERT INTO orders
SELECT row_number() OVER (), id,
	round((CASE segment WHEN 'gold' THEN 150 WHEN 'silver' THEN 60 ELSE 20 END *
		exp(0.6 * (random() + random() + random() + random() - 2)))::numeric, 2),
	CASE WHEN random() < 0.95 THEN country ELSE (ARRAY['DE', 'FR', 'PL', 'US', 'JP', 'BR'])[1 + floor(6 * random())] END,
	signup + 1 + (500 * random() ^ 2)::integer,
	CASE WHEN random() < CASE segment WHEN 'gold' THEN 0.05 ELSE 0.2 END THEN 'returned' WHEN random() < 0.1 THEN 'open' ELSE 'delivered' END,
	CASE WHEN random() < CASE country WHEN 'US' THEN 0.8 WHEN 'JP' THEN 0.6 ELSE 0.3 END THEN 'app' ELSE 'web' END
FROM customers, LATERAL generate_series(1, (-ln(1 - random()) * CASE segment WHEN 'gold' THEN 13 WHEN 'silver' THEN 6 ELSE 2.8 END)::integer);
