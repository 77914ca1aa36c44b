"""Traces and error reports: nothing starts without their settings; with them a collector receives what happened, and no secrets."""

import gzip
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import httpx
import pytest
from django.db import connection
from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.config.service import serving

ROOT = Path(__file__).resolve().parents[2]
SECRET = "secret-0123abc"


class Collector:
    """Receives over HTTP what clients of OpenTelemetry and Sentry send."""

    def __init__(self) -> None:
        self.bodies: dict[str, list[bytes]] = {}
        bodies = self.bodies

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                bodies.setdefault(self.path, []).append(body)
                self.send_response(200)
                self.end_headers()

            def log_message(self, *arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self._server.server_address[1]}"

    @contextmanager
    def running(self) -> Iterator["Collector"]:
        thread = threading.Thread(target=self._server.serve_forever)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            thread.join()
            self._server.server_close()

    def spans(self) -> list[dict[str, object]]:
        """Each span as its name, its ids and its attributes."""
        found = []
        for body in self.bodies.get("/v1/traces", []):
            for resource in MessageToDict(ExportTraceServiceRequest.FromString(body))["resourceSpans"]:
                for scope in resource["scopeSpans"]:
                    for span in scope["spans"]:
                        values = {
                            each["key"]: next(iter(each["value"].values())) for each in span.get("attributes", ())
                        }
                        found.append(
                            {"name": span["name"], "parent": span.get("parentSpanId"), "trace": span["traceId"]}
                            | values
                        )
        return found

    def events(self) -> list[dict[str, object]]:
        envelopes = [
            body.split(b"\n") for path, bodies in self.bodies.items() if path.endswith("/envelope/") for body in bodies
        ]
        return [json.loads(parts[2]) for parts in envelopes if json.loads(parts[1]).get("type") == "event"]


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector().running() as running:
        yield running


def environment(**settings: str) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])} | settings


@pytest.mark.parametrize("start", ["import config.rsgi", "import config.celery as c; c._report()"])
def test_nothing_is_imported_without_the_settings(start: str) -> None:
    # redis-py imports the metrics of OpenTelemetry by itself where they are installed; without `monitoring.txt` they are not.
    ours = ("sentry_sdk", "opentelemetry.exporter", "opentelemetry.sdk.trace", "config.traces", "config.error_reports")
    code = f"{start}; import sys; print([name for name in sys.modules if name.startswith({ours})])"
    unset = environment()
    for name in ("SENTRY_DSN", "OTEL_EXPORTER_OTLP_ENDPOINT"):
        unset.pop(name, None)
    ran = subprocess.run(
        [sys.executable, "-c", code], env=unset, capture_output=True, text=True, timeout=120, check=True
    )
    assert ran.stdout.strip() == "[]"


def test_the_service_needs_nothing_of_them() -> None:
    lock = (ROOT / "requirements" / "runtime.txt").read_text("utf-8")
    assert "\nredis==" in lock
    assert "sentry" not in lock
    assert "opentelemetry" not in lock


def test_a_missing_package_stops_the_start_with_a_sentence() -> None:
    code = "import sys; sys.modules['sentry_sdk'] = None; import config.rsgi"
    asked = environment(SENTRY_DSN="http://key@127.0.0.1:1/1")
    ran = subprocess.run([sys.executable, "-c", code], env=asked, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 1
    assert ran.stderr.strip().endswith("requirements/monitoring.txt has what traces and error reports need.")


@pytest.mark.django_db(transaction=True)
def test_a_request_and_its_statements_are_one_trace_without_secrets(collector: Collector) -> None:
    trace_id, parent = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    address = f"http://{collector.address}"
    with serving(
        DATABASE_URL=database_url(), OTEL_EXPORTER_OTLP_ENDPOINT=address, OTEL_BSP_SCHEDULE_DELAY="200"
    ) as port:
        answer = httpx.get(
            f"http://127.0.0.1:{port}/f/{SECRET}/?phone=13812345678",
            headers={"traceparent": f"00-{trace_id}-{parent}-01"},
            timeout=60,
        )
        assert answer.status_code == 404
        eventually(lambda: any(str(span["name"]).startswith("GET") for span in collector.spans()))
    spans = collector.spans()
    [request] = [span for span in spans if "http.route" in span]
    assert request["name"] == "GET f/<slug:token>/"
    assert request["http.response.status_code"] == "404"
    statements = [span for span in spans if span["name"] == "SELECT"]
    assert statements, spans
    assert any("forwarding_forward" in str(span["db.query.text"]) for span in statements)
    assert len({span["trace"] for span in spans}) == 1
    sent = b"".join(body for bodies in collector.bodies.values() for body in bodies)
    assert SECRET.encode() not in sent
    assert b"13812345678" not in sent


WORK = """
import threading
from config.celery import app, _report
_report()
import django; django.setup()
from celery.contrib.testing.worker import start_worker
from celery.signals import task_postrun
from config import traces
app.loader.import_default_modules()
over = threading.Event()
task_postrun.connect(lambda **kwargs: over.set(), weak=False)
with traces.tracer().start_as_current_span("before"):
    app.send_task("orders.tasks.expire_unpaid")
with start_worker(app, pool="solo", perform_ping_check=False):
    assert over.wait(30)
traces.flush()
"""


@pytest.mark.django_db(transaction=True)
def test_a_task_belongs_to_the_trace_of_who_sent_it(collector: Collector) -> None:
    asked = environment(DATABASE_URL=database_url(), OTEL_EXPORTER_OTLP_ENDPOINT=f"http://{collector.address}")
    asked["WEICANG_QUEUE"] = f"{asked['WEICANG_QUEUE']}-traces"
    subprocess.run([sys.executable, "-c", WORK], env=asked, timeout=120, check=True)
    spans = {str(span["name"]): span for span in collector.spans()}
    task = spans["orders.tasks.expire_unpaid"]
    assert task["trace"] == spans["before"]["trace"]
    assert task["celery.state"] == "SUCCESS"
    assert spans["SELECT"]["trace"] == task["trace"]


FAIL = """
import config.rsgi, logging, sentry_sdk
from kernel import request_id
with request_id.use_request_id("0123456789abcdef0123456789abcdef"):
    phone = "13812345678"
    try:
        raise ValueError(f"/f/{secret}/ of 13812345678\\nDETAIL:  Key (name)=(Ann) exists")
    except ValueError:
        logging.getLogger("weicang.requests").exception("it broke for 13812345678")
logging.getLogger("weicang.requests").warning("no report")
sentry_sdk.flush()
"""


def test_an_error_of_the_log_is_reported_without_secrets(collector: Collector) -> None:
    asked = environment(SENTRY_DSN=f"http://key@{collector.address}/1")
    code = f"secret = {SECRET!r}\n{FAIL}"
    subprocess.run([sys.executable, "-c", code], env=asked, timeout=120, check=True, stderr=subprocess.DEVNULL)
    [event] = collector.events()
    assert event["tags"] == {"request_id": "0123456789abcdef0123456789abcdef"}
    assert event["environment"] == "production"
    sent = json.dumps(event)
    assert "it broke for 138****5678" in sent
    assert "ValueError" in sent
    assert not any(secret in sent for secret in (SECRET, "13812345678", "Ann"))


def eventually(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.1)


def database_url() -> str:
    """The address of this test's database."""
    name = str(connection.settings_dict["NAME"])
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))
