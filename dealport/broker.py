"""The queue in Redis, for workers that outlive it: kombu's transport with what ended a worker made harmless.

- Closing a broken connection, kombu looked for its address after it had been taken away.
- A full Redis refuses the note that a message is being worked on; the message goes on without it.
- Text that is no message is parked: put aside with its reason in the list PARKED, and skipped.
- Every key begins with the id of the installation, which may change while a worker runs.
"""

from __future__ import annotations

import base64
import contextlib
import json
from datetime import UTC, datetime
from queue import Empty
from typing import Any

import structlog
from kombu.message import Message
from kombu.transport import TRANSPORT_ALIASES, redis, virtual
from kombu.utils.encoding import bytes_to_str
from kombu.utils.json import loads
from redis.exceptions import OutOfMemoryError

from dealport.kit.redis import redis_key

# Below the prefix of all keys of the queue; the newest PARKED_KEPT are kept.
PARKED = "parked"
PARKED_KEPT = 1000
# The header of a message that says when it was sent, in seconds of Unix time.
SENT_AT = "sent_at"

log = structlog.get_logger(__name__)
_Channel: Any = redis.Channel  # the package of its types knows half of it


def use_our_transport() -> None:
    """Let addresses that begin with redis:// and rediss:// lead to this module's transport."""
    for scheme in ("redis", "rediss"):
        TRANSPORT_ALIASES[scheme] = f"{__name__}:Transport"


def park(client: Any, *, queue: str, reason: str, text: str) -> None:
    """Put a message aside that no worker can read or knows the task of. Raises RedisError if Redis is away.

    A full Redis cannot keep it: then the log line is all that is left, with the beginning of the text.
    """
    log.error("message parked", queue=queue, reason=reason)
    parked = {"at": datetime.now(UTC).isoformat(), "queue": queue, "reason": reason, "message": text}
    try:
        client.lpush(PARKED, json.dumps(parked))
        client.ltrim(PARKED, 0, PARKED_KEPT - 1)
    except OutOfMemoryError:
        log.error("message lost: Redis is full", queue=queue, reason=reason, text=text[:2000])


def problem(item: bytes, *, is_task: bool = True) -> str:
    """Return why Celery could not read a message as it lies in Redis; empty if it could."""
    try:
        payload = loads(bytes_to_str(item))
        properties = payload["properties"]
        address = map(properties["delivery_info"].get, ("exchange", "routing_key"))
        texts = [payload["body"], properties["delivery_tag"], *address]
        if is_task:
            texts += [payload["headers"]["id"], payload["headers"]["task"]]
        if not all(isinstance(value, str) for value in texts) or not isinstance(payload["headers"], dict):
            return "A part of the message is of another type than messages have."
        if properties.get("body_encoding") != "base64" or payload.get("content-type") != "application/json":
            return "The message is not encoded as Celery encodes its own."
        body = loads(base64.b64decode(payload["body"], validate=True))
        if is_task and [type(part) for part in body] != [list, dict, dict]:
            return "The body is not the arguments of a task."
    except Exception as error:  # whatever text of a stranger can cause
        return f"{type(error).__name__}: {error}"
    return ""


class Client(redis.PrefixedStrictRedis):
    """Reads messages, and parks what is none before kombu stumbles over it."""

    @property
    def global_keyprefix(self) -> str:
        """What kombu puts before every key."""
        return redis_key("")

    @global_keyprefix.setter
    def global_keyprefix(self, _: str) -> None:
        """Leave it: kombu sets it once, when it makes the client."""

    def parse_response(self, connection: object, command_name: str, **options: object) -> object:
        """Return the answer to a command; None, as if nothing had come, in place of what is no message."""
        answer = super().parse_response(connection, command_name, **options)
        if command_name == "BRPOP" and answer and (reason := problem(answer[1])):
            text = answer[1].decode(errors="replace")
            park(self, queue=bytes_to_str(answer[0]), reason=reason, text=text)
            return None
        return answer


class QoS(redis.QoS):
    """Notes in Redis which messages are being worked on, where Redis has room for it."""

    def append(self, message: Message, delivery_tag: str) -> None:
        """Note a message; where Redis is full, in this process alone: should it die, a sweep sends the work again."""
        try:
            super().append(message, delivery_tag)
        except OutOfMemoryError:
            log.warning("message taken without a note: Redis is full", task=message.headers.get("task"))
            virtual.QoS.append(self, message, delivery_tag)

    def restore_visible(self, *args: Any, **kwargs: Any) -> None:
        """Hand out again what a dead worker took; later, where Redis is full."""
        try:
            super().restore_visible(*args, **kwargs)
        except OutOfMemoryError:
            log.warning("messages of dead workers wait: Redis is full")


class Channel(_Channel):
    """One conversation with the queue."""

    QoS = QoS

    @property
    def global_keyprefix(self) -> str:
        """What stands before every key."""
        return redis_key("")

    def close(self) -> None:
        """Close also when the connection is broken.

        kombu reads the answer that is due first. Where that failed, it gave up, came back after it had forgotten the
        address, and failed to put back what was being worked on with an error that ended the worker.
        """
        if self._in_poll:
            try:
                self._brpop_read()
            except (Empty, *self.connection_errors):
                pass
        super().close()

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        """Note which queue an exchange leads to; a worker that comes while Redis is full finds it noted already."""
        try:
            super()._queue_bind(exchange, routing_key, pattern, queue)
        except OutOfMemoryError:
            log.warning("queue taken up without a note: Redis is full", queue=queue)

    def maybe_refresh_binding_expiry(self) -> None:
        """Refresh the notes of queues that expire, every second; where Redis is full, without a word each time."""
        with contextlib.suppress(OutOfMemoryError):
            super().maybe_refresh_binding_expiry()

    def _get_client(self) -> object:
        return Client

    def _deliver_fanout_message(self, message: object, exchange: str) -> object:
        """Deliver a command to all workers; skip what is none. Commands are not work: they need no parking."""
        if reason := problem(json.dumps(message).encode(), is_task=False):
            log.error("command skipped", reason=reason)
            return False
        return super()._deliver_fanout_message(message, exchange)


class Transport(redis.Transport):
    """kombu's transport with these channels."""

    Channel = Channel
