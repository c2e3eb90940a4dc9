"""Product pictures made here: a drawing on a calm ground, or the product's initial. Small, deterministic SVG files."""

from __future__ import annotations

import colorsys
import html
import re
import zlib
from pathlib import Path

from orders.demo.drawings import DRAWINGS, LINE

# Calm grounds; products of one category share one, so that a shelf looks like a shelf.
GROUNDS = (
    "#eef2ee", "#f4eee6", "#e9eff5", "#f5ebea", "#efedf5", "#e8f1f0", "#f6f1df", "#f1ecec", "#e8edf0", "#f3eef0",
)  # fmt: skip
INKS = ("#5f8575", "#c08552", "#5b7fa6", "#b5655f", "#7d73a8", "#4f8f8b", "#b8963e", "#8c7a6b")

# Names of colours in the languages of the shops, longest match first.
COLOURS = {
    "areia": "#cdb48f", "terracota": "#c1694f", "preto": "#3c3f46", "verde-folha": "#5c8f57", "coral": "#e8836b",
    "azul-marinho": "#34496e", "oliva": "#7c8153", "vinho": "#83374b", "branco": "#b9c0c6", "rosa-chá": "#d9a5a0",
    "champanhe": "#d8c3a0", "esmeralda": "#2f8f6f", "mescla": "#9aa0a8", "lavanda": "#a79bc9", "caramelo": "#b87d46",
    "off-white": "#c9bfae", "azul-céu": "#7fb0d4", "azul-médio": "#5b82b3", "azul-escuro": "#3b5680",
    "azul-claro": "#9dbddb", "grafite": "#5a616b", "dourado": "#c9a24a", "fern": "#5f8a5b", "ember": "#d2673f",
    "slate": "#5d6b7a", "ocean": "#3f86a3", "sand": "#c8b08a", "kowhai": "#dcae3c", "bark": "#8a6a4f",
    "red": "#c0504d", "pink": "#dd8ea3", "blue": "#5b86b5", "white": "#b8bfc4", "cream": "#d3c4a2", "ivory": "#cfc3a8",
    "green": "#6b9a6a", "black": "#3d4046", "silver": "#9aa3ab", "gold": "#c6a14d", "purple": "#8c70a8",
    "lilac": "#a996c4", "orange": "#d98a4a", "yellow": "#d9b64a", "wooden": "#a9815a", "wood": "#a9815a",
    "glass": "#7fb2bd", "zinc": "#8a979f", "chocolate": "#7b5540", "strawberry": "#cf5a63", "vintage": "#b08c6c",
    "retrospot": "#c4504e", "spotty": "#c4504e", "union": "#4a6391", "jade": "#5fa58a", "turquoise": "#4fa3a5",
}  # fmt: skip

# What the name of a gift says it is, most telling words first.
KINDS = {
    "heart": "heart", "t-light": "candle", "candle": "candle", "lantern": "lantern", "lights": "lights",
    "light string": "lights", "clock": "clock", "cakestand": "cake", "cake": "cake", "cutlery": "spork", "mug": "mug",
    "cup": "mug", "teapot": "teapot", "tea set": "teapot", "lunch box": "box", "lunch bag": "bag", "bag": "bag",
    "umbrella": "umbrella", "parasol": "umbrella", "doormat": "mat_door", "door mat": "mat_door", "bunting": "bunting",
    "garland": "bunting", "flag": "bunting", "christmas": "tree", "tree": "tree", "star": "star", "bird": "bird",
    "owl": "bird", "hen": "bird", "flower": "flower", "rose": "flower", "daisy": "flower", "frame": "frame",
    "picture": "frame", "bottle": "bottle", "cushion": "pillow", "quilt": "pillow", "plate": "plate", "bowl": "plate",
    "dish": "plate", "jar": "jar", "pot": "pot", "planter": "pot", "tin": "tin", "box": "box", "drawer": "box",
    "wrap": "gift", "gift": "gift", "ribbon": "gift", "card": "card", "sign": "sign", "block": "sign",
    "chalkboard": "chalkboard", "blackboard": "chalkboard", "hook": "hook", "hanger": "hook", "apron": "apron",
    "necklace": "jewel", "earring": "jewel", "bracelet": "jewel", "charm": "jewel", "ring": "jewel", "bead": "jewel",
    "book": "book", "notebook": "book", "diary": "book", "pencil": "pencil", "pen": "pencil", "crayon": "pencil",
    "basket": "basket", "soap": "soap", "bath": "soap", "toy": "toy", "doll": "toy", "bear": "toy", "rabbit": "toy",
    "bunny": "toy", "game": "toy", "spaceboy": "star", "purse": "wallet", "wallet": "wallet", "scarf": "scarf",
    "slipper": "shoe", "sock": "socks", "towel": "mat", "tray": "plate", "jug": "teapot", "spoon": "spork",
    "glove": "gloves", "hat": "hat", "watch": "watch", "coaster": "plate", "magnet": "heart", "cabinet": "box",
    "teacup": "mug", "shopper": "bag", "cutter": "star", "mould": "plate", "board": "chalkboard", "doily": "plate",
    "doilies": "plate", "napkin": "card", "tissue": "box", "night light": "lantern", "candleholder": "candle",
    "paper chain": "bunting", "birdhouse": "bird", "knitted": "sweater", "warmer": "bottle", "postage": "box",
}  # fmt: skip


