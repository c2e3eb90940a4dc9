"""Redis: addresses of the broker and the cache, and how the cache is reached."""

from dealport.environment import next_redis_database
from dealport.kit.redis import connection_settings
from dealport.settings.process import env

_REDIS = "redis://:password@host:port/0 of one server (Sentinel and Cluster are not supported)"
# REDIS_URL: Redis or Valkey for Celery's queue, with maxmemory-policy noeviction.
REDIS_URL = env.url("REDIS_URL", schemes=("redis", "rediss"), hint=_REDIS)
# CACHE_URL: Redis or Valkey for the cache; by default the next database of REDIS_URL.
CACHE_URL = env.url("CACHE_URL", next_redis_database(REDIS_URL), schemes=("redis", "rediss"), hint=_REDIS)
CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": CACHE_URL,
        "KEY_FUNCTION": "dealport.kit.redis.cache_key",
        "OPTIONS": {"CONNECTION_POOL_KWARGS": connection_settings(CACHE_URL)},
    }
}
