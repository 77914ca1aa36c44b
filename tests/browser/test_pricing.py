"""Styles are picked, priced by rule and forwarded on a phone; the table "How many taps" in docs/walkthrough.md has the figures."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, RunningService
from tests.browser.taps import Taps
from tests.browser.test_all_pages import OpenPage, TakeScreenshot, width_overflow


@pytest.fixture(scope="module")
def service(pictured: RunningService) -> RunningService:
    """With fourteen styles in two live sales."""
    return pictured


def fits(page: Page, screenshot: TakeScreenshot, name: str) -> None:
    assert width_overflow(page) == 0, page.url
    screenshot(page, name)


def test_eight_styles_are_picked_priced_by_rule_and_forwarded_in_five_taps(
    open_page: OpenPage, screenshot: TakeScreenshot, service: RunningService
) -> None:
    phone = open_page(service.seed.reseller, size=PHONE)
    phone.goto("/shop/styles/")
    expect(phone.locator(".goods-card")).to_have_count(14)
    thumb = Taps(phone)
    thumb.tap(phone.get_by_role("button", name="选前 9 款"))
    expect(phone.get_by_role("button", name="定价转发 (9)")).to_be_visible()
    thumb.tap(phone.locator(".goods-card label").nth(2))
    expect(phone.get_by_role("button", name="定价转发 (8)")).to_be_visible()
    fits(phone, screenshot, "picked-styles")
    thumb.tap(phone.get_by_role("button", name="定价转发 (8)"))
    expect(phone.locator("#pricing li input[name^=price-]")).to_have_count(8)
    thumb.tap(phone.get_by_role("button", name="× 1.5"))
    expect(phone.get_by_text("价格填好了，还没有保存。")).to_be_visible()
    first = phone.locator("#pricing li").first
    expect(first.locator("input[name^=price-]")).to_have_value("110.90")
    expect(first.get_by_text("卖一件赚 ¥")).to_be_visible()
    fits(phone, screenshot, "priced-by-rule")
    thumb.tap(phone.get_by_role("button", name="保存并生成转发页"))
    expect(phone.get_by_role("heading", name="精选 8 款")).to_be_visible()
    text = phone.locator("#share-text").inner_text()
    assert [f"{number} 号 " in text for number in range(1, 9)] == [True] * 8
    assert thumb.total == (5, 0)
    fits(phone, screenshot, "forwarded-selection")
    customer = open_page()
    customer.goto(phone.locator("#customer-page").get_attribute("href") or "")
    expect(customer.locator(".goods-card")).to_have_count(8)
    fits(customer, screenshot, "customer-selection")
    customer.locator(".goods-card").first.click()
    expect(customer.get_by_role("button", name="我想要")).to_be_visible()


def test_picks_stay_while_she_filters_and_end_with_the_tenth(
    open_page: OpenPage, screenshot: TakeScreenshot, service: RunningService
) -> None:
    phone = open_page(service.seed.reseller, size=PHONE)
    phone.goto("/shop/styles/")
    phone.locator(".goods-card label").nth(0).click()
    phone.get_by_role("radiogroup", name="类目").get_by_text("女外套").click()
    expect(phone.get_by_role("button", name="定价转发 (1)")).to_be_visible()
    phone.goto(f"/shop/sales/{service.seed.sale_id}/")
    expect(phone.get_by_role("button", name="定价转发 (1)")).to_be_visible()
    boxes = phone.locator(".goods-card input[type=checkbox]")
    for place in range(6):
        if not boxes.nth(place).is_checked():
            boxes.nth(place).check()
    phone.goto("/shop/styles/")
    for place in range(14):
        if phone.locator("[data-picked]").inner_text() == "(9)":
            break
        boxes.nth(place).check()
    unticked = next(place for place in range(14) if not boxes.nth(place).is_checked())
    boxes.nth(unticked).click()
    expect(phone.get_by_text("一次最多选 9 款")).to_be_visible()
    expect(boxes.nth(unticked)).not_to_be_checked()


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desk"])
def test_a_price_says_what_she_earns_while_she_types_and_asks_once_for_all(
    open_page: OpenPage, screenshot: TakeScreenshot, service: RunningService, size: tuple[int, int]
) -> None:
    page = open_page(service.seed.reseller, size=size)
    page.goto(f"/shop/sales/{service.seed.sale_id}/forward/")
    style = service.seed.style_ids["YS2405"]
    row = page.locator("#pricing li").filter(has=page.locator(f"[name=price-{style}]"))
    row.locator(f"[name=price-{style}]").fill("238")
    expect(row.get_by_text("卖一件赚 ¥120.00（50%）")).to_be_visible()
    row.locator(f"[name=price-{style}]").fill("18")
    expect(row.get_by_text("卖一件亏 ¥100.00", exact=True)).to_be_visible()
    page.locator(f"[name=price-{service.seed.style_ids['YS2406']}]").fill("1999")
    page.locator("#rule summary").click()
    fits(page, screenshot, f"price-rule-{size[0]}")
    # Enter saves; it does not press the first rule.
    page.locator(f"[name=price-{style}]").press("Enter")
    expect(page.get_by_text("上面问到的 2 款，都按这个价")).to_be_visible()
    fits(page, screenshot, f"price-questions-{size[0]}")


def test_styles_are_picked_without_scripts(open_page: OpenPage, service: RunningService) -> None:
    """The boxes are fields of a form."""
    page = open_page(service.seed.reseller)
    page.route("**/picks*.js", lambda route: route.abort())
    page.goto(f"/shop/sales/{service.seed.sale_id}/")
    for place in (0, 1):
        page.locator(".goods-card input[type=checkbox]").nth(place).check()
    page.get_by_role("button", name="定价转发").click()
    expect(page.locator("#pricing li input[name^=price-]")).to_have_count(2)


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desk"])
def test_what_she_earned_is_drawn_and_told(
    open_page: OpenPage, screenshot: TakeScreenshot, service: RunningService, size: tuple[int, int]
) -> None:
    page = open_page(service.seed.reseller, size=size)
    page.goto("/shop/me/")
    page.get_by_role("link", name="我赚了多少").click()
    # Three pieces that cost ¥89.00 each, at twice that.
    expect(page.locator("#profit-today")).to_have_text("¥267.00")
    expect(page.get_by_role("img", name="近 30 天每天赚的钱")).to_be_visible()
    expect(page.locator("svg rect")).to_have_count(1)
    fits(page, screenshot, f"profit-{size[0]}")
    page.get_by_role("link", name="按专场").click()
    expect(page.get_by_role("row").filter(has_text="云杉裙装专场")).to_contain_text("¥267.00")
    page.get_by_role("link", name="按订单").click()
    page.get_by_role("row").nth(1).get_by_role("link").click()
    expect(page.get_by_text("卖 ¥534.00 − 付 ¥267.00")).to_be_visible()
    fits(page, screenshot, f"order-profit-{size[0]}")


def test_why_this_price_says_what_other_levels_pay(
    open_page: OpenPage, screenshot: TakeScreenshot, service: RunningService
) -> None:
    page = open_page(service.seed.reseller)
    page.goto(f"/shop/sales/{service.seed.sale_id}/styles/{service.seed.style_ids['YS2403']}/")
    page.get_by_role("button", name="为什么是这个价").click()
    words = page.locator("#levels")
    expect(words).to_contain_text("升到 VIP1 付")
    expect(words).to_contain_text("谁卖给顾客都不能低于这个价")
    screenshot(page, "why-levels")
