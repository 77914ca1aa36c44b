"""The HTTP client against the stand-in: what it makes of faults, and that it tells nobody what it sends (TRACK-3)."""

import logging
import socket
from dataclasses import replace

import pytest

from tests.tracking.kuaidi100_server import CUSTOMER, KEY, SALT, Kuaidi100, row
from tracking.services.client import Client
from tracking.services.kuaidi100 import Account, Outcome, OutcomeKind
from web import outbound

YTO = {"company": "yuantong", "number": "YT1234567890123", "phone_tail": ""}
SF = {"company": "shunfeng", "number": "SF1234567890123", "phone_tail": "8000"}


@pytest.fixture
def account(kuaidi100: Kuaidi100) -> Account:
    return Account(CUSTOMER, KEY, kuaidi100.url, SALT, "https://weicang.example/tracking/kuaidi100/")


def test_query_and_subscribe(kuaidi100: Kuaidi100, account: Account) -> None:
    kuaidi100.rows["YT1234567890123"] = [row("2026-11-22 20:00:00", "103", "已揽收", "已揽收")]
    with Client(account) as client:
        found = client.query(**YTO)
        assert (found.kind, found.report and [e.code for e in found.report.events]) == (OutcomeKind.REPORTED, ["103"])
        assert client.query(company="yuantong", number="YT0000000000000", phone_tail="") == Outcome(
            OutcomeKind.NOTHING_YET, "500"
        )
        assert client.subscribe(**YTO) == Outcome(OutcomeKind.SUBSCRIBED, "200")
        assert client.subscribe(**YTO) == Outcome(OutcomeKind.SUBSCRIBED, "501")
        assert client.subscribe(company="unknown", number="X123456", phone_tail="") == Outcome(
            OutcomeKind.REFUSED, "701"
        )


def test_sf_wants_the_phone_of_the_recipient(kuaidi100: Kuaidi100, account: Account) -> None:
    kuaidi100.phone_tails["SF1234567890123"] = "8000"
    kuaidi100.rows["SF1234567890123"] = [row("2026-11-22 20:00:00", "301", "本人签收", "已签收")]
    with Client(account) as client:
        assert client.query(**SF).kind is OutcomeKind.REPORTED
        assert client.query(**SF | {"phone_tail": "9999"}) == Outcome(OutcomeKind.REFUSED, "408")


def test_wrong_key_and_wrong_customer_are_told_apart_from_a_waybill_without_answer(account: Account) -> None:
    with Client(replace(account, key="wrong")) as client:
        assert client.query(**YTO) == Outcome(OutcomeKind.WRONG_ACCOUNT, "503")
        assert client.subscribe(**YTO) == Outcome(OutcomeKind.WRONG_ACCOUNT, "600")


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("busy", "502"),
        ("garbage", "unreadable"),
        ("deep", "unreadable"),
        ("huge", "too large"),
        ("cut", "no connection"),
        ("500", "http 500"),
        ("302", "http 302"),
    ],
)
def test_a_fault_is_an_outcome_and_the_next_question_is_answered(
    kuaidi100: Kuaidi100, account: Account, fault: str, code: str
) -> None:
    kuaidi100.faults = [fault, fault]
    with Client(account) as client:
        assert client.query(**YTO) == Outcome(OutcomeKind.FAILED, code)
        assert client.subscribe(**YTO) == Outcome(OutcomeKind.FAILED, code)
        assert client.query(**YTO).kind is OutcomeKind.NOTHING_YET


def test_a_slow_answer_is_not_waited_for(
    kuaidi100: Kuaidi100, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbound, "_TIMEOUT", 0.1)
    kuaidi100.faults = ["slow"]
    with Client(account) as client:
        assert client.query(**YTO) == Outcome(OutcomeKind.FAILED, "too slow")


def test_nobody_listens() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
        with Client(Account("CUST", "KEY", address)) as client:
            assert client.query(**YTO) == Outcome(OutcomeKind.FAILED, "no connection")


def test_logs_hold_neither_key_nor_phone_nor_number(
    kuaidi100: Kuaidi100, account: Account, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    caplog.set_level(logging.INFO, logger="httpx")
    with Client(account) as client:
        client.subscribe(**SF)
        client.query(**SF)
        kuaidi100.faults = ["garbage"]
        client.query(**SF)
    # The control: something was logged.
    assert "poll" in caplog.text
    assert not [secret for secret in (KEY, CUSTOMER, SALT, "8000", "SF1234567890123") if secret in caplog.text]
