"""`manage.py import_orders`: bring a store's orders along from Shopify."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from customers.actions import create_store
from customers.models import Store
from dealport.kit.errors import Conflict
from dealport.kit.surface import IMPORT, surface
from orders.importing import ImportRefused, import_orders
from orders.importing.progress import Progress


class Command(BaseCommand):
    """All of the file or nothing of it, unless --skip-invalid; prints a receipt."""

    help = "Import Shopify's orders export (CSV, also .gz) into a store: all of it, or nothing if a row is wrong."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="the export, .csv or .csv.gz")
        parser.add_argument("--store", required=True, metavar="SLUG", help="the store the orders belong to")
        parser.add_argument("--create-store", action="store_true", help="make the store if it is not there")
        parser.add_argument("--timezone", metavar="ZONE", help="its time zone, such as Europe/London")
        parser.add_argument("--currency", metavar="CODE", help="its currency, such as GBP")
        parser.add_argument("--name", metavar="NAME", help="name of a store that is made (default: its slug)")
        parser.add_argument(
            "--skip-invalid",
            action="store_true",
            help="leave out the orders with something wrong and write their rows to FILE.refused.csv",
        )
        parser.add_argument("--refused", type=Path, metavar="FILE", help="write the refused rows here instead")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"there is no file {path}")
        if options["refused"] and not options["skip_invalid"]:
            raise CommandError("--refused goes with --skip-invalid")
        refused = options["refused"] or path.with_name(f"{path.name}.refused.csv")
        if refused.resolve() == path.resolve():
            raise CommandError("--refused must be another file than the import")
        progress = Progress(sys.stderr)
        try:
            with surface(IMPORT), transaction.atomic():
                receipt = import_orders(
                    path,
                    the_store(options),
                    refused_path=refused if options["skip_invalid"] else None,
                    progress=progress,
                )
        except (ImportRefused, Conflict, OSError) as error:
            raise CommandError(str(error)) from error
        finally:
            progress.close()
        self.stdout.write(str(receipt))


def the_store(options: dict[str, Any]) -> Store:
    """Return the named store, made if that was asked for. Raises CommandError when the options do not fit it."""
    slug, zone, currency = options["store"], options["timezone"], options["currency"]
    store = Store.objects.filter(slug=slug).first()
    if store is None:
        if not options["create_store"]:
            raise CommandError(f"there is no store {slug}; --create-store makes it")
        if not (zone and currency):
            raise CommandError("--create-store needs --timezone and --currency")
        try:
            return create_store(slug=slug, name=options["name"] or slug, currency=currency, timezone=zone, actor=None)
        except ValidationError as error:
            raise CommandError(
                "; ".join(f"{field}: {' '.join(texts)}" for field, texts in error.message_dict.items())
            ) from error
    for option, given, kept in (("timezone", zone, store.timezone), ("currency", currency, store.currency)):
        if given and given != kept:
            raise CommandError(f"--{option}: store {slug} has {kept}, not {given}")
    return store
