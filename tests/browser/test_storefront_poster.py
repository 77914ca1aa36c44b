"""Her own picture, and a poster of her storefront with one tap (FORWARD-27, FORWARD-28)."""

import io
import sys
from collections.abc import Iterator

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, RunningService, celery_worker, run
from tests.browser.taps import Taps
from tests.browser.test_all_pages import OpenPage, TakeScreenshot, width_overflow

PRICES = {"YS2402": "469", "YS2404": "499"}


@pytest.fixture(scope="module")
def service(service: RunningService) -> Iterator[RunningService]:
    """With pictures of its goods, and a worker, which draws the poster."""
    run([sys.executable, "-m", "tests.browser.seed_database", "pictures"], service.environment)
    with celery_worker(service.environment):
        yield service


def portrait() -> bytes:
    picture = Image.new("RGB", (900, 1400), "#d9c2ae")
    pen = ImageDraw.Draw(picture)
    pen.ellipse((250, 350, 650, 850), "#8a5a44")
    pen.ellipse((150, 800, 750, 1500), "#3c4b57")
    packed = io.BytesIO()
    picture.save(packed, "JPEG")
    return packed.getvalue()


def fits(page: Page, screenshot: TakeScreenshot, name: str) -> None:
    assert width_overflow(page) == 0, page.url
    screenshot(page, name)


def test_a_picture_and_a_poster_of_the_storefront(
    open_page: OpenPage, screenshot: TakeScreenshot, service: RunningService
) -> None:
    phone = open_page(service.seed.reseller)
    phone.goto(f"/shop/sales/{service.seed.sale_id}/forward/")
    for style, price in PRICES.items():
        phone.locator(f"[name=price-{service.seed.style_ids[style]}]").fill(price)
    phone.get_by_role("button", name="保存并生成转发页").click()
    phone.goto("/shop/storefront/")
    phone.get_by_role("button", name="开店").click()
    phone.locator("#picture").set_input_files({"name": "IMG_2.jpg", "mimeType": "image/jpeg", "buffer": portrait()})
    phone.get_by_role("button", name="用这张做头像").click()
    expect(phone.get_by_alt_text("您现在的头像")).to_be_visible()
    phone.locator("[name=notice]").fill("两天内发货，微信付款，不退不换请看清楚再下单。")
    phone.get_by_role("button", name="保存").click()
    taps = Taps(phone)
    taps.tap(phone.get_by_role("button", name="做店铺海报和图片"))
    poster = phone.get_by_alt_text("海报 3")
    expect(poster).to_be_visible(timeout=60_000)
    assert taps.total == (1, 0)
    assert poster.evaluate("each => each.decode().then(() => each.naturalWidth)") == 1080
    fits(phone, screenshot, "storefront-with-poster")
    with phone.expect_download() as saved:
        phone.get_by_role("button", name="全部存下（ZIP）").click()
    assert saved.value.suggested_filename.endswith(".zip")
    page_address = phone.locator("#customer-page").get_attribute("href")
    assert page_address
    for size in (PHONE, DESKTOP):
        customer = open_page(size=size)
        customer.goto(page_address)
        expect(customer.locator(".page-top img.avatar")).to_be_visible()
        fits(customer, screenshot, f"public-storefront-picture-{size[0]}")
        customer.locator(".goods-card").first.click()
        shown = customer.locator(".goods-picture img")
        expect(shown).to_be_visible()
        assert shown.evaluate("each => each.currentSrc").endswith("-640.jpg")
        fits(customer, screenshot, f"public-style-picture-{size[0]}")
    desk = open_page(service.seed.reseller, size=DESKTOP)
    desk.goto("/shop/storefront/")
    fits(desk, screenshot, "storefront-with-poster-wide")
    phone.goto("/shop/storefront/")
    phone.get_by_role("button", name="删除头像").click()
    expect(phone.get_by_alt_text("您现在的头像")).to_have_count(0)
    expect(phone.get_by_role("button", name="做店铺海报和图片")).to_be_visible()
