"""Every parser of what strangers send: four times the input is about four times the work, or is refused at once.

CPU seconds of this thread, the best of two; quadratic work would be sixteen times as much.
"""

from __future__ import annotations

import csv
import gc
import time
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any, cast

import pytest
from django.core.exceptions import SuspiciousOperation, ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.multipartparser import MultiPartParserError
from django.test import RequestFactory
from rest_framework.exceptions import APIException
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request

from customers.api.serializers import CredentialsSerializer
from customers.rest.authentication import TokenAuthentication
from dashboard.api.inputs import PeriodQuery, WeekParameter
from dashboard.caching.http import is_known
from dealport.addresses import client_address
from dealport.kit.dates import parse_day
from dealport.kit.rest.errors import exception_handler
from dealport.kit.rest.fields import MomentField, MoneyField
from dealport.kit.rest.filters import _AmountField, _DayField
from dealport.kit.rest.parsers import JSONParser
from dealport.kit.rest.queries import read_single
from dealport.kit.rest.renderers import JSONRenderer
from dealport.logs import without_secrets
from dealport.middleware import RequestBoundsMiddleware
from orders.importing.columns import Layout, moment
from orders.importing.problems import BadValue, ImportRefused
from orders.importing.records import RecordReader
from orders.importing.rows import group
from orders.webhooks import SIGNATURE
from reports.scheduling.moments import read_cron
from tests.admin_pages import SOON
from tests.orders.importing_files import COLUMNS

REFUSED = (
    APIException,
    SuspiciousOperation,
    ValidationError,
    ValueError,
    BadValue,
    ImportRefused,
    MultiPartParserError,
)
AT_ONCE = 0.1
"""CPU seconds below which growth does not matter."""
MOST_GROWTH = 9
LARGE = 400_000
HEADER = 64_000


def cpu(work: Callable[[Any], Any], given: Any) -> float:
    best = float("inf")
    gc.disable()  # its passes cost what all that is loaded costs, not what is parsed
    try:
        for _ in range(2):
            began = time.thread_time()
            with suppress(*REFUSED):
                work(given)
            best = min(best, time.thread_time() - began)
    finally:
        gc.enable()
    return best


