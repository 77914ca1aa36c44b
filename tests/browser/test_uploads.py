"""A clerk uploads a stock workbook, follows it, mends what was wrong, lands it and takes it back."""

from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, RunningService, celery_worker
from tests.browser.test_all_pages import OpenPage, TakeScreenshot, width_overflow

HEADINGS = ("款号", "品名", "类目", "颜色", "尺码", "条码", "吊牌价", "供货价", "库存")
PATIENCE = 60_000


@pytest.fixture(scope="module", autouse=True)
def worker(service: RunningService) -> Iterator[None]:
    with celery_worker(service.environment):
        yield


@pytest.fixture
def desk(open_page: OpenPage, service: RunningService) -> Page:
    page = open_page(service.seed.clerk, size=DESKTOP)
    page.set_default_timeout(PATIENCE)
    return page


def a_workbook(folder: Path, name: str, *, quantity: int, category: str = "毛衣", tag: float = 459) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(HEADINGS)
    for size in ("S", "M", "L"):
        sheet.append(("YS2499", "绞花毛衣", category, "姜黄", size, "", tag, tag / 4, quantity if size == "M" else 8))
    path = folder / name
    book.save(path)
    return path


def upload(page: Page, file: Path) -> None:
    page.goto("/portal/uploads/")
    page.locator("#file").set_input_files(file)
    page.get_by_role("button", name="上传并预览").click()
    page.wait_for_url("**/portal/uploads/*/")


def test_an_upload_is_applied_and_undone(desk: Page, screenshot: TakeScreenshot, tmp_path: Path) -> None:
    upload(desk, a_workbook(tmp_path, "冬款.xlsx", quantity=-3))
    commit = desk.get_by_role("button", name="确认入库")
    expect(commit).to_be_visible(timeout=PATIENCE)
    expect(desk.get_by_text("数量“-3”是负数。")).to_be_visible()
    link = desk.get_by_role("link", name="下载标注副本")
    expect(link).to_be_visible(timeout=PATIENCE)
    screenshot(desk, "portal-preview")
    with desk.expect_download() as download:
        link.click()
    marked = tmp_path / "marked.xlsx"
    download.value.save_as(marked)
    book = openpyxl.load_workbook(marked)
    cell = next(sheet for sheet in book.worksheets if sheet["A1"].value == "款号")["I3"]
    assert cell.comment is not None
    assert "negative_quantity" in cell.comment.text

    cell.value, mended = 12, tmp_path / "mended.xlsx"
    book.save(mended)
    desk.get_by_role("button", name="取消上传").click()
    desk.get_by_role("button", name="确定").click()
    expect(desk.get_by_role("heading", name="上传记录")).to_be_visible()
    upload(desk, mended)
    expect(commit).to_be_visible(timeout=PATIENCE)
    expect(desk.get_by_text("每一行都读到了。")).to_be_visible()
    commit.click()
    undo = desk.get_by_role("button", name="撤销这次上传")
    expect(undo).to_be_visible()
    desk.goto("/portal/stock/?q=YS2499")
    expect(desk.get_by_text("绞花毛衣 姜黄 M")).to_be_visible()
    desk.go_back()
    undo.click()
    desk.get_by_role("button", name="确定").click()
    expect(desk.get_by_text("库存恢复到上传之前").first).to_be_visible()
    desk.goto("/portal/stock/?q=YS2499")
    expect(desk.get_by_text("没有这样的货品")).to_be_visible()


def test_an_unreadable_file_shows_the_reason(desk: Page, tmp_path: Path) -> None:
    picture = tmp_path / "库存.xlsx"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(300))
    upload(desk, picture)
    expect(desk.get_by_text("这个文件无法读取")).to_be_visible(timeout=PATIENCE)


@pytest.mark.parametrize("place", ["", "uploads/", "stock/", "shipping/", "sales/", "statements/"])
def test_the_portal_fits_a_phone(open_page: OpenPage, service: RunningService, place: str) -> None:
    page = open_page(service.seed.clerk, size=PHONE)
    page.goto(f"/portal/{place}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert width_overflow(page) == 0
