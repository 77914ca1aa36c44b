"""Every page of the three faces with the sample data, in both languages: axe finds nothing, and on a phone all fits and can be tapped.

Pages of the desks are read by axe at the width of a desk, and then measured at the width of a phone: each is opened once.
"""

from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page

from tests.browser.conftest import DESKTOP, PHONE, UsedService, page_opener
from tests.browser.test_all_pages import width_overflow
from tests.browser.touch_targets import find_untouchable
from tests.pages import walk
from tests.sample_data import SampleData

# Everything that axe knows, best practices included. Of violations only: what it cannot decide is no finding. Before it begins it would
# fetch the stylesheets again, for experimental rules, and media, for a rule about those that play by themselves.
RUN = """() => axe.run(document, {resultTypes: ['violations'], preload: document.querySelector("audio, video") !== null})
    .then(found => found.violations)"""


def findings(page: Page, address: str) -> list[str]:
    size = page.viewport_size
    answer = page.goto(address, wait_until="domcontentloaded")
    if answer is None or "text/html" not in answer.headers.get("content-type", ""):
        return []
    if page.evaluate("document.doctype === null"):
        return []  # a part that htmx fetches
    if urlsplit(page.url).path != urlsplit(address).path:
        return []  # an address that only takes POST leads to a page that is looked at under its own
    found = [
        f"{address}: {each['id']} ({len(each['nodes'])}) {each['nodes'][0]['html'][:150]}"
        f" {' '.join(check['message'] for check in each['nodes'][0]['any'][:1])}"
        for each in page.evaluate(RUN)
    ]
    found += [f"{address}: {size}: {width_overflow(page)} px too wide"] if width_overflow(page) else []
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    found += [f"{address}: on a phone {width_overflow(page)} px too wide"] if width_overflow(page) else []
    found += [f"{address}: {each}" for each in find_untouchable(page)]
    if size:
        page.set_viewport_size(size)
    return found


@pytest.mark.parametrize("face", [*walk.FACES, ""])
def test_every_page_is_accessible_and_can_be_tapped(browser: Browser, used: UsedService, face: str) -> None:
    addresses = pages_of(used.sample, face) if face else walk.public_addresses(used.sample)
    with page_opener(browser, used.address, patience=30_000) as opened:
        size = PHONE if face in ("shop", "") else DESKTOP
        page = opened(used.sample.logins[walk.FACES[face]] if face else "", size=size)
        page.emulate_media(reduced_motion="reduce")
        found = findings_in_both_languages(page, addresses, used.address)
    assert not found, "\n".join(found)


def test_a_customer_page_is_accessible_on_a_desk(browser: Browser, used: UsedService) -> None:
    with page_opener(browser, used.address) as opened:
        page = opened(size=DESKTOP)
        found = findings_in_both_languages(page, walk.customer_addresses(used.sample), used.address)
    assert not found, "\n".join(found)


def findings_in_both_languages(page: Page, addresses: list[str], service: str) -> list[str]:
    """The first half of the pages in Chinese, the others in English."""
    page.add_init_script(AXE_SCRIPT)
    found = []
    for place, address in enumerate(addresses):
        if place == len(addresses) // 2:
            page.context.add_cookies([{"name": "language", "value": "en", "url": service}])
        found += findings(page, address)
    return found


def pages_of(sample: SampleData, face: str) -> list[str]:
    """One address of each page, without the parts that htmx fetches and what only takes POST."""
    return [path.format(**sample.ids | {"tier": 1}) for path in walk.routes(face) if not walk.NO_PAGE.search(path)]


CONTROL = """<style>* { margin: 0; font: 16px/20px sans-serif }</style>
<p>A sentence with a <a id="in-text" href="#a">link</a> in it.</p>
<div style="height: 100px"><a id="low" href="#a">low and long enough</a></div>
<div style="height: 100px"><a id="narrow" href="#a" style="display: block; height: 44px; width: 30px">a</a></div>
<div style="height: 100px"><a id="large" href="#a" style="display: block; height: 44px; width: 44px">a</a></div>
<label style="display: block; height: 44px"><input id="in-label" type="checkbox"> words</label>
<div style="height: 100px"><input id="alone" type="checkbox"></div>
<a id="upper" href="#a" style="display: block; height: 44px">first</a>
<a id="lower" href="#a" style="display: block; height: 44px; margin-top: -10px">over the first</a>"""


def test_control_small_and_shared_targets_are_found(browser: Browser, used: UsedService) -> None:
    with page_opener(browser, used.address) as opened:
        page = opened(size=PHONE)
        page.set_content(CONTROL)
        found = find_untouchable(page)
    assert [each.split('id="')[1].split('"')[0] for each in found] == ["low", "narrow", "alone", "upper"]
    assert " × 10 shared by " in found[-1]
