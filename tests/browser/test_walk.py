"""The walk of the goods on the pages: four people at three faces, from an empty marketplace to a clean integrity check.

The figures are those of PRICE-1 … PRICE-8 by hand. $WEICANG_SCREENSHOTS names a folder for the pictures of the README.
"""

import io
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from kernel.period import SHANGHAI
from tests.browser.conftest import (
    DESKTOP,
    PHONE,
    ROOT,
    SCREENSHOTS,
    celery_worker,
    page_opener,
    run,
    separate_environment,
    web_server,
)
from tests.browser.seed_database import PASSWORD
from tests.browser.test_all_pages import width_overflow

STOCK = ROOT / "demo" / "stock" / "青禾2026秋冬尾货.xlsx"
SALE = "青禾秋冬尾货专场"
FAULTS = ("H110", "J111", "K112", "G113")
RECIPIENT = "王小美 13912345678 浙江省杭州市西湖区文三路478号华星时代广场A座1201"
CARRIER, TRACKING = "顺丰速运", "SF1380013800012"
PATIENCE = 60_000
CONFIRMED = ("control", "terms", "commission", "withdraw", "end", "adopt")
"""Form actions that show their effect before they are confirmed."""


@dataclass(frozen=True)
class People:
    """Ops and finance at their desks, a way to sign in whoever comes later, and a worker who can be called."""

    ops: Page
    finance: Page
    sign_in: Callable[..., Page]
    worker: AbstractContextManager[None]


@pytest.fixture
def people(browser: Browser, tmp_path: Path) -> Iterator[People]:
    """A marketplace that is empty but for ops and finance."""
    with separate_environment(tmp_path, f"walk_{os.getpid()}") as environment:
        run([sys.executable, "-m", "tests.browser.seed_database", "empty"], environment, f"{PASSWORD}\n{PASSWORD}\n")
        with (
            web_server(environment, tmp_path / "web.log") as address,
            page_opener(browser, address, PATIENCE) as sign_in,
        ):
            yield People(
                sign_in("ops", size=DESKTOP), sign_in("finance", size=DESKTOP), sign_in, celery_worker(environment)
            )


def test_a_brands_surplus_goes_from_its_workbook_to_its_settlement(people: People, tmp_path: Path) -> None:
    ops, finance = people.ops, people.finance
    admit_the_brand(ops, finance)
    clerk = people.sign_in("qinghe", size=DESKTOP)
    send_the_workbook(clerk)
    with people.worker:
        land_the_workbook(clerk, tmp_path)
        enter_the_rules(ops)
        try_the_rules(ops)
        publish_the_sale(ops)
        phone = people.sign_in(size=PHONE, scale=2 if SCREENSHOTS else 1)
        join(phone, issue_a_code(ops))
        top_up_her_wallet(finance, ops)
        browse(phone)
        set_a_retail_price(phone)
        grab_and_pay(phone)
        ship(clerk)
        see_the_parcel(phone)
        end_the_sale(ops)
        draw_up_the_statement(finance)
        read_the_statement(clerk, tmp_path)
        check_the_books(ops)


def admit_the_brand(ops: Page, finance: Page) -> None:
    follow(ops, "/console/brands/")
    ops.get_by_role("link", name="登记申请").click()
    do(
        ops,
        "apply",
        name="青禾",
        annual_sales_fen="36,000,000",
        offline_shops="86",
        commission_rate="20",
        contact="陈经理",
    )
    expect(ops.get_by_role("heading", name="青禾 待审核")).to_be_visible()
    do(ops, "admit")
    expect(ops.get_by_text("保证金到账前不能发布专场。")).to_be_visible()
    ops.locator("details[data-form-action=categories] > summary").click()
    for category in ("女装", "鞋包", "饰品配件"):
        ops.get_by_label(category, exact=True).check()
    do(ops, "categories")
    follow(finance, "/console/brands/")
    finance.get_by_role("link", name="青禾").click()
    do(finance, "deposit", amount_fen="10000", reference="ICBC-20261122-001")
    approve_money(ops)
    finance.reload()
    expect(finance.get_by_role("row", name="保证金")).to_contain_text("¥10,000.00 ¥10,000.00")
    follow(ops, "/console/brands/")
    ops.get_by_role("link", name="青禾").click()
    do(ops, "clerk", login="qinghe", name="青禾店员", password=PASSWORD)
    expect(ops.get_by_text("可以开专场。")).to_be_visible()


