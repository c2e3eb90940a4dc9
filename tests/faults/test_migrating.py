"""`migrate` keeps nobody waiting: it gives up, lets the others through and begins again where it was."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.core.management.commands import migrate as django_migrate
from django.db import connection, transaction

from dealport.management.commands import migrate
from tests.faults.elsewhere import elsewhere

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_migration_that_meets_a_reader_lets_others_through_and_tries_again(monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[str] = []
    reader_ends = threading.Event()

    def handle(self: Any, **options: Any) -> None:
        tries.append("try")
        if len(tries) == 2:
            reader_ends.set()
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '100ms'")
            cursor.execute("LOCK TABLE orders_order")

    monkeypatch.setattr(django_migrate.Command, "handle", handle)
    monkeypatch.setattr(migrate, "PAUSE_SECONDS", 0.05)
    errors = io.StringIO()
    with elsewhere() as reader:
        reader.execute("SELECT count(*) FROM orders_order")
        ender = threading.Thread(target=lambda: (reader_ends.wait(10), reader.rollback()))
        ender.start()
        call_command("migrate", stderr=errors)
        ender.join()
    assert len(tries) >= 2
    assert errors.getvalue().startswith("A table is in use. Trying again in 0.05 s (1 of 60).\n")


def test_a_migration_that_gives_up_at_what_it_put_off_begins_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Django leaves the transaction open when a schema editor fails at its end, where foreign keys are made."""

    def handle(self: Any, **options: Any) -> None:
        with connection.schema_editor() as editor:
            editor.execute("CREATE TABLE orders_made_once ()")
            editor.execute("SET LOCAL lock_timeout = '100ms'")
            editor.deferred_sql.append("ALTER TABLE orders_order ADD COLUMN made_once int")

    monkeypatch.setattr(django_migrate.Command, "handle", handle)
    monkeypatch.setattr(migrate, "PAUSE_SECONDS", 0.05)
    errors = io.StringIO()
    with elsewhere() as reader:
        reader.execute("SELECT count(*) FROM orders_order")
        ender = threading.Timer(0.7, reader.rollback)
        ender.start()
        try:
            call_command("migrate", stderr=errors)
        finally:
            ender.join()
            connection.close()
            with connection.cursor() as cursor:
                cursor.execute("DROP TABLE IF EXISTS orders_made_once")
                cursor.execute("ALTER TABLE orders_order DROP COLUMN IF EXISTS made_once")
    assert errors.getvalue().startswith("A table is in use. Trying again in 0.05 s (1 of 60).\n")


def test_a_migration_sends_autovacuum_away_without_letting_others_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Autovacuum makes way only for who waits longer than a migration does."""
    others: list[float] = []

    def handle(self: Any, **options: Any) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '300ms'")
            cursor.execute("LOCK TABLE being_vacuumed IN SHARE ROW EXCLUSIVE MODE")

    def write_beside(writer: psycopg.Connection[Any], is_over: threading.Event) -> None:
        while not is_over.wait(0.02):
            began = time.monotonic()
            writer.execute("LOCK TABLE being_vacuumed IN ROW EXCLUSIVE MODE")
            writer.rollback()
            others.append(time.monotonic() - began)

    monkeypatch.setattr(django_migrate.Command, "handle", handle)
    monkeypatch.setattr(migrate, "PAUSE_SECONDS", 0.05)
    errors, is_over = io.StringIO(), threading.Event()
    with slow_autovacuum("being_vacuumed"), elsewhere() as writer:
        beside = threading.Thread(target=write_beside, args=(writer, is_over))
        beside.start()
        try:
            call_command("migrate", stderr=errors)
        finally:
            is_over.set()
            beside.join()
    assert errors.getvalue() == "A table is in use. Trying again in 0.05 s (1 of 60).\n"
    assert len(others) > 20 and max(others) < 0.8  # what sends it away waits a second


@contextmanager
def slow_autovacuum(table: str) -> Iterator[None]:
    """Make a table that autovacuum is at for minutes; it is gone afterwards."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TABLE {table} WITH (autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1,"
            " autovacuum_vacuum_threshold = 0) AS SELECT generate_series(1, 100000) AS number"
        )
        cursor.execute(f"DELETE FROM {table} WHERE number % 2 = 0")
        try:
            cursor.execute("ALTER SYSTEM SET autovacuum_naptime = 1")
            cursor.execute("SELECT pg_reload_conf()")
            until = time.monotonic() + 30
            while table not in being_vacuumed():
                assert time.monotonic() < until, "autovacuum does not come"
                time.sleep(0.1)
            yield
        finally:
            cursor.execute("ALTER SYSTEM RESET autovacuum_naptime")
            cursor.execute("SELECT pg_reload_conf()")
            cursor.execute(f"DROP TABLE {table}")


def being_vacuumed() -> list[str]:
    """Return the tables that autovacuum is at."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relation::regclass::text FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE granted "
            "AND backend_type = 'autovacuum worker' AND mode = 'ShareUpdateExclusiveLock'"
        )
        return [table for (table,) in cursor.fetchall()]


def test_a_migration_that_is_no_transaction_goes_on_at_the_statement_that_gave_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What it did before has stayed: done again from its beginning, it would fail for ever."""

    def handle(self: Any, **options: Any) -> None:
        with connection.cursor() as cursor:
            for statement in (
                "CREATE TABLE orders_made_once ()",
                "ALTER TABLE orders_order ADD COLUMN made_once int",
                # waits for transactions that are older, however long: not one of them waits for it
                "CREATE INDEX CONCURRENTLY orders_made_beside ON orders_orderevent (amount)",
            ):
                cursor.execute(statement)

    monkeypatch.setattr(django_migrate.Command, "handle", handle)
    monkeypatch.setattr(migrate, "PAUSE_SECONDS", 0.05)
    errors = io.StringIO()
    with elsewhere() as reader, elsewhere() as writer, connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '100ms'")
        reader.execute("SELECT count(*) FROM orders_order")
        writer.execute("LOCK TABLE orders_orderevent IN ROW EXCLUSIVE MODE")

        def end() -> None:
            for one in (reader, writer):
                time.sleep(0.7)
                one.rollback()

        ender = threading.Thread(target=end)
        ender.start()
        try:
            call_command("migrate", stderr=errors)
            cursor.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = 'orders_made_beside'::regclass")
            assert cursor.fetchone() == (True,)
        finally:
            ender.join()
            cursor.execute("RESET lock_timeout")
            cursor.execute("DROP TABLE IF EXISTS orders_made_once")
            cursor.execute("DROP INDEX IF EXISTS orders_made_beside")
            cursor.execute("ALTER TABLE orders_order DROP COLUMN IF EXISTS made_once")
    assert errors.getvalue().startswith("A table is in use. Trying again in 0.05 s (1 of 60).\n")
