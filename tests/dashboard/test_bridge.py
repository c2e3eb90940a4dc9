"""`GET /api/v1/dashboard/bridge`: why total sales differ by order date and by transaction date."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest
import simplejson
from django.test import Client

from customers.models import Store, User
from dashboard.metrics.folding import fold_all
from orders.actions import mark_paid, refund_order
from tests.builders import a_store, a_user, an_order, local

pytestmark = pytest.mark.django_db
MARCH = {"store": "tea", "period": "monthly", "year": 2026, "month": 3}


def read(**parameters: object) -> dict[str, Any]:
    client = Client()
    client.force_login(a_user(User.Role.ADMIN))
    answer = client.get("/api/v1/dashboard/bridge", {**MARCH, **parameters})
    found: dict[str, Any] = simplejson.loads(answer.content, use_decimal=True)
    return found["data"] if answer.status_code == 200 else found


@pytest.fixture
def tea() -> Store:
    """February, March and April, with money that crosses both ends of March in Auckland."""
    store = a_store(slug="tea", timezone="Pacific/Auckland", currency="NZD")
    february = an_order(store, "100.00", paid=True, at=local(store, 2026, 2, 28, 23, 59))
    refund_order(order=february, amount=D("30.00"), at=local(store, 2026, 3, 1, 0, 0), actor=None)
    late = an_order(store, "7.00", at=local(store, 2026, 2, 27, 12))
    mark_paid(order=late, at=local(store, 2026, 3, 31, 23, 59), actor=None)
    march = an_order(store, "50.00", paid=True, at=local(store, 2026, 3, 10, 12))
    refund_order(order=march, amount=D("5.00"), at=local(store, 2026, 3, 20, 12), actor=None)
    refund_order(order=march, amount=D("8.00"), at=local(store, 2026, 4, 1, 0, 0), actor=None)
    mark_paid(order=an_order(store, "11.00", at=local(store, 2026, 3, 31, 23)), at=local(store, 2026, 4, 2), actor=None)
    return store


def test_the_parts_add_up_to_the_difference_folded_or_not(tea: Store) -> None:
    for _ in range(2):
        found = read()
        assert (found["placed"], found["booked"], found["difference"]) == (D("48.00"), D("22.00"), D("-26.00"))
        assert {part["part"]: (part["amount"], part["orders"]) for part in found["parts"]} == {
            "paymentsOfOtherOrders": (D("7.00"), 1),
            "refundsOfOtherOrders": (D("-30.00"), 1),
            "paymentsBookedElsewhere": (D("-11.00"), 1),
            "refundsBookedElsewhere": (D("8.00"), 1),
        }
        assert sum(part["amount"] for part in found["parts"]) == found["difference"]
        assert (found["entries"], found["pagination"]) == (None, None)
        fold_all()


def test_a_part_opens_to_its_orders(tea: Store) -> None:
    found = read(part="refundsBookedElsewhere")
    (entry,) = found["entries"]
    assert (entry["kind"], entry["amount"], entry["at"]) == ("refund", D("8.00"), "2026-04-01T00:00:00+13:00")
    assert found["pagination"] == {"page": 1, "limit": 20, "total": 1, "totalPages": 1}
    assert read(part="refunds")["errors"]["part"][0].startswith("Enter one of paymentsOfOtherOrders")
    assert [*read(page=2, part="refundsBookedElsewhere")["errors"]] == ["page"]
