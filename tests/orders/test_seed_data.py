"""The demo data: what is in it, and that it adds up."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F, Max, Min, Sum

from customers.access import stores_for
from customers.models import Address, CreditEntry, Customer, Store, Subscription, User
from dashboard.metrics.verification import verify_store
from dealport.kit.day_range import DayRange
from orders.demo.drawings import DRAWINGS
from orders.demo.pictures import KINDS
from orders.demo.profiles import PROFILES
from orders.demo.real_store import EXPORT
from orders.demo.shelves import CITIES, SHELVES
from orders.lifecycle import STATUSES
from orders.models import (
    Category,
    Coupon,
    Fulfillment,
    Order,
    OrderEdit,
    OrderEvent,
    OrderItem,
    Product,
    Refund,
    Transaction,
)
from tests.every_cell import check_in_every_state_of_folding
from tests.orders.seeded import NOW, PASSWORD, REAL_ORDERS, demo_mode, invented, seed

ORDERS = 2_000

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def media_root(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """Fill the database once for all tests of this file, which only look; returns MEDIA_ROOT."""
    with django_db_blocker.unblock(), demo_mode(tmp_path_factory.mktemp("demo")) as folder, transaction.atomic():
        seed(orders=ORDERS)
        yield folder
        transaction.set_rollback(True)


def test_every_figure_equals_the_orders_before_anything_is_folded() -> None:
    found = {store.slug: verify_store(store) for store in Store.objects.all()}
    assert {slug: (result.wrong_buckets, result.details) for slug, result in found.items()} == {
        "nz-outdoor": (0, []),
        "sp-moda": (0, []),
        "uk-gifts": (0, []),
    }


def test_every_cell_of_every_answer_equals_the_orders_folded_or_not() -> None:
    compared = 0
    for store in Store.objects.order_by("slug"):
        span = Order.objects.filter(store=store).aggregate(first=Min("order_day"), last=Max("order_day"))
        days = DayRange(span["first"], span["last"] + timedelta(days=40))
        compared += check_in_every_state_of_folding(store, days)
    assert compared > 100_000


def test_as_many_orders_as_asked_for_in_their_own_zones_and_currencies() -> None:
    stores = Store.objects.values_list("slug", "timezone", "currency").order_by("slug")
    assert list(stores) == [
        ("nz-outdoor", "Pacific/Auckland", "NZD"),
        ("sp-moda", "America/Sao_Paulo", "BRL"),
        ("uk-gifts", "Europe/London", "GBP"),
    ]
    assert Order.objects.filter(store__in=invented()).count() == ORDERS
    assert Order.objects.filter(store__slug="uk-gifts").count() == REAL_ORDERS
    assert Order.objects.exclude(currency=F("store__currency")).count() == 0


NOT_OF_A_DEMO = {"refund_announced", "reopened"}
"""What only a provider or a connected source can bring about."""


def test_every_status_has_orders_and_every_event_has_happened() -> None:
    for store in invented():
        orders = Order.objects.filter(store=store)
        assert set(orders.values_list("status", flat=True)) == set(STATUSES)
        assert set(orders.values_list("payment_status", flat=True)) == set(Order.PaymentStatus.values)
        assert set(orders.values_list("events__kind", flat=True)) == set(OrderEvent.Kind.values) - NOT_OF_A_DEMO
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


def test_the_invented_stores_tell_a_living_story() -> None:
    for store in invented():
        orders = Order.objects.filter(store=store)
        on_delivery = orders.filter(payment_code="CASH_ON_DELIVERY")
        assert on_delivery.filter(status="SHIPPED", payment_status="PENDING").exists()
        assert on_delivery.filter(status="DELIVERED", payment_status="PAID").exists()
        parcels = Fulfillment.objects.filter(store=store)
        assert parcels.exclude(tracking_number="").exclude(carrier="").exists()
        assert orders.filter(status="PROCESSING", fulfillments__isnull=False).exists(), "sent in part"
        assert OrderEdit.objects.filter(store=store).exists()
        assert Customer.objects.filter(store=store, status=Customer.Status.BLOCKED).exists()
        assert Product.objects.filter(store=store, stock__gt=0, stock__lte=F("low_stock_threshold")).exists()


def test_orders_of_the_invented_stores_came_through_several_channels() -> None:
    for store in invented():
        orders = Order.objects.filter(store=store)
        found = dict(Counter(orders.values_list("channel", flat=True)))
        assert 0 < orders.disputed().count() < 30
        assert not orders.disputed().filter(payment_status="PENDING").exists(), "a customer disputes what was paid"
        assert found.keys() == {"web", "pos", "draft"} and found["web"] > orders.count() * 0.7


def test_the_real_store_got_categories_and_addresses() -> None:
    sold = Product.objects.filter(store__slug="uk-gifts")
    assert not sold.filter(category=None).exists() and sold.values("category").distinct().count() > 3
    orders = Order.objects.filter(store__slug="uk-gifts")
    assert all(order.shipping_address["country"] == order.country for order in orders) and orders
    assert not Customer.objects.filter(store__slug="uk-gifts", addresses=None).exists()


def test_every_country_of_the_export_has_a_city() -> None:
    with gzip.open(EXPORT, "rt", newline="") as export:
        countries = {row["Shipping Country"] for row in csv.DictReader(export)}
    assert countries - {""} == {*CITIES}


def test_every_kind_of_gift_has_a_shelf() -> None:
    shelved = [kind for shelves in SHELVES.values() for kinds in shelves.values() for kind in kinds]
    assert {*KINDS.values(), ""} == {*shelved} and len(shelved) == len({*shelved})


def test_nothing_happens_after_now_and_nothing_waits_longer_than_a_day() -> None:
    assert not OrderEvent.objects.filter(at__gt=NOW).exists()
    assert not Transaction.objects.filter(created_at__gt=NOW).exists()
    assert not Customer.objects.filter(created_at__gt=NOW).exists()
    assert not Customer.objects.filter(email_confirmed_at__gt=NOW).exists()
    assert not CreditEntry.objects.filter(created_at__gt=NOW).exists()
    pending = Order.objects.filter(status="PENDING")
    assert pending.exists()
    assert not pending.filter(placed_at__lte=NOW - timedelta(hours=24)).exists()


def test_orders_reach_back_two_years_and_grow() -> None:
    for store in invented():
        orders = Order.objects.filter(store=store)
        first = orders.earliest("placed_at").placed_at
        assert timedelta(days=715) < NOW - first < timedelta(days=733)
        middle = NOW - timedelta(days=365)
        assert orders.filter(placed_at__gte=middle).count() > 1.1 * orders.filter(placed_at__lt=middle).count()
        hours = Counter(placed.astimezone(store.zone).hour for placed in orders.values_list("placed_at", flat=True))
        assert sum(hours[hour] for hour in range(2, 6)) < 0.1 * sum(hours[hour] for hour in range(9, 22))


def test_customers_have_what_customers_have() -> None:
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


def test_figures_of_customers_and_coupons_follow_from_the_orders() -> None:
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


def test_some_products_are_out_of_stock_and_few_sell_most() -> None:
    for store in invented():
        products = Product.objects.filter(store=store, has_variants=False)
        assert products.filter(stock=0).exists()
        assert products.filter(stock__isnull=True).exists()
        assert not products.filter(stock__lt=0).exists()
        categories = Category.objects.filter(store=store)
        assert (categories.filter(parent=None).count(), categories.exclude(parent=None).count()) == (3, 10)
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


def test_what_comes_in_several_colors_is_one_product_with_variants() -> None:
    for store in invented():
        designs = Product.objects.filter(store=store, has_variants=True)
        assert designs.count() > 50
        assert not OrderItem.objects.filter(product__in=designs).exists()
        for design in designs.prefetch_related("variants"):
            variants = design.variants.all()
            assert len({str(variant.options) for variant in variants}) == len(variants) >= 2
            assert {variant.category_id for variant in variants} == {design.category_id}
            assert {variant.price for variant in variants} == {design.price}
            assert design.image_url in {variant.image_url for variant in variants}


def test_every_product_has_a_picture_that_can_do_nothing_but_be_seen(media_root: Path) -> None:
    products = list(Product.objects.filter(has_variants=False).select_related("store"))
    assert len({product.image_url for product in products}) == len(products) > 300
    for product in products:
        assert product.image_url.startswith(f"/media/products/{product.store.slug}/")
        drawing = Path(media_root, product.image_url.removeprefix("/media/")).read_text()
        assert drawing.startswith("<svg ")
        assert len(drawing) < 2_500
        for word in ("script", "style", "href", "url(", "onload", "<!", "{"):
            assert word not in drawing.replace('xmlns="http://www.w3.org/2000/svg"', "")


def test_every_kind_of_product_has_a_drawing() -> None:
    kinds = {design.glyph for profile in PROFILES for shelf in profile.shelves for design in shelf.designs}
    assert kinds | set(KINDS.values()) <= DRAWINGS.keys()


def test_the_accounts_can_log_in_and_see_what_they_should() -> None:
    accounts = {user.email: user for user in User.objects.all()}
    assert {email: user.role for email, user in accounts.items()} == {
        "super@dealport.com": "super_admin",
        "admin@dealport.com": "admin",
        "staff@dealport.com": "staff",
        "moda@dealport.com": "staff",
        "user@dealport.com": "user",
    }
    assert all(user.check_password(PASSWORD) for user in accounts.values())
    seen = {email: {store.slug for store in stores_for(user)} for email, user in accounts.items()}
    everything = {"uk-gifts", "sp-moda", "nz-outdoor"}
    assert seen == {
        "super@dealport.com": everything,
        "admin@dealport.com": everything,
        "staff@dealport.com": {"nz-outdoor"},
        "moda@dealport.com": {"sp-moda"},
        "user@dealport.com": set(),
    }
