"""What the web server loads."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from dealport.kit import installation

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dealport.settings")
os.environ.setdefault("DEALPORT_PROCESS", "web")
# The threads of one web process share connections; other processes have a single thread.
os.environ.setdefault("DATABASE_POOL_SIZE", "8")

application = get_wsgi_application()
installation.watch()
# Import every view now: the first request should not wait for it, and a broken one should stop the start.
get_resolver().url_patterns  # noqa: B018
