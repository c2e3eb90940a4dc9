"""`make servers`: the servers of this checkout in the foreground, for development."""

import signal
import sys
import time
from types import FrameType

from dealport.servers import use
from dealport.targets.common import follow_make, one_line_errors


@one_line_errors
def main() -> None:
    """Start or join the servers, print their addresses and hold them until a signal."""
    follow_make()
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, _leave)
    servers = use.shared()
    for variable, url in servers.urls.items():
        print(f"export {variable}={url}")
    print(f"export SECRET_KEY={use.secret_key()}", flush=True)
    while servers.alive():
        time.sleep(1)
    sys.exit("A server stopped; its log is below .dealport/.")


def _leave(signum: int, frame: FrameType | None) -> None:
    sys.exit(0)
