"""Pictures of products and categories: uploaded, or fetched once from an address."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext

from customers.auditing import record
from customers.models import Picture, User
from customers.pictures import add_picture, fetch_later, pictures_of
from dealport.kit.errors import invalid
from orders.actions import catalog
from orders.models import Category, Product
from orders.signals import product_changed

MAX_IMAGES = 20


def add_image(*, product: Product, file: UploadedFile | None = None, url: str = "", actor: User | None) -> Picture:
    """Add a picture to a product, after those it has. Raises ValidationError, StorageAway, StorageRefused."""
    if pictures_of(product).count() >= MAX_IMAGES:
        raise invalid(
            "file",
            gettext("A product has at most {max_images} pictures. Remove one first.").format(max_images=MAX_IMAGES),
        )
    return add_picture(product, file=file, url=url, is_public=True, actor=actor)


def may_show(address: str) -> bool:
    """Tell whether a product or category may name this address: on the web by HTTPS, or on this host."""
    plain = ("http://",) if settings.DEALPORT_LOCAL_SOURCES else ()
    return not address or address.startswith(("https://", "/", *plain))


def fetch_image(row: Product | Category, actor: User | None) -> None:
    """Let a worker fetch the picture that a product or category names by a web address, which ours then replaces.

    Raises ValidationError for another address than `may_show`, and where a product has MAX_IMAGES already.
    """
    if not may_show(row.image_url):
        raise invalid("imageUrl", gettext("Enter an address that begins with https:// or /."))
    if not row.image_url.startswith(("https://", "http://")):
        return
    is_product = isinstance(row, Product)
    if is_product and pictures_of(row).exclude(source_url=row.image_url).count() >= MAX_IMAGES:
        raise invalid(
            "imageUrl",
            gettext("A product has at most {max_images} pictures. Remove one first.").format(max_images=MAX_IMAGES),
        )
    fetch_later(row, row.image_url, is_first=is_product)
    if isinstance(row, Product):
        show_first_image(row, actor)  # what was fetched before is there at once


@transaction.atomic
def arrange_images(*, product: Product, ids: Sequence[int], actor: User | None) -> Product:
    """Keep the pictures with these ids, in this order. Raises ValidationError for one the product does not have."""
    product = catalog.lock(product)
    known = {picture.pk: picture.address for picture in pictures_of(product)}
    if len(set(ids)) < len(ids) or not set(ids) <= known.keys():
        raise invalid("imageIds", gettext("Name pictures of this product, each once."))
    for position, pk in enumerate(ids):
        pictures_of(product).filter(pk=pk).update(position=position)
    left = pictures_of(product).exclude(pk__in=ids)
    sources = {*left.values_list("source_url", flat=True)}
    left.delete()
    addresses = [known[pk] for pk in ids]
    record("pictures arranged", product, before={"images": [*known.values()]}, after={"images": addresses}, actor=actor)
    show_first_image(product, actor, gone=sources | set(known.values()) - set(addresses))
    return product


def show_first_image(product: Product, actor: User | None, gone: Collection[str] = ()) -> None:
    """Let a locked product show the first of its pictures that is ready, and none that is gone."""
    first = pictures_of(product).filter(status=Picture.Status.READY).first()
    address = first.address if first else "" if product.image_url in gone else product.image_url
    if address != product.image_url:
        catalog.change(product, {"image_url"}, {"image_url": address}, actor)
        product_changed.send(Product, product=product, actor=actor)
