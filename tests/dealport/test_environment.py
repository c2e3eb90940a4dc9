"""Settings are read from variables with a clear error for every value that cannot be used."""

import os
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured

from dealport.environment import Environment, next_redis_database, with_file
from dealport.postgresql.addresses import database_of
from dealport.servers.use import ROOT

Reader = Callable[[Environment], Any]

FLAG: Reader = lambda env: env.flag("X", default=True)  # noqa: E731
NUMBER: Reader = lambda env: env.integer("X", 5, minimum=1, maximum=10)  # noqa: E731
AMOUNTS: Reader = lambda env: env.ascending_decimals("X", "500,2000,10000", count=3)  # noqa: E731
NAMES: Reader = lambda env: env.names("X", "a,b")  # noqa: E731
CHOICE: Reader = lambda env: env.choice("X", "INFO", ("INFO", "ERROR"))  # noqa: E731
URL: Reader = lambda env: env.url("X", schemes=("redis",), hint="redis://host:port/0")  # noqa: E731
URLS: Reader = lambda env: env.url("X", schemes=("redis",), hint="hosts", has_many_hosts=True)  # noqa: E731


@pytest.mark.parametrize(
    ("read", "value", "expected"),
    [
        (FLAG, "", True),
        (FLAG, "No", False),
        (FLAG, " 1 ", True),
        (NUMBER, "", 5),
        (NUMBER, "1", 1),
        (NUMBER, "10", 10),
        (AMOUNTS, "", (Decimal(500), Decimal(2000), Decimal(10000))),
        (AMOUNTS, "0, 1.5, 2", (Decimal(0), Decimal("1.5"), Decimal(2))),
        (NAMES, "", ["a", "b"]),
        (NAMES, " x , ,y,", ["x", "y"]),
        (CHOICE, "ERROR", "ERROR"),
        (URL, "redis://h:1/0", "redis://h:1/0"),
        (URLS, "redis://u:p,w@h:1,[::1]:2/0", "redis://u:p,w@h:1,[::1]:2/0"),
    ],
)
def test_a_good_value_is_read_and_an_empty_one_is_the_default(read: Reader, value: str, expected: Any) -> None:
    assert read(Environment({"X": value})) == expected


@pytest.mark.parametrize(
    ("read", "value", "message"),
    [
        (FLAG, "perhaps", "X='perhaps': expected true or false"),
        (URL, "redis://u:secret@a:1,b:2/0", "X='redis://***@a:1,b:2/0': expected redis://host:port/0"),
        (URL, "redis+sentinel://a:1/0", "X='redis+sentinel://a:1/0': expected redis://host:port/0"),
        (URL, "redis://a:first/0", "X='redis://a:first/0': expected redis://host:port/0"),
        (URLS, "redis://a:1,b:second/0", "X='redis://a:1,b:second/0': expected hosts"),
        (NUMBER, "0", "X='0': expected a whole number from 1 to 10"),
        (NUMBER, "11", "X='11': expected a whole number from 1 to 10"),
        (NUMBER, "-1", "X='-1': expected a whole number from 1 to 10"),
        (NUMBER, "٣", "X='٣': expected a whole number from 1 to 10"),
        (NUMBER, "1e1", "X='1e1': expected a whole number from 1 to 10"),
        (AMOUNTS, "1,2", "X='1,2': expected 3 ascending amounts such as 500,2000,10000"),
        (AMOUNTS, "1,3,2", "X='1,3,2': expected 3 ascending amounts such as 500,2000,10000"),
        (AMOUNTS, "1,1,2", "X='1,1,2': expected 3 ascending amounts such as 500,2000,10000"),
        (AMOUNTS, "1,2,NaN", "X='1,2,NaN': expected 3 ascending amounts such as 500,2000,10000"),
        (AMOUNTS, "-1,2,3", "X='-1,2,3': expected 3 ascending amounts such as 500,2000,10000"),
        (AMOUNTS, "a,b,c", "X='a,b,c': expected 3 ascending amounts such as 500,2000,10000"),
        (CHOICE, "LOUD", "X='LOUD': expected one of INFO, ERROR"),
        (URL, "", "X is not set: expected redis://host:port/0"),
        (URL, "http://me:secret@h", "X='http://***@h': expected redis://host:port/0"),
        (URL, "redis://[", "X='redis://[': expected redis://host:port/0"),
    ],
)
def test_a_bad_value_is_refused_with_variable_value_and_what_was_expected(
    read: Reader, value: str, message: str
) -> None:
    with pytest.raises(ImproperlyConfigured) as refusal:
        read(Environment({"X": value}))

    assert str(refusal.value) == message


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://:p@h:6379/0", "redis://:p@h:6379/1"),
        ("redis://h", "redis://h/1"),
        ("rediss://h:1/15", "rediss://h:1/16"),
    ],
)
def test_the_cache_gets_the_redis_database_after_the_queues(url: str, expected: str) -> None:
    assert next_redis_database(url) == expected


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("DATABASE_URL", "mysql://u:geheim@h/db", "DATABASE_URL='mysql://***@h/db': expected postgresql://"),
        ("DATABASE_URL", "", "DATABASE_URL is not set: expected postgresql://"),
        ("REDIS_URL", "memcached://h", "REDIS_URL='memcached://h': expected redis://"),
        ("SECRET_KEY", "", "SECRET_KEY is not set: expected at least 50 random characters"),
        ("DEALPORT_UNPAID_EXPIRY_HOURS", "soon", "DEALPORT_UNPAID_EXPIRY_HOURS='soon': expected a whole number"),
    ],
)
def test_a_process_with_a_bad_setting_does_not_start(variable: str, value: str, message: str) -> None:
    environment = {**os.environ, variable: value}

    done = subprocess.run(
        [sys.executable, "-c", "import dealport.settings"], cwd=ROOT, env=environment, capture_output=True, text=True
    )

    assert done.returncode == 1
    assert f"ImproperlyConfigured: {message}" in done.stderr
    assert "geheim" not in done.stderr.rpartition("ImproperlyConfigured")[2]


