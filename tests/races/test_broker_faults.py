"""A real worker outlives what happens to its broker: a crash in the middle of a task, no memory left, bad messages."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shlex
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import redis
from django.db import connection, transaction
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from dashboard.models import MetricDelta
from dealport import beat, broker
from dealport.celery import app
from dealport.kit import installation
from dealport.kit.redis import redis_key
from dealport.models import Heartbeat
from dealport.servers import processes, use

START_SECONDS, RECOVERY_SECONDS = 90, 15
# Two slots: the fault is in the middle of one task while the other slot waits for a message.
COMMAND = "celery --app dealport worker --concurrency 2 --without-mingle --without-gossip --loglevel WARNING"


class Floor:
    """A Valkey of the tests' own, and a worker that must never end."""

    def __init__(self) -> None:
        self.servers = use.throwaway()
        self.url = self.servers.urls["REDIS_URL"]
        self.redis = redis.Redis.from_url(self.url)
        self.environment = {
            **os.environ,
            "DATABASE_URL": database_url(),
            "REDIS_URL": self.url,
            "PYTHONPATH": str(use.ROOT),
        }
        self.worker = subprocess.Popen(
            [sys.executable, "-m", *shlex.split(COMMAND)],
            env=self.environment,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=processes.die_with_parent(signal.SIGKILL),
        )

    def send(self, task: str) -> None:
        with app.connection_for_write(url=self.url) as link:
            app.send_task(task, connection=link)

    def in_work(self, tag: bytes) -> bytes:
        """Return the message a worker has taken and not acknowledged."""
        return bytes(self.redis.hget(redis_key("unacked"), tag) or b"")

    def server(self) -> int:
        state = self.servers.homes[0].state()
        return int(state["server"]) if state else 0

    def stop(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.worker.pid, signal.SIGKILL)
        self.worker.wait()
        self.redis.close()
        for lease in self.servers.leases:
            os.close(lease)

    def works(self, *, seconds: float = RECOVERY_SECONDS) -> bool:
        """Tell whether a task that is sent now is done."""
        wait_in_the_ledger()
        self.send("dashboard.tasks.fold_ledger")
        return processes.wait_until(lambda: not MetricDelta.objects.exists(), seconds=seconds)


def database_url() -> str:
    address, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    return f"{address}/{connection.settings_dict['NAME']}"


def wait_in_the_ledger() -> None:
    day = timezone.now().date()
    MetricDelta.objects.create(store_id=1, order_day=day, event_day=day, orders=1)


@pytest.fixture(scope="module")
def a_floor(django_db_setup: None) -> Iterator[Floor]:
    given = os.environ.pop("REDIS_URL")
    try:
        floor = Floor()
    finally:
        os.environ["REDIS_URL"] = given
    yield floor
    floor.stop()


@pytest.fixture
def floor(a_floor: Floor, transactional_db: None) -> Floor:
    """Return the one worker of this file once it does its work."""
    assert a_floor.works(seconds=START_SECONDS), f"the worker does not work (exit status {a_floor.worker.poll()})"
    a_floor.redis.delete(redis_key("parked"))
    return a_floor


def message(**changes: Any) -> dict[str, Any]:
    """Return a message as Celery sends it."""
    task_id = str(uuid.uuid4())
    body = base64.b64encode(json.dumps([[], {}, {"callbacks": None, "errbacks": None, "chain": None}]).encode())
    return {
        "body": body.decode(),
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": {"lang": "py", "task": "dashboard.tasks.fold_ledger", "id": task_id, "root_id": task_id},
        "properties": {
            "correlation_id": task_id,
            "delivery_mode": 2,
            "delivery_info": {"exchange": "", "routing_key": "celery"},
            "priority": 0,
            "body_encoding": "base64",
            "delivery_tag": task_id,
        },
        **changes,
    }


def headers(**changes: Any) -> bytes:
    return json.dumps(message(headers={**message()["headers"], **changes})).encode()


def properties(**changes: Any) -> bytes:
    return json.dumps(message(properties={**message()["properties"], **changes})).encode()


def body(text: bytes) -> bytes:
    return json.dumps(message(body=base64.b64encode(text).decode())).encode()


