"""What the web server loads."""

import os

from django.core.management.base import BaseCommand
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dealport.settings")
# The threads of one web process share connections; other processes have a single thread.
os.environ.setdefault("DATABASE_POOL_SIZE", "8")

application = get_wsgi_application()
# A dangerous configuration stops the process here, before it serves anybody.
BaseCommand().check(databases=["default"])
