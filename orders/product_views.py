"""How often customers looked at products: counted in Redis, added to `view_count` by a beat job.

A view costs one HINCRBY and no row. A Redis that is away counts nothing, and what one minute counted is lost if the
job dies between taking and writing it: views are a hint of interest, no figure.
"""

from __future__ import annotations

from django.conf import settings
from django.db import connection
from redis.exceptions import RedisError

from dealport.kit.redis import client, redis_key

COUNTS = "product_views"
ADD = """
WITH counted(id, views) AS (SELECT * FROM unnest(%s::bigint[], %s::bigint[])),
locked AS (SELECT p.id FROM orders_product p JOIN counted USING (id) ORDER BY p.id FOR NO KEY UPDATE OF p)
UPDATE orders_product p SET view_count = p.view_count + counted.views
FROM counted JOIN locked USING (id) WHERE p.id = counted.id
"""


def count_view(product_id: int) -> None:
    """Count one view, if Redis answers."""
    try:
        client(settings.CACHE_URL).hincrby(redis_key(COUNTS), str(product_id), 1)
    except RedisError:
        return


def write_views() -> int:
    """Add what was counted to the products in one statement; return how many products that were."""
    pipeline = client(settings.CACHE_URL).pipeline()
    pipeline.hgetall(redis_key(COUNTS))
    pipeline.delete(redis_key(COUNTS))
    try:
        found, _ = pipeline.execute()
    except RedisError:
        return 0
    if not found:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(ADD, [[int(pk) for pk in found], [int(views) for views in found.values()]])
        return int(cursor.rowcount)
