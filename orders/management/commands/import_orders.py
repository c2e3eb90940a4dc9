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
from dealport.kit.values import FieldValues
from orders.importing import ImportRefused, import_orders
from orders.importing.columns import Reading
from orders.importing.formats import column_names
from orders.importing.loading import ImportOptions
from orders.importing.progress import Progress
from orders.importing.refused import refused_suffix


class Command(BaseCommand):
    """All of the file or nothing of it, unless --skip-invalid; prints a receipt."""

    help = "Import orders from a file (CSV, XLSX or JSON, also zipped): all of it, or nothing if a row is wrong."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="the export")
        parser.add_argument("more", type=Path, nargs="*", metavar="MORE", help="refunds or transactions of its orders")
        parser.add_argument("--store", required=True, metavar="SLUG", help="the store the orders belong to")
        parser.add_argument("--create-store", action="store_true", help="make the store if it is not there")
        parser.add_argument("--timezone", metavar="ZONE", help="its time zone, such as Europe/London")
        parser.add_argument("--currency", metavar="CODE", help="its currency, such as GBP")
        parser.add_argument("--name", metavar="NAME", help="name of a store that is made (default: its slug)")
        parser.add_argument("--dry-run", action="store_true", help="print the receipt and import nothing")
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="COLUMN=NAME",
            help='a column of the file that stands for one of Shopify\'s, such as "name=Order No"; repeatable',
        )
        parser.add_argument("--times", choices=["store"], help="times without an offset are in the store's time zone")
        parser.add_argument(
            "--dates", choices=["day-first", "month-first"], help="how dates such as 01/02/2026 are meant"
        )
        parser.add_argument(
            "--skip-invalid",
            action="store_true",
            help="leave out the orders with something wrong and write them to FILE.refused.csv (or .json, .jsonl)",
        )
        parser.add_argument("--refused", type=Path, metavar="FILE", help="write the refused rows here instead")

    def handle(self, *args: object, **options: Any) -> None:
        path: Path = options["file"]
        for file in (path, *options["more"]):
            if not file.is_file():
                raise CommandError(f"there is no file {file}")
        if options["refused"] and not options["skip_invalid"]:
            raise CommandError("--refused goes with --skip-invalid")
        refused = options["refused"] or path.with_name(f"{path.name}{refused_suffix(path.name)}")
        if refused.resolve() == path.resolve():
            raise CommandError("--refused must be another file than the import")
        progress = Progress(sys.stderr)
        try:
            with surface(IMPORT), transaction.atomic():
                store = the_store(options)
                receipt = import_orders(
                    path,
                    store,
                    refused_path=refused if options["skip_invalid"] else None,
                    progress=progress,
                    options=import_options(options, store),
                )
                if options["dry_run"]:
                    transaction.set_rollback(True)
        except (ImportRefused, Conflict, OSError) as error:
            raise CommandError(str(error)) from error
        finally:
            progress.close()
        self.stdout.write(str(receipt))


def import_options(options: FieldValues, store: Store) -> ImportOptions:
    """Return what the options say of the file. Raises CommandError for a mapping that is none."""
    try:
        names = column_names(options["map"])
    except ValueError as error:
        raise CommandError(
            f'--map {error}: write a column of Shopify\'s export and yours, such as --map "Name=Order No"'
        ) from error
    zone = store.zone if options["times"] or options["dates"] else None
    day_first = options["dates"] == "day-first" if options["dates"] else None
    return ImportOptions(names, Reading(zone, day_first), options["dry_run"], tuple(options["more"]))


def the_store(options: FieldValues) -> Store:
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
