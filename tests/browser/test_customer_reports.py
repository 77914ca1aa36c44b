"""A customer reports a fault from the page of her wish, with and without scripts; pages about customers fit (AFTER-19, CUSTOMER-1)."""

import io
import os
import re

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from tests.browser.conftest import DESKTOP, PHONE, UsedService, page_opener
from tests.browser.test_all_pages import TakeScreenshot, width_overflow


def photo(width: int, height: int) -> bytes:
    """A photo that does not compress: at 1800 × 1400 more than 3 MB, at 700 × 500 more than a form without files may have."""
    packed = io.BytesIO()
    Image.frombytes("RGB", (width, height), os.urandom(width * height * 3)).save(packed, "JPEG", quality=97)
    return packed.getvalue()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_customer_reports_a_fault_with_a_photo_and_withdraws_it(
    browser: Browser, used: UsedService, screenshot: TakeScreenshot, scripts: bool
) -> None:
    kind = "scripts" if scripts else "no-scripts"
    with page_opener(browser, used.address) as opened:
        customer = opened(size=PHONE, scripts=scripts)
        customer.goto(f"/f/w/{used.sample.wish_token}/")
        assert width_overflow(customer) == 0
        screenshot(customer, f"wish-shipped-{kind}")
        customer.get_by_role("link", name="货有问题？告诉卖家").click()
        expect(customer.get_by_role("checkbox")).not_to_be_checked()
        customer.get_by_text("质量问题", exact=True).click()
        customer.get_by_label("说明").fill("袖口开线")
        customer.locator("[name=photos]").set_input_files(
            {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": photo(700, 500)}
        )
        expect(customer.locator("#chosen-photos img")).to_have_count(1 if scripts else 0)
        assert width_overflow(customer) == 0
        screenshot(customer, f"wish-fault-{kind}")
        customer.get_by_role("button", name="发给卖家").click()
        expect(customer.get_by_text("已反馈：质量问题 ×1").last).to_be_visible()
        assert customer.get_by_alt_text("您发的照片").last.evaluate(
            "each => each.decode().then(() => each.naturalWidth)"
        )
        screenshot(customer, f"wish-reported-{kind}")
        customer.get_by_role("button", name="允许给别的顾客看照片").click()
        expect(customer.get_by_role("button", name="不再允许给别人看照片")).to_be_visible()
        hers = opened(used.sample.logins["reseller"], PHONE)
        hers.goto("/shop/customer-photos/")
        hers.get_by_role("checkbox", name="给顾客看").first.check()
        assert width_overflow(hers) == 0
        screenshot(hers, f"lent-photos-{kind}")
        hers.get_by_role("button", name="保存这一屏").click()
        expect(hers.get_by_text("已保存，顾客现在看到 1 张")).to_be_visible()
        ops = opened(used.sample.logins["ops"], DESKTOP)
        ops.goto("/console/customer-photos/")
        assert width_overflow(ops) == 0
        screenshot(ops, f"lent-photos-ops-{kind}")
        ops.get_by_role("button", name="这一屏看过了").click()
        expect(ops.get_by_text("没有要看的照片")).to_be_visible()
        customer.get_by_role("button", name="撤回反馈").last.click()
        expect(customer.get_by_role("link", name="货有问题？告诉卖家")).to_be_visible()


def test_large_forms_of_strangers_are_refused_in_words_and_not_sent_to_sign_in(used: UsedService) -> None:
    large = {"photos": ("IMG.jpg", photo(1800, 1400), "image/jpeg")}
    with httpx.Client(base_url=used.address, timeout=30) as client:
        unknown = client.post("/f/w/unknown/lines/1/fault/", files=large)
        assert (unknown.status_code, "没有这条心愿，或链接不完整、已过期" in unknown.text) == (404, True)
        page = f"/s/{used.sample.storefront_token}/"
        token = re.search(r'csrfmiddlewaretoken" value="([^"]+)', client.get("/sign-in/").text)
        assert token
        long = client.post(page, data={"csrfmiddlewaretoken": token[1], "note": "长" * 70_000})
        assert (long.status_code, "提交的内容太长（最多 64 KB）" in long.text) == (413, True)
        reports = f"/f/w/{used.sample.wish_token}/lines/{used.sample.ids['wish_line_id']}/fault/"
        answers = [client.post(reports, files=large).status_code for _ in range(21)]
    # Without the token of the form each is refused after it was received, and the last one before.
    assert (answers[0], answers[-1]) == (403, 429)


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desk"])
def test_the_pages_about_customers_fit(
    browser: Browser, used: UsedService, screenshot: TakeScreenshot, size: tuple[int, int]
) -> None:
    with page_opener(browser, used.address) as opened:
        page = opened(used.sample.logins["reseller"], size)
        page.goto("/shop/recipients/")
        page.get_by_role("checkbox", name="选中").first.check()
        page.get_by_label("给勾选的客户加标签").fill(f"老客户、{size[0]}")
        page.get_by_role("button", name="加标签").click()
        expect(page.get_by_role("link", name=f"{size[0]} 1")).to_be_visible()
        for name, address in (
            ("book", "/shop/recipients/"),
            ("tags", "/shop/recipients/tags/"),
            ("customer", f"/shop/recipients/{used.sample.ids['recipient_id']}/"),
            ("reports", "/shop/fault-reports/"),
        ):
            page.goto(address)
            assert width_overflow(page) == 0, address
            screenshot(page, f"customers-{name}-{size[0]}")
