"""What a reseller may hold without having paid (ORDER-6).

It is read in the grab's own transaction under a lock, so that no two grabs of a member, or of members who share a limit, pass it
together.
"""

from dataclasses import dataclass
from datetime import datetime

from db import sql
from flashsales.selectors.styles import item_prices
from kernel.refusal import Conflict, Refusal
from membership.rules.tiers import Tier
from membership.selectors.people import BuyerView
from orders.rules import EXPIRED_ORDERS_WINDOW, MAX_EXPIRED_ORDERS, Credit

_LOCK_OF_MEMBER, _LOCK_OF_INVITER = 20_261_129, 20_261_130
"""Classes of advisory locks, always taken in this order and before any row of goods."""
_INT4 = 2**31
_LOCK_ONE = "SELECT pg_advisory_xact_lock(%(of_member)s, %(member)s)"
_LOCK_BOTH = f"{_LOCK_ONE}, pg_advisory_xact_lock(%(of_inviter)s, %(inviter)s)"


@dataclass(eq=False)
class UnpaidLimitExceeded(Conflict):
    code = "orders.unpaid_limit"
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


@dataclass(eq=False)
class SharedUnpaidLimitExceeded(Conflict):
    code = "orders.unpaid_limit_of_inviter"
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


@dataclass(eq=False)
class WalletTooLow(Conflict):
    code = "orders.wallet_must_cover"
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


CREDIT = """credit AS MATERIALIZED (
    SELECT (SELECT coalesce(sum(o.total_fen), 0) FROM orders_order o
            WHERE o.reseller_id = %(reseller)s AND o.state = 'unpaid')::bigint AS unpaid_fen,
           (SELECT count(*) FROM orders_order o
            WHERE o.reseller_id = %(reseller)s AND o.pay_before > %(expired_since)s
              AND (o.state = 'unpaid' AND o.pay_before <= %(now)s OR o.state = 'cancelled' AND o.cancelled_at >= o.pay_before)
           )::int AS expired,
           coalesce((SELECT a.balance_fen FROM ledger_account a WHERE a.kind = 'wallet' AND a.owner_id = %(reseller)s), 0)::bigint
               AS wallet_fen,
           coalesce((
               SELECT sum(greatest(0, held.unpaid_fen - coalesce(a.balance_fen, 0)))
               FROM (SELECT r.id, sum(o.total_fen) AS unpaid_fen
                     FROM membership_reseller r JOIN orders_order o ON o.reseller_id = r.id AND o.state = 'unpaid' AND o.tier = 0
                     WHERE r.invited_by_id = %(inviter)s::bigint AND r.id <> %(reseller)s GROUP BY r.id) AS held
               LEFT JOIN ledger_account a ON a.kind = 'wallet' AND a.owner_id = held.id
           ), 0)::bigint AS others_unpaid_fen
), allowance AS (
    SELECT least(
        CASE WHEN expired >= %(max_expired)s THEN wallet_fen ELSE greatest(%(limit)s::bigint, wallet_fen) END - unpaid_fen,
        CASE WHEN %(inviter)s::bigint IS NOT NULL
             THEN wallet_fen - unpaid_fen + greatest(0, %(limit)s::bigint - others_unpaid_fen) END
    ) AS fen FROM credit
)
"""
"""Common table expressions: `allowance(fen)` is what an order may cost now. The law is `rules.Credit`; parameters are `terms_of`."""


_CREDIT = f"WITH {CREDIT} SELECT * FROM credit"  # noqa: S608 - a constant of ours


def terms_of(buyer: BuyerView, now: datetime) -> dict[str, object]:
    """The parameters of `CREDIT`. Only trial members share a limit with the other trial members of their inviter."""
    return {
        "reseller": buyer.id,
        "inviter": buyer.invited_by_id if buyer.tier is Tier.TRIAL else None,
        "limit": buyer.unpaid_limit_fen,
        "now": now,
        "expired_since": now - EXPIRED_ORDERS_WINDOW,
        "max_expired": MAX_EXPIRED_ORDERS,
    }


def lock_credit(buyer: BuyerView) -> None:
    """Let grabs that count against the same limit follow one another until the transaction ends.

    A statement of its own: what reads the unpaid orders must begin after the lock is held.
    """
    shared = buyer.tier is Tier.TRIAL and buyer.invited_by_id is not None
    sql.execute(
        _LOCK_BOTH if shared else _LOCK_ONE,
        {
            "of_member": _LOCK_OF_MEMBER,
            "member": buyer.id % _INT4,
            "of_inviter": _LOCK_OF_INVITER,
            "inviter": (buyer.invited_by_id or 0) % _INT4,
        },
    )


def get_credit(buyer: BuyerView, now: datetime) -> Credit:
    """What counts for and against a reseller's next order."""
    terms = terms_of(buyer, now)
    [row] = sql.rows(_CREDIT, terms)
    return Credit(
        limit_fen=buyer.unpaid_limit_fen,
        unpaid_fen=row["unpaid_fen"],
        wallet_fen=row["wallet_fen"],
        expired=row["expired"],
        others_unpaid_fen=None if terms["inviter"] is None else row["others_unpaid_fen"],
    )


def credit_refusal(buyer: BuyerView, units: dict[int, int], now: datetime) -> Refusal | None:
    """The refusal that names the limit, what is unpaid and what to do; None where nothing stands against it any more."""
    credit = get_credit(buyer, now)
    prices = item_prices(item_ids=list(units), tier=buyer.tier, at=now)
    order_total_fen = sum(units[item_id] * each.price_fen for item_id, each in prices.items())
    if order_total_fen <= credit.allowance_fen:
        return None
    if credit.must_be_covered_by_wallet:
        return WalletTooLow(credit.expired, credit.wallet_fen, credit.unpaid_fen, order_total_fen)
    if order_total_fen > credit.own_allowance_fen:
        return UnpaidLimitExceeded(credit.limit_fen, credit.unpaid_fen, order_total_fen)
    return SharedUnpaidLimitExceeded(
        credit.limit_fen, credit.others_unpaid_fen or 0, credit.unpaid_fen, order_total_fen
    )
