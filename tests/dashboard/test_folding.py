"""Folding and recounting."""

from decimal import Decimal as D

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from dashboard.figures import latest_verification
from dashboard.metrics import recount
from dashboard.metrics.folding import Folded, fold_all, fold_once
from dashboard.metrics.measures import STORE_MEASURES
from dashboard.metrics.rollups import ROLLUPS
from dashboard.metrics.verification import prune_verifications, verify_sample, verify_store
from dashboard.models import MetricDelta, StoreDailySales, Verification
from orders.actions import refund_order
from tests.builders import a_customer, a_store, an_order, local

pytestmark = pytest.mark.django_db


def test_folding_moves_every_row_once() -> None:
    store, other = a_store(), a_store(timezone="Pacific/Auckland")
    order = an_order(store, "10.00", "5.00", paid=True, at=local(store, 2026, 2, 28, 23, 59))
    refund_order(order=order, amount=D("3.00"), at=local(store, 2026, 3, 1, 0, 0), actor=None)
    an_order(other, "7.00", at=local(other, 2026, 3, 1, 0, 0))
    waiting = MetricDelta.objects.count()

    assert fold_all() == Folded(waiting, frozenset({store.pk, other.pk}))
    assert fold_all() == Folded(0, frozenset())
    assert not MetricDelta.objects.exists()
    days = StoreDailySales.objects.order_by("store_id", "basis", "day")
    assert [
        (row.store_id, row.basis, f"{row.day:%m-%d}", row.sales, row.orders, row.completed, row.pending) for row in days
    ] == [
        (store.pk, "booked", "02-28", D("15.00"), 1, 1, 0),
        (store.pk, "booked", "03-01", D("-3.00"), 0, 0, 0),
        (store.pk, "placed", "02-28", D("12.00"), 1, 1, 0),
        (other.pk, "booked", "03-01", D("0.00"), 1, 0, 0),
        (other.pk, "placed", "03-01", D("0.00"), 1, 0, 1),
    ]
    assert recount.differences(store) == recount.differences(other) == []


def test_a_batch_folds_part_of_the_rows() -> None:
    store = a_store()
    an_order(store, "10.00", "5.00", paid=True)
    waiting = MetricDelta.objects.count()
    assert fold_once(batch=2).rows == 2
    assert MetricDelta.objects.count() == waiting - 2
    assert recount.differences(store) == []


@pytest.mark.parametrize("rollup", ROLLUPS, ids=lambda rollup: f"{rollup.table} {rollup.dimension}")
@pytest.mark.parametrize("folded", [True, False])
def test_a_wrong_bucket_of_any_rollup_is_found_and_only_it_is_repaired(rollup, folded: bool) -> None:  # type: ignore[no-untyped-def]
    store, other = a_store(), a_store()
    for each in (store, other):
        an_order(each, "10.00", paid=True)
        fold_all()
    if not folded:
        an_order(store, "3.00", paid=True)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {rollup.table} SET sales = sales + 5, orders = orders + 1 "
            f"WHERE basis = 'placed' AND {rollup.condition}"
        )
    before = list(rollup.model.objects.filter(store_id=other.pk).order_by("pk").values())

    result = verify_store(store)
    assert (result.wrong_buckets, result.difference, result.is_repaired) == (1, D("5.00"), False)
    assert verify_store(store, repair=True).is_repaired
    assert recount.differences(store) == []
    assert list(rollup.model.objects.filter(store_id=other.pk).order_by("pk").values()) == before


@pytest.mark.parametrize("measure", STORE_MEASURES)
def test_a_difference_in_any_figure_is_found(measure: str) -> None:
    store = a_store()
    an_order(store, paid=True)
    fold_all()
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE dashboard_storedailysales SET {measure} = {measure} + 1 WHERE basis = 'placed'")
    (bucket,) = recount.differences(store)
    assert (bucket["table"], bucket[measure]) == ("dashboard_storedailysales", -1)


