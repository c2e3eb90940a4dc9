"""Country codes by the names people write, from the time zone database's list (ISO 3166, English)."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

OTHER_NAMES = {
    "bolivia": "BO", "britain": "GB", "cape verde": "CV", "czechia": "CZ", "dr congo": "CD", "england": "GB",
    "great britain": "GB", "holland": "NL", "hong kong sar": "HK", "ivory coast": "CI", "korea": "KR",
    "macao sar": "MO", "myanmar": "MM", "north macedonia": "MK", "russian federation": "RU", "scotland": "GB",
    "south korea": "KR", "the netherlands": "NL", "türkiye": "TR", "u.s.a.": "US", "uae": "AE", "uk": "GB",
    "united kingdom": "GB", "united states of america": "US", "usa": "US", "viet nam": "VN", "wales": "GB",
}  # fmt: skip


def country_code(name: str) -> str:
    """Return the ISO 3166-1 alpha-2 code of a country's English name, nothing for a name nobody knows."""
    return _codes().get(" ".join(name.casefold().split()), "")


def country_codes() -> set[str]:
    """Return the ISO 3166-1 alpha-2 codes of all countries."""
    return set(_codes().values())


@lru_cache(maxsize=1)
def _codes() -> dict[str, str]:
    table = (files("tzdata") / "zoneinfo" / "iso3166.tab").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))
    return {name.casefold(): code for code, name in rows} | OTHER_NAMES
