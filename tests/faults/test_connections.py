"""A connection that is used again: found closed without a question to the server, with a pool and without one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.db import connection

from dealport.postgresql.base import Connection, DatabaseWrapper

pytestmark = pytest.mark.django_db(transaction=True)
POOL = {"min_size": 1, "max_size": 1, "timeout": 30, "connection_class": Connection}


@pytest.fixture(params=["without a pool", "of a pool"])
def database(request: pytest.FixtureRequest) -> Iterator[DatabaseWrapper]:
    """A connection of the test's database beside the test's own."""
    options = connection.settings_dict["OPTIONS"] | ({"pool": POOL} if request.param == "of a pool" else {})
    made = DatabaseWrapper({**connection.settings_dict, "OPTIONS": options, "CONN_MAX_AGE": 0}, alias=request.param)
    made.connect()
    yield made
    made.close()
    made.close_pool()


def backend_of(database: DatabaseWrapper) -> int:
    pid: int = database.connection.info.backend_pid
    return pid


def use_again(database: DatabaseWrapper, before: Callable[[], None] = lambda: None) -> None:
    """Do with the connection what Django does between two requests, and before the second one's first statement."""
    if database.pool:
        database.close()
    before()
    if database.pool:
        database.connect()
    elif not database.is_usable():
        database.close()
        database.connect()


def last_statement(pid: int) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT query FROM pg_stat_activity WHERE pid = %s", [pid])
        return str(cursor.fetchone()[0])


def end(pid: int) -> None:
    """End a backend, and return when it is gone: its last message is on the way to this host then."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [pid])
        assert cursor.fetchone() == (True,)


def test_one_that_stands_is_used_again_without_a_statement(database: DatabaseWrapper) -> None:
    pid = backend_of(database)
    with database.cursor() as cursor:
        cursor.execute("SELECT 'the last one'")
    use_again(database)
    assert (backend_of(database), last_statement(pid)) == (pid, "SELECT 'the last one'")


def test_one_that_was_ended_is_replaced_before_it_is_used(database: DatabaseWrapper) -> None:
    pid = backend_of(database)
    use_again(database, before=lambda: end(pid))
    assert backend_of(database) != pid
    with database.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)


def test_one_that_a_notice_came_in_by_is_used_again(database: DatabaseWrapper) -> None:
    pid = backend_of(database)
    with database.cursor() as cursor:
        cursor.execute("LISTEN news")
    with connection.cursor() as cursor:
        cursor.execute("NOTIFY news")
    use_again(database)
    assert backend_of(database) == pid
    with database.cursor() as cursor:
        cursor.execute("SELECT 2")
        assert cursor.fetchone() == (2,)
