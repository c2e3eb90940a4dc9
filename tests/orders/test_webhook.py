"""What payment providers report, and who is believed."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
import time_machine

from customers.models import AuditEntry, Store, User
from orders.actions import ItemRequest, mark_paid, place_order, ship_order
from orders.models import Order, OrderEvent, WebhookEvent
from orders.webhooks import signature
from tests.admin_pages import logged_in, page
from tests.builders import a_product, a_store, a_user, an_order
from tests.orders.calls import Answer, Caller, dumped, everything
from tests.orders.provider import ADDRESS, deliver, report, told

pytestmark = pytest.mark.django_db
PROCESSED, DUPLICATE, IGNORED = ({"result": result} for result in ("processed", "duplicate", "ignored"))


def standing(order: Order) -> tuple[str, str, D]:
    order.refresh_from_db()
    return order.status, order.payment_status, order.refunded_amount


def answered(answer: Answer) -> dict[str, str]:
    assert answer.status == 200, answer.data
    found: dict[str, str] = answer.data
    return found


def test_an_approval_pays_the_order_and_is_remembered() -> None:
    order = an_order(a_store(), "10.00")

    answer = report(order, eventId="evt-a", amount=D("10.00"))

    assert answered(answer) == PROCESSED
    assert standing(order) == ("PROCESSING", "PAID", D("0.00"))
    event = order.events.last()
    assert event is not None
    assert (event.kind, event.actor, event.actor_label) == (OrderEvent.Kind.PAID, None, "payment provider")
    assert order.transactions.get().gateway_transaction_id == "gw-1"
    row = WebhookEvent.objects.get()
    assert (row.store_id, row.event_id, row.type, row.order_id, row.gateway_transaction_id, row.occurred_at) == (
        order.store_id,
        "evt-a",
        "payment.approved",
        order.pk,
        "gw-1",
        datetime(2026, 11, 20, 9, tzinfo=UTC),
    )


@pytest.mark.parametrize("kind", ["payment.rejected", "payment.canceled"])
def test_a_refused_payment_expires_the_order(kind: str) -> None:
    order = an_order(a_store())
    assert answered(report(order, kind)) == PROCESSED
    assert standing(order) == ("EXPIRED", "FAILED", D("0.00"))


@pytest.mark.parametrize("kind", ["payment.refunded", "payment.chargeback"])
def test_money_goes_back_in_parts_or_whole_and_never_more_than_there_is(kind: str) -> None:
    order = an_order(a_store(), "10.00", paid=True)
    assert answered(report(order, kind, amount=D("4.00"))) == PROCESSED
    assert standing(order) == ("PROCESSING", "PARTIALLY_REFUNDED", D("4.00"))
    assert answered(report(order, kind, amount=D("99.00"))) == PROCESSED
    assert standing(order) == ("REFUNDED", "REFUNDED", D("10.00"))
    assert answered(report(order, kind)) == PROCESSED
    assert standing(order) == ("REFUNDED", "REFUNDED", D("10.00"))
    whole = an_order(a_store(), "10.00", paid=True)
    report(whole, kind)
    assert standing(whole) == ("REFUNDED", "REFUNDED", D("10.00"))


@pytest.mark.parametrize("kind", ["payment.refunded", "payment.chargeback"])
def test_goods_that_have_not_left_return_to_stock(kind: str) -> None:
    store = a_store()
    for shipped, left in ((False, 5), (True, 3)):
        product = a_product(store, stock=5)
        order = place_order(store=store, items=[ItemRequest(product.pk, 2)], actor=None)
        mark_paid(order=order, actor=None)
        if shipped:
            ship_order(order=order, actor=None)
        report(order, kind)
        product.refresh_from_db()
        assert product.stock == left


def test_a_report_delivered_again_has_no_second_effect() -> None:
    order = an_order(a_store(), "10.00", paid=True)
    content = told(order, "payment.refunded", amount=D("3.00"))
    assert answered(deliver(order.store, content)) == PROCESSED
    before = everything()
    assert answered(deliver(order.store, content)) == DUPLICATE
    assert answered(deliver(order.store, {**content, "amount": D("4.00")})) == DUPLICATE
    assert everything() == before
    with time_machine.travel(datetime(2036, 1, 1, tzinfo=UTC)):
        assert answered(deliver(order.store, content)) == DUPLICATE
    assert everything() == before


def test_event_ids_are_each_store_s_own() -> None:
    first, second = an_order(a_store(), paid=True), an_order(a_store(), paid=True)
    for order in (first, second):
        assert answered(report(order, "payment.refunded", eventId="evt-1")) == PROCESSED
        assert standing(order)[0] == "REFUNDED"


def test_the_secret_says_whose_order_is_meant_where_numbers_are_alike() -> None:
    first, second = an_order(a_store()), an_order(a_store())
    Order.objects.update(number="1001")
    second.refresh_from_db()
    assert answered(report(second)) == PROCESSED
    assert (standing(first)[0], standing(second)[0]) == ("PENDING", "PROCESSING")
    first.refresh_from_db()
    named = f"{ADDRESS}?store={first.store.slug}"
    assert answered(deliver(first.store, told(first), address=named)) == PROCESSED
    assert standing(first)[0] == "PROCESSING"


def test_beyond_the_stores_that_are_tried_a_report_names_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orders.webhooks.MOST_STORES", 1)
    first, second = an_order(a_store()), an_order(a_store())
    assert report(first).status == 200
    assert report(second).status == 401
    assert standing(second)[0] == "PENDING"
    address = f"{ADDRESS}?store={second.store.slug}"
    assert answered(deliver(second.store, told(second), address=address)) == PROCESSED


def test_every_store_has_an_address_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orders.webhooks.MOST_STORES", 1)
    first, second = an_order(a_store()), an_order(a_store())
    address = f"{ADDRESS}/{second.store.slug}"
    assert answered(deliver(second.store, told(second), address=address)) == PROCESSED
    assert deliver(first.store, told(first), address=address).status == 401
    assert deliver(first.store, told(first), address=f"{ADDRESS}/nowhere").status == 401
    assert standing(first)[0] == "PENDING"


def test_a_new_secret_is_shown_once_and_the_former_works_on_for_the_overlap() -> None:
    order = an_order(a_store(slug="tea"), "10.00", paid=True)
    former, call = order.store, Caller(a_user(User.Role.SUPER_ADMIN))
    made = call("POST", "/stores/tea/webhook-secret", {"overlapHours": 2}).data
    assert (made["url"], made["secret"] == former.webhook_secret) == (
        "http://testserver/api/v1/payments/webhook/tea",
        False,
    )
    fresh = Store.objects.get()
    assert made["secret"] == fresh.webhook_secret
    assert "secret" not in str(call("GET", "/stores/tea").data)
    refund = {"kind": "payment.refunded", "amount": D("1.00")}
    assert answered(deliver(fresh, told(order, **refund))) == PROCESSED
    assert answered(deliver(former, told(order, **refund))) == PROCESSED
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=3)):
        assert deliver(former, told(order, **refund)).status == 401
        assert answered(deliver(fresh, told(order, **refund))) == PROCESSED
    call("POST", "/stores/tea/webhook-secret", {"overlapHours": 0})
    assert deliver(fresh, told(order, **refund)).status == 401
    assert Caller(a_user(User.Role.ADMIN))("POST", "/stores/tea/webhook-secret", {}).status == 403
    entry = AuditEntry.objects.filter(action="webhook secret rotated").first()
    assert entry is not None
    assert entry.changes["webhook_secret"] == ["***", "***"]
    assert made["secret"] not in str([*AuditEntry.objects.values_list("changes")])


def test_a_report_of_an_unknown_order_leaves_a_row_and_works_when_the_order_is_there() -> None:
    store = a_store()
    content = {
        "eventId": "early",
        "type": "payment.approved",
        "orderNumber": "S-1",
        "occurredAt": "2026-11-20T09:00:00Z",
    }
    assert [answered(deliver(store, content)) for _ in range(2)] == [IGNORED, IGNORED]
    row = WebhookEvent.objects.get()
    assert (row.order, row.order_number, row.type) == (None, "S-1", "payment.approved")
    shown = logged_in(a_user(User.Role.ADMIN)).get(page(WebhookEvent)).content.decode()
    assert "S-1, unknown" in shown
    order = an_order(store)
    Order.objects.filter(pk=order.pk).update(number="S-1")
    assert [answered(deliver(store, content)) for _ in range(2)] == [PROCESSED, DUPLICATE]
    assert (standing(order)[1], WebhookEvent.objects.get().order) == ("PAID", order)


def test_what_is_not_known_here_is_answered_without_effect() -> None:
    order, foreign = an_order(a_store()), an_order(a_store())
    Order.objects.filter(pk=foreign.pk).update(number="1001")
    table = WebhookEvent._meta.db_table
    before = {**everything(), table: None}
    assert answered(report(order, orderNumber="ORD-1")) == IGNORED
    assert answered(report(order, orderNumber="1001")) == IGNORED
    assert answered(report(order, "payment.disputed", newField={"a": 1})) == IGNORED
    assert answered(deliver(order.store, {"type": "customer.created"})) == IGNORED
    assert {**everything(), table: None} == before
    rows = WebhookEvent.objects.order_by("pk").values_list("store", "order", "order_number")
    assert list(rows) == [(order.store_id, None, "ORD-1"), (order.store_id, None, "1001")]


def test_an_event_that_came_before_its_order_works_when_it_comes_again() -> None:
    store = a_store()
    order = an_order(store)
    content = told(order)
    number, order.number = order.number, "other"
    order.save(update_fields=["number"])
    assert answered(deliver(store, content)) == IGNORED
    Order.objects.update(number=number)
    assert answered(deliver(store, content)) == PROCESSED


def test_an_approval_of_another_amount_is_kept() -> None:
    order = an_order(a_store())
    assert answered(report(order, amount=D("9.99"))) == PROCESSED
    order.refresh_from_db()
    assert (order.status, order.payment_status, order.captured_amount) == ("PENDING", "PARTIALLY_PAID", D("9.99"))
    assert order.events.order_by("id").last().note == "9.99 of 10.00 received, 0.01 outstanding"


def without_secret(store: Store, body: bytes) -> dict[str, str]:
    """Return headers that prove nothing, by what is wrong with them."""
    now = int(time.time())
    right = signature(store.webhook_secret, body, now)
    other = a_store()
    return {
        "missing": "",
        "nonsense": "hello",
        "no digest": f"t={now}",
        "empty digest": f"t={now},v1=",
        "guessed secret": signature("secret", body, now),
        "another store's secret": signature(other.webhook_secret, body, now),
        "other body": signature(store.webhook_secret, body + b" ", now),
        "other time": right.replace(f"t={now}", f"t={now - 1}"),
        "upper case": right.upper(),
        "something after it": right + ",v1=0",
        "white space": f" {right} x",
        "other scheme": right.replace("v1", "v0"),
        "other digits": right.replace(str(now), "".join(chr(0x660 + int(digit)) for digit in str(now))),
        "too old": signature(store.webhook_secret, body, now - 301),
        "too young": signature(store.webhook_secret, body, now + 301),
        "huge time": signature(store.webhook_secret, body, 10**13),
        "negative time": signature(store.webhook_secret, body, -now),
    }


@time_machine.travel(datetime(2026, 11, 20, 9, tzinfo=UTC), tick=False)
def test_without_the_secret_everything_is_the_same_401() -> None:
    order = an_order(a_store())
    known = dumped(told(order))
    named = f"{ADDRESS}?store={order.store.slug}"
    attempts = without_secret(order.store, known)
    before = everything()
    refusals = {}
    for wrong, header in attempts.items():
        refusals[wrong] = Caller(None)("POST", named, known, X_DealPort_Signature=header)
    unknown = dumped(told(order, orderNumber="ORD-404"))
    for wrong, address, body in [
        ("unknown order", ADDRESS, unknown),
        ("known order", ADDRESS, known),
        ("unknown store", f"{ADDRESS}?store=nowhere", known),
        ("store with a NUL", f"{ADDRESS}?store=%00", known),
        ("malformed body", ADDRESS, b"{"),
        ("no body", ADDRESS, b""),
    ]:
        header = signature("guess", body, int(time.time()))
        refusals[wrong] = Caller(None)("POST", address, body, X_DealPort_Signature=header)
    for wrong, answer in refusals.items():
        assert answer.data.pop("requestId", None), (wrong, answer)
        assert (answer.status, answer.data, answer.headers["WWW-Authenticate"]) == (
            401,
            {
                "status": "error",
                "message": "The signature is missing, wrong or more than five minutes off.",
                "code": "AUTHENTICATION_FAILED",
            },
            "DealPort-Signature",
        ), wrong
    assert everything() == before


@pytest.mark.parametrize("age", [300, -300])
@time_machine.travel(datetime(2026, 11, 20, 9, tzinfo=UTC), tick=False)
def test_five_minutes_either_way_are_taken(age: int) -> None:
    order = an_order(a_store())
    assert answered(deliver(order.store, told(order), age=age)) == PROCESSED


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"eventId": None}, ["eventId"]),
        ({"eventId": ""}, ["eventId"]),
        ({"eventId": "x" * 101}, ["eventId"]),
        ({"eventId": 7}, ["eventId"]),
        ({"eventId": "a\0b"}, ["eventId"]),
        ({"type": None}, ["type"]),
        ({"type": ""}, ["type"]),
        ({"type": 5}, ["type"]),
        ({"type": ["payment.approved"]}, ["type"]),
        ({"orderNumber": None, "occurredAt": None}, ["occurredAt", "orderNumber"]),
        ({"orderNumber": {"a": 1}}, ["orderNumber"]),
        ({"amount": 0}, ["amount"]),
        ({"amount": -1}, ["amount"]),
        ({"amount": D("0.001")}, ["amount"]),
        ({"amount": True}, ["amount"]),
        ({"amount": 10**12}, ["amount"]),
        ({"occurredAt": "2026-11-20T09:00:00"}, ["occurredAt"]),
        ({"occurredAt": "yesterday"}, ["occurredAt"]),
        ({"occurredAt": "2026-13-20T09:00:00Z"}, ["occurredAt"]),
        ({"occurredAt": "0001-01-01T00:00:00+14:00"}, ["occurredAt"]),
        ({"gatewayTransactionId": "x" * 101}, ["gatewayTransactionId"]),
        ({"status": "PAID", "store_id": 1}, ["status", "store_id"]),
    ],
)
def test_a_malformed_report_is_400_naming_its_fields(changes: dict[str, Any], fields: list[str]) -> None:
    order = an_order(a_store())
    before = everything()
    assert report(order, **changes).refusal == (400, fields)
    assert everything() == before


def test_what_is_no_report_at_all_is_refused_as_well() -> None:
    store = a_store()
    for body, status in [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b'{"type":"payment.approved","type":"payment.refunded"}', 400),
        (b'{"amount":1e99999999999999999999}', 400),
        (b"[" * 16_000, 400),
        (b" " * 16_385, 413),
        (b" " * 3_000_000, 413),
    ]:
        assert deliver(store, body).status == status, body[:40]
    assert Caller(None)("GET", ADDRESS).status == 405
