"""The demo data: what is in it, that it adds up, and when it is refused."""

from __future__ import annotations

import csv
import gzip
import io
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import F, Sum

from customers.access import stores_for
from customers.models import Address, CreditEntry, Customer, Store, Subscription, User
from dashboard.verification import verify_store
from orders.demo import real_shop
from orders.demo.real_shop import EXPORT
from orders.lifecycle import STATUSES
from orders.models import Category, Coupon, Order, OrderEvent, OrderItem, Product, Refund, Transaction

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
ORDERS = 900
REAL_ORDERS = 60

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def short_export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first real orders alone: importing all of them is tested where the importer is."""
    path = tmp_path_factory.mktemp("export") / EXPORT.name
    with gzip.open(EXPORT, "rt", newline="") as whole, gzip.open(path, "wt", newline="") as short:
        rows, names = csv.reader(whole), set[str]()
        writer = csv.writer(short)
        writer.writerow(next(rows))
        for row in rows:
            names.add(row[0])
            if len(names) > REAL_ORDERS:
                break
            writer.writerow(row)
    return path


@pytest.fixture
def seed(
    settings: Any, tmp_path: Path, short_export: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., str]]:
    """Return a function that runs the command in demo mode at NOW; its result is what it printed."""
    settings.DEALPORT_DEMO = True
    settings.MEDIA_ROOT = str(tmp_path / "media")
    monkeypatch.setattr(real_shop, "EXPORT", short_export)

    def run(*arguments: str, orders: int = ORDERS) -> str:
        out = io.StringIO()
        call_command("seed_demo", f"--orders={orders}", *arguments, stdout=out)
        return out.getvalue()

    with time_machine.travel(NOW, tick=False):
        yield run


def invented() -> list[Store]:
    return list(Store.objects.filter(slug__in=("sp-moda", "nz-outdoor")).order_by("slug"))


def test_every_figure_equals_the_orders_before_anything_is_folded(seed: Callable[..., str]) -> None:
    seed()
    found = {store.slug: verify_store(store) for store in Store.objects.all()}
    assert {slug: (result.wrong_buckets, result.details) for slug, result in found.items()} == {
        "nz-outdoor": (0, []),
        "sp-moda": (0, []),
        "uk-gifts": (0, []),
    }


def test_as_many_orders_as_asked_for_in_their_own_zones_and_currencies(seed: Callable[..., str]) -> None:
    seed()
    shops = Store.objects.values_list("slug", "timezone", "currency").order_by("slug")
    assert list(shops) == [
        ("nz-outdoor", "Pacific/Auckland", "NZD"),
        ("sp-moda", "America/Sao_Paulo", "BRL"),
        ("uk-gifts", "Europe/London", "GBP"),
    ]
    assert Order.objects.filter(store__in=invented()).count() == ORDERS
    assert Order.objects.filter(store__slug="uk-gifts").count() == REAL_ORDERS
    assert Order.objects.exclude(currency=F("store__currency")).count() == 0


def test_every_status_has_orders_and_every_event_has_happened(seed: Callable[..., str]) -> None:
    seed()
    for store in invented():
        orders = Order.objects.filter(store=store)
        assert set(orders.values_list("status", flat=True)) == set(STATUSES)
        assert set(orders.values_list("payment_status", flat=True)) == set(Order.PaymentStatus.values)
        assert set(orders.values_list("events__kind", flat=True)) == set(OrderEvent.Kind.values) - {"refund_announced"}
        assert set(orders.filter(status="CANCELED").values_list("payment_status", flat=True)) == {"PENDING", "REFUNDED"}
        assert orders.filter(expired_at__isnull=False, completed_at__isnull=False).exists()
        assert orders.filter(customer__isnull=True).exists()
        assert orders.exclude(coupon_code="").exists()
        assert orders.filter(tax_amount__gt=0).exists()
        assert orders.filter(shipping_fee__gt=0).exists()
        assert orders.values("country").distinct().count() > 3
        named = Refund.objects.filter(store=store, shares__quantity__gt=0)
        assert named.exists()
        assert Refund.objects.filter(store=store).exclude(pk__in=named).exists()


def test_nothing_happens_after_now_and_nothing_waits_longer_than_a_day(seed: Callable[..., str]) -> None:
    seed()
    assert not OrderEvent.objects.filter(at__gt=NOW).exists()
    assert not Transaction.objects.filter(created_at__gt=NOW).exists()
    assert not Customer.objects.filter(created_at__gt=NOW).exists()
    assert not Customer.objects.filter(email_confirmed_at__gt=NOW).exists()
    assert not CreditEntry.objects.filter(created_at__gt=NOW).exists()
    pending = Order.objects.filter(status="PENDING")
    assert pending.exists()
    assert not pending.filter(placed_at__lte=NOW - timedelta(hours=24)).exists()


@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 11, 20, 11, 2, tzinfo=UTC),  # two minutes after midnight in Auckland
        datetime(2026, 9, 26, 14, 30, tzinfo=UTC),  # half an hour into the hour that Auckland skips
        datetime(2026, 11, 20, 2, 59, 50, tzinfo=UTC),  # ten seconds before midnight in São Paulo
    ],
)
def test_today_has_orders_wherever_its_midnight_is(seed: Callable[..., str], now: datetime) -> None:
    with time_machine.travel(now, tick=False):
        seed(orders=200)
        for store in invented():
            midnight = now.astimezone(store.zone).replace(hour=0, minute=0, second=0, microsecond=0)
            assert Order.objects.filter(store=store, placed_at__gte=midnight, placed_at__lte=now).exists()
            assert not OrderEvent.objects.filter(at__gt=now).exists()
            assert verify_store(store).wrong_buckets == 0


def test_orders_reach_back_two_years_and_grow(seed: Callable[..., str]) -> None:
    seed(orders=2_000)
    for store in invented():
        orders = Order.objects.filter(store=store)
        first = orders.earliest("placed_at").placed_at
        assert timedelta(days=715) < NOW - first < timedelta(days=733)
        middle = NOW - timedelta(days=365)
        assert orders.filter(placed_at__gte=middle).count() > 1.1 * orders.filter(placed_at__lt=middle).count()
        hours = Counter(placed.astimezone(store.zone).hour for placed in orders.values_list("placed_at", flat=True))
        assert sum(hours[hour] for hour in range(2, 6)) < 0.1 * sum(hours[hour] for hour in range(9, 22))


def test_customers_have_what_customers_have(seed: Callable[..., str]) -> None:
    seed(orders=2_000)
    for store in invented():
        customers = Customer.objects.filter(store=store)
        assert {"bronze", "silver", "gold"} <= set(customers.values_list("tier", flat=True))
        assert customers.filter(email_confirmed_at__isnull=True).exists()
        assert customers.filter(total_orders=0).exists()
        assert customers.filter(total_orders__gte=5).exists()
        assert Address.objects.filter(store=store, kind="billing").exists()
        subscriptions = Subscription.objects.filter(store=store)
        assert set(subscriptions.values_list("status", flat=True)) == set(Subscription.Status.values)
        entries = CreditEntry.objects.filter(store=store)
        assert entries.filter(amount__gt=0).exists()
        assert entries.filter(amount__lt=0).exists()


def test_figures_of_customers_and_coupons_follow_from_the_orders(seed: Callable[..., str]) -> None:
    seed()
    completed = {"PAID", "PARTIALLY_REFUNDED"}
    for customer in Customer.objects.prefetch_related("orders", "credit_entries"):
        orders = list(customer.orders.all())
        assert (customer.total_orders, customer.completed_orders, customer.total_spent, customer.last_order_at) == (
            len(orders),
            sum(order.payment_status in completed for order in orders),
            sum((order.sales for order in orders), Decimal(0)),
            max((order.placed_at for order in orders), default=None),
        )
        assert customer.credit_balance == sum((entry.amount for entry in customer.credit_entries.all()), Decimal(0))
        assert min([entry.balance_after for entry in customer.credit_entries.all()], default=0) >= 0
        assert all(order.placed_at >= customer.created_at for order in orders)
    for coupon in Coupon.objects.prefetch_related("orders"):
        done = [order for order in coupon.orders.all() if order.payment_status in completed]
        holding = [order for order in coupon.orders.all() if order.status not in ("EXPIRED", "CANCELED", "REFUNDED")]
        assert (coupon.times_used, coupon.total_sales_amount, coupon.uses_reserved) == (
            len(done),
            sum((order.total_amount for order in done), Decimal(0)),
            len(holding),
        )
        assert coupon.usage_limit is None or coupon.uses_reserved <= coupon.usage_limit
        assert all(coupon.starts_at is None or order.placed_at >= coupon.starts_at for order in coupon.orders.all())
        assert all(coupon.ends_at is None or order.placed_at < coupon.ends_at for order in coupon.orders.all())


def test_some_products_are_out_of_stock_and_few_sell_most(seed: Callable[..., str]) -> None:
    seed(orders=2_000)
    for store in invented():
        products = Product.objects.filter(store=store)
        assert products.filter(stock=0).exists()
        assert products.filter(stock__isnull=True).exists()
        assert not products.filter(stock__lt=0).exists()
        assert Category.objects.filter(store=store).count() == 10
        assert not products.filter(category__isnull=True).exists()
        sold = list(
            OrderItem.objects.filter(store=store)
            .values_list("product")
            .annotate(pieces=Sum("quantity"))
            .order_by("-pieces")
            .values_list("pieces", flat=True)
        )
        assert sum(sold[: len(sold) // 5]) > 0.4 * sum(sold)
        gone = OrderItem.objects.filter(store=store, order__status__in=("CANCELED", "EXPIRED"))
        assert set(gone.values_list("stock_taken", flat=True)) == {0}


def test_every_product_has_a_picture_that_can_do_nothing_but_be_seen(seed: Callable[..., str], settings: Any) -> None:
    seed()
    products = list(Product.objects.select_related("store"))
    assert len({product.image_url for product in products}) == len(products) > 300
    for product in products:
        assert product.image_url.startswith(f"/media/products/{product.store.slug}/")
        drawing = Path(settings.MEDIA_ROOT, product.image_url.removeprefix("/media/")).read_text()
        assert drawing.startswith("<svg ")
        assert len(drawing) < 2_500
        for word in ("script", "style", "href", "url(", "onload", "<!", "{"):
            assert word not in drawing.replace('xmlns="http://www.w3.org/2000/svg"', "")


def test_the_accounts_can_log_in_and_see_what_they_should(seed: Callable[..., str], settings: Any) -> None:
    settings.DEALPORT_DEMO_PASSWORD = "another-password"
    seed()
    accounts = {user.email: user for user in User.objects.all()}
    assert {email: user.role for email, user in accounts.items()} == {
        "super@dealport.com": "super_admin",
        "admin@dealport.com": "admin",
        "staff@dealport.com": "staff",
    }
    assert all(user.check_password("another-password") for user in accounts.values())
    seen = {email: {store.slug for store in stores_for(user)} for email, user in accounts.items()}
    everything = {"uk-gifts", "sp-moda", "nz-outdoor"}
    assert seen == {
        "super@dealport.com": everything,
        "admin@dealport.com": everything,
        "staff@dealport.com": {"nz-outdoor"},
    }


def everything_written() -> dict[str, list[Any]]:
    """Return all that a shop's customers and staff could see, without primary keys."""
    order, item = "order__number", "product__sku"
    return {
        "orders": list(
            Order.objects.order_by("store__slug", "number").values_list(
                "number", "status", "payment_status", "total_amount", "refunded_amount", "placed_at", "country",
                "shipping_address", "coupon_code", "customer__email", "customer__name", "version",
            )
        ),
        "items": list(
            OrderItem.objects.order_by("store__slug", order, item).values_list(
                order, item, "quantity", "unit_price", "refunded_amount", "stock_taken", "image_url"
            )
        ),
        "events": list(
            OrderEvent.objects.order_by("store__slug", order, "at", "kind").values_list(order, "kind", "at", "amount")
        ),
        "products": list(
            Product.objects.order_by("store__slug", "sku").values_list("sku", "name", "price", "stock", "is_active")
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


def test_the_same_seed_and_clock_give_the_same_data_and_another_seed_other_data(seed: Callable[..., str]) -> None:
    written = []
    for number in ("7", "7", "8"):
        with transaction.atomic():
            seed(f"--seed={number}", orders=300)
            written.append(everything_written())
            transaction.set_rollback(True)
    assert written[0] == written[1]
    assert written[0]["orders"] != written[2]["orders"]


def test_a_second_run_is_refused_and_changes_nothing(seed: Callable[..., str]) -> None:
    seed(orders=200)
    before = Order.objects.count()
    with pytest.raises(CommandError, match="There are stores already"):
        seed(orders=200)
    assert Order.objects.count() == before


def test_with_if_empty_a_second_run_does_nothing_and_says_so(seed: Callable[..., str]) -> None:
    assert "Demo data written" in seed("--if-empty", orders=200)
    before = Order.objects.count()
    assert seed("--if-empty", orders=200) == "There are stores already: no demo data added.\n"
    assert Order.objects.count() == before


def test_outside_demo_mode_it_is_refused_and_nothing_is_written(seed: Callable[..., str], settings: Any) -> None:
    settings.DEALPORT_DEMO = False
    with pytest.raises(CommandError, match="demo mode"):
        seed()
    assert not Store.objects.exists()
    assert not User.objects.exists()


def test_too_few_orders_are_refused(seed: Callable[..., str]) -> None:
    with pytest.raises(CommandError, match="--orders must be at least 200"):
        seed(orders=199)
    assert not Store.objects.exists()


def test_a_run_that_fails_leaves_nothing_behind(seed: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orders.demo.seeding.LastHours.play", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        seed()
    assert not Store.objects.exists()
    assert not User.objects.exists()
