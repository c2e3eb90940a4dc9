"""`manage.py aggregate_daily`: days, stores, progress and the comparison."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command

from customers.models import Store
from reports.models import DailyMetrics
from tests.builders import a_store, an_order, local

pytestmark = pytest.mark.django_db


@pytest.fixture
def store() -> Iterator[Store]:
    """Return a store in London that has traded on the 8th of March, on the 11th."""
    with time_machine.travel(datetime(2026, 3, 8, 9, tzinfo=UTC), tick=False) as clock:
        store = a_store(slug="london")
        an_order(store, "3.00", paid=True, at=local(store, 2026, 3, 8, 12))
        clock.move_to(datetime(2026, 3, 11, 9, tzinfo=UTC))
        yield store


def run(*arguments: str) -> list[str]:
    """Return what the command says."""
    out = StringIO()
    call_command("aggregate_daily", *arguments, stdout=out)
    return out.getvalue().splitlines()


def days(store: Store | None) -> list[date]:
    return list(DailyMetrics.objects.filter(store=store).order_by("day").values_list("day", flat=True))


def test_without_days_it_writes_what_is_missing(store: Store) -> None:
    assert run() == ["6 rows written"]
    assert days(store) == days(None) == [date(2026, 3, 8), date(2026, 3, 9), date(2026, 3, 10)]
    assert run() == ["0 rows written"]


def test_it_writes_the_days_of_the_store_that_was_named_and_says_how_far_it_is(store: Store) -> None:
    other = a_store(slug="other")
    DailyMetrics.objects.all().delete()
    assert run("--from", "2026-02-01", "--to", "2026-03-09", "--store", "london") == [
        "2026-02-01 to 2026-03-03: 0 rows",
        "2026-03-04 to 2026-03-09: 4 rows",
        "4 rows written",
    ]
    assert (days(store), days(other)) == ([date(2026, 3, 8), date(2026, 3, 9)], [])
    assert run("--date", "2026-03-10") == ["2026-03-10 to 2026-03-10: 2 rows", "2 rows written"]


def test_the_comparison_reports_every_difference_and_fails_until_the_days_are_aggregated_again(store: Store) -> None:
    run("--from", "2026-03-08")
    assert run("--check") == ["every row equals the figures"]
    an_order(store, "2.00", paid=True, at=local(store, 2026, 3, 9, 12))
    DailyMetrics.objects.filter(store=None, day=date(2026, 3, 10)).delete()
    out = StringIO()
    with pytest.raises(CommandError, match=r"^11 differences; aggregating these days again corrects them$"):
        call_command("aggregate_daily", "--check", stdout=out)
    assert out.getvalue().splitlines() == [
        *(
            f"{scope}, 2026-03-09 GBP: {name} is {stored}, the figures say {live}"
            for scope in ("all stores", "london")
            for name, stored, live in (
                ("sales", "0.00", "2.00"),
                ("revenue", "0.00", "2.00"),
                ("orders", "0", "1"),
                ("completed", "0", "1"),
                ("sales_by_country", "{}", "{'': {'sales': '2.00', 'orders': 1}}"),
            )
        ),
        "all stores, 2026-03-10 GBP: row is missing, the figures say there",
    ]
    run("--from", "2026-03-08")
    assert run("--check", "--date", "2026-03-09", "--store", "london") == ["every row equals the figures"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--date", "2026-03-09", "--from", "2026-03-08"], "--date does not go with --from or --to"),
        (["--to", "2026-03-09"], "--to needs --from"),
        (["--from", "2026-03-09", "--to", "2026-03-08"], "--to must not be before --from"),
        (["--date", "2026-03-09", "--store", "nowhere"], "no such store: nowhere"),
        (["--store", "london"], "--store needs --date or --from"),
    ],
)
def test_arguments_that_contradict_themselves_are_refused_and_nothing_is_written(
    store: Store, arguments: list[str], message: str
) -> None:
    with pytest.raises(CommandError, match=f"^{message}$"):
        run(*arguments)
    assert not DailyMetrics.objects.exists()
