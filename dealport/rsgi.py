"""What the web server loads: it takes requests whole before a thread works on them, and answers `/health` itself.

granian hands requests to this module's event loop. A body is read there, within a time and a size, so that whoever
sends one slowly or without an end holds no thread; a complete request then goes to one of WEB_THREADS threads, which
run Django. Probes below `/health/` have a thread of their own. Any WSGI server can run `dealport.wsgi` instead, behind
a proxy that buffers requests.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import io
import json
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from queue import SimpleQueue
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Any

from dealport import request_log, wsgi
from dealport.health import alive_content

if TYPE_CHECKING:
    from granian._granian import RSGIHTTPProtocol as HTTPProtocol
    from granian.rsgi import Scope

logger = logging.getLogger(__name__)
Headers = list[tuple[str, str]]
Environ = dict[str, Any]

BODY_SECONDS = 10.0
"""How long a body may take, and a second more for every BODY_RATE bytes of it that have come."""
BODY_RATE = 64 * 1024
BODY_BYTES = 64 * 1024 * 1024
"""Django's own limits are lower for everything but files."""
BODY_MEMORY = 256 * 1024
"""Larger bodies wait in a temporary file."""
URL_LENGTH = 8 * 1024
HEADER_BYTES = 32 * 1024
HEALTHY: Headers = [("content-type", "application/json"), ("cache-control", "no-store")]
_BASE: Environ = {
    "SCRIPT_NAME": "",
    "SERVER_SOFTWARE": "granian",
    "wsgi.version": (1, 0),
    "wsgi.errors": sys.stderr,
    "wsgi.multithread": True,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
}


class Refused(Exception):
    """A request that Django never sees: status, code and message of its answer."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.body = json.dumps({"status": "error", "message": message, "code": code, "requestId": ""}).encode()


@dataclass
class Answer:
    """What Django answered: its whole body, the file that is the body, or what yields it."""

    status: int
    headers: Headers
    body: bytes = b""
    file: str = ""
    parts: Iterable[bytes] | None = None


class Threads:
    """Threads that do what the event loop hands to them; half the cost of the standard library's executor."""

    def __init__(self, name: str, count: int) -> None:
        self._jobs: SimpleQueue[tuple[Any, ...]] = SimpleQueue()
        for number in range(count):
            threading.Thread(target=self._work, name=f"{name}-{number}", daemon=True).start()

    def run(self, function: Callable[..., object], *arguments: object) -> asyncio.Future[Any]:
        """Return the future result of a call."""
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        self._jobs.put((loop, future, function, arguments))
        return future

    def _work(self) -> None:
        while True:
            loop, future, function, arguments = self._jobs.get()
            result, error = None, None
            try:
                result = function(*arguments)
            except Exception as raised:  # where the call is awaited
                error = raised
            with contextlib.suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(_settle, future, result, error)


def _settle(future: asyncio.Future[object], result: object, error: Exception | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)


class Application:
    """The RSGI application of a web process."""

    def __init__(self, django: Callable[..., Any], *, threads: int) -> None:
        self._django = django
        self._threads, self._probe = Threads("web", threads), Threads("probe", 1)

    async def __rsgi__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        """Answer `/health` at once; read any other request whole, within its limits, before a thread gets it."""
        if scope.path == "/health" and scope.method in ("GET", "HEAD"):
            content = json.dumps(alive_content()).encode() if scope.method == "GET" else b""
            protocol.response_bytes(200, HEALTHY, content)
            return
        try:
            environ = environ_of(scope)
            if environ["CONTENT_LENGTH"] in ("", "0") and "HTTP_TRANSFER_ENCODING" not in environ:
                await self._serve(environ, protocol)
                return
            with SpooledTemporaryFile(BODY_MEMORY) as body:
                await read_body(environ, protocol, body)
                environ["wsgi.input"] = body
                await self._serve(environ, protocol)
        except Refused as refused:
            peer = scope.client.rpartition(":")[0].strip("[]")
            request_log.write(route="(none)", method=scope.method[:16], status=refused.status, address=peer)
            headers = [("content-type", "application/json"), ("connection", "close")]
            protocol.response_bytes(refused.status, headers, refused.body)

    async def _serve(self, environ: Environ, protocol: HTTPProtocol) -> None:
        threads = self._probe if environ["PATH_INFO"].startswith("/health") else self._threads
        await send(protocol, await threads.run(self._answer, environ), threads.run)

    def _answer(self, environ: Environ) -> Answer:
        """Run Django, in a thread."""
        started: list[Any] = []
        response = self._django(environ, lambda *status_and_headers: started.append(status_and_headers))
        status, headers = int(started[0][0].split(" ", 1)[0]), [(name.lower(), value) for name, value in started[0][1]]
        if not getattr(response, "streaming", False):
            body = b"".join(response)
            response.close()
            return Answer(status, headers, body)
        file = getattr(getattr(response, "file_to_stream", None), "name", None)
        if isinstance(file, str) and os.path.isfile(file) and status == 200:
            response.close()
            return Answer(status, headers, file=file)
        return Answer(status, headers, parts=response)


