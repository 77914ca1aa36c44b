"""The waiting room and the head start of tiers, on a phone and at a desk (SALE-19, SALE-24)."""

import sys

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, PHONE, RunningService, run
from tests.browser.seed_openings import DRAFT, EARLY, WAITING
from tests.browser.test_all_pages import OpenPage, TakeScreenshot, width_overflow


@pytest.fixture(scope="module")
def service(service: RunningService) -> RunningService:
    run([sys.executable, "-m", "tests.browser.seed_openings"], service.environment)
    return service


def test_the_waiting_room_tells_her_place_and_lets_her_in_by_itself(
    open_page: OpenPage, screenshot: TakeScreenshot, service: RunningService
) -> None:
    page = open_page(service.seed.reseller, size=PHONE)
    page.goto("/shop/")
    address = page.get_by_role("link", name=WAITING).first.get_attribute("href")
    assert address is not None
    page.goto(address)
    expect(page.get_by_text("您排在第")).to_be_visible()
    desk = open_page(service.seed.reseller, size=DESKTOP)
    desk.goto(address)
    for each in (page, desk):
        assert width_overflow(each) == 0
        screenshot(each, f"waiting-room-{each.viewport_size['width'] if each.viewport_size else 0}")
    expect(page.get_by_text("距结束")).to_be_visible(timeout=90_000)
    assert page.url.endswith(address)
    screenshot(page, "waiting-room-let-in")


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desk"])
def test_a_preview_with_a_head_start_names_her_instant(
    open_page: OpenPage, screenshot: TakeScreenshot, service: RunningService, size: tuple[int, int]
) -> None:
    page = open_page(service.seed.reseller, size=size)
    page.goto("/shop/")
    page.get_by_role("link", name=EARLY).first.click()
    expect(page.get_by_text("您是体验会员")).to_be_visible()
    expect(page.get_by_text("全员")).to_be_visible()
    assert width_overflow(page) == 0
    screenshot(page, f"head-start-{size[0]}")


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desk"])
def test_ops_see_and_change_both_in_a_draft(
    open_page: OpenPage, screenshot: TakeScreenshot, service: RunningService, size: tuple[int, int]
) -> None:
    page = open_page(service.seed.ops, size=size)
    page.goto("/console/sales/?phase=draft")
    page.get_by_role("link", name=DRAFT).first.click()
    expect(page.get_by_text("每秒放行 20 位")).to_be_visible()
    assert width_overflow(page) == 0
    screenshot(page, f"sale-draft-{size[0]}")
    warning = page.get_by_text("预告不到 15 分钟")
    warning.scroll_into_view_if_needed()
    expect(warning).to_be_visible()
    screenshot(page, f"sale-draft-warned-{size[0]}")
