"""The service for the browser tests: the real server in a process, a database of its own, and Chromium.

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
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.seed_database import PASSWORD, SeedData
from tests.sample_data import SampleData
from tests.template import wait_for_template

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PHONE = (390, 844)
DESKTOP = (1280, 860)
SCREENSHOTS = os.environ.get("WEICANG_SCREENSHOTS", "")


CHROMIUM_FEATURES_OFF = (
    # The address bar of a window, which nobody sees here, renders pages of its own: two thirds of the processor time of a new window.
    "WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup", "PreloadTopChromeWebUI", "AimEnabled",
    # Chromium takes the last list only, so what Playwright turns off for its own sake is named again.
    "AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades", "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay", "MediaRouter", "PaintHolding", "ThirdPartyStoragePartitioning", "AvoidCorsURLLoaderRestartOnRedirect",
    "OptimizationHints", "PreconnectToSearch",
)  # fmt: skip
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    f"--disable-features={','.join(CHROMIUM_FEATURES_OFF)}",
]


@dataclass(frozen=True)
class RunningService:
    """Its address, its seed data, and the environment in which it runs, for a worker beside it."""

    address: str
    seed: SeedData
    environment: dict[str, str]


@dataclass(frozen=True)
class UsedService:
    """A running service that has been used for weeks."""

    address: str
    sample: SampleData


def pytest_itemcollected(item: pytest.Item) -> None:
    item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium for the tests of this folder. It ends with them: while Playwright's event loop runs, Django refuses the database."""
    found = os.environ.get("WEICANG_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        reason = f"no Chromium on the PATH ({', '.join(NAMES)}) and $WEICANG_CHROMIUM is not set"
        if os.environ.get("CI", "").lower() in ("1", "true"):
            pytest.fail(reason)
        pytest.skip(reason)
    expect.set_options(timeout=15_000)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=found, args=CHROMIUM_ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def seeded_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, SeedData]]:
    """The name of a database that holds the seed data, to be copied: to enter the data takes longer than to copy it."""
    name = f"seed_{os.getpid()}"
    with separate_environment(tmp_path_factory.mktemp("seed"), name) as environment:
        seed = SeedData(**json.loads(run([sys.executable, "-m", "tests.browser.seed_database"], environment)))
        yield name, seed


@pytest.fixture(scope="session")
def service(
    tmp_path_factory: pytest.TempPathFactory, seeded_database: tuple[str, SeedData]
) -> Iterator[RunningService]:
    """The service that most browser tests share, until the tests end."""
    with seeded_service(tmp_path_factory.mktemp("service"), f"browser_{os.getpid()}", *seeded_database) as service:
        yield service


@pytest.fixture(scope="session")
def used(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UsedService]:
    folder = tmp_path_factory.mktemp("used")
    with separate_environment(folder, f"used_{os.getpid()}") as environment:
        sample = SampleData(
            **json.loads(run([sys.executable, "-m", "tests.browser.seed_database", "sample-data"], environment))
        )
        with web_server(environment, folder / "web.log") as address:
            yield UsedService(address, sample)


@contextmanager
def seeded_service(folder: Path, name: str, template: str, seed: SeedData) -> Iterator[RunningService]:
    """A running service on a copy of the seeded database, for a file of tests that would disturb the others."""
    with (
        separate_environment(folder, name, template) as environment,
        web_server(environment, folder / "web.log") as address,
    ):
        yield RunningService(address, seed, environment)


@contextmanager
def separate_environment(folder: Path, name: str, template: str = "") -> Iterator[dict[str, str]]:
    """The environment of a service of its own: a queue and a database called `name`, files below `folder`.

    The database is a copy of `template`, or has all migrations and no data. The static files are those of the test run.
    """
    url = _create_database(os.environ["DATABASE_URL"], name, template or wait_for_template())
    (folder / "data").mkdir(exist_ok=True)
    (folder / "static").symlink_to(Path(os.environ["WEICANG_DATA"]).parent / "static")
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


@pytest.fixture
def open_page(browser: Browser, service: RunningService) -> Iterator[Callable[..., Page]]:
    """Opens pages of the service for somebody, as `page_opener` does."""
    with page_opener(browser, service.address) as opened:
        yield opened


@contextmanager
def page_opener(browser: Browser, address: str, patience: float = 10_000) -> Iterator[Callable[..., Page]]:
    """Opens pages for somebody: `opened("login")` is signed in, `opened()` is anonymous; `size` is PHONE or DESKTOP.
    `scripts=False` is a browser in which JavaScript is off.

    A script error or a breach of the content policy on any of the pages fails the test. `patience` is in milliseconds.
    """
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def opened(login: str = "", size: tuple[int, int] = PHONE, scale: float = 1, *, scripts: bool = True) -> Page:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            base_url=address,
            locale="fr-FR",
            device_scale_factor=scale,
            java_script_enabled=scripts,
        )
        context.set_default_timeout(patience)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(f"{page.url}: {error}"))
        page.on("console", lambda line: _note(line.text, errors) if line.type == "error" else None)
        if login:
            _sign_in(page, address, login)
        return page

    try:
        yield opened
    finally:
        for context in contexts:
            context.close()
    assert errors == []


_cookies: dict[tuple[str, str], list[Any]] = {}


def _sign_in(page: Page, address: str, login: str) -> None:
    """Open the first page of somebody. Whoever signed in before comes back with her cookies: a sign-in takes a second."""
    if cookies := _cookies.get((address, login)):
        page.context.add_cookies(cookies)
        page.goto("/")
        if "/sign-in/" not in page.url:
            return
    page.goto("/sign-in/")
    page.locator("[name=login]").fill(login)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main form button").click()
    page.wait_for_url(lambda address: "/sign-in/" not in address)
    _cookies[address, login] = [dict(each) for each in page.context.cookies()]


@pytest.fixture
def screenshot() -> Callable[[Page, str], None]:
    """Keep a picture of a page where $WEICANG_SCREENSHOTS names a folder."""

    def taken(page: Page, name: str) -> None:
        if SCREENSHOTS:
            page.screenshot(path=f"{SCREENSHOTS}/{name}.png", caret="initial")

    return taken


def _note(line: str, errors: list[str]) -> None:
    # Refused requests, and those that a later tap replaced, are told to the console too; they are no error of a page.
    if not line.startswith(("Failed to load resource", "Response Status Error", "htmx:afterRequest", "htmx:sendAbort")):
        errors.append(line)


def _create_database(url: str, name: str, template: str) -> str:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def _drop_database(url: str, name: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def run(command: list[str], environment: dict[str, str], typed: str = "") -> str:
    """What a command prints that reads `typed`; where it fails, the test fails with its error."""
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
