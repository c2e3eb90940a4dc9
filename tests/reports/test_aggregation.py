"""Daily metrics: exact rows per store and for all, of the days that are over in each zone, written once."""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D
from threading import Barrier
from typing import Any

import pytest
import time_machine
from django.db import connections
from django.forms.models import model_to_dict

from customers.actions import add_credits, confirm_email, create_or_update_subscription, spend_credits
from customers.models import Store
from customers.scopes import StoreScope
from dashboard import figures
from dashboard.figures.periods import Period
from dashboard.metrics.folding import fold_all
from dealport.kit.day_range import DayRange
from orders.actions import cancel_order, mark_paid, refund_order, refuse_payment
from reports.daily import aggregation
from reports.models import DailyMetrics
from tests.builders import a_customer, a_product, a_store, an_order, local

# 23:30 on the 10th in London, 12:30 on the 11th in Auckland
LATE = datetime(2026, 3, 10, 23, 30, tzinfo=UTC)
# 10:00 on the 11th in London, 23:00 in Auckland
NEXT_DAY = datetime(2026, 3, 11, 10, tzinfo=UTC)
TENTH = date(2026, 3, 10)
THE_TENTH = DayRange.of_day(TENTH)


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(datetime(2026, 3, 10, 9, tzinfo=UTC), tick=False) as traveller:
        yield traveller


def stored() -> dict[tuple[str | None, date], dict[str, Any]]:
    """Return every row by store and day; of all stores together by currency."""
    return {
        (row.store.slug if row.store else row.currency, row.day): content(row) for row in DailyMetrics.objects.all()
    }


def content(row: DailyMetrics) -> dict[str, Any]:
    return model_to_dict(row, fields=[*figures.LINE[3:]])


def emptied(**more: Any) -> dict[str, Any]:
    """Return a row without anything but `more`."""
    counts = dict.fromkeys(figures.LINE[3:-1], 0)
    return {**counts, "sales_by_country": {}, **more}


def two_stores() -> tuple[Store, Store]:
    """Trade on the 10th in London, and in Auckland on either side of its midnight (11:00 UTC)."""
    london = a_store(slug="london")
    auckland = a_store(slug="auckland", timezone="Pacific/Auckland", currency="NZD")
    customer = a_customer(london)
    confirm_email(customer=customer, actor=None)
    add_credits(customer=customer, amount=D("7.50"), reason="hello", actor=None)
    spend_credits(customer=customer, amount=D("2.00"), reason="spent", actor=None)
    create_or_update_subscription(
        customer=customer,
        plan="box",
        status="active",
        current_period_end=NEXT_DAY,
        monthly_amount=D("9.00"),
        actor=None,
    )
    paid = an_order(london, "40.00", paid=True, shipping_address={"country": "GB"})
    refund_order(order=paid, amount=D("15.00"), at=local(london, 2026, 3, 11, 10), actor=None)
    refuse_payment(order=an_order(london, "5.00"), actor=None)
    a_product(london, stock=0)
    an_order(auckland, "8.00", paid=True, at=local(auckland, 2026, 3, 10, 23, 59))
    an_order(auckland, "9.00", paid=True, at=local(auckland, 2026, 3, 11, 0, 0))
    return london, auckland


LONDON = {
    "sales": D("25.00"), "revenue": D("40.00"), "orders": 2, "completed": 1, "expired": 1,
    "new_customers": 1, "total_customers": 1, "credits_granted": D("7.50"), "credits_spent": D("2.00"),
    "credits_outstanding": D("5.50"), "active_subscriptions": 1, "monthly_recurring_revenue": D("9.00"),
    "total_products": 3, "products_in_stock": 2, "products_out_of_stock": 1,
    "sales_by_country": {"GB": {"sales": "25.00", "orders": 1}, "": {"sales": "0.00", "orders": 1}},
}  # fmt: skip
AUCKLAND = {
    "sales": D("8.00"),
    "revenue": D("8.00"),
    "orders": 1,
    "completed": 1,
    "total_products": 2,
    "products_in_stock": 2,
    "sales_by_country": {"": {"sales": "8.00", "orders": 1}},
}


