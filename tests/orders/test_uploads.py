"""Tables that people upload: kept, checked by a worker, applied once, deleted in the end."""

from __future__ import annotations

import io
import os
import threading
from datetime import timedelta
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.utils import timezone
from openpyxl import Workbook

from customers.models import AuditEntry, Store, User
from dealport.kit import installation
from dealport.kit.installation import installation_id
from dealport.kit.storage import StorageAway
from dealport.settings.tasks import CELERY_BROKER_TRANSPORT_OPTIONS
from orders import uploads
from orders.models import Product, Upload
from orders.tasks import run_upload
from orders.uploads.running import MAX_ATTEMPTS, TIME_LIMIT, is_one_running
from tests.admin_pages import logged_in, page
from tests.builders import a_product, a_store, a_user
from tests.orders.calls import Caller

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Path) -> Path:
    settings.EXPORT_BUCKET, settings.EXPORT_ROOT = "", str(tmp_path / "files")
    return tmp_path / "files"


@pytest.fixture
def store() -> Store:
    return a_store(slug="tea")


@pytest.fixture
def staff(store: Store) -> User:
    return a_user(User.Role.STAFF, store)


def workbook(*rows: tuple[Any, ...]) -> bytes:
    book, content = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(content)
    return content.getvalue()


def sent(call: Caller, content: bytes, name: str = "prices.csv", **fields: Any) -> Any:
    return call.client.post(
        "/api/v1/uploads", {"kind": "products", "file": SimpleUploadedFile(name, content), **fields}, format="multipart"
    )


def checked(call: Caller, content: bytes, name: str = "prices.csv") -> Upload:
    answer = sent(call, content, name)
    assert answer.status_code == 201, answer.content
    upload = Upload.objects.get(pk=answer.json()["data"]["id"])
    uploads.run_upload(upload.pk)
    upload.refresh_from_db()
    return upload


CSV = b"SKU;Price;Stock\nTEA;12,50;7\nCUP;4,00;\nNONE;1,00;1\nTEA;1,00;1\n;2,00;2\nBAD;x;1\n"
XLSX = workbook(
    ("SKU", "Price", "Stock"),
    ("TEA", 12.5, 7),
    ("CUP", 4, None),
    ("NONE", 1, 1),
    ("TEA", 1, 1),
    (None, 2, 2),
    ("BAD", "x", 1),
)


@pytest.mark.parametrize(("content", "name"), [(CSV, "prices.csv"), (XLSX, "prices.xlsx")])
def test_prices_and_stock_are_shown_first_and_set_once_confirmed(
    store: Store, staff: User, content: bytes, name: str
) -> None:
    tea = a_product(store, "10.00", sku="TEA", name="Tea", stock=3)
    cup = a_product(store, "4.00", sku="CUP", name="Cup", stock=5)
    foreign = a_product(a_store(), "9.00", sku="TEA")
    call = Caller(staff)
    upload = checked(call, content, name)

    preview = call("GET", f"/uploads/{upload.pk}").data["preview"]
    assert {key: preview[key] for key in ("columns", "rows", "updated", "unchanged", "refused")} == {
        "columns": ["price", "stock"],
        "rows": 6,
        "updated": 1,
        "unchanged": 1,
        "refused": 4,
    }
    assert preview["changes"] == [
        {"line": 2, "sku": "TEA", "name": "Tea", "changes": {"price": ["10.00", "12.50"], "stock": [3, 7]}}
    ]
    assert [(problem["line"], problem["sku"]) for problem in preview["problems"]] == [
        (4, "NONE"),
        (5, "TEA"),
        (6, ""),
        (7, "BAD"),
    ]
    tea.refresh_from_db()
    assert (upload.status, tea.price, tea.stock) == ("ready", D("10.00"), 3)

    assert call("POST", f"/uploads/{upload.pk}/apply").data["status"] == "applying"
    assert call("POST", f"/uploads/{upload.pk}/apply").status == 409
    uploads.run_upload(upload.pk)
    uploads.run_upload(upload.pk)
    receipt = call("GET", f"/uploads/{upload.pk}").data
    assert (receipt["status"], receipt["receipt"]["updated"], receipt["receipt"]["refused"]) == ("applied", 1, 4)
    for product in (tea, cup, foreign):
        product.refresh_from_db()
    assert [(p.price, p.stock) for p in (tea, cup, foreign)] == [(D("12.50"), 7), (D("4.00"), 5), (D("9.00"), None)]
    entries = AuditEntry.objects.filter(object_type="orders.product", actor_id=staff.pk)
    assert set(entries.values_list("action", flat=True)) == {"stock set", "changed"}
    actions = AuditEntry.objects.filter(object_type="orders.upload").order_by("id")
    assert list(actions.values_list("action", flat=True)) == ["uploaded", "confirmed"]


