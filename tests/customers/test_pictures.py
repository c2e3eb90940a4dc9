"""Pictures: whatever comes from outside is drawn anew, stored and served from our own address."""

from __future__ import annotations

import io
import json
import socket
import struct
import threading
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from urllib3.connection import HTTPSConnection

from customers import pictures
from customers.actions import erase_customer
from customers.models import Picture, Store, User
from dealport.kit import outbound
from dealport.kit.storage import StorageAway
from orders.actions import create_variant
from orders.actions.images import add_image
from orders.connections.catalog import update_product
from orders.models import Category, Connection, Product
from tests.admin_pages import logged_in, page
from tests.builders import a_customer, a_product, a_store, a_user
from tests.dealport.document import document
from tests.orders.calls import Caller

pytestmark = pytest.mark.django_db

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
FORMS: dict[type[Product] | type[Category], dict[str, Any]] = {
    Product: {
        "price": "10.00",
        "stock": "",
        "initial-stock": "",
        "low_stock_threshold": "10",
        "status": "ACTIVE",
        "variants-TOTAL_FORMS": 0,
        "variants-INITIAL_FORMS": 0,
    },
    Category: {"sort_order": 0},
}


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Path) -> Path:
    settings.EXPORT_BUCKET, settings.EXPORT_ROOT = "", str(tmp_path / "files")
    return tmp_path / "files"


@pytest.fixture
def store() -> Store:
    return a_store(slug="tea")


@pytest.fixture
def staff(store: Store) -> User:
    return a_user(User.Role.STAFF, store)


def picture(size: tuple[int, int] = (400, 300), kind: str = "PNG", **options: Any) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", size, "red").save(content, kind, **options)
    return content.getvalue()