@pytest.mark.django_db
@pytest.mark.parametrize("folded", [False, True])
def test_a_days_rows_are_exact_in_both_zones_and_kept_apart_by_currency(clock: Any, folded: bool) -> None:
    two_stores()
    if folded:
        fold_all()
    clock.move_to(NEXT_DAY)
    written = aggregation.aggregate_due()
    london, auckland = emptied(**LONDON), emptied(**AUCKLAND)
    assert stored() == {
        ("london", TENTH): london,
        ("auckland", TENTH): auckland,
        ("GBP", TENTH): london,
        ("NZD", TENTH): auckland,
    }
    assert written == 4


@pytest.mark.django_db
def test_a_day_is_due_a_few_minutes_after_it_is_over_in_its_own_zone_and_for_all_once_it_is_over_everywhere(
    clock: Any,
) -> None:
    two_stores()
    due = {}
    for minutes in (0, 2, 3, 13 * 60 - 1, 13 * 60 + 3):  # after 11:00 UTC, midnight in Auckland; London's is at 24:00
        clock.move_to(datetime(2026, 3, 10, 11, tzinfo=UTC) + timedelta(minutes=minutes))
        due[minutes] = (aggregation.aggregate_due(), sorted(stored()))
    auckland, london = ("auckland", TENTH), ("london", TENTH)
    both = sorted([auckland, london, ("GBP", TENTH), ("NZD", TENTH)])
    assert due == {0: (0, []), 2: (0, []), 3: (1, [auckland]), 779: (0, [auckland]), 783: (3, both)}


@pytest.mark.django_db
def test_missed_days_are_caught_up_and_a_store_has_days_from_its_beginning_alone(clock: Any) -> None:
    two_stores()
    clock.move_to(NEXT_DAY)
    aggregation.aggregate_due()
    clock.move_to(NEXT_DAY + timedelta(days=3))
    a_store(slug="young")
    clock.move_to(NEXT_DAY + timedelta(days=4))
    DailyMetrics.objects.filter(store=None).delete()
    DailyMetrics.objects.filter(store__slug="london").update(orders=77)

    assert aggregation.aggregate_due() == 4 + 4 + 1 + 2 * 5
    days = [TENTH + timedelta(days=number) for number in range(5)]
    everywhere = [(name, day) for name in ("london", "auckland", "GBP", "NZD") for day in days]
    assert sorted(stored()) == sorted([*everywhere, ("young", days[-1])])
    # a row that is there is left as it is
    assert stored()["london", TENTH]["orders"] == 77
    assert stored()["GBP", TENTH]["orders"] == 2
    assert aggregation.aggregate_due() == 0


@pytest.mark.django_db
@pytest.mark.parametrize("superfluous", [{"day": date(2026, 3, 1)}, {"currency": "USD"}, {"day": date(2026, 3, 12)}])
def test_a_row_that_should_not_be_there_does_not_hide_one_that_is_missing(clock: Any, superfluous: Any) -> None:
    two_stores()
    clock.move_to(NEXT_DAY)
    assert (aggregation.aggregate_due(), aggregation.aggregate_due()) == (4, 0)
    DailyMetrics.objects.filter(store__slug="london").update(**superfluous)
    assert aggregation.aggregate_due() == 1
    assert stored()["london", TENTH] == emptied(**LONDON)


@pytest.mark.django_db
def test_a_history_that_a_store_brought_along_is_aggregated_too(clock: Any) -> None:
    london = a_store(slug="london")
    an_order(london, "3.00", paid=True, at=local(london, 2026, 3, 8, 12))
    clock.move_to(NEXT_DAY)
    aggregation.aggregate_due()
    assert {key: (row["orders"], row["sales"]) for key, row in stored().items() if key[0] == "london"} == {
        ("london", date(2026, 3, 8)): (1, D("3.00")),
        ("london", date(2026, 3, 9)): (0, D("0.00")),
        ("london", date(2026, 3, 10)): (0, D("0.00")),
    }


