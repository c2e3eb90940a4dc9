"""The upgrade of a database with 1,000,000 orders and 200,000 customers from the schema of commit d4f2847 to today's,
by `manage.py migrate` in a process of its own, while others use its large tables: for each of them, every 100 ms, one
statement that takes the lock of a reader and one that takes the lock of a writer (row locks are not part of it). The
orders are loaded into today's schema, which is then taken back to that of d4f2847. Listed is the longest wait of each
migration, by the server's clock; what the machine itself keeps waiting shows in a statement that takes no lock.
"""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from benchmarks import load, report, searching
from customers.models import Customer

ORDERS, CUSTOMERS = 1_000_000, 200_000
EVERY_SECONDS = 0.1
LISTED = 12
OLD = (
    ("customers", "0007_credit_index"), ("orders", "0006_list_indexes"), ("dashboard", "0005_snapshot_cache"),
    ("reports", "0005_schedules"),
)  # fmt: skip
"""The newest migrations of d4f2847."""
SHORT = {"ORDERS": 300, "CUSTOMERS": 60, "OLD": (("orders", "0043_kept_edits"),)}
TABLES = (
    "customers_customer", "orders_order", "orders_orderevent", "orders_orderitem", "orders_product",
    "orders_refund", "orders_refundshare", "orders_transaction", "dashboard_metricdelta", "dashboard_storedailysales",
    "dashboard_storedailysalesbyproduct", "dashboard_storedailysalesbycountry", "dashboard_storemonthlysales",
    "dashboard_storemonthlysalesbyproduct",
)  # fmt: skip
"""The tables of d4f2847 that have rows for orders, customers or their days."""
MODES = {"reading": "ACCESS SHARE", "writing": "ROW EXCLUSIVE"}


@dataclass
class Upgrade:
    """The migration that runs, how long each took, and every wait: seconds, kind, table, migration."""

    running: str = ""
    began: float = 0
    seconds: dict[str, float] = field(default_factory=dict)
    waits: list[tuple[float, str, str, str]] = field(default_factory=list)
    without_lock: list[float] = field(default_factory=list)

    def migrate(self) -> None:
        """Run `manage.py migrate`; note each migration as it begins and ends. Raises CalledProcessError."""
        command = [sys.executable, "manage.py", "migrate", "--no-color"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            said = ""
            while letter := process.stdout.read(1):
                said = said + letter if letter != "\n" else ""
                if found := re.fullmatch(r"  Applying (\S+)\.\.\.", said):
                    self.running, self.began = found[1], time.perf_counter()
                elif self.running and said == f"  Applying {self.running}... OK":
                    self.ended()
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command)

    def ended(self) -> None:
        """Note how long the running migration took."""
        self.seconds[self.running] = time.perf_counter() - self.began
        waits = [wait for wait in self.waits if wait[3] == self.running]
        report.progress(f"{self.running}: {self.seconds[self.running]:.0f} s, longest wait {max(waits, default=None)}")


def main() -> None:
    """Take the schema back, upgrade it while the tables are in use, print waits and the slowest migrations."""
    store = load.order_book(ORDERS)
    with connection.cursor() as cursor:
        people = {"store": store.pk, "first": Customer.objects.filter(store=store).count() + 1, "last": CUSTOMERS}
        cursor.execute(searching.CUSTOMERS, people)
    report.progress("taking the schema back")
    MigrationExecutor(connection).migrate([*OLD])
    load.settle()
    report.progress("upgrading")
    upgrade = Upgrade()
    with used(upgrade):
        total = report.seconds_of(upgrade.migrate)
    by_migration = {wait[3]: wait for wait in sorted(upgrade.waits)}
    longest = sorted(by_migration.values(), reverse=True)[:LISTED]
    report.table(
        ("longest waits for a table", "for", "ms", "migration"),
        [(table, kind, seconds * 1000, migration) for seconds, kind, table, migration in longest],
    )
    slowest = sorted(upgrade.seconds.items(), key=lambda item: -item[1])[:LISTED]
    report.table(("slowest migrations", "seconds"), slowest)
    report.say(f"{len(upgrade.seconds)} migrations in {total:.0f} s; {len(upgrade.waits):,} locks taken meanwhile.")
    report.say(f"Longest wait of a statement without a lock: {max(upgrade.without_lock) * 1000:.0f} ms.\n")
    report.result("upgrading", f"longest wait for a table of {ORDERS:,} orders, s", longest[0][0], "< 1")


@contextmanager
def used(upgrade: Upgrade) -> Iterator[None]:
    """Take the locks of a reader and of a writer of every table over and over, on connections of their own."""
    is_over = threading.Event()
    threads = [
        threading.Thread(target=_user(upgrade, table, kind, is_over), name=f"{kind} {table}")
        for table in TABLES
        for kind in MODES
    ]
    threads.append(threading.Thread(target=_user(upgrade, "", "", is_over), name="without a lock"))
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        is_over.set()
        for thread in threads:
            thread.join()


def _user(upgrade: Upgrade, table: str, kind: str, is_over: threading.Event) -> Callable[[], None]:
    # a batch of statements is one transaction
    lock = f"LOCK TABLE {table} IN {MODES[kind]} MODE; " if table else ""
    statement = (
        "SELECT set_config('upgrading.began', clock_timestamp()::text, true); "
        f"{lock}SELECT extract(epoch FROM clock_timestamp() - current_setting('upgrading.began')::timestamptz)"
    )

    def use() -> None:
        with connection.cursor() as cursor:
            while not is_over.wait(EVERY_SECONDS):
                migration = upgrade.running
                cursor.execute(statement)
                while cursor.nextset():
                    pass
                seconds = float(cursor.fetchone()[0])
                if table:
                    upgrade.waits.append((seconds, kind, table, migration))
                else:
                    upgrade.without_lock.append(seconds)
        connection.close()

    return use
