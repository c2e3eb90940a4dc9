"""`make load ARGS=URL`: many users read an installation; percentiles, errors and the share answered from the cache.

Each user has a connection of their own and asks for one address after the other: dashboards, lists and pages in the
proportions of MIX. The account comes from DEALPORT_LOAD_EMAIL and DEALPORT_LOAD_PASSWORD, and logs in once for all of
them; with `--token` (an access token) nobody logs in and pages are left out. Only GET requests are sent: besides the
session of that login, which ends with the run, nothing is written. The account's limit of requests
(DEALPORT_ACCOUNT_REQUESTS) counts: refused ones show as errors of status 429.
Exit status 1 if a request failed.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import random
import re
import ssl
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

TIMEOUT_SECONDS = 30.0
MIX = (
    (5, "dashboard", "/api/v1/store/dashboard?store={store}"),
    (2, "dashboard", "/api/v1/dashboard/top-products?store={store}"),
    (1, "dashboard", "/api/v1/admin/analytics/overview?store={store}"),
    (3, "list", "/api/v1/orders?store={store}&limit=50"),
    (1, "list", "/api/v1/products?store={store}"),
    (1, "list", "/api/v1/customers?store={store}"),
    (3, "page", "/dashboard/{store}/"),
    (1, "page", "/reports/exports/"),
)
"""Weight, kind and address of a user's requests."""


class Unusable(Exception):
    """The address, the account or the token cannot be used; the message is one line for the user."""


@dataclass(frozen=True)
class Answer:
    """Status, headers and body, after how many seconds."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes
    seconds: float


class Client:
    """One kept connection to an address; cookies and token are sent with every request."""

    def __init__(self, url: str, headers: dict[str, str] | None = None, *, timeout: float = TIMEOUT_SECONDS) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Unusable(f"{url}: expected an address such as https://dealport.example.com")
        self.prefix = parts.path.rstrip("/")
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self.headers = {"Accept": "application/json, text/html", **(headers or {})}
        self.cookies: dict[str, str] = {}
        self.connection: http.client.HTTPConnection = (
            http.client.HTTPSConnection(
                parts.hostname, parts.port, timeout=timeout, context=ssl.create_default_context()
            )
            if parts.scheme == "https"
            else http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
        )

    def another(self) -> Client:
        """Return a client with a connection of its own and the same login."""
        client = Client(self.origin + self.prefix, self.headers)
        client.cookies = dict(self.cookies)
        return client

    def close(self) -> None:
        """Close the user's kept connection."""
        self.connection.close()

    def ask(self, path: str, form: dict[str, str] | None = None) -> Answer:
        """Send a GET, or a form; redirects are not followed. Raises OSError and http.client.HTTPException."""
        headers = dict(self.headers)
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        method, sent = ("GET", None) if form is None else ("POST", urlencode(form))
        if form is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Referer": f"{self.origin}{self.prefix}/"}
        began = time.perf_counter()
        try:
            self.connection.request(method, self.prefix + path, sent, headers)
            response = self.connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException):
            self.connection.close()  # the next request opens a new one
            raise
        for line in response.headers.get_all("Set-Cookie") or ():
            self.cookies.update({name: morsel.value for name, morsel in SimpleCookie(line).items()})
        return Answer(response.status, response.headers, body, time.perf_counter() - began)

    def log_in(self, email: str, password: str) -> None:
        """Log in by the login page. Raises Unusable when it refuses."""
        self._post("/login/", username=email, password=password)
        if "sessionid" not in self.cookies:
            raise Unusable(f"{email} cannot log in: check DEALPORT_LOAD_EMAIL and DEALPORT_LOAD_PASSWORD")

    def log_out(self) -> None:
        """End the session of `log_in`."""
        self._post("/logout/", page="/reports/exports/")

    def _post(self, path: str, *, page: str = "", **fields: str) -> None:
        token = re.search(rb'name="csrfmiddlewaretoken" value="(\w+)"', self.ask(page or path).body)
        if token is None:
            raise Unusable(f"{self.origin}{self.prefix}{page or path} is no page of DealPort")
        self.ask(path, {"csrfmiddlewaretoken": token[1].decode(), **fields})


