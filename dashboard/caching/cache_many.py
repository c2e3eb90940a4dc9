"""The same value of many stores, from the cache: one round trip if all are current, four if not, for any number.

What is missing is computed together. Nobody waits for another reader here: where somebody computes already, the value
before is served, marked STALE; where there is none, it is computed once more and left to the other to keep.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import connection
from redis.exceptions import RedisError

from customers.scopes import key_of
from dashboard.caching.cache import Answer, Entry, Slot, State
from dashboard.caching.redis_link import Command, ask

logger = logging.getLogger(__name__)

ComputeMany = Callable[[Collection[int]], Mapping[int, Entry]]
"""Returns the values of the stores with these ids."""


def _nothing(store_ids: Collection[int]) -> Mapping[int, Entry]:
    return {}


def read_many(
    names: Mapping[int, str], compute: ComputeMany, *, recall: ComputeMany = _nothing, refresh: bool = False
) -> dict[int, Answer]:
    """Return the value of each store, named by store id; the rest is as for `cache.read`.

    `recall` returns those of the values that are known to be current from elsewhere.
    """
    if connection.in_atomic_block:
        return {store: Answer(State.MISS, entry) for store, entry in compute(list(names)).items()}
    found = _Found({store: Slot(name, key_of(store)) for store, name in names.items()})
    try:
        found.look(refresh)
    except RedisError as error:
        logger.warning("figures are read without the cache: %s", error)
    missing = [store for store in names if store not in found.answers]
    try:
        if missing:
            known = {} if refresh else recall(missing)
            unknown = [store for store in missing if store not in known]
            found.keep(State.HIT, known)
            found.keep(State.MISS, compute(unknown) if unknown else {})
    finally:
        found.release()
    return {store: found.answers[store] for store in names}


@dataclass
class _Found:
    """What is known of the values, and under which generation those are kept that are computed here."""

    slots: dict[int, Slot]
    answers: dict[int, Answer] = field(default_factory=dict)
    generations: dict[int, str] = field(default_factory=dict)

    def look(self, refresh: bool) -> None:
        """Take what is current; claim the rest, and take of it what others are computing."""
        if not refresh:
            for store, (changing, values) in self._ask(self.slots, Slot.looking):
                seen = self.slots[store].seen(changing, values)
                if seen.is_current and seen.entry:
                    self.answers[store] = Answer(State.HIT, seen.entry)
        left = [store for store in self.slots if store not in self.answers]
        for store, (*_, locked, changing, values) in self._ask(left, Slot.claiming):
            seen = self.slots[store].seen(changing, values)
            if locked or refresh:
                self.generations[store] = seen.generation
            elif seen.entry:
                self.answers[store] = Answer(State.HIT if seen.is_current else State.STALE, seen.entry)

    def keep(self, state: State, entries: Mapping[int, Entry]) -> None:
        """Answer with these values, and store those that are ours to store. Redis may be away."""
        kept = {store: replace(entry, generation=self.generations.get(store, "")) for store, entry in entries.items()}
        self.answers |= {store: Answer(state, entry) for store, entry in kept.items()}
        ours = [store for store in kept if store in self.generations]
        of_scope = {key_of(store): kept[store] for store in ours}
        try:
            self._ask(ours, lambda slot, run: slot.putting(run, of_scope[slot.scope]))
        except RedisError as error:
            logger.warning("computed figures could not be cached: %s", error)

    def release(self) -> None:
        """Let others compute; locks that cannot be given back end by themselves."""
        with contextlib.suppress(RedisError):
            self._ask(self.generations, Slot.releasing)

    def _ask(self, stores: Iterable[int], commands: Callable[[Slot, str], list[Command]]) -> list[tuple[int, Any]]:
        """Send the commands of these stores' slots in one go; return the answers by store."""
        asked: list[tuple[int, int]] = []

        def everything(run: str) -> list[Command]:
            sent = [(store, commands(self.slots[store], run)) for store in stores]
            asked[:] = [(store, len(each)) for store, each in sent]
            return [command for _, each in sent for command in each]

        answers = iter(ask(everything) if stores else [])
        return [(store, [next(answers) for _ in range(count)]) for store, count in asked]
