"""The stand-in for WeChat, one per file, and an account at it."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.own_cache import clear_own_cache
from tests.wechat import wechat_server
from tests.wechat.wechat_server import APP_ID, SECRET, WeChat


@pytest.fixture(scope="module")
def running_wechat() -> Iterator[WeChat]:
    with wechat_server.run() as service:
        yield service


@pytest.fixture
def wechat(running_wechat: WeChat, settings: Settings) -> WeChat:
    """The platform without memory of earlier tests, an empty cache, and settings with an account at it."""
    running_wechat.forget()
    clear_own_cache()
    settings.WECHAT_APP_ID, settings.WECHAT_SECRET, settings.WECHAT_URL = APP_ID, SECRET, running_wechat.url
    return running_wechat
