"""A storefront from one tap to a wish that its funnel shows, with and without scripts (FORWARD-19 to FORWARD-22)."""

import psycopg
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, RunningService
from tests.browser.taps import Taps
from tests.browser.test_all_pages import OpenPage, TakeScreenshot, width_overflow

PRICES = {"YS2402": "469", "YS2404": "499"}


def fits(page: Page, screenshot: TakeScreenshot, name: str) -> None:
    assert width_overflow(page) == 0, page.url
    screenshot(page, name)


def test_a_storefront_from_one_tap_to_the_funnel(
    open_page: OpenPage, screenshot: TakeScreenshot, service: RunningService
) -> None:
    phone = open_page(service.seed.reseller)
    phone.goto(f"/shop/sales/{service.seed.sale_id}/forward/")
    for style, price in PRICES.items():
        phone.locator(f"[name=price-{service.seed.style_ids[style]}]").fill(price)
    phone.get_by_role("button", name="保存并生成转发页").click()
    phone.goto("/shop/storefront/")
    fits(phone, screenshot, "storefront-none")
    taps = Taps(phone)
    taps.tap(phone.get_by_role("button", name="开店"))
    expect(phone.get_by_text("现在摆着 2 款")).to_be_visible()
    assert taps.total == (1, 0)
    phone.locator("nav[aria-label=渠道]").get_by_text("朋友圈").click()
    phone.context.grant_permissions(["clipboard-read", "clipboard-write"])
    with phone.expect_response(lambda answer: answer.url.endswith("/storefront/share/")) as recorded:
        phone.get_by_role("button", name="复制文字和链接").click()
    assert recorded.value.status == 204
    text = phone.evaluate("navigator.clipboard.readText()")
    address = text.rsplit("：", 1)[1]
    assert address.endswith("/?c=m")
    fits(phone, screenshot, "storefront-hers")
    for size, scripts in ((PHONE, True), (DESKTOP, False)):
        _leave_a_wish(open_page(size=size, scripts=scripts), address, screenshot, f"{size[0]}")
    phone.reload()
    expect(phone.locator("#repeated")).to_have_count(0)
    with psycopg.connect(service.environment["DATABASE_URL"]) as database:
        database.execute("UPDATE forwarding_share SET shared_at = shared_at - interval '10 minutes'")
    phone.reload()
    expect(phone.locator("#repeated")).to_contain_text("朋友圈")
    row = phone.locator("#funnel tr", has_text="朋友圈")
    # Both customers come from one network with browsers of one name: FORWARD-6 counts them once.
    expect(row.locator("td").nth(2)).to_have_text("2")
    fits(phone, screenshot, "storefront-funnel")
    phone.goto("/shop/sharing/")
    expect(phone.locator("svg[role=img]")).to_be_visible()
    fits(phone, screenshot, "sharing")
    phone.get_by_label("加一个渠道").fill("宝妈群")
    phone.get_by_role("button", name="加上").click()
    expect(phone.get_by_text("已加上渠道「宝妈群」")).to_be_visible()
    phone.goto("/shop/sharing/unshared/")
    fits(phone, screenshot, "unshared")
    expect(phone.locator("[data-pick]")).to_have_count(2)
    desk = open_page(service.seed.reseller, size=DESKTOP)
    for path, name in (("/shop/storefront/", "storefront-hers-wide"), ("/shop/sharing/", "sharing-wide")):
        desk.goto(path)
        fits(desk, screenshot, name)


def _leave_a_wish(customer: Page, address: str, screenshot: TakeScreenshot, name: str) -> None:
    customer.goto(address)
    expect(customer.locator(".goods-card")).to_have_count(2)
    fits(customer, screenshot, f"public-storefront-{name}")
    customer.get_by_role("searchbox").fill("没有这样的")
    customer.get_by_role("button", name="搜索").click()
    expect(customer.get_by_text("没有找到这样的货")).to_be_visible()
    fits(customer, screenshot, f"public-storefront-nothing-{name}")
    customer.locator(".page-top a").first.click()
    customer.locator(".goods-card").first.click()
    expect(customer.locator("input[name=c]")).to_have_value("m")
    customer.locator("[data-size] input[name^=units-]").first.fill("1")
    customer.get_by_label("怎么称呼您").fill("王小姐")
    fits(customer, screenshot, f"public-storefront-style-{name}")
    customer.locator(".form-action button").click()
    expect(customer.get_by_role("status")).to_contain_text("请等回复确认")
    customer.locator(".page-top a").first.click()
    expect(customer.locator(".goods-card")).to_have_count(2)
