"""Exports as pages: asking with a preview, the page of one file, the list."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers.models import Store, User
from reports.datasets import DATASETS
from reports.exporting import request_export, run_export
from reports.models import ExportJob, SavedQuery, ScheduledExport
from tests.builders import a_customer, a_store, a_user, an_order

pytestmark = pytest.mark.django_db

LIST = "/reports/exports/"
HOSTILE = "\"><script>alert('x')</script>"


@pytest.fixture(autouse=True)
def export_root(settings: Any, tmp_path: Path) -> None:
    """Keep the files of a test below its own folder."""
    settings.EXPORT_BUCKET = ""
    settings.EXPORT_ROOT = str(tmp_path)


@pytest.fixture
def admin() -> User:
    """Provide an admin."""
    return a_user("admin", email="ada@example.com")


@pytest.fixture
def client(admin: User) -> Client:
    """Provide the admin's browser."""
    return browser_of(admin)


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def filled(dataset: str = "orders", **values: Any) -> dict[str, Any]:
    """Return the form as a browser sends it: all fields, all columns ticked."""
    columns = [column.name for column in DATASETS[dataset].columns]
    return {"type": dataset, "store": "", "from": "", "to": "", "column": columns, "format": "csv", **values}


def a_job(owner: User, **fields: Any) -> ExportJob:
    values: dict[str, Any] = {
        "dataset": "orders", "title": "Orders", "format": "csv", "filters": {}, "request_hash": str(timezone.now()),
        "status": "failed", "error": "no room",
    }  # fmt: skip
    return ExportJob.objects.create(owner=owner, **{**values, **fields})


def address(job: ExportJob, step: str = "") -> str:
    return f"{LIST}{job.pk}/{step}"


def page_of(client: Client, path: str, data: Any = None, status: int = 200) -> str:
    response = client.get(path, data)
    assert response.status_code == status
    return response.content.decode()


def text_of(page: str) -> str:
    """Return the words of the page's content, in one line."""
    content = re.sub(r"<[^>]+>", " ", page.split("<main", 1)[-1])
    return " ".join(unescape(content).split()).replace("\N{NO-BREAK SPACE}", " ")


def errors_of(page: str) -> dict[str, str]:
    """Return the errors that stand at a field."""
    return dict(re.findall(r'<p class="field-error" id="(?:field-)?(\w+)-error">(.*?)</p>', unescape(page)))


def test_all_of_it_is_for_admins_alone(admin: User) -> None:
    job = a_job(admin)
    paths = [LIST, f"{LIST}?type=orders", address(job), address(job, "state")]
    posts = [LIST, address(job, "cancel"), address(job, "retry")]
    staff = browser_of(a_user("staff", a_store()))
    assert [staff.get(path).status_code for path in paths] == [404] * 4
    assert [staff.post(path).status_code for path in posts] == [404] * 3
    assert [Client().get(path).headers["Location"].split("?")[0] for path in paths] == ["/login/"] * 4
    assert ExportJob.objects.count() == 1


def test_the_wrong_method_changes_nothing(client: Client, admin: User) -> None:
    job = a_job(admin)
    assert [client.get(address(job, step)).status_code for step in ("cancel", "retry")] == [405, 405]
    assert [client.post(address(job, step)).status_code for step in ("", "state")] == [405, 405]
    assert client.delete(LIST).status_code == 405
    assert list(ExportJob.objects.values_list("pk", "status")) == [(job.pk, "failed")]


def test_every_post_needs_the_token_of_its_form(admin: User) -> None:
    job = a_job(admin)
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin)
    posts = [(LIST, filled()), (address(job, "cancel"), {}), (address(job, "retry"), {})]
    assert [client.post(path, data).status_code for path, data in posts] == [403] * 3
    assert ExportJob.objects.count() == 1


def test_every_dataset_is_offered_with_its_meaning_and_has_a_form(client: Client) -> None:
    page = page_of(client, LIST)
    for dataset in DATASETS.values():
        assert f'<a href="?type={dataset.name}">{dataset.title}</a>' in page
        assert dataset.meaning.replace("`", "") in unescape(page)
        form = page_of(client, LIST, {"type": dataset.name})
        assert ('name="from"' in form, 'name="basis"' in form) == (dataset.has_period, dataset.has_basis)
        assert re.findall(r'name="column" value="(\w+)" checked', form) == [c.name for c in dataset.columns]
        assert "No preview" not in form


