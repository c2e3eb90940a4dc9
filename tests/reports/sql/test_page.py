"""The SQL page, without a browser."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from customers.models import User
from reports.models import QueryRun, SavedQuery, ScheduledExport
from tests.builders import a_store, a_user

PAGE = "/reports/sql/"


@pytest.fixture
def client(console: User) -> Client:
    found = Client()
    found.force_login(console)
    return found


def post(client: Client, action: str, **fields: Any) -> Any:
    return client.post(PAGE, {"action": action, **fields})


def test_the_page_lists_every_view_and_has_an_empty_editor(client: Client) -> None:
    page = client.get(PAGE)
    text = page.content.decode()
    assert page.status_code == 200
    assert "<code>orders</code>" in text
    assert "<code>sales_by_country_and_day</code>" in text
    assert 'name="sql"' in text
    assert "No queries yet." in text
    assert "no-store" in page["Cache-Control"]


def test_an_answer_is_shown_as_a_table_and_escaped(client: Client) -> None:
    page = post(client, "run", sql="SELECT '<script>' AS \"<b>\", 1.50 AS n, NULL AS nothing")
    text = page.content.decode()
    assert page.status_code == 200
    assert '<th scope="col">&lt;b&gt;</th>' in text
    assert '<td>&lt;script&gt;</td><td class="number">1.50</td><td class="null">null</td>' in text
    assert "1 row " in text
    assert [(run.via, run.outcome) for run in QueryRun.objects.all()] == [("page", "answered")]


def test_an_error_shows_its_line_with_a_caret_below_it(client: Client) -> None:
    page = post(client, "run", sql="SELECT number,\r\n  nmuber FROM orders")
    text = page.content.decode()
    assert page.status_code == 400
    assert "<h2>There is no column nmuber</h2>" in text
    assert "Line 2, column 3" in text
    assert '<pre>  nmuber FROM orders\n<span aria-hidden="true">  ^</span></pre>' in text
    assert "SELECT number,\n  nmuber FROM orders</textarea>" in text, "what was typed stays"


def test_more_rows_than_are_shown_are_announced(client: Client) -> None:
    text = post(client, "run", sql="SELECT n FROM generate_series(1, 1001) n").content.decode()
    assert "There is more: only the beginning is shown." in text
    assert text.count('<td class="number">') >= 1000


def test_a_statement_is_kept_loaded_changed_and_deleted(client: Client, console: User) -> None:
    answer = post(client, "keep", sql="SELECT 1", name=" One ")
    query = SavedQuery.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"{PAGE}?query={query.pk}")
    assert (query.name, query.sql, query.owner) == ("One", "SELECT 1", console)
    assert "SELECT 1</textarea>" in client.get(f"{PAGE}?query={query.pk}").content.decode()
    assert post(client, "keep", sql="SELECT 2", name="One", query=query.pk).status_code == 302
    assert SavedQuery.objects.get().sql == "SELECT 2"
    assert post(client, "keep", sql="SELECT 3", name="Two", query=query.pk).status_code == 302
    assert list(SavedQuery.objects.values_list("name", "sql")) == [("One", "SELECT 2"), ("Two", "SELECT 3")]
    assert post(client, "delete", query=query.pk).status_code == 302
    assert list(SavedQuery.objects.values_list("name", flat=True)) == ["Two"]


def test_what_cannot_be_kept_is_said_and_nothing_is_changed(client: Client, console: User) -> None:
    SavedQuery.objects.create(name="One", sql="SELECT 1", owner=console)
    for fields, status, words in (
        ({"sql": "SELECT 2", "name": "One"}, 409, "There is a saved query with this name already."),
        ({"sql": "SELECT 2", "name": ""}, 400, "Give it a name of at most 120 characters."),
        ({"sql": "SELECT 2", "name": "x" * 121}, 400, "Give it a name of at most 120 characters."),
        ({"sql": "DROP TABLE x", "name": "Two"}, 400, "DROP is not allowed: one SELECT is"),
    ):
        page = post(client, "keep", **fields)
        assert (page.status_code, words in page.content.decode()) == (status, True)
    assert list(SavedQuery.objects.values_list("name", "sql")) == [("One", "SELECT 1")]


def test_a_query_that_an_export_repeats_is_not_deleted(client: Client, console: User) -> None:
    query = SavedQuery.objects.create(name="One", sql="SELECT 1", owner=console)
    ScheduledExport.objects.create(
        owner=console, name="Weekly", dataset="query", query=query, cron="0 6 * * 1", timezone="UTC", is_active=False
    )
    page = post(client, "delete", query=query.pk)
    assert (page.status_code, "A scheduled export repeats this query" in page.content.decode()) == (409, True)
    assert SavedQuery.objects.count() == 1


def test_strange_requests_are_refused(client: Client) -> None:
    assert client.get(f"{PAGE}?query=1").status_code == 404
    assert client.get(f"{PAGE}?query=x%00").status_code == 404
    assert post(client, "delete").status_code == 404
    assert post(client, "explode").status_code == 404
    assert client.put(PAGE).status_code == 405
    assert post(client, "run").status_code == 400
    assert Client(enforce_csrf_checks=True).post(PAGE, {"sql": "SELECT 1"}).status_code == 403
    assert QueryRun.objects.count() == 1


def test_nobody_but_super_admins_gets_in(client: Client) -> None:
    store = a_store()
    for role, status in (("admin", 403), ("staff", 404), ("user", 404)):
        other = Client()
        other.force_login(a_user(role, store))
        assert other.get(PAGE).status_code == status
        assert post(other, "run", sql="SELECT 1").status_code == status
    assert Client().get(PAGE)["Location"] == f"/login/?next={PAGE}"
    assert QueryRun.objects.count() == 0


def test_a_console_that_is_switched_off_says_so(client: Client, settings: Any) -> None:
    settings.DEALPORT_SQL_CONSOLE = False
    page = client.get(PAGE)
    assert (page.status_code, "The SQL console is switched off." in page.content.decode()) == (404, True)
    assert post(client, "run", sql="SELECT 1").status_code == 404
    assert QueryRun.objects.count() == 0


def test_a_console_whose_database_is_away_says_when_to_come_back(client: Client, settings: Any) -> None:
    settings.SQL_DATABASE_URL = "postgresql://a:b@127.0.0.1:1/x"
    page = post(client, "run", sql="SELECT 1")
    assert (page.status_code, page["Retry-After"]) == (503, "5")
    assert "cannot be reached; try again in a moment" in page.content.decode()