BAD_MESSAGES = {
    "not JSON": b"no message at all",
    "cut off": json.dumps(message()).encode()[:-20],
    "not UTF-8": b"\xff\xfe\x00",
    "deep": b"[" * 100_000,
    "another shape": b"[1, 2]",
    "nothing": b"{}",
    "body of nothing": json.dumps(message(body="%%%")).encode(),
    "body that is cut off": body(b'[[], {}, {"callbacks": nu'),
    "body of another shape": body(b'{"args": []}'),
    "body of no text": json.dumps(message(body={"a": 1})).encode(),
    "pickle": json.dumps(message(**{"content-type": "application/x-python-serialize"})).encode(),
    "no headers": json.dumps(message(headers=None)).encode(),
    "task without a name": headers(task=["a", "list"]),
    "unknown task": headers(task="reports.tasks.of_the_next_release"),
    "no id": headers(id=None),
    "no moment to expire": headers(expires="the day after tomorrow"),
    "no moment to start": headers(eta={"in": "a while"}),
    "compressed by nothing": headers(compression="application/x-nothing"),
    "time limits of another shape": headers(timelimit="soon"),
    "tag of another type": properties(delivery_tag={"a": 1}),
    "no address": properties(delivery_info=None),
}


def test_bad_messages_are_parked_with_their_reason_and_the_worker_goes_on(floor: Floor) -> None:
    worker = floor.worker.pid
    for text in BAD_MESSAGES.values():
        floor.redis.lpush(redis_key("celery"), text)

    assert floor.works(), f"exit status {floor.worker.poll()}"

    in_work = (redis_key("celery"), redis_key("unacked"), redis_key("unacked_index"))
    assert processes.wait_until(lambda: not floor.redis.exists(*in_work), seconds=RECOVERY_SECONDS)
    parked = [json.loads(line) for line in floor.redis.lrange(redis_key("parked"), 0, -1)]
    assert all(entry["reason"] and entry["message"] and entry["at"] for entry in parked)
    assert {entry["queue"] for entry in parked} == {"celery"}
    assert BAD_MESSAGES["not JSON"].decode() in {entry["message"] for entry in parked}
    assert len(parked) == len(BAD_MESSAGES)
    assert (floor.worker.pid, floor.worker.poll()) == (worker, None)


def test_a_running_worker_moves_to_the_queue_of_a_new_installation_by_itself(floor: Floor) -> None:
    worker, before = floor.worker.pid, redis_key("celery")
    installation.replace(resume_schedules=True)
    wait_in_the_ledger()
    floor.send("dashboard.tasks.fold_ledger")
    assert (redis_key("celery") != before, floor.redis.exists(before)) == (True, 0)
    seconds = installation.REREAD_SECONDS + RECOVERY_SECONDS
    assert processes.wait_until(lambda: not MetricDelta.objects.exists(), seconds=seconds)
    assert (floor.worker.pid, floor.worker.poll()) == (worker, None)


@pytest.mark.fault("redis-killed")
def test_a_worker_outlives_a_crash_of_the_broker_in_the_middle_of_a_task(floor: Floor) -> None:
    crashed = floor.server()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE customers_idempotencyrecord IN ACCESS EXCLUSIVE MODE")
        floor.send("customers.tasks.prune")
        assert processes.wait_until(lambda: floor.redis.hlen(redis_key("unacked")) == 1, seconds=RECOVERY_SECONDS)
        os.kill(crashed, signal.SIGKILL)
        assert processes.wait_until(lambda: floor.server() not in (0, crashed), seconds=RECOVERY_SECONDS)

    assert floor.works(), f"exit status {floor.worker.poll()}"
    assert floor.worker.poll() is None


def test_a_lost_connection_puts_the_task_back_that_was_in_the_middle(floor: Floor) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE customers_idempotencyrecord IN ACCESS EXCLUSIVE MODE")
        floor.send("customers.tasks.prune")
        assert processes.wait_until(lambda: floor.redis.hlen(redis_key("unacked")) == 1, seconds=RECOVERY_SECONDS)
        (tag,) = floor.redis.hkeys(redis_key("unacked"))
        assert b"redelivered" not in floor.in_work(tag)
        floor.redis.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        assert processes.wait_until(lambda: b"redelivered" in floor.in_work(tag), seconds=RECOVERY_SECONDS)

    assert processes.wait_until(lambda: floor.redis.hlen(redis_key("unacked")) == 0, seconds=RECOVERY_SECONDS)
    assert floor.worker.poll() is None


