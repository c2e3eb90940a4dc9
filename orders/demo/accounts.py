"""The demo's accounts, one of each kind that works."""

from __future__ import annotations

from django.conf import settings

from customers.models import Membership, Store, User

SUPER, ADMIN, STAFF = "super@dealport.com", "admin@dealport.com", "staff@dealport.com"


def create_accounts() -> dict[str, User]:
    """Create the accounts that are missing, all with DEALPORT_DEMO_PASSWORD; return them by email."""
    roles = {SUPER: User.Role.SUPER_ADMIN, ADMIN: User.Role.ADMIN, STAFF: User.Role.STAFF}
    names = {SUPER: "Sam Super", ADMIN: "Ada Admin", STAFF: "Tui Staff"}
    return {email: _account(email, names[email], role) for email, role in roles.items()}


def _account(email: str, name: str, role: str) -> User:
    found = User.objects.filter(email=email).first()
    return found or User.objects.create_user(email, settings.DEALPORT_DEMO_PASSWORD, name=name, role=role)


def let_into(store: Store, user: User) -> None:
    """Make a staff account a member of a store."""
    Membership.objects.get_or_create(user=user, store=store)
