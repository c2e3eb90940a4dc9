"""What the dashboard tells the monitoring, read from the database at each scrape."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from dashboard import figures

YOUNG_SECONDS = 60


def collect() -> Iterator[object]:
    """Yield the state of the ledger, of folding and verification, and the orders placed and paid."""
    with figures.consistent_read():
        ledger, folds = figures.ledger_state(), figures.fold_totals()
        checks, totals = figures.verification_state(), figures.totals_ever()
        sampled = figures.newest_sample_seconds()
    yield GaugeMetricFamily("dealport_ledger_rows", "Ledger rows that wait to be folded.", ledger.rows)
    yield GaugeMetricFamily("dealport_ledger_oldest_seconds", "Age of the oldest waiting row.", ledger.oldest_seconds)
    yield CounterMetricFamily("dealport_folds", "Folds that moved rows.", folds.folds)
    yield CounterMetricFamily("dealport_folded_rows", "Ledger rows folded.", folds.rows)
    yield CounterMetricFamily("dealport_fold_seconds", "Time spent folding.", folds.seconds)
    wrong = GaugeMetricFamily(
        "dealport_verification_wrong_buckets", "Wrong buckets nobody has compared anew yet.", labels=["store"]
    )
    difference = GaugeMetricFamily(
        "dealport_verification_difference", "Absolute difference in sales, in the store's currency.", labels=["store"]
    )
    age = GaugeMetricFamily(
        "dealport_verification_age_seconds", "Age of the oldest unverified day; samples excluded.", labels=["store"]
    )
    for check in checks:
        wrong.add_metric([check.store], check.wrong_buckets)
        difference.add_metric([check.store], float(check.difference))
        age.add_metric([check.store], check.oldest_day_seconds)
    yield from (wrong, difference, age)
    if sampled is not None:
        yield GaugeMetricFamily("dealport_verification_sample_age_seconds", "Age of the newest sample check.", sampled)
    for figure, value in totals.items():
        yield GaugeMetricFamily(figure.monitored_as, f"{figure.label}, all stores and times. {figure.hint}.", value)


def ledger_is_young() -> str:
    """Return why folding is behind, or nothing (a readiness check)."""
    state = figures.ledger_state()
    if state.oldest_seconds <= YOUNG_SECONDS:
        return ""
    return f"{state.rows} ledger rows wait, the oldest for {state.oldest_seconds:.0f} s"
