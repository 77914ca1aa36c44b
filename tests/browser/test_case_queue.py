"""Ops work through ten cases, and the taps are counted (AFTER-12): at most twelve, where it took 41 before there was a queue."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import (
    DESKTOP,
    PHONE,
    RunningService,
    page_opener,
    renewed_service,
    run,
    separate_environment,
)
from tests.browser.seed_database import SeedData
from tests.browser.test_all_pages import width_overflow

TakeScreenshot = Callable[[Page, str], None]
MAX_TAPS = 12


@pytest.fixture(scope="module")
def queued(
    tmp_path_factory: pytest.TempPathFactory, seeded_database: tuple[str, SeedData]
) -> Iterator[tuple[str, Path, list[int]]]:
    """Ten cases that wait: the name of the database and the folder of the photos, to be copied, and the ids of the cases."""
    name, folder = f"queued_{os.getpid()}", tmp_path_factory.mktemp("queued")
    with separate_environment(folder, name, seeded_database[0]) as environment:
        ids = json.loads(run([sys.executable, "-m", "tests.browser.case_queue"], environment))
        yield name, folder / "data", ids


@pytest.fixture
def queue(
    seeded_database: tuple[str, SeedData], queued: tuple[str, Path, list[int]]
) -> Iterator[tuple[RunningService, list[int]]]:
    """A service with ten cases that wait."""
    name, photos, ids = queued
    with renewed_service(name, seeded_database[1], photos) as service:
        yield service, ids


class Taps:
    """Presses keys and clicks, and counts them."""

    def __init__(self, page: Page) -> None:
        self.page, self.count = page, 0

    def key(self, key: str) -> None:
        self.count += 1
        self.page.keyboard.press(key)

    def click(self, selector: str) -> None:
        self.count += 1
        self.page.locator(selector).first.click()


def test_ten_cases_take_at_most_twelve_taps_by_keys_one_after_the_other(
    browser: Browser, queue: tuple[RunningService, list[int]], screenshot: TakeScreenshot
) -> None:
    service, ids = queue
    with page_opener(browser, service.address) as opened:
        page = opened(service.seed.ops, DESKTOP)
        page.goto("/console/")
        taps = Taps(page)
        taps.click("nav a[href='/console/cases/']")
        expect(page.locator("[data-queue-row]")).to_have_count(10)
        expect(page.locator("[data-queue-row][aria-current]")).to_contain_text("第 0 件")
        assert width_overflow(page) <= 0
        screenshot(page, "console-queue")
        for left in range(9, -1, -1):
            # The script marks the current row once it listens to keys.
            expect(page.locator("[data-queue-row][aria-current]")).to_have_count(1)
            taps.key("a")
            expect(page.locator("[data-queue-row]")).to_have_count(left)
        print(f"{taps.count} taps for {len(ids)} cases, by keys")
        assert taps.count == 11
        assert taps.count <= MAX_TAPS
        page.goto("/console/cases/?state=approved")
        expect(page.locator("[data-queue-row]")).to_have_count(10)


def test_ten_cases_are_rejected_with_one_reason_in_four_taps(
    browser: Browser, queue: tuple[RunningService, list[int]], screenshot: TakeScreenshot
) -> None:
    service, ids = queue
    with page_opener(browser, service.address) as opened:
        page = opened(service.seed.ops, DESKTOP)
        page.goto("/console/")
        taps = Taps(page)
        taps.click("nav a[href='/console/cases/']")
        taps.click("[data-tick-all]")
        expect(page.locator("[data-ticked]").first).to_have_text("10")
        taps.key("r")
        expect(page.locator("[name=reason]")).to_be_focused()
        page.keyboard.type("照片看不出问题")
        screenshot(page, "console-queue-reject")
        taps.key("Enter")
        expect(page.locator("[data-queue-row]")).to_have_count(0)
        expect(page.locator("main")).to_contain_text("已处理 10 张售后单")
        print(f"{taps.count} taps for {len(ids)} cases, at once")
        assert taps.count == 4


def test_keys_move_tick_and_open_and_a_refund_asks_first(
    browser: Browser, queue: tuple[RunningService, list[int]]
) -> None:
    service, ids = queue
    with page_opener(browser, service.address) as opened:
        page = opened(service.seed.ops, DESKTOP)
        page.goto("/console/cases/")
        current = page.locator("[data-queue-row][aria-current]")
        for key, words in (("j", "第 1 件"), ("j", "第 2 件"), ("k", "第 1 件")):
            page.keyboard.press(key)
            expect(current).to_contain_text(words)
        page.keyboard.press("x")
        page.keyboard.press("j")
        page.keyboard.press("x")
        expect(page.locator("[data-ticked]").first).to_have_text("2")
        page.locator("[name=amount_fen]").fill("20")
        page.keyboard.press("Escape")
        page.keyboard.press("g")
        expect(page.locator("#ask")).to_be_visible()
        page.locator("#ask [data-ask-yes]").click()
        expect(page.locator("[data-queue-row]")).to_have_count(8)
        page.goto("/console/cases/")
        page.keyboard.press("o")
        page.wait_for_url(f"**/console/cases/{ids[0]}/")
        phone = opened(service.seed.reseller, PHONE)
        phone.goto(f"/shop/cases/{ids[1]}/")
        expect(phone.locator("main")).to_contain_text("¥20.00")
        expect(phone.locator(".photos img")).to_have_count(1)


def test_photos_are_made_small_on_the_phone_and_sent_with_the_case(
    browser: Browser, queue: tuple[RunningService, list[int]], screenshot: TakeScreenshot, tmp_path: Path
) -> None:
    service, ids = queue
    files = [tmp_path / f"{n}.png" for n in range(3)]
    for n, file in enumerate(files):
        Image.effect_noise((2400, 1800), 60 + n).convert("RGB").save(file)
    assert files[0].stat().st_size > 4_000_000
    with page_opener(browser, service.address) as opened:
        phone = opened(service.seed.reseller, PHONE)
        phone.goto(f"/shop/cases/{ids[0]}/")
        phone.get_by_role("button", name="撤回申请").click()
        with phone.expect_navigation():
            phone.locator("#ask [data-ask-yes]").click()
        phone.goto(f"/shop/cases/{ids[0]}/")
        phone.locator("a[href^='/shop/orders/']").first.click()
        phone.get_by_role("link", name="申请售后").first.click()
        phone.locator("#photos").set_input_files(files)
        expect(phone.locator("#chosen-photos img")).to_have_count(3)
        sizes = phone.locator("#photos").evaluate("field => [...field.files].map((file) => file.size)")
        assert all(size < 2_000_000 for size in sizes), sizes
        assert width_overflow(phone) <= 0
        screenshot(phone, "shop-case-photos")
        phone.locator("label.choice", has_text="发错货").click()
        phone.get_by_role("button", name="提交申请").click()
        phone.wait_for_url("**/shop/cases/*/")
        expect(phone.locator(".photos img")).to_have_count(3)
        screenshot(phone, "shop-case-sent")
