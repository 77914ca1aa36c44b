from dataclasses import dataclass
from datetime import UTC, datetime

from kernel.refusal import Busy, Conflict, TooMany


@dataclass(eq=False)
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


@dataclass(eq=False)
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
