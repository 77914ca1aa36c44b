"""Signing pages for the share card: tokens and tickets of the official account, and what is not signed (WECHAT-1 to WECHAT-4)."""

import hashlib

import pytest
from django.conf import settings as installed
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings
from redis import Redis

from kernel import clock
from tests.builders import NOW
from tests.wechat.wechat_server import APP_ID, WeChat
from wechat.rules import signature
from wechat.services.sharing import (
    NotASharedPage,
    NoWeChatAccount,
    WeChatUnavailable,
    sign_page,
)

HOST = "weicang.example"
PAGE = f"https://{HOST}/f/abc123/?style=7"
ASKED, FAILED = (f"wechat:{APP_ID}:ticket-{what}" for what in ("asked", "failed"))


def test_sign_page_signs_with_the_ticket_of_the_account(wechat: WeChat) -> None:
    signed = sign_page(url=PAGE, host=HOST, now=NOW)
    text = f"jsapi_ticket={wechat.ticket}&noncestr={signed.nonce}&timestamp={signed.timestamp}&url={PAGE}"
    assert signed.signature == hashlib.sha1(text.encode()).hexdigest()
    assert (signed.app_id, signed.timestamp) == (APP_ID, int(NOW.timestamp()))


def test_sign_page_agrees_with_the_example_of_the_documentation() -> None:
    from_documentation = signature(
        ticket="sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg",
        nonce="Wm3WZYTPz0wzccnW",
        timestamp=1414587457,
        url="http://mp.weixin.qq.com?params=value",
    )
    assert from_documentation == "0f9de62fce790f9a083d5c99e95740ceb90c27ed"


def test_sign_page_writes_no_token_to_the_log(wechat: WeChat, caplog: pytest.LogCaptureFixture) -> None:
    sign_page(url=PAGE, host=HOST, now=NOW)
    assert wechat.token not in caplog.text
    assert wechat.ticket not in caplog.text


def test_sign_page_asks_wechat_once_for_many_pages(wechat: WeChat) -> None:
    nonces = {sign_page(url=PAGE, host=HOST, now=NOW).nonce for _ in range(3)}
    assert len(nonces) == 3
    assert wechat.requests == ["/cgi-bin/stable_token", "/cgi-bin/ticket/getticket"]


def test_sign_page_asks_each_time_where_a_grant_is_about_to_end(wechat: WeChat) -> None:
    wechat.seconds = 120
    sign_page(url=PAGE, host=HOST, now=NOW)
    sign_page(url=PAGE, host=HOST, now=NOW)
    assert wechat.requests.count("/cgi-bin/ticket/getticket") == 2


def test_sign_page_fetches_another_token_where_wechat_no_longer_takes_it(wechat: WeChat) -> None:
    wechat.seconds = 120
    sign_page(url=PAGE, host=HOST, now=NOW)
    wechat.seconds = 7200
    cache.set(f"wechat:{APP_ID}:token", "ended before its time")
    wechat.ticket = "another ticket"
    signed = sign_page(url=PAGE, host=HOST, now=NOW)
    text = f"jsapi_ticket=another ticket&noncestr={signed.nonce}&timestamp={signed.timestamp}&url={PAGE}"
    assert signed.signature == hashlib.sha1(text.encode()).hexdigest()
    assert cache.get(f"wechat:{APP_ID}:token") == wechat.token


@pytest.mark.parametrize("fault", ["closed", "html", "down", -1, 40164, 45009])
def test_sign_page_refuses_while_wechat_has_no_answer_and_keeps_nothing(wechat: WeChat, fault: str | int) -> None:
    wechat.faults = [fault]
    with pytest.raises(WeChatUnavailable):
        sign_page(url=PAGE, host=HOST, now=NOW)
    cache.delete(FAILED)
    assert sign_page(url=PAGE, host=HOST, now=NOW).app_id == APP_ID


