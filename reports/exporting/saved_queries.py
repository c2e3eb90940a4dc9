"""The file of a saved query: its rows as the query console yields them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from customers.models import User
from reports.exporting.pulse import Pulse
from reports.models import ExportJob


def write_query(job: ExportJob, owner: User, path: Path, pulse: Pulse) -> dict[str, Any]:
    raise NotImplementedError
