"""The way back: each page but Home says where it is, and each step of that way answers."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from customers.models import User
from orders.models import Product
from tests.admin_pages import logged_in, page
from tests.browser import walk
from tests.builders import a_product, a_store, a_user, an_order

pytestmark = pytest.mark.django_db


def way(text: str) -> list[tuple[str, str | None]]:
    """Return the steps of a page's breadcrumbs: what each says, and where its link leads; the last is the page."""
    found = re.search(r'<nav aria-label="[^"]+"><ol class="crumbs">(.*?)</ol></nav>', text, re.DOTALL)
    if not found:
        return []
    steps = re.findall(r"<li>(.*?)</li>", found[1], re.DOTALL)
    assert [" aria-current" in step for step in steps] == [False] * (len(steps) - 1) + [True]
    links = [re.search(r'<a href="([^"]+)"', step) for step in steps]
    words = [unescape(re.sub(r"<[^>]+>", "", step)).strip() for step in steps]
    return list(zip(words, [unescape(link[1]) if link else None for link in links], strict=True))


def test_every_page_but_home_has_a_way_back_that_answers(settings: LazySettings, tmp_path: Path) -> None:
    settings.EXPORT_BUCKET, settings.EXPORT_ROOT = "", str(tmp_path)
    settings.DEALPORT_SQL_CONSOLE = True
    user = a_user(User.Role.SUPER_ADMIN)
    client, places = logged_in(user), walk.furnish(user)
    paths = [path.format(**places) for path in (*sum(walk.PAGES.values(), ()), *walk.ERRORS)]
    paths += [path for _, own in walk.pages_of_models(user) for path in own]
    faults: dict[str, Any] = {}
    answers: dict[str | None, int] = {}
    for path in paths:
        steps = way(client.get(path, follow=True).content.decode())
        if path.startswith("/home/"):
            assert steps == []
            continue
        links = [link for _, link in steps[:-1]]
        for link in set(links) - {None, *answers}:
            answers[link] = client.get(str(link)).status_code
        names = [name for name, _ in steps]
        is_good = steps and steps[0][0] == "Home" and all(names) and len(set(names)) == len(names)
        if not is_good or {answers[link] for link in links if link} != {200} or path in links:
            faults[path] = steps
    assert faults == {}


@pytest.mark.parametrize(
    ("path", "steps"),
    [
        ("/reports/exports/", [("Home", "/home/"), ("Exports", None)]),
        (
            "/reports/exports/?type=orders",
            [("Home", "/home/"), ("Exports", "/reports/exports/"), ("Orders", None)],
        ),
        (
            "/dashboard/{slug}/",
            [("Home", "/home/?store={slug}"), ("Analytics", None), ("Dashboard", None)],
        ),
        (
            "/dashboard/{slug}/explain/?metric=totalSales&year=2026&month=3",
            [
                ("Home", "/home/?store={slug}"),
                ("Analytics", None),
                ("Dashboard", "/dashboard/{slug}/?year=2026&month=3"),
                ("Total sales", None),
            ],
        ),
        (
            "/analytics/reports/inventory/?store={slug}",
            [
                ("Home", "/home/?store={slug}"),
                ("Products", "/admin/orders/product/?in_store={pk}"),
                ("Inventory", None),
            ],
        ),
        ("/account/", [("Home", "/home/"), ("Settings", "/admin/"), ("Your account", None)]),
        (
            "/api/docs/payments",
            [("Home", "/home/"), ("Settings", "/admin/"), ("API", "/api/docs"), ("payments", None)],
        ),
        ("/search/?q=x", [("Home", "/home/"), ("Search", None)]),
        (
            "/admin/orders/product/{product}/change/?_changelist_filters=q%3Dscarf%26stock%3Dlow",
            [
                ("Home", "/home/?store={slug}"),
                ("Products", "/admin/orders/product/?q=scarf&stock=low"),
                ("Scarf", None),
            ],
        ),
        (
            "/admin/orders/product/{product}/history/",
            [
                ("Home", "/home/?store={slug}"),
                ("Products", "/admin/orders/product/?in_store={pk}"),
                ("Scarf", "/admin/orders/product/{product}/change/"),
                ("History", None),
            ],
        ),
        (
            "/admin/customers/store/add/",
            [("Home", "/home/"), ("Settings", "/admin/"), ("Stores", "/admin/customers/store/"), ("Add store", None)],
        ),
    ],
)
def test_the_way_leads_through_section_and_list(path: str, steps: list[tuple[str, str | None]]) -> None:
    store = a_store()
    a_store()
    names = {"slug": store.slug, "pk": store.pk, "product": a_product(store, name="Scarf").pk}
    client = logged_in(a_user(User.Role.ADMIN))
    expected = [(name, link and link.format(**names)) for name, link in steps]
    assert way(client.get(path.format(**names)).content.decode()) == expected


def test_a_form_of_ticked_rows_leads_back_to_their_list() -> None:
    store = a_store()
    product = a_product(store, stock=3)
    client = logged_in(a_user(User.Role.ADMIN))
    ticked = {"action": "edit_rows", "_selected_action": product.pk}
    text = client.post(f"{page(Product)}?stock=low", ticked).content.decode()
    assert way(text)[1:] == [("Products", f"{page(Product)}?stock=low"), ("Edit prices and stock", None)]


def test_staff_of_one_store_are_led_to_pages_they_may_open() -> None:
    store = a_store()
    order = an_order(store, paid=True)
    client = logged_in(a_user(User.Role.STAFF, store))
    for path in (
        f"/admin/orders/order/{order.pk}/refund/",
        "/admin/orders/transaction/",
        f"/dashboard/{store.slug}/changed/",
    ):
        steps = way(client.get(path).content.decode())
        assert len(steps) > 1
        assert {client.get(link).status_code for _, link in steps if link} == {200}


def test_strangers_see_no_way(client: Client) -> None:
    assert way(client.get("/login/").content.decode()) == []
