"""A day of finance in Chromium: five transfers by one upload, counted in taps, and a payment with a one-time code."""

import base64
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from playwright.sync_api import Page, expect

from tests.bank_statements.statements import statement
from tests.browser.conftest import DESKTOP, PHONE, RunningService
from tests.browser.seed_database import PASSWORD
from tests.browser.taps import Taps
from tests.browser.test_all_pages import OpenPage, TakeScreenshot, width_overflow

pytestmark = pytest.mark.browser


def code_on_wallet(page: Page) -> str:
    page.goto("/shop/wallet/")
    return page.locator("#transfer-code").inner_text().strip()


# TRANSFER-6
def test_five_top_ups_take_five_taps(
    open_page: OpenPage, service: RunningService, tmp_path: Path, screenshot: TakeScreenshot
) -> None:
    her = open_page(service.seed.reseller, PHONE)
    code = code_on_wallet(her)
    assert code.startswith("R")
    file = tmp_path / "招商银行.xlsx"
    lines: list[dict[str, object]] = [
        {"fen": 100_00 + number, "remark": f"充值{code}", "ref": f"TAPS-{number}", "name": "陈小姐"}
        for number in range(5)
    ]
    file.write_bytes(statement(*lines, {"fen": -3_00, "remark": "手续费", "ref": "TAPS-9"}))

    page = open_page(service.seed.finance, DESKTOP)
    page.goto("/console/finance/")
    assert width_overflow(page) == 0
    first = Taps(page)
    first.send_file(page.locator("#statement-file"), file)
    expect(page.locator("[data-ticked]")).to_have_text("5")
    screenshot(page, "bank-statement-preview")
    assert width_overflow(page) == 0
    first.tap(page.get_by_role("button", name="入库，并录入所选"))
    expect(page.locator("main")).to_contain_text("录入 5 笔，等另一人复核")

    second_page = open_page(service.seed.second_finance, DESKTOP)
    second_page.goto("/console/finance/")
    second = Taps(second_page)
    second.tap(second_page.get_by_role("link", name="资金待复核"))
    second.tap(second_page.get_by_label("全选"))
    second.tap(second_page.get_by_role("button", name="复核所选"))
    expect(second_page.locator("main")).to_contain_text("没有这样的资金")

    assert (first.total, second.total) == ((2, 0), (3, 0))
    her.goto("/shop/wallet/")
    expect(her.locator("main")).to_contain_text("TAPS-4")
    page.goto("/console/bank-statement-lines/")
    screenshot(page, "bank-statement-lines")
    expect(page.locator("main")).to_contain_text("TAPS-9")


# TRANSFER-2
def test_a_reseller_registers_a_transfer_with_a_receipt(
    open_page: OpenPage, service: RunningService, tmp_path: Path, screenshot: TakeScreenshot
) -> None:
    page = open_page(service.seed.reseller, PHONE)
    page.goto("/shop/wallet/transfers/")
    assert width_overflow(page) == 0
    shot = tmp_path / "receipt.png"
    page.screenshot(path=str(shot))
    page.locator("[name=amount]").fill("77.70")
    page.locator("[name=last_digits]").fill("0128")
    page.locator("[name=receipt]").set_input_files(shot)
    page.get_by_role("button", name="登记转账").click()
    expect(page.locator("main")).to_contain_text("¥77.70")
    expect(page.locator("main")).to_contain_text("等核对")
    screenshot(page, "transfer-claims")
    finance = open_page(service.seed.finance, DESKTOP)
    finance.goto("/console/transfer-claims/")
    finance.get_by_role("link", name="#").first.click()
    expect(finance.get_by_alt_text("转账回单")).to_be_visible()
    screenshot(finance, "transfer-claim")


# ACCOUNT-9
def test_one_time_codes_are_set_up_and_recovery_codes_shown_once(
    open_page: OpenPage, service: RunningService, screenshot: TakeScreenshot
) -> None:
    page = open_page(service.seed.second_finance, PHONE)
    page.goto("/account/")
    page.get_by_role("link", name="绑定动态口令").click()
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="开始绑定").click()
    expect(page.get_by_alt_text("绑定动态口令的二维码")).to_be_visible()
    decoded = "document.querySelector('main img').decode().then(() => document.querySelector('main img').naturalWidth)"
    assert page.evaluate(decoded) > 100
    screenshot(page, "one-time-code-setup")
    assert width_overflow(page) == 0
    secret = page.locator("[data-secret]").inner_text().strip()
    code = TOTP(base64.b32decode(secret), 6, SHA1(), 30).generate(int(time.time())).decode()
    page.locator("[name=code]").fill("000000" if code != "000000" else "111111")
    page.get_by_role("button", name="完成绑定").click()
    expect(page.get_by_role("alert")).to_contain_text("动态口令不对")
    page.locator("[name=code]").fill(code)
    page.get_by_role("button", name="完成绑定").click()
    expect(page.locator("[data-recovery-codes] li")).to_have_count(10)
    screenshot(page, "recovery-codes")
    page.goto("/account/one-time-code/")
    expect(page.locator("[data-recovery-codes]")).to_have_count(0)
    expect(page.locator("main")).to_contain_text("还剩 10 个")
