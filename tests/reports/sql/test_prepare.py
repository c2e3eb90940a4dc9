"""`prepare_sql_console`, the system checks and migrations under the views."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from io import StringIO
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import NotSupportedError, connection, transaction

from customers.models import User
from dealport.servers import use
from dealport.targets import demo
from reports import sql
from reports.models import QueryRun
from reports.sql import role
from reports.sql.configuration import check_sql_console, clear_the_way
from reports.sql.views import ALL
from tests.builders import a_user
from tests.reports.sql.conftest import ROLE, console_url

OTHER = f"{ROLE}_other"


def prepared_with(**changes: str) -> str:
    out = StringIO()
    call_command("prepare_sql_console", stdout=out, **changes)
    return out.getvalue()


@pytest.fixture
def other_role(console: User) -> Iterator[str]:
    """Yield the address of a role that is not there; remove it after the test."""
    url = console_url().replace(ROLE, OTHER)
    yield url
    with psycopg.connect(own_url(), autocommit=True) as own:
        if own.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [OTHER]).fetchone():
            own.execute(f"DROP OWNED BY {OTHER}")
            own.execute(f"DROP ROLE {OTHER}")


def own_url() -> str:
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()


def test_preparing_again_changes_nothing_that_can_be_seen(console: User) -> None:
    assert prepared_with() == f"The SQL console is ready for {ROLE}.\n"
    assert prepared_with() == f"The SQL console is ready for {ROLE}.\n"
    with connection.cursor() as cursor:
        cursor.execute("SELECT viewname FROM pg_views WHERE schemaname = 'reporting'")
        assert {name for (name,) in cursor.fetchall()} == {view.name for view in ALL}


def test_nothing_is_prepared_where_the_console_is_switched_off(settings: Any, db: None) -> None:
    settings.DEALPORT_SQL_CONSOLE = False
    assert "switched off" in prepared_with()


@pytest.mark.django_db(transaction=True)
def test_several_at_once_prepare_one_console() -> None:
    with psycopg.connect(own_url(), autocommit=True) as own:
        own.execute("DROP SCHEMA IF EXISTS reporting CASCADE")
    done: list[str] = []
    start = threading.Barrier(4)

    def one() -> None:
        start.wait()
        done.append(role.prepare(console_url()).role)
        connection.close()

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done == [ROLE] * 4


def test_who_may_not_create_roles_is_told_what_an_administrator_has_to_run(other_role: str, settings: Any) -> None:
    settings.SQL_DATABASE_URL = other_role
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {ROLE}_weak IN ROLE pg_read_all_data; GRANT {ROLE}_weak TO CURRENT_USER")
        cursor.execute(f"SET LOCAL ROLE {ROLE}_weak")
        with pytest.raises(CommandError) as error:
            prepared_with()
        cursor.execute("RESET ROLE")
        cursor.execute(f"DROP ROLE {ROLE}_weak")
    told = str(error.value)
    assert f'CREATE ROLE "{OTHER}" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT CONNECTION LIMIT 6' in told
    assert "the password in SQL_DATABASE_URL" in told
    assert "a password with" not in told


@pytest.mark.parametrize(
    ("grant", "words"),
    [
        ("ALTER ROLE {} CREATEDB", "CREATEDB"),
        ("GRANT pg_read_all_data TO {}", "roles it is a member of"),
        ("GRANT SELECT ON customers_user TO {}", "rights outside the views, on public.customers_user"),
        ("GRANT SELECT (password) ON customers_user TO {}", "rights outside the views, on public.customers_user"),
    ],
)
def test_a_role_that_may_do_more_is_refused(grant: str, words: str, other_role: str, settings: Any) -> None:
    settings.SQL_DATABASE_URL = other_role
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {OTHER}")
        cursor.execute(grant.format(OTHER))
        with pytest.raises(CommandError, match=words):
            prepared_with()
        cursor.execute(f"DROP OWNED BY {OTHER}; DROP ROLE {OTHER}")


def test_the_users_own_role_and_a_foreign_schema_are_refused(console: User, settings: Any) -> None:
    own = urlsplit(os.environ["DATABASE_URL"])
    settings.SQL_DATABASE_URL = own.geturl()
    with pytest.raises(CommandError, match="has the user of DATABASE_URL"):
        prepared_with()
    settings.SQL_DATABASE_URL = console_url()
    with connection.cursor() as cursor:
        cursor.execute("COMMENT ON SCHEMA reporting IS 'somebody else was here'")
        with pytest.raises(CommandError, match="is not the console's"):
            prepared_with()
        cursor.execute("COMMENT ON SCHEMA reporting IS %s", [role.MARK])


def test_a_wrong_configuration_is_refused_at_start(settings: Any) -> None:
    user = settings.DATABASES["default"]["USER"]
    for switched_on, url, expected in (
        (False, "", []),
        (True, "", ["reports.E001"]),
        (True, "mysql://a:b@h/x", ["reports.E001"]),
        (True, "postgresql://h/x", ["reports.E001"]),
        (True, f"postgresql://{user}:b@h/x", ["reports.E002"]),
        (True, "postgresql://somebody:b@h/x", []),
    ):
        settings.DEALPORT_SQL_CONSOLE, settings.SQL_DATABASE_URL = switched_on, url
        assert [found.id for found in check_sql_console()] == expected


@pytest.mark.django_db(transaction=True)
def test_migrations_find_the_views_out_of_their_way_and_the_console_says_so_until_they_are_back(settings: Any) -> None:
    settings.DEALPORT_SQL_CONSOLE, settings.SQL_DATABASE_URL = True, console_url()
    prepared_with()
    user = a_user("super_admin")
    widen = "ALTER TABLE orders_order ALTER COLUMN number TYPE varchar(50)"
    with connection.cursor() as cursor:
        clear_the_way(plan=[])
        assert sql.run("SELECT count(*) FROM orders", user=user, via="api").rows == [(0,)]
        with pytest.raises(NotSupportedError, match="view"):
            cursor.execute(widen)
        clear_the_way(plan=[("a migration", False)])
        cursor.execute(widen)
        cursor.execute("ALTER TABLE orders_order ALTER COLUMN number TYPE varchar(40)")
        with pytest.raises(sql.Away, match="prepare_sql_console"):
            sql.run("SELECT count(*) FROM orders", user=user, via="api")
    prepared_with()
    assert sql.run("SELECT count(*) FROM orders", user=user, via="api").rows == [(0,)]
    outcomes = QueryRun.objects.order_by("id").values_list("outcome", flat=True)
    assert list(outcomes) == ["answered", "failed", "answered"]


@pytest.mark.django_db(transaction=True)
def test_a_try_is_on_record_before_it_runs_and_is_never_lost_with_a_transaction(settings: Any) -> None:
    settings.DEALPORT_SQL_CONSOLE, settings.SQL_DATABASE_URL = True, console_url()
    prepared_with()
    user = a_user("super_admin")
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        sql.run("SELECT 1", user=user, via="api")
    assert QueryRun.objects.count() == 0
    with sql.stream("SELECT 1", user=user) as (_, rows), psycopg.connect(own_url()) as other:
        seen = other.execute("SELECT outcome, sql FROM reports_queryrun").fetchall()
        assert (seen, list(rows)) == ([("running", "SELECT 1")], [(1,)])
    assert QueryRun.objects.get().outcome == "answered"


def test_the_demo_switches_the_console_on_for_its_own_database_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    servers = use.Servers({"DATABASE_URL": "postgresql://dealport:own@127.0.0.1:5433/dealport"})
    monkeypatch.setattr(use, "secret_key", lambda: "a key")
    for variable in ("DATABASE_URL", "DEALPORT_SQL_CONSOLE"):
        monkeypatch.delenv(variable, raising=False)
    variables = demo._sql_console(servers)
    login = urlsplit(variables.pop("SQL_DATABASE_URL"))
    assert variables == {"DEALPORT_SQL_CONSOLE": "1"}
    assert (login.username, login.hostname, login.port, login.path) == ("dealport_sql", "127.0.0.1", 5433, "/dealport")
    assert len(login.password or "") == 64
    monkeypatch.setenv("DATABASE_URL", "postgresql://somebody:else@db.example.com/shop")
    assert demo._sql_console(servers) == {}
