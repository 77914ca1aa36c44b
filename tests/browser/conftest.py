"""A marketplace of its own for the browser tests: the real server in a process, a database of its own, and Chromium.

Without a Chromium the tests are skipped, and say so; under CI they fail instead. $WEICANG_CHROMIUM names one that is not on the
PATH.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.stage import PASSWORD, Cast

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PHONE = (390, 844)
DESK = (1280, 860)
SHOTS = os.environ.get("WEICANG_SCREENSHOTS", "")


@dataclass(frozen=True)
class Marketplace:
    """A running service, who is in it, and the environment in which it runs: for a worker beside it."""

    address: str
    cast: Cast
    environment: dict[str, str]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium for one file of tests, not for all: while Playwright's event loop runs, Django refuses the database to every other test."""
    found = os.environ.get("WEICANG_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        reason = f"no Chromium on the PATH ({', '.join(NAMES)}) and $WEICANG_CHROMIUM is not set"
        if os.environ.get("CI", "").lower() in ("1", "true"):
            pytest.fail(reason)
        pytest.skip(reason)
    expect.set_options(timeout=15_000)
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=found, args=arguments)
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Marketplace]:
    """Migrated, with the cast in its database, served by granian until the tests end."""
    with furnished(tmp_path_factory.mktemp("market"), f"browser_{os.getpid()}") as market:
        yield market


@contextmanager
def furnished(folder: Path, name: str) -> Iterator[Marketplace]:
    """A marketplace with the cast in its database, for a file of tests that would disturb the others."""
    with rooms(folder, name) as environment:
        cast = Cast(**json.loads(run([sys.executable, "-m", "tests.browser.stage"], environment)))
        with served(environment, folder / "web.log") as address:
            yield Marketplace(address, cast, environment)


@contextmanager
def rooms(folder: Path, name: str) -> Iterator[dict[str, str]]:
    """The environment of a marketplace of its own: an empty database and a queue called `name`, files below `folder`."""
    url = _create_database(os.environ["DATABASE_URL"], name)
    (folder / "data").mkdir(exist_ok=True)
    try:
        yield os.environ | {
            "DATABASE_URL": url,
            "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
            "WEICANG_DATA": str(folder / "data"),
            "WEICANG_CACHE_PREFIX": name,
            "WEICANG_QUEUE": name,
            "WEICANG_LOG_LEVEL": "WARNING",
            "WEICANG_DEBUG": "0",
        }
    finally:
        _drop_database(os.environ["DATABASE_URL"], name)


@contextmanager
def served(environment: dict[str, str], log: Path) -> Iterator[str]:
    """The pages of a marketplace, served as the service is; gives their address."""
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
def working(environment: dict[str, str]) -> Iterator[None]:
    """A real worker on the queue of a marketplace: somebody must read what is uploaded."""
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


@pytest.fixture
def visitor(browser: Browser, market: Marketplace) -> Iterator[Callable[..., Page]]:
    """Opens pages of the marketplace for somebody, as `visits` does."""
    with visits(browser, market.address) as opened:
        yield opened


@contextmanager
def visits(browser: Browser, address: str, patience: float = 10_000) -> Iterator[Callable[..., Page]]:
    """Opens pages for somebody: `opened("login")` is signed in, `opened()` is a stranger; `size` is PHONE or DESK.

    A script error or a breach of the content policy on any of the pages fails the test. `patience` is in milliseconds.
    """
    contexts: list[BrowserContext] = []
    troubles: list[str] = []

    def opened(login: str = "", size: tuple[int, int] = PHONE, scale: float = 1) -> Page:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, base_url=address, locale="fr-FR", device_scale_factor=scale
        )
        context.set_default_timeout(patience)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(f"{page.url}: {error}"))
        page.on("console", lambda line: _note(line.text, troubles) if line.type == "error" else None)
        if login:
            page.goto("/sign-in/")
            page.locator("[name=login]").fill(login)
            page.locator("[name=password]").fill(PASSWORD)
            page.locator("main form button").click()
            page.wait_for_url(lambda address: "/sign-in/" not in address)
        return page

    try:
        yield opened
    finally:
        for context in contexts:
            context.close()
    assert troubles == []


@pytest.fixture
def shoot() -> Callable[[Page, str], None]:
    """Keep a picture of a page where $WEICANG_SCREENSHOTS names a folder."""

    def taken(page: Page, name: str) -> None:
        if SHOTS:
            page.screenshot(path=f"{SHOTS}/{name}.png", caret="initial")

    return taken


def _note(line: str, troubles: list[str]) -> None:
    # Refused requests, and those that a later tap replaced, are told to the console too; they are no fault of a page.
    if not line.startswith(("Failed to load resource", "Response Status Error", "htmx:afterRequest", "htmx:sendAbort")):
        troubles.append(line)


def _create_database(url: str, name: str) -> str:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def _drop_database(url: str, name: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def run(command: list[str], environment: dict[str, str], typed: str = "") -> str:
    """What a command of the marketplace prints, `typed` into it; fails the test with its complaint."""
    done = subprocess.run(command, cwd=ROOT, env=environment, input=typed, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stderr[-4000:]}"
    return done.stdout


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
