"""The page of one export: progress, receipt, calling off, asking again."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.template.defaultfilters import filesizeformat
from django.test import Client
from django.utils import timezone

from customers.models import User
from reports.exporting import request_export, run_export
from reports.models import ExportJob, ScheduledExport
from tests.builders import a_store, a_user, an_order
from tests.reports.export_pages.browser import (
    LIST,
    a_job,
    address,
    browser_of,
    page_of,
    text_of,
)

pytestmark = pytest.mark.django_db


def test_a_job_s_page_says_in_words_what_was_asked_for(client: Client, admin: User) -> None:
    a_store(slug="tea", name="Tea & Co")
    filters = {"store": "tea", "from": "2026-03-01", "to": "2026-03-31", "paymentStatus": "PARTIALLY_REFUNDED"}
    job = a_job(admin, filters={**filters, "country": "DE"}, columns=["orderId", "sales"], format="xlsx")
    text = text_of(page_of(client, address(job)))
    assert text.split("Request ")[1].partition(" Home Orders ")[0].strip() == (
        "Data Orders Store Tea & Co Period Mar 1 – 31, 2026 Country Germany Payment status Partially refunded "
        "Columns orderId, sales Format Excel (XLSX)"
    )
    shares = a_job(admin, dataset="sales-by-product", filters={"basis": "booked", "from": "2026-03-01"})
    assert "Store All stores Period From Mar 1, 2026 on Counted Transaction date Columns All" in text_of(
        page_of(client, address(shares))
    )
    now = a_job(admin, dataset="products", title="Products")
    assert "Period" not in text_of(page_of(client, address(now)))


STORAGE = "Attempt 1 of 3 stopped. The storage does not answer. It is tried again in a moment."
PROGRESS: list[tuple[dict[str, Any], str, str, str]] = [
    ({"status": "queued"}, "Queued", "Waiting for a worker.", "Waiting for a worker."),
    ({"status": "queued", "attempt": 1, "error": "The storage does not answer."}, "Queued", STORAGE, STORAGE),
    ({"status": "running"}, "Running", "Reading.", "Reading."),
    ({"status": "running", "rows_done": 1500}, "Running", "1,500 rows so far.", "Reading."),
    (
        {"status": "running", "rows_done": 23_000, "rows_total": 50_000},
        "Running",
        "23,000 of 50,000 rows (46%)",
        "40%",
    ),
    *(
        ({"status": "running", "rows_done": rows, "rows_total": rows}, "Running", line, line)
        for rows, line in (
            (50_000, "All 50,000 rows are written; the file is being stored."),
            (0, "All 0 rows are written; the file is being stored."),
        )
    ),
]


@pytest.mark.parametrize(("fields", "status", "line", "aloud"), PROGRESS)
def test_an_unfinished_job_shows_how_far_it_is_and_can_be_called_off(
    client: Client, admin: User, fields: dict[str, Any], status: str, line: str, aloud: str
) -> None:
    job = a_job(admin, **{"error": "", **fields})
    page = page_of(client, address(job))
    assert f'<p id="progress-line">{line}</p>' in page
    total = job.rows_total
    assert (f'max="{total}" value="{job.rows_done}"' in page) == bool(total)
    assert f'data-state="{address(job, "state")}"' in page
    assert (address(job, "cancel") in page, address(job, "retry") in page, "Download" in page) == (True, False, False)
    assert client.get(address(job, "state")).json() == {
        "isOver": False,
        "status": status,
        "line": line,
        "done": job.rows_done,
        "total": total or None,
        "aloud": aloud,
    }


def test_calling_off_ends_the_job_and_asking_again_makes_a_new_one(client: Client, admin: User) -> None:
    job = a_job(admin, status="queued", error="", filters={"country": "DE"}, columns=["orderId"])
    assert client.post(address(job, "cancel")).headers["Location"] == address(job)
    job.refresh_from_db()
    page = page_of(client, address(job))
    assert (job.status, "Canceled on" in page, address(job, "retry") in page) == ("canceled", True, True)
    assert client.get(address(job, "state")).json()["isOver"] is True
    again = client.post(address(job, "retry"))
    new = ExportJob.objects.exclude(pk=job.pk).get()
    assert (again.headers["Location"], new.status, new.filters, new.columns, new.owner) == (
        address(new),
        "queued",
        {"country": "DE"},
        ["orderId"],
        admin,
    )
    twice = client.post(address(job, "retry"))
    assert twice.headers["Location"] == address(new)
    assert "The same was asked for before" in page_of(client, address(new))


def test_what_is_over_is_not_called_off_and_what_is_gone_not_asked_for_again(client: Client, admin: User) -> None:
    failed = a_job(admin)
    client.post(address(failed, "cancel"))
    assert "only an unfinished one can be canceled" in page_of(client, address(failed))
    running = a_job(admin, status="running", error="")
    client.post(address(running, "retry"))
    assert "only a failed, canceled or expired one" in page_of(client, address(running))
    gone = a_job(admin, filters={"store": "closed-down"})
    client.post(address(gone, "retry"))
    assert "not there any more" in page_of(client, address(gone))
    assert sorted(ExportJob.objects.values_list("status", flat=True)) == ["failed", "failed", "running"]


def test_a_failed_job_says_why_and_offers_to_ask_again(client: Client, admin: User) -> None:
    job = a_job(admin, error="A text has more than 32,767 characters <b>")
    page = page_of(client, address(job))
    assert '<p class="reason">A text has more than 32,767 characters &lt;b&gt;</p>' in page
    assert (address(job, "retry") in page, address(job, "cancel") in page, "data-state" in page) == (True, False, False)


def test_a_finished_file_has_its_receipt_and_can_be_fetched(client: Client, admin: User) -> None:
    store = a_store(slug="tea")
    an_order(store, "40.00", paid=True, at=datetime(2026, 3, 5, tzinfo=UTC))
    an_order(store, "2.00", at=datetime(2026, 3, 6, tzinfo=UTC))
    given = {"from": "2026-03-01", "to": "2026-03-31"}
    job = request_export(owner=admin, dataset="orders", filters=given, format="csv")
    run_export(str(job.pk))
    job.refresh_from_db()
    page = page_of(client, address(job))
    text = text_of(page)
    assert "✓ agrees with the dashboard" in text
    assert "Orders GBP 2 2 ✓ agrees Sales GBP £40.00 £40.00 ✓ agrees Completed orders GBP 1 1 ✓ agrees" in text
    assert f"Personal data masked Definitions version 1 SHA-256 {job.receipt['sha256']}" in text
    size = filesizeformat(job.file_size).replace("\N{NO-BREAK SPACE}", " ")
    assert re.search(rf"2 rows, {size}\. The file is kept for another 6 days, 23 hours, until .* UTC\.", text)
    assert f'href="{address(job, "download")}"' in page
    link = client.get(address(job, "download")).headers["Location"]
    assert b"".join(client.get(link).streaming_content).startswith(b"orderId,")  # type: ignore[attr-defined]
    assert text_of(page_of(client, LIST)).count("Succeeded") == 1


def test_a_difference_to_the_dashboard_stands_out_with_its_amount(client: Client, admin: User) -> None:
    totals = [
        {"currency": "GBP", "name": "sales", "file": "40.00", "dashboard": "42.50", "agrees": False},
        {"currency": "GBP", "name": "orders", "file": 3, "dashboard": 2, "agrees": False},
        {"currency": "GBP", "name": "refunded", "file": "1.00", "dashboard": None, "agrees": None},
    ]
    receipt = {"rowCount": 3, "controlTotals": totals, "agreesWithDashboard": False, "sha256": "ab" * 32}
    job = a_job(
        admin,
        status="succeeded",
        error="",
        file_key="k",
        file_size=10,
        receipt=receipt,
        expires_at=timezone.now() + timedelta(days=1),
    )
    text = text_of(page_of(client, address(job)))
    assert "✗ differs from the dashboard" in text
    assert (
        "Sales GBP £40.00 dashboard £42.50 £42.50 −£2.50 Orders GBP 3 dashboard 2 2 +1 Refunded GBP £1.00 – –" in text
    )


@pytest.mark.parametrize("agrees", [True, None])
def test_totals_that_nothing_was_held_against_are_not_said_to_agree(
    client: Client, admin: User, agrees: bool | None
) -> None:
    totals = [{"currency": "GBP", "name": "refunded", "file": "1.00", "dashboard": None, "agrees": None}]
    job = a_job(admin, status="expired", error="", receipt={"controlTotals": totals, "agreesWithDashboard": agrees})
    text = text_of(page_of(client, address(job)))
    assert ("agrees with" in text, "no figure for exactly this selection" in text) == (False, True)


def test_an_expired_file_keeps_its_receipt_and_is_asked_for_again(client: Client, admin: User) -> None:
    job = a_job(
        admin,
        status="expired",
        error="",
        file_size=10,
        receipt={"rowCount": 3, "sha256": "ab" * 32},
        expires_at=datetime(2026, 3, 5, 12, tzinfo=UTC),
    )
    page = page_of(client, address(job))
    assert "The file was deleted after Mar 5, 2026, 12:00 UTC" in page
    assert ("ab" * 32 in page, address(job, "retry") in page, "Download" in page) == (True, True, False)


def test_an_admin_who_got_a_super_admin_s_file_mailed_reads_why_it_is_not_theirs(client: Client, admin: User) -> None:
    boss = a_user("super_admin", email="boss@example.com")
    schedule = ScheduledExport.objects.create(
        owner=boss, name="Monthly", dataset="orders", cron="0 6 1 * *", recipients=[admin.email], is_active=False
    )
    fields = {
        "status": "succeeded",
        "error": "",
        "file_key": "k",
        "file_size": 10,
        "schedule": schedule,
        "expires_at": timezone.now() + timedelta(days=1),
    }
    clear = a_job(boss, is_masked=False, **fields)
    page = page_of(client, address(clear))
    assert ("Only super admins can download it" in page, "Download" in page, "by boss@example.com" in page) == (
        True,
        False,
        True,
    )
    assert "Download" in page_of(client, address(a_job(boss, is_masked=True, **fields)))
    waiting = a_job(boss, status="queued", error="", schedule=schedule)
    assert address(waiting, "cancel") not in page_of(client, address(waiting))
    assert client.post(address(waiting, "cancel")).status_code == 403
    waiting.refresh_from_db()
    assert waiting.status == "queued"


def test_nobody_sees_or_changes_another_admin_s_job_but_super_admins(client: Client) -> None:
    job = a_job(a_user("admin", email="eve@example.com"), status="queued", error="")
    assert [client.get(address(job, step)).status_code for step in ("", "state", "download")] == [404] * 3
    assert [client.post(address(job, step)).status_code for step in ("cancel", "retry")] == [404] * 2
    assert str(job.pk) not in page_of(client, LIST)
    boss = browser_of(a_user("super_admin"))
    assert "by eve@example.com" in text_of(page_of(boss, LIST))
    assert boss.post(address(job, "cancel")).status_code == 302
    job.refresh_from_db()
    assert job.status == "canceled"