@pytest.mark.fault("redis-full")
def test_a_full_broker_stops_neither_the_worker_nor_what_is_queued(floor: Floor) -> None:
    wait_in_the_ledger()
    with transaction.atomic(), connection.cursor() as cursor:
        # both slots are taken, a third message waits in the queue
        cursor.execute("LOCK TABLE customers_idempotencyrecord IN ACCESS EXCLUSIVE MODE")
        for task in ("customers.tasks.prune", "customers.tasks.prune", "dashboard.tasks.fold_ledger"):
            floor.send(task)
        assert processes.wait_until(lambda: floor.redis.hlen(redis_key("unacked")) == 2, seconds=RECOVERY_SECONDS)
        assert MetricDelta.objects.exists()
        floor.redis.config_set("maxmemory", 1)
    try:
        assert processes.wait_until(lambda: not MetricDelta.objects.exists(), seconds=RECOVERY_SECONDS)
        with pytest.raises(redis.exceptions.OutOfMemoryError):
            floor.redis.set("it is", "full")
    finally:
        floor.redis.config_set("maxmemory", 512 * 1024 * 1024)
    assert floor.works(), f"exit status {floor.worker.poll()}"
    assert floor.worker.poll() is None


def test_a_worker_that_has_to_connect_again_to_a_full_broker_does_what_is_queued(floor: Floor) -> None:
    wait_in_the_ledger()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE customers_idempotencyrecord IN ACCESS EXCLUSIVE MODE")
        for task in ("customers.tasks.prune", "customers.tasks.prune", "dashboard.tasks.fold_ledger"):
            floor.send(task)
        assert processes.wait_until(lambda: floor.redis.hlen(redis_key("unacked")) == 2, seconds=RECOVERY_SECONDS)
        floor.redis.config_set("maxmemory", 1)
        try:
            for kind in ("normal", "pubsub"):
                floor.redis.execute_command("CLIENT", "KILL", "TYPE", kind, "SKIPME", "yes")
            assert processes.wait_until(lambda: floor.redis.llen(redis_key("celery")) == 0, seconds=RECOVERY_SECONDS)
        finally:
            floor.redis.config_set("maxmemory", 512 * 1024 * 1024)
    assert processes.wait_until(lambda: not MetricDelta.objects.exists(), seconds=RECOVERY_SECONDS)
    assert floor.worker.poll() is None
    floor.redis.delete(redis_key("unacked"), redis_key("unacked_index"))  # there was no room to put them back


@pytest.mark.fault("redis-frozen")
def test_a_broker_that_freezes_in_the_middle_of_a_task_costs_no_worker(floor: Floor) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE customers_idempotencyrecord IN ACCESS EXCLUSIVE MODE")
        floor.send("customers.tasks.prune")
        assert processes.wait_until(lambda: floor.redis.hlen(redis_key("unacked")) == 1, seconds=RECOVERY_SECONDS)
        os.kill(floor.server(), signal.SIGSTOP)
        try:
            time.sleep(3)  # longer than a worker waits for an answer
        finally:
            os.kill(floor.server(), signal.SIGCONT)

    assert floor.works(), f"exit status {floor.worker.poll()}"
    assert floor.worker.poll() is None


def test_beat_and_a_worker_show_life_by_a_task_and_the_queue_nobody_works_on_does_not(floor: Floor) -> None:
    Heartbeat.objects.all().delete()
    beat.Scheduler(app=app)._finalize.cancel()  # makes the jobs
    PeriodicTask.objects.update(last_run_at=timezone.now() - timedelta(minutes=1))
    command = [sys.executable, "-m", "celery", "--app", "dealport", "beat", "--loglevel", "WARNING"]
    with subprocess.Popen(
        command, env=floor.environment, stdout=subprocess.DEVNULL, preexec_fn=processes.die_with_parent(signal.SIGKILL)
    ) as process:
        try:
            assert processes.wait_until(lambda: Heartbeat.objects.filter(name="celery").exists(), seconds=START_SECONDS)
            assert processes.wait_until(lambda: floor.redis.llen(redis_key("exports")) > 0, seconds=RECOVERY_SECONDS)
        finally:
            process.kill()
    assert {row.name for row in Heartbeat.objects.exclude(at=None)} == {"beat", "celery"}
    floor.redis.delete(redis_key("exports"))


def test_no_number_of_tries_ends_a_worker_while_the_broker_is_away() -> None:
    assert app.conf.broker_connection_max_retries is None


@pytest.mark.parametrize("text", [json.dumps(message()).encode(), headers(periodic_task_name="fold the ledger")])
def test_what_celery_sends_is_a_message(text: bytes) -> None:
    assert broker.problem(text) == ""
