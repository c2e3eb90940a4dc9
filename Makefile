# Everything happens in dealport/bootstrap.py: it makes .venv when needed and runs the target there.
PYTHON ?= python3
RUN = @$(PYTHON) -I dealport/bootstrap.py

.PHONY: demo test test-fast lint bench fuzz chaos compare load replay screenshots messages servers lock audit

# The running product with demo data on http://127.0.0.1:8000 (PORT=... for another port).
demo:
	$(RUN) demo

# All tests on throw-away servers; ARGS="tests/orders -k refund" for some.
test:
	$(RUN) test $(ARGS)

# For the edit loop: without the browser, races, killed processes, servers and other
# serial tests, random lives, generated requests and the other files that tests/scheduling.py lists as long.
test-fast:
	$(RUN) test -m "not slow" $(ARGS)

# ruff, mypy, missing migrations, system checks.
lint:
	$(RUN) lint

# Measurements as ratios, on throw-away servers; each renews its section of docs/benchmarks.md. ARGS="folding exports"
# for some, ARGS=--short for tiny sizes.
bench:
	$(RUN) bench $(ARGS)

# Generated requests to every operation from every identity, on throw-away servers; ARGS=10 for ten minutes each.
fuzz:
	$(RUN) fuzz $(ARGS)

# What this checkout answers compared with what another commit does, on throw-away servers; BASE=<commit>.
compare:
	$(RUN) compare $(BASE)

# Many users read an installation; percentiles, errors, share of cached answers. Account: DEALPORT_LOAD_EMAIL and
# DEALPORT_LOAD_PASSWORD. ARGS=URL, ARGS="URL --users 50 --seconds 60", --token TOKEN instead of the account.
load:
	$(RUN) load $(ARGS)

# Break the running product under load: servers killed, filled and frozen, processes killed; under ten minutes.
# ARGS="redis-frozen web-killed" for some.
chaos:
	$(RUN) chaos $(ARGS)

# The demo's real orders as lives at Shopify and WooCommerce, whose webhooks are lost, doubled and shuffled: every figure
# must be right (docs/connections.md). ARGS="-k woocommerce" for one; DEALPORT_REPLAY_ORDERS names some orders by id.
replay:
	@DEALPORT_REPLAY_ORDERS=$${DEALPORT_REPLAY_ORDERS:-all} $(PYTHON) -I dealport/bootstrap.py test -n 0 -s \
		tests/orders/test_connection_replay.py $(ARGS)

# Pictures of every page of the running demo (PORT=... for another port), wide, phone, light, dark and printed, in
# docs/images/all; those of the README in docs/images. ARGS=readme for these alone.
screenshots:
	$(RUN) screenshots $(ARGS)

# locale/ from the texts that are marked in templates and Python, and its compiled form; then translate what is new.
messages:
	$(RUN) messages

# The database and Redis of the demo in the foreground, for development.
servers:
	$(RUN) servers

# requirements*.txt from requirements*.in, with hashes; ARGS="--upgrade-package django" for a newer version.
lock:
	$(RUN) lock $(ARGS)

# Every pinned package against the advisories of osv.dev; fails where one has an advisory, and where nobody could be asked.
audit:
	$(RUN) audit $(ARGS)
