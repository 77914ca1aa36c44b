"""Signing pages that customers open, so that WeChat shows their card when they are passed on (WECHAT-2)."""

import logging
import secrets
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from kernel.refusal import Busy, Invalid, Missing
from web.outbound import NoAnswer
from wechat.rules import is_shared_page, signature
from wechat.services.account import FAILED_SECONDS, client, is_wechat_on, ticket
from wechat.services.client import WeChatRefused

_log = logging.getLogger("weicang.wechat")


class NoWeChatAccount(Missing):
    code = "wechat.no_account"
    zh = "本平台没有接入微信公众号"
    en = "This service has no WeChat official account"


class NotASharedPage(Invalid):
    code = "wechat.not_a_shared_page"
    zh = "只有本平台给顾客看的页面可以签名"
    en = "Only pages of this service that customers open are signed"


class WeChatUnavailable(Busy):
    code = "wechat.unavailable"
    zh = "微信暂时没有应答，请稍后再试"
    en = "WeChat does not answer at the moment; try again later"

    def seconds_to_wait(self) -> int:
        return FAILED_SECONDS


@dataclass(frozen=True, slots=True)
class PageSignature:
    """What `wx.config` takes."""

    app_id: str
    timestamp: int
    nonce: str
    signature: str


def sign_page(*, url: str, host: str, now: datetime) -> PageSignature:
    """Sign a page that customers open at `host`; `url` is its whole address without the fragment.

    Refuses without an account, refuses other addresses, and refuses while WeChat does not answer.
    """
    if not is_wechat_on():
        raise NoWeChatAccount
    if not is_shared_page(url, host=host):
        raise NotASharedPage
    try:
        with client() as wechat:
            page_ticket = ticket(wechat)
    except (NoAnswer, WeChatRefused) as why:
        _log.warning("a page was not signed", extra={"why": str(why)})
        raise WeChatUnavailable from why
    nonce, timestamp = secrets.token_hex(8), int(now.timestamp())
    return PageSignature(
        app_id=settings.WECHAT_APP_ID,
        timestamp=timestamp,
        nonce=nonce,
        signature=signature(ticket=page_ticket, nonce=nonce, timestamp=timestamp, url=url),
    )
