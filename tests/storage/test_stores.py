"""Both stores keep the same promises: an object is created once, whole or not at all."""

import errno
import io
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from pytest_django import Settings

from storage.files import (
    MAX_FAILED_DELETIONS,
    TooLong,
    content_key,
    delete_objects,
    get_store,
    store_bytes,
    store_chunks,
)
from storage.folder import UNFINISHED, FolderStore
from storage.objects import ObjectMissing, ObjectStore, StorageUnavailable, StoredObject
from tests.storage.bucket import bucket

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.fixture(scope="module")
def bucket_url() -> Iterator[str]:
    with bucket("weicang") as (url, _):
        yield url


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, settings: Settings, tmp_path: Path) -> ObjectStore:
    if request.param == "bucket":
        base, _, query = request.getfixturevalue("bucket_url").partition("?")
        settings.STORAGE_URL = f"{base}/{tmp_path.name}?{query}"
    else:
        (tmp_path / "files").mkdir()
        settings.STORAGE_URL = f"file://{tmp_path}/files"
    return get_store()


def keys(store: ObjectStore, prefix: str) -> list[str]:
    return sorted(each.key for page in store.pages(prefix) for each in page)


def test_store_chunks_names_content_by_its_hash(store: ObjectStore) -> None:
    assert store_chunks("workbooks", [b"a", b"bc"], limit=3, now=NOW) == (ABC, 3)
    key = content_key("workbooks", ABC)
    assert key == f"workbooks/ba/{ABC}"
    assert store.read(key) == b"abc"
    head = store.head(key)
    assert head is not None
    assert (head.key, head.size_bytes) == (key, 3)
    assert abs(head.stored_at - datetime.now(UTC)) < timedelta(minutes=1)
    with store.open(key) as content:
        assert (content.read(1), content.seek(0, os.SEEK_END), content.seek(1), content.read()) == (b"a", 3, 1, b"bc")


def test_store_chunks_beyond_the_limit_stores_nothing(store: ObjectStore) -> None:
    with pytest.raises(TooLong):
        store_chunks("workbooks", [b"a", b"bc"], limit=2, now=NOW)
    assert keys(store, "workbooks") == []
    assert keys(store, UNFINISHED) == []


def test_create_leaves_an_object_that_is_there(store: ObjectStore) -> None:
    assert store.create("a/b", io.BytesIO(b"first"))
    assert not store.create("a/b", io.BytesIO(b"other"))
    assert store.read("a/b") == b"first"
    assert keys(store, UNFINISHED) == []


