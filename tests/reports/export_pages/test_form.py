"""Asking for a file on a page: the form, its preview, and what is refused."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from customers.models import Store, User
from reports.datasets import DATASETS
from reports.exporting import RowCount
from reports.models import ExportJob, SavedQuery
from tests.builders import a_customer, a_store, a_user
from tests.reports.export_pages.browser import (
    HOSTILE,
    LIST,
    a_job,
    address,
    browser_of,
    errors_of,
    filled,
    page_of,
    text_of,
)

pytestmark = pytest.mark.django_db


def test_every_dataset_is_offered_with_its_meaning_and_has_a_form(client: Client) -> None:
    page = page_of(client, LIST)
    for dataset in DATASETS.values():
        assert f'<a href="?type={dataset.name}">{dataset.title}</a>' in page
        assert dataset.meaning.replace("`", "") in unescape(page)
        form = page_of(client, LIST, {"type": dataset.name})
        assert ('name="from"' in form, 'name="basis"' in form) == (dataset.has_period, dataset.has_basis)
        assert re.findall(r'name="column" value="(\w+)" checked', form) == [c.name for c in dataset.columns]
        assert "No preview: " not in form


def test_a_form_starts_with_last_month_and_says_what_is_masked(client: Client) -> None:
    last = datetime.now(UTC).date().replace(day=1) - timedelta(days=1)
    form = page_of(client, LIST, {"type": "orders"})
    assert f'name="from" value="{last:%Y-%m}-01" type="date"' in form
    assert f'name="to" value="{last}" type="date"' in form
    assert form.count("<em>masked</em>") == 12
    assert "12 of them masked" in text_of(form)
    boss = page_of(browser_of(a_user("super_admin")), LIST, {"type": "orders"})
    assert (boss.count("<em>personal</em>"), "masked." in text_of(boss).split("What you get")[1]) == (12, False)


def test_a_form_keeps_what_an_address_says_and_leaves_an_emptied_period_empty(client: Client) -> None:
    a_store(slug="tea", name="Tea & Co")
    form = page_of(client, LIST, filled(store="tea", status="SHIPPED", country="DE", column=["orderId", "sales"]))
    assert '<option value="tea" selected>Tea &amp; Co</option>' in form
    assert '<option value="SHIPPED" selected>Shipped</option>' in form
    assert '<option value="DE" selected>Germany</option>' in form
    assert 'name="from" value=""' in form
    assert re.findall(r'value="(\w+)" checked', form) == ["csv", "orderId", "sales"]


def test_the_preview_estimates_the_rows_of_what_is_filled_in(client: Client) -> None:
    store = a_store(slug="tea")
    for _ in range(30):
        a_customer(store)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE customers_customer, customers_store")
    asked = filled("customers", store="tea", column=["name", "tier"], preview="1")
    page = page_of(client, LIST, asked)
    assert "<form" not in page
    assert text_of(page).startswith("30 rows , 2 columns, 1 of them masked.")


def test_the_preview_of_daily_metrics_asks_no_more_for_a_first_day_long_before_the_first_store(client: Client) -> None:
    a_store()
    page_of(client, LIST, filled("daily-metrics", preview="1"))

    def queries_from(first: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            page_of(client, LIST, filled("daily-metrics", preview="1", **{"from": first}))
        return len(seen)

    assert queries_from("1970-01-01") == queries_from("")


@pytest.mark.parametrize(
    ("rows", "format", "note"),
    [
        (1_048_575, "xlsx", None),
        (1_048_576, "xlsx", "the workbook gets about 2 sheets"),
        (1_048_575, "csv", None),
        (1_048_576, "csv", "Excel shows the first 1,048,576 rows of a CSV file only"),
    ],
)
def test_the_preview_warns_of_more_rows_than_a_sheet_holds(
    client: Client, monkeypatch: pytest.MonkeyPatch, rows: int, format: str, note: str | None
) -> None:
    few = RowCount(rows, is_exact=False)
    monkeypatch.setattr("reports.exporting.expected_rows", lambda dataset, filters, owner: few)
    text = text_of(page_of(client, LIST, filled(format=format, preview="1")))
    assert f"About {rows:,} rows" in text
    assert ("holds 1,048,576" in text or "the first 1,048,576" in text, note is None or note in text) == (
        note is not None,
        True,
    )


def test_without_a_script_the_preview_is_an_address_without_the_token(client: Client) -> None:
    response = client.post(LIST, filled(csrfmiddlewaretoken="secret", preview="1", country="DE", column=["orderId"]))
    assert (response.status_code, response.headers["Location"]) == (
        302,
        f"{LIST}?type=orders&store=&from=&to=&column=orderId&format=csv&country=DE",
    )
    assert ExportJob.objects.count() == 0


def test_asking_makes_one_job_and_leads_to_its_page(client: Client, admin: User) -> None:
    a_store(slug="tea")
    given = filled(store="tea", **{"from": "2026-03-01", "to": "2026-03-31"}, paymentStatus="PAID")
    response = client.post(LIST, given | {"format": "xlsx"})
    job = ExportJob.objects.get()
    assert response.headers["Location"] == address(job)
    assert (job.owner, job.dataset, job.title, job.format, job.columns, job.status) == (
        admin,
        "orders",
        "Orders",
        "xlsx",
        [],
        "queued",
    )
    assert job.filters == {"store": "tea", "from": "2026-03-01", "to": "2026-03-31", "paymentStatus": "PAID"}


def test_some_columns_are_asked_for_by_name(client: Client) -> None:
    client.post(LIST, filled(column=["orderId", "sales"]))
    assert ExportJob.objects.get().columns == ["orderId", "sales"]


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        ({"from": "2026-02-30"}, {"from": "Enter a date as YYYY-MM-DD, from 1970 to 2199."}),
        ({"from": HOSTILE}, {"from": "Enter a date as YYYY-MM-DD, from 1970 to 2199."}),
        ({"from": "2026-03-02", "to": "2026-03-01"}, {"to": "Enter a day that is not before from."}),
        ({"store": "nowhere"}, {"store": "There is no such store."}),
        ({"store": HOSTILE}, {"store": "There is no such store."}),
        ({"country": "D\0E"}, {"country": "Enter a text of 1 to 100 characters."}),
        ({"country": HOSTILE * 9}, {"country": "Enter a text of 1 to 100 characters."}),
        ({"column": []}, {"columns": "Choose at least one column."}),
        ({"format": "pdf"}, {"format": "Enter one of csv, xlsx."}),
        ({"format": ""}, {"format": "Enter one of csv, xlsx."}),
    ],
)
def test_a_mistake_is_named_at_its_field_and_nothing_is_asked_for(
    client: Client, given: dict[str, Any], errors: dict[str, str]
) -> None:
    response = client.post(LIST, filled(**given))
    page = response.content.decode()
    assert (response.status_code, errors_of(page)) == (400, errors)
    assert "Please correct the highlighted fields" in text_of(page)
    assert HOSTILE not in page
    assert ExportJob.objects.count() == 0


def test_a_value_that_is_no_choice_and_a_column_that_is_none_are_refused(client: Client) -> None:
    status = errors_of(client.post(LIST, filled(status=HOSTILE)).content.decode())["status"]
    assert status.startswith("Enter one of PENDING, ")
    response = client.post(LIST, filled(column=["orderId", HOSTILE]))
    assert "Choose from orderId, " in text_of(response.content.decode())
    assert HOSTILE not in response.content.decode()
    assert ExportJob.objects.count() == 0


def test_a_filter_of_another_dataset_and_a_value_given_twice_are_refused(client: Client) -> None:
    unknown = client.post(LIST, filled("products", tier="gold") | {"from": ""})
    assert (unknown.status_code, "Tier: Unknown filter." in text_of(unknown.content.decode())) == (400, True)
    twice = client.post(LIST, filled(country=["DE", "FR"]))
    assert (twice.status_code, errors_of(twice.content.decode())) == (400, {"country": "Given more than once"})
    assert ExportJob.objects.count() == 0


@pytest.mark.parametrize("given", [{"type": "passwords"}, {"type": HOSTILE}, {"type": "query", "query": "1"}])
def test_what_is_not_offered_is_refused_with_the_offers(client: Client, given: dict[str, str]) -> None:
    for response in (client.get(LIST, given), client.post(LIST, given), client.post(LIST)):
        page = response.content.decode()
        assert (response.status_code, "Choose what to export" in page, HOSTILE in page) == (400, True, False)
    assert ExportJob.objects.count() == 0


def test_the_same_again_is_the_same_job_with_a_word(client: Client) -> None:
    first = client.post(LIST, filled())
    assert "asked for before" not in page_of(client, first.headers["Location"])
    again = client.post(LIST, filled())
    assert again.headers["Location"] == first.headers["Location"]
    assert "The same was asked for before" in text_of(page_of(client, again.headers["Location"]))
    assert ExportJob.objects.count() == 1


def test_the_twenty_first_unfinished_file_is_refused_and_the_form_kept(client: Client, admin: User) -> None:
    for number in range(20):
        a_job(admin, status="queued", request_hash=str(number))
    response = client.post(LIST, filled(country="DE"))
    assert response.status_code == 409
    assert "20 of your exports are not finished yet" in text_of(response.content.decode())
    assert '<option value="DE" selected>Germany</option>' in response.content.decode()
    assert ExportJob.objects.count() == 20


def many_stores(count: int) -> None:
    Store.objects.bulk_create(
        Store(slug=f"tea-{n}", name=f"Store {n}", currency="EUR", timezone="Europe/Berlin") for n in range(count)
    )


def test_the_first_thousand_of_more_stores_are_offered_on_a_page_that_stays_light(client: Client) -> None:
    many_stores(1001)
    form = page_of(client, LIST, {"type": "orders"})
    assert (form.count('<option value="tea-'), len(form) < 100_000) == (1000, True)
    assert "The first 1,000 are offered" in form
    assert "<option" not in page_of(client, LIST, filled(preview="1"))


def test_many_stores_are_a_list_to_search_in(client: Client) -> None:
    many_stores(51)
    form = page_of(client, LIST, {"type": "orders", "store": "tea-7"})
    assert 'name="store" value="tea-7" list="stores"' in form
    assert form.count('<option value="tea-') == 51
    assert client.post(LIST, filled(store=" tea-7 ")).status_code == 302
    assert ExportJob.objects.get().filters == {"store": "tea-7"}


def test_saved_queries_are_for_super_admins_where_the_console_is_on(client: Client, settings: Any) -> None:
    settings.DEALPORT_SQL_CONSOLE = True
    boss = a_user("super_admin")
    query = SavedQuery.objects.create(name="Big <orders>", sql="SELECT 1 < 2", owner=boss)
    chosen = {"type": "query", "query": str(query.pk), "format": "csv"}
    assert "Big" not in page_of(client, LIST)
    assert client.post(LIST, chosen).status_code == 400
    of_boss = browser_of(boss)
    assert f'<option value="{query.pk}">Big &lt;orders&gt;</option>' in page_of(of_boss, LIST)
    assert "SELECT 1 &lt; 2" in page_of(of_boss, LIST, chosen)
    assert of_boss.post(LIST, {**chosen, "format": "pdf"}).status_code == 400
    assert of_boss.post(LIST, {**chosen, "query": "999999"}).status_code == 400
    assert ExportJob.objects.count() == 0
    response = of_boss.post(LIST, chosen)
    job = ExportJob.objects.get()
    assert (job.dataset, job.sql, job.title, job.owner) == ("query", "SELECT 1 < 2", "Big <orders>", boss)
    assert "Saved query" in page_of(of_boss, LIST)
    assert "Big &lt;orders&gt;" in page_of(of_boss, response.headers["Location"])
    assert "SELECT 1 &lt; 2" in page_of(of_boss, response.headers["Location"])
    settings.DEALPORT_SQL_CONSOLE = False
    assert 'name="query"' not in page_of(of_boss, LIST)
