"""Which text a spreadsheet takes for a formula when it opens a CSV file: it gets an apostrophe in front.

In XLSX text is text by its type.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence

# the full-width and small forms, and the real minus, are taken for the plain ones
FORMULA_STARTS = "=+-@＝＋－＠﹦﹢﹣﹫−"
_UNSEEN = ("Cc", "Cf", "Zs", "Zl", "Zp")
# fillers and selectors count as letters and marks
BLANKS = "\u034f\u115f\u1160\u3164\uffa0\ufe0e\ufe0f" + "".join(
    chr(code) for code in range(1, 0x10000) if unicodedata.category(chr(code)) in _UNSEEN
)
"""Controls, spaces and marks that do not show: which of them are cut off before a cell is read differs by program."""
BREAKS = "\t\r\n"


def guarded_text(text: str) -> str:
    """Return a text as a CSV file has it."""
    start = text.lstrip(BLANKS)[:1]
    is_formula = start != "" and start in FORMULA_STARTS
    return f"'{text}" if is_formula or text.startswith(tuple(BREAKS)) else text


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """Return rows as CSV, texts guarded; the first row is the header."""
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows(
        [guarded_text(cell) if isinstance(cell, str) else cell for cell in row] for row in rows
    )
    return file.getvalue()
