"""The identities of `make fuzz`: fill an empty database with the world of the authorisation matrix, log somebody in."""

import json
import sys

import django


def main(*emails: str) -> None:
    """Print `{"identity": "email address", …}` of a new world; for an address, an access token."""
    django.setup()
    from customers.models import User
    from customers.tokens import access_token
    from tests.authorisation.world import build_world

    if emails:
        print(access_token(User.objects.get(email=emails[0])))
    else:
        print(json.dumps({name: who.email for name, who in build_world().people.items()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
