"""Logs of every process: one JSON object per line in production, readable lines elsewhere.

Each line carries what is bound to the context, such as the request id.
"""

import logging.config
from typing import Any

import structlog


def configure_logs(*, level: str, json: bool) -> None:
    """Send the standard library's and structlog's records through the same processors to stderr."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(_configuration(level=level, before=shared, last=_last_processors(json=json)))


def _last_processors(*, json: bool) -> list[Any]:
    drop = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if json:
        return [drop, structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    # Plain: where the package rich is installed the default prints every local variable, secrets and all, for seconds.
    plain = structlog.dev.plain_traceback
    return [drop, structlog.dev.ConsoleRenderer(colors=False, exception_formatter=plain)]


def _configuration(*, level: str, before: list[Any], last: list[Any]) -> dict[str, Any]:
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": before,
                "processors": last,
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
            "celery.app.trace": {"level": "WARNING"},
        },
    }
