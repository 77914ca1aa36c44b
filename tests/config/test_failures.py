"""What a part of the machine or Django itself refuses is told as a refusal: the right status, the one shape, nothing of the inside."""

import errno
import gzip
import json
import logging
import re
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver
from pytest_django import Settings

from accounts.models import Person
from accounts.rules import Actor
from accounts.services.tokens import issue_token
from config.logs import JsonLines
from db import sql
from flashsales.services import planning, publishing
from inventory.models import Upload
from inventory.uploads import apply, undo
from kernel import clock
from membership.services import rollover
from tests.builders import NOW, Marketplace
from tests.config.service import serving
from tests.inventory.stock_workbooks import Line, preview, workbook

LIFTED = "SET LOCAL statement_timeout = 0"
NOBODY = "postgresql://nobody@127.0.0.1:1/none"


def shape(answer: Any) -> tuple[int, str]:
    """Status and code of an answer in the one shape."""
    body = answer.json()
    assert set(body) == {"code", "message", "fields", "request_id"}
    assert body["request_id"] == answer.headers["X-Request-ID"]
    return answer.status_code, body["code"]


def test_without_database_and_redis_requests_are_answered_503() -> None:
    with (
        serving(DATABASE_URL=NOBODY, REDIS_URL="redis://127.0.0.1:1/0") as port,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client,
    ):
        assert client.get("/health/live").json() == {"status": "alive"}
        started = time.monotonic()
        answer = client.post("/api/v1/tokens", json={"login": "a", "password": "b"})
        assert time.monotonic() - started < 6
        assert (shape(answer), answer.headers["Retry-After"]) == ((503, "request.database_away"), "5")
        page = client.get("/shop/", headers={"Cookie": "sessionid=0123456789abcdef0123456789abcdef"})
        assert (page.status_code, page.headers["Retry-After"]) == (503, "5")
        assert 'data-refusal="request.database_away"' in page.text
        readiness = client.get("/health/ready")
        assert (readiness.status_code, readiness.json()) == (
            503,
            {
                "status": "not ready",
                "database": "unavailable",
                "redis": "unavailable",
                "broker": "unavailable",
                "storage": "ok",
                "static": "ok",
            },
        )


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_statement_that_takes_too_long_is_ended_and_anonymous_clients_send_no_files() -> None:
    """One server for both: to start it takes longer than to ask."""
    clerk = Marketplace(now=clock.now()).clerk
    token = issue_token(actor=clerk, label="test", now=clock.now())
    session = browser(clerk).cookies["sessionid"].value
    settings = connection.settings_dict
    url = f"postgresql://{settings['USER']}:{settings['PASSWORD']}@{settings['HOST']}:{settings['PORT']}/{settings['NAME']}"
    with (
        serving(DATABASE_URL=url, WEICANG_STATEMENT_SECONDS="1") as port,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client,
    ):
        assert client.get("/health/ready").json()["database"] == "ok"
        large = {"file": ("库存.csv", b"x" * 100_000)}
        answer = client.post("/api/v1/uploads", files=large)
        assert (shape(answer), answer.headers["Connection"]) == ((401, "accounts.sign_in_first"), "close")
        assert client.post("/portal/uploads/", files=large).headers["Location"] == "/sign-in/"
        answer = client.post("/portal/uploads/", files=large, headers={"HX-Request": "true"})
        assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/sign-in/")
        answer = client.post("/api/v1/uploads", files=large, headers={"Authorization": "Bearer wc_none"})
        assert shape(answer) == (401, "accounts.sign_in_first")
        answer = client.post("/api/v1/consignments/workbook", files=large, headers={"Authorization": f"Bearer {token}"})
        assert shape(answer) == (422, "orders.unreadable_tracking_workbook")
        # Her session lets her pass as well; what the form lacks is the token against forgery.
        assert (
            client.post("/portal/uploads/", files=large, headers={"Cookie": f"sessionid={session}"}).status_code == 403
        )
        with transaction.atomic():
            sql.execute("LOCK TABLE accounts_person IN ACCESS EXCLUSIVE MODE", {})
            answer = client.post("/api/v1/tokens", json={"login": "a", "password": "b"})
        assert (shape(answer), answer.headers["Retry-After"]) == ((503, "request.too_slow"), "5")


def statements(work: Callable[[], object]) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        work()
    return [each["sql"] for each in captured if not each["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN"))]


