"""Computing admin snapshots ahead: the same for the command and the task."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from rest_framework.exceptions import ValidationError

from customers.scopes import ALL_STORES, StoreScope
from dashboard.answers.snapshot import read_snapshot, read_snapshots
from dashboard.caching import cache

AT_ONCE = 50


@dataclass(frozen=True)
class Refreshed:
    """One snapshot that was computed, or (`answer` None) the reason why not.

    `milliseconds` is its part of the pass it was computed in.
    """

    scope: StoreScope
    answer: cache.Answer | None
    reason: str = ""
    milliseconds: float = 0.0


def refresh(
    scopes: Sequence[StoreScope], first: date | None = None, *, ttl: timedelta = cache.TTL
) -> Iterator[Refreshed]:
    """Compute and keep the snapshots of some scopes; yield each as it is done.

    AT_ONCE stores are computed in one pass; where that fails, one by one, so that the one that fails stands alone.
    """
    if ALL_STORES in scopes:
        yield from _refresh([ALL_STORES], first, ttl)
    stores = [scope for scope in scopes if scope.store]
    for begin in range(0, len(stores), AT_ONCE):
        yield from _refresh(stores[begin : begin + AT_ONCE], first, ttl)


def _refresh(batch: Sequence[StoreScope], first: date | None, ttl: timedelta) -> Iterator[Refreshed]:
    began = time.perf_counter()
    try:
        answers = _read(batch, first, ttl)
    except Exception as error:  # one snapshot that fails, for whatever reason, must not cost the others
        if len(batch) > 1:
            for scope in batch:
                yield from _refresh([scope], first, ttl)
        else:
            reason = str(error.detail if isinstance(error, ValidationError) else f"{error.__class__.__name__}: {error}")
            yield Refreshed(batch[0], None, reason)
        return
    each = (time.perf_counter() - began) * 1000 / len(batch)
    for scope, answer in zip(batch, answers, strict=True):
        yield Refreshed(scope, answer, milliseconds=each)


def _read(batch: Sequence[StoreScope], first: date | None, ttl: timedelta) -> list[cache.Answer]:
    stores = [scope.store for scope in batch if scope.store]
    if not stores:
        return [read_snapshot(ALL_STORES, first, refresh=True, ttl=ttl)]
    answers = read_snapshots(stores, first, refresh=True, ttl=ttl)
    return [answers[store.pk] for store in stores]
