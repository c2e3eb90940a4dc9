"""The pages of the API: every operation of the schema, with its parameters, body and examples."""

from __future__ import annotations

import pytest
from django.test import Client

from customers.models import User
from dealport.api.docs import document, operations
from tests.admin_pages import logged_in
from tests.builders import a_store, a_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return logged_in(a_user(User.Role.STAFF, a_store()))


def test_every_operation_of_the_schema_is_on_the_page_of_its_part(client: Client) -> None:
    index = client.get("/api/docs").content.decode()
    for part, found in operations().items():
        page = client.get(f"/api/docs/{part}").content.decode()
        for operation in found:
            assert f'href="/api/docs/{part}#{operation.key}"' in index
            assert f'id="{operation.key}"' in page
            assert operation.path in page
    methods = {"get", "post", "put", "patch", "delete"}
    described = {(path, method) for path, each in document()["paths"].items() for method in methods & set(each)}
    assert described == {(each.path, each.method.lower()) for found in operations().values() for each in found}


def test_an_operation_shows_parameters_fields_and_examples(client: Client) -> None:
    page = client.get("/api/docs/orders").content.decode()
    for shown in ("Place an order", "Idempotency-Key", "items[].quantity", "required", "Example of 201"):
        assert shown in page
    assert 'aria-label="Main"' in page
    assert '<html lang="en"' in page


def test_who_may_not_read_it_is_led_away() -> None:
    assert Client().get("/api/docs")["Location"] == "/login/?next=/api/docs"
    assert logged_in(a_user(User.Role.USER)).get("/api/docs").status_code == 403


def test_a_part_that_is_not_there_is_not_found(client: Client) -> None:
    assert client.get("/api/docs/nothing").status_code == 404
