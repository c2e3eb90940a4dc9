"""In which language a person is spoken to."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from customers.models import AuditEntry, User
from tests.builders import a_user

pytestmark = pytest.mark.django_db

ME = "/api/v1/auth/me"


def patch(user: User, **changes: object) -> Any:
    client = Client(headers={"Accept-Language": "pt-BR"})
    client.force_login(user)
    return client.patch(ME, changes, content_type="application/json")


@pytest.mark.parametrize(
    ("own", "browser", "shown"),
    [
        ("pt-BR", "en", "pt-br"),
        ("en", "pt-BR", "en"),
        (None, "pt-BR,pt;q=0.9,en;q=0.8", "pt-br"),
        (None, "pt-PT", "pt-br"),
        (None, "fr", "en"),
        (None, "", "en"),
    ],
)
def test_a_page_is_in_the_persons_own_language_else_in_the_browsers(own: str | None, browser: str, shown: str) -> None:
    client = Client(headers={"Accept-Language": browser})
    client.force_login(a_user(language=own))

    page = client.get("/account/")

    assert f'<html lang="{shown}"' in page.content.decode()
    assert page["Content-Language"] == shown
    assert "Accept-Language" in page["Vary"] and "Cookie" in page["Vary"]


def test_before_the_login_pages_are_in_the_language_of_the_browser() -> None:
    page = Client(headers={"Accept-Language": "pt-BR"}).get("/login/")

    assert '<html lang="pt-br"' in page.content.decode()


def test_the_language_costs_a_page_no_statement() -> None:
    counts = []
    for language in (None, "pt-BR"):
        client = Client()
        client.force_login(a_user(language=language))
        client.get("/account/")
        with CaptureQueriesContext(connection) as statements:
            client.get("/account/")
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_a_person_chooses_a_language_on_the_page_of_the_account() -> None:
    user, client = a_user(), Client()
    client.force_login(user)
    shown = client.get("/account/").content.decode()
    assert '<label for="id_language">Language of pages and emails</label>' in shown
    assert '<option value="pt-BR">' in shown

    response = client.post("/account/", {"language": "pt-BR"}, follow=True)

    user.refresh_from_db()
    assert user.language == "pt-BR"
    assert '<html lang="pt-br"' in response.content.decode()
    assert AuditEntry.objects.get(action="changed").changes == {"language": [None, "pt-BR"]}

    client.post("/account/", {"language": ""})
    user.refresh_from_db()
    assert user.language is None


def test_a_person_chooses_a_language_in_the_menu_of_every_page_and_stays_there() -> None:
    user, client = a_user("staff"), Client()
    client.force_login(user)
    menu = client.get("/search/?q=ada").content.decode()
    assert '<button type="submit" name="language" value="" aria-pressed="true">Browser</button>' in menu
    assert '<button type="submit" name="language" value="pt-BR" lang="pt-BR">Português</button>' in menu
    assert '<input type="hidden" name="next" value="/search/?q=ada">' in menu

    answer = client.post("/account/", {"language": "pt-BR", "next": "/search/?q=ada"})
    user.refresh_from_db()
    assert (answer["Location"], user.language) == ("/search/?q=ada", "pt-BR")
    page = client.get("/search/?q=ada").content.decode()
    assert 'value="pt-BR" lang="pt-BR" aria-pressed="true">Português</button>' in page
    assert client.post("/account/", {"language": "", "next": "//elsewhere.example"})["Location"] == "/account/"


def test_a_language_nobody_translated_is_refused_everywhere() -> None:
    user, client = a_user(), Client()
    client.force_login(user)

    client.post("/account/", {"language": "fr"})
    answer = patch(user, language="fr")

    user.refresh_from_db()
    assert (user.language, answer.status_code, list(answer.json()["errors"])) == (None, 400, ["language"])


def test_the_api_speaks_english_to_everybody_and_knows_the_language() -> None:
    user = a_user(language="pt-BR")

    assert patch(user, name="Rosa").json()["data"]["language"] == "pt-BR"
    assert patch(user, avatar="nothing").json()["errors"]["avatar"] == ["Enter an address that starts with https://."]
    assert patch(user, name="a" * 151).json()["errors"]["name"] == [
        "Ensure this field has no more than 150 characters."
    ]
    assert patch(user, language=None).json()["data"]["language"] is None
    assert User.objects.get().language is None
