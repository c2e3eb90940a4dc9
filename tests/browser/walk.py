"""Every page of the product with its address, and a store that has something to show on each of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.db.models import Model
from django.test import RequestFactory
from django.urls import get_resolver, reverse
from django.utils import timezone

from customers.actions import merge_customers, save_address
from customers.models import Store, User
from dashboard.models import MinuteActivity
from orders import uploads
from orders.models import Connection, DraftOrder
from reports.explore.saved import save_view
from reports.exporting import request_export, run_export
from reports.models import ScheduledExport
from reports.ready import READERS
from tests.admin_pages import trade
from tests.builders import a_customer, a_store, an_order

ORDERS_FILE = Path(__file__).parents[1] / "data/imports/semicolon.csv"
STRANGERS: Mapping[str, tuple[str, ...]] = {
    "login": ("/login/?next=/home/",),
    "password-forgot": ("/password/forgot/",),
    "password-set": ("/password/set/?token=none",),
    "register": ("/register/",),
}
"""Pages by the name of their address, for people who are not logged in."""
PAGES: Mapping[str, tuple[str, ...]] = {
    "account": ("/account/",),
    "admin:index": ("/admin/",),
    "admin:password_change": ("/admin/password_change/",),
    "admin:password_change_done": ("/admin/password_change/done/",),
    "analytics": ("/analytics/",),
    "api-docs": ("/api/docs",),
    "api-docs-part": ("/api/docs/{part}",),
    "bridge": ("/dashboard/{slug}/bridge/",),
    "changed-past": ("/dashboard/{slug}/changed/",),
    "company": ("/company/",),
    "company-explain": ("/company/explain/?metric=totalSales&currency={currency}",),
    "connection": ("/connections/{connection}/",),
    "connection-new": ("/connections/new/shopify/", "/connections/new/woocommerce/"),
    "connections": ("/connections/",),
    "explain": ("/dashboard/{slug}/explain/?metric=totalSales",),
    "explain-stores": ("/explain/?metric=totalSales&currency={currency}",),
    "explore": ("/analytics/explore/?store={slug}", "/analytics/explore/?store={slug}&figures=totalSales&by=country"),
    "export": ("/reports/exports/{export}/",),
    "home": ("/home/", "/home/?store={slug}", "/home/?store={empty}"),
    "notifications": ("/settings/notifications/",),
    "overview": ("/dashboard/",),
    "ready": tuple(f"/analytics/reports/{name}/?store={{slug}}" for name in READERS),
    "ready-row": ("/analytics/reports/order-values/row/?store={slug}",),
    "reports-exports": ("/reports/exports/", "/reports/exports/?type=orders"),
    "reports-schedules": ("/reports/schedules/",),
    "reports-series": ("/reports/series/?store={slug}",),
    "reports-sql": ("/reports/sql/",),
    "schedule": ("/reports/schedules/{schedule}/",),
    "schedule-delete": ("/reports/schedules/{schedule}/delete",),
    "schedule-new": ("/reports/schedules/new/", "/reports/schedules/new/?type=orders"),
    "search": ("/search/?q=ada",),
    "second-factor": ("/account/second-factor/",),
    "store-dashboard": ("/dashboard/{slug}/", "/dashboard/{empty}/"),
    "store-snapshot": ("/dashboard/{slug}/snapshot/",),
    "upload": ("/uploads/{upload}/",),
    "upload-new": ("/uploads/new/?store={slug}",),
    "uploads": ("/uploads/",),
    "view": ("/analytics/views/{view}/",),
    # of the admin, beside the pages that every model has
    "admin:app_list": ("/admin/orders/",),
    "admin:customers_customer_erase": ("/admin/customers/customer/{customer}/erase/",),
    "admin:customers_customer_merge": ("/admin/customers/customer/{customer}/merge/",),
    "admin:customers_customer_undo": ("/admin/customers/customer/{merged_customer}/merge/undo/",),
    "admin:orders_draftorder_confirm": ("/admin/orders/draftorder/{draft}/confirm/",),
    "admin:orders_order_edit": ("/admin/orders/order/{unpaid}/edit/",),
    "admin:orders_order_packing-slip": ("/admin/orders/order/{order}/packing-slip/",),
    "admin:orders_order_refund": ("/admin/orders/order/{order}/refund/",),
    "admin:orders_order_ship": ("/admin/orders/order/{order}/ship/",),
    "admin:orders_order_summary": ("/admin/orders/order/{order}/summary/",),
}
"""Pages by the name of their address."""
ERRORS = ("/nothing/", "/dashboard/{slug}/?year=9&month=99", "/analytics/explore/?store={slug}&by=nothing")
"""Addresses that answer with what is wrong."""
NOT_PAGES = {
    "no address of its own": ("admin:login", "admin:logout", "admin:view_on_site", "logout"),
    "JSON": (
        "admin:autocomplete", "admin:jsi18n", "export-state", "health", "health-ready", "live", "metrics", "schema",
        "store-dashboard-json",
    ),
    "a file": (
        "explore-file", "export-download", "export-file", "picture", "picture-small", "ready-file", "store-table",
        "upload-refused",
    ),
    "takes a form and leads on": (
        "admin:customers_customer_views", "admin:orders_order_step", "admin:orders_order_views",
        "admin:orders_product_views", "appearance", "connection-privacy", "export-cancel", "export-retry",
        "schedule-pause", "schedule-start", "upload-begin", "upload-part", "view-delete", "view-save",
    ),
}  # fmt: skip
"""Names of addresses that are no pages, by what they are."""
WORKED_WITH = ("order", "product", "customer", "coupon", "draftorder", "store", "user")
"""Models all whose pages are opened on every screen; of the other tables' one page each, by turns."""


