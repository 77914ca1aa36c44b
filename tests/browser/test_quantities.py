"""A brand sells a style in packs: set at a desk, seen by ops, grabbed by packs and changed in the cart on a phone (SALE-9, ORDER-14)."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, RunningService
from tests.browser.test_all_pages import OpenPage, TakeScreenshot, width_overflow
from tests.browser.test_shop import choose

STYLE = "YS2406"
DESK = f"/portal/stock/quantities/?q={STYLE}"


def test_a_style_is_sold_in_packs(open_page: OpenPage, service: RunningService, screenshot: TakeScreenshot) -> None:
    clerk = open_page(service.seed.clerk, size=DESKTOP)
    clerk.goto(DESK)
    clerk.get_by_label(STYLE).check()
    clerk.locator("[name=pack]").fill("26:1 27 28:1")
    clerk.get_by_role("button", name="给勾选的款设定").click()
    expect(clerk.get_by_label(STYLE)).to_be_checked()
    expect(clerk.locator("main")).to_contain_text("数字尺码写成 36:1 37:2")
    screenshot(clerk, "portal-quantities-refused")
    clerk.locator("[name=pack]").fill("26:1 27:2 28:1")
    clerk.get_by_role("button", name="给勾选的款设定").click()
    expect(clerk.locator("ul")).to_contain_text("整手 26×1 27×2 28×1")
    _fits(clerk, screenshot, "portal-quantities")
    _fits(open_page(service.seed.clerk, size=PHONE), screenshot, "portal-quantities", DESK)
    for size in (PHONE, DESKTOP):
        ops = open_page(service.seed.ops, size=size)
        _fits(ops, screenshot, "console-quantities", f"/console/sales/{service.seed.sale_id}/quantities/")
        expect(ops.locator("tbody")).to_contain_text("整手 26×1 27×2 28×1")
    try:
        _grab_packs(open_page(service.seed.reseller), service, screenshot)
    finally:
        clerk.goto(DESK)
        clerk.get_by_label(STYLE).check()
        clerk.get_by_role("button", name="勾选的款改为一件起").click()
        expect(clerk.locator("ul")).to_contain_text("一件起")


def _grab_packs(page: Page, service: RunningService, screenshot: TakeScreenshot) -> None:
    sale = f"/shop/sales/{service.seed.sale_id}/styles/"
    page.goto(f"{sale}{service.seed.style_ids['YS2405']}/")
    choose(page)
    style = f"{sale}{service.seed.style_ids[STYLE]}/"
    page.goto(style)
    page.locator("#to a.choice").first.click()
    _fits(page, screenshot, "shop-style-packs")
    page.get_by_role("link", name="去按整手抢").click()
    page.wait_for_url(f"**{style}grid/**")
    page.get_by_role("button", name="增加").click()
    _fits(page, screenshot, "shop-grid-packs")
    # One tap fills a pack, one grabs it.
    page.get_by_role("button", name="一起抢，发给").click()
    page.wait_for_url("**/shop/cart/")
    expect(page.locator("#notices")).to_contain_text("已抢到 4 件")
    lines = page.locator("li[id^=line-]", has_text=STYLE)
    expect(lines).to_have_count(3)
    lines.first.get_by_role("button", name="增加").click()
    expect(page.locator("#notices")).to_contain_text("手数已改")
    expect(lines.nth(1)).to_contain_text("×4")
    _fits(page, screenshot, "shop-cart-packs")
    lines.first.get_by_role("button", name="不要了").click()
    expect(lines).to_have_count(0)


def _fits(page: Page, screenshot: TakeScreenshot, name: str, address: str = "") -> None:
    if address:
        page.goto(address)
    assert width_overflow(page) == 0
    screenshot(page, f"{name}-{page.viewport_size['width'] if page.viewport_size else 0}")