def test_create_of_two_at_once_lets_one_create(store: ObjectStore) -> None:
    start, created = threading.Barrier(4), []

    def create() -> None:
        start.wait()
        created.append(store.create("a/b", io.BytesIO(b"x" * 100_000)))

    threads = [threading.Thread(target=create) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(created) == [False, False, False, True]


def test_store_bytes_renews_what_is_old(store: ObjectStore) -> None:
    store_bytes("a/b", b"same", now=NOW)
    before = store.head("a/b")
    store_bytes("a/b", b"same", now=datetime.now(UTC) + timedelta(days=2))
    after = store.head("a/b")
    assert before is not None
    assert after is not None
    assert after.stored_at >= before.stored_at
    assert store.read("a/b") == b"same"


def test_read_of_a_missing_object(store: ObjectStore) -> None:
    for call in (store.read, store.open):
        with pytest.raises(ObjectMissing):
            call("a/nothing")
    assert store.head("a/nothing") is None
    store.delete("a/nothing")


def test_delete_objects_deletes_what_was_chosen(store: ObjectStore) -> None:
    for n in range(5):
        store_bytes(f"a/{n % 2}/{n}", b"x", now=NOW)
    store_bytes("b/1", b"x", now=NOW)
    assert delete_objects("a", lambda page: [each for each in page if each.key.endswith(("1", "4"))]) == 2
    assert keys(store, "a") == ["a/0/0", "a/0/2", "a/1/3"]
    assert keys(store, "b") == ["b/1"]


def test_free_bytes_of_a_store_that_works(store: ObjectStore) -> None:
    store_bytes("a", b"x", now=NOW)
    free = store.free_bytes()
    assert free is None or free > 0


def test_a_bucket_that_cannot_be_reached_refuses_everything(settings: Settings) -> None:
    with bucket("away") as (url, _):
        settings.STORAGE_URL = url
        store = get_store()
        store_bytes("a/b", b"x", now=NOW)
    calls: list[Callable[[str], object]] = [store.read, store.open, store.head, store.delete, partial(keys, store)]
    for call in calls:
        with pytest.raises(StorageUnavailable):
            call("a/b")
    with pytest.raises(StorageUnavailable) as refused:
        store_bytes("a/b", b"x", now=NOW)
    assert (refused.value.status, refused.value.headers()) == (503, {"Retry-After": "5"})


def test_a_bucket_that_does_not_exist_refuses(bucket_url: str, settings: Settings) -> None:
    settings.STORAGE_URL = bucket_url.replace("weicang", "no-such-bucket")
    with pytest.raises(StorageUnavailable):
        store_bytes("a/b", b"x", now=NOW)
    for call in (lambda: get_store().read("a/b"), lambda: get_store().open("a/b"), lambda: get_store().free_bytes()):
        with pytest.raises(StorageUnavailable):
            call()


def test_a_folder_that_is_missing_refuses_and_is_not_created(settings: Settings, tmp_path: Path) -> None:
    root = tmp_path / "not-mounted"
    settings.STORAGE_URL = root.as_uri()
    with pytest.raises(StorageUnavailable):
        store_bytes("a/b", b"x", now=NOW)
    for call in (lambda: get_store().read("a/b"), lambda: get_store().open("a/b"), lambda: get_store().free_bytes()):
        with pytest.raises(StorageUnavailable):
            call()
    assert not root.exists()


def test_a_folder_that_is_no_folder_refuses(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    settings.STORAGE_URL = f"file://{tmp_path}/file"
    with pytest.raises(StorageUnavailable):
        store_bytes("a/b", b"x", now=NOW)
    with pytest.raises(StorageUnavailable):
        get_store().free_bytes()


def test_a_full_disk_stays_what_it_is_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    store = FolderStore(tmp_path)
    with pytest.raises(OSError, match="No space left"):
        store.create("a/b", io.BytesIO(b"x"))
    assert keys(store, "") == []


def test_delete_unfinished_deletes_what_a_killed_writer_left(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    (tmp_path / UNFINISHED).mkdir()
    (tmp_path / UNFINISHED / "tmp1").write_bytes(b"half")
    assert store.delete_unfinished(before=datetime.now(UTC) - timedelta(hours=1)) == 0
    assert store.delete_unfinished(before=datetime.now(UTC) + timedelta(hours=1)) == 1
    assert keys(store, "") == []


def test_delete_objects_goes_on_after_an_object_that_cannot_be_deleted(tmp_path: Path, settings: Settings) -> None:
    settings.STORAGE_URL = f"file://{tmp_path}"
    for name in ("1", "3"):
        store_bytes(f"a/{name}", b"x", now=NOW)
    (tmp_path / "a" / "2").mkdir()  # no file: it cannot be unlinked
    stuck = get_store().head("a/2")
    assert stuck is not None
    assert delete_objects("a", lambda page: [stuck, *page]) == 2
    assert keys(get_store(), "a") == []
    store_bytes("b/1", b"x", now=NOW)
    with pytest.raises(StorageUnavailable):
        delete_objects("b", lambda page: [stuck] * MAX_FAILED_DELETIONS)


def test_get_store_keeps_special_characters_of_a_folder(tmp_path: Path, settings: Settings) -> None:
    folder = tmp_path / "c#1 %41?"
    folder.mkdir()
    settings.STORAGE_URL = folder.as_uri()
    store_bytes("a/1", b"x", now=NOW)
    assert (folder / "a" / "1").read_bytes() == b"x"


def test_an_object_that_is_renewed_while_a_purge_runs_stays(store: ObjectStore, tmp_path: Path) -> None:
    for name in ("1", "2"):
        store_bytes(f"a/{name}", b"x", now=NOW)
    if isinstance(store, FolderStore):
        os.utime(store.path("a/1"), (NOW.timestamp() - 9, NOW.timestamp() - 9))

    def choose_and_renew(page: list[StoredObject]) -> list[StoredObject]:
        if not isinstance(store, FolderStore):  # its clock cannot be set: the listing is from ten seconds before
            page = [
                replace(each, stored_at=each.stored_at - timedelta(seconds=10)) for each in page if each.key == "a/1"
            ] + [each for each in page if each.key != "a/1"]
        store.replace("a/1", io.BytesIO(b"x"))
        return page

    assert delete_objects("a", choose_and_renew) == 1
    assert keys(store, "a") == ["a/1"]


def test_delete_unchanged_of_an_object_that_is_gone(store: ObjectStore) -> None:
    store_bytes("a/1", b"x", now=NOW)
    stored = store.head("a/1")
    assert stored is not None
    assert store.delete_unchanged(stored)
    assert not store.delete_unchanged(stored)


def test_a_renewal_waits_for_a_deletion_that_has_looked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the lock the renewal came between the look and the deletion, and the renewed bytes were lost."""
    store = FolderStore(tmp_path)
    store.create("a/1", io.BytesIO(b"x"))
    stored = store.head("a/1")
    assert stored is not None
    renewal = threading.Thread(target=lambda: store.replace("a/1", io.BytesIO(b"x")))
    unlink = Path.unlink

    def unlink_late(path: Path, missing_ok: bool = False) -> None:
        if path == store.path("a/1"):
            renewal.start()
            renewal.join(0.3)
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", unlink_late)
    assert store.delete_unchanged(stored)
    renewal.join(10)
    assert store.read("a/1") == b"x"


@pytest.mark.parametrize("code", [errno.EPERM, errno.EOPNOTSUPP])
def test_a_volume_without_hard_links_and_locks_creates_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def unsupported(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr("os.link", unsupported)
    monkeypatch.setattr("fcntl.flock", unsupported)
    store = FolderStore(tmp_path)
    assert store.create("a/b", io.BytesIO(b"first"))
    assert not store.create("a/b", io.BytesIO(b"other"))
    assert store.read("a/b") == b"first"
    stored = store.head("a/b")
    assert stored is not None
    assert store.delete_unchanged(stored)
    assert keys(store, "") == []


def test_create_synchronises_the_folders_of_a_new_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synchronised: list[str] = []
    fsync = os.fsync

    def record(descriptor: int) -> None:
        path = Path(os.readlink(f"/proc/self/fd/{descriptor}"))
        synchronised.append(path.relative_to(tmp_path).as_posix() if path.is_dir() else "file")
        fsync(descriptor)

    monkeypatch.setattr("os.fsync", record)
    store = FolderStore(tmp_path)
    store.create("a/b/c", io.BytesIO(b"x"))
    assert synchronised == ["file", "a/b", "a", "."]
