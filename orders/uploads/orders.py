"""Orders from an uploaded file: what importing it would do, and doing it. The rules are those of docs/importing.md.

Orders with something wrong are left out, as the preview says, and their rows are kept as a file of their own.
"""

from __future__ import annotations

from pathlib import Path

import structlog
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext

from dealport.kit.money import in_currency
from dealport.kit.storage import StorageAway, StorageRefused
from dealport.kit.storage import store as file_store
from dealport.kit.texts import lazy_text as _
from orders.importing import ImportRefused, Receipt, import_orders
from orders.importing.columns import Reading
from orders.importing.formats import column_names
from orders.importing.loading import ImportOptions
from orders.importing.problems import Words
from orders.importing.receipts import amounts_text
from orders.importing.refused import refused_suffix
from orders.models import Order, Upload
from orders.pricing import ZERO
from orders.sources.loading import Outcome
from orders.uploads.problems import Refused

log = structlog.get_logger(__name__)
SHOWN_ORDERS = 10
PAGE = Words(
    times=_("with “Times without an offset” when you upload it"),
    dates=_("with “Dates such as 01/02/2026” when you upload it"),
    columns=_("its columns named in “Columns, if the file is a table of your own” when you upload it"),
    mapping=_(
        "Rename them, or upload the file with {name}=your column in “Columns, if the file is a table of your own”."
    ),
    more=_("the file of the orders themselves; a connection brings the days and lines of their refunds as well"),
)
REFUSED_SUFFIX = ".refused.csv"
"""Of its key in the storage, whatever the file's kind."""
Report = dict[str, object]


def check(upload: Upload, path: Path) -> Report:
    """Return what importing the file would do, with its first new orders. Raises Refused."""
    newest = Order.objects.filter(store=upload.store_id).aggregate(newest=Max("pk"))["newest"] or 0
    with transaction.atomic():
        receipt = _import(upload, path)
        orders = _first_orders(upload, newest)
        transaction.set_rollback(True)
    return {**_report(receipt, upload), "orders": orders}


def apply(upload: Upload, path: Path) -> Report:
    """Import the file; return its receipt. Raises Refused."""
    report = {**_report(_import(upload, path), upload), "hasRefusedFile": False}
    upload.awaits_refused_file = _refused_path(path).exists()
    return report


def write_refused(upload: Upload, path: Path) -> None:
    """Write the rows that an import, which is committed, left out to a file anew. Raises Refused, Conflict."""
    with transaction.atomic():
        _import(upload, path)
        transaction.set_rollback(True)


def keep_refused(upload: Upload, path: Path) -> None:
    """Store the rows that were left out as a file and say so in the receipt.

    Called once the import is committed: no transaction waits for the storage. Where the storage is away, or the worker
    dies, the upload still awaits its file, and the sweep sends it again; until then the receipt names what is wrong
    with the rows all the same.
    """
    suffix = refused_suffix(upload.file_name)
    name, kind = f"{upload.file_name}{suffix}", "text/csv" if suffix == REFUSED_SUFFIX else "application/json"
    key = f"{upload.file_key}{REFUSED_SUFFIX}"
    try:
        file_store().put(key, _refused_path(path), file_name=name, content_type=kind, alive=lambda done: None)
    except (StorageAway, StorageRefused) as error:
        log.warning("rows that were left out are not stored yet", upload=upload.pk, reason=str(error))
        return
    receipt = {**upload.receipt, "hasRefusedFile": True}
    Upload.objects.filter(pk=upload.pk).update(receipt=receipt, awaits_refused_file=False)


def _refused_path(path: Path) -> Path:
    return path.with_name(f"{path.name}{REFUSED_SUFFIX}")


def _import(upload: Upload, path: Path) -> Receipt:
    try:
        return import_orders(path, upload.store, refused_path=_refused_path(path), options=_options(upload))
    except ImportRefused as error:
        problems = [str(problem).replace(path.name, upload.file_name) for problem in error.problems]
        text = gettext("This file cannot be imported.")
        raise Refused(" ".join([text, *problems[:1]]), problems) from error


def _options(upload: Upload) -> ImportOptions:
    """Return what the person said of the file. Raises Refused for a mapping that is none."""
    options = upload.options
    try:
        names = column_names(options.get("map") or [])
    except ValueError as error:
        text = gettext("{mapping} is no mapping: write one a line, such as name=Order No.")
        raise Refused(text.format(mapping=error)) from error
    zone = upload.store.zone if options.get("times") == "store" or options.get("dates") else None
    day_first = options["dates"] == "day-first" if options.get("dates") else None
    return ImportOptions(names, Reading(zone, day_first, words=PAGE))


def _first_orders(upload: Upload, newest: int) -> list[Report]:
    new = Order.objects.filter(store=upload.store_id, pk__gt=newest).prefetch_related("items").order_by("pk")
    return [
        {
            "number": order.number,
            "placedAt": order.placed_at.astimezone(upload.store.zone).isoformat(),
            "total": str(in_currency(order.total_amount, order.currency)),
            "status": order.get_status_display(),
            "payment": order.get_payment_status_display(),
            "lines": len(order.items.all()),
        }
        for order in new[:SHOWN_ORDERS]
    ]


def _report(receipt: Receipt, upload: Upload) -> Report:
    currency = upload.store.currency
    outcomes = receipt.outcomes
    ends = {
        "new": outcomes.new,
        "updated": outcomes.updated,
        "unchanged": outcomes.unchanged,
        "older": outcomes.older,
        "changedHere": outcomes.changed_here,
        "notApplied": outcomes.contradicting,
        "refused": Outcome(receipt.refused, receipt.refused_amounts.get(currency, ZERO)),
    }
    return {
        "format": receipt.format,
        **{
            name: {"orders": end.orders, "amount": str(in_currency(end.amount, currency))} for name, end in ends.items()
        },
        "customers": receipt.customers,
        "products": receipt.products,
        "sales": str(in_currency(receipt.sales, currency)),
        "notes": [*receipt.notes, *_elsewhere(receipt)],
        "problems": [str(problem) for problem in receipt.problems] + outcomes.reasons,
    }


def _elsewhere(receipt: Receipt) -> list[str]:
    """Return what orders that were left out come to in currencies that are not the store's."""
    others = {code: amount for code, amount in receipt.refused_amounts.items() if code != receipt.currency}
    text = gettext("Left out in other currencies: {amounts}.")
    return [text.format(amounts=amounts_text(others))] if others else []
