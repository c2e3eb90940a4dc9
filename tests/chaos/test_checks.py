"""What `make chaos` calls a missed limit: each of its checks fails on the fault that it is there for."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from dealport.servers.processes import wait_until
from tests.chaos import checks
from tests.chaos.faults import FAULTS, Fault
from tests.chaos.model import Order, Store
from tests.chaos.processors import Processors, Reading, stretch
from tests.chaos.traffic import Sample

ROW_LOCKED = next(fault for fault in FAULTS if fault.name == "order-locked")
POSTGRES_FROZEN = next(fault for fault in FAULTS if fault.name == "postgres-frozen")
WEB_KILLED = next(fault for fault in FAULTS if fault.name == "web-killed")
WORKER_KILLED = next(fault for fault in FAULTS if fault.name == "worker-killed")
WORKERS_AWAY = next(fault for fault in FAULTS if fault.name == "workers-away")
HEALTHY = {"status": "healthy", "checks": {"database": "ok"}}
UNHEALTHY = {"status": "unhealthy", "checks": {"database": "No answer within 2 s."}}


def a_sample(kind: str, began: float, status: int = 200, seconds: float = 0.1, **fields: Any) -> Sample:
    return Sample(kind, began, seconds, status, **{"retry_after": False, "body": None, **fields})


def missed(fault: Fault, *samples: Sample, served: float = 12.0, folded: float = 12.0, alive: float = 20.0) -> set[str]:
    """Return the checks that fail for a fault from second 0 to 10, with good load besides these samples."""
    load = [a_sample(kind, second / 10) for second in range(100) for kind in ("read", "write", "health")]
    window = checks.Window(0.0, 10.0, served, folded, alive, [*load, *samples])
    return {check.name for check in checks.of_fault(fault, window) if not check.is_kept}


def readiness(body: dict[str, Any], status: int = 200, **fields: Any) -> Sample:
    return a_sample("ready", 9.0, status, body=body, **fields)


def test_a_fault_that_nobody_notices_misses_nothing() -> None:
    assert missed(ROW_LOCKED, readiness(HEALTHY)) == set()


@pytest.mark.parametrize(
    ("sample", "name"),
    [
        (a_sample("read", 5, 500), "5xx"),
        (a_sample("read", 5, 503, retry_after=True), "5xx"),
        (a_sample("write", 5, 0, body="TimeoutError"), "5xx"),
        (a_sample("health", 5, seconds=2.5), "/health"),
        (a_sample("health", 5, 503), "/health"),
        (a_sample("locked", 5, 200), "locked"),
        (a_sample("locked", 5, 409), "locked"),
        (a_sample("locked", 5, 409, seconds=6, retry_after=True), "locked"),
    ],
)
def test_each_bad_answer_misses_its_check(sample: Sample, name: str) -> None:
    assert name in missed(ROW_LOCKED, readiness(HEALTHY), sample)


def test_what_waited_for_a_web_server_to_start_is_the_recovery_s_and_no_other_answer_is() -> None:
    gone, waited = a_sample("health", 3, 0, body="refused"), a_sample("health", 4, seconds=2.5)
    load = [a_sample(kind, second / 10) for second in range(20) for kind in ("read", "write")]
    for probes, expected in (([gone, waited], set()), ([waited, gone], {"/health"})):
        samples = [*load, a_sample("health", 1), *probes, a_sample("health", 8), readiness(HEALTHY)]
        window = checks.Window(0.0, 10.0, 12.0, 12.0, 20.0, samples)
        found = checks.of_fault(WEB_KILLED, window)
        assert {check.name for check in found if not check.is_kept} == expected


def test_an_answer_that_a_writer_did_not_expect_is_missed() -> None:
    load = [a_sample(kind, second) for second in range(10) for kind in ("read", "write", "health")]
    window = checks.Window(0.0, 10.0, 11.0, 11.0, 11.0, [*load, readiness(HEALTHY)], ["not placed: 400"])
    missed = [check.name for check in checks.of_fault(ROW_LOCKED, window) if not check.is_kept]
    assert missed == ["unexpected answers to writers"]


def test_slow_answers_miss_p99() -> None:
    slow = [a_sample("read", 5, seconds=3.5) for _ in range(5)]
    assert missed(ROW_LOCKED, readiness(HEALTHY), *slow) == {"p99"}


def test_recovery_and_folding_have_fifteen_seconds() -> None:
    assert missed(ROW_LOCKED, readiness(HEALTHY), served=25.1) == {"recovery"}
    assert missed(ROW_LOCKED, readiness(HEALTHY), folded=25.1) == {"folding"}


def test_where_others_take_half_of_the_processors_time_limits_are_twice_as_long_and_no_others() -> None:
    idle = Reading(100.0, busy=50.0, own=10.0)
    assert stretch(idle, Reading(110.0, busy=70.0, own=20.0), count=2) == 2.0
    assert stretch(idle, Reading(110.0, busy=70.0, own=28.5), count=2) == 1.0  # what any machine does besides
    assert stretch(idle, Reading(110.0, busy=70.0, own=10.5), count=2) == 4.0  # nobody could tell any more
    late = checks.Window(0.0, 10.0, 39.9, 40.1, 69.9, a_busy_window(), stretch=2.0)
    results = {check.name: check for check in checks.of_fault(WORKER_KILLED, late)}
    assert [name for name, check in results.items() if not check.is_kept] == ["5xx", "folding"]
    assert results["recovery"].limit == "≤ 15 s × 2.0"


def a_busy_window() -> list[Sample]:
    """Return answers that take almost four seconds, and an error."""
    load = [a_sample(kind, second, seconds=3.9) for second in range(5) for kind in ("read", "write", "health")]
    return [*load, readiness(HEALTHY), a_sample("read", 5, 500)]


def test_processor_time_of_what_was_started_counts_also_when_it_has_ended() -> None:
    processors = Processors()
    before = processors.read()
    code = "import time\nwhile time.process_time() < 0.4: pass\ninput()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE) as child:
        assert wait_until(lambda: processors.read().own - before.own >= 0.4, seconds=30)
        child.communicate(b"\n")
    after = processors.read()
    assert 0.4 <= after.own - before.own <= after.busy - before.busy + 0.1


def test_a_killed_worker_shows_life_again_within_thirty_seconds() -> None:
    assert missed(WORKER_KILLED, readiness(HEALTHY)) == set()
    assert missed(WORKER_KILLED, readiness(HEALTHY), alive=40.1) == {"heartbeats"}


def test_503_is_documented_where_the_database_is_away_and_only_with_retry_after() -> None:
    away = readiness(UNHEALTHY, 503, retry_after=True)
    assert missed(POSTGRES_FROZEN, away, a_sample("write", 5, 503, retry_after=True)) == set()
    assert missed(POSTGRES_FROZEN, away, a_sample("write", 5, 503)) == {"5xx"}
    assert missed(POSTGRES_FROZEN, away, a_sample("write", 5, 500, retry_after=True)) == {"5xx"}


def test_connections_may_break_where_the_web_server_was_killed_and_errors_may_not() -> None:
    broken = [a_sample(kind, 5, 0, body="ConnectionRefusedError") for kind in ("read", "write", "health")]
    assert missed(WEB_KILLED, readiness(HEALTHY), *broken) == set()
    assert missed(WEB_KILLED, readiness(HEALTHY), a_sample("read", 5, 502)) == {"5xx"}


def test_readiness_must_name_what_is_away() -> None:
    away = dict.fromkeys(("worker", "exports", "sources", "beat"), "Last seen 70 s ago.")
    body = {"status": "degraded", "checks": {"database": "ok", **away}}
    assert missed(WORKERS_AWAY, readiness(body)) == set()
    assert missed(WORKERS_AWAY, readiness(HEALTHY)) == {"readiness"}
    assert missed(WORKERS_AWAY, readiness({**body, "checks": {**away, "beat": "ok"}})) == {"readiness"}
    assert missed(WORKERS_AWAY) == {"readiness"}
    assert "readiness" in missed(WORKERS_AWAY, readiness(body), a_sample("ready", 5, 503, body=UNHEALTHY))


def a_store(*orders: Order) -> Store:
    return Store("tea", [1], {7: Decimal("5.00")}, {7: 100}, list(orders))


def test_the_model_knows_figures_and_stock() -> None:
    placed = Order(1, Decimal("9.90"), {7: 1})
    paid = replace(placed, key=2, paid=placed.total)
    partly = replace(paid, key=3, refunded=Decimal("0.01"))
    canceled = replace(paid, key=4, refunded=paid.total, is_canceled=True)
    store = a_store(placed, paid, partly, canceled)
    assert store.figures() == {
        "totalOrders": 4,
        "totalSales": Decimal("19.79"),
        "totalTax": 0,
        "totalCompletedOrders": 2,
        "totalRefundedOrders": 1,
        "totalExpiredOrders": 0,
        "averageTicket": Decimal("9.90"),
        "totalCustomers": 1,
        "newCustomers": 0,
        "ordersWithCoupon": 0,
        "ordersWithoutCoupon": 2,
    }
    assert store.states() == {"pendingOrders": 1, "canceledOrders": 1}
    assert store.stock_left() == {7: 97}
    assert [order.payment_status for order in store.orders] == ["PENDING", "PAID", "PARTIALLY_REFUNDED", "REFUNDED"]
    assert store.price_of({7: 3}) == Decimal("19.90")


class Answers:
    """A product that has these orders, figures and pieces, and a client of it."""

    def __init__(self, store: Store, *rows: dict[str, Any], **figures: Any) -> None:
        self.stores, self.exports = [store], ["e1"]
        self.problems: list[str] = []
        self.rows, self.figures = list(rows), figures
        self.export = {"status": "succeeded", "error": "", "agreesWithDashboard": True}

    def client(self) -> Answers:
        return self

    def ask(self, kind: str, method: str, path: str) -> Sample:
        bodies = {
            "/api/v1/orders": {"data": self.rows, "meta": {"totalPages": 1}},
            "/api/v1/dashboard/metrics": {"data": {"pendingOrders": 1, "canceledOrders": 0}},
            "/api/v1/admin/reports/export/e1": {"data": self.export},
            "/api/v1/products": {"data": [{"id": 7, "stock": 99}]},
            "/api/v1/store/dashboard": {"data": {"summary": self.figures}},
        }
        return a_sample(kind, 0, body=bodies[path.partition("?")[0]])

    def oldest_unfolded(self) -> float:
        return 0.0

    def run(self, command: str) -> None:
        assert command == "verify_metrics"


def test_what_is_lost_doubled_or_different_afterwards_is_missed() -> None:
    order = Order(1, Decimal("9.90"), {7: 1})
    store = a_store(order)
    row = {"id": 1, "totalAmount": order.total, "refundedAmount": 0, "paymentStatus": "PENDING", "status": "PENDING"}

    def missed_afterwards(*rows: dict[str, Any], **changes: Any) -> list[str]:
        answers: Any = Answers(store, *rows, **{**store.figures(), **changes})
        results = checks.afterwards(answers, answers)
        return [f"{check.name}: {check.figure}" for check in results if not check.is_kept]

    assert missed_afterwards(row) == []
    assert missed_afterwards() == ["tea: orders lost of 1: 1: 1"]
    assert missed_afterwards(row, {**row, "id": 2}) == ["tea: orders doubled: 1"]
    assert missed_afterwards({**row, "paymentStatus": "PAID"}) == ["tea: orders that differ: 1: 1"]
    assert missed_afterwards(row, totalOrders=2) == ["tea: figures that differ of 11: 1: totalOrders 2, not 1"]


def test_an_export_that_is_not_written_or_does_not_agree_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "EXPORT_SECONDS", 0.0)
    answers: Any = Answers(a_store())
    assert checks._unwritten(answers, ["e1"]) == []
    answers.export["agreesWithDashboard"] = False
    assert checks._unwritten(answers, ["e1"]) == ["succeeded "]
    answers.export.update(status="failed", error="The disk is full.")
    assert checks._unwritten(answers, ["e1"]) == ["failed The disk is full."]
