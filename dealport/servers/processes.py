"""Child processes that do not outlive their parent, and a sober look at process ids found in files."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(signum: signal.Signals) -> Callable[[], None]:
    """Return a `preexec_fn` after which the child gets `signum` as soon as its parent is gone.

    Linux only; elsewhere it does nothing. subprocess runs it after the change of user, which would clear it.
    """
    parent = os.getpid()

    def bind() -> None:
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, int(signum), 0, 0, 0)
            if os.getppid() != parent:
                os.kill(os.getpid(), signum)

    return bind


def follow_parent(signum: signal.Signals) -> None:
    """Make this process itself get `signum` when the process that started it dies (Linux)."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, int(signum), 0, 0, 0)


def adopt_orphans() -> None:
    """Become the parent of descendants that lose theirs, so that they can be found and stopped (Linux)."""
    if _libc is not None:
        _libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def command_line(pid: int) -> list[str]:
    """Return the arguments a living process was started with; empty if it is gone, a zombie or unreadable."""
    import psutil

    try:
        return psutil.Process(pid).cmdline() if pid > 0 else []
    except psutil.Error:
        return []


def wait_until(condition: Callable[[], bool], *, seconds: float, step: float = 0.02) -> bool:
    """Poll `condition` until it is true or `seconds` have passed; return whether it became true."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(step)
    return True


def stop(child: subprocess.Popen[bytes], signum: signal.Signals, *, seconds: float) -> None:
    """Ask a child to stop with `signum`; kill it when it has not after `seconds`."""
    if child.poll() is None:
        child.send_signal(signum)
        try:
            child.wait(seconds)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def stop_descendants(*, seconds: float) -> None:
    """Stop every process below this one: SIGTERM, then SIGKILL for what is left after `seconds`."""
    import psutil

    alive = psutil.Process().children(recursive=True)
    for signum, wait in ((signal.SIGTERM, seconds), (signal.SIGKILL, 5)):
        for process in alive:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(signum)
        _, alive = psutil.wait_procs(alive, timeout=wait)
