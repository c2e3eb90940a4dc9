"""What tests of the admin share: data of two stores, and ways to ask for pages."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from customers.actions import add_credits, create_or_update_subscription, merge_customers, save_address
from customers.models import (
    BrowserSession,
    IdempotencyRecord,
    PasswordLink,
    Picture,
    RecoveryCode,
    RefreshToken,
    SecondFactor,
    StaleAccount,
    Store,
    User,
)
from dashboard.metrics.folding import fold_all
from dashboard.metrics.verification import verify_store
from dashboard.models import (
    ActivityBatch,
    DailyActivity,
    DashboardCache,
    MinuteActivity,
    ScopeVersion,
    StaleScope,
    VerificationRun,
)
from dealport.kit.day_range import DayRange
from orders.actions import (
    ItemRequest,
    create_category,
    create_coupon,
    create_draft,
    mark_paid,
    place_order,
    refund_order,
    ship_order,
)
from orders.models import (
    Connection,
    Order,
    OrderEdit,
    OrderEditLine,
    OrderItem,
    PrivacyRequest,
    SourceDifference,
    SourceEvent,
    SourceRecord,
    Upload,
    WebhookEvent,
)
from reports.daily.aggregation import aggregate
from reports.daily.comparison import compare_and_settle
from reports.models import (
    ExportJob,
    NotificationChoice,
    QueryRun,
    Recalculation,
    SavedQuery,
    SavedView,
    ScheduledExport,
    ScheduleMail,
    Trouble,
)
from tests.builders import a_customer, a_product, a_store, a_user

START = datetime(2020, 1, 15, tzinfo=UTC)
SOON = datetime(2030, 1, 1, tzinfo=UTC)


def logged_in(user: AbstractBaseUser) -> Client:
    """Return a browser with this account's session."""
    client = Client()
    client.force_login(user)
    return client


