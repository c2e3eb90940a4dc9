"""Searching customers and orders of one store in this process, over the API, in the admin and by the search of
everything: 10,000 orders of 2,000 customers, then 1,000,000 orders of 200,000. A term finds the same share of the rows
at both sizes, or one row; the answer is the first page with the number of matches. Milliseconds, and those of the
processor in this process and the database's, which hardly depend on what else the machine does.
"""

from __future__ import annotations

from statistics import median
from typing import Any

from django.db import connection
from rest_framework.test import APIClient

from benchmarks import report
from customers.actions import create_store
from customers.models import Store, User

SMALL, LARGE = 10_000, 1_000_000
ROUNDS = 25
SHORT = {"SMALL": 100, "LARGE": 400, "ROUNDS": 1}
ORDERS_EACH = 5
CUSTOMERS = """
INSERT INTO customers_customer (
    store_id, email, name, phone, created_at, total_orders, completed_orders, total_spent, average_order_value, tier,
    credit_balance
)
SELECT %(store)s, 'p' || md5(g::text) || '@mail.example', 'Given' || md5('f' || g)::text || ' Family' || md5('l' || g),
    '+44 7' || lpad((g * 7919 %% 1000000000)::text, 9, '0'), now() - g * interval '1 minute', 5, 5, g %% 5000, 10,
    'bronze', 0
FROM generate_series(%(first)s::bigint, %(last)s) AS g
"""
ORDERS = """
INSERT INTO orders_order (
    store_id, number, customer_id, status, payment_status, currency, subtotal, discount, tax_amount, shipping_fee,
    total_amount, captured_amount, refunded_amount, coupon_code, country, shipping_address, billing_address,
    payment_method, notes, placed_at, order_day, is_imported, version
)
SELECT %(store)s, '#' || (100000000 + g), c.id, 'PENDING', 'PENDING', 'GBP', 10, 0, 0, 0, 10, 0, 0, '', 'GB', '{}',
    '{}', 'CREDIT_CARD', '', now() - g * interval '10 seconds', (now() - g * interval '10 seconds')::date, true, 1
FROM (
    SELECT id, row_number() OVER (ORDER BY id) AS number FROM customers_customer WHERE store_id = %(store)s
) AS c JOIN generate_series(%(first)s::bigint, %(last)s) AS g ON c.number = (g + 4) / 5
"""
SEARCHES = (
    ("customers", "whole name", "{name}"),
    ("customers", "part of a word", "{part}"),
    ("customers", "one of 256 names", "{one_of_256}"),
    ("customers", "email address", "{email}"),
    ("customers", "every row", "mail.example"),
    ("customers", "two letters", "gi"),
    ("orders", "order number", "{number}"),
    ("orders", "customer's name", "{name}"),
    ("orders", "one of 256 names", "{one_of_256}"),
    ("orders", "email address", "{email}"),
    ("admin, customers", "email address", "{email}"),
    ("admin, customers", "two letters", "gi"),
    ("admin, orders", "order number", "{number}"),
    ("admin, orders", "customer's name", "{name}"),
    ("everything", "email address", "{email}"),
    ("everything", "two letters", "gi"),
)
ADDRESSES = {
    "customers": ("/api/v1/customers", "search"),
    "orders": ("/api/v1/orders", "search"),
    "admin, customers": ("/admin/customers/customer/", "q"),
    "admin, orders": ("/admin/orders/order/", "q"),
    "everything": ("/search/", "q"),
}


def main() -> None:
    """Measure each search at both sizes; compare."""
    store = create_store(slug="searching", name="Searching", currency="GBP", timezone="UTC", actor=None)
    client = APIClient(SERVER_NAME="127.0.0.1")
    user = User.objects.create_user("searcher@example.com", "searching-1x", role=User.Role.ADMIN)
    client.force_authenticate(user)
    client.force_login(user)
    fill(store, 1, SMALL)
    small = measured(client, store)
    fill(store, SMALL + 1, LARGE)
    large = measured(client, store)
    rows = []
    for path, name, _ in SEARCHES:
        before, after = small[path, name], large[path, name]
        rows.append((f"{path}: {name}", *before, *after, after[1] / before[1]))
    report.table(
        ("search", f"ms at {SMALL:,}", "processor", f"ms at {LARGE:,}", "processor", "ratio of processor ms"), rows
    )
    slowest = max(row[-1] for row in rows)
    report.result("searching", f"slowest ratio, {LARGE:,} to {SMALL:,} orders", slowest, "≤ 3")


def fill(store: Store, first: int, last: int) -> None:
    """Write the orders number `first` to `last`, and one customer for every five of them."""
    report.progress(f"filling {last:,} orders")
    with connection.cursor() as cursor:
        people = {"store": store.pk, "first": (first - 1) // ORDERS_EACH + 1, "last": last // ORDERS_EACH}
        cursor.execute(CUSTOMERS, people)
        cursor.execute(ORDERS, {"store": store.pk, "first": first, "last": last})
        cursor.execute("VACUUM ANALYZE customers_customer, orders_order")


def measured(client: APIClient, store: Store) -> dict[tuple[str, str], tuple[float, float]]:
    """Return the milliseconds of each search: the median, and those of the processor."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.name, c.email, o.number FROM orders_order o JOIN customers_customer c ON c.id = o.customer_id "
            "WHERE o.store_id = %s ORDER BY o.id OFFSET 50 LIMIT 1",
            [store.pk],
        )
        name, email, number = cursor.fetchone()
    values = {"name": name, "email": email, "number": number, "part": name[8:20], "one_of_256": name[:7]}

    def search(path: str, term: str) -> None:
        address, parameter = ADDRESSES[path]
        answer: Any = client.get(address, {parameter: term.format(**values)})
        assert answer.status_code == 200 and (path not in ("customers", "orders") or answer.json()["data"]), (
            path,
            term,
        )

    found = {}
    for path, name, term in SEARCHES:
        search(path, term)  # the first one reads templates
        waits: list[float] = []
        spent = report.processor_seconds_of(
            lambda p=path, t=term, w=waits: w.extend(report.seconds_of(lambda: search(p, t)) for _ in range(ROUNDS))  # type: ignore[misc]
        )
        found[path, name] = median(waits) * 1000, sum(spent) * 1000 / ROUNDS
    return found
