"""What staff write down about an order."""

from __future__ import annotations

import pytest

from customers.models import AuditEntry
from orders.actions import change_order_details
from tests.builders import a_store, an_order

pytestmark = pytest.mark.django_db
NOTED = {"notes": "a bag", "internal_notes": "regular", "tags": ["gift"]}


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("tags",), "tags changed"),
        (("internal_notes", "tags"), "internal notes and tags changed"),
        (("notes", "internal_notes", "tags"), "notes, internal notes and tags changed"),
    ],
)
def test_the_history_names_what_was_changed(names: tuple[str, ...], said: str) -> None:
    order = an_order(a_store())
    change_order_details(order=order, changes={name: NOTED[name] for name in names}, actor=None)
    assert AuditEntry.objects.latest("pk").action == said
