"""Twelve wishes in an evening, on a phone: read, two of them corrected, ordered and paid at once; and a pasted group list."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import DESKTOP, RunningService
from tests.browser.test_all_pages import OpenPage, TakeScreenshot, width_overflow

STYLE = "YS2403"
MAX_TAPS = 8
NAMES = ["王芳", "李雷", "赵敏", "钱多", "孙倩", "周洁", "吴迪", "郑爽", "冯远", "陈露", "褚红", "卫平"]


@pytest.fixture
def phone(open_page: OpenPage, service: RunningService) -> Page:
    return open_page(service.seed.reseller)


class Taps:
    """Counts what a thumb does."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, target: Locator) -> None:
        self.count += 1
        target.click()


def test_twelve_wishes_are_ordered_and_paid_with_few_taps(
    open_page: OpenPage, screenshot: TakeScreenshot, service: RunningService, phone: Page
) -> None:
    address = _forward(phone, service)
    for number, name in enumerate(NAMES):
        _wish(open_page, address, number, name)
    phone.goto("/shop/wishes/")
    expect(phone.locator("[data-wish]")).to_have_count(12)
    assert width_overflow(phone) == 0
    screenshot(phone, "wish-desk")
    taps = Taps()
    for name in NAMES[:2]:
        row = phone.locator("[data-wish]", has_text=name)
        expect(row.locator("[name=wish]")).to_be_disabled()
        taps(row.get_by_role("link", name="核对修改"))
        phone.locator("[name=address]").fill("浙江省杭州市西湖区文三路 7 号")
        screenshot(phone, "wish-correct")
        taps(phone.get_by_role("button", name="核对无误，保存"))
        expect(phone.locator("[data-wish]", has_text=name).locator("[name=wish]")).to_be_checked()
    expect(phone.get_by_role("button", name="下 2 单并付款")).to_be_visible()
    taps(phone.get_by_role("link", name="全选"))
    expect(phone.get_by_text("会新建 12 位收货人")).to_be_visible()
    screenshot(phone, "wish-desk-ticked")
    taps(phone.get_by_role("button", name="下 12 单并付款"))
    expect(phone.get_by_text("已下 12 单，已付款")).to_be_visible()
    print(f"taps for twelve wishes: {taps.count}")
    assert taps.count <= MAX_TAPS
    expect(phone.get_by_text("没有待下单的心愿")).to_be_visible()
    screenshot(phone, "wish-desk-paid")
    phone.goto("/shop/wishes/?state=ordered")
    links = phone.locator("main a[href^='/shop/orders/']").evaluate_all("found => found.map(each => each.href)")
    assert (len(links), len(set(links))) == (12, 1)
    desk = open_page(service.seed.reseller, size=DESKTOP)
    desk.goto("/shop/wishes/?state=ordered")
    assert width_overflow(desk) == 0
    screenshot(desk, "wishes-ordered-desk")


def test_a_group_list_becomes_wishes(screenshot: TakeScreenshot, service: RunningService, phone: Page) -> None:
    phone.goto("/shop/forwards/")
    phone.locator("a[href^='/shop/forwards/']").first.click()
    phone.get_by_role("link", name="粘贴接龙").click()
    phone.locator("[name=text]").fill(
        "#接龙\n1. 燕麦 M 2件 魏来 13700000001 上海市徐汇区漕溪北路 1 号\n2. 燕麦 XXL 蒋云 13700000002 北京市朝阳区三里屯路 3 号"
    )
    phone.get_by_role("button", name="识别").click()
    expect(phone.locator("[data-entry=ready]")).to_have_count(1)
    expect(phone.locator("[data-entry=fault]")).to_contain_text("这款没有这个尺码")
    assert width_overflow(phone) == 0
    screenshot(phone, "group-list")
    phone.get_by_role("button", name="存成 1 条心愿").click()
    expect(phone.get_by_text("已存 1 条心愿")).to_be_visible()
    phone.locator("[name=text]").fill(phone.locator("[name=text]").input_value().replace("XXL", "L"))
    phone.get_by_role("button", name="识别").click()
    phone.get_by_role("button", name="存成 1 条心愿").click()
    expect(phone.locator("[data-wish]")).to_have_count(2)


def _forward(phone: Page, service: RunningService) -> str:
    phone.goto(f"/shop/sales/{service.seed.sale_id}/styles/{service.seed.style_ids[STYLE]}/")
    phone.locator("[name=retail_price]").fill("169")
    phone.locator("#retail button").first.click()
    expect(phone.locator("#retail [role=status]")).to_contain_text("169.00")
    phone.get_by_role("button", name="转发给顾客").click()
    address = phone.locator("#customer-page").get_attribute("href")
    assert address
    return address


def _wish(open_page: OpenPage, address: str, number: int, name: str) -> None:
    customer = open_page()
    customer.goto(address)
    customer.locator(f"[data-size={'SML'[number % 3]}] [data-step='1']").nth(number % 3).click()
    customer.locator("[name=name]").fill(name)
    where = "文三路 7 号" if number < 2 else f"浙江省杭州市西湖区文三路 {number} 号"
    customer.locator("[name=address]").fill(f"{name} 1390000{number:04d} {where}")
    expect(customer.locator("#address-parts")).to_contain_text(name)
    customer.get_by_role("button", name="我想要").click()
    expect(customer.get_by_role("status").first).to_contain_text("请等回复确认")
    customer.context.close()
