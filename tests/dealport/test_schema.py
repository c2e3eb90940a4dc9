"""The OpenAPI document: complete, valid, without a warning, and for staff alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from django.test import Client
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.validation import validate_schema

from customers.models import User
from tests.builders import a_store, a_user
from tests.dealport.document import Operation, document, operations

OPERATIONS = {operation.name: operation for operation in operations()}


def contents(operation: Operation) -> Iterator[dict[str, Any]]:
    yield from operation.description.get("requestBody", {}).get("content", {}).values()
    yield from operation.success[1].get("content", {}).values()


def without_multiples(schema: Any) -> Any:
    """Return a schema without `multipleOf`, which the validator asks of binary fractions."""
    if isinstance(schema, dict):
        return {key: without_multiples(value) for key, value in schema.items() if key != "multipleOf"}
    return [without_multiples(entry) for entry in schema] if isinstance(schema, list) else schema


def test_the_document_is_valid_and_comes_without_a_warning() -> None:
    document.cache_clear()
    validate_schema(document())
    assert GENERATOR_STATS._warn_cache == {}
    assert GENERATOR_STATS._error_cache == {}


def test_every_operation_has_a_name_of_its_own_and_a_summary() -> None:
    found = list(operations())
    assert len(found) > 45
    assert len({operation.name for operation in found}) == len(found)
    assert [o.name for o in found if not re.fullmatch(r"[a-z][A-Za-z]+", o.name)] == []
    assert [o.name for o in found if not o.description.get("summary")] == []
    assert [o.name for o in found if "security" not in o.description] == []


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_request_and_success_has_an_example_that_fits_its_schema(name: str) -> None:
    root = without_multiples({"components": document()["components"]})
    for content in contents(OPERATIONS[name]):
        ((_, example),) = content["examples"].items()
        schema = without_multiples(content["schema"]) | root
        jsonschema.Draft202012Validator(schema).validate(example["value"])


@pytest.mark.parametrize("name", [name for name, found in OPERATIONS.items() if found.path.startswith("/api/v1/")])
def test_answers_come_in_the_envelope_and_errors_in_their_one_shape(name: str) -> None:
    described = OPERATIONS[name].description
    for content in OPERATIONS[name].success[1].get("content", {}).values():
        ((_, example),) = content["examples"].items()
        is_list = content["schema"].get("$ref", "").startswith("#/components/schemas/Paginated")
        is_list = is_list or "meta" in content["schema"].get("properties", {})
        assert set(example["value"]) == ({"status", "data", "meta"} if is_list else {"status", "data"})
    for status, answer in described["responses"].items():
        assert status.startswith(("2", "304")) or answer["$ref"].startswith("#/components/responses/")
    body, keyed = "requestBody" in described, "422" in described["responses"]
    assert ({"400", "413", "415"} <= set(described["responses"])) == body
    assert keyed == any(entry["name"] == "Idempotency-Key" for entry in described.get("parameters", []))


def test_every_refusal_that_invites_to_try_again_documents_retry_after() -> None:
    shared = document()["components"]
    names = {answer: described["headers"].get("Retry-After") for answer, described in shared["responses"].items()}
    retried = {answer: header["$ref"].rpartition("/")[2] for answer, header in names.items() if header}
    assert retried == {"Conflict": "Retry-After-Busy", "TooMany": "Retry-After", "Away": "Retry-After"}
    assert "required" not in shared["headers"]["Retry-After-Busy"]  # a contradiction does not pass by itself
    unsafe = [found for found in operations() if found.method != "GET"]
    assert len(unsafe) > 40
    assert [found.name for found in unsafe if "409" not in found.description["responses"]] == []


@pytest.mark.django_db
@pytest.mark.parametrize(("role", "status"), [("super_admin", 200), ("admin", 200), ("staff", 200), ("user", 403)])
def test_staff_alone_read_the_document_and_its_page(role: str, status: int) -> None:
    client = Client()
    client.force_login(a_user(role, a_store()))
    served = client.get("/api/schema", headers={"Accept": "application/json"})
    assert (served.status_code, client.get("/api/docs").status_code) == (status, status)
    if status == 200:
        assert served.json() == document()


@pytest.mark.django_db
def test_a_stranger_gets_no_document_and_is_led_to_the_login() -> None:
    assert Client().get("/api/schema").status_code == 401
    page = Client().get("/api/docs")
    assert (page.status_code, page["Location"]) == (302, "/login/?next=/api/docs")


@pytest.mark.django_db
def test_the_page_has_no_inline_script_or_style() -> None:
    client = Client()
    client.force_login(a_user(User.Role.ADMIN))
    page = client.get("/api/docs/orders").content.decode()
    assert not re.search(r"<style| style=", page)
    assert re.findall(r"<script>|<script(?![^>]* src=)", page) == []
