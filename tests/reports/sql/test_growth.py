"""How much work it is to read a statement: at most in step with its length, whatever its shape.

Work is counted in calls of Python functions, so that a busy machine changes nothing.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

from reports.sql.check import check
from reports.sql.errors import Refused

MOST_CALLS = 5_000_000
"""Some seconds; a statement that runs away is stopped here."""

ENDLESS_BEFORE = {
    "joins without ON": lambda n: "SELECT 1 FROM stores a" + " JOIN refunds b" * n,
    "joins whose ONs come last": lambda n: "SELECT 1 FROM stores a" + " LEFT JOIN refunds b" * n + " ON true" * n,
    "joins in brackets": lambda n: "SELECT 1 FROM " + "(stores a JOIN " * n + "refunds b" + " ON true)" * n,
    "arrays in arrays": lambda n: "SELECT 1 = ANY(" + "ARRAY[" * n + "1" + "]" * n + ")",
    "arrays of arrays": lambda n: "SELECT 1 = ANY(ARRAY[" + ", ".join(["ARRAY[1]"] * n) + "])",
}
SHAPES: dict[str, Callable[[int], str]] = {
    **ENDLESS_BEFORE,
    "joins": lambda n: "SELECT 1 FROM stores a0" + "".join(f" JOIN stores a{k} ON true" for k in range(1, n)),
    "cross joins": lambda n: "SELECT 1 FROM stores a0" + "".join(f" CROSS JOIN stores a{k}" for k in range(1, n)),
    "natural joins": lambda n: "SELECT 1 FROM stores a0" + "".join(f" NATURAL JOIN stores a{k}" for k in range(1, n)),
    "commas": lambda n: "SELECT 1 FROM " + ", ".join(f"stores a{k}" for k in range(n)),
    "laterals": lambda n: "SELECT 1 FROM stores" + "".join(f", LATERAL (SELECT 1) a{k}" for k in range(n)),
    "brackets": lambda n: "SELECT " + "(" * n + "1" + ")" * n,
    "subqueries": lambda n: "SELECT " + "(SELECT " * n + "1" + ")" * n,
    "subqueries in FROM": lambda n: "SELECT 1 FROM " + "(SELECT 1 FROM " * n + "stores" + ") x" * n,
    "queries in brackets": lambda n: "(" * n + "SELECT 1" + ") UNION SELECT 2" * n,
    "set operations": lambda n: "SELECT 1" + " UNION ALL SELECT 2 EXCEPT SELECT 3" * n,
    "named queries": lambda n: "WITH " + ", ".join(f"a{k} AS (SELECT 1 AS x)" for k in range(n)) + " SELECT 1",
    "named queries in each other": lambda n: "WITH a AS (" * n + "SELECT 1" + ") SELECT 1" * n,
    "recursive ones": lambda n: "WITH RECURSIVE a AS ((" * n + "SELECT 1" + ") UNION SELECT 1) SELECT 1" * n,
    "functions": lambda n: "SELECT " + "abs(" * n + "1" + ")" * n,
    "casts": lambda n: "SELECT " + "CAST(" * n + "1" + " AS text)" * n,
    "colons": lambda n: "SELECT 1" + "::text" * n,
    "cases": lambda n: "SELECT " + "CASE WHEN true THEN " * n + "1" + " END" * n,
    "windows": lambda n: "SELECT " + ", ".join(["sum(1) OVER (PARTITION BY id ORDER BY id)"] * n) + " FROM orders",
    "filters": lambda n: "SELECT " + ", ".join(["count(*) FILTER (WHERE id > 1)"] * n) + " FROM orders",
    "names": lambda n: "SELECT " + ", ".join(["number"] * n) + " FROM orders",
    "conditions": lambda n: "SELECT 1 FROM orders WHERE id = 1" + " AND id <> 2 OR NOT id IN (3, 4)" * n,
    "texts": lambda n: "SELECT 'a'" + " || 'b'" * n,
    "sums": lambda n: "SELECT 1" + " + 2 * 3" * n,
    "signs": lambda n: "SELECT " + "- " * n + "1",
    "rows": lambda n: "VALUES " + ", ".join(["(1, 'x')"] * n),
    "lists": lambda n: "SELECT 1 IN (" + ", ".join(["1"] * n) + ")",
    "indexes": lambda n: "SELECT id" + "[1]" * n + " FROM orders",
    "fields": lambda n: "SELECT a" + ".b" * n,
    "extracts": lambda n: "SELECT " + "EXTRACT(year FROM " * n + "now()" + ")" * n,
    "substrings": lambda n: "SELECT " + "SUBSTRING(" * n + "'a'" + " FROM 1)" * n,
    "trims": lambda n: "SELECT " + "TRIM(BOTH 'x' FROM " * n + "'a'" + ")" * n,
    "positions": lambda n: "SELECT " + "POSITION('a' IN " * n + "'a'" + ")" * n,
    "arrows": lambda n: "SELECT abs(" + "(a) -> " * n + "1)",
    "comments": lambda n: "SELECT 1" + " /* x */" * n,
    "comments in each other": lambda n: "SELECT 1 " + "/*" * n + "*/" * n,
    "quotes": lambda n: "SELECT '" + "''" * n + "'",
    "open quotes": lambda n: "SELECT " + "' \" /* " * n,
    "dollars": lambda n: "SELECT " + " ".join(f"$a{k}$" for k in range(n)),
    "words": lambda n: "SELECT " + "a " * n,
    "semicolons": lambda n: "SELECT 1" + ";" * n,
}


class RunsAway(BaseException):
    """More calls than a statement may take."""


def work(statement: str) -> int:
    """Return how many calls it takes to read a statement."""
    calls = 0

    def count(*_: Any) -> None:
        nonlocal calls
        calls += 1
        if calls > MOST_CALLS:
            sys.setprofile(None)
            raise RunsAway

    sys.setprofile(count)
    try:
        check(statement)
    except Refused:
        pass
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.parametrize("name", SHAPES)
def test_a_statement_of_twice_the_length_takes_about_twice_the_work(name: str) -> None:
    shape = SHAPES[name]
    check("SELECT 1")
    for n in (5, 9, 18):
        once, twice = work(shape(n)), work(shape(2 * n))
        assert twice < 2.4 * once + 2000, n


@pytest.mark.parametrize("name", SHAPES)
def test_the_longest_statement_of_a_shape_is_read_in_two_seconds(name: str) -> None:
    """Of this thread's own time on the processor; the slowest takes about half a second."""
    shape = SHAPES[name]
    per_part = len(shape(200)) - len(shape(199))
    started = time.thread_time()
    with contextlib.suppress(Refused):
        check(shape(19_000 // per_part))
    assert time.thread_time() - started < 2


def test_thirty_joins_whose_conditions_were_forgotten_are_refused_where_the_first_is_missing() -> None:
    statement = "SELECT count(*) FROM orders o" + " JOIN order_items i" * 30
    with pytest.raises(Refused, match="This JOIN has no ON or USING") as refusal:
        check(statement)
    assert refusal.value.position == statement.index("JOIN") + 1
