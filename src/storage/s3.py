"""A store in a bucket of an S3-compatible service, for several machines.

The credentials come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or whatever else obstore finds; they are no part of the address.
"""

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, BinaryIO, cast

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, NotSupportedError
from obstore.store import S3Store

from storage.objects import ObjectMissing, StorageUnavailable, StoredObject

if TYPE_CHECKING:
    from obstore import ObjectMeta

CONNECT_TIMEOUT = timedelta(seconds=3)
REQUEST_TIMEOUT = timedelta(seconds=60)
"""Of one request, a workbook of 50 MB included."""
RETRY_TIMEOUT = timedelta(seconds=5)
MAX_RETRIES = 2
_PRECISION = timedelta(seconds=1)
"""Listings tell milliseconds with some services, answers to a request for one object whole seconds."""


class BucketStore:
    """Objects are keys under `prefix` in a bucket. An object is sent in one request: it is there whole or not at all."""

    def __init__(self, bucket: str, prefix: str, *, endpoint: str = "", region: str = "", virtual_host: bool = False):
        self._store = S3Store(
            bucket,
            prefix=prefix or None,
            endpoint=endpoint or None,
            region=region or "us-east-1",
            virtual_hosted_style_request=virtual_host,
            client_options={
                "allow_http": endpoint.startswith("http://"),
                "connect_timeout": CONNECT_TIMEOUT,
                "timeout": REQUEST_TIMEOUT,
            },
            retry_config={"max_retries": MAX_RETRIES, "retry_timeout": RETRY_TIMEOUT},
        )

    def create(self, key: str, content: BinaryIO) -> bool:
        with _unavailable_on_error():
            try:
                obstore.put(self._store, key, content, mode="create", use_multipart=False)
            except AlreadyExistsError:
                return False
            except NotSupportedError:
                # A service without conditional writes. Two who create one key at once write the same bytes: a key names its content.
                if self.head(key) is not None:
                    return False
                self.replace(key, content)
            return True

    def replace(self, key: str, content: BinaryIO) -> None:
        with _unavailable_on_error():
            content.seek(0)
            obstore.put(self._store, key, content, use_multipart=False)

    def read(self, key: str) -> bytes:
        with self._missing_or_unavailable(key):
            return obstore.get(self._store, key).bytes().to_bytes()

    def open(self, key: str) -> BinaryIO:
        with self._missing_or_unavailable(key):
            return cast("BinaryIO", io.BufferedReader(_Reader(obstore.open_reader(self._store, key)), 1 << 20))

    def head(self, key: str) -> StoredObject | None:
        try:
            with _unavailable_on_error(key):
                return _stored_object(obstore.head(self._store, key))
        except ObjectMissing:
            return None

    def delete(self, key: str) -> None:
        with _unavailable_on_error():
            try:
                obstore.delete(self._store, key)
            except FileNotFoundError:
                return

    def delete_unchanged(self, stored: StoredObject) -> bool:
        # Few services delete on a condition, and obstore offers none: what remains is the time of one request.
        present = self.head(stored.key)
        if present is None or present.stored_at - stored.stored_at >= _PRECISION:
            return False
        self.delete(stored.key)
        return True

    def pages(self, prefix: str) -> Iterator[list[StoredObject]]:
        with _unavailable_on_error():
            for page in obstore.list(self._store, prefix, chunk_size=1000):
                yield [_stored_object(each) for each in page]

    def delete_unfinished(self, *, before: datetime) -> int:
        return 0

    def free_bytes(self) -> None:
        self._require_bucket()

    @contextmanager
    def _missing_or_unavailable(self, key: str) -> Iterator[None]:
        """Refuse where a missing object means a missing bucket: its objects are not lost, and nothing may conclude that they are."""
        try:
            with _unavailable_on_error(key):
                yield
        except ObjectMissing:
            self._require_bucket()
            raise

    def _require_bucket(self) -> None:
        """Refuse with StorageUnavailable where there is no bucket. A listing tells, a request for one object does not."""
        with _unavailable_on_error():
            next(iter(obstore.list(self._store, chunk_size=1)), None)


class _Reader(io.RawIOBase):
    """obstore's reader, which fetches a range of the object at a time, as a stream of Python's."""

    def __init__(self, reader: "obstore.ReadableFile") -> None:
        self._reader = reader

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        with _unavailable_on_error():
            return self._reader.seek(offset, whence)

    def tell(self) -> int:
        return self._reader.tell()

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # io asks for any writable buffer
        with _unavailable_on_error():
            piece = self._reader.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)


def _stored_object(found: "ObjectMeta") -> StoredObject:
    return StoredObject(found["path"], found["size"], found["last_modified"])


@contextmanager
def _unavailable_on_error(key: str = "") -> Iterator[None]:
    """Refuse where the service fails or cannot be reached; a missing object of `key` is ObjectMissing."""
    try:
        yield
    except FileNotFoundError as failure:
        if key:
            raise ObjectMissing(key) from failure
        raise StorageUnavailable from failure  # there is no such bucket
    except (BaseError, OSError, ValueError) as failure:
        raise StorageUnavailable from failure
