"""Orders in the admin: every step calls the order's action, and what is refused changes nothing."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from customers.models import Store, User
from orders.actions import (
    ItemRequest,
    deliver_order,
    mark_paid,
    place_order,
    refund_order,
    refuse_payment,
    ship_order,
)
from orders.models import Order, OrderEvent, Refund
from tests.admin_pages import logged_in, page
from tests.builders import a_customer, a_product, a_store, a_user, an_order

pytestmark = pytest.mark.django_db

STATUS, PAYMENT = Order.Status, Order.PaymentStatus


@pytest.fixture
def store() -> Store:
    return a_store()


@pytest.fixture
def staff(store: Store) -> User:
    return a_user(User.Role.STAFF, store)


@pytest.fixture
def client(staff: User) -> Client:
    return logged_in(staff)


def order_in(status: str, store: Store) -> Order:
    """Return an order that has come as far as `status`."""
    order = an_order(store, "20.00", paid=status not in (STATUS.PENDING, STATUS.EXPIRED))
    if status == STATUS.EXPIRED:
        refuse_payment(order=order, actor=None)
    if status in (STATUS.SHIPPED, STATUS.DELIVERED):
        ship_order(order=order, actor=None)
    if status == STATUS.DELIVERED:
        deliver_order(order=order, actor=None)
    order.refresh_from_db()
    return order


def run(client: Client, action: str, *orders: Order, **data: str) -> list[str]:
    """Run an action of the list on `orders` and return the messages."""
    ticked = {"action": action, "_selected_action": [order.pk for order in orders], **data}
    answer = client.post(page(Order), ticked)
    if answer.status_code == 200 and answer.templates[0].name == "admin/orders/order/confirm.html":
        answer = client.post(page(Order), confirmed(answer, ticked))
    assert answer.status_code == 302
    return [str(message) for message in get_messages(answer.wsgi_request)]


def confirmed(answer: Any, ticked: dict[str, Any]) -> dict[str, Any]:
    """Return the form of the page that asks before money goes back, sent as it is."""
    return {**ticked, "confirmed": "True", "seen": answer.context["form"].sums}


def snapshot(order: Order) -> tuple[Any, ...]:
    """Return everything of an order that a step could change, and how many events and refunds it has."""
    row = Order.objects.filter(pk=order.pk).values().get()
    return row, OrderEvent.objects.filter(order=order).count(), Refund.objects.filter(order=order).count()


@pytest.mark.parametrize(
    ("action", "before", "after", "payment", "kind"),
    [
        ("mark_paid", STATUS.PENDING, STATUS.PROCESSING, PAYMENT.PAID, "paid"),
        ("mark_paid", STATUS.EXPIRED, STATUS.PROCESSING, PAYMENT.PAID, "paid"),
        ("ship", STATUS.PROCESSING, STATUS.SHIPPED, PAYMENT.PAID, "shipped"),
        ("deliver", STATUS.SHIPPED, STATUS.DELIVERED, PAYMENT.PAID, "delivered"),
        ("cancel", STATUS.PENDING, STATUS.CANCELED, PAYMENT.PENDING, "canceled"),
        ("cancel", STATUS.PROCESSING, STATUS.CANCELED, PAYMENT.REFUNDED, "canceled"),
        ("refund", STATUS.DELIVERED, STATUS.REFUNDED, PAYMENT.REFUNDED, "refunded"),
    ],
)
def test_an_action_takes_the_order_one_step_and_history_names_the_person(
    client: Client, staff: User, store: Store, action: str, before: str, after: str, payment: str, kind: str
) -> None:
    order, other = order_in(before, store), order_in(before, store)
    untouched = snapshot(other)
    messages = run(client, action, order)
    order.refresh_from_db()
    event = OrderEvent.objects.filter(order=order).latest("pk")
    assert (order.status, order.payment_status) == (after, payment)
    assert (event.kind, event.actor, event.actor_label) == (kind, staff, staff.email)
    assert len(messages) == 1
    assert messages[0].startswith(f"{order.number}: ")
    assert snapshot(other) == untouched


@pytest.mark.parametrize(
    ("action", "status"),
    [
        ("mark_paid", STATUS.PROCESSING),
        ("ship", STATUS.PENDING),
        ("deliver", STATUS.PROCESSING),
        ("cancel", STATUS.SHIPPED),
        ("refund", STATUS.PENDING),
    ],
)
def test_a_refused_action_says_why_and_changes_nothing(client: Client, store: Store, action: str, status: str) -> None:
    order = order_in(status, store)
    before = snapshot(order)
    (message,) = run(client, action, order)
    assert message.startswith(f"{order.number}: An order that is {status} cannot become ")
    assert snapshot(order) == before


def test_one_refused_order_does_not_keep_the_others_back(client: Client, store: Store) -> None:
    paid, unpaid = order_in(STATUS.PROCESSING, store), order_in(STATUS.PENDING, store)
    before = snapshot(unpaid)
    messages = run(client, "ship", paid, unpaid)
    paid.refresh_from_db()
    assert paid.status == STATUS.SHIPPED
    assert snapshot(unpaid) == before
    assert len(messages) == 2


def test_actions_never_run_on_all_pages_at_once(client: Client, store: Store) -> None:
    order = order_in(STATUS.PENDING, store)
    before = snapshot(order)
    assert run(client, "mark_paid", order, select_across="1") == [
        "Tick the rows to work on; all pages at once is not possible."
    ]
    assert snapshot(order) == before


def test_the_page_offers_the_steps_that_are_possible_and_takes_them(client: Client, staff: User, store: Store) -> None:
    order = order_in(STATUS.PROCESSING, store)
    answer = client.get(page(Order, "change", order.pk))
    assert [choice.label for choice in answer.context["steps"]] == ["Cancel"]
    assert answer.context["can_ship"] and answer.context["can_edit"]
    assert answer.context["can_refund"]
    address = reverse("admin:orders_order_step", args=[order.pk, "ship"])
    assert client.get(address).status_code == 405
    assert client.post(address).status_code == 302
    order.refresh_from_db()
    assert order.status == STATUS.SHIPPED
    assert OrderEvent.objects.filter(order=order).latest("pk").actor == staff
    assert client.post(reverse("admin:orders_order_step", args=[order.pk, "explode"])).status_code == 404


@pytest.mark.parametrize(("action", "button"), [("refund", "Refund"), ("cancel", "Cancel and refund")])
def test_money_goes_back_only_after_a_page_that_says_how_much(
    client: Client, store: Store, action: str, button: str
) -> None:
    orders = [order_in(STATUS.PROCESSING, store), order_in(STATUS.PROCESSING, store), order_in(STATUS.PENDING, store)]
    refund_order(order=orders[0], amount=D("5.50"), actor=None)
    before = [snapshot(order) for order in orders]
    ticked = {"action": action, "_selected_action": [order.pk for order in orders]}
    answer = client.post(page(Order), ticked)
    shown = answer.content.decode()
    assert answer.status_code == 200
    assert "3 orders" in shown
    assert f"{button} £34.50</button>" in shown
    assert [snapshot(order) for order in orders] == before
    # somebody refunds one meanwhile: the sum that was confirmed is no longer true
    refund_order(order=orders[0], amount=D("1.00"), actor=None)
    again = client.post(page(Order), confirmed(answer, ticked))
    assert "The orders have changed since." in again.content.decode()
    assert f"{button} £33.50</button>" in again.content.decode()
    done = client.post(page(Order), {**confirmed(again, ticked), "reason": "recalled"})
    assert done.status_code == 302
    for order in orders[:2]:
        order.refresh_from_db()
        assert (order.sales, order.payment_status) == (0, PAYMENT.REFUNDED)
        assert Refund.objects.filter(order=order).latest("pk").reason == "recalled"


def test_canceling_a_paid_order_on_its_page_asks_first(client: Client, store: Store) -> None:
    order = order_in(STATUS.PROCESSING, store)
    address = reverse("admin:orders_order_step", args=[order.pk, "cancel"])
    answer = client.post(address)
    order.refresh_from_db()
    assert (answer.status_code, order.status) == (200, STATUS.PROCESSING)
    assert client.post(address, confirmed(answer, {})).status_code == 302
    order.refresh_from_db()
    assert (order.status, order.sales) == (STATUS.CANCELED, 0)


def test_only_notes_and_tags_can_be_typed_in(client: Client, store: Store) -> None:
    order = order_in(STATUS.PROCESSING, store)
    row = Order.objects.filter(pk=order.pk).values().get()
    form = client.get(page(Order, "change", order.pk)).context["adminform"].form
    assert list(form.fields) == ["notes", "internal_notes", "tags"]
    forged = {
        "notes": "call first",
        "internal_notes": "",
        "tags": "",
        "status": "DELIVERED",
        "total_amount": "0.01",
        "captured_amount": "0",
        "number": "X",
    }
    answer = client.post(page(Order, "change", order.pk), {**forged, **management_forms()})
    assert answer.status_code == 302
    after = Order.objects.filter(pk=order.pk).values().get()
    assert after.pop("updated_at") > row.pop("updated_at")
    assert after == {**row, "notes": "call first"}
    assert client.get(page(Order, "add")).status_code == 403
    assert client.post(page(Order, "delete", order.pk), {"post": "yes"}).status_code == 403


def management_forms() -> dict[str, str]:
    """Return what the inlines of an order's page post, all of them read-only."""
    return {
        f"{prefix}-{name}": "0"
        for prefix in ("items", "fulfillments", "refunds", "transactions", "events")
        for name in ("TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS", "MAX_NUM_FORMS")
    }


