"""The formats of kuaidi100: signatures against known values, what is sent, and what is read (TRACK-3, TRACK-5)."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tracking.kuaidi100_server import Kuaidi100, row
from tracking.rules import CarrierEvent, Monitoring
from tracking.services.kuaidi100 import (
    Account,
    OutcomeKind,
    UnreadablePush,
    is_push_signed,
    query_form,
    read_object,
    read_push,
    read_query_answer,
    read_subscription_answer,
    sign_push,
    sign_query,
    subscription_form,
)

ACCOUNT = Account(
    "CUST", "KEY", "https://poll.example", "salt-of-16-chars!", "https://weicang.example/tracking/kuaidi100/"
)


def test_signatures_are_those_that_md5sum_gives() -> None:
    # printf '%s' '{"com":"yuantong","num":"YT1234567890123"}KEYCUST' | md5sum
    assert (
        sign_query('{"com":"yuantong","num":"YT1234567890123"}', key="KEY", customer="CUST")
        == "DC42D9DA48810C9E58AE612704C8D686"
    )
    # printf '%s' '{"status":"polling","message":"到达"}SALT' | md5sum
    assert sign_push('{"status":"polling","message":"到达"}', salt="SALT") == "9A02A46A8B7B5FE0D421C3ECE986D3C6"
    assert sign_push("", salt="") == "D41D8CD98F00B204E9800998ECF8427E"


@pytest.mark.parametrize("spoil", [str.lower, str.upper])
def test_is_push_signed_takes_both_spellings(spoil: Any) -> None:
    assert is_push_signed("param", spoil(sign_push("param", salt="SALT")), salt="SALT")


@pytest.mark.parametrize("sign", ["", "0" * 32, "D41D8CD98F00B204E9800998ECF8427E", "é" * 32, "0" * 31, "0" * 33])
def test_is_push_signed_refuses(sign: str) -> None:
    assert not is_push_signed("param", sign, salt="SALT")


def test_query_form_names_the_phone_only_to_those_who_ask_for_it() -> None:
    form = query_form(ACCOUNT, company="yuantong", number="YT1234567890123", phone_tail="8000")
    assert json.loads(form["param"]) == {"com": "yuantong", "num": "YT1234567890123", "resultv2": "4"}
    assert form["customer"] == "CUST"
    assert form["sign"] == sign_query(form["param"], key="KEY", customer="CUST")
    assert "KEY" not in form["param"]
    form = query_form(ACCOUNT, company="shunfeng", number="SF1234567890123", phone_tail="8000")
    assert json.loads(form["param"])["phone"] == "8000"


def test_subscription_form() -> None:
    form = subscription_form(ACCOUNT, company="shunfeng", number="SF1234567890123", phone_tail="8000")
    assert form["schema"] == "json"
    assert json.loads(form["param"]) == {
        "company": "shunfeng",
        "number": "SF1234567890123",
        "key": "KEY",
        "parameters": {
            "callbackurl": "https://weicang.example/tracking/kuaidi100/",
            "salt": "salt-of-16-chars!",
            "resultv2": "4",
            "phone": "8000",
        },
    }


def test_an_account_does_not_print_its_secrets() -> None:
    assert "KEY" not in repr(ACCOUNT)
    assert "salt" not in repr(ACCOUNT).replace("salt=", "")


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"result": True, "returnCode": "200", "message": "提交成功"}, OutcomeKind.SUBSCRIBED),
        ({"result": False, "returnCode": "501", "message": "重复订阅"}, OutcomeKind.SUBSCRIBED),
        ({"result": False, "returnCode": "600"}, OutcomeKind.WRONG_ACCOUNT),
        ({"result": False, "returnCode": "601"}, OutcomeKind.WRONG_ACCOUNT),
        ({"result": False, "returnCode": "700"}, OutcomeKind.REFUSED),
        ({"result": False, "returnCode": "701"}, OutcomeKind.REFUSED),
        ({"result": False, "returnCode": "702"}, OutcomeKind.REFUSED),
        ({"result": False, "returnCode": "500"}, OutcomeKind.FAILED),
        ({"result": False, "returnCode": 502}, OutcomeKind.FAILED),
        ({}, OutcomeKind.FAILED),
        ({"returnCode": ["200"]}, OutcomeKind.FAILED),
    ],
)
def test_read_subscription_answer(answer: dict[str, Any], kind: OutcomeKind) -> None:
    assert read_subscription_answer(answer).kind is kind


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("400", OutcomeKind.REFUSED),
        ("408", OutcomeKind.REFUSED),
        ("500", OutcomeKind.NOTHING_YET),
        ("501", OutcomeKind.FAILED),
        ("502", OutcomeKind.FAILED),
        ("503", OutcomeKind.WRONG_ACCOUNT),
        ("601", OutcomeKind.WRONG_ACCOUNT),
        ("", OutcomeKind.FAILED),
    ],
)
def test_read_query_answer_without_a_result(code: str, kind: OutcomeKind) -> None:
    assert read_query_answer({"result": False, "returnCode": code, "message": "…"}).kind is kind


def test_read_query_answer_with_a_result() -> None:
    rows = [
        row("2026-11-23 08:05:09", "103", "已揽收", "【杭州】已\x00揽收\n", "浙江,杭州市"),
        row("x", "0", "", "without time"),
    ]
    outcome = read_query_answer(Kuaidi100.result("yuantong", "yt1234567890123", rows))
    assert outcome.kind is OutcomeKind.REPORTED
    assert outcome.report is not None
    assert (outcome.report.number, outcome.report.companies) == ("YT1234567890123", ("yuantong",))
    at = datetime(2026, 11, 23, 0, 5, 9, tzinfo=UTC)
    assert outcome.report.events == (CarrierEvent(at, "103", "【杭州】已 揽收", "浙江 杭州市"),)


def test_read_push_reads_names_of_states_and_the_state_of_plain_accounts() -> None:
    named = [{"time": "2026-11-23 08:00:00", "context": "a", "status": "投柜或站签收"}]
    plain = [{"time": "2026-11-23 09:00:00", "context": "b"}, {"time": "2026-11-23 08:00:00", "context": "a"}]
    result = {"nu": "1", "com": "jd", "state": "5", "ischeck": "0"}
    assert [e.code for e in read_push(json.dumps({"lastResult": result | {"data": named}})).events] == ["304"]
    assert [e.code for e in read_push(json.dumps({"lastResult": result | {"data": plain}})).events] == ["5", ""]
    signed = result | {"data": plain, "ischeck": "1", "state": "0"}
    assert [e.code for e in read_push(json.dumps({"lastResult": signed})).events] == ["3", ""]


@pytest.mark.parametrize(
    ("status", "corrected", "monitoring"),
    [
        ("polling", "", Monitoring.GOES_ON),
        ("updateall", "", Monitoring.GOES_ON),
        ("shutdown", "", Monitoring.DONE),
        ("abort", "", Monitoring.GIVEN_UP),
        ("abort", "yunda", Monitoring.GOES_ON),
    ],
)
def test_read_push_tells_what_the_service_does_next(status: str, corrected: str, monitoring: Monitoring) -> None:
    form = Kuaidi100().push_form("YT1", [], status=status, comNew=corrected)
    report = read_push(form["param"])
    assert report.monitoring is monitoring
    assert report.companies == (("yuantong", corrected) if corrected else ("yuantong",))


@pytest.mark.parametrize(
    "param", ["", "[]", "1", "{", "null", '{"lastResult": []}', '{"lastResult": {"nu": ""}}', "[" * 100_000]
)
def test_read_push_refuses(param: str) -> None:
    with pytest.raises(UnreadablePush):
        read_push(param)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "data",
                    "time",
                    "ftime",
                    "context",
                    "status",
                    "statusCode",
                    "areaName",
                    "nu",
                    "com",
                    "state",
                    "returnCode",
                ]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=20,
)


@given(JSON)
def test_whatever_comes_is_read_or_refused(anything: Any) -> None:
    answer = anything if isinstance(anything, dict) else {"data": anything, "status": "200"}
    read_query_answer(answer)
    read_subscription_answer(answer)
    try:
        report = read_push(json.dumps({"lastResult": answer, "status": anything, "comNew": anything}))
    except UnreadablePush:
        return
    for event in report.events:
        event.text.encode()


def test_read_object_takes_objects_only() -> None:
    assert read_object(b'{"a": 1}') == {"a": 1}
    assert [read_object(each) for each in (b"[]", b"\xff", b"", b"{")] == [None] * 4
