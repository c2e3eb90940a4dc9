"""Which tests `make test` keeps together, and what it begins with."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests import scheduling


@pytest.mark.parametrize(
    ("test", "unit"),
    [
        ("tests/dealport/test_parsers.py::test_one[a::b]", "tests/dealport/test_parsers.py"),
        ("tests/dealport/test_servers.py::test_one", scheduling.SERVERS),  # marked in the file
        ("tests/faults/test_live_redis.py::test_one", scheduling.SERVERS),
        ("tests/races/test_readers.py::test_one", scheduling.SERIAL),  # marked in the conftest.py of the folder
        ("tests/test_layering.py::test_one", "tests/test_layering.py"),
        ("tests/browser/test_series.py::test_one", scheduling.BROWSER),
        ("tests/browser/test_sql_console.py::test_one", scheduling.BROWSER),
        (f"{scheduling.WALK}::test_one", scheduling.WALK),
    ],
)
def test_a_file_stays_together_and_so_do_all_files_of_a_mark(test: str, unit: str) -> None:
    assert scheduling.unit_of(test) == unit


def test_long_units_come_first_and_the_others_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduling, "LONG", {scheduling.SERIAL: 2, "tests/b.py": 3})
    names = ["tests/d.py::1", "tests/races/x.py::1", "tests/a.py::1", "tests/d.py::2", "tests/b.py::1"]
    items: list[Any] = [SimpleNamespace(nodeid=name) for name in names]
    scheduling.longest_first(items)
    order = ["tests/b.py::1", "tests/races/x.py::1", "tests/d.py::1", "tests/d.py::2", "tests/a.py::1"]
    assert [item.nodeid for item in items] == order


@pytest.mark.parametrize(
    ("test", "is_slow"),
    [
        ("tests/races/test_readers.py::test_one", True),
        ("tests/orders/test_import_real_store.py::test_one", True),
        ("tests/dealport/test_parsers.py::test_one", False),
    ],
)
def test_the_fast_run_leaves_out_what_takes_long(test: str, is_slow: bool) -> None:
    assert scheduling.is_slow(test) == is_slow


def test_every_long_unit_exists() -> None:
    units = scheduling.LONG.keys() - scheduling.MARKS
    assert [unit for unit in units if not (scheduling.ROOT / unit).exists()] == []
