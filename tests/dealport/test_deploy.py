"""The files in deploy/ belong to the product as it is: commands, variables, metrics and limits are its own."""

import configparser
import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.test import Client
from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask
from prometheus_client.parser import text_string_to_metric_families

from customers.models import User
from dashboard.metrics.verification import verify_sample, verify_store
from reports.models import MetricsComparison
from tests.builders import a_store, a_user, an_order

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
COMMANDS = dict(re.findall(r"^(\w+): (.+)$", (ROOT / "Procfile").read_text(), re.M))


def a_unit(path: Path) -> configparser.RawConfigParser:
    unit = configparser.RawConfigParser(strict=False, delimiters=("=",))
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(path)
    return unit


def process_of(path: Path) -> str:
    return path.stem.removeprefix("dealport-").rstrip("@")


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((DEPLOY / "prometheus/alerts.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    return json.loads((DEPLOY / "grafana/dealport.json").read_text())["panels"]


def expressions() -> Iterator[str]:
    for rule in rules():
        yield rule["expr"]
    for panel in panels():
        for target in panel.get("targets", []):
            yield target["expr"]


def test_every_line_of_the_procfile_has_a_unit_and_no_unit_has_another_command() -> None:
    commands = {}
    for path in UNITS:
        command = a_unit(path)["Service"]["ExecStart"].replace("$$", "$").replace("%%", "%")
        commands[process_of(path)] = shlex.split(command)
    assert commands == {name: ["/bin/sh", "-c", command] for name, command in COMMANDS.items()}


def services() -> dict[str, dict[str, Any]]:
    return yaml.safe_load((DEPLOY / "compose/compose.yml").read_text())["services"]


def test_every_line_of_the_procfile_is_a_service_of_compose_and_no_service_has_another_command() -> None:
    ours = {name: service["command"] for name, service in services().items() if service["image"] == "dealport"}
    assert {name: [*start, command.replace("$$", "$")] for name, (*start, command) in ours.items()} == {
        name: ["sh", "-c", command] for name, command in COMMANDS.items()
    }


def test_compose_starts_processes_again_gives_them_time_and_opens_no_port_to_others() -> None:
    seconds = {"s": 1, "m": 60}
    for name, service in services().items():
        assert service["restart"] == ("no" if name == "release" else "unless-stopped"), name
        ports = service.get("ports", [])
        assert all(port.startswith("127.0.0.1:") for port in ports), name
        if name in settings.QUEUES.values():
            amount, unit = re.fullmatch(r"(\d+)([sm])", service["stop_grace_period"]).groups()  # type: ignore[union-attr]
            assert int(amount) * seconds[unit] > settings.CELERY_TASK_TIME_LIMIT
    assert services()["beat"]["deploy"] == {"replicas": 1}
    redis = services()["redis"]["command"]
    assert redis[redis.index("--maxmemory-policy") + 1] == "noeviction"
    assert services()["postgres"]["environment"]["POSTGRES_PASSWORD"].startswith("${POSTGRES_PASSWORD:?")


@pytest.mark.skipif(not shutil.which("docker-compose"), reason="docker-compose is a package of Debian's")
def test_compose_itself_reads_the_file_and_asks_for_the_password_of_the_database(tmp_path: Path) -> None:
    """Release 1.29, which needs no Docker for this, does not know the name of the project."""
    text = (DEPLOY / "compose/compose.yml").read_text()
    (tmp_path / "compose.yml").write_text(text.replace("\nname: dealport\n", "\n"))
    shutil.copy(DEPLOY / "dealport.env.example", tmp_path / "dealport.env")
    command = ["docker-compose", "--file", str(tmp_path / "compose.yml"), "config"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    refused = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert refused.returncode != 0 and "set POSTGRES_PASSWORD" in refused.stderr
    done = subprocess.run(command, env={**environment, "POSTGRES_PASSWORD": "x"}, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    read = yaml.safe_load(done.stdout)["services"]
    assert set(read) == set(services())
    assert read["web"]["command"][-1] == f"{COMMANDS['web'].replace('$', '$$')}"


def test_the_image_has_what_the_product_needs_at_run_time_and_takes_nothing_without_a_hash() -> None:
    lines = (DEPLOY / "compose/Dockerfile").read_text().splitlines()
    (install,) = [line for line in lines if "pip install" in line]
    assert "--require-hashes" in install and install.endswith("-r requirements.txt")
    assert "USER dealport" in lines[lines.index(f"{install}") :]


@pytest.mark.parametrize("path", [path for path in UNITS if process_of(path) != "release"], ids=process_of)
def test_a_process_that_ends_is_started_again_for_ever_and_killed_whole_when_it_does_not_stop(path: Path) -> None:
    unit = a_unit(path)
    assert unit["Unit"]["StartLimitIntervalSec"] == "0"
    service = unit["Service"]
    assert (service["Restart"], service["KillMode"]) == ("always", "mixed")
    assert service["EnvironmentFile"] == "/etc/dealport.env"
    amount, in_minutes = re.fullmatch(r"(\d+)(min)?", service["TimeoutStopSec"]).groups()  # type: ignore[union-attr]
    longest = settings.CELERY_TASK_TIME_LIMIT if process_of(path) in settings.QUEUES.values() else 20
    assert int(amount) * (60 if in_minutes else 1) > longest


def test_every_variable_of_the_sample_environment_is_one_the_settings_read() -> None:
    text = "".join(path.read_text() for path in (ROOT / "dealport/settings").glob("*.py"))
    names = re.findall(r"^([A-Z_]+)=", (DEPLOY / "dealport.env.example").read_text(), re.M)
    assert len(names) > 10
    assert [name for name in names if f'"{name}"' not in text] == []


@pytest.mark.django_db
def test_every_metric_that_alerts_and_dashboard_name_is_exported() -> None:
    store = a_store()
    an_order(store, paid=True)
    verify_store(store)
    verify_sample()
    today = timezone.now().date()
    MetricsComparison.objects.create(first_day=today, last_day=today, rows_compared=0, rows_moved=0, differences=0)
    every_day = IntervalSchedule.objects.create(every=1, period=IntervalSchedule.DAYS)
    PeriodicTask.objects.create(name="a job", task="a.task", interval=every_day, last_run_at=timezone.now())
    client = Client()
    client.force_login(a_user(User.Role.ADMIN))
    assert client.get("/api/v1/dashboard/metrics").has_header("X-Cache")
    text = client.get("/metrics").content.decode()
    families = list(text_string_to_metric_families(text))
    exported = {sample.name for family in families for sample in family.samples}
    named = {name for expression in expressions() for name in re.findall(r"dealport_\w+", expression)}
    assert len(named) > 20
    assert named - exported == set()


def test_g070_every_kind_of_process_is_measured_by_itself() -> None:
    groups = yaml.safe_load((DEPLOY / "prometheus/processes.yml").read_text())["process_names"]
    found = {}
    for process, command in COMMANDS.items():
        started = command.rpartition("exec ")[2]
        names = [group["name"] for group in groups if all(re.search(rule, started) for rule in group["cmdline"])]
        found[process] = names[0] if names else None  # the first that fits, as the exporter does it
    assert found.pop("release") is None
    assert found == {process: f"dealport-{process}" for process in found}


def test_g369_every_alert_says_what_is_wrong_and_what_to_do() -> None:
    names = [rule["alert"] for rule in rules()]
    assert len(names) == len(set(names))
    for rule in rules():
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert all(rule["annotations"][key].endswith((".", "}}.")) for key in ("summary", "action")), rule["alert"]


def test_the_dashboards_panels_do_not_cover_each_other() -> None:
    cells = [
        (x, y)
        for panel in panels()
        for place in [panel["gridPos"]]
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24


def test_the_dashboard_is_what_grafana_imports() -> None:
    dashboard = json.loads((DEPLOY / "grafana/dealport.json").read_text())
    assert dashboard["uid"] and dashboard["title"] and "id" not in dashboard  # Grafana gives the id
    (variable,) = dashboard["templating"]["list"]
    source = {"type": variable["query"], "uid": f"${{{variable['name']}}}"}
    ids = [panel["id"] for panel in panels()]
    assert len(ids) == len(set(ids))
    for panel in panels():
        assert panel["type"] in ("row", "stat", "timeseries", "table"), panel["title"]
        if panel["type"] == "row":
            continue
        assert panel["datasource"] == source, panel["title"]
        targets = panel["targets"]
        assert targets and all(target["expr"] for target in targets), panel["title"]
        assert len({target["refId"] for target in targets}) == len(targets), panel["title"]


@pytest.mark.skipif(not shutil.which("promtool"), reason="promtool comes with Debian's package prometheus")
def test_prometheus_itself_reads_the_rules_and_every_expression_of_the_dashboard(tmp_path: Path) -> None:
    drawn = [
        {"record": f"panel:{number}", "expr": re.sub(r"\$__\w+", "5m", target["expr"])}
        for number, target in enumerate(target for panel in panels() for target in panel.get("targets", []))
    ]
    expressions = tmp_path / "dashboard.yml"
    expressions.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": drawn}]}))
    for path in (DEPLOY / "prometheus/alerts.yml", expressions):
        done = subprocess.run(["promtool", "check", "rules", str(path)], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("proxy", ["nginx/dealport.conf", "caddy/Caddyfile"])
def test_a_sample_proxy_hides_metrics_and_readiness_and_takes_what_the_product_takes(proxy: str) -> None:
    text = (DEPLOY / proxy).read_text()
    assert "/metrics" in text
    assert "/health/" in text
    allowed = int(re.search(r"(?:client_max_body_size|max_size) (\d+)(?i:m)", text)[1])  # type: ignore[index]
    assert settings.DATA_UPLOAD_MAX_MEMORY_SIZE <= allowed * 10**6 < 2 * settings.DATA_UPLOAD_MAX_MEMORY_SIZE


def test_every_system_check_is_in_the_table_of_operations() -> None:
    modules = [
        path
        for app in ("customers", "dashboard", "dealport", "orders", "reports")
        for path in (ROOT / app).rglob("*.py")
    ]
    ids = {name for path in modules for name in re.findall(r'\bid="([a-z]+\.[EW]\d{3})"', path.read_text())}
    table = (ROOT / "docs/operations.md").read_text()
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    app, listed = "", set()
    for name in re.findall(r"`([a-z]+\.)?([EW]\d{3})`", "".join(rows)):
        app = name[0] or app
        listed.add(app + name[1])
    assert listed == ids
