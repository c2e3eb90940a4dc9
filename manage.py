#!/usr/bin/env python
"""Django's command line. Joins the servers that `make demo` or `make servers` runs for this checkout."""

import importlib.util
import os
import sys


def main() -> None:
    """Run a management command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dealport.settings")
    if sys.argv[1:2] == ["migrate"]:
        os.environ.setdefault("DEALPORT_PROCESS", "migration")
    # psutil comes with the servers for development; where only requirements.txt is installed there are none
    if "DATABASE_URL" not in os.environ and importlib.util.find_spec("psutil"):
        from dealport.servers import use

        # Kept in a local variable: its leases keep the servers running while this command does.
        servers = use.running()
        if servers.urls:
            os.environ.update(servers.urls)
            os.environ.setdefault("SECRET_KEY", use.secret_key())
            os.environ.setdefault("DEALPORT_DEMO", "1")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
