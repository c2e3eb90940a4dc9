"""Importing a file: one pass, one transaction, all or nothing unless told to skip what is wrong."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.utils import timezone

from customers.models import Customer, Store
from orders.bulk import OrderWriter
from orders.importing.catalogue import ProductBook
from orders.importing.columns import Layout
from orders.importing.problems import LISTED, ImportRefused, Problem
from orders.importing.progress import Progress
from orders.importing.receipts import Receipt
from orders.importing.records import Record, RecordReader
from orders.importing.refused import RefusedFile
from orders.importing.shopify import FileContext, ParsedOrder, group, read_order
from orders.models import Coupon, Order

BATCH_LINES = 5_000
# A long run of refused rows asks the database nothing, and PostgreSQL ends a transaction that does not for a minute.
SIGN_OF_LIFE_SECONDS = 20.0

# A customer counts from the first order the file has of them; Shopify writes the newest order first.
DATE_CUSTOMERS = """
UPDATE customers_customer c SET created_at = o.first, email_confirmed_at = o.first
FROM (SELECT customer_id, min(placed_at) AS first FROM orders_order
      WHERE store_id = %s AND customer_id = ANY(%s) GROUP BY customer_id) AS o
WHERE c.id = o.customer_id AND c.created_at <> o.first
"""


@transaction.atomic
def import_orders(
    path: Path, store: Store, *, refused_path: Path | None = None, progress: Progress | None = None
) -> Receipt:
    """Import Shopify's orders export (CSV, also gzipped) into a store, in one transaction.

    Without `refused_path` nothing is imported if anything is wrong with the file, and ImportRefused lists it. With
    it the orders with something wrong are left out, and their rows written there unchanged with the reason added;
    a file that cannot be read to its end is refused all the same. Orders whose name the store has already are
    skipped and counted. A second import into the same store waits for the first.
    """
    began = time.monotonic()
    Store.objects.select_for_update(no_key=True).get(pk=store.pk)
    with RecordReader(path) as reader, RefusedFile(refused_path) as refused:
        records = iter(reader)
        layout = read_header(reader, records, refused)
        context = FileContext(layout, store.currency, timezone.now())
        problems, alive_at = ProblemList(path.name), began
        with OrderWriter(store) as writer:
            load = Load(store, writer)
            for rows in group(layout, records):
                parsed, found = read_order(context, rows)
                if found:
                    problems.add(found)
                    refused.write(rows, found)
                if parsed is not None and (refused_path or not problems.count):
                    load.add(parsed)
                if progress:
                    progress.update(reader)
                if time.monotonic() - alive_at > SIGN_OF_LIFE_SECONDS:
                    connection.cursor().execute("SELECT 1")
                    alive_at = time.monotonic()
            if problems.count and not refused_path:
                raise problems.refusal()
            load.finish()
    receipt = load.receipt
    receipt.orders, receipt.lines, receipt.refused = writer.orders, writer.lines, refused.orders
    receipt.refused_file = str(refused_path) if refused.orders else ""
    receipt.seconds = time.monotonic() - began
    return receipt


class ProblemList:
    """The first problems of a file, and how many there are."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.first: list[Problem] = []
        self.count = 0

    def add(self, problems: list[Problem]) -> None:
        """Take the problems of one order."""
        self.first += problems[: LISTED - len(self.first)]
        self.count += len(problems)

    def refusal(self) -> ImportRefused:
        """Return the error that lists them."""
        return ImportRefused(self.file, self.first, self.count)


def read_header(reader: RecordReader, records: Iterator[Record], refused: RefusedFile) -> Layout:
    """Return where the columns are. Raises ImportRefused when it is no orders export."""
    path, header = reader.path, next(records, None)
    if header is None:
        raise ImportRefused(path.name, [Problem(1, "", "an empty file", "a Shopify orders export")])
    if header.fault:
        raise ImportRefused(path.name, [header.fault])
    layout = Layout(header.fields)
    if layout.missing or layout.doubled:
        what = f"no column {', '.join(layout.missing)}" if layout.missing else f"twice {', '.join(layout.doubled)}"
        expected = "the columns of a Shopify orders export, separated by commas, semicolons or tabs, each once"
        raise ImportRefused(path.name, [Problem(header.line, "", what, expected)])
    refused.begin(header, reader.separator)
    return layout


