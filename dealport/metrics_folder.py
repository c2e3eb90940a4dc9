"""Make the folder through which the processes of one web server share their counters, and print its path.

The Procfile runs this file by its path with the id of the shell that becomes the web server. The id is part of the
folder's name, so that each start can delete the folders of servers that have ended, however they ended.
"""

import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

NAME = re.compile(r"dealport-metrics-(\d+)-\w+")


def make(server: int, parent: Path) -> Path:
    """Return a new folder for the web server with this process id, without those that nobody uses any more."""
    for folder in parent.glob("dealport-metrics-*"):
        match = NAME.fullmatch(folder.name)
        # a folder with our own id is of a server before: in a container each start has the same one
        if match and (int(match[1]) == server or not _is_alive(int(match[1]))):
            shutil.rmtree(folder, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"dealport-metrics-{server}-", dir=parent))


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        pass  # another account's process, or no process id: not ours to judge
    return True


if __name__ == "__main__":
    print(make(int(sys.argv[1]), Path(tempfile.gettempdir())))
