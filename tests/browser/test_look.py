"""What every page owes to everybody: a strict policy, two languages, no width beyond the screen, clocks that are the server's."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE, House

Visitor = Callable[..., Page]
Shoot = Callable[[Page, str], None]


def width_overflow(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


@pytest.mark.parametrize("size", [PHONE, DESK])
def test_the_sign_in_page_fits_and_signs_in(
    visitor: Visitor, shoot: Shoot, house: House, size: tuple[int, int]
) -> None:
    page = visitor(size=size)
    page.goto("/sign-in/")
    assert width_overflow(page) == 0
    shoot(page, f"sign-in-{size[0]}")
    page.locator("[name=login]").fill(house.cast.reseller)
    page.locator("[name=password]").fill("not-the-password")
    page.locator("main form button").click()
    expect(page.get_by_role("alert")).to_contain_text("登录名或密码不对")


def test_the_language_is_chosen_not_announced(visitor: Visitor) -> None:
    page = visitor()
    page.goto("/sign-in/")
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("main form button")).to_have_text("Sign in")
    page.get_by_role("button", name="中文").click()
    expect(page.locator("main form button")).to_have_text("登录")


def test_a_page_that_is_not_there_is_told_in_the_house_style(visitor: Visitor, shoot: Shoot) -> None:
    page = visitor()
    answer = page.goto("/nowhere/")
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("heading", name="没有这个页面")).to_be_visible()
    assert width_overflow(page) == 0
    shoot(page, "not-found")


def test_an_inline_script_never_runs(visitor: Visitor) -> None:
    page = visitor()
    answer = page.goto("/sign-in/")
    assert answer is not None
    assert "default-src 'self'" in (answer.header_value("content-security-policy") or "")
    assert page.locator("[style]").count() == 0
    assert page.locator("script:not([src])").count() == 0


def test_a_countdown_does_not_trust_the_phones_clock(visitor: Visitor, house: House) -> None:
    page = visitor()
    page.add_init_script("const real = Date.now; Date.now = () => real() - 7 * 3600 * 1000")
    page.goto("/sign-in/")
    page.locator("[name=login]").fill(house.cast.reseller)
    page.locator("[name=password]").fill("wei-cang-7788")
    page.locator("main form button").click()
    page.wait_for_url("**/shop/")
    clock = page.locator("article time.clock").first
    shown = [int(part) for part in clock.locator("b").all_text_contents()]
    days, hours = (shown[0], shown[1]) if len(shown) == 4 else (0, shown[0])
    assert 47 <= days * 24 + hours < 48
    before = clock.inner_text()
    expect(clock).not_to_have_text(before, timeout=3000)


def test_a_countdown_at_zero_says_so_once(visitor: Visitor, house: House) -> None:
    page = visitor(house.cast.reseller)
    page.evaluate(
        """() => {
            window.told = 0;
            document.addEventListener("timeup", () => { window.told += 1; });
            const clock = document.createElement("time");
            clock.dataset.serverNow = "1000";
            clock.dataset.until = "2500";
            clock.dataset.days = "天";
            document.querySelector("main").append(clock);
        }"""
    )
    page.wait_for_timeout(4000)
    assert page.evaluate("window.told") == 1