def page(model: type[Model], kind: str = "changelist", *args: Any) -> str:
    """Return the address of a model's list, add, change, delete or history page."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{kind}", args=args)


def trade(store: Store, count: int) -> list[Order]:
    """Fill a store with `count` rows of everything and return the orders: paid, partly refunded, with a coupon."""
    orders = []
    for number in range(count):
        coupon = create_coupon(store=store, values={"code": f"TEN{number}-{count}", "value": Decimal(10)}, actor=None)
        customer = a_customer(store, name=f"{store.name} customer {number}")
        add_credits(customer=customer, amount=Decimal(5), reason="welcome", actor=a_user("staff", store))
        save_address(
            customer=customer, address=None, values={"street": "1 Road", "city": "Town", "country": "GB"}, actor=None
        )
        create_or_update_subscription(
            customer=customer,
            plan="monthly",
            status="active",
            current_period_end=SOON,
            monthly_amount=Decimal(9),
            actor=None,
        )
        category = create_category(store=store, name=f"Shelf {number}", slug=f"shelf-{number}-{count}", actor=None)
        product = a_product(store, category=category, stock=100)
        at = START + number * timedelta(days=31)
        order = place_order(
            at=at,
            store=store,
            items=[ItemRequest(product.pk, 2)],
            customer=customer,
            coupon_code=coupon.code,
            shipping_address={"country": "GB"},
            payment_method="CREDIT_CARD",
            actor=None,
        )
        mark_paid(order=order, amount=Decimal(1), at=at, actor=None)
        mark_paid(order=order, gateway_transaction_id=f"pay-{order.pk}", at=at, actor=None)
        ship_order(order=order, at=at, actor=None)
        SourceRecord.objects.create(order=order, store=store, source="shopify", external_id=str(order.pk))
        item = OrderItem.objects.get(order=order)
        event = order.events.latest("pk")
        edit = OrderEdit.objects.create(store=store, order=order, event=event, at=at, changes={"lines": []})
        OrderEditLine.objects.create(edit=edit, item=item)
        create_draft(store=store, values={"items": [ItemRequest(product.pk, 1)]}, actor=None)
        refund_order(order=order, lines={item.pk: 1}, reason="broken", at=at, actor=None)
        Picture.objects.create(store=store, subject="orders.product", subject_id=product.pk)
        Upload.objects.create(store=store, kind="products", file_name=f"prices-{order.pk}.csv", size=1, expires_at=SOON)
        connection = Connection.objects.create(store=store, kind="shopify", address=f"{order.pk}.example")
        SourceEvent.objects.create(connection=connection, delivery_id="d", topic="orders/paid", subject="order 1")
        SourceDifference.objects.create(
            connection=connection, day=SOON, source_orders=1, source_amount=1, orders=0, amount=0
        )
        PrivacyRequest.objects.create(connection=connection, kind="customers/redact")
        WebhookEvent.objects.create(store=store, order=order, event_id=f"e-{order.pk}", type="paid", occurred_at=SOON)
        orders.append(order)
    fold_all()
    aggregate(DayRange(START.date(), START.date() + timedelta(days=30)))
    for number in range(count):
        verify_store(store)
        compare_and_settle(START + timedelta(days=1 + number))
        Recalculation.objects.create(store=store, first_day=START, last_day=START + timedelta(days=number))
        VerificationRun.objects.create(store=a_store(), next_day=START)
        # leaves rows in the ledger
        merge_customers(customer=a_customer(store), merged=a_customer(store), actor=None)
        _log_in_by_api(a_user())
        _look_around(store, a_user())
        _take_figures_away(a_user(User.Role.SUPER_ADMIN))
    return orders


def _take_figures_away(user: User) -> None:
    """Leave the rows that exports, schedules, queries and saved views leave."""
    sql = "SELECT 1"
    ExportJob.objects.create(owner=user, dataset="orders", title="Orders", format="csv", request_hash=f"r-{user.pk}")
    schedule = ScheduledExport.objects.create(
        owner=user, name="Monthly", dataset="orders", cron="0 6 1 * *", next_run_at=SOON
    )
    ScheduleMail.objects.create(schedule=schedule, recipient=user.email)
    Trouble.objects.create(kind="schedule", subject_id=schedule.pk, owner=user, label=schedule.name)
    NotificationChoice.objects.create(user=user, kind="schedule")
    SavedQuery.objects.create(owner=user, name=f"One {user.pk}", sql=sql)
    SavedView.objects.create(owner=user, name="Sales", query="figures=total_sales").pinned_by.add(user)
    QueryRun.objects.create(user=user, user_email=user.email, via="page", sql=sql)


def _log_in_by_api(user: User) -> None:
    """Leave the rows that logins and requests of the API leave."""
    StaleAccount.objects.create(user=user)
    PasswordLink.objects.create(kind="reset", email=user.email)
    BrowserSession.objects.create(user=user, session_key=f"key-{user.pk}")
    SecondFactor.objects.create(user=user, secret="encrypted")
    RecoveryCode.objects.create(user=user, code_hash="hash")
    IdempotencyRecord.objects.create(user=user, path="/api/v1/orders", key=f"key-{user.pk}", status=201)
    RefreshToken.objects.create(
        user=user, family=uuid.uuid4(), token_hash=f"hash-{user.pk}", auth_version=0, expires_at=SOON
    )


def _look_around(store: Store, user: User) -> None:
    """Leave the rows that looking at dashboards leaves."""
    StaleScope.objects.create(store_id=store.pk)
    ScopeVersion.objects.create(store_id=a_store().pk, version=1)
    ActivityBatch.objects.create()
    DailyActivity.objects.create(store=store, user_id=user.pk, day=START, page_views=3)
    MinuteActivity.objects.create(store=store, user_id=user.pk, minute=START, page_views=1)
    DashboardCache.objects.create(
        store=store,
        from_day=START + timedelta(days=user.pk),
        payload="{}",
        etag="e",
        generation="0.0.0",
        as_of=START,
        computed_at=START,
        expires_at=SOON,
    )
