"""Keys of credentials are replaced without anybody entering credentials again."""

from __future__ import annotations

import io

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from dealport.kit import secrets
from orders.connections import schedule
from orders.models import Connection
from tests.builders import a_store
from tests.shopify_server import signed

pytestmark = pytest.mark.django_db

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def a_connection(address: str) -> Connection:
    return Connection.objects.create(
        store=a_store(), kind="shopify", address=address, credentials=secrets.seal({"clientSecret": address})
    )


def test_all_connections_get_the_first_key(settings: Settings) -> None:
    settings.CREDENTIALS_KEYS = [OLD]
    made = [a_connection("a.myshopify.com"), a_connection("b.myshopify.com")]
    settings.CREDENTIALS_KEYS = [NEW, OLD]
    out = io.StringIO()
    call_command("rotate_credentials", stdout=out)
    assert out.getvalue() == "2 connections have the first key now.\n"
    settings.CREDENTIALS_KEYS = [NEW]
    for connection in made:
        connection.refresh_from_db()
        assert secrets.unseal(connection.credentials) == {"clientSecret": connection.address}


def test_a_key_that_is_gone_is_named_changes_nothing_and_blocks_the_connection_instead_of_failing(
    settings: Settings,
) -> None:
    settings.CREDENTIALS_KEYS = [OLD]
    connection = a_connection("a.myshopify.com")
    sealed = connection.credentials
    settings.CREDENTIALS_KEYS = [NEW]
    with pytest.raises(CommandError, match=r"a\.myshopify\.com: None of CREDENTIALS_KEYS opens these credentials"):
        call_command("rotate_credentials")
    request = signed("orders/create", {"id": 1}, secret="a.myshopify.com")
    assert Client().post(f"/api/v1/connections/{connection.public_id}/webhook", **request).status_code == 401
    schedule.poll(connection.pk)
    connection.refresh_from_db()
    assert (connection.state, connection.problem, connection.credentials) == (
        "blocked",
        "None of CREDENTIALS_KEYS opens these credentials.",
        sealed,
    )
