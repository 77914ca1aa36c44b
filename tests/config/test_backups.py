"""A backup holds the database of one moment and every file that its rows name; it is restored into an empty place only."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from psycopg import sql
from pytest_django import Settings

from config import backups
from config.backups import BackupFailed
from embedded import postgres
from inventory.models import Upload
from jobs.runs import read_runs
from kernel import clock
from kernel.refusal import Refusal
from storage.files import content_key, get_store, store_chunks
from tests.builders import NOW, Marketplace, item_of
from tests.storage.bucket import bucket

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _programs(settings: Settings, tmp_path: Path) -> None:
    programs = postgres.programs()
    settings.POSTGRES_PROGRAMS = "" if programs is None else str(programs)
    for folder in ("files", "backups", "restored"):
        (tmp_path / folder).mkdir()
    settings.STORAGE_URL = f"file://{tmp_path}/files"


@contextmanager
def empty_database() -> Iterator[str]:
    name = f"weicang_restored_{uuid4().hex[:8]}"
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        try:
            yield urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def restored(url: str, place: str, store: str, settings: Settings) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "manage.py", "restore", place],
        cwd=ROOT,
        env=os.environ
        | {
            "DATABASE_URL": url,
            "WEICANG_STORAGE": store,
            "WEICANG_POSTGRES_PROGRAMS": settings.POSTGRES_PROGRAMS,
            "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
        },
        capture_output=True,
        text=True,
        timeout=240,
    )


def sums(url: str) -> dict[str, str]:
    """A sum of all rows of each table, but for the one to which the check after a restore adds a row."""
    with psycopg.connect(url) as other:
        tables = other.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
            " AND relname <> 'integrity_integrityrun'"
        ).fetchall()
        return {
            name: str(
                other.execute(
                    sql.SQL("SELECT md5(coalesce(string_agg(t::text, chr(10) ORDER BY t::text), '')) FROM {} t").format(
                        sql.Identifier(name)
                    )
                ).fetchone()
            )
            for (name,) in tables
        }


def own_url() -> str:
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}"))


def upload_of(content: bytes, brand_id: int) -> Upload:
    """A cancelled upload and its workbook, which is stored before its row is committed, as the service does it."""
    sha256, size_bytes = store_chunks("workbooks", [content], limit=1000, now=clock.now())
    return Upload.objects.create(
        brand_id=brand_id,
        sha256=sha256,
        size_bytes=size_bytes,
        baseline_seq=0,
        received_at=NOW,
        ended_at=NOW,
        state="cancelled",
    )


@pytest.fixture(params=["folder", "bucket"])
def places(request: pytest.FixtureRequest, tmp_path: Path, settings: Settings) -> Iterator[tuple[str, str]]:
    """Where backups lie, and the empty store into which one is restored; of a bucket the service has another prefix."""
    if request.param == "folder":
        yield f"file://{tmp_path}/backups", f"file://{tmp_path}/restored"
        return
    with bucket("weicang") as (url, _):
        base, _, query = url.partition("?")
        settings.STORAGE_URL = f"{base}/live?{query}"
        yield f"{base}/backups?{query}", f"{base}/restored?{query}"


def test_a_restored_backup_has_all_rows_and_files(places: tuple[str, str], settings: Settings) -> None:
    place, store = places
    market = Marketplace()
    sku = market.sku(units=20)
    market.paid_order(market.reseller(wallet_fen=5000_00), item_of(market.sale(sku), sku), 5)
    first, brand_id = market.brand(), market.brand()
    upload_of(b"one", first)
    before = clock.now()
    call_command("backup", place, verbosity=0)
    expected = sums(own_url())
    late = upload_of(b"after the backup", brand_id)
    with empty_database() as url:
        ran = restored(url, place, store, settings)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        assert "the integrity check passed" in ran.stdout
        assert "0 h 0 min ago: what was committed later is lost." in ran.stdout
        assert sums(url) == expected
        assert len(expected) > 150
    settings.STORAGE_URL = store
    kept = backups._files(get_store())
    assert [each.key for each in kept] == [content_key("workbooks", Upload.objects.get(brand_id=first).sha256)]
    assert get_store().head(content_key("workbooks", late.sha256)) is None
    assert get_store().read(content_key("workbooks", Upload.objects.get(brand_id=first).sha256)) == b"one"
    run = read_runs([backups.JOB], now=clock.now()).last[backups.JOB]
    assert before <= run.started_at <= clock.now()


def test_files_of_rows_that_are_written_during_a_backup_are_in_it(tmp_path: Path, settings: Settings) -> None:
    brand_id, place = Marketplace().brand(), f"file://{tmp_path}/backups"
    written, is_over = [], threading.Event()

    def upload_until_over() -> None:
        while not is_over.is_set():
            written.append(upload_of(uuid4().bytes, brand_id).sha256)
        connection.close()

    writer = threading.Thread(target=upload_until_over)
    writer.start()
    try:
        while len(written) < 10:
            time.sleep(0.01)
        manifest = backups.take(place, now=clock.now(), say=str)
    finally:
        is_over.set()
        writer.join()
    with empty_database() as url:
        ran = restored(url, place, f"file://{tmp_path}/restored", settings)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        with psycopg.connect(url) as other:
            named = {sha256 for (sha256,) in other.execute("SELECT sha256 FROM inventory_upload").fetchall()}
    assert 10 <= len(named) < len(written)
    assert {content_key("workbooks", each) for each in named} <= set(manifest.files)
    assert all((tmp_path / "restored" / content_key("workbooks", each)).is_file() for each in named)


def test_only_an_empty_database_and_an_empty_store_are_restored_into(tmp_path: Path, settings: Settings) -> None:
    brand_id, place = Marketplace().brand(), f"file://{tmp_path}/backups"
    upload_of(b"one", brand_id)
    call_command("backup", place, verbosity=0)
    before = sums(own_url())
    with pytest.raises(CommandError, match="The database is not empty"):
        call_command("restore", place)
    assert sums(own_url()) == before
    (tmp_path / "restored" / "something").write_text("of another service")
    with empty_database() as url:
        ran = restored(url, place, f"file://{tmp_path}/restored", settings)
        assert ran.returncode == 1
        assert "The store is not empty, it has something." in ran.stderr
        assert sums(url) == {}


def test_a_damaged_backup_leaves_the_database_empty_and_may_be_restored_once_it_is_mended(
    tmp_path: Path, settings: Settings
) -> None:
    upload_of(b"one", Marketplace().brand())
    place = f"file://{tmp_path}/backups"
    manifest = backups.take(place, now=clock.now(), say=str)
    part = tmp_path / "backups" / manifest.parts[0].key
    whole = part.read_bytes()
    part.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with empty_database() as url:
        ran = restored(url, place, f"file://{tmp_path}/restored", settings)
        assert ran.returncode == 1
        assert f"The part {manifest.parts[0].key} of the dump is damaged." in ran.stderr
        assert sums(url) == {}
        part.write_bytes(whole)
        assert restored(url, place, f"file://{tmp_path}/restored", settings).returncode == 0


def test_an_unfinished_backup_is_never_restored(tmp_path: Path) -> None:
    place = f"file://{tmp_path}/backups"
    manifest = backups.take(place, now=clock.now(), say=str)
    (tmp_path / "backups" / manifest.name / "manifest.json").unlink()
    assert backups.names(place) == []
    with pytest.raises(CommandError, match="There is no complete backup"):
        call_command("restore", place)


def test_old_backups_are_deleted_with_the_files_that_only_they_name(tmp_path: Path) -> None:
    brand_id, place, now = Marketplace().brand(), f"file://{tmp_path}/backups", clock.now()
    old = upload_of(b"old", brand_id)
    backups.take(place, now=now - timedelta(days=2), say=str)
    get_store().delete(content_key("workbooks", old.sha256))
    new = upload_of(b"new", brand_id)
    said: list[str] = []
    before = backups.take(place, now=now - timedelta(days=1), say=str).name
    last = backups.take(place, now=now, say=said.append, keep=2).name
    assert said[-1] == "deleted: 3 objects of older backups"  # a part, a manifest, a file
    assert backups.names(place) == [last, before]
    files = [file.name for file in (tmp_path / "backups" / "files").rglob("*") if file.is_file()]
    assert files == [new.sha256]


def test_nobody_else_may_read_a_backup(tmp_path: Path) -> None:
    upload_of(b"one", Marketplace().brand())
    before = os.umask(0o022)
    try:
        call_command("backup", f"file://{tmp_path}/backups", verbosity=0)
    finally:
        os.umask(before)
    kept = [path for path in (tmp_path / "backups").rglob("*") if path.name != "unfinished"]
    assert len(kept) >= 5
    assert [path for path in kept if path.stat().st_mode & 0o077] == []


def test_what_cannot_be_backed_up_is_named(tmp_path: Path, settings: Settings) -> None:
    with pytest.raises(BackupFailed, match="store of the service itself"):
        backups.take(settings.STORAGE_URL, now=NOW, say=str)
    with pytest.raises(Refusal):
        backups.take(f"file://{tmp_path}/nowhere", now=NOW, say=str)
    settings.POSTGRES_PROGRAMS = "/nowhere"
    with pytest.raises(BackupFailed, match="There is no program /nowhere/pg_dump"):
        backups.take(f"file://{tmp_path}/backups", now=NOW, say=str)
    assert backups.names(f"file://{tmp_path}/backups") == []


def test_a_backup_of_a_newer_version_is_refused() -> None:
    assert backups.missing_migrations() == 0
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('orders', '9999_later', now())")
        try:
            with pytest.raises(BackupFailed, match=r"newer version, which has orders\.9999_later"):
                backups.missing_migrations()
            cursor.execute("DELETE FROM django_migrations WHERE app = 'orders' AND name LIKE '%squashed%'")
        finally:
            cursor.execute("DELETE FROM django_migrations WHERE name = '9999_later'")


def test_a_manifest_is_read_as_it_was_written(tmp_path: Path) -> None:
    place = f"file://{tmp_path}/backups"
    manifest = backups.take(place, now=clock.now(), say=str)
    content = (tmp_path / "backups" / manifest.name / "manifest.json").read_bytes()
    assert backups.Manifest.of_json(content) == manifest
    assert json.loads(content)["files"] == {}
