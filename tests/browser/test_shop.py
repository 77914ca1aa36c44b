"""A reseller's evening on her phone: she joins, browses, sets a price, grabs, pays, and sees where she stands."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import RunningService
from tests.browser.test_all_pages import OpenPage, TakeScreenshot, width_overflow

SALE = "云杉秋冬外套专场"


@pytest.fixture
def phone(open_page: OpenPage, service: RunningService) -> Page:
    return open_page(service.seed.reseller)


@pytest.fixture
def style_page(phone: Page, service: RunningService) -> Callable[[str], Page]:
    def opened(style_no: str) -> Page:
        phone.goto(f"/shop/sales/{service.seed.sale_id}/styles/{service.seed.style_ids[style_no]}/")
        return phone

    return opened


def choose(page: Page, size: str = "") -> None:
    """Choose a recipient, entering one where there is none yet, and a size that is there: none of them is chosen for her."""
    if page.get_by_text("先添加收货人").count():
        page.get_by_text("先添加收货人").click()
        page.locator("[name=name]").fill("李梅")
        page.locator("[name=phone]").fill("13900139000")
        page.locator("[name=address]").fill("上海市徐汇区漕溪北路 1 号 502 室")
        page.get_by_role("button", name="保存收货人").click()
    elif page.locator("#to a.choice").count():
        page.locator("#to a.choice").first.click()
    expect(page.get_by_role("button", name="立即抢货，发给")).to_be_visible()
    page.locator("label.choice:not(:has(input:disabled))", has_text=size).first.click()
    expect(page.locator("label.choice:has(input:checked)")).to_contain_text(size)
    expect(page.locator(".htmx-request")).to_have_count(0)


def test_a_visitor_joins_with_a_code(open_page: OpenPage, screenshot: TakeScreenshot, service: RunningService) -> None:
    page = open_page()
    page.goto(f"/shop/join/?code={service.seed.code}")
    screenshot(page, "join")
    page.locator("[name=name]").fill("林小姐")
    page.locator("[name=login]").fill("lin")
    page.locator("[name=password]").fill("wei-cang-7788")
    page.get_by_role("button", name="加入尾仓").click()
    expect(page.get_by_text("已提交，请用刚才填写的登录名和密码登录")).to_be_visible()
    expect(page.locator("[name=login]")).to_have_value("lin")
    page.locator("[name=password]").fill("wei-cang-7788")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("heading", name="今日开仓")).to_be_visible()
    page.goto("/shop/vip/")
    expect(page.get_by_text("体验会员").first).to_be_visible()


def test_a_wrong_code_is_refused_and_what_was_typed_stays(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/shop/join/?code=NOTACODE")
    page.locator("[name=name]").fill("林小姐")
    page.locator("[name=login]").fill("lin-2")
    page.locator("[name=password]").fill("wei-cang-7788")
    page.get_by_role("button", name="加入尾仓").click()
    expect(page.get_by_role("alert")).to_contain_text("没有这个邀请码")
    expect(page.locator("[name=name]")).to_have_value("林小姐")


def test_live_sales_and_previews_are_on_the_first_page(phone: Page, screenshot: TakeScreenshot) -> None:
    phone.goto("/shop/")
    expect(phone.get_by_role("heading", name=SALE)).to_be_visible()
    expect(phone.get_by_text("云杉配饰返季专场")).to_be_visible()
    assert width_overflow(phone) == 0
    screenshot(phone, "shop-home")


def test_goods_are_picked_by_category_size_and_price(
    phone: Page, screenshot: TakeScreenshot, service: RunningService
) -> None:
    phone.goto(f"/shop/sales/{service.seed.sale_id}/")
    cards = phone.locator(".goods-card")
    expect(cards).to_have_count(6)
    screenshot(phone, "shop-sale")
    phone.get_by_role("radiogroup", name="类目").get_by_text("女外套").click()
    expect(cards).to_have_count(2)
    phone.locator("summary").click()
    phone.get_by_label("最低拿货价").fill("300")
    phone.get_by_label("最高拿货价").fill("600")
    phone.get_by_label("最高拿货价").press("Enter")
    expect(cards).to_have_count(1)
    expect(cards.first).to_contain_text("羊毛双面呢大衣")
    assert re.search(r"category=\d+.*min=300&max=600", phone.url)
    expect(phone.get_by_role("button", name="看 1 款")).to_be_visible()
    screenshot(phone, "shop-filters")
    phone.get_by_role("radiogroup", name="类目").get_by_text("全部").click()
    phone.get_by_label("最低拿货价").fill("")
    phone.get_by_label("最高拿货价").fill("")
    phone.locator("fieldset", has_text="尺码").get_by_text("28", exact=True).click()
    expect(cards).to_have_count(1)
    expect(cards.first).to_contain_text("牛仔裤")
    phone.reload()
    expect(cards).to_have_count(1)


def test_a_price_says_why_without_the_supply_side(
    style_page: Callable[[str], Page], screenshot: TakeScreenshot
) -> None:
    page = style_page("YS2403")
    page.get_by_role("button", name="为什么是这个价").click()
    slip = page.locator("#why-steps .slip li")
    expect(slip.first).to_contain_text("吊牌价")
    words = page.locator("#why-steps").inner_text()
    assert "佣金" not in words
    assert "供货" not in words
    screenshot(page, "shop-why")


def test_cut_goods_say_so_before_paying(style_page: Callable[[str], Page], screenshot: TakeScreenshot) -> None:
    page = style_page("YS2401")
    expect(page.locator(".cut-note")).to_contain_text("剪标发货")
    assert width_overflow(page) == 0
    screenshot(page, "shop-goods-cut")


def test_a_retail_price_below_cost_is_asked_about_and_taken_once_it_is_confirmed(
    style_page: Callable[[str], Page], screenshot: TakeScreenshot
) -> None:
    page = style_page("YS2401")
    page.locator("[name=retail_price]").fill("1")
    page.locator("#retail button").click()
    expect(page.locator("#retail [role=alert]")).to_contain_text("确定要亏本卖吗？")
    screenshot(page, "shop-retail-below-cost")
    page.get_by_role("button", name="亏本也按这个价").click()
    expect(page.locator("#retail [role=status]")).to_contain_text("¥1.00")
    page.locator("[name=retail_price]").fill("699")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.locator("#retail [role=status]")).to_contain_text("¥699.00")


def test_a_retail_price_under_the_floor_is_refused_with_the_floor_named(
    style_page: Callable[[str], Page], screenshot: TakeScreenshot
) -> None:
    page = style_page("YS2403")
    floor = page.locator("#retail").inner_text()
    named = re.search(r"不能低于 ¥([\d.]+)", floor)
    assert named is not None
    page.locator("[name=retail_price]").fill("1")
    page.locator("#retail button").click()
    expect(page.locator("#retail [role=alert]")).to_contain_text(named.group(1))
    screenshot(page, "shop-retail-refused")
    page.locator("[name=retail_price]").fill("299")
    page.locator("#retail button").click()
    expect(page.locator("#retail [role=status]")).to_contain_text("299.00")
    page.reload()
    expect(page.locator("[name=retail_price]")).to_have_value("299.00")


def test_an_address_is_pasted_read_and_saved(phone: Page, screenshot: TakeScreenshot) -> None:
    phone.goto("/shop/recipients/")
    phone.locator("[name=pasted]").fill("收货人：王芳 13800138000 浙江省杭州市西湖区文三路 100 号 3 幢 201 室")
    phone.get_by_role("button", name="识别地址").click()
    expect(phone.locator("[name=name]")).to_have_value("王芳")
    expect(phone.locator("[name=phone]")).to_have_value("13800138000")
    screenshot(phone, "shop-recipient")
    phone.get_by_role("button", name="保存收货人").click()
    expect(phone.get_by_role("listitem").filter(has_text="王芳")).to_be_visible()


def test_a_grab_becomes_a_paid_order_and_raises_the_tier(
    phone: Page, style_page: Callable[[str], Page], screenshot: TakeScreenshot
) -> None:
    page = style_page("YS2405")
    choose(page, "M")
    for _ in range(4):
        page.get_by_role("button", name="增加").click()
    expect(page.locator("[name=units]")).to_have_value("5")
    screenshot(page, "shop-goods")
    page.get_by_role("button", name="立即抢货").click()
    page.wait_for_url("**/shop/orders/*/")
    expect(page.get_by_text("货已为您留住")).to_be_visible()
    screenshot(page, "shop-order-unpaid")
    page.get_by_role("button", name="钱包付款").click()
    expect(page.locator("#notices")).to_contain_text("VIP1")
    expect(page.get_by_text("待发货")).to_be_visible()
    screenshot(page, "shop-order-paid")
    page.goto("/shop/wallet/")
    expect(page.get_by_role("listitem").filter(has_text="付款")).to_have_count(1)
    screenshot(page, "shop-wallet")
    page.goto("/shop/vip/")
    assert int(page.locator("#growth-all").inner_text()) >= 50
    page.get_by_role("button", name="生成邀请码").click()
    expect(page.get_by_alt_text("邀请二维码")).to_be_visible()
    screenshot(page, "shop-vip")
    page.goto("/shop/orders/")
    screenshot(page, "shop-orders")
    page.goto("/shop/me/")
    screenshot(page, "shop-me")


def test_an_order_is_cancelled_only_when_she_says_yes(
    phone: Page, style_page: Callable[[str], Page], service: RunningService
) -> None:
    page = style_page("YS2406")
    choose(page)
    page.get_by_role("button", name="立即抢货").click()
    page.wait_for_url("**/shop/orders/*/")
    page.get_by_role("button", name="不要了").click()
    page.locator("#ask [data-ask-no]").click()
    expect(page.get_by_text("货已为您留住")).to_be_visible()
    page.get_by_role("button", name="不要了").click()
    page.locator("#ask [data-ask-yes]").click()
    expect(page.locator("#notices")).to_contain_text("订单已取消")


def test_after_going_back_she_takes_another_or_the_same_again(style_page: Callable[[str], Page]) -> None:
    page = style_page("YS2406")
    choose(page)
    page.get_by_role("button", name="立即抢货").click()
    page.wait_for_url("**/shop/orders/*/")
    first = page.url
    page.get_by_role("button", name="不要了").click()
    page.locator("#ask [data-ask-yes]").click()
    expect(page.locator("#notices")).to_contain_text("订单已取消")
    for _ in range(3):
        page.go_back()
        if "/styles/" in page.url:
            break
    page.get_by_role("button", name="立即抢货").click()
    page.wait_for_url("**/shop/orders/*/")
    assert page.url != first
    expect(page.get_by_text("货已为您留住")).to_be_visible()


def test_a_number_above_the_stock_is_stopped_before_the_order(style_page: Callable[[str], Page]) -> None:
    page = style_page("YS2405")
    choose(page)
    for typed in ("999", "0", "1.5"):
        page.locator("[name=units]").fill(typed)
        page.get_by_role("button", name="立即抢货").click()
        assert not page.locator("[name=units]").evaluate("field => field.checkValidity()")
        assert "/styles/" in page.url
        expect(page.locator("[name=units]")).to_have_value(typed)


def test_the_choice_is_shown_above_the_button(style_page: Callable[[str], Page]) -> None:
    page = style_page("YS2405")
    expect(page.locator("#summary")).to_contain_text("请先选择尺码")
    choose(page, "L")
    expect(page.locator("#summary")).to_contain_text("L →")
    button = page.get_by_role("button", name="立即抢货").bounding_box()
    summary = page.locator("#summary").bounding_box()
    assert summary is not None
    assert button is not None
    assert summary["y"] < button["y"] < 844


def test_a_preview_shows_when_and_nothing_to_grab(
    phone: Page, screenshot: TakeScreenshot, service: RunningService
) -> None:
    phone.goto(f"/shop/sales/{service.seed.preview_id}/")
    expect(phone.get_by_text("开抢。现在可以先看货")).to_be_visible()
    expect(phone.locator(".goods-card").first).to_be_visible()
    assert width_overflow(phone) == 0
    screenshot(phone, "shop-preview")
    phone.goto(f"/shop/sales/{service.seed.preview_id}/styles/{service.seed.style_ids['YS2407']}/")
    expect(phone.get_by_role("button", name="立即抢货")).to_be_disabled()


def test_english_pages_have_no_chinese_words(open_page: OpenPage, service: RunningService) -> None:
    page = open_page(service.seed.reseller)
    page.context.add_cookies([{"name": "language", "value": "en", "url": service.address}])
    for path in ("/shop/", f"/shop/sales/{service.seed.sale_id}/", "/shop/vip/", "/shop/wallet/", "/shop/me/"):
        page.goto(path)
        expect(page.locator("html")).to_have_attribute("lang", "en")
        # Names of brands, sales, goods and people stay as they were typed; labels of the navigation do not.
        assert page.locator(".shop-tabs").inner_text().isascii()
