"""Writes of orders: `grabbing`, `paying`, `shipping`, `recipients`."""

from orders.services.by_workbook import (
    RowRefused,
    ShippedByWorkbook,
    UnreadableTracking,
    ship_by_workbook,
    shipping_list,
)
from orders.services.grabbing import PriceChanged, Wanted, cancel_unpaid, expire_unpaid, grab
from orders.services.paying import pay, top_up
from orders.services.recipients import (
    NotConfirmed,
    RecipientProposal,
    TooManyRecipients,
    add_recipient,
    hide_recipient,
    propose_recipient,
)
from orders.services.refunding import LockedLine, NothingToRefund, lock_line, lock_sold_lines, refund_units
from orders.services.shipping import correct_tracking, ship

__all__ = [
    "LockedLine",
    "NotConfirmed",
    "NothingToRefund",
    "PriceChanged",
    "RecipientProposal",
    "RowRefused",
    "ShippedByWorkbook",
    "TooManyRecipients",
    "UnreadableTracking",
    "Wanted",
    "add_recipient",
    "cancel_unpaid",
    "correct_tracking",
    "expire_unpaid",
    "grab",
    "hide_recipient",
    "lock_line",
    "lock_sold_lines",
    "pay",
    "propose_recipient",
    "refund_units",
    "ship",
    "ship_by_workbook",
    "shipping_list",
    "top_up",
]
