"""The platform's official account, from the settings, and what WeChat grants it (WECHAT-1)."""

import logging

from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError

from wechat.services.client import TOKEN_ERRORS, Grant, WeChatClient, WeChatRefused

_EARLY_SECONDS = 300
"""So long before WeChat ends a grant, another one is fetched."""
_log = logging.getLogger("weicang.wechat")


def is_wechat_on() -> bool:
    return bool(settings.WECHAT_APP_ID and settings.WECHAT_SECRET)


def client() -> WeChatClient:
    return WeChatClient(url=settings.WECHAT_URL, app_id=settings.WECHAT_APP_ID, secret=settings.WECHAT_SECRET)


def access_token(wechat: WeChatClient) -> str:
    """The access token, from the cache while it is valid. Raises NoAnswer or WeChatRefused."""
    return _read("token") or _keep("token", wechat.access_token())


def forget_access_token() -> None:
    """The next question fetches a token: WeChat no longer takes the one in the cache."""
    try:
        cache.delete(_name("token"))
    except RedisError:
        _log.warning("the cache does not answer")


def ticket(wechat: WeChatClient) -> str:
    """The ticket with which pages are signed, from the cache while it is valid. Raises NoAnswer or WeChatRefused."""
    kept = _read("ticket")
    if kept:
        return kept
    try:
        granted = wechat.ticket(access_token(wechat))
    except WeChatRefused as refused:
        if refused.code not in TOKEN_ERRORS:
            raise
        forget_access_token()
        granted = wechat.ticket(access_token(wechat))
    return _keep("ticket", granted)


def _name(what: str) -> str:
    return f"wechat:{settings.WECHAT_APP_ID}:{what}"


def _read(what: str) -> str:
    """What the cache holds; "" where it holds nothing or does not answer: then WeChat is asked each time."""
    try:
        return str(cache.get(_name(what), ""))
    except RedisError:
        return ""


def _keep(what: str, grant: Grant) -> str:
    seconds = grant.seconds - _EARLY_SECONDS
    if seconds > 0:
        try:
            cache.set(_name(what), grant.value, timeout=seconds)
        except RedisError:
            _log.warning("the cache does not answer")
    return grant.value
