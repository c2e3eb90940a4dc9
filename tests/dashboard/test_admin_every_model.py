"""Every model has its admin: lists, searches, filters and pages answer, at a cost that does not grow with the rows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext

from customers.models import Store, User
from dashboard.models import FoldTotals
from dealport.kit.admin.paging import MAX_ROWS
from orders.actions import refund_order
from orders.models import Order
from tests.admin_pages import SOON, logged_in, page, trade
from tests.builders import a_store, a_user, an_order

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def counts_of_the_rail_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no page cost two statements more because the rail's counts are counted anew just then."""
    monkeypatch.setattr("orders.attention.RAIL_SECONDS", None)


HOUSES = ("customers", "orders", "dashboard", "reports")
MODELS = [model for house in HOUSES for model in apps.get_app_config(house).get_models()]
GROWING = [model for model in MODELS if model is not FoldTotals]  # which has one row for good
SEARCHES = {"order": "ORD-", "customer": "c", "address": "c", "subscription": "month", "product": "Product"}


def queries_of(client: Client, address: str) -> list[str]:
    """Return the statements that answering took, and insist on a 200."""
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(address)
    assert answer.status_code == 200, f"{address}: {answer.status_code}"
    return [query["sql"] for query in captured.captured_queries]


def filter_parameters(client: Client, model: type[Model]) -> list[str]:
    """Return one query string per filter that the list offers."""
    changelist = client.get(page(model)).context["cl"]
    found = []
    for spec in changelist.filter_specs:
        found += [choice["query_string"] for choice in spec.choices(changelist) if not choice["selected"]][:1]
    return found


def test_every_model_of_the_houses_is_registered() -> None:
    assert [model.__name__ for model in MODELS if not admin.site.is_registered(model)] == []


def costs(client: Client, addresses: Iterable[str]) -> dict[str, int]:
    """Return the number of queries of each page."""
    return {address: len(queries_of(client, address)) for address in addresses}


def test_lists_searches_and_filters_cost_the_same_with_three_and_thirty_rows() -> None:
    client = logged_in(a_user(User.Role.SUPER_ADMIN))
    stores = [a_store(), a_store()]
    trade(stores[0], 3)
    searches = [f"{page(model)}?q={SEARCHES.get(model._meta.model_name or '', '2026')}" for model in GROWING]
    filters = {model.__name__: filter_parameters(client, model) for model in GROWING}
    filtered = [page(model) + query for model in GROWING for query in filters[model.__name__]]
    lists = [page(model) for model in GROWING]
    few = costs(client, [*lists, *searches, *filtered])
    trade(stores[1], 27)
    many = costs(client, few)

    assert [model.__name__ for model in GROWING if model._default_manager.count() < 30] == []
    assert {address: (few[address], many[address]) for address in lists if many[address] != few[address]} == {}
    # a page that was empty with three rows saved the query for its rows; a search that finds customers or SKUs asks for
    # their orders too, one statement each: whether "2026" is in a test's email address depends on the tests before it
    assert {address: (few[address], many[address]) for address in few if many[address] > few[address] + 2} == {}
    assert {address: count for address, count in many.items() if count > 12} == {}
    assert [name for name, queries in filters.items() if not queries] == []


def test_pages_of_rows_answer_at_a_bounded_cost() -> None:
    client = logged_in(a_user(User.Role.SUPER_ADMIN))
    trade(a_store(), 3)
    for model in MODELS:
        newest = model._default_manager.latest("pk")
        assert len(queries_of(client, page(model, "change", newest.pk))) <= 25
        assert len(queries_of(client, page(model, "history", newest.pk))) <= 11  # three are the frame's


def test_an_orders_page_costs_the_same_with_one_line_and_with_thirty() -> None:
    client = logged_in(a_user(User.Role.SUPER_ADMIN))
    store = a_store()
    small, large = an_order(store, paid=True), an_order(store, *["1.00"] * 30, paid=True)
    for order in (small, large):
        for item in list(order.items.all()):
            refund_order(order=order, lines={item.pk: 1}, actor=a_user())
    addresses = [page(Order, "change", order.pk) for order in (small, large)]
    queries_of(client, addresses[0])  # the first page of a process asks for content types as well
    assert len(queries_of(client, addresses[0])) == len(queries_of(client, addresses[1]))


