"""Writing many finished orders at once: described by what was bought and what happened, never by their columns.

The importer and the demo data come through here. A `BulkOrder` is led through its life in memory (`lives.py`, by
the same table of steps and the same arithmetic as the actions), the rows it leaves are written with COPY, and the
figures of the touched days are recounted from them (`writer.py`). No ledger rows are written.

    with transaction.atomic(), OrderWriter(store) as writer:
        writer.add_customers([Customer(store=store, email="ada@example.com", created_at=moment)])
        writer.add(
            BulkOrder(
                placed_at=moment,
                items=[BulkItem(product_id=7, name="Mug", unit_price=Decimal("8.50"), quantity=2)],
                steps=[BulkStep(Step.PAY, at=moment), BulkStep(Step.REFUND, at=later, amount=Decimal("3.00"))],
            )
        )
"""

from orders.bulk.descriptions import BulkItem, BulkOrder, BulkStep, Origin
from orders.bulk.live import LiveWriter
from orders.bulk.lives import Life
from orders.bulk.writer import OrderWriter
from orders.lifecycle import Step

__all__ = ["BulkItem", "BulkOrder", "BulkStep", "Life", "LiveWriter", "OrderWriter", "Origin", "Step"]
