from datetime import UTC, datetime

import pytest

from kernel.refusal import (
    Busy,
    Conflict,
    InvalidTracking,
    KeyRequired,
    ReasonRequired,
    TooMany,
    about,
    require_key,
    require_reason,
    require_tracking,
)


class TooDear(Conflict):
    code = "shop.too_dear"
    zh = "要价 ¥{price}，{until} 前有效"
    en = "asks ¥{price}, valid until {until}"
    price_fen: int
    until: datetime


def test_a_refusal_speaks_both_languages_with_money_and_local_time() -> None:
    refusal = TooDear(price_fen=1250, until=datetime(2026, 1, 1, 16, tzinfo=UTC))
    assert refusal.sentence("zh-hans") == "要价 ¥12.50，2026-01-02 00:00 前有效"
    assert refusal.sentence("en") == "asks ¥12.50, valid until 2026-01-02 00:00"
    assert refusal.fields() == {"price_fen": 1250, "until": datetime(2026, 1, 1, 16, tzinfo=UTC)}
    assert refusal.status == 409


class TooManyTries(TooMany):
    code = "shop.too_many_tries"
    zh = "太多了"
    en = "too many"


class Occupied(Busy):
    code = "shop.occupied"
    zh = "忙"
    en = "busy"


def test_a_refusal_for_a_while_says_after_how_many_seconds() -> None:
    assert TooManyTries(retry_after_seconds=90).headers() == {"Retry-After": "90"}
    assert TooManyTries(retry_after_seconds=0).headers() == {"Retry-After": "1"}
    assert Occupied().headers() == {"Retry-After": "1"}
    assert (TooMany.status, Busy.status) == (429, 503)


def test_a_refusal_that_waiting_does_not_change_says_nothing_of_waiting() -> None:
    assert TooDear(price_fen=1, until=datetime(2026, 1, 1, tzinfo=UTC)).headers() == {}


@pytest.mark.parametrize("reason", ["", "  ", "四个字的"])
def test_require_reason_without_words_or_with_too_many_is_refused(reason: str) -> None:
    with pytest.raises(ReasonRequired) as refused:
        require_reason(reason, max_length=3)
    assert refused.value.sentence("en") == "Give a reason of at most 3 characters"


def test_require_reason_returns_the_reason_without_spaces_around() -> None:
    assert require_reason(" 盘点 ", max_length=2) == "盘点"


@pytest.mark.parametrize("key", ["", " ", "k" * 5])
def test_require_key_blank_or_too_long_is_refused(key: str) -> None:
    with pytest.raises(KeyRequired):
        require_key(key, max_length=4)


def test_require_key_returns_the_key_as_sent() -> None:
    assert require_key(" k ", max_length=4) == " k "


@pytest.mark.parametrize(
    ("carrier", "tracking_no"), [("", "SF123456"), ("顺丰", "SF123"), ("顺丰", "单号123456"), ("顺" * 31, "SF123456")]
)
def test_require_tracking_of_no_parcel_is_refused(carrier: str, tracking_no: str) -> None:
    with pytest.raises(InvalidTracking):
        require_tracking(carrier, tracking_no)


def test_require_tracking_returns_both_without_spaces_around() -> None:
    assert require_tracking(" 顺丰 ", " SF-123456\n") == ("顺丰", "SF-123456")


def test_about_names_what_a_refusal_of_one_of_many_is_about() -> None:
    with pytest.raises(ReasonRequired) as refused, about("第 40 笔", "No. 40"):
        require_reason("", max_length=200)
    assert refused.value.sentence() == "第 40 笔：请写明原因（最多 200 个字）"
    assert refused.value.sentence("en") == "No. 40: Give a reason of at most 200 characters"
    assert refused.value.fields() == {"max_length": 200}
    with pytest.raises(ReasonRequired) as other:
        require_reason("", max_length=200)
    assert other.value.sentence() == "请写明原因（最多 200 个字）"
