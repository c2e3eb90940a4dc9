"""Through which way a change comes in: what the audit trail says beside who made it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

API, ADMIN, PAGE, WEBHOOK, TASK, IMPORT, COMMAND = "api", "admin", "page", "webhook", "task", "import", "command"
_current: ContextVar[str] = ContextVar("surface", default=COMMAND)
"""What is neither a request nor a task was started by hand: a command or a shell."""


def current_surface() -> str:
    """Return the way the running code was reached."""
    return _current.get()


def enter_surface(name: str) -> None:
    """Say how the running code was reached, until somebody says otherwise in the same thread."""
    _current.set(name)


@contextmanager
def surface(name: str) -> Iterator[None]:
    """Say how the code inside was reached."""
    token = _current.set(name)
    try:
        yield
    finally:
        _current.reset(token)


def surface_of_path(path: str) -> str:
    """Return the surface of a request's path; the dashboard's JSON has its first address besides that below /api/."""
    if path.startswith("/admin/"):
        return ADMIN
    if path.startswith("/api/") or path == "/store/dashboard":
        return WEBHOOK if path.rstrip("/").endswith("/webhook") else API
    return PAGE
