"""First and last names."""

from __future__ import annotations

# fmt: off
PARTICLES = frozenset((
    "al", "bin", "da", "das", "de", "del", "della", "den", "der", "di", "do", "dos", "du", "el", "ibn", "la", "las",
    "le", "los", "st.", "ten", "ter", "van", "vom", "von", "zu", "zum",
))
# fmt: on
"""Words that begin a last name of several words, as in Ludwig van Beethoven or Maria de la Cruz."""
SUFFIXES = frozenset(["jr", "jr.", "sr", "sr.", "ii", "iii", "iv"])
"""Words that belong to the last name before them, as in Sammy Davis Jr."""


def split_name(name: str) -> tuple[str, str]:
    """Return first and last name: the last begins at the first particle after the first word, else at the last word.

    A single word is a first name. `join_name` of the two is the name, its spaces made single.
    """
    words = name.split()
    if len(words) < 2:
        return " ".join(words), ""
    start = len(words) - 1
    while start > 1 and words[start].lower() in SUFFIXES:
        start -= 1
    start = next((at for at in range(1, start) if words[at].lower() in PARTICLES), start)
    return " ".join(words[:start]), " ".join(words[start:])


def join_name(first: str, last: str) -> str:
    """Return first and last name with a space between, or the one there is."""
    return f"{first} {last}".strip()
