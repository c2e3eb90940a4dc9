"""Schedules in a real browser: made, put right, paused, started, deleted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from customers.models import User
from reports import scheduling
from reports.models import ExportJob, ScheduledExport, ScheduleMail
from tests.browser.conftest import Visit, window
from tests.builders import a_store, a_user
from tests.reports.schedules.plans import a_schedule, due_at, work

pytestmark = pytest.mark.django_db(transaction=True)

LIST = "/reports/schedules/"


@pytest.fixture(autouse=True)
def export_root(settings: Any, tmp_path: Any) -> None:
    """Keep the files of a test below its own folder."""
    settings.EXPORT_BUCKET = ""
    settings.EXPORT_ROOT = str(tmp_path)


@pytest.fixture
def ada() -> User:
    """Provide an admin and a store."""
    a_store(slug="tea", name="Tea & Co")
    return a_user(User.Role.ADMIN, email="ada@example.com")


def some_schedules(owner: User) -> ScheduledExport:
    """Provide one of each: with a file, failing, stopped, paused; return the first."""
    a_user(User.Role.ADMIN, email="bookkeeping.and.taxes@accountants-of-the-north.example.com")
    long = "Everything that was sold, refunded and written off in every one of our stores, for the accountant"
    first = a_schedule(owner, name="Orders of yesterday", filters={"period": "yesterday", "store": "tea"})
    due_at(first, timezone.now() - timedelta(seconds=1))
    scheduling.run_due()
    work()
    ScheduleMail.objects.update(state="sent")
    failing = a_schedule(
        owner,
        name=long,
        cron="30 7 * * 1",
        filters={"period": "last_week"},
        dataset="sales-by-product",
        recipients=[owner.email, "bookkeeping.and.taxes@accountants-of-the-north.example.com"],
    )
    ScheduledExport.objects.filter(pk=failing.pk).update(failures=2, last_error="The storage does not answer.")
    stopped = a_schedule(owner, name="Credits", dataset="credits", cron="*/30 8-18 * * 1-5", filters={})
    ScheduledExport.objects.filter(pk=stopped.pk).update(
        is_active=False, next_run_at=None, failures=5, last_error="Its store is not there any more."
    )
    a_schedule(owner, name="Products", dataset="products", filters={}, is_active=False, cron="0 5 1 * *")
    return first


def test_an_admin_makes_a_schedule_puts_an_error_right_and_finds_it_in_the_list(ada: User, browse: Visit) -> None:
    browse.open(LIST)
    browse.log_in("ada@example.com")
    expect(browse.page.get_by_role("heading", name="No schedule yet")).to_be_visible()
    browse.page.get_by_role("link", name="Create a schedule").click()
    browse.page.locator("main").get_by_role("link", name="Orders", exact=True).click()

    page = browse.page
    expect(page.get_by_label("Recipients")).to_have_value("ada@example.com")
    expect(page.get_by_label("On day")).to_be_visible()
    page.get_by_label("Name", exact=True).fill("Sales for the accountant")
    page.get_by_label("Store", exact=True).select_option("Tea & Co")
    page.get_by_label("Every week").check()
    expect(page.get_by_label("On day")).to_be_hidden()
    page.get_by_label("On", exact=True).select_option("Friday")
    page.get_by_label("At", exact=True).fill("07:45")
    page.get_by_label("Recipients").fill("ada@example.com\nnobody@example.com")
    page.get_by_role("button", name="Create the schedule").click()

    error = page.locator("#field-recipients-error")
    expect(error).to_have_text("Nobody who may open this export has the address 'nobody@example.com'.")
    expect(page.get_by_label("Recipients")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Sales for the accountant")
    assert ScheduledExport.objects.count() == 0
    page.get_by_label("Recipients").fill("ada@example.com")
    page.get_by_role("button", name="Create the schedule").click()

    expect(page.get_by_role("status")).to_have_text("“Sales for the accountant” is saved.")
    made = ScheduledExport.objects.get()
    assert (made.dataset, made.filters, made.columns, made.format, made.cron, made.timezone, made.recipients) == (
        "orders",
        {"store": "tea", "period": "last_week"},
        [],
        "csv",
        "45 7 * * 5",
        "Europe/London",
        [ada.email],
    )
    browse.open(LIST)
    expect(page.get_by_text("Every Friday at 07:45")).to_be_visible()
    expect(page.get_by_text("Orders · Tea & Co · last week, Monday to Sunday · CSV")).to_be_visible()
    assert [text for text in browse.complaints if "400" not in text] == []


def test_a_schedule_is_changed_to_an_expression_of_its_own(ada: User, browse: Visit) -> None:
    schedule = a_schedule(ada, columns=["sales", "orderNumber"])
    browse.open(f"{LIST}{schedule.pk}/")
    browse.log_in("ada@example.com")
    page = browse.page
    expect(page.get_by_label("At", exact=True)).to_have_value("06:00")
    page.get_by_label("Cron expression").check()
    expect(page.get_by_label("At", exact=True)).to_be_hidden()
    page.get_by_label("Expression", exact=True).fill("* * * * *")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#field-cron-error")).to_have_text("Enter a schedule that runs at most every 15 minutes.")
    page.get_by_label("Expression", exact=True).fill("30 7 * * 1-5")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_be_visible()
    schedule.refresh_from_db()
    assert (schedule.cron, schedule.columns) == ("30 7 * * 1-5", ["sales", "orderNumber"])
    expect(page.get_by_label("Expression", exact=True)).to_have_value("30 7 * * 1-5")


@window(java_script_enabled=False)
def test_pausing_starting_and_deleting_work_without_a_script(ada: User, browse: Visit) -> None:
    schedule = a_schedule(ada)
    browse.open(LIST)
    browse.log_in("ada@example.com")
    page = browse.page
    page.get_by_role("button", name="Pause Orders of yesterday").click()
    expect(page.get_by_role("status")).to_have_text("“Orders of yesterday” is paused.")
    schedule.refresh_from_db()
    assert (schedule.is_active, schedule.next_run_at) == (False, None)
    page.get_by_role("button", name="Start Orders of yesterday").click()
    expect(page.get_by_role("status")).to_have_text("“Orders of yesterday” runs again.")
    schedule.refresh_from_db()
    assert schedule.is_active and schedule.next_run_at is not None
    page.get_by_role("link", name="Delete Orders of yesterday").click()
    expect(page.get_by_role("heading", name="Delete “Orders of yesterday”?")).to_be_visible()
    assert ScheduledExport.objects.count() == 1
    page.get_by_role("button", name="Delete schedule").click()
    expect(page.get_by_role("heading", name="No schedule yet")).to_be_visible()
    assert ScheduledExport.objects.count() == 0


def test_the_files_of_a_schedule_lead_to_their_receipts(ada: User, browse: Visit) -> None:
    schedule = some_schedules(ada)
    browse.open(LIST)
    browse.log_in("ada@example.com")
    browse.page.get_by_role("link", name="Its files of Orders of yesterday").click()
    row = browse.page.get_by_role("row").filter(has_text="Succeeded")
    expect(row).to_contain_text("sent to 1")
    row.get_by_role("link").click()
    browse.page.wait_for_url(f"{browse.address}/reports/exports/{ExportJob.objects.get(schedule=schedule).pk}/")
    assert browse.complaints == []


@pytest.mark.parametrize(
    "browse", [{"viewport": {"width": width, "height": 850}} for width in (360, 390, 800, 1440)], indirect=True
)
def test_no_state_is_wider_than_the_window_or_breaks_the_policy(ada: User, browse: Visit) -> None:
    schedule = some_schedules(ada)
    browse.open(LIST)
    browse.log_in("ada@example.com")
    overflow = {}
    for path in ("", "new/", "new/?type=orders", f"{schedule.pk}/", f"{schedule.pk}/delete"):
        browse.open(LIST + path)
        overflow[path] = browse.overflow()
    assert (set(overflow.values()), browse.complaints) == ({0}, [])