def send_the_workbook(clerk: Page) -> None:
    expect(clerk.get_by_text("还没有库存")).to_be_visible()
    follow(clerk, "/portal/uploads/")
    clerk.locator("#file").set_input_files(STOCK)
    clerk.get_by_role("button", name="上传并预览").click()
    clerk.wait_for_url("**/portal/uploads/*/")
    expect(clerk.locator("#progress [role=status]")).to_be_visible()


def land_the_workbook(clerk: Page, folder: Path) -> None:
    commit = clerk.get_by_role("button", name="确认入库")
    expect(commit).to_be_visible(timeout=PATIENCE)
    expect(clerk.get_by_text("提交后新增 94 个 SKU，变更 0 个，清零 0 个。")).to_be_visible()
    link = clerk.get_by_role("link", name="下载标注副本")
    expect(link).to_be_visible(timeout=PATIENCE)
    for place, row in zip(FAULTS, clerk.locator("tr.wrong").all(), strict=True):
        expect(row).to_contain_text(f"秋冬尾货 {place}")
    picture(clerk, "portal-upload")
    sheet = openpyxl.load_workbook(downloaded(clerk, link, folder))["秋冬尾货"]
    assert {place for place in FAULTS if sheet[place].comment} == set(FAULTS)
    commit.click()
    expect(clerk.locator("#notices")).to_contain_text("已入库：新增 94 个，变更 0 个。")
    follow(clerk, "/portal/stock/")
    expect(clerk.get_by_text("13 款、94 个 SKU，在库 1376 件，其中 0 件已放入专场。")).to_be_visible()


def enter_the_rules(ops: Page) -> None:
    """Labels are cut where goods would sell under 35 % of their tag; coats keep theirs and cost at least 25 %."""
    follow(ops, "/console/rules/")
    ops.get_by_role("link", name="录入控价").click()
    do(ops, "control", brand_id="青禾", floor_rate="35", action="剪标：剪掉吊牌后照价销售", cut_rate="3")
    ops.get_by_role("link", name="录入控价").click()
    coats = {"scope": "一个类目", "category_id": "　女外套", "action": "提价：提到控价，保留吊牌"}
    do(ops, "control", brand_id="青禾", floor_rate="25", **coats)
    expect(ops.locator("tbody tr")).to_have_count(2)
    ops.get_by_role("link", name="平台条款").click()
    do(ops, "terms", discounts="0 2 4 6 8 10", margin_rate="2", ending="到角", from_at="")
    expect(ops.locator("tbody tr", has_text="现行")).to_contain_text("0% 2% 4% 6% 8% 10% 2% 到角")


def try_the_rules(ops: Page) -> None:
    follow(ops, "/console/simulator/")
    ops.get_by_label("品牌").select_option(label="青禾")
    ops.get_by_role("button", name="试算").click()
    expect(figure(ops, "剪标")).to_have_text("72")
    expect(figure(ops, "保留吊牌")).to_have_text("22")
    expect(figure(ops, "违反规则")).to_have_text("0")
    expect(ops.locator("#simulated.htmx-request")).to_have_count(0)
    picture(ops, "console-simulator", height=1240)


