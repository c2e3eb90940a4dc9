"""What every endpoint does with requests nobody should send: one error shape, a request id, never a 5xx."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from django.test import Client

from customers.models import Customer, User
from customers.tokens import access_token
from tests.builders import a_customer, a_store, a_user
from tests.dealport.document import operations

pytestmark = pytest.mark.django_db
OPERATIONS = {operation.name: operation for operation in operations() if operation.path.startswith("/api/")}
TAKE_A_BODY = [name for name, operation in OPERATIONS.items() if "requestBody" in operation.description]
CUSTOMERS = "/api/v1/customers"


@pytest.fixture
def admin(settings: Any) -> dict[str, str]:
    settings.DEALPORT_ANONYMOUS_REQUESTS = 100_000
    return {"Authorization": f"Bearer {access_token(a_user(User.Role.SUPER_ADMIN))}"}


def send(name: str, body: bytes, headers: dict[str, str], content_type: str = "application/json") -> Any:
    operation = OPERATIONS[name]
    return Client().generic(operation.method, operation.path.replace("{id}", "1"), body, content_type, headers=headers)


def refusal(answer: Any) -> tuple[int, str]:
    """Return status and code of an error, which has its one shape."""
    body = json.loads(answer.content)
    assert answer["Content-Type"] == "application/json"
    assert set(body) - {"errors"} == {"status", "message", "code", "requestId"}
    assert (body["status"], body["requestId"]) == ("error", answer["X-Request-ID"])
    assert ("errors" in body) == (body["code"] == "VALIDATION_ERROR")
    return answer.status_code, body["code"]


SIGNED = ("receiveSourceEvent", "reportPayment", "reportPaymentOfStore")
BODIES = {
    "cut off": (b'{"a":', 400, "MALFORMED_REQUEST"),
    "NaN": (b'{"amount": NaN}', 400, "MALFORMED_REQUEST"),
    "infinity": (b'{"amount": -Infinity}', 400, "MALFORMED_REQUEST"),
    "not UTF-8": (b'{"name": "\xff"}', 400, "MALFORMED_REQUEST"),
    "lone surrogate": (b'{"name": "\\ud800"}', 400, "MALFORMED_REQUEST"),
    "key twice": (b'{"name": "a", "name": "b"}', 400, "MALFORMED_REQUEST"),
    "deep lists": (b"[" * 100_000 + b"]" * 100_000, 400, "MALFORMED_REQUEST"),
    "deep objects": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, 400, "MALFORMED_REQUEST"),
    "long number": (b'{"amount": ' + b"9" * 10_000 + b"}", 400, "MALFORMED_REQUEST"),
    "exponent": (b'{"amount": 1e999999999999999999999}', 400, "MALFORMED_REQUEST"),
    "ten megabytes": (b'{"a":"' + b"x" * 10_000_000 + b'"}', 413, "PAYLOAD_TOO_LARGE"),
}


@pytest.mark.parametrize("kind", BODIES)
def test_a_body_that_cannot_be_understood_is_refused_by_every_operation(kind: str, admin: dict[str, str]) -> None:
    body, status, code = BODIES[kind]
    for name in TAKE_A_BODY:
        found = refusal(send(name, body, {} if name in SIGNED else admin))
        if name in SIGNED:
            assert found[0] in (401, 413), "its own limit and the signature come first"
        elif "{id}" in OPERATIONS[name].path:
            assert found in ((status, code), (404, "RESOURCE_NOT_FOUND")), name
        else:
            assert found == (status, code), name


def test_a_body_that_is_read_is_refused_for_what_is_wrong_with_it(admin: dict[str, str]) -> None:
    customer = a_customer(a_store(), name="Before")
    for body, status, code in BODIES.values():
        for method in ("PATCH", "PUT"):
            path = f"{CUSTOMERS}/{customer.pk}{'/subscription' if method == 'PUT' else ''}"
            answer = Client().generic(method, path, body, "application/json", headers=admin)
            assert refusal(answer) == (status, code)
    assert Customer.objects.get(pk=customer.pk).name == "Before"


@pytest.mark.parametrize("value", ["\\u0000", "a\\u0000b"])
def test_a_nul_character_is_refused_with_the_field_named(value: str, admin: dict[str, str]) -> None:
    answer = send("createStore", b'{"slug":"s","name":"%s","currency":"EUR"}' % value.encode(), admin)
    assert refusal(answer) == (400, "VALIDATION_ERROR")
    assert answer.json()["errors"]["name"] == ["Null characters are not allowed."]


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "x"]
)
def test_a_body_that_is_not_json_is_415(content_type: str, admin: dict[str, str]) -> None:
    for name in ("createCustomer", "login", "placeOrder"):
        assert refusal(send(name, b"name=x", admin, content_type)) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize(
    "path", ["/api", "/api/", "/api/v1", "/api/v1/", "/api/v2/orders", "/api/v1/nothing", "/api/v1/\0"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "HEAD", "OPTIONS"])
def test_an_unknown_address_is_404(path: str, method: str, admin: dict[str, str]) -> None:
    answer = Client().generic(method, path, headers=admin)
    assert answer.status_code == 404
    if path != "/api" and method != "HEAD":
        assert refusal(answer) == (404, "RESOURCE_NOT_FOUND")


def test_an_address_has_no_slash_at_its_end(admin: dict[str, str]) -> None:
    for operation in OPERATIONS.values():
        path = operation.path.replace("{id}", "1") + "/"
        assert refusal(Client().generic(operation.method, path, headers=admin)) == (404, "RESOURCE_NOT_FOUND")


def test_a_method_that_is_not_there_is_405_and_the_others_are_named(admin: dict[str, str]) -> None:
    methods: dict[str, set[str]] = {}
    for operation in OPERATIONS.values():
        methods.setdefault(operation.path, set()).add(operation.method)
    for path, known in methods.items():
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "QUERY"} - known:
            answer = Client().generic(method, path.replace("{id}", "1"), b"{}", "application/json", headers=admin)
            assert refusal(answer) == (405, "METHOD_NOT_ALLOWED"), (method, path)
            allowed = {name.strip() for name in answer["Allow"].split(",")}
            assert allowed - {"HEAD", "OPTIONS"} == known


def test_head_says_what_get_says_without_a_body(admin: dict[str, str]) -> None:
    got, headed = Client().get(CUSTOMERS, headers=admin), Client().head(CUSTOMERS, headers=admin)
    assert (headed.status_code, headed.content) == (200, b"")
    assert headed["Content-Type"] == got["Content-Type"]


def test_options_names_the_methods_of_every_address(admin: dict[str, str]) -> None:
    for operation in OPERATIONS.values():
        answer = Client().options(operation.path.replace("{id}", "1"), headers=admin)
        assert answer.status_code == 200
        assert operation.method in answer["Allow"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer " + "x" * 100_000},
        {"Authorization": "Bearer a.b.c"},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer a b"},
        {"Authorization": "Basic YTpi"},
        {"Authorization": "Bearer \u00e9\u00e9"},
        {"Cookie": "sessionid=" + "y" * 100_000},
        {"Cookie": "sessionid=a\0b"},
    ],
)
def test_a_strange_proof_of_who_it_is_is_401(headers: dict[str, str]) -> None:
    assert refusal(Client().get(CUSTOMERS, headers=headers))[0] == 401


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Request-ID", "z" * 100_000),
        ("Accept-Language", "q" * 100_000),
        ("X-Forwarded-For", "1.2.3.4, " * 20_000),
        ("If-None-Match", '"' * 50_000),
        ("User-Agent", "\u00ff" * 1000),
        ("Idempotency-Key", "k" * 201),
    ],
)
def test_a_huge_header_changes_nothing(name: str, value: str, admin: dict[str, str]) -> None:
    assert Client().get(CUSTOMERS, headers={**admin, name: value}).status_code == 200


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "nonsense", "*/*;q=0", "application/json;v=9"])
def test_who_does_not_take_json_gets_an_error_in_json_or_json(accept: str, admin: dict[str, str]) -> None:
    answer = Client().get(CUSTOMERS, headers={**admin, "Accept": accept})
    assert answer["Content-Type"] == "application/json"
    if answer.status_code != 200:
        assert refusal(answer) == (406, "NOT_ACCEPTABLE")


@pytest.mark.parametrize(
    "query",
    [
        "search=" + "x" * 100_000,
        "&".join(f"p{n}=1" for n in range(3_000)),
        "search=%00",
        "search=%ff%fe",
        "%00=1",
        "page=" + "9" * 5_000,
        "limit=1e1",
        "page=\u0661".encode().decode("latin-1"),
        "ordering=password",
        "ordering=store__webhook_secret",
        "store__webhook_secret__startswith=a",
        "tier=",
        "page=1&page=2",
    ],
)
def test_a_strange_query_string_is_400_or_finds_nothing(query: str, admin: dict[str, str]) -> None:
    answer = Client().get(f"{CUSTOMERS}?{query}", headers=admin)
    if query.startswith("search=") and "%00" not in query:
        assert (answer.status_code, answer.json()["meta"]["total"]) == (200, 0)
    else:
        assert refusal(answer)[0] == 400


def test_every_error_carries_the_headers_that_protect_browsers(admin: dict[str, str], settings: Any) -> None:
    answers = [
        Client().get(CUSTOMERS),
        Client().get(f"{CUSTOMERS}/1", headers=admin),
        Client().get(f"{CUSTOMERS}?nothing=1", headers=admin),
        Client().get("/api/v1/nothing"),
        Client().put(CUSTOMERS, headers=admin),
        send("createCustomer", b"{", admin),
        send("createCustomer", b"x", admin, "text/plain"),
    ]
    assert [answer.status_code for answer in answers] == [401, 404, 400, 404, 405, 400, 415]
    for answer in answers:
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["Referrer-Policy"] == "same-origin"
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
        assert "unsafe" not in answer["Content-Security-Policy"]
        assert answer["Cache-Control"] == "private, no-store"


def test_over_https_browsers_are_told_to_insist_on_it(settings: Any) -> None:
    settings.SECURE_HSTS_SECONDS = 31_536_000
    for path in ("/api/v1/nothing", CUSTOMERS, "/health"):
        assert Client().get(path, secure=True)["Strict-Transport-Security"].startswith("max-age=31536000")


def test_applications_of_allowed_origins_may_call_the_api_and_others_may_not(settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://spa.example.com"]
    for origin, allowed in (("https://spa.example.com", True), ("https://evil.example.com", False), ("null", False)):
        for path in (CUSTOMERS, "/store/dashboard", "/api/v1/nothing"):
            answer = Client().get(path, headers={"Origin": origin})
            assert answer.get("Access-Control-Allow-Origin") == (origin if allowed else None)
            assert answer.get("Access-Control-Allow-Credentials") == ("true" if allowed else None)
            assert "Origin" in answer["Vary"] or "origin" in answer["Vary"]
        asked = {
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,idempotency-key",
        }
        preflight = Client().options("/api/v1/orders", headers=asked)
        assert preflight.status_code == 200
        assert preflight.get("Access-Control-Allow-Origin") == (origin if allowed else None)
        if allowed:
            assert "idempotency-key" in preflight["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Origin" not in Client().get(
        "/dashboard/", headers={"Origin": "https://spa.example.com"}
    )


def test_long_answers_are_compressed_for_who_takes_it(admin: dict[str, str]) -> None:
    store = a_store()
    for _ in range(5):
        a_customer(store)
    plain = Client().get(CUSTOMERS, headers=admin)
    packed = Client().get(CUSTOMERS, headers={**admin, "Accept-Encoding": "gzip"})
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert "Accept-Encoding" in packed["Vary"]


def test_an_offset_beyond_what_the_database_knows_is_understood(admin: dict[str, str]) -> None:
    customer = a_customer(a_store(slug="far"))
    sent = b'{"plan":"Box","status":"active","monthlyAmount":1,"currentPeriodEnd":"2050-10-04T12:07:53+22:29"}'
    path = f"{CUSTOMERS}/{customer.pk}/subscription"
    answer = Client().put(path, sent, "application/json", headers=admin)
    assert (answer.status_code, answer.json()["data"]["currentPeriodEnd"]) == (200, "2050-10-03T13:38:53Z")
    past = "/api/v1/dashboard/changed-past?store=far&since=2050-10-04T12:07:53.43%2B22:29"
    assert Client().get(past, headers=admin).status_code == 200


def test_a_probe_answers_safe_methods_alone() -> None:
    for method in ("POST", "PUT", "DELETE", "QUERY"):
        answer = Client(enforce_csrf_checks=True).generic(method, "/health")
        assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")
