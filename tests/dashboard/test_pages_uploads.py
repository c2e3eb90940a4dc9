"""The pages of uploads: a file of orders, whole or in parts, looked at, imported, its refused rows as a file."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal as D
from pathlib import Path
from typing import Any, cast

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone

from customers.models import Store, User
from dashboard.metrics import recount
from dealport.kit.storage import StorageAway
from dealport.kit.storage.local import LocalStore
from orders import uploads
from orders.models import Order, Upload
from tests.builders import a_store, a_user

pytestmark = pytest.mark.django_db

FILES = Path(__file__).parents[1] / "data" / "imports"
MAP_LABEL = "Columns, if the file is a table of your own"
GOOD = (FILES / "semicolon.csv").read_bytes()
HEADER, *ROWS = GOOD.decode().splitlines(keepends=True)
BAD = "".join(
    [HEADER, *ROWS, ROWS[-1].replace(ROWS[-1].split(";")[0], "#9999").replace(";paid;", ";nonsense;")]
).encode()


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Path) -> Path:
    settings.EXPORT_BUCKET, settings.EXPORT_ROOT = "", str(tmp_path / "files")
    return tmp_path / "files"


@pytest.fixture
def store() -> Store:
    return a_store(slug="fresh", currency="USD")


@pytest.fixture
def staff(store: Store) -> Client:
    client = Client()
    client.force_login(a_user(User.Role.STAFF, store))
    return client


def post(client: Client, content: bytes, **fields: Any) -> Any:
    data = {"store": "fresh", "kind": "orders", "file": SimpleUploadedFile("march.csv", content), **fields}
    return client.post("/uploads/new/", data)


def text(client: Client, upload: Upload) -> str:
    answer = client.get(f"/uploads/{upload.pk}/")
    assert answer.status_code == 200
    return answer.content.decode()


def on_disk(files: Path) -> list[str]:
    return sorted(path.name for path in files.rglob("*") if path.is_file())


def test_a_file_is_looked_at_first_and_imported_when_somebody_says_so(staff: Client, store: Store) -> None:
    assert "multipart/form-data" in staff.get("/uploads/new/?store=fresh").content.decode()
    assert post(staff, GOOD).status_code == 302
    upload = Upload.objects.get()
    waiting = text(staff, upload)
    assert "A worker is reading the file." in waiting
    # with an address: a bare refresh loads nothing anew once the skip link has put #content into the address
    assert f'content="3;url=/uploads/{upload.pk}/"' in waiting
    uploads.run_upload(upload.pk)
    page = text(staff, upload)
    assert "Shopify orders export (CSV)" in page and "First new orders" in page
    assert not Order.objects.exists()
    staff.post(f"/uploads/{upload.pk}/", {"action": "apply"})
    uploads.run_upload(upload.pk)
    upload.refresh_from_db()
    count = Order.objects.filter(store=store).count()
    assert (upload.status, upload.receipt["new"]["orders"]) == ("applied", count)
    assert count > 0 and "Receipt" in text(staff, upload)
    assert D(upload.receipt["new"]["amount"]) == sum((order.sales for order in Order.objects.all()), D(0))
    assert recount.differences(store) == []


def test_refused_rows_are_listed_before_left_out_and_sent_as_a_file(staff: Client, files: Path) -> None:
    post(staff, BAD)
    upload = Upload.objects.get()
    uploads.run_upload(upload.pk)
    upload.refresh_from_db()
    assert (upload.status, upload.preview["refused"]["orders"]) == ("ready", 1)
    assert "nonsense" in text(staff, upload)
    assert staff.get(f"/uploads/{upload.pk}/refused/").status_code == 404
    staff.post(f"/uploads/{upload.pk}/", {"action": "apply"})
    uploads.run_upload(upload.pk)
    answer = staff.get(f"/uploads/{upload.pk}/refused/")
    rows = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert "#9999" in rows and "Refused because" in rows
    assert 'filename="march.csv.refused.csv"' in answer["Content-Disposition"]
    assert not Order.objects.filter(number="#9999").exists()
    Upload.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    uploads.clean()
    assert on_disk(files) == []


@pytest.mark.django_db(transaction=True)
def test_the_storage_is_asked_when_no_transaction_is_open_and_an_import_does_not_depend_on_it(
    staff: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    post(staff, BAD)
    upload = Upload.objects.get()
    uploads.run_upload(upload.pk)
    staff.post(f"/uploads/{upload.pk}/", {"action": "apply"})
    asked: list[bool] = []

    def away(*args: object, **kwargs: object) -> None:
        asked.append(connection.in_atomic_block)
        raise StorageAway("The storage does not answer.")

    monkeypatch.setattr(LocalStore, "put", away)
    uploads.run_upload(upload.pk)
    upload.refresh_from_db()
    assert (asked, upload.status, Order.objects.exists()) == ([False], "applied", True)
    assert "nonsense" in text(staff, upload)
    assert staff.get(f"/uploads/{upload.pk}/refused/").status_code == 404
    (line,) = [cast(Any, one.msg) for one in caplog.records if one.name == "orders.uploads.orders"]
    assert (line["event"], line["level"]) == ("rows that were left out are not stored yet", "warning")
    assert (line["upload"], line["reason"]) == (upload.pk, "The storage does not answer.")


class Killed(BaseException):
    """The worker is gone."""


def test_rows_left_out_are_stored_though_the_worker_died_right_after_the_import(
    staff: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    post(staff, BAD)
    upload = Upload.objects.get()
    uploads.run_upload(upload.pk)
    staff.post(f"/uploads/{upload.pk}/", {"action": "apply"})
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(LocalStore, "put", lambda *args, **kwargs: (_ for _ in ()).throw(Killed))
        uploads.run_upload(upload.pk)
    orders = set(Order.objects.values_list("pk", "version"))
    told: list[int] = []
    monkeypatch.setattr("orders.uploads.sweeping.send", told.append)
    Upload.objects.update(sent_at=timezone.now() - timedelta(minutes=2))
    assert (uploads.sweep(), told) == (1, [upload.pk])
    uploads.run_upload(upload.pk)
    answer = staff.get(f"/uploads/{upload.pk}/refused/")
    assert "#9999" in b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert set(Order.objects.values_list("pk", "version")) == orders
    Upload.objects.update(sent_at=timezone.now() - timedelta(minutes=2))
    assert uploads.sweep() == 0


def test_rows_left_out_of_a_file_that_is_gone_are_given_up_and_the_import_stays(
    staff: Client, files: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    post(staff, BAD)
    upload = Upload.objects.get()
    uploads.run_upload(upload.pk)
    staff.post(f"/uploads/{upload.pk}/", {"action": "apply"})
    with monkeypatch.context() as patch:
        patch.setattr(LocalStore, "put", lambda *args, **kwargs: (_ for _ in ()).throw(StorageAway("away")))
        uploads.run_upload(upload.pk)
    (path,) = files.rglob("march.csv")
    path.unlink()
    uploads.run_upload(upload.pk)
    upload.refresh_from_db()
    assert (upload.status, upload.error, upload.awaits_refused_file) == ("applied", "", False)
    (line,) = [cast(Any, one.msg) for one in caplog.records if one.name == "orders.uploads.running"]
    assert (line["event"], line["upload"]) == ("rows that were left out are lost", upload.pk)


def test_a_file_comes_in_parts_each_of_which_may_be_sent_again(staff: Client, store: Store, files: Path) -> None:
    fields = {"store": "fresh", "kind": "orders", "fileName": "march.csv", "size": len(GOOD)}
    begun = staff.post("/uploads/begin/", fields).json()
    half = len(GOOD) // 2
    upload = Upload.objects.get(pk=begun["id"])

    def part(number: int, content: bytes) -> Any:
        return staff.post(f"{begun['parts']}{number}/", content, content_type="application/octet-stream")

    assert part(1, GOOD[half:]).status_code == 409
    assert part(0, GOOD[:half]).json() == {"parts": 1, "received": half}
    assert part(0, GOOD[:half]).json() == {"parts": 1, "received": half}
    assert part(1, GOOD).status_code == 409  # more than announced
    uploads.run_upload(upload.pk)
    assert uploads.clean() == 0
    assert part(1, GOOD[half:]).status_code == 200
    upload.refresh_from_db()
    assert (upload.status, len(on_disk(files))) == ("checking", 2)
    uploads.run_upload(upload.pk)
    upload.refresh_from_db()
    assert (upload.status, upload.error) == ("ready", "")
    Upload.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    uploads.clean()
    assert on_disk(files) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"size": 2**40}, "Choose a file of at most 1073 MB, not empty."),
        ({"size": "x"}, "Choose a file that is not empty."),
        ({"kind": "pictures"}, "Select a valid choice"),
        ({"store": "foreign"}, "Select a valid choice"),
    ],
)
def test_a_file_in_parts_is_refused_before_its_first_byte(staff: Client, change: dict[str, Any], words: str) -> None:
    a_store(slug="foreign")
    answer = staff.post("/uploads/begin/", {"store": "fresh", "kind": "orders", "fileName": "a", "size": 9, **change})
    assert answer.status_code == 400
    assert words in answer.json()["error"]
    assert not Upload.objects.exists()


def test_a_file_that_is_none_says_what_is_wrong_and_a_mapping_reads_a_table_of_ones_own(staff: Client) -> None:
    table = b"Order No;Placed;Sum;Article;Pieces;Each\n1;2026-03-01 10:00:00 +0000;5.00;Tea;1;5.00\n"
    post(staff, table)
    failed = Upload.objects.get()
    uploads.run_upload(failed.pk)
    failed.refresh_from_db()
    assert (failed.status, failed.error[:30]) == ("failed", "This file cannot be imported. ")
    assert "march.csv" not in failed.error and "--" not in failed.error
    form = staff.get("/uploads/new/").content.decode()
    assert failed.error.endswith(f"=your column in “{MAP_LABEL}”.") and MAP_LABEL in form
    mapping = "name=Order No\ndate=Placed\ntotal=Sum\nitem=Article\nquantity=Pieces\nprice=Each"
    post(staff, table, map=mapping)
    upload = Upload.objects.latest("pk")
    uploads.run_upload(upload.pk)
    upload.refresh_from_db()
    assert (upload.status, upload.preview["orders"][0]["number"]) == ("ready", "1")


@pytest.mark.parametrize(
    ("content", "label"),
    [
        (GOOD.replace(b" +0000", b"").replace(b" -0400", b""), "Times without an offset"),
        ((FILES / "excel-dates.csv").read_bytes(), "Dates such as 01/02/2026"),
        (b"Sale Date,Order ID,Buyer User ID\n06/01/26,1,ada\n", MAP_LABEL),
    ],
)
def test_what_a_file_does_not_say_is_asked_for_in_the_words_of_the_form(
    staff: Client, files: Path, content: bytes, label: str
) -> None:
    post(staff, content)
    upload = Upload.objects.get()
    uploads.run_upload(upload.pk)
    upload.refresh_from_db()
    shown = text(staff, upload)
    assert f"“{label}”" in shown and label in staff.get("/uploads/new/").content.decode()
    assert "--times" not in shown and "--dates" not in shown and "--map" not in shown
    if upload.status == "ready":
        staff.post(f"/uploads/{upload.pk}/", {"action": "apply"})
        uploads.run_upload(upload.pk)
        rows = b"".join(staff.get(f"/uploads/{upload.pk}/refused/").streaming_content).decode()  # type: ignore[attr-defined]
        assert f"“{label}”" in rows and "--" not in rows


def test_the_form_without_a_file_and_other_peoples_uploads(staff: Client, store: Store) -> None:
    answer = staff.post("/uploads/new/", {"store": "fresh", "kind": "orders"})
    assert (answer.status_code, "Choose a file." in answer.content.decode()) == (400, True)
    post(staff, GOOD)
    upload = Upload.objects.get()
    stranger = Client()
    stranger.force_login(a_user(User.Role.STAFF, a_store()))
    for path in (f"/uploads/{upload.pk}/", f"/uploads/{upload.pk}/refused/"):
        assert stranger.get(path).status_code == 404
    assert stranger.post(f"/uploads/{upload.pk}/parts/0/", b"x", content_type="text/csv").status_code == 404
    assert "march.csv" not in stranger.get("/uploads/").content.decode()
    assert "march.csv" in staff.get("/uploads/").content.decode()


def test_the_admin_shows_uploads_of_orders_in_every_state(staff: Client) -> None:
    staff.post("/uploads/begin/", {"store": "fresh", "kind": "orders", "fileName": "half.csv", "size": 9})
    post(staff, BAD)
    upload = Upload.objects.latest("pk")
    uploads.run_upload(upload.pk)
    page = staff.get("/admin/orders/upload/").content.decode()
    assert "Being sent" in page and "1 refused" in page
    assert "nonsense" in staff.get(f"/admin/orders/upload/{upload.pk}/change/").content.decode()


@pytest.mark.parametrize("language", ["pt-BR", None])
def test_what_a_worker_says_of_a_file_is_in_the_language_of_the_page_it_came_from(
    staff: Client, store: Store, language: str | None
) -> None:
    User.objects.update(language=language)
    post(staff, BAD.replace(b";USD;", b";CAD;", 1))
    post(staff, b"Order No;Sum\n1;5.00\n")
    skipped, failed = Upload.objects.order_by("pk")
    for upload in (skipped, failed):
        uploads.run_upload(upload.pk)
    page = text(staff, skipped)
    if language:
        assert "nonsense" in page and "Linha 5" in page and "esperado: um destes valores: pending" in page
        assert "Deixados de fora em outras moedas: CAD" in page and "expected" not in page
        assert "Este arquivo não pode ser importado." in text(staff, failed)
    else:
        assert "Line 5" in page and "expected one of pending" in page
        assert "Left out in other currencies: CAD" in page
        assert "This file cannot be imported." in text(staff, failed)


def test_a_file_that_nobody_applied_says_so_in_the_language_of_the_page(staff: Client, files: Path) -> None:
    post(staff, GOOD)
    Upload.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    uploads.clean()
    User.objects.update(language="pt-BR")
    assert "Ninguém o aplicou a tempo. Envie-o de novo." in text(staff, Upload.objects.get())


def test_refunds_without_their_orders_lead_to_the_orders_not_to_a_command(staff: Client) -> None:
    post(staff, (FILES / "woocommerce-order-refunds.json").read_bytes())
    upload = Upload.objects.get()
    uploads.run_upload(upload.pk)
    shown = text(staff, upload)
    assert "the file of the orders themselves; a connection brings" in shown and "import_orders" not in shown