def test_a_lost_ledger_row_is_found() -> None:
    store = a_store()
    an_order(store, "10.00", paid=True)
    MetricDelta.objects.filter(sales__gt=0, product_id__isnull=True).delete()
    assert verify_store(store).difference > 0
    call_command("rebuild_metrics", "--store", store.slug, verbosity=0)
    assert verify_store(store).wrong_buckets == 0


def test_rollups_are_rebuilt_from_nothing() -> None:
    store = a_store()
    a_customer(store)
    refund_order(order=an_order(store, "10.00", "4.00", paid=True), amount=D("1.00"), actor=None)
    fold_all()
    expected = [_everything(rollup) for rollup in ROLLUPS]
    for rollup in ROLLUPS:
        rollup.model.objects.all().delete()
    call_command("rebuild_metrics", verbosity=0)
    assert [_everything(rollup) for rollup in ROLLUPS] == expected


def _everything(rollup) -> list[tuple[object, ...]]:  # type: ignore[no-untyped-def]
    names = [name for name, _ in rollup.keys] + list(rollup.measures)
    return sorted(rollup.model.objects.values_list(*names), key=repr)


def test_the_command_fails_while_a_figure_differs_and_says_which(capsys: pytest.CaptureFixture[str]) -> None:
    store = a_store(slug="gifts")
    an_order(store, "10.00", paid=True, at=local(store, 2026, 3, 10, 12, 0))
    fold_all()
    call_command("verify_metrics")
    assert capsys.readouterr().out == "gifts: 0 wrong buckets, difference 0.00 GBP\n"
    StoreDailySales.objects.filter(basis="booked").update(sales=D("9.00"))
    with pytest.raises(CommandError, match="1 buckets differ from the orders"):
        call_command("verify_metrics", "--from", "2026-03-01", "--to", "2026-03-31")
    assert "'day': '2026-03-10'" in capsys.readouterr().out
    call_command("verify_metrics", "--repair")
    assert capsys.readouterr().out.startswith("gifts: 1 wrong buckets, difference 1.00 GBP, repaired\n")
    call_command("verify_metrics", "--store", "gifts")
    with pytest.raises(CommandError, match="no such store: nowhere"):
        call_command("verify_metrics", "--store", "nowhere")


def test_a_range_compares_the_months_it_touches_alone() -> None:
    store = a_store()
    for month in (1, 2, 3):
        an_order(store, paid=True, at=local(store, 2026, month, 15, 12, 0))
    fold_all()
    StoreDailySales.objects.filter(basis="placed").update(orders=7)
    result = verify_store(store, local(store, 2026, 2, 3).date(), local(store, 2026, 2, 20).date())
    assert (result.wrong_buckets, result.is_complete) == (1, False)
    assert verify_store(store).wrong_buckets == 3


def test_a_sample_compares_what_changed_and_a_random_day() -> None:
    store = a_store()
    a_store()
    an_order(store, paid=True)
    results = verify_sample()
    assert [(result.store, result.wrong_buckets) for result in results] == [(store, 0), (store, 0)]


def test_old_results_are_pruned_but_the_newest_of_a_store_stays() -> None:
    store = a_store()
    for _ in range(3):
        verify_store(store)
    Verification.objects.update(checked_at=local(store, 2020, 1, 1))
    newest = verify_store(store)
    assert prune_verifications() == 3
    assert list(Verification.objects.all()) == [newest]


def test_a_difference_stays_shown_until_all_days_are_compared_or_it_is_repaired() -> None:
    store = a_store()
    an_order(store, paid=True, at=local(store, 2026, 1, 15))
    fold_all()
    right = verify_store(store)
    assert latest_verification(store) == right
    StoreDailySales.objects.filter(basis="placed").update(orders=7)
    wrong = verify_store(store)
    day = local(store, 2026, 5, 1).date()
    verify_store(store, day, day)
    assert latest_verification(store) == wrong
    repaired = verify_store(store, repair=True)
    assert latest_verification(store) == repaired
    sample = verify_store(store, day, day)
    assert latest_verification(store) == sample