@pytest.mark.django_db
def test_publication_imports_and_the_rollover_have_no_statement_limit() -> None:
    market = Marketplace()
    sale = market.draft(market.sku())
    upload = preview(market.clerk, workbook(Line()))
    works: dict[str, Callable[[], object]] = {
        "fix prices": lambda: planning.price_draft(actor=market.ops, sale_id=sale, now=NOW),
        "publish": lambda: publishing.publish(actor=market.ops, sale_id=sale, now=NOW),
        "commit": lambda: apply.apply_upload(actor=market.clerk, upload_id=upload.id, confirm_prices=True, now=NOW),
        "undo": lambda: undo.undo_upload(actor=market.clerk, upload_id=upload.id, now=NOW),
    }
    for name, work in works.items():
        assert (name, statements(work)[0]) == (name, LIFTED)
    market.reseller()
    executed = statements(lambda: rollover.roll_over_month(actor=market.ops, month=date(2026, 11, 1), now=NOW))
    [position] = [at for at, each in enumerate(executed) if 'INSERT INTO "membership_monthrollover"' in each]
    assert executed[position + 1] == LIFTED


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_limit_is_lifted_for_one_transaction_only() -> None:
    with pytest.raises(RuntimeError):
        sql.lift_statement_limit()
    sql.execute("SET statement_timeout = '50ms'", {})
    try:
        with transaction.atomic():
            sql.lift_statement_limit()
            assert sql.rows("SELECT 1 AS one FROM pg_sleep(0.1)", {}) == [{"one": 1}]
        with pytest.raises(OperationalError):
            sql.rows("SELECT 1 AS one FROM pg_sleep(0.1)", {})
    finally:
        sql.execute("RESET statement_timeout", {})


def static_storage() -> object:
    """The storage itself: to undo a patch of the lazy object around it would delete the attribute for all later tests."""
    assert staticfiles_storage.exists("weicang.css")
    return staticfiles_storage._wrapped  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", ["/api/v1/orders", "/sign-in/"])
def test_an_unknown_host_is_refused(path: str) -> None:
    answer = Client(headers={"host": "evil.example", "accept-language": "en"}).get(path)
    assert answer.status_code == 400
    if path.startswith("/api/"):
        assert shape(answer) == (400, "request.unknown_host")
    else:
        assert 'data-refusal="request.unknown_host"' in answer.content.decode()


