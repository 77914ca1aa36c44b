"""The share card inside WeChat: the page asks for a signature, configures the JS-SDK and hands over its card (WECHAT-2)."""

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import PHONE, separate_environment, web_server
from tests.wechat import wechat_server
from tests.wechat.wechat_server import APP_ID, SECRET, WeChat

IN_WECHAT = "Mozilla/5.0 (Linux; Android 10; V1962A) Chrome/78.0.3904.62 Mobile Safari/537.36 MicroMessenger/8.0.2"
BRIDGE = """
window.calls = [];
window.WeixinJSBridge = {
  invoke(name, given, answer) { window.calls.push([name, given]); answer({ err_msg: `${name}:ok` }); },
  on() {},
};
"""
"""What WeChat gives every page that it shows: it answers a call at once, and keeps what it was called with."""


@pytest.fixture(scope="module")
def wechat_and_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[WeChat, str]]:
    """A running service with an account at the stand-in for WeChat, and no data."""
    folder = tmp_path_factory.mktemp("wechat")
    with wechat_server.run() as wechat, separate_environment(folder, "wechat_card") as environment:
        account = {
            "WEICANG_WECHAT_APP_ID": APP_ID,
            "WEICANG_WECHAT_SECRET": SECRET,
            "WEICANG_WECHAT_URL": wechat.url,
        }
        with web_server(environment | account, folder / "web.log") as address:
            yield wechat, address


def opened(browser: Browser, address: str) -> Page:
    context = browser.new_context(
        viewport={"width": PHONE[0], "height": PHONE[1]}, base_url=address, user_agent=IN_WECHAT, locale="zh-CN"
    )
    page = context.new_page()
    page.add_init_script(BRIDGE)
    return page


def call(page: Page, name: str) -> dict[str, Any]:
    page.wait_for_function("name => window.calls.some((each) => each[0] === name)", arg=name)
    found: dict[str, Any] = page.evaluate("name => window.calls.find((each) => each[0] === name)[1]", name)
    return found


def test_a_page_inside_wechat_hands_over_its_card(browser: Browser, wechat_and_address: tuple[WeChat, str]) -> None:
    wechat, address = wechat_and_address
    page = opened(browser, address)
    page.goto("/f/unknown/?from=timeline#top")
    signed = call(page, "preVerifyJSAPI")
    text = (
        f"jsapi_ticket={wechat.ticket}&noncestr={signed['verifyNonceStr']}"
        f"&timestamp={signed['verifyTimestamp']}&url={address}/f/unknown/?from=timeline"
    )
    assert signed["verifySignature"] == hashlib.sha1(text.encode()).hexdigest()
    card = call(page, "updateAppMessageShareData")
    assert card["title"] == "没有找到这个分享"
    assert card["link"] == f"{address}/f/unknown/?from=timeline"
    assert card["imgUrl"].startswith(f"{address}/static/img/icon-512")
    assert call(page, "updateTimelineShareData")["title"] == card["title"]
    page.context.close()


def test_a_page_works_where_wechat_does_not_answer(browser: Browser, wechat_and_address: tuple[WeChat, str]) -> None:
    _, address = wechat_and_address
    page = opened(browser, address)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.route("**/wechat/page-signature/**", lambda route: route.fulfill(status=503, body="{}"))
    with page.expect_response("**/wechat/page-signature/**"):
        page.goto("/f/unknown/")
    page.wait_for_timeout(100)
    assert page.evaluate("window.calls") == []
    assert errors == []
    page.context.close()
