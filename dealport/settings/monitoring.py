"""Metrics, readiness, logs and error reports."""

import sys

from dealport.logs import configure_logs, log_what_python_prints
from dealport.settings.process import PRODUCTION, env

# METRICS_TOKEN: bearer token of whoever scrapes /metrics from another machine; without it this machine alone may.
METRICS_TOKEN = env.text("METRICS_TOKEN", "")
# Functions that yield what the apps tell the monitoring, and what their readiness depends on.
METRICS_COLLECTORS = [
    "dealport.telemetry.collect_heartbeats",
    "dealport.telemetry.collect_jobs",
    "dealport.telemetry.collect_queues",
    "dealport.telemetry.collect_redis",
    "dealport.telemetry.collect_database",
    "orders.connections.telemetry.collect",
    "dashboard.metrics.telemetry.collect",
    "reports.telemetry.collect",
    "reports.telemetry.collect_exports",
]
READINESS_CHECKS = {"ledger": "dashboard.metrics.telemetry.ledger_is_young"}
# Where the apps keep files, beside MEDIA_ROOT: part of the readiness check "storage".
STORAGE_CHECKS = ["dealport.kit.storage.readiness"]

# LOG_LEVEL: DEBUG, INFO, WARNING or ERROR.
LOGGING_CONFIG = None
LOGS_ARE_JSON = PRODUCTION and not sys.stderr.isatty()
configure_logs(
    level=env.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR")),
    json=LOGS_ARE_JSON,
)
if LOGS_ARE_JSON:
    log_what_python_prints()
# SENTRY_DSN: report errors to this Sentry project; without it nothing is sent anywhere.
if SENTRY_DSN := env.text("SENTRY_DSN", ""):
    import sentry_sdk

    sentry_sdk.init(dsn=SENTRY_DSN, send_default_pii=False)
