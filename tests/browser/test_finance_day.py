"""The day of finance in Chromium: all money on one page, and from each figure to what caused it, with taps counted (LEDGER-3)."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, RunningService
from tests.browser.test_all_pages import width_overflow

OpenPage = Callable[..., Page]
TakeScreenshot = Callable[[Page, str], None]


def test_finance_goes_from_all_money_to_the_cause_of_an_entry_in_three_taps(
    open_page: OpenPage, service: RunningService, screenshot: TakeScreenshot
) -> None:
    finance = open_page(service.seed.finance, DESKTOP)
    finance.goto("/console/finance/")
    expect(finance.locator("main")).to_contain_text("差 ¥0.00")
    screenshot(finance, "finance-1280")
    finance.locator("main").get_by_role("link", name="代购钱包").click()
    screenshot(finance, "ledger-accounts-1280")
    finance.locator("main table a").first.click()
    expect(finance.locator("main")).to_contain_text("期末余额")
    screenshot(finance, "ledger-account-1280")
    finance.locator("main table a").first.click()
    expect(finance.locator("h1")).to_be_visible()
    assert "/console/causes/" not in finance.url


def test_finance_pages_fit_a_phone(open_page: OpenPage, service: RunningService, screenshot: TakeScreenshot) -> None:
    finance = open_page(service.seed.finance, PHONE)
    for name in ("finance", "accounts", "transit", "closes"):
        finance.goto(f"/console/{name}/")
        assert width_overflow(finance) <= 0, name
        screenshot(finance, f"console-{name}-390")
