"""Is the port free that the demo wants? Standard library only: asked before anything is installed."""

import errno
import os
import socket
import sys
from pathlib import Path

from dealport.servers.home import held

LOCK = Path(__file__).resolve().parents[2] / ".dealport" / "demo.lock"


def host() -> str:
    """Return the address to listen on: HOST, or this machine alone, because the accounts are well known."""
    return os.environ.get("HOST") or "127.0.0.1"


def port() -> int:
    """Return PORT, 8000 by default; leave with one line if it is no port."""
    value = os.environ.get("PORT") or "8000"
    if not (value.isascii() and value.isdigit() and 1 <= int(value) <= 65535):
        sys.exit(f"PORT={value}: expected a number from 1 to 65535")
    return int(value)


def refuse_before_installing() -> None:
    """Refuse a taken port early, unless it is our own running demo that may hold it."""
    if not held(LOCK):
        refuse_taken_port()


def refuse_taken_port() -> None:
    """Leave with one line when another program listens on the port."""
    family = socket.AF_INET6 if ":" in host() else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host(), port()))
            probe.listen()
        except OSError as error:
            reason = "is taken" if error.errno == errno.EADDRINUSE else f"cannot be used: {error.strerror}"
            sys.exit(f"Port {port()} on {host()} {reason}. Choose another one: make demo PORT=8001")
