"""Choosing notices on a phone: an address is verified by a code that comes by mail, topics are ticked, and a worker sends a real mail."""

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DESKTOP, RunningService, page_opener, run, separate_environment, web_server
from tests.browser.seed_database import SeedData
from tests.browser.test_all_pages import TakeScreenshot, width_overflow
from tests.notices import sms_server, smtp_server
from tests.notices.sms_server import KEY_ID, KEY_SECRET, SIGN_NAME
from tests.notices.smtp_server import Smtp

TELL = """
import sys
from datetime import timedelta
import django; django.setup()
from django.db import transaction
from events.rules.kinds import EventKind
from events.services import EventDraft, publish
from kernel import clock
from membership.models import Reseller
from notices.services.delivery import deliver
now = clock.now()
if sys.argv[1] == "start":
    deliver(clock=lambda: now)
else:
    reseller = Reseller.objects.get(person__login=sys.argv[2])
    with transaction.atomic():
        publish([EventDraft(EventKind.WISH_CREATED, 1, reseller_id=reseller.pk, data={"wish_id": 1, "units": 2})], now=now)
    deliver(clock=lambda: now)
    deliver(clock=lambda: now + timedelta(minutes=5))
"""


@pytest.fixture(scope="module")
def smtp() -> Iterator[Smtp]:
    with smtp_server.run() as service:
        yield service


@pytest.fixture(scope="module")
def service_with_channels(
    tmp_path_factory: pytest.TempPathFactory, seeded_database: tuple[str, SeedData], smtp: Smtp
) -> Iterator[RunningService]:
    """A service of its own whose mails and SMS go to the stand-ins."""
    folder, (template, seed) = tmp_path_factory.mktemp("notices"), seeded_database
    with (
        sms_server.run() as sms,
        separate_environment(folder, f"notices_{os.getpid()}", template) as environment,
    ):
        environment |= {
            "WEICANG_MAIL_URL": smtp.url,
            "WEICANG_MAIL_FROM": "notice@weicang.example",
            "WEICANG_SMS_URL": sms.url,
            "WEICANG_SMS_KEY_ID": KEY_ID,
            "WEICANG_SMS_KEY_SECRET": KEY_SECRET,
            "WEICANG_SMS_SIGN_NAME": SIGN_NAME,
            "WEICANG_SMS_NOTICE_TEMPLATE": "SMS_1",
            "WEICANG_SMS_CODE_TEMPLATE": "SMS_2",
        }
        with web_server(environment, folder / "web.log") as address:
            yield RunningService(address, seed, environment)


def work(service: RunningService, folder: Path, *arguments: str) -> None:
    """Run the job of notices in a process of its own, as a worker does."""
    script = folder / "tell.py"
    script.write_text(TELL)
    run([sys.executable, str(script), *arguments], service.environment)


def small_targets(page: Page) -> list[str]:
    """Buttons and labelled boxes that are less than 44 px high."""
    found: list[str] = page.eval_on_selector_all(
        ".panel button, .panel label:has(input[type=checkbox]), .panel .input",
        "all => all.filter(e => e.offsetParent && e.getBoundingClientRect().height < 43.5)"
        ".map(e => `${e.textContent.trim()} ${e.getBoundingClientRect().height}`)",
    )
    return found


def test_a_reseller_chooses_to_be_told_of_wishes_by_mail(
    browser: Browser, service_with_channels: RunningService, smtp: Smtp, screenshot: TakeScreenshot, tmp_path: Path
) -> None:
    service = service_with_channels
    work(service, tmp_path, "start")
    with page_opener(browser, service.address) as open_page:
        page = open_page(service.seed.reseller)
        page.goto("/shop/inbox/")
        page.get_by_role("link", name="通知设置").click()
        mail = page.locator("section.panel", has_text="邮件")
        mail.locator("[name=value]").fill("amy@example.com")
        mail.get_by_role("button", name="发验证码").click()
        expect(page.get_by_text("验证码已发出")).to_be_visible()
        code = re.search(r"\d{6}", smtp.texts[0])
        assert code is not None
        page.locator("[name=code]").fill(code[0])
        page.get_by_role("button", name="验证", exact=True).click()
        expect(page.get_by_text("a***@example.com")).to_be_visible()
        page.locator("[name=wanted][value='wish/mail']").check()
        page.locator("[name=quiet_from]").fill("03:00")
        page.locator("[name=quiet_until]").fill("03:01")
        screenshot(page, "notices-390")
        assert width_overflow(page) == 0
        assert small_targets(page) == []
        page.get_by_role("button", name="保存").click()
        expect(page.get_by_text("通知设置已保存")).to_be_visible()
        work(service, tmp_path, "tell", service.seed.reseller)
        assert smtp.texts[1] == "新心愿 1：2 件\n"
        page.reload()
        expect(page.get_by_text("已发送")).to_be_visible()
        screenshot(page, "notices-log-390")
        ops = open_page(service.seed.ops, size=DESKTOP)
        ops.goto("/notices/")
        screenshot(ops, "notices-1280")
        assert width_overflow(ops) == 0
        ops.goto("/console/")
        ops.get_by_role("link", name="通知发送情况").click()
        expect(ops.get_by_text("每天发出的消息").first).to_be_visible()
        screenshot(ops, "notice-figures-1280")
        assert width_overflow(ops) == 0
