"""Alerts and dashboard name metrics that exist, and the guide says of each alert what to do."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from config import backups
from integrity.services import check_everything
from jobs.runs import record_success
from kernel import clock
from notices.services.outbox import write_notices
from orders.tasks import expire_unpaid
from tools.dashboard import dashboard

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "deploy" / "prometheus" / "weicang.rules.yml"
DASHBOARD = ROOT / "deploy" / "grafana" / "weicang.json"
GUIDE = ROOT / "docs" / "deploy" / "monitoring.md"
TOKEN = "only-for-tests-of-metrics"
NAME = re.compile(r"\bweicang_\w+")


def alerts() -> list[dict[str, Any]]:
    [group] = yaml.safe_load(RULES.read_text("utf-8"))["groups"]
    return list(group["rules"])


@pytest.fixture
def exposed(settings: Settings, transactional_db: None) -> set[str]:
    """The names of all samples that a service in use exposes."""
    settings.METRICS_TOKEN = TOKEN
    write_notices(now=clock.now())
    check_everything(now=clock.now())
    expire_unpaid.apply()
    record_success(backups.JOB, started_at=clock.now(), seconds=1)
    client = Client(headers={"Authorization": f"Bearer {TOKEN}"})
    client.get("/time/")
    families = list(text_string_to_metric_families(client.get("/metrics").text))
    # A family with labels has no sample before its first one: of grabs there may have been none.
    declared = {f"{family.name}_total" for family in families if family.type == "counter"}
    return declared | {sample.name for family in families for sample in family.samples}


def test_alerts_and_dashboard_name_metrics_that_exist(exposed: set[str]) -> None:
    named = NAME.findall(" ".join(alert["expr"] for alert in alerts())) + NAME.findall(DASHBOARD.read_text("utf-8"))
    assert len(set(named)) >= 14
    assert set(named) - exposed == set()


def test_the_guide_explains_every_metric(exposed: set[str]) -> None:
    ours = {
        name
        for name in exposed
        if name.startswith("weicang_") and not name.endswith(("_bucket", "_count", "_sum", "_created"))
    }
    table = "\n".join(line for line in GUIDE.read_text("utf-8").splitlines() if line.startswith("| `weicang_"))
    assert ours - set(NAME.findall(table)) == set()
    assert set(NAME.findall(table)) - exposed <= {"weicang_request_seconds"}


def test_the_guide_says_what_to_do_for_every_alert() -> None:
    text = GUIDE.read_text("utf-8").partition("\n## Alerts\n")[2]
    sections = dict(re.findall(r"^### (\w+)\n\n(.+?)(?=^### |\Z)", text, re.MULTILINE | re.DOTALL))
    assert list(sections) == [alert["alert"] for alert in alerts()]
    assert all(len(said) > 100 for said in sections.values())


def test_alerts_say_how_urgent_they_are() -> None:
    assert {alert["labels"]["severity"] for alert in alerts()} == {"page", "warn"}
    assert all(alert["annotations"]["summary"] for alert in alerts())


def test_the_dashboard_is_the_one_that_its_tool_makes() -> None:
    assert json.loads(DASHBOARD.read_text("utf-8")) == dashboard()
