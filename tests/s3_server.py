"""An S3 server for tests that checks signatures, keys and expiry: OpenStack Swift, whole, in one child process.

`S3Server` runs it in a folder, `Line` is the network between it and a client: slow, cut or silent.
"""

from __future__ import annotations

import http.client
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any

from dealport.servers import processes, use

REGION = "us-east-1"
ACCESS_KEY = "dp:s3"
# Small, so that a few objects and uploads take several pages to list; S3 has 1,000.
PAGE = 5
START_SECONDS = 60.0


class S3Server:
    """One server on 127.0.0.1 that keeps its port and its files below `folder` while it is stopped and started."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = _free_port()
        self.secret = f"s3cr3t/{secrets.token_hex(16)}"
        self.is_frozen = False
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> str:
        """Return the address for clients."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the server and wait until it answers; it dies with this process."""
        with (self.folder / "server.log").open("ab") as log:
            self._child = child = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", "tests.s3_server", str(self.folder), str(self.port)],
                cwd=use.ROOT,
                env={**os.environ, "S3_SERVER_SECRET": self.secret},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=processes.die_with_parent(signal.SIGKILL),
            )
        processes.wait_until(lambda: child.poll() is not None or self._answers(), seconds=START_SECONDS)
        if not self._answers():
            raise RuntimeError(f"no S3 server: {(self.folder / 'server.log').read_text()[-2000:]}")

    def stop(self) -> None:
        """Kill the server; its files stay for the next start."""
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            self._child = None

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Let the server take connections and hear nothing, like a machine that swaps itself to death."""
        assert self._child is not None
        self.is_frozen = True
        self._child.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.is_frozen = False
            self._child.send_signal(signal.SIGCONT)

    @cached_property
    def client(self) -> Any:
        """Return a boto3 client of its own, to arrange and to look with."""
        import boto3
        from botocore.config import Config

        return boto3.session.Session().client(
            "s3",
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=self.secret,
            config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
        )

    def a_bucket(self) -> str:
        """Make a new empty bucket and return its name."""
        name = f"exports-{secrets.token_hex(6)}"
        self.client.create_bucket(Bucket=name)
        return name

    def stored_bytes(self) -> int:
        """Return the size of everything the server keeps on its disk, parts of unfinished uploads included."""
        return sum(file.stat().st_size for file in (self.folder / "devices").rglob("*.data"))

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/")
            return connection.getresponse().status < 500
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


class Line:
    """A TCP line to `port`, with an end of its own at `endpoint`.

    `bytes_per_second` slows what the client sends. After `cut_after` bytes from clients the line is dead: open
    connections are reset and new ones too, unless it `heals`. A silent line takes everything and answers nothing.
    """

    def __init__(
        self,
        port: int,
        *,
        bytes_per_second: int = 0,
        cut_after: int | None = None,
        heals: bool = False,
        is_silent: bool = False,
    ) -> None:
        self.sent = 0
        self.connections = 0
        self._port = port
        self._rate = bytes_per_second
        self._left = cut_after
        self._heals = heals
        self._is_silent = is_silent
        self._is_dead = False
        self._sockets: list[socket.socket] = []

    @property
    def endpoint(self) -> str:
        """Return the address of the near end."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Line:
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._is_dead = True
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.hang_up()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:  # closed
                return
            self.connections += 1
            if self._is_dead:
                _reset(near)
                continue
            try:
                far = near if self._is_silent else socket.create_connection(("127.0.0.1", self._port))
            except OSError:  # the server is away
                _reset(near)
                continue
            self._sockets += [near, far]
            threading.Thread(target=self._send, args=(near, far), daemon=True).start()
            if not self._is_silent:
                threading.Thread(target=self._receive, args=(near, far), daemon=True).start()

    def _send(self, near: socket.socket, far: socket.socket) -> None:
        try:
            while data := near.recv(16_384):
                self.sent += len(data)
                if self._is_silent:
                    continue
                if self._left is not None and self.sent > self._left:
                    self._cut()
                    return
                far.sendall(data)
                if self._rate:
                    time.sleep(len(data) / self._rate)
            far.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the other end hung up

    def _receive(self, near: socket.socket, far: socket.socket) -> None:
        try:
            while data := far.recv(65_536):
                near.sendall(data)
        except OSError:
            pass
        finally:
            _close(near)

    def _cut(self) -> None:
        self._left = None
        self._is_dead = not self._heals
        self.hang_up()

    def hang_up(self) -> None:
        """Reset all connections of this moment."""
        for end in self._sockets:
            _reset(end)
        self._sockets = []


