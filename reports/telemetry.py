"""Metrics of reports, read from the database at each scrape."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, F, Max, Min, Model, QuerySet, Sum
from django.utils import timezone
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from customers.models import PasswordLink, Picture
from orders.models import Upload
from orders.uploads.running import is_one_running
from reports.daily.comparison import latest_comparison
from reports.models import ExportJob, Recalculation, ScheduledExport, ScheduleMail


def collect() -> Iterator[object]:
    """Yield the newest comparison of daily metrics with the figures, and the recalculations that are not done."""
    newest = latest_comparison()
    if newest:
        age = max((timezone.now() - newest.checked_at).total_seconds(), 0.0)
        for name, text, value in (
            ("differences", "Daily metrics that differ from the figures, also aggregated anew.", newest.differences),
            ("moved_rows", "Rows that had moved and were written anew.", newest.rows_moved),
            ("comparison_age_seconds", "Age of the newest comparison.", age),
        ):
            yield GaugeMetricFamily(f"dealport_daily_metrics_{name}", text, value)
    yield GaugeMetricFamily(
        "dealport_recalculations_open",
        "Recalculations that were asked for and are not done.",
        Recalculation.objects.filter(finished_at=None).count(),
    )


def collect_exports() -> Iterator[object]:
    """Yield the exports by status and how long they took, and the schedules and mails that are due."""
    jobs = GaugeMetricFamily("dealport_exports", "Exports by status.", labels=["status"])
    counts = dict(ExportJob.objects.values_list("status").annotate(Count("pk")))
    for status in ExportJob.Status:
        jobs.add_metric([status.value], counts.get(status.value, 0))
    yield jobs
    queued = ExportJob.objects.filter(status=ExportJob.Status.QUEUED)
    yield GaugeMetricFamily(
        "dealport_exports_queued_oldest_seconds", "Age of the oldest export that waits.", _age(queued, "requested_at")
    )
    took = ExportJob.objects.filter(started_at__isnull=False, finished_at__isnull=False).aggregate(
        seconds=Sum(F("finished_at") - F("started_at")), jobs=Count("pk")
    )
    seconds = took["seconds"].total_seconds() if took["seconds"] else 0.0
    yield CounterMetricFamily("dealport_export_seconds", "Time spent writing finished exports.", seconds)
    yield CounterMetricFamily("dealport_exports_finished", "Exports that were started and have ended.", took["jobs"])
    yield from _waiting()


def _waiting() -> Iterator[object]:
    """Yield what is due and not done, and for how long: what other systems or workers that are away keep waiting."""
    due = ScheduledExport.objects.filter(is_active=True, next_run_at__lt=timezone.now())
    waiting: dict[str, list[tuple[QuerySet[Any], str]]] = {
        "schedules": [(due, "next_run_at")],
        "mails": [
            (ScheduleMail.objects.filter(state=ScheduleMail.State.WAITING), "created_at"),
            (PasswordLink.objects.filter(next_try_at__isnull=False), "created_at"),
        ],
        "uploads": [(Upload.objects.filter(status__in=Upload.WORK), "created_at")],
        "pictures": [(Picture.objects.filter(status=Picture.Status.WAITING), "created_at")],
    }
    for name, ages in waiting.items():
        count, oldest = sum(rows.count() for rows, _ in ages), max(_age(rows, moment) for rows, moment in ages)
        yield GaugeMetricFamily(f"dealport_{name}_waiting", f"How many {name} are due and not done.", count)
        yield GaugeMetricFamily(
            f"dealport_{name}_waiting_oldest_seconds", f"Age of the oldest of these {name}.", oldest
        )


def seconds_since_progress() -> float:
    """Return how many seconds ago a running export last showed progress, 0 while an upload is worked on.

    Infinity while neither runs.
    """
    if is_one_running():
        return 0.0
    running = ExportJob.objects.filter(status=ExportJob.Status.RUNNING)
    newest = running.aggregate(at=Max("alive_at"))["at"]
    return max((timezone.now() - newest).total_seconds(), 0.0) if newest else float("inf")


def _age(rows: QuerySet[Model], field: str) -> float:
    oldest = rows.aggregate(at=Min(field))["at"]
    return max((timezone.now() - oldest).total_seconds(), 0.0) if oldest else 0.0
