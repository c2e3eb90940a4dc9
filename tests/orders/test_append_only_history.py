"""What happened to an order can be added to, never changed or removed, also by the application's own user."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from customers.models import User
from orders.models import OrderEvent
from tests.builders import a_store, a_user, an_order

pytestmark = pytest.mark.django_db


def run(sql: str, purpose: str = "") -> None:
    """Run a statement in a transaction of its own, for a purpose that the trigger may know."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('dealport.history', %s, true)", [purpose])
        cursor.execute(sql)
        cursor.execute("SELECT set_config('dealport.history', '', true)")


@pytest.fixture
def history() -> list[dict[str, object]]:
    an_order(a_store(), paid=True)
    return list(OrderEvent.objects.values())


@pytest.mark.parametrize("purpose", ["", "erase", "clear demo", "something else"])
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE orders_orderevent SET amount = amount + 1",
        "UPDATE orders_orderevent SET at = now()",
        "UPDATE orders_orderevent SET note = 'x', to_status = 'SHIPPED'",
        "UPDATE orders_orderevent SET actor_id = NULL, kind = 'paid', amount = 0",
    ],
)
def test_no_purpose_lets_figures_states_and_days_change(
    history: list[dict[str, object]], sql: str, purpose: str
) -> None:
    with pytest.raises(IntegrityError, match="append-only: UPDATE refused"):
        run(sql, purpose)
    assert list(OrderEvent.objects.values()) == history


@pytest.mark.parametrize("purpose", ["", "erase", "clear demo"])
def test_rows_are_not_deleted(history: list[dict[str, object]], purpose: str) -> None:
    with pytest.raises(IntegrityError, match="append-only: DELETE refused"):
        run("DELETE FROM orders_orderevent", purpose)
    assert list(OrderEvent.objects.values()) == history


def test_erasing_personal_data_replaces_values_and_keeps_the_rows(history: list[dict[str, object]]) -> None:
    with pytest.raises(IntegrityError):
        run("UPDATE orders_orderevent SET note = 'erased', actor_label = 'erased'")
    run("UPDATE orders_orderevent SET note = 'erased', actor_label = 'erased'", "erase")
    expected = [{**row, "note": "erased", "actor_label": "erased"} for row in history]
    assert list(OrderEvent.objects.values()) == expected


def test_a_deleted_account_leaves_its_events_with_its_label() -> None:
    user = a_user(User.Role.ADMIN)
    order = an_order(a_store())
    event = OrderEvent.objects.create(
        store=order.store,
        order=order,
        kind="paid",
        at=order.placed_at,
        actor=user,
        actor_label=user.email,
        to_status="PENDING",
        to_payment_status="PAID",
    )
    user.delete()
    event.refresh_from_db()
    assert (event.actor, event.actor_label) == (None, user.email)


def test_outside_of_test_databases_it_is_not_truncated() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'orders_history_is_append_only'")
        assert "starts_with(current_database(), 'test_')" in cursor.fetchone()[0]
        cursor.execute("SELECT count(*) FROM pg_trigger WHERE tgname = 'orders_orderevent_is_never_truncated'")
        assert cursor.fetchone() == (1,)
