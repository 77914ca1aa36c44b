"""One's own password on a phone, and a one-time link from ops."""

from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, RunningService
from tests.browser.seed_database import PASSWORD
from tests.browser.test_all_pages import OpenPage, TakeScreenshot, width_overflow

NEW = "yun-shan-3344"


def test_a_member_changes_her_password_and_sets_another_by_a_link_from_ops(
    open_page: OpenPage, screenshot: TakeScreenshot, service: RunningService
) -> None:
    page = open_page()
    page.goto(f"/shop/join/?code={service.seed.code}")
    for name, words in (("name", "周小姐"), ("login", "zhou"), ("password", PASSWORD)):
        page.locator(f"[name={name}]").fill(words)
    page.get_by_role("button", name="加入尾仓").click()
    screenshot(page, "joined")
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.get_by_role("link", name="我的").click()
    page.get_by_role("link", name="账号与密码").click()
    screenshot(page, "account-390")
    assert width_overflow(page) == 0
    for name, words in (("old", "not-hers-11"), ("new", NEW), ("again", NEW)):
        page.locator(f"[name={name}]").fill(words)
    page.get_by_role("button", name="修改密码").click()
    expect(page.get_by_role("alert")).to_contain_text("密码不对")
    for name, words in (("old", PASSWORD), ("new", NEW), ("again", NEW)):
        page.locator(f"[name={name}]").fill(words)
    page.get_by_role("button", name="修改密码").click()
    expect(page.get_by_text("密码已修改")).to_be_visible()

    ops = open_page(service.seed.ops, size=DESKTOP)
    ops.goto("/console/")
    ops.get_by_role("link", name="人员账号").click()
    ops.locator("main [name=q]").fill("周小姐")
    ops.get_by_role("button", name="查找").click()
    screenshot(ops, "people-1280")
    ops.get_by_role("link", name="周小姐").click()
    ops.get_by_role("button", name="生成链接").click()
    address = ops.locator("[data-password-link]").inner_text()
    screenshot(ops, "person-1280")
    assert width_overflow(ops) == 0
    ops.goto("/account/")
    screenshot(ops, "account-1280")

    stranger = open_page()
    stranger.goto(address)
    screenshot(stranger, "password-link")
    for name in ("new", "again"):
        stranger.locator(f"[name={name}]").fill("third-one-5566")
    stranger.get_by_role("button", name="设置新密码").click()
    expect(stranger.get_by_text("新密码已设好，请登录")).to_be_visible()
    page.goto("/shop/")
    expect(page.get_by_role("button", name="登录")).to_be_visible()
