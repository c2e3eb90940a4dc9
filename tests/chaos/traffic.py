"""Load on the product while faults happen: writers that know what was acknowledged, readers, and probes."""

from __future__ import annotations

import contextlib
import http.client
import json
import random
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.chaos.model import SHIPPING, Order, Store

WRITERS, READERS = 3, 2
ANSWER_SECONDS = 15.0
READS = (
    "/api/v1/store/dashboard?store={store}",
    "/api/v1/dashboard/top-products?store={store}",
    "/api/v1/orders?store={store}&limit=20",
)


@dataclass(frozen=True)
class Sample:
    """One request: when it began (monotonic), how many seconds it took, what came; status 0 for a broken connection."""

    kind: str
    began: float
    seconds: float
    status: int
    retry_after: bool
    body: Any

    @property
    def ended(self) -> float:
        """When the answer came."""
        return self.began + self.seconds


class Client:
    """One kept connection; every request leaves a sample."""

    def __init__(self, port: int, token: str, samples: list[Sample]) -> None:
        self.samples = samples
        self.headers = {"Content-Type": "application/json"}
        if token:
            self.headers["Authorization"] = f"Bearer {token}"
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS)

    def ask(self, kind: str, method: str, path: str, body: Any = None, **headers: str) -> Sample:
        """Send a request and return its sample."""
        began, status, retry_after, content = time.monotonic(), 0, False, None
        try:
            sent = None if body is None else json.dumps(body)
            self.connection.request(method, path, sent, {**self.headers, **headers})
            response = self.connection.getresponse()
            text = response.read()
            status, retry_after = response.status, "Retry-After" in response.headers
            with contextlib.suppress(ValueError):
                content = json.loads(text, parse_float=Decimal)
        except (OSError, http.client.HTTPException) as error:
            self.connection.close()
            content = type(error).__name__
        sample = Sample(kind, began, time.monotonic() - began, status, retry_after, content)
        self.samples.append(sample)
        return sample


class Traffic:
    """All that asks something of the product, from `start` to `stop`."""

    def __init__(self, port: int, token: str, stores: list[Store]) -> None:
        self.port, self.token, self.stores = port, token, stores
        self.samples: list[Sample] = []
        self.problems: list[str] = []
        self.exports: list[str] = []
        self.over = threading.Event()
        jobs: list[tuple[Callable[[int], None], int]] = [
            (self._write, WRITERS),
            (self._read, READERS),
            (self._probe_life, 1),
            (self._probe_readiness, 1),
        ]
        self.threads = [threading.Thread(target=job, args=[number]) for job, count in jobs for number in range(count)]

    def client(self, *, login: bool = True) -> Client:
        """Return a client whose samples count."""
        return Client(self.port, self.token if login else "", self.samples)

    def start(self) -> None:
        """Begin."""
        for thread in self.threads:
            thread.start()

    def stop(self) -> None:
        """End once every write has its answer."""
        self.over.set()
        for thread in self.threads:
            thread.join()

    def request_exports(self) -> None:
        """Request a file of each store's orders."""
        for store in self.stores:
            body = {"type": "orders", "format": "csv", "filters": {"store": store.slug}}
            answer = self.client().ask("write", "POST", "/api/v1/admin/reports/export", body)
            expect(answer.status == 202, "accepted", answer)
            self.exports.append(answer.body["data"]["jobId"])

    def _write(self, number: int) -> None:
        writer = Writer(random.Random(f"writer {number}"), self.client(), self.stores[number % len(self.stores)])
        while not self.over.wait(0.05):
            try:
                writer.act()
            except Exception as error:  # a wrong answer: the run goes on and fails at its end
                self.problems.append(f"writer {number}: {type(error).__name__}: {error}")

    def _read(self, number: int) -> None:
        dice, client = random.Random(f"reader {number}"), self.client()
        while not self.over.wait(0.05):
            client.ask("read", "GET", dice.choice(READS).format(store=dice.choice(self.stores).slug))

    def _probe_life(self, number: int) -> None:
        client = self.client(login=False)
        while not self.over.wait(0.25):
            client.ask("health", "GET", "/health")

    def _probe_readiness(self, number: int) -> None:
        client = self.client(login=False)
        while not self.over.wait(0.5):
            client.ask("ready", "GET", "/health/ready")