def refund_page(order: Order) -> str:
    return reverse("admin:orders_order_refund", args=[order.pk])


def test_the_refund_page_gives_back_an_amount_once_even_if_sent_twice(
    client: Client, staff: User, store: Store
) -> None:
    order = order_in(STATUS.DELIVERED, store)
    version = client.get(refund_page(order)).context["form"]["version"].value()
    data = {"what": "amount", "amount": "7.50", "reason": "scratched", "version": version}
    assert client.post(refund_page(order), data).status_code == 302
    again = client.post(refund_page(order), data)
    assert again.status_code == 200
    assert "has changed since you opened it: it is at version" in again.content.decode()
    refund = Refund.objects.get(order=order)
    order.refresh_from_db()
    assert (refund.amount, refund.reason, refund.restock, refund.created_by) == (D("7.50"), "scratched", False, staff)
    assert (order.payment_status, order.sales) == (PAYMENT.PARTIALLY_REFUNDED, D("12.50"))


def test_the_refund_page_gives_back_pieces_and_returns_them_to_stock(client: Client, store: Store) -> None:

    kept, returned = a_product(store, "3.00", stock=10), a_product(store, "4.00", stock=10)
    order = place_order(store=store, items=[ItemRequest(kept.pk, 2), ItemRequest(returned.pk, 3)], actor=None)
    order = mark_paid(order=order, actor=None)
    item = order.items.get(product=returned)
    data = {"what": "lines", f"item_{item.pk}": "2", "restock": "on", "version": order.version}
    assert client.post(refund_page(order), data).status_code == 302
    kept.refresh_from_db()
    returned.refresh_from_db()
    assert (Refund.objects.get().amount, kept.stock, returned.stock) == (D("8.00"), 8, 9)


