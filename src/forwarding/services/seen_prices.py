"""A wish is stored at the prices that its customer saw, or not at all (FORWARD-5)."""

from collections.abc import Mapping, Sequence

from forwarding.rules.pages import CustomerView
from forwarding.rules.seen_prices import changed_prices
from forwarding.rules.wishes import PickedUnits
from kernel.money import display_yuan
from kernel.refusal import Conflict


class RetailPriceChanged(Conflict):
    """`styles` names each style whose price is not the one that she saw: `style_id`, `seen_fen`, `price_fen`."""

    code = "forwarding.retail_price_changed"
    zh = "价格变了，还没有发给卖家：{goods_zh}。按现在的价格要，就再发一次"
    en = "The price has changed, and nothing was sent: {goods_en}. Send it again to have it at the price of now"
    goods_zh: str
    goods_en: str
    styles: list[dict[str, int]]


def require_seen_prices(view: CustomerView, lines: Sequence[PickedUnits], seen: Mapping[int, int]) -> None:
    """Refuse picked units of styles that have another price now than `seen` says; the refusal names both."""
    changed = changed_prices(view, seen, view.styles_of({line.item_id for line in lines}))
    if not changed:
        return
    prices = [(each.name, display_yuan(each.seen_fen), display_yuan(each.price_fen)) for each in changed]
    raise RetailPriceChanged(
        goods_zh="；".join(f"{name} 您看到的是 {before}，现在是 {now}" for name, before, now in prices),
        goods_en="; ".join(f"{name}: you saw {before}, it is {now} now" for name, before, now in prices),
        styles=[
            {"style_id": each.style_id, "seen_fen": each.seen_fen, "price_fen": each.price_fen} for each in changed
        ],
    )
