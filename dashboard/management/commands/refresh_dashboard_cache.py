"""`manage.py refresh_dashboard_cache`: compute the admin snapshots ahead."""

from __future__ import annotations

import time
from datetime import date, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rest_framework.exceptions import ValidationError

from customers.models import Store
from dashboard import cache
from dashboard.snapshot import find_store, refresh_dashboard_metrics_cache, scopes_to_refresh


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
        parser.add_argument("--from", dest="first", type=date.fromisoformat, metavar="DATE", help="first local day")
        lifetime = parser.add_mutually_exclusive_group()
        lifetime.add_argument("--ttl", type=positive, metavar="SECONDS", help="how long they may be served")
        lifetime.add_argument("--ttl-ms", type=positive, metavar="MS", help="the same in milliseconds")

    def handle(self, *args: Any, **options: Any) -> None:
        ttl = cache.TTL
        if options["ttl"] or options["ttl_ms"]:
            ttl = timedelta(seconds=options["ttl"] or 0, milliseconds=options["ttl_ms"] or 0)
        named = [key for keys in options["tenant"] or [] for key in keys]
        scopes = list(named or scopes_to_refresh())
        failed = [
            scope
            for number, scope in enumerate(scopes, 1)
            if not self._refresh(scope, options, ttl, number, len(scopes))
        ]
        if failed:
            raise CommandError(f"{len(failed)} of {len(scopes)} snapshots could not be computed")

    def _refresh(
        self, scope: Store | str | None, options: dict[str, Any], ttl: timedelta, number: int, count: int
    ) -> bool:
        """Compute one snapshot and print its line; answer whether it could be computed."""
        began = time.perf_counter()
        name = "all stores" if scope is None else getattr(scope, "slug", scope)
        try:
            store = find_store(scope)
            found = refresh_dashboard_metrics_cache(store, options["first"], ttl)
        except Store.DoesNotExist:
            self.stderr.write(f"[{number}/{count}] {name}: no such store")
        except ValidationError as error:
            self.stderr.write(f"[{number}/{count}] {name}: {error.detail}")
        except Exception as error:  # one snapshot that fails, for whatever reason, must not cost the others
            self.stderr.write(f"[{number}/{count}] {name}: {error.__class__.__name__}: {error}")
        else:
            milliseconds = (time.perf_counter() - began) * 1000
            self.stdout.write(
                f"[{number}/{count}] {name}: {found['totalOrders']} orders from {found['from']}, "
                f"valid until {found['expiresAt']}, {milliseconds:.0f} ms"
            )
            return True
        return False
