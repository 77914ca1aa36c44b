"""axe finds nothing on any page: every page of the three faces with the sample data, on a desk and on a phone, in both languages."""

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page

from tests.browser.conftest import DESKTOP, PHONE, UsedService, page_opener
from tests.pages import walk
from tests.sample_data import SampleData

# Everything that axe knows, best practices included. Of violations only: what it cannot decide is no finding.
RUN = "() => axe.run(document, {resultTypes: ['violations']}).then(found => found.violations)"


def findings(page: Page, address: str) -> list[str]:
    answer = page.goto(address, wait_until="domcontentloaded")
    if answer is None or "text/html" not in answer.headers.get("content-type", ""):
        return []
    if page.evaluate("document.doctype === null"):
        return []  # a part that htmx fetches
    page.evaluate(AXE_SCRIPT)
    return [
        f"{address}: {each['id']} ({len(each['nodes'])}) {each['nodes'][0]['html'][:150]}"
        f" {' '.join(check['message'] for check in each['nodes'][0]['any'][:1])}"
        for each in page.evaluate(RUN)
    ]


@pytest.mark.parametrize("face", [*walk.FACES, ""])
def test_axe_finds_nothing_on_any_page(browser: Browser, used: UsedService, face: str) -> None:
    addresses = pages_of(used.sample, face) if face else walk.public_addresses(used.sample)
    with page_opener(browser, used.address) as opened:
        size = PHONE if face in ("shop", "") else DESKTOP
        page = opened(used.sample.logins[walk.FACES[face]] if face else "", size=size)
        found = findings_in_both_languages(page, addresses, used.address)
    assert not found, "\n".join(found)


def test_axe_finds_nothing_on_a_customer_page_on_a_desk(browser: Browser, used: UsedService) -> None:
    with page_opener(browser, used.address) as opened:
        page = opened(size=DESKTOP)
        found = findings_in_both_languages(page, walk.customer_addresses(used.sample), used.address)
    assert not found, "\n".join(found)


def findings_in_both_languages(page: Page, addresses: list[str], service: str) -> list[str]:
    """The first half of the pages in Chinese, the others in English."""
    found = []
    for place, address in enumerate(addresses):
        if place == len(addresses) // 2:
            page.context.add_cookies([{"name": "language", "value": "en", "url": service}])
        found += findings(page, address)
    return found


def pages_of(sample: SampleData, face: str) -> list[str]:
    """One address of each page, without the parts that htmx fetches and what only takes POST."""
    return [path.format(**sample.ids | {"tier": 1}) for path in walk.routes(face) if not walk.NO_PAGE.search(path)]
