"""What is checked of each fault, and of everything afterwards."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

from dealport.servers.processes import wait_until
from dealport.targets.load import percentile
from tests.chaos.faults import Fault
from tests.chaos.model import Order, Store
from tests.chaos.product import Product
from tests.chaos.traffic import Client, Sample, Traffic

RECOVERY_SECONDS = 15.0
HEALTH_SECONDS = 2.0
BUSY_SECONDS = 5.0
QUIET_SECONDS = 1.5
# A heartbeat comes every ten seconds; a process needs some more to start.
HEARTBEAT_SECONDS = 30.0
WAIT_SECONDS = 60.0
# The export of a killed worker is taken over after half a minute of silence.
EXPORT_SECONDS = 90.0
SERVED = ("read", "write", "health")


@dataclass(frozen=True)
class Check:
    """One figure, its limit, and whether it is kept."""

    name: str
    figure: str
    limit: str
    is_kept: bool


@dataclass(frozen=True)
class Window:
    """When a fault began and ended, when requests, figures and processes were well again, and all samples between.

    Limits of seconds are multiplied by `stretch`: see tests/chaos/processors.py.
    """

    began: float
    healed: float
    served: float
    folded: float
    alive: float
    samples: Sequence[Sample]
    problems: Sequence[str] = ()
    stretch: float = 1.0

    def at_most(self, seconds: float, within: float) -> tuple[str, bool]:
        """Return a limit as it is printed, and whether it is kept."""
        times = f" × {self.stretch:.1f}" if self.stretch > 1 else ""
        return f"≤ {within:g} s{times}", seconds <= within * self.stretch

    def during(self, *kinds: str) -> list[Sample]:
        """Return the samples of some kinds that ended while the fault lasted or was recovered from."""
        return [sample for sample in self.samples if sample.kind in kinds and sample.ended >= self.began]


def is_good(sample: Sample) -> bool:
    """Tell whether a request did what it was to do, or was refused by a rule of the product."""
    return 200 <= sample.status < 500


def is_documented(sample: Sample, fault: Fault) -> bool:
    """Tell whether an answer is one that operations.md names for the fault."""
    if sample.status == 0:
        return fault.breaks_connections
    return sample.status < 500 or (fault.is_unavailable and sample.status == 503 and sample.retry_after)


def await_service(samples: list[Sample], since: float) -> float:
    """Return when requests were answered well again, for good: a write and a read, and nothing else for a while."""
    until = since + WAIT_SECONDS
    while time.monotonic() < until:
        now = time.monotonic()
        ended = [
            sample for sample in list(samples) if sample.kind in ("read", "write", "health") and sample.ended > since
        ]
        last_bad = max((sample.ended for sample in ended if not is_good(sample)), default=since)
        good = [sample for sample in ended if sample.began >= last_bad and is_good(sample)]
        firsts = [
            min((sample.ended for sample in good if sample.kind == kind), default=None) for kind in ("read", "write")
        ]
        if all(firsts) and now - last_bad >= QUIET_SECONDS:
            return max(first for first in firsts if first)
        time.sleep(0.1)
    return float("inf")


def await_folding(product: Product, since: float) -> float:
    """Return when every row of the ledger was younger than that moment: a worker has folded since."""

    def has_folded() -> bool:
        return product.oldest_unfolded() < time.monotonic() - since

    return time.monotonic() if wait_until(has_folded, seconds=WAIT_SECONDS, step=0.2) else float("inf")


def await_heartbeats(product: Product, parts: Sequence[str], since: float) -> float:
    """Return when every part had shown life since that moment."""

    def lives() -> bool:
        return all(product.heartbeat_age(part) < time.monotonic() - since for part in parts)

    return time.monotonic() if wait_until(lives, seconds=WAIT_SECONDS, step=0.2) else float("inf")


def of_fault(fault: Fault, window: Window) -> list[Check]:
    """Return the checks of one fault."""
    requests = window.during("read", "write")
    seconds = [sample.seconds for sample in requests if sample.began < window.healed]
    p99 = percentile(seconds, 0.99)
    undocumented = Counter(
        f"{sample.status or sample.body}"
        for sample in window.during("read", "write", "locked", "health")
        if not is_documented(sample, fault)
    )
    checks = [
        Check("requests", str(len(requests)), "≥ 10", len(requests) >= 10),
        Check("p99", f"{p99:.2f} s", *window.at_most(p99, fault.p99)),
        _none("unexpected answers to writers", window.problems),
        _health(fault, window),
        _readiness(fault, window),
        Check(
            "5xx",
            ", ".join(f"{count} × {name}" for name, count in undocumented.items()) or "0",
            "0 undocumented",
            not undocumented,
        ),
        _recovery("recovery", window, window.served),
        _recovery("folding", window, window.folded),
    ]
    if fault.revived:
        checks.append(_recovery("heartbeats", window, window.alive, HEARTBEAT_SECONDS))
    if locked := window.during("locked"):
        refused = [sample for sample in locked if sample.status == 409 and sample.retry_after]
        slowest = max(sample.seconds for sample in locked)
        limit, is_kept = window.at_most(slowest, BUSY_SECONDS)
        checks.append(
            Check(
                "locked",
                f"{len(refused)} of {len(locked)} × 409, {slowest:.1f} s",
                f"all 409, {limit}",
                len(refused) == len(locked) and is_kept,
            )
        )
    return checks


def _health(fault: Fault, window: Window) -> Check:
    """Judge each answer. The first one of a web server that was gone has waited for its start: that is the recovery."""
    probes = window.during("health")
    answered = [sample for sample in probes if sample.status or not fault.breaks_connections]
    bad = [sample for sample in answered if sample.status != 200]
    first = [after for before, after in pairwise(probes) if not before.status and fault.breaks_connections]
    slowest = max((sample.seconds for sample in answered if sample not in first), default=float("inf"))
    limit, is_kept = window.at_most(slowest, HEALTH_SECONDS)
    return Check(
        "/health",
        f"{len(answered) - len(bad)} of {len(probes)}, {slowest:.2f} s",
        f"200 {limit}",
        bool(answered) and not bad and is_kept,
    )


def _readiness(fault: Fault, window: Window) -> Check:
    """Judge the last answer before the fault ended; meanwhile none may say more than is documented."""
    probes = [sample for sample in window.during("ready") if sample.status]
    wrong = [sample for sample in probes if sample.status != 200 and not is_documented(sample, fault)]
    last = next((sample for sample in reversed(probes) if sample.ended <= window.healed), probes[0] if probes else None)
    said, named = "no answer", set()
    if last is not None and isinstance(last.body, dict):
        said = last.body["status"]
        named = {name for name, reason in last.body.get("checks", {}).items() if reason != "ok"}
    limit = "/".join(fault.readiness) + "".join(f" +{name}" for name in sorted(fault.named))
    figure = said + "".join(f" +{name}" for name in sorted(named))
    is_unseen = fault.breaks_connections and last is None
    return Check(
        "readiness",
        f"{figure}{f', {len(wrong)} × 503' if wrong else ''}",
        limit,
        is_unseen or (said in fault.readiness and fault.named <= named and not wrong),
    )


def _recovery(name: str, window: Window, moment: float, within: float = RECOVERY_SECONDS) -> Check:
    seconds = moment - window.healed
    return Check(name, f"{seconds:.1f} s", *window.at_most(seconds, within))


def afterwards(product: Product, traffic: Traffic) -> list[Check]:
    """Return the checks of everything against the model, once everything is folded."""
    client, stores = traffic.client(), traffic.stores
    wait_until(lambda: product.oldest_unfolded() == 0, seconds=WAIT_SECONDS, step=0.2)
    checks = [_none("answers the model did not expect", traffic.problems)]
    if traffic.exports:
        checks.append(_none(f"exports not written of {len(traffic.exports)}", _unwritten(client, traffic.exports)))
    for store in stores:
        answers = {row["id"]: row for row in _orders(client, store)}
        lost = [f"{order.key}" for order in store.orders if order.key not in answers]
        checks.append(_none(f"{store.slug}: orders lost of {len(store.orders)}", lost))
        extra = len(answers) - store.past_orders - len(store.orders) + len(lost)
        checks.append(Check(f"{store.slug}: orders doubled", str(extra), "0", extra == 0))
        wrong = [
            str(order.key) for order in store.orders if order.key in answers and not _agrees(order, answers[order.key])
        ]
        checks.append(_none(f"{store.slug}: orders that differ", wrong))
        checks.append(_equal(f"{store.slug}: figures", _figures(client, store), store.figures()))
        checks.append(_equal(f"{store.slug}: states", _states(client, store), store.states()))
        checks.append(_equal(f"{store.slug}: stock", _stock(client, store), store.stock_left()))
    try:
        product.run("verify_metrics")
        verified = "0"
    except RuntimeError as error:
        verified = str(error)
    checks.append(Check("verify_metrics: wrong buckets", verified, "0", verified == "0"))
    return checks


def _unwritten(client: Client, keys: list[str]) -> list[str]:
    """Return what became of the exports that are not written, or differ from the dashboard."""
    left = dict.fromkeys(keys, "")

    def are_written() -> bool:
        for key in list(left):
            job = client.ask("check", "GET", f"/api/v1/admin/reports/export/{key}").body["data"]
            left[key] = f"{job['status']} {job['error']}"
            if job["status"] == "succeeded" and job["agreesWithDashboard"]:
                del left[key]
        return not left

    wait_until(are_written, seconds=EXPORT_SECONDS, step=1.0)
    return list(left.values())


def _none(name: str, problems: Sequence[str]) -> Check:
    return Check(name, "0" if not problems else f"{len(problems)}: {'; '.join(problems[:3])}", "0", not problems)


def _equal(name: str, shown: dict[Any, Any], expected: dict[Any, Any]) -> Check:
    different = [f"{key} {shown.get(key)}, not {value}" for key, value in expected.items() if shown.get(key) != value]
    return _none(f"{name} that differ of {len(expected)}", different)


def _agrees(order: Order, row: dict[str, Any]) -> bool:
    return bool(
        row["totalAmount"] == order.total
        and row["refundedAmount"] == order.refunded
        and row["paymentStatus"] == order.payment_status
        and (row["status"] == "CANCELED") == order.is_canceled
    )


def _orders(client: Client, store: Store) -> list[dict[str, Any]]:
    """Return every order of the store, page by page."""
    rows: list[dict[str, Any]] = []
    page, pages = 1, 1
    while page <= pages:
        answer = client.ask("check", "GET", f"/api/v1/orders?store={store.slug}&limit=100&page={page}")
        rows += answer.body["data"]
        page, pages = page + 1, answer.body["meta"]["totalPages"]
    return rows


def _figures(client: Client, store: Store) -> dict[str, Any]:
    first, last = _days()
    path = f"/api/v1/store/dashboard?store={store.slug}&period=custom&startDate={first}&endDate={last}"
    summary: dict[str, Any] = client.ask("check", "GET", path).body["data"]["summary"]
    return summary


def _states(client: Client, store: Store) -> dict[str, Any]:
    path = f"/api/v1/dashboard/metrics?tenant={store.slug}&from={_days()[0]}"
    metrics: dict[str, Any] = client.ask("check", "GET", path).body["data"]
    return metrics


def _days() -> tuple[date, date]:
    """Return a period with all that the stores have sold, wherever they are."""
    today = datetime.now(UTC).date()
    return today - timedelta(days=100), today + timedelta(days=1)


def _stock(client: Client, store: Store) -> dict[int, int]:
    answer = client.ask("check", "GET", f"/api/v1/products?store={store.slug}&limit=100")
    return {row["id"]: row["stock"] for row in answer.body["data"]}
