"""What a customer does on a reseller's pages in a browser without JavaScript: read, choose, wish, correct (FORWARD-5, FORWARD-10)."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, RunningService
from tests.browser.test_all_pages import OpenPage, TakeScreenshot, width_overflow

PRICES = {"YS2402": "469", "YS2404": "499"}
ADDRESS = "王小姐 13900139000 上海市徐汇区漕溪北路 1 号 502 室"


@pytest.fixture
def token(open_page: OpenPage, service: RunningService) -> str:
    """The address of a page with two styles, which a reseller prices and forwards; the same for each test."""
    phone = open_page(service.seed.reseller)
    phone.goto(f"/shop/sales/{service.seed.sale_id}/forward/")
    for style, price in PRICES.items():
        phone.locator(f"[name=price-{service.seed.style_ids[style]}]").fill(price)
    phone.get_by_role("button", name="保存并生成转发页").click()
    address = phone.locator("#customer-page").get_attribute("href") or ""
    found = re.search(r"/f/([\w-]+)/", address)
    assert found
    return found[1]


def fits(page: Page, screenshot: TakeScreenshot, name: str) -> None:
    """Scripts are off in this browser for the page, not for what the test asks of it."""
    assert width_overflow(page) == 0, page.url
    screenshot(page, name)


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desk"])
def test_a_customer_wishes_and_withdraws(
    open_page: OpenPage, screenshot: TakeScreenshot, service: RunningService, token: str, size: tuple[int, int]
) -> None:
    customer = open_page(size=size, scripts=False)
    customer.goto(f"/f/{token}/")
    fits(customer, screenshot, f"no-scripts-list-{size[0]}")
    _choose_two_styles(customer)
    fits(customer, screenshot, f"no-scripts-style-{size[0]}")
    customer.get_by_label("收货地址").fill(ADDRESS)
    customer.get_by_label("怎么称呼您").fill(" ")
    customer.locator(".form-action button").click()
    expect(customer.get_by_role("alert")).to_be_visible()
    expect(customer.get_by_label("收货地址")).to_have_value(ADDRESS)
    fits(customer, screenshot, f"no-scripts-refused-{size[0]}")
    customer.get_by_label("怎么称呼您").fill("王小姐")
    customer.locator(".form-action button").click()
    expect(customer.get_by_role("status")).to_contain_text("请等回复确认")
    expect(customer.get_by_text("×2")).to_be_visible()
    expect(customer.get_by_text("卖家已收到")).to_have_count(2)
    expect(customer.locator("[data-copy]")).to_be_hidden()
    fits(customer, screenshot, f"no-scripts-wish-{size[0]}")
    customer.get_by_text("撤回心愿").click()
    customer.get_by_role("button", name="确定撤回").click()
    expect(customer.get_by_text("已撤回")).to_have_count(2)
    customer.get_by_role("link", name="改一改，再发一次").click()
    expect(customer.locator("[data-size] input").first).to_have_value("1")
    of_the_other_style = customer.locator("input[name^=units-]").last
    expect(of_the_other_style).to_have_value("2")
    of_the_other_style.fill("3")
    customer.get_by_label("怎么称呼您").fill("王小姐")
    customer.get_by_label("收货地址").fill(ADDRESS)
    customer.locator(".form-action button").click()
    expect(customer.get_by_text("×3")).to_be_visible()
    expect(customer.get_by_text("×1")).to_be_visible()


def test_enter_in_a_field_sends_the_wish(open_page: OpenPage, service: RunningService, token: str) -> None:
    customer = open_page(scripts=False)
    customer.goto(f"/f/{token}/?style={service.seed.style_ids['YS2404']}")
    customer.locator("[data-size] input").first.fill("1")
    customer.get_by_label("怎么称呼您").fill("李小姐")
    customer.get_by_label("怎么称呼您").press("Enter")
    expect(customer.get_by_role("status")).to_contain_text("请等回复确认")


def test_poster_language_and_a_page_that_is_gone(
    open_page: OpenPage, screenshot: TakeScreenshot, service: RunningService, token: str
) -> None:
    customer = open_page(scripts=False)
    customer.goto(f"/f/{token}/poster/")
    fits(customer, screenshot, "no-scripts-poster")
    customer.get_by_role("button", name="English").click()
    expect(customer.locator("html")).to_have_attribute("lang", "en")
    expect(customer).to_have_url(re.compile(f"/f/{token}/poster/$"))
    customer.get_by_role("link", name="I want this").click()
    expect(customer).to_have_url(re.compile(rf"/f/{token}/(\?c=\w+)?$"))
    fits(customer, screenshot, "no-scripts-list-en")
    customer.goto("/f/nothing/")
    fits(customer, screenshot, "no-scripts-gone")


def _choose_two_styles(customer: Page) -> None:
    """Two of one style and one of another; the numbers are typed, since the buttons beside them need scripts."""
    customer.locator(".goods-card").first.click()
    expect(customer.locator("[data-step]").first).to_be_hidden()
    customer.locator("[data-size] input").first.fill("2")
    customer.get_by_role("button", name="再选一款").click()
    expect(customer.get_by_role("status")).to_contain_text("已选 2 件")
    customer.locator(".goods-card").nth(1).click()
    customer.locator("[data-size] input").first.fill("1")