def test_a_form_starts_with_last_month_and_says_what_is_masked(client: Client) -> None:
    last = datetime.now(UTC).date().replace(day=1) - timedelta(days=1)
    form = page_of(client, LIST, {"type": "orders"})
    assert f'name="from" value="{last:%Y-%m}-01" type="date"' in form
    assert f'name="to" value="{last}" type="date"' in form
    assert form.count("<em>masked</em>") == 9
    assert "9 of them masked" in text_of(form)
    boss = page_of(browser_of(a_user("super_admin")), LIST, {"type": "orders"})
    assert (boss.count("<em>personal</em>"), "masked." in text_of(boss).split("What you get")[1]) == (9, False)


def test_a_form_keeps_what_an_address_says_and_leaves_an_emptied_period_empty(client: Client) -> None:
    a_store(slug="tea", name="Tea & Co")
    form = page_of(client, LIST, filled(store="tea", status="SHIPPED", country="DE", column=["orderId", "sales"]))
    assert '<option value="tea" selected>Tea &amp; Co</option>' in form
    assert '<option value="SHIPPED" selected>Shipped</option>' in form
    assert 'name="country" value="DE"' in form
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
    assert text_of(page).startswith("About 30 rows , 2 columns, 1 of them masked.")


def test_the_preview_of_daily_metrics_asks_no_more_for_a_first_day_long_before_the_first_shop(client: Client) -> None:
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
    monkeypatch.setattr("reports.exporting.estimated_rows", lambda dataset, filters, owner: rows)
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
        admin, "orders", "Orders", "xlsx", [], "queued",
    )  # fmt: skip
    assert job.filters == {"store": "tea", "from": "2026-03-01", "to": "2026-03-31", "paymentStatus": "PAID"}


def test_some_columns_are_asked_for_by_name(client: Client) -> None:
    client.post(LIST, filled(column=["orderId", "sales"]))
    assert ExportJob.objects.get().columns == ["orderId", "sales"]


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        ({"from": "2026-02-30"}, {"from": "Must be a date as YYYY-MM-DD"}),
        ({"from": HOSTILE}, {"from": "Must be a date as YYYY-MM-DD"}),
        ({"from": "2026-03-02", "to": "2026-03-01"}, {"to": "Must not be before from"}),
        ({"store": "nowhere"}, {"store": "There is no such shop."}),
        ({"store": HOSTILE}, {"store": "There is no such shop."}),
        ({"country": "D\0E"}, {"country": "Must be a text of 1 to 100 characters"}),
        ({"country": HOSTILE * 9}, {"country": "Must be a text of 1 to 100 characters"}),
        ({"column": []}, {"columns": "Choose at least one"}),
        ({"format": "pdf"}, {"format": "Must be one of csv, xlsx"}),
        ({"format": ""}, {"format": "Must be one of csv, xlsx"}),
    ],
)
def test_a_mistake_is_named_at_its_field_and_nothing_is_asked_for(
    client: Client, given: dict[str, Any], errors: dict[str, str]
) -> None:
    response = client.post(LIST, filled(**given))
    page = response.content.decode()
    assert (response.status_code, errors_of(page)) == (400, errors)
    assert "Nothing was asked for yet" in text_of(page)
    assert HOSTILE not in page
    assert ExportJob.objects.count() == 0


def test_a_value_that_is_no_choice_and_a_column_that_is_none_are_refused(client: Client) -> None:
    status = errors_of(client.post(LIST, filled(status=HOSTILE)).content.decode())["status"]
    assert status.startswith("Must be one of PENDING, ")
    response = client.post(LIST, filled(column=["orderId", HOSTILE]))
    assert "is not one of orderId, " in text_of(response.content.decode())
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
    assert 'name="country" value="DE"' in response.content.decode()
    assert ExportJob.objects.count() == 20


def many_shops(count: int) -> None:
    Store.objects.bulk_create(
        Store(slug=f"shop-{n}", name=f"Shop {n}", currency="EUR", timezone="Europe/Berlin") for n in range(count)
    )


