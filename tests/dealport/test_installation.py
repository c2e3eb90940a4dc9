"""The id of the installation is the beginning of every key, and another one is another world."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from pytest_django import Settings

from dealport import checks
from dealport.celery import app, refuse_dangerous_configuration
from dealport.kit import installation
from dealport.kit.redis import redis_key

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("customers", "orders", "dashboard", "reports", "dealport")


@pytest.fixture
def old_id(db: None) -> Iterator[str]:
    before = installation.KNOWN.id
    yield installation.read()  # makes a row where a test before emptied the table
    installation.KNOWN.id = before


def test_no_key_in_redis_is_written_without_the_id() -> None:
    """`redis_key` alone spells the beginning of a key; Django's cache and the queue take theirs from it."""
    paths = [path for part in PRODUCT for path in (ROOT / part).rglob("*.py")]
    assert len(paths) > 200
    assert [str(path) for path in paths if re.search(r"""["']dealport:""", path.read_text())] == []
    assert settings.CACHES["default"]["KEY_FUNCTION"] == "dealport.kit.redis.cache_key"
    with app.connection_for_write() as link:
        assert link.default_channel.global_keyprefix == redis_key("") == f"dealport:{installation.installation_id()}:"


def test_what_the_cache_holds_is_not_read_under_a_new_id(old_id: str) -> None:
    cache.set("figure", 4)
    assert cache.get("figure") == 4
    call_command("new_installation", verbosity=0)
    assert (cache.get("figure"), installation.KNOWN.id == old_id) == (None, False)
    installation.KNOWN.id = old_id
    assert cache.get("figure") == 4  # another installation's, untouched


def test_a_process_that_looks_again_has_the_new_id_and_keeps_the_old_one_until_then(old_id: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE dealport_installation SET id = 'abcdef012345'")
    assert installation.installation_id() == old_id
    assert (installation.read(), installation.installation_id()) == ("abcdef012345", "abcdef012345")


def test_an_emptied_table_gets_an_id_and_never_a_second_row(old_id: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM dealport_installation")
        new = installation.read()
        assert re.fullmatch("[0-9a-f]{12}", new) and new == installation.read()
        cursor.execute("SELECT count(*) FROM dealport_installation")
        assert cursor.fetchone() == (1,)


def copied() -> list[str | None]:
    """Make the row look as if a dump had brought it here; return the ids of what the checks say."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE dealport_installation SET home = '7300000000000000000/16384'")
    return refusals()


def refusals() -> list[str | None]:
    return [message.id for message in checks.check_installation(databases=["default"])]


def test_a_database_that_was_copied_is_refused_until_it_is_an_installation_of_its_own(old_id: str) -> None:
    assert refusals() == []
    assert copied() == ["dealport.E014"]
    assert checks.check_installation(databases=None) == []
    call_command("new_installation", verbosity=0)
    assert (refusals(), installation.read() == old_id) == ([], False)


def test_a_database_that_moved_for_good_keeps_its_id(old_id: str, capsys: pytest.CaptureFixture[str]) -> None:
    copied()
    call_command("new_installation", "--keep-id")
    assert capsys.readouterr().out == f"The installation id stays {old_id}.\n"
    assert (refusals(), installation.read()) == ([], old_id)


def test_a_copy_may_be_migrated_before_it_gets_its_id(old_id: str, settings: Settings) -> None:
    settings.DEALPORT_PROCESS = "migration"
    assert copied() == []


def test_where_the_server_hides_what_it_is_nothing_is_refused(old_id: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE installation_reader")
        cursor.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")  # as the setup of the SQL role leaves it
        cursor.execute("GRANT USAGE ON SCHEMA public TO installation_reader")
        cursor.execute("GRANT SELECT ON dealport_installation TO installation_reader")
        cursor.execute("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC")
        cursor.execute("SET LOCAL ROLE installation_reader")
        assert (installation.database_name(), refusals()) == ("", [])
        cursor.execute("RESET ROLE")


def test_neither_a_worker_nor_beat_starts_on_a_copy(old_id: str) -> None:
    copied()
    with pytest.raises(SystemExit, match=r"dealport\.E014"):
        refuse_dangerous_configuration()
