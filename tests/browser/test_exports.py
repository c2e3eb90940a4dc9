"""Exports in a real browser: asked for, followed while a worker writes, fetched."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone
from playwright.sync_api import Locator, expect

from customers.models import Customer, Store, User
from dashboard.metrics.recount import correct
from reports.exporting import run_export
from reports.exporting.pulse import Pulse
from reports.files.csv_file import BATCH_ROWS
from reports.models import ExportJob
from tests.browser.conftest import Visit, window
from tests.builders import a_store, a_user

pytestmark = pytest.mark.django_db(transaction=True)

LIST = "/reports/exports/"
ROWS = 5000
SHOWN = 20_000  # milliseconds that a step may take on a busy machine


@pytest.fixture(autouse=True)
def export_root(settings: Any, tmp_path: Path) -> None:
    """Keep the files of a test below its own folder."""
    settings.EXPORT_BUCKET = ""
    settings.EXPORT_ROOT = str(tmp_path)


@pytest.fixture
def store() -> Store:
    """Provide a store with some thousand customers, and an admin ada."""
    a_user(User.Role.ADMIN, email="ada@example.com")
    store = a_store(slug="tea", name="Tea & Co")
    Customer.objects.bulk_create(
        Customer(store=store, email=f"c{number}@example.com", name=f"Customer {number}") for number in range(ROWS)
    )
    correct(store)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE customers_customer, customers_store")
    return store


class Worker:
    """Runs exports in a thread of its own, and waits in the middle of one until it is told to go on."""

    def __init__(self) -> None:
        self.go_on = Event()
        self._thread: Thread | None = None

    def start(self, job: ExportJob) -> None:
        """Begin with the job's file."""
        self._thread = Thread(target=self._run, args=[str(job.pk)], daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Let it finish."""
        self.go_on.set()
        if self._thread:
            self._thread.join(30)

    def _run(self, pk: str) -> None:
        try:
            run_export(pk)
        finally:
            connections.close_all()


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Worker]:
    """Provide a worker that pauses after its first batch of rows."""
    worker, done = Worker(), Pulse.done

    def done_and_wait(pulse: Pulse, rows: int) -> None:
        done(pulse, rows)
        while rows == BATCH_ROWS and not worker.go_on.wait(0.1):
            pulse.check()

    monkeypatch.setattr(Pulse, "done", done_and_wait)
    yield worker
    worker.stop()


def test_an_admin_asks_sees_the_progress_and_downloads_the_file(store: Store, worker: Worker, browse: Visit) -> None:
    page = browse.page
    browse.open(LIST)
    browse.log_in("ada@example.com")
    page.locator("main").get_by_role("link", name="Customers", exact=True).click()
    page.get_by_label("From").fill("")
    page.get_by_label("To", exact=True).fill("")
    page.get_by_label("Store", exact=True).select_option("Tea & Co")
    expect(page.locator("#preview")).to_contain_text("5,000 rows")
    page.get_by_role("button", name="Export").click()
    expect(page.locator("#progress-line")).to_have_text("Waiting for a worker.")

    job = ExportJob.objects.get()
    worker.start(job)
    expect(page.locator("#progress-line")).to_have_text("2,000 of 5,000 rows (40%)", timeout=SHOWN)
    expect(page.locator("#status-title")).to_have_text("Running")
    expect(page.locator("#announcement")).to_have_text("Running: 40%")
    bar = page.get_by_role("progressbar", name="Rows written")
    assert (bar.get_attribute("value"), bar.get_attribute("max")) == ("2000", "5000")
    worker.go_on.set()
    download = page.get_by_role("link", name="Download CSV")
    expect(download).to_be_visible(timeout=SHOWN)
    expect(page.locator("#status-title")).to_have_text("Succeeded")
    expect(page.locator("#announcement")).to_contain_text("5,000 rows")
    expect(page).to_have_title("Customers: Succeeded · DealPort")
    expect(page.get_by_role("row", name="Customers GBP 5,000 5,000 agrees")).to_be_visible()

    with page.expect_download() as fetched:
        download.click()
    rows = list(csv.DictReader(io.StringIO(fetched.value.path().read_text())))
    job.refresh_from_db()
    assert fetched.value.suggested_filename == job.file_name
    assert [row["customerId"] for row in rows] == sorted((row["customerId"] for row in rows), key=int)
    assert (len(rows), {row["name"] for row in rows}, {row["store"] for row in rows}) == (ROWS, {"***"}, {"tea"})
    assert browse.complaints == []


def test_a_file_is_called_off_and_asked_for_again_with_the_keyboard_alone(
    store: Store, worker: Worker, browse: Visit
) -> None:
    page = browse.page
    browse.open(LIST)
    browse.log_in("ada@example.com")
    page.wait_for_url(browse.address + LIST)
    tab_to(browse, page.locator("main").get_by_role("link", name="Customers", exact=True))
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("type=customers"))
    tab_to(browse, page.get_by_label("Store", exact=True))
    page.keyboard.type("Tea")
    tab_to(browse, page.get_by_label("Tier", exact=True))
    page.keyboard.type("Gold")
    tab_to(browse, page.get_by_role("checkbox", name="phone text"))
    page.keyboard.press("Space")
    tab_to(browse, page.get_by_role("button", name="Export"))
    page.keyboard.press("Enter")
    expect(page.locator("#progress-line")).to_have_text("Waiting for a worker.")

    job = ExportJob.objects.get()
    asked = {name: value for name, value in job.filters.items() if name not in ("from", "to")}
    assert (asked, "phone" in job.columns, len(job.columns)) == ({"store": "tea", "tier": "gold"}, False, 25)
    tab_to(browse, page.get_by_role("button", name="Cancel"))
    page.keyboard.press("Enter")
    expect(page.locator("#status-title")).to_have_text("Canceled")
    tab_to(browse, page.get_by_role("button", name="Run again"))
    page.keyboard.press("Enter")
    expect(page.locator("#status-title")).to_have_text("Queued")

    again = ExportJob.objects.exclude(pk=job.pk).get()
    worker.go_on.set()
    cancel = page.get_by_role("button", name="Cancel")
    tab_to(browse, cancel)
    worker.start(again)
    expect(page.locator("#status-title")).to_have_text("Succeeded", timeout=SHOWN)
    # the button that had the focus is gone; the focus stays where it was
    expect(page.locator("#status-title")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Download CSV")).to_be_focused()
    assert browse.complaints == []


def tab_to(browse: Visit, wanted: Locator) -> None:
    """Press Tab until `wanted` has the focus, and make sure that one sees it."""
    for _ in range(80):
        if wanted.evaluate("element => element === document.activeElement"):
            break
        browse.page.keyboard.press("Tab")
    expect(wanted).to_be_focused()
    assert wanted.evaluate("element => getComputedStyle(element).outlineStyle") != "none"


def test_a_tab_that_nobody_looks_at_does_not_ask_and_one_whose_answer_fails_goes_on(
    store: Store, browse: Visit
) -> None:
    page, asked = browse.page, []
    browse.open(LIST)
    browse.log_in("ada@example.com")
    page.wait_for_url(browse.address + LIST)
    job = a_job(User.objects.get(), status="running", rows_done=1, rows_total=10)
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/state") else None)
    browse.open(f"{LIST}{job.pk}/")
    hide(browse, True)
    page.wait_for_timeout(2500)
    assert asked == []
    page.route("**/state", lambda route: route.fulfill(status=503))
    hide(browse, False)
    expect(page.locator("#progress-line")).to_contain_text("No answer at the moment")
    page.unroute("**/state")
    ExportJob.objects.update(rows_done=7)
    expect(page.locator("#progress-line")).to_contain_text("7 of 10 rows", timeout=SHOWN)
    # logged out meanwhile: it says so and stops
    browse.page.context.clear_cookies()
    expect(page.locator("#progress-line")).to_contain_text("You are logged out", timeout=SHOWN)
    count = len(asked)
    page.wait_for_timeout(2500)
    assert len(asked) == count
    assert [text for text in browse.complaints if "503" not in text] == []


def hide(browse: Visit, is_hidden: bool) -> None:
    """Let the page believe that its tab is (not) hidden."""
    browse.page.evaluate(
        "hidden => { Object.defineProperty(document, 'hidden', {value: hidden, configurable: true});"
        " document.dispatchEvent(new Event('visibilitychange')); }",
        is_hidden,
    )


def test_the_preview_follows_the_form_and_says_what_is_wrong(store: Store, browse: Visit) -> None:
    page = browse.page
    browse.open(f"{LIST}?type=customers&from=&to=&store=tea")
    browse.log_in("ada@example.com")
    preview = page.locator("#preview")
    expect(preview).to_contain_text("5,000 rows, 26 columns, 7 of them masked")
    page.get_by_role("button", name="Clear").click()
    expect(preview).to_contain_text("Columns: Choose at least one column.")
    page.get_by_role("button", name="Select all").click()
    expect(preview).to_contain_text("26 columns")
    page.get_by_label("From").fill("2026-03-02")
    page.get_by_label("To", exact=True).fill("2026-03-01")
    expect(preview).to_contain_text("To: Enter a day that is not before from.")
    page.get_by_role("button", name="Export").click()
    page.get_by_role("link", name="To: Enter a day that is not before from.").click()
    expect(page.get_by_label("To", exact=True)).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("Please correct the highlighted fields")
    expect(page.get_by_label("To", exact=True)).to_have_attribute("aria-invalid", "true")
    assert ExportJob.objects.count() == 0
    # a refused form is a 400, which the browser notes
    assert [text for text in browse.complaints if "400" not in text] == []


@window(java_script_enabled=False)
def test_all_of_it_works_without_a_script(store: Store, worker: Worker, browse: Visit) -> None:
    page = browse.page
    browse.open(LIST)
    browse.log_in("ada@example.com")
    page.locator("main").get_by_role("link", name="Customers", exact=True).click()
    page.get_by_label("From").fill("")
    page.get_by_label("To", exact=True).fill("")
    page.get_by_role("button", name="Update the preview").click()
    expect(page.locator("#preview")).to_contain_text("5,000 rows")
    page.get_by_role("button", name="Export").click()
    expect(page.locator("#progress-line")).to_have_text("Waiting for a worker.")
    worker.go_on.set()
    worker.start(ExportJob.objects.get())
    worker.stop()
    page.get_by_role("link", name="Refresh").click()
    expect(page.get_by_role("link", name="Download CSV")).to_be_visible()


def a_job(owner: User, **fields: Any) -> ExportJob:
    values: dict[str, Any] = {"dataset": "orders", "title": "Orders", "format": "csv", "filters": {"store": "tea"}}
    return ExportJob.objects.create(owner=owner, **{"request_hash": str(timezone.now()), **values, **fields})


STATES: dict[str, Callable[[], dict[str, Any]]] = {
    "running": lambda: {"status": "running", "attempt": 1, "rows_done": 20_000, "rows_total": 50_000},
    "failed": lambda: {"status": "failed", "error": "The storage does not answer. " * 17},
    "canceled": lambda: {"status": "canceled", "finished_at": timezone.now()},
    "expired": lambda: {"status": "expired", "expires_at": timezone.now(), "receipt": RECEIPT},
    "succeeded": lambda: {
        "status": "succeeded",
        "file_key": "k",
        "file_size": 10**9,
        "receipt": RECEIPT,
        "rows_done": 5_000_000,
        "expires_at": timezone.now(),
    },
}
RECEIPT = {
    "rowCount": 5_000_000,
    "sha256": "ab" * 32,
    "snapshotAt": "2026-03-31T23:59:59+00:00",
    "definitionVersion": "1",
    "agreesWithDashboard": False,
    "controlTotals": [
        {"currency": code, "name": name, "file": ours, "dashboard": theirs, "agrees": ours == theirs}
        for code in ("BRL", "EUR", "GBP")
        for name, ours, theirs in (
            ("completedOrders", 4_999_999, 4_999_999),
            ("sales", "1234567890123.45", "1234567890123.54"),
            ("refunded", "12.00", None),
        )
    ],
}


@pytest.mark.parametrize(
    "browse",
    [
        {"viewport": {"width": width, "height": 850}, "color_scheme": scheme}
        for width, scheme in ((360, "light"), (390, "dark"), (800, "light"), (1440, "dark"))
    ],
    indirect=True,
)
def test_no_state_is_wider_than_the_window_or_breaks_the_policy(store: Store, browse: Visit) -> None:
    browse.open(LIST)
    browse.log_in("ada@example.com")
    ada = User.objects.get()
    overflow = {"empty": browse.overflow()}
    for name, fields in STATES.items():
        job = a_job(ada, **fields())
        browse.open(f"{LIST}{job.pk}/")
        overflow[name] = browse.overflow()
    for name in ("orders", "products", "sales-by-country"):
        browse.open(f"{LIST}?type={name}")
        overflow[name] = browse.overflow()
    browse.open(LIST)
    overflow["list"] = browse.overflow()
    assert (overflow, browse.complaints) == (dict.fromkeys(overflow, 0), [])
