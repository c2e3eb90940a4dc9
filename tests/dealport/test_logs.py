"""No log line holds a secret or a personal datum; every line of a request carries its id."""

import io
import json
import logging
import logging.config
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from django.db import IntegrityError
from django.test import Client

from customers.models import Customer, User
from customers.tokens import access_token
from dealport.celery import app, carry_request_id, log_and_forget, log_with_request_id
from dealport.logs import configure_logs
from tests.builders import a_customer, a_product, a_store, a_user

ROOT = Path(__file__).resolve().parents[2]
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
    structlog.contextvars.clear_contextvars()
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
                "paymentMethod": "CREDIT_CARD",
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
            "request_id": "req-12345678",
            "task": "dashboard.tasks.fold_ledger",
            "task_id": "t-1",
        }
    finally:
        log_and_forget()
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


def test_g057_a_request_is_one_line_with_route_status_time_account_address_and_id(lines: Any) -> None:
    store, user = a_store(), a_user(User.Role.ADMIN)
    client = Client(headers={"X-Request-ID": "req-12345678"}, REMOTE_ADDR="203.0.113.7")
    bearer = {"Authorization": f"Bearer {access_token(user)}"}
    client.get(f"/api/v1/stores/{store.slug}?nope=secret-word", headers=bearer)
    client.get("/api/v1/dashboard/metrics", headers=bearer)
    client.get("/api/v1/auth/me")
    client.get("/nowhere/secret-word")
    client.force_login(user)
    client.get("/reports/exports/?nope=secret-word")
    written = [line for line in lines() if line["logger"] == "dealport.requests"]
    assert all(line.pop("ms") >= line.pop("statements_ms") >= 0 and line.pop("timestamp") for line in written)
    assert [line.pop("statements") > 0 for line in written] == [True, True, False, False, True]
    same = {"event": "request", "level": "info", "logger": "dealport.requests", "method": "GET"}
    same |= {"address": "203.0.113.7", "request_id": "req-12345678"}
    assert [{name: value for name, value in line.items() if name not in same} for line in written] == [
        {"route": "api/v1/stores/(?P<pk>[^/.]+)$", "status": 200, "account": user.pk},
        {"route": "api/v1/dashboard/metrics", "status": 200, "account": user.pk},
        {"route": "api/v1/auth/me", "status": 401, "account": None},
        {"route": "(none)", "status": 404, "account": None},
        {"route": "reports/exports/", "status": 200, "account": user.pk},
    ]
    assert all(line | same == line for line in written)
    assert "secret-word" not in json.dumps(written)


@pytest.mark.parametrize(("fails", "outcome"), [(False, "success"), (True, "failure")])
def test_a_task_that_ends_is_one_line_with_name_id_time_and_outcome(lines: Any, fails: bool, outcome: str) -> None:
    @app.task(name="a.task")
    def task() -> None:
        if fails:
            raise ValueError("no")

    try:
        task.apply(task_id="t-1")
    finally:
        app.tasks.unregister("a.task")
    (line,) = [line for line in lines() if line["logger"] == "dealport.task_runs"]
    assert line.pop("ms") >= 0
    assert line.pop("timestamp")
    assert line == {
        "event": "task",
        "level": "info",
        "logger": "dealport.task_runs",
        "task": "a.task",
        "task_id": "t-1",
        "outcome": outcome,
    }


def test_people_who_read_along_get_no_line_for_each_request() -> None:
    configure_logs(level="DEBUG", json=False)
    assert not logging.getLogger("dealport.requests").isEnabledFor(logging.INFO)


@pytest.mark.parametrize(("variable", "is_json"), [("", True), ("DEALPORT_DEMO", False)])
def test_the_web_servers_main_process_logs_like_all_others(
    variable: str, is_json: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DEBUG", "DEALPORT_DEMO", "DEALPORT_TESTING"):
        monkeypatch.setenv(name, "1" if name == variable else "0")
    configuration = json.loads((ROOT / "dealport/granian.json").read_text())
    record = logging.LogRecord("_granian", logging.INFO, "", 1, "Starting %s", ("granian",), None)
    text = (
        logging.config.DictConfigurator(configuration)
        .configure_formatter(configuration["formatters"]["line"])
        .format(record)
    )  # type: ignore[attr-defined]
    if not is_json:
        assert text == "[INFO] Starting granian"
        return
    line = json.loads(text)
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "Starting granian", "logger": "_granian", "level": "info"}


def test_warnings_errors_and_system_checks_of_a_process_in_production_are_json_lines(
    process_environment: dict[str, str],
) -> None:
    program = "import django, warnings; django.setup(); warnings.warn('old ways', stacklevel=1); 1 / 0"
    production = {
        **{name: value for name, value in process_environment.items() if name != "DEALPORT_TESTING"},
        "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz-0123456789-0123456789",
        "ALLOWED_HOSTS": "office.example.com",
        "EXPORT_ENDPOINT_URL": "no-scheme",
        "EXPORT_BUCKET": "a-bucket",
    }
    runs = [["-c", program], ["manage.py", "check", "--database", "default"]]
    done = [
        subprocess.run([sys.executable, *arguments], cwd=ROOT, env=production, capture_output=True, text=True)
        for arguments in runs
    ]
    python, checks = ([json.loads(line) for line in process.stderr.splitlines()] for process in done)
    assert [process.returncode for process in done] == [1, 1]
    assert [line["logger"] for line in python] == ["py.warnings", "dealport"]
    assert "old ways" in python[0]["event"] and "ZeroDivisionError" in python[1]["exception"]
    found = {line["id"]: line["level"] for line in checks if "id" in line}
    assert found["dealport.E011"] == "error"
    assert (checks[-1]["level"], done[1].stdout) == ("critical", "")
