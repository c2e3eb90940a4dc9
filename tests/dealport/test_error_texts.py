"""Every text that refuses something is a sentence: a capital first, a full stop last, and what to do instead."""

import ast
import re
from collections.abc import Iterator

import pytest

from dealport.servers.use import ROOT

APPS = ("customers", "orders", "dashboard", "reports", "dealport/kit")
# who raises or returns a text for a person, and which argument it is
CALLS = {"invalid": 1, "Conflict": 0, "add_error": 1, "error": 1}
REFUSALS = {
    "ValidationError": 0, "AmountError": 0, "AddressRefused": 0, "NotAPicture": 0, "BadValue": 2, "Problem": 3,
    "refuse": 1,
}  # fmt: skip
PLACEHOLDER = re.compile(r"\{[^{}]*\}")
# what the API alone says or what a source, a file or a worker is told; the rest may stand on a page
UNSEEN_BY_STAFF = re.compile(r"/(api|rest|sources|migrations|management|bulk|parsers)/|webhook|gateway_responses")
SENTENCE = re.compile(r"[A-Z{].*([.…?]|: {})", re.DOTALL)


def texts(source: str) -> Iterator[tuple[int, str]]:
    """Yield line and text of each literal that a call of CALLS says; what is filled in reads {}."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            position = CALLS.get(name)
            if name == "error" and getattr(getattr(node.func, "value", None), "id", "") != "messages":
                continue
            if position is not None and len(node.args) > position:
                yield from _literal(node.args[position])
        elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "default_detail":
            yield from _literal(node.value)


def _literal(node: ast.expr) -> Iterator[tuple[int, str]]:
    if isinstance(node, ast.Call):  # gettext("…"), gettext("…").format(…)
        if isinstance(node.func, ast.Attribute) and node.func.attr == "format":
            yield from _literal(node.func.value)
        elif getattr(node.func, "id", "") == "gettext":
            for line, text in _literal(node.args[0]):
                yield line, PLACEHOLDER.sub("{}", text)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.lineno, node.value
    elif isinstance(node, ast.JoinedStr):
        yield node.lineno, "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)


@pytest.mark.parametrize("app", APPS)
def test_every_error_text_is_a_sentence(app: str) -> None:
    wrong = [
        f"{file.relative_to(ROOT)}:{line}: {text}"
        for file in sorted((ROOT / app).rglob("*.py"))
        for line, text in texts(file.read_text())
        if not SENTENCE.fullmatch(text)
    ]

    assert wrong == []


def unmarked(source: str) -> Iterator[tuple[int, str]]:
    """Yield line and name of each refusal whose text is written down without gettext."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            position = {**CALLS, **REFUSALS}.get(name)
            text = node.args[position] if position is not None and len(node.args) > position else None
            if isinstance(text, ast.JoinedStr | ast.Constant) and any(
                re.search("[A-Za-z]", words.replace("{}", "")) for _, words in _literal(text)
            ):
                yield node.lineno, name


@pytest.mark.parametrize("app", APPS)
def test_every_error_text_that_a_page_shows_is_marked_for_translation(app: str) -> None:
    files = (file.relative_to(ROOT) for file in sorted((ROOT / app).rglob("*.py")))
    seen = [file for file in files if not UNSEEN_BY_STAFF.search(f"/{file}")]
    found = [f"{file}:{line}" for file in seen for line, _ in unmarked((ROOT / file).read_text())]

    assert len(seen) > 10
    assert found == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('raise invalid("to", "must not be before from")', [(1, "must not be before from")]),
        ('raise invalid("to", f"Enter {least}.")', [(1, "Enter {}.")]),
        ('raise Conflict("Closed.")', [(1, "Closed.")]),
        ('raise Conflict(gettext("At most {most}.").format(most=3))', [(1, "At most {}.")]),
        ('log.error("x")', []),
    ],
)
def test_the_checker_finds_texts_in_every_form(source: str, found: list[tuple[int, str]]) -> None:
    assert list(texts(source)) == found


@pytest.mark.parametrize(("text", "is_one"), [("Enter a date.", True), ("must be a date", False), ("Is empty", False)])
def test_a_sentence_has_a_capital_and_a_full_stop(text: str, is_one: bool) -> None:
    assert bool(SENTENCE.fullmatch(text)) == is_one
