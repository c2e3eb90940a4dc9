"""Text that gets past a guard which looks at the first plain character alone, or a limit that counts otherwise."""

from __future__ import annotations

import pytest

from customers.models import User
from dealport.kit.spreadsheets import guarded_text
from tests.builders import a_product, a_store, a_user
from tests.exports import exported, lines_of, sheets_of

pytestmark = pytest.mark.django_db(transaction=True)

# what does not show in front: spaces of all widths, joiners, marks of direction, controls
HIDDEN = [
    "\x01", "\x0b", "\x0c", "\x1f", "\x7f", "\x85", "\u00ad", "\u061c", "\u115f", "\u1680", "\u180e", "\u2000",
    "\u2003", "\u2009", "\u200a", "\u200b", "\u200c", "\u200d", "\u200e", "\u200f", "\u2028", "\u2029", "\u202a",
    "\u202e", "\u202f", "\u205f", "\u2060", "\u2064", "\u2066", "\u2069", "\u3000", "\u3164", "\ufe0f", "\ufeff",
    "\uffa0",
]  # fmt: skip
FORMULAS = [f"{hidden}=1+1" for hidden in HIDDEN] + ["\u200d\u3000 ＠SUM(1)", "−1+1", "﹣1+1", "﹢1", "﹦1", "﹫SUM(1)"]
HARMLESS = ["\u200bTea", "\u3000茶", "a=b", "Tea \u200b=", "1-2", "é-1", "\u00adsoft", "\u200d", "'=1", "~=1"]


def test_formulas_behind_what_does_not_show_are_guarded_by_both_writers() -> None:
    assert [guarded_text(text) for text in FORMULAS] == [f"'{text}" for text in FORMULAS]
    assert [guarded_text(text) for text in HARMLESS] == HARMLESS
    store, owner = a_store(), a_user(User.Role.ADMIN)
    for text in [*FORMULAS, *HARMLESS]:
        a_product(store, name=text)
    found = [row["name"] for row in lines_of(exported(owner, "products"))]
    assert found == [*(f"'{text}" for text in FORMULAS), *HARMLESS]


@pytest.mark.parametrize(("count", "fits"), [(16_383, True), (16_384, False)])
def test_a_text_is_as_long_as_excel_counts_it(count: int, fits: bool) -> None:
    text = "👍" * count + "!"
    a_product(a_store(), description=text)
    job = exported(a_user(User.Role.ADMIN), "products", format="xlsx")
    if fits:
        assert sheets_of(job)["Data"][0]["description"] == text
    else:
        assert (job.status, job.file_key, job.error[:46]) == (
            "failed",
            "",
            "A text has more than 32,767 characters, which ",
        )