def publish_the_sale(ops: Page) -> None:
    follow(ops, "/console/sales/")
    ops.get_by_role("link", name="排一场专场").click()
    start = datetime.now(SHANGHAI).replace(second=0, microsecond=0)
    do(ops, "schedule", brand_id="青禾", title=SALE, starts_at=f"{start:%Y-%m-%dT%H:%M}", limit_units="50")
    end = start + timedelta(hours=48)
    expect(ops.locator(".lead")).to_contain_text(f"{start:%Y-%m-%d %H:%M} — {end:%Y-%m-%d %H:%M}")
    for style in ops.locator("[name=style]").all():
        style.check()
    ops.locator("[name=limit]").fill("5")
    ops.get_by_role("button", name="放入所选款").click()
    expect(ops.get_by_text("13 款、94 个 SKU，共 1376 件")).to_be_visible()
    ops.get_by_role("link", name="下一步：看价格表").click()
    expect(figure(ops, "违反规则")).to_have_text("0")
    coat, sweater = ops.get_by_role("row", name="QH26W1101 炭黑 L"), ops.get_by_role("row", name="QH26A1201 燕麦白 M")
    expect(coat).to_contain_text("零售 ≥ ¥474.75")
    expect(coat.get_by_role("button", name="¥474.75")).to_have_count(6)
    expect(sweater).to_contain_text("剪标")
    sweater.get_by_role("button", name="¥122.60").click()
    steps = ops.locator("#why .slip .money")
    told = ("¥599.00", "¥129.00", "¥103.20", "¥126.42", "¥126.42", "¥122.63", "¥122.60", "¥19.40")
    expect(steps).to_have_count(len(told))
    for step, amount in zip(steps.all(), told, strict=True):
        expect(step).to_contain_text(re.compile(f"{re.escape(amount)}\\s*$"))
    expect(ops.locator("#why .slip")).to_contain_text("控价 ¥209.65：低于控价，剪标销售")
    ops.keyboard.press("Escape")
    ops.get_by_role("link", name="去发布").click()
    ops.get_by_role("button", name="发布专场").click()
    agree(ops)
    expect(ops.locator("#notices")).to_contain_text("专场已发布，价格已冻结")
    expect(figure(ops, "还可抢")).to_have_text("1376")


def issue_a_code(ops: Page) -> str:
    follow(ops, "/console/members/")
    ops.get_by_role("link", name="邀请码").click()
    do(ops, "issue", uses="1")
    return ops.locator("tbody .font-mono").first.inner_text()


def join(phone: Page, code: str) -> None:
    phone.goto("/")
    phone.get_by_role("link", name="加入尾仓").click()
    for name, words in (("code", code), ("name", "丽丽"), ("login", "13800138000"), ("password", PASSWORD)):
        phone.locator(f"[name={name}]").fill(words)
    phone.get_by_role("button", name="加入尾仓").click()
    expect(phone.locator("[name=login]")).to_have_value("13800138000")
    phone.locator("[name=password]").fill(PASSWORD)
    phone.get_by_role("button", name="登录").click()
    expect(phone.get_by_role("heading", name="今日开仓")).to_be_visible()
    expect(phone.get_by_role("heading", name=SALE)).to_be_visible()


def approve_money(ops: Page) -> None:
    """Finance is one person here, so ops approve what she entered."""
    follow(ops, "/console/money-requests/")
    ops.locator("[data-tick-all]").check()
    ops.get_by_role("button", name="复核所选").click()
    expect(ops.locator("main")).to_contain_text("没有这样的资金")


def top_up_her_wallet(finance: Page, ops: Page) -> None:
    follow(finance, "/console/members/")
    finance.get_by_role("link", name="丽丽").click()
    do(finance, "top_up", amount_fen="3000", reference="WX-20261122-0001")
    expect(finance.locator("main")).to_contain_text("等另一人复核")
    approve_money(ops)
    finance.reload()
    expect(figure(finance, "钱包余额")).to_have_text("¥3,000.00")


def browse(phone: Page) -> None:
    phone.get_by_role("link", name="进仓挑货").click()
    cards = phone.locator(".goods-card")
    expect(cards).to_have_count(13)
    phone.get_by_role("radiogroup", name="类目").get_by_text("女上装").click()
    expect(cards).to_have_count(3)
    phone.locator("summary").click()
    phone.locator("fieldset", has_text="尺码").get_by_text("M", exact=True).click()
    phone.locator("[name=min]").fill("100")
    phone.locator("[name=max]").fill("300")
    phone.get_by_role("button", name="看 1 款").click()
    expect(cards).to_have_count(1)
    expect(cards).to_contain_text("圆领美利奴羊毛衫")
    expect(cards.locator(".price").first).to_have_text("¥125.10")


def set_a_retail_price(phone: Page) -> None:
    """A labelled coat of ¥1899 is not to be seen under a quarter of that."""
    open_style(phone, "羊毛混纺双面呢大衣")
    retail = phone.locator("#retail")
    for asked, told in (("399", "474.75"), ("699", "已保存：¥699.00")):
        phone.locator("[name=retail_price]").fill(asked)
        retail.get_by_role("button", name="保存").click()
        expect(retail.locator("[role=alert]" if asked == "399" else "[role=status]")).to_contain_text(told)


