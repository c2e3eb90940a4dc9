"""`python -m recorder FILE`: fill the empty database, ask everything, write the recording as JSON."""

from __future__ import annotations

import json
import os
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command

START = datetime(2026, 7, 1, 8, tzinfo=UTC)


def main(target: Path) -> None:
    """Record. An answer that the recorder cannot go on after ends the recording; what is known so far is written."""
    django.setup()
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    call_command("migrate", verbosity=0)
    call_command("prepare_sql_console", stdout=sys.stderr)

    from django.core import mail
    from django.db import connections
    from recorder import exporting, reading, refusing, trading
    from recorder.asking import Recorder
    from recorder.clock import Clock

    from dealport.celery import app

    app.loader.import_default_modules()
    mail.outbox = []
    tasks = {name.rpartition(".")[2]: task for name, task in app.tasks.items() if not name.startswith("celery.")}
    recorder = Recorder(Clock(os.environ["DATABASE_URL"], START), tasks)
    connections.close_all()  # those opened from here on find the fixed clock
    try:
        for part in (trading, reading, refusing, exporting):
            print(f"  {part.__name__}", file=sys.stderr, flush=True)
            part.record(recorder)
    except Exception as error:
        traceback.print_exc()
        recorder.keep(
            "the recorder", {"stopped": f"{type(error).__name__}: {error}", "after": [*recorder.entries][-1:]}
        )
    target.write_text(json.dumps(recorder.entries))


main(Path(sys.argv[1]))
