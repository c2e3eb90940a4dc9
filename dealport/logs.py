"""Logs of every process: one JSON object per line in production, readable lines elsewhere.

Each line carries what is bound to the context, such as the request id.
"""

import functools
import logging.config
import os
import re
import sys
from collections.abc import MutableMapping
from types import TracebackType

import structlog
from structlog.typing import Processor

REQUESTS, TASKS = "dealport.requests", "dealport.task_runs"

# An error's text may quote what it choked on: a row's values, a header, an address of the database with its password.
# Each pattern looks at a character a bounded number of times: texts hold what strangers sent, such as a path of 64 KB.
SECRETS = (
    (re.compile(r"(?<![\w.+-])[\w.+-]++@[\w-]++(?:\.[\w-]++)+"), "[email]"),
    (re.compile(r"(?i)\b(bearer|basic)\s++[\w.~+/=-]++"), r"\1 [secret]"),
    (re.compile(r"://[^\s/@]++@"), "://[secret]@"),
    (re.compile(r"DETAIL:.*"), "DETAIL: [values]"),
    (re.compile(r"(?<![\w-])eyJ[\w-]++\.[\w-]++\.[\w-]*+"), "[token]"),
)


def without_secrets(logger: object, method: str, event: MutableMapping[str, object]) -> MutableMapping[str, object]:
    """Replace what looks like personal data or a secret in every text of a log record."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = functools.reduce(lambda text, secret: secret[0].sub(secret[1], text), SECRETS, value)
    return event


class Formatter(structlog.stdlib.ProcessorFormatter):
    """Sends a record through the processors; a request's line is JSON already (dealport/request_log.py)."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        return record.getMessage() if record.name == REQUESTS else super().format(record)


def configure_logs(*, level: str, json: bool) -> None:
    """Send the standard library's and structlog's records through the same processors to stderr."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        # a cached logger keeps the processors of its first use, and a test could not capture its lines
        cache_logger_on_first_use="DEALPORT_TESTING" not in os.environ,
    )
    logging.config.dictConfig(_configuration(level=level, json=json, before=shared))


def log_what_python_prints() -> None:
    """Make records of warnings, and of the error that ends this process, which Python would print as they are."""
    logging.captureWarnings(True)

    def log_error(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
        logging.getLogger("dealport").critical("process ended by an error", exc_info=(kind, error, traceback))

    sys.excepthook = log_error


def _last_processors(*, json: bool) -> list[object]:
    drop = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if json:
        return [drop, structlog.processors.format_exc_info, without_secrets, structlog.processors.JSONRenderer()]
    # Formatted here: where the package rich is installed the renderer would print every local variable, for seconds.
    exceptions = structlog.processors.format_exc_info
    return [drop, exceptions, without_secrets, structlog.dev.ConsoleRenderer(colors=False)]


def _configuration(*, level: str, json: bool, before: list[Processor]) -> dict[str, object]:
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": Formatter,
                "foreign_pre_chain": before,
                "processors": _last_processors(json=json),
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Django's own handlers would print everything a second time.
            "django": {"handlers": [], "propagate": True},
            # One line for each tick of the schedule, every two seconds, would drown the rest.
            "celery.beat": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
            # One line for each tick that expired while no worker ran.
            "celery.worker.request": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
            # A line for each request and each finished task is for machines.
            **{name: {"level": "NOTSET" if json else "WARNING"} for name in (REQUESTS, TASKS)},
            # Workers of the web server: as everything else. Its main process has granian.json.
            "_granian": {"handlers": [], "propagate": True},
        },
    }
