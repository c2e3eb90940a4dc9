"""Two stores with one of everything, and everybody who may try to get at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.db import connection
from django.utils import timezone

from customers import tokens
from customers.actions import add_credits, merge_customers, update_user
from customers.models import Store, User
from dealport.kit.secrets import seal
from orders.actions import ItemRequest, create_category, create_coupon, create_draft
from orders.models import Connection, PaymentMethod, SourceDifference, SourceEvent, Upload
from reports.explore.saved import save_view
from reports.exporting import request_export
from reports.models import ExportJob, Recalculation, ScheduledExport
from reports.scheduling import create_schedule
from tests.builders import a_customer, a_product, a_store, a_user, an_order

PASSWORD = "secret-pass-1"
NOWHERE = 2**40
HOUSES = ("customers", "orders", "dashboard", "reports", "sessions")


@dataclass(frozen=True)
class StoreIds:
    """The ids of one of everything a store has."""

    store: int
    slug: str
    category: int
    product: int
    coupon: int
    payment_method: int
    customer: int
    other_customer: int
    merged_customer: int
    order: int
    paid_order: int
    item: int
    transaction: int
    upload: int
    recalculation: int
    connection: int
    connection_event: int
    connection_difference: int
    draft: int
    export: str
    schedule: int
    view: int


@dataclass(frozen=True)
class Identity:
    """Somebody who calls: the headers, email address and refresh token; the account unless it is a stranger."""

    headers: Mapping[str, str]
    email: str
    refresh: str
    user: User | None


@dataclass(frozen=True)
class World:
    """The stores, and the people by the name of their column in the matrix."""

    store_1: StoreIds
    store_2: StoreIds
    missing: StoreIds
    people: Mapping[str, Identity]

    def objects(self, identity: str) -> tuple[StoreIds, StoreIds, StoreIds]:
        """Return whose objects are own, foreign and missing to somebody."""
        own, foreign = (self.store_2, self.store_1) if identity == "staff_2" else (self.store_1, self.store_2)
        return own, foreign, self.missing


def build_world() -> World:
    """Create everything in the database."""
    store_1, store_2 = a_store(slug="store-one"), a_store(slug="store-two")
    people = {
        "super_admin": a_user(User.Role.SUPER_ADMIN),
        "admin": a_user(User.Role.ADMIN),
        "staff_1": a_user(User.Role.STAFF, store_1),
        "staff_2": a_user(User.Role.STAFF, store_2),
        "user": a_user(User.Role.USER),
        "disabled": a_user(User.Role.ADMIN),
    }
    known = {name: _identity(user) for name, user in people.items()}
    # after the tokens were issued
    update_user(user=people["disabled"], changes={"status": "SUSPENDED"}, actor=people["super_admin"])
    stranger = Identity({}, "nobody@example.com", "no-such-token", None)
    nowhere: dict[str, Any] = {field.name: NOWHERE for field in fields(StoreIds) if field.name != "slug"}
    missing = StoreIds(slug="no-such-store", **nowhere)
    both = (_ids(store_1, people["admin"]), _ids(store_2, people["super_admin"]))
    return World(*both, missing, {**known, "anonymous": stranger})


def _identity(user: User) -> Identity:
    issued = tokens.log_in(user)
    return Identity({"Authorization": f"Bearer {issued.access}"}, user.email, issued.refresh, user)


def _ids(store: Store, exporter: User) -> StoreIds:
    category = create_category(store=store, name="Shelf", actor=None)
    values: dict[str, Any] = {"code": "TEN", "kind": "percent", "value": Decimal("10.00")}
    coupon = create_coupon(store=store, values=values, actor=None)
    product, customer = a_product(store), a_customer(store, name="Somebody")
    add_credits(customer=customer, amount=Decimal("50.00"), reason="welcome", actor=None)
    order = an_order(store, customer=customer)
    paid = an_order(store, paid=True, customer=customer)
    item, transaction = paid.items.get(), paid.transactions.get()
    return StoreIds(
        store.pk,
        store.slug,
        category.pk,
        product.pk,
        coupon.pk,
        PaymentMethod.objects.get(store=store, code="INVOICE").pk,
        customer.pk,
        a_customer(store).pk,
        _merged(store),
        order.pk,
        paid.pk,
        item.pk,
        transaction.pk,
        _upload(store),
        Recalculation.objects.create(store=store, first_day="2026-03-01", last_day="2026-03-02").pk,
        *_connection(store),
        create_draft(store=store, values={"items": [ItemRequest(product.pk, 1)]}, actor=None).pk,
        _export(store, exporter),
        _schedule(store, exporter),
        _view(store, exporter),
    )


def _view(store: Store, owner: User) -> int:
    """Return the id of a view of somebody's that is not shared."""
    query = f"store={store.slug}&figures=orders&by=country"
    return save_view(name=store.slug, query=query, actor=owner).pk


def _upload(store: Store) -> int:
    """Return the id of an upload that is ready."""
    facts = {"kind": "products", "status": "ready", "file_name": "prices.csv", "size": 1, "sha256": "0" * 64}
    return Upload.objects.create(store=store, expires_at=timezone.now(), **facts).pk


def _connection(store: Store) -> tuple[int, int, int]:
    """Return the ids of a connection, of a webhook of it that is parked, and of a day that differed."""
    facts = {"kind": "shopify", "address": f"{store.slug}.myshopify.com", "credentials": seal({"clientSecret": "1"})}
    connection = Connection.objects.create(store=store, **facts)
    event = SourceEvent.objects.create(connection=connection, delivery_id="1", subject="order:1", state="parked")
    counts = {"source_orders": 1, "source_amount": 2, "orders": 0, "amount": 0}
    difference = SourceDifference.objects.create(connection=connection, day=date(2026, 1, 1), **counts)
    return connection.pk, event.pk, difference.pk


def _merged(store: Store) -> int:
    """Return the id of a customer whom another was merged into, which may be undone."""
    customer = a_customer(store)
    merge_customers(customer=customer, merged=a_customer(store), actor=None)
    return customer.pk


def _export(store: Store, owner: User) -> str:
    """Return the id of an export of somebody's: the store's orders, called off."""
    filters = {"store": store.slug}
    job = request_export(owner=owner, dataset="orders", filters=filters, format="csv")
    ExportJob.objects.filter(pk=job.pk).update(status=ExportJob.Status.CANCELED)
    return str(job.pk)


def _schedule(store: Store, owner: User) -> int:
    """Return the id of a schedule of somebody's, which has failed before: the store's orders of the day before."""
    values = {
        "name": "Orders",
        "dataset": "orders",
        "filters": {"store": store.slug, "period": "yesterday"},
        "format": "csv",
        "cron": "0 6 * * *",
        "recipients": [owner.email],
    }
    schedule = create_schedule(values=values, actor=owner)
    ScheduledExport.objects.filter(pk=schedule.pk).update(failures=2)
    return schedule.pk


def fingerprint() -> list[tuple[Any, ...]]:
    """Return the number of rows of each of our tables with a sum over all they hold."""
    tables = sorted(
        {
            model._meta.db_table
            for model in apps.get_models(include_auto_created=True)
            if model._meta.app_label in HOUSES
        }
    )
    parts = [
        f"SELECT '{table}', count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) FROM \"{table}\" t"
        for table in tables
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return sorted(cursor.fetchall())  # a parallel plan has an order of its own
