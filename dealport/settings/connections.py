"""Connections to the stores' own systems: keys of their credentials, limits, how often they are read."""

from dealport.settings.process import DEALPORT_TESTING, env

# CREDENTIALS_KEYS: comma-separated keys that encrypt the credentials of connections; the first one writes.
CREDENTIALS_KEYS = env.names("CREDENTIALS_KEYS")
# DEALPORT_SOURCE_BODY_BYTES: bytes of a webhook of a source; more is 413.
DEALPORT_SOURCE_BODY_BYTES = env.integer("DEALPORT_SOURCE_BODY_BYTES", 8_388_608, minimum=65_536)
# SHOPIFY_API_VERSION: version of Shopify's Admin API that connections speak.
SHOPIFY_API_VERSION = env.text("SHOPIFY_API_VERSION", "2026-10")
# DEALPORT_POLL_MINUTES: minutes between two looks at what changed in a source.
DEALPORT_POLL_MINUTES = env.integer("DEALPORT_POLL_MINUTES", 15, minimum=1, maximum=1440)
# DEALPORT_EVENT_TRIES: how often a webhook is tried before it is parked.
DEALPORT_EVENT_TRIES = env.integer("DEALPORT_EVENT_TRIES", 8, minimum=1, maximum=50)
# DEALPORT_EVENT_KEEP_DAYS: days after which the body of an applied webhook is emptied.
DEALPORT_EVENT_KEEP_DAYS = env.integer("DEALPORT_EVENT_KEEP_DAYS", 7, minimum=0, maximum=3650)
# DEALPORT_RECONCILE_DAYS: how many days back the nightly reconciliation compares.
DEALPORT_RECONCILE_DAYS = env.integer("DEALPORT_RECONCILE_DAYS", 60, minimum=1, maximum=3650)
# DEALPORT_LOCAL_SOURCES: sources may be at private addresses and speak plain HTTP. For tests alone.
DEALPORT_LOCAL_SOURCES = env.flag("DEALPORT_LOCAL_SOURCES", default=DEALPORT_TESTING)
# DEALPORT_SYNC_BODY_BYTES: bytes of a request that brings source orders (POST /orders/sync); more is 413.
DEALPORT_SYNC_BODY_BYTES = env.integer("DEALPORT_SYNC_BODY_BYTES", 8_388_608, minimum=65_536)
