"""The first page, the finder and the pictures of a style, on a phone and at a desk, with and without scripts (SALE-11, SALE-15)."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, RunningService
from tests.browser.test_all_pages import OpenPage, TakeScreenshot, width_overflow

SIZES = pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desk"])


@pytest.fixture(scope="module")
def service(pictured: RunningService) -> RunningService:
    """With fourteen styles in two live sales, all with pictures."""
    return pictured


def fits(page: Page, screenshot: TakeScreenshot, name: str) -> None:
    page.wait_for_load_state("networkidle")
    assert width_overflow(page) == 0, page.url
    screenshot(page, name)


@SIZES
def test_the_first_page_shows_pictures_and_picks_go_on_to_pricing(
    open_page: OpenPage, screenshot: TakeScreenshot, service: RunningService, size: tuple[int, int]
) -> None:
    page = open_page(service.seed.reseller, size=size)
    page.goto("/shop/")
    fits(page, screenshot, f"home-{size[0]}")
    hero = page.locator(".hero-sale")
    expect(hero.locator("img")).to_have_count(3)
    assert hero.locator("img").first.evaluate("image => image.complete && image.naturalWidth > 0")
    row = page.locator("section", has=page.get_by_role("heading", name="新上"))
    row.get_by_text("选来转发").nth(0).click()
    row.get_by_text("选来转发").nth(1).click()
    expect(page.get_by_text("已选 2")).to_be_visible()
    fits(page, screenshot, f"home-picked-{size[0]}")
    page.goto("/shop/styles/")
    page.locator(".goods-card label").nth(0).click()
    expect(page.get_by_role("button", name="定价转发 (3)")).to_be_visible()
    page.get_by_role("button", name="定价转发 (3)").click()
    expect(page.locator("#pricing li input[name^=price-]")).to_have_count(3)


@SIZES
def test_words_and_filters_find_and_the_button_counts(
    open_page: OpenPage, screenshot: TakeScreenshot, service: RunningService, size: tuple[int, int]
) -> None:
    page = open_page(service.seed.reseller, size=size)
    page.goto("/shop/styles/")
    cards = page.locator(".goods-card")
    expect(cards).to_have_count(14)
    fits(page, screenshot, f"finder-{size[0]}")
    page.locator("#words").press_sequentially("大衣")
    expect(cards).to_have_count(1)
    expect(page.get_by_text("共 1 款")).to_be_visible()
    page.locator("#words").fill("")
    expect(cards).to_have_count(14)
    page.locator("form[hx-get] summary").click()
    page.get_by_label("最高拿货价").fill("100")
    page.get_by_label("最高拿货价").press("Tab")
    button = page.get_by_role("button", name="看 ")
    found = cards.count
    expect(button).not_to_have_text("看 14 款")
    page.wait_for_timeout(300)
    expect(button).to_have_text(f"看 {found()} 款")
    fits(page, screenshot, f"finder-filters-{size[0]}")
    button.click()
    expect(page.get_by_label("最高拿货价")).not_to_be_visible()
    expect(cards.first).to_be_visible()


def test_a_colour_brings_its_picture_into_view(open_page: OpenPage, service: RunningService) -> None:
    page = open_page(service.seed.reseller, size=PHONE)
    page.goto("/shop/styles/")
    card = page.locator(".goods-card", has=page.locator(".colour-links")).first
    card.locator(".colour-links a").nth(1).click()
    slides = card.locator(".slides")
    page.wait_for_function("row => row.scrollLeft > 50", arg=slides.element_handle())
    assert page.evaluate("scrollY") < 200


@SIZES
def test_pictures_of_a_style_are_swiped_and_enlarged(
    open_page: OpenPage, screenshot: TakeScreenshot, service: RunningService, size: tuple[int, int]
) -> None:
    page = open_page(service.seed.reseller, size=size)
    page.goto(f"/shop/sales/{service.seed.sale_id}/styles/{service.seed.style_ids['YS2403']}/")
    fits(page, screenshot, f"style-{size[0]}")
    row = page.locator(".gallery .slides")
    page.locator("fieldset[data-colour]").last.locator("label").first.click()
    page.wait_for_function("row => row.scrollLeft > 50", arg=row.element_handle())
    page.locator(".thumbs a").first.click()
    page.wait_for_function("row => row.scrollLeft < 5", arg=row.element_handle())
    page.locator("#picture-1").click()
    viewer = page.locator("dialog.viewer")
    expect(viewer.locator("img")).to_be_visible()
    fits(page, screenshot, f"viewer-{size[0]}")
    viewer.locator("img").click()
    expect(viewer.locator("img.large")).to_be_visible()
    viewer.get_by_role("button", name="关闭").click()
    expect(viewer).not_to_be_visible()


def test_finding_works_without_scripts(open_page: OpenPage, service: RunningService) -> None:
    page = open_page(service.seed.reseller, size=PHONE, scripts=False)
    page.goto("/shop/")
    page.locator("[name=q]").fill("大衣")
    page.get_by_role("button", name="搜").click()
    expect(page.locator(".goods-card")).to_have_count(1)
    page.locator(".goods-card h2").first.click()
    expect(page.locator("a#picture-1")).to_have_attribute("href", re.compile(r"-960\.jpg$"))


@SIZES
def test_a_filter_is_saved_and_applied_by_one_tap_on_the_first_page(
    open_page: OpenPage, screenshot: TakeScreenshot, service: RunningService, size: tuple[int, int]
) -> None:
    """SALE-17."""
    name = f"大衣 {size[0]}"
    page = open_page(service.seed.reseller, size=size)
    page.goto("/shop/styles/")
    page.locator("#words").press_sequentially("大衣")
    expect(page.locator(".goods-card")).to_have_count(1)
    page.get_by_text("存为我的筛选").click()
    page.get_by_label("筛选的名字").fill(name)
    fits(page, screenshot, f"save-filter-{size[0]}")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text(f"已保存筛选「{name}」")).to_be_visible()
    page.goto("/shop/")
    fits(page, screenshot, f"home-filters-{size[0]}")
    page.get_by_role("link", name=name).click()
    expect(page.locator(".goods-card")).to_have_count(1)
    expect(page.locator("nav a[aria-current=true]")).to_have_text(re.compile(name))
    page.get_by_role("link", name="管理").click()
    page.get_by_label(f"{name} 的新名字").fill(f"厚{name}")
    page.get_by_role("button", name="改名").first.click()
    fits(page, screenshot, f"filters-{size[0]}")
    page.get_by_role("button", name="删除").first.click()
    page.locator("#ask button[value=yes]").click()
    expect(page.get_by_text("还没有保存的筛选")).to_be_visible()
