"""The one door to store-owned objects."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import Http404

from customers.access import get_or_404, store_or_404, stores_for, visible
from customers.models import Customer, User
from tests.builders import a_customer, a_store, a_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("role", "sees"),
    [("super_admin", {"own", "foreign"}), ("admin", {"own", "foreign"}), ("staff", {"own"}), ("user", set())],
)
def test_each_role_sees_its_stores(role: str, sees: set[str]) -> None:
    own, foreign = a_store(slug="own"), a_store(slug="foreign")
    user = a_user(role, own)
    assert {store.slug for store in stores_for(user)} == sees
    customers = {store.slug: a_customer(store) for store in (own, foreign)}
    assert {row.store.slug for row in visible(Customer.objects.all(), user)} == sees
    for slug, customer in customers.items():
        for key in (slug, customer.store_id, str(customer.store_id)):
            if slug in sees:
                assert store_or_404(user, key).slug == slug
            else:
                with pytest.raises(Http404):
                    store_or_404(user, key)
        if slug in sees:
            assert get_or_404(Customer.objects.all(), user, customer.pk) == customer
        else:
            with pytest.raises(Http404):
                get_or_404(Customer.objects.all(), user, str(customer.pk))


def test_a_disabled_account_and_a_stranger_see_nothing() -> None:
    store = a_store()
    for user in (
        a_user(User.Role.SUPER_ADMIN, status="SUSPENDED"),
        a_user(User.Role.STAFF, store, status="SUSPENDED"),
        AnonymousUser(),
    ):
        assert not stores_for(user).exists()
        assert not visible(Customer.objects.all(), user).exists()


@pytest.mark.parametrize("key", ["", "0", "-1", "1 ", "١", "9" * 40, "1e3", "%00", "nowhere"])
def test_a_malformed_key_is_simply_not_there(key: str) -> None:
    a_store()
    admin = a_user(User.Role.ADMIN)
    with pytest.raises(Http404):
        store_or_404(admin, key)
    with pytest.raises(Http404):
        get_or_404(Customer.objects.all(), admin, key)
