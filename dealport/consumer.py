"""The part of a worker that takes messages: none of them can end it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from celery.worker import consumer
from redis.exceptions import RedisError, ResponseError

from dealport import broker

REFUSED_SECONDS = 2.0


class Consumer(consumer.Consumer):
    """Parks a message that cannot be understood, whatever is wrong with it, and goes on with the next."""

    def on_connection_error_after_connected(self, exc: Exception) -> None:
        """Pause before a server that refuses is asked again; one that is away has a pause already."""
        super().on_connection_error_after_connected(exc)
        if isinstance(exc, ResponseError):
            time.sleep(REFUSED_SECONDS)

    def create_task_handler(self, *args: Any, **kwargs: Any) -> Callable[[object], None]:
        """Return what is called with each message."""
        handle = super().create_task_handler(*args, **kwargs)

        def on_task_received(message: object) -> None:
            try:
                handle(message)
            except (OSError, RedisError):
                raise  # the connection's fault, not the message's
            except Exception as error:  # whatever text of a stranger can cause
                self.skip(message, error)

        return on_task_received

    def skip(self, message: Any, error: Exception | None) -> None:
        """Park a message and take it out of the queue."""
        reason = f"{type(error).__name__}: {error}" if error else "it names no task"
        with message.channel.conn_or_acquire() as client:
            broker.park(client, queue=_queue(message), reason=reason, text=json.dumps(message._raw))
        if not message.acknowledged:
            message.ack()

    def on_decode_error(self, message: object, exc: Exception) -> None:
        """Park what cannot be decoded."""
        self.skip(message, exc)

    def on_unknown_message(self, body: object, message: object) -> None:
        """Park what names no task."""
        self.skip(message, None)

    def on_unknown_task(self, body: object, message: object, exc: Exception) -> None:
        """Park the tasks of another release."""
        self.skip(message, exc)

    def on_invalid_task(self, body: object, message: object, exc: Exception) -> None:
        """Park tasks with what no task takes."""
        self.skip(message, exc)


def _queue(message: Any) -> str:
    return str((message.delivery_info or {}).get("routing_key", ""))
