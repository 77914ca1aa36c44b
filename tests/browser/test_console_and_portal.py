"""The desks of brand and ops on a desk and on a phone: every page opens, fits, and keeps the policy."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, PHONE, RunningService
from tests.browser.test_all_pages import OpenPage, TakeScreenshot, width_overflow

PORTAL = ("", "uploads/", "stock/", "shipping/", "returns/", "sales/", "sales/{sale}/", "statements/", "clerks/")
CONSOLE = (
    "", "sales/", "sales/new/", "sales/scheduled/", "sales/{sale}/", "sales/{sale}/items/", "sales/{sale}/prices/", "brands/",
    "brands/new/", "brands/1/", "brands/terms/", "rules/", "rules/new/", "rules/terms/", "rules/commissions/", "rules/drafts/",
    "simulator/", "simulator/compare/", "floors/", "members/", "members/1/", "members/codes/", "members/tiers/", "members/rollovers/",
    "orders/", "late/", "cases/", "refunds/", "statements/", "integrity/", "audit/",
    "people/", "people/1/",
)  # fmt: skip


@pytest.mark.parametrize("face", ["portal", "console"])
def test_every_page_of_console_and_portal_fits_a_desk_and_a_phone(
    open_page: OpenPage, screenshot: TakeScreenshot, service: RunningService, face: str
) -> None:
    page = open_page(service.seed.clerk if face == "portal" else service.seed.ops, size=DESKTOP)
    wide, sizes = {}, [DESKTOP, PHONE]
    for path in PORTAL if face == "portal" else CONSOLE:
        address = f"/{face}/{path.format(sale=service.seed.sale_id)}"
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, address
        for size in sizes:
            page.set_viewport_size({"width": size[0], "height": size[1]})
            if over := width_overflow(page):
                wide[address, size] = over
            screenshot(page, f"{face}-{path.format(sale='sale').strip('/').replace('/', '-') or 'home'}-{size[0]}")
        # The next page opens at the width that the window has.
        sizes.reverse()
    assert wide == {}


def test_the_navigation_opens_on_a_phone(open_page: OpenPage, service: RunningService) -> None:
    page = open_page(service.seed.clerk)
    page.goto("/portal/")
    link = page.get_by_role("navigation", name="主导航").get_by_role("link", name="库存", exact=True)
    assert not link.is_visible()
    page.locator("label[for=desk-nav].btn").click()
    link.click()
    page.wait_for_url("**/portal/stock/")


def test_a_brand_sees_how_its_payment_is_computed(
    open_page: OpenPage, service: RunningService, screenshot: TakeScreenshot
) -> None:
    page = open_page(service.seed.clerk, DESKTOP)
    page.goto(f"/portal/sales/{service.seed.sale_id}/")
    page.locator("[data-opens=why]").first.click()
    steps = page.locator("#why-inside li")
    expect(steps.first).to_contain_text("吊牌价")
    expect(page.locator("#why-inside")).to_contain_text("应付品牌")
    expect(page.locator("#why-inside")).not_to_contain_text("平台所得")
    expect(page.locator("#why-inside")).not_to_contain_text("PRICE-")
    screenshot(page, "portal-why")
