"""What an answer looks like: harmless statements, cells, caps, and errors where they are."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from customers.models import User
from reports import sql
from reports.models import QueryRun
from reports.sql import limits, session
from reports.sql.views import ALL
from tests.reports.sql.statements import HARMLESS, SAME


@pytest.mark.parametrize(("statement", "rows"), HARMLESS, ids=lambda value: str(value)[:60])
def test_a_harmless_look_alike_is_answered(statement: str, rows: list[tuple[object, ...]], console: User) -> None:
    answer = sql.run(statement, user=console, via="api")
    assert answer.rows == rows
    assert (answer.row_count, answer.truncated) == (len(rows), False)


@pytest.mark.parametrize("statement", SAME, ids=lambda text: text[:60])
def test_a_checked_statement_means_what_was_typed(statement: str, console: User) -> None:
    """Run it as it is, on a session like the console's, and as the console writes it anew."""
    with session._connection(5) as direct:
        cursor = direct.execute(statement)
        expected = ([column.name for column in cursor.description or ()], cursor.fetchall())
    answer = sql.run(statement, user=console, via="api")
    assert (answer.columns, answer.rows) == expected


@pytest.mark.parametrize("view", ALL, ids=lambda view: view.name)
def test_every_view_can_be_read_and_has_the_columns_that_are_listed(view: Any, console: User) -> None:
    assert sql.run(f"SELECT * FROM {view.name}", user=console, via="api").columns == list(view.names)


def test_no_view_shows_what_lets_somebody_in() -> None:
    names = {name for view in ALL for name in view.names}
    assert not [name for name in names for word in ("password", "secret", "token", "session") if word in name]
    sources = " ".join(view.source + view.select for view in ALL)
    assert not [word for word in ("customers_user", "session", "token", "idempotency", "secret") if word in sources]


def test_figures_of_orders_are_what_was_sold(console: User) -> None:
    answer = sql.run(
        "SELECT s.slug, o.status, count(*), sum(o.sales) AS sales, sum(i.net) AS net FROM stores s"
        " JOIN orders o ON o.store_id = s.id JOIN (SELECT order_id, sum(net) AS net FROM order_items GROUP BY 1) i"
        " ON i.order_id = o.id GROUP BY s.slug, o.status ORDER BY o.status",
        user=console,
        via="api",
    )
    assert answer.columns == ["slug", "status", "count", "sales", "net"]
    assert answer.rows == [
        ("tea-house", "PENDING", 1, Decimal("0.00"), Decimal("7.00")),
        ("tea-house", "PROCESSING", 1, Decimal("12.50"), Decimal("12.50")),
    ]


def test_cells_are_numbers_days_and_moments_and_the_text_of_everything_else(console: User) -> None:
    ten = datetime(2026, 11, 20, 10, tzinfo=UTC)
    answer = sql.run(
        "SELECT 1, 2.50, 0.5::float, 'NaN'::float, '-Infinity'::numeric, true, NULL, date '2026-11-20',"
        " '-infinity'::date, timestamp '2026-11-20 10:00', timestamptz '2026-11-20 10:00+02',"
        " interval '1 day 2 hours', time '10:00', 9223372036854775807, '0044-03-15 BC'::date, 1 AS a, 2 AS a",
        user=console,
        via="api",
    )
    assert answer.rows == [
        (
            1, Decimal("2.50"), 0.5, "NaN", "-Infinity", True, None, date(2026, 11, 20), "-infinity",
            ten.replace(tzinfo=None), ten.replace(hour=8), "P1DT2H", "10:00:00",
            9223372036854775807, "0044-03-15 BC", 1, 2,
        )
    ]  # fmt: skip
    assert answer.columns[-2:] == ["a", "a"]


def test_columns_are_named_also_where_there_are_no_rows(console: User) -> None:
    answer = sql.run("SELECT number, number || 'x', 1 + 1 FROM orders WHERE false", user=console, via="api")
    assert (answer.columns, answer.rows) == (["number", "?column?", "?column?"], [])


def test_an_order_stays_as_it_was_asked_for(console: User) -> None:
    answer = sql.run("SELECT n FROM generate_series(1, 5000) n ORDER BY n % 7, n DESC", user=console, via="api")
    assert [n for (n,) in answer.rows] == sorted(range(1, 5001), key=lambda n: (n % 7, -n))


@pytest.mark.parametrize(("via", "most"), [("api", limits.API_ROWS), ("page", limits.PAGE_ROWS)])
def test_an_answer_ends_at_its_most_rows_and_says_so(via: str, most: int, console: User) -> None:
    full = sql.run(f"SELECT n FROM generate_series(1, {most}) n", user=console, via=via)
    assert (full.row_count, full.truncated) == (most, False)
    cut = sql.run(f"SELECT n FROM generate_series(1, {most + 1}) n", user=console, via=via)
    assert (cut.row_count, cut.truncated, cut.rows) == (most, True, full.rows)


