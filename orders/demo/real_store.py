"""The real store: its orders as they were exported, through the importer."""

from __future__ import annotations

import zlib
from pathlib import Path

from django.conf import settings
from django.db import connection

from customers.actions import create_store
from customers.models import Store
from orders.demo.pictures import PictureFolder, kind_of
from orders.demo.profiles import REAL_STORE
from orders.demo.progress import Progress
from orders.demo.shelves import invent_addresses, shelve_products
from orders.importing import import_orders
from orders.importing.progress import Progress as FileProgress
from orders.models import Product

EXPORT = Path(__file__).parent / "data" / "online_retail_2010-12_2011-06.orders.csv.gz"
SHOW_PICTURES = """
UPDATE orders_product p SET image_url = drawn.url
FROM unnest(%s::bigint[], %s::text[]) AS drawn(id, url) WHERE p.id = drawn.id
"""


def import_real_store(progress: Progress) -> None:
    """Create the store, import its orders, shelve and draw what it sells. Raises ImportRefused for a damaged export."""
    slug, name, currency, timezone = REAL_STORE
    store = create_store(slug=slug, name=name, currency=currency, timezone=timezone, actor=None)
    progress.begin(slug)
    reading = FileProgress(progress.stream)
    receipt = import_orders(EXPORT, store, progress=reading)
    reading.close()
    progress.end(receipt.orders)
    shelve_products(store)
    invent_addresses(store)
    draw_products(store, progress)


def draw_products(store: Store, progress: Progress) -> None:
    """Give every product of the store a picture of what its name says it is, else of its initial."""
    pictures = PictureFolder(settings.MEDIA_ROOT, settings.MEDIA_URL, store.slug)
    products = list(Product.objects.filter(store=store).order_by("pk").values_list("pk", "sku", "name"))
    progress.begin(f"{store.slug}, pictures", len(products))
    urls = []
    for pk, sku, name in products:
        kind = kind_of(name)
        urls.append((pk, pictures.add(sku or name, name=name, kind=kind, ground=zlib.crc32(kind.encode()))))
        progress.advance(1)
    with connection.cursor() as cursor:
        cursor.execute(SHOW_PICTURES, [list(column) for column in zip(*urls, strict=True)])
    progress.end(len(products))
