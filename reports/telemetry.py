"""What the reports tell the monitoring, read from the database at each scrape."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily

from reports.daily.comparison import latest_comparison
from reports.models import Recalculation


def collect() -> Iterator[Any]:
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
