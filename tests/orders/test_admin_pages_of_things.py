"""The pages of one order, customer, product and discount: what a person needs to know stands on them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from customers.actions import add_credits, update_customer
from customers.models import AuditEntry, Store, User
from orders.actions import (
    ItemRequest,
    adjust_stock,
    change_order_details,
    create_coupon,
    refund_order,
    ship_order,
    update_product,
)
from orders.models import Coupon, Order, Product
from orders.timeline import timeline
from tests.admin_pages import logged_in, page
from tests.builders import a_customer, a_product, a_store, a_user, an_order, local

pytestmark = pytest.mark.django_db


@pytest.fixture
def store() -> Store:
    return a_store(currency="NZD", timezone="Pacific/Auckland")


@pytest.fixture
def staff(store: Store) -> User:
    return a_user(User.Role.STAFF, store)


@pytest.fixture
def client(staff: User) -> Client:
    return logged_in(staff)


def test_the_timeline_of_an_order_says_in_plain_words_what_happened_and_who_did_it(store: Store, staff: User) -> None:
    order = an_order(store, "20.00", paid=True)
    ship_order(order=order, actor=staff)
    refund_order(order=order, amount=D("5.25"), reason="scratched", actor=staff)
    assert [(moment.text, moment.who, moment.note) for moment in timeline(order)] == [
        ("NZ$5.25 refunded", staff.email, "scratched"),
        ("Shipped", staff.email, ""),
        ("NZ$20.00 paid", "", ""),
        ("Order placed", "", ""),
    ]


def test_the_page_of_an_order_shows_items_sums_payment_and_customer(client: Client, store: Store) -> None:
    customer = a_customer(store, name="Ada Lovelace", email="ada@example.com", phone="+64 21 123 456")
    order = an_order(
        store,
        "20.00",
        paid=True,
        customer=customer,
        payment_method="CREDIT_CARD",
        shipping_address={"name": "Ada", "street": "1 Road", "city": "Wellington", "country": "NZ"},
    )
    text = client.get(page(Order, "change", order.pk)).content.decode()
    for shown in (
        order.items.get().name,
        "NZ$20.00",
        "Credit card",
        "Ada Lovelace",
        "ada@example.com",
        "+64 21 123 456",
        "1 Road",
        "Timeline",
        "NZ$20.00 paid",
    ):
        assert shown in text
    assert text.index("Items") < text.index("Payment</h2>") < text.index("Notes and tags")


@pytest.mark.parametrize("kind", ["packing-slip", "summary"])
def test_papers_are_printed_of_one_order_and_of_many(client: Client, store: Store, kind: str) -> None:
    orders = [an_order(store, "20.00", paid=True) for _ in range(2)]
    foreign = an_order(a_store())
    assert client.get(reverse(f"admin:orders_order_{kind}", args=[foreign.pk])).status_code == 404
    one = client.get(reverse(f"admin:orders_order_{kind}", args=[orders[0].pk])).content.decode()
    assert orders[0].number in one
    assert ("NZ$20.00" in one) == (kind == "summary")
    action = {"packing-slip": "print_packing_slips", "summary": "print_summaries"}[kind]
    ticked = {"action": action, "_selected_action": [order.pk for order in (*orders, foreign)]}
    many = client.post(page(Order), ticked)
    assert [paper["order"] for paper in many.context["papers"]] == orders


def test_a_packing_slip_leaves_out_what_was_refunded(client: Client, store: Store) -> None:
    order = an_order(store, "20.00", "30.00", paid=True)
    kept, returned = order.items.order_by("pk")
    refund_order(order=order, lines={returned.pk: 1}, actor=None)
    text = client.get(reverse("admin:orders_order_packing-slip", args=[order.pk])).content.decode()
    assert (kept.name in text, returned.name in text) == (True, False)


@pytest.mark.parametrize(
    ("view", "number"), [("unpaid", 1), ("to-ship", 2), ("refunded", 3), ("cash-on-delivery", 0), ("nonsense", 4)]
)
def test_the_views_of_the_list_show_their_orders(client: Client, store: Store, view: str, number: int) -> None:
    refunded = an_order(store, paid=True)
    refund_order(order=refunded, actor=None)
    orders = {1: an_order(store), 2: an_order(store, paid=True), 3: refunded}
    answer = client.get(page(Order), {"view": view}, follow=True)
    shown = list(answer.context["cl"].result_list)
    assert shown == ([orders[number]] if number in orders else [] if not number else shown)
    assert [choice["display"] for choice in answer.context["views"]] == [
        "All",
        "Unpaid",
        "To ship",
        "Cash on delivery",
        "Refunded",
        "Disputed",
    ]


def test_a_dispute_is_a_view_of_the_list_a_badge_and_a_line_of_the_history(client: Client, store: Store) -> None:
    order, other = an_order(store, paid=True), an_order(store, paid=True)
    Order.objects.filter(pk=order.pk).update(tags=["gift"])

    def act(action: str) -> list[Order]:
        client.post(page(Order), {"action": action, ACTION_CHECKBOX_NAME: [order.pk]})
        return list(client.get(page(Order), {"view": "disputed"}).context["cl"].result_list)

    assert act("mark_disputed") == [order] == act("mark_disputed")
    order.refresh_from_db()
    assert order.tags == ["gift", "disputed"]
    badges = [
        client.get(reverse("admin:orders_order_change", args=[one.pk])).content.decode().count(">Disputed<")
        for one in (order, other)
    ]
    assert (badges[0] > 0, badges[1]) == (True, 0)
    assert act("end_dispute") == []
    change_order_details(order=order, changes={"tags": ["gift", " Disputed "]}, actor=None)
    assert list(client.get(page(Order), {"view": "disputed"}).context["cl"].result_list) == [order]
    assert act("end_dispute") == []
    order.refresh_from_db()
    assert (order.tags, order.payment_status) == (["gift"], "PAID")
    # each change is one line: marking it again was none
    assert AuditEntry.objects.filter(object_id=order.pk, action="tags changed").count() == 4


def test_the_page_of_a_customer_shows_orders_lifetime_figures_and_what_happened(
    client: Client, staff: User, store: Store
) -> None:
    customer = a_customer(store, name="Ada Lovelace")
    order = an_order(store, "20.00", paid=True, customer=customer)
    add_credits(customer=customer, amount=D("5.00"), reason="sorry", actor=staff)
    update_customer(customer=customer, changes={"notes": "Call first."}, actor=staff)
    other = an_order(store, customer=a_customer(store))
    text = client.get(page(type(customer), "change", customer.pk)).content.decode()
    for shown in (
        order.number,
        f"Ordered {order.number}: NZ$20.00",
        "Store credit of NZ$5.00 granted: sorry",
        "Notes changed",
        staff.email,
        "Average order value",
    ):
        assert shown in text
    assert other.number not in text


def test_the_page_of_a_product_shows_sales_margin_and_who_changed_price_and_stock(
    client: Client, staff: User, store: Store
) -> None:
    product = a_product(store, "10.00", stock=5, cost_price=D("4.00"), name="Chair")
    an_order(store, items=None, paid=True)
    update_product(product=product, changes={"price": D("12.00")}, actor=staff)
    adjust_stock(product=product, stock=9, seen=5, actor=staff)
    text = client.get(page(Product, "change", product.pk)).content.decode()
    for shown in ("Price: NZ$10.00 → NZ$12.00", "5 → 9", staff.email, "NZ$8.00, 66.7", "Month by month"):
        assert shown in text


def test_sales_of_a_product_are_those_of_its_months(client: Client, store: Store) -> None:
    product = a_product(store, "10.00")
    for item in (product, a_product(store, "99.00")):
        an_order(store, items=[ItemRequest(item.pk, 2)], paid=True)
    answer = client.get(page(Product, "change", product.pk)).content.decode()
    assert "<dt>Sales</dt><dd>NZ$20.00</dd>" in answer
    assert "<dt>Units</dt><dd>2</dd>" in answer


def test_times_of_a_discount_are_read_and_shown_in_the_stores_zone(client: Client, store: Store) -> None:
    at = local(store, 2026, 11, 10)
    coupon = create_coupon(store=store, values={"code": "TEN", "value": D(10), "ends_at": at}, actor=None)
    text = client.get(page(Coupon, "change", coupon.pk)).content.decode()
    assert 'value="2026-11-10"' in text
    assert 'value="00:00:00"' in text
    assert "Times are those of Pacific/Auckland." in text
    form = {"code": "TEN", "kind": "percent", "value": "10", "minimum_subtotal": "0", "is_active": "on"}
    moved = {**form, "ends_at_0": "2026-12-01", "ends_at_1": "09:00:00"}
    assert client.post(page(Coupon, "change", coupon.pk), moved).status_code == 302
    coupon.refresh_from_db()
    assert coupon.ends_at == local(store, 2026, 12, 1, 9)


def test_a_discount_that_has_ended_is_marked_and_can_be_filtered(client: Client, store: Store) -> None:
    now = timezone.now()
    for code, values in {
        "OLD": {"ends_at": now - timedelta(minutes=1)},
        "NOW": {},
        "SOON": {"starts_at": now + timedelta(days=1)},
        "OFF": {"is_active": False},
    }.items():
        create_coupon(store=store, values={"code": code, "value": D(10), **values}, actor=None)
    text = client.get(page(Coupon)).content.decode()
    for state in ("Expired", "Active", "Scheduled", "Switched off"):
        assert f">{state}</span>" in text
    found = {
        choice: [coupon.code for coupon in client.get(page(Coupon), {"validity": choice}).context["cl"].result_list]
        for choice in ("now", "scheduled", "expired")
    }
    assert found == {"now": ["NOW"], "scheduled": ["SOON"], "expired": ["OLD"]}


def test_amounts_have_the_decimals_of_their_currency() -> None:
    yen = a_store(currency="JPY", timezone="Asia/Tokyo")
    order = an_order(yen, "500.00", paid=True)
    text = logged_in(a_user(User.Role.STAFF, yen)).get(page(Order, "change", order.pk)).content.decode()
    assert "¥500" in text
    assert "¥500.00" not in text


def test_staff_are_not_led_to_the_page_of_the_store_that_they_may_not_open(client: Client, store: Store) -> None:
    product = a_product(store)
    addresses = [page(Product, "change", product.pk), page(type(a_customer(store)), "change", a_customer(store).pk)]
    for address in addresses:
        text = client.get(address).content.decode()
        assert store.name in text
        assert "/admin/customers/store/" not in text
    admin = logged_in(a_user(User.Role.ADMIN))
    assert f"/admin/customers/store/{store.pk}/change/" in admin.get(addresses[0]).content.decode()


def test_a_page_that_is_not_there_keeps_the_frame(client: Client) -> None:
    answer = client.get("/nothing-here")
    assert answer.status_code == 404
    assert 'aria-label="Main"' in answer.content.decode()
    assert 'aria-label="Main"' not in Client().get("/nothing-here").content.decode()
