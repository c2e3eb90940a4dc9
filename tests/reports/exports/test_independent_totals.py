"""While stores trade, every file, added up by a program that knows nothing of us, is what the dashboard says."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from customers.models import Customer, Store, User
from customers.scopes import StoreScope
from dashboard import figures
from dashboard.figures.periods import Period
from dashboard.metrics.folding import fold_all
from dashboard.models import Basis
from dealport.kit.day_range import DayRange
from dealport.servers.processes import wait_until
from orders.models import Order
from reports.daily.aggregation import aggregate
from reports.models import ExportJob
from tests.builders import a_customer, a_user
from tests.chaos.processors import Processors, stretch
from tests.exports import a_busy_store, content, exported

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.serial]
PROGRAM = Path(__file__).with_name("add_up.py")
PAID = "paymentStatus=PAID|PARTIALLY_REFUNDED"
RATE = 200
# dataset, column (none: count), conditions → the control total that it must be
SUMS = [
    ("orders", "sales", [], "sales"),
    ("orders", "", [], "orders"),
    ("orders", "", [PAID], "completedOrders"),
    ("orders", "", ["expiredAt>"], "expiredOrders"),
    ("orders", "", ["refundedAt>"], "refundedOrders"),
    ("orders", "", ["status=PENDING"], "pendingOrders"),
    ("orders", "", ["status=CANCELED"], "canceledOrders"),
    ("order-items", "sales", [], "sales"),
    ("transactions", "sales", [], "sales"),
    ("customers", "", [], "customers"),
    ("customers", "", ["emailConfirmedAt>"], "newCustomers"),
    ("subscriptions", "", ["status=active"], "activeSubscriptions"),
    ("subscriptions", "monthlyAmount", ["status=active"], "monthlyRecurringRevenue"),
    ("sales-by-product", "sales", [], "sales"),
    ("sales-by-country", "sales", [], "sales"),
    ("sales-by-country", "orders", [], "orders"),
]


@contextmanager
def trading(environment: dict[str, str]) -> Iterator[list[float]]:
    """Let two processes write RATE times a second; the list gets the rate they reached."""
    command = [sys.executable, "-m", "tests.reports.exports.writers", str(RATE / 2)]
    writers = [
        subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    reached: list[float] = []
    try:
        yield reached
    finally:
        answers = [writer.communicate("stop\n", timeout=60)[0] for writer in writers]
        assert [writer.returncode for writer in writers] == [0, 0]
        reached.append(sum(float(answer) for answer in answers))


def added_up(job: ExportJob, folder: Path, column: str, conditions: list[str]) -> dict[str, Decimal]:
    """Return currency → sum as the independent program finds it in the job's file."""
    path = folder / f"{job.pk}.csv"
    path.write_bytes(content(job))
    command = [sys.executable, "-I", str(PROGRAM), str(path), column, *conditions]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return {code: Decimal(total) for code, total in (line.split() for line in printed.splitlines())}


def dashboard(job: ExportJob, name: str) -> dict[str, Decimal]:
    """Return currency → figure of the dashboard at the moment the file was read."""
    lines = [line for line in job.receipt["controlTotals"] if line["name"] == name and line["dashboard"] is not None]
    return {line["currency"]: Decimal(line["dashboard"]) for line in lines if Decimal(line["dashboard"])}


