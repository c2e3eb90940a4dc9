"""Every answer carries a request id and the headers that tell browsers what is allowed."""

import re

import pytest
from django.test import Client

STRICT = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'self'; form-action 'self'; "
    "frame-ancestors 'none'"
)
# Log-in page of the admin, a JSON answer, an error page.
PATHS = ("/admin/login/", "/health", "/nothing-here", "/api/v1/nothing-here")


@pytest.mark.django_db
@pytest.mark.parametrize("path", PATHS)
def test_every_answer_forbids_sniffing_framing_and_foreign_content(client: Client, path: str) -> None:
    headers = client.get(path).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert re.fullmatch(r"[0-9a-f]{32}", headers["X-Request-ID"])


@pytest.mark.django_db
def test_no_page_may_evaluate_scripts_or_style_inline_the_admin_included(client: Client) -> None:
    for path in ("/nothing-here", "/admin/login/", "/admin/orders/order/"):
        assert client.get(path).headers["Content-Security-Policy"] == STRICT


def test_a_sane_request_id_is_kept(client: Client) -> None:
    response = client.get("/health", headers={"X-Request-ID": "trace_1.2-3456"})

    assert response.headers["X-Request-ID"] == "trace_1.2-3456"


@pytest.mark.parametrize("given", ["", "short", "a" * 65, "with space", "line\nbreak!", "ümlaut-id", "<script>x"])
def test_a_strange_request_id_is_replaced(client: Client, given: str) -> None:
    response = client.get("/health", HTTP_X_REQUEST_ID=given)

    assert re.fullmatch(r"[0-9a-f]{32}", response.headers["X-Request-ID"])


@pytest.mark.django_db
def test_answers_of_the_api_are_not_stored_by_anybody(client: Client) -> None:
    assert client.get("/api/v1/nothing-here").headers["Cache-Control"] == "private, no-store"
