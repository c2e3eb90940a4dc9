"""Django's command, whose findings are log lines in production."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import structlog
from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.management.commands import check

from dealport.kit.values import FieldValues

log = structlog.get_logger("dealport.checks")
FOUND = "A system check refuses this configuration; the lines above say which."


class Command(check.Command):
    """Run the system checks; every process runs them at its start."""

    def check(
        self,
        app_configs: Sequence[AppConfig] | None = None,
        tags: Sequence[str] | None = None,
        display_num_errors: bool = False,
        include_deployment_checks: bool = False,
        fail_level: int = checks.ERROR,
        databases: Sequence[str] | None = None,
    ) -> None:
        """Say what the checks found. Raises SystemExit, or SystemCheckError where people read along, for an error."""
        if not settings.LOGS_ARE_JSON:
            super().check(app_configs, tags, display_num_errors, include_deployment_checks, fail_level, databases)
            return
        options: FieldValues = {"include_deployment_checks": include_deployment_checks, "databases": databases}
        found = [issue for issue in checks.run_checks(app_configs, tags, **options) if not issue.is_silenced()]
        for issue in found:
            level = min(issue.level, logging.CRITICAL)
            log.log(level, "system check", id=issue.id, problem=str(issue.msg), hint=issue.hint)
        if any(issue.is_serious(fail_level) for issue in found):
            log.critical(FOUND)
            raise SystemExit(1)
