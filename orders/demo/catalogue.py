"""What a demo store sells: shelves of designs, each design in a few variants."""

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
    """A category. `season` (summer, winter or empty) moves its share of the sales through the year.

    `group` is the category above it.
    """

    name: str
    slug: str
    code: str
    season: str
    group: str
    designs: tuple[Design, ...]


@dataclass(frozen=True)
class Article:
    """One thing to be sold: a variant of a design on its shelf. `variant` is empty for a design without any.

    `design_sku` is the SKU of the product it is a variant of, empty for a design that comes in one form.
    """

    shelf: Shelf
    design: Design
    sku: str
    variant: str
    design_sku: str

    @property
    def name(self) -> str:
        """What the store window says."""
        return f"{self.design.name} – {self.variant}" if self.variant else self.design.name


def shelf(name: str, slug: str, code: str, season: str, group: str, *lines: str) -> Shelf:
    """Return a shelf from lines like `Pitch Lantern | 49.90 | lantern | Fern, Slate` (variants may be left out)."""
    return Shelf(name, slug, code, season, group, tuple(_design(line) for line in lines))


def _design(line: str) -> Design:
    name, price, glyph, *rest = (part.strip() for part in line.split("|"))
    variants = tuple(part.strip() for part in rest[0].split(",")) if rest else ("",)
    return Design(name, Decimal(price), glyph, variants)


def articles(shelves: tuple[Shelf, ...]) -> Iterator[Article]:
    """Yield all that the shelves sell; the SKU is made of shelf, design and variant."""
    for shelf_ in shelves:
        for number, design in enumerate(shelf_.designs, start=1):
            for position, variant in enumerate(design.variants, start=1):
                own = f"{shelf_.code}-{number:02d}"
                sku = own + (f"-{position}" if variant else "")
                yield Article(shelf_, design, sku, variant, own if len(design.variants) > 1 else "")
