"""The page of rehearsals, on a phone and at a desk (REHEARSAL-1, REHEARSAL-4)."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import DESKTOP, PHONE, UsedService, page_opener
from tests.browser.test_all_pages import OpenPage, TakeScreenshot, width_overflow


@pytest.fixture
def open_used(browser: Browser, used: UsedService) -> Iterator[OpenPage]:
    with page_opener(browser, used.address) as opened:
        yield opened


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desk"])
def test_ops_reads_how_a_rehearsal_went(
    open_used: OpenPage, screenshot: TakeScreenshot, used: UsedService, size: tuple[int, int]
) -> None:
    page = open_used(used.sample.logins["ops"], size=size)
    page.goto(f"/console/sales/{used.sample.ids['sale_id']}/rehearsals/")
    expect(page.get_by_text("没有超卖")).to_be_visible()
    expect(page.get_by_role("img", name="每秒的回答")).to_be_visible()
    assert width_overflow(page) == 0
    page.get_by_text("按秒的数字").click()
    expect(page.get_by_role("cell", name="1210.5")).to_be_visible()
    assert width_overflow(page) == 0
    screenshot(page, f"rehearsal-{size[0]}")


def test_a_live_sale_refuses_a_rehearsal_at_the_form(
    open_used: OpenPage, screenshot: TakeScreenshot, used: UsedService
) -> None:
    page = open_used(used.sample.logins["ops"], size=DESKTOP)
    page.goto(f"/console/sales/{used.sample.ids['preview_sale_id']}/rehearsals/")
    page.get_by_label("模拟买家人数").fill("40")
    page.get_by_role("button", name="开始演练").click()
    expect(page.get_by_text("不能在这台机器上演练")).to_be_visible()
    expect(page.get_by_label("模拟买家人数")).to_have_value("40")
    screenshot(page, "rehearsal-refused")
