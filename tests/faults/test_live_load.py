"""`make load` against a running server: what users meet, counted, and nothing written."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from benchmarks import visitors
from dealport.targets import load
from tests.faults.conftest import Live

pytestmark = pytest.mark.servers


def written(live: Live) -> list[int]:
    """Return what the tables of the product count since the server began: rows inserted, changed, deleted."""
    with psycopg.connect(live.servers.urls["DATABASE_URL"], autocommit=True) as database:
        rows = database.execute(
            "SELECT sum(n_tup_ins)::int, sum(n_tup_upd)::int, sum(n_tup_del)::int FROM pg_stat_user_tables"
            " WHERE relname LIKE ANY (ARRAY['orders%', 'dashboard%', 'reports%', 'customers_store%', 'daily%'])"
        ).fetchone()
    assert rows is not None
    return list(rows)


def address(live: Live) -> str:
    return f"http://127.0.0.1:{live.port}"


def test_g363_g371_users_read_dashboards_lists_and_pages_and_write_nothing(
    live: Live, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    live.recover()
    before = written(live)
    monkeypatch.setenv("DEALPORT_LOAD_EMAIL", "root@example.com")
    monkeypatch.setenv("DEALPORT_LOAD_PASSWORD", "secret-pass-1")
    with pytest.raises(SystemExit) as exit_:
        load.main(address(live), "--users", "4", "--seconds", "3")
    printed = capsys.readouterr().out
    assert exit_.value.code == 0, printed
    counted = {name: int(count) for name, count in re.findall(r"^(dashboard|list|page|all) +(\d+) ", printed, re.M)}
    assert counted["all"] == counted["dashboard"] + counted["list"] + counted["page"]
    assert min(counted.values()) > 0
    assert re.search(r"^hit ratio [01]\.\d{3} \(HIT \d+", printed, re.M)
    assert "errors 0" in printed
    assert written(live) == before


def test_g362_a_thousand_users_at_once_are_all_answered_and_nobody_is_turned_away(live: Live) -> None:
    live.recover()
    began, since = time.monotonic(), live.processors.read()
    login = {"Authorization": f"Bearer {live.token}"}
    path = "/api/v1/store/dashboard?store=tea"
    # a thousand connections are open before the first one asks, and ask at the same moment; in a thread of their own,
    # as a browser of other tests keeps an event loop in this one
    with ThreadPoolExecutor(1) as pool:
        visit = pool.submit(visitors.visit, live.port, path, login, connections=1_000, each=1).result()
    assert (len(visit.latencies), visit.statuses) == (1_000, {200: 1_000})
    assert visit.states["HIT"] > 800
    assert time.monotonic() - began < live.stretched(30, since)
    assert live.get("/health", login=False).status == 200


def test_refused_requests_are_counted_by_kind_and_end_with_status_1(
    live: Live, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "MIX", ((1, "list", "/api/v1/orders?store={store}&nonsense=1"),))
    with pytest.raises(SystemExit) as exit_:
        load.main(address(live), "--users", "2", "--seconds", "0.5", "--token", live.token)
    assert exit_.value.code == 1
    printed = capsys.readouterr().out
    assert re.search(r"^errors [1-9]\d*\n  \d+ × list: status 400$", printed, re.M)


@pytest.mark.parametrize(("password", "reason"), [("", "set DEALPORT_LOAD_EMAIL"), ("wrong-pass-1", "cannot log in")])
def test_an_account_that_cannot_be_used_is_said_in_one_line(
    live: Live, monkeypatch: pytest.MonkeyPatch, password: str, reason: str
) -> None:
    monkeypatch.setenv("DEALPORT_LOAD_EMAIL", "nobody@example.com")
    monkeypatch.setenv("DEALPORT_LOAD_PASSWORD", password)
    with pytest.raises(SystemExit, match=reason):
        load.main(address(live), "--seconds", "1")


def test_percentiles_are_values_that_were_measured() -> None:
    values = [float(number) for number in range(1, 101)]
    assert [load.percentile(values, share) for share in (0.5, 0.9, 0.99, 1)] == [50, 90, 99, 100]
    assert load.percentile([3.0], 0.5) == 3
    assert load.percentile([], 0.5) == 0
