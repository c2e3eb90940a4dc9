"""Transactions that stay open while the ledger is folded, and folds that meet each other."""

from __future__ import annotations

import time
from decimal import Decimal
from pathlib import Path

from customers.models import Store
from dashboard import figures
from dashboard.metrics import folding
from dashboard.models import MetricDelta
from orders.models import Order, OrderItem
from tests.builders import a_product, a_store, an_order
from tests.races import programs
from tests.races.checks import assert_exact, wait_for_fold_lock
from tests.races.crew import Crew

QUICK = 2.0


def orders_shown(store: Store) -> int:
    return figures.sales_summary(store, programs.today_and_around()).total_orders


def test_an_early_row_of_a_transaction_that_commits_late_is_folded_then(crew: Crew, tmp_path: Path) -> None:
    store = a_store()
    late = crew.team(
        programs.place_and_hold, members=1, store=store.pk, product=a_product(store).pk, until=str(tmp_path / "end")
    )
    crew.go(late)
    wait_for(tmp_path / "end.placed")
    an_order(store)
    newer = set(MetricDelta.objects.values_list("pk", flat=True))

    began = time.monotonic()
    assert folding.fold_all().rows == len(newer)
    assert time.monotonic() - began < QUICK, "the open transaction held up the fold"
    assert orders_shown(store) == 1

    (tmp_path / "end").touch()
    (placed,) = late.results(20)
    early = set(MetricDelta.objects.values_list("pk", flat=True))
    assert early and max(early) < min(newer), "the late commit brought the lower ids"
    assert orders_shown(store) == 2
    assert folding.fold_all().rows == len(early)
    assert orders_shown(store) == 2
    assert Order.objects.filter(pk=placed).exists()
    assert_exact(store)


def test_a_fold_that_meets_another_leaves_the_rows_to_it_at_once(crew: Crew) -> None:
    store = a_store()
    an_order(store)
    folding_one = crew.team(programs.fold_and_hang, members=1)
    crew.go(folding_one)
    wait_for_fold_lock(held=True)
    began = time.monotonic()
    assert folding.fold_all() == folding.Folded(0, frozenset())
    assert time.monotonic() - began < QUICK
    assert orders_shown(store) == 1
    folding_one.stop()
    wait_for_fold_lock(held=False)
    assert_exact(store)


def test_a_recount_waits_for_the_fold_and_then_finds_nothing_wrong(crew: Crew) -> None:
    store = a_store()
    an_order(store)
    folding_one = crew.team(programs.fold_and_hang, members=1)
    crew.go(folding_one)
    wait_for_fold_lock(held=True)
    recounting = crew.team(programs.correct, members=1, store=store.pk)
    crew.go(recounting)
    time.sleep(0.5)
    assert recounting.process.poll() is None, "the recount did not wait"
    folding_one.stop()
    assert recounting.results(20) == [0]
    assert_exact(store)


def test_a_rolled_back_order_leaves_no_trace_in_the_figures(crew: Crew, tmp_path: Path) -> None:
    store = a_store()
    product = a_product(store, stock=5)
    doomed = crew.team(
        programs.place_and_hold, members=1, store=store.pk, product=product.pk, until=str(tmp_path / "end")
    )
    crew.go(doomed)
    wait_for(tmp_path / "end.placed")
    an_order(store, "2.00", paid=True)
    folding.fold_all()
    doomed.stop()
    product.refresh_from_db()
    assert product.stock == 5
    assert OrderItem.objects.filter(product=product).count() == 0
    assert figures.sales_summary(store, programs.today_and_around()).total_sales == Decimal("2.00")
    assert orders_shown(store) == 1
    assert_exact(store)


def wait_for(file: Path, seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not file.exists():
        assert time.monotonic() < until, f"{file.name} did not appear"
        time.sleep(0.01)
