"""`manage.py seed_demo`: fill an empty database with a real store and two invented ones."""

from __future__ import annotations

import sys
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from customers.models import Store
from orders.demo.clearing import clear
from orders.demo.progress import Progress
from orders.demo.seeding import LEAST_ORDERS, seed

DEFAULT_ORDERS = 18_000
DEFAULT_SEED = 1


class Command(BaseCommand):
    """All or nothing: a run that fails leaves the database as it was."""

    help = "Fill an empty database with demo stores, customers, orders and accounts. Works in demo mode alone."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--if-empty", action="store_true", help="do nothing, and say so, if there is any store")
        parser.add_argument(
            "--clear", action="store_true", help="delete everything first, accounts and history too, then fill anew"
        )
        parser.add_argument(
            "--orders",
            type=int,
            default=DEFAULT_ORDERS,
            metavar="N",
            help=f"orders of the two invented stores together (default {DEFAULT_ORDERS:,}, at least {LEAST_ORDERS})",
        )
        parser.add_argument(
            "--seed", type=int, default=DEFAULT_SEED, metavar="S", help="another seed invents other data"
        )

    def handle(self, *args: object, **options: Any) -> None:
        if not settings.DEALPORT_DEMO:
            raise CommandError("seed_demo works in demo mode alone: set DEALPORT_DEMO=1, never in production.")
        if options["orders"] < LEAST_ORDERS:
            raise CommandError(f"--orders must be at least {LEAST_ORDERS}.")
        if Store.objects.exists() and not options["clear"]:
            if not options["if_empty"]:
                raise CommandError("There are stores already: add --clear to delete everything first.")
            self.stdout.write("There are stores already: no demo data added.")
            return
        began = time.monotonic()
        with transaction.atomic():
            if options["clear"]:
                clear()
            seed(orders=options["orders"], seed=options["seed"], now=timezone.now(), progress=Progress(sys.stderr))
        self.stdout.write(f"Demo data written in {time.monotonic() - began:.1f} s.")
