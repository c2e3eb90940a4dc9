"""Celery tasks of the reports app. All may run twice and at once."""

from __future__ import annotations

from celery import shared_task

from reports import exporting, scheduling
from reports.daily import aggregation, comparison, recalculation
from reports.notifying import looking


@shared_task
def aggregate_due() -> int:
    """Write the daily metrics of the days that are over and have none; return how many rows."""
    return aggregation.aggregate_due()


@shared_task
def recalculate() -> int:
    """Run waiting recalculations; return how many were finished."""
    return recalculation.run_waiting()


@shared_task
def compare_daily_metrics() -> int:
    """Compare the daily metrics with the figures and rewrite what moved; return how many differences are left."""
    recalculation.prune_recalculations()
    comparison.prune_comparisons()
    result = comparison.compare_and_settle()
    return result.differences if result else 0


@shared_task
def run_export(pk: str) -> None:
    """Write the file of an export job. Runs in the queue of exports, so that long files hold up nothing else."""
    exporting.run_export(pk)


@shared_task
def sweep_exports() -> int:
    """Take over the exports of dead workers, send lost messages again; return how many."""
    return exporting.sweep()


@shared_task
def clean_exports() -> int:
    """Delete expired files, and those that no export names; return how many."""
    return exporting.clean()


@shared_task
def run_schedules() -> int:
    """Request the exports of schedules that are due, and take note of those that are over; return how many."""
    return scheduling.run_due() + scheduling.settle_finished()


@shared_task
def send_schedule_mails() -> int:
    """Hand over the mails that wait; return how many the server took."""
    return scheduling.send_mails()


@shared_task
def look_for_trouble() -> int:
    """Note what went wrong and write to who wants to know; return how many mails."""
    return looking.look_for_trouble()