def _reset(end: socket.socket) -> None:
    """Close without a farewell: the other end sees a connection reset."""
    try:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    except OSError:
        pass
    _close(end)


def _close(end: socket.socket) -> None:
    try:
        end.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    end.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


# --- The child process: Swift's account, container, object and proxy servers on one event loop ---------------

PROXY = """[DEFAULT]
swift_dir = {folder}
log_level = ERROR
[pipeline:main]
pipeline = catch_errors gatekeeper listing_formats s3api tempauth copy slo dlo proxy-server
[app:proxy-server]
use = egg:swift#proxy
allow_account_management = true
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:s3api]
use = egg:swift#s3api
location = {region}
max_bucket_listing = {page}
[filter:tempauth]
use = egg:swift#tempauth
user_{user} = {secret} .admin
[filter:copy]
use = egg:swift#copy
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
"""


def serve(folder: Path, port: int, secret: str) -> None:
    """Run the server for ever; it must be the first thing its process imports."""
    import eventlet

    eventlet.monkey_patch()
    from swift.common import utils

    (folder / "swift.conf").write_text("[swift-hash]\nswift_hash_path_suffix = tests\n")
    utils.SWIFT_CONF_FILE = str(folder / "swift.conf")
    utils.validate_configuration()
    from swift.account.server import app_factory as account
    from swift.common.middleware.s3api.controllers import multi_upload
    from swift.common.wsgi import loadapp
    from swift.container.server import app_factory as container
    from swift.obj.server import app_factory as objects

    multi_upload.DEFAULT_MAX_UPLOADS = PAGE
    devices = folder / "devices"
    (devices / "disk").mkdir(parents=True, exist_ok=True)
    conf = {"devices": str(devices), "mount_check": "false", "swift_dir": str(folder), "log_level": "ERROR"}
    for kind, factory in (("account", account), ("container", container), ("object", objects)):
        listener = eventlet.listen(("127.0.0.1", 0))
        _write_ring(folder / f"{kind}.ring.gz", listener.getsockname()[1])
        eventlet.spawn_n(_answer, listener, factory(conf))
    values = {"folder": folder, "region": REGION, "page": PAGE, "user": ACCESS_KEY.replace(":", "_"), "secret": secret}
    (folder / "proxy-server.conf").write_text(PROXY.format(**values))
    app = loadapp(str(folder / "proxy-server.conf"))
    _answer(eventlet.listen(("127.0.0.1", port), reuse_port=False), app)


def _write_ring(path: Path, port: int) -> None:
    from swift.common.ring import RingBuilder

    builder = RingBuilder(part_power=2, replicas=1, min_part_hours=1)
    place = {"ip": "127.0.0.1", "port": port, "replication_ip": "127.0.0.1", "replication_port": port}
    builder.add_dev({"id": 0, "region": 1, "zone": 1, "weight": 1.0, "device": "disk", "meta": "", **place})
    builder.rebalance()
    builder.get_ring().save(str(path))


def _answer(listener: Any, app: Any) -> None:
    import eventlet.wsgi
    from swift.common.http_protocol import SwiftHttpProtocol
    from swift.common.utils import NullLogger

    # clients look for an "ETag", not an "Etag"
    eventlet.wsgi.server(
        listener, app, NullLogger(), protocol=SwiftHttpProtocol, capitalize_response_headers=False, socket_timeout=60
    )


if __name__ == "__main__":
    serve(Path(sys.argv[1]), int(sys.argv[2]), os.environ.pop("S3_SERVER_SECRET"))