def test_the_refund_page_gives_back_all_that_is_left(client: Client, store: Store) -> None:
    order = order_in(STATUS.SHIPPED, store)
    assert client.post(refund_page(order), {"what": "everything", "version": order.version}).status_code == 302
    order.refresh_from_db()
    assert (order.status, order.refunded_amount) == (STATUS.REFUNDED, D("20.00"))


def test_the_button_of_the_refund_page_says_how_much_goes_back_and_asking_refunds_nothing(
    client: Client, store: Store
) -> None:
    cup, lamp = a_product(store, "3.00", stock=10), a_product(store, "4.00", stock=10)
    order = place_order(store=store, items=[ItemRequest(cup.pk, 2), ItemRequest(lamp.pk, 3)], actor=None)
    order = mark_paid(order=order, actor=None)
    item = order.items.get(product=lamp)
    before = snapshot(order)

    def verb(**data: str) -> object:
        answer = client.post(refund_page(order), {**data, "version": order.version, "preview": "1"})
        return answer.context["verb"]

    assert client.get(refund_page(order)).context["verb"] == "Refund"  # what it would be needs the script
    assert verb(what="everything") == "Refund £18.00"
    assert verb(what="amount", amount="5.25") == "Refund £5.25"
    assert verb(what="lines", **{f"item_{item.pk}": "2"}) == "Refund £8.00"
    assert verb(what="amount", amount="18.01") == verb(what="amount") == "Refund"
    assert snapshot(order) == before


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({"what": "amount", "amount": "20.01"}, "at most 20.00 is left to refund"),
        ({"what": "amount", "amount": "0"}, "amount: Enter an amount above zero."),
        ({"what": "amount", "amount": ""}, "Enter an amount."),
        ({"what": "amount", "amount": "1.005"}, "no more than 2 decimal places"),
        ({"what": "lines"}, "Enter a quantity for at least one item."),
        ({"what": "everything", "amount": "1"}, "Leave this empty"),
        ({}, "This field is required."),
    ],
)
def test_a_refused_refund_says_why_and_changes_nothing(
    client: Client, store: Store, data: dict[str, str], text: str
) -> None:
    order = order_in(STATUS.PROCESSING, store)
    before = snapshot(order)
    answer = client.post(refund_page(order), {**data, "version": order.version})
    assert answer.status_code == 200
    assert text in answer.content.decode()
    assert snapshot(order) == before


