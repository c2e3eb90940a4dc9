"""A Celery worker as the Procfile starts it, but slow enough to be killed in the middle of a file.

It pauses after each batch of rows, and says twenty times a second how far it is.
"""

from __future__ import annotations

import os
import sys
import time
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "dealport.settings"

from celery.__main__ import main

from dealport.celery import app

PAUSE_SECONDS = 0.15


def slow_down() -> None:
    """Change the pulse of this process and of its children."""
    from reports.exporting import pulse

    noted = pulse.Pulse.done

    def done(self: Any, rows: int) -> None:
        noted(self, rows)
        time.sleep(PAUSE_SECONDS)

    pulse.BEAT_SECONDS = 0.05
    pulse.Pulse.done = done  # type: ignore[method-assign]


if __name__ == "__main__":
    app.loader.import_default_modules()
    slow_down()
    sys.exit(main())
