"""The server's side: what it stops, what the role alone cannot do, and that nothing is left behind."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.db import connection

from customers.models import User
from reports import sql
from reports.models import QueryRun
from reports.sql import limits, session
from tests.authorisation.world import fingerprint
from tests.reports.sql.conftest import ROLE, console_url
from tests.reports.sql.statements import (
    DENIED,
    ENDLESS,
    GROWING,
    LARGE_NUMBERS,
    LEAVES_NOTHING,
    REFUSED,
    WIDE,
    WIDE_BUT_CALLED_ANSWER,
)

ROOT = Path(__file__).resolve().parents[3]
TRACE = Path("/tmp/dealport-was-here")


def database() -> list[tuple[Any, ...]]:
    """Return all that a statement could have changed: rows, objects, roles and their settings, large objects, locks.

    The roles and locks of other test processes on the same server are left out.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT 'objects', count(*), sum(hashtext(relname || coalesce(relacl::text, '')))::text FROM pg_class
            WHERE relnamespace::regnamespace::text !~ '^pg_(toast|temp)'
            UNION ALL SELECT 'functions', count(*), '' FROM pg_proc
            UNION ALL SELECT 'schemas', count(*), string_agg(nspname, ',' ORDER BY nspname) FROM pg_namespace
                WHERE nspname !~ '^pg_toast_temp|^pg_temp'
            UNION ALL SELECT 'roles', count(*), string_agg(r::text, ',' ORDER BY rolname) FROM pg_authid r
                WHERE rolname !~ '^dealport_sql' OR rolname = %s
            UNION ALL SELECT 'role settings', count(*), string_agg(s::text, ',' ORDER BY s::text)
                FROM pg_db_role_setting s WHERE setrole IN (0, (SELECT oid FROM pg_roles WHERE rolname = %s))
            UNION ALL SELECT 'databases', count(*), '' FROM pg_database
            UNION ALL SELECT 'large objects', count(*), '' FROM pg_largeobject_metadata
            UNION ALL SELECT 'prepared', count(*), '' FROM pg_prepared_xacts
            UNION ALL SELECT 'slots', count(*), '' FROM pg_replication_slots
            UNION ALL SELECT 'advisory locks', count(*), '' FROM pg_locks l JOIN pg_database d
                ON d.oid = l.database WHERE locktype = 'advisory' AND datname = current_database()
            UNION ALL SELECT 'sequence', last_value, '' FROM orders_order_id_seq
            """,
            [ROLE, ROLE],
        )
        found = list(cursor.fetchall())
    return found + [table for table in fingerprint() if table[0] != "reports_queryrun"]


def sessions() -> int:
    """Count the connections of the console's role, once the server has noticed that some were closed."""
    for _ in range(100):
        with connection.cursor() as cursor:
            # within a transaction the view shows what it showed first
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE usename = %s", [ROLE])
            (count,) = cursor.fetchone()
        if not count:
            return 0
        time.sleep(0.05)
    return int(count)


def new_session() -> list[tuple[Any, ...]]:
    """Return what the next connection of the role starts with."""
    with psycopg.connect(console_url(), autocommit=True) as fresh:
        return fresh.execute(
            "SELECT name, setting FROM pg_settings WHERE source NOT IN ('default', 'client') AND name <> 'TimeZone'"
            " UNION ALL SELECT 'prepared', count(*)::text FROM pg_prepared_statements"
            " UNION ALL SELECT 'listening', count(*)::text FROM pg_listening_channels()"
            " UNION ALL SELECT 'cursors', count(*)::text FROM pg_cursors"
            " UNION ALL SELECT 'locks', count(*)::text FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
            " WHERE locktype = 'advisory' AND datname = current_database() ORDER BY 1"
        ).fetchall()


@pytest.fixture
def untouched(console: User) -> Iterator[None]:
    """Check that the database is as it was, no connection is left, and the next one starts as the first did."""
    before, start = database(), new_session()
    TRACE.unlink(missing_ok=True)
    yield
    assert sessions() == 0
    assert (database(), new_session()) == (before, start)
    assert not TRACE.exists()


def test_every_hostile_statement_is_refused_and_nothing_has_changed(console: User, untouched: None) -> None:
    for statement in REFUSED:
        with pytest.raises(sql.Refused):
            sql.run(statement, user=console, via="api")
    assert set(QueryRun.objects.values_list("outcome", flat=True)) == {"refused"}
    assert QueryRun.objects.count() == len(REFUSED)


