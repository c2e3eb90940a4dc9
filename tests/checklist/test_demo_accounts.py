"""Promises about the demo's accounts and about starting it anew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError
from django.test import Client, override_settings

from customers.models import AuditEntry, Customer, Store, User
from orders.models import Order, OrderEvent, OrderItem
from tests.builders import a_store, a_user, an_order
from tests.orders.calls import Caller
from tests.orders.seeded import PASSWORD, demo_mode, seed

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(tmp_path: Path) -> Iterator[Path]:
    with demo_mode(tmp_path) as folder:
        yield folder


def test_g220_g223_g226_g237_the_demo_is_cleared_and_filled_anew_with_its_accounts(media: Path) -> None:
    mine = a_store(slug="mine")
    order, stranger = an_order(mine, paid=True), a_user()
    with pytest.raises(CommandError, match="add --clear"):
        seed(orders=200)
    with override_settings(DEALPORT_DEMO=False), pytest.raises(CommandError, match="demo mode alone"):
        seed("--clear", orders=200)
    assert Order.objects.filter(pk=order.pk).exists()

    seed("--clear", orders=200)

    assert set(Store.objects.values_list("slug", flat=True)) == {"uk-gifts", "sp-moda", "nz-outdoor"}
    assert not User.objects.filter(email=stranger.email).exists()
    assert not AuditEntry.objects.filter(store_id=mine.pk, object_label=str(mine)).exists()
    user = User.objects.get(email="user@dealport.com")
    assert (user.role, user.status) == ("user", "ACTIVE")
    content = {"email": user.email, "password": PASSWORD}
    assert Client().post("/api/v1/auth/login", content, content_type="application/json").status_code == 200
    for account in User.objects.all():
        assert account.avatar == f"/media/accounts/{account.email.partition('@')[0]}.svg"
        assert (media / account.avatar.removeprefix("/media/")).read_text().startswith("<svg")
    best = Customer.objects.filter(completed_orders__gt=0, store__slug="uk-gifts").latest("total_spent")
    assert best.total_spent > 0 < best.average_order_value
    caller = Caller(User.objects.get(email="admin@dealport.com"))
    product = (
        OrderItem.objects.filter(order__payment_status="PAID", order__store__slug="uk-gifts").latest("id").product_id
    )
    sales = caller("GET", f"/products/{product}/sales").data
    assert sales["unitsSold"] > 0 < sales["netSales"]
    with pytest.raises(Exception, match="append-only"):  # history is protected again
        OrderEvent.objects.filter(edit=None).delete()
