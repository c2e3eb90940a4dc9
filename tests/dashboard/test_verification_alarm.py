"""The alarm for wrong figures: what sets it, what alone may take it back, and what must not stop the checks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from customers.models import Store
from dashboard import tasks
from dashboard.figures import checked_stores, verification_state
from dashboard.metrics import recount, verification_runs
from dashboard.metrics.folding import fold_all
from dashboard.metrics.rollups import ROLLUPS
from dashboard.metrics.verification import prune_verifications, verify_sample, verify_store
from dashboard.models import StoreDailySales, Verification, VerificationRun
from dealport.kit.day_range import EVERY_DAY
from tests.builders import a_store, an_order, local

pytestmark = pytest.mark.django_db

TABLES = ["dashboard_metricdelta", *(rollup.table for rollup in ROLLUPS)]


def sold(store: Store, *months: int) -> Store:
    """Give the store a paid order of 10.00 on the 15th of each month of 2026, folded."""
    for month in months:
        an_order(store, "10.00", paid=True, at=local(store, 2026, month, 15, 12, 0))
    fold_all()
    return store


def spoil(store: Store, month: int, sales: str = "1000.00") -> None:
    """Make one bucket of the store wrong."""
    StoreDailySales.objects.filter(store_id=store.pk, basis="placed", day=date(2026, month, 15)).update(sales=D(sales))


def alarm(store: Store) -> tuple[int, D]:
    """Return what the monitoring is told of a store: wrong buckets and difference."""
    (state,) = [state for state in verification_state() if state.store == store.slug]
    return state.wrong_buckets, state.difference


def age(store: Store) -> float:
    """Return the age of the store's oldest unverified day in seconds."""
    (state,) = [state for state in verification_state() if state.store == store.slug]
    return state.oldest_day_seconds


def test_a_sample_of_other_days_does_not_reset_the_alarm() -> None:
    store = sold(a_store(), 1, 5)
    spoil(store, 1)
    verify_store(store)
    assert alarm(store) == (1, D("990.00"))
    assert verify_store(store, date(2026, 5, 1), date(2026, 5, 1)).wrong_buckets == 0
    assert alarm(store) == (1, D("990.00"))
    assert checked_stores().wrong == 1


def test_repairing_other_days_does_not_reset_the_alarm() -> None:
    store = sold(a_store(), 1, 5)
    spoil(store, 1)
    spoil(store, 5)
    verify_store(store)
    assert verify_store(store, date(2026, 5, 1), date(2026, 5, 1), repair=True).is_repaired
    assert alarm(store) == (2, D("1980.00"))
    assert checked_stores().wrong == 1
    verify_store(store, repair=True)
    assert alarm(store) == (0, D(0))
    assert checked_stores().wrong == 0


def test_comparing_the_same_days_anew_takes_the_alarm_back() -> None:
    store = sold(a_store(), 1)
    spoil(store, 1)
    verify_store(store, date(2026, 1, 3), date(2026, 1, 20))
    assert alarm(store) == (1, D("990.00"))
    spoil(store, 1, "10.00")
    verify_store(store, date(2026, 1, 31), date(2026, 1, 31))  # any day stands for its month
    assert alarm(store) == (0, D(0))


def test_samples_do_not_make_the_oldest_unverified_day_younger() -> None:
    store = sold(a_store(), 1)
    Store.objects.filter(pk=store.pk).update(created_at=timezone.now() - timedelta(days=9))
    verify_sample()
    assert age(store) > timedelta(days=8.9).total_seconds()
    verify_store(store)
    Verification.objects.filter(is_complete=True).update(checked_at=timezone.now() - timedelta(days=2))
    verify_sample()
    assert timedelta(days=1.9).total_seconds() < age(store) < timedelta(days=2.1).total_seconds()
    verify_store(store)
    assert age(store) < 60


def test_pruning_keeps_the_alarm_and_the_newest_check_of_all_days() -> None:
    store = sold(a_store(), 1, 5)
    complete = verify_store(store)
    spoil(store, 1)
    wrong = verify_store(store, date(2026, 1, 1), date(2026, 1, 1))
    verify_store(store, date(2026, 5, 1), date(2026, 5, 1))
    Verification.objects.update(checked_at=local(store, 2020, 1, 1))
    Verification.objects.filter(pk=complete.pk).update(checked_at=local(store, 2019, 1, 1))
    assert prune_verifications() == 1
    assert set(Verification.objects.all()) == {complete, wrong}
    assert alarm(store) == (1, D("990.00"))


