"""An evening of a group owner, told by its taps: she prices, forwards, pastes twelve addresses, orders, pays once and follows.

The table "How many taps" in docs/walkthrough.md has the figures that this test asserts, as (taps, typed fields).
"""

from pathlib import Path

import openpyxl
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DESKTOP, PHONE, RunningService, page_opener
from tests.browser.taps import Taps
from tests.browser.test_all_pages import OpenPage, TakeScreenshot, width_overflow

STYLE = "YS2403"
PRICES = {"YS2403": "169", "YS2405": "239", "YS2406": "199"}
NAMES = ["王芳", "李雷", "赵敏", "钱多", "孙倩", "周洁", "吴迪", "郑爽", "冯远", "陈露", "褚红", "卫平"]
WISHING = ["魏来", "蒋云"]
CASES = 10


def test_an_evening_from_the_prices_to_the_parcels(
    browser: Browser, service: RunningService, screenshot: TakeScreenshot, tmp_path: Path
) -> None:
    with page_opener(browser, service.address, 30_000) as opened:
        phone = opened(service.seed.reseller, size=PHONE)
        phone.add_init_script("navigator.clipboard.writeText = async (words) => { window.copied = words; }")
        assert price_and_forward(phone, service, screenshot) == (4, 3)
        assert order_for_a_group_list(phone, screenshot) == (7, 1)
        assert order_for_twelve_addresses(phone, screenshot) == (22, 2)
        desk = opened(service.seed.clerk, size=DESKTOP)
        assert ship_by_workbook(desk, screenshot, tmp_path) == (4, 0)
        assert follow_and_tell(phone, screenshot) == (3, 0)
        see_the_parcel(opened, phone, screenshot)
        assert open_cases(phone) == (14, 1)
        enter_return_address(desk)
        ops = opened(service.seed.ops, size=DESKTOP)
        assert decide_cases(ops) == (11, 0)
        send_back(phone)
        assert confirm_returns(desk, screenshot) == (4, 0)


def price_and_forward(phone: Page, service: RunningService, screenshot: TakeScreenshot) -> tuple[int, int]:
    phone.goto("/shop/")
    thumb = Taps(phone)
    thumb.tap(f"a[href='/shop/sales/{service.seed.sale_id}/']")
    thumb.tap(f"a[href='/shop/sales/{service.seed.sale_id}/forward/']")
    for style_no, price in PRICES.items():
        thumb.type(phone.locator(f"#price-{service.seed.style_ids[style_no]}"), price)
    thumb.tap(phone.get_by_role("button", name="保存并生成转发页"))
    thumb.tap(phone.get_by_role("button", name="复制文字和链接"))
    expect(phone.get_by_role("button", name="复制文字和链接")).to_be_visible()
    screenshot(phone, "evening-forward")
    return thumb.total


def order_for_a_group_list(phone: Page, screenshot: TakeScreenshot) -> tuple[int, int]:
    """From the forward: two entries of a group list become wishes, which are ordered and paid together."""
    entries = [
        f"{n}. {STYLE} 燕麦 M 1件 {name} 1370000000{n} 上海市徐汇区漕溪北路 {n} 号" for n, name in enumerate(WISHING, 1)
    ]
    thumb = Taps(phone)
    thumb.tap(phone.get_by_role("link", name="粘贴接龙"))
    thumb.type(phone.locator("[name=text]"), "\n".join(["#接龙 今晚针织衫", *entries]))
    thumb.tap(phone.get_by_role("button", name="识别"))
    thumb.tap(phone.get_by_role("button", name="存成 2 条心愿"))
    expect(phone.locator("[data-wish]")).to_have_count(2)
    thumb.tap(phone.get_by_role("link", name="全选"))
    thumb.tap(phone.get_by_role("button", name="下 2 单并付款"))
    expect(phone.get_by_text("已下 2 单，已付款")).to_be_visible()
    thumb.tap(phone.get_by_role("link", name="看刚下的订单"))
    screenshot(phone, "evening-wishes-ordered")
    thumb.tap("nav.shop-tabs a[href='/shop/me/']")
    return thumb.total


