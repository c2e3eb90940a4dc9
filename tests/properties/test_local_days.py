"""Every place that turns an instant into a local day agrees, in every time zone the product accepts.

Zones whose clocks agree at all instants share the instants among them, each zone has a sixth at least; odd zones, and
with THOROUGH=1 all of them, have every instant.
"""

from __future__ import annotations

import re
import zoneinfo
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.test import Client

from customers.actions import add_credits, confirm_email
from customers.models import CreditEntry, Customer, Store
from customers.models.stores import validate_time_zone
from dashboard import figures
from dashboard.metrics import recount
from dashboard.metrics.folding import fold_all
from dashboard.models import MetricDelta
from dealport.kit import local_days
from dealport.kit.day_range import DayRange
from dealport.kit.local_days import clock, local_day
from orders.actions import ItemRequest, place_order, refund_order
from orders.bulk import BulkItem, BulkOrder, OrderWriter
from orders.models import Order, OrderItem, Refund, Transaction
from reports.datasets import DATASETS
from reports.datasets.model import Scope
from reports.sql.views import BY_NAME
from tests.builders import a_customer, a_product, a_store, a_user, an_order
from tests.thorough import THOROUGH

ROOT = Path(__file__).parents[2]
INSTANTS = [
    datetime.fromisoformat(f"{at}+00:00")
    for at in (
        # an hour before and behind the midnights of the zones that PostgreSQL takes for a fixed offset, in summer
        "2026-07-15T20:30:00", "2026-07-15T21:30:00", "2026-07-15T22:30:00", "2026-07-15T23:30:00",
        "2026-07-16T00:30:00",
        # the same in winter
        "2026-01-15T21:30:00", "2026-01-15T22:30:00", "2026-01-15T23:30:00", "2026-01-16T00:00:00",
        # beside the changes of the clocks in Europe, America, Brazil (no midnight) and Lord Howe (half an hour)
        "2026-03-29T00:59:59", "2026-03-29T22:30:00", "2026-10-25T23:30:00", "2026-11-01T04:30:00",
        "2018-11-04T02:30:00", "2018-11-04T03:00:00", "2026-04-04T13:30:00",
        # Newfoundland's clocks went from 00:01 back to 23:01: the day begins, ends and begins again
        "2007-11-04T02:30:30", "2007-11-04T02:45:00", "2007-11-04T03:45:00",
        # the day that Samoa left out
        "2011-12-30T09:59:59", "2011-12-30T10:00:00",
        # the ends of the calendar
        "1970-01-01T00:00:00", "2024-02-29T12:00:00", "2099-12-31T23:30:00",
    )
]  # fmt: skip
ODD_ZONES = [
    "CET", "EET", "MET", "WET", "EST5EDT", "UTC", "America/St_Johns", "America/Sao_Paulo", "Pacific/Apia",
    "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Kiritimati", "Etc/GMT+12", "Africa/Casablanca",
]  # fmt: skip
odd_zones = pytest.mark.parametrize("zone", ODD_ZONES)


def accepted_zones() -> list[str]:
    """Return the names that a store's time zone may have."""
    names = []
    for name in sorted(zoneinfo.available_timezones() | {"localtime"}):
        try:
            validate_time_zone(name)
        except ValidationError:
            continue
        names.append(name)
    return names


def rows_of(sql: str, parameters: Any = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[int, date]]:
    """Place an order in every zone at its instants, with a line, a payment, a refund, a customer and a credit.

    Returns the days by the orders' ids, as Python's zone rules have them. Rows of other tables have the same ids.
    """
    for zone in accepted_zones():
        clock(zone, Scope().days)  # worked out before the transaction, which must not idle for so long
    with django_db_blocker.unblock(), transaction.atomic():
        yield _fill()
        transaction.set_rollback(True)


def instants_of(zones: list[str]) -> dict[str, list[datetime]]:
    """Return the instants that each zone is tried at."""
    if THOROUGH:
        return dict.fromkeys(zones, INSTANTS)
    alike: defaultdict[tuple[Any, ...], list[str]] = defaultdict(list)
    for zone in zones:
        alike[tuple(at.astimezone(zoneinfo.ZoneInfo(zone)).utcoffset() for at in INSTANTS)].append(zone)
    found = {}
    for names in alike.values():
        parts = min(len(names), 6)
        for number, zone in enumerate(names):
            found[zone] = INSTANTS if zone in ODD_ZONES else INSTANTS[number % parts :: parts]
    return found


