"""Figures read while orders are written, folded and recounted."""

from __future__ import annotations

from decimal import Decimal

from dashboard import figures
from tests.builders import a_product, a_store
from tests.races import programs
from tests.races.checks import assert_exact
from tests.races.crew import Crew

SECONDS = 3


def test_a_figure_read_while_folding_lies_between_what_was_committed_before_and_after(crew: Crew) -> None:
    store = a_store()
    product = a_product(store, "10.00")
    readers = crew.team(programs.read, members=3, seconds=SECONDS, store=store.pk, price="10.00", at_least=10)
    verifiers = crew.team(programs.verify, members=1, seconds=SECONDS, store=store.pk, at_least=3)
    sellers = crew.team(programs.sell, members=3, seconds=SECONDS, store=store.pk, product=product.pk, at_least=20)
    folders = crew.team(programs.fold_forever, members=2, batch=7, killed_every=0.3)
    crew.go(sellers, readers, verifiers, folders)
    read, verified = readers.results(60), verifiers.results(60)
    assert [result["wrong"] for result in [*read, *verified]] == [[]] * 4
    assert min(result["reads"] for result in read) >= 10
    assert min(result["reads"] for result in verified) >= 3  # each goes through all orders and every rollup
    sold = sum(sellers.results(60))
    assert sold >= 50
    summary = figures.sales_summary(store, programs.today_and_around())
    assert (summary.total_orders, summary.total_sales) == (sold, sold * Decimal("10.00"))
    assert folders.murdered() >= 5
    assert_exact(store)


def test_recounting_while_orders_are_placed_and_folded_changes_nothing(crew: Crew) -> None:
    store = a_store()
    product = a_product(store, "10.00")
    readers = crew.team(programs.read, members=2, seconds=SECONDS, store=store.pk, price="10.00")
    recounters = crew.team(programs.recount_for, members=2, seconds=SECONDS, store=store.pk, at_least=3)
    sellers = crew.team(programs.sell, members=3, seconds=SECONDS, store=store.pk, product=product.pk)
    crew.go(sellers, recounters, readers)
    assert [result["wrong"] for result in readers.results(60)] == [[], []]
    assert min(recounters.results(60)) >= 3
    assert figures.sales_summary(store, programs.today_and_around()).total_orders == sum(sellers.results(60))
    assert_exact(store)
