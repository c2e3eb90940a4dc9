"""The SQL page in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from reports.models import QueryRun, SavedQuery
from reports.sql.role import prepare
from tests.browser.conftest import Visit, window
from tests.builders import a_store, a_user, an_order
from tests.reports.sql.conftest import ROLE, console_url

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def console(settings: Any, transactional_db: None) -> Iterator[None]:
    """Switch the console on; drop its role after the test."""
    settings.DEALPORT_SQL_CONSOLE, settings.SQL_DATABASE_URL = True, console_url()
    prepare(console_url())
    yield
    with connection.cursor() as cursor:
        cursor.execute(f"DROP OWNED BY {ROLE}; DROP ROLE {ROLE}")


def open_console(browse: Visit) -> Any:
    store = a_store(name="Tea house")
    an_order(store, "10.00", "2.50", paid=True)
    an_order(store, "7.00")
    user = a_user("super_admin", email="root@example.com")
    browse.open("/reports/sql/")
    browse.log_in(user.email)
    browse.page.wait_for_url("**/reports/sql/")
    return browse.page


def test_a_statement_is_typed_run_kept_loaded_and_deleted_with_keys_alone(console: None, browse: Visit) -> None:
    page = open_console(browse)
    editor = page.get_by_role("textbox", name="Statement")
    editor.focus()
    page.keyboard.type("SELECT number, total_amount FROM orders ORDER BY total_amount")
    page.keyboard.press("Control+Enter")
    page.get_by_role("heading", name="2 rows").wait_for()
    answer = page.get_by_role("region", name="Answer")
    assert [cell.inner_text() for cell in answer.locator("td.number").all()] == ["7.00", "12.50"]
    page.get_by_label("Save query as").focus()
    page.keyboard.type("Orders by amount")
    page.keyboard.press("Enter")
    page.wait_for_url("**/reports/sql/?query=*")
    assert SavedQuery.objects.get().name == "Orders by amount"
    page.get_by_role("link", name="Orders by amount").wait_for()
    page.get_by_label("Delete Orders by amount").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("None yet.").wait_for()
    assert SavedQuery.objects.count() == 0
    assert [run.outcome for run in QueryRun.objects.all()] == ["answered"]
    assert browse.complaints == []


def test_an_error_puts_the_cursor_where_it_is(console: None, browse: Visit) -> None:
    page = open_console(browse)
    page.get_by_role("textbox", name="Statement").fill("SELECT number,\n  nmuber\nFROM orders")
    page.get_by_role("button", name="Run").click()
    alert = page.get_by_role("alert")
    alert.wait_for()
    assert "There is no column nmuber" in alert.inner_text()
    assert "Line 2, column 3" in alert.inner_text()
    focused = "document.activeElement.id + ' ' + document.activeElement.selectionStart"
    assert page.evaluate(focused) == "sql 17"
    assert [text for text in browse.complaints if "400" not in text] == []


@window(viewport={"width": 390, "height": 844})
def test_on_a_phone_wide_answers_scroll_inside_their_panel(console: None, browse: Visit) -> None:
    page = open_console(browse)
    page.get_by_role("textbox", name="Statement").fill("SELECT * FROM orders")
    page.get_by_role("button", name="Run").click()
    page.get_by_role("heading", name="2 rows").wait_for()
    assert browse.overflow() <= 0
    inner = page.get_by_role("region", name="Answer").evaluate("box => box.scrollWidth - box.clientWidth")
    assert inner > 500
    assert browse.complaints == []


@window(java_script_enabled=False)
def test_the_page_works_without_a_script(console: None, browse: Visit) -> None:
    page = open_console(browse)
    page.get_by_role("textbox", name="Statement").fill("SELECT 41 + 1 AS answer")
    page.get_by_role("button", name="Run").click()
    assert page.get_by_role("region", name="Answer").locator("td").inner_text() == "42"
