"""PostgreSQL and valkey for the tests, started before Django reads its settings.

pytest loads this module first (`-p tests.services` in pyproject.toml). The main process starts one pair of servers for
this run, unless DATABASE_URL and REDIS_URL name others, begins to migrate one template database, and passes the addresses to the
workers of pytest-xdist through the environment. Every worker has its own copy of the template (with pytest-django's
suffix), its own cache keys, its own queue and its own data folder.

With WEICANG_TESTS_REUSE set (`nox -s tests -- --reuse`), the databases stay in `.weicang/tests` for the next such run,
until a migration changes.
"""

import gc
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack, suppress
from pathlib import Path

import psycopg
import pytest
from django.core.management import call_command

from embedded import AlreadyOwned, Services, default_folder, owned, start_all
from tests.compiled import compile_share

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
ROOT = Path(__file__).resolve().parents[1]
_at_end = ExitStack()
# What is collected stays, so that the garbage collector looks through ever more of it in vain (tests/conftest.py).
gc.disable()


def _new_folder() -> Path:
    """A folder that is deleted after the run."""
    folder = Path(tempfile.mkdtemp(prefix="weicang-tests-"))
    _at_end.callback(shutil.rmtree, folder, ignore_errors=True)
    # Not private as mkdtemp makes it: under root the servers run as another account and must pass through.
    folder.chmod(0o711)
    return folder


def _kept_folder() -> Path:
    """The folder of all runs with the present migrations. Folders of other migrations are deleted: their databases do not fit."""
    digest = hashlib.sha256(os.environ.get("WEICANG_POSTGRES", "").encode())
    for pattern in ("*/migrations/*.py", "*/database.sql"):
        for file in sorted((ROOT / "src").glob(pattern)):
            digest.update(file.name.encode() + file.read_bytes())
    folders = default_folder() / "tests"
    folder = folders / digest.hexdigest()[:16]
    for other in folders.glob("*"):
        if other != folder:
            with suppress(AlreadyOwned), owned(other):  # a run of an older state may still be going on
                shutil.rmtree(other, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _begin() -> Path:
    """Start the servers that the environment does not name; return the folder of this run."""
    folder = _kept_folder() if os.environ.get("WEICANG_TESTS_REUSE") else _new_folder()
    services: Services = _at_end.enter_context(start_all(folder, durable=False))
    # Not before the folder is ours: another run that has it is using these.
    for data in folder.glob("data-*"):
        shutil.rmtree(data)
    if not os.environ.get("DATABASE_URL"):
        os.environ["WEICANG_TEST_SERVER"] = "embedded"
    os.environ["DATABASE_URL"] = services.database_url
    os.environ["REDIS_URL"] = services.redis_url
    os.environ["WEICANG_TEST_RUN"] = str(folder)
    os.environ["WEICANG_TEST_TEMPLATE"] = f"template_{folder.name}"
    return folder


def _begin_to_migrate() -> None:
    """Begin to migrate the database of which all others of this run are copies: a copy takes a fifth of a second, the migrations eight.

    The tests are collected meanwhile; who needs the database waits for it (tests/template.py).
    """
    url, name = os.environ["DATABASE_URL"], os.environ["WEICANG_TEST_TEMPLATE"]
    for filled in ("seed", "pictured", "used"):  # by the tests of the pages (tests/browser/conftest.py)
        _at_end.callback(_drop, f"{name}_{filled}")
    with psycopg.connect(url, autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return
    (Path(os.environ["WEICANG_TEST_RUN"]) / "migration-failed").unlink(missing_ok=True)
    if not os.environ.get("WEICANG_TESTS_REUSE"):
        _at_end.callback(_drop, name)
    _at_end.callback(_drop, f"{name}_new")
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    command = [sys.executable, "-m", "tests.template", name]
    migrating = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"PYTHONPATH": path})
    _at_end.callback(migrating.wait)
    _at_end.callback(migrating.terminate)


def _drop(database: str) -> None:
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')


def _set_environment(folder: Path) -> None:
    """Name what belongs to this process alone, which is the only one or one of many."""
    mine = f"test-{folder.name}-{WORKER or 'only'}"
    os.environ["WEICANG_CACHE_PREFIX"] = os.environ["WEICANG_QUEUE"] = mine
    data = folder / f"data-{WORKER or 'only'}"
    data.mkdir(exist_ok=True)
    os.environ["WEICANG_DATA"] = str(data)
    os.environ.setdefault("WEICANG_SECRET_KEY", "only-for-tests-" + "x" * 32)
    # Enough connections for the threads of the contention tests, which must meet in the database and not before the pool.
    os.environ["WEICANG_WEB_THREADS"] = "16"
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"


try:
    _set_environment(Path(os.environ["WEICANG_TEST_RUN"]) if WORKER else _begin())
    if not WORKER:
        _begin_to_migrate()
except BaseException:
    _at_end.close()
    raise


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Collect the static files for the tests that render pages, unless none has changed since the last run."""
    if WORKER:
        if sys.dont_write_bytecode is False:
            compile_share(config, int(WORKER.removeprefix("gw")), int(os.environ["PYTEST_XDIST_WORKER_COUNT"]))
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
