"""Settings of production, read in a process of their own."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from pathlib import Path

from cryptography.fernet import Fernet

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import json, django
from django.conf import settings
from django.core.checks import run_checks
from django.test.utils import override_settings
django.setup()

def found():
    return sorted(message.id for message in run_checks(include_deployment_checks=True) if not message.is_silenced())

with override_settings(SECRET_KEY_FALLBACKS=settings.SECRET_KEY_FALLBACKS[:1]):
    strong = found()
manifest = settings.STORAGES["staticfiles"]["OPTIONS"]["manifest_storage"].location
print(json.dumps([settings.STATIC_ROOT, str(manifest), settings.SECRET_KEY_FALLBACKS, strong, found()]))
"""


def sample_environment() -> dict[str, str]:
    """Return deploy/dealport.env.example with its secrets filled in, of servers that are away."""
    lines = (ROOT / "deploy/dealport.env.example").read_text().splitlines()
    sample = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert {name for name, value in sample.items() if not value} == {"SECRET_KEY", "CREDENTIALS_KEYS", "METRICS_TOKEN"}
    return {
        **sample,
        "SECRET_KEY": secrets.token_urlsafe(60),
        "CREDENTIALS_KEYS": Fernet.generate_key().decode(),
        "METRICS_TOKEN": secrets.token_urlsafe(32),
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "CACHE_URL": "redis://127.0.0.1:1/1",
    }


def test_the_static_manifest_is_private_fallback_keys_are_read_and_the_deployment_check_is_clean(
    tmp_path: Path,
) -> None:
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    retired = secrets.token_urlsafe(60)
    variables = {
        **kept,
        **sample_environment(),
        "DJANGO_SETTINGS_MODULE": "dealport.settings",
        "SECRET_KEY_FALLBACKS": f"{retired}, weak",
        "EXPORT_BUCKET": "exports",
        "STATIC_ROOT": str(tmp_path / "static"),
    }
    run = subprocess.run([sys.executable, "-c", SCRIPT], cwd=ROOT, env=variables, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    static, manifest, fallbacks, strong, weak = json.loads(run.stdout.splitlines()[-1])

    assert not Path(manifest).is_relative_to(static)
    assert fallbacks == [retired, "weak"]
    assert strong == []
    assert weak == ["dealport.E002", "security.W025"]  # both of the weak fallback
