"""The running web server while Redis is frozen or full."""

from __future__ import annotations

import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

import pytest

from tests.faults.causes import full_redis, server_process
from tests.faults.conftest import Answer, Live

pytestmark = pytest.mark.servers


@pytest.mark.fault("redis-frozen")
def test_a_frozen_redis_costs_one_request_a_second_up_to_two_seconds_and_the_others_nothing(live: Live) -> None:
    path = f"/api/v1/orders/{live.order}"
    live.recover()
    usual = max(live.get(path).seconds for _ in range(5))

    def visit(_: int) -> list[Answer]:
        until, answers = time.monotonic() + 3, []
        while time.monotonic() < until:
            answers.append(live.get(path))
            time.sleep(0.05)
        return answers

    with live.frozen("valkey"), ThreadPoolExecutor(3) as crowd:
        answers = [answer for visits in crowd.map(visit, range(3)) for answer in visits]
    assert {answer.status for answer in answers} == {200}
    assert max(answer.seconds for answer in answers) < 2.5
    slow = [answer for answer in answers if answer.seconds > usual + 0.7]
    assert len(slow) <= 3 + 3  # those who met it first, then one a second
    assert len(answers) > 2 * len(slow)


@pytest.mark.fault("redis-full")
def test_a_login_while_redis_is_full_is_503_with_retry_after_and_not_an_error(live: Live) -> None:
    body = json.dumps({"email": "root@example.com", "password": "secret-pass-1"})
    with full_redis(live.servers.urls["REDIS_URL"]):
        answer = live.ask("POST", "/api/v1/auth/login", body, login=False)
        page = log_in_by_page(live)
        order = live.get(f"/api/v1/orders/{live.order}")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    assert json.loads(answer.body)["code"] == "SERVICE_UNAVAILABLE"
    assert (page.status, page.headers["Retry-After"]) == (503, "5")
    assert "Logging in is not possible right now. Try again in a moment." in page.read().decode()
    assert order.status == 200
    until = time.monotonic() + 10
    while live.ask("POST", "/api/v1/auth/login", body, login=False).status != 200:
        assert time.monotonic() < until
        time.sleep(0.5)


@pytest.mark.fault("redis-killed")
def test_a_redis_that_is_killed_costs_no_request_and_readiness_is_healthy_again(live: Live) -> None:
    path = f"/api/v1/orders/{live.order}"
    live.recover()
    crashed = server_process(live.servers, "valkey")
    crashed.kill()
    answers = []
    until = time.monotonic() + 15
    while time.monotonic() < until:
        answers.append(live.get(path))
        ready = live.get("/health/ready", login=False)
        answers.append(ready)
        said = json.loads(ready.body)["checks"]
        if (said["cache"], said["broker"]) == ("ok", "ok") and server_process(live.servers, "valkey") != crashed:
            break
        time.sleep(0.1)
    assert (said["cache"], said["broker"]) == ("ok", "ok")
    assert {answer.status for answer in answers} == {200}
    assert max(answer.seconds for answer in answers) < 3


def log_in_by_page(live: Live) -> HTTPError:
    """Post the login page's form; return the refusal."""
    browser = build_opener(HTTPCookieProcessor())
    address = f"http://127.0.0.1:{live.port}/login/"
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', browser.open(address).read().decode())
    assert token
    form = {"csrfmiddlewaretoken": token[1], "username": "root@example.com", "password": "secret-pass-1"}
    with pytest.raises(HTTPError) as refusal:
        browser.open(Request(address, urlencode(form).encode(), {"Referer": address}))
    return refusal.value