def test_the_role_alone_is_denied_every_write_and_every_table(console: User, untouched: None) -> None:
    allowed = []
    for statement in DENIED:
        with psycopg.connect(console_url(), autocommit=True) as alone:
            try:
                alone.execute("SET default_transaction_read_only = off")
                alone.execute(statement)
                allowed.append(statement)
            except psycopg.Error:
                pass
    assert allowed == []


def test_nothing_outlives_the_connection_of_a_statement_the_role_may_run(console: User, untouched: None) -> None:
    for statement in LEAVES_NOTHING:
        with psycopg.connect(console_url(), autocommit=True) as alone:
            alone.execute(statement)


def test_a_session_of_the_console_writes_nothing_even_with_rights(console: User, untouched: None) -> None:
    with session._connection(5) as opened:
        status = opened.execute("SHOW transaction_read_only").fetchone()
        assert status == ("on",)
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            opened.execute("CREATE TABLE reporting.x (y int)")


def test_the_role_has_nothing_but_its_login(bare: psycopg.Connection[Any]) -> None:
    row = bare.execute(
        "SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls, rolinherit, rolcanlogin,"
        " rolconnlimit FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    assert row == (False, False, False, False, False, False, True, 6)
    readable = bare.execute(
        "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind IN ('r', 'v', 'p',"
        " 'm') AND nspname NOT IN ('reporting', 'pg_catalog', 'information_schema')"
        " AND has_table_privilege(c.oid, 'SELECT, INSERT, UPDATE, DELETE')"
    ).fetchone()
    assert readable == (0,)


@pytest.mark.parametrize("name", GROWING)
def test_a_value_that_grows_without_end_is_stopped_early(name: str, console: User, untouched: None) -> None:
    started = time.monotonic()
    with pytest.raises(sql.Failed, match="A value grew beyond 100,000 bytes"):
        sql.run(GROWING[name], user=console, via="api")
    assert time.monotonic() - started < 2


@pytest.mark.parametrize("name", LARGE_NUMBERS)
def test_a_number_a_sorted_value_or_a_needle_that_is_too_long_is_stopped_early(
    name: str, console: User, untouched: None
) -> None:
    started = time.monotonic()
    with pytest.raises(sql.Failed, match=r"A value grew beyond (250|1,000) bytes|A number grew"):
        sql.run(LARGE_NUMBERS[name], user=console, via="api")
    assert time.monotonic() - started < 2


@pytest.mark.parametrize("statement", [WIDE, WIDE_BUT_CALLED_ANSWER])
def test_a_row_that_is_too_wide_is_not_sent(statement: str, console: User, untouched: None) -> None:
    with pytest.raises(sql.Failed, match="A row is larger than 1,000,000 bytes"):
        sql.run(statement, user=console, via="api")


@pytest.mark.parametrize("name", ENDLESS)
def test_what_never_ends_is_stopped_by_the_server(
    name: str, console: User, untouched: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SECONDS", 0.4)
    started = time.monotonic()
    with pytest.raises(sql.Failed, match=r"It took longer than 0\.4 seconds|more memory or disk"):
        sql.run(ENDLESS[name], user=console, via="api")
    assert time.monotonic() - started < 2
    assert QueryRun.objects.get().outcome == "failed"


class Relay:
    """Passes bytes between the console and the server until it is told to fall silent."""

    def __init__(self) -> None:
        parts = urlsplit(os.environ["DATABASE_URL"])
        self._server = (parts.hostname or "127.0.0.1", parts.port or 5432)
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        self.silent_after: bytes | None = None
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._door.accept()
            except OSError:
                return
            server = socket.create_connection(self._server)
            threading.Thread(target=self._pass, args=(client, server), daemon=True).start()
            threading.Thread(target=self._pass, args=(server, client), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                if self.silent_after is not None and self.silent_after in data:
                    time.sleep(30)
                target.sendall(data)
        except OSError:
            pass
        target.close()

    def close(self) -> None:
        """Let nobody in any more."""
        self._door.close()


def test_a_server_that_falls_silent_is_left_after_the_grace(
    console: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SECONDS", 0.3)
    monkeypatch.setattr(limits, "GRACE_SECONDS", 0.3)
    with closing(Relay()) as relay:
        relay.silent_after = b"fall silent"
        host = urlsplit(console_url()).netloc.rpartition(":")[0]
        settings.SQL_DATABASE_URL = urlsplit(console_url())._replace(netloc=f"{host}:{relay.port}").geturl()
        assert sql.run("SELECT 1", user=console, via="api").rows == [(1,)]
        started = time.monotonic()
        with pytest.raises(sql.Failed, match=r"It took longer than 0\.3 seconds"):
            sql.run("SELECT 'fall silent'", user=console, via="api")
        assert time.monotonic() - started < 10
    assert list(QueryRun.objects.order_by("id").values_list("outcome", flat=True)) == ["answered", "failed"]


def test_a_server_that_is_away_or_crowded_is_told_apart_from_a_wrong_statement(console: User, settings: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    good = settings.SQL_DATABASE_URL
    host = urlsplit(good).netloc.rpartition(":")[0]
    settings.SQL_DATABASE_URL = urlsplit(good)._replace(netloc=f"{host}:{port}").geturl()
    with pytest.raises(sql.Away, match="cannot be reached"):
        sql.run("SELECT 1", user=console, via="api")
    settings.SQL_DATABASE_URL = good
    others = [psycopg.connect(good) for _ in range(6)]
    with pytest.raises(sql.Away, match="All places of the console are taken"):
        sql.run("SELECT 1", user=console, via="api")
    for other in others:
        other.close()
    assert sessions() == 0
    assert sql.run("SELECT 1", user=console, via="api").rows == [(1,)]


def test_a_login_that_may_do_everything_is_not_used(console: User, settings: Any) -> None:
    name = connection.settings_dict["NAME"]
    settings.SQL_DATABASE_URL = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
    with pytest.raises(sql.Away, match="not set up"):
        sql.run("SELECT 1", user=console, via="api")


MEMORY = """
import json, resource, sys
import django
django.setup()
from django.conf import settings
from reports import sql
from reports.sql import session
from reports.sql.check import Checked, check
settings.SQL_DATABASE_URL = sys.argv[1]
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
with session.opened(check("SELECT 1"), rows=None, seconds=20) as (_, rows):
    list(rows)
for statement, is_checked in json.loads(sys.argv[2]):
    start = peak()
    checked = check(statement) if is_checked else Checked(statement, statement)
    try:
        with session.opened(checked, rows=None, seconds=20) as (_, rows):
            outcome = sum(1 for _ in rows)
    except sql.Failed as error:
        outcome = error.message
    print(json.dumps([outcome, peak() - start]))
"""
BOMBS = [
    "SELECT repeat('x', 150000000)",
    "SELECT array_agg(n) FROM generate_series(1, 3000000) n",
    "SELECT string_agg(repeat('x', 1000), '') FROM generate_series(1, 50000)",
    "SELECT o FROM (SELECT repeat('x', 2000000) AS a) AS o",
]
MANY = "SELECT n, repeat('x', 100) FROM generate_series(1, 300000) n"
WIDEST = (
    "SELECT x, x, x, x, x, x, x, x, x, x, x FROM (SELECT repeat(repeat(repeat('x', 100), 100), 9) AS x) AS w,"
    " generate_series(1, 300)"
)


def test_neither_many_rows_nor_wide_ones_nor_a_bomb_fill_this_sides_memory(prepared: User, db: None) -> None:
    """The bombs are sent unread, as if the first layer had not seen them."""
    asked = [*((bomb, False) for bomb in BOMBS), (MANY, True), (WIDEST, True)]
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, console_url(), json.dumps(asked)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    outcomes, grown = zip(*(json.loads(line) for line in done.stdout.splitlines()), strict=True)
    assert outcomes == (*["A row is larger than 1,000,000 bytes"] * len(BOMBS), 300_000, 300)
    # twenty rows of a megabyte are on their way at once, as bytes and as cells
    assert max(grown[:-1]) < 10
    assert grown[-1] < 80


def test_many_at_once_get_their_own_answers(console: User, transactional_run: Callable[[str], Any]) -> None:
    results: dict[int, Any] = {}

    def ask(number: int) -> None:
        results[number] = transactional_run(f"SELECT {number}")

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {n: [(n,)] for n in range(4)}


@pytest.fixture
def transactional_run(console: User) -> Callable[[str], Any]:
    """Return a way to ask without the record, which threads could not write into this test's transaction."""
    from reports.sql.check import check

    def run(statement: str) -> Any:
        with session.opened(check(statement), rows=10, seconds=5) as (_, rows):
            return list(rows)

    return run
