"""Writes of retail prices."""

from datetime import datetime

from django.db import transaction

from accounts.rules import Actor
from flashsales.selectors.styles import StyleInSale, get_style_in_sale
from forwarding.models import RetailPrice
from kernel.refusal import Conflict, Invalid
from membership.selectors.people import require_member, require_reseller

MAX_RETAIL_PRICE_FEN = 10_000_000_00


class BelowFloor(Conflict):
    code = "forwarding.below_floor"
    zh = "{style_no} 保留吊牌，品牌控价不低于 ¥{floor}，不能标 ¥{price}"
    en = "{style_no} keeps its label: the brand's floor is ¥{floor}, so ¥{price} is too low"
    style_no: str
    floor_fen: int
    price_fen: int


class InvalidRetailPrice(Invalid):
    code = "forwarding.invalid_retail_price"
    zh = "零售价须大于 0 且不超过 ¥{max}"
    en = "A retail price is above zero and at most ¥{max}"
    max_fen: int


class BelowCost(Conflict):
    """A refusal that asks a question: the same price is accepted once it is confirmed."""

    code = "forwarding.below_cost"
    zh = "{style_no} 您的拿货价是 ¥{cost}，标 ¥{price} 卖一件亏 ¥{loss}。确定要亏本卖吗？"
    en = "{style_no} costs you ¥{cost}: at ¥{price} you lose ¥{loss} on a piece. Is that what you want?"
    style_no: str
    cost_fen: int
    price_fen: int
    loss_fen: int


def require_at_least_cost(style: StyleInSale, price_fen: int) -> None:
    """Refuse a retail price below what the most expensive SKU of the style costs her now (FORWARD-1)."""
    cost_fen = style.highest_price_fen
    if price_fen < cost_fen:
        raise BelowCost(style_no=style.style_no, cost_fen=cost_fen, price_fen=price_fen, loss_fen=cost_fen - price_fen)


@transaction.atomic
def set_retail_price(
    *, actor: Actor, sale_id: int, style_id: int, price_fen: int, below_cost_confirmed: bool = False, now: datetime
) -> int:
    """Set the retail price of a style of a live sale or a preview. Returns the price in fen.

    Refuses a price below the brand's floor where any SKU of the style keeps its label, and names the floor (FORWARD-1). A price below
    what the style costs her tier now is refused until it is confirmed, whether or not the label is cut; the refusal names both.
    """
    reseller = require_member(actor, now)
    if not 0 < price_fen <= MAX_RETAIL_PRICE_FEN:
        raise InvalidRetailPrice(max_fen=MAX_RETAIL_PRICE_FEN)
    style = get_style_in_sale(sale_id=sale_id, style_id=style_id, tier=reseller.tier, reseller_id=reseller.id, at=now)
    floor_fen = style.retail_floor_fen
    if floor_fen is not None and price_fen < floor_fen:
        raise BelowFloor(style_no=style.style_no, floor_fen=floor_fen, price_fen=price_fen)
    if not below_cost_confirmed:
        require_at_least_cost(style, price_fen)
    RetailPrice.objects.update_or_create(
        reseller_id=reseller.id,
        sale_id=sale_id,
        style_id=style_id,
        defaults={"price_fen": price_fen, "set_at": now},
    )
    return price_fen


@transaction.atomic
def clear_retail_price(*, actor: Actor, sale_id: int, style_id: int, now: datetime) -> None:
    """Remove the retail price of a style: the style leaves her pages (FORWARD-2). A repetition changes nothing."""
    reseller = require_reseller(actor)
    RetailPrice.objects.filter(reseller_id=reseller.id, sale_id=sale_id, style_id=style_id).delete()
