"""A reseller asks for an invoice with three taps on a phone; finance export it and read who waits (INVOICE-2, INVOICE-5)."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import DESKTOP, PHONE, UsedService, page_opener
from tests.browser.taps import Taps
from tests.browser.test_all_pages import TakeScreenshot, width_overflow

pytestmark = pytest.mark.browser
MAX_TAPS = 3


def test_an_invoice_is_asked_for_with_three_taps(
    browser: Browser, used: UsedService, screenshot: TakeScreenshot
) -> None:
    with page_opener(browser, used.address) as opened:
        page = opened(used.sample.logins["reseller"], PHONE)
        page.goto("/shop/me/")
        taps = Taps(page)
        taps.tap(page.get_by_role("link", name="发票").first)
        expect(page.get_by_role("heading", name="发票", exact=True)).to_be_visible()
        assert width_overflow(page) == 0
        screenshot(page, "shop-invoices")
        taps.tap(page.get_by_role("link", name="申请开票").first)
        expect(page.get_by_role("button", name="提交申请")).to_be_visible()
        assert width_overflow(page) == 0
        screenshot(page, "shop-invoice-ask")
        taps.tap(page.get_by_role("button", name="提交申请"))
        expect(page.locator("main")).to_contain_text("已申请开票，开好后会通知您")
        screenshot(page, "shop-invoice")
        assert taps.total == (MAX_TAPS, 0)
        page.goto("/shop/invoices/titles/")
        assert width_overflow(page) == 0
        page.locator("[name=name]").fill("某公司")
        page.locator("[name=tax_number]").fill("91350100M000100Y44")
        page.get_by_role("button", name="保存抬头").click()
        expect(page.locator("main")).to_contain_text("前 17 位对应的是“3”")
        assert width_overflow(page) == 0
        screenshot(page, "shop-invoice-titles")


def test_finance_export_what_waits(browser: Browser, used: UsedService, screenshot: TakeScreenshot) -> None:
    with page_opener(browser, used.address) as opened:
        page = opened(used.sample.logins["finance"], DESKTOP)
        for address, name in (
            ("/console/invoices/", "console-invoices"),
            ("/console/invoices/files/", "console-invoice-files"),
            (f"/console/invoices/{used.sample.ids['issued_invoice_id']}/", "console-invoice"),
        ):
            page.goto(address)
            assert width_overflow(page) == 0
            screenshot(page, name)
        clerk = opened(used.sample.logins["brand"], DESKTOP)
        for address in ("/portal/invoices/", "/portal/invoices/to-issue/"):
            clerk.goto(address)
            assert width_overflow(clerk) == 0
            screenshot(clerk, f"portal{address.replace('/', '-')}")


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["390", "1280"])
def test_brand_issues_on_the_page_of_a_request(
    browser: Browser, used: UsedService, screenshot: TakeScreenshot, size: tuple[int, int]
) -> None:
    with page_opener(browser, used.address) as opened:
        clerk = opened(used.sample.logins["brand"], size)
        for name, button in (("invoice_id", "登记发票"), ("issued_invoice_id", "登记红字发票")):
            clerk.goto(f"/portal/invoices/{used.sample.ids[name]}/")
            expect(clerk.get_by_role("button", name=button)).to_be_visible()
            assert width_overflow(clerk) == 0
            screenshot(clerk, f"portal-{name}-{size[0]}")
        clerk.get_by_role("button", name="登记红字发票").click()
        expect(clerk.locator("main")).to_contain_text("这个字段是必填项")
        screenshot(clerk, f"portal-red-letter-refused-{size[0]}")
