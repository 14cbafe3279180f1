-- One figure a property of the table that is named by :"t".
SELECT property, round(figure::numeric, 4) AS figure FROM (
SELECT 1 AS n, 'NULLs come in blocks: share of rows with some but not all of the address' AS property,
	avg((num_nulls(line1, zip, latitude, longitude) BETWEEN 1 AND 3)::integer) AS figure FROM :"t"
UNION ALL SELECT 2, 'share of rows without an address', avg((line1 IS NULL)::integer) FROM :"t"
UNION ALL SELECT 3, 'trend: share of orders in the second year', avg((created >= '2025-01-01')::integer) FROM :"t"
UNION ALL SELECT 4, 'share of orders at weekends', avg((extract(isodow FROM created AT TIME ZONE 'UTC') > 5)::integer) FROM :"t"
UNION ALL SELECT 5, 'share of orders from 18 to 22 h', avg((extract(hour FROM created AT TIME ZONE 'UTC') BETWEEN 18 AND 21)::integer) FROM :"t"
UNION ALL SELECT 6, 'shipped before created', avg((shipped < created)::integer) FROM :"t"
UNION ALL SELECT 7, 'delivered before shipped', avg((delivered < shipped)::integer) FROM :"t"
UNION ALL SELECT 8, 'days from created to shipped, mean', avg(extract(epoch FROM shipped - created) / 86400) FROM :"t"
UNION ALL SELECT 9, 'shipped is NULL where status is new, and else not', avg(((shipped IS NULL) = (status = 'new'))::integer) FROM :"t"
UNION ALL SELECT 10, 'distinct categories', count(DISTINCT category) FROM :"t"
UNION ALL SELECT 11, 'share of the ten most common categories', sum(c) FILTER (WHERE r <= 10) / sum(c) FROM (SELECT count(*) c, row_number() OVER (ORDER BY count(*) DESC) r FROM :"t" GROUP BY category) x
UNION ALL SELECT 12, 'cities in more than one country', count(*) FROM (SELECT city FROM :"t" GROUP BY city HAVING count(DISTINCT country) > 1) x
UNION ALL SELECT 13, 'share of FR', avg((country = 'FR')::integer) FROM :"t"
UNION ALL SELECT 14, 'total = qty * price', avg((total = qty * price)::integer) FROM :"t"
UNION ALL SELECT 15, 'prices that end in .99', avg((price % 1 = 0.99)::integer) FROM :"t"
UNION ALL SELECT 16, 'mean price', avg(price) FROM :"t"
UNION ALL SELECT 17, 'discounts that are multiples of 5', avg((discount % 5 = 0)::integer) FROM :"t"
UNION ALL SELECT 18, 'mean discount of members', avg(discount) FROM :"t" WHERE member
UNION ALL SELECT 19, 'mean discount of others', avg(discount) FROM :"t" WHERE NOT member
UNION ALL SELECT 20, 'mean score where returned', avg(score) FROM :"t" WHERE status = 'returned'
UNION ALL SELECT 21, 'mean score elsewhere', avg(score) FROM :"t" WHERE status <> 'returned'
UNION ALL SELECT 22, 'customers: share of orders of the 100 busiest', sum(c) FILTER (WHERE r <= 100) / sum(c) FROM (SELECT count(*) c, row_number() OVER (ORDER BY count(*) DESC) r FROM :"t" GROUP BY customer_id) x
UNION ALL SELECT 23, 'customers with orders', count(DISTINCT customer_id) FROM :"t"
UNION ALL SELECT 24, 'e-mail addresses that look like one', avg((email ~ '^[^@ ]+@[a-z0-9.-]+$')::integer) FROM :"t"
UNION ALL SELECT 25, 'codes of the shape ORD-9999999', avg((code ~ '^ORD-[0-9]{7}$')::integer) FROM :"t"
UNION ALL SELECT 26, 'phones of the shape', avg((phone ~ '^\+1-[0-9]{3}-555-01[0-9]{2}$')::integer) FROM :"t"
UNION ALL SELECT 27, 'URLs', avg((url ~ '^https://')::integer) FROM :"t"
UNION ALL SELECT 28, 'zips of five digits', avg((zip ~ '^[0-9]{5}$')::integer) FROM :"t"
UNION ALL SELECT 29, 'notes: mean words', avg(array_length(regexp_split_to_array(note, ' '), 1)) FROM :"t"
UNION ALL SELECT 30, 'notes: mean length', avg(length(note)) FROM :"t"
UNION ALL SELECT 31, 'attributes with a coupon', avg((attributes ? 'coupon')::integer) FROM :"t"
UNION ALL SELECT 32, 'attributes: channel is web', avg((attributes ->> 'channel' = 'web')::integer) FROM :"t"
UNION ALL SELECT 33, 'attributes: mean weight', avg((attributes ->> 'weight')::numeric) FROM :"t"
UNION ALL SELECT 34, 'tags: mean number', avg(cardinality(tags)) FROM :"t"
UNION ALL SELECT 35, 'ratings where delivered, and else not', avg(((ratings IS NOT NULL) = (status = 'delivered'))::integer) FROM :"t"
UNION ALL SELECT 36, 'ratings: mean', avg(x) FROM :"t", unnest(ratings) x
UNION ALL SELECT 37, 'latitude and city: correlation of latitude and longitude', corr(latitude, longitude) FROM :"t"
UNION ALL SELECT 38, 'birth: mean year', avg(extract(year FROM birth)) FROM :"t"
) f ORDER BY n;