def check(work: Callable[[Any], Any], shape: Callable[[int], Any], size: int, limit: float = 1.0) -> None:
    """Fail if four times the input is much more than four times the work, or takes more than `limit` seconds."""
    large = cpu(work, shape(size))
    assert large < limit
    if large > AT_ONCE:
        small = cpu(work, shape(size // 4))
        assert large / max(small, 1e-4) < MOST_GROWTH


def keys(size: int) -> list[str]:
    return [f'"{number:x}":0' for number in range(size // 9)]


BODIES: dict[str, Callable[[int], bytes]] = {
    "the last key twice": lambda size: ("{" + ",".join([*keys(size), keys(size)[-1]]) + "}").encode(),
    "the first key twice": lambda size: ("{" + ",".join([*keys(size), keys(size)[0]]) + "}").encode(),
    "unknown keys": lambda size: ("{" + ",".join(keys(size)) + "}").encode(),
    "many small objects": lambda size: b"[" + b'{"a":0,"b":1},' * (size // 14) + b"0]",
    "numbers": lambda size: b"[" + b"0," * (size // 2) + b"0]",
    "a long whole number": lambda size: b"9" * size,
    "a long fraction": lambda size: b"0." + b"7" * size,
    "a large exponent": lambda size: b"[" + b"1e999999," * (size // 9) + b"1]",
    "open arrays": lambda size: b"[" * size,
    "open objects": lambda size: b'{"a":' * (size // 5),
    "nested arrays": lambda size: b"[" * (size // 2) + b"]" * (size // 2),
    "a wide tree": lambda size: b"[" + b"[[[[]]]]," * (size // 9) + b"0]",
    "a long text": lambda size: b'{"email":"' + b"a" * size + b'"}',
    "escapes": lambda size: b'{"email":"' + b"\\u0041" * (size // 6) + b'"}',
    "quotes": lambda size: b'"' + b'\\"' * (size // 2),
    "half surrogates": lambda size: b'"' + b"\\ud800" * (size // 6) + b'"',
    "white space": lambda size: b" " * size + b"{",
    "no UTF-8": lambda size: b'"' + b"\xff" * size + b'"',
    "a long key": lambda size: b'{"' + b"k" * size + b'":0}',
}


def answer_to(body: bytes) -> bytes:
    """Read a body as the login does and write the refusal."""
    try:
        CredentialsSerializer(data=JSONParser().parse(BytesIO(body))).is_valid(raise_exception=True)
    except APIException as error:
        response = exception_handler(error, {})
        assert response is not None
        return JSONRenderer().render(response.data, None, {"response": response})
    return b""


@pytest.mark.parametrize("shape", BODIES)
def test_json(shape: str) -> None:
    check(answer_to, BODIES[shape], LARGE)
    assert len(answer_to(BODIES[shape](LARGE))) < 20_000


def test_a_key_that_comes_twice_is_refused_in_milliseconds() -> None:
    body = BODIES["the last key twice"](64_000)

    assert cpu(answer_to, body) < AT_ONCE
    assert b"comes twice" in answer_to(body)


def query(text: str) -> None:
    request = Request(RequestFactory().get("/x?" + text))
    read_single(cast(QueryDict, request.query_params), {"page"})


TEXTS: dict[str, Callable[[int], str]] = {
    "one letter": lambda size: "a" * size,
    "separators": lambda size: "&" * size,
    "names": lambda size: "&".join(f"{number}=1" for number in range(size // 6)),
    "one name": lambda size: "a=1&" * (size // 4),
    "escapes": lambda size: "a=" + "%41" * (size // 3),
    "halves of escapes": lambda size: "a=" + "%" * size,
    "equals": lambda size: "=" * size,
    "plus": lambda size: "page=" + "+" * size,
    "commas": lambda size: "page=" + "1," * (size // 2),
}


@pytest.mark.parametrize("shape", TEXTS)
def test_query_strings(shape: str) -> None:
    check(query, TEXTS[shape], LARGE)


def form(body: bytes, kind: str = "application/x-www-form-urlencoded") -> None:
    dict(RequestFactory().post("/login/", body, content_type=kind).POST)


@pytest.mark.parametrize("shape", TEXTS)
def test_forms(shape: str) -> None:
    check(lambda text: form(text.encode()), TEXTS[shape], LARGE)


PARTS: dict[str, bytes] = {
    "fields": b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n',
    "files": b'--x\r\nContent-Disposition: form-data; name="a"; filename="b"\r\n\r\n1\r\n',
    "almost separators": b"--y\r\n\r\n",
    "headers": b"--x\r\n" + b"A: b\r\n" * 1000,
    "parameters": b"--x\r\nContent-Disposition: form-data" + b'; a="b"' * 1000 + b"\r\n\r\n1\r\n",
    "line ends": b"\r\n",
    "dashes": b"-",
}


@pytest.mark.parametrize("shape", PARTS)
def test_multipart_forms(shape: str) -> None:
    part = PARTS[shape]
    check(
        lambda body: form(body, "multipart/form-data; boundary=x"),
        lambda size: b"--x\r\n\r\n" + part * (size // len(part)) + b"--x--\r\n",
        LARGE,
    )


def header(name: str, work: Callable[[HttpRequest], Any]) -> Callable[[str], Any]:
    """Return work that does what the product does with a request that has this header."""

    def view(request: HttpRequest) -> HttpResponse:
        work(request)
        return HttpResponse()

    return lambda value: RequestBoundsMiddleware(view)(RequestFactory().get("/api/v1/x", headers={name: value}))


class Entry:
    etag = "x"


def negotiate(request: HttpRequest) -> None:
    DefaultContentNegotiation().select_renderer(Request(request), [JSONRenderer()])


HEADERS: dict[str, Callable[[str], Any]] = {
    "Cookie": header("Cookie", lambda request: request.COOKIES),
    "If-None-Match": header("If-None-Match", lambda request: is_known(request, Entry)),
    "Accept": header("Accept", negotiate),
    "Authorization": header("Authorization", lambda request: TokenAuthentication().authenticate(Request(request))),
    "X-Forwarded-For": lambda value: client_address("10.0.0.1", value.split(","), []),
    "X-DealPort-Signature": SIGNATURE.fullmatch,
    "a log line": lambda value: without_secrets(None, "", {"event": value}),
}


VALUES: dict[str, str] = {
    "letters": "a", "quotes": '"', "backslashes in quotes": "\\", "escaped quotes": '\\"', "pairs": "a=b;",
    "list": '"a",', "weak": 'W/"a",', "media types": "a/b;q=0.1,", "any": "*/*,", "spaces": " ", "dots": "eyJ.",
    "token": "eyJ", "bearer": "bearer ", "address": "a@", "dashes": "a-", "almost an address": "a@b-", "slashes": "://",
    "numbers": "1.1.1.1,",
}  # fmt: skip


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("name", HEADERS)
def test_headers(name: str, value: str) -> None:
    starts = {"Cookie": 'a="', "Authorization": "Bearer ", "a log line": "Not Found: /"}
    unit, start = VALUES[value], starts.get(name, "")
    check(HEADERS[name], lambda size: start + unit * (size // len(unit)) + '"', HEADER, limit=0.5)


WORDS = ["1", "1,", "*", "*/1,", "0-59,", "mon,", "-", "2026-01-01", "W", "T00:00", ".", "+", "e9", "٣"]


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize(
    "read",
    [
        lambda text: read_cron(f"{text} * * * *"),
        lambda text: read_cron(f"0 6 * * {text}"),
        parse_day,
        lambda text: WeekParameter().run_validation(text),
        lambda text: PeriodQuery(data={"period": "custom", "startDate": text}).is_valid(raise_exception=True),
        lambda text: moment("Created at", text, SOON),
        lambda text: MomentField().run_validation(text),
        lambda text: MoneyField().run_validation(text),
        lambda text: _DayField().clean(text),
        lambda text: _AmountField().clean(text),
    ],
)
def test_cron_dates_and_amounts(read: Callable[[str], Any], word: str) -> None:
    check(read, lambda size: word * (size // len(word)), LARGE)


ROWS: dict[str, Callable[[int], str]] = {
    "one order": lambda size: "#1,,,\n" * (size // 6),
    "orders": lambda size: "".join(f"#{number},,,\n" for number in range(size // 8)),
    "commas": lambda size: "," * size,
    "quotes": lambda size: '"' * size,
    "lines in one field": lambda size: '"' + "a\n" * (size // 2),
    "quoted lines": lambda size: '"a\n"\n' * (size // 5),
    "empty lines": lambda size: "\n" * size,
    "NULs": lambda size: "a\0b,c\n" * (size // 6),
}


@pytest.mark.parametrize("shape", ROWS)
def test_import_files(shape: str, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"

    def read(text: str) -> None:
        file.write_text(",".join(COLUMNS) + "\n" + text)
        with RecordReader(file) as records:
            rows = iter(records)
            layout = Layout(next(rows).fields)
            for _ in group(layout, rows):
                pass

    check(read, ROWS[shape], LARGE // 4, limit=2)


def test_import_headers() -> None:
    check(lambda text: Layout(next(csv.reader([text]))), lambda size: "Name," * (size // 5), LARGE)


def test_a_header_that_is_too_large_is_not_read(settings: Any) -> None:
    read: list[str] = []

    def view(request: HttpRequest) -> HttpResponse:
        read.append(request.headers.get("X-Note", "none"))
        return HttpResponse()

    for size in (8192, 8193):
        RequestBoundsMiddleware(view)(RequestFactory().get("/", headers={"X-Note": "n" * size}))

    assert read == ["n" * 8192, "none"]


def test_a_form_with_a_large_file_is_refused_before_it_is_read(settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2000
    middleware = RequestBoundsMiddleware(lambda _: HttpResponse())
    statuses = [
        middleware(RequestFactory().post("/login/", {"a": BytesIO(b"x" * size)})).status_code for size in (1000, 3000)
    ]

    assert statuses == [200, 413]


@pytest.mark.parametrize("address", ["/admin/orders/order/?status__exact=%00", "/admin/?%00=1", "/admin/x%00/"])
def test_a_nul_in_an_address_of_the_admin_is_refused(address: str) -> None:
    response = RequestBoundsMiddleware(lambda _: HttpResponse())(RequestFactory().get(address))

    assert response.status_code == 400
