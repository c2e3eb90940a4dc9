"""Asking for an export, running it and reading the file back with readers that know nothing of how it was written."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from decimal import Decimal
from typing import Any

import openpyxl
from django.utils import timezone

from customers.actions import add_credits, confirm_email, create_or_update_subscription, spend_credits
from customers.models import Store, User
from dealport.kit.storage import store
from orders.actions import ItemRequest, cancel_order, create_coupon, mark_paid, place_order, refund_order
from reports.exporting import request_export, run_export
from reports.models import ExportJob
from tests.builders import a_customer, a_product, a_store, an_order


def a_busy_store(**fields: Any) -> Store:
    """Return a store with some of everything: orders in every standing, coupons, credits, subscriptions."""
    store, now = a_store(**fields), timezone.now()
    coupon = create_coupon(store=store, values={"code": "TEN", "value": Decimal(10)}, actor=None)
    customer = a_customer(store, name="Zoë Müller", phone="+44 20 7946 0000")
    confirm_email(customer=customer, actor=None)
    add_credits(customer=customer, amount=Decimal("20.00"), reason="welcome", actor=None)
    spend_credits(customer=customer, amount=Decimal("7.50"), reason="spent", actor=None)
    create_or_update_subscription(
        customer=customer,
        plan="box",
        status="active",
        current_period_end=now + timedelta(days=9),
        monthly_amount=Decimal("9.90"),
        actor=None,
    )
    a_product(store, stock=0)
    for days in (0, 3, 40):
        at = now - timedelta(days=days)
        order = place_order(
            at=at,
            store=store,
            items=[ItemRequest(a_product(store, "19.99").pk, 3)],
            customer=customer,
            coupon_code=coupon.code,
            shipping_address={"street": "1 High St", "city": "York", "country": "GB"},
            payment_method="CREDIT_CARD",
            actor=None,
        )
        mark_paid(order=order, at=at, actor=None)
        refund_order(order=order, amount=Decimal("7.77"), reason="broken", at=at, actor=None)
        refund_order(order=an_order(store, "5.00", "6.01", paid=True, at=at), reason="all of it", at=at, actor=None)
        an_order(store, "3.33", at=at)
        cancel_order(order=an_order(store, "4.44", at=at), at=at, actor=None)
    return store


def exported(owner: User, dataset: str, *, format: str = "csv", **asked: Any) -> ExportJob:
    """Ask for an export, run it here, and return the finished job."""
    job = request_export(owner=owner, dataset=dataset, format=format, **{"filters": {}, **asked})
    run_export(str(job.pk))
    job.refresh_from_db()
    return job


def content(job: ExportJob) -> bytes:
    """Return the bytes of a job's file."""
    assert job.status == ExportJob.Status.SUCCEEDED, job.error
    with store().open(job.file_key) as file:
        return file.read()


def lines_of(job: ExportJob) -> list[dict[str, str]]:
    """Return the rows of a CSV file as text by column."""
    return list(csv.DictReader(io.StringIO(content(job).decode(), newline="")))


def sheets_of(job: ExportJob) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of every sheet of a workbook, by the names in its first row."""
    workbook = openpyxl.load_workbook(io.BytesIO(content(job)), read_only=True)
    found = {}
    for sheet in workbook:
        rows = sheet.iter_rows(values_only=True)
        names = next(rows)
        found[sheet.title] = [dict(zip(names, row, strict=True)) for row in rows]
    return found