def test_too_many_pieces_are_refused_on_their_field(client: Client, store: Store) -> None:
    order = order_in(STATUS.PROCESSING, store)
    before = snapshot(order)
    item = order.items.get()
    answer = client.post(refund_page(order), {"what": "lines", f"item_{item.pk}": "2", "version": order.version})
    assert list(answer.context["form"].errors) == [f"item_{item.pk}"]
    assert snapshot(order) == before


@pytest.mark.parametrize(("text", "amount"), [("5,25", "5.25"), ("5.2", "5.20"), ("1,000", None), ("1.000,50", None)])
def test_an_amount_may_have_a_comma_before_its_cents_and_none_for_thousands(
    client: Client, store: Store, text: str, amount: str | None
) -> None:
    order = an_order(store, "2000.00", paid=True)
    version = client.get(refund_page(order)).context["form"]["version"].value()
    client.post(refund_page(order), {"what": "amount", "amount": text, "version": version})
    assert list(Refund.objects.values_list("amount", flat=True)) == ([D(amount)] if amount else [])


def test_an_order_with_nothing_left_says_so_and_leads_back(client: Client, store: Store) -> None:
    order = an_order(store, "10.00", paid=True)
    refund_order(order=order, actor=None)
    answer = client.get(refund_page(order)).content.decode()
    assert "Nothing left to refund" in answer
    assert 'name="amount"' not in answer
    assert answer.count(reverse("admin:orders_order_change", args=[order.pk])) >= 2  # breadcrumb and button


def numbers(client: Client, term: str) -> list[str]:
    return [order.number for order in client.get(page(Order), {"q": term}).context["cl"].result_list]


def test_orders_are_found_by_parts_of_number_e_mail_or_name(client: Client, store: Store) -> None:
    ada = a_customer(store, name="Ada Lovelace", email="ada@example.com")
    first, second = an_order(store, customer=ada), an_order(store)
    Order.objects.filter(pk=second.pk).update(number="#1001")
    assert numbers(client, first.number) == [first.number]
    assert numbers(client, first.number[:6].lower()) == [first.number]
    assert numbers(client, "1001") == ["#1001"]
    assert numbers(client, "ADA@ex") == [first.number]
    assert numbers(client, "ada love") == [first.number]
    assert numbers(client, "lovelace") == [first.number]
    assert numbers(client, "bab") == []
    assert numbers(client, "%") == []
    assert client.get(page(Order), {"q": "\0"}).status_code == 400
