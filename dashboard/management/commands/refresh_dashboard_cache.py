"""`manage.py refresh_dashboard_cache`: compute the admin snapshots ahead."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from customers.scopes import StoreScope
from dashboard.answers.refreshing import Refreshed, refresh
from dashboard.answers.snapshot import find_stores, scopes_to_refresh
from dashboard.caching import cache
from dealport.kit.dates import day_argument


def positive(text: str) -> int:
    """Return a whole number above zero. Raises ValueError."""
    number = int(text)
    if number <= 0:
        raise ValueError("must be above zero")
    return number


class Command(BaseCommand):
    """Exit 0 if every snapshot was computed, 1 if any failed; the others are done all the same."""

    help = "Compute and keep the admin snapshots: of all stores together and of every store that has customers."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--tenant", action="append", nargs="+", metavar="ID|SLUG", help="a store (may be given again); default: all"
        )
        parser.add_argument("--from", dest="first", type=day_argument, metavar="DATE", help="first local day")
        lifetime = parser.add_mutually_exclusive_group()
        lifetime.add_argument("--ttl", type=positive, metavar="SECONDS", help="how long they may be served")
        lifetime.add_argument("--ttl-ms", type=positive, metavar="MS", help="the same in milliseconds")

    def handle(self, *args: object, **options: Any) -> None:
        ttl = cache.TTL
        if options["ttl"] or options["ttl_ms"]:
            ttl = timedelta(seconds=options["ttl"] or 0, milliseconds=options["ttl_ms"] or 0)
        keys = [key for keys in options["tenant"] or [] for key in keys]
        scopes = self._find(keys) if keys else scopes_to_refresh()
        self.count, self.number = len(keys or scopes), len(keys or scopes) - len(scopes)
        done = sum(self._say(refreshed) for refreshed in refresh(scopes, options["first"], ttl=ttl))
        if done < self.count:
            raise CommandError(f"{self.count - done} of {self.count} snapshots could not be computed")

    def _find(self, keys: Sequence[str]) -> list[StoreScope]:
        """Return the stores named; say of those that do not exist that they do not."""
        stores = find_stores(keys)
        missing = [key for key in keys if key not in stores]
        for number, key in enumerate(missing, 1):
            self.stderr.write(f"[{number}/{len(keys)}] {key}: no such store")
        return [StoreScope(stores[key]) for key in keys if key in stores]

    def _say(self, refreshed: Refreshed) -> bool:
        """Print the line of one snapshot; return whether it could be computed."""
        self.number += 1
        name = f"[{self.number}/{self.count}] {refreshed.scope.slug or 'all stores'}"
        if refreshed.answer is None:
            self.stderr.write(f"{name}: {refreshed.reason}")
            return False
        data = refreshed.answer.data()
        self.stdout.write(
            f"{name}: {data['totalOrders']} orders from {data['from']}, "
            f"valid until {data['expiresAt']}, {refreshed.milliseconds:.1f} ms"
        )
        return True