class Writer:
    """Places orders and does things to its own; each request is repeated until it is known what became of it."""

    def __init__(self, dice: random.Random, client: Client, store: Store) -> None:
        self.dice, self.client, self.store = dice, client, store
        self.orders: list[Order] = []

    def act(self) -> None:
        """Do one thing and note in the model what was acknowledged."""
        order = self.dice.choice(self.orders[-30:]) if self.orders and self.dice.random() > 0.4 else None
        if order is None:
            self.place()
        elif not order.paid and not order.is_canceled:
            self.dice.choice((self.pay, self.pay, self.pay, self.cancel))(order)
        elif order.paid > order.refunded:
            self.dice.choice((self.refund, self.refund_all, self.cancel, lambda order: None))(order)

    def place(self) -> None:
        """Place an order of one to three products."""
        chosen = self.dice.sample(sorted(self.store.prices), self.dice.randint(1, 3))
        pieces = {pk: self.dice.randint(1, 3) for pk in chosen}
        body = {
            "store": self.store.slug,
            "customerId": self.dice.choice(self.store.customers),
            "items": [{"productId": pk, "quantity": quantity} for pk, quantity in pieces.items()],
            "shippingAddress": {"street": "1 High Street", "city": "Leeds", "country": "GB", "postalCode": "LS1 1AA"},
            "paymentMethod": "CREDIT_CARD",
            "shippingFee": float(SHIPPING),
        }
        answer = self.settle("POST", "/api/v1/orders", body, keyed=True)
        total = self.store.price_of(pieces)
        expect(answer.status == 201 and answer.body["data"]["totalAmount"] == total, "placed", answer)
        order = Order(answer.body["data"]["id"], total, pieces)
        self.orders.append(order)
        self.store.orders.append(order)

    def pay(self, order: Order) -> None:
        """Record the payment."""
        self.bring(
            order, "PATCH", f"/api/v1/orders/{order.key}/status", {"paymentStatus": "PAID"}, "paymentStatus", "PAID"
        )
        order.paid = order.total

    def cancel(self, order: Order) -> None:
        """Cancel the order; what was paid goes back."""
        self.bring(order, "DELETE", f"/api/v1/orders/{order.key}", None, "status", "CANCELED")
        order.is_canceled, order.refunded = True, order.paid

    def refund(self, order: Order) -> None:
        """Refund a cent, or what is left if that is less than two."""
        self.give_back(order, Decimal("0.01"))

    def refund_all(self, order: Order) -> None:
        """Refund what is left."""
        self.give_back(order, order.paid - order.refunded)

    def give_back(self, order: Order, amount: Decimal) -> None:
        """Refund an amount."""
        body = {"amount": float(amount)}
        answer = self.settle("POST", f"/api/v1/orders/{order.key}/refunds", body, keyed=True)
        expect(answer.status == 201, "refunded", answer)
        order.refunded += amount

    def bring(self, order: Order, method: str, path: str, body: Any, name: str, goal: str) -> None:
        """Bring an order to a state; where an answer was lost, the order itself says whether it is there."""
        answer = self.settle(method, path, body)
        if answer.status == 409:
            answer = self.settle("GET", f"/api/v1/orders/{order.key}", None)
        expect(answer.status == 200 and answer.body["data"][name] == goal, goal, answer)

    def settle(self, method: str, path: str, body: Any, *, keyed: bool = False) -> Sample:
        """Send a request until the answer says what became of it; the same key makes it happen once."""
        headers = {"Idempotency-Key": str(uuid.uuid4())} if keyed else {}
        while True:
            answer = self.client.ask("write", method, path, body, **headers)
            # somebody has the row, or the request whose answer was lost is still running
            is_busy = answer.status == 409 and answer.retry_after
            if answer.status and answer.status < 500 and not is_busy:
                return answer
            time.sleep(0.2)


def expect(condition: bool, outcome: str, answer: Sample) -> None:
    """Raise AssertionError with the answer when it is not what was expected."""
    if not condition:
        raise AssertionError(f"not {outcome}: {answer.status} {answer.body}")