def order_for_twelve_addresses(phone: Page, screenshot: TakeScreenshot) -> tuple[int, int]:
    """From 我的: twelve addresses pasted, one of them corrected, goods chosen, one payment over all."""
    people = [f"{name} 139000000{n:02} 浙江省杭州市西湖区文三路 {n} 号" for n, name in enumerate(NAMES, 1)]
    people[2] = people[2].replace("13900000003", "1390000000")
    thumb = Taps(phone)
    thumb.tap(phone.get_by_role("link", name="收货人"))
    thumb.tap(phone.get_by_role("link", name="粘贴多位收货人"))
    thumb.type(phone.locator("[name=pasted]"), "\n".join(people))
    thumb.tap(phone.get_by_role("button", name="识别"))
    expect(phone.locator("[data-pasted=sure]")).to_have_count(11)
    unsure = phone.locator("[data-pasted=unsure]")
    expect(unsure).to_contain_text("赵敏")
    assert width_overflow(phone) == 0
    screenshot(phone, "evening-pasted")
    thumb.type(unsure.locator("input[name$=-phone]"), "13900000003")
    thumb.tap(phone.get_by_role("button", name="核对无误，保存并选货"))
    rows = phone.locator("[data-recipient]")
    expect(rows).to_have_count(12)
    for row, goods in ((0, "酒红 S"), (1, "酒红 L"), (2, "燕麦 L"), (3, "红色碎花 M"), (4, "红色碎花 L")):
        thumb.choose(rows.nth(row).locator("select"), goods)
    thumb.tap(rows.nth(0).get_by_role("button", name="再加一种"))
    expect(rows.nth(0).locator("select")).to_have_count(2)
    thumb.choose(rows.nth(0).locator("select").nth(1), "红色碎花 S")
    # The other seven want the same goods.
    thumb.choose(phone.locator("#fill-item"), "藏青 M")
    thumb.tap(phone.get_by_role("button", name="填入"))
    expect(rows.nth(11).locator("select option:checked")).to_contain_text("藏青 M")
    assert width_overflow(phone) == 0
    screenshot(phone, "evening-goods")
    thumb.tap(phone.get_by_role("button", name="一起抢，放进购物车"))
    expect(phone.locator("#notices")).to_contain_text("已抢到 13 件")
    thumb.tap(phone.get_by_role("button", name="一起付款"))
    expect(phone.locator("#notices")).to_contain_text("付款成功")
    screenshot(phone, "evening-paid")
    return thumb.total


def ship_by_workbook(desk: Page, screenshot: TakeScreenshot, folder: Path) -> tuple[int, int]:
    """The brand's list comes back: two parcels for one recipient, one unit that is not there, everything else in a parcel each."""
    desk.goto("/portal/")
    hand = Taps(desk)
    hand.tap("nav a[href='/portal/shipping/']")
    with desk.expect_download() as download:
        hand.tap(desk.get_by_role("link", name="下载发货清单"))
    file = folder / "list.xlsx"
    download.value.save_as(file)
    fill_in(file)
    hand.send_file(desk.locator("#shipping-file"), file)
    hand.tap(desk.get_by_role("button", name="传回单号"))
    # Shipped, parcels, shipped before, reported short, not imported.
    expect(desk.locator(".figure-card .value")).to_have_text(["13", "14", "0", "1", "0"])
    screenshot(desk, "evening-shipped")
    return hand.total


def fill_in(file: Path) -> None:
    book = openpyxl.load_workbook(file)
    sheet = book.worksheets[0]
    head = {str(cell.value): place for place, cell in enumerate(sheet[1], 1)}
    for row in range(2, sheet.max_row + 1):
        name = sheet.cell(row, head["收货人"]).value
        if name is None:
            continue
        if name == "陈露":
            sheet.cell(row, head["缺货数"], 1)
        else:
            sheet.cell(row, head["快递公司"], "顺丰速运")
            sheet.cell(row, head["快递单号"], f"SF13800138{row:05}")
    book.save(file)


