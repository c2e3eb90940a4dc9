"""The web server: granian, whose workers all accept from one socket that the main process listens on.

`python -m dealport.web_server` takes granian's options. By itself granian 2.8 gives each worker on Linux a socket of
its own, which it listens on once the application is imported. The old worker ends `--respawn-interval` seconds after
the new one was started, ready or not: on a busy machine nobody listens for a while and connections are refused; those
that an old worker had not accepted yet are reset with its socket. Here they wait for whichever worker is ready.

A worker obeys SIGTERM from its first moment. By itself granian forks it with the main process's handler, which notes
the signal and goes on, until the application is imported: the main process then waited for ever for a worker that had
been told to end while it imported, by a second reload or by a stop, and did nothing else any more.

Imports nothing of the product: workers are forked from this process (see granian_logs.py).
"""

import os
import signal
import socket
from typing import Any

from granian import cli
from granian.net import SocketSpec  # type: ignore[attr-defined]
from granian.server import MPServer


class OneSocketServer(MPServer):
    """granian's server with the socket that it uses by itself on systems without SO_REUSEPORT."""

    def _init_shared_socket(self) -> None:
        holder: Any = SocketSpec(self.bind_addr, self.bind_port, self.backlog).build()
        self._ssp, self._shd, self._sfd = None, holder, holder.get_fd()
        self._sso = socket.socket(fileno=self._sfd)
        self._sso.listen(self.backlog)


def end_on_sigterm_from_the_start() -> None:
    """Let what is forked from now on end by SIGTERM until it sets a handler of its own; none is lost between."""

    def hold() -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})

    def release() -> None:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})

    def begin() -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        release()

    os.register_at_fork(before=hold, after_in_parent=release, after_in_child=begin)


if __name__ == "__main__":
    end_on_sigterm_from_the_start()
    cli.Server = OneSocketServer  # type: ignore[attr-defined]
    cli.entrypoint()