@pytest.mark.django_db
def test_aggregating_again_brings_a_moved_day_in_line_and_says_when(clock: Any) -> None:
    london, _ = two_stores()
    clock.move_to(NEXT_DAY)
    aggregation.aggregate_due()
    before = {row.pk: row.computed_at for row in DailyMetrics.objects.all()}
    assert list(aggregation.differences(THE_TENTH)) == []
    an_order(london, "2.00", at=local(london, 2026, 3, 10, 12), shipping_address={"country": "FR"})

    shares = LONDON["sales_by_country"]
    moved = [
        ("orders", 2, 3),
        ("pending", 0, 1),
        ("sales_by_country", shares, {**shares, "FR": {"sales": "0.00", "orders": 1}}),
    ]
    found = [(d.store_id, d.currency, d.name, d.stored, d.live) for d in aggregation.differences(THE_TENTH)]
    assert found == [(store, "GBP", *change) for store in (None, london.pk) for change in moved]
    assert aggregation.aggregate(THE_TENTH, StoreScope(london)) == 3  # its own row and those of all stores
    assert list(aggregation.differences(THE_TENTH)) == []
    newer = {row.store_id: row.computed_at > before[row.pk] for row in DailyMetrics.objects.filter(currency="GBP")}
    assert newer == {None: True, london.pk: True}
    assert DailyMetrics.objects.count() == 4


@pytest.mark.django_db
def test_amounts_have_two_decimals_or_three_and_how_many_were_written_is_no_difference(clock: Any) -> None:
    for currency, amount in (("GBP", "5.00"), ("JPY", "1200"), ("KWD", "1.235")):
        store = a_store(slug=currency.lower(), currency=currency)
        an_order(store, amount, paid=True, shipping_address={"country": "GB"})
        an_order(store, "7")
    clock.move_to(NEXT_DAY)
    aggregation.aggregate_due()
    texts = {row.currency: (row.sales_by_country, str(row.sales), str(row.tax)) for row in DailyMetrics.objects.all()}
    assert texts == {
        currency: ({"GB": {"sales": sales, "orders": 1}, "": {"sales": "0.00", "orders": 1}}, sales, "0.00")
        for currency, sales in (("GBP", "5.00"), ("JPY", "1200.00"), ("KWD", "1.235"))
    }

    for zero, sales in (("0", "1200"), ("0.000", "1200.0")):
        shares = {"GB": {"sales": sales, "orders": 1}, "": {"sales": zero, "orders": 1}}
        DailyMetrics.objects.filter(currency="JPY").update(sales_by_country=shares)
        assert list(aggregation.differences(THE_TENTH)) == []
    shares["GB"]["sales"] = "1201.00"
    DailyMetrics.objects.filter(currency="JPY").update(sales_by_country=shares)
    assert [d.name for d in aggregation.differences(THE_TENTH)] == ["sales_by_country"] * 2


@pytest.mark.django_db
def test_a_missing_row_and_one_that_should_not_be_there_are_differences(clock: Any) -> None:
    london, _ = two_stores()
    clock.move_to(NEXT_DAY)
    aggregation.aggregate_due()
    DailyMetrics.objects.filter(store=london).update(currency="USD")
    found = [
        (d.store_id, d.currency, d.name, d.stored, d.live)
        for d in aggregation.differences(DayRange(TENTH, NEXT_DAY.date()))
    ]
    assert found == [
        (london.pk, "GBP", "row", "missing", "there"),
        (london.pk, "USD", "row", "there", "missing"),
    ]
    aggregation.aggregate(THE_TENTH)
    assert list(aggregation.differences(THE_TENTH)) == []


@pytest.mark.django_db
def test_days_that_are_not_over_are_left_out(clock: Any) -> None:
    two_stores()
    clock.move_to(LATE)
    assert aggregation.aggregate(DayRange(TENTH, date(2026, 3, 31))) == 1
    assert list(stored()) == [("auckland", TENTH)]


@pytest.mark.django_db
def test_a_row_of_a_later_moment_is_not_overwritten(clock: Any) -> None:
    two_stores()
    clock.move_to(NEXT_DAY)
    DailyMetrics.objects.all().delete()
    aggregation.aggregate_due()
    tomorrow = datetime.now(UTC).replace(year=2999)
    DailyMetrics.objects.update(orders=77, computed_at=tomorrow)
    assert aggregation.aggregate(THE_TENTH) == 0
    assert {row["orders"] for row in stored().values()} == {77}


@pytest.mark.django_db
def test_without_stores_there_is_nothing_to_do() -> None:
    assert (aggregation.aggregate_due(), aggregation.aggregate(THE_TENTH)) == (0, 0)
    assert list(aggregation.differences(THE_TENTH)) == []


@pytest.mark.django_db(transaction=True)
def test_two_beats_at_once_write_each_row_once() -> None:
    with time_machine.travel(NEXT_DAY, tick=False):
        two_stores()
    now, gate = NEXT_DAY + timedelta(days=20), Barrier(2)

    def beat() -> int:
        gate.wait()
        try:
            return aggregation.aggregate_due(now)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        written = [future.result() for future in [pool.submit(beat) for _ in range(2)]]
    assert max(written) == DailyMetrics.objects.count() == 2 * 21 + 2 * 20
    assert min(written) in (0, max(written))


