"""Draft orders: prepared, changed, deleted, or confirmed, which places the order."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from rest_framework.exceptions import ValidationError

from customers.auditing import record, values_of
from customers.models import Customer, Store, User
from dealport.kit.errors import Conflict, invalid
from dealport.kit.money import require_amount
from dealport.kit.values import FieldValues
from orders.actions.notes import checked_tags
from orders.actions.payment_methods import method_or_refused
from orders.actions.payments import mark_paid
from orders.actions.placing import ItemRequest, OrderDetails, goods_of, place_order, quote_order
from orders.models import DraftOrder, Order
from orders.pricing import Totals

PERSONAL = {"shipping_address": {}, "billing_address": {}, "notes": "", "internal_notes": ""}
"""What only the order keeps once it is placed: field → its empty value. The audit trail never has it."""
DRAFT_FIELDS = (
    "customer",
    "items",
    "coupon_code",
    "payment_method",
    "tax_amount",
    "shipping_fee",
    "tip",
    "tags",
    *PERSONAL,
)
AMOUNTS = {"tax_amount": "taxAmount", "shipping_fee": "shippingFee", "tip": "tip"}


@transaction.atomic
def create_draft(*, store: Store, values: FieldValues, actor: User | None) -> DraftOrder:
    """Create a draft; `values` are of DRAFT_FIELDS, `items` of ItemRequest.

    Raises ValidationError naming the field. Stock, coupon and prices are looked at when it is confirmed.
    """
    now = timezone.now()
    draft = DraftOrder(store=store, created_by=actor, created_at=now, updated_at=now)
    _fill(draft, values)
    draft.save()
    record("created", draft, after=_audited(draft), actor=actor)
    return draft


@transaction.atomic
def update_draft(
    *, draft: DraftOrder, changes: FieldValues, version: int | None = None, actor: User | None
) -> DraftOrder:
    """Replace what `changes` names. Raises ValidationError naming the field, Conflict once it was confirmed."""
    row = _lock(draft, version)
    before = _audited(row)
    _fill(row, changes)
    row.updated_at = timezone.now()
    row.version += 1
    row.save(update_fields=[*changes, "updated_at", "version"])
    record("updated", row, before=before, after=_audited(row), actor=actor)
    return row


@transaction.atomic
def delete_draft(*, draft: DraftOrder, actor: User | None) -> None:
    """Delete a draft for good. Raises Conflict once it was confirmed."""
    row = _lock(draft)
    record("deleted", row, before=_audited(row), after={}, actor=actor)
    row.delete()


@transaction.atomic
def confirm_draft(
    *, draft: DraftOrder, paid: bool = False, version: int | None = None, at: datetime | None = None, actor: User | None
) -> Order:
    """Place the draft's order at this moment and at current prices, unpaid or `paid` in full.

    Raises what `place_order` raises, Conflict once it was confirmed or when it is no longer at `version`.
    """
    row = _lock(draft, version)
    at = at or timezone.now()
    details = OrderDetails(channel=Order.Channel.DRAFT.value, internal_notes=row.internal_notes, tags=row.tags)
    order = place_order(
        store=row.store,
        items=items_of(row),
        customer=row.customer,
        coupon_code=row.coupon_code,
        shipping_address=row.shipping_address,
        billing_address=row.billing_address,
        payment_method=row.payment_method,
        tax_amount=row.tax_amount,
        shipping_fee=row.shipping_fee,
        tip=row.tip,
        notes=row.notes,
        details=details,
        at=at,
        actor=actor,
    )
    if paid and not order.is_completed:
        order = mark_paid(order=order, at=at, actor=actor)
    for name, empty in PERSONAL.items():
        setattr(row, name, empty)
    row.order, row.confirmed_at, row.updated_at, row.version = order, at, at, row.version + 1
    row.save(update_fields=[*PERSONAL, "order", "confirmed_at", "updated_at", "version"])
    record("confirmed", row, before={"order": None}, after={"order": order.number}, actor=actor)
    return order


def price_or_problem(draft: DraftOrder) -> tuple[Totals | None, str]:
    """Return what the draft's order would cost now, or why its goods or its coupon cannot be had."""
    try:
        quote = quote_order(
            draft.store,
            items_of(draft),
            draft.coupon_code,
            timezone.now(),
            tax=draft.tax_amount,
            shipping=draft.shipping_fee,
            tip=draft.tip,
        )
    except ValidationError as refusal:
        detail = refusal.detail if isinstance(refusal.detail, dict) else {"": refusal.detail}
        return None, " ".join(str(text) for texts in detail.values() for text in texts)
    return quote.totals, ""


def items_of(draft: DraftOrder) -> list[ItemRequest]:
    """Return what the draft's order shall contain."""
    return [ItemRequest(item["productId"], item["quantity"]) for item in draft.items]


def _lock(draft: DraftOrder, version: int | None = None) -> DraftOrder:
    rows = DraftOrder.objects.select_for_update(of=("self",)).select_related("store", "customer")
    row = rows.filter(pk=draft.pk).first()
    if row is None:
        raise Conflict(gettext("This draft has been deleted."))
    if row.is_confirmed:
        raise Conflict(gettext("This draft has been confirmed. Edit its order instead."))
    if version is not None and row.version != version:
        raise Conflict(
            gettext("This draft has changed since you opened it. Reload it and try again (version {version}).").format(
                version=row.version
            )
        )
    return row


def _fill(draft: DraftOrder, values: FieldValues) -> None:
    unknown = values.keys() - set(DRAFT_FIELDS)
    if unknown:
        raise ValueError(f"not fields of a draft: {sorted(unknown)}")
    for name, value in values.items():
        setattr(draft, name, value)
    for name, field in AMOUNTS.items():
        require_amount(field, getattr(draft, name), currency=draft.store.currency)
    if "items" in values:
        draft.items = _checked_items(draft.store, values["items"])
    if "tags" in values:
        draft.tags = checked_tags(draft.tags)
    customer: Customer | None = draft.customer
    if "customer" in values and customer and (customer.store_id != draft.store_id or customer.deleted_at is not None):
        raise invalid("customerId", gettext("There is no such customer in this store."))
    if values.get("payment_method"):
        method_or_refused(draft.store, draft.payment_method)


def _checked_items(store: Store, items: Iterable[ItemRequest]) -> list[dict[str, int]]:
    wanted, _ = goods_of(store, list(items))
    return [{"productId": pk, "quantity": quantity} for pk, quantity in wanted.items()]


def _audited(draft: DraftOrder) -> FieldValues:
    return {name: value for name, value in values_of(draft).items() if name not in PERSONAL}
