"""Files of demo data."""

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.http import Http404
from django.test import RequestFactory

from dealport.media import serve_media


@pytest.mark.parametrize("name", ["a" * 4_999, "a/" * 2_500, "no.png", "a\0b", "b" * 256 + ".png"])
def test_a_name_no_file_has_is_404(name: str, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path

    with pytest.raises(Http404):
        serve_media(RequestFactory().get("/media/x"), name)


def test_a_file_is_served(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    (tmp_path / "mug.svg").write_text("<svg/>")

    with closing(serve_media(RequestFactory().get("/media/mug.svg"), "mug.svg")) as response:
        assert b"".join(response) == b"<svg/>"
