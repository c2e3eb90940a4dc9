"""Importing a file: one pass, one transaction, all or nothing unless told to skip what is wrong."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

from django.db import OperationalError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext
from psycopg.errors import DeadlockDetected, LockNotAvailable

from customers.models import Store
from dealport.kit.errors import Busy, Conflict
from dealport.kit.texts import lazy_text as _
from orders.bulk import OrderWriter
from orders.importing.amounts import Stated, summed
from orders.importing.columns import CURRENCY, Layout, Reading, parse_amount
from orders.importing.documents import Unreadable, document_orders, load
from orders.importing.formats import CsvFormat, detect
from orders.importing.problems import LISTED, ImportRefused, Problem
from orders.importing.progress import Progress
from orders.importing.receipts import Receipt, amounts_text
from orders.importing.records import Record, RecordReader
from orders.importing.refused import RefusedDocuments, RefusedFile
from orders.importing.rows import OrderRows, group, value_of
from orders.importing.shopify import FileContext, read_order
from orders.pricing import ZERO
from orders.sources.loading import SourceLoader
from orders.sources.single import lock_out_single_orders

SOURCE = "import"
AS_WRITTEN = Reading()
# A long run of refused rows asks the database nothing, and PostgreSQL ends a transaction that does not for a minute.
SIGN_OF_LIFE_SECONDS = 20.0
ATTEMPTS = 3


@dataclass(frozen=True)
class ImportOptions:
    """What the file does not say itself: which of its columns stands for which, and how its times are meant."""

    names: dict[str, str] = field(default_factory=dict)
    reading: Reading = AS_WRITTEN
    is_dry_run: bool = False
    more: tuple[Path, ...] = ()


class DryRun(Exception):
    """Ends the transaction of an import that was only to be tried."""


class ImportWaited(Busy):
    """Somebody else kept what the import must change for longer than `lock_timeout`; nothing was imported."""

    default_detail = _(
        "Another import or a long transaction has been changing this store for too long. Nothing was imported. "
        "Try again when it has ended."
    )


def import_orders(
    path: Path,
    store: Store,
    *,
    refused_path: Path | None = None,
    progress: Progress | None = None,
    options: ImportOptions | None = None,
) -> Receipt:
    """Import a file of orders into a store, in one transaction; a dry run leaves nothing behind.

    Without `refused_path` nothing is imported if anything is wrong with the file, and ImportRefused lists it. With
    it the orders with something wrong are left out, and their rows written there unchanged with the reason added;
    a file that cannot be read to its end is refused all the same. Orders the store has already are brought to the
    state of the file unless that is older. A second import into the same store waits for the first; one that is ended
    by a deadlock begins anew. Raises Conflict when the store is closed, ImportWaited or the dashboard's FoldLockTaken
    when it waited for too long.
    """
    for attempt in range(1, ATTEMPTS + 1):
        run = ImportRun(path, store, refused_path, progress, options or ImportOptions())
        try:
            _run(run)
            break
        except OperationalError as error:
            if isinstance(error.__cause__, LockNotAvailable):
                raise ImportWaited from error
            if attempt == ATTEMPTS or not isinstance(error.__cause__, DeadlockDetected):
                raise
    return run.receipt


def _run(run: ImportRun) -> None:
    """Import in a transaction of its own. PostgreSQL ends it when somebody who sells has what it needs and waits for
    it in turn: a file locks many orders and customers, and cannot in everybody's order.
    """
    try:
        with transaction.atomic():
            run.run()
            if run.options.is_dry_run:
                raise DryRun
    except DryRun:
        pass


class ImportRun:
    """One import: reads, loads, and says what became of it."""

    def __init__(
        self, path: Path, store: Store, refused_path: Path | None, progress: Progress | None, options: ImportOptions
    ) -> None:
        self.path, self.store, self.options, self.progress = path, store, options, progress
        self.refused_path = refused_path
        self.receipt = Receipt(store.slug, store.currency, is_dry_run=options.is_dry_run)
        self.problems = ProblemList(path.name, store.currency)
        self._alive_at = time.monotonic()

    def run(self) -> None:
        """Read and load the file."""
        began = time.monotonic()
        locked = Store.objects.select_for_update(no_key=True).get(pk=self.store.pk)
        if not locked.is_active:
            raise Conflict(gettext("This store is closed. Open it before importing orders."))
        lock_out_single_orders(self.store)
        with RecordReader(self.path) as reader, OrderWriter(self.store) as writer:
            loader = SourceLoader(self.store, writer, timezone.now(), SOURCE)
            if not reader.file.is_workbook and reader.begins_with("{["):
                with RefusedDocuments(None if self.options.is_dry_run else self.refused_path) as left_out:
                    self._load_documents(reader, loader, left_out)
            else:
                if self.options.more:
                    expected = gettext("one table at a time; several files are read together only as JSON")
                    raise reader.file.refuse(self.options.more[0].name, expected)
                with RefusedFile(None if self.options.is_dry_run else self.refused_path) as refused:
                    self._load_rows(reader, loader, refused)
            if self.problems.count and not self.refused_path:
                raise self.problems.refusal()
            loader.finish()
        self._fill(loader, writer)
        self.receipt.seconds = time.monotonic() - began

    def _load_documents(self, reader: RecordReader, loader: SourceLoader, left_out: RefusedDocuments) -> None:
        context = FileContext(Layout([]), self.store.currency, loader.now, self.options.reading)
        found = document_orders(reader, context, [load(path) for path in self.options.more])
        self.receipt.format, self.receipt.notes = found.name, found.notes
        for order in found.orders:
            if isinstance(order, Unreadable):
                self.problems.add([order.problem], order.currency, order.amount)
                left_out.write(order.content, str(order.problem))
            elif self.refused_path or not self.problems.count:
                loader.add(order)
            self._signal(reader)
        self.receipt.refused_file = str(left_out.path or "") if left_out.orders else ""

    def _load_rows(self, reader: RecordReader, loader: SourceLoader, refused: RefusedFile) -> None:
        records = iter(reader)
        header = read_header(reader, records, refused)
        found = detect(self.path.name, header, self.options.names, self.options.reading.words)
        layout = found.layout
        reading = replace(self.options.reading, decimal_comma=reader.decimal_mark == ",")
        if found.uses_store_zone and reading.zone is None:
            reading = replace(reading, zone=self.store.zone)
        context = FileContext(layout, self.store.currency, loader.now, reading, found.source, found.is_summed)
        self.receipt.format, self.receipt.notes = found.label, list(found.notes)
        for rows in group(layout, self._translated(found, records, context)):
            order, problems = read_order(context, rows)
            if problems:
                self.problems.add(problems, *stated_total(context, rows))
                refused.write(rows, problems)
            if order is not None and (self.refused_path or not self.problems.count):
                loader.add(order)
            self._signal(reader)
        self._refuse_checkouts(context)
        self.receipt.refused_file = str(self.refused_path) if refused.orders and refused.path else ""
        if context.mangled:
            note = gettext(
                "{count} SKUs or Ids were rounded by a spreadsheet and are not used: these products are "
                "known by their names. Import the original file, or open it with these columns as text."
            )
            self.receipt.notes.append(note.format(count=context.mangled))

    def _refuse_checkouts(self, context: FileContext) -> None:
        """Raise ImportRefused when no order has a Financial Status: checkouts that were left are no orders."""
        if context.checkouts and context.checkouts == context.orders:
            what = gettext("{count} abandoned checkouts, not orders").format(count=f"{context.checkouts:,}")
            expected = gettext("Shopify's orders export: Orders → Export")
            raise ImportRefused(self.path.name, [Problem(1, "", what, expected)])

    def _translated(self, found: CsvFormat, records: Iterator[Record], context: FileContext) -> Iterator[Record]:
        return records if found.translate is None else found.translated(records, context)

    def _signal(self, reader: RecordReader) -> None:
        """Show how far it is, and keep the transaction alive."""
        if self.progress:
            self.progress.update(reader)
        if time.monotonic() - self._alive_at > SIGN_OF_LIFE_SECONDS:
            connection.cursor().execute("SELECT 1")
            self._alive_at = time.monotonic()

    def _fill(self, loader: SourceLoader, writer: OrderWriter) -> None:
        receipt = self.receipt
        receipt.outcomes = loader.outcomes
        receipt.orders, receipt.lines = writer.orders, writer.lines
        receipt.customers, receipt.products = len(loader.customers.created), loader.products.created
        receipt.refused, receipt.refused_amounts = self.problems.orders, self.problems.amounts
        receipt.problems = self.problems.first


def stated_total(context: FileContext, rows: OrderRows) -> tuple[str, Decimal]:
    """Return the currency and the Total of an order that cannot be read, as far as it can be.

    Of a table without totals it is what they would be: items less discounts, shipping and taxes.
    """
    first, *_rest = rows.records

    def read(record: Record, column: str) -> Decimal:
        text = value_of(context.layout, record, column)
        if context.reading.decimal_comma and "." not in text:
            text = text.replace(",", ".", 1)
        return parse_amount(text) or ZERO

    currency = value_of(context.layout, first, "Currency").upper()
    total = read(first, "Total")
    if context.is_summed:
        stated = Stated(
            subtotal=ZERO,
            discount=read(first, "Discount Amount"),
            shipping=read(first, "Shipping"),
            taxes=read(first, "Taxes"),
            duties=read(first, "Duties"),
            total=ZERO,
            tip=ZERO,
            outstanding=ZERO,
            currency=context.currency,
        )
        lines = [
            (read(row, "Lineitem price") * read(row, "Lineitem quantity"), read(row, "Lineitem discount"))
            for row in rows.records
        ]
        total = summed(stated, lines).total
    return (currency if CURRENCY.fullmatch(currency) else context.currency), total


class ProblemList:
    """The first problems of a file, how many there are, and how many orders and how much money they leave out."""

    def __init__(self, file: str, currency: str) -> None:
        self.file = file
        self.first: list[Problem] = []
        self.count = self.orders = 0
        self.amounts = {currency: ZERO}

    def add(self, problems: list[Problem], currency: str, amount: Decimal) -> None:
        """Take the problems of one order, and its total in its own currency."""
        self.first += problems[: LISTED - len(self.first)]
        self.count += len(problems)
        self.orders += 1
        self.amounts[currency] = self.amounts.get(currency, ZERO) + amount

    def refusal(self) -> ImportRefused:
        """Return the error that lists them."""
        orders = "1 order" if self.orders == 1 else f"{self.orders:,} orders"
        left_out = f"With --skip-invalid {orders} would be left out, {amounts_text(self.amounts)} in all."
        return ImportRefused(self.file, self.first, self.count, left_out)


def read_header(reader: RecordReader, records: Iterator[Record], refused: RefusedFile) -> Record:
    """Return the header. Raises ImportRefused when there is none."""
    header = next(records, None)
    if header is None:
        raise ImportRefused(
            reader.path.name, [Problem(1, "", gettext("an empty file"), gettext("a Shopify orders export"))]
        )
    if header.fault:
        raise ImportRefused(reader.path.name, [header.fault])
    refused.begin(header, reader.separator)
    return header
