"""A brand uploads its own list for a statement, sees what differs, and disputes it with one tap (SETTLE-13, SETTLE-14)."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from tests.browser.conftest import (
    DESKTOP,
    PHONE,
    UsedService,
    celery_worker,
    database_made_once,
    files_made_once,
    page_opener,
    renewed_service,
)
from tests.browser.seed_database import SeedData
from tests.browser.taps import Taps
from tests.browser.test_all_pages import width_overflow
from tests.sample_data import SampleData

TakeScreenshot = Callable[[Page, str], None]


@pytest.fixture(scope="module")
def used(seeded_database: tuple[str, SeedData]) -> Iterator[UsedService]:
    """With a worker, which compares what is uploaded."""
    name, printed = database_made_once("used", ["sample-data"])
    files = files_made_once("used")
    with renewed_service(name, seeded_database[1], files) as service, celery_worker(service.environment):
        yield UsedService(service.address, SampleData(**printed))


def test_what_a_comparison_gave_fits_a_phone_and_a_desk(
    browser: Browser, used: UsedService, screenshot: TakeScreenshot
) -> None:
    ids = used.sample.ids
    with page_opener(browser, used.address) as opened:
        for login, face in ((used.sample.logins["brand"], "portal"), ("finance", "console")):
            for size in (PHONE, DESKTOP):
                page = opened(login, size=size)
                for name, address in (
                    ("comparison", f"/{face}/statements/lists/{ids['comparison_id']}/"),
                    ("asked", f"/{face}/statements/lists/{ids['asked_comparison_id']}/"),
                    ("statement", f"/{face}/statements/{ids['disputed_statement_id']}/"),
                ):
                    page.goto(address)
                    screenshot(page, f"{face}-{name}-{size[0]}")
                    assert width_overflow(page) == 0


def test_a_list_is_uploaded_compared_and_disputed(
    browser: Browser, used: UsedService, screenshot: TakeScreenshot
) -> None:
    statement_id = used.sample.ids["disputed_statement_id"]
    with page_opener(browser, used.address) as opened:
        clerk = Taps(opened(used.sample.logins["brand"], size=DESKTOP))
        clerk.page.goto(f"/portal/statements/{statement_id}/")
        lines = clerk.page.locator("[name=line_ids]").evaluate_all("found => found.map(each => each.value)")
        rows = "".join(f"{line},0.01\n" for line in lines)
        file: FilePayload = {
            "name": "ours.csv",
            "mimeType": "text/csv",
            "buffer": f"明细号,应结货款\n{rows}".encode(),
        }
        clerk.page.locator("#list-file").set_input_files([file])
        clerk.tap(clerk.page.get_by_role("button", name="上传对账"))
        expect(clerk.page.get_by_text("已比对")).to_be_visible(timeout=60_000)
        expect(clerk.page.locator("[name=numbers]:checked")).to_have_count(len(lines))
        screenshot(clerk.page, "compared")
        clerk.tap(clerk.page.get_by_role("button", name="对所选明细提出异议"))
        expect(clerk.page.locator("#disputes")).to_contain_text("对账表《ours.csv》第 2 行：应结货款（B2） ¥0.01")
        assert clerk.total == (2, 0)
