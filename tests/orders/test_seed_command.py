"""`manage.py seed_demo`: when it works, when it is refused, and that it invents the same twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError
from django.db import transaction

from customers.models import CreditEntry, Store, Subscription, User
from dashboard.metrics.verification import verify_store
from orders.models import Coupon, Order, OrderEvent, OrderItem, Product
from tests.orders.seeded import demo_mode, invented, seed

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _demo_mode(tmp_path: Path) -> Iterator[None]:
    with demo_mode(tmp_path):
        yield


@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 11, 20, 11, 2, tzinfo=UTC),  # two minutes after midnight in Auckland
        datetime(2026, 9, 26, 14, 30, tzinfo=UTC),  # half an hour into the hour that Auckland skips
        datetime(2026, 11, 20, 2, 59, 50, tzinfo=UTC),  # ten seconds before midnight in São Paulo
    ],
)
def test_today_has_orders_wherever_its_midnight_is(now: datetime) -> None:
    with time_machine.travel(now, tick=False):
        seed(orders=200)
        for store in invented():
            midnight = now.astimezone(store.zone).replace(hour=0, minute=0, second=0, microsecond=0)
            assert Order.objects.filter(store=store, placed_at__gte=midnight, placed_at__lte=now).exists()
            assert not OrderEvent.objects.filter(at__gt=now).exists()
            assert verify_store(store).wrong_buckets == 0


def everything_written() -> dict[str, list[Any]]:
    """Return all that a store's customers and staff could see, without primary keys."""
    order, item = "order__number", "product__sku"
    return {
        "orders": list(
            Order.objects.order_by("store__slug", "number").values_list(
                "number", "status", "payment_status", "total_amount", "refunded_amount", "placed_at", "country",
                "shipping_address", "coupon_code", "customer__email", "customer__name", "version",
            )
        ),
        "items": list(
            OrderItem.objects.order_by("store__slug", order, "pk").values_list(
                order, item, "quantity", "unit_price", "refunded_amount", "stock_taken", "image_url"
            )
        ),
        "events": list(
            OrderEvent.objects.order_by("store__slug", order, "pk").values_list(order, "kind", "at", "amount")
        ),
        "products": list(
            Product.objects.order_by("store__slug", "sku").values_list("sku", "name", "price", "stock", "status")
        ),
        "coupons": list(
            Coupon.objects.order_by("store__slug", "code").values_list("code", "times_used", "total_sales_amount")
        ),
        "subscriptions": list(
            Subscription.objects.order_by("customer__email").values_list(
                "customer__email", "plan", "status", "current_period_end", "created_at"
            )
        ),
        "credits": list(
            CreditEntry.objects.order_by("customer__email", "created_at", "pk").values_list(
                "customer__email", "amount", "reason", "created_at"
            )
        ),
    }  # fmt: skip


def test_the_same_seed_and_clock_give_the_same_data_and_another_seed_other_data() -> None:
    written = []
    for number in ("7", "7", "8"):
        with transaction.atomic():
            seed(f"--seed={number}", orders=300)
            written.append(everything_written())
            transaction.set_rollback(True)
    assert written[0] == written[1]
    assert written[0]["orders"] != written[2]["orders"]


def test_a_second_run_is_refused_and_changes_nothing() -> None:
    seed(orders=200)
    before = Order.objects.count()
    with pytest.raises(CommandError, match="There are stores already"):
        seed(orders=200)
    assert Order.objects.count() == before


def test_with_if_empty_a_second_run_does_nothing_and_says_so() -> None:
    assert "Demo data written" in seed("--if-empty", orders=200)
    before = Order.objects.count()
    assert seed("--if-empty", orders=200) == "There are stores already: no demo data added.\n"
    assert Order.objects.count() == before


def test_outside_demo_mode_it_is_refused_and_nothing_is_written(settings: Any) -> None:
    settings.DEALPORT_DEMO = False
    with pytest.raises(CommandError, match="demo mode"):
        seed(orders=200)
    assert not Store.objects.exists()
    assert not User.objects.exists()


def test_too_few_orders_are_refused() -> None:
    with pytest.raises(CommandError, match="--orders must be at least 200"):
        seed(orders=199)
    assert not Store.objects.exists()


def test_a_run_that_fails_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orders.demo.seeding.LastHours.play", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        seed(orders=200)
    assert not Store.objects.exists()
    assert not User.objects.exists()
