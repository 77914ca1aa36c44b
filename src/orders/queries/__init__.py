"""Reads of orders: for resellers (`orders`), for brands and ops (`consignments`), and the check of the books (`books`)."""

from orders.queries.books import breaches
from orders.queries.consignments import (
    ConsignmentLineView,
    ConsignmentView,
    NoSuchConsignment,
    consignment,
    consignment_view,
    consignments,
)
from orders.queries.orders import (
    LineView,
    NoSuchOrder,
    NoSuchRecipient,
    OrderView,
    RecipientView,
    order_view,
    orders_of,
    own_order,
    recipient_view,
    recipients_of,
    wallet_balance_fen,
    wallet_entries,
)
from orders.queries.sold import PaidLine, Turnover, last_paid_at, paid_lines, turnover

__all__ = [
    "ConsignmentLineView",
    "ConsignmentView",
    "LineView",
    "NoSuchConsignment",
    "NoSuchOrder",
    "NoSuchRecipient",
    "OrderView",
    "PaidLine",
    "RecipientView",
    "Turnover",
    "breaches",
    "consignment",
    "consignment_view",
    "consignments",
    "last_paid_at",
    "order_view",
    "orders_of",
    "own_order",
    "paid_lines",
    "recipient_view",
    "recipients_of",
    "turnover",
    "wallet_balance_fen",
    "wallet_entries",
]