def test_files_written_while_two_hundred_writes_a_second_go_on(
    process_environment: dict[str, str], tmp_path: Path
) -> None:
    a_busy_store()
    a_busy_store(currency="BRL", timezone="America/Sao_Paulo")
    owner = a_user(User.Role.ADMIN)
    processors = Processors()
    processors.start()
    since = processors.read()
    with trading(process_environment) as reached:
        before = Order.objects.count()
        assert wait_until(lambda: Order.objects.count() > before + RATE / 2, seconds=60)
        jobs = {}
        for dataset in dict.fromkeys(dataset for dataset, *_ in SUMS):
            jobs[dataset] = exported(owner, dataset)
            fold_all()
            jobs[dataset, "folded"] = exported(owner, dataset)
    for dataset, column, conditions, name in SUMS:
        for job in (jobs[dataset], jobs[dataset, "folded"]):
            found = {code: total for code, total in added_up(job, tmp_path, column, conditions).items() if total}
            assert found == dashboard(job, name), (dataset, name)
            assert job.receipt["agreesWithDashboard"] is True
    print(f"{reached[0]:.0f} writes a second")
    slower = stretch(since, processors.read(), count=os.cpu_count() or 1)  # what other tests took of the machine
    assert reached[0] > RATE / 4 / slower, "the stores hardly traded"


def test_files_of_a_period_are_what_the_dashboard_shows_for_it(tmp_path: Path) -> None:
    store = a_busy_store(timezone="Pacific/Auckland", currency="NZD")
    a_customer(store)
    Customer.objects.filter(store=store, total_orders=0).update(created_at=timezone.now() - timedelta(days=99))
    owner = a_user(User.Role.ADMIN)
    today = timezone.now().astimezone(store.zone).date()
    first, last = today - timedelta(days=20), today - timedelta(days=1)
    aggregate(DayRange(first, last))
    period = Period(first, last)
    placed, booked = (figures.sales_summary(store, period, basis) for basis in (Basis.PLACED, Basis.BOOKED))
    granted, spent, balance = Decimal("20.00"), Decimal("7.50"), Decimal("12.50")

    def total(
        dataset: str, column: str = "", *conditions: str, days: tuple[date, date] | None = (first, last)
    ) -> Decimal:
        filters = {"store": store.slug}
        if days:
            filters |= {"from": days[0].isoformat(), "to": days[1].isoformat()}
        job = exported(owner, dataset, filters=filters)
        return added_up(job, tmp_path, column, list(conditions)).get("NZD", Decimal(0))

    assert total("orders", "sales") == placed.total_sales != 0
    assert total("orders") == placed.total_orders
    assert total("orders", "", PAID) == placed.total_completed_orders
    assert total("order-items", "sales") == sum(p.total_sales for p in figures.sales_by_product(store, period)) != 0
    assert total("sales-by-product", "sales") == total("order-items", "sales")
    assert total("sales-by-country", "sales") == placed.total_sales
    assert total("daily-metrics", "sales") == placed.total_sales
    assert total("daily-metrics", "revenue") == booked.total_sales
    assert total("daily-metrics", "orders") == placed.total_orders
    assert total("transactions", "sales") == booked.total_sales
    captured = total("transactions", "sales", "kind=payment", "status=approved")
    assert captured - total("refunds", "amount") == booked.total_sales
    assert total("customers", "", days=(date(1970, 1, 1), today)) == figures.total_customers(store, today)
    assert total("customers", "", "emailConfirmedAt>", days=(today, today)) == _new_customers(store, today)
    assert total("credits", "amount", days=(today, today)) == granted - spent
    assert total("credits", "amount", days=None) == balance
    snapshot = figures.scope_snapshot(StoreScope(store), DayRange.of_day(today), [store.zone])
    (line,) = snapshot.currencies
    assert total("subscriptions", "monthlyAmount", "status=active", days=None) == line.value(
        "monthly_recurring_revenue"
    )
    assert total("subscriptions", "", "status=active", days=None) == line.value("active_subscriptions")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT total_products, products_out_of_stock FROM daily_metrics WHERE store_id = %s", [store.pk]
        )
        present, sold_out = cursor.fetchone()
    assert (total("products", days=None), total("products", "", "stock=0", days=None)) == (present, sold_out)
    everything = figures.sales_summary(store, Period(date(1970, 1, 1), today))
    assert total("coupons", "timesUsed", days=None) == everything.orders_with_coupon


def _new_customers(store: Store, day: date) -> int:
    return figures.sales_summary(store, Period(day, day)).new_customers
