"""The bridge between the web server and Django."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.http import FileResponse, HttpResponse, StreamingHttpResponse

from dealport import rsgi


class Protocol:
    """The server's side of one request: the parts of its body, and the answer."""

    def __init__(self, *parts: bytes, seconds: float = 0) -> None:
        self.parts, self.seconds, self.answer = parts, seconds, ()
        self.streamed: list[bytes] = []

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self.parts:
            await asyncio.sleep(self.seconds)
            yield part

    def response_bytes(self, *answer: Any) -> None:
        self.answer = answer

    def response_file(self, *answer: Any) -> None:
        self.answer = answer

    def response_stream(self, *answer: Any) -> Any:
        self.answer = answer
        return self

    async def send_bytes(self, part: bytes) -> None:
        self.streamed.append(part)


def scope(method: str = "GET", path: str = "/x", query: str = "", **headers: str) -> Any:
    named = [(name.replace("__", "-"), value) for name, value in headers.items()]
    return SimpleNamespace(
        method=method,
        path=path,
        query_string=query,
        client="10.0.0.9:5000",
        server="127.0.0.1:8000",
        scheme="http",
        http_version="1.1",
        headers=dict(named),
    )


def django(make: Callable[[dict[str, Any]], Any]) -> Callable[..., Any]:
    """Return a WSGI application that answers with a response of Django's."""

    def application(environ: dict[str, Any], start_response: Any) -> Any:
        response = make(environ)
        start_response(f"{response.status_code} Whatever", list(response.items()))
        return response

    return application


def served(request: Any, protocol: Protocol, make: Callable[[dict[str, Any]], Any]) -> Protocol:
    application = rsgi.Application(django(make), threads=1)
    # in a thread of its own: browser tests leave a loop running in theirs
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(application.__rsgi__(request, protocol))).result()
    return protocol


def refused(environ: dict[str, Any]) -> HttpResponse:
    raise AssertionError("Django must not see this request")


def test_a_request_reaches_django_as_wsgi_has_it() -> None:
    seen: dict[str, Any] = {}

    def make(environ: dict[str, Any]) -> HttpResponse:
        seen.update(environ, body=environ["wsgi.input"].read(), thread=threading.current_thread().name)
        return HttpResponse(b"done", status=201, headers={"X-Test": "1"})

    headers = {"content__type": "application/json", "content__length": "7", "x__real": "1", "x_real": "forged"}
    answer = served(scope("POST", "/caf\u00e9", "a=%20", **headers), Protocol(b'{"a":', b"1}"), make).answer
    assert answer[0] == 201
    assert ("x-test", "1") in answer[1]
    assert answer[2] == b"done"
    assert (seen["PATH_INFO"], seen["QUERY_STRING"], seen["REMOTE_ADDR"]) == ("/caf\u00c3\u00a9", "a=%20", "10.0.0.9")
    assert (seen["CONTENT_LENGTH"], seen["body"], seen["HTTP_X_REAL"]) == ("7", b'{"a":1}', "1")
    assert seen["thread"].startswith("web")


def test_health_is_answered_without_django_and_probes_have_their_own_thread() -> None:
    status, _, body = served(scope(path="/health"), Protocol(), refused).answer
    assert (status, json.loads(body)["status"], list(json.loads(body))) == (200, "healthy", ["status", "timestamp"])
    threads: list[str] = []

    def make(environ: dict[str, Any]) -> HttpResponse:
        threads.append(threading.current_thread().name)
        return HttpResponse()

    served(scope(path="/health/ready"), Protocol(), make)
    assert threads[0].startswith("probe")


@pytest.mark.parametrize(
    ("request_", "protocol", "status"),
    [
        (scope("POST", content__length="3"), Protocol(b"a", b"b", b"c", seconds=0.2), 408),
        (scope("POST", transfer__encoding="chunked"), Protocol(*[b"a"] * 1000, seconds=0.02), 408),
        (scope("POST", content__length="999"), Protocol(), 413),
        (scope("POST", transfer__encoding="chunked"), Protocol(*[b"a" * 30] * 4), 413),
        (scope("POST", content__length="5"), Protocol(b"abc"), 400),
        (scope(path="/" + "a" * 9000), Protocol(), 414),
    ],
)
def test_a_body_that_is_slow_endless_large_or_short_never_reaches_django(
    request_: Any, protocol: Protocol, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rsgi, "BODY_SECONDS", 0.1)
    monkeypatch.setattr(rsgi, "BODY_BYTES", 100)
    answer = served(request_, protocol, refused).answer
    assert answer[0] == status
    assert ("connection", "close") in answer[1]


@pytest.mark.parametrize(
    ("length", "request_", "status"),
    [
        (rsgi.URL_LENGTH, lambda rest: scope(path="/", query="q=" + "a" * (rest - 3)), 414),
        (rsgi.HEADER_BYTES, lambda rest: scope(x="a" * (rest - 1)), 431),
    ],
)
def test_an_address_and_headers_pass_up_to_their_limit_and_not_one_character_more(
    length: int, request_: Callable[[int], Any], status: int
) -> None:
    assert served(request_(length), Protocol(), lambda environ: HttpResponse()).answer[0] == 200
    assert served(request_(length + 1), Protocol(), refused).answer[0] == status


def test_a_refused_request_has_a_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "dealport.requests"):
        served(scope(path="/" + "a" * 9000), Protocol(), refused)
    (line,) = [json.loads(record.getMessage()) for record in caplog.records]
    assert line.pop("timestamp")
    assert line == {
        "event": "request",
        "logger": "dealport.requests",
        "level": "info",
        "route": "(none)",
        "method": "GET",
        "status": 414,
        "address": "10.0.0.9",
    }


def test_whoever_sends_much_may_take_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rsgi, "BODY_SECONDS", 0.1)
    monkeypatch.setattr(rsgi, "BODY_RATE", 100)
    protocol = Protocol(*[b"a" * 50] * 4, seconds=0.07)
    body = served(scope("POST", content__length="200"), protocol, lambda e: HttpResponse(e["wsgi.input"].read()))
    assert body.answer[2] == b"a" * 200


def test_files_are_sent_by_the_server_and_streams_part_by_part(tmp_path: Path) -> None:
    file = tmp_path / "file.csv"
    file.write_bytes(b"a,b\n")
    sent = served(scope(), Protocol(), lambda _: FileResponse(file.open("rb"))).answer
    assert (sent[0], sent[2]) == (200, str(file))
    assert ("content-length", "4") in sent[1]
    closed: list[bool] = []
    stream = StreamingHttpResponse(iter([b"one", b"two"]))
    stream._resource_closers.append(lambda: closed.append(True))
    assert served(scope(), Protocol(), lambda _: stream).streamed == [b"one", b"two"]
    assert closed == [True]
    memory = served(scope(), Protocol(), lambda _: FileResponse(io.BytesIO(b"kept")))
    assert memory.streamed == [b"kept"]
