"""The circuit breaker in front of a server that does not answer."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.cache import cache
from redis.exceptions import ConnectionError, RedisError

from dealport.kit import breaker, redis
from dealport.kit.breaker import Breaker
from dealport.servers.use import ROOT


@pytest.fixture
def frozen() -> Iterator[str]:
    """Yield the address of a server that takes connections and never answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(50)
        yield f"redis://127.0.0.1:{listener.getsockname()[1]}/0"


def timed(url: str) -> float:
    """Return how long a caller waited for a server that is away."""
    began = time.monotonic()
    with pytest.raises(RedisError):
        redis.client(url).get("key")
    return time.monotonic() - began


def test_a_frozen_server_costs_one_caller_a_second_its_time_out_and_the_others_nothing(frozen: str) -> None:
    assert timed(frozen) < 2
    waits = [timed(frozen) for _ in range(20)]
    assert max(waits) < 0.2
    time.sleep(breaker.PAUSE_SECONDS)
    with ThreadPoolExecutor(10) as crowd:
        waits = sorted(crowd.map(timed, [frozen] * 10))
    assert waits[-2] < 0.5 < waits[-1] < 2


def test_one_success_lets_everybody_through_again(monkeypatch: pytest.MonkeyPatch) -> None:
    state = Breaker()
    state.failed()
    assert state.is_open()
    monkeypatch.setattr(breaker, "PAUSE_SECONDS", 0.0)
    state.failed()
    time.sleep(0.01)
    assert not state.is_open()  # this thread finds out
    assert not state.is_open()
    with ThreadPoolExecutor(1) as elsewhere:
        assert elsewhere.submit(state.is_open).result()
        state.succeeded()
        assert not elsewhere.submit(state.is_open).result()


def test_a_caller_that_never_reports_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breaker, "PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(breaker, "PROBE_SECONDS", 0.1)
    state = Breaker()
    state.failed()
    time.sleep(0.01)
    lost = threading.Thread(target=state.is_open)
    lost.start()
    lost.join()
    assert state.is_open()
    time.sleep(0.15)
    assert not state.is_open()


def test_django_s_cache_uses_the_breaker_of_its_server() -> None:
    cache.set("breaker", 1)
    pool = cache.client.get_client().connection_pool
    key = (pool.connection_kwargs["host"], pool.connection_kwargs["port"])
    redis.BREAKERS[key].failed()
    try:
        with ThreadPoolExecutor(1) as elsewhere, pytest.raises(Exception, match="away a moment ago"):
            elsewhere.submit(cache.get, "breaker").result()
    finally:
        redis.BREAKERS[key].reset()
    assert cache.get("breaker") == 1


def test_a_refused_connection_opens_it_too() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"redis://127.0.0.1:{closed.getsockname()[1]}/0"
    with pytest.raises(ConnectionError):
        redis.client(url).ping()
    with pytest.raises(ConnectionError, match="away a moment ago"):
        redis.client(url).ping()


def test_a_message_that_cannot_be_sent_is_no_error(frozen: str, settings: object) -> None:
    settings.REDIS_URL = frozen  # type: ignore[attr-defined]
    sent: list[int] = []
    assert not redis.publish(lambda: sent.append(1))
    assert sent == []


def test_nobody_makes_a_client_of_redis_past_the_breaker() -> None:
    made = re.compile(r"\bRedis(\.from_url)?\(|\bConnectionPool(\.from_url)?\(|aioredis")
    apps = ("customers", "dashboard", "dealport", "orders", "reports")
    modules = [path for app in apps for path in (ROOT / app).rglob("*.py")]
    found = {str(path.relative_to(ROOT)) for path in modules if made.search(path.read_text())}
    # the check of the configuration asks once, at the start, with time limits of its own
    assert found == {"dealport/kit/redis.py", "dealport/checks.py"}
