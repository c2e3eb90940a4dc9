"""Asks the product and keeps what it answers under a name that is the same on every run."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from recorder import normalizing
from recorder.clock import Clock

PASSWORD = "recorded-Pass-1"
LOGIN_AGAIN = timedelta(minutes=10)
NUMBER = re.compile(r"(?<![\w.])-?\d+(?:,\d{3})*(?:\.\d+)?")
# durations, and folders that are temporary
RANDOM = re.compile(
    r"seconds +[\d.]+|(?<![\w.])(?:/[\w.-]+)+/|[\d.,]+ (?:ms|s|seconds|orders/s|rows/s|lines/s)\b|\bin [\d.]+ s\b"
)
Json = dict[str, Any]


class Recorder:
    """The entries recorded so far, the accounts that ask, and the product's tasks by the last part of their names."""

    def __init__(self, clock: Clock, tasks: Mapping[str, Any]) -> None:
        self.clock = clock
        self.entries: dict[str, Any] = {}
        self.emails: dict[str, str] = {}
        self._tasks = tasks
        self._tokens: dict[str, tuple[str, datetime]] = {}

    def account(self, who: str, role: str, *stores: str) -> None:
        """Create an account with memberships in the stores."""
        User, Store = apps.get_model("customers", "User"), apps.get_model("customers", "Store")
        self.emails[who] = f"{who}@example.com"
        user = User.objects.create_user(self.emails[who], PASSWORD, role=role)
        for slug in stores:
            apps.get_model("customers", "Membership").objects.create(user=user, store=Store.objects.get(slug=slug))

    def ask(
        self,
        name: str,
        method: str,
        path: str,
        *,
        who: str | None = "super",
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        session: Client | None = None,
    ) -> Any:
        """Send a request, keep the answer and return its `data` (the whole body without envelope)."""
        response = self.send(method, path, who=who, query=query, body=body, headers=headers, session=session)
        content = normalizing.body(response)
        self.keep(name, {"status": response.status_code, "headers": normalizing.headers(response), "body": content})
        return content.get("data", content) if isinstance(content, dict) else content

    def send(
        self,
        method: str,
        path: str,
        *,
        who: str | None = "super",
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        session: Client | None = None,
    ) -> Any:
        """Send a request a second after the last and return the answer. A body of bytes is sent as it is."""
        self.clock.tick()
        sent = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        client = session or Client(raise_request_exception=False)
        login = {} if who is None or session else {"Authorization": f"Bearer {self._token(who)}"}
        content_type = "application/json" if sent or method not in ("GET", "HEAD") else ""
        return client.generic(
            method, path, sent, content_type, headers={**login, **(headers or {})}, query_params=dict(query or {})
        )

    def keep(self, name: str, entry: Any) -> None:
        """Keep an entry under a new name."""
        if name in self.entries:
            raise ValueError(f"recorded twice: {name}")
        self.entries[name] = entry

    def session(self, who: str) -> Client:
        """Return a browser that is logged in."""
        client = Client(raise_request_exception=False)
        client.force_login(apps.get_model("customers", "User").objects.get(email=self.emails[who]))
        return client

    def webhook(self, name: str, store: str, report: Json, *, secret: str | None = None) -> Any:
        """Send a payment provider's report with the store's signature."""
        key = secret or apps.get_model("customers", "Store").objects.get(slug=store).webhook_secret
        content = json.dumps({"occurredAt": self.clock.now.isoformat(), **report}).encode()
        seconds = int(self.clock.now.timestamp())
        digest = hmac.new(key.encode(), f"{seconds}.".encode() + content, hashlib.sha256).hexdigest()
        header = {"X-DealPort-Signature": f"t={seconds},v1={digest}"}
        path = "/api/v1/payments/webhook"
        return self.ask(name, "POST", path, who=None, query={"store": store}, body=content, headers=header)

    def command(self, name: str, *arguments: str) -> None:
        """Run a command; keep whether it succeeded, its numbers, and its words apart from them."""
        self.clock.tick()
        output, errors = io.StringIO(), io.StringIO()
        try:
            call_command(*arguments, stdout=output, stderr=errors)
            failure = ""
        except CommandError as error:
            failure = str(error)
        text = RANDOM.sub("<any>", f"{output.getvalue()}{errors.getvalue()}{failure}")
        self.keep(name, {"succeeded": not failure, "numbers": NUMBER.findall(text), "text": text.splitlines()})

    def task(self, name: str, *arguments: Any) -> None:
        """Run a task here and keep what it returns."""
        self.clock.tick()
        self.keep(f"task {name} {self.clock.now:%m-%d %H:%M:%S}", {"returned": self.run_task(name, *arguments)})

    def run_task(self, name: str, *arguments: Any) -> Any:
        """Run a task here."""
        return self._tasks[name].apply(args=arguments, throw=True).get()

    def mails(self, name: str) -> None:
        """Keep to whom mails were sent since the last time, and what they lead to."""
        sent = [
            {"to": sorted(message.to), "links": [normalizing.plain_text(url) for url in _links(message.body)]}
            for message in mail.outbox
        ]
        mail.outbox.clear()
        self.keep(name, {"mails": sorted(sent, key=json.dumps)})

    def _token(self, who: str) -> str:
        token, since = self._tokens.get(who, ("", self.clock.now))
        if not token or not timedelta(0) <= self.clock.now - since < LOGIN_AGAIN:
            credentials = json.dumps({"email": self.emails[who], "password": PASSWORD, "transport": "body"})
            answer = Client(raise_request_exception=False).post("/api/v1/auth/login", credentials, "application/json")
            token = json.loads(answer.content)["data"]["accessToken"]
            self._tokens[who] = (token, self.clock.now)
        return token


def _links(text: str) -> list[str]:
    return re.findall(r"https?://\S+", text)
