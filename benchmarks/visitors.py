"""Many connections that ask for one address as fast as they are answered. One thread: it measures the server."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from benchmarks.report import percentile

HEAD_END = b"\r\n\r\n"


@dataclass
class Visit:
    """What was answered: statuses, X-Cache states and the seconds of each answer."""

    seconds: float
    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        """Answers per second."""
        return len(self.latencies) / self.seconds

    def milliseconds(self, share: float) -> float:
        """Return a percentile of the latencies."""
        return percentile(self.latencies, share) * 1000


def visit(
    port: int, path: str, headers: Mapping[str, str], *, connections: int, seconds: float = 0, each: int = 0
) -> Visit:
    """Ask on every connection for some seconds, or `each` times, and return what came. Raises what goes wrong."""
    lines = [f"GET {path} HTTP/1.1", "Host: localhost", *(f"{name}: {value}" for name, value in headers.items())]
    request = ("\r\n".join(lines) + "\r\n\r\n").encode()
    return asyncio.run(_all(port, request, connections, seconds, each))


async def _all(port: int, request: bytes, connections: int, seconds: float, each: int) -> Visit:
    pairs = [await asyncio.open_connection("127.0.0.1", port) for _ in range(connections)]
    found, began = Visit(seconds), time.perf_counter()
    until = began + seconds if seconds else float("inf")
    await asyncio.gather(*(_one(*pair, request, found, until, each) for pair in pairs))
    found.seconds = time.perf_counter() - began
    for _, writer in pairs:
        writer.close()
    return found


async def _one(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes, found: Visit, until: float, each: int
) -> None:
    asked = 0
    while (began := time.perf_counter()) < until and (not each or asked < each):
        writer.write(request)
        head = (await reader.readuntil(HEAD_END)).lower()
        length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
        if length:
            await reader.readexactly(int(length))
        asked += 1
        found.latencies.append(time.perf_counter() - began)
        found.statuses[int(head[9:12])] += 1
        state = head.partition(b"x-cache: ")[2].partition(b"\r\n")[0].decode()
        found.states[state.upper() or "-"] += 1