def dashboard_of(store: Store, day: date) -> dict[str, Any]:
    """Return the same figures as the dashboard of that day has them."""
    period = Period(day, day)
    placed, booked = (figures.sales_summary(store, period, basis) for basis in ("placed", "booked"))
    standings = figures.order_states(store, period)
    shares = figures.sales_by_country(store, period)
    line = figures.scope_snapshot(StoreScope(store), DayRange.of_day(day), [store.zone]).currencies[0]
    money = line.days.get(day, figures.DayMoney())
    return {
        "sales": placed.total_sales,
        "tax": placed.total_tax,
        "revenue": booked.total_sales,
        "orders": placed.total_orders,
        "completed": placed.total_completed_orders,
        "expired": placed.total_expired_orders,
        "refunded": placed.total_refunded_orders,
        "pending": standings.pending_orders,
        "canceled": standings.canceled_orders,
        "new_customers": placed.new_customers,
        "total_customers": placed.total_customers,
        "credits_granted": money.credits_granted,
        "credits_spent": money.credits_spent,
        "credits_outstanding": line.value("credits_outstanding"),
        "active_subscriptions": line.value("active_subscriptions"),
        "monthly_recurring_revenue": line.value("monthly_recurring_revenue"),
        "sales_by_country": {s.country: {"sales": str(s.total_sales), "orders": s.total_orders} for s in shares},
    }


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_after_any_changes_every_row_equals_the_dashboard_of_its_day(clock: Any, seed: int) -> None:
    dice = random.Random(seed)
    stores = [a_store(), a_store(timezone="Pacific/Auckland"), a_store(currency="EUR", timezone="America/Sao_Paulo")]
    begin = datetime(2026, 3, 25, tzinfo=UTC)  # clocks change on the 29th in London, on April 5th in Auckland
    for number in range(60):
        clock.move_to(begin + timedelta(hours=5 * number))
        store = dice.choice(stores)
        customer = a_customer(store)
        add_credits(customer=customer, amount=D(dice.randint(1, 9)), reason="hello", actor=None)
        if dice.random() < 0.5:
            confirm_email(customer=customer, actor=None)
        country = {"shipping_address": {"country": dice.choice(["GB", "FR"])}} if dice.random() < 0.7 else {}
        tax = D(dice.randint(0, 1999)) / 100
        order = an_order(store, f"{dice.randint(1, 99)}.37", customer=customer, tax_amount=tax, **country)
        then = dice.random()
        if then < 0.6:
            mark_paid(order=order, actor=None)
        elif then < 0.8:
            dice.choice([cancel_order, refuse_payment])(order=order, actor=None)
        if then < 0.4:
            later = begin + timedelta(hours=5 * number + dice.randint(0, 72))
            refund_order(order=order, amount=dice.choice([D("1.00"), None]), at=later, actor=None)
        if dice.random() < 0.2:
            fold_all()
    clock.move_to(datetime(2026, 4, 8, 9, tzinfo=UTC))
    aggregation.aggregate_due()

    assert list(aggregation.differences(DayRange(date(2026, 3, 20), date(2026, 4, 8)))) == []
    for row in DailyMetrics.objects.exclude(store=None):
        expected = dashboard_of(row.store, row.day)
        assert {name: content(row)[name] for name in expected} == expected, f"{row}"
    for row in DailyMetrics.objects.filter(store=None):
        parts = DailyMetrics.objects.filter(day=row.day, currency=row.currency).exclude(store=None)
        assert content(row) | {"sales_by_country": {}} == {
            name: sum(getattr(part, name) for part in parts) for name in figures.LINE[3:-1]
        } | {"sales_by_country": {}}
    assert DailyMetrics.objects.count() == sum((date(2026, 4, 7) - first).days + 1 for first in first_days(stores))


def first_days(stores: list[Store]) -> list[date]:
    """Return the first day of each store, and of both currencies."""
    opened = {store.currency: [] for store in stores}
    for store in stores:
        opened[store.currency].append(store.created_at.astimezone(store.zone).date())
    return [day for days in opened.values() for day in [*days, min(days)]]
