"""The demo's accounts: one of each role, and one who reads Portuguese."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from customers.models import Membership, Store, User
from orders.demo.pictures import picture

SUPER, ADMIN, STAFF, MODA, USER = (
    "super@dealport.com",
    "admin@dealport.com",
    "staff@dealport.com",
    "moda@dealport.com",
    "user@dealport.com",
)
ACCOUNTS = {
    SUPER: ("Sam Super", User.Role.SUPER_ADMIN),
    ADMIN: ("Ada Admin", User.Role.ADMIN),
    STAFF: ("Tui Staff", User.Role.STAFF),
    MODA: ("Marina Moda", User.Role.STAFF),
    USER: ("Uma User", User.Role.USER),
}
STORES = {STAFF: "nz-outdoor", MODA: "sp-moda"}
"""In which store staff work."""
LANGUAGES = {MODA: User.Language.PORTUGUESE}


def create_accounts() -> dict[str, User]:
    """Create the accounts that are missing, all with DEALPORT_DEMO_PASSWORD; return them by email."""
    return {email: _account(email, *ACCOUNTS[email], ground) for ground, email in enumerate(ACCOUNTS)}


def _account(email: str, name: str, role: str, ground: int) -> User:
    found = User.objects.filter(email=email).first()
    if found is not None:
        return found
    password = settings.DEALPORT_DEMO_PASSWORD
    fields = {"name": name, "role": role, "avatar": _avatar(email, name, ground), "language": LANGUAGES.get(email)}
    return User.objects.create_user(email, password, **fields)


def _avatar(email: str, name: str, ground: int) -> str:
    """Draw the account's initial below MEDIA_ROOT and return its address."""
    folder, file = Path(settings.MEDIA_ROOT) / "accounts", f"{email.partition('@')[0]}.svg"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / file).write_text(picture(name=name, kind="", ground=ground), encoding="utf-8")
    return f"{settings.MEDIA_URL}accounts/{file}"


def let_into(store: Store, user: User) -> None:
    """Make a staff account a member of a store."""
    Membership.objects.get_or_create(user=user, store=store)
