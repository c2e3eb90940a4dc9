"""How many rows a fold takes."""

import pytest
from django.db import connection

from dashboard.metrics import recount
from dashboard.metrics.folding import fold_once
from dashboard.models import MetricDelta
from tests.builders import a_store, an_order


@pytest.mark.django_db
@pytest.mark.parametrize("statistics", ["none", "of an empty ledger", "of a full ledger"])
def test_a_batch_has_its_size_however_the_database_plans_it(statistics: str) -> None:
    store = a_store()
    with connection.cursor() as cursor:
        if statistics == "of an empty ledger":
            cursor.execute("ANALYZE dashboard_metricdelta")
        an_order(store, "10.00", "5.00", paid=True)
        if statistics == "of a full ledger":
            cursor.execute("ANALYZE dashboard_metricdelta")
        # a plan that asks anew for the rows to take, once for every row of the ledger
        cursor.execute(
            "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_hashagg = off"
        )
    waiting = MetricDelta.objects.count()
    assert [fold_once(batch=2).rows, fold_once(batch=1).rows] == [2, 1]
    assert MetricDelta.objects.count() == waiting - 3 > 0
    assert recount.differences(store) == []
