"""Pictures of a product in a real browser: several for a new one, then put in order and removed."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from customers import pictures
from orders.models import Product
from tests.browser.conftest import Visit
from tests.browser.seeing import faults_to_see
from tests.builders import a_store, a_user

pytestmark = pytest.mark.django_db(transaction=True)

WINDOWS = [
    {"viewport": {"width": 1440, "height": 900}, "color_scheme": "dark"},
    {"viewport": {"width": 390, "height": 844}, "java_script_enabled": False},
]


def a_file(name: str, color: str) -> dict[str, object]:
    data = io.BytesIO()
    Image.new("RGB", (60, 40), color).save(data, "PNG")
    return {"name": name, "mimeType": "image/png", "buffer": data.getvalue()}


@pytest.mark.parametrize("browse", WINDOWS, indirect=True, ids=["wide", "phone-without-scripts"])
def test_pictures_come_with_a_new_product_and_are_arranged_on_its_page(browse: Visit) -> None:
    a_user("staff", a_store(), email="jo@example.com")
    page = browse.page
    browse.open("/admin/orders/product/add/")
    browse.log_in("jo@example.com")
    page.get_by_label("Name:", exact=True).fill("Oakwood chair")
    page.get_by_label("SKU:", exact=True).fill("CHAIR-1")
    page.get_by_label("Price:", exact=True).fill("49.00")
    page.get_by_label("Add pictures").set_input_files(
        [a_file("a.png", "red"), a_file("b.png", "green"), a_file("c.png", "blue")]
    )
    page.get_by_role("button", name="Save", exact=True).click()
    product = Product.objects.get(name="Oakwood chair")
    red, _green, blue = pictures.pictures_of(product)
    pictures.make_pictures()

    browse.open(f"/admin/orders/product/{product.pk}/change/")
    assert page.get_by_alt_text("Picture 3").is_visible()
    page.get_by_label("Position of picture 3").fill("0")
    page.get_by_label("Remove picture 2").check()
    assert faults_to_see(browse) == []
    page.get_by_role("button", name="Save", exact=True).click()
    assert list(pictures.pictures_of(product)) == [blue, red]
    product.refresh_from_db()
    assert product.image_url == blue.address
    assert browse.complaints == []