@pytest.mark.django_db
def test_a_body_beyond_the_limit_is_refused_in_the_one_shape(settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2048
    body = json.dumps({"login": "x" * 2048, "password": "x"})
    answer = Client().post("/api/v1/tokens", body, content_type="application/json")
    assert (shape(answer), answer.json()["fields"]) == ((413, "request.too_large"), {"max_kb": 2})
    page = Client().post("/sign-in/", "login=" + "x" * 2048, content_type="application/x-www-form-urlencoded")
    assert (page.status_code, 'data-refusal="request.too_large"' in page.content.decode()) == (413, True)


def test_an_exception_is_answered_without_the_static_manifest(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ROOT_URLCONF = "tests.config.broken_urls"
    monkeypatch.setattr(static_storage(), "hashed_files", {})
    answer = Client(raise_request_exception=False).get("/broken/")
    content = answer.content.decode()
    assert (answer.status_code, 'data-refusal="request.failed"' in content) == (500, True)
    assert 'href="/static/weicang.css"' in content
    assert answer.headers["X-Request-ID"] in content


@pytest.mark.django_db
def test_a_full_disk_is_answered_503_and_stores_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    market = Marketplace(now=clock.now())

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    token = issue_token(actor=market.clerk, label="test", now=clock.now())
    program = Client(headers={"authorization": f"Bearer {token}", "accept-language": "en"})
    answer = program.post("/api/v1/uploads", {"file": SimpleUploadedFile("a.csv", workbook(Line()))})
    assert (shape(answer), answer.headers["Retry-After"]) == ((503, "request.disk_full"), "60")
    assert "disk is full" in answer.json()["message"]
    page = browser(market.clerk).post("/portal/uploads/", {"file": SimpleUploadedFile("a.csv", workbook(Line()))})
    assert (page.status_code, 'data-refusal="request.disk_full"' in page.content.decode()) == (503, True)
    assert not Upload.objects.exists()
    # An error of the machine is logged once, and not a second time for the status of the answer.
    levels = {(each.name, each.levelname) for each in caplog.records if each.levelno >= logging.WARNING}
    assert levels == {("weicang.failures", "ERROR"), ("django.request", "WARNING")}


@pytest.mark.django_db
def test_readiness_fails_where_something_is_missing(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Client().get("/health/ready").json() == {
        "status": "ready", "database": "ok", "redis": "ok", "broker": "ok", "storage": "ok", "static": "ok",
    }  # fmt: skip
    sql.execute("DELETE FROM django_migrations WHERE app = 'orders' AND name = '0001_initial'", {})
    settings.STORAGE_URL = f"file://{tmp_path}/gone"
    monkeypatch.setattr(static_storage(), "manifest_name", "gone.json")
    answer = Client().get("/health/ready")
    assert (answer.status_code, answer.json()) == (
        503,
        {
            "status": "not ready",
            "database": "1 migrations missing",
            "redis": "ok",
            "broker": "ok",
            "storage": "unavailable",
            "static": "manifest missing",
        },
    )


@pytest.mark.django_db
def test_readiness_fails_where_static_files_were_collected_from_older_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "old.json"
    manifest = json.loads(staticfiles_storage.read_manifest())  # type: ignore[attr-defined]
    del manifest["paths"]["weicang.css"]
    old.write_text(json.dumps(manifest))
    monkeypatch.setattr(static_storage(), "manifest_storage", FileSystemStorage(tmp_path))
    monkeypatch.setattr(static_storage(), "manifest_name", old.name)
    answer = Client().get("/health/ready")
    assert (answer.status_code, answer.json()["static"]) == (503, "1 files missing in the manifest")


@pytest.mark.django_db
def test_readiness_fails_where_the_disk_is_nearly_full(settings: Settings) -> None:
    settings.MAX_WORKBOOK_BYTES = 2**62
    answer = Client().get("/health/ready")
    assert (answer.status_code, answer.json()["storage"]) == (503, "disk full")


@pytest.mark.django_db
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_a_form_that_takes_no_file_refuses_one(headers: dict[str, str]) -> None:
    form = {"login": "a", "password": "b", "picture": SimpleUploadedFile("a.jpg", b"x" * 10_000_000)}
    answer = Client().post("/sign-in/", form, headers=headers)
    content = answer.content.decode()
    assert (answer.status_code, 'data-refusal="request.no_file_taken"' in content) == (422, True)
    assert "picture" in content


@pytest.mark.django_db
def test_pages_and_api_answers_are_not_cached() -> None:
    market = Marketplace()
    seller = browser(market.reseller().actor)
    for path in ("/shop/", "/shop/wallet/", "/api/v1/wallet", "/api/v1/nowhere", "/sign-in/", "/shop/nowhere/"):
        assert (path, "no-store" in seller.get(path).headers["Cache-Control"]) == (path, True)


@pytest.mark.django_db
def test_text_is_compressed_and_json_is_written_as_it_is_read() -> None:
    market = Marketplace()
    for _ in range(5):
        market.brand(name=f"青禾女装旗舰店{_}")
    answer = browser(market.ops).get("/api/v1/brands", headers={"accept-encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    content = gzip.decompress(answer.content)
    assert "青禾女装旗舰店4".encode() in content
    assert len(answer.content) < len(content) / 2
    page = Client().get("/sign-in/", headers={"accept-encoding": "gzip"})
    assert (page.headers["Content-Encoding"], page.headers["Vary"].count("Accept-Encoding")) == ("gzip", 1)
    sheet = browser(market.clerk).get("/portal/uploads/template/", headers={"accept-encoding": "gzip"})
    assert "Content-Encoding" not in sheet.headers


def browser(actor: Actor) -> Client:
    made = Client()
    made.force_login(Person.objects.get(pk=actor.own_id))
    return made


@pytest.mark.django_db
def test_tokens_in_addresses_are_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    with_token = [str(each.pattern) for each in get_resolver().url_patterns if "<slug:token>" in str(each.pattern)]
    assert sorted(with_token) == [
        "f/<slug:token>/",
        "f/<slug:token>/address/",
        "f/<slug:token>/photos/<int:photo_id>-<int:width>.jpg",
        "f/<slug:token>/poster/",
        "f/w/<slug:token>/",
        "f/w/<slug:token>/lines/<int:line_id>/fault/",
        "f/w/<slug:token>/photos/<int:photo_id>-<int:width>.jpg",
        "f/w/<slug:token>/reports/<int:report_id>/",
        "password-link/<slug:token>/",
        "s/<slug:token>/",
        "s/<slug:token>/address/",
        "s/<slug:token>/photos/<int:photo_id>-<int:width>.jpg",
    ]
    with caplog.at_level("INFO"):
        for path in with_token:
            filled = path.replace("<slug:token>", "0123456789secret-token")
            Client().get("/" + re.sub(r"<int:\w+>", "1", filled))
    said = [JsonLines().format(record) for record in caplog.records]
    assert [line for line in said if "GET /f/…/ 404" in line]
    assert not [line for line in said if "secret" in line]
