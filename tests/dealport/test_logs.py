"""No log line holds a secret or a personal datum; every line of a request carries its id."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from django.db import IntegrityError
from django.test import Client

from customers.models import Customer, User
from customers.tokens import access_token
from dealport.celery import carry_request_id, forget_request_id, log_with_request_id
from dealport.logs import configure_logs
from tests.builders import a_customer, a_product, a_store, a_user

pytestmark = pytest.mark.django_db
CANARIES = {
    "email": "canary.mail@example.com",
    "name": "Canaria Canary",
    "phone": "+49-555-CANARY",
    "street": "1 Canary Wharf",
    "password": "canary-Passw0rd",
}


@pytest.fixture
def lines() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """Log as production does, at the lowest level; call the fixture for the lines so far."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    configure_logs(level="DEBUG", json=True)
    written = io.StringIO()
    (handler,) = root.handlers
    handler.setStream(written)  # type: ignore[attr-defined]
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    root.handlers[:] = before[0]
    root.setLevel(before[1])


def test_canaries_planted_everywhere_are_in_no_line(lines: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    store = a_store()
    user = a_user(User.Role.SUPER_ADMIN, email="canary.user@example.com")
    token = str(access_token(user))
    client = Client(headers={"Authorization": f"Bearer {token}"}, raise_request_exception=False)
    address = {"street": CANARIES["street"], "city": "x", "country": "GB"}
    person = {"store": store.slug, "email": CANARIES["email"], "name": CANARIES["name"], "phone": CANARIES["phone"]}
    product, customer = a_product(store), a_customer(store)

    def post(path: str, content: Any) -> int:
        return client.post(f"/api/v1/{path}", content, content_type="application/json").status_code

    def explode(*_: Any, **__: Any) -> None:
        Customer.objects.create(store=store, email=CANARIES["email"])
        Customer.objects.create(store=store, email=CANARIES["email"])

    statuses = [
        post("auth/login", {"email": CANARIES["email"], "password": CANARIES["password"]}),
        post("customers", {**person, "addresses": [address]}),
        post("customers", {**person, "addresses": [address]}),
        post("customers", {**person, "nickname": CANARIES["name"]}),
        post(
            "orders",
            {
                "store": store.slug,
                "customerId": customer.pk,
                "items": [{"productId": product.pk, "quantity": 1}],
                "shippingAddress": {**address, "state": "", "postalCode": ""},
                "paymentMethod": "card",
                "notes": CANARIES["phone"],
            },
        ),
        client.get(f"/api/v1/customers?search={CANARIES['email']}&nope={CANARIES['email']}").status_code,
    ]
    monkeypatch.setattr("customers.api.customers.register_customer", explode)
    statuses.append(post("customers", person))
    assert statuses == [401, 201, 409, 400, 201, 400, 500]
    found = lines()
    assert any("IntegrityError" in line.get("exception", "") for line in found)
    assert len(found) >= 5
    text = json.dumps(found)
    leaked = [word for word in (*CANARIES.values(), token, store.webhook_secret, user.email) if word in text]
    assert leaked == []


def test_every_line_of_a_request_carries_its_id(lines: Any) -> None:
    Client().get("/api/v1/auth/me", headers={"X-Request-ID": "req-12345678"})
    assert [line["request_id"] for line in lines() if line["logger"] == "django.request"] == ["req-12345678"]


def test_a_task_logs_with_the_id_of_the_request_that_caused_it() -> None:
    class Task:
        name = "dashboard.tasks.fold_ledger"
        request: Any

    headers: dict[str, Any] = {}
    with structlog.contextvars.bound_contextvars(request_id="req-12345678"):
        carry_request_id(headers=headers)
    task = Task()
    task.request = type("Request", (), {"headers": headers})()
    log_with_request_id(task_id="t-1", task=task)
    try:
        assert structlog.contextvars.get_contextvars() == {
            "request_id": "req-12345678", "task": "dashboard.tasks.fold_ledger", "task_id": "t-1",
        }  # fmt: skip
    finally:
        forget_request_id()
    assert structlog.contextvars.get_contextvars() == {}


def test_a_duplicate_key_error_is_logged_without_its_values(lines: Any) -> None:
    store = a_store()
    a_customer(store, email=CANARIES["email"])
    try:
        Customer.objects.create(store=store, email=CANARIES["email"])
    except IntegrityError:
        logging.getLogger("any").exception("it failed")
    (line,) = lines()
    assert "customers_customer_email_once_per_store" in line["exception"]
    assert CANARIES["email"] not in line["exception"]
