"""How the web server's main process logs, which never loads Django: named by granian.json.

Imports nothing of the product: workers are forked from this process and would keep, after a reload, the modules that
it has of the release before.
"""

import json
import logging
import os
import sys
from datetime import UTC, datetime


class Formatter(logging.Formatter):
    """One JSON object for each line in production, as dealport/logs.py writes them; readable lines elsewhere."""

    def __init__(self) -> None:
        super().__init__("[%(levelname)s] %(message)s")
        flags = (os.environ.get(name, "").lower() for name in ("DEBUG", "DEALPORT_DEMO", "DEALPORT_TESTING"))
        self.is_json = not sys.stderr.isatty() and not any(flag in ("1", "true", "yes", "on") for flag in flags)

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        if not self.is_json:
            return super().format(record)
        line = {
            "event": record.getMessage(),
            "logger": record.name,
            "level": record.levelname.lower(),
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z"),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)