def test_the_first_thousand_of_more_shops_are_offered_on_a_page_that_stays_light(client: Client) -> None:
    many_shops(1001)
    form = page_of(client, LIST, {"type": "orders"})
    assert (form.count('<option value="shop-'), len(form) < 100_000) == (1000, True)
    assert "The first 1,000 are offered" in form
    assert "<option" not in page_of(client, LIST, filled(preview="1"))


def test_many_shops_are_a_list_to_search_in(client: Client) -> None:
    many_shops(51)
    form = page_of(client, LIST, {"type": "orders", "store": "shop-7"})
    assert 'name="store" value="shop-7" list="shops"' in form
    assert form.count('<option value="shop-') == 51
    assert client.post(LIST, filled(store=" shop-7 ")).status_code == 302
    assert ExportJob.objects.get().filters == {"store": "shop-7"}


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
    settings.DEALPORT_SQL_CONSOLE = False
    assert 'name="query"' not in page_of(of_boss, LIST)


def test_a_job_s_page_says_in_words_what_was_asked_for(client: Client, admin: User) -> None:
    a_store(slug="tea", name="Tea & Co")
    filters = {"store": "tea", "from": "2026-03-01", "to": "2026-03-31", "paymentStatus": "PARTIALLY_REFUNDED"}
    job = a_job(admin, filters={**filters, "country": "DE"}, columns=["orderId", "sales"], format="xlsx")
    text = text_of(page_of(client, address(job)))
    assert text.split("What was asked for")[1].strip().removesuffix(" </html>") == (
        "Data Orders Shop Tea & Co Period 1 – 31 March 2026 Country DE Payment status Partially refunded "
        "Columns orderId, sales Format Excel (XLSX)"
    )
    shares = a_job(admin, dataset="sales-by-product", filters={"basis": "booked", "from": "2026-03-01"})
    assert "Shop All shops Period From 1 March 2026 on Counted By booking day Columns All" in text_of(
        page_of(client, address(shares))
    )
    now = a_job(admin, dataset="products", title="Products")
    assert "Period" not in text_of(page_of(client, address(now)))


PROGRESS = [
    ({"status": "queued"}, "Queued", "Waiting for a worker.", None),
    (
        {"status": "queued", "attempt": 1, "error": "The storage does not answer."},
        "Queued",
        "Attempt 1 of 3 stopped. The storage does not answer. It is tried again in a moment.",
        None,
    ),
    ({"status": "running", "attempt": 1}, "Running", "Counting the rows.", None),
    (
        {"status": "running", "attempt": 1, "rows_done": 20_000, "rows_total": 50_000},
        "Running",
        "20,000 of 50,000 rows (40\N{NO-BREAK SPACE}%)",
        40,
    ),
    (
        {"status": "running", "attempt": 1, "rows_done": 50_000, "rows_total": 50_000},
        "Running",
        "All 50,000 rows are written; the file is being stored.",
        None,
    ),
    (
        {"status": "running", "attempt": 1, "rows_done": 0, "rows_total": 0},
        "Running",
        "All 0 rows are written; the file is being stored.",
        None,
    ),
]


@pytest.mark.parametrize(("fields", "status", "line", "percent"), PROGRESS)
def test_an_unfinished_job_shows_how_far_it_is_and_can_be_called_off(
    client: Client, admin: User, fields: dict[str, Any], status: str, line: str, percent: int | None
) -> None:
    job = a_job(admin, **{"error": "", **fields})
    page = page_of(client, address(job))
    assert f'<p id="progress-line">{line}</p>' in page
    total = job.rows_total
    assert (f'max="{total}" value="{job.rows_done}"' in page) == bool(total)
    assert f'data-state="{address(job, "state")}"' in page
    assert (address(job, "cancel") in page, address(job, "retry") in page, "Download" in page) == (True, False, False)
    assert client.get(address(job, "state")).json() == {
        "isOver": False, "status": status, "line": line, "done": job.rows_done, "total": total or None,
        "percent": percent,
    }  # fmt: skip


