"""A file of orders sent in parts by the browser."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from customers.models import User
from dashboard.pages import uploads as pages
from orders import uploads
from orders.models import Upload
from tests.browser.conftest import Visit
from tests.builders import a_store, a_user

pytestmark = pytest.mark.django_db(transaction=True)

FILE = Path(__file__).parents[1] / "data/imports/semicolon.csv"
WATCH = """
addEventListener("DOMContentLoaded", () => {
  const bar = document.getElementById("upload-progress");
  const state = document.getElementById("upload-state");
  if (!bar) return;
  const seen = [];
  new MutationObserver(() => {
    seen.push([bar.hidden, bar.value, state.textContent]);
    sessionStorage.setItem("seen", JSON.stringify(seen));
  }).observe(bar, { attributes: true, attributeFilter: ["value"] });
});
"""


def test_a_file_is_sent_in_parts_with_its_progress_and_its_preview_and_receipt_appear(
    browse: Visit, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EXPORT_BUCKET, settings.EXPORT_ROOT = "", str(tmp_path)
    monkeypatch.setattr(pages, "PART_BYTES", 500)
    user = a_user(User.Role.STAFF, a_store(slug="fresh", currency="USD"))
    browse.page.add_init_script(WATCH)
    browse.open("/uploads/new/?store=fresh")
    browse.log_in(user.email)
    browse.page.locator("#id_file").set_input_files(FILE)
    browse.page.get_by_role("button", name="Upload").click()
    browse.page.wait_for_url(re.compile(r"/uploads/[0-9]+/$"))
    seen = browse.page.evaluate("JSON.parse(sessionStorage.getItem('seen'))")
    size = FILE.stat().st_size
    shares = [100 * min(500 * number, size) / size for number in range(1, 5)]
    assert [(hidden, text) for hidden, _, text in seen] == [(False, f"{int(share)}% sent") for share in shares]
    assert [value for _, value, _ in seen] == pytest.approx(shares) and shares[-1] == 100
    upload = Upload.objects.get()
    assert (upload.status, upload.received, upload.parts) == ("checking", FILE.stat().st_size, 4)
    uploads.run_upload(upload.pk)
    browse.page.get_by_text("First new orders").wait_for()
    browse.page.get_by_role("button", name="Import").click()
    browse.page.get_by_text("A worker is reading the file.").wait_for()
    uploads.run_upload(upload.pk)
    browse.page.get_by_role("heading", name="Receipt").wait_for()
    assert browse.complaints == []
    assert browse.overflow() <= 0
