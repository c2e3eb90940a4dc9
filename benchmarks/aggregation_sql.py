"""SQL of the measurement `aggregation`: how the stores are filled, and the same figures straight from the orders."""

from __future__ import annotations

from dashboard.figures import LINE
from dealport.kit.money import with_cents_sql

# An order's number g decides everything about it; it belongs to store g % stores.
_ORDERS = """
INSERT INTO orders_order (
    id, store_id, number, status, payment_status, currency, subtotal, discount, tax_amount, shipping_fee,
    total_amount, captured_amount, refunded_amount, coupon_code, country, shipping_address, billing_address,
    payment_method, notes, placed_at, order_day, completed_at, expired_at, canceled_at, refunded_at,
    is_imported, version
)
SELECT 1 + g, store_id, 'B-' || g, status, payment_status, currency, amount, 0, 0, 0, amount,
    CASE WHEN is_paid THEN amount ELSE 0 END,
    CASE payment_status WHEN 'REFUNDED' THEN amount WHEN 'PARTIALLY_REFUNDED' THEN 1.25 ELSE 0 END, '',
    (ARRAY['GB','GB','GB','GB','DE','FR','ES','IE','NL','US'])[1 + g / 7 %% 10], '{}', '{}', 'card', '', at,
    (at AT TIME ZONE timezone)::date,
    CASE WHEN is_paid THEN at + interval '5 minutes' END,
    CASE status WHEN 'EXPIRED' THEN at + interval '1 day' END,
    CASE status WHEN 'CANCELED' THEN at + interval '1 hour' END,
    CASE payment_status WHEN 'REFUNDED' THEN at + interval '9 days' END, true, 2
FROM (
    SELECT *, payment_status NOT IN ('FAILED', 'PENDING') AS is_paid FROM (
        SELECT g, %(first_store)s + g %% %(stores)s AS store_id, 5.00 + g %% 9973 * 0.25 AS amount,
            CASE WHEN g %% %(stores)s %% 4 = 0 THEN 'EUR' ELSE 'GBP' END AS currency,
            %(from)s::timestamptz + (g * 7907 %% %(seconds)s) * interval '1 second' AS at,
            CASE g / 3 %% 20 WHEN 0 THEN 'EXPIRED' WHEN 1 THEN 'CANCELED' WHEN 2 THEN 'PENDING' WHEN 3 THEN 'REFUNDED'
                ELSE 'DELIVERED' END AS status,
            CASE g / 3 %% 20 WHEN 0 THEN 'FAILED' WHEN 1 THEN 'PENDING' WHEN 2 THEN 'PENDING' WHEN 3 THEN 'REFUNDED'
                WHEN 4 THEN 'PARTIALLY_REFUNDED' ELSE 'PAID' END AS payment_status
        FROM generate_series(%(first)s::bigint, %(last)s) AS g
    ) AS numbers
) AS orders JOIN (SELECT id AS store_of_zone, timezone FROM customers_store) AS z ON store_of_zone = store_id
"""
_MONEY = """
INSERT INTO orders_transaction (
    store_id, order_id, kind, status, amount, currency, method, gateway_transaction_id, created_at
)
SELECT store_id, o.id, moved.kind, 'approved', moved.amount, o.currency, 'card', '', moved.at
FROM orders_order o CROSS JOIN LATERAL (VALUES
    ('payment', captured_amount, completed_at),
    ('refund', refunded_amount, completed_at + interval '9 days')
) AS moved (kind, amount, at)
WHERE o.id BETWEEN 1 + %(first)s AND 1 + %(last)s AND moved.amount > 0
"""
# what the recount finds orders by whose day of booking is not that of placing
_EVENTS = """
INSERT INTO orders_orderevent (
    store_id, order_id, kind, at, actor_label, from_status, to_status, from_payment_status, to_payment_status,
    amount, note
)
SELECT store_id, o.id, event.kind, event.at, 'benchmark', '', o.status, '', o.payment_status, 0, ''
FROM orders_order o CROSS JOIN LATERAL (VALUES
    ('paid', completed_at), ('expired', expired_at), ('refunded', refunded_at)
) AS event (kind, at)
WHERE o.id BETWEEN 1 + %(first)s AND 1 + %(last)s AND event.at IS NOT NULL
"""
# one customer for every fifty orders, with credits granted and spent, and every other one with a subscription
_CUSTOMERS = """
INSERT INTO customers_customer (
    id, store_id, email, name, phone, created_at, email_confirmed_at, total_orders, completed_orders, total_spent,
    average_order_value, tier, credit_balance
)
SELECT 1 + number, %(first_store)s + number %% %(stores)s, 'c' || number || '@example.com', 'Customer ' || number,
    '', at, CASE number / 3 %% 2 WHEN 0 THEN at + interval '2 hours' END, 0, 0, 0, 0, 'bronze', 2.50
FROM (
    SELECT number, %(from)s::timestamptz + (number * 104729 %% %(seconds)s) * interval '1 second' AS at
    FROM generate_series(%(first)s::bigint / 50, %(last)s / 50) AS number
) AS numbers
"""
_CREDITS = """
INSERT INTO customers_creditentry (store_id, customer_id, amount, balance_after, reason, created_at)
SELECT store_id, c.id, moved.amount, moved.balance, 'benchmark', c.created_at + moved.after
FROM customers_customer c CROSS JOIN (VALUES
    (7.50, 7.50, interval '1 day'), (-5.00, 2.50, interval '20 days')
) AS moved (amount, balance, after)
WHERE c.id BETWEEN 1 + %(first)s / 50 AND 1 + %(last)s / 50
"""
_SUBSCRIPTIONS = """
INSERT INTO customers_subscription (
    store_id, customer_id, plan, status, current_period_end, monthly_amount, created_at, updated_at
)
SELECT store_id, id, 'box', 'active', created_at + interval '3 years', 9.00, created_at, created_at
FROM customers_customer
WHERE id BETWEEN 1 + %(first)s / 50 AND 1 + %(last)s / 50 AND id %% 2 = 0
"""
_DROP_SEQUENCES = """
DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT relname FROM pg_class WHERE relkind = 'S' AND starts_with(relname::text, 'orders_number_') LOOP
        EXECUTE format('DROP SEQUENCE %%I', name);
    END LOOP;
END $$
"""
EMPTY = (
    "TRUNCATE customers_store, customers_customer, orders_order, dashboard_metricdelta RESTART IDENTITY CASCADE",
    _DROP_SEQUENCES,  # stores to come get these ids again, and number their orders from 1
    "SELECT setval(pg_get_serial_sequence('orders_order', 'id'), %(orders)s + 1)",
    "SELECT setval(pg_get_serial_sequence('customers_customer', 'id'), %(orders)s + 1)",
)
"""Statements that remove what other measurements left behind; ids up to `orders` are given by SEED."""
SEED = (_ORDERS, _MONEY, _EVENTS, _CUSTOMERS, _CREDITS, _SUBSCRIPTIONS)
"""Statements that write the orders number `first` to `last`, with what belongs to them."""

