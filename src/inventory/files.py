"""Where uploaded workbooks, their marked copies and pictures lie: under DATA_FOLDER, named by their hash."""

import hashlib
import logging
import os
import tempfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from django.conf import settings

log = logging.getLogger("weicang.files")


class TooLong(Exception):
    """More bytes came than the limit allows."""


def workbook_path(sha256: str) -> Path:
    return _folder("workbooks", sha256) / sha256


def marked_path(upload_id: int) -> Path:
    return Path(settings.DATA_FOLDER) / "marked" / str(upload_id)


def picture_path(sha256: str, width: int | None = None) -> Path:
    """The picture as it came, or its web size of that width."""
    return _folder("pictures", sha256) / (sha256 if width is None else f"{sha256}-{width}.jpg")


def keep(chunks: Iterable[bytes], *, limit: int) -> tuple[str, int]:
    """Store what comes, durably, once; gives its SHA-256 and size. Raises TooLong beyond `limit` bytes and keeps nothing then."""
    digest, size = hashlib.sha256(), 0
    root = Path(settings.DATA_FOLDER) / "workbooks"
    root.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=root)
    try:
        with os.fdopen(descriptor, "wb") as file:
            for chunk in chunks:
                size += len(chunk)
                if size > limit:
                    raise TooLong
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        target = workbook_path(digest.hexdigest())
        target.parent.mkdir(exist_ok=True)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return digest.hexdigest(), size


def workbooks() -> Iterator[list[Path]]:
    """All stored workbooks, and what a killed receiver left of others, folder by folder."""
    root = Path(settings.DATA_FOLDER) / "workbooks"
    folders = [root, *sorted(path for path in root.iterdir() if path.is_dir())] if root.exists() else []
    for folder in folders:
        yield [path for path in folder.iterdir() if path.is_file()]


def forget(target: Path, *, before: datetime) -> bool:
    """Delete a file that was stored before that time; False where there is none, or a younger one."""
    try:
        if target.stat().st_mtime >= before.timestamp():
            return False
        target.unlink()
    except FileNotFoundError:
        return False
    except OSError:
        log.exception("a file cannot be deleted", extra={"path": str(target)})
        return False
    return True


def write(target: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=target.parent)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    Path(name).replace(target)


def _folder(kind: str, sha256: str) -> Path:
    return Path(settings.DATA_FOLDER) / kind / sha256[:2]
