"""Home: what waits is counted, summed and led to exactly; its cost does not grow."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers.models import Store, User
from orders.actions import refuse_payment
from orders.models import Connection, Order, Product, SourceEvent
from reports.models import ExportJob, ScheduledExport
from tests.admin_pages import logged_in
from tests.builders import a_product, a_store, a_user, an_order

pytestmark = pytest.mark.django_db

HOME = "/home/"


def ago(**time: int) -> Any:
    return timezone.now() - timedelta(**time)


def lines(client: Client, address: str = HOME) -> dict[str, Any]:
    """Return what needs attention by its text."""
    return {line.text: line for line in client.get(address).context["attention"]}


def fill(store: Store) -> dict[str, Order]:
    """Place orders on both sides of each limit; return those that wait."""
    an_order(store, "1.00", at=ago(hours=19))
    an_order(store, "1.00", paid=True, at=ago(hours=47))
    refuse_payment(order=an_order(store, "1.00", at=ago(days=8)), at=ago(days=8), actor=None)
    waiting = {
        "unpaid": an_order(store, "20.00", at=ago(hours=21)),
        "unshipped": an_order(store, "30.00", paid=True, at=ago(hours=49)),
        "failed": an_order(store, "40.00", at=ago(days=1)),
    }
    refuse_payment(order=waiting["failed"], at=ago(hours=1), actor=None)
    waiting["disputed"] = an_order(store, "50.00", paid=True, at=ago(hours=1))
    Order.objects.filter(pk=waiting["disputed"].pk).update(tags=["disputed"])
    a_product(store, stock=11)
    a_product(store, stock=10)
    return waiting


def test_every_line_has_count_sum_and_the_way_to_exactly_those_rows() -> None:
    store, foreign = a_store(), a_store()
    fill(foreign)
    waiting = fill(store)
    client = logged_in(a_user(User.Role.STAFF, store))

    found = lines(client)

    texts = {
        "Unpaid for more than 20 hours": ("unpaid", "20.00"),
        "Paid but not shipped for more than 2 days": ("unshipped", "30.00"),
        "Payment failed in the last 7 days": ("failed", "40.00"),
    }
    for text, (key, amount) in texts.items():
        assert (found[text].count, {name: str(sum_) for name, sum_ in found[text].sums.items()}) == (1, {"GBP": amount})
        assert list(client.get(found[text].address).context["cl"].result_list) == [waiting[key]]
    disputed = found["Disputed payments"]
    assert (disputed.count, {name: str(sum_) for name, sum_ in disputed.sums.items()}) == (1, {"GBP": "50.00"})
    assert list(client.get(disputed.address).context["cl"].result_list) == [waiting["disputed"]]
    low = found["Sold out or low on stock"]
    assert [product.stock for product in client.get(low.address).context["cl"].result_list] == [10]
    assert low.count == Product.objects.filter(store=store, stock=10).count()


def test_of_all_stores_amounts_are_kept_apart_by_currency() -> None:
    fill(a_store())
    fill(a_store(currency="NZD", timezone="Pacific/Auckland"))
    page = logged_in(a_user(User.Role.ADMIN)).get(HOME)
    (unpaid,) = [line for line in page.context["attention"] if line.text.startswith("Unpaid")]
    assert {currency: str(amount) for currency, amount in unpaid.sums.items()} == {"GBP": "20.00", "NZD": "20.00"}
    assert "£20.00, NZ$20.00" in page.content.decode()


def test_what_failed_of_ones_own_exports_is_named() -> None:
    admin, other = a_user(User.Role.ADMIN), a_user(User.Role.ADMIN)
    an_order(a_store())
    for owner, title in ((admin, "a"), (other, "b")):
        ExportJob.objects.create(
            owner=owner, dataset="orders", title=title, format="csv", status="failed", request_hash=title
        )
    ExportJob.objects.create(owner=admin, dataset="orders", title="c", format="csv", status="queued", request_hash="c")
    client = logged_in(admin)
    line = lines(client)["Exports that failed in the last 7 days"]
    assert line.count == 1
    assert [job.title for job, *_ in client.get(line.address).context["rows"]] == ["a"]


def test_staff_are_told_of_their_own_exports_and_schedules_that_fail_and_led_to_them() -> None:
    store = a_store()
    an_order(store)
    staff = a_user(User.Role.STAFF, store)
    own = {"filters": {"store": store.slug}, "dataset": "orders", "format": "csv"}
    for owner, name in ((staff, "own"), (a_user(User.Role.ADMIN), "foreign")):
        ExportJob.objects.create(owner=owner, title=name, status="failed", request_hash=name, **own)
        for failures in (0, 1):
            plan = {"cron": "0 6 * * *", "timezone": "UTC", "recipients": [owner.email]}
            plan |= {"failures": failures, "is_active": False}
            ScheduledExport.objects.create(owner=owner, name=f"{name} {failures}", **own, **plan)
    client = logged_in(staff)
    found = lines(client)
    exports, schedules = found["Exports that failed in the last 7 days"], found["Schedules that fail"]
    assert (exports.count, schedules.count) == (1, 1)
    assert [job.title for job, *_ in client.get(exports.address).context["rows"]] == ["own"]
    assert [row.schedule.name for row in client.get(schedules.address).context["rows"]] == ["own 1"]


def test_a_connection_in_trouble_is_counted_and_led_to() -> None:
    store, foreign = a_store(), a_store()
    an_order(store)
    troubles: dict[str, Any] = {
        "blocked": {"state": "blocked"},
        "failing": {"problem": "The source does not answer."},
        "behind": {},
        "well": {},
        "gone": {"state": "disconnected", "problem": "Gone."},
        "new": {},
    }
    rows = {
        name: Connection.objects.create(store=store, kind="woocommerce", address=f"https://{name}.example", **fields)
        for name, fields in troubles.items()
    }
    Connection.objects.create(store=foreign, kind="woocommerce", address="https://f.example", state="blocked")
    for name, age in (("behind", 11), ("new", 9)):
        SourceEvent.objects.create(connection=rows[name], delivery_id=name, topic="order", received_at=ago(minutes=age))
    client = logged_in(a_user(User.Role.STAFF, store))

    line = lines(client)["Connections in trouble or behind: their orders do not arrive"]

    assert line.count == 3
    shown = client.get(line.address).context["rows"]
    assert {row.address for row, _ in shown} == {f"https://{name}.example" for name in ("blocked", "failing", "behind")}


def test_a_stores_last_days_are_small_multiples_with_their_way_and_change() -> None:
    store = a_store()
    an_order(store, "30.00", paid=True, at=ago(days=2))
    an_order(store, "20.00", paid=True, at=ago(days=40))
    page = logged_in(a_user(User.Role.STAFF, store)).get(HOME)
    sales = page.context["multiples"][0]
    assert (str(sales.value), str(sales.before), sales.change) == ("30.00", "20.00", "+50.0%")
    assert [str(value) for value in sales.spark if value] == ["30.00"]
    assert len(sales.spark) == 30
    assert "metric=totalSales" in page.content.decode()


def test_a_store_without_orders_says_how_to_bring_them() -> None:
    store = a_store()
    page = logged_in(a_user(User.Role.STAFF, store)).get(HOME).content.decode()
    assert "Bring your orders in three steps" in page
    assert 'href="/connections/' in page


def test_a_foreign_store_is_not_found_and_a_person_without_one_is_told() -> None:
    foreign = a_store()
    assert logged_in(a_user(User.Role.STAFF, a_store())).get(f"{HOME}?store={foreign.slug}").status_code == 404
    assert "No store has been assigned to" in logged_in(a_user(User.Role.USER)).get(HOME).content.decode()
    assert Client().get(HOME).status_code == 302


@pytest.mark.parametrize("role", [User.Role.STAFF, User.Role.ADMIN])
def test_home_costs_the_same_with_few_and_many_orders(role: str) -> None:
    stores = [a_store(), a_store()]
    client = logged_in(a_user(role, stores[0]))
    costs = []
    for count in (1, 12):
        for store in stores:
            for _ in range(count):
                an_order(store, paid=True, at=ago(hours=50))
        cache.clear()
        with CaptureQueriesContext(connection) as captured:
            assert client.get(HOME).status_code == 200
        costs.append(len(captured))
    assert costs[0] == costs[1]
    assert costs[0] <= 45
