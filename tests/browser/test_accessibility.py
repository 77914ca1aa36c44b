"""Every page of the three faces with the sample data, in both languages: axe finds nothing, and on a phone all fits and can be tapped.

Pages of the desks are read by axe at the width of a desk, and then measured at the width of a phone: each is opened once.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.axe import Axe
from tests.browser.conftest import DESKTOP, PHONE, UsedService, page_opener
from tests.browser.test_all_pages import width_overflow
from tests.browser.touch_targets import find_untouchable
from tests.pages import walk
from tests.sample_data import SampleData

NEXT_FRAME = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


@dataclass
class Inspector:
    """Looks at one page after the other in one window: on a phone, and where they are those of a desk, at that width too.

    The window keeps the width at which a page was looked at last, so that the next one begins with it: each page changes it once.
    """

    page: Page
    axe: Axe
    sizes: tuple[tuple[int, int], ...]
    """The last one is that at which axe reads the page."""

    def findings(self, address: str) -> list[str]:
        answer = self.page.goto(address, wait_until="domcontentloaded")
        if answer is None or "text/html" not in answer.headers.get("content-type", ""):
            return []
        if self.page.evaluate("document.doctype === null"):
            return []  # a part that htmx fetches
        if urlsplit(self.page.url).path != urlsplit(address).path:
            return []  # an address that only takes POST leads to a page that is looked at under its own
        found = []
        for size in sorted(self.sizes, key=lambda each: each != self.width_and_height):
            self.change_to(size)
            found += [f"{size}: {over} px too wide"] if (over := width_overflow(self.page)) else []
            found += find_untouchable(self.page) if size == PHONE else []
            found += self.axe.violations() if size == self.sizes[-1] else []
        return [f"{address}: {each}" for each in found]

    @property
    def width_and_height(self) -> tuple[int, int]:
        size = self.page.viewport_size
        assert size
        return size["width"], size["height"]

    def change_to(self, size: tuple[int, int]) -> None:
        if size != self.width_and_height:
            self.page.set_viewport_size({"width": size[0], "height": size[1]})
            self.page.evaluate(NEXT_FRAME)


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
    inspector = Inspector(page, Axe(page), (PHONE,))
    if inspector.width_and_height != PHONE:
        inspector.sizes = (PHONE, inspector.width_and_height)
    found = []
    for place, address in enumerate(addresses):
        if place == len(addresses) // 2:
            page.context.add_cookies([{"name": "language", "value": "en", "url": service}])
        found += inspector.findings(address)
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


FAINT = """<html lang="en"><title>Contrast</title><style>* { color: #222; background: #fff }</style><main><h1>Contrast</h1>
<p>one</p><p>two</p><div class="card"><p>in a card</p></div>%s</main></html>"""


def test_control_texts_of_a_new_look_are_looked_at_by_axe_and_of_a_known_one_once(
    browser: Browser, used: UsedService
) -> None:
    with page_opener(browser, used.address) as opened:
        page = opened(size=DESKTOP)
        axe = Axe(page)
        found = []
        for more in (
            "",
            '<p style="color: #999">faint</p>',
            '<p style="color: #999">faint again</p>',
            '<div style="background: #333"><p style="background: none">dark on dark</p></div>',
            '<div class="card" style="opacity: 0.4"><p>in a card that fades</p></div>',
            '<button disabled style="color: #ccc">off</button>',
            '<button style="color: #ccc">on</button>',
            '<p>three</p><div class="card"><p>in another card</p></div>',
        ):
            page.goto("about:blank")
            page.set_content(FAINT % more)
            found.append(axe.violations())
    assert [[each.split()[0] for each in page] for page in found] == [
        [], ["color-contrast"], ["color-contrast"], ["color-contrast"], ["color-contrast"], [], ["color-contrast"], [],
    ]  # fmt: skip
