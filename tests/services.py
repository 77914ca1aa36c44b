"""PostgreSQL and valkey for the tests, in place before Django reads its settings.

pytest loads this first (`-p tests.services` in pyproject.toml). The process that one calls starts one throwaway
pair, unless DATABASE_URL and REDIS_URL name others, and hands the addresses to the workers of pytest-xdist through
the environment. Every worker has a database of its own (pytest-django's suffix), and cache keys, a queue and a
data folder of its own.

With WEICANG_TESTS_REUSE set (`nox -s tests -- --reuse`), the databases stay in `.weicang/tests` for the next such run,
until a migration changes.
"""

import hashlib
import os
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.core.management import call_command

from embedded import Services, start_all

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
ROOT = Path(__file__).resolve().parents[1]
_at_end = ExitStack()


def _new_folder() -> Path:
    """A folder that is deleted after the run."""
    folder = Path(tempfile.mkdtemp(prefix="weicang-tests-"))
    _at_end.callback(shutil.rmtree, folder, ignore_errors=True)
    # Not private as mkdtemp makes it: under root the servers run as another account and must pass through.
    folder.chmod(0o711)
    return folder


def _kept_folder() -> Path:
    """The folder of all runs with the migrations of now. Those of other migrations are deleted: their databases fit no longer."""
    digest = hashlib.sha256()
    for pattern in ("*/migrations/*.py", "*/database.sql"):
        for file in sorted((ROOT / "src").glob(pattern)):
            digest.update(file.name.encode() + file.read_bytes())
    folders = ROOT / ".weicang" / "tests"
    folder = folders / digest.hexdigest()[:16]
    for other in folders.glob("*"):
        if other != folder:
            shutil.rmtree(other, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    for data in folder.glob("data-*"):
        shutil.rmtree(data)
    return folder


def _begin() -> Path:
    """Start what is not named in the environment; returns the folder of this run."""
    folder = _kept_folder() if os.environ.get("WEICANG_TESTS_REUSE") else _new_folder()
    services: Services = _at_end.enter_context(start_all(folder, durable=False))
    os.environ["DATABASE_URL"] = services.database_url
    os.environ["REDIS_URL"] = services.redis_url
    os.environ["WEICANG_TEST_RUN"] = str(folder)
    return folder


def _settle(folder: Path) -> None:
    """What this process, the only one or one of many, has to itself."""
    mine = f"test-{folder.name}-{WORKER or 'only'}"
    os.environ["WEICANG_CACHE_PREFIX"] = os.environ["WEICANG_QUEUE"] = mine
    data = folder / f"data-{WORKER or 'only'}"
    data.mkdir(exist_ok=True)
    os.environ["WEICANG_DATA"] = str(data)
    os.environ.setdefault("WEICANG_SECRET_KEY", "only-for-tests-" + "x" * 32)
    # Room for the hands of the contention tests, which must meet in the database and not before the pool.
    os.environ["WEICANG_WEB_THREADS"] = "16"
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"


try:
    _settle(Path(os.environ["WEICANG_TEST_RUN"]) if WORKER else _begin())
except BaseException:
    _at_end.close()
    raise


@pytest.hookimpl(trylast=True)
def pytest_configure() -> None:
    """Collect the static files, beside the data of all workers, for the tests that draw pages; not again where none changed."""
    if WORKER:
        return
    stamp = Path(os.environ["WEICANG_DATA"]).parent / "static.stamp"
    state = _state_of_static_files()
    if not stamp.exists() or stamp.read_text() != state:
        call_command("collectstatic", interactive=False, verbosity=0)
        stamp.write_text(state)


def _state_of_static_files() -> str:
    """Changes with every static file of ours, and with the versions of the packages that bring some."""
    files = [*sorted((ROOT / "src").glob("static/**/*")), ROOT / "requirements" / "runtime.txt"]
    stats = ((file, file.stat()) for file in files if file.is_file())
    return "\n".join(f"{file.relative_to(ROOT)} {stat.st_size} {stat.st_mtime_ns}" for file, stat in stats)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    _at_end.close()
