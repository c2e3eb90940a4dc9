"""Who is mailed about a file: accounts that may open exports, checked when it is scheduled and when it is mailed."""

from __future__ import annotations

from collections.abc import Sequence

from customers.models import User
from dealport.kit.emails import fold_email
from dealport.kit.errors import invalid

MAX_RECIPIENTS = 20


def entitled(addresses: Sequence[str]) -> dict[str, User]:
    """Return the accounts that may open exports now, by those of the addresses (folded) that are theirs."""
    wanted = {fold_email(address) for address in addresses if address.isprintable()}
    accounts = User.objects.filter(email__in=wanted)
    return {account.email: account for account in accounts if account.sees_all_stores}


def read_recipients(addresses: Sequence[str]) -> list[str]:
    """Return the accounts' own spelling of the addresses.

    Raises ValidationError naming `recipients` and every address without an account that may open exports: no word
    of a file leaves to anybody else.
    """
    if not 1 <= len(addresses) <= MAX_RECIPIENTS:
        raise invalid("recipients", f"Enter 1 to {MAX_RECIPIENTS} email addresses.")
    known = entitled(addresses)
    if strangers := [address for address in addresses if fold_email(address) not in known]:
        raise invalid("recipients", f"No active admin has the address {', '.join(map(repr, strangers))}.")
    if len({fold_email(address) for address in addresses}) != len(addresses):
        raise invalid("recipients", "Name each address once.")
    return [known[fold_email(address)].email for address in addresses]
