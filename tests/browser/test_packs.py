"""From a priced style to pictures that are saved, on a phone: three taps, and pages that fit (FORWARD-13, FORWARD-15)."""

import io
import zipfile
from collections.abc import Iterator

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, RunningService, celery_worker
from tests.browser.taps import Taps
from tests.browser.test_all_pages import OpenPage, TakeScreenshot, width_overflow
from tests.browser.test_share_card import IN_WECHAT

STYLE = "YS2404"


@pytest.fixture(scope="module")
def service(service: RunningService) -> Iterator[RunningService]:
    """With a worker, which draws the pictures."""
    with celery_worker(service.environment):
        yield service


def fits(page: Page, screenshot: TakeScreenshot, name: str) -> None:
    assert width_overflow(page) == 0, page.url
    screenshot(page, name)


def photos() -> bytes:
    """A ZIP of three pictures of the style, named by its number."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number, colour in enumerate(("#8a7a66", "#66788a", "#8a6676"), 1):
            picture = Image.new("RGB", (1200, 1600), colour)
            ImageDraw.Draw(picture).ellipse((300, 300, 900, 1300), "#f2ece2")
            out = io.BytesIO()
            picture.save(out, "JPEG")
            archive.writestr(f"{STYLE}_{number}.jpg", out.getvalue())
    return packed.getvalue()


def test_a_brand_sends_pictures_and_puts_another_one_first(
    open_page: OpenPage, screenshot: TakeScreenshot, service: RunningService
) -> None:
    desk = open_page(service.seed.clerk, size=DESKTOP)
    desk.goto("/portal/pictures/")
    desk.locator("#file").set_input_files({"name": "图片.zip", "mimeType": "application/zip", "buffer": photos()})
    desk.get_by_role("button", name="上传图片包").click()
    expect(desk.get_by_text("图片包已收到")).to_be_visible(timeout=30_000)
    for _ in range(60):
        desk.goto(f"/portal/pictures/{service.seed.style_ids[STYLE]}/")
        if desk.locator("main li img").count() == 3 and not desk.get_by_text("处理中").count():
            break
        desk.wait_for_timeout(1000)
    pictures = desk.locator("main li img")
    expect(pictures).to_have_count(3)
    last = pictures.last.get_attribute("src")
    fits(desk, screenshot, "portal-style-pictures")
    desk.get_by_role("button", name="设为封面").last.click()
    expect(pictures.first).to_have_attribute("src", last or "")
    ops = open_page(service.seed.ops, size=DESKTOP)
    ops.goto("/console/pictures/")
    expect(ops.locator("[name=logo]")).to_have_count(3)
    fits(ops, screenshot, "console-pictures")
    ops.locator("[name=logo]").first.check()
    ops.get_by_role("button", name="这一屏看过了").click()
    expect(ops.get_by_text("其中 1 张有商标")).to_be_visible()


def test_three_taps_from_a_price_to_saved_pictures_and_copied_text(
    open_page: OpenPage, screenshot: TakeScreenshot, service: RunningService
) -> None:
    phone = open_page(service.seed.reseller)
    phone.goto(f"/shop/sales/{service.seed.sale_id}/styles/{service.seed.style_ids[STYLE]}/")
    phone.locator("[name=retail_price]").fill("499")
    phone.locator("#retail button").first.click()
    expect(phone.locator("#retail [role=status]")).to_contain_text("499.00")
    taps = Taps(phone)
    taps.tap(phone.get_by_role("button", name="转发给顾客"))
    pictures = phone.locator("#pack-pictures img")
    expect(pictures.last).to_be_visible(timeout=60_000)
    with phone.expect_download() as saved:
        taps.tap(phone.get_by_role("button", name="全部存下"))
    phone.context.grant_permissions(["clipboard-read", "clipboard-write"])
    taps.tap(phone.get_by_role("button", name="复制文字和链接"))
    assert "499.00" in phone.evaluate("navigator.clipboard.readText()")
    assert taps.total == (3, 0)
    with zipfile.ZipFile(saved.value.path()) as archive:
        assert archive.namelist() == ["01.jpg", "02.jpg", "03.jpg", "poster.jpg"]
        assert Image.open(io.BytesIO(archive.read("poster.jpg"))).width == 1080
    for place in range(pictures.count()):
        pictures.nth(place).scroll_into_view_if_needed()
        expect(pictures.nth(place)).to_have_js_property("complete", True)
        assert pictures.nth(place).evaluate("picture => picture.naturalWidth") >= 960
    fits(phone, screenshot, "shop-pack")
    phone.goto(phone.url + "?tone=short")
    fits(phone, screenshot, "pack-short")
    desk = open_page(service.seed.reseller, size=DESKTOP)
    desk.goto(phone.url)
    fits(desk, screenshot, "pack-desk")
    poster = phone.get_by_role("link", name="实时海报").get_attribute("href")
    assert poster
    for size in (PHONE, DESKTOP):
        customer = open_page(size=size)
        customer.goto(poster)
        expect(customer.get_by_text("499").first).to_be_visible()
        fits(customer, screenshot, f"living-poster-{size[0]}")
        customer.get_by_role("link", name="我想要").click()
        expect(customer.locator("main ul img")).to_have_count(3)
        fits(customer, screenshot, f"customer-pictures-{size[0]}")


NAMES = ["01.jpg", "02.jpg", "03.jpg", "poster.jpg"]
SHARE_SHEET = """
    navigator.canShare = ({files}) => files.every(each => each.type === "image/jpeg");
    navigator.share = async ({files}) => {
        if (!window.asked) { window.asked = true; throw new DOMException("", "NotAllowedError"); }
        window.kept = files.map(each => each.name);
    };
