"""What every page for customers keeps to: how much a first visit loads, how large what is tapped is, and that pictures move nothing."""

from collections import Counter
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import PHONE, UsedService, page_opener
from tests.pages import walk

MAX_BYTES = 60_000
"""Of a first visit, as transferred: page, stylesheet, scripts, icons. Pictures of goods are not counted."""
PICTURES = "/pictures/"
MIN_TOUCH_PIXELS = 44
TAPPED = "a[href], button, summary, select, textarea, input:not([type=hidden])"
# A box or a radio button is tapped on the label around it.
TOO_LOW = f"""() => [...document.querySelectorAll({TAPPED!r})].map((each) => each.closest('label') || each)
  .filter((each) => each.getClientRects().length && each.getBoundingClientRect().height < {MIN_TOUCH_PIXELS})
  .map((each) => `${{each.outerHTML.slice(0, 80)}} ${{each.getBoundingClientRect().height}}`)"""


def first_visit(page: Page, address: str) -> Counter[str]:
    """The bytes on the wire by path, headers included, with an empty cache."""
    session = page.context.new_cdp_session(page)
    paths: dict[str, str] = {}
    loaded: Counter[str] = Counter()

    def answered(event: dict[str, Any]) -> None:
        paths[event["requestId"]] = urlsplit(event["response"]["url"]).path

    def finished(event: dict[str, Any]) -> None:
        loaded[paths.get(event["requestId"], "")] += int(event["encodedDataLength"])

    session.on("Network.responseReceived", answered)
    session.on("Network.loadingFinished", finished)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    page.goto(address, wait_until="networkidle")
    session.detach()
    return loaded


def test_a_first_visit_is_light(browser: Browser, used: UsedService) -> None:
    with page_opener(browser, used.address) as opened:
        page = opened()
        visits = {address: first_visit(page, address) for address in walk.customer_addresses(used.sample)}
    for address, loaded in visits.items():
        own = {path: size for path, size in loaded.items() if not path.startswith(PICTURES)}
        assert any(path.endswith(".css") for path in own), address
        assert sum(own.values()) <= MAX_BYTES, f"{address}: {own}"


def test_what_is_loaded_is_compressed(browser: Browser, used: UsedService) -> None:
    """Everything that is text; an answer of less than 200 bytes would grow."""
    with page_opener(browser, used.address) as opened:
        page = opened()
        plain: list[str] = []
        page.on(
            "response",
            lambda answer: (
                plain.append(answer.url)
                if answer.headers.get("content-type", "").startswith(("text/", "application/j", "image/svg"))
                and "content-encoding" not in answer.headers
                and int(answer.headers.get("content-length", "1000")) > 200
                else None
            ),
        )
        for address in walk.customer_addresses(used.sample):
            page.goto(address, wait_until="networkidle")
    assert plain == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_is_tapped_is_high_enough(browser: Browser, used: UsedService, language: str) -> None:
    with page_opener(browser, used.address) as opened:
        page = opened(size=PHONE)
        page.context.add_cookies([{"name": "language", "value": language, "url": used.address}])
        low: list[str] = []
        for address in walk.customer_addresses(used.sample):
            page.goto(address)
            low += [f"{address}: {each}" for each in page.evaluate(TOO_LOW)]
    assert low == []


def test_control_a_low_link_is_found(browser: Browser, used: UsedService) -> None:
    with page_opener(browser, used.address) as opened:
        page = opened()
        page.set_content('<a href="#a">low</a><a href="#b" style="display: block; height: 44px">high enough</a>')
        assert len(page.evaluate(TOO_LOW)) == 1


def test_pictures_have_a_size_and_only_the_first_is_fetched_at_once(browser: Browser, used: UsedService) -> None:
    with page_opener(browser, used.address) as opened:
        page = opened()
        for address in walk.customer_addresses(used.sample):
            page.goto(address)
            pictures = page.locator("main img").evaluate_all(
                "all => all.map(each => [each.hasAttribute('width') && each.hasAttribute('height'), each.loading])"
            )
            assert all(has_size for has_size, _ in pictures), address
            assert [loading for _, loading in pictures[1:] if loading != "lazy"] in ([], ["auto"]), address
