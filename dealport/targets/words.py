"""Which words a template may not show: the ones that docs/glossary.md marks with a dagger."""

import re
from collections.abc import Iterator
from pathlib import Path

DAGGER = "†"
SHOWN_ATTRIBUTES = re.compile(r"\b(?:title|aria-label|placeholder|alt|content)=(\"[^\"]*\"|'[^']*')")
CODE = re.compile(r"{{.*?}}|{%.*?%}|{#.*?#}|<(script|style)\b.*?</\1>|<!--.*?-->", re.DOTALL)
TRANSLATED = re.compile(r"{%\s*translate\s+(\"[^\"]*\"|'[^']*')")
TAG = re.compile(r"<[^>]*>", re.DOTALL)


def forbidden(glossary: str) -> list[str]:
    """Return the marked words of the glossary's table, as they are written there."""
    rows = [line.strip().strip("|").split("|") for line in glossary.splitlines() if line.startswith("|")]
    cells = [part.strip() for row in rows if len(row) == 3 for part in row[2].split(",")]
    return [cell.removesuffix(DAGGER).strip() for cell in cells if cell.endswith(DAGGER)]


def violations(template: str, words: list[str]) -> Iterator[tuple[int, str]]:
    """Yield line and word of every forbidden word that a template's text or a shown attribute contains."""
    text = CODE.sub(_blank, template)
    shown = [(match.start(1), match.group(1)) for match in SHOWN_ATTRIBUTES.finditer(text)]
    shown += [(match.start(1), match.group(1)) for match in TRANSLATED.finditer(template)]
    pattern = re.compile(r"\b(?:" + "|".join(re.escape(word) for word in words) + r")\b", re.IGNORECASE)
    for start, part in [(0, TAG.sub(_blank, text)), *shown]:
        for match in pattern.finditer(part):
            yield template.count("\n", 0, start + match.start()) + 1, match.group()


def find(root: Path) -> list[str]:
    """Return one line for each forbidden word in the templates below `root`."""
    words = forbidden((root / "docs/glossary.md").read_text())
    return [
        f"{file.relative_to(root)}:{line}: {word!r} (docs/glossary.md has the word to use)"
        for file in sorted((root / "templates").rglob("*"))
        if file.is_file()
        for line, word in violations(file.read_text(), words)
    ]


def _blank(match: re.Match[str]) -> str:
    """Return white space of the same length with the same line ends, so that positions stay."""
    return re.sub(r"[^\n]", " ", match.group())
