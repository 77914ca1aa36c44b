"""The draw of scarce goods, on a phone and at a desk (SALE-25)."""

import json
import re
import sys
from pathlib import Path
from subprocess import run as run_program

import pytest
from playwright.sync_api import Page, expect

from flashsales.rules import check_draw
from tests.browser.conftest import DESKTOP, PHONE, RunningService, run
from tests.browser.seed_draws import DRAFT, DRAWN, OPEN
from tests.browser.test_all_pages import OpenPage, TakeScreenshot, width_overflow

BOTH = pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desk"])


@pytest.fixture(scope="module")
def service(service: RunningService) -> RunningService:
    run([sys.executable, "-m", "tests.browser.seed_draws"], service.environment)
    return service


def open_sale(page: Page, title: str) -> None:
    page.goto("/shop/")
    address = page.get_by_role("link", name=title).first.get_attribute("href")
    assert address is not None
    page.goto(address)


@BOTH
def test_reseller_enters_with_one_tap_on_the_goods_and_leaves_again(
    open_page: OpenPage, screenshot: TakeScreenshot, service: RunningService, size: tuple[int, int]
) -> None:
    page = open_page(service.seed.reseller, size=size)
    open_sale(page, OPEN)
    expect(page.get_by_text("有货要抽签")).to_be_visible()
    screenshot(page, f"draw-sale-{size[0]}")
    page.locator(".goods-card").first.get_by_role("link").last.click()
    expect(page.get_by_role("heading", name="抽签")).to_be_visible()
    page.get_by_role("button", name="报名抽签").first.click()
    expect(page.get_by_text(re.compile("您的抽签号是"))).to_be_visible()
    assert width_overflow(page) == 0
    screenshot(page, f"draw-style-{size[0]}")
    page.get_by_role("link", name="怎样核对抽签是公正的").click()
    expect(page.get_by_text("种子和全部抽签号在抽签后公布在这里。")).to_be_visible()
    page.go_back()
    page.get_by_role("button", name="退出抽签").click()
    expect(page.get_by_text("已退出抽签")).to_be_visible()


@BOTH
def test_winner_sees_what_is_kept_for_her_and_goes_to_order_it(
    open_page: OpenPage, screenshot: TakeScreenshot, service: RunningService, size: tuple[int, int]
) -> None:
    page = open_page(service.seed.reseller, size=size)
    open_sale(page, DRAWN)
    page.get_by_role("link", name="看抽签结果").click()
    expect(page.get_by_text("为您留了 1 件")).to_be_visible()
    assert width_overflow(page) == 0
    screenshot(page, f"draw-won-{size[0]}")
    page.get_by_role("link", name="去下单").click()
    expect(page.get_by_text("为您留 1")).to_be_visible()
    expect(page.get_by_role("link", name="发给多位收货人")).to_be_visible()


@BOTH
def test_anybody_downloads_the_file_and_the_program_and_runs_it(
    open_page: OpenPage, screenshot: TakeScreenshot, service: RunningService, size: tuple[int, int], tmp_path: Path
) -> None:
    signed_in = open_page(service.seed.reseller, size=size)
    open_sale(signed_in, DRAWN)
    signed_in.get_by_role("link", name="看抽签结果").click()
    address = signed_in.get_by_role("link", name="怎样核对抽签是公正的").get_attribute("href")
    assert address is not None
    page = open_page(size=size)
    page.goto(address)
    expect(page.get_by_role("heading", name="自己核对")).to_be_visible()
    assert width_overflow(page) == 0
    screenshot(page, f"draw-published-{size[0]}")
    for link, name in (("下载名单文件", "draw.json"), ("下载核对程序", "check_draw.py")):
        with page.expect_download() as download:
            page.get_by_role("link", name=link).click()
        download.value.save_as(tmp_path / name)
    done = run_program(
        [sys.executable, "-I", "check_draw.py", "draw.json"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    published = json.loads((tmp_path / "draw.json").read_text("utf-8"))
    assert f"#{published['goods'][0]['item_id']}: place 1" in done.stdout
    assert check_draw.faults_of(published) == []


@BOTH
def test_ops_see_entries_and_results_and_change_a_draft(
    open_page: OpenPage, screenshot: TakeScreenshot, service: RunningService, size: tuple[int, int]
) -> None:
    page = open_page(service.seed.ops, size=size)
    page.goto("/console/sales/?phase=live")
    page.get_by_role("link", name=DRAWN).first.click()
    expect(page.locator("#draw").get_by_text("已抽签")).to_be_visible()
    expect(page.locator("#draw tbody tr")).to_have_count(3)
    assert width_overflow(page) == 0
    screenshot(page, f"draw-console-{size[0]}")
    page.goto("/console/sales/?phase=draft")
    page.get_by_role("link", name=DRAFT).first.click()
    page.locator("summary", has_text="抽签").click()
    codes = page.get_by_label("抽签的款号或条码")
    expect(codes).to_have_value("YS282")
    codes.fill("YS282 不存在")
    page.get_by_role("button", name="保存抽签").click()
    expect(page.get_by_text("专场里没有这些款号或条码：不存在").first).to_be_visible()
    expect(page.get_by_label("抽签的款号或条码")).to_have_value("YS282 不存在")
    assert width_overflow(page) == 0
    screenshot(page, f"draw-draft-{size[0]}")
