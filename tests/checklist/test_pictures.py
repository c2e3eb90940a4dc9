"""Pictures that are uploaded: each test is named after the lines of the checklist that it proves."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from customers import pictures
from customers.models import User
from orders.models import Category
from tests.builders import a_customer, a_product, a_store, a_user
from tests.orders.calls import Caller

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Path) -> None:
    settings.EXPORT_BUCKET, settings.EXPORT_ROOT = "", str(tmp_path)


def upload(call: Caller, path: str) -> str:
    content = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(content, "PNG")
    file = SimpleUploadedFile("a.png", content.getvalue())
    answer = call.client.post(f"/api/v1{path}", {"file": file}, format="multipart")
    assert answer.status_code == 201, answer.content
    return str(answer.json()["data"]["url"])


def test_g110_g125_g145_g160_products_have_pictures_categories_and_people_one() -> None:
    store = a_store()
    product, customer = a_product(store), a_customer(store)
    shelf = Category.objects.create(store=store, name="Cups", slug="cups")
    call = Caller(a_user(User.Role.STAFF, store))
    first, second = (upload(call, f"/products/{product.pk}/images") for _ in range(2))
    of_shelf = upload(call, f"/categories/{shelf.pk}/image")
    of_customer, own = upload(call, f"/customers/{customer.pk}/avatar"), upload(call, "/auth/me/avatar")
    assert pictures.make_pictures() == 5

    shown = call("GET", f"/products/{product.pk}").data
    assert ([image["url"] for image in shown["images"]], shown["imageUrl"]) == ([first, second], first)
    assert call("GET", f"/categories/{shelf.pk}").data["imageUrl"] == of_shelf
    assert call("GET", f"/customers/{customer.pk}").data["avatar"] == of_customer
    assert call("GET", "/auth/me").data["avatar"] == own
