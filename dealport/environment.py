"""Read settings from environment variables, typed. A bad value is refused by name, with what was expected."""

import ipaddress
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off"}


class Environment:
    """Typed view of `variables`; every reader raises ImproperlyConfigured for a value it cannot use.

    An empty value counts as not set. Without `default` a variable is required.
    """

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables

    def text(self, name: str, default: str | None = None, *, hint: str = "some text") -> str:
        """Return the value as it is."""
        value = self._variables.get(name) or default
        if value is None:
            raise ImproperlyConfigured(f"{name} is not set: expected {hint}")
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        """Return a yes or no."""
        value = self._variables.get(name, "").strip().lower()
        if not value:
            return default
        if value not in TRUE | FALSE:
            raise self._error(name, "true or false")
        return value in TRUE

    def integer(self, name: str, default: int, *, minimum: int = 0, maximum: int = 2**31 - 1) -> int:
        """Return a whole number within the limits."""
        value = self._variables.get(name) or str(default)
        if not re.fullmatch(r"[0-9]{1,10}", value) or not minimum <= int(value) <= maximum:
            raise self._error(name, f"a whole number from {minimum} to {maximum}")
        return int(value)

    def names(self, name: str, default: str = "") -> list[str]:
        """Return a comma-separated list without blanks and empty parts."""
        value = self._variables.get(name) or default
        return [part.strip() for part in value.split(",") if part.strip()]

    def networks(self, name: str) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
        """Return a comma-separated list of addresses and networks."""
        try:
            return [ipaddress.ip_network(part) for part in self.names(name)]
        except ValueError as error:
            raise self._error(name, "comma-separated addresses or networks such as 10.0.0.0/8") from error

    def choice(self, name: str, default: str, choices: tuple[str, ...]) -> str:
        """Return the value, or `default` without one. Raises ImproperlyConfigured naming the choices."""
        value = self._variables.get(name) or default
        if value not in choices:
            raise self._error(name, "one of " + ", ".join(choices))
        return value

    def ascending_decimals(self, name: str, default: str, *, count: int) -> tuple[Decimal, ...]:
        """Return `count` comma-separated amounts, each larger than the one before."""
        expected = f"{count} ascending amounts such as {default}"
        try:
            amounts = tuple(Decimal(part) for part in self.names(name, default))
        except InvalidOperation:
            raise self._error(name, expected) from None
        finite = all(amount.is_finite() and amount >= 0 for amount in amounts)
        if len(amounts) != count or not finite or list(amounts) != sorted(set(amounts)):
            raise self._error(name, expected)
        return amounts

    def url(
        self,
        name: str,
        default: str | None = None,
        *,
        schemes: tuple[str, ...],
        hint: str,
        has_many_hosts: bool = False,
    ) -> str:
        """Return an address whose scheme is one of `schemes`, of one host or, where that may be, of several."""
        value = self.text(name, default, hint=hint)
        try:
            parts = urlsplit(value)
            servers = parts.netloc.rpartition("@")[2].split(",")
            ports = [urlsplit(f"//{server}").port for server in servers]  # raises ValueError for what is no number
            valid = parts.scheme in schemes and (len(ports) == 1 or has_many_hosts)
        except ValueError:
            valid = False
        if not valid:
            raise self._error(name, hint)
        return value

    def _error(self, name: str, expected: str) -> ImproperlyConfigured:
        shown = re.sub(r"//[^/]*@", "//***@", self._variables.get(name, ""))
        return ImproperlyConfigured(f"{name}={shown!r}: expected {expected}")


def with_file(variables: Mapping[str, str], path: Path) -> Mapping[str, str]:
    """Return the variables with those of a `.env` file behind them, in development alone.

    Only the environment itself says what development is (DEBUG or DEALPORT_DEMO): a forgotten file changes nothing in
    production. Lines are NAME=value, `export` before and quotes around the value are allowed, # begins a comment line.
    Raises ImproperlyConfigured for any other line, by its number and without its content.
    """
    own = Environment(variables)
    is_development = own.flag("DEBUG", default=False) or own.flag("DEALPORT_DEMO", default=False)
    if not is_development or own.flag("DEALPORT_TESTING", default=False) or not path.is_file():
        return variables
    found = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        parts = re.fullmatch(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*", line)
        if parts is None:
            raise ImproperlyConfigured(f"{path.name}, line {number}: expected NAME=value")
        name, value = parts.groups()
        is_quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
        found[name] = value[1:-1] if is_quoted else value
    return {**found, **variables}


def next_redis_database(url: str) -> str:
    """Return `url` with the database number after its own: the cache keeps out of the broker's way."""
    parts = urlsplit(url)
    number = int(parts.path.strip("/") or 0) if re.fullmatch(r"/?[0-9]*/?", parts.path) else 0
    return urlunsplit(parts._replace(path=f"/{number + 1}"))
