"""Who is mailed about a file: accounts that may open exports, checked when it is scheduled and when it is mailed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext

from customers.models import User
from dealport.kit.emails import fold_email
from dealport.kit.errors import invalid
from reports.exporting.scopes import may_open

MAX_RECIPIENTS = 20


def entitled(addresses: Sequence[str], filters: Mapping[str, object]) -> dict[str, User]:
    """Return the accounts that may open an export with such filters now, by those of the addresses (folded) of theirs.

    They are admins, and who works in the store that the filters name.
    """
    wanted = {fold_email(address) for address in addresses if address.isprintable()}
    accounts = User.objects.filter(email__in=wanted)
    return {account.email: account for account in accounts if may_open(account, filters)}


def read_recipients(addresses: Sequence[str], filters: Mapping[str, object]) -> list[str]:
    """Return the accounts' own spelling of the addresses.

    Raises ValidationError naming `recipients` and every address without an account that may open exports: no word
    of a file leaves to anybody else.
    """
    if not 1 <= len(addresses) <= MAX_RECIPIENTS:
        raise invalid(
            "recipients", gettext("Enter 1 to {max_recipients} email addresses.").format(max_recipients=MAX_RECIPIENTS)
        )
    known = entitled(addresses, filters)
    if strangers := [address for address in addresses if fold_email(address) not in known]:
        raise invalid(
            "recipients",
            gettext("Nobody who may open this export has the address {choices}.").format(
                choices=", ".join(map(repr, strangers))
            ),
        )
    if len({fold_email(address) for address in addresses}) != len(addresses):
        raise invalid("recipients", gettext("Name each address once."))
    return [known[fold_email(address)].email for address in addresses]
