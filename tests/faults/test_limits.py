"""Time limits to what a connection waits for, by the kind of its process, also behind PgBouncer."""

from __future__ import annotations

import hashlib
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, transaction
from django.test import Client

from customers.models import CreditEntry, Store, User
from customers.tokens import access_token
from dashboard.metrics import folding, recount
from dashboard.models import StoreDailySales
from dealport.postgresql.base import BREAKER, DatabaseWrapper
from dealport.postgresql.limits import Limits, limits_of
from orders.importing import import_orders
from orders.models import Order, Upload
from orders.uploads import receive_upload, run_upload
from reports.files import xlsx_file
from tests.builders import a_customer, a_store, a_user, an_order
from tests.exports import a_busy_store, exported
from tests.faults.elsewhere import elsewhere
from tests.orders.importing_files import order as order_row
from tests.orders.importing_files import write

pytestmark = pytest.mark.django_db(transaction=True)

NAMES = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")


def another(process: str, *, behind_pgbouncer: bool) -> DatabaseWrapper:
    """Return a connection to the test's database as a kind of process makes it."""
    limits = limits_of(process, web_statement=4, job=3300)
    options = {name: value for name, value in connection.settings_dict["OPTIONS"].items() if name != "options"}
    if not behind_pgbouncer:
        options["options"] = limits.startup_options()
    changes = {"OPTIONS": options, "LIMITS": limits, "DISABLE_SERVER_SIDE_CURSORS": behind_pgbouncer}
    return DatabaseWrapper({**connection.settings_dict, **changes}, alias=f"{process} elsewhere")


def shown(cursor: Any) -> tuple[str, ...]:
    """Return the limits as the server has them."""
    cursor.execute(f"SELECT {', '.join('current_setting(%s)' for _ in NAMES)}", NAMES)
    found: tuple[str, ...] = cursor.fetchone()
    return found


@pytest.mark.parametrize(
    ("process", "limits"),
    [
        ("web", ("2800ms", "4s", "1min")),
        ("job", ("1min", "55min", "1min")),
        ("migration", ("800ms", "0", "1min")),
    ],
)
@pytest.mark.parametrize("behind_pgbouncer", [False, True])
def test_every_statement_has_the_limits_of_its_process(
    process: str, limits: tuple[str, ...], behind_pgbouncer: bool
) -> None:
    with closing(another(process, behind_pgbouncer=behind_pgbouncer)) as database:
        with database.cursor() as cursor:
            assert shown(cursor) == limits  # alone
        database.set_autocommit(False)
        with database.cursor() as cursor:
            assert shown(cursor) == limits  # in a transaction
        database.rollback()


def test_behind_pgbouncer_no_limit_outlives_its_transaction() -> None:
    with closing(another("web", behind_pgbouncer=True)) as database:
        with database.cursor() as cursor:
            cursor.execute("SELECT 1")
        # past the backend, as the next client of the same server connection
        raw = psycopg.Connection.execute(database.connection, "SELECT current_setting('lock_timeout')")
        assert database.connection.cursor_factory is not psycopg.Cursor
        with psycopg.Cursor(database.connection) as plain:
            assert plain.execute("SELECT current_setting('lock_timeout')").fetchone() == ("0",)
        assert raw.fetchone() == ("2800ms",)
        with database.cursor() as cursor:
            cursor.execute("VACUUM dashboard_metricdelta")  # runs outside of transactions alone


def test_a_locked_order_is_409_with_retry_after_and_nothing_changed() -> None:
    order = an_order(a_store())
    client = Client(headers={"Authorization": f"Bearer {access_token(a_user(User.Role.SUPER_ADMIN))}"})
    with elsewhere() as other, connection.cursor() as cursor:
        other.execute("SELECT FROM orders_order WHERE id = %s FOR UPDATE", [order.pk])
        cursor.execute("SET lock_timeout = '200ms'")
        answer = client.patch(
            f"/api/v1/orders/{order.pk}/status", {"status": "PROCESSING"}, content_type="application/json"
        )
        cursor.execute("RESET lock_timeout")
    assert (answer.status_code, answer.headers["Retry-After"], answer.json()["code"]) == (409, "5", "BUSY")
    assert Order.objects.get().status == "PENDING"


def test_a_key_whose_first_request_still_runs_is_409_with_retry_after_and_nothing_happens_twice() -> None:
    admin, customer = a_user(User.Role.ADMIN), a_customer(a_store())
    path, body = f"/api/v1/customers/{customer.pk}/credits", {"amount": "5.00", "reason": "Sorry"}
    headers = {"Authorization": f"Bearer {access_token(admin)}", "Idempotency-Key": "once"}
    with elsewhere() as other:
        name = f"{admin.pk} {path} once"
        number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
        other.execute("SELECT pg_advisory_xact_lock(%s)", [number])
        answer = Client(headers=headers).post(path, body, content_type="application/json")
    assert (answer.status_code, answer.headers["Retry-After"], answer.json()["code"]) == (409, "5", "BUSY")
    assert not CreditEntry.objects.exists()
    assert Client(headers=headers).post(path, body, content_type="application/json").status_code == 201
    assert CreditEntry.objects.count() == 1


def test_a_server_that_gives_no_answer_is_given_up_and_others_are_refused_at_once() -> None:
    limits = Limits(lock=1, statement=None, answer=0.3)
    database = DatabaseWrapper({**connection.settings_dict, "LIMITS": limits}, alias="frozen")
    try:
        with pytest.raises(OperationalError, match=r"no answer within 0\.3 seconds"), database.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(5)")
        assert database.connection.closed
        began = time.monotonic()
        other = DatabaseWrapper({**connection.settings_dict, "LIMITS": limits}, alias="next")
        with pytest.raises(OperationalError, match="away a moment ago"):
            other.ensure_connection()
        assert time.monotonic() - began < 0.1
    finally:
        BREAKER.reset()
        database.close()


