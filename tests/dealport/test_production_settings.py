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
django.setup()
manifest = settings.STORAGES["staticfiles"]["OPTIONS"]["manifest_storage"].location
found = [message.id for message in run_checks(include_deployment_checks=True) if not message.is_silenced()]
print(json.dumps([settings.STATIC_ROOT, str(manifest), settings.SECRET_KEY_FALLBACKS, sorted(found)]))
"""


def test_the_static_manifest_is_private_fallback_keys_are_read_and_the_deployment_check_is_clean(
    tmp_path: Path,
) -> None:
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    variables = {
        **kept,
        "DJANGO_SETTINGS_MODULE": "dealport.settings",
        "SECRET_KEY": secrets.token_urlsafe(60),
        "SECRET_KEY_FALLBACKS": f"{'old-key-' * 10}, weak",
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "ALLOWED_HOSTS": "shop.example.com",
        "CREDENTIALS_KEYS": Fernet.generate_key().decode(),
        "EXPORT_BUCKET": "exports",
        "STATIC_ROOT": str(tmp_path / "static"),
    }
    run = subprocess.run([sys.executable, "-c", SCRIPT], cwd=ROOT, env=variables, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    static, manifest, fallbacks, found = json.loads(run.stdout.splitlines()[-1])

    assert not Path(manifest).is_relative_to(static)
    assert fallbacks == ["old-key-" * 10, "weak"]
    assert found == ["dealport.E002", "security.W025"]  # both of the weak fallback
