"""What fixes the time zone of a store."""

import pytest

from customers.actions import update_store
from customers.models import Store
from dashboard.metrics import recount
from dealport.kit.errors import Conflict
from tests.builders import a_customer, a_store, local


@pytest.mark.django_db
def test_the_time_zone_cannot_change_once_a_customer_counts_on_a_day_of_it() -> None:
    store = a_store(timezone="Europe/London")
    update_store(store=store, changes={"timezone": "America/Sao_Paulo"}, actor=None)
    store.refresh_from_db()
    a_customer(Store.objects.get(pk=store.pk), at=local(store, 2026, 1, 1, 0, 30))
    with pytest.raises(Conflict, match="it cannot change after the first customer"):
        update_store(store=store, changes={"timezone": "Europe/London"}, actor=None)
    update_store(store=store, changes={"currency": "EUR", "name": "Another"}, actor=None)
    assert Store.objects.values_list("timezone", "currency", "name").get() == ("America/Sao_Paulo", "EUR", "Another")
    assert recount.differences(Store.objects.get()) == []
