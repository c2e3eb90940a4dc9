"""A console on this process's test database, with committed rows to read.

Django's models are imported inside: this file may be read before Django is set up.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.db import connection

from tests import emptying
from tests.conftest import WORKER

if TYPE_CHECKING:
    from customers.models import User

ROLE = f"dealport_sql_{WORKER}"


def console_url() -> str:
    """Return the address of the test database with the login of the console's role."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    host = parts.netloc.rpartition("@")[2]
    netloc = f"{ROLE}:a%20password%20with%20%27%20and%20%25@{host}"
    return parts._replace(netloc=netloc, path=f"/{connection.settings_dict['NAME']}").geturl()


@pytest.fixture(scope="session", autouse=True)
def role_that_goes(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Drop the role with the tests: it belongs to the server, which may outlive them."""
    yield
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE])
            if cursor.fetchone():
                cursor.execute(f"DROP OWNED BY {ROLE}; DROP ROLE {ROLE}")
        # the database is dropped next, and where a browser ran before, not through this connection
        connection.close()


@pytest.fixture(scope="module")
def prepared(django_db_setup: None, django_db_blocker: Any) -> Iterator[User]:
    """Prepare the console and commit one paid order; empty the tables after the module. Returns a super admin."""
    from reports.sql.role import prepare
    from tests.builders import a_customer, a_store, a_user, an_order

    with django_db_blocker.unblock():
        prepare(console_url())
        store = a_store(slug="tea-house")
        customer = a_customer(store, email="ann@example.com", name="Ann")
        an_order(store, "10.00", "2.50", paid=True, customer=customer)
        an_order(store, "7.00", customer=customer)
        yield a_user("super_admin", email="root@example.com")
        emptying.empty()
        connection.close()


@pytest.fixture
def console(prepared: User, db: None, settings: Any) -> User:
    """Switch the console on over the committed rows. Returns a super admin."""
    settings.DEALPORT_SQL_CONSOLE = True
    settings.SQL_DATABASE_URL = console_url()
    return prepared


@pytest.fixture
def bare(prepared: User, db: None) -> Iterator[psycopg.Connection[Any]]:
    """Connect as the console's role without any check of what is run."""
    with psycopg.connect(console_url(), autocommit=True) as opened:
        yield opened
