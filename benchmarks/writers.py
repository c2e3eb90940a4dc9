"""Many writers for some seconds: forked processes, each with threads that have a connection of their own.

Processes, because Python runs one thread of a process at a time; at most PROCESSES, because there are few processors.
"""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Barrier

from django.db import connections

from benchmarks.report import percentile

PROCESSES = 8
WARM_SHARE = 1 / 8

Act = Callable[[], object]
"""One write, ready to be repeated."""


@dataclass(frozen=True)
class Run:
    """What the writers reached together: writes per second, latencies in milliseconds."""

    rate: float
    p50: float
    p99: float


def run(prepare: Callable[[], Act], *, writers: int, seconds: float) -> Run:
    """Let `writers` threads call what `prepare` (called in each of them) returns, and measure after a short warm-up.

    Each of them calls it at least once. Raises RuntimeError with the text of the first error of a writer.
    """
    connections.close_all()  # a forked process must not share them
    fork = multiprocessing.get_context("fork")
    processes = min(writers, PROCESSES)
    barrier, answers = fork.Barrier(writers), fork.SimpleQueue()
    children = [
        fork.Process(target=_process, args=(prepare, barrier, answers, writers // processes, seconds))
        for _ in range(processes)
    ]
    for child in children:
        child.start()
    found = [answers.get() for _ in children]
    for child in children:
        child.join()
    if errors := [error for _, error in found if error]:
        raise RuntimeError(errors[0])
    milliseconds = [latency * 1000 for latencies, _ in found for latency in latencies]
    return Run(len(milliseconds) / seconds, percentile(milliseconds, 0.5), percentile(milliseconds, 0.99))


def _process(
    prepare: Callable[[], Act], barrier: Barrier, answers: SimpleQueue[object], threads: int, seconds: float
) -> None:
    latencies: list[float] = []
    errors: list[str] = []

    def write() -> None:
        try:
            act = prepare()
            barrier.wait(60)
            begin = time.perf_counter() + seconds * WARM_SHARE
            while (began := time.perf_counter()) < begin + seconds or not latencies:
                act()
                if began >= begin:
                    latencies.append(time.perf_counter() - began)
        except Exception as error:
            errors.append(repr(error))
            barrier.abort()
        finally:
            connections.close_all()

    crowd = [threading.Thread(target=write) for _ in range(threads)]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()
    answers.put((latencies, errors[0] if errors else ""))
