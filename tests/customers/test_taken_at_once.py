"""Two who want the same name at once: one gets it, the other learns that it is taken, and nothing breaks."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from customers.models import Store, Subscription, User
from customers.tokens import access_token
from tests.builders import a_customer, a_store, a_user

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 8


def all_at_once(method: str, path: str, body: dict[str, Any]) -> Counter[int]:
    """Return how often each status came back."""
    headers = {"Authorization": f"Bearer {access_token(a_user(User.Role.ADMIN))}"}
    barrier, statuses = threading.Barrier(AT_ONCE), []

    def send() -> None:
        try:
            barrier.wait()
            client = Client(raise_request_exception=False)
            statuses.append(getattr(client, method)(path, body, "application/json", headers=headers).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(statuses)


def test_one_of_many_gets_the_slug_of_a_store() -> None:
    body = {"slug": "wanted", "name": "Wanted", "currency": "GBP", "timezone": "Europe/London"}
    found = all_at_once("post", "/api/v1/stores", body)
    assert (found[201], found[201] + found[400] + found[409]) == (1, AT_ONCE)
    assert Store.objects.filter(slug="wanted").count() == 1


def test_one_of_many_gets_the_e_mail_address_of_an_account() -> None:
    found = all_at_once("post", "/api/v1/auth/register", {"email": "wanted@example.com", "password": "long-enough-1x"})
    assert (found[201], found[201] + found[400] + found[409]) == (1, AT_ONCE)
    assert User.objects.filter(email="wanted@example.com").count() == 1


def test_many_who_set_a_first_subscription_leave_one() -> None:
    customer = a_customer(a_store())
    body = {"plan": "Box", "status": "active", "currentPeriodEnd": "2027-01-01T00:00:00Z", "monthlyAmount": 9}
    found = all_at_once("put", f"/api/v1/customers/{customer.pk}/subscription", body)
    assert found == {200: AT_ONCE}
    assert Subscription.objects.filter(customer=customer).count() == 1
