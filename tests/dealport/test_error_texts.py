"""Every text that refuses something is a sentence: a capital first, a full stop last, and what to do instead."""

import ast
import re
from collections.abc import Iterator

import pytest

from dealport.servers.use import ROOT

APPS = ("customers", "orders", "dashboard", "reports", "dealport/kit")
# who raises or returns a text for a person, and which argument it is
CALLS = {"invalid": 1, "Conflict": 0, "add_error": 1, "error": 1}
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


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('raise invalid("to", "must not be before from")', [(1, "must not be before from")]),
        ('raise invalid("to", f"Enter {least}.")', [(1, "Enter {}.")]),
        ('raise Conflict("Closed.")', [(1, "Closed.")]),
        ('log.error("x")', []),
    ],
)
def test_the_checker_finds_texts_in_every_form(source: str, found: list[tuple[int, str]]) -> None:
    assert list(texts(source)) == found


@pytest.mark.parametrize(("text", "is_one"), [("Enter a date.", True), ("must be a date", False), ("Is empty", False)])
def test_a_sentence_has_a_capital_and_a_full_stop(text: str, is_one: bool) -> None:
    assert bool(SENTENCE.fullmatch(text)) == is_one
