"""A refused form in Chromium: the summary is on top, the first field at fault has the focus and stands on the screen."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, RunningService
from tests.browser.test_all_pages import OpenPage


def on_screen(page: Page) -> bool:
    """Whether what has the focus stands within the window, below what sticks to its top."""
    return bool(
        page.evaluate(
            "() => { const at = document.activeElement.getBoundingClientRect();"
            " return at.top > 40 && at.bottom < innerHeight - 40 }"
        )
    )


def test_a_long_form_that_is_refused_leads_to_its_first_fault(open_page: OpenPage, service: RunningService) -> None:
    page = open_page(service.seed.ops, PHONE)
    page.goto("/console/sales/new/")
    page.locator("[name=schedule-brand_id]").select_option(index=0)
    page.locator("details summary").last.click()
    page.locator("[name=schedule-margin]").fill("lots")
    page.get_by_role("button", name="排期，去放商品").click()
    summary = page.locator("[data-faults]")
    expect(summary).to_have_attribute("role", "alert")
    expect(summary.get_by_role("link")).to_have_count(2)
    expect(page.locator("[name=schedule-title]")).to_be_focused()
    expect(page.locator("[name=schedule-title]")).to_have_attribute("aria-invalid", "true")
    assert on_screen(page)
    summary.get_by_role("link").last.click()
    expect(page.locator("[name=schedule-margin]")).to_be_focused()
    assert on_screen(page)


def test_a_fault_in_an_htmx_fragment_takes_the_focus(open_page: OpenPage, service: RunningService) -> None:
    page = open_page(service.seed.reseller, PHONE)
    style = service.seed.style_ids["YS2405"]
    page.goto(f"/shop/sales/{service.seed.sale_id}/styles/{style}/")
    page.locator("[name=retail_price]").fill("many")
    with page.expect_response(re.compile("/retail-price/")):
        page.get_by_role("button", name="保存").click()
    field = page.locator("[name=retail_price]")
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-describedby", "id_retail_price_error")
    expect(page.locator("#retail [data-faults]")).to_contain_text("请填写金额")
    assert on_screen(page)


def test_a_refusal_without_a_field_focuses_the_summary(open_page: OpenPage, service: RunningService) -> None:
    page = open_page()
    page.goto("/sign-in/")
    page.locator("[name=login]").fill(service.seed.reseller)
    page.locator("[name=password]").fill("not-the-password")
    page.locator("main form button").click()
    expect(page.locator("[data-faults]")).to_be_focused()
    expect(page.locator("[data-faults]")).to_contain_text("登录名或密码不对")