@dataclass
class Tally:
    """What the users met: seconds of the good answers by kind, errors and states of the cache."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    errors: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)

    def count(self, kind: str, answer: Answer) -> None:
        """Count an answer; whatever is not 200 is an error."""
        if answer.status == 200:
            self.seconds.setdefault(kind, []).append(answer.seconds)
        else:
            self.errors[f"{kind}: status {answer.status}"] += 1
        if state := answer.headers.get("X-Cache"):
            self.states[state] += 1

    def add(self, other: Tally) -> None:
        """Add what another user met."""
        for kind, seconds in other.seconds.items():
            self.seconds.setdefault(kind, []).extend(seconds)
        self.errors.update(other.errors)
        self.states.update(other.states)


def main(*arguments: str) -> None:
    """Log in, let the users read, print what they met."""
    options = _parse(arguments)
    try:
        with _account(options.url, options.token) as client:
            stores = _stores(client)
            mix = [entry for entry in MIX if not options.token or entry[1] != "page"]
            print(f"{options.users} users, {options.seconds:g} s, {len(stores)} stores, {options.url}", flush=True)
            tally = run(client, stores, mix, users=options.users, seconds=options.seconds)
    except (Unusable, OSError, http.client.HTTPException) as error:
        sys.exit(f"{options.url}: {error or type(error).__name__}")
    print(report(tally, options.seconds))
    sys.exit(1 if tally.errors else 0)


def _parse(arguments: tuple[str, ...]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make load", description="Let many users read an installation.")
    parser.add_argument("url", help="address, as https://dealport.example.com")
    parser.add_argument("--users", type=int, default=20, choices=range(1, 1001), metavar="1–1000")
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--token", default="", help="access token instead of an account; leaves out the pages")
    return parser.parse_args(arguments)


@contextlib.contextmanager
def _account(url: str, token: str) -> Iterator[Client]:
    """Yield a client that is logged in; what it opened ends with the run."""
    if token:
        with contextlib.closing(Client(url, {"Authorization": f"Bearer {token}"})) as client:
            yield client
        return
    email, password = (os.environ.get(f"DEALPORT_LOAD_{name}", "") for name in ("EMAIL", "PASSWORD"))
    if not email or not password:
        raise Unusable("set DEALPORT_LOAD_EMAIL and DEALPORT_LOAD_PASSWORD, or pass --token")
    with contextlib.closing(Client(url)) as client:
        client.log_in(email, password)
        try:
            yield client
        finally:
            client.close()  # the server has closed what was idle for so long; the next request connects anew
            client.log_out()


def _stores(client: Client) -> list[str]:
    answer = client.ask("/api/v1/stores?limit=100")
    if answer.status != 200:
        raise Unusable(f"the account may not read the stores (status {answer.status})")
    stores = [store["slug"] for store in json.loads(answer.body)["data"]]
    if not stores:
        raise Unusable("the account sees no store")
    return stores


def run(account: Client, stores: list[str], mix: list[tuple[int, str, str]], *, users: int, seconds: float) -> Tally:
    """Let the users read at once for some seconds; return what they met together."""
    tallies = [Tally() for _ in range(users)]
    until = time.monotonic() + seconds

    def use(number: int) -> None:
        dice, tally = random.Random(number), tallies[number]
        with contextlib.closing(account.another()) as client:
            while time.monotonic() < until:
                ((_, kind, path),) = dice.choices(mix, [weight for weight, _, _ in mix])
                try:
                    tally.count(kind, client.ask(path.format(store=dice.choice(stores))))
                except (OSError, http.client.HTTPException) as error:
                    tally.errors[f"{kind}: {type(error).__name__}"] += 1
                    time.sleep(0.1)  # an address that refuses is not asked without pause

    crowd = [threading.Thread(target=use, args=[number]) for number in range(users)]
    for user in crowd:
        user.start()
    for user in crowd:
        user.join()
    total = Tally()
    for tally in tallies:
        total.add(tally)
    return total


def percentile(values: list[float], share: float) -> float:
    """Return the smallest value that at least this share of the values does not exceed; 0 of none."""
    ranked = sorted(values)
    return ranked[max(0, -int(-share * len(ranked) // 1) - 1)] if ranked else 0.0


def report(tally: Tally, seconds: float) -> str:
    """Return the table of milliseconds by kind, the errors and the share of cached answers."""
    everything = [value for values in tally.seconds.values() for value in values]
    lines = [f"{'':<10}{'answers':>9}{'per s':>8}{'p50 ms':>9}{'p90 ms':>9}{'p99 ms':>9}{'max ms':>9}"]
    for kind, values in [*sorted(tally.seconds.items()), ("all", everything)]:
        milliseconds = "".join(f"{percentile(values, share) * 1000:9.1f}" for share in (0.5, 0.9, 0.99, 1))
        lines.append(f"{kind:<10}{len(values):>9}{len(values) / seconds:>8.1f}{milliseconds}")
    total = sum(tally.states.values())
    states = ", ".join(f"{state} {count}" for state, count in sorted(tally.states.items()))
    lines.append(f"hit ratio {tally.states['HIT'] / total:.3f} ({states})" if total else "hit ratio: no X-Cache came")
    lines.append(f"errors {sum(tally.errors.values())}")
    lines += [f"  {count} × {kind}" for kind, count in tally.errors.most_common()]
    return "\n".join(lines)
