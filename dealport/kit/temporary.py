"""Temporary folders of this machine."""

from __future__ import annotations

import shutil
import tempfile
from datetime import datetime
from pathlib import Path


def delete_folders(prefix: str, *, before: datetime) -> None:
    """Delete the temporary folders of a prefix that killed processes left: in which nothing was made since `before`."""
    for folder in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        try:
            is_old = folder.stat().st_mtime < before.timestamp()
        except FileNotFoundError:
            continue
        if is_old:
            shutil.rmtree(folder, ignore_errors=True)
