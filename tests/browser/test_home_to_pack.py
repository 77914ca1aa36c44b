"""The whole errand on a phone: from the first page to eight styles priced, drawn, saved as a ZIP, and their text copied (FORWARD-15)."""

import io
import zipfile
from collections.abc import Iterator

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, RunningService, celery_worker
from tests.browser.taps import Taps
from tests.browser.test_all_pages import OpenPage, TakeScreenshot, width_overflow

MAX_TAPS = 8


@pytest.fixture(scope="module")
def service(pictured: RunningService) -> Iterator[RunningService]:
    """With fourteen styles that have pictures, and a worker, which draws."""
    with celery_worker(pictured.environment):
        yield pictured


def test_eight_styles_are_chosen_priced_drawn_and_saved_in_eight_taps(
    open_page: OpenPage, screenshot: TakeScreenshot, service: RunningService
) -> None:
    phone = open_page(service.seed.reseller, size=PHONE)
    phone.context.grant_permissions(["clipboard-read", "clipboard-write"])
    phone.goto("/shop/")
    thumb = Taps(phone)
    thumb.tap(phone.get_by_role("link", name="找货"))
    thumb.tap(phone.get_by_role("button", name="选前 9 款"))
    thumb.tap(phone.locator(".goods-card label").nth(2))
    thumb.tap(phone.get_by_role("button", name="定价转发 (8)"))
    expect(phone.locator("#pricing li input[name^=price-]")).to_have_count(8)
    thumb.tap(phone.get_by_role("button", name="× 1.5"))
    expect(phone.get_by_text("价格填好了，还没有保存。")).to_be_visible()
    thumb.tap(phone.get_by_role("button", name="保存并生成转发页"))
    expect(phone.locator("#pack-pictures img").last).to_be_visible(timeout=90_000)
    with phone.expect_download() as saved:
        thumb.tap(phone.get_by_role("button", name="全部存下"))
    thumb.tap(phone.get_by_role("button", name="复制文字和链接"))
    text = phone.evaluate("navigator.clipboard.readText()")
    assert all(f"{number} 号 " in text for number in range(1, 9))
    assert f"{service.address}/f/" in text
    assert thumb.total == (MAX_TAPS, 0)
    with zipfile.ZipFile(saved.value.path()) as archive:
        names = archive.namelist()
        assert names == [*[f"{number:02}.jpg" for number in range(1, 9)], "poster.jpg"]
        sizes = [Image.open(io.BytesIO(archive.read(name))).size for name in names]
    assert all(width == height for width, height in sizes[:-1])
    assert sizes[-1][0] == 1080
    assert width_overflow(phone) == 0
    screenshot(phone, "errand-pack")


def test_a_rule_for_a_category_fits_on_a_phone(
    open_page: OpenPage, screenshot: TakeScreenshot, service: RunningService
) -> None:
    phone = open_page(service.seed.reseller, size=PHONE)
    phone.goto(f"/shop/sales/{service.seed.sale_id}/forward/")
    phone.locator("#rule summary").click()
    category = phone.get_by_label("用于类目")
    category.select_option(index=1)
    phone.get_by_text("以后都用").click()
    phone.get_by_role("button", name="按这个规则填价").click()
    expect(phone.get_by_text("价格填好了，还没有保存。")).to_be_visible()
    # What she chose stays chosen until she saves.
    expect(category).not_to_have_value("")
    expect(phone.get_by_label("以后都用")).to_be_checked()
    assert width_overflow(phone) == 0
    screenshot(phone, "rule-of-category")
