import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded import postgres


@pytest.fixture(autouse=True)
def no_servers_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests are about the servers that start when the environment names none."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)
    monkeypatch.delenv("WEICANG_POSTGRES", raising=False)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the account of PostgreSQL can pass through even when root runs the tests."""
    path = Path(tempfile.mkdtemp(prefix="weicang-embedded-"))
    path.chmod(0o711)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def private_folder() -> Iterator[Path]:
    """A folder that only its owner can enter."""
    path = Path(tempfile.mkdtemp(prefix="weicang-private-"))
    path.chmod(0o700)
    yield path
    postgres.delete_cluster(path / "postgres")
    shutil.rmtree(path, ignore_errors=True)
