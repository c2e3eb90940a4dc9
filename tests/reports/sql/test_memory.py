"""How much memory the server takes for one question that sorts wide values, read from its process."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from django.db import connection

from customers.models import User
from reports import sql
from tests.reports.sql.conftest import ROLE

WIDE = "(SELECT repeat(repeat('x', 100), 90) AS x) y, generate_series(1, 40000) n"
SORTING = {
    "one column": f"SELECT count(*) FROM (SELECT x FROM {WIDE} ORDER BY x OFFSET 0) z",
    "one column by its number": f"SELECT max(length(x)) FROM (SELECT x || 'y' AS x FROM {WIDE} ORDER BY 1 OFFSET 0) z",
    "group": f"SELECT count(*) FROM (SELECT concat(n, x) AS x FROM {WIDE}) z GROUP BY x",
    "distinct": f"SELECT count(*) FROM (SELECT DISTINCT concat(n, x) AS x FROM {WIDE} ORDER BY x OFFSET 0) z",
    "union": f"SELECT count(*) FROM (SELECT concat(n, x) AS x FROM {WIDE} UNION SELECT 'b' ORDER BY 1 OFFSET 0) z",
    "mode": f"SELECT length(mode() WITHIN GROUP (ORDER BY concat(n, x))) FROM {WIDE}",
    "percentile": f"SELECT length(percentile_disc(0.9) WITHIN GROUP (ORDER BY x)) FROM {WIDE}",
    "window": f"SELECT sum(r) FROM (SELECT row_number() OVER (ORDER BY concat(n, x)) AS r FROM {WIDE} OFFSET 0) z",
    "partition": f"SELECT sum(r) FROM (SELECT count(*) OVER (PARTITION BY x) AS r FROM {WIDE} OFFSET 0) z",
    "full join": f"SELECT count(*) FROM (SELECT concat(n, x) AS a FROM {WIDE}) a"
    f" FULL JOIN (SELECT concat(n, x) AS b FROM {WIDE}) b ON a.a = b.b",
}
MOST_MEGABYTES = 80


class Peak(threading.Thread):
    """Looks at the memory of the role's process until it is told to stop."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.megabytes = 0
        self.done = threading.Event()

    def run(self) -> None:
        """Ask for the process of the role, and read what it has for itself."""
        with connection.cursor() as cursor:
            while not self.done.wait(0.01):
                cursor.execute("SELECT pid FROM pg_stat_activity WHERE usename = %s", [ROLE])
                for (pid,) in cursor.fetchall():
                    self.megabytes = max(self.megabytes, own_memory(pid))
        connection.close()


def own_memory(pid: int) -> int:
    """Return the megabytes of a process that it shares with no other; 0 once it has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) // 1024 for line in lines if line.startswith("Anonymous:")), 0)


@pytest.mark.parametrize("name", SORTING)
def test_a_question_that_sorts_wide_values_takes_little_memory(name: str, console: User) -> None:
    peak = Peak()
    peak.start()
    try:
        sql.run(SORTING[name], user=console, via="api")
    except sql.Failed as error:
        assert "A value grew beyond 250 bytes" in error.message
    finally:
        peak.done.set()
        peak.join()
    assert peak.megabytes < MOST_MEGABYTES
