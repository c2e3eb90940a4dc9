"""The admin snapshot from the cache, on granian with one worker and two threads: requests/s, p50 and p99 at 1, 32 and
128 connections with a token and with a session, ÷ bare: a view that returns the same bytes from the cache to anybody,
÷ empty: an empty answer, all through the same middleware, in turns. Then 304 against 200; how many computations 128
requests at once for a cold snapshot cost; the hit ratio of a mix (40 stores, 20 orders and 15 folds a minute, 60 staff
who look at their store and 5 admins who look at all of them every 5 seconds); `refresh_dashboard_cache` over 100, 300
and 1,000 stores: time, start of the process, peak memory, time per store; and the snapshot of one store and of all,
uncached, with 1,000,000 orders.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections import Counter
from decimal import Decimal
from functools import partial
from statistics import median
from unittest import mock

from django.conf import settings
from django.core.cache import cache as django_cache
from django.test import Client

from benchmarks import load, report, serving
from benchmarks.dashboard import a_server
from benchmarks.visitors import Visit, visit
from customers.actions import create_store, register_customer
from customers.models import Store
from customers.scopes import ALL_STORES, StoreScope
from customers.tokens import log_in
from dashboard.answers import snapshot
from dashboard.caching import cache, invalidation
from dashboard.metrics import folding
from orders.actions import ItemRequest, place_order
from orders.models import Product

CONNECTIONS = (1, 32, 128)
ROUNDS, SECONDS = 3, 1.0
PATH = "/api/v1/dashboard/metrics"
ORDERS = 1_000_000
STORES = (100, 300, 1_000)
REPEATS = 50
MIXED_STORES, MINUTES = 40, 5
CROWD = 128
SHORT = {
    "CONNECTIONS": (1, 4), "ROUNDS": 1, "SECONDS": 0.1, "ORDERS": 300, "STORES": (2,), "REPEATS": 7, "MIXED_STORES": 3,
    "MINUTES": 1, "CROWD": 8,
}  # fmt: skip
# one account asks for all of it
SERVER = {"BENCHMARK_SERVER": "1", "DEALPORT_ACCOUNT_REQUESTS": "1000000000"}


def main() -> None:
    """Measure what the module's text says, in its order."""
    store = load.make_store("snapshot")
    load.fill_store(store, 1_000)
    admin = load.administrator()
    client = Client(SERVER_NAME="localhost")
    client.force_login(admin)
    logins = {
        "token": {"Authorization": f"Bearer {log_in(admin).access}"},
        "session": {"Cookie": f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"},
    }
    with a_server("benchmarks.serving:application", **SERVER) as port:
        answer = client.get(PATH)
        django_cache.set(serving.BODY_KEY, answer.content, None)
        served(port, logins)
        not_modified(port, logins["token"], answer["ETag"])
        stampede(port, logins["token"], store)
    hit_ratio()
    refreshing()
    uncached()


def served(port: int, logins: dict[str, dict[str, str]]) -> None:
    """Print requests/s and latencies, and their ratios to the two bare answers."""
    kinds = {
        "empty": ("/bench/empty", {}), "bare": ("/bench/bare", {}),
        **{name: (PATH, headers) for name, headers in logins.items()},
    }  # fmt: skip
    rows = []
    for connections in CONNECTIONS:
        report.progress(f"{connections} connections")
        found: dict[str, list[Visit]] = {name: [] for name in kinds}
        for number in range(ROUNDS + 1):
            for name, (path, headers) in kinds.items():
                answers = visit(port, path, headers, connections=connections, seconds=SECONDS)
                assert set(answers.statuses) == {200}, answers.statuses
                if number:
                    found[name].append(answers)
        for name, visits in found.items():
            rates = [answers.rate for answers in visits]
            p99 = [answers.milliseconds(0.99) for answers in visits]
            ratio = report.paired_ratio(rates, [answers.rate for answers in found["bare"]])
            if name in logins:
                report.result("snapshot", f"{name}, {connections} connections, requests/s ÷ bare view", ratio, "≥ 0.85")
            rows.append(
                (
                    name, connections, median(rates), visits[0].milliseconds(0.5), median(p99), ratio,
                    report.paired_ratio(p99, [answers.milliseconds(0.99) for answers in found["bare"]]),
                    report.paired_ratio(rates, [answers.rate for answers in found["empty"]]),
                )
            )  # fmt: skip
    report.table(("answer", "connections", "requests/s", "p50 ms", "p99 ms", "÷ bare", "p99 ÷ bare", "÷ empty"), rows)


def not_modified(port: int, login: dict[str, str], etag: str) -> None:
    """Print 304 against 200 at 32 connections, in turns."""
    asked = {"200": login, "304": {**login, "If-None-Match": etag}}
    found: dict[str, list[float]] = {name: [] for name in asked}
    for _ in range(2 * ROUNDS):
        for status, headers in asked.items():
            answers = visit(port, PATH, headers, connections=32, seconds=SECONDS)
            assert set(answers.statuses) == {int(status)}, answers.statuses
            found[status].append(answers.rate)
    report.say(f"304 ÷ 200, requests/s: {report.paired_ratio(found['304'], found['200']):.2f}\n")


def stampede(port: int, login: dict[str, str], store: Store) -> None:
    """Print how often a snapshot was computed for CROWD requests at once, cold and after an order."""
    for kind in ("cold", "after a change"):
        if kind == "cold":
            path = f"{PATH}?tenant={store.slug}"
        else:
            invalidation.figures_changed([store.pk])
        answers = visit(port, path, login, connections=CROWD, each=1)
        report.say(f"{CROWD} requests at once, {kind}: {dict(answers.states)}")
    report.say("")


def hit_ratio() -> None:
    """Print the share of hits of the mix; its events happen in the order of their times, without waiting for them."""
    stores = [a_selling_store(f"mix-{number}") for number in range(MIXED_STORES)]
    product = {store.pk: Product.objects.filter(store=store)[0].pk for store in stores}
    dice, seconds = random.Random(1), MINUTES * 60
    staff = [dice.choice(stores) for _ in range(60)]
    events = [(dice.uniform(0, seconds), "order", dice.choice(stores)) for _ in range(20 * MINUTES)]
    events += [(float(at), "fold", None) for at in range(0, seconds, 4)]
    for person in [*staff, *[None] * 5]:
        begin = dice.uniform(0, 5)
        events += [(begin + at, "read", person) for at in range(0, seconds, 5)]
    states: Counter[str] = Counter()
    for _, kind, store in sorted(events, key=lambda event: event[0]):
        if kind == "read":
            states[str(snapshot.read_snapshot(StoreScope(store), None).state)] += 1
        elif kind == "fold":
            folding.fold_all()
        elif store is not None:
            place_order(store=store, items=[ItemRequest(product[store.pk], 1)], actor=None)
    report.say(f"hit ratio of the mix: {states['HIT'] / states.total():.3f} of {states.total():,} reads\n")


def a_selling_store(slug: str) -> Store:
    """Create a store with a product and a customer."""
    store = create_store(slug=slug, name=slug, currency="GBP", timezone="Europe/London", actor=None)
    Product.objects.create(store=store, name="Product", sku="P", price=Decimal(5))
    register_customer(store=store, name="Customer", actor=None)
    return store


def refreshing() -> None:
    """Print what refreshing the snapshots of some stores takes, in a process of its own: flat if each costs the same.

    What is left of the time beside the snapshots is the start of the process.
    """
    made = [f"refresh-{number}" for number in range(max(STORES))]
    report.progress(f"creating {len(made):,} stores with an order each")
    for slug in made:
        store = a_selling_store(slug)
        place_order(store=store, items=[ItemRequest(Product.objects.get(store=store).pk, 1)], actor=None)
    folding.fold_all()
    rows = []
    for count in STORES:
        began = time.perf_counter()
        command = [sys.executable, "manage.py", "refresh_dashboard_cache", "--tenant", *made[:count]]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        each, peak = [], 0.0
        for line in process.stdout:
            each.append(float(line.split()[-2]))
            peak = report.peak_megabytes(process.pid)
        assert process.wait() == 0, process.returncode
        seconds = time.perf_counter() - began
        assert len(each) == count, each
        rows.append((f"{count:,} stores", seconds, seconds - sum(each) / 1000, peak, sum(each) / count))
    report.table(("refresh_dashboard_cache", "seconds", "of them start", "peak MB", "ms a store"), rows)
    flat = float(rows[-1][-1]) / float(rows[0][-1])
    report.result("snapshot", f"refresh, ms a store, {max(STORES):,} stores ÷ {min(STORES):,}", flat)


def uncached() -> None:
    """Print the time of one computation of a store's snapshot, and of that of all stores, with many orders."""
    store = load.order_book(ORDERS)
    rows = []
    with mock.patch.object(snapshot, "_save"):
        for name, scope in (("one store", StoreScope(store)), (f"all {Store.objects.count():,} stores", ALL_STORES)):
            times = [report.seconds_of(partial(snapshot._compute, scope, None, cache.TTL)) for _ in range(REPEATS)]
            seconds = times[5:]
            rows.append((name, report.percentile(seconds, 0.5) * 1000, report.percentile(seconds, 0.99) * 1000))
    report.table((f"uncached, {ORDERS:,} orders", "p50 ms", "p99 ms"), rows)
