"""How `make test` shares the tests among its processes: whole files, the longest first, serial files in one process.

A whole file, so that what its tests share is built once. pytest-xdist has groups for this (`--dist loadgroup`), but
its release 3.8 writes them where pytest 9.2 no longer looks, so that no group held.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).resolve().parents[1]
SERIAL = "serial"
# Seconds of processor time, to begin with what takes long; all others come after them in any order.
LONG = {
    SERIAL: 300,
    "tests/orders/test_import_real_shop.py": 60,
}


class WholeFiles(LoadScopeScheduling):
    """One unit of work for each file, and one for all serial files."""

    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid)


def unit_of(nodeid: str) -> str:
    """Return the file of a test, or SERIAL when the file or the conftest.py of its folder has the mark."""
    name = nodeid.partition("::")[0]
    return SERIAL if _is_serial(ROOT / name) else name


@cache
def _is_serial(file: Path) -> bool:
    sources = (file, file.with_name("conftest.py"))
    return any("pytest.mark.serial" in source.read_text(encoding="utf-8") for source in sources if source.exists())


def longest_first(items: list[pytest.Item]) -> None:
    """Sort tests so that long units come first; each unit stays together."""
    units: dict[str, int] = {}
    for item in items:
        units.setdefault(unit_of(item.nodeid), len(units))
    items.sort(key=lambda item: (-LONG.get(unit_of(item.nodeid), 0), units[unit_of(item.nodeid)]))


def scheduler(config: pytest.Config, log: Any) -> WholeFiles:
    """Return the scheduler that hands out units in the order of `longest_first`."""
    config.option.loadscopereorder = False
    return WholeFiles(config, log)
