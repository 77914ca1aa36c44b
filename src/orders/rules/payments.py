"""What becomes of money that arrives for an order (ORDER-15), and how many orders a payment pays."""

import enum
from collections.abc import Mapping


class PaymentOutcome(enum.StrEnum):
    """What became of money that arrived for an order (ORDER-15)."""

    PAID = "paid"
    """It paid the order in time."""
    PAID_LATE = "paid_late"
    """The time to pay had run out; the units were still there, and the order is paid."""
    ALREADY_PAID = "already_paid"
    CANCELLED = "cancelled"
    """The order was cancelled before its time ran out."""
    ACCOUNT_CLOSED = "account_closed"
    """Her account is closed: the money takes nothing, and waits to be paid out (MONEY-18)."""
    ORDERED_AGAIN = "ordered_again"
    """What ran out was ordered anew in the meantime."""
    SALE_OVER = "sale_over"
    SOLD_OUT = "sold_out"
    OVER_LIMIT = "over_limit"
    WISH_CHANGED = "wish_changed"
    """The wish that it was ordered for was given other goods or another recipient since."""
    WISH_WITHDRAWN = "wish_withdrawn"
    WISH_ANSWERED = "wish_answered"
    """The reseller told the customer since that the wish is done or declined."""
    TOO_LITTLE = "too_little"
    """The wallet does not cover the order with it."""


class GivenUp(enum.StrEnum):
    """Why the units of a line are not taken again for late money, which has the outcome of the same name (ORDER-15)."""

    ORDERED_AGAIN = PaymentOutcome.ORDERED_AGAIN.value
    WISH_CHANGED = PaymentOutcome.WISH_CHANGED.value
    WISH_WITHDRAWN = PaymentOutcome.WISH_WITHDRAWN.value
    WISH_ANSWERED = PaymentOutcome.WISH_ANSWERED.value


PAYING_OUTCOMES = frozenset({PaymentOutcome.PAID, PaymentOutcome.PAID_LATE})
"""The outcomes that paid the order; in all others the money is in the wallet."""


REASONS: Mapping[PaymentOutcome, tuple[str, str]] = {
    PaymentOutcome.ALREADY_PAID: ("订单先前已付", "the order was paid before"),
    PaymentOutcome.CANCELLED: ("订单已取消", "the order was cancelled"),
    PaymentOutcome.ACCOUNT_CLOSED: ("账户已关闭", "the account is closed"),
    PaymentOutcome.ORDERED_AGAIN: ("这些货您已重新下单", "you have ordered the goods again since"),
    PaymentOutcome.SALE_OVER: ("付款时限已过，专场已结束", "the time to pay had run out and the sale is over"),
    PaymentOutcome.SOLD_OUT: ("付款时限已过，货已抢完", "the time to pay had run out and the goods are sold out"),
    PaymentOutcome.OVER_LIMIT: (
        "付款时限已过，现在会超出限购",
        "the time to pay had run out, and a purchase limit is used up",
    ),
    PaymentOutcome.WISH_CHANGED: (
        "付款时限已过，顾客的心愿后来改过",
        "the time to pay had run out, and the customer's wish has changed since",
    ),
    PaymentOutcome.WISH_WITHDRAWN: (
        "付款时限已过，顾客已撤回心愿",
        "the time to pay had run out, and the customer has withdrawn the wish",
    ),
    PaymentOutcome.WISH_ANSWERED: (
        "付款时限已过，您已答复这条心愿",
        "the time to pay had run out, and you have answered the wish since",
    ),
    PaymentOutcome.TOO_LITTLE: ("不够付这一单", "it does not cover the order"),
}
"""Why money did not pay its order, in Chinese and English; the money is in the wallet."""


def held_of_other_money_fen(*, arrived_fen: int, returned_fen: int, kept_fen: int, brought_fen: int) -> int:
    """What an order holds of money that arrived for it and did not pay it at once: she paid the order from her wallet later (PAY-8).

    Of `arrived_fen`, `returned_fen` went back before she paid. The order keeps `kept_fen` of its price, of which other payments brought
    `brought_fen`.
    """
    return max(min(arrived_fen - returned_fen, kept_fen - brought_fen), 0)


class ReceivedState(enum.StrEnum):
    """Where money that arrived for an order is, as finance look for it (ORDER-15)."""

    APPLIED = "applied"
    """It paid its order in time."""
    LATE = "late"
    """It paid its order after the time to pay had run out."""
    CREDITED = "credited"
    """It is in the wallet and did not pay its order."""


def received_state(outcome: PaymentOutcome) -> ReceivedState:
    if outcome is PaymentOutcome.PAID:
        return ReceivedState.APPLIED
    return ReceivedState.LATE if outcome is PaymentOutcome.PAID_LATE else ReceivedState.CREDITED


MAX_ORDERS_PER_PAYMENT = 200
