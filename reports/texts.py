"""Texts of datasets for the catalog: pages show them by way of variables."""

from __future__ import annotations

from collections.abc import Iterator

from reports.datasets import DATASETS
from reports.pages.export_words import choice_words, words
from reports.scheduling.periods import PERIODS


def shown_texts() -> Iterator[str]:
    """Yield what datasets and their filters are called and mean, and the periods of schedules."""
    yield from (text for text, _ in PERIODS.values())
    for dataset in DATASETS.values():
        yield from (dataset.title, dataset.meaning)
        for known in dataset.filters:
            yield from (words(known.name), known.meaning, *map(choice_words, known.choices or ()))