def test_no_page_works_out_the_list_of_apps_that_none_shows() -> None:
    client = logged_in(a_user(User.Role.SUPER_ADMIN))
    assert client.get(page(Order)).context["available_apps"] == []
    assert [client.get(f"/admin/{app}/").status_code for app in ("orders", "nothing")] == [200, 404]


def test_no_list_counts_without_a_limit() -> None:
    client = logged_in(a_user(User.Role.SUPER_ADMIN))
    for model in MODELS:
        for query in ("", "?q=a", "?_facets=1", "?all="):
            counting = [sql for sql in queries_of(client, page(model) + query) if "COUNT(" in sql]
            assert [sql for sql in counting if f"LIMIT {MAX_ROWS + 1})" not in sql] == []
            assert counting or query == "?q=a"  # no day begins with an a: nothing to ask the database


def test_a_list_counts_the_first_rows_and_says_that_there_are_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dealport.kit.admin.paging.MAX_ROWS", 60)
    orders_of_a_minute(a_store(), 61)
    client = logged_in(a_user(User.Role.SUPER_ADMIN))
    assert "more than 60 orders" in client.get(page(Order)).content.decode()
    turned = client.get(page(Order) + "?o=2")
    assert turned.context["cl"].result_list[0].number == "N-2"
    Order.objects.filter(number="N-60").delete()
    assert "more than 60" not in client.get(page(Order)).content.decode()


def orders_of_a_minute(store: Store, count: int) -> None:
    """Write that many orders, three a minute: the moment alone does not tell them apart."""
    Order.objects.bulk_create(
        Order(
            store=store,
            number=f"N-{n}",
            currency="GBP",
            subtotal=n % 7,
            total_amount=n % 7,
            placed_at=SOON + timedelta(minutes=n // 3),
        )
        for n in range(count)
    )


@pytest.mark.parametrize("order", ["", "o=2", "o=4.-2"])
def test_pages_begin_after_a_row_so_that_orders_that_arrive_neither_hide_nor_repeat_others(order: str) -> None:
    store = a_store()
    orders_of_a_minute(store, 120)
    client = logged_in(a_user(User.Role.SUPER_ADMIN))
    seen: list[str] = []
    query, pages = f"?{order}", []
    while query:
        changelist = client.get(page(Order) + query).context["cl"]
        pages.append([row.number for row in changelist.result_list])
        seen += pages[-1]
        if len(pages) == 1:
            an_order(store, "5.00", at=SOON + timedelta(days=30))  # would shift numbered pages by one
        query = changelist.older
    assert [len(numbers) for numbers in pages] in ([50, 50, 20], [50, 50, 21])
    assert len(set(seen)) == len(seen) and {f"N-{n}" for n in range(120)} <= set(seen)
    back = changelist
    for expected in reversed(pages[:-1]):
        back = client.get(page(Order) + back.newer).context["cl"]
        assert [row.number for row in back.result_list] == expected


def test_a_page_after_what_is_no_row_is_the_first() -> None:
    store, other = a_store(), a_store()
    orders_of_a_minute(store, 3)
    hidden = an_order(other, "5.00")
    client = logged_in(a_user(User.Role.STAFF, store))
    assert client.get(page(Order) + "?after=nonsense").status_code == 302
    for key in (999_999_999, hidden.pk):
        shown = client.get(f"{page(Order)}?after={key}").context["cl"].result_list
        assert [row.number for row in shown] == ["N-2", "N-1", "N-0"]


def test_a_page_far_down_costs_what_the_first_does() -> None:
    store = a_store()
    orders_of_a_minute(store, 300)
    client = logged_in(a_user(User.Role.SUPER_ADMIN))
    last = Order.objects.get(number="N-60")
    with CaptureQueriesContext(connection) as captured:
        client.get(f"{page(Order)}?after={last.pk}")
    (rows,) = [query["sql"] for query in captured if "LIMIT 51" in query["sql"]]
    assert "OFFSET" not in rows
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        cursor.execute(f"EXPLAIN {rows}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Index Cond: (placed_at <=" in plan, plan
