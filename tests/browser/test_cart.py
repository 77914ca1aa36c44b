"""A size run is grabbed in one form and stands in the cart, where it is changed and given up, on a phone."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import RunningService
from tests.browser.test_all_pages import OpenPage, TakeScreenshot, width_overflow
from tests.browser.test_shop import choose

STYLE = "YS2405"


def test_a_size_run_is_grabbed_changed_and_given_up(
    open_page: OpenPage, service: RunningService, screenshot: TakeScreenshot
) -> None:
    page = open_page(service.seed.reseller)
    empty_cart(page)
    style = f"/shop/sales/{service.seed.sale_id}/styles/{service.seed.style_ids[STYLE]}/"
    page.goto(style)
    choose(page)
    page.get_by_text("多个颜色、尺码一起抢").click()
    page.wait_for_url(f"**{style}grid/**")
    plus = page.get_by_role("button", name="增加")
    for number in range(2):
        plus.nth(number).click()
    assert width_overflow(page) == 0
    screenshot(page, "shop-grid")
    # Six taps from the style to the cart: the grid, its recipient is kept, one for each of two sizes, one to grab.
    page.get_by_role("button", name="一起抢，发给").click()
    page.wait_for_url("**/shop/cart/")
    expect(page.locator("#notices")).to_contain_text("已抢到 2 件")
    lines = page.locator("li[id^=line-]")
    expect(lines).to_have_count(2)
    assert width_overflow(page) == 0
    screenshot(page, "shop-cart")
    _change_units(page)
    lines.first.get_by_text("换尺码、写备注").click()
    lines.first.locator("[name=remark]").fill("送礼，请附袋")
    screenshot(page, "shop-cart-line")
    lines.first.get_by_role("button", name="保存").click()
    expect(page.locator("#notices")).to_contain_text("备注已保存")
    expect(lines.first).to_contain_text("送礼，请附袋")
    page.goto("/shop/orders/?progress=to_pay")
    expect(page.get_by_text("送礼，请附袋")).to_be_visible()
    screenshot(page, "shop-orders")
    empty_cart(page)


def empty_cart(page: Page) -> None:
    """Give up what stands in the cart; other tests share the service and may have left something."""
    page.goto("/shop/cart/")
    lines = page.locator("li[id^=line-]")
    for left in reversed(range(lines.count())):
        lines.first.get_by_role("button", name="不要了").click()
        expect(lines).to_have_count(left)
    expect(page.get_by_text("购物车是空的")).to_be_visible()


def _change_units(page: Page) -> None:
    """One tap raises the units; the form is sent by itself."""
    line = page.locator("li[id^=line-]").first
    line.get_by_role("button", name="增加").click()
    expect(page.locator("#notices")).to_contain_text("件数已改")
    expect(line.get_by_role("spinbutton")).to_have_value("2")
