"""The documentation of the API in a real browser, under the policy of every other page."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.builders import a_store, a_user

pytestmark = pytest.mark.django_db(transaction=True)


def test_staff_log_in_and_open_an_operation_without_a_blocked_script_or_style(browse: Visit) -> None:
    a_user("staff", a_store(), email="jo@example.com")
    browse.open("/api/docs")
    browse.log_in("jo@example.com")
    expect(browse.page.get_by_role("heading", name="DealPort")).to_be_visible(timeout=20_000)
    browse.page.get_by_text("Place an order", exact=True).click()
    expect(browse.page.get_by_text("Idempotency-Key").first).to_be_visible(timeout=20_000)
    assert browse.complaints == []
