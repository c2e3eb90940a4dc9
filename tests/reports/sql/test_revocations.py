"""What the console's role may not call, whatever statement it sends: as that role, on a connection of its own."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection

from customers.models import User
from dashboard.metrics.folding import FOLD_LOCK
from reports.sql import revocations
from reports.sql.role import prepare
from tests.reports.sql.conftest import ROLE, console_url

LOCKING = [
    f"SELECT {prefix}_{scope}lock{shared}({key})"
    for prefix in ("pg_advisory", "pg_try_advisory")
    for scope in ("", "xact_")
    for shared in ("", "_shared")
    for key in (f"{FOLD_LOCK}::bigint", f"{FOLD_LOCK >> 32}, {FOLD_LOCK & 0xFFFFFFFF}")
]


@pytest.mark.parametrize("statement", LOCKING)
def test_the_role_cannot_take_the_lock_of_the_fold_in_any_way(
    statement: str, bare: psycopg.Connection[Any], console: User
) -> None:
    with bare.transaction():
        with pytest.raises(psycopg.errors.InsufficientPrivilege), bare.transaction():
            bare.execute(statement)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [FOLD_LOCK])
            assert cursor.fetchone() == (True,)


def test_no_function_of_the_list_is_left_to_the_role_and_all_are_left_to_the_product(console: User) -> None:
    with connection.cursor() as cursor:
        assert revocations.callable_by(cursor, ROLE) == 0
        cursor.execute(
            "SELECT count(*), count(*) FILTER (WHERE has_function_privilege('pg_read_all_data', oid, 'EXECUTE')),"
            " count(*) FILTER (WHERE has_function_privilege(current_user, oid, 'EXECUTE'))"
            " FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND proname ~ %s",
            [revocations.PATTERN],
        )
        everything, backups, own = cursor.fetchone()
        assert everything > 60
        assert (backups, own) == (everything, everything)


def test_nothing_the_server_does_for_an_operator_or_a_cast_needs_one_of_them(console: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT proname FROM pg_proc p WHERE pronamespace = 'pg_catalog'::regnamespace AND proname ~ %s
            AND (EXISTS (SELECT FROM pg_operator WHERE oprcode = p.oid)
                 OR EXISTS (SELECT FROM pg_cast WHERE castfunc = p.oid)
                 OR EXISTS (SELECT FROM pg_type WHERE p.oid IN (typinput, typoutput, typreceive, typsend)))
            """,
            [revocations.PATTERN],
        )
        assert cursor.fetchall() == []


def test_who_is_no_superuser_is_told_what_to_run_and_no_more_once_it_was_run(
    console: User, capsys: pytest.CaptureFixture[str]
) -> None:
    user = f"{ROLE}_owner"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {user} CREATEROLE; GRANT {user} TO CURRENT_USER")
        cursor.execute("SELECT current_user")
        (superuser,) = cursor.fetchone()
        cursor.execute("GRANT EXECUTE ON FUNCTION pg_sleep(double precision) TO PUBLIC")
        found = [note for note in noted(cursor, user) if "A superuser may run" in note]
        assert len(found) == 1
        statement = found[0].partition(":\n")[2]
        assert statement.startswith("DO $do$")
        cursor.execute(statement)
        assert not [note for note in noted(cursor, user) if "A superuser may run" in note]
        cursor.execute("SELECT has_function_privilege(%s, 'pg_sleep(double precision)', 'EXECUTE')", [user])
        assert cursor.fetchone() == (True,)
        cursor.execute(f"DROP OWNED BY {user}; DROP ROLE {user}")
    assert superuser
    call_command("prepare_sql_console")
    assert "is ready" in capsys.readouterr().out


def noted(cursor: Any, user: str) -> list[str]:
    """Return what `prepare` remarks on the functions when run by `user`."""
    from reports.sql.role import Login, Prepared, _revoke_functions

    done = Prepared(ROLE)
    cursor.execute(f"SET LOCAL ROLE {user}")
    _revoke_functions(cursor, Login.of(console_url()), done)
    cursor.execute("RESET ROLE")
    return done.notes


def test_a_right_that_somebody_gave_back_is_taken_again(console: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute("GRANT EXECUTE ON FUNCTION pg_advisory_lock(bigint) TO PUBLIC")
        assert revocations.callable_by(cursor, ROLE) == 1
    prepare(console_url())
    with connection.cursor() as cursor:
        assert revocations.callable_by(cursor, ROLE) == 0
