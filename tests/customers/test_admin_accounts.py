"""Accounts in the admin: who may make and change whom, and that older tokens end."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from customers.models import Membership, Store, User
from tests.admin_pages import logged_in, page
from tests.builders import a_store, a_user

pytestmark = pytest.mark.django_db

Role = User.Role
PASSWORD = "a-long-pass-phrase"


def account_form(user: User | None = None, **fields: Any) -> dict[str, Any]:
    """Return what the account page posts, with no membership changed."""
    base = {"email": "new@example.com", "name": "New", "role": "staff", "status": "ACTIVE"}
    if user is None:
        base |= {"new_password": PASSWORD, "new_password_again": PASSWORD}
    else:
        base |= {"email": user.email, "name": user.name, "role": user.role}
    count = str(user.memberships.count() if user else 0)
    forms = {"memberships-TOTAL_FORMS": count, "memberships-INITIAL_FORMS": count}
    for index, membership in enumerate(user.memberships.order_by("pk") if user else []):
        forms |= {f"memberships-{index}-id": str(membership.pk), f"memberships-{index}-user": str(user.pk)}
    return {**base, **forms, **fields}


def refusals(answer: Any) -> dict[str, list[str]]:
    """Return what the form says."""
    assert answer.status_code == 200
    return dict(answer.context["adminform"].form.errors)


@pytest.fixture
def admin() -> User:
    return a_user(Role.ADMIN)


@pytest.fixture
def client(admin: User) -> Client:
    return logged_in(admin)


def test_an_admin_creates_an_account_with_a_password_and_a_store(client: Client) -> None:
    store = a_store()
    form = account_form(email="New@Example.com") | {
        "memberships-TOTAL_FORMS": "1",
        "memberships-0-store": str(store.pk),
    }
    assert client.post(page(User, "add"), form).status_code == 302
    user = User.objects.get(email="new@example.com")
    assert (user.role, user.is_active, user.check_password(PASSWORD)) == (Role.STAFF, True, True)
    assert list(user.memberships.values_list("store", flat=True)) == [store.pk]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"new_password": "short", "new_password_again": "short"}, "new_password"),
        ({"new_password_again": "something else"}, "new_password_again"),
        ({"new_password": "", "new_password_again": ""}, "new_password"),
        ({"email": "nobody"}, "email"),
        ({"role": "emperor"}, "role"),
        ({"role": "super_admin"}, "role"),
    ],
)
def test_a_bad_account_is_refused_on_its_field(client: Client, fields: dict[str, str], field: str) -> None:
    before = User.objects.count()
    assert field in refusals(client.post(page(User, "add"), account_form(**fields)))
    assert User.objects.count() == before


def test_an_address_that_has_an_account_is_refused(client: Client, admin: User) -> None:
    assert "email" in refusals(client.post(page(User, "add"), account_form(email=admin.email.upper())))


def test_a_super_admin_makes_super_admins() -> None:
    client = logged_in(a_user(Role.SUPER_ADMIN))
    assert client.post(page(User, "add"), account_form(role="super_admin")).status_code == 302
    assert User.objects.get(email="new@example.com").role == Role.SUPER_ADMIN


def test_an_admin_only_looks_at_super_admins(client: Client) -> None:
    above = a_user(Role.SUPER_ADMIN)
    address = page(User, "change", above.pk)
    assert client.get(address).status_code == 200
    hijack = account_form(above, new_password=PASSWORD, new_password_again=PASSWORD)
    assert client.post(address, hijack).status_code == 403
    above.refresh_from_db()
    assert above.check_password("secret-pass-1")


@pytest.mark.parametrize("role", [Role.ADMIN, Role.SUPER_ADMIN])
@pytest.mark.parametrize("fields", [{"role": "staff"}, {"status": "SUSPENDED"}])
def test_nobody_changes_their_own_role_or_closes_their_own_account(role: str, fields: dict[str, str]) -> None:
    user = a_user(role)
    answer = logged_in(user).post(page(User, "change", user.pk), account_form(user, **fields))
    assert "Nobody changes their own role or closes their own account." in answer.content.decode()
    assert User.objects.values("role", "is_active", "auth_version").get(pk=user.pk) == {
        "role": role,
        "is_active": True,
        "auth_version": 0,
    }


@pytest.mark.parametrize(
    "fields", [{"role": "user"}, {"status": "SUSPENDED"}, {"new_password": PASSWORD, "new_password_again": PASSWORD}]
)
def test_another_role_a_closed_account_or_a_new_password_ends_older_tokens(
    client: Client, fields: dict[str, str]
) -> None:
    user = a_user(Role.STAFF)
    assert client.post(page(User, "change", user.pk), account_form(user, **fields)).status_code == 302
    user.refresh_from_db()
    assert user.auth_version == 1
    assert user.check_password(fields.get("new_password", "secret-pass-1"))


def test_another_name_ends_no_token(client: Client) -> None:
    user = a_user(Role.STAFF)
    assert client.post(page(User, "change", user.pk), account_form(user, name="Other")).status_code == 302
    assert User.objects.values("name", "auth_version").get(pk=user.pk) == {"name": "Other", "auth_version": 0}


def test_taking_a_store_away_ends_older_tokens(client: Client) -> None:
    kept, taken = a_store(), a_store()
    user = a_user(Role.STAFF, kept, taken)
    form = account_form(user) | {"memberships-1-DELETE": "on"}
    assert client.post(page(User, "change", user.pk), form).status_code == 302
    assert list(user.memberships.values_list("store", flat=True)) == [kept.pk]
    user.refresh_from_db()
    assert user.auth_version == 1
    membership = user.memberships.get()
    assert client.post(page(Membership, "delete", membership.pk), {"post": "yes"}).status_code == 302
    assert not user.memberships.exists()


def test_a_membership_is_given_on_its_own_page(client: Client) -> None:
    user, store = a_user(Role.STAFF), a_store()
    assert client.post(page(Membership, "add"), {"user": user.pk, "store": store.pk}).status_code == 302
    user.refresh_from_db()
    assert (user.memberships.get().store, user.auth_version) == (store, 1)


def test_ones_own_new_password_ends_older_tokens_and_keeps_the_session() -> None:
    user = a_user(Role.STAFF)
    client, other = logged_in(user), logged_in(user)
    data = {"old_password": "secret-pass-1", "new_password1": PASSWORD, "new_password2": PASSWORD}
    assert client.post(reverse("admin:password_change"), data).status_code == 302
    user.refresh_from_db()
    assert (user.check_password(PASSWORD), user.auth_version) == (True, 1)
    assert client.get(reverse("admin:index")).status_code == 200
    assert other.get(reverse("admin:index")).status_code == 302


@pytest.mark.parametrize("role", [Role.STAFF, Role.USER])
def test_accounts_stores_and_memberships_are_for_admins(role: str) -> None:
    user = a_user(role, a_store())
    client = logged_in(user)
    for model in (User, Store, Membership):
        for address in (page(model), page(model, "add")):
            assert client.get(address).status_code in (302, 403)
            assert client.post(address, account_form()).status_code in (302, 403)
    assert list(User.objects.all()) == [user]


def test_password_hashes_and_webhook_secrets_cannot_be_guessed_by_filters(client: Client) -> None:
    for address in (page(User) + "?password__startswith=m", page(Store) + "?webhook_secret__startswith=a"):
        assert client.get(address).status_code == 400
    assert client.get(page(User) + "?memberships__user__password__startswith=m").status_code == 400


def test_accounts_are_not_deleted(client: Client) -> None:
    user = a_user()
    assert client.post(page(User, "delete", user.pk), {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=user.pk).exists()
