"""The address of PostgreSQL: one server, or several of which the one that takes writes is used."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import dj_database_url

from dealport.kit.values import FieldValues


def database_of(url: str, **settings: Any) -> FieldValues:
    """Return Django's settings for an address such as postgresql://user:password@one:5432,two:5432/name.

    Of several servers each new connection takes the first that answers and is no read-only replica
    (`target_session_attrs`, which the address may set otherwise).
    """
    parts = urlsplit(url)
    login, at, servers = parts.netloc.rpartition("@")
    if "," not in servers:
        return dict(dj_database_url.parse(url, **settings))
    hosts, ports = zip(*map(_split, servers.split(",")), strict=True)
    found: FieldValues = dict(
        dj_database_url.parse(parts._replace(netloc=f"{login}{at}localhost").geturl(), **settings)
    )
    found |= {"HOST": ",".join(hosts), "PORT": ",".join(ports)}
    found["OPTIONS"] = {"target_session_attrs": "read-write", **found.get("OPTIONS", {})}
    return found


def _split(server: str) -> tuple[str, str]:
    """Return host and port; an IPv6 address has brackets."""
    host, colon, port = server.rpartition(":")
    if not colon or server.endswith("]"):
        host, port = server, ""
    return host.strip("[]"), port or "5432"