def test_an_answer_ends_at_its_most_bytes_and_says_so(console: User) -> None:
    wide = "SELECT repeat(repeat(repeat('x', 100), 100), 9) FROM generate_series(1, 1000)"
    answer = sql.run(wide, user=console, via="api")
    assert (answer.row_count, answer.truncated) == (limits.ANSWER_BYTES // 90_000, True)


FAULTS = [
    ("SELECT nr FROM orders", sql.Refused, "There is no column nr", "nr"),
    ("SELECT number\nFROM ordres", sql.Refused, "ordres is not one of the views", "ordres"),
    ("SELECT o.nr FROM orders o", sql.Refused, "There is no column o.nr", "nr"),
    ("SELECT x.number FROM orders o", sql.Refused, "There is no x in FROM", "x.number"),
    ("SELECT number FROM orders, order_items", None, "", ""),
    ("SELECT number FROM orders WHERE status = 'x' GRUOP BY 1", sql.Refused, "Syntax error at “GRUOP”", "GRUOP"),
    ("SELECT 'x", sql.Refused, "A text, name or comment is not closed", "'x"),
    ("SELECT 1,\n  pg_sleep(1)", sql.Refused, "The function pg_sleep is not offered", "pg_sleep"),
    ("SELECT 1 FROM orders FOR UPDATE", sql.Refused, "A lock on rows is not offered", "FOR UPDATE"),
    ("SELECT 1; SELECT 2", sql.Refused, "Only one statement is allowed", "; SELECT 2"),
    ("SELECT id FROM orders o JOIN refunds r ON r.order_id = o.id", sql.Failed,
     'Column reference "id" is ambiguous', "id FROM"),
    ("SELECT upper(total_amount) FROM orders", sql.Failed, "Function upper(numeric) does not exist", "upper"),
    ("SELECT number || 'x',\n  status FROM orders GROUP BY number", sql.Failed,
     'Column "orders.status" must appear in the GROUP BY clause or be used in an aggregate function', "status"),
    ("SELECT number FROM orders WHERE id = 'abc'", sql.Failed, 'Invalid input syntax for type bigint: "abc"', "'abc'"),
    ("SELECT 1 / 0", sql.Failed, "Division by zero", ""),
    ("SELECT (SELECT n FROM generate_series(1, 2) n)", sql.Failed,
     "More than one row returned by a subquery used as an expression", ""),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "kind", "message", "at"), FAULTS, ids=lambda value: str(value)[:50])
def test_what_is_wrong_is_said_with_its_place(statement: str, kind: Any, message: str, at: str, console: User) -> None:
    if kind is None:
        sql.run(statement, user=console, via="api")
        return
    with pytest.raises(kind) as fault:
        sql.run(statement, user=console, via="api")
    found = fault.value
    assert found.message == message
    assert statement[found.position - 1 :].startswith(at) if found.position else at == "", found.position


def test_every_try_is_on_record_with_who_what_and_how_it_ended(console: User) -> None:
    for statement in ("SELECT number FROM orders", "DROP TABLE orders_order", "SELECT 1 / 0", "SELECT 'a\0\ud800'"):
        try:
            sql.run(statement, user=console, via="page")
        except sql.QueryError:
            pass
    runs = list(
        QueryRun.objects.order_by("id").values_list("sql", "outcome", "reason", "row_count", "via", "user_email")
    )
    who = ("page", "root@example.com")
    assert runs == [
        ("SELECT number FROM orders", "answered", "", 2, *who),
        ("DROP TABLE orders_order", "refused", "DROP is not allowed: one SELECT is (at 1)", None, *who),
        ("SELECT 1 / 0", "failed", "Division by zero", None, *who),
        ("SELECT 'a\\0\\ud800'", "refused", "Control characters are not allowed (at 10)", None, *who),
    ]
    assert QueryRun.objects.filter(elapsed_ms__isnull=True).count() == 0


def test_a_stream_yields_every_row_past_the_caps_and_is_on_record(console: User) -> None:
    with sql.stream("SELECT n, n || 'x' AS t FROM generate_series(1, 25000) n", user=console) as (columns, rows):
        assert columns == ["n", "t"]
        assert sum(1 for _ in rows) == 25_000
    run = QueryRun.objects.get()
    assert (run.outcome, run.row_count, run.via, run.is_truncated) == ("answered", 25_000, "export", False)


def test_a_stream_that_is_left_early_ends_its_statement_and_says_so(console: User, bare: Any) -> None:
    endless = "SELECT a.n FROM generate_series(1, 100000) a(n), generate_series(1, 100000) b(n)"
    with pytest.raises(ZeroDivisionError), sql.stream(endless, user=console) as (_, rows):
        next(rows)
        raise ZeroDivisionError
    run = QueryRun.objects.get()
    assert (run.outcome, run.reason, run.row_count) == ("failed", "Broken off: ZeroDivisionError", 1)


def test_a_stream_that_fails_between_rows_tells_the_reader(console: User) -> None:
    statement = "SELECT 1 / (500 - n) FROM generate_series(1, 1000) n"
    with pytest.raises(sql.Failed, match="Division by zero"), sql.stream(statement, user=console) as (_, rows):
        list(rows)
    assert QueryRun.objects.get().outcome == "failed"
