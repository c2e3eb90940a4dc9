"""Which text a spreadsheet takes for a formula when it opens a CSV file: it gets an apostrophe in front.

In XLSX text is text by its type.
"""

from __future__ import annotations

# the full-width forms are taken for the plain ones
FORMULA_STARTS = "=+-@＝＋－＠"
BLANKS = " \t\r\n\u00a0\u200b\ufeff"
"""Cut off by spreadsheets before they look at the first character."""
BREAKS = "\t\r\n"


def guarded_text(text: str) -> str:
    """Return a text as a CSV file has it."""
    start = text.lstrip(BLANKS)[:1]
    is_formula = start != "" and start in FORMULA_STARTS
    return f"'{text}" if is_formula or text.startswith(tuple(BREAKS)) else text
