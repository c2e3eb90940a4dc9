"""Where the real store's products and buyers stand, which its export does not say: categories, streets and cities."""

from __future__ import annotations

import json
from collections.abc import Sequence
from random import Random

from django.db import connection
from django.utils.text import slugify
from faker import Faker

from customers.models import Address, Store
from orders.demo.pictures import kind_of
from orders.models import Category, Order, Product

SHELVES = {
    "Home decoration": {
        "Hearts and stars": ("heart", "star"), "Candles and lights": ("candle", "lantern", "lights"),
        "Clocks and frames": ("clock", "frame"), "Flowers and birds": ("flower", "bird"),
        "Signs and boards": ("sign", "chalkboard"), "Cushions and mats": ("pillow", "mat", "mat_door"),
    },
    "Kitchen and table": {
        "Cups and teapots": ("mug", "teapot"), "Plates and baking": ("plate", "cake", "spork"),
        "Jars, tins and bottles": ("jar", "tin", "bottle"),
    },
    "Gifts and party": {
        "Bunting and Christmas": ("bunting", "tree"), "Cards and wrap": ("card", "gift"), "Toys": ("toy",),
        "Books and pencils": ("book", "pencil"), "More gifts": ("",),
    },
    "Bags and accessories": {
        "Bags and wallets": ("bag", "wallet"), "Jewelry and watches": ("jewel", "watch"),
        "Clothes and umbrellas": ("scarf", "shoe", "socks", "gloves", "hat", "sweater", "umbrella", "apron"),
    },
    "Storage and garden": {
        "Boxes and hooks": ("box", "basket", "hook"), "Pots and planters": ("pot",), "Bath": ("soap",),
    },
}  # fmt: skip
"""Group, category, and the kinds of gifts in it (`kind_of`); the empty kind is what no name tells."""
CITIES = {
    "GB": (("London", "SW# #AA"), ("Manchester", "M# #BB"), ("Leeds", "LS# #DE"), ("Bristol", "BS# #FG")),
    "DE": (("Berlin", "10###"), ("Hamburg", "20###")), "FR": (("Paris", "750##"), ("Lyon", "690##")),
    "IE": (("Dublin", "D0# A###"),), "BE": (("Brussels", "10##"),), "NL": (("Amsterdam", "10## AB"),),
    "ES": (("Madrid", "280##"),), "AU": (("Melbourne", "30##"),), "PT": (("Lisbon", "1###-###"),),
    "CH": (("Zurich", "80##"),), "SE": (("Stockholm", "11# ##"),), "IT": (("Milan", "201##"),),
    "FI": (("Helsinki", "00###"),), "NO": (("Oslo", "01##"),), "JP": (("Tokyo", "100-####"),),
    "PL": (("Warsaw", "00-###"),), "JE": (("Saint Helier", "JE2 #AA"),), "CY": (("Nicosia", "10##"),),
    "AT": (("Vienna", "10#0"),), "DK": (("Copenhagen", "1###"),), "HK": (("Hong Kong", ""),),
    "LT": (("Vilnius", "01###"),), "IS": (("Reykjavik", "1##"),), "SG": (("Singapore", "0#####"),),
    "BH": (("Manama", "###"),), "IL": (("Tel Aviv", "6######"),), "GR": (("Athens", "10# ##"),),
    "CA": (("Toronto", "M5# #A#"),), "MT": (("Valletta", "VLT ####"),), "LB": (("Beirut", "110#"),),
    "AE": (("Dubai", ""),), "BR": (("São Paulo", "01###-###"),), "CZ": (("Prague", "11# ##"),),
    "SA": (("Riyadh", "11###"),), "US": (("New York", "100##"),),
}  # fmt: skip
"""Cities of each country of the export, with a # for every digit of the postcode that varies."""
STREETS = 260
_SHELVE = """
UPDATE orders_product p SET category_id = shelf.id
FROM unnest(%s::bigint[], %s::bigint[]) AS shelf(product, id) WHERE p.id = shelf.product
"""
_SEND = """
UPDATE orders_order o SET shipping_address = sent.address, billing_address = sent.address
FROM unnest(%s::bigint[], %s::jsonb[]) AS sent(id, address) WHERE o.id = sent.id
"""


def shelve_products(store: Store) -> None:
    """Give every product of the store the category that its name tells."""
    of_kind: dict[str, int] = {}
    for position, (group, shelves) in enumerate(SHELVES.items()):
        above = _category(store, group, None, position)
        for number, (name, kinds) in enumerate(shelves.items()):
            of_kind |= dict.fromkeys(kinds, _category(store, name, above, number).pk)
    products = [
        (pk, of_kind[kind_of(name)]) for pk, name in Product.objects.filter(store=store).values_list("pk", "name")
    ]
    _write(_SHELVE, products)


def invent_addresses(store: Store) -> None:
    """Give every order whose country is known an address there, one for each buyer, who keeps the first as default."""
    random, faker = Random(1), Faker("en_GB")
    faker.seed_instance(1)
    streets = [faker.street_name() for _ in range(STREETS)]
    known: dict[tuple[int, str], dict[str, str]] = {}
    kept: dict[int, Address] = {}
    sent = []
    orders = Order.objects.filter(store=store).exclude(country="").order_by("pk")
    for pk, buyer, country in orders.values_list("pk", "customer", "country"):
        address = known.get((buyer, country)) or _address(random, streets, country)
        sent.append((pk, json.dumps(address)))
        if buyer is None:
            continue
        known[buyer, country] = address
        kept.setdefault(buyer, _default(store, buyer, address))
    Address.objects.bulk_create(kept.values(), batch_size=1000)
    _write(_SEND, sent)


def _category(store: Store, name: str, above: Category | None, position: int) -> Category:
    return Category.objects.create(store=store, name=name, slug=slugify(name), parent=above, sort_order=position)


def _address(random: Random, streets: list[str], country: str) -> dict[str, str]:
    city, postcode = random.choice(CITIES[country])
    return {
        "street": f"{random.randint(1, 140)} {random.choice(streets)}",
        "city": city,
        "state": "",
        "country": country,
        "postalCode": "".join(str(random.randrange(10)) if sign == "#" else sign for sign in postcode),
    }


def _default(store: Store, buyer: int, address: dict[str, str]) -> Address:
    return Address(
        store=store,
        customer_id=buyer,
        is_default=True,
        street=address["street"],
        city=address["city"],
        country=address["country"],
        postal_code=address["postalCode"],
    )


def _write(statement: str, rows: Sequence[tuple[int, object]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(column) for column in zip(*rows, strict=True)])