def test_g031_r010_a_file_stands_behind_the_environment_and_only_in_development(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("# a comment\n\nexport A='one two'\nB = 2\nC=\"x\"#y\nDEBUG=1\nDEALPORT_DEMO=1\n", encoding="utf-8")

    for production in ({}, {"DEBUG": "0"}, {"DEBUG": "1", "DEALPORT_TESTING": "1"}):
        assert with_file(production, file) == production
    for development in ({"DEBUG": "1"}, {"DEALPORT_DEMO": "yes"}):
        known = with_file({**development, "B": "3"}, file)
        assert (known["A"], known["B"], known["C"]) == ("one two", "3", '"x"#y')
    assert with_file({"DEBUG": "1"}, tmp_path / "none") == {"DEBUG": "1"}


def test_a_bad_line_of_the_file_is_refused_by_its_number_without_its_content(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("A=1\na secret\n", encoding="utf-8")

    with pytest.raises(ImproperlyConfigured, match=r"^\.env, line 2: expected NAME=value$"):
        with_file({"DEBUG": "1"}, file)


def test_of_several_servers_the_one_that_answers_and_takes_writes_is_used() -> None:
    from django.db import connection

    own = connection.settings_dict
    login, server = f"{own['USER']}:{own['PASSWORD']}", f"{own['HOST']}:{own['PORT']}"
    settings = database_of(
        f"postgresql://{login}@127.0.0.1:1,{server}/postgres?application_name=failover", conn_max_age=60
    )
    assert (settings["HOST"], settings["PORT"]) == (f"127.0.0.1,{own['HOST']}", f"1,{own['PORT']}")
    assert settings["OPTIONS"] == {"target_session_attrs": "read-write", "application_name": "failover"}
    with psycopg.connect(
        host=settings["HOST"],
        port=settings["PORT"],
        user=settings["USER"],
        password=settings["PASSWORD"],
        dbname=settings["NAME"],
        **settings["OPTIONS"],
    ) as link:
        assert link.info.port == int(own["PORT"])


def test_one_server_is_read_as_ever_and_an_ipv6_address_keeps_its_colons() -> None:
    assert database_of("postgresql://u:p@h:1/n")["PORT"] == 1
    many = database_of("postgresql://u:p@[::1]:6,h/n?target_session_attrs=any")
    assert (many["HOST"], many["PORT"], many["OPTIONS"]) == ("::1,h", "6,5432", {"target_session_attrs": "any"})
