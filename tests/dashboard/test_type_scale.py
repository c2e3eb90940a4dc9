"""One type scale: every size of letters in the style sheets is one of tokens.css."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from dealport.servers.use import ROOT

SHEETS = sorted(path for app in ("dashboard", "reports", "dealport") for path in (ROOT / app / "static").rglob("*.css"))
# of the text around it, or of the width of its box between two sizes of the scale
ALLOWED = re.compile(r"inherit|[\d.]+em|(min|clamp)\((var\(--size-\d\)|9\.6cqi|, )+\)|var\(--size-\d\)")


def sizes(text: str) -> Iterator[str]:
    """Yield the sizes that rules name, of `font-size` and of the short `font`."""
    yield from (found.strip() for found in re.findall(r"font-size:([^;}]+)", text))
    for short in re.findall(r"(?<!@bottom-right \{ content)[\s{]font:([^;}]+)", text):
        yield re.sub(r"^(?:\d+ )?|(?:/[\d.]+)? var\(--(?:sans|mono)\)$", "", short.strip())


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_no_size_of_letters_is_off_the_scale(sheet: object) -> None:
    text = re.sub(r"@page \{[^}]*\}[^}]*\}", "", sheet.read_text())  # type: ignore[attr-defined]
    assert [size for size in sizes(text) if not ALLOWED.fullmatch(size)] == []


def test_the_scale_has_nine_sizes() -> None:
    assert len(re.findall(r"--size-\d:", (ROOT / "dashboard/static/dashboard/tokens.css").read_text())) == 9