def grab_and_pay(phone: Page) -> None:
    phone.get_by_text("先添加收货人").click()
    phone.locator("[name=pasted]").fill(RECIPIENT)
    phone.get_by_role("button", name="识别地址").click()
    expect(phone.locator("[name=phone]")).to_have_value("13912345678")
    phone.get_by_role("button", name="保存收货人").click()
    phone.locator("[data-notice] [data-dismiss]").click()
    choose(phone, "炭黑", "L", 2)
    phone.locator("[name=units]").blur()
    phone.evaluate("scrollTo(0, 300)")
    picture(phone, "shop-style")
    buy(phone, "¥949.50")
    expect(phone.locator("#notices")).to_contain_text("您升到了 VIP1")
    expect_growth(phone, "94")
    for name, colour, size, units, total in (
        ("圆领美利奴羊毛衫", "酒红", "M", 5, "¥613.00"),
        ("羊绒混纺围巾", "驼色", "均码", 4, "¥300.40"),
    ):
        open_style(phone, name)
        choose(phone, colour, size, units)
        buy(phone, total)
    expect_growth(phone, "186")
    phone.get_by_role("button", name="知道了").click()
    phone.get_by_role("button", name="生成邀请码").click()
    expect(phone.get_by_alt_text("邀请二维码")).to_be_visible()
    phone.locator("[data-notice] [data-dismiss]").click()
    expect(phone.locator("[data-notice]")).to_have_count(0)
    picture(phone, "shop-vip")
    phone.goto("/shop/")
    phone.get_by_role("link", name="进仓挑货").click()
    expect(phone.locator(".goods-card")).to_have_count(13)
    picture(phone, "shop-goods")


def ship(clerk: Page) -> None:
    follow(clerk, "/portal/shipping/")
    parcels = clerk.locator("article")
    expect(parcels).to_have_count(3)
    for left in (2, 1, 0):
        first = parcels.first
        first.locator("[name=carrier]").fill(CARRIER)
        first.locator("[name=tracking_no]").fill(f"{TRACKING}{left}")
        first.get_by_role("button", name="发货", exact=True).click()
        expect(parcels).to_have_count(left)


def see_the_parcel(phone: Page) -> None:
    phone.goto("/shop/orders/")
    phone.get_by_role("link").filter(has_text="949.50").click()
    expect(phone.get_by_text("已发货")).to_be_visible()
    expect(phone.get_by_text(f"{CARRIER} {TRACKING}")).to_be_visible()
    order = phone.url
    phone.goto("/shop/me/")
    in_english(phone)
    phone.goto(order)
    expect(phone.get_by_text("Shipped", exact=True)).to_be_visible()
    expect(phone.get_by_text(TRACKING)).to_be_visible()


def end_the_sale(ops: Page) -> None:
    follow(ops, "/console/sales/")
    ops.get_by_role("link", name=SALE).click()
    expect(figure(ops, "已售")).to_have_text("11")
    expect(figure(ops, "还可抢")).to_have_text("1365")
    expect(figure(ops, "成交额")).to_have_text("¥1,862.90")
    picture(ops, "console-sale", height=1060)
    do(ops, "end_early", reason="尾货已清，提前收场")
    agree(ops)
    expect(ops.locator("#notices")).to_contain_text("专场已结束，未售库存已退回")


def draw_up_the_statement(finance: Page) -> None:
    follow(finance, "/console/statements/")
    finance.get_by_role("button", name="生成结算单").click()
    for amount in ("¥1,862.90", "¥457.30", "¥1,405.60"):
        expect(finance.locator("main")).to_contain_text(amount)
    expect(finance.get_by_text("售出 11，退 0")).to_be_visible()


def read_the_statement(clerk: Page, folder: Path) -> None:
    follow(clerk, "/portal/statements/")
    clerk.get_by_role("link", name=SALE).click()
    for words in ("售出 11 件 ¥1,862.90", "平台佣金 −¥457.30", "应付货款 ¥1,405.60"):
        expect(clerk.locator("main")).to_contain_text(words)
    file = downloaded(clerk, clerk.get_by_role("link", name="下载明细"), folder)
    sums = openpyxl.load_workbook(file, data_only=True)["结算单"]
    told = {label: value for label, value, *_rest in sums.iter_rows(values_only=True)}
    assert (told["成交额"], told["佣金"], told["应结货款"]) == (1862.90, 457.30, 1405.60)
    in_english(clerk)
    expect(clerk.get_by_role("heading", name="How it adds up")).to_be_visible()
    expect(clerk.locator("main")).to_contain_text("1,405.60")