"""


def test_one_tap_keeps_all_pictures_in_their_order(
    open_page: OpenPage, screenshot: TakeScreenshot, service: RunningService
) -> None:
    """FORWARD-15. Chromium has no share sheet here: what a phone's would get is asked for beside the downloads."""
    phone = open_page(service.seed.reseller)
    phone.goto(f"/shop/sales/{service.seed.sale_id}/styles/{service.seed.style_ids[STYLE]}/")
    phone.locator("[name=retail_price]").fill("489")
    phone.locator("#retail button").first.click()
    phone.get_by_role("button", name="转发给顾客").click()
    expect(phone.locator("#pack-pictures img").last).to_be_visible(timeout=60_000)
    saved: list[str] = []
    phone.on("download", lambda each: saved.append(each.suggested_filename))
    taps = Taps(phone)
    taps.tap(phone.get_by_role("button", name="一键存 4 张图"))
    expect(phone.get_by_role("button", name="图片已保存")).to_be_visible()
    assert (saved, taps.total) == (NAMES, (1, 0))
    fits(phone, screenshot, "shop-pack-kept")
    phone.add_init_script(SHARE_SHEET)
    phone.reload()
    phone.get_by_role("button", name="一键存 4 张图").click()
    # A browser that does not count the tap any more is asked again with the next one.
    phone.get_by_role("button", name="图片取好了，再点一下保存").click()
    expect(phone.get_by_role("button", name="图片已保存")).to_be_visible()
    assert phone.evaluate("window.kept") == NAMES
    assert len(saved) == len(NAMES)
    phone.add_init_script(f"Object.defineProperty(navigator, 'userAgent', {{value: {IN_WECHAT!r}}})")
    phone.reload()
    phone.get_by_role("button", name="一键存 4 张图").click()
    expect(phone.get_by_role("button", name="微信里请长按上面的图片保存")).to_be_visible()
    assert len(saved) == len(NAMES)


def test_the_pages_of_pictures_fit(open_page: OpenPage, screenshot: TakeScreenshot, service: RunningService) -> None:
    for size in (PHONE, DESKTOP):
        clerk = open_page(service.seed.clerk, size=size)
        clerk.goto("/portal/pictures/")
        fits(clerk, screenshot, f"portal-pictures-{size[0]}")
        clerk.goto(f"/portal/pictures/{service.seed.style_ids[STYLE]}/")
        fits(clerk, screenshot, f"portal-style-pictures-{size[0]}")
        clerk.goto("/portal/size-charts/")
        fits(clerk, screenshot, f"portal-size-charts-{size[0]}")
        ops = open_page(service.seed.ops, size=size)
        ops.goto("/console/pictures/")
        fits(ops, screenshot, f"console-pictures-{size[0]}")
