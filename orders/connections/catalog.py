"""What sources report of products and customers: names, prices, pictures and phones follow them, cost, tags and notes
are ours.

Products are known by SKU, customers by email address; what is not here yet comes with its first order.
"""

from __future__ import annotations

from decimal import Decimal

from customers.actions import update_customer as change_customer
from customers.models import Customer, Picture
from customers.pictures import fetch_later
from dealport.kit.emails import fold_email
from dealport.kit.money import unit_of
from dealport.kit.values import Json
from orders.actions import update_product as change_product
from orders.models import Connection, Product
from orders.pricing import quantize

ONLY_VARIANT = "Default Title"
NOT_HERE = "It is not here yet: it comes with its first order."


def update_product(connection: Connection, topic: str, content: Json) -> str:
    """Give our product of each SKU the name, price and picture the source states; return what is to be said of it.

    A worker fetches the picture, once for each address.
    """
    stated = _variants(content) if content and not topic.endswith("delete") else {}
    found = Product.objects.filter(store=connection.store_id, deleted_at=None, sku__in=stated)
    picture = _picture(content)
    count = 0
    for product in found.select_related("store"):
        name, price = stated[product.sku]
        price = quantize(price, unit_of(product.store.currency))
        changes = {"name": name, "price": price}
        if (product.name, product.price) != (name, price):
            change_product(product=product, changes=changes, actor=None)
        if picture:
            fetch_later(product, picture, is_first=True)
        count += 1
    return "" if count else NOT_HERE


def update_customer(connection: Connection, topic: str, content: Json) -> str:
    """Give our customer of the email address the names and phone number the source states."""
    email = fold_email(str(content.get("email") or ""))
    customer = Customer.objects.present().filter(store=connection.store_id, email=email).first() if email else None
    if customer is None:
        return NOT_HERE
    billing = content.get("billing") or {}
    stated = {
        "first_name": content.get("first_name"),
        "last_name": content.get("last_name"),
        "phone": content.get("phone") or billing.get("phone"),
    }
    changes = {name: str(value) for name, value in stated.items() if value and getattr(customer, name) != str(value)}
    if changes:
        change_customer(customer=customer, changes=changes, actor=None)
    return ""


def _variants(content: Json) -> dict[str, tuple[str, Decimal]]:
    """Return name and price by SKU, as Shopify or WooCommerce states a product."""
    if "variants" not in content:
        sku, price = content.get("sku"), content.get("price")
        return {sku: (content["name"], Decimal(price))} if sku and price else {}
    found = {}
    for variant in content["variants"]:
        own = variant.get("title") or ONLY_VARIANT
        name = content["title"] if own == ONLY_VARIANT else f"{content['title']} - {own}"
        if variant.get("sku"):
            found[variant["sku"]] = (name, Decimal(variant["price"]))
    return found


def _picture(content: Json) -> str:
    """Return the address of the product's first picture, which Shopify and WooCommerce call `src`; "" without one."""
    images = content.get("images")
    first = images[0] if isinstance(images, list) and images else content.get("image")
    address = first.get("src") if isinstance(first, dict) else None
    longest = Picture._meta.get_field("source_url").max_length or 0
    return address if isinstance(address, str) and len(address) <= longest else ""
