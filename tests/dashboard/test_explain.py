"""A figure opened down to what adds up to it, and the past as it was known."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal as D

import pytest

from customers.actions import add_credits, create_or_update_subscription, spend_credits
from customers.models import Store
from customers.scopes import StoreScope
from dashboard import figures
from dashboard.figures.explain import SOURCES, Entry, explain
from dashboard.figures.history import MonthAsOf, PastChange, changed_past, month_as_of
from dashboard.figures.periods import Period, month_period
from dealport.kit.day_range import DayRange
from orders.actions import mark_paid, refund_order, refuse_payment
from tests.builders import a_customer, a_store, an_order, local
from tests.dashboard.test_figures import MARCH, a_busy_march

pytestmark = pytest.mark.django_db


def shown(store: Store, period: Period, basis: str) -> dict[str, D]:
    """Return every figure of the page by its API name."""
    found = dict(figures.sales_summary(store, period, basis))
    if basis == "placed":
        found |= {**figures.order_states(store, period), **figures.values_of_now(store)}
    return {figures.FIGURES[key].name: D(value) for key, value in found.items()}


def subscriptions_and_credits(store: Store) -> None:
    """Let three customers subscribe, one of them no longer, and one get credits and spend some."""
    for amount, status in (("9.99", "active"), ("5.00", "active"), ("70.00", "canceled")):
        create_or_update_subscription(
            customer=a_customer(store),
            plan="p",
            status=status,
            monthly_amount=D(amount),
            current_period_end=local(store, 2030, 1, 1),
            actor=None,
        )
    customer = a_customer(store)
    add_credits(customer=customer, amount=D("20.00"), reason="hello", actor=None)
    spend_credits(customer=customer, amount=D("7.50"), reason="an order", actor=None)


def test_what_stands_now_opens_to_customers() -> None:
    store = a_store()
    subscriptions_and_credits(store)

    def entries(metric: str) -> list[tuple[str, D]]:
        found = explain(store, metric, MARCH, "placed", offset=0, limit=10)
        assert all(entry.customer_id and entry.order_id is None for entry in found.entries)
        return sorted((entry.kind, entry.amount) for entry in found.entries)

    assert entries("activeSubscriptions") == [("subscription", D(1)), ("subscription", D(1))]
    assert entries("monthlyRecurringRevenue") == [("subscription", D("5.00")), ("subscription", D("9.99"))]
    assert entries("creditsOutstanding") == [("credit", D("-7.50")), ("credit", D("20.00"))]


@pytest.fixture(scope="module")
def traded(module_rows: None) -> Store:
    """A store with a March of every fate, beside two others."""
    store = a_store()
    a_busy_march(store)
    a_busy_march(a_store())
    for each in (store, a_store()):
        subscriptions_and_credits(each)
    return store


@pytest.mark.parametrize("basis", ["placed", "booked"])
@pytest.mark.parametrize(
    "period",
    [
        MARCH,
        month_period(2026, 4),
        Period(date(2026, 3, 10), date(2026, 3, 10)),
        Period(date(2026, 2, 28), date(2026, 4, 1)),
        month_period(2025, 1),
    ],
    ids=lambda period: f"{period.first}..{period.last}",
)
def test_the_entries_of_every_figure_add_up_to_it(traded: Store, basis: str, period: Period) -> None:
    store = traded
    expected = shown(store, period, basis)
    expected["averageTicket"] = expected["totalSales"]
    totals = figures.period_totals(StoreScope(store), DayRange(period.first, period.last), basis).get("GBP", {})
    for key in (
        "units_sold", "units_returned", "gross_sales", "discounts", "returns", "net_sales", "shipping", "tips", "cost",
        "margin", "units_without_cost", "tax_included",
    ):  # fmt: skip
        figure = figures.FIGURES[key]
        expected[figure.name] = figure.value(totals or dict.fromkeys(figure.inputs, D(0)))
    expected["marginPercent"] = expected["margin"]
    found = {}
    for metric, by_basis in SOURCES.items():
        if basis not in by_basis:
            continue
        opened = explain(store, metric, period, basis, offset=0, limit=1000)
        assert (opened.count, opened.total) == (len(opened.entries), sum((e.amount for e in opened.entries), D(0)))
        found[metric] = opened.total
    assert found == expected


def test_entries_come_newest_first_in_pages() -> None:
    store = a_store()
    a_busy_march(store)
    everything = explain(store, "totalSales", MARCH, "placed", offset=0, limit=100).entries
    assert [entry.at for entry in everything] == sorted((entry.at for entry in everything), reverse=True)
    pages = [
        entry
        for offset in range(0, len(everything), 2)
        for entry in explain(store, "totalSales", MARCH, "placed", offset=offset, limit=2).entries
    ]
    assert pages == everything
    assert {entry.kind for entry in everything} == {"payment", "refund"}


def test_an_entry_names_its_order() -> None:
    store = a_store()
    at = local(store, 2026, 3, 31, 23, 30)
    order = an_order(store, "12.50", paid=True, at=at)
    (entry,) = explain(store, "totalSales", MARCH, "placed", offset=0, limit=10).entries
    assert entry == Entry("payment", at, order.pk, order.number, None, "", D("12.50"))


@pytest.mark.parametrize("zone", ["America/Sao_Paulo", "Pacific/Auckland"])
def test_days_are_the_store_s_own(zone: str) -> None:
    store = a_store(timezone=zone)
    for when in ((2018, 11, 3, 23, 59), (2018, 11, 4, 1, 0)):
        an_order(store, paid=True, at=local(store, *when))
    for day in (3, 4):
        period = Period(date(2018, 11, day), date(2018, 11, day))
        assert explain(store, "totalSales", period, "placed", offset=0, limit=10).count == 1


def test_a_month_as_it_was_known_and_what_moved_since() -> None:
    store = a_store()
    placed = local(store, 2026, 3, 10, 12, 0)
    paid = an_order(store, "60.00", paid=True, at=placed)
    late = an_order(store, "40.00", at=placed)
    refuse_payment(order=late, at=placed, actor=None)
    closed = local(store, 2026, 4, 1, 0, 0)
    refund_order(order=paid, amount=D("10.00"), at=closed + timedelta(days=1), actor=None)
    mark_paid(order=late, at=closed + timedelta(days=2), actor=None)
    refund_order(order=paid, at=closed + timedelta(days=3), actor=None)
    an_order(store, "5.00", paid=True, at=closed + timedelta(days=3))

    assert [month_as_of(store, MARCH, closed + timedelta(days=day)) for day in (-40, 0, 1, 2, 3)] == [
        MonthAsOf(D("0.00"), 0, 0, 0, 0),
        MonthAsOf(D("60.00"), 2, 1, 1, 0),
        MonthAsOf(D("50.00"), 2, 1, 1, 0),
        MonthAsOf(D("90.00"), 2, 2, 1, 0),
        MonthAsOf(D("40.00"), 2, 1, 1, 1),
    ]
    now = figures.sales_summary(store, MARCH)
    assert now.total_sales == D("40.00")

    moved = changed_past(store, closed, offset=0, limit=10)
    march = date(2026, 3, 1)
    assert moved.count == 3
    assert moved.changes == [
        PastChange(closed + timedelta(days=3), march, paid.pk, paid.number, "refunded", "", D("-50.00"), -1, 0, 1),
        PastChange(closed + timedelta(days=2), march, late.pk, late.number, "paid", "", D("40.00"), 1, 0, 0),
        PastChange(closed + timedelta(days=1), march, paid.pk, paid.number, "refunded", "", D("-10.00"), 0, 0, 0),
    ]
    assert changed_past(store, closed + timedelta(days=2), offset=1, limit=10).changes == moved.changes[1:2]
    before = month_as_of(store, MARCH, closed)
    assert before.total_sales + sum(change.sales for change in moved.changes) == now.total_sales


def test_a_month_known_by_now_is_the_month_shown() -> None:
    store = a_store()
    a_busy_march(store)
    known = month_as_of(store, MARCH, local(store, 2030, 1, 1))
    now = figures.sales_summary(store, MARCH)
    assert known == MonthAsOf(
        now.total_sales,
        now.total_orders,
        now.total_completed_orders,
        now.total_expired_orders,
        now.total_refunded_orders,
    )
