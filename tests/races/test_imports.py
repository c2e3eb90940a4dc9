"""Imports while orders are placed and folded, and two imports of one file at once."""

from __future__ import annotations

import gzip
from pathlib import Path

from django.conf import settings

from dashboard import figures
from dashboard.figures.periods import Period
from dealport.kit.day_range import EVERY_DAY
from orders.models import Order
from tests.builders import a_product, a_store
from tests.races import programs
from tests.races.checks import assert_exact
from tests.races.crew import Crew

ORDERS = 150


def some_real_orders(folder: Path) -> Path:
    """Write the first orders of the shipped store into a file of their own."""
    (source,) = (Path(settings.BASE_DIR) / "orders" / "demo" / "data").glob("*.orders.csv.gz")
    names: list[str] = []
    with gzip.open(source, "rt", encoding="utf-8") as lines, (folder / "orders.csv").open("w") as file:
        file.write(next(lines))
        for line in lines:
            name = line.partition(",")[0]
            if name not in names[-1:]:
                names.append(name)
            if len(names) > ORDERS:
                break
            file.write(line)
    return folder / "orders.csv"


def test_two_imports_of_one_file_while_orders_are_placed_and_folded_bring_each_order_once(
    crew: Crew, tmp_path: Path
) -> None:
    store = a_store()
    file = some_real_orders(tmp_path)
    product = a_product(store, "10.00")
    importers = crew.team(programs.import_file, members=2, store=store.pk, path=str(file))
    sellers = crew.team(programs.sell, members=3, seconds=4, store=store.pk, product=product.pk)
    folders = crew.team(programs.fold_forever, members=2, batch=7, killed_every=0.2)
    crew.go(folders, sellers, importers)
    receipts = sorted(importers.results(90), key=lambda receipt: int(receipt["orders"]))
    assert receipts == [{"orders": 0, "repeated": ORDERS}, {"orders": ORDERS, "repeated": 0}]
    sold = sum(sellers.results(90))
    assert sold > 10
    assert folders.murdered() > 3
    assert Order.objects.filter(store=store).count() == ORDERS + sold
    summary = figures.sales_summary(store, Period(EVERY_DAY.first, EVERY_DAY.last))
    assert summary.total_orders == ORDERS + sold
    assert_exact(store)
