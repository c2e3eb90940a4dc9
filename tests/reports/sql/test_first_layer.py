"""The reading of a statement alone: refuses what is hostile, lets what only looks like it through."""

from __future__ import annotations

import random
import re

import pytest

from reports.sql.check import check
from reports.sql.errors import Refused
from tests.reports.sql.statements import ENDLESS, GROWING, HARMLESS, REFUSED, SAME


def test_the_list_is_as_long_as_it_is_meant_to_be() -> None:
    assert len(set(REFUSED)) == len(REFUSED) > 300
    assert len(HARMLESS) > 25


@pytest.mark.parametrize("statement", REFUSED, ids=lambda text: text[:60])
def test_a_hostile_statement_is_refused_with_a_reason_and_a_place_inside_it(statement: str) -> None:
    with pytest.raises(Refused) as refusal:
        check(statement)
    assert refusal.value.message
    assert refusal.value.position is None or 1 <= refusal.value.position <= len(statement) + 1


@pytest.mark.parametrize("statement", [text for text, _ in HARMLESS] + [*GROWING.values(), *ENDLESS.values()])
def test_a_harmless_look_alike_and_what_the_server_has_to_stop_pass(statement: str) -> None:
    check(statement)


def test_whatever_is_typed_is_refused_or_accepted_and_nothing_else_happens() -> None:
    """Statements of the lists with pieces left out, swapped and taken from others; the same ones in every run."""
    chance = random.Random(20261120)
    known = [text for text in (*SAME, *REFUSED, *(text for text, _ in HARMLESS)) if len(text) < 400]
    cut = re.compile(r"\s+|\w+|'[^']*'|.", re.DOTALL)
    pieces = [piece for text in known for piece in cut.findall(text)]
    accepted = 0
    for _ in range(4000):
        parts = cut.findall(chance.choice(known)) or [" "]
        for _ in range(chance.randint(1, 3)):
            place = chance.randrange(len(parts))
            parts[place : place + chance.randint(0, 2)] = [chance.choice(pieces)]
        try:
            check("".join(parts))
            accepted += 1
        except Refused:
            pass
    assert 50 < accepted < 2000
