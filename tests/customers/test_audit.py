"""Who did it: every action leaves a permanent, readable trace of its actor."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

import customers.actions
import orders.actions
import reports.daily.recalculation
import reports.notifying.choices
import reports.scheduling.actions
import reports.sql.saved_queries
from customers import auditing
from customers.models import Address, AuditEntry, Membership, SecondFactor, Store, User
from customers.scopes import StoreScope
from dashboard.texts import ACTIONS
from dealport.kit.day_range import DayRange
from dealport.kit.surface import COMMAND, TASK, current_surface, surface
from orders.actions.revising import Revision
from orders.models import DraftOrder, OrderEvent, PaymentMethod
from reports.models import SavedQuery, ScheduledExport
from tests.builders import a_customer, a_product, a_store, a_user, an_order

pytestmark = pytest.mark.django_db
D = Decimal
SOON = datetime(2030, 1, 1, tzinfo=UTC)
ADDRESS = {"street": "1 High St", "city": "York", "postal_code": "YO1", "country": "GB"}
SCHEDULE = {
    "name": "Orders",
    "dataset": "orders",
    "filters": {"period": "last_week"},
    "format": "csv",
    "cron": "0 6 * * mon",
    "timezone": "UTC",
    "recipients": ["boss@example.com"],
    "is_active": True,
}
MODULES = (
    customers.actions,
    orders.actions,
    reports.daily.recalculation,
    reports.notifying.choices,
    reports.scheduling.actions,
    reports.sql.saved_queries,
)


def actions() -> dict[str, Callable[..., Any]]:
    """Return the public functions that take an `actor`, by name."""
    return {
        name: function
        for module in MODULES
        for name, function in vars(module).items()
        if inspect.isfunction(function)
        and not name.startswith("_")
        and "actor" in inspect.signature(function).parameters
        and function.__module__.startswith(module.__name__)
    }


@pytest.fixture(scope="module")
def built(module_rows: None) -> SimpleNamespace:
    """Return a store with one of each thing."""
    store = a_store()
    customer = a_customer(store)
    call = orders.actions
    return SimpleNamespace(
        store=store,
        customer=customer,
        address=customers.actions.save_address(customer=customer, address=None, values=ADDRESS, actor=None),
        rich=customers.actions.add_credits(customer=customer, amount=D(50), reason="start", actor=None),
        user=a_user("staff"),
        category=call.create_category(store=store, name="Tea", actor=None),
        product=a_product(store, stock=5),
        coupon=call.create_coupon(store=store, values={"code": "TEN", "value": D(10)}, actor=None),
        order=an_order(store, customer=customer),
        paid=an_order(store, customer=customer, paid=True),
        shipped=call.ship_order(order=an_order(store, paid=True), actor=None),
    )


@pytest.fixture
def world(built: SimpleNamespace) -> SimpleNamespace:
    return deepcopy(built)


def a_query(actor: User) -> SavedQuery:
    return reports.sql.saved_queries.save_query(name="Old", sql="SELECT 1 AS a", actor=actor)


def a_schedule(actor: User) -> ScheduledExport:
    return reports.scheduling.actions.create_schedule(values=SCHEDULE, actor=actor)


def _deleted(row: Any, delete: Callable[..., Any]) -> Any:
    delete(**{row._meta.model_name: row}, actor=None)
    row.refresh_from_db()
    return row


def _subscribed(customer: Any) -> Any:
    customers.actions.create_or_update_subscription(
        customer=customer, plan="Box", status="active", current_period_end=SOON, monthly_amount=D(9), actor=None
    )
    return customer


def a_method(world: SimpleNamespace) -> PaymentMethod:
    return PaymentMethod.objects.get(store=world.store, code="INVOICE")


def a_draft(world: SimpleNamespace) -> DraftOrder:
    items = [orders.actions.ItemRequest(world.product.pk, 1)]
    return orders.actions.create_draft(store=world.store, values={"items": items}, actor=None)


def _with_factor(user: User) -> User:
    SecondFactor.objects.create(user=user, secret="x", confirmed_at=timezone.now())
    return user


# name of the action → its arguments besides `actor`
CALLS: dict[str, Callable[[SimpleNamespace, User], dict[str, Any]]] = {
    "create_store": lambda w, a: {"slug": "new", "name": "New", "currency": "GBP", "timezone": "UTC"},
    "rotate_webhook_secret": lambda w, a: {"store": w.store, "overlap": timedelta(hours=1)},
    "update_store": lambda w, a: {"store": w.store, "changes": {"name": "Renamed"}},
    "register_customer": lambda w, a: {"store": w.store, "email": "new@example.com", "addresses": [ADDRESS]},
    "confirm_email": lambda w, a: {"customer": w.customer},
    "delete_customer": lambda w, a: {"customer": w.customer},
    "merge_customers": lambda w, a: {"customer": w.customer, "merged": a_customer(w.store)},
    "undo_merge": lambda w, a: {
        "merge": customers.actions.merge_customers(customer=w.customer, merged=a_customer(w.store), actor=None)
    },
    "erase_customer": lambda w, a: {"customer": w.customer},
    "restore_customer": lambda w, a: {"customer": _deleted(w.customer, customers.actions.delete_customer)},
    "cancel_subscription": lambda w, a: {"customer": _subscribed(w.customer)},
    "update_customer": lambda w, a: {"customer": w.customer, "changes": {"name": "Renamed"}},
    "save_address": lambda w, a: {"customer": w.customer, "address": w.address, "values": {"city": "Leeds"}},
    "delete_address": lambda w, a: {"address": w.address},
    "add_credits": lambda w, a: {"customer": w.customer, "amount": D(5), "reason": "goodwill"},
    "spend_credits": lambda w, a: {"customer": w.customer, "amount": D(5), "reason": "spent"},
    "create_or_update_subscription": lambda w, a: {
        "customer": w.customer,
        "plan": "Box",
        "status": "active",
        "current_period_end": SOON,
        "monthly_amount": D(9),
    },
    "create_user": lambda w, a: {"email": "new-user@example.com", "password": "staple battery horse"},
    "invite_user": lambda w, a: {"email": "invited@example.com"},
    "remove_second_factor": lambda w, a: {"user": _with_factor(w.user)},
    "update_user": lambda w, a: {"user": w.user, "changes": {"name": "Renamed"}},
    "set_password": lambda w, a: {"user": w.user, "password": "staple battery horse"},
    "grant_store": lambda w, a: {"user": w.user, "store": w.store},
    "revoke_store": lambda w, a: {"membership": Membership.objects.create(user=w.user, store=w.store)},
    "create_category": lambda w, a: {"store": w.store, "name": "New"},
    "update_category": lambda w, a: {"category": w.category, "changes": {"name": "Renamed"}},
    "delete_category": lambda w, a: {"category": w.category},
    "create_product": lambda w, a: {"store": w.store, "name": "New", "price": D(5)},
    "create_variant": lambda w, a: {"product": w.product, "options": {"Size": "M"}},
    "save_products": lambda w, a: {
        "store": w.store,
        "rows": [orders.actions.ProductRow("ROW-1", {"name": "New", "price": D(5)})],
    },
    "update_product": lambda w, a: {"product": w.product, "changes": {"price": D(6)}},
    "adjust_stock": lambda w, a: {"product": w.product, "stock": 500, "seen": 5},
    "choose_notifications": lambda w, a: {"user": w.user, "kinds": ["figures"]},
    "revise_products": lambda w, a: {"revisions": [Revision(w.product, D("10.00"), D("12.00"), 5, 9)]},
    "revise_product": lambda w, a: {"product": w.product, "changes": {"stock": 9}},
    "delete_product": lambda w, a: {"product": w.product},
    "restore_category": lambda w, a: {"category": _deleted(w.category, orders.actions.delete_category)},
    "restore_product": lambda w, a: {"product": _deleted(w.product, orders.actions.delete_product)},
    "restore_coupon": lambda w, a: {"coupon": _deleted(w.coupon, orders.actions.delete_coupon)},
    "create_coupon": lambda w, a: {"store": w.store, "values": {"code": "NEW", "value": D(5)}},
    "update_coupon": lambda w, a: {"coupon": w.coupon, "changes": {"value": D(20)}},
    "delete_coupon": lambda w, a: {"coupon": w.coupon},
    "place_order": lambda w, a: {"store": w.store, "items": [orders.actions.ItemRequest(w.product.pk, 1)]},
    "change_order_details": lambda w, a: {"order": w.order, "changes": {"notes": "ring twice"}},
    "create_payment_method": lambda w, a: {"store": w.store, "code": "NEW", "label": "New"},
    "update_payment_method": lambda w, a: {"method": a_method(w), "changes": {"label": "Renamed"}},
    "delete_payment_method": lambda w, a: {"method": a_method(w)},
    "authorize_payment": lambda w, a: {"order": w.order},
    "process_order": lambda w, a: {"order": orders.actions.authorize_payment(order=w.order, actor=None)},
    "mark_paid": lambda w, a: {"order": w.order},
    "refuse_payment": lambda w, a: {"order": w.order},
    "refund_order": lambda w, a: {"order": w.paid, "amount": D(1)},
    "follow_details": lambda w, a: {"order": w.paid, "values": {"country": "FR"}, "at": w.paid.placed_at},
    "correct_shipment": lambda w, a: {
        "order": w.paid,
        "tracking": orders.actions.Tracking("AB1"),
        "shipped_at": w.paid.placed_at,
        "at": w.paid.placed_at,
    },
    "correct_cancellation": lambda w, a: {
        "order": orders.actions.cancel_order(order=w.order, actor=None),
        "canceled_at": w.order.placed_at,
        "at": w.order.placed_at,
    },
    "withdraw_authorization": lambda w, a: {
        "order": orders.actions.authorize_payment(order=w.order, actor=None),
        "at": w.order.placed_at,
    },
    "withdraw_refusal": lambda w, a: {"order": orders.actions.refuse_payment(order=w.order, actor=None)},
    "withdraw_shipment": lambda w, a: {"order": w.paid, "at": w.paid.placed_at},
    "withdraw_money": lambda w, a: {"order": w.paid},
    "ship_order": lambda w, a: {"order": w.paid},
    "deliver_order": lambda w, a: {"order": w.shipped},
    "expire_order": lambda w, a: {"order": w.order},
    "cancel_order": lambda w, a: {"order": w.order},
    "edit_order": lambda w, a: {"order": w.order, "request": orders.actions.EditRequest(shipping_fee=D(3))},
    "create_draft": lambda w, a: {"store": w.store, "values": {"items": [orders.actions.ItemRequest(w.product.pk, 1)]}},
    "update_draft": lambda w, a: {"draft": a_draft(w), "changes": {"tip": D(1)}},
    "delete_draft": lambda w, a: {"draft": a_draft(w)},
    "confirm_draft": lambda w, a: {"draft": a_draft(w)},
    "bring_to_status": lambda w, a: {"order": w.paid, "status": "SHIPPED"},
    "bring_to_payment_status": lambda w, a: {"order": w.order, "status": "PAID"},
    "request_recalculation": lambda w, a: {
        "scope": StoreScope(w.store),
        "days": DayRange(date(2026, 1, 1), date(2026, 1, 2)),
    },
    "create_schedule": lambda w, a: {"values": SCHEDULE},
    "change_schedule": lambda w, a: {"schedule": a_schedule(a), "values": {"is_active": False}},
    "delete_schedule": lambda w, a: {"schedule": a_schedule(a)},
    "save_query": lambda w, a: {"name": "One", "sql": "SELECT 1 AS a"},
    "change_query": lambda w, a: {"query": a_query(a), "changes": {"name": "Two"}},
    "delete_query": lambda w, a: {"query": a_query(a)},
}


def test_every_action_with_an_actor_has_an_example_here() -> None:
    assert set(actions()) == set(CALLS)


def traces(actor: User) -> int:
    return AuditEntry.objects.filter(actor_id=actor.pk).count() + OrderEvent.objects.filter(actor=actor).count()


@pytest.mark.parametrize("name", sorted(CALLS))
def test_the_actor_of_every_action_arrives(name: str, world: SimpleNamespace) -> None:
    actor = a_user("super_admin", email="boss@example.com")
    arguments = CALLS[name](world, actor)
    before = traces(actor)
    actions()[name](**arguments, actor=actor)
    assert traces(actor) > before
    told = set(AuditEntry.objects.filter(actor_id=actor.pk).values_list("action", flat=True))
    assert told - set(ACTIONS) == set(), "timelines have no translation of it: dashboard/texts.py"


def test_a_changed_price_says_what_it_was_and_who_changed_it_when_and_how(world: SimpleNamespace) -> None:
    actor = a_user("staff", world.store, email="ann@example.com")
    with surface(TASK):
        orders.actions.update_product(product=world.product, changes={"price": D("12.50")}, actor=actor)
    [entry] = auditing.history_of(world.product)
    assert (entry.store_id, entry.object_type, entry.object_id, entry.object_label) == (
        world.store.pk,
        "orders.product",
        world.product.pk,
        str(world.product),
    )
    assert (entry.action, entry.changes) == ("changed", {"price": ["10.00", "12.50"]})
    assert (entry.actor_id, entry.actor_label, entry.surface) == (actor.pk, "ann@example.com", "task")
    kept = actor.pk
    actor.delete()
    entry.refresh_from_db()
    assert (entry.actor_id, entry.actor_label) == (kept, "ann@example.com")


def test_what_changes_nothing_leaves_no_entry(world: SimpleNamespace) -> None:
    orders.actions.update_product(product=world.product, changes={"price": world.product.price}, actor=None)
    assert not auditing.history_of(world.product).exists()


def test_what_is_undone_leaves_no_entry(world: SimpleNamespace) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        orders.actions.update_product(product=world.product, changes={"price": D(1)}, actor=None)
        raise ZeroDivisionError
    assert not auditing.history_of(world.product).exists()


def test_secrets_are_never_in_the_trail(world: SimpleNamespace) -> None:
    user = customers.actions.create_user(email="x@example.com", password="staple battery horse", actor=None)
    customers.actions.set_password(user=user, password="horse battery staple", actor=None)
    user.refresh_from_db()
    store = customers.actions.create_store(slug="s", name="S", currency="GBP", timezone="UTC", actor=None)
    text = str(list(AuditEntry.objects.values_list("changes", flat=True)))
    assert user.password not in text and "pbkdf2" not in text and "argon2" not in text
    assert store.webhook_secret not in text
    latest = auditing.history_of(user)[0]
    assert (latest.action, latest.changes) == ("password set", {"password": ["***", "***"]})


def test_parts_of_a_customer_are_in_the_history_of_the_customer(world: SimpleNamespace) -> None:
    customers.actions.save_address(customer=world.customer, address=world.address, values={"city": "Leeds"}, actor=None)
    customers.actions.delete_address(address=Address.objects.get(pk=world.address.pk), actor=None)
    deleted, changed, credits, created, registered = auditing.history_of(world.customer)
    assert changed.changes == {"address.city": ["York", "Leeds"]}
    assert deleted.changes["address.city"] == ["Leeds", None]
    assert credits.changes == {"credit_balance": ["0.00", "50.00"], "reason": [None, "start"]}
    assert (created.action, registered.action) == ("address created", "created")


def test_placing_an_order_writes_no_audit_entry(world: SimpleNamespace) -> None:
    before = AuditEntry.objects.count()
    orders.actions.place_order(store=world.store, items=[orders.actions.ItemRequest(world.product.pk, 1)], actor=None)
    assert AuditEntry.objects.count() == before


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE customers_auditentry SET actor_label = 'nobody'",
        "UPDATE customers_auditentry SET changes = '{}' WHERE id = (SELECT min(id) FROM customers_auditentry)",
        "DELETE FROM customers_auditentry",
    ],
)
def test_the_database_refuses_to_change_the_trail(world: SimpleNamespace, statement: str) -> None:
    before = list(AuditEntry.objects.values())
    with pytest.raises(IntegrityError, match="permanent"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert list(AuditEntry.objects.values()) == before


def test_the_database_lets_only_a_test_database_be_emptied() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'customers_refuse_change'")
        [(source,)] = cursor.fetchall()
        assert "TG_OP = 'TRUNCATE' AND starts_with(current_database(), 'test_')" in source
        cursor.execute(
            "SELECT tgname, tgtype::int & 60, tgenabled::text FROM pg_trigger "
            "WHERE tgrelid = 'customers_auditentry'::regclass AND NOT tgisinternal ORDER BY 1"
        )
        delete, update, truncate = 8, 16, 32
        assert cursor.fetchall() == [
            ("customers_auditentry_permanent", delete | update, "O"),
            ("customers_auditentry_permanent_all", truncate, "O"),
        ]


def entries_of(client: Client, address: str) -> list[dict[str, Any]]:
    answer = client.get(address)
    assert answer.status_code == 200, answer.content
    rows: list[dict[str, Any]] = answer.json()["data"]
    return rows


def test_the_api_shows_who_changed_a_product_and_that_it_was_the_api(client: Client, world: SimpleNamespace) -> None:
    staff = a_user("staff", world.store, email="ann@example.com")
    client.force_login(staff)
    address = f"/api/v1/products/{world.product.pk}"
    for price in (12, 13, 14):
        answer = client.patch(address, {"price": price}, content_type="application/json")
        assert answer.status_code == 200, answer.content
    rows = entries_of(client, f"{address}/history")
    assert [row["changes"] for row in rows] == [
        [{"field": "price", "before": f"{now - 1 if now > 12 else 10}.00", "after": f"{now}.00"}]
        for now in (14, 13, 12)
    ]
    assert {(row["action"], row["actorId"], row["actor"], row["surface"]) for row in rows} == {
        ("changed", staff.pk, "ann@example.com", "api")
    }
    page = client.get(f"{address}/history", {"page": 2, "limit": 2}).json()
    assert (page["data"], page["meta"]) == (rows[2:], {"page": 2, "limit": 2, "total": 3, "totalPages": 2})
    assert client.get(f"{address}/history", {"nonsense": 1}).status_code == 400


def test_the_history_of_an_order_has_its_steps_and_its_notes(client: Client, world: SimpleNamespace) -> None:
    staff = a_user("staff", world.store, email="ann@example.com")
    orders.actions.mark_paid(order=world.order, actor=staff)
    orders.actions.change_order_details(order=world.order, changes={"notes": "ring twice"}, actor=staff)
    client.force_login(staff)
    rows = entries_of(client, f"/api/v1/orders/{world.order.pk}/history")
    assert [(row["action"], row["actor"]) for row in rows] == [
        ("notes changed", "ann@example.com"),
        ("paid", "ann@example.com"),
        ("placed", ""),
    ]
    assert rows[0]["changes"] == [{"field": "notes", "before": "", "after": "ring twice"}]
    assert rows[1]["changes"][:2] == [
        {"field": "status", "before": "PENDING", "after": "PROCESSING"},
        {"field": "payment_status", "before": "PENDING", "after": "PAID"},
    ]


def test_the_history_of_a_foreign_object_is_not_there(client: Client, world: SimpleNamespace) -> None:
    client.force_login(a_user("staff", a_store()))
    for path in (
        f"products/{world.product.pk}",
        f"orders/{world.order.pk}",
        f"customers/{world.customer.pk}",
        f"coupons/{world.coupon.pk}",
        f"categories/{world.category.pk}",
    ):
        assert client.get(f"/api/v1/{path}/history").status_code == 404


def test_the_admins_history_page_shows_the_trail(client: Client, world: SimpleNamespace) -> None:
    staff = a_user("admin", email="ann@example.com")
    client.force_login(staff)
    form = {"name": "Green tea", "slug": "tea", "sort_order": "0"}
    answer = client.post(f"/admin/orders/category/{world.category.pk}/change/", form)
    assert answer.status_code == 302
    orders.actions.update_product(product=world.product, changes={"name": "<b>x</b>"}, actor=None)
    page = client.get(f"/admin/orders/category/{world.category.pk}/history/").content.decode()
    assert "Tea → Green tea" in page and "ann@example.com" in page and "Admin" in page
    page = client.get(f"/admin/orders/product/{world.product.pk}/history/").content.decode()
    assert "&lt;b&gt;x&lt;/b&gt;" in page and "<b>x</b>" not in page and "Command" in page
    page = client.get(f"/admin/orders/order/{world.order.pk}/history/").content.decode()
    assert "Placed" in page and "System" in page
    # choices are said in words, in the reader's language
    orders.actions.mark_paid(order=world.order, actor=staff)
    page = client.get(f"/admin/orders/order/{world.order.pk}/history/").content.decode()
    assert "Pending → Processing" in page and "PROCESSING" not in page
    page = client.get(f"/admin/orders/order/{world.order.pk}/history/", headers={"Accept-Language": "pt-BR"})
    assert "Pendente → Em processamento" in page.content.decode()


def test_the_admin_lists_the_trail_of_the_persons_own_stores(client: Client, world: SimpleNamespace) -> None:
    foreign = orders.actions.create_category(store=a_store(), name="Foreign thing", actor=None)
    client.force_login(a_user("staff", world.store))
    page = client.get("/admin/customers/auditentry/").content.decode()
    assert "TEN" in page and str(foreign) not in page
    entry = AuditEntry.objects.get(object_label=str(foreign))
    assert client.get(f"/admin/customers/auditentry/{entry.pk}/change/").status_code == 302


def test_a_surface_ends_where_it_was_said_and_is_another_threads_own() -> None:
    found = []
    with surface(TASK):
        thread = threading.Thread(target=lambda: found.append(current_surface()))
        thread.start()
        thread.join()
        assert current_surface() == TASK
    assert (current_surface(), found) == (COMMAND, [COMMAND])


def test_a_task_says_that_it_was_one() -> None:
    from dealport.celery import app

    @app.task(name="tests.surface")
    def look() -> str:
        return current_surface()

    try:
        assert look.apply().get() == TASK
    finally:
        app.tasks.unregister("tests.surface")
    assert current_surface() == COMMAND


def test_a_store_that_was_created_is_in_its_own_history(client: Client) -> None:
    admin = a_user("admin")
    client.force_login(admin)
    body = {"slug": "new", "name": "New", "currency": "GBP", "timezone": "Europe/London"}
    assert client.post("/api/v1/stores", body, content_type="application/json").status_code == 201
    [row] = entries_of(client, "/api/v1/stores/new/history")
    assert (row["action"], row["actorId"]) == ("created", admin.pk)
    assert {change["field"]: change["after"] for change in row["changes"]}["webhook_secret"] == "***"
    assert Store.objects.get(slug="new").webhook_secret not in str(row)
