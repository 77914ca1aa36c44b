"""A coat whose label is cut, passed on and sent back, on a phone: forward, page, wish, grab, parcel, case, refund."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, RunningService, celery_worker
from tests.browser.test_all_pages import OpenPage, TakeScreenshot, width_overflow

STYLE = "YS2402"
BRAND_WORDS = ("云杉", "YS2402", "秋冬外套专场")


@pytest.fixture
def phone(open_page: OpenPage, service: RunningService) -> Page:
    return open_page(service.seed.reseller)


def fits(page: Page, screenshot: TakeScreenshot, name: str) -> None:
    assert width_overflow(page) == 0, page.url
    screenshot(page, name)


def test_from_a_forward_to_a_refund(
    open_page: OpenPage, screenshot: TakeScreenshot, service: RunningService, phone: Page
) -> None:
    address = _forward(phone, screenshot, service)
    _wish(open_page, screenshot, address)
    order = _grab(phone, screenshot)
    _ship(open_page, service)
    case = _ask(phone, screenshot, order)
    _agree(open_page, screenshot, service, case)
    phone.reload()
    expect(phone.locator("#return-to")).to_contain_text("退货组")
    fits(phone, screenshot, "case-agreed")
    phone.locator("[name=carrier]").fill("中通快递")
    phone.locator("[name=tracking_no]").fill("ZT0000000001")
    phone.get_by_role("button", name="我已寄出").click()
    expect(phone.get_by_text("寄回途中")).to_be_visible()
    _receive(open_page, screenshot, service)
    _refund(open_page, screenshot, service, case)
    phone.reload()
    expect(phone.get_by_text("钱已到钱包")).to_be_visible()
    fits(phone, screenshot, "case-refunded")
    phone.goto("/shop/cases/")
    fits(phone, screenshot, "cases")
    phone.goto("/shop/wallet/")
    expect(phone.get_by_role("listitem").filter(has_text="退款").first).to_be_visible()


def test_a_stopped_forward_shows_that_it_was_stopped(
    open_page: OpenPage, screenshot: TakeScreenshot, service: RunningService, phone: Page
) -> None:
    phone.goto(f"/shop/sales/{service.seed.sale_id}/styles/{service.seed.style_ids['YS2404']}/")
    phone.locator("[name=retail_price]").fill("499")
    phone.locator("#retail button").first.click()
    expect(phone.locator("#retail [role=status]")).to_contain_text("499.00")
    phone.get_by_role("button", name="转发给顾客").click()
    address = phone.locator("#customer-page").get_attribute("href")
    assert address
    customer = open_page()
    answer = customer.goto(address)
    assert answer is not None
    assert answer.status == 200
    expect(customer.get_by_text("云杉服饰").first).to_be_visible()
    fits(customer, screenshot, "customer-labelled")
    phone.get_by_role("button", name="收回这个页面").click()
    phone.locator("#ask [data-ask-yes]").click()
    expect(phone.get_by_text("您已收回这个页面")).to_be_visible()
    answer = customer.reload()
    assert answer is not None
    assert answer.status == 410
    expect(customer.get_by_text("卖家已收回这个分享")).to_be_visible()
    fits(customer, screenshot, "customer-gone")


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desk"])
def test_the_new_pages_fit_and_speak_english(
    open_page: OpenPage, screenshot: TakeScreenshot, service: RunningService, size: tuple[int, int]
) -> None:
    lists = {
        service.seed.reseller: (f"/shop/sales/{service.seed.sale_id}/forward/", "/shop/forwards/", "/shop/wishes/?state=", "/shop/cases/"),
        service.seed.ops: ("/console/cases/", "/console/cases/?state=refunded"),
        service.seed.clerk: ("/portal/returns/", "/portal/returns/?state="),
    }  # fmt: skip
    for login, paths in lists.items():
        page = open_page(login, size=size)
        page.context.add_cookies([{"name": "language", "value": "en", "url": service.address}])
        for path in paths:
            answer = page.goto(path)
            assert answer is not None
            assert answer.status == 200, path
            expect(page.locator("html")).to_have_attribute("lang", "en")
            assert page.locator("h1").inner_text().isascii()
            fits(page, screenshot, "en-" + re.sub(r"\W+", "-", path).strip("-") + f"-{size[0]}")
        for link in (".rows a[href*='/console/cases/']", "a[href*='/shop/cases/']", "a[href^='/shop/forwards/']"):
            if page.locator(link).count():
                page.goto(page.locator(link).last.get_attribute("href") or "")
                fits(page, screenshot, f"en-detail-{login}-{size[0]}")


def _forward(phone: Page, screenshot: TakeScreenshot, service: RunningService) -> str:
    """She picks the coat of a live sale, prices it, and gets its page; a price under the floor of another style is refused first."""
    phone.goto(f"/shop/sales/{service.seed.sale_id}/")
    expect(phone.locator(".cut-note")).to_contain_text("只有质量问题、发错货或运输破损才能退")
    phone.get_by_role("link", name="挑货转发给顾客").click()
    knitwear = phone.locator(f"[name=price-{service.seed.style_ids['YS2403']}]")
    knitwear.fill("1")
    phone.locator(f"[name=price-{service.seed.style_ids[STYLE]}]").fill("469")
    phone.get_by_role("button", name="保存并生成转发页").click()
    expect(phone.get_by_role("alert")).to_contain_text("品牌控价不低于")
    fits(phone, screenshot, "pick")
    knitwear.fill("")
    phone.get_by_role("button", name="保存并生成转发页").click()
    text = phone.locator("#share-text")
    expect(text).to_contain_text("轻薄羽绒服 连帽  ¥469.00")
    assert not [word for word in BRAND_WORDS if word in text.inner_text()]
    phone.context.grant_permissions(["clipboard-read", "clipboard-write"])
    phone.get_by_role("button", name="复制文字和链接").click()
    assert phone.evaluate("navigator.clipboard.readText()") == text.inner_text()
    fits(phone, screenshot, "forward")
    address = phone.locator("#customer-page").get_attribute("href")
    assert address
    assert address in text.inner_text()
    return address


def _wish(open_page: OpenPage, screenshot: TakeScreenshot, address: str) -> None:
    customer = open_page()
    told: list[str] = []
    customer.on("response", lambda answer: told.append(f"{answer.url} {answer.all_headers()}"))
    customer.goto(address)
    expect(customer.get_by_text("469").first).to_be_visible()
    source = customer.content()
    assert not [word for word in BRAND_WORDS if word in source or any(word in each for each in told)]
    fits(customer, screenshot, "customer")
    customer.locator("[data-size=L] [data-step='1']").first.click()
    customer.locator("[name=name]").fill("王小姐")
    customer.locator("[name=address]").fill("王小姐 13900139000 上海市徐汇区漕溪北路 1 号 502 室")
    expect(customer.locator("#address-parts")).to_contain_text("徐汇区")
    customer.locator("[name=note]").fill("周末前能到吗")
    fits(customer, screenshot, "customer-wish")
    customer.get_by_role("button", name="我想要").click()
    expect(customer.get_by_role("status").first).to_contain_text("请等回复确认")
    fits(customer, screenshot, "customer-thanked")


def _grab(phone: Page, screenshot: TakeScreenshot) -> str:
    """The wish becomes an order; what may come back is said before she pays. Gives the address of the order."""
    phone.goto("/shop/me/")
    expect(phone.get_by_text("1 个新心愿")).to_be_visible()
    screenshot(phone, "me")
    phone.goto("/shop/wishes/")
    fits(phone, screenshot, "wishes")
    phone.locator("#desk a.link-hover").first.click()
    expect(phone.get_by_text("王小姐 想要")).to_be_visible()
    if phone.get_by_text("先添加收货人").count():
        phone.get_by_text("先添加收货人").click()
        phone.locator("[name=name]").fill("王小姐")
        phone.locator("[name=phone]").fill("13900139000")
        phone.locator("[name=address]").fill("上海市徐汇区漕溪北路 1 号 502 室")
        phone.get_by_role("button", name="保存收货人").click()
        expect(phone.get_by_text("王小姐 想要")).to_be_visible()
    else:
        phone.locator("#proposal summary").click()
        screenshot(phone, "goods-of-a-wish-proposed")
        phone.locator("#to a.choice").first.click()
    expect(phone.locator("#label")).to_contain_text("只有质量问题、发错货或运输破损才能退")
    screenshot(phone, "goods-of-a-wish")
    phone.get_by_role("button", name="立即抢货").click()
    phone.wait_for_url("**/shop/orders/*/")
    expect(phone.locator(".cut-note")).to_contain_text("付款即表示您同意")
    fits(phone, screenshot, "order-unpaid-cut")
    phone.get_by_role("button", name="钱包付款").click()
    expect(phone.get_by_text("待发货")).to_be_visible()
    order = phone.url
    phone.goto("/shop/forwards/")
    expect(phone.get_by_text("打开 1 次 · 心愿 1 · 下单 1")).to_be_visible()
    fits(phone, screenshot, "forwards")
    return order


def _ship(open_page: OpenPage, service: RunningService) -> None:
    clerk = open_page(service.seed.clerk)
    clerk.goto("/portal/shipping/")
    parcel = clerk.locator("article", has_text=STYLE).last
    expect(parcel).to_contain_text("剪标")
    parcel.locator("[name=carrier]").fill("顺丰速运")
    parcel.locator("[name=tracking_no]").fill("SF1234567890")
    parcel.get_by_role("button", name="发货").click()
    expect(clerk.locator("#notices")).to_contain_text("已发货")


def _ask(phone: Page, screenshot: TakeScreenshot, order: str) -> str:
    phone.goto(order)
    fits(phone, screenshot, "order-shipped")
    phone.get_by_role("link", name="申请售后").click()
    assert phone.locator("[value=no_longer_wanted]").count() == 0
    phone.locator("label.choice", has_text="质量问题").click()
    phone.locator("[name=evidence]").fill("左袖口脱线约 3 厘米")
    fits(phone, screenshot, "case-ask")
    phone.get_by_role("button", name="提交申请").click()
    expect(phone.get_by_text("待平台审核")).to_be_visible()
    fits(phone, screenshot, "case-asked")
    return phone.url.rstrip("/").rpartition("/")[2]


def _agree(open_page: OpenPage, screenshot: TakeScreenshot, service: RunningService, case: str) -> None:
    desk = open_page(service.seed.ops)
    desk.goto("/console/")
    desk.locator(f"a[href='/console/cases/{case}/']").click()
    desk.locator("[name=approve-return_address]").fill("浙江省杭州市余杭区仓前路 1 号 退货组 0571-88880000")
    fits(desk, screenshot, "desk-case")
    desk.get_by_role("button", name="同意退货").click()
    expect(desk.get_by_text("待寄回").first).to_be_visible()


def _receive(open_page: OpenPage, screenshot: TakeScreenshot, service: RunningService) -> None:
    clerk = open_page(service.seed.clerk)
    clerk.goto("/portal/returns/")
    fits(clerk, screenshot, "portal-returns")
    clerk.get_by_role("button", name="确认收到", exact=True).click()
    clerk.locator("#ask [data-ask-yes]").click()
    expect(clerk.locator("#notices")).to_contain_text("已确认收到")


def _refund(open_page: OpenPage, screenshot: TakeScreenshot, service: RunningService, case: str) -> None:
    desk = open_page(service.seed.ops, size=DESKTOP)
    desk.goto(f"/console/cases/{case}/")
    fits(desk, screenshot, "desk-case-received")
    desk.locator("[data-form-action=refund] form button").click()
    desk.locator("#ask [data-ask-yes]").click()
    expect(desk.get_by_text("已退款").first).to_be_visible()
    desk.goto("/console/integrity/")
    desk.get_by_role("button", name="开始核对").click()
    with celery_worker(service.environment):
        expect(desk.locator(".note.success")).to_be_visible(timeout=90_000)
    expect(desk.locator(".note.error")).to_have_count(0)
