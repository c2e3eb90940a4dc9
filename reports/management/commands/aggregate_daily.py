"""`manage.py aggregate_daily`: recalculate the daily metrics of some days, or compare them with the figures."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from customers.models import Store
from customers.scopes import ALL_STORES, StoreScope
from dashboard.management.commands.verify_metrics import chosen_stores
from dealport.kit.dates import day_argument
from dealport.kit.day_range import DayRange
from reports.daily.aggregation import CHUNK_DAYS, Difference, aggregate, aggregate_due, differences


class Command(BaseCommand):
    """Without days: what is missing, as every night; compared are the last 31. Days that are not over are left out."""

    help = (
        "Write daily_metrics of some days anew; --check compares the rows with the figures and exits 1 if any differ."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--date", dest="day", type=day_argument, metavar="DATE", help="one local day")
        parser.add_argument("--from", dest="first", type=day_argument, metavar="DATE", help="first local day")
        parser.add_argument("--to", dest="last", type=day_argument, metavar="DATE", help="last local day")
        parser.add_argument("--store", metavar="SLUG", help="a store; default: all")
        parser.add_argument("--check", action="store_true", help="write nothing, report every difference")

    def handle(self, *args: object, **options: Any) -> None:
        days = _days(options["day"], options["first"], options["last"])
        scope = StoreScope(chosen_stores([options["store"]])[0]) if options["store"] else ALL_STORES
        if options["check"]:
            self._check(days or _latest_days(), scope)
            return
        if days is None and scope.store:
            raise CommandError("--store needs --date or --from")
        written = aggregate(days, scope, self._progress) if days else aggregate_due()
        self.stdout.write(f"{written} rows written")

    def _progress(self, days: DayRange, rows: int) -> None:
        self.stdout.write(f"{days.first} to {days.last}: {rows} rows")

    def _check(self, days: DayRange, scope: StoreScope) -> None:
        slugs = dict(Store.objects.values_list("pk", "slug"))
        found = 0
        for difference in differences(days, scope):
            found += 1
            self.stdout.write(_line(difference, slugs))
        if found:
            raise CommandError(f"{found} differences; aggregating these days again corrects them")
        self.stdout.write("every row equals the figures")


def _days(day: date | None, first: date | None, last: date | None) -> DayRange | None:
    """Return the days meant, if any are named. Raises CommandError for what contradicts itself."""
    if day and (first or last):
        raise CommandError("--date does not go with --from or --to")
    if last and not first:
        raise CommandError("--to needs --from")
    begin = day or first
    if begin is None:
        return None
    end = day or last or _latest_days().last
    if end < begin:
        raise CommandError("--to must not be before --from")
    return DayRange(begin, end)


def _latest_days() -> DayRange:
    """Return the last CHUNK_DAYS days that are over somewhere."""
    latest = (timezone.now() + timedelta(hours=14)).date() - timedelta(days=1)
    return DayRange.until(latest, CHUNK_DAYS - 1)


def _line(difference: Difference, slugs: dict[int, str]) -> str:
    store = "all stores" if difference.store_id is None else slugs[difference.store_id]
    return (
        f"{store}, {difference.day} {difference.currency}: {difference.name} is {difference.stored}, "
        f"the figures say {difference.live}"
    )
