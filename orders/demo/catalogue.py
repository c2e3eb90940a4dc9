"""What a demo shop sells: shelves of designs, each design in a few variants."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Design:
    """One thing in several variants (colours), all at one price. `glyph` names its drawing in `drawings`."""

    name: str
    price: Decimal
    glyph: str
    variants: tuple[str, ...]


@dataclass(frozen=True)
class Shelf:
    """A category. `season` (summer, winter or empty) moves its share of the sales through the year."""

    name: str
    slug: str
    code: str
    season: str
    designs: tuple[Design, ...]


@dataclass(frozen=True)
class Article:
    """One product to be: a variant of a design on its shelf. `variant` is empty for a design without any."""

    shelf: Shelf
    design: Design
    sku: str
    variant: str

    @property
    def name(self) -> str:
        """What the shop window says."""
        return f"{self.design.name} – {self.variant}" if self.variant else self.design.name


def shelf(name: str, slug: str, code: str, season: str, *lines: str) -> Shelf:
    """Return a shelf from lines like `Pitch Lantern | 49.90 | lantern | Fern, Slate` (variants may be left out)."""
    return Shelf(name, slug, code, season, tuple(_design(line) for line in lines))


def _design(line: str) -> Design:
    name, price, glyph, *rest = (part.strip() for part in line.split("|"))
    variants = tuple(part.strip() for part in rest[0].split(",")) if rest else ("",)
    return Design(name, Decimal(price), glyph, variants)


def articles(shelves: tuple[Shelf, ...]) -> Iterator[Article]:
    """Yield every product of the shelves; the SKU is made of shelf, design and variant."""
    for shelf_ in shelves:
        for number, design in enumerate(shelf_.designs, start=1):
            for position, variant in enumerate(design.variants, start=1):
                sku = f"{shelf_.code}-{number:02d}" + (f"-{position}" if variant else "")
                yield Article(shelf_, design, sku, variant)