def test_calling_off_ends_the_job_and_asking_again_makes_a_new_one(client: Client, admin: User) -> None:
    job = a_job(admin, status="queued", error="", filters={"country": "DE"}, columns=["orderId"])
    assert client.post(address(job, "cancel")).headers["Location"] == address(job)
    job.refresh_from_db()
    page = page_of(client, address(job))
    assert (job.status, "Called off on" in page, address(job, "retry") in page) == ("canceled", True, True)
    assert client.get(address(job, "state")).json()["isOver"] is True
    again = client.post(address(job, "retry"))
    new = ExportJob.objects.exclude(pk=job.pk).get()
    assert (again.headers["Location"], new.status, new.filters, new.columns, new.owner) == (
        address(new), "queued", {"country": "DE"}, ["orderId"], admin,
    )  # fmt: skip
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
    assert re.search(r"2 rows, \d+.* bytes\. The file is kept for another 6 days, 23 hours, until .* UTC\.", text)
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
    job = a_job(admin, status="succeeded", error="", file_key="k", file_size=10, receipt=receipt,
                expires_at=timezone.now() + timedelta(days=1))  # fmt: skip
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
    assert ("agrees with" in text, "no figure of just this selection" in text) == (False, True)


def test_an_expired_file_keeps_its_receipt_and_is_asked_for_again(client: Client, admin: User) -> None:
    job = a_job(admin, status="expired", error="", file_size=10, receipt={"rowCount": 3, "sha256": "ab" * 32},
                expires_at=datetime(2026, 3, 5, 12, tzinfo=UTC))  # fmt: skip
    page = page_of(client, address(job))
    assert "The file was deleted after 5 March 2026, 12:00 UTC" in page
    assert ("ab" * 32 in page, address(job, "retry") in page, "Download" in page) == (True, True, False)


def test_an_admin_who_got_a_super_admin_s_file_mailed_reads_why_it_is_not_theirs(client: Client, admin: User) -> None:
    boss = a_user("super_admin", email="boss@example.com")
    schedule = ScheduledExport.objects.create(
        owner=boss, name="Monthly", dataset="orders", cron="0 6 1 * *", recipients=[admin.email], is_active=False
    )
    fields = {"status": "succeeded", "error": "", "file_key": "k", "file_size": 10, "schedule": schedule,
              "expires_at": timezone.now() + timedelta(days=1)}  # fmt: skip
    clear = a_job(boss, is_masked=False, **fields)
    page = page_of(client, address(clear))
    assert ("super admins alone may fetch it" in page, "Download" in page, "by boss@example.com" in page) == (
        True, False, True,
    )  # fmt: skip
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


def test_the_list_is_empty_with_advice_then_paged_newest_first(client: Client, admin: User) -> None:
    assert "No file yet." in page_of(client, LIST)
    start = timezone.now() - timedelta(hours=1)
    jobs = [a_job(admin, title=f"File {n}", requested_at=start + timedelta(minutes=n)) for n in range(21)]
    first, second = page_of(client, LIST), page_of(client, LIST, {"page": "2"})
    pattern = rf'href="{LIST}([\w-]+)/"'
    assert re.findall(pattern, first) == [str(job.pk) for job in reversed(jobs[1:])]
    assert re.findall(pattern, second) == [str(jobs[0].pk)]
    assert ("?page=2#history" in first, "?page=1#history" in second) == (True, True)
    assert page_of(client, LIST, {"page": HOSTILE}).count("failed") == first.count("failed")


def test_the_list_says_how_far_and_how_large_the_files_are(client: Client, admin: User) -> None:
    a_job(admin, status="running", error="", rows_done=2000, rows_total=5000)
    a_job(admin, status="succeeded", error="", rows_done=1, file_key="k", file_size=2048, filters={"tier": "gold"})
    text = text_of(page_of(client, LIST))
    assert re.search(r"Succeeded 1 2\.0 KB \d+ \w+ \d{4}", text)
    assert re.search(r"Running 2,000 of 5,000 – \d+ \w+ \d{4}", text)
    assert "All shops · From the beginning until now · Tier: gold" in text


def test_the_list_asks_as_often_for_three_files_as_for_thirty() -> None:
    boss = browser_of(a_user("super_admin"))
    page_of(boss, LIST)

    def queries_with(jobs: int) -> int:
        while ExportJob.objects.count() < jobs:
            store = a_store()
            a_job(a_user("admin"), filters={"store": store.slug})
        with CaptureQueriesContext(connection) as seen:
            page_of(boss, LIST)
        return len(seen)

    assert queries_with(3) == queries_with(30)
