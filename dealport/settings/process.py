"""What kind of process this is, and the addresses and keys everything else rests on."""

import os
from pathlib import Path

from dealport.environment import Environment, with_file
from dealport.kit import loading

loading.begin()

BASE_DIR = Path(__file__).resolve().parent.parent.parent
STATE_DIR = BASE_DIR / ".dealport"
env = Environment(with_file(os.environ, BASE_DIR / ".env"))

# DEBUG: tracebacks in the browser, readable logs. Never on a public host (dealport.E004).
DEBUG = env.flag("DEBUG", default=False)
# DEALPORT_DEMO: demo accounts and demo data are allowed, files are served by Django. Set by `make demo`.
DEALPORT_DEMO = env.flag("DEALPORT_DEMO", default=False)
# DEALPORT_TESTING: tests and measurements on throw-away servers, which may lose data. Set by `make test`.
DEALPORT_TESTING = env.flag("DEALPORT_TESTING", default=False)
PRODUCTION = not (DEBUG or DEALPORT_DEMO or DEALPORT_TESTING)
# SECRET_KEY: signs sessions and tokens; at least 50 random characters. `make demo` makes its own.
SECRET_KEY = env.text("SECRET_KEY", hint="at least 50 random characters, the same for every process")
# SECRET_KEY_FALLBACKS: comma-separated keys that are believed too, but sign nothing: for rotating SECRET_KEY.
SECRET_KEY_FALLBACKS = env.names("SECRET_KEY_FALLBACKS")
# ALLOWED_HOSTS: comma-separated host names the product is reached under.
ALLOWED_HOSTS = env.names("ALLOWED_HOSTS", "" if PRODUCTION else "localhost,127.0.0.1,[::1]")
# CSRF_TRUSTED_ORIGINS: comma-separated origins such as https://shop.example.com that may post forms.
CSRF_TRUSTED_ORIGINS = env.names("CSRF_TRUSTED_ORIGINS")
