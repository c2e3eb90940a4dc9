"""The translations: complete, compiled, and with the placeholders of the texts they stand for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext, ngettext

from dealport import catalog

PLACEHOLDERS = re.compile(r"%\(\w+\)s|\{\w*\}")
HINT = "run make messages, then translate what is new in locale/pt_BR/LC_MESSAGES/django.po"


def pairs(message: Message) -> list[tuple[str, str]]:
    """Return text and translation, of a plural both forms."""
    if isinstance(message.id, str):
        return [(message.id, str(message.string))]
    return list(zip(message.id, message.string, strict=True))


@pytest.fixture(scope="module")
def messages() -> list[Message]:
    return [message for message in catalog.translated() if message.id]


def test_every_marked_text_is_in_the_catalog_and_nothing_else() -> None:
    marked = {(str(message.id), message.context) for message in catalog.gathered() if message.id}
    known = {(str(message.id), message.context) for message in catalog.translated() if message.id}

    assert (sorted(marked - known), sorted(known - marked)) == ([], []), HINT


def test_every_text_is_translated_and_none_is_a_guess(messages: list[Message]) -> None:
    missing = [message.id for message in messages if message.fuzzy or not all(text for _, text in pairs(message))]

    assert len(messages) > 1500
    assert missing == [], HINT


def test_placeholders_and_spaces_at_the_ends_are_those_of_the_text(messages: list[Message]) -> None:
    wrong = [
        (text, translated)
        for message in messages
        for text, translated in pairs(message)
        if sorted(PLACEHOLDERS.findall(text)) != sorted(PLACEHOLDERS.findall(translated))
        or (text[:1] == " ", text[-1:] == " ") != (translated[:1] == " ", translated[-1:] == " ")
    ]

    assert wrong == []


def test_the_compiled_catalog_is_that_of_the_texts() -> None:
    compiled = catalog.po_path().with_suffix(".mo").read_bytes()

    assert compiled == catalog.mo_bytes(catalog.translated()), HINT


def test_nothing_and_one_are_singular_in_portuguese() -> None:
    with translation.override("pt-br"):
        assert gettext("Orders") == "Pedidos"
        assert [ngettext("%(number)s row", "%(number)s rows", count) for count in (0, 1, 2)] == [
            "%(number)s linha",
            "%(number)s linha",
            "%(number)s linhas",
        ]


DJANGO = re.compile(
    r"{%\s*comment.*?{%\s*endcomment\s*%}|{%\s*blocktranslate.*?{%\s*endblocktranslate\s*%}"
    r"|{%\s*block (?:body_?class|body_attributes)\b.*?{%\s*endblock[^%]*%}|{%.*?%}|{{.*?}}|{#.*?#}",
    re.DOTALL,
)
HTML = re.compile(
    r"<(script|style|svg|code|kbd|pre)\b.*?</\1>|<!--.*?-->|<[^<>]*>|&\w+;",
    re.DOTALL,
)


def test_no_template_keeps_a_text_unmarked() -> None:
    known = {"DealPort", "· DealPort", "SHA-256"}
    files = (
        file for file in (Path(settings.BASE_DIR) / "templates").rglob("*.html") if file.name != "_field_state.html"
    )
    found = [
        f"{file.name}: {text.strip()}"
        for file in sorted(files)
        if file.parent.name != "api"  # the documentation of the API is English, as the API is
        for text in HTML.sub("\0", DJANGO.sub("", file.read_text())).split("\0")
        if re.search(r"[A-Za-z]{2}", text) and text.strip() not in known
    ]

    assert found == []
