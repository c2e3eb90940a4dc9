"""Write the tables of docs/metrics.md from the registry of figures."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from dashboard.figures import EXPLAINED, Document, Figure, shown_in
from dashboard.models import Basis

HEADS = {
    "figures": ("figure", "definition", "kind", "basis", "split by", "adds up over days"),
    "daily": ("column", "in the file", "definition"),
}


class Command(BaseCommand):
    """Write the tables between their marks, or say with --check whether they are up to date."""

    help = "Write the tables of docs/metrics.md from the registry of figures."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take --check and the path of the page."""
        parser.add_argument("--check", action="store_true", help="change nothing; fail where a table is out of date")
        parser.add_argument("--path", default=str(Path(settings.BASE_DIR) / "docs/metrics.md"))

    def handle(self, *args: object, **options: Any) -> None:
        """Write the page, or fail where it is not what would be written."""
        page = Path(options["path"])
        before = page.read_text()
        after = before
        for name, lines in (("figures", figures_table()), ("daily", daily_table())):
            table = "\n".join([_row(HEADS[name]), _row(["---"] * len(HEADS[name])), *lines])
            mark, end = f"<!-- table: {name} -->", "<!-- end of table -->"
            pattern = re.compile(f"{re.escape(mark)}.*?{re.escape(end)}", re.DOTALL)
            # no backslash of a definition is one of the pattern's
            text = f"{mark}\n{table}\n{end}".replace("\\", "\\\\")
            after, replaced = pattern.subn(text, after)
            if replaced != 1:
                raise SystemExit(f"{page} has no table {name}")
        if after == before:
            self.stdout.write(f"{page} is up to date")
        elif options["check"]:
            raise SystemExit(f"{page} is not up to date: run manage.py document_figures")
        else:
            page.write_text(after)
            self.stdout.write(f"{page} was written")


def figures_table() -> list[str]:
    """Return a row for each figure that can be opened to what is behind it."""
    return [
        _row(
            [
                f"`{name}`",
                definition(figure),
                figure.kind.value,
                "both" if len(figure.bases) == len(Basis) else ", ".join(figure.bases),
                ", ".join(figure.dimensions),
                "now alone" if figure.is_of_now else "yes" if figure.sums_over_days else "no",
            ]
        )
        for name, figure in EXPLAINED.items()
    ]


def daily_table() -> list[str]:
    """Return a row for each column of daily metrics."""
    return [
        _row(
            [
                f"`{figure.column}`",
                f"`{name}`",
                definition(figure) + (" As of `standings_at`, not of the day." if figure.is_of_now else ""),
            ]
        )
        for name, figure in shown_in(Document.DAILY).items()
    ]


def definition(figure: Figure) -> str:
    """Return what a figure means, with its note."""
    return f"{figure.meaning} {figure.note}".strip()


def _row(cells: list[str] | tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"
