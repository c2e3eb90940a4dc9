"""`manage.py verify_metrics`: compare the figures with the orders."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from customers.models import Store
from dashboard.metrics.verification import verify_store
from dealport.kit.dates import day_argument
from dealport.kit.money import in_currency


def add_range(parser: CommandParser) -> None:
    """Add --store, --from and --to."""
    parser.add_argument("--store", action="append", metavar="SLUG", help="a store (may be given again); default: all")
    parser.add_argument("--from", dest="first", type=day_argument, metavar="DATE", help="first local day")
    parser.add_argument("--to", dest="last", type=day_argument, metavar="DATE", help="last local day")


def chosen_stores(slugs: list[str] | None) -> list[Store]:
    """Return the named stores, or all. Raises CommandError for an unknown slug."""
    stores = list(Store.objects.filter(slug__in=slugs) if slugs else Store.objects.all())
    missing = set(slugs or []) - {store.slug for store in stores}
    if missing:
        raise CommandError(f"no such store: {', '.join(sorted(missing))}")
    return stores


class Command(BaseCommand):
    """Exit 0 if every figure equals the orders (or was repaired), 1 if any differs."""

    help = "Compare every figure with the orders it is made of; --repair corrects the wrong buckets, only those."

    def add_arguments(self, parser: CommandParser) -> None:
        add_range(parser)
        parser.add_argument("--repair", action="store_true", help="bring the wrong buckets in line with the orders")

    def handle(self, *args: object, **options: Any) -> None:
        wrong = 0
        failed = []
        for store in chosen_stores(options["store"]):
            try:
                result = verify_store(store, options["first"], options["last"], repair=options["repair"])
            except Exception as error:  # one store's failure must not keep the others from being checked
                failed.append(store.slug)
                self.stderr.write(f"{store.slug}: not checked: {error}")
                continue
            repaired = ", repaired" if result.is_repaired else ""
            self.stdout.write(
                f"{store.slug}: {result.wrong_buckets} wrong buckets, "
                f"difference {in_currency(result.difference, store.currency)} {store.currency}{repaired}"
            )
            for bucket in result.details:
                self.stdout.write(f"  {bucket}")
            wrong += 0 if result.is_repaired else result.wrong_buckets
        if failed:
            raise CommandError(f"these stores could not be checked: {', '.join(failed)}")
        if wrong:
            raise CommandError(f"{wrong} buckets differ from the orders; --repair corrects them")