@pytest.mark.parametrize("table", TABLES)
def test_the_ledger_and_every_rollup_refuse_what_is_no_number(table: str) -> None:
    sold(a_store(), 1)
    an_order(Store.objects.get(), paid=True)
    with pytest.raises(IntegrityError, match="is_a_number"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET sales = 'NaN'")


def spoil_with_nan(store: Store) -> None:
    """Leave a NaN in a bucket, as it could have been there before the constraint was."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE dashboard_storedailysales DROP CONSTRAINT dashboard_daily_is_a_number")
        cursor.execute("UPDATE dashboard_storedailysales SET sales = 'NaN' WHERE store_id = %s", [store.pk])


def test_a_bucket_that_is_no_number_is_found_and_repaired() -> None:
    store = sold(a_store(), 1)
    spoil_with_nan(store)
    found = verify_store(store)
    assert (found.wrong_buckets, found.difference) == (2, D("0.00"))
    assert [bucket["sales"] for bucket in found.details] == ["NaN", "NaN"]
    verify_store(store, repair=True)
    assert recount.differences(store) == []
    assert set(StoreDailySales.objects.values_list("sales", flat=True)) == {D("10.00")}


def fail_for(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let comparing this store fail."""
    compare = recount.differences

    def differences(compared: Store, *days: Any) -> Any:
        if compared == store:
            raise ValueError("this store cannot be compared")
        return compare(compared, *days)

    monkeypatch.setattr(recount, "differences", differences)


def test_one_store_that_cannot_be_checked_does_not_stop_the_others(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    broken, right = sold(a_store(slug="broken"), 1), sold(a_store(slug="right"), 1)
    fail_for(broken, monkeypatch)
    tasks.verify_everything()
    tasks.verify_slices()
    assert {check.store for check in Verification.objects.filter(is_complete=True)} == {right}
    assert [(run.store, run.error) for run in VerificationRun.objects.all()] == [
        (broken, "this store cannot be compared")
    ]
    assert "a slice of the figures of store broken could not be compared" in caplog.text
    assert {result.store for result in verify_sample()} == {right}
    with pytest.raises(CommandError, match="could not be checked: broken"):
        call_command("verify_metrics")
    assert capsys.readouterr() == (
        "right: 0 wrong buckets, difference 0.00 GBP\n",
        "broken: not checked: this store cannot be compared\n",
    )


def test_all_days_are_compared_slice_by_slice(monkeypatch: pytest.MonkeyPatch) -> None:
    store = sold(a_store(), 1, 2, 3, 4, 5)
    spoil(store, 1)
    spoil(store, 5)
    monkeypatch.setattr(verification_runs, "SLICE_ORDERS", 2)
    assert tasks.verify_everything() == 1
    began = timezone.now()
    assert verification_runs.compare_slices(seconds=0) == 1
    run = VerificationRun.objects.get()
    assert (run.next_day, run.wrong_buckets, run.difference) == (date(2026, 3, 1), 1, D("990.00"))
    assert alarm(store) == (1, D("990.00"))  # known before the rest is compared
    # a night later the same run goes on where it was
    assert tasks.verify_everything() == 0
    assert tasks.verify_slices() == 1
    assert not VerificationRun.objects.exists()
    complete = Verification.objects.get(is_complete=True)
    assert (complete.wrong_buckets, complete.difference, len(complete.details)) == (2, D("1980.00"), 2)
    assert began < complete.checked_at < timezone.now()
    partial = Verification.objects.filter(is_complete=False).order_by("first_day")
    assert [(check.first_day, check.last_day) for check in partial] == [
        (EVERY_DAY.first, date(2026, 2, 28)),
        (date(2026, 5, 1), EVERY_DAY.last),
    ]


def test_the_store_compared_longest_ago_is_compared_first() -> None:
    young, old, never = a_store(), a_store(), a_store()
    for store, day in ((young, 3), (old, 2)):
        verify_store(store)
        Verification.objects.filter(store=store).update(checked_at=datetime(2026, 1, day, tzinfo=UTC))
    assert verification_runs.start_runs() == 3
    assert [run.store for run in VerificationRun.objects.order_by("pk")] == [never, old, young]