class Load:
    """Looks up customers, products and coupons batch by batch and hands the orders to the writer."""

    def __init__(self, store: Store, writer: OrderWriter) -> None:
        self.store, self.writer = store, writer
        self.receipt = Receipt(store.slug, store.currency)
        self.products = ProductBook(store)
        self._coupons = {
            code.upper(): pk
            for pk, code in Coupon.objects.filter(store=store, deleted_at=None).values_list("pk", "code")
        }
        self._new_customers: list[int] = []
        self._batch: list[ParsedOrder] = []
        self._waiting_lines = 0

    def add(self, parsed: ParsedOrder) -> None:
        """Take an order; it is written with its batch."""
        self._batch.append(parsed)
        self._waiting_lines += len(parsed.order.items)
        if self._waiting_lines >= BATCH_LINES:
            self._write()

    def finish(self) -> None:
        """Write the last batch, date the new customers and name the new products by their newest order."""
        self._write()
        self.writer.flush()
        with connection.cursor() as cursor:
            cursor.execute(DATE_CUSTOMERS, [self.store.pk, self._new_customers])
        self.products.finish()
        self.receipt.customers = len(self._new_customers)
        self.receipt.products = self.products.created

    def _write(self) -> None:
        batch = self._without_repeated()
        customers = self._customers(batch)
        self.products.look_up([parsed.order for parsed in batch])
        for parsed in batch:
            order = parsed.order
            order.customer_id = customers[parsed.email] if parsed.email else None
            order.coupon_id = self._coupons.get(order.coupon_code.upper()) if order.coupon_code else None
            life = self.writer.add(order)
            self.receipt.guests += not parsed.email
            self.receipt.total += life.total
            self.receipt.sales += life.sales
        self._batch, self._waiting_lines = [], 0

    def _without_repeated(self) -> list[ParsedOrder]:
        """Return the orders of the batch that the store does not have, each name once."""
        self.writer.flush()
        names = [parsed.order.number for parsed in self._batch]
        taken = set(Order.objects.filter(store=self.store, number__in=names).values_list("number", flat=True))
        fresh = []
        for parsed in self._batch:
            if parsed.order.number not in taken:
                taken.add(str(parsed.order.number))
                fresh.append(parsed)
        self.receipt.repeated += len(self._batch) - len(fresh)
        return fresh

    def _customers(self, batch: list[ParsedOrder]) -> dict[str, int]:
        """Return customer ids by email; the missing ones are created, confirmed when they first ordered.

        A store they come from has delivered to that address, so their email counts as confirmed.
        """
        firsts: dict[str, ParsedOrder] = {}
        for parsed in batch:
            first = firsts.setdefault(parsed.email, parsed)
            if parsed.order.placed_at < first.order.placed_at:
                firsts[parsed.email] = parsed
        firsts.pop("", None)
        known = Customer.objects.present().filter(store=self.store)
        ids = _by_email(known, list(firsts))
        created = self.writer.add_customers(
            [
                Customer(
                    store=self.store,
                    email=email,
                    name=parsed.customer_name,
                    phone=parsed.phone,
                    created_at=parsed.order.placed_at,
                    email_confirmed_at=parsed.order.placed_at,
                )
                for email, parsed in firsts.items()
                if email not in ids
            ]
        )
        self._new_customers += [customer.pk for customer in created]
        return ids | {customer.email: customer.pk for customer in created}


def _by_email(customers: QuerySet[Customer], emails: list[str]) -> dict[str, int]:
    """Return ids by lower-case email (index customers_customer_email_once_per_store)."""
    found = customers.annotate(lower=Lower("email")).filter(lower__in=emails).values_list("lower", "pk")
    return dict(found)
