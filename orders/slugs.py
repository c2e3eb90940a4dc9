"""Slugs of products: the part of an address that names one, unique among the products of a store."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

from django.utils.text import slugify

from customers.models import Store
from orders.models import Product

LONGEST = 255
PLAIN = "product"
"""Of a name without a letter or digit of ASCII."""
BLOCK = 128
"""Numbers that are looked up together."""


class SlugBook:
    """Hands out slugs of one store, made of names; those of its products and those handed out are taken.

    It asks for the slugs that the names can collide with, however many products the store has.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self._taken: set[str] = set()
        self._free: dict[str, deque[int]] = {}
        self._last: dict[str, int] = {}

    def take(self, name: str) -> str:
        """Return `silk-scarf`, or `silk-scarf-2` and so on where that is taken, and keep it for the caller."""
        return self.take_all([name])[0]

    def take_all(self, names: Sequence[str]) -> list[str]:
        """Return a slug for each of the names, in their order."""
        stems = list(map(stem, names))
        self._taken |= self._present(set(stems) - self._taken)
        return list(map(self._take, stems))

    def _take(self, plain: str) -> str:
        slug = plain
        while slug in self._taken:
            slug = f"{plain}-{self._number(plain)}"
        self._taken.add(slug)
        return slug

    def _number(self, plain: str) -> int:
        """Return the next number that no product of the store has behind this slug."""
        free = self._free.setdefault(plain, deque())
        low = self._last.get(plain, 1)
        while not free:
            numbers = range(low + 1, low + 1 + BLOCK)
            free.extend(self._unused(plain, numbers))
            low = self._last[plain] = numbers[-1] if free else self._skip(plain, numbers[-1])
        return free.popleft()

    def _skip(self, plain: str, low: int) -> int:
        """Return a used number from `low` on, itself used, whose next is not; asks as often as its logarithm says."""
        step = BLOCK
        while not self._unused(plain, [low + step]):
            low, step = low + step, step * 2
        high = low + step
        while high - low > 1:
            middle = (low + high) // 2
            if self._unused(plain, [middle]):
                high = middle
            else:
                low = middle
        return low

    def _unused(self, plain: str, numbers: Iterable[int]) -> list[int]:
        slugs = {f"{plain}-{number}": number for number in numbers}
        present = self._present(slugs)
        return [number for slug, number in slugs.items() if slug not in present]

    def _present(self, slugs: Iterable[str]) -> set[str]:
        known = Product.objects.filter(store=self.store, deleted_at__isnull=True, slug__in=list(slugs))
        return set(known.values_list("slug", flat=True))


def stem(name: str) -> str:
    """Return the slug of a name, with room left for a number."""
    return slugify(name)[: LONGEST - 8].strip("-_") or PLAIN
