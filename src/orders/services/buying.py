"""Placing an order and paying it in one act, for an exchange or a substitute: the wallet decides, not the unpaid limit (ORDER-6)."""

from datetime import datetime

from django.conf import settings
from django.db import connection

from accounts.rules import Actor
from flashsales.services.reservations import claim, settle_claim
from ledger.rules import COMMISSION, AccountKind, AccountRef
from ledger.services import lock_accounts
from membership.selectors.people import BuyerView
from orders.models.orders import Order
from orders.services.freight import write_given_freight
from orders.services.payment import pay_locked
from orders.services.placing import Contention, GrabLine, new_line
from orders.sql import CreditQuery, hold_units_and_insert_order

_NO_LIMIT_FEN = 2**53
_NO_EXPIRED_CARTS = 2**31 - 1


def lock_payment(*, reseller_id: int, brand_id: int) -> None:
    """Lock the accounts of a payment before any item: payments and refunds lock them in this order too."""
    wallet, payable = AccountRef(AccountKind.WALLET, reseller_id), AccountRef(AccountKind.BRAND_PAYABLE, brand_id)
    lock_accounts([wallet, payable, COMMISSION])


def buy_at_once(*, actor: Actor, buyer: BuyerView, line: GrabLine, freight_fen: int, key: str, now: datetime) -> int:
    """Place an order of one line at the buyer's tier and pay it from her wallet; returns the id of the order.

    `freight_fen` is what the goods gave back whose place these take: the freight goes with them (ORDER-16).

    Belongs into the transaction of the caller, which called `lock_payment`, then locked the item and saw that enough units are left.
    Refuses where the wallet has too little, and where the sale does not deliver to the recipient (SALE-23).
    """
    if not connection.in_atomic_block:
        raise RuntimeError("an order is placed and paid in the transaction of the act that needs it")
    claimed = claim(reseller_id=buyer.id, item_ids=[line.item_id], are_locked=True, now=now)
    credit = CreditQuery(buyer.id, None, _NO_LIMIT_FEN, now, max_expired=_NO_EXPIRED_CARTS)
    order_id = hold_units_and_insert_order(
        credit=credit,
        tier=buyer.tier.value,
        key=key,
        pay_before=now + settings.UNPAID_ORDER_LIFE,
        lines=[new_line(line)],
    )
    if order_id is None:
        raise Contention
    settle_claim(claimed, reseller_id=buyer.id, taken={line.item_id: line.units}, by=f"order:{order_id}", now=now)
    write_given_freight(order_id, freight_fen)
    order = Order.objects.select_for_update().get(pk=order_id)
    pay_locked(actor=actor, reseller_id=buyer.id, orders=[order], action="orders.pay", now=now)
    return order_id