async def read_body(environ: Environ, protocol: HTTPProtocol, body: IO[bytes]) -> None:
    """Write the whole body to a file. Raises Refused for one that is too large, too short, or comes too slowly."""
    length = environ["CONTENT_LENGTH"]
    if length.isdecimal() and int(length) > BODY_BYTES:
        raise Refused(413, "PAYLOAD_TOO_LARGE", "The request body is too large.")
    began, size = asyncio.get_running_loop().time(), 0
    try:
        async with asyncio.timeout_at(began + BODY_SECONDS) as deadline:
            async for part in protocol:
                size += len(part)
                if size > BODY_BYTES:
                    raise Refused(413, "PAYLOAD_TOO_LARGE", "The request body is too large.")
                body.write(part)
                deadline.reschedule(began + BODY_SECONDS + size / BODY_RATE)
    except TimeoutError:
        raise Refused(408, "REQUEST_TIMEOUT", "The request came too slowly. Send it again.") from None
    if length not in ("", str(size)):
        raise Refused(400, "MALFORMED_REQUEST", "The request body is shorter than it said.")
    environ["CONTENT_LENGTH"] = str(size)
    body.seek(0)


async def send(protocol: HTTPProtocol, answer: Answer, in_thread: Callable[..., Any]) -> None:
    """Send the answer. Of a stream a thread makes each next part, and none waits for whoever reads it."""
    if answer.file:
        protocol.response_file(answer.status, answer.headers, answer.file)
        return
    if answer.parts is None:
        protocol.response_bytes(answer.status, answer.headers, answer.body)
        return
    transport = protocol.response_stream(answer.status, answer.headers)
    parts = iter(answer.parts)
    try:
        while (part := await in_thread(next, parts, None)) is not None:
            await transport.send_bytes(part)
    finally:
        await in_thread(answer.parts.close)  # type: ignore[attr-defined]


def environ_of(scope: Scope) -> Environ:
    """Return the request as WSGI has it, without its body. Raises Refused for a long address or long headers."""
    path, query = scope.path, scope.query_string
    if len(path) + len(query) > URL_LENGTH:
        raise Refused(414, "URI_TOO_LONG", f"The address is longer than {URL_LENGTH} characters.")
    headers = scope.headers.items()
    if sum(len(name) + len(value) for name, value in headers) > HEADER_BYTES:
        raise Refused(431, "HEADERS_TOO_LARGE", f"The headers are longer than {HEADER_BYTES} characters.")
    client, _, _ = scope.client.rpartition(":")
    host, _, port = scope.server.rpartition(":")
    environ = {
        **_BASE,
        "REQUEST_METHOD": scope.method,
        "PATH_INFO": path if path.isascii() else path.encode().decode("latin-1"),  # granian has decoded it
        "QUERY_STRING": query,
        "SERVER_NAME": host,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": client.strip("[]"),
        "CONTENT_TYPE": "",
        "CONTENT_LENGTH": "",
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": io.BytesIO(),
    }
    for name, value in headers:
        key = _key(name)
        if key not in environ or not environ[key]:
            environ[key] = value
        elif key.startswith("HTTP_"):
            environ[key] += f"{'; ' if key == 'HTTP_COOKIE' else ','}{value}"
    environ.pop("", None)
    return environ


@functools.lru_cache(256)
def _key(name: str) -> str:
    """Return WSGI's name of a header; none for one that would pass for the name with a hyphen, which proxies set."""
    if "_" in name:
        return ""
    key = name.upper().replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"


application = Application(wsgi.application, threads=int(os.environ.get("WEB_THREADS", "4")))
