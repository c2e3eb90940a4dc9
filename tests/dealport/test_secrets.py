"""Credentials at rest: encrypted, with keys that can be replaced."""

import pytest
from cryptography.fernet import Fernet
from django.core.checks import CheckMessage
from pytest_django import Settings

from dealport import checks
from dealport.kit import secrets

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def test_what_is_sealed_shows_nothing_and_opens_again() -> None:
    sealed = secrets.seal({"accessToken": "shpat_known"})
    assert "shpat_known" not in sealed
    assert secrets.unseal(sealed) == {"accessToken": "shpat_known"}
    assert secrets.unseal("") == {}


def test_a_new_key_in_front_reads_what_the_old_one_wrote_and_rotation_frees_from_the_old_one(
    settings: Settings,
) -> None:
    settings.CREDENTIALS_KEYS = [OLD]
    sealed = secrets.seal({"secret": "1"})
    settings.CREDENTIALS_KEYS = [NEW, OLD]
    assert secrets.unseal(sealed) == {"secret": "1"}
    rotated = secrets.rotate(sealed)
    settings.CREDENTIALS_KEYS = [NEW]
    assert secrets.unseal(rotated) == {"secret": "1"}
    with pytest.raises(secrets.UnreadableSecret):
        secrets.unseal(sealed)


@pytest.mark.parametrize(
    ("keys", "is_local", "expected"),
    [([], False, "dealport.E012"), (["short"], False, "dealport.E012"), ([NEW], True, "dealport.E013")],
)
def test_production_needs_a_key_and_reaches_no_private_address(
    settings: Settings, keys: list[str], is_local: bool, expected: str
) -> None:
    settings.PRODUCTION, settings.CREDENTIALS_KEYS, settings.DEALPORT_LOCAL_SOURCES = True, keys, is_local
    found: list[CheckMessage] = checks.check_credentials_keys()
    assert [message.id for message in found] == [expected]
