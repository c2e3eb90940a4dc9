"""Pages on paper: each names store, period and basis once, gives its totals once, and numbers its sheets."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader

from customers.models import User
from orders.models import Product
from tests.browser.conftest import Visit
from tests.builders import a_customer, a_user, an_order, local
from tests.dashboard.march import march_store

pytestmark = pytest.mark.django_db(transaction=True)


def sheets(browse: Visit, path: str) -> list[str]:
    """Return the text of each sheet of a page, without the spaces, which are a matter of the letters."""
    browse.open(path)
    pdf = browse.page.pdf(format="A4")
    return ["".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages]


def test_figures_and_orders_are_printed_with_what_they_are_about(browse: Visit) -> None:
    store = march_store().store
    Product.objects.update(image_url="")
    order = an_order(store, *["3.00"] * 60, customer=a_customer(store, name="Ada"), at=local(store, 2026, 3, 12, 9))
    browse.open("/login/")
    browse.log_in(a_user(User.Role.STAFF, store).email)
    browse.page.wait_for_url("**/home/")
    finance = "figures=grossSales,netSales,totalSales&by=time&granularity=daily&from=2026-03-01&to=2026-03-31"
    pages = {
        # where, what the first sheet names besides the store, what is there once
        "/dashboard/pottery/?year=2026&month=3": (("March2026", "onthedayitwasplaced", "Asof"), "Totalsales£56.00"),
        f"/analytics/explore/?store=pottery&{finance}": (("Mar1–31,2026", "onthedayitwasplaced"), "2026Total"),
        "/reports/series/?store=pottery&from=2026-03-01&to=2026-03-31": (("Mar1–31,2026",), "Total£56.00"),
        "/dashboard/pottery/snapshot/": (("byorderdate",), "Thisweek"),
        f"/admin/orders/order/{order.pk}/change/": ((order.number,), "Subtotal"),
        "/admin/orders/transaction/?kind__exact=payment": (("Kind:Payment",), "Transactions"),
    }
    for path, (named, once) in pages.items():
        printed = sheets(browse, path)
        assert [name for name in ("Pottery&Co", *named) if name not in printed[0]] == [], printed[0]
        assert "".join(printed).count(once) == 1, printed
        numbers = [f"{number}/{len(printed)}" for number in range(1, len(printed) + 1)]
        assert [number for number, sheet in zip(numbers, printed, strict=True) if number not in sheet] == []
    assert browse.complaints == []
