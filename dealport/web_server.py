"""The web server: granian, whose workers all accept from one socket that the main process listens on.

`python -m dealport.web_server` takes granian's options. By itself granian 2.8 gives each worker on Linux a socket of
its own, which it listens on once the application is imported. The old worker ends `--respawn-interval` seconds after
the new one was started, ready or not: on a busy machine nobody listens for a while and connections are refused; those
that an old worker had not accepted yet are reset with its socket. Here they wait for whichever worker is ready.

Imports nothing of the product: workers are forked from this process (see granian_logs.py).
"""

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


if __name__ == "__main__":
    cli.Server = OneSocketServer  # type: ignore[attr-defined]
    cli.entrypoint()
