"""The desk of ops and finance in Chromium: a sale from its draft to its end, the simulator, a floor, and what finance books."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, RunningService
from tests.browser.test_all_pages import width_overflow

OpenPage = Callable[..., Page]
TakeScreenshot = Callable[[Page, str], None]


def agree(page: Page) -> None:
    """Answer the one question of a page with yes."""
    page.locator("#ask [data-ask-yes]").click()


def test_ops_enters_a_brand_and_finance_its_deposit(open_page: OpenPage, service: RunningService) -> None:
    ops = open_page(service.seed.ops, DESKTOP)
    ops.goto("/console/brands/")
    ops.get_by_role("link", name="登记申请").click()
    ops.locator("[name=apply-name]").fill("澜集")
    ops.locator("[name=apply-annual_sales_fen]").fill("五千万")
    ops.locator("[name=apply-offline_shops]").fill("132")
    ops.get_by_role("button", name="登记", exact=True).click()
    expect(ops.locator(".faults")).to_contain_text("请填写金额")
    expect(ops.locator("[name=apply-name]")).to_have_value("澜集")
    ops.locator("[name=apply-annual_sales_fen]").fill("50,000,000")
    ops.get_by_role("button", name="登记", exact=True).click()
    expect(ops.locator("h1")).to_contain_text("待审核")
    ops.get_by_role("button", name="同意入驻").click()
    expect(ops.locator("h1")).to_contain_text("已入驻")
    expect(ops.locator("[data-form-action=deposit]")).to_have_count(0)
    address = ops.url

    finance = open_page(service.seed.finance, DESKTOP)
    finance.goto("/console/")
    finance.get_by_role("link", name=re.compile("澜集")).click()
    assert finance.url == address
    finance.locator("[data-form-action=deposit] summary").click()
    finance.locator("[name=deposit-reference]").fill("CMB-2026-7781")
    finance.get_by_role("button", name="登记", exact=True).click()
    expect(finance.locator("main")).to_contain_text("等另一人复核后入账")

    second = open_page(service.seed.second_finance, DESKTOP)
    second.goto("/console/money-requests/")
    second.locator("tr", has_text="CMB-2026-7781").locator("[name=request_ids]").check()
    second.get_by_role("button", name="复核所选").click()
    second.goto(address)
    expect(second.locator("main")).to_contain_text("可以开专场")


def test_a_sale_goes_from_draft_to_live_to_its_end(
    open_page: OpenPage, service: RunningService, screenshot: TakeScreenshot
) -> None:
    page = open_page(service.seed.ops, DESKTOP)
    page.goto("/console/sales/new/")
    page.locator("[name=schedule-brand_id]").select_option(label="云杉服饰")
    page.locator("[name=schedule-title]").fill("云杉打底衫闪购")
    page.locator("[name=schedule-starts_at]").fill("2026-01-01T10:00")
    page.locator("[name=schedule-ends_at]").fill("2026-01-02T10:00")
    page.get_by_role("button", name="排期，去放商品").click()
    expect(page.locator(".note.error")).to_contain_text("结束时间已经过去")
    expect(page.locator("[name=schedule-title]")).to_have_value("云杉打底衫闪购")
    soon = page.evaluate("new Date(Date.now() + 8 * 3600e3 - 60e3).toISOString().slice(0, 16)")
    page.locator("[name=schedule-starts_at]").fill(soon)
    page.locator("[name=schedule-ends_at]").fill("")
    page.get_by_role("button", name="排期，去放商品").click()

    expect(page.locator("h1")).to_contain_text("草稿")
    expect(page.get_by_text("没有可用库存")).to_be_visible()
    sale = page.url.split("/")[-3]
    page.goto(f"/console/sales/{service.seed.called_off_id}/")
    page.locator("[data-form-action=cancel] summary").click()
    page.locator("[name=cancel-reason]").fill("换到闪购里卖")
    page.get_by_role("button", name="取消专场").click()
    agree(page)
    expect(page.locator("h1")).to_contain_text("已取消")

    page.goto(f"/console/sales/{sale}/items/")
    page.get_by_label(re.compile("YS2408")).check()
    page.locator("[name=max_units]").fill("50")
    page.get_by_role("button", name="放入所选款").click()
    expect(page.locator("#notices")).to_contain_text("已放入")

    page.goto("/console/sales/scheduled/")
    expect(page.locator("main")).to_contain_text("还没定价")
    page.get_by_role("button", name="定价", exact=True).click()
    expect(page.locator("main")).to_contain_text("与现行规则一致")
    screenshot(page, "console-scheduled")
    page.goto(f"/console/sales/{sale}/items/")
    expect(page.locator("main")).to_contain_text("1 款、3 个 SKU，共 50 件")
    page.get_by_role("link", name="下一步：看价格表").click()
    expect(page.locator("svg[role=img]")).to_have_count(2)
    page.locator("tbody tr").first.locator("button").last.click()
    expect(page.locator("#why")).to_be_visible()
    expect(page.locator("#why")).to_contain_text("平台所得")
    expect(page.locator("#why")).to_contain_text("VIP5")
    screenshot(page, "console-why")
    page.locator("#why [data-closes]").click()

    page.get_by_role("link", name="去发布").click()
    expect(page.locator("#publication-check")).to_contain_text("保留吊牌")
    assert width_overflow(page) == 0
    screenshot(page, "console-publish")
    page.get_by_role("button", name="发布专场").click()
    agree(page)
    expect(page.locator("h1")).to_contain_text("进行中")
    with page.expect_response(re.compile(rf"/sales/{sale}/watch/")):
        expect(page.locator("#watch")).to_contain_text("还可抢")
    screenshot(page, "console-sale")
    page.locator("[data-form-action=end_early] summary").click()
    page.locator("[name=end_early-reason]").fill("试一下就收")
    page.get_by_role("button", name="提前结束").click()
    agree(page)
    expect(page.locator("h1")).to_contain_text("已结束")
    expect(page.locator("main aside")).to_contain_text("试一下就收")


def test_the_simulator_shows_prices_plots_and_reasons(
    open_page: OpenPage, service: RunningService, screenshot: TakeScreenshot
) -> None:
    page = open_page(service.seed.ops, DESKTOP)
    page.goto("/console/simulator/")
    page.get_by_role("button", name="试算").click()
    expect(page.locator("#simulated svg[role=img]")).to_have_count(2)
    page.locator("[name=brand]").select_option(label="云杉服饰")
    page.locator("[name=sale]").select_option(label="云杉秋冬外套专场")
    page.locator("[name=tier]").select_option(label="VIP5")
    page.locator("[name=words]").fill("YS2401 YS2403")
    page.get_by_role("button", name="试算").click()
    expect(page.locator("#simulated tbody tr")).to_have_count(15)
    assert "words=YS2401" in page.url
    expect(page.locator("#simulated tbody .cut-tag")).to_have_count(6)
    page.locator("#simulated tbody tr").first.locator("button").nth(1).click()
    expect(page.locator("#why-inside")).to_contain_text("剪标商品再降 2%")
    screenshot(page, "console-simulator")
    page.keyboard.press("Escape")
    with page.expect_download() as download:
        page.get_by_role("link", name="导出工作簿").click()
    assert download.value.suggested_filename == "prices.xlsx"


def test_a_draft_of_rules_is_compared_with_those_in_force(
    open_page: OpenPage, service: RunningService, screenshot: TakeScreenshot
) -> None:
    page = open_page(service.seed.ops, DESKTOP)
    page.goto("/console/rules/drafts/")
    page.locator("[name=start-name]").fill("围巾全部剪标")
    page.get_by_role("button", name="新建").click()
    expect(page.locator(".cut-note")).to_contain_text("围巾全部剪标")
    page.get_by_role("link", name="录入控价").click()
    page.locator("[name=control-brand_id]").select_option(label="云杉服饰")
    expect(page.locator("[name=control-style_no]")).to_be_hidden()
    page.locator("[name=control-scope]").select_option(label="一个款")
    page.locator("[name=control-style_no]").fill("YS2407")
    page.locator("[name=control-floor_rate]").fill("60")
    page.locator("[name=control-cut_rate]").fill("5")
    page.get_by_role("button", name="录入到草稿").click()
    expect(page.locator("tbody")).to_contain_text("YS2407")
    page.get_by_role("link", name="去对比").click()
    page.locator("[name=brand]").select_option(label="云杉服饰")
    page.locator("[name=right]").select_option(label="围巾全部剪标")
    page.get_by_role("button", name="对比").click()
    row = page.locator("#compared tbody tr").first
    expect(row.locator("td").nth(2)).to_have_text("2")
    expect(row.locator("td").nth(3)).to_have_text("2")
    expect(page.locator("#compared svg[role=img] .plot-right").first).to_be_visible()
    screenshot(page, "console-compare")


def test_a_floor_that_breaks_a_law_shows_its_effect_and_is_refused_with_the_goods_named(
    open_page: OpenPage, service: RunningService, screenshot: TakeScreenshot
) -> None:
    page = open_page(service.seed.ops, DESKTOP)
    page.goto("/console/rules/new/")
    page.locator("[name=control-brand_id]").select_option(label="云杉服饰")
    page.locator("[name=control-scope]").select_option(label="一个款")
    page.locator("[name=control-style_no]").fill("YS2408")
    page.locator("[name=control-floor_fen]").fill("450")
    page.get_by_role("button", name="看影响").click()
    expect(page.locator("[data-effect]")).to_contain_text("有商品会违反规则")
    assert width_overflow(page) == 0
    screenshot(page, "console-rule-effect")
    page.get_by_role("button", name="确认录入").click()
    expect(page.locator(".note.error")).to_contain_text("控价高于吊牌价")
    expect(page.locator("main")).to_contain_text("YS2408 黑色 S")
    expect(page.locator("[name=control-floor_fen]")).to_have_value("450")


def test_finance_tops_up_a_wallet(open_page: OpenPage, service: RunningService) -> None:
    page = open_page(service.seed.finance, DESKTOP)
    page.goto("/console/members/")
    page.get_by_role("link", name="陈小姐").click()
    page.locator("[data-form-action=top_up] summary").click()
    page.locator("[name=top_up-amount_fen]").fill("120.5")
    page.locator("[name=top_up-reference]").fill("ICBC-99001")
    page.get_by_role("button", name="录入", exact=True).click()
    expect(page.locator("main")).to_contain_text("ICBC-99001")
    expect(page.locator("main")).to_contain_text("等另一人复核")
    second = open_page(service.seed.second_finance, DESKTOP)
    second.goto("/console/")
    second.get_by_role("link", name="资金待复核").click()
    second.get_by_label("全选").check()
    second.get_by_role("button", name="复核所选").click()
    expect(second.locator("main")).to_contain_text("没有这样的资金")
    page.reload()
    expect(page.locator("main")).not_to_contain_text("等另一人复核")
    expect(page.locator("[data-form-action=adjust]")).to_have_count(0)


def test_the_console_fits_a_phone_and_is_in_english(
    open_page: OpenPage, service: RunningService, screenshot: TakeScreenshot
) -> None:
    page = open_page(service.seed.ops, PHONE)
    sale = service.seed.sale_id
    for address in (
        "", "sales/", f"sales/{sale}/", f"sales/{sale}/prices/", "rules/", "rules/terms/", "simulator/", "members/",
        "orders/", "statements/", "integrity/", "audit/", "floors/",
    ):  # fmt: skip
        page.goto(f"/console/{address}")
        too_wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert too_wide <= 0, address
    page.goto("/console/")
    screenshot(page, "console-phone")
    page.locator("label[for=desk-nav]").first.click()
    page.get_by_role("button", name="English").click()
    expect(page.locator("h1")).to_have_text("To do today")
    expect(page.locator("html")).to_have_attribute("lang", "en")
