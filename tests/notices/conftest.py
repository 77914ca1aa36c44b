"""The stand-ins for an SMTP server and for the SMS service, one each per file, and accounts at them."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.notices import sms_server, smtp_server
from tests.notices.sms_server import KEY_ID, KEY_SECRET, SIGN_NAME, SmsService
from tests.notices.smtp_server import Smtp
from tests.wechat.conftest import running_wechat as running_wechat
from tests.wechat.conftest import wechat as wechat_account
from tests.wechat.wechat_server import TEMPLATE, WeChat

__all__ = ["wechat_account"]


@pytest.fixture(scope="module")
def running_smtp() -> Iterator[Smtp]:
    with smtp_server.run() as service:
        yield service


@pytest.fixture(scope="module")
def running_sms() -> Iterator[SmsService]:
    with sms_server.run() as service:
        yield service


@pytest.fixture
def smtp(running_smtp: Smtp, settings: Settings) -> Smtp:
    running_smtp.forget()
    settings.MAIL_URL, settings.MAIL_FROM = running_smtp.url, "notice@weicang.example"
    return running_smtp


@pytest.fixture
def sms(running_sms: SmsService, settings: Settings) -> SmsService:
    running_sms.forget()
    settings.SMS_URL, settings.SMS_KEY_ID, settings.SMS_KEY_SECRET = running_sms.url, KEY_ID, KEY_SECRET
    settings.SMS_SIGN_NAME, settings.SMS_NOTICE_TEMPLATE, settings.SMS_CODE_TEMPLATE = SIGN_NAME, "SMS_1", "SMS_2"
    return running_sms


@pytest.fixture
def wechat(wechat_account: WeChat, settings: Settings) -> WeChat:
    settings.WECHAT_NOTICE_TEMPLATE = TEMPLATE
    return wechat_account