_FIGURES = LINE[3:-1]
_TOTALS = ", ".join(f"sum({name}) AS {name}" for name in _FIGURES)
# One pass over the orders of the days by the index on (store, placed_at), one over their money, one over the customers.
LINES = f"""
WITH grid AS (
    SELECT s.id AS store_id, s.currency, s.timezone,
        generate_series(%(first)s::date, %(last)s::date, '1 day')::date AS day
    FROM customers_store s
), sold AS (
    SELECT o.store_id, (o.placed_at AT TIME ZONE s.timezone)::date AS day, o.country,
        sum(o.captured_amount - o.refunded_amount) AS sales,
        sum(CASE WHEN o.captured_amount > 0 THEN o.tax_amount ELSE 0 END - o.refunded_tax) AS tax, count(*) AS orders,
        count(*) FILTER (WHERE o.status = 'PENDING') AS pending,
        count(*) FILTER (WHERE o.status = 'CANCELED') AS canceled,
        count(*) FILTER (WHERE o.payment_status IN ('PAID', 'PARTIALLY_REFUNDED')) AS completed,
        count(o.expired_at) AS expired, count(o.refunded_at) AS refunded
    FROM customers_store s JOIN orders_order o ON o.store_id = s.id
        AND o.placed_at >= %(first)s::date - interval '14 hours' AND o.placed_at < %(last)s::date + interval '36 hours'
    GROUP BY 1, 2, 3
), placed AS (
    SELECT store_id, day, sum(sales) AS sales, sum(tax) AS tax, sum(orders) AS orders, sum(pending) AS pending,
        sum(canceled) AS canceled, sum(completed) AS completed, sum(expired) AS expired, sum(refunded) AS refunded
    FROM sold GROUP BY 1, 2
), booked AS (
    SELECT t.store_id, (t.created_at AT TIME ZONE s.timezone)::date AS day,
        sum(CASE t.kind WHEN 'payment' THEN t.amount ELSE -t.amount END) AS revenue
    FROM customers_store s JOIN orders_transaction t ON t.store_id = s.id AND t.status = 'approved'
        AND t.created_at >= %(first)s::date - interval '14 hours'
        AND t.created_at < %(last)s::date + interval '36 hours'
    GROUP BY 1, 2
), registered AS (
    SELECT c.store_id, greatest((c.created_at AT TIME ZONE s.timezone)::date, %(first)s::date - 1) AS day,
        count(*) AS customers, count(c.email_confirmed_at) AS new_customers
    FROM customers_store s JOIN customers_customer c ON c.store_id = s.id
        AND c.created_at < %(last)s::date + interval '36 hours'
    GROUP BY 1, 2
), before AS (
    SELECT store_id, customers FROM registered WHERE day < %(first)s
), credits AS (
    SELECT c.store_id, (c.created_at AT TIME ZONE s.timezone)::date AS day,
        coalesce(sum(c.amount) FILTER (WHERE c.amount > 0), 0) AS granted,
        coalesce(-sum(c.amount) FILTER (WHERE c.amount < 0), 0) AS spent
    FROM customers_store s JOIN customers_creditentry c ON c.store_id = s.id
        AND c.created_at >= %(first)s::date - interval '14 hours'
        AND c.created_at < %(last)s::date + interval '36 hours'
    GROUP BY 1, 2
), products AS (
    SELECT store_id, count(*) AS present, count(*) FILTER (WHERE stock = 0) AS sold_out
    FROM orders_product WHERE deleted_at IS NULL GROUP BY 1
), paying AS (
    SELECT store_id, count(*) AS subscriptions, sum(monthly_amount) AS revenue
    FROM customers_subscription WHERE status = 'active' GROUP BY 1
), owed AS (
    SELECT store_id, sum(credit_balance) AS credits FROM customers_customer WHERE credit_balance > 0 GROUP BY 1
), stores AS (
    SELECT grid.store_id, currency, day, coalesce(sales, 0) AS sales, coalesce(booked.revenue, 0) AS revenue,
        coalesce(tax, 0) AS tax, coalesce(orders, 0) AS orders,
        coalesce(pending, 0) AS pending, coalesce(canceled, 0) AS canceled, coalesce(completed, 0) AS completed,
        coalesce(expired, 0) AS expired, coalesce(refunded, 0) AS refunded,
        coalesce(registered.new_customers, 0) AS new_customers,
        coalesce(before.customers, 0) + sum(coalesce(registered.customers, 0))
            OVER (PARTITION BY grid.store_id ORDER BY grid.day) AS total_customers,
        coalesce(granted, 0) AS credits_granted, coalesce(spent, 0) AS credits_spent,
        coalesce(present, 0) AS total_products, coalesce(present - sold_out, 0) AS products_in_stock,
        coalesce(sold_out, 0) AS products_out_of_stock, coalesce(credits, 0) AS credits_outstanding,
        coalesce(subscriptions, 0) AS active_subscriptions, coalesce(paying.revenue, 0) AS monthly_recurring_revenue
    FROM grid LEFT JOIN placed USING (store_id, day) LEFT JOIN booked USING (store_id, day)
    LEFT JOIN registered USING (store_id, day) LEFT JOIN before USING (store_id)
    LEFT JOIN credits USING (store_id, day) LEFT JOIN products USING (store_id)
    LEFT JOIN paying USING (store_id) LEFT JOIN owed USING (store_id)
), totals AS (
    SELECT coalesce(store_id, 0) AS store_id, currency, day, {_TOTALS}
    FROM stores GROUP BY GROUPING SETS ((store_id, currency, day), (currency, day))
), countries AS (
    SELECT coalesce(store_id, 0) AS store_id, currency, day, country, sum(sales) AS sales, sum(orders) AS orders
    FROM sold JOIN customers_store s ON s.id = sold.store_id WHERE day BETWEEN %(first)s AND %(last)s
    GROUP BY GROUPING SETS ((store_id, currency, day, country), (currency, day, country))
), shares AS (
    SELECT store_id, currency, day,
        jsonb_object_agg(
            country, jsonb_build_object('sales', ({with_cents_sql("sales")})::text, 'orders', orders)
        ) AS sales_by_country
    FROM countries GROUP BY 1, 2, 3
)
SELECT nullif(store_id, 0) AS store_id, currency, day, {", ".join(_FIGURES)},
    coalesce(sales_by_country, '{{}}') AS sales_by_country
FROM totals LEFT JOIN shares USING (store_id, currency, day)
"""