def test_sign_page_does_not_ask_wechat_again_right_after_a_failure(wechat: WeChat) -> None:
    """WECHAT-4."""
    wechat.faults = ["down"]
    for _ in range(3):
        with pytest.raises(WeChatUnavailable):
            sign_page(url=PAGE, host=HOST, now=NOW)
    assert wechat.requests == ["/cgi-bin/stable_token"]
    with Redis.from_url(installed.REDIS_URL) as redis:
        assert 0 < redis.ttl(cache.make_key(FAILED)) <= 30


def test_sign_page_refuses_while_another_process_asks_wechat(wechat: WeChat) -> None:
    """WECHAT-4."""
    cache.add(ASKED, 1, timeout=60)
    with pytest.raises(WeChatUnavailable):
        sign_page(url=PAGE, host=HOST, now=NOW)
    assert wechat.requests == []
    cache.delete(ASKED)
    assert sign_page(url=PAGE, host=HOST, now=NOW).app_id == APP_ID
    assert cache.get(ASKED) is None


def test_sign_page_refuses_a_wrong_secret(wechat: WeChat, settings: Settings) -> None:
    settings.WECHAT_SECRET = "another"
    with pytest.raises(WeChatUnavailable):
        sign_page(url=PAGE, host=HOST, now=NOW)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://other.example/f/abc123/",
        f"https://{HOST}.other.example/f/abc123/",
        f"https://someone@{HOST}/f/abc123/",
        f"https://{HOST}/shop/",
        f"https://{HOST}/f/abc123/#top",
        f"ftp://{HOST}/f/abc123/",
        f"https://{HOST}/f/{'a' * 2000}",
        "https://[",
    ],
)
def test_sign_page_refuses_what_is_no_page_for_customers(wechat: WeChat, url: str) -> None:
    with pytest.raises(NotASharedPage):
        sign_page(url=url, host=HOST, now=NOW)
    assert wechat.requests == []


def test_sign_page_refuses_without_an_account() -> None:
    with pytest.raises(NoWeChatAccount):
        sign_page(url=PAGE, host=HOST, now=NOW)


def test_page_signature_answers_and_is_not_kept(wechat: WeChat, client: Client) -> None:
    answer = client.get("/wechat/page-signature/", {"url": "http://testserver/f/abc/"})
    assert answer.json()["app_id"] == APP_ID
    assert answer.headers["Cache-Control"] == "no-store"
    refused = client.get("/wechat/page-signature/", {"url": "http://other/f/abc/"})
    assert (refused.status_code, refused.json()["code"]) == (422, "wechat.not_a_shared_page")


def test_page_signature_says_when_to_ask_again(wechat: WeChat, client: Client) -> None:
    wechat.faults = ["down"]
    refused = client.get("/wechat/page-signature/", {"url": "http://testserver/f/abc/"})
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "30")


def test_page_signature_is_refused_to_a_network_that_asks_too_often(wechat: WeChat, client: Client) -> None:
    """WECHAT-4."""
    with clock.set_to(NOW):
        asked = [client.get("/wechat/page-signature/", {"url": "http://testserver/f/abc/"}) for _ in range(121)]
        other = client.get("/wechat/page-signature/", {"url": "http://testserver/f/abc/"}, REMOTE_ADDR="203.0.113.9")
    assert [each.status_code for each in asked] == [200] * 120 + [429]
    assert (asked[-1].json()["code"], asked[-1].headers["Retry-After"]) == ("wechat.too_many_signatures", "60")
    assert other.status_code == 200


def test_verification_serves_the_code_of_a_file_that_is_set(client: Client, settings: Settings) -> None:
    """WECHAT-3."""
    settings.WECHAT_VERIFICATION_FILES = frozenset({"MP_verify_Ab3dE6.txt"})
    answer = client.get("/MP_verify_Ab3dE6.txt")
    assert (answer.status_code, answer.content) == (200, b"Ab3dE6")
    assert client.get("/MP_verify_other.txt").status_code == 404
    assert client.get("/WW_verify_Ab3dE6.txt").status_code == 404
