"""Files in the store of this service: named by what they hold, stored once, read by whoever the caller has let through."""

import hashlib
import io
import logging
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import BinaryIO
from urllib.parse import parse_qsl, unquote, urlsplit

from django.conf import settings

from storage.folder import FolderStore
from storage.objects import ObjectStore, StorageUnavailable, StoredObject
from storage.s3 import BucketStore

MAX_IN_MEMORY = 5 * 1024 * 1024
ERASED_NAME = "…"
"""What stands for the name of a file that was erased: a person may have named it after a customer."""
RENEW_AFTER = timedelta(days=1)
MAX_FAILED_DELETIONS = 10

log = logging.getLogger(__name__)


class TooLong(Exception):
    """More bytes came than the limit allows."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """An open file and the name under which a person saves it. Whoever takes it closes `content`."""

    content: BinaryIO
    name: str


def get_store() -> ObjectStore:
    """The store that WEICANG_STORAGE names."""
    return store_at(settings.STORAGE_URL)


def content_key(folder: str, sha256: str) -> str:
    """The key of an object that is named by the SHA-256 of its bytes: `folder/ab/ab…`."""
    return f"{folder}/{sha256[:2]}/{sha256}"


def base_name(filename: str) -> str:
    """The name of an uploaded file as it is kept: without folders and control characters, at most 200 characters."""
    name = filename.replace("\\", "/").rsplit("/", 1)[-1]
    clean = "".join(letter for letter in name if letter.isprintable()).strip()
    return clean[-200:] or "workbook"


def store_chunks(folder: str, chunks: Iterable[bytes], *, limit: int, now: datetime) -> tuple[str, int]:
    """Store what arrives under its SHA-256; returns that and the size in bytes. Raises TooLong beyond `limit` bytes, and stores nothing."""
    digest, size = hashlib.sha256(), 0
    with tempfile.SpooledTemporaryFile(MAX_IN_MEMORY) as spool:
        for chunk in chunks:
            size += len(chunk)
            if size > limit:
                raise TooLong
            digest.update(chunk)
            spool.write(chunk)
        _store(content_key(folder, digest.hexdigest()), spool, now)  # type: ignore[arg-type]  # typeshed: no BinaryIO
    return digest.hexdigest(), size


def store_bytes(key: str, data: bytes, *, now: datetime) -> None:
    """Store bytes under a key that names them, or what they were made from."""
    _store(key, io.BytesIO(data), now)


def delete_objects(prefix: str, choose: Callable[[list[StoredObject]], list[StoredObject]]) -> int:
    """Delete the objects under a prefix that `choose` picks out of each page of them; returns how many.

    An object that is renewed after `choose` has seen it stays: somebody stores its bytes again, and relies on them.
    An object that cannot be deleted is logged and stops none of the others; where MAX_FAILED_DELETIONS failed, the store is unavailable.
    """
    store, deleted, failed = get_store(), 0, 0
    for page in store.pages(prefix):
        for each in choose(page):
            try:
                deleted += store.delete_unchanged(each)
            except StorageUnavailable:
                failed += 1
                log.exception("an object could not be deleted", extra={"key": each.key})
                if failed == MAX_FAILED_DELETIONS:
                    raise
    return deleted


def _store(key: str, content: BinaryIO, now: datetime) -> None:
    """Create an object, or renew an old one that has the key: retention then counts from now, not from when the same bytes first came."""
    store = get_store()
    content.seek(0)
    if store.create(key, content):
        return
    there = store.head(key)
    if there is None or there.stored_at < now - RENEW_AFTER:
        content.seek(0)
        store.replace(key, content)


@cache
def store_at(url: str) -> ObjectStore:
    """The store at an address: `file:///folder` or `s3://bucket/prefix?endpoint=https://…&region=…&virtual_host=1`."""
    address = urlsplit(url)
    if address.scheme == "file":
        return FolderStore(Path(unquote(address.path)))
    options = dict(parse_qsl(address.query))
    return BucketStore(
        address.netloc,
        address.path.strip("/"),
        endpoint=options.get("endpoint", ""),
        region=options.get("region", ""),
        virtual_host=options.get("virtual_host") == "1",
    )
