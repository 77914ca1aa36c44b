from dataclasses import dataclass
from datetime import UTC, datetime

from kernel.refusal import Conflict


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
