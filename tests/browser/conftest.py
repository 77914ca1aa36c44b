"""The service for the browser tests: the real server in a process, a database of its own, and Chromium.

Without a Chromium the tests are skipped, and say so; under CI they fail instead. $WEICANG_CHROMIUM names one that is not on the
PATH.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.running import (
    ROOT,
    RunningService,
    celery_worker,
    database_made_once,
    end_services,
    files_made_once,
    renewed_service,
    run,
    separate_environment,
    sign_in_cookies,
    web_server,
)
from tests.browser.seed_database import PASSWORD, SeedData, session_of
from tests.sample_data import SampleData

__all__ = [
    "DESKTOP", "PHONE", "ROOT", "RunningService", "UsedService", "celery_worker", "database_made_once", "files_made_once", "page_opener",
    "renewed_service", "run", "separate_environment", "web_server",
]  # fmt: skip

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
def seeded_database() -> tuple[str, SeedData]:
    """The name of a database that holds the seed data, to be copied: to enter the data takes longer than to copy it."""
    name, printed = database_made_once("seed", [])
    return name, SeedData(**printed)


@pytest.fixture(autouse=True, scope="session")
def _end_of_services() -> Iterator[None]:
    yield
    end_services()


@pytest.fixture(scope="module")
def service(seeded_database: tuple[str, SeedData]) -> Iterator[RunningService]:
    """A service whose database holds the seed data and nothing else when the tests of a file begin."""
    with renewed_service(*seeded_database) as service:
        yield service


@pytest.fixture(scope="module")
def pictured() -> Iterator[RunningService]:
    """As `service`, with a second live sale of eight styles, and pictures of all styles."""
    name, printed = database_made_once("pictured", ["pictured"])
    with renewed_service(name, SeedData(**printed), files_made_once("pictured")) as service:
        yield service


@pytest.fixture(scope="module")
def used(seeded_database: tuple[str, SeedData]) -> Iterator[UsedService]:
    name, printed = database_made_once("used", ["sample-data"])
    with renewed_service(name, seeded_database[1], files_made_once("used")) as service:
        yield UsedService(service.address, SampleData(**printed))


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


def _sign_in(page: Page, address: str, login: str) -> None:
    """Open the first page of somebody, with the session of the seeded database or of an earlier sign-in: to sign in takes a second."""
    seeded = [{"name": "sessionid", "value": session_of(login), "url": address}]
    page.context.add_cookies(sign_in_cookies.get((address, login), seeded))
    page.goto("/", timeout=60_000)  # the first page of a service that has just begun
    if "/sign-in/" not in page.url:
        return
    page.goto("/sign-in/")
    page.locator("[name=login]").fill(login)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main form button").click()
    page.wait_for_url(lambda address: "/sign-in/" not in address)
    sign_in_cookies[address, login] = [dict(each) for each in page.context.cookies()]


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