def _fill() -> dict[int, date]:
    zones = accepted_zones()
    assert len(zones) > 590
    instants = instants_of(zones)
    stores = Store.objects.bulk_create(
        Store(slug=f"z-{number}", name=zone, currency="EUR", timezone=zone) for number, zone in enumerate(zones)
    )
    moments = [(store, at) for store in stores for at in instants[store.timezone]]
    numbered = list(enumerate(moments, start=1))
    Customer.objects.bulk_create(Customer(pk=pk, store=store, created_at=at) for pk, (store, at) in numbered)
    Order.objects.bulk_create(
        Order(
            pk=pk, store=store, number=f"N-{pk}", currency="EUR", subtotal=1, total_amount=1, captured_amount=1,
            refunded_amount=1, status="REFUNDED", payment_status="REFUNDED", placed_at=at,
        )
        for pk, (store, at) in numbered
    )  # fmt: skip
    product = a_product(stores[0])
    OrderItem.objects.bulk_create(
        OrderItem(pk=pk, store=store, order_id=pk, product=product, name="x", unit_price=1, quantity=1, line_total=1)
        for pk, (store, _) in numbered
    )
    Transaction.objects.bulk_create(
        Transaction(pk=pk, store=store, order_id=pk, kind="payment", status="approved", amount=1, created_at=at)
        for pk, (store, at) in numbered
    )
    Refund.objects.bulk_create(
        Refund(pk=pk, store=store, order_id=pk, amount=1, created_at=at, settled_at=at) for pk, (store, at) in numbered
    )
    CreditEntry.objects.bulk_create(
        CreditEntry(pk=pk, store=store, customer_id=pk, amount=1, balance_after=1, reason="x", created_at=at)
        for pk, (store, at) in numbered
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return {pk: at.astimezone(store.zone).date() for pk, (store, at) in numbered}


def test_the_stored_day_is_the_one_of_the_stores_zone(world: dict[int, date]) -> None:
    assert dict(rows_of("SELECT id, order_day FROM orders_order")) == world


def test_the_migration_fills_the_same_days(world: dict[int, date]) -> None:
    migration = import_module("orders.migrations.0007_order_day")
    with connection.schema_editor() as editor:
        editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        editor.execute("ALTER TABLE orders_order ALTER order_day DROP NOT NULL")
        editor.execute("UPDATE orders_order SET order_day = NULL")
        migration.fill(apps, editor)
        assert dict(rows_of("SELECT id, order_day FROM orders_order")) == world
        editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        editor.execute("ALTER TABLE orders_order ALTER order_day SET NOT NULL")


@pytest.mark.parametrize(("view", "key"), [("orders", "id"), ("order_items", "order_id")])
def test_views_of_the_sql_console_show_the_same_days(world: dict[int, date], view: str, key: str) -> None:
    assert dict(rows_of(f'SELECT "{key}", order_day FROM ({BY_NAME[view].select}) AS v')) == world


DAYS_OF_DATASETS = {
    "orders": ("orderId", "orderDay"),
    "order-items": ("itemId", "orderDay"),
    "transactions": ("transactionId", "eventDay"),
    "refunds": ("refundId", "eventDay"),
    "customers": ("customerId", "registeredDay"),
    "credits": ("entryId", "eventDay"),
}


def exported(name: str, scope: Scope) -> dict[int, date]:
    key, day = DAYS_OF_DATASETS[name]
    found: dict[int, date] = {}
    for part in DATASETS[name].parts(scope):
        found |= dict(rows_of(f'SELECT "{key}", "{day}" FROM ({part.sql}) AS rows', part.parameters))
    return found


@pytest.mark.parametrize("name", DAYS_OF_DATASETS)
def test_exports_show_the_same_days(world: dict[int, date], name: str) -> None:
    assert exported(name, Scope()) == world


@pytest.mark.parametrize("day", [date(2026, 7, 16), date(2007, 11, 3)])
@pytest.mark.parametrize("name", DAYS_OF_DATASETS)
def test_exports_of_a_day_hold_the_rows_of_that_day(world: dict[int, date], name: str, day: date) -> None:
    assert exported(name, Scope(first=day, last=day)) == {pk: own for pk, own in world.items() if own == day}


@pytest.mark.parametrize("day", sorted({at.date() for at in INSTANTS} | {date(2011, 12, 31), date(2007, 11, 3)}))
def test_lists_of_a_day_hold_the_orders_of_that_day(world: dict[int, date], day: date) -> None:
    found = Order.objects.placed_from(day).placed_to(day).values_list("pk", flat=True)
    assert set(found) == {pk for pk, own in world.items() if own == day}


@odd_zones
def test_changes_of_a_zones_file_and_its_rule_are_those_that_a_walk_through_three_centuries_meets(zone: str) -> None:
    first, after = (datetime(year, 1, 1, tzinfo=UTC) for year in (local_days.FIRST_YEAR, local_days.AFTER_YEAR))
    met = list(local_days._changes_by_rule(zoneinfo.ZoneInfo(zone), first, after))
    assert local_days._changes(zone)[0] == met
    assert len(met) > 100 or zone not in ("CET", "America/St_Johns", "Africa/Casablanca")


def place(store: Store, moments: list[datetime]) -> None:
    items = [ItemRequest(a_product(store).pk, 1)]
    for at in moments:
        place_order(store=store, items=items, at=at, actor=None)


def write_in_bulk(store: Store, moments: list[datetime]) -> None:
    product = a_product(store)
    with OrderWriter(store) as writer:
        for at in moments:
            item = BulkItem(product_id=product.pk, name="x", unit_price=product.price, quantity=1)
            writer.add(BulkOrder(placed_at=at, items=[item]))


@pytest.mark.django_db
@odd_zones
@pytest.mark.parametrize("write", [place, write_in_bulk])
def test_every_writer_stores_the_day_and_numbers_the_order_by_it(
    zone: str, write: Callable[[Store, list[datetime]], None]
) -> None:
    store = a_store(timezone=zone)
    write(store, INSTANTS)
    orders = list(Order.objects.filter(store=store))
    assert sorted(order.placed_at for order in orders) == sorted(INSTANTS)
    for order in orders:
        assert order.order_day == order.placed_at.astimezone(zoneinfo.ZoneInfo(zone)).date()
        assert order.number.startswith(f"ORD-{order.order_day:%Y%m%d}-")


@pytest.mark.django_db
@odd_zones
def test_ledger_and_recount_count_on_the_same_days(zone: str) -> None:
    store = a_store(timezone=zone)
    order = an_order(store, paid=True, at=INSTANTS[0] - timedelta(days=30_000))
    customer = a_customer(store, at=INSTANTS[0])
    for at in INSTANTS:
        refund_order(order=order, amount=Decimal("0.01"), at=at, actor=None)
        confirm_email(customer=a_customer(store, at=at), at=at, actor=None)
        add_credits(customer=customer, amount=order.total_amount, reason="x", actor=None)
    days = {at.astimezone(zoneinfo.ZoneInfo(zone)).date() for at in INSTANTS}
    assert set(MetricDelta.objects.filter(refunded=0, sales__lt=0).values_list("event_day", flat=True)) == days
    assert set(MetricDelta.objects.filter(new_customers=1).values_list("order_day", flat=True)) == days
    assert recount.differences(store) == []
    fold_all()
    assert recount.differences(store) == []


@pytest.mark.django_db
def test_the_api_finds_an_order_of_a_summer_evening_on_the_day_of_its_store(client: Client) -> None:
    store = a_store(timezone="CET")
    at = datetime(2026, 7, 15, 22, 30, tzinfo=UTC)
    order = an_order(store, at=at)
    client.force_login(a_user("super_admin"))

    def found(day: str) -> list[str]:
        answer = client.get("/api/v1/orders", {"placedFrom": day, "placedTo": day}).json()
        return [row["orderNumber"] for row in answer["data"]]

    assert local_day(at, store.zone) == date(2026, 7, 16)
    assert found("2026-07-16") == [order.number]
    assert found("2026-07-15") == found("2026-07-17") == []


@pytest.mark.django_db
def test_the_admin_filters_orders_by_the_day_of_their_store(client: Client) -> None:
    order = an_order(a_store(timezone="CET"), at=datetime(2026, 7, 15, 22, 30, tzinfo=UTC))
    client.force_login(a_user("super_admin"))
    days = {"order_day__gte": "2026-07-16", "order_day__lt": "2026-07-17"}
    assert order.number in client.get("/admin/orders/order/", days).content.decode()
    days = {"order_day__gte": "2026-07-15", "order_day__lt": "2026-07-16"}
    assert order.number not in client.get("/admin/orders/order/", days).content.decode()
    for nonsense in ("0001-01-01", "9999-12-31", "yesterday"):
        answer = client.get("/admin/orders/order/", {"order_day__gte": nonsense, "order_day__lt": nonsense})
        assert answer.status_code in (200, 302)


def test_no_other_file_names_a_zone_in_sql_or_works_out_the_day_of_a_row() -> None:
    zones_in_sql = re.compile(r"AT TIME ZONE (?!'UTC')", re.IGNORECASE)
    days_of_rows = re.compile(r"_at\.astimezone\([^)]*\)\.date\(\)")
    allowed = {"dealport/kit/local_days.py"}
    for folder in ("customers", "orders", "dashboard", "reports", "dealport"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if str(path.relative_to(ROOT)) in allowed:
                continue
            text = path.read_text()
            assert not zones_in_sql.search(text), path
            assert not days_of_rows.search(text), path


@pytest.mark.django_db
@odd_zones
def test_credits_count_on_the_same_days(zone: str) -> None:
    store = a_store(timezone=zone)
    customer = a_customer(store, at=INSTANTS[0])
    for at in INSTANTS:
        CreditEntry.objects.create(store=store, customer=customer, amount=1, balance_after=1, reason="x", created_at=at)
    expected = Counter(local_day(at, store.zone) for at in INSTANTS)
    span = figures.StoreSpan(store.pk, store.zone, DayRange(min(expected), max(expected)))
    for day, granted in expected.items():
        [shown] = figures.store_snapshots([figures.Window(store, DayRange.of_day(day))])
        assert [line.days[day].credits_granted for line in shown.currencies] == [granted]
        lines = figures.daily_figures([span], DayRange.of_day(day), [store.pk])
        assert {line.value("credits_granted") for line in lines} == {granted}
