"""A customer waits for a sold-out size, with and without JavaScript, until her reseller orders it for her (FORWARD-29)."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, RunningService
from tests.browser.test_all_pages import OpenPage, TakeScreenshot, width_overflow
from tests.browser.test_cart import empty_cart
from tests.browser.test_shop import choose

STYLE = "YS2404"
ADDRESS = "王小姐 13900139000 上海市徐汇区漕溪北路 1 号 502 室"


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "none"])
def test_a_customer_waits_until_the_size_is_ordered_for_her(
    open_page: OpenPage, screenshot: TakeScreenshot, service: RunningService, scripts: bool
) -> None:
    def fits(page: Page, name: str) -> None:
        assert width_overflow(page) == 0, page.url
        screenshot(page, f"waiting-{name}-{'scripts' if scripts else 'none'}")

    phone = open_page(service.seed.reseller)
    goods = _forwarded(phone, service)
    _hold_a_size(phone, service)
    customer = open_page(size=PHONE, scripts=scripts)
    customer.goto(goods)
    fits(customer, "goods")
    customer.get_by_role("button", name="到货告诉我").first.click()
    fits(customer, "form")
    customer.get_by_label("怎么称呼您").fill("王小姐")
    customer.get_by_label("收货地址").fill(ADDRESS)
    customer.get_by_role("button", name="到货告诉我").last.click()
    expect(customer.get_by_role("status")).to_contain_text("您在等补货")
    fits(customer, "wish")
    private = customer.url
    customer.get_by_text("改收货信息").click()
    customer.get_by_label("新的收货信息").fill("上海市徐汇区漕溪北路 2 号")
    fits(customer, "address")
    customer.get_by_role("button", name="改成这个").click()
    expect(customer.get_by_text("收货信息已改")).to_be_visible()
    phone.goto("/shop/today/")
    expect(phone.get_by_text("顾客在等补货")).to_be_visible()
    phone.goto("/shop/wishes/waiting/")
    expect(phone.get_by_text("1 位在等，共 1 件")).to_be_visible()
    fits(phone, "size")
    phone.get_by_role("button", name="帮顾客排队等 1 件").click()
    expect(phone.get_by_text("您已排队等 1 件")).to_be_visible()
    empty_cart(phone)
    customer.goto(private)
    expect(customer.get_by_role("status")).to_contain_text("您等的有货了")
    fits(customer, "back")
    phone.goto("/shop/wishes/waiting/")
    fits(phone, "there")
    desk = open_page(service.seed.reseller, size=DESKTOP)
    desk.goto("/shop/wishes/waiting/")
    fits(desk, "there-desk")
    phone.get_by_role("button", name="为先来的 1 位下单付款").click()
    expect(phone.locator("#notices")).to_contain_text("已下 1 单")
    fits(phone, "ordered")


def _forwarded(phone: Page, service: RunningService) -> str:
    """The address of the page of a style that the reseller prices and forwards."""
    phone.goto(f"/shop/sales/{service.seed.sale_id}/forward/")
    phone.locator(f"[name=price-{service.seed.style_ids[STYLE]}]").fill("499")
    phone.get_by_role("button", name="保存并生成转发页").click()
    address = phone.locator("#customer-page").get_attribute("href") or ""
    found = re.search(r"/f/[\w-]+/", address)
    assert found
    return f"{found[0]}?style={service.seed.style_ids[STYLE]}"


def _hold_a_size(phone: Page, service: RunningService) -> None:
    """Grab all units of one size, unpaid."""
    empty_cart(phone)
    style = f"/shop/sales/{service.seed.sale_id}/styles/{service.seed.style_ids[STYLE]}/"
    phone.goto(style)
    choose(phone)
    phone.get_by_text("多个颜色、尺码一起抢").click()
    phone.wait_for_url(f"**{style}grid/**")
    first = phone.get_by_role("spinbutton").first
    first.fill(first.get_attribute("max") or "3")
    phone.get_by_role("button", name="一起抢，发给").click()
    phone.wait_for_url("**/shop/cart/")
