"""The search of the whole product: orders, customers, products, stores and pages, a few of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from customers.access import listed, stores_for
from customers.models import Customer, User
from customers.search import search_customers
from dashboard.pages.places import SECTIONS, SETTINGS
from dashboard.pages.shell import Shell
from dealport.kit.formats import money_text
from orders.models import Order, Product
from orders.search import search_orders, search_products

SHOWN = 8
MOST_CHARACTERS = 100


@dataclass(frozen=True)
class Hit:
    """One thing that was found."""

    title: str
    address: str
    note: str = ""


@dataclass(frozen=True)
class Hits:
    """What was found of a kind; `more` leads to all of it where not all is shown."""

    title: str
    rows: list[Hit]
    more: str = ""


@login_required
@require_safe
@cache_control(private=True, no_store=True)
def search(request: HttpRequest) -> HttpResponse:
    """Show what `q` finds in the person's stores; an order whose number is exactly `q` is opened at once."""
    assert isinstance(request.user, User)
    text = request.GET.get("q", "").replace("\0", "").strip()[:MOST_CHARACTERS]
    found: list[Hits] = []
    if text:
        orders = _orders(request.user, text)
        if len(orders) == 1 and orders[0].number.casefold() == text.casefold():
            return redirect("admin:orders_order_change", orders[0].pk)
        found = [
            _hits(gettext("Orders"), "orders_order", text, [_order(order) for order in orders]),
            _hits(gettext("Customers"), "customers_customer", text, _customers(request.user, text)),
            _hits(gettext("Products"), "orders_product", text, _products(request.user, text)),
            Hits(gettext("Stores"), _stores(request.user, text)),
            Hits(gettext("Pages"), _pages(Shell(request), text)),
        ]
    return render(request, "dashboard/search.html", {"q": text, "found": [hits for hits in found if hits.rows]})


def _hits(title: str, model: str, text: str, rows: list[Hit]) -> Hits:
    address = f"{reverse(f'admin:{model}_changelist')}?{urlencode({'q': text})}"
    return Hits(title, rows[:SHOWN], address if len(rows) > SHOWN else "")


def _works(user: User) -> bool:
    return user.is_staff


def _orders(user: User, text: str) -> list[Order]:
    if not _works(user):
        return []
    rows = search_orders(user, listed(Order.objects.all(), user), text)
    return list(rows.select_related("customer", "store").order_by("-placed_at", "-pk")[: SHOWN + 1])


def _order(order: Order) -> Hit:
    customer = order.customer or gettext("guest")
    note = (
        f"{customer} · {money_text(order.total_amount, order.currency)} · {order.get_status_display()} · {order.store}"
    )
    return Hit(order.number, reverse("admin:orders_order_change", args=[order.pk]), note)


def _customers(user: User, text: str) -> list[Hit]:
    if not _works(user):
        return []
    rows: Any = listed(Customer.objects.filter(deleted_at__isnull=True), user)
    found = search_customers(rows, text).select_related("store").order_by("-pk")[: SHOWN + 1]
    return [
        Hit(str(each), reverse("admin:customers_customer_change", args=[each.pk]), f"{each.email} · {each.store}")
        for each in found
    ]


def _products(user: User, text: str) -> list[Hit]:
    if not _works(user):
        return []
    rows = search_products(listed(Product.objects.filter(deleted_at__isnull=True), user), text)
    return [
        Hit(
            product.name,
            reverse("admin:orders_product_change", args=[product.pk]),
            f"{product.sku} · {money_text(product.price, product.store.currency)} · {product.store}",
        )
        for product in rows.select_related("store").order_by("-pk")[: SHOWN + 1]
    ]


def _stores(user: User, text: str) -> list[Hit]:
    rows = stores_for(user).filter(Q(name__icontains=text) | Q(slug__icontains=text)).order_by("name")[:SHOWN]
    return [Hit(store.name, f"{reverse('home')}?store={store.slug}", store.currency) for store in rows]


def _pages(shell: Shell, text: str) -> list[Hit]:
    """Return the pages the person may open whose name has the text."""
    groups = [(section.label, section.places) for section in SECTIONS]
    groups += [(gettext("Settings, {title}").format(title=title), places) for title, _, places in SETTINGS]
    hits = {
        place.view + place.name: Hit(place.label, place.address(None), label)
        for label, places in reversed(groups)  # what stands in the rail and among the settings is that of the rail
        for place in reversed(places)
        if text.casefold() in f"{label} {place.label}".casefold() and shell.may_open(place)
    }
    return list(reversed(hits.values()))[:SHOWN]
