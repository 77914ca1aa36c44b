"""PostgreSQL and valkey for the tests, in place before Django reads its settings.

pytest loads this first (`-p tests.services` in pyproject.toml). The process that one calls starts one throwaway
pair, unless DATABASE_URL and REDIS_URL name others, and hands the addresses to the workers of pytest-xdist through
the environment. Every worker has a database of its own (pytest-django's suffix), and cache keys, a queue and a
data folder of its own.
"""

import os
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.core.management import call_command

from embedded import Services, start_all

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
_at_end = ExitStack()


def _begin() -> Path:
    """Start what is not named in the environment; returns the folder of this run."""
    # Not private as mkdtemp makes it: under root the servers run as another account and must pass through.
    folder = Path(tempfile.mkdtemp(prefix="weicang-tests-"))
    _at_end.callback(shutil.rmtree, folder, ignore_errors=True)
    folder.chmod(0o711)
    services: Services = _at_end.enter_context(start_all(folder, durable=False))
    os.environ["DATABASE_URL"] = services.database_url
    os.environ["REDIS_URL"] = services.redis_url
    os.environ["WEICANG_TEST_RUN"] = str(folder)
    return folder


def _settle(folder: Path) -> None:
    """What this process, the only one or one of many, has to itself."""
    mine = f"test-{folder.name}-{WORKER or 'only'}"
    os.environ["WEICANG_CACHE_PREFIX"] = os.environ["WEICANG_QUEUE"] = mine
    os.environ["WEICANG_DATA"] = str(folder / f"data-{WORKER or 'only'}")
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
    """Collect the static files once, beside the data of all workers, for the tests that draw pages."""
    if not WORKER:
        call_command("collectstatic", interactive=False, verbosity=0)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    _at_end.close()