def test_a_frozen_holder_loses_the_fold_lock_and_a_repair_says_that_it_waits(
    caplog: pytest.LogCaptureFixture,
) -> None:
    store = a_store()
    an_order(store)
    parameters = {**connection.get_connection_params(), "options": "-c idle_in_transaction_session_timeout=300"}
    with psycopg.connect(**parameters) as frozen:
        frozen.execute("SELECT pg_advisory_xact_lock(%s)", [folding.FOLD_LOCK])
        recount.correct(store)
        assert recount.differences(store) == []
        assert "the fold lock is taken; waiting for it for up to 180 s" in caplog.text
        with pytest.raises(psycopg.errors.IdleInTransactionSessionTimeout):
            frozen.execute("SELECT 1")


def test_a_rebuild_gives_up_waiting_for_the_fold_lock_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    store = a_store(slug="tea")
    monkeypatch.setattr(folding, "LOCK_SECONDS", 0.2)
    with elsewhere() as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [folding.FOLD_LOCK])
        with pytest.raises(CommandError, match="tea: Another repair or import has been writing the figures"):
            call_command("rebuild_metrics")
    recount.correct(store)
    with transaction.atomic(), connection.cursor() as cursor:
        folding.take_fold_lock()
        assert shown(cursor)[0] == "1min"  # waiting longer was for that lock alone


def test_a_repair_gives_up_waiting_for_the_fold_lock_and_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    an_order(a_store(slug="tea"))
    folding.fold_all()
    StoreDailySales.objects.update(sales=1_000)
    monkeypatch.setattr(folding, "LOCK_SECONDS", 0.2)
    with elsewhere() as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [folding.FOLD_LOCK])
        with pytest.raises(CommandError, match="these stores could not be checked: tea"):
            call_command("verify_metrics", "--repair")
    assert "tea: not checked: Another repair or import has been writing the figures" in capsys.readouterr().err
    call_command("verify_metrics", "--repair")
    assert recount.differences(Store.objects.get()) == []


def import_of_one_order(folder: Path) -> Path:
    """Write a file with one order of £20, for a store in GBP."""
    return write(folder / "export.csv", order_row("#1001"))


def test_an_import_waits_for_the_fold_lock_says_so_and_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = a_store(slug="tea")
    with elsewhere() as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [folding.FOLD_LOCK])
        ender = threading.Timer(0.5, other.rollback)
        ender.start()
        receipt = import_orders(import_of_one_order(tmp_path), store)
        ender.join()
    assert "the fold lock is taken; waiting for it for up to 180 s" in caplog.text
    assert receipt.orders == Order.objects.count() == 1
    assert recount.differences(store) == []


def test_an_import_gives_up_waiting_for_the_fold_lock_says_so_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_store(slug="tea")
    path = import_of_one_order(tmp_path)
    monkeypatch.setattr(folding, "LOCK_SECONDS", 0.2)
    with elsewhere() as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [folding.FOLD_LOCK])
        with pytest.raises(CommandError, match="Another repair or import has been writing the figures for 180 s"):
            call_command("import_orders", str(path), store="tea")
    assert not Order.objects.exists()
    call_command("import_orders", str(path), store="tea")
    assert Order.objects.count() == 1


def test_an_import_that_waits_too_long_for_another_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    store = a_store(slug="tea")
    path = import_of_one_order(tmp_path)
    with elsewhere() as other, connection.cursor() as cursor:
        other.execute("SELECT FROM customers_store WHERE id = %s FOR NO KEY UPDATE", [store.pk])
        cursor.execute("SET lock_timeout = '200ms'")
        with pytest.raises(CommandError, match="Another import or a long transaction has been changing this store"):
            call_command("import_orders", str(path), store="tea")
        cursor.execute("RESET lock_timeout")
    assert not Order.objects.exists()


def test_an_upload_that_waits_too_long_for_another_import_fails_with_that_reason(tmp_path: Path, settings: Any) -> None:
    settings.EXPORT_BUCKET, settings.EXPORT_ROOT = "", str(tmp_path / "files")
    store, staff = a_store(), a_user(User.Role.SUPER_ADMIN)
    file = SimpleUploadedFile("export.csv", import_of_one_order(tmp_path).read_bytes())
    upload = receive_upload(store=store, kind=Upload.Kind.ORDERS, file=file, actor=staff)
    with elsewhere() as other, connection.cursor() as cursor:
        other.execute("SELECT FROM customers_store WHERE id = %s FOR NO KEY UPDATE", [upload.store_id])
        cursor.execute("SET lock_timeout = '200ms'")
        run_upload(upload.pk)
        cursor.execute("RESET lock_timeout")
    upload.refresh_from_db()
    assert upload.status == Upload.Status.FAILED
    assert upload.error.startswith("Another import or a long transaction has been changing this store")
    assert not Order.objects.exists()


def test_the_workbook_is_put_together_after_the_transaction_has_ended(
    monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path
) -> None:
    settings.EXPORT_ROOT = str(tmp_path)
    save, seen = xlsx_file._save, []

    def watched(workbook: Any) -> None:
        save(workbook)
        seen.append(connection.in_atomic_block)

    monkeypatch.setattr(xlsx_file, "_save", watched)
    job = exported(a_user(User.Role.ADMIN, a_busy_store()), "orders", format="xlsx")
    assert (job.status, seen) == (job.Status.SUCCEEDED, [False])
