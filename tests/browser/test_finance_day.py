"""The day of finance in Chromium, with taps counted: each figure to what caused it, statements, payments, the daily close (LEDGER-3).

Top-ups by a bank statement are in test_bank_statements.py. The pictures of the guide for finance are taken here.
"""

import base64
import sys
import time
from collections.abc import Callable

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DESKTOP, PHONE, RunningService, UsedService, page_opener, run
from tests.browser.seed_database import PASSWORD
from tests.browser.taps import Taps
from tests.browser.test_all_pages import width_overflow

OpenPage = Callable[..., Page]
TakeScreenshot = Callable[[Page, str], None]
SECOND = "finance2"
"""The second person of finance in the sample data."""


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


def test_every_line_of_the_first_page_of_finance_leads_to_its_cause_in_one_tap(
    browser: Browser, used: UsedService, screenshot: TakeScreenshot
) -> None:
    with page_opener(browser, used.address) as opened:
        finance = opened("finance", DESKTOP)
        finance.goto("/console/finance/")
        screenshot(finance, "guide-finance-home")
        lines = finance.locator("main li, main tbody tr")
        without = [line.inner_text() for line in lines.all() if line.locator("a").count() == 0]
        assert without == []
        addresses = {link.get_attribute("href") or "" for link in lines.locator("a").all()}
        assert len(addresses) > 20
        for address in sorted(addresses):
            answer = finance.request.get(address)
            assert answer.status == 200, address
            assert "<h1" in answer.text(), address


def test_due_statements_are_sent_and_settled_in_one_act_each(
    browser: Browser, used: UsedService, screenshot: TakeScreenshot
) -> None:
    with page_opener(browser, used.address) as opened:
        finance, clerk = opened("finance", DESKTOP), opened("clerk", DESKTOP)
        finance.goto("/console/finance/")
        taps = Taps(finance)
        screenshot(finance, "guide-finance-due")
        taps.tap(finance.get_by_role("button", name="所选定稿并发给品牌"))
        expect(finance.locator("main").get_by_role("alert").or_(finance.get_by_role("status")).first).to_be_visible()
        clerk.goto(f"/portal/statements/{used.sample.ids['due_statement_id']}/")
        clerk.get_by_role("button", name="确认无误").click()
        finance.goto("/console/finance/")
        expect(finance.locator("main")).to_contain_text("已确认，可以结算")
        finance.locator("main form", has_text="已确认，可以结算").scroll_into_view_if_needed()
        screenshot(finance, "guide-finance-settle")
        taps.tap(finance.get_by_role("button", name="结算所选"))
        finance.goto("/console/finance/")
        expect(finance.locator("main")).to_contain_text("可以结算的结算单 0 张")
        assert taps.total == (2, 0)


def set_up_codes(page: Page) -> TOTP:
    """Set up one-time codes for who is signed in; they are good at once."""
    page.goto("/account/one-time-code/")
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="开始绑定").click()
    secret = page.locator("[data-secret]").inner_text().strip()
    device = TOTP(base64.b32decode(secret), 6, SHA1(), 30)
    page.locator("[name=code]").fill(device.generate(int(time.time())).decode())
    page.get_by_role("button", name="完成绑定").click()
    expect(page.locator("[data-recovery-codes] li")).to_have_count(10)
    return device


def next_code(device: TOTP) -> str:
    """A code that was not used: that of the next half minute, which the service takes too."""
    return device.generate(int(time.time()) + 30).decode()


# MONEY-9, MONEY-10
def test_withdrawals_are_approved_with_a_code_paid_by_a_file_and_one_is_returned(
    browser: Browser, used: UsedService, screenshot: TakeScreenshot
) -> None:
    with page_opener(browser, used.address) as opened:
        finance, second = opened("finance", DESKTOP), opened(SECOND, DESKTOP)
        device = set_up_codes(finance)

        finance.goto("/console/finance/")
        approving = Taps(finance)
        approving.tap(finance.get_by_role("link", name="资金待复核"))
        approving.tap(finance.get_by_label("全选"))
        approving.type(finance.locator("[name=code]"), next_code(device))
        screenshot(finance, "guide-finance-approve")
        approving.tap(finance.get_by_role("button", name="复核所选"))
        expect(finance.locator("body")).to_contain_text("已复核")
        assert approving.total == (3, 1)

        finance.goto("/console/finance/")
        paying = Taps(finance)
        paying.tap(finance.get_by_role("link", name="等做付款文件的款"))
        screenshot(finance, "guide-finance-batch")
        paying.tap(finance.get_by_role("button", name="做成 Excel 文件"))
        with finance.expect_download() as download:
            paying.tap(finance.get_by_role("button", name="下载文件"))
        assert download.value.suggested_filename.endswith(".xlsx")
        finance.reload()
        paying.type(finance.locator("[name$=reference]"), "BATCH-DAY-1")
        screenshot(finance, "guide-finance-paid")
        paying.tap(finance.get_by_role("button", name="确认整批已付"))
        expect(finance.locator("main")).to_contain_text("BATCH-DAY-1")
        assert paying.total == (4, 1)

        returning = Taps(finance)
        returning.tap(finance.locator("main table a[data-queue-link]").first)
        address = finance.url
        returning.tap(finance.get_by_text("没付成，登记退回"))
        returning.type(finance.locator("[name$=reason]"), "账号已销户")
        screenshot(finance, "guide-finance-returned")
        returning.tap(finance.get_by_role("button", name="登记退回"))
        expect(finance.locator("main")).to_contain_text("付款退回")
        assert returning.total == (3, 1)

        second.goto("/console/finance/")
        confirming = Taps(second)
        confirming.tap(second.get_by_role("link", name="资金待复核"))
        confirming.tap(second.get_by_role("row", name="付款退回").get_by_role("checkbox"))
        confirming.tap(second.get_by_role("button", name="复核所选"))
        expect(second.locator("body")).to_contain_text("已复核 1 笔")
        assert confirming.total == (3, 0)
        finance.goto(address)
        expect(finance.locator("h1")).to_contain_text("已退回")


# LEDGER-1, MONEY-16
def test_a_difference_of_the_daily_close_is_opened_in_three_taps(
    open_page: OpenPage, service: RunningService, screenshot: TakeScreenshot
) -> None:
    run([sys.executable, "-m", "tests.browser.seed_difference"], service.environment)
    finance = open_page(service.seed.finance, DESKTOP)
    finance.goto("/console/finance/")
    taps = Taps(finance)
    taps.tap(finance.get_by_role("link", name="日结差异没处理"))
    taps.tap(finance.locator("main table").get_by_role("row").filter(has_text="有差异").get_by_role("link"))
    screenshot(finance, "guide-finance-close")
    taps.tap(finance.get_by_role("link", name="P26"))
    expect(finance.locator("h1")).to_be_visible()
    assert "/console/payments/" in finance.url
    assert taps.total == (3, 0)
