"""The platform's official account, from the settings, and what WeChat grants it (WECHAT-1)."""

import logging

from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError

from web.outbound import NoAnswer
from wechat.services.client import TOKEN_ERRORS, Grant, WeChatClient, WeChatRefused

_EARLY_SECONDS = 300
"""So long before WeChat ends a grant, another one is fetched."""
FAILED_SECONDS = 30
"""So long after WeChat gave no ticket it is not asked for one again (WECHAT-4)."""
_ASKING_SECONDS = 75
"""A process that asks for a ticket and dies keeps the others waiting so long: four questions, and their longest time each."""
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
    _forget("token")


def ticket(wechat: WeChatClient) -> str:
    """The ticket with which pages are signed, from the cache while it is valid. Raises NoAnswer or WeChatRefused.

    Anybody can ask for it, so one process at a time asks WeChat, and nobody does for a while after a failure: the others have no answer.
    Without the cache nobody asks (WECHAT-4).
    """
    kept = _read("ticket")
    if kept:
        return kept
    try:
        if cache.get(_name("ticket-failed")):
            raise NoAnswer("failed a moment ago")
        if not cache.add(_name("ticket-asked"), 1, timeout=_ASKING_SECONDS):
            raise NoAnswer("another process asks")
    except RedisError as error:
        raise NoAnswer("no cache") from error
    try:
        return _keep("ticket", _new_ticket(wechat))
    except (NoAnswer, WeChatRefused):
        _note_failure()
        raise
    finally:
        _forget("ticket-asked")


def _new_ticket(wechat: WeChatClient) -> Grant:
    try:
        return wechat.ticket(access_token(wechat))
    except WeChatRefused as refused:
        if refused.code not in TOKEN_ERRORS:
            raise
        forget_access_token()
        return wechat.ticket(access_token(wechat))


def _note_failure() -> None:
    try:
        cache.set(_name("ticket-failed"), 1, timeout=FAILED_SECONDS)
    except RedisError:
        _log.warning("the cache does not answer")


def _forget(what: str) -> None:
    try:
        cache.delete(_name(what))
    except RedisError:
        _log.warning("the cache does not answer")


def _name(what: str) -> str:
    return f"wechat:{settings.WECHAT_APP_ID}:{what}"


def _read(what: str) -> str:
    """What the cache holds; "" where it holds nothing or does not answer."""
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
