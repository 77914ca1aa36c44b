"""Refunds to the source as a reseller sees and chooses them on a phone, and the bills of providers as finance compares them."""

from collections.abc import Callable

from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DESKTOP, PHONE, UsedService, page_opener

TakeScreenshot = Callable[[Page, str], None]


def overflow(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def test_reseller_sees_where_her_money_is_and_chooses_where_refunds_go(
    browser: Browser, used: UsedService, screenshot: TakeScreenshot
) -> None:
    with page_opener(browser, used.address) as opened:
        page = opened(used.sample.logins["reseller"], size=PHONE)
        page.goto("/shop/wallet/")
        expect(page.get_by_role("link", name="退款去向")).to_contain_text("原路退回中")
        page.get_by_role("link", name="退款去向").click()
        expect(page.get_by_text("原路退回中")).to_be_visible()
        assert overflow(page) == 0
        screenshot(page, "refunds-390")
        page.get_by_role("button", name="退到钱包").click()
        expect(page.get_by_role("button", name="退到钱包")).to_have_attribute("aria-pressed", "true")
        page.get_by_role("button", name="原路退回").click()
        expect(page.get_by_role("button", name="原路退回")).to_have_attribute("aria-pressed", "true")
        page.get_by_role("link", name="这笔付款").click()
        expect(page.get_by_text("已付款，钱在钱包里了")).to_be_visible()
        assert overflow(page) == 0
        screenshot(page, "payment-390")


def test_finance_compares_a_day_with_its_bills(browser: Browser, used: UsedService, screenshot: TakeScreenshot) -> None:
    with page_opener(browser, used.address) as opened:
        page = opened(used.sample.logins["ops"], size=DESKTOP)
        page.goto("/console/payments/")
        screenshot(page, "payments-1280")
        page.get_by_role("link", name="原路退回").click()
        expect(page.get_by_role("cell", name="待渠道受理")).to_be_visible()
        screenshot(page, "source-refunds-1280")
        page.goto("/console/payments/bills/")
        screenshot(page, "bills-1280")
        page.get_by_role("row").filter(has_text="交易账单").get_by_role("link").click()
        expect(page.get_by_text("账单有收款，没有入账")).to_be_visible()
        assert overflow(page) == 0
        screenshot(page, "bill-1280")
        page.set_viewport_size({"width": 390, "height": 844})
        assert overflow(page) == 0
        screenshot(page, "bill-390")
