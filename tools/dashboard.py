"""`python tools/dashboard.py > deploy/grafana/weicang.json`: the dashboard for Grafana, made from the list of its panels below."""

import json
import sys
from typing import Any

PANELS = (
    ("Requests per second by status", "reqps", (("sum by (status) (rate(weicang_requests_total[5m]))", "{{status}}"),)),
    (
        "Duration of 99 of 100 answers",
        "s",
        (("histogram_quantile(0.99, sum by (face, le) (rate(weicang_request_seconds_bucket[5m])))", "{{face}}"),),
    ),
    ("Grabs per second by outcome", "reqps", (("sum by (outcome) (rate(weicang_grabs_total[1m]))", "{{outcome}}"),)),
    (
        "Errors per second by route",
        "reqps",
        (('topk(10, sum by (route) (rate(weicang_requests_total{status=~"5.."}[5m])))', "{{route}}"),),
    ),
    (
        "Held units and unpaid orders",
        "short",
        (("max(weicang_held_units)", "held units"), ("max(weicang_unpaid_orders)", "unpaid orders")),
    ),
    ("How long the oldest unpaid order is overdue", "s", (("max(weicang_unpaid_overdue_seconds)", "overdue"),)),
    ("Messages in queues", "short", (("max by (queue) (weicang_queue_messages)", "{{queue}}"),)),
    ("Rows that wait for a worker", "short", (("max by (kind) (weicang_waiting_rows)", "{{kind}}"),)),
    ("Age of the oldest of them", "s", (("max by (kind) (weicang_waiting_seconds)", "{{kind}}"),)),
    ("Age of the oldest event without notices", "s", (("max(weicang_outbox_seconds)", "outbox"),)),
    ("The ten latest jobs", "s", (("topk(10, max by (job) (weicang_job_late_seconds))", "{{job}}"),)),
    ("The ten longest jobs", "s", (("topk(10, max by (job) (weicang_job_seconds))", "{{job}}"),)),
    (
        "Jobs that ended with an error, last hour",
        "short",
        (("max by (job) (increase(weicang_job_failures_total[1h])) > 0", "{{job}}"),),
    ),
    (
        "Rows that break an invariant",
        "short",
        (
            ("max(weicang_integrity_violations)", "violations"),
            ("max by (group) (weicang_figures_missing)", "no {{group}}"),
        ),
    ),
)
"""Title, unit, and queries with the names of their lines."""
WIDTH, HEIGHT = 12, 8
SOURCE = {"type": "prometheus", "uid": "${source}"}


def dashboard() -> dict[str, Any]:
    return {
        "uid": "weicang",
        "title": "Weicang 尾仓",
        "schemaVersion": 39,
        "refresh": "30s",
        "time": {"from": "now-3h", "to": "now"},
        "templating": {"list": [{"name": "source", "type": "datasource", "query": "prometheus"}]},
        "panels": [_panel(number, *each) for number, each in enumerate(PANELS)],
    }


def _panel(number: int, title: str, unit: str, queries: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    return {
        "id": number + 1,
        "type": "timeseries",
        "title": title,
        "datasource": SOURCE,
        "gridPos": {"x": number % 2 * WIDTH, "y": number // 2 * HEIGHT, "w": WIDTH, "h": HEIGHT},
        "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
        "targets": [
            {"refId": chr(ord("A") + place), "datasource": SOURCE, "expr": query, "legendFormat": legend}
            for place, (query, legend) in enumerate(queries)
        ],
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(dashboard(), indent=2, ensure_ascii=False) + "\n")
