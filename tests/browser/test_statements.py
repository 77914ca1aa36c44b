"""A statement goes from finance to the brand and back, and the taps are counted (SETTLE-4, SETTLE-5, SETTLE-7)."""

import re
from collections.abc import Callable

from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DESKTOP, PHONE, UsedService, page_opener
from tests.browser.taps import Taps
from tests.browser.test_all_pages import width_overflow

TakeScreenshot = Callable[[Page, str], None]


def test_a_statement_is_sent_disputed_answered_confirmed_and_settled(
    browser: Browser, used: UsedService, screenshot: TakeScreenshot
) -> None:
    statement_id = used.sample.ids["due_statement_id"]
    with page_opener(browser, used.address) as opened:
        finance = Taps(opened("finance", size=DESKTOP))
        clerk = Taps(opened(used.sample.logins["brand"], size=DESKTOP))
        finance.page.goto("/console/statements/")
        screenshot(finance.page, "statements-due")
        finance.tap(finance.page.get_by_role("button", name="所选定稿并发给品牌"))
        expect(finance.page.locator("#notices")).to_contain_text("已定稿并发给品牌 1 张")

        clerk.page.goto(f"/portal/statements/{statement_id}/")
        row = clerk.page.locator("table tbody tr").first
        clerk.tap(row.get_by_role("checkbox"))
        clerk.type(row.get_by_role("textbox"), "十块")
        clerk.type(clerk.page.locator("[name=reason]"), "少算一件")
        clerk.tap(clerk.page.get_by_role("button", name="对所选明细提出异议"))
        expect(clerk.page.get_by_role("alert")).to_contain_text("的金额写得不对")
        expect(clerk.page.locator("[name=reason]")).to_have_value("少算一件")
        row = clerk.page.locator("table tbody tr").first
        expect(row.get_by_role("checkbox")).to_be_checked()
        clerk.type(row.get_by_role("textbox"), "1.23")
        clerk.tap(clerk.page.get_by_role("button", name="对所选明细提出异议"))
        expect(clerk.page.locator("#disputes")).to_contain_text("我方 ¥1.23")
        screenshot(clerk.page, "statement-disputed-brand")

        finance.page.goto(f"/console/statements/{statement_id}/")
        finance.tap(finance.page.get_by_label("接受品牌的数字"))
        finance.type(finance.page.get_by_label("答复的理由"), "按品牌数字")
        finance.tap(finance.page.get_by_role("button", name="答复所选的异议"))
        expect(finance.page.locator("#disputes")).to_contain_text("已接受，更正")
        screenshot(finance.page, "statement-answered")

        clerk.page.goto(f"/portal/statements/{statement_id}/")
        clerk.tap(clerk.page.get_by_role("button", name="确认无误"))
        finance.page.goto("/console/statements/")
        screenshot(finance.page, "statements-to-settle")
        finance.tap(finance.page.get_by_role("button", name="结算所选"))
        expect(finance.page.locator("#notices")).to_contain_text("已结算 1 张")
        print(f"finance {finance.total}, brand {clerk.total}: (taps, fields)")
        assert finance.total == (4, 1)
        assert clerk.total == (4, 3)


def test_the_figures_of_a_statement_lead_to_their_lines(browser: Browser, used: UsedService) -> None:
    statement_id = used.sample.ids["settled_statement_id"]
    with page_opener(browser, used.address) as opened:
        for login, face in (("finance", "console"), (used.sample.logins["brand"], "portal")):
            page = opened(login, size=PHONE)
            page.goto(f"/{face}/statements/{statement_id}/")
            assert width_overflow(page) == 0
            rows = page.locator("table.rows tbody tr")
            before = rows.count()
            page.get_by_role("link", name=re.compile("退款")).first.click()
            page.wait_for_url("**/?only=refunded")
            expect(rows).not_to_have_count(before)
            page.get_by_role("link", name=re.compile("看全部")).click()
            expect(rows).to_have_count(before)


def test_a_statement_is_printed_and_its_figures_lead_to_their_lines(
    browser: Browser, used: UsedService, screenshot: TakeScreenshot
) -> None:
    statement_id = used.sample.ids["settled_statement_id"]
    with page_opener(browser, used.address) as opened:
        for login, face in (("finance", "console"), (used.sample.logins["brand"], "portal")):
            page = opened(login, size=DESKTOP)
            page.goto(f"/{face}/statements/{statement_id}/")
            page.get_by_role("link", name="打印").click()
            expect(page.get_by_role("heading", name="品牌结算单")).to_be_visible()
            screenshot(page, f"statement-sheet-{face}-desk")
            phone = opened(login, size=PHONE)
            phone.goto(f"/{face}/statements/{statement_id}/print/")
            assert width_overflow(phone) == 0
            screenshot(phone, f"statement-sheet-{face}-phone")
            page.get_by_role("row", name=re.compile("YS2404")).get_by_role("link").last.click()
            expect(page.locator("table.rows tbody tr")).to_have_count(1)
            expect(page.locator("main")).to_contain_text("只看一款")
