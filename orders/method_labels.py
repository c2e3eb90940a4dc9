"""Payment methods as people call them: by the store's own labels; codes are for programs."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from operator import itemgetter

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext

from customers.models import Store
from orders.models import Order, PaymentMethod
from orders.payment_methods import OTHER, STARTING

_STARTING = {code: label for code, label, *_ in STARTING}


def method_labels(stores: Iterable[int], codes: Collection[str]) -> dict[str, str]:
    """Return the labels of some codes as they are kept, by code; that of the first store counts."""
    methods = PaymentMethod.objects.filter(store__in=stores, code__in=codes).order_by("code", "store_id")
    starting = {code: label for code, label in _STARTING.items() if code in codes}
    return starting | dict(methods.distinct("code").values_list("code", "label"))


def method_choices(stores: QuerySet[Store], *, is_offered: bool = False) -> list[tuple[str, str]]:
    """Return the payment methods of some stores, or those they offer now, as (code, name), by name."""
    methods = PaymentMethod.objects.filter(store__in=stores.values("pk"))
    if is_offered:
        methods = methods.filter(is_active=True)
    found = methods.order_by("code", "store_id").distinct("code").values_list("code", "label")
    return sorted(((code, method_text(code, label)) for code, label in found), key=itemgetter(1))


def method_label_of(path: str) -> Subquery:
    """Return the label that the row's store gives to the code in a column, null where it knows none."""
    methods = PaymentMethod.objects.filter(store=OuterRef("store"), code=OuterRef(path))
    return Subquery(methods.values("label")[:1])


def method_text(method: str, label: str | None) -> str:
    """Return how a payment method reads: its label, else as it was written."""
    known = label or _STARTING.get(method) or method
    return gettext(known) if known else ""


def paid_by(order: Order) -> str:
    """Return how an order is paid, in brackets as its source wrote it where that says more; one statement."""
    written, code = order.payment_method, order.payment_code
    if not code or code == OTHER:
        return method_text(written, None) if written != OTHER else method_text(OTHER, _label(order))
    text = method_text(code, _label(order))
    return text if written.lower() in ("", code.lower(), text.lower()) else f"{text} ({written})"


def _label(order: Order) -> str | None:
    return method_labels([order.store_id], [order.payment_code]).get(order.payment_code)
