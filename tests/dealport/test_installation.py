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

from dealport.celery import app
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