def test_a_canceled_upload_changes_nothing(store: Store, staff: User) -> None:
    tea = a_product(store, "10.00", sku="TEA")
    call = Caller(staff)
    upload = checked(call, b"sku,price\nTEA,11\n")
    assert call("DELETE", f"/uploads/{upload.pk}").data["status"] == "canceled"
    uploads.run_upload(upload.pk)
    assert call("POST", f"/uploads/{upload.pk}/apply").status == 409
    assert Product.objects.get(pk=tea.pk).price == D("10.00")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"price\n1\n", "Name the columns"),
        (b"sku\nA\n", "Name the columns"),
        (b"sku,price,Variant Price\nA,1,2\n", "Keep one column for price"),
        (b"PK\x03\x04 not a workbook", "cannot be read"),
        (b'sku,price\nA,"1\n', "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read_fails_with_its_reason(staff: User, content: bytes, words: str) -> None:
    upload = checked(Caller(staff), content)
    assert (upload.status, words in upload.error) == ("failed", True)


def test_a_file_of_another_store_is_not_there(store: Store, staff: User) -> None:
    upload = checked(Caller(staff), b"sku,price\nTEA,11\n")
    stranger = Caller(a_user(User.Role.STAFF, a_store()))
    assert [stranger("GET", f"/uploads/{upload.pk}").status, stranger("GET", "/uploads").data] == [404, []]
    assert sent(stranger, b"sku,price\nA,1\n", store=store.slug).status_code == 404


def test_files_are_bounded_and_not_empty(staff: User, settings: Any) -> None:
    settings.DEALPORT_UPLOAD_BYTES = 70_000
    call = Caller(staff)
    for content in (b"", b"x" * 70_001):
        answer = sent(call, content)
        assert (answer.status_code, list(answer.json()["errors"])) == (400, ["file"])
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 80_000
    settings.BODY_LIMITS = {"/api/v1/uploads": 140_000}
    assert sent(call, b"x" * 150_000).status_code == 413
    # no other address takes more than a form has
    assert call("POST", "/products", b"x" * 80_001).status == 413
    assert sent(call, b"sku,price\n" + b"x" * 60_000).status_code == 201
    assert Upload.objects.count() == 1


def test_a_worker_that_died_leaves_the_upload_to_another_three_times(
    store: Store, staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_product(store, "10.00", sku="TEA")
    upload = checked(Caller(staff), b"sku,price\nTEA,11\n")
    uploads.confirm_upload(upload=upload, actor=staff)

    def killed(*_: object) -> Any:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr("orders.actions.products.catalog.change", killed)
        for _ in range(MAX_ATTEMPTS):
            with pytest.raises(SystemExit):
                uploads.run_upload(upload.pk)
    upload.refresh_from_db()
    assert (upload.status, upload.attempts, Product.objects.get(sku="TEA").price) == ("applying", 3, D("10.00"))
    uploads.run_upload(upload.pk)
    upload.refresh_from_db()
    assert (upload.status, upload.error.startswith("The worker stopped")) == ("failed", True)


@pytest.mark.django_db(transaction=True)
def test_a_message_that_comes_again_leaves_an_upload_to_the_worker_that_has_it(
    staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Redis hands a message out again after an hour, and a large file takes longer."""
    assert run_upload.time_limit == TIME_LIMIT > CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"]
    pk = sent(Caller(staff), b"sku,price\nTEA,11\n").json()["data"]["id"]
    fetched: list[object] = []
    monkeypatch.setattr("orders.uploads.running.file_store", lambda: fetched.append(1))

    def again() -> None:
        try:
            run_upload(pk)
        finally:
            connection.close()

    with transaction.atomic():
        Upload.objects.select_for_update(no_key=True).get()
        worker = threading.Thread(target=again)
        worker.start()
        worker.join(timeout=20)
    assert not worker.is_alive()
    assert (fetched, Upload.objects.get().status, Upload.objects.get().attempts) == ([], "checking", 0)


def test_lost_messages_are_sent_again_and_a_storage_that_is_away_costs_no_attempt(
    staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[int] = []
    monkeypatch.setattr("orders.uploads.sweeping.send", told.append)
    pk = sent(Caller(staff), b"sku,price\nTEA,11\n").json()["data"]["id"]
    assert uploads.sweep() == 0
    Upload.objects.update(created_at=timezone.now() - timedelta(seconds=20))
    assert (uploads.sweep(), uploads.sweep(), told) == (1, 0, [pk])
    with monkeypatch.context() as patch:
        patch.setattr(
            "dealport.kit.storage.local.LocalStore.open", lambda *_: (_ for _ in ()).throw(StorageAway("away"))
        )
        with pytest.raises(StorageAway):
            uploads.run_upload(pk)
    assert Upload.objects.get().attempts == 0
    assert is_one_running() is False


def test_files_are_deleted_when_they_expire_and_strays_with_them(staff: User, files: Path, settings: Any) -> None:
    settings.DEALPORT_UPLOAD_KEEP_DAYS = 3
    kept, old = (checked(Caller(staff), b"sku,price\nTEA,11\n") for _ in range(2))
    assert kept.expires_at - kept.created_at == timedelta(days=3)
    Upload.objects.filter(pk=old.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    stray = files / f"uploads/{installation_id()}/stray/file.csv"
    stray.parent.mkdir()
    stray.write_bytes(b"x")
    os.utime(stray, (1, 1))
    assert uploads.clean() == 2
    old.refresh_from_db()
    kept.refresh_from_db()
    assert (old.file_key, old.status, kept.status) == ("", "canceled", "ready")
    assert [path.relative_to(files).as_posix() for path in files.rglob("*.csv")] == [kept.file_key]


def test_folders_of_killed_workers_go_once_no_worker_can_be_at_them(
    staff: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for name, hours in (("dealport-upload-old", 9), ("dealport-upload-at-work", 5), ("other", 9)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file.csv").write_bytes(b"x")
        at = timezone.now().timestamp() - hours * 3600
        os.utime(tmp_path / name, (at, at))
    uploads.clean()
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "files") == [
        "dealport-upload-at-work",
        "other",
    ]


def test_a_copied_database_lets_go_of_the_files(staff: User, files: Path) -> None:
    upload = checked(Caller(staff), b"sku,price\nTEA,11\n")
    key, known = upload.file_key, installation_id()
    try:
        installation.replace(resume_schedules=True)
        upload.refresh_from_db()
        assert (upload.status, upload.file_key) == ("canceled", "")
        uploads.clean()
        assert (files / key).is_file()
    finally:
        installation.KNOWN.id = known


def test_the_admin_sends_a_file_shows_what_it_would_do_and_applies_it(store: Store, staff: User) -> None:
    tea = a_product(store, "10.00", sku="TEA", name="Tea <b>")
    client = logged_in(staff)
    file = SimpleUploadedFile("prices.csv", b"sku,price\nTEA,11\nNONE,1\n")
    sent = client.post(page(Upload, "add"), {"store": store.pk, "kind": "products", "file": file})
    assert sent.status_code == 302, sent.content
    upload = Upload.objects.get()
    uploads.run_upload(upload.pk)
    shown = client.get(page(Upload, "change", upload.pk)).content.decode()
    assert "Line 2, TEA (Tea &lt;b&gt;): price 10.00 → 11.00" in shown
    assert "Line 3, NONE: There is no product with this SKU in this store." in shown
    client.post(page(Upload), {"action": "apply", "_selected_action": [upload.pk]})
    uploads.run_upload(upload.pk)
    tea.refresh_from_db()
    upload.refresh_from_db()
    assert (tea.price, upload.status, upload.created_by) == (D("11.00"), "applied", staff)