def follow_and_tell(phone: Page, screenshot: TakeScreenshot) -> tuple[int, int]:
    """The order list shows what was shipped and what is short; the message for the group is copied with one tap."""
    phone.goto("/shop/me/")
    thumb = Taps(phone)
    thumb.tap("nav.shop-tabs a[href='/shop/orders/']")
    order = phone.locator("main article").first
    expect(order).to_contain_text("缺货")
    assert width_overflow(phone) == 0
    screenshot(phone, "evening-orders")
    thumb.tap(order.get_by_role("button", name="复制发货消息"))
    copied = phone.evaluate("window.copied")
    assert all(name in copied for name in NAMES if name != "陈露")
    assert copied.count("SF13800138") == 12
    thumb.tap(order.locator("a[href^='/shop/orders/']").first)
    expect(phone.locator("main")).to_contain_text("已退 1 件")
    screenshot(phone, "evening-order")
    return thumb.total


def see_the_parcel(opened: OpenPage, phone: Page, screenshot: TakeScreenshot) -> None:
    """The customer of a wish sees her parcel on her private page."""
    phone.goto("/shop/wishes/?state=ordered")
    link = phone.locator("[data-copy*='/w/']").first.get_attribute("data-copy")
    assert link
    customer = opened(size=PHONE)
    customer.goto(link)
    expect(customer.locator("main")).to_contain_text("已发货")
    expect(customer.locator("main")).to_contain_text("SF13800138")
    assert width_overflow(customer) == 0
    screenshot(customer, "evening-customer")


def open_cases(phone: Page) -> tuple[int, int]:
    """Ten pieces of one order came with a fault: one form opens a case for each."""
    phone.goto("/shop/orders/")
    thumb = Taps(phone)
    thumb.tap("main article a[href^='/shop/orders/']")
    thumb.tap(phone.get_by_role("link", name="申请售后").first)
    thumb.tap(phone.get_by_text("这单还有别的货也是同样问题"))
    for place in range(CASES - 1):
        thumb.tap(phone.locator("[name=line_ids]").nth(place))
    thumb.tap(phone.locator("label.choice", has_text="质量问题"))
    thumb.type(phone.locator("#evidence"), "洗后缩水")
    thumb.tap(phone.get_by_role("button", name="提交申请"))
    phone.wait_for_url("**/shop/cases/")
    return thumb.total


def enter_return_address(desk: Page) -> None:
    """Once for all cases."""
    desk.goto("/portal/returns/")
    desk.locator("[name=return_address]").fill("退货组 13800138000 浙江省杭州市余杭区仓前路 1 号")
    desk.get_by_role("button", name="保存").click()
    expect(desk.locator("main")).to_contain_text("退货地址已保存")


def decide_cases(ops: Page) -> tuple[int, int]:
    ops.goto("/console/")
    hand = Taps(ops)
    hand.tap("nav a[href='/console/cases/']")
    rows = ops.locator("[data-queue-row]")
    expect(rows).to_have_count(CASES)
    for left in range(CASES - 1, -1, -1):
        # The script marks the current row once it listens to keys.
        expect(ops.locator("[data-queue-row][aria-current]")).to_have_count(1)
        hand.key("a")
        expect(rows).to_have_count(left)
    return hand.total


def send_back(phone: Page) -> None:
    """The customers send back each on her own; not counted."""
    phone.goto("/shop/cases/")
    links = phone.locator("main a[href^='/shop/cases/']").evaluate_all(
        "found => found.map((each) => each.getAttribute('href'))"
    )
    token = next(each["value"] for each in phone.context.cookies() if each["name"] == "csrftoken")
    for place, link in enumerate(dict.fromkeys(links)):
        answer = phone.request.post(
            link,
            form={"csrfmiddlewaretoken": token, "carrier": "顺丰速运", "tracking_no": f"SF13800139{place:05}"},
            headers={"Referer": phone.url},
        )
        assert answer.ok


def confirm_returns(desk: Page, screenshot: TakeScreenshot) -> tuple[int, int]:
    desk.goto("/portal/")
    hand = Taps(desk)
    hand.tap("nav a[href='/portal/returns/']")
    expect(desk.locator("[name=case_ids]")).to_have_count(CASES)
    hand.tap(desk.get_by_label("全选本页"))
    hand.tap(desk.get_by_role("button", name="确认收到所选"))
    hand.tap("#ask [data-ask-yes]")
    expect(desk.locator("main")).to_contain_text("已确认收到 10 张")
    screenshot(desk, "evening-returns")
    return hand.total
