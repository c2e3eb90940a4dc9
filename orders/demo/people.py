"""Who buys: names and streets in the store's language, put together from what Faker knows."""

from __future__ import annotations

import itertools
import unicodedata
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from faker import Faker

from customers.models import Customer, Store
from orders.demo.profiles import Place, StoreProfile

POOL = 260
BLOCKED_EVERY, INACTIVE_EVERY = 61, 23
TAG_EVERY = {"newsletter": 4, "vip": 19, "wholesale": 47}
LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"


@dataclass(slots=True)
class Shopper:
    """A customer to be or one already written, and where parcels go. `habit` is how much they like to come back."""

    customer: Customer
    place: Place
    address: dict[str, str]
    habit: int = 0


class People:
    """Invents shoppers of one store; the same random numbers invent the same people."""

    def __init__(self, profile: StoreProfile, store: Store, *, opened: datetime, now: datetime, random: Random) -> None:
        self.profile, self.store, self.opened, self.now, self.random = profile, store, opened, now, random
        faker = Faker(profile.locale)
        faker.seed_instance(random.getrandbits(32))
        self.first_names = [faker.first_name() for _ in range(POOL)]
        self.last_names = [faker.last_name() for _ in range(POOL)]
        self.streets = [faker.street_name() for _ in range(POOL)]
        self.place_weights = list(itertools.accumulate(place.weight for place in profile.places))
        self.namesakes: Counter[str] = Counter()
        self.numbers = itertools.count(1)

    def shopper(self, *, first_seen: datetime) -> Shopper:
        """Return a new customer who registered shortly before `first_seen`; most have confirmed their email."""
        random = self.random
        first, last = random.choice(self.first_names), random.choice(self.last_names)
        created_at = max(first_seen - self._known_for(), self.opened)
        customer = Customer(
            store=self.store,
            name=f"{first} {last}",
            first_name=first,
            last_name=last,
            email=self._email(first, last),
            phone=self._filled(self.profile.phone) if random.random() < 0.7 else "",
            created_at=created_at,
            email_confirmed_at=self._confirmation(created_at),
        )
        _describe(customer, next(self.numbers))
        place = self.place()
        return Shopper(customer, place, self.address(place))

    def place(self) -> Place:
        """Return a city, the big ones more often."""
        return self.random.choices(self.profile.places, cum_weights=self.place_weights)[0]

    def address(self, place: Place) -> dict[str, str]:
        """Return a postal address in a city, as orders keep it."""
        street, number = self.random.choice(self.streets), self.random.randint(1, 1400)
        return {
            "street": f"{street}, {number}" if self.profile.locale == "pt_BR" else f"{number} {street}",
            "city": place.city,
            "state": place.state,
            "country": place.country,
            "postalCode": self._filled(place.postcode),
        }

    def _known_for(self) -> timedelta:
        way = self.random.random()
        if way < 0.7:
            return timedelta(minutes=self.random.uniform(2, 40))
        return timedelta(days=self.random.uniform(0.1, 20 if way < 0.9 else 110))

    def _confirmation(self, created_at: datetime) -> datetime | None:
        way = self.random.random()
        delay = (
            timedelta(minutes=self.random.uniform(1, 90)) if way < 0.75 else timedelta(days=self.random.uniform(0.1, 6))
        )
        confirmed_at = created_at + delay
        return confirmed_at if way < 0.86 and confirmed_at <= self.now else None

    def _email(self, first: str, last: str) -> str:
        name = ".".join(_ascii(part) for part in (first, last))
        self.namesakes[name] += 1
        number = self.namesakes[name]
        return f"{name}{number if number > 1 else ''}@mail.example"

    def _filled(self, pattern: str) -> str:
        """Return the pattern with a digit for every # and a letter for every A that follows a #."""
        digits = "".join(str(self.random.randrange(10)) if sign == "#" else sign for sign in pattern)
        return (
            digits
            if "A" not in pattern
            else "".join(
                self.random.choice(LETTERS) if old == "A" else new for old, new in zip(pattern, digits, strict=True)
            )
        )


def _describe(customer: Customer, number: int) -> None:
    """Give some customers tags and consent to marketing; few are inactive, fewer blocked."""
    if number % BLOCKED_EVERY == 0:
        customer.status = Customer.Status.BLOCKED
    elif number % INACTIVE_EVERY == 0:
        customer.status = Customer.Status.INACTIVE
    if customer.email_confirmed_at is not None and number % 5 < 3:
        customer.accepts_marketing, customer.marketing_consent_at = True, customer.email_confirmed_at
    customer.tags = [tag for tag, every in TAG_EVERY.items() if number % every == 0]
    customer.updated_at = customer.email_confirmed_at or customer.created_at


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return "".join(sign for sign in plain.lower() if sign.isalnum())


def address_row(address: dict[str, str]) -> dict[str, object]:
    """Return an order's address as the columns of the address book."""
    return {("postal_code" if name == "postalCode" else name): value for name, value in address.items()}