def check_the_books(ops: Page) -> None:
    follow(ops, "/console/integrity/")
    ops.get_by_role("button", name="开始核对").click()
    expect(ops.get_by_role("status").filter(has_text="全部相符")).to_be_visible()
    expect(ops.get_by_text("相符", exact=True)).to_have_count(7)
    in_english(ops)
    expect(ops.get_by_role("heading", name="Integrity check")).to_be_visible()
    expect(ops.get_by_text("Adds up", exact=True)).to_have_count(7)


def follow(page: Page, address: str) -> None:
    page.get_by_role("navigation", name="主导航").locator(f"[href='{address}']").click()


def do(page: Page, form_action: str, **typed: str) -> None:
    """Fill in the form of a form action, unfolded first where it is folded, and send it."""
    fold = page.locator(f"details[data-form-action={form_action}]:not([open]) > summary")
    if fold.count():
        fold.click()
    form = page.locator("form").filter(has=page.locator(f"[name=form_action][value={form_action}]"))
    for field, words in typed.items():
        place = form.locator(f"[name={form_action}-{field}]")
        if place.evaluate("place => place.tagName") == "SELECT":
            place.select_option(label=words)
        else:
            place.fill(words)
    form.get_by_role("button").click()
    if form_action in CONFIRMED:
        expect(page.locator("[data-effect]")).to_be_visible()
        form.get_by_role("button").click()


def agree(page: Page) -> None:
    page.locator("#ask [data-ask-yes]").click()


def figure(page: Page, label: str) -> Locator:
    card = page.locator(".figure-card").filter(has=page.get_by_text(label, exact=True))
    return card.locator(".value")


def open_style(phone: Page, name: str) -> None:
    phone.goto("/shop/styles/")
    phone.locator(".goods-card").filter(has_text=name).click()
    expect(phone.locator("#summary")).to_be_visible()


def choose(phone: Page, colour: str, size: str, units: int) -> None:
    if phone.locator("#to a.choice").count():
        phone.locator("#to a.choice").first.click()
    expect(phone.get_by_role("button", name="立即抢货，发给")).to_be_visible()
    sizes = phone.locator("fieldset").filter(has_text=colour).locator("label.choice")
    sizes.filter(has_text=re.compile(rf"^\s*{size}\s*剩")).click()
    expect(phone.locator("label.choice:has(input:checked)")).to_contain_text(size)
    expect(phone.locator(".htmx-request")).to_have_count(0)
    phone.locator("[name=units]").fill(str(units))


def buy(phone: Page, total: str) -> None:
    """Grab what is chosen, and pay for it from the wallet."""
    phone.get_by_role("button", name="立即抢货").click()
    phone.wait_for_url("**/shop/orders/*/")
    phone.get_by_role("button", name=f"钱包付款 {total}").click()
    expect(phone.get_by_text("待发货")).to_be_visible()


def expect_growth(phone: Page, growth: str) -> None:
    phone.goto("/shop/vip/")
    expect(phone.locator("#growth-all")).to_have_text(growth)
    expect(phone.locator("main")).to_contain_text("VIP1")


def in_english(page: Page) -> None:
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")


def downloaded(page: Page, link: Locator, folder: Path) -> Path:
    with page.expect_download() as download:
        link.click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def picture(page: Page, name: str, *, height: int | None = None) -> None:
    """Keep a small picture of what is in sight, or of a window of that height, where a folder for it is named."""
    assert width_overflow(page) == 0
    if not SCREENSHOTS:
        return
    before = page.viewport_size
    assert before is not None
    page.set_viewport_size({"width": before["width"], "height": height or before["height"]})
    page.wait_for_load_state("networkidle")
    seen = Image.open(io.BytesIO(page.screenshot(animations="disabled")))
    seen.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(f"{SCREENSHOTS}/{name}.png", optimize=True)
    page.set_viewport_size(before)
