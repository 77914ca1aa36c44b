"""A store in a folder of the local disk, for one machine."""

import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from storage.objects import ObjectMissing, StorageUnavailable, StoredObject

UNFINISHED = "unfinished"
_PROBE = b"x" * 4096
_NOT_SUPPORTED = frozenset(
    {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL, errno.EBADF, errno.ENOLCK}
)
"""What a volume answers that has no hard links, no locks, or folders that cannot be synchronised (exFAT, some network volumes)."""


class FolderStore:
    """Objects are files under `root`. A file is written beside them, synchronised to the disk, and then linked to its name.

    What must not happen between another process's look and its act holds a lock on the folder `root`. Where the volume has no locks, two
    who create one key at once write the same bytes, because a key names its content.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, key: str) -> Path:
        return self.root / key

    def create(self, key: str, content: BinaryIO) -> bool:
        with _unavailable_on_error(), self._written(content) as written:
            target = self.path(key)
            target.parent.mkdir(parents=True, exist_ok=True)
            if not self._link(written, target):
                return False
            self._synchronise_folders(target)
            return True

    def replace(self, key: str, content: BinaryIO) -> None:
        with _unavailable_on_error(), self._written(content) as written:
            target = self.path(key)
            target.parent.mkdir(parents=True, exist_ok=True)
            with self._locked():
                written.replace(target)
            self._synchronise_folders(target)

    def read(self, key: str) -> bytes:
        with self._missing_or_unavailable(key):
            return self.path(key).read_bytes()

    def open(self, key: str) -> BinaryIO:
        with self._missing_or_unavailable(key):
            return self.path(key).open("rb")

    def head(self, key: str) -> StoredObject | None:
        with _unavailable_on_error():
            return self._head(self.path(key))

    def delete(self, key: str) -> None:
        with _unavailable_on_error():
            self.path(key).unlink(missing_ok=True)

    def delete_unchanged(self, stored: StoredObject) -> bool:
        with _unavailable_on_error(), self._locked():
            path = self.path(stored.key)
            if self._head(path) != stored:
                return False
            path.unlink()
            return True

    def pages(self, prefix: str) -> Iterator[list[StoredObject]]:
        with _unavailable_on_error():
            for folder, _, names in os.walk(self.path(prefix)):
                found = [self._head(Path(folder) / name) for name in sorted(names)]
                if page := [each for each in found if each is not None]:
                    yield page

    def delete_unfinished(self, *, before: datetime) -> int:
        deleted = 0
        for each in list(self.pages(UNFINISHED)):
            for file in each:
                if file.stored_at < before:
                    self.delete(file.key)
                    deleted += 1
        return deleted

    def free_bytes(self) -> int:
        with _unavailable_on_error():
            # A disk that is full or mounted read-only says so only to who writes.
            with tempfile.TemporaryFile(dir=self.root) as probe:
                probe.write(_PROBE)
            return shutil.disk_usage(self.root).free

    @contextmanager
    def _written(self, content: BinaryIO) -> Iterator[Path]:
        """The content as a file without its name yet; removed afterwards unless it was renamed."""
        self._require_root()
        folder = self.path(UNFINISHED)
        folder.mkdir(exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                shutil.copyfileobj(content, file)
                file.flush()
                os.fsync(file.fileno())
            yield Path(name)
        finally:
            Path(name).unlink(missing_ok=True)

    def _link(self, written: Path, target: Path) -> bool:
        """Give a finished file its name; False where the name is in use."""
        try:
            os.link(written, target)
        except FileExistsError:
            return False
        except OSError as failure:
            if failure.errno not in _NOT_SUPPORTED:
                raise
            with self._locked():
                if target.exists():
                    return False
                written.replace(target)
        return True

    def _synchronise_folders(self, target: Path) -> None:
        """Bring the new name to the disk, and the names of the folders above it, which may be new too."""
        for folder in target.parents:
            descriptor = os.open(folder, os.O_RDONLY)
            try:
                with _allowed_to_be_unsupported():
                    os.fsync(descriptor)
            finally:
                os.close(descriptor)
            if folder == self.root:
                return

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._require_root()
        descriptor = os.open(self.root, os.O_RDONLY)
        try:
            with _allowed_to_be_unsupported():
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)  # ends the lock

    @contextmanager
    def _missing_or_unavailable(self, key: str) -> Iterator[None]:
        """Refuse where a missing file means a missing root, as when its disk is not mounted: nothing may conclude that the file is lost."""
        try:
            with _unavailable_on_error(key):
                yield
        except ObjectMissing:
            self._require_root()
            raise

    def _require_root(self) -> None:
        """Refuse with StorageUnavailable where the root is missing. The store never creates it: it could lie on another disk."""
        if not self.root.is_dir():
            raise StorageUnavailable

    def _head(self, path: Path) -> StoredObject | None:
        with suppress(FileNotFoundError):
            found = path.stat()
            key = path.relative_to(self.root).as_posix()
            return StoredObject(key, found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))
        return None


@contextmanager
def _allowed_to_be_unsupported() -> Iterator[None]:
    try:
        yield
    except OSError as failure:
        if failure.errno not in _NOT_SUPPORTED:
            raise


@contextmanager
def _unavailable_on_error(key: str = "") -> Iterator[None]:
    """Refuse where the disk fails; a missing file of `key` is ObjectMissing, and a full disk stays what it is."""
    try:
        yield
    except OSError as failure:
        if key and isinstance(failure, FileNotFoundError | NotADirectoryError):
            raise ObjectMissing(key) from failure
        if failure.errno in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise StorageUnavailable from failure
