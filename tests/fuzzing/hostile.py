"""Hostile bodies for every operation, JSON and forms with files.

None may cost more than MOST_SECONDS of CPU or end in a 5xx.

`make fuzz` runs this as a program against its web server, with bodies of 64 KB to 2 MB.
"""

from __future__ import annotations

import http.client
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil

MOST_SECONDS = 2.0
SIZES = (64_000, 512_000, 2_000_000)


def _members(size: int) -> list[bytes]:
    return [b'"%x":0' % number for number in range(size // 9)]


SHAPES: dict[str, Callable[[int], bytes]] = {
    "many keys": lambda size: b"{" + b",".join(_members(size)) + b"}",
    "the last key twice": lambda size: b"{" + b",".join([*_members(size), _members(size)[-1]]) + b"}",
    "the first key twice": lambda size: b"{" + b",".join([*_members(size), _members(size)[0]]) + b"}",
    "nested arrays": lambda size: b"[" * (size // 2) + b"]" * (size // 2),
    "nested objects": lambda size: b'{"a":' * (size // 6) + b"0" + b"}" * (size // 6),
    "many objects": lambda size: b"[" + b"{}," * (size // 3) + b"{}]",
    "a long text": lambda size: b'"' + b"a" * size + b'"',
    "a huge number": lambda size: b"9" * size,
    "no UTF-8": lambda size: b'{"a":"' + b"\xc3\x28" * (size // 2) + b'"}',
    "no JSON": lambda size: b"{" * size,
}
VALUES: dict[str, Callable[[int], bytes]] = {
    "a long text": lambda size: b'"' + b"a@" * (size // 2) + b'"',
    "escapes": lambda size: b'"' + b"\\u0041" * (size // 6) + b'"',
    "a list of texts": lambda size: b"[" + b'"a@b.cd",' * (size // 9) + b'"x"]',
    "a list of numbers": lambda size: b"[" + b"7," * (size // 2) + b"7]",
    "a list of objects": lambda size: b"[" + b'{"id":1},' * (min(size, 64_000) // 9) + b"{}]",
    "an object of many keys": lambda size: b"{" + b",".join(_members(size)) + b"}",
    "many large numbers": lambda size: b"[" + b"1e99999," * (size // 8) + b"1]",
}

FORM = "multipart/form-data; boundary=x"
PARTS: dict[str, bytes] = {
    "fields": b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n',
    "files": b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n1\r\n',
    "almost separators": b"--y\r\n\r\n",
    "parts without a name": b"--x\r\n\r\n1\r\n",
    "headers": b"--x\r\n" + b"A: b\r\n" * 1_000,
    "parameters": b"--x\r\nContent-Disposition: form-data" + b'; a="b"' * 1_000 + b"\r\n\r\n1\r\n",
    "line ends": b"\r\n",
    "dashes": b"-",
    "zeros": b"\0",
}
CONTENTS: dict[str, Callable[[int], bytes]] = {
    "a long text": lambda size: b"a" * size,
    "commas": lambda size: b"," * size,
    "quotes": lambda size: b'"' * size,
    "lines": lambda size: b"a\n" * (size // 2),
    "separators": lambda size: b"\r\n--" * (size // 4),
    "a picture that is none": lambda size: b"\x89PNG\r\n\x1a\n" + b"\0" * size,
    "a workbook that is none": lambda size: b"PK\x03\x04" + b"\0" * size,
    "open arrays": lambda size: b"[" * size,
}


def example_of(description: dict[str, Any], document: dict[str, Any]) -> dict[str, Any] | None:
    """Return the body that an operation's description shows, its fields alone if it shows none; None without a body."""
    content = description.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return None
    for example in content.get("examples", {}).values():
        if isinstance(example.get("value"), dict):
            return dict(example["value"])
    schema = content.get("schema", {})
    name = schema.get("$ref", "").rpartition("/")[2]
    properties = document["components"]["schemas"].get(name, schema).get("properties", {})
    return dict.fromkeys(properties)


def bodies(example: dict[str, Any] | None, size: int, *, by_field: bool = True) -> Iterator[tuple[str, bytes]]:
    """Yield bodies of about `size` bytes with what is hostile in them: as a whole, and `by_field` in each alone."""
    if example is None:
        yield "many keys", SHAPES["many keys"](size)
        return
    for shape, whole in SHAPES.items():
        yield shape, whole(size)
    for field in example if by_field else ():
        for kind, value in VALUES.items():
            others = [
                b"%s:%s" % (json.dumps(name).encode(), json.dumps(other).encode())
                for name, other in example.items()
                if name != field
            ]
            changed = b"%s:%s" % (json.dumps(field).encode(), value(size))
            yield f"{kind} as {field}", b"{" + b",".join([*others, changed]) + b"}"


def form_of(description: dict[str, Any], document: dict[str, Any]) -> dict[str, bool]:
    """Return the fields of the form that an operation takes, with whether each is a file; none without a form."""
    content = description.get("requestBody", {}).get("content", {}).get("multipart/form-data", {})
    name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    schema = document["components"]["schemas"].get(name, content.get("schema", {}))
    return {field: "binary" in str(kind) for field, kind in schema.get("properties", {}).items()}


def forms(fields: dict[str, bool], size: int, *, by_field: bool = True) -> Iterator[tuple[str, bytes]]:
    """Yield forms of about `size` bytes; one alone for an operation that takes no form."""
    for shape, part in PARTS.items():
        yield f"form of {shape}", part * (size // len(part)) + b"--x--\r\n"
        if not fields:
            return
    for field in fields if by_field else ():
        for kind, content in CONTENTS.items():
            sent = [_part(name, is_file, content(size) if name == field else b"1") for name, is_file in fields.items()]
            yield f"form with {kind} as {field}", b"".join([*sent, b"--x--\r\n"])


def _part(name: str, is_file: bool, content: bytes) -> bytes:
    file = '; filename="a.csv"' if is_file else ""
    return f'--x\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'.encode() + content + b"\r\n"


def requests(
    description: dict[str, Any], document: dict[str, Any], size: int, *, by_field: bool = True
) -> Iterator[tuple[str, bytes, str]]:
    """Yield shape, body and content type of all that is hostile to an operation."""
    for shape, body in bodies(example_of(description, document), size, by_field=by_field):
        yield shape, body, "application/json"
    for shape, body in forms(form_of(description, document), size, by_field=by_field):
        yield shape, body, FORM


def main(address: str, document: str, token: str, process: str) -> None:
    """Send every body to every operation of a web server that runs as `process`; exit 1 if one was too much."""
    found = json.loads(Path(document).read_bytes())
    web = psutil.Process(int(process))
    faults = []
    for path, methods in found["paths"].items():
        for method, description in methods.items():
            if path.startswith("/health"):
                continue
            for size in SIZES:
                for shape, body, kind in requests(description, found, size, by_field=size == max(SIZES)):
                    began = _cpu(web)
                    status = _send(address, method.upper(), path.replace("{id}", "1"), body, kind, token)
                    seconds = _cpu(web) - began
                    if status >= 500 or seconds > MOST_SECONDS:
                        faults.append(f"{method.upper()} {path}, {shape}, {size:,} bytes: {status}, {seconds:.1f} s")
                        print(faults[-1], flush=True)
    print(f"hostile bodies: {len(faults)} faults", flush=True)
    sys.exit(1 if faults else 0)


def _cpu(web: psutil.Process) -> float:
    """Return the CPU seconds of the server and its workers."""
    times = [process.cpu_times() for process in (web, *web.children(recursive=True))]
    return sum(time.user + time.system for time in times)


def _send(address: str, method: str, path: str, body: bytes, kind: str, token: str) -> int:
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=120)
    try:
        headers = {"Content-Type": kind, "Authorization": f"Bearer {token}"}
        connection.request(method, path, body, headers)
        return connection.getresponse().status
    except (ConnectionError, TimeoutError) as error:
        # refused while the body was still being sent, or never answered
        return 599 if isinstance(error, TimeoutError) else 413
    finally:
        connection.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
