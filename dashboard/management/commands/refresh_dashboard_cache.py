"""`manage.py refresh_dashboard_cache`: compute the admin snapshots ahead."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rest_framework.exceptions import ValidationError

from customers.models import Store
from dashboard.answers.snapshot import find_stores, read_snapshot, read_snapshots, scopes_to_refresh
from dashboard.caching import cache

AT_ONCE = 50
Scope = tuple[int, str, Store | None]
"""The number of a snapshot among those to compute, what it is called, and its store (None: all)."""


def positive(text: str) -> int:
    """Return a whole number above zero. Raises ValueError."""
    number = int(text)
    if number <= 0:
        raise ValueError("must be above zero")
    return number


class Command(BaseCommand):
    """Exit 0 if every snapshot was computed, 1 if any failed; the others are done all the same.

    Stores are computed AT_ONCE in one pass; where that fails, one by one, so that the one that fails stands alone.
    """

    help = "Compute and keep the admin snapshots: of all stores together and of every store that has customers."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--tenant", action="append", nargs="+", metavar="ID|SLUG", help="a store (may be given again); default: all"
        )
        parser.add_argument("--from", dest="first", type=date.fromisoformat, metavar="DATE", help="first local day")
        lifetime = parser.add_mutually_exclusive_group()
        lifetime.add_argument("--ttl", type=positive, metavar="SECONDS", help="how long they may be served")
        lifetime.add_argument("--ttl-ms", type=positive, metavar="MS", help="the same in milliseconds")

    def handle(self, *args: Any, **options: Any) -> None:
        self.first, self.ttl = options["first"], cache.TTL
        if options["ttl"] or options["ttl_ms"]:
            self.ttl = timedelta(seconds=options["ttl"] or 0, milliseconds=options["ttl_ms"] or 0)
        keys = list([key for keys in options["tenant"] or [] for key in keys] or scopes_to_refresh())
        self.count = len(keys)
        scopes = self._find(keys)
        together, stores = [scope for scope in scopes if not scope[2]], [scope for scope in scopes if scope[2]]
        batches = [together] + [stores[begin : begin + AT_ONCE] for begin in range(0, len(stores), AT_ONCE)]
        done = sum(self._refresh(batch) for batch in batches if batch)
        if done < self.count:
            raise CommandError(f"{self.count - done} of {self.count} snapshots could not be computed")

    def _find(self, keys: Sequence[Store | str | None]) -> list[Scope]:
        """Return the scopes meant; say of those that do not exist that they do not."""
        stores = find_stores([key for key in keys if isinstance(key, str)])
        found: list[Scope] = []
        for number, key in enumerate(keys, 1):
            if key is None:
                found.append((number, "all stores", None))
            elif isinstance(key, Store):
                found.append((number, key.slug, key))
            elif key in stores:
                found.append((number, key, stores[key]))
            else:
                self.stderr.write(f"[{number}/{self.count}] {key}: no such store")
        return found

    def _refresh(self, batch: Sequence[Scope]) -> int:
        """Compute some snapshots and print their lines; return how many could be computed."""
        began = time.perf_counter()
        try:
            answers = self._read([store for _, _, store in batch])
        except Exception as error:  # one snapshot that fails, for whatever reason, must not cost the others
            if len(batch) > 1:
                return sum(self._refresh([scope]) for scope in batch)
            reason = error.detail if isinstance(error, ValidationError) else f"{error.__class__.__name__}: {error}"
            self.stderr.write(f"[{batch[0][0]}/{self.count}] {batch[0][1]}: {reason}")
            return 0
        each = (time.perf_counter() - began) * 1000 / len(batch)
        for (number, name, _), answer in zip(batch, answers, strict=True):
            found = answer.data()
            self.stdout.write(
                f"[{number}/{self.count}] {name}: {found['totalOrders']} orders from {found['from']}, "
                f"valid until {found['expiresAt']}, {each:.1f} ms"
            )
        return len(batch)

    def _read(self, stores: Sequence[Store | None]) -> list[cache.Answer]:
        """Compute the snapshots of some stores in one pass, or of all stores together."""
        named = [store for store in stores if store]
        if not named:
            return [read_snapshot(None, self.first, refresh=True, ttl=self.ttl)]
        answers = read_snapshots(named, self.first, refresh=True, ttl=self.ttl)
        return [answers[store.pk] for store in named]