def names(resolver: Any = None, namespace: str = "") -> Iterator[str]:
    """Yield the name of every address outside the API."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if hasattr(pattern, "url_patterns"):
            if str(pattern.pattern) != "api/v1/":
                inner = f"{pattern.namespace}:" if pattern.namespace else ""
                yield from names(pattern, namespace + inner)
        elif pattern.name:
            yield namespace + pattern.name


def names_of_models() -> set[str]:
    """Return the names of the five pages that Django gives each model in the admin."""
    kinds = ("changelist", "add", "history", "delete", "change")
    return {
        f"admin:{model._meta.label_lower.replace('.', '_')}_{kind}" for model in admin.site._registry for kind in kinds
    }


def pages_of_models(user: User) -> Iterator[tuple[bool, list[str]]]:
    """Yield for each model whether people work with it, and the pages of it and of its newest row they may open."""
    request = RequestFactory().get("/")
    request.user = user
    for model, pages in admin.site._registry.items():
        if pages.has_view_permission(request):
            label, row = model._meta.label_lower.replace(".", "_"), _newest(model)
            kinds = {
                "change": row and [row.pk],
                "changelist": [],
                "add": [] if pages.has_add_permission(request) else None,
                "history": row and [row.pk],
                "delete": [row.pk] if row and pages.has_delete_permission(request, row) else None,
            }
            paths = [reverse(f"admin:{label}_{kind}", args=args) for kind, args in kinds.items() if args is not None]
            yield model._meta.model_name in WORKED_WITH, paths


def _newest(model: type[Model]) -> Model | None:
    return model._default_manager.order_by("-pk").first()


def furnish(
    user: User, currency: str = "NZD", prices: tuple[str, ...] = ("20.00", "1450.50", "75.00")
) -> dict[str, object]:
    """Make a store in which everything has happened lately; return what the addresses name."""
    store = a_store(slug="tracks", name="Southern Track Outdoor", currency=currency, timezone="Pacific/Auckland")
    with transaction.atomic():
        trade(store, 1)
    ada = a_customer(store, name="Ada Lovelace")
    orders = [
        an_order(
            store,
            *prices[:2],
            paid=True,
            at=timezone.now() - timedelta(days=days, hours=3),
            customer=ada,
            shipping_address={"country": country, "street": "1 Road", "city": "Town"},
        )
        for days, country in enumerate(("NZ", "NZ", "AU", "NZ", "DE", "NZ", "AU", "NZ", "FR"))
    ]
    unpaid = an_order(store, prices[2], at=timezone.now() - timedelta(hours=22), customer=ada)
    for minutes in (1, 5):
        at = timezone.now().replace(second=0, microsecond=0) - timedelta(minutes=minutes)
        MinuteActivity.objects.create(store=store, minute=at, user_id=user.pk, page_views=3)
    merged = a_customer(store, name="Grace Hopper")
    merge_customers(customer=merged, merged=a_customer(store), actor=None)
    home = {"kind": "shipping", "street": "1 Road", "city": "Town", "country": "NZ"}
    save_address(customer=a_customer(store), address=None, values=home, actor=None)
    connection = Connection.objects.latest("pk")
    return {
        "slug": store.slug,
        "currency": store.currency,
        "empty": a_store(name="An empty store").slug,
        "order": orders[0].pk,
        "unpaid": unpaid.pk,
        "customer": ada.pk,
        "merged_customer": merged.pk,
        "draft": DraftOrder.objects.latest("pk").pk,
        "part": "payments",
        "connection": connection.pk,
        "export": _export(store, user),
        "schedule": ScheduledExport.objects.latest("pk").pk,
        "upload": _upload(store, user),
        "view": save_view(name="Orders by country", query="figures=orders&by=country", actor=user).pk,
    }


def _export(store: Store, user: User) -> str:
    job = request_export(owner=user, dataset="orders", filters={"store": store.slug}, format="csv")
    run_export(str(job.pk))
    return str(job.pk)


def _upload(store: Store, user: User) -> int:
    file = SimpleUploadedFile(ORDERS_FILE.name, ORDERS_FILE.read_bytes())
    upload = uploads.receive_upload(store=store, kind="orders", file=file, actor=user)
    uploads.run_upload(upload.pk)
    return upload.pk
