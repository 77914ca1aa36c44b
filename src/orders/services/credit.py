"""How much a reseller may hold without having paid (ORDER-6).

The limit is checked in the transaction of the grab and under a lock. Otherwise two grabs of one member, or of members who share a
limit, could each pass the check and exceed the limit together.
"""

from dataclasses import replace
from datetime import datetime

from flashsales.selectors.styles import item_prices
from kernel.refusal import Conflict, Refusal
from membership.rules.tiers import Tier
from membership.selectors.people import BuyerView
from orders import sql
from orders.rules.credit import Credit
from orders.sql import CreditQuery, CreditRow


class UnpaidLimitExceeded(Conflict):
    code = "orders.unpaid_limit_exceeded"
    zh = (
        "您的等级最多可占用 ¥{limit} 未付款的货：已有 ¥{unpaid} 未付，这一单 ¥{order_total}。"
        "请先付款或取消待付款的订单，或者充值到钱包够付再抢"
    )
    en = (
        "Your tier may hold ¥{limit} of goods that are not paid for: ¥{unpaid} wait already and this order asks ¥{order_total}. "
        "Pay or cancel what waits, or top up until the wallet covers it"
    )
    limit_fen: int
    unpaid_fen: int
    order_total_fen: int


class SharedUnpaidLimitExceeded(Conflict):
    code = "orders.shared_unpaid_limit_exceeded"
    zh = (
        "同一位邀请人的体验会员合计最多可占用 ¥{limit} 未付款的货：其他人已占 ¥{others_unpaid}，"
        "您有 ¥{unpaid} 未付，这一单 ¥{order_total}。"
        "请充值到钱包够付再抢，或稍后再试；升到 VIP1 后不再合计"
    )
    en = (
        "Trial members of one inviter may hold ¥{limit} of unpaid goods together: the others hold ¥{others_unpaid}, you ¥{unpaid}, "
        "and this order asks ¥{order_total}. Top up until the wallet covers it, or try again later; from VIP1 on you count alone"
    )
    limit_fen: int
    others_unpaid_fen: int
    unpaid_fen: int
    order_total_fen: int


class WalletTooLow(Conflict):
    code = "orders.wallet_too_low"
    zh = (
        "24 小时内有 {expired} 张订单超时未付，现在只能抢钱包付得起的：钱包 ¥{wallet}，未付 ¥{unpaid}，这一单 ¥{order_total}。"
        "请先充值，或付款、取消待付款的订单"
    )
    en = (
        "{expired} orders ran out unpaid within 24 hours, so only what the wallet covers can be grabbed: it holds ¥{wallet}, ¥{unpaid} "
        "wait and this order asks ¥{order_total}. Top up, or pay or cancel what waits"
    )
    expired: int
    wallet_fen: int
    unpaid_fen: int
    order_total_fen: int


def credit_query(buyer: BuyerView, now: datetime) -> CreditQuery:
    return CreditQuery(
        reseller_id=buyer.id,
        sharing_inviter_id=_sharing_inviter_id(buyer),
        limit_fen=buyer.unpaid_limit_fen,
        now=now,
    )


def lock_credit(buyer: BuyerView) -> None:
    """Make grabs that count against the same limit follow one another until the transaction ends."""
    sql.lock_credit(reseller_id=buyer.id, sharing_inviter_id=_sharing_inviter_id(buyer))


def get_credit(buyer: BuyerView, now: datetime) -> Credit:
    """What decides how much the reseller's next order may cost."""
    query = credit_query(buyer, now)
    return credit_of(sql.read_credit(query), query)


def credit_of(row: CreditRow, query: CreditQuery) -> Credit:
    return Credit(
        limit_fen=query.limit_fen,
        unpaid_fen=row.unpaid_fen,
        wallet_fen=row.wallet_fen,
        expired=row.expired,
        others_unpaid_fen=None if query.sharing_inviter_id is None else row.others_unpaid_fen,
    )


def credit_refusal(buyer: BuyerView, units: dict[int, int], now: datetime) -> Refusal | None:
    """The refusal of an order that costs more than the reseller may hold unpaid; None where she may place it.

    `units` by the id of the sale item. The refusal names the limit, what is unpaid and what to do.
    """
    prices = item_prices(item_ids=list(units), tier=buyer.tier, at=now)
    order_total_fen = sum(units[item_id] * price.price_fen for item_id, price in prices.items())
    return refusal_of_total(get_credit(buyer, now), order_total_fen)


def refusal_of_placed(buyer: BuyerView, order_total_fen: int, now: datetime) -> Refusal | None:
    """The refusal of an order that was placed in this transaction and costs more, with its freight, than the credit allowed before it."""
    credit = get_credit(buyer, now)
    return refusal_of_total(replace(credit, unpaid_fen=credit.unpaid_fen - order_total_fen), order_total_fen)


def refusal_of_total(credit: Credit, order_total_fen: int) -> Refusal | None:
    """The refusal of an order of this total; None where the credit allows it."""
    if order_total_fen <= credit.allowance_fen:
        return None
    if credit.must_be_covered_by_wallet:
        return WalletTooLow(credit.expired, credit.wallet_fen, credit.unpaid_fen, order_total_fen)
    if order_total_fen > credit.own_allowance_fen:
        return UnpaidLimitExceeded(credit.limit_fen, credit.unpaid_fen, order_total_fen)
    return SharedUnpaidLimitExceeded(
        credit.limit_fen, credit.others_unpaid_fen or 0, credit.unpaid_fen, order_total_fen
    )


def _sharing_inviter_id(buyer: BuyerView) -> int | None:
    """Only trial members share a limit, with the other trial members of their inviter."""
    return buyer.invited_by_id if buyer.tier is Tier.TRIAL else None