def bomb(width: int, height: int) -> bytes:
    """Return a PNG of a few hundred bytes whose header promises that many pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 9_000))
        + chunk(b"IEND", b"")
    )


def send(call: Caller, path: str, content: bytes, name: str = "a.png") -> Any:
    return call.client.post(f"/api/v1{path}", {"file": SimpleUploadedFile(name, content)}, format="multipart")


def load(address: str, user: User | None = None) -> tuple[int, Any, bytes]:
    """Return status, headers and content of an address, for a stranger or somebody with a session."""
    client = Client()
    if user is not None:
        client.force_login(user)
    answer = client.get(address)
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return answer.status_code, answer.headers, content


class Host(BaseHTTPRequestHandler):
    """A host of pictures, and of what pretends to be one."""

    answers: dict[str, tuple[int, dict[str, str], bytes]] = {}

    def do_GET(self) -> None:
        status, headers, content = self.answers[self.path]
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def host() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Host)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_an_uploaded_picture_becomes_the_products_and_is_served_small_and_large(store: Store, staff: User) -> None:
    product, call = a_product(store), Caller(staff)
    path = f"/products/{product.pk}/images"
    sent = send(call, path, picture((3_000, 1_500), "JPEG", exif=b"Exif\0\0secret place"), "me.jpg")
    assert sent.status_code == 201, sent.content
    second = send(call, path, picture(kind="GIF"))
    assert load(sent.json()["data"]["url"])[0] == 404
    assert (pictures.make_pictures(), pictures.make_pictures()) == (2, 0)
    product.refresh_from_db()
    first_id, second_id = sent.json()["data"]["id"], second.json()["data"]["id"]
    images = call("GET", f"/products/{product.pk}").data["images"]
    assert [(i["id"], i["status"], i["width"], i["height"]) for i in images] == [
        (first_id, "ready", 2_000, 1_000),
        (second_id, "ready", 400, 300),
    ]
    assert product.image_url == images[0]["url"]
    for name, size in (("url", (2_000, 1_000)), ("thumbnailUrl", (320, 160))):
        _, headers, content = load(images[0][name])
        assert (headers["Content-Type"], Image.open(io.BytesIO(content)).size) == ("image/webp", size)
        assert b"secret" not in content
        assert headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert "sandbox" in headers["Content-Security-Policy"]
    assert call("PATCH", f"/products/{product.pk}", {"imageIds": [second_id]}).data["imageUrl"] == images[1]["url"]
    assert call("PATCH", f"/products/{product.pk}", {"imageIds": [first_id]}).refusal == (400, ["imageIds"])


def test_pictures_wait_apart_from_the_fold_and_a_worker_begins_none_after_its_turn(
    store: Store, staff: User, settings: Any
) -> None:
    product, call = a_product(store), Caller(staff)
    for _ in range(2):
        assert send(call, f"/products/{product.pk}/images", picture()).status_code == 201
    with mock.patch.object(pictures, "TURN_SECONDS", -1.0):
        assert pictures.make_pictures() == 0
    assert pictures.make_pictures() == 2
    assert settings.CELERY_TASK_ROUTES["customers.tasks.make_pictures"] == {"queue": "sources"}
    assert "dashboard.tasks.fold_ledger" not in settings.CELERY_TASK_ROUTES


@pytest.mark.parametrize("kind", ["", '; filename="a.png"'])
def test_a_form_of_thousands_of_fields_or_files_is_400_and_no_error_in_the_log(
    staff: User, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    part = f'--x\r\nContent-Disposition: form-data; name="a"{kind}\r\n\r\n1\r\n'
    answer = Caller(staff).client.generic(
        "POST", "/api/v1/auth/me/avatar", part * 2_000 + "--x--\r\n", "multipart/form-data; boundary=x"
    )

    assert (answer.status_code, answer.json()["code"]) == (400, "MALFORMED_REQUEST")
    assert answer.json()["message"].startswith("The form has too many fields or files.")
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


@pytest.mark.parametrize(
    "content",
    [
        SVG,
        b"<!doctype html><script>alert(1)</script>",
        b"",
        bomb(60_000, 60_000),
        bomb(25_001, 1_000),
        b"GIF89a" + b"\0" * 20,
        b"%PDF-1.4 not a picture",
    ],
    ids=["svg", "html", "empty", "bomb", "too many pixels", "cut", "pdf"],
)
def test_what_is_no_picture_we_take_is_refused_at_once(store: Store, staff: User, content: bytes) -> None:
    product = a_product(store)
    answer = send(Caller(staff), f"/products/{product.pk}/images", content)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["file"])
    assert not Picture.objects.exists()


def test_of_a_form_one_of_both_fields_may_be_left_empty(store: Store, staff: User) -> None:
    call, path = Caller(staff), f"/api/v1/products/{a_product(store).pk}/images"
    for url, status in (("", 201), ("https://a.example/a.png", 400)):
        form = {"file": SimpleUploadedFile("a.png", picture()), "url": url}
        assert call.client.post(path, form, format="multipart").status_code == status
    assert call.client.post(path, {"url": ""}, format="json").status_code == 400
    body = document()["paths"]["/api/v1/products/{id}/images"]["post"]["requestBody"]["content"]["multipart/form-data"]
    name = body["schema"]["$ref"].rpartition("/")[2]
    assert "minLength" not in document()["components"]["schemas"][name]["properties"]["url"]


def test_a_file_that_is_a_picture_and_a_page_at_once_loses_the_page(store: Store, staff: User) -> None:
    product = a_product(store)
    send(Caller(staff), f"/products/{product.pk}/images", picture() + SVG, "a.html")
    pictures.make_pictures()
    made = Picture.objects.get()
    assert (made.status, b"script" in load(made.address)[2]) == ("ready", False)


def test_a_picture_cut_short_fails_with_its_reason_and_large_files_are_refused(store: Store, staff: User) -> None:
    product, call = a_product(store), Caller(staff)
    path = f"/products/{product.pk}/images"
    send(call, path, picture()[:200])
    pictures.make_pictures()
    (image,) = call("GET", f"/products/{product.pk}").data["images"]
    assert (image["status"], image["error"][:20]) == ("failed", "This is not a pictur")
    assert send(call, path, picture() + b"\0" * 10_000_000).status_code == 400
    assert call("POST", path, {}).refusal == (400, ["file"])


def test_a_picture_at_an_address_is_fetched_once_also_through_redirects(store: Store, staff: User, host: str) -> None:
    Host.answers = {"/a": (302, {"Location": "/b.png"}, b""), "/b.png": (200, {"Content-Type": "text/html"}, picture())}
    product, call = a_product(store), Caller(staff)
    assert call("POST", f"/products/{product.pk}/images", {"url": f"{host}/a"}).status == 201
    assert pictures.make_pictures() == 1
    Host.answers = {}
    product.refresh_from_db()
    assert product.image_url == Picture.objects.get().address
    assert load(product.image_url)[0] == 200


def test_an_address_given_as_the_image_of_a_product_or_category_is_fetched_once_and_replaced(
    store: Store, staff: User, host: str
) -> None:
    Host.answers = {"/a.png": (200, {}, picture()), "/b.png": (200, {}, picture())}
    call, given = Caller(staff), {"name": "Cup", "imageUrl": f"{host}/a.png"}
    pk = call("POST", "/products", {**given, "price": 3}).data["id"]
    shelf = call("POST", "/categories", given).data["id"]
    assert pictures.make_pictures() == 2
    first = call("GET", f"/products/{pk}").data["imageUrl"]
    assert {first, call("GET", f"/categories/{shelf}").data["imageUrl"]} == {
        made.address for made in Picture.objects.all()
    }
    assert (load(first)[0], load(f"{first}/small")[0]) == (200, 200)

    # another address comes before the first picture, the same one is there already
    assert call("PATCH", f"/products/{pk}", {"imageUrl": f"{host}/b.png"}).data["imageUrl"] == first
    assert call("PATCH", f"/categories/{shelf}", {"imageUrl": f"{host}/b.png"}).status == 200
    Host.answers["/a.png"] = (500, {}, b"")
    assert call("PATCH", f"/products/{pk}", {"imageUrl": f"{host}/a.png"}).data["imageUrl"] == first
    assert pictures.make_pictures() == 2
    shown = call("GET", f"/products/{pk}").data
    assert [image["sourceUrl"] for image in shown["images"]] == [f"{host}/b.png", f"{host}/a.png"]
    assert shown["imageUrl"] == shown["images"][0]["url"]
    assert Picture.objects.filter(subject="orders.category").count() == 1  # a category shows one


def test_an_address_that_is_not_fetched_stays_a_link_and_says_why(store: Store, staff: User, settings: Any) -> None:
    settings.DEALPORT_LOCAL_SOURCES = False
    call, address = Caller(staff), "https://127.0.0.1/a.png"
    pk = call("POST", "/products", {"name": "Cup", "price": 3, "imageUrl": address}).data["id"]
    assert pictures.make_pictures() == 0
    shown = call("GET", f"/products/{pk}").data
    (image,) = shown["images"]
    assert (shown["imageUrl"], image["status"], "private address" in image["error"]) == (address, "failed", True)
    assert call("PATCH", f"/products/{pk}", {"imageIds": []}).data["imageUrl"] == ""


@pytest.mark.parametrize(
    "images",
    [{"images": [{"src": "{host}/a.png"}, {"src": "{host}/b.png"}]}, {"image": {"src": "{host}/a.png"}}],
    ids=["several", "one"],
)
def test_the_picture_of_a_source_is_fetched_once(store: Store, host: str, images: Any) -> None:
    Host.answers = {"/a.png": (200, {}, picture())}
    product = a_product(store, sku="MUG")
    stated = {
        "name": product.name,
        "price": "10.00",
        "sku": "MUG",
        **json.loads(json.dumps(images).replace("{host}", host)),
    }
    for _ in range(2):
        assert update_product(Connection(store=store), "product.updated", stated) == ""
        pictures.make_pictures()
    product.refresh_from_db()
    assert [product.image_url] == [made.address for made in Picture.objects.all()]
    for odd in (
        {"images": []},
        {"images": "x"},
        {"image": None},
        {"images": [{"src": 5}]},
        {"image": {"src": "x" * 2001}},
    ):
        assert update_product(Connection(store=store), "product.updated", {**stated, "image": None, **odd}) == ""
    assert Picture.objects.count() == 1


@pytest.mark.parametrize(
    "answer",
    [
        (200, {}, SVG),
        (200, {}, b"\0" * 10_000_001),
        (404, {}, b""),
        (302, {"Location": "/a"}, b""),
        (302, {"Location": "file:///etc/passwd"}, b""),
    ],
    ids=["svg", "endless", "missing", "circle", "file"],
)
def test_a_bad_answer_leaves_the_product_as_it_was(
    store: Store, staff: User, host: str, answer: Any, settings: Any
) -> None:
    Host.answers = {"/a": answer}
    product = a_product(store, image_url="/media/a.svg")
    pictures.add_picture(product, url=f"{host}/a", actor=staff)
    for _ in range(pictures.MAX_ATTEMPTS):
        Picture.objects.exclude(due_at=None).update(due_at="2020-01-01T00:00:00Z")
        assert pictures.make_pictures() == 0
    product.refresh_from_db()
    made = Picture.objects.get()
    assert (made.status, made.error != "", product.image_url) == ("failed", True, "/media/a.svg")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "169.254.169.254",
        "10.0.0.8",
        "::ffff:127.0.0.1",
        "::1",
        "fe80::1%eth0",
        "64:ff9b::7f00:1",
        "0.0.0.0",
    ],
)
def test_private_addresses_are_refused_when_named_and_when_a_redirect_leads_there(
    store: Store, staff: User, settings: Any, address: str
) -> None:
    settings.DEALPORT_LOCAL_SOURCES = False
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))]
    product = a_product(store)
    with mock.patch.object(outbound.socket, "getaddrinfo", return_value=found):
        refused = Caller(staff)("POST", f"/products/{product.pk}/images", {"url": "https://pictures.example/a.png"})
    assert refused.refusal == (400, ["url"])
    public = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 443))]
    made = Picture.objects.create(
        subject="orders.product", subject_id=product.pk, source_url="https://a.example/", store=store
    )
    answer = mock.MagicMock(status=302, headers={"Location": "https://inside.example/"})
    pools = mock.MagicMock()
    pools.return_value.urlopen.return_value = answer
    pools.return_value.ConnectionCls = HTTPSConnection
    with (
        mock.patch.object(outbound.socket, "getaddrinfo", side_effect=[public, found]),
        mock.patch.object(outbound.urllib3, "HTTPSConnectionPool", pools),
    ):
        pictures.make_pictures()
    made.refresh_from_db()
    # the one connection went to the address that was checked
    assert [call.args[0] for call in pools.call_args_list] == ["93.184.216.34"]
    assert (made.status, "private address" in made.error) == ("failed", True)


@pytest.mark.parametrize(
    "url", ["ftp://a.example/a.png", "https://u:p@a.example/", "javascript:alert(1)", "//a", "x" * 2001]
)
def test_what_is_no_public_address_is_refused(store: Store, staff: User, settings: Any, url: str) -> None:
    settings.DEALPORT_LOCAL_SOURCES = False
    assert Caller(staff)("POST", f"/products/{a_product(store).pk}/images", {"url": url}).refusal == (400, ["url"])


def test_an_image_address_without_tls_is_refused_at_once_and_changes_nothing(
    store: Store, staff: User, settings: Any
) -> None:
    settings.DEALPORT_LOCAL_SOURCES = False
    call, product, body = Caller(staff), a_product(store), {"imageUrl": "http://pictures.example/a.png"}
    assert call("POST", "/products", {"name": "Cup", "price": 3, **body}).refusal == (400, ["imageUrl"])
    assert call("POST", "/categories", {"name": "Cups", **body}).refusal == (400, ["imageUrl"])
    refused = call("PATCH", f"/products/{product.pk}", body)
    assert refused.refusal == (400, ["imageUrl"])
    rows = [{"sku": product.sku, **body}, {"sku": "NEW", "name": "Cup", "price": 3, **body}]
    answer = call("POST", "/products/bulk", {"products": rows}).data
    assert [(row["outcome"], [*row["errors"]]) for row in answer["rows"]] == [("refused", ["imageUrl"])] * 2
    assert Product.objects.get().image_url == ""
    assert not Picture.objects.exists()


@pytest.mark.parametrize("address", ["http://pictures.example/a.png", "javascript:alert(1)"])
def test_the_admin_refuses_such_an_image_address_on_its_field(
    store: Store, staff: User, settings: Any, address: str
) -> None:
    settings.DEALPORT_LOCAL_SOURCES = False
    rows = (a_product(store), Category.objects.create(store=store, name="Cups", slug="cups"))
    for row in rows:
        body = {**FORMS[type(row)], "name": row.name, "slug": row.slug, "image_url": address}
        refused = logged_in(staff).post(page(type(row), "change", row.pk), body)
        assert refused.context["adminform"].form.errors == {
            "image_url": ["Enter an address that begins with https:// or /."]
        }
        row.refresh_from_db()
        assert row.image_url == ""
    assert not Picture.objects.exists()


def test_a_variant_does_not_inherit_an_address_from_before(store: Store, settings: Any) -> None:
    settings.DEALPORT_LOCAL_SOURCES = False
    product = a_product(store, image_url="http://pictures.example/a.png")
    assert create_variant(product=product, options={"Size": "M"}, actor=None).image_url == ""


def test_people_are_seen_by_their_store_alone_and_forgotten_when_erased(store: Store, staff: User, files: Path) -> None:
    customer, call = a_customer(store), Caller(staff)
    for _ in range(2):
        assert send(call, f"/customers/{customer.pk}/avatar", picture()).status_code == 201
        pictures.make_pictures()
    customer.refresh_from_db()
    assert Picture.objects.get().address == customer.avatar

    people = (staff, a_user(User.Role.ADMIN), a_user(User.Role.STAFF, a_store()), a_user(User.Role.USER), None)
    assert [load(customer.avatar, user)[0] for user in people] == [200, 200, 404, 404, 404]
    erase_customer(customer=customer, actor=None)
    assert (load(customer.avatar, staff)[0], Picture.objects.count()) == (404, 0)
    with mock.patch.object(pictures, "LEFT_OVER", -pictures.LEFT_OVER):
        assert pictures.clean() == 4
    assert not list(files.rglob("*.webp"))


def test_accounts_and_categories_have_a_picture(store: Store, staff: User) -> None:
    call, shelf = Caller(staff), Category.objects.create(store=store, name="Cups", slug="cups")
    assert send(call, "/auth/me/avatar", picture()).status_code == 201
    assert send(call, f"/categories/{shelf.pk}/image", picture()).status_code == 201
    pictures.make_pictures()
    staff.refresh_from_db()
    shelf.refresh_from_db()
    assert (load(staff.avatar)[0], load(f"{shelf.image_url}/small")[0]) == (404, 200)
    status, headers, _ = load(staff.avatar, a_user(User.Role.USER))
    assert (status, headers["Cache-Control"]) == (200, "private, max-age=86400, immutable")


def test_a_storage_that_is_away_is_a_503_and_a_dead_worker_costs_an_attempt(
    store: Store, staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    product, call = a_product(store), Caller(staff)
    with monkeypatch.context() as patch:
        patch.setattr("dealport.kit.storage.local.LocalStore.put", mock.Mock(side_effect=StorageAway("away")))
        assert send(call, f"/products/{product.pk}/images", picture()).status_code == 503
    send(call, f"/products/{product.pk}/images", picture())
    with monkeypatch.context() as patch:
        patch.setattr(pictures, "draw", mock.Mock(side_effect=SystemExit))
        for _ in range(pictures.MAX_ATTEMPTS):
            with pytest.raises(SystemExit):
                pictures.make_pictures()
            Picture.objects.update(due_at="2020-01-01T00:00:00Z")
    assert pictures.make_pictures() == 0
    assert Picture.objects.get().error.startswith("The worker stopped")
    assert Product.objects.get().image_url == ""


def test_the_admin_takes_a_picture_on_the_products_page_and_refuses_what_is_none(store: Store, staff: User) -> None:
    product = a_product(store)
    client, address = logged_in(staff), page(Product, "change", product.pk)
    form = {**FORMS[Product], "name": product.name}
    refused = client.post(address, {**form, "new_picture": SimpleUploadedFile("a.svg", SVG)})
    assert (refused.status_code, b"not a picture" in refused.content, Picture.objects.count()) == (200, True, 0)
    assert client.post(address, {**form, "new_picture": SimpleUploadedFile("a.png", picture())}).status_code == 302
    pictures.make_pictures()
    product.refresh_from_db()
    assert product.image_url == Picture.objects.get().address


def test_the_admin_takes_several_pictures_of_a_product_on_a_new_one_too(store: Store, staff: User) -> None:
    client = logged_in(staff)
    form = {**FORMS[Product], "store": store.pk, "name": "Cup", "sku": "CUP-1"}
    files = [SimpleUploadedFile(f"{name}.png", picture()) for name in "ab"]
    refused = client.post(page(Product, "add"), {**form, "new_picture": [*files, SimpleUploadedFile("c.svg", SVG)]})
    assert (refused.status_code, Product.objects.count(), Picture.objects.count()) == (200, 0, 0)
    files = [SimpleUploadedFile(f"{name}.png", picture()) for name in "ab"]
    assert client.post(page(Product, "add"), {**form, "new_picture": files}).status_code == 302
    made = pictures.pictures_of(Product.objects.get())
    assert [one.position for one in made] == [0, 1]


def test_the_admin_orders_and_removes_the_pictures_of_a_product(store: Store, staff: User) -> None:
    product = a_product(store)
    first, second, third = (
        add_image(product=product, file=SimpleUploadedFile("a.png", picture()), actor=staff) for _ in range(3)
    )
    pictures.make_pictures()
    client, address = logged_in(staff), page(Product, "change", product.pk)
    form = {**FORMS[Product], "name": product.name, "pictures-TOTAL_FORMS": 3, "pictures-INITIAL_FORMS": 3}
    form |= {f"pictures-{at}-pk": one.pk for at, one in enumerate((first, second, third))}
    wrong = client.post(address, {**form, "pictures-0-ORDER": "x", "pictures-1-ORDER": 2, "pictures-2-ORDER": 3})
    assert (wrong.status_code, b"Enter whole numbers" in wrong.content) == (200, True)
    late = add_image(product=product, file=SimpleUploadedFile("a.png", picture()), actor=staff)  # on another screen
    form |= {"pictures-0-ORDER": 3, "pictures-1-ORDER": 2, "pictures-2-ORDER": 1, "pictures-1-DELETE": "on"}
    assert client.post(address, form).status_code == 302
    assert [one.pk for one in pictures.pictures_of(product)] == [third.pk, first.pk, late.pk]
    product.refresh_from_db()
    assert product.image_url == third.address


def test_the_admin_orders_no_pictures_of_another_product(store: Store, staff: User) -> None:
    product, other = a_product(store), a_product(store)
    for row in (product, other):
        add_image(product=row, file=SimpleUploadedFile("a.png", picture()), actor=staff)
    foreign = pictures.pictures_of(other).get()
    form = {**FORMS[Product], "name": product.name, "pictures-TOTAL_FORMS": 1, "pictures-INITIAL_FORMS": 1}
    form |= {"pictures-0-pk": foreign.pk, "pictures-0-ORDER": 1}
    refused = logged_in(staff).post(page(Product, "change", product.pk), form)
    assert (refused.status_code, b"Name pictures of this product" in refused.content) == (200, True)
    assert (pictures.pictures_of(product).count(), pictures.pictures_of(other).count()) == (1, 1)


@pytest.mark.parametrize("subject", ["category", "customer", "account"])
def test_the_admin_takes_a_picture_of_categories_customers_and_accounts(
    store: Store, staff: User, subject: str
) -> None:
    super_admin = a_user(User.Role.SUPER_ADMIN)
    row, shown, form = {
        "category": lambda: (Category.objects.create(store=store, name="Cups", slug="cups"), "image_url", {
            **FORMS[Category], "name": "Cups", "slug": "cups",
        }),
        "customer": lambda: (a_customer(store), "avatar", {
            "status": "ACTIVE", "addresses-TOTAL_FORMS": 0, "addresses-INITIAL_FORMS": 0,
            "credit_entries-TOTAL_FORMS": 0, "credit_entries-INITIAL_FORMS": 0,
        }),
        "account": lambda: (staff, "avatar", {
            "email": staff.email, "name": "Sam", "role": "staff", "status": "ACTIVE",
            "memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0,
        }),
    }[subject]()  # fmt: skip
    client, address = logged_in(super_admin), page(type(row), "change", row.pk)
    assert b"new_picture" in client.get(address).content
    assert b"new_picture" not in client.get(page(type(row), "add")).content
    refused = client.post(address, {**form, "new_picture": SimpleUploadedFile("a.svg", SVG)})
    assert (refused.status_code, b"not a picture" in refused.content, Picture.objects.count()) == (200, True, 0)
    done = client.post(address, {**form, "new_picture": SimpleUploadedFile("a.png", picture())})
    assert done.status_code == 302, done.context["errors"]
    assert pictures.make_pictures() == 1
    row.refresh_from_db()
    made = Picture.objects.get()
    assert (getattr(row, shown), made.is_public) == (made.address, subject == "category")
