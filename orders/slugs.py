"""Slugs of products: the part of an address that names one, unique among the products of a store."""

from __future__ import annotations

from itertools import count

from django.utils.text import slugify

from customers.models import Store
from orders.models import Product

LONGEST = 255
PLAIN = "product"
"""Of a name without a letter or digit of ASCII."""


class SlugBook:
    """Hands out slugs of one store, made of names; those of its products and those handed out are taken."""

    def __init__(self, taken: set[str]) -> None:
        self.taken = taken

    @classmethod
    def of(cls, store: Store, name: str = "") -> SlugBook:
        """Return the book of a store; with `name` it knows the slugs that this name can collide with alone."""
        present = Product.objects.filter(store=store, deleted_at__isnull=True)
        if name:
            present = present.filter(slug__startswith=stem(name))
        return cls(set(present.values_list("slug", flat=True)))

    def take(self, name: str) -> str:
        """Return `silk-scarf`, or `silk-scarf-2` and so on where that is taken, and keep it for the caller."""
        plain = stem(name)
        numbered = (f"{plain}-{number}" for number in count(2))
        slug = plain if plain not in self.taken else next(slug for slug in numbered if slug not in self.taken)
        self.taken.add(slug)
        return slug


def stem(name: str) -> str:
    """Return the slug of a name, with room left for a number."""
    return slugify(name)[: LONGEST - 8].strip("-_") or PLAIN
