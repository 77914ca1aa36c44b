"""The interface of a store: objects are created once under a key, read, listed and deleted; they never change."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Protocol

from kernel.refusal import Busy


class StorageUnavailable(Busy):
    code = "storage.unavailable"
    zh = "文件存储暂时连接不上，请稍后再试"
    en = "The file storage cannot be reached for the moment; try again later"

    def seconds_to_wait(self) -> int:
        return 5


class ObjectMissing(Exception):
    """The store holds no object under this key."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object as the store lists it; `stored_at` is by the clock of the store."""

    key: str
    size_bytes: int
    stored_at: datetime


class ObjectStore(Protocol):
    """Keys are relative paths with `/`. Every method refuses with StorageUnavailable (503) where the store cannot be used.

    A full disk raises OSError (ENOSPC), which the web answers with `request.disk_full`.
    """

    def create(self, key: str, content: BinaryIO) -> bool:
        """Store `content`, whole and durably; False, and nothing is written, where the key is in use. Of two at once, one creates."""

    def replace(self, key: str, content: BinaryIO) -> None:
        """As `create`, whether or not the key is in use. Only for the bytes that it holds already: it renews `stored_at`."""

    def read(self, key: str) -> bytes:
        """Raises ObjectMissing."""

    def open(self, key: str) -> BinaryIO:
        """The object as a seekable stream that the caller closes. Raises ObjectMissing."""

    def head(self, key: str) -> StoredObject | None:
        """What the store knows of an object; None where there is none."""

    def delete(self, key: str) -> None:
        """Delete an object; one that is not there is deleted already."""

    def delete_unchanged(self, stored: StoredObject) -> bool:
        """Delete an object unless it was renewed or written anew since it was listed or looked up as `stored`; whether it was deleted."""

    def pages(self, prefix: str) -> Iterator[list[StoredObject]]:
        """All objects whose keys begin with the folder `prefix`, some hundred at a time. An object may be deleted meanwhile."""

    def delete_unfinished(self, *, before: datetime) -> int:
        """Delete what killed writers left behind before that time; returns how many files."""

    def free_bytes(self) -> int | None:
        """How much room is left; None where the store has no limit of its own. Writes a probe where that tells more than reading."""
