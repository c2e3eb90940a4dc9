"""What is done with the files of each kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dealport.kit.values import Json
from orders.models import Upload
from orders.uploads import orders, products

Report = Json


@dataclass(frozen=True)
class Reader:
    """`check` says what a file would do and changes nothing; `apply` does it, in the caller's transaction.

    Both get the upload and the path of the file on this machine, and return JSON for `preview` and `receipt`. They
    raise Refused for a file that cannot be read, and then nothing of it is applied.
    """

    check: Callable[[Upload, Path], Report]
    apply: Callable[[Upload, Path], Report]


READERS: dict[str, Reader] = {
    Upload.Kind.PRODUCTS: Reader(products.check, products.apply),
    Upload.Kind.ORDERS: Reader(orders.check, orders.apply),
}
