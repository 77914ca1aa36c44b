"""Services for the browser tests: the real server in a process, with a database of its own."""

import fcntl
import itertools
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql
from redis import Redis

from tests.browser.seed_database import SeedData
from tests.rows import COLUMNS
from tests.template import wait_for_template

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class RunningService:
    """Its address, its seed data, and the environment in which it runs, for a worker beside it."""

    address: str
    seed: SeedData
    environment: dict[str, str]


def database_made_once(what: str, arguments: list[str]) -> tuple[str, dict[str, Any]]:
    """The name of a database that `tests.browser.seed_database` filled, and what it printed.

    The first worker of a run that asks for it makes it, and the others wait.
    """
    folder = files_made_once(what).parent
    folder.mkdir(exist_ok=True)
    printed, name = folder / "printed.json", f"{os.environ['WEICANG_TEST_TEMPLATE']}_{what}"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not printed.exists():
            _drop_database(os.environ["DATABASE_URL"], name)
            environment = _environment(folder, name, wait_for_template())
            told = run([sys.executable, "-m", "tests.browser.seed_database", *arguments], environment)
            printed.write_text(told)
    return name, json.loads(printed.read_text())


def files_made_once(what: str) -> Path:
    """The folder of the files that belong to a database that is made once."""
    return Path(os.environ["WEICANG_TEST_RUN"]) / f"data-{what}" / "data"


_services = ExitStack()
_numbers = itertools.count(1)
_idle: list[RunningService] = []
"""Services of this process that no file of tests uses at the moment."""
sign_in_cookies: dict[tuple[str, str], list[Any]] = {}
"""By the address of a service and a login."""


@contextmanager
def renewed_service(template: str, seed: SeedData, files: Path | None = None) -> Iterator[RunningService]:
    """A running service with the rows of the database `template` and a copy of the folder `files`, with nothing in its cache.

    To start one takes four seconds, to renew it a third of one: the files of a process use the same, one after the other.
    """
    if _idle:
        running = _idle.pop()
        _renew(running, template)
    else:
        running = _start(f"browser_{os.getpid()}_{next(_numbers)}", template, seed)
    if files:
        shutil.copytree(files, running.environment["WEICANG_DATA"], dirs_exist_ok=True)
    try:
        yield replace(running, seed=seed)
    finally:
        _idle.append(running)


def end_services() -> None:
    _services.close()


def _start(name: str, template: str, seed: SeedData) -> RunningService:
    folder = Path(os.environ["WEICANG_DATA"]) / name
    folder.mkdir()
    environment = _services.enter_context(separate_environment(folder, name, template))
    address = _services.enter_context(web_server(environment, folder / "web.log"))
    return RunningService(address, seed, environment)


def _renew(service: RunningService, template: str) -> None:
    """Bring the service to the rows of `template`, without files and without a cache. Its connections to the database stay."""
    files = Path(service.environment["WEICANG_DATA"])
    _copy_rows(_url_of(template), service.environment["DATABASE_URL"])
    with Redis.from_url(service.environment["REDIS_URL"]) as redis:
        for key in redis.scan_iter(f"{service.environment['WEICANG_CACHE_PREFIX']}*", count=1000):
            redis.delete(key)
    shutil.rmtree(files)
    files.mkdir()
    sign_in_cookies.clear()


def _copy_rows(source: str, target: str) -> None:
    """Replace all rows of a migrated database by those of another, past triggers, with the numbers that its sequences give out next."""
    with psycopg.connect(source) as read, psycopg.connect(target) as write:
        tables = read.execute(COLUMNS).fetchall()
        write.execute("SET LOCAL session_replication_role = 'replica'")
        write.execute(
            sql.SQL("TRUNCATE {} CASCADE").format(sql.SQL(", ").join(sql.Identifier(table) for table, _ in tables))
        )
        for table, columns in tables:
            name, names = sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
            with (
                read.cursor().copy(sql.SQL("COPY {} ({}) TO STDOUT").format(name, names)) as rows,
                write.cursor().copy(sql.SQL("COPY {} ({}) FROM STDIN").format(name, names)) as written,
            ):
                for part in rows:
                    written.write(part)
        for sequence, last in read.execute("SELECT sequencename, last_value FROM pg_sequences").fetchall():
            write.execute("SELECT setval(quote_ident(%s)::regclass, %s, %s)", [sequence, last or 1, last is not None])


@contextmanager
def separate_environment(folder: Path, name: str, template: str = "") -> Iterator[dict[str, str]]:
    """The environment of a service of its own: a queue and a database called `name`, files below `folder`.

    The database is a copy of `template`, or has all migrations and no data. The static files are those of the test run.
    """
    try:
        yield _environment(folder, name, template or wait_for_template())
    finally:
        _drop_database(os.environ["DATABASE_URL"], name)


def _environment(folder: Path, name: str, template: str) -> dict[str, str]:
    url = _create_database(os.environ["DATABASE_URL"], name, template)
    (folder / "data").mkdir(exist_ok=True)
    (folder / "static").symlink_to(Path(os.environ["WEICANG_TEST_RUN"]) / "static")
    return os.environ | {
        "DATABASE_URL": url,
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
        "WEICANG_DATA": str(folder / "data"),
        "WEICANG_CACHE_PREFIX": name,
        "WEICANG_QUEUE": name,
        "WEICANG_LOG_LEVEL": "WARNING",
        "WEICANG_DEBUG": "0",
    }


@contextmanager
def web_server(environment: dict[str, str], log: Path) -> Iterator[str]:
    """The pages, served as in production; gives their address."""
    with log.open("w") as output, socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        web = _server(listener, environment, output)
    with web:
        try:
            _wait_for(f"{address}/health/ready", web, log)
            yield address
        finally:
            web.terminate()


@contextmanager
def celery_worker(environment: dict[str, str]) -> Iterator[None]:
    """A real worker on the queue of a service, which reads what is uploaded."""
    command = [
        sys.executable, "-m", "celery", "-A", "config.celery", "worker", "-P", "solo",
        "-Q", environment["WEICANG_QUEUE"], "-l", "warning",
    ]  # fmt: skip
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


def run(command: list[str], environment: dict[str, str], typed: str = "") -> str:
    """What a command prints that reads `typed`; where it fails, the test fails with its error."""
    done = subprocess.run(command, cwd=ROOT, env=environment, input=typed, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stderr[-4000:]}"
    return done.stdout


def _create_database(url: str, name: str, template: str) -> str:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return _url_of(name)


def _url_of(name: str) -> str:
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))


def _drop_database(url: str, name: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _server(listener: socket.socket, environment: dict[str, str], output: object) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "config.server", f"--fd={listener.fileno()}"]
    return subprocess.Popen(  # type: ignore[call-overload, no-any-return]
        command, cwd=ROOT, env=environment, stdout=output, stderr=output, pass_fds=[listener.fileno()]
    )


def _wait_for(address: str, web: "subprocess.Popen[bytes]", log: Path) -> None:
    until, last = time.monotonic() + 120, "no answer"
    while time.monotonic() < until:
        if web.poll() is not None:
            break
        try:
            with urllib.request.urlopen(address, timeout=10):
                return
        except (URLError, OSError) as refused:
            last = refused.read().decode() if isinstance(refused, HTTPError) else str(refused)
            time.sleep(0.2)
    pytest.fail(f"the server did not come up: {last}\n{log.read_text()[-4000:]}")
