"""Pictures from outside, made anew: what is stored is what Pillow drew, nothing of the bytes that came.

So metadata (places, cameras), hidden scripts and whatever else hangs on a file are gone. What a picture is, is told by
its content. Pixels are counted from the header, before any is unpacked.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from django.utils.translation import gettext, gettext_noop

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
CONTENT_TYPE = "image/webp"
MOST_BYTES = 10_000_000
MOST_PIXELS = 25_000_000
LARGEST, SMALL = (2_000, 2_000), (320, 320)
QUALITY = 85
UNREADABLE = gettext_noop("This is not a picture that can be read. Choose a JPEG, PNG, WebP or GIF file.")
BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    EOFError,
    IndexError,
    OverflowError,
    MemoryError,
    ZeroDivisionError,
)
"""What Pillow raises for files that are no pictures, or are cut or forged."""


class NotAPicture(Exception):
    """The file is no picture we take; the text says why, as a sentence."""


@dataclass(frozen=True)
class Drawn:
    """The picture and its thumbnail as files, and the size of the picture."""

    picture: Path
    thumbnail: Path
    width: int
    height: int


def check_picture(file: IO[bytes]) -> None:
    """Raise NotAPicture unless the header is that of a picture of a kind and size we take."""
    try:
        with _opened(file) as image:
            _check_size(image)
    except BROKEN:
        raise NotAPicture(gettext(UNREADABLE)) from None


def draw(source: Path, folder: Path) -> Drawn:
    """Draw a picture anew into `folder`, at most LARGEST, and its thumbnail. Raises NotAPicture."""
    from PIL import ImageOps

    try:
        with _opened(source) as image:
            _check_size(image)
            image.draft("RGB", LARGEST)  # a JPEG is unpacked no larger than is needed
            drawn = ImageOps.exif_transpose(image).convert("RGBA" if _has_alpha(image) else "RGB")
        drawn.thumbnail(LARGEST)
        picture, thumbnail = folder / "picture.webp", folder / "thumbnail.webp"
        drawn.save(picture, "WEBP", quality=QUALITY)
        width, height = drawn.size
        drawn.thumbnail(SMALL)
        drawn.save(thumbnail, "WEBP", quality=QUALITY)
    except BROKEN:
        raise NotAPicture(gettext(UNREADABLE)) from None
    return Drawn(picture, thumbnail, width, height)


def _opened(file: IO[bytes] | Path) -> Image:
    """Return a picture whose header is read. Raises one of BROKEN. Pillow is loaded with the first."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # counted here, for all formats alike
    return Image.open(file, formats=FORMATS)


def _check_size(image: Image) -> None:
    width, height = image.size
    if not 0 < width * height <= MOST_PIXELS:
        raise NotAPicture(
            gettext("The picture has {width} × {height} pixels. Choose one of at most {most:,} pixels.").format(
                width=width, height=height, most=MOST_PIXELS
            )
        )


def _has_alpha(image: Image) -> bool:
    return image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info
