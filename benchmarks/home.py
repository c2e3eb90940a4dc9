"""Home of one store over HTTP in this process, as staff of it, with 10,000 and 1,000,000 orders over two years.

Before each read what the cache holds of the store is invalidated; then with everything cached.
"""

from __future__ import annotations

from functools import partial
from statistics import median

from django.test import Client

from benchmarks import load, report
from customers.models import Membership, Store, User
from dashboard.caching import invalidation

SIZES = (10_000, 1_000_000)
ROUNDS = 30
SHORT = {"SIZES": (100, 300), "ROUNDS": 2}


def main() -> None:
    """Read Home of each size in turns; compare."""
    stores = {size: load.order_book(size) for size in SIZES}
    clients = {size: staff_of(store) for size, store in stores.items()}
    report.progress(f"{ROUNDS} × {len(SIZES)} reads of Home, uncached and cached")
    timings: dict[str, dict[int, list[float]]] = {name: {size: [] for size in SIZES} for name in ("uncached", "cached")}
    for number in range(ROUNDS + 2):
        for size, store in stores.items():
            invalidation.figures_changed([store.pk])
            for found in timings.values():
                seconds = report.seconds_of(partial(read, clients[size], store))
                if number >= 2:
                    found[size].append(seconds * 1000)
    report.table(
        ("ms", *(f"{size:,} orders" for size in SIZES)),
        [(name, *(median(found[size]) for size in SIZES)) for name, found in timings.items()],
    )
    for name, found in timings.items():
        ratio = report.paired_ratio(found[SIZES[-1]], found[SIZES[0]])
        report.result("home", f"Home, {name}, {SIZES[-1]:,} ÷ {SIZES[0]:,} orders", ratio, "≤ 1.30")


def staff_of(store: Store) -> Client:
    """Return a client that somebody is logged in with who works in the store alone."""
    email = f"home-{store.pk}@example.com"
    # another measurement may have asked for the same store, or for one of this id before the tables were emptied
    user = User.objects.filter(email=email).first()
    user = user or User.objects.create_user(email, "benchmark-1x", role=User.Role.STAFF)
    Membership.objects.get_or_create(user=user, store=store)
    client = Client(SERVER_NAME="localhost")
    client.force_login(user)
    return client


def read(client: Client, store: Store) -> None:
    """Read Home."""
    response = client.get("/home/", {"store": store.slug})
    if response.status_code != 200:
        raise RuntimeError(f"Home answered {response.status_code}")
