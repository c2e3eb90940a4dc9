"""The reading of a statement alone: refuses what is hostile, lets what only looks like it through."""

from __future__ import annotations

import pytest

from reports.sql.check import check
from reports.sql.errors import Refused
from tests.reports.sql.statements import ENDLESS, GROWING, HARMLESS, REFUSED


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