def kind_of(name: str) -> str:
    """Return the drawing that fits a gift's English name, or an empty text."""
    words = name.lower()
    return next((kind for word, kind in KINDS.items() if re.search(rf"\b{word}", words)), "")


def picture(*, name: str, kind: str, ground: int) -> str:
    """Return an SVG picture: the drawing `kind`, else the first letter of `name`, on ground number `ground`.

    The colour is the one the name speaks of, else one that follows from the name.
    """
    colour = _colour(name)
    if kind in DRAWINGS:
        dark, light = _shade(colour, 0.72), _shade(colour, 1.38)
        shape = DRAWINGS[kind].format(m=colour, d=dark, l=light, line=LINE.format(d=dark))
    else:
        letter = html.escape(next((sign for sign in name.upper() if sign.isalnum()), "·"))
        shape = (
            f'<circle cx="50" cy="50" r="30" fill="{colour}"/><text x="50" y="61" font-family="Georgia, serif" '
            f'font-size="32" text-anchor="middle" fill="#fff">{letter}</text>'
        )
    tile = GROUNDS[ground % len(GROUNDS)]
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 120" width="240" height="240">'
        f'<rect width="120" height="120" fill="{tile}"/>'
        f'<ellipse cx="60" cy="97" rx="34" ry="5" fill="{_shade(tile, 0.9)}"/>'
        f'<g transform="translate(10 8)">{shape}</g></svg>\n'
    )


def _colour(name: str) -> str:
    words = name.lower()
    said = [(words.find(word), colour) for word, colour in COLOURS.items() if re.search(rf"\b{word}\b", words)]
    # the last colour named is the variant's
    return max(said)[1] if said else INKS[zlib.crc32(name.encode()) % len(INKS)]


def _shade(colour: str, factor: float) -> str:
    """Return `colour` (#rrggbb) darker (factor below 1) or lighter (above)."""
    hue, light, saturation = colorsys.rgb_to_hls(*(int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)))
    light = light * factor if factor < 1 else 1 - (1 - light) / factor**2.2
    return "#" + "".join(f"{round(part * 255):02x}" for part in colorsys.hls_to_rgb(hue, light, saturation))


class PictureFolder:
    """Pictures of one store's products below MEDIA_ROOT/products/<store>/."""

    def __init__(self, media_root: str, media_url: str, store: str) -> None:
        self.folder = Path(media_root) / "products" / store
        self.url = f"{media_url}products/{store}/"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.taken: set[str] = set()

    def add(self, sku: str, *, name: str, kind: str, ground: int) -> str:
        """Write a picture and return its URL. SKUs that differ only in case or odd signs get files of their own."""
        stem = plain = re.sub(r"[^A-Za-z0-9_-]+", "-", sku) or "product"
        number = 1
        while stem.lower() in self.taken:
            number += 1
            stem = f"{plain}-{number}"
        self.taken.add(stem.lower())
        (self.folder / f"{stem}.svg").write_text(picture(name=name, kind=kind, ground=ground), encoding="utf-8")
        return f"{self.url}{stem}.svg"
