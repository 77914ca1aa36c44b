"""What every page owes to everybody: a strict policy, two languages, no width beyond the screen, clocks that are the server's."""

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import DESKTOP, PHONE, RunningService

OpenPage = Callable[..., Page]
TakeScreenshot = Callable[[Page, str], None]


def width_overflow(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
def test_the_sign_in_page_fits_and_signs_in(
    open_page: OpenPage, screenshot: TakeScreenshot, service: RunningService, size: tuple[int, int]
) -> None:
    page = open_page(size=size)
    page.goto("/sign-in/")
    assert width_overflow(page) == 0
    screenshot(page, f"sign-in-{size[0]}")
    page.locator("[name=login]").fill(service.seed.reseller)
    page.locator("[name=password]").fill("not-the-password")
    page.locator("main form button").click()
    expect(page.get_by_role("alert")).to_contain_text("登录名或密码不对")


def test_the_language_follows_the_choice_and_not_the_browser(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/sign-in/")
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("main form button")).to_have_text("Sign in")
    page.get_by_role("button", name="中文").click()
    expect(page.locator("main form button")).to_have_text("登录")


def test_an_unknown_address_renders_the_404_page(open_page: OpenPage, screenshot: TakeScreenshot) -> None:
    page = open_page()
    answer = page.goto("/nowhere/")
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("heading", name="没有这个页面")).to_be_visible()
    assert width_overflow(page) == 0
    screenshot(page, "not-found")


def test_an_inline_script_never_runs(open_page: OpenPage) -> None:
    page = open_page()
    answer = page.goto("/sign-in/")
    assert answer is not None
    assert "default-src 'self'" in (answer.header_value("content-security-policy") or "")
    assert page.locator("[style]").count() == 0
    assert page.locator("script:not([src])").count() == 0


def test_a_countdown_uses_the_clock_of_the_server(open_page: OpenPage, service: RunningService) -> None:
    page = open_page()
    page.add_init_script("const real = Date.now; Date.now = () => real() - 7 * 3600 * 1000")
    page.goto("/sign-in/")
    page.locator("[name=login]").fill(service.seed.reseller)
    page.locator("[name=password]").fill("wei-cang-7788")
    page.locator("main form button").click()
    page.wait_for_url("**/shop/")
    clock = page.locator("a[href^='/shop/sales/'] time.clock").first
    shown = [int(part) for part in clock.locator("b").all_text_contents()]
    days, hours = (shown[0], shown[1]) if len(shown) == 4 else (0, shown[0])
    assert 47 <= days * 24 + hours < 48
    before = clock.inner_text()
    expect(clock).not_to_have_text(before, timeout=3000)


SLEPT_TEN_MINUTES = """() => {
    const stands = performance.now(), on = Date.now;
    performance.now = () => stands;
    Date.now = () => on() + 600_000;
}"""


@pytest.mark.parametrize("event", ["visibilitychange", "focus", "pageshow"])
def test_a_countdown_is_right_again_when_the_phone_wakes(
    open_page: OpenPage, service: RunningService, event: str
) -> None:
    page = open_page(service.seed.reseller)
    page.goto("/shop/")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/time/") else None)
    clock = page.locator("a[href^='/shop/sales/'] time.clock").first
    before = seconds_on(clock)
    page.evaluate(SLEPT_TEN_MINUTES)
    page.evaluate("event => (event === 'visibilitychange' ? document : window).dispatchEvent(new Event(event))", event)
    assert 599 <= before - seconds_on(clock) <= 610
    page.wait_for_timeout(300)
    assert 599 <= before - seconds_on(clock) <= 610
    assert len(asked) == 1


def test_a_countdown_asks_the_server_after_the_phones_clock_was_set_back(
    open_page: OpenPage, service: RunningService
) -> None:
    page = open_page(service.seed.reseller)
    page.goto("/shop/")
    clock = page.locator("a[href^='/shop/sales/'] time.clock").first
    before = seconds_on(clock)
    later = round(time.time() * 1000) + 1_800_000
    page.route("**/time/", lambda route: route.fulfill(body=str(later)))
    page.evaluate("() => { const on = Date.now; Date.now = () => on() + 5000; dispatchEvent(new Event('focus')); }")
    page.wait_for_timeout(500)
    assert 1795 <= before - seconds_on(clock) <= 1815


def seconds_on(clock: Locator) -> int:
    parts = [int(part) for part in clock.locator("b").all_text_contents()]
    days, (hours, minutes, seconds) = (parts[0], parts[1:]) if len(parts) == 4 else (0, parts)
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


WITHOUT_A_CLIPBOARD = """
    Object.defineProperty(navigator, "clipboard", { value: undefined });
    document.execCommand = () => false;
"""


def test_a_failed_copy_shows_a_message_and_selects_the_text(open_page: OpenPage, service: RunningService) -> None:
    page = open_page(service.seed.clerk)
    page.add_init_script(WITHOUT_A_CLIPBOARD)
    page.goto("/sign-in/")
    page.evaluate(
        """() => {
            const main = document.querySelector("main");
            main.insertAdjacentHTML("beforeend", `<p id="words">分享 的 文字</p>
                <button type="button" id="from" data-copy-from="#words">复制文字</button>
                <button type="button" id="own" data-copy="SF1234567890">复制单号</button>`);
        }"""
    )
    for button, words in (("#from", "分享 的 文字"), ("#own", "SF1234567890")):
        page.locator(button).click()
        expect(page.locator(button)).to_have_text("没能复制，请长按选中的文字")
        expect(page.locator(button)).not_to_have_class(re.compile("copied"))
        assert page.evaluate("getSelection().toString()") == words
    expect(page.locator("#from")).to_have_text("复制文字", timeout=8000)


def test_a_successful_copy_shows_a_message(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/sign-in/")
    page.evaluate("navigator.clipboard.writeText = async (words) => { window.kept = words; }")
    page.evaluate(
        """document.querySelector("main").insertAdjacentHTML("beforeend", '<button type="button" id="own" data-copy="SF1">复制</button>')"""
    )
    page.locator("#own").click()
    expect(page.locator("#own")).to_have_class(re.compile("copied"))
    assert page.evaluate("window.kept") == "SF1"


def test_a_countdown_at_zero_fires_its_event_once(open_page: OpenPage, service: RunningService) -> None:
    page = open_page(service.seed.reseller)
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
